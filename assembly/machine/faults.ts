/**
 * Fault sites: what can be broken, as a table. Each row acts on the state "at now", before
 * anything else at that time. Later models add rows; none of them costs anything while unused.
 *
 *   kind             unit    a                 b
 *   FLIP_REGISTER    hart    register 1..31    mask of the bits to invert
 *   FLIP_PC          hart    -                 mask (bit 0 is ignored)
 *   FLIP_MEMORY      any     linear address    mask of the byte's bits to invert
 *   KILL             hart    -                 -    executes nothing any more, not even a reset
 *   REVIVE           hart    -                 -    out of KILL, through a reset
 *   RESET            hart    -                 -    resets the node, cause RESET_FAULT
 *   PAUSE, RESUME    hart    -                 -    stands, and goes on where it stood
 *   RESET_HOLD, RESET_RELEASE  hart            -    as its reset input would (hold.ts)
 *   POWER_OFF, POWER_ON        hart            -    as its power input would
 *   CLOCK_STOP, CLOCK_START    domain          -    with all clocks that follow it
 *   CLOCK_RATE       domain  rate, low half    rate in mHz, high half
 *   CLOCK_SKIP       domain  edges that do not come, 1..
 *   DEVICE           device  number of a site of that device   value
 *   SHADOW_FLIP      hart    register 1..31, 0 the pc   mask; of its lockstep unit's core
 *   WIRE_FORCE       wire    0 free, 1 low, 2 high  -
 *   FRAME_CORRUPT    link    -                 mask of the half bits to invert in the next frame
 */
import {
  FaultKind,
  HOLD_KILLED,
  HOLD_PAUSED,
  HOLD_POWER,
  HOLD_RESET,
  RESET_FAULT,
  RESET_PIN,
  RESET_POWER_ON,
  TraceKind,
  UnitKind,
} from "../kernel/abi";
import { cycleAt } from "../kernel/clock";
import {
  DOM_FEEDER,
  DOM_STOPPED,
  HART_PARTIAL,
  HART_PC,
  HART_PHASE,
  H_DOMAIN_COUNT,
  H_HOT_PAGES,
  H_NOW,
  H_STATE_BYTES,
  H_UNIT_COUNT,
  NONE,
  PAGE_BITS,
  STATE_BASE,
  UNIT_KIND,
} from "../kernel/layout";
import { trace, traceAt } from "../kernel/trace";
import { breakReservations } from "./access";
import { clockSetAt, clockSkipAt, clockStartAt } from "./clocks";
import { deviceFault } from "./dispatch";
import { touched } from "./events";
import { hold, release, unitDown } from "./hold";
import { pairMissing, pairPart, pairShadow } from "./lockstep";
import { memoryWritten } from "./memory";
import { resetNode } from "./reset";
import { refreshTimes } from "./run";
import { block, domainOf, domainRow, field, header } from "./units";
import { linkCorrupt, wireForce } from "./wiring";

/** Rates of clocks in mHz, 1 Hz to 10 GHz (architecture, section 2). */
const RATE_LEAST: u64 = 1000;
const RATE_MOST: u64 = 10_000_000_000_000;
/** Edges that one fault may swallow: far below what conversions reach. */
const EDGES_MOST: u32 = 1 << 16;

/** Applies a fault now. Returns 1 if the site exists and it has fired, 0 if not. */
export function faultApply(kind: u32, unit: u32, a: u32, b: u32): u32 {
  return u32(strikeAt(kind, unit, a, b, load<u64>(STATE_BASE, H_NOW)));
}

/** The same at a time at which all nodes stand: what fault rows do (fault-plan.ts). */
export function strikeAt(kind: u32, unit: u32, a: u32, b: u32, time: u64): bool {
  if (!strike(kind, unit, a, b, time)) return false;
  traceAt(time, isClockFault(kind) ? NONE : unit);
  trace(TraceKind.FAULT, kind, a, b, unit);
  refreshTimes();
  return true;
}

function isClockFault(kind: u32): bool {
  return kind >= <u32>FaultKind.CLOCK_STOP && kind <= <u32>FaultKind.CLOCK_SKIP;
}

function strike(kind: u32, unit: u32, a: u32, b: u32, time: u64): bool {
  if (kind == FaultKind.FLIP_MEMORY) return flipMemory(a, b);
  if (isClockFault(kind)) {
    return unit < header(H_DOMAIN_COUNT) && strikeClock(kind, unit, a, b, time);
  }
  if (unit >= header(H_UNIT_COUNT)) return false;
  switch (field(unit, UNIT_KIND)) {
    case UnitKind.HART: return strikeHart(kind, unit, a, b, time);
    case UnitKind.WIRE: return kind == FaultKind.WIRE_FORCE && a <= 2 && forceWire(unit, a, time);
    case UnitKind.SERIAL_LINK:
      return kind == FaultKind.FRAME_CORRUPT && b != 0 && corruptFrame(unit, b);
    default: return kind == FaultKind.DEVICE && strikeDevice(unit, a, b, time);
  }
}

