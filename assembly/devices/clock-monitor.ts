import { BUS_ERROR, RESET_POWER_ON } from "../kernel/abi";
import { DeviceHead, READ_ERROR } from "../bus/head";
import { NEVER, cycleAt, edgeTime } from "../kernel/clock";
import {
  DOMAIN_BYTES,
  DOM_RATE,
  DOM_STOPPED,
  H_DOMAINS,
  NONE,
  STATE_BASE,
  UNIT_DOMAIN,
  UNIT_PARAM0,
  UNIT_PARAM4,
} from "../kernel/layout";

/**
 * Clock monitor: counts every clock feeder against the others in windows, and votes.
 *
 *   offset  name      access  reset        meaning
 *   0x0000  FAILED    RO      0x0000_0000  Feeders that are known to be wrong; latched.
 *           [2:0]     FEEDERS      Bit i is feeder i.
 *   0x0004  DIFFERS   RO      0x0000_0000  Feeders that were counted differently; latched.
 *           [2:0]     FEEDERS      Bit i is feeder i.
 *   0x0008  FEEDERS   RO      -            Feeders that exist.
 *           [2:0]     MASK         Bit i is feeder i.
 *           [8]       EXTERNAL     There is a monitor outside of the chip.
 *   0x000c  WINDOW    RO      -            Length of a window in cycles of the reference.
 *   0x0010  FOUND     RO      0x0000_0000  Cycle of this unit's clock of the first finding, low.
 *   0x0014  FOUNDH    RO      0x0000_0000  Cycle of this unit's clock of the first finding, high.
 *   0x1000  BLOCK0    RO      0x0000_0000  Feeder that drives block 0.
 *           [1:0]     FEEDER       As its switch says, some time ago.
 *   0x2000  BLOCK1    RO      0x0000_0000  Feeder that drives block 1.
 *           [1:0]     FEEDER       As its switch says, some time ago.
 *   0x3000  BLOCK2    RO      0x0000_0000  Feeder that drives block 2.
 *           [1:0]     FEEDER       As its switch says, some time ago.
 *   0x4000  BLOCK3    RO      0x0000_0000  Feeder that drives block 3.
 *           [1:0]     FEEDER       As its switch says, some time ago.
 *
 * Each feeder is counted against each other one, whose cycles make the windows (64 by default,
 * from multiples of 64 on). All feeders have one rate, so that a count other than WINDOW is a
 * difference: DIFFERS names both, since two clocks cannot say which of them is wrong. Known to be
 * wrong (FAILED) is a feeder of which half a window or less was counted (it has stopped); of three,
 * the one that differs from two which agree; and, with the monitor outside of the chip, one that
 * differs from that. The windows of a feeder that stands do not end. Findings stay until power-on.
 * Outputs 0..2: FAILED of feeder i; 3: any DIFFERS; 4: the interrupt, 1 after the first finding.
 * Inputs 2k and 2k + 1: the number of the feeder that drives block k.
 * Aligned 32-bit reads only; everything else is a bus error.
 * Source: specs/dual-block-mcu.md, section 2; the registers and the stop rule are our choice.
 */

const FAILED:  u32 = 0x0000;
const DIFFERS: u32 = 0x0004;
const FEEDERS: u32 = 0x0008;
const WINDOW:  u32 = 0x000c;
const FOUND:   u32 = 0x0010;
const FOUNDH:  u32 = 0x0014;
const BLOCK0:  u32 = 0x1000;
const BLOCK3:  u32 = 0x4000;

const FEEDERS_EXTERNAL: u32 = 1 << 8;

const FEEDER_COUNT: u32 = 3;
/** References: the feeders, then the monitor outside of the chip. */
const REFERENCE_COUNT: u32 = 4;
const EXTERNAL: u32 = 3;
const OUT_DIFFERS: u32 = 1 << 3;
const OUT_INTERRUPT: u32 = 1 << 4;
/** Cycles that one look ahead covers: from anywhere before the next anchor conversions reach it. */
const CYCLES_AHEAD: u64 = 1 << 19;
/** Cycles after which to look ahead again where a drift has not yet shown. */
const CYCLES_BETWEEN: u64 = 1 << 18;
/** "Not in sight", as the time of a finding: later than any time, and not NEVER. */
const LOOK_AGAIN: u64 = NEVER - 1;

@unmanaged export class ClockMonitor extends DeviceHead {
  found: u64;        // cycle of the first finding
  failed: u32;
  differs: u32;
  window: u32;
  pairs: u32;        // bit 4 * feeder + reference: has been counted differently
  domains0: u32;     // clock domains of the references, NONE where absent
  domains1: u32;
  domains2: u32;
  domains3: u32;
  waits: u32;        // bit 4 * feeder + reference: a finding is due at `due`
  domain: u32;       // of this unit
}

