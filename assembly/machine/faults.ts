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
 *   WIRE_FORCE       wire    0 free, 1 low, 2 high  -
 *   FRAME_CORRUPT    link    -                 mask of the half bits to invert in the next frame
 */
import { FaultKind, HartState, RESET_FAULT, TraceKind, UnitKind } from "../kernel/abi";
import { cycleAt } from "../kernel/clock";
import {
  HART_CYCLE,
  HART_PARTIAL,
  HART_PC,
  HART_PHASE,
  HART_STATE,
  H_HOT_PAGES,
  H_NOW,
  H_STATE_BYTES,
  H_UNIT_COUNT,
  PAGE_BITS,
  STATE_BASE,
  UNIT_KIND,
} from "../kernel/layout";
import { trace, traceAt } from "../kernel/trace";
import { breakReservations } from "./access";
import { memoryWritten } from "./memory";
import { resetNode } from "./reset";
import { refreshTimes } from "./run";
import { block, domainOf, field, header } from "./units";
import { linkCorrupt, wireForce } from "./wiring";

/** Applies a fault now. Returns 1 if the site exists and it has fired, 0 if not. */
export function faultApply(kind: u32, unit: u32, a: u32, b: u32): u32 {
  if (unit >= header(H_UNIT_COUNT)) return 0;
  const unitKind = field(unit, UNIT_KIND);
  const time = load<u64>(STATE_BASE, H_NOW);
  let fired = false;
  switch (kind) {
    case FaultKind.FLIP_REGISTER:
      if (unitKind == UnitKind.HART && a >= 1 && a <= 31) fired = flipRegister(unit, a, b);
      break;
    case FaultKind.FLIP_PC:
      if (unitKind == UnitKind.HART) fired = flipPc(unit, b);
      break;
    case FaultKind.FLIP_MEMORY:
      fired = flipMemory(a, b);
      break;
    case FaultKind.KILL:
      if (unitKind == UnitKind.HART) fired = kill(unit);
      break;
    case FaultKind.REVIVE:
      if (unitKind == UnitKind.HART) fired = revive(unit, time);
      break;
    case FaultKind.RESET:
      if (unitKind == UnitKind.HART) fired = reset(unit, time);
      break;
    case FaultKind.WIRE_FORCE:
      if (unitKind == UnitKind.WIRE && a <= 2) fired = forceWire(unit, a, time);
      break;
    case FaultKind.FRAME_CORRUPT:
      if (unitKind == UnitKind.SERIAL_LINK && b != 0) fired = corruptFrame(unit, b);
      break;
    default:
      break;
  }
  if (!fired) return 0;
  traceAt(time, unit);
  trace(TraceKind.FAULT, kind, a, b, 0);
  refreshTimes();
  return 1;
}

/** Sets a hart's pc. The second half of a crossing access, if one is pending, is given up. */
export function jump(hart: usize, pc: u32): void {
  store<u32>(hart, pc, HART_PC);
  abandonAccess(hart);
}

/** What was half done begins anew: the instruction at pc has not happened yet. */
function abandonAccess(hart: usize): void {
  store<u32>(hart, 0, HART_PHASE);
  store<u32>(hart, 0, HART_PARTIAL);
}

function flipRegister(hart: u32, register: u32, mask: u32): bool {
  const at = block(hart) + (<usize>register << 2);
  store<u32>(at, load<u32>(at) ^ mask);
  abandonAccess(block(hart)); // its address may be another one now
  return mask != 0;
}

function flipPc(hart: u32, mask: u32): bool {
  const b = block(hart);
  jump(b, (load<u32>(b, HART_PC) ^ mask) & ~1);
  return (mask & ~1) != 0;
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

function kill(hart: u32): bool {
  const b = block(hart);
  if (load<u32>(b, HART_STATE) == HartState.STOPPED) return false;
  store<u32>(b, HartState.STOPPED, HART_STATE);
  return true;
}

function revive(hart: u32, time: u64): bool {
  const b = block(hart);
  if (load<u32>(b, HART_STATE) != HartState.STOPPED) return false;
  store<u32>(b, HartState.RUNNING, HART_STATE);
  const cycle = cycleAt(domainOf(hart), time);
  if (cycle > load<u64>(b, HART_CYCLE)) store<u64>(b, cycle, HART_CYCLE);
  resetNode(hart, RESET_FAULT, time);
  return true;
}

function reset(hart: u32, time: u64): bool {
  resetNode(hart, RESET_FAULT, time);
  return true;
}

function forceWire(wire: u32, force: u32, time: u64): bool {
  wireForce(wire, force, time);
  return true;
}

function corruptFrame(link: u32, bits: u32): bool {
  linkCorrupt(link, bits);
  return true;
}