function strikeHart(kind: u32, hart: u32, a: u32, b: u32, time: u64): bool {
  switch (kind) {
    case FaultKind.FLIP_REGISTER: return a >= 1 && a <= 31 && flipRegister(hart, a, b);
    case FaultKind.FLIP_PC: return flipPc(hart, b);
    case FaultKind.SHADOW_FLIP: return a <= 31 && flipShadow(hart, a, b);
    case FaultKind.KILL:
      if (!hold(hart, HOLD_KILLED, time)) return false;
      pairMissing(block(hart));
      return true;
    case FaultKind.REVIVE: return release(hart, HOLD_KILLED, RESET_FAULT, time);
    case FaultKind.RESET:
      resetNode(hart, RESET_FAULT, time);
      return true;
    case FaultKind.PAUSE: return hold(hart, HOLD_PAUSED, time);
    case FaultKind.RESUME: return release(hart, HOLD_PAUSED, RESET_FAULT, time);
    case FaultKind.RESET_HOLD: return hold(hart, HOLD_RESET, time);
    case FaultKind.RESET_RELEASE: return release(hart, HOLD_RESET, RESET_PIN, time);
    case FaultKind.POWER_OFF: return hold(hart, HOLD_POWER, time);
    case FaultKind.POWER_ON: return release(hart, HOLD_POWER, RESET_POWER_ON, time);
    default: return false;
  }
}

function strikeClock(kind: u32, domain: u32, a: u32, b: u32, time: u64): bool {
  const row = domainRow(domain);
  const stopped = load<u32>(row, DOM_STOPPED) != 0;
  if (load<u32>(row, DOM_FEEDER)) return false; // its feeder is the site
  switch (kind) {
    case FaultKind.CLOCK_STOP:
      if (stopped) return false;
      clockSetAt(domain, 0, time);
      return true;
    case FaultKind.CLOCK_START:
      if (!stopped) return false;
      clockStartAt(domain, time);
      return true;
    case FaultKind.CLOCK_RATE: {
      const rate = <u64>a | (<u64>b << 32);
      if (stopped || rate < RATE_LEAST || rate > RATE_MOST) return false;
      clockSetAt(domain, rate, time);
      return true;
    }
    default:
      if (stopped || a == 0 || a > EDGES_MOST) return false;
      clockSkipAt(domain, a, time);
      return true;
  }
}

function strikeDevice(unit: u32, site: u32, value: u32, time: u64): bool {
  const now = cycleAt(domainOf(unit), time);
  if (unitDown(unit)) return false;
  if (!deviceFault(field(unit, UNIT_KIND), block(unit), site, value, now)) return false;
  touched(unit, time);
  return true;
}

/** Sets a hart's pc. The second half of a crossing access, if one is pending, is given up. */
export function jump(hart: usize, pc: u32): void {
  store<u32>(hart, pc, HART_PC);
  abandonAccess(hart);
}

/** What was half done begins anew: the instruction at pc has not happened yet. */
export function abandonAccess(hart: usize): void {
  store<u32>(hart, 0, HART_PHASE);
  store<u32>(hart, 0, HART_PARTIAL);
}

function flipRegister(hart: u32, register: u32, mask: u32): bool {
  pairPart(block(hart));
  const at = block(hart) + (<usize>register << 2);
  store<u32>(at, load<u32>(at) ^ mask);
  abandonAccess(block(hart)); // its address may be another one now
  return mask != 0;
}

function flipPc(hart: u32, mask: u32): bool {
  const b = block(hart);
  pairPart(b);
  jump(b, (load<u32>(b, HART_PC) ^ mask) & ~1);
  return (mask & ~1) != 0;
}

/** Register `register` of the second core of a lockstep pair, or its pc (0). */
function flipShadow(hart: u32, register: u32, mask: u32): bool {
  const bits = register == 0 ? mask & ~1 : mask;
  if (bits == 0 || !pairPart(block(hart))) return false;
  const shadow = pairShadow(block(hart));
  const at = shadow + (register == 0 ? <usize>HART_PC : <usize>register << 2);
  store<u32>(at, load<u32>(at) ^ bits);
  abandonAccess(shadow);
  return true;
}

function flipMemory(address: u32, mask: u32): bool {
  // The tables and blocks below are not memory of the machine: breaking them would break the core.
  const first = STATE_BASE + (header(H_HOT_PAGES) << PAGE_BITS);
  if (address < first || address >= STATE_BASE + header(H_STATE_BYTES)) return false;
  store<u8>(address, load<u8>(address) ^ <u8>mask);
  memoryWritten(address, 1);
  breakReservations(u32.MAX_VALUE, address, 1);
  return (mask & 0xff) != 0;
}

function forceWire(wire: u32, force: u32, time: u64): bool {
  wireForce(wire, force, time);
  return true;
}

function corruptFrame(link: u32, bits: u32): bool {
  linkCorrupt(link, bits);
  return true;
}