/** `parameters`: PARAM0..2 feeders and PARAM3 external monitor (domains), PARAM4 the window. */
export function clockMonitorReset(b: usize, cause: u32, now: u64, parameters: usize): void {
  if (cause != RESET_POWER_ON) return;
  const m = changetype<ClockMonitor>(b);
  m.found = 0;
  m.failed = 0;
  m.differs = 0;
  m.pairs = 0;
  m.waits = 0;
  for (let reference: usize = 0; reference < <usize>REFERENCE_COUNT; reference++) {
    const domain = load<u32>(parameters + (reference << 2));
    store<u32>(b + (reference << 2), domain, offsetof<ClockMonitor>("domains0"));
  }
  m.domain = load<u32>(parameters - UNIT_PARAM0 + UNIT_DOMAIN);
  m.window = load<u32>(parameters - UNIT_PARAM0 + UNIT_PARAM4);
  m.due = NEVER;
  m.doorbell = 0;
  m.doorbellValue = 0;
  drive(m);
}

export function clockMonitorRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return clockMonitorPeek(b, offset, now);
}

/** Nothing here can be written. */
export function clockMonitorWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  return BUS_ERROR;
}

export function clockMonitorPeek(b: usize, offset: u32, now: u64): u64 {
  const m = changetype<ClockMonitor>(b);
  switch (offset) {
    case FAILED:  return <u64>m.failed;
    case DIFFERS: return <u64>m.differs;
    case FEEDERS: return <u64>present(m);
    case WINDOW:  return <u64>m.window;
    case FOUND:   return m.found & 0xffff_ffff;
    case FOUNDH:  return m.found >> 32;
    default:      break;
  }
  if (offset < BLOCK0 || offset > BLOCK3 || (offset & 0xfff) != 0) return READ_ERROR;
  return <u64>((m.inputs >> (((offset >> 12) - 1) << 1)) & 3);
}

/** A window has ended in which a difference shows, or it is time to look further ahead. */
export function clockMonitorEvent(b: usize, now: u64): void {
  const m = changetype<ClockMonitor>(b);
  const time = edgeTime(domainRow(m.domain), now);
  if (m.found == 0 && m.waits != 0) m.found = now;
  for (let feeder: u32 = 0; feeder < FEEDER_COUNT; feeder++) {
    for (let reference: u32 = 0; reference < REFERENCE_COUNT; reference++) {
      if ((m.waits >> pairBit(feeder, reference)) & 1) find(m, feeder, reference, time);
    }
  }
  vote(m);
  drive(m);
  clockMonitorUpdate(b, time);
}

export function clockMonitorInput(b: usize, levels: u32, now: u64): void {
  changetype<ClockMonitor>(b).inputs = levels;
}

/**
 * A feeder has changed at `time`, or its anchor has moved: looks for the first window in which a
 * difference will show. Until then every window would say the same.
 */
export function clockMonitorUpdate(b: usize, time: u64): void {
  const m = changetype<ClockMonitor>(b);
  const own = domainRow(m.domain);
  const now = cycleAt(own, time);
  let again = NEVER;
  m.due = NEVER;
  m.waits = 0;
  for (let feeder: u32 = 0; feeder < FEEDER_COUNT; feeder++) {
    for (let reference: u32 = 0; reference < REFERENCE_COUNT; reference++) {
      const finding = nextFinding(m, feeder, reference, time);
      if (finding == NEVER) continue;
      if (finding == LOOK_AGAIN) {
        again = now + CYCLES_BETWEEN;
        continue;
      }
      const cycle = max<u64>(cycleAt(own, finding), now + 1);
      if (cycle > m.due) continue;
      if (cycle < m.due) m.waits = 0;
      m.due = cycle;
      m.waits |= 1 << pairBit(feeder, reference);
    }
  }
  if (again < m.due) {
    m.due = again;
    m.waits = 0;
  }
}

// ---- inside -------------------------------------------------------------------------------------

// @ts-ignore: decorator
@inline
function pairBit(feeder: u32, reference: u32): u32 {
  return (feeder << 2) + reference;
}

// @ts-ignore: decorator
@inline
function domainOf(m: ClockMonitor, reference: u32): u32 {
  const at = changetype<usize>(m) + (<usize>reference << 2);
  return load<u32>(at, offsetof<ClockMonitor>("domains0"));
}

// @ts-ignore: decorator
@inline
function domainRow(domain: u32): usize {
  return <usize>load<u32>(STATE_BASE, H_DOMAINS) + <usize>domain * DOMAIN_BYTES;
}

