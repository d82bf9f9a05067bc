/**
 * Clock domains: exact conversion between picoseconds and cycles, in integers.
 *
 * Edge `anchor_cycle + k` falls at `anchor_ps + floor((remainder + k * 10^15) / rate)`, with the
 * rate in millihertz. It is computed as k * q + floor((remainder + k * r) / rate), q = 10^15 div
 * rate, r = 10^15 mod rate: exact in u64 for k up to 1.5 * 2^20 (r < 10^13). The anchor moves
 * forward at every multiple of 2^20 cycles, as an event, never at slice ends; what lies further
 * ahead than 1.5 * 2^20 cycles is "far" and looked at again when the anchor has moved.
 */
import {
  ANCHOR_CYCLES_BITS,
  DOM_ANCHOR_CYCLE,
  DOM_ANCHOR_PS,
  DOM_QUOTIENT,
  DOM_RATE,
  DOM_REMAINDER,
  DOM_REST,
  DOM_STOPPED,
} from "./layout";

/** "No time", "no cycle": later than everything. */
export const NEVER: u64 = u64.MAX_VALUE;

const ANCHOR_CYCLES: u64 = 1 << ANCHOR_CYCLES_BITS;
/** Conversions reach this far beyond the anchor. */
export const FAR_CYCLES: u64 = ANCHOR_CYCLES + (ANCHOR_CYCLES >> 1);
/** 10^15: one second in units of (1 ps at 1 mHz). */
const PS_MHZ: u64 = 1_000_000_000_000_000;

/** Time after the anchor of the k-th edge behind it; k <= FAR_CYCLES. */
// @ts-ignore: decorator
@inline
function offsetOf(domain: usize, k: u64): u64 {
  return (
    k * load<u64>(domain, DOM_QUOTIENT) +
    (load<u64>(domain, DOM_REMAINDER) + k * load<u64>(domain, DOM_REST)) /
      load<u64>(domain, DOM_RATE)
  );
}

/** Time in ps of an edge not before the anchor; NEVER if it is far, or if the clock stands. */
export function edgeTime(domain: usize, cycle: u64): u64 {
  const k = cycle - load<u64>(domain, DOM_ANCHOR_CYCLE);
  if (k > FAR_CYCLES || load<u32>(domain, DOM_STOPPED)) return NEVER;
  return load<u64>(domain, DOM_ANCHOR_PS) + offsetOf(domain, k);
}

/**
 * Number of edges strictly before a time, which is also the index of the first edge at or after
 * it. Times before the anchor give the anchor's cycle, far ones anchor + FAR_CYCLES.
 */
export function cycleAt(domain: usize, time: u64): u64 {
  const anchorCycle = load<u64>(domain, DOM_ANCHOR_CYCLE);
  const anchor = load<u64>(domain, DOM_ANCHOR_PS);
  if (time <= anchor || load<u32>(domain, DOM_STOPPED)) return anchorCycle;
  const span = time - anchor;
  const quotient = load<u64>(domain, DOM_QUOTIENT);
  if (span >= offsetOf(domain, FAR_CYCLES)) return anchorCycle + FAR_CYCLES;
  if (load<u64>(domain, DOM_REST) == 0 && load<u64>(domain, DOM_REMAINDER) == 0) {
    return anchorCycle + (span + quotient - 1) / quotient;
  }
  // The quotient is at most the period, so this is not below the answer; walk down to it.
  let k = span / quotient + 1;
  if (k > FAR_CYCLES) k = FAR_CYCLES;
  let offset = offsetOf(domain, k);
  while (offset > span + quotient) {
    k -= (offset - span) / (quotient + 1);
    offset = offsetOf(domain, k);
  }
  while (offsetOf(domain, k) < span) k++;
  while (k > 0 && offsetOf(domain, k - 1) >= span) k--;
  return anchorCycle + k;
}

/** Moves the anchor to an edge that is not before it and not far. */
function moveAnchor(domain: usize, cycle: u64): void {
  const k = cycle - load<u64>(domain, DOM_ANCHOR_CYCLE);
  const rate = load<u64>(domain, DOM_RATE);
  const carried = load<u64>(domain, DOM_REMAINDER) + k * load<u64>(domain, DOM_REST);
  store<u64>(
    domain,
    load<u64>(domain, DOM_ANCHOR_PS) + k * load<u64>(domain, DOM_QUOTIENT) + carried / rate,
    DOM_ANCHOR_PS,
  );
  store<u64>(domain, carried % rate, DOM_REMAINDER);
  store<u64>(domain, cycle, DOM_ANCHOR_CYCLE);
}