function present(m: ClockMonitor): u32 {
  let mask: u32 = domainOf(m, EXTERNAL) == NONE ? 0 : FEEDERS_EXTERNAL;
  for (let feeder: u32 = 0; feeder < FEEDER_COUNT; feeder++) {
    if (domainOf(m, feeder) != NONE) mask |= 1 << feeder;
  }
  return mask;
}

// @ts-ignore: decorator
@inline
function stands(domain: usize): bool {
  return load<u32>(domain, DOM_STOPPED) != 0;
}

/** Whether the feeder's count is not the reference's at the end of a window, `end` its cycle. */
function differsAt(feeder: usize, reference: usize, end: u64): bool {
  return cycleAt(feeder, edgeTime(reference, end)) != end;
}

/** Whether half or less of the window that ends at cycle `end` was counted. */
function shortAt(feeder: usize, reference: usize, end: u64, window: u64): bool {
  const from = edgeTime(reference, end - window);
  if (from == NEVER) return false; // it began before the anchor: the next one will say
  return cycleAt(feeder, edgeTime(reference, end)) - cycleAt(feeder, from) <= window >> 1;
}

/** Time of the next finding about a feeder against a reference; NEVER if none is in sight. */
function nextFinding(m: ClockMonitor, feeder: u32, reference: u32, time: u64): u64 {
  const one = domainOf(m, feeder);
  const other = domainOf(m, reference);
  if (feeder == reference || one == NONE || other == NONE) return NEVER;
  const counted = domainRow(one);
  const windows = domainRow(other);
  if (stands(windows) || ((m.failed >> feeder) & 1) != 0) return NEVER;
  const window = <u64>m.window;
  const end = ((cycleAt(windows, time) + window - 1) / window) * window;
  if ((m.pairs >> pairBit(feeder, reference)) & 1) {
    if (!stands(counted)) return NEVER;
    const first = shortAt(counted, windows, end, window);
    return edgeTime(windows, first ? end : end + window);
  }
  if (differsAt(counted, windows, end)) return edgeTime(windows, end);
  if (stands(counted)) return edgeTime(windows, end + window);
  if (load<u64>(counted, DOM_RATE) == load<u64>(windows, DOM_RATE)) return NEVER;
  return firstDifference(counted, windows, end, window);
}

/** The first window after `end` whose count differs: the difference only grows. */
function firstDifference(counted: usize, windows: usize, end: u64, window: u64): u64 {
  const most = CYCLES_AHEAD / window;
  let high: u64 = 1;
  while (high <= most && !differsAt(counted, windows, end + high * window)) high <<= 1;
  if (high > most) return LOOK_AGAIN;
  let low = high >> 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (differsAt(counted, windows, end + middle * window)) high = middle;
    else low = middle;
  }
  return edgeTime(windows, end + high * window);
}

/** A pair of which a finding is due at `time`. */
function find(m: ClockMonitor, feeder: u32, reference: u32, time: u64): void {
  const bit: u32 = 1 << pairBit(feeder, reference);
  const counted = domainRow(domainOf(m, feeder));
  const windows = domainRow(domainOf(m, reference));
  const window = <u64>m.window;
  const end = (cycleAt(windows, time) / window) * window;
  const known = (m.pairs & bit) != 0 || reference == EXTERNAL;
  if (known || (stands(counted) && shortAt(counted, windows, end, window))) {
    m.failed |= 1 << feeder;
  }
  m.pairs |= bit;
  m.differs |= 1 << feeder;
  if (reference != EXTERNAL) m.differs |= 1 << reference;
}

/** Whether two feeders have been counted differently, either against the other. */
function apart(m: ClockMonitor, one: u32, other: u32): bool {
  return (((m.pairs >> pairBit(one, other)) | (m.pairs >> pairBit(other, one))) & 1) != 0;
}

/** Of three feeders, one that differs from both others, which agree, is wrong. */
function vote(m: ClockMonitor): void {
  if ((present(m) & 7) != 7) return;
  for (let feeder: u32 = 0; feeder < FEEDER_COUNT; feeder++) {
    const one = (feeder + 1) % FEEDER_COUNT;
    const other = (feeder + 2) % FEEDER_COUNT;
    if (apart(m, feeder, one) && apart(m, feeder, other) && !apart(m, one, other)) {
      m.failed |= 1 << feeder;
    }
  }
}

function drive(m: ClockMonitor): void {
  const any = m.differs | m.failed;
  m.outputs = m.failed | (m.differs != 0 ? OUT_DIFFERS : 0) | (any != 0 ? OUT_INTERRUPT : 0);
}