/** The next multiple of 2^20 cycles behind the anchor: where it moves next. */
// @ts-ignore: decorator
@inline
function nextAnchorCycle(domain: usize): u64 {
  return ((load<u64>(domain, DOM_ANCHOR_CYCLE) >> ANCHOR_CYCLES_BITS) + 1) << ANCHOR_CYCLES_BITS;
}

/** Time at which the anchor next moves; NEVER while the clock stands. */
export function anchorDue(domain: usize): u64 {
  return edgeTime(domain, nextAnchorCycle(domain));
}

/** Moves the anchor to the next multiple of 2^20 cycles; called when that time is reached. */
export function anchorAdvance(domain: usize): void {
  moveAnchor(domain, nextAnchorCycle(domain));
}

/** Sets a domain's rate in millihertz (10^3 .. 10^13) from its first edge at or after `time`. */
export function clockSetRate(domain: usize, rate: u64, time: u64): void {
  moveAnchor(domain, cycleAt(domain, time));
  store<u64>(domain, 0, DOM_REMAINDER);
  store<u64>(domain, rate, DOM_RATE);
  store<u64>(domain, PS_MHZ / rate, DOM_QUOTIENT);
  store<u64>(domain, PS_MHZ % rate, DOM_REST);
}

/** Stops a clock: its first edge at or after `time` does not come. */
export function clockStop(domain: usize, time: u64): void {
  if (load<u32>(domain, DOM_STOPPED)) return;
  moveAnchor(domain, cycleAt(domain, time));
  store<u64>(domain, 0, DOM_REMAINDER);
  store<u32>(domain, 1, DOM_STOPPED);
}

/** The next `edges` edges at or after `time` do not come: their numbers fall on later ones. */
export function clockSkip(domain: usize, edges: u64, time: u64): void {
  if (load<u32>(domain, DOM_STOPPED)) return;
  const cycle = cycleAt(domain, time);
  moveAnchor(domain, cycle + edges);
  store<u64>(domain, cycle, DOM_ANCHOR_CYCLE);
}

/**
 * Gives a domain the edges of `feeder` from `time` on, but for the first `gap` of them: its next
 * cycle falls on an edge of the feeder. A gap that is still going on is kept.
 */
export function clockCouple(domain: usize, feeder: usize, time: u64, gap: u64): void {
  const running = load<u32>(domain, DOM_STOPPED) == 0;
  const cycle = cycleAt(domain, time);
  const waits = running && load<u64>(domain, DOM_ANCHOR_PS) > time;
  const from = waits ? load<u64>(domain, DOM_ANCHOR_PS) : time;
  store<u64>(domain, cycle, DOM_ANCHOR_CYCLE);
  store<u32>(domain, load<u32>(feeder, DOM_STOPPED), DOM_STOPPED);
  const edge = cycleAt(feeder, from) + gap;
  const k = edge - load<u64>(feeder, DOM_ANCHOR_CYCLE);
  const rate = load<u64>(feeder, DOM_RATE);
  const carried = load<u64>(feeder, DOM_REMAINDER) + k * load<u64>(feeder, DOM_REST);
  store<u64>(domain, load<u64>(feeder, DOM_ANCHOR_PS) + offsetOf(feeder, k), DOM_ANCHOR_PS);
  store<u64>(domain, carried % rate, DOM_REMAINDER);
  store<u64>(domain, rate, DOM_RATE);
  store<u64>(domain, load<u64>(feeder, DOM_QUOTIENT), DOM_QUOTIENT);
  store<u64>(domain, load<u64>(feeder, DOM_REST), DOM_REST);
}

/** Starts a stopped clock: the edge that was due comes at `time`. */
export function clockStart(domain: usize, time: u64): void {
  if (load<u32>(domain, DOM_STOPPED) == 0) return;
  store<u64>(domain, time, DOM_ANCHOR_PS);
  store<u32>(domain, 0, DOM_STOPPED);
}
