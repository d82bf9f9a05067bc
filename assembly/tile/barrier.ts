/**
 * The chip's barrier (zone 3). Every member asks, by `sync 3`, or is counted by `sans`; the release
 * goes out `overhead` cycles after the last request, and reaches each unit with the skew of the
 * acknowledge. The next barrier takes requests from the release on.
 */
import { TraceKind } from "../kernel/abi";
import { NEVER, edgeTime } from "../kernel/clock";
import { trace, traceAt } from "../kernel/trace";
import { awaited } from "./silicon";
import { Exchange, Fabric, Slot, slotOf } from "./state";
import { Desk } from "./work";

/** Kinds of a TILE_BARRIER record, in `a`. */
const RELEASED: u32 = 1;
const HANGS: u32 = 2;

/** Whether a tile counts as arrived; its `arrival` says since when. */
// @ts-ignore: decorator
@inline
function arrived(s: Slot): bool {
  return s.broken == 0 && (s.exchange == Exchange.BARRIER || s.skip != 0);
}

/**
 * Looks whether all members have arrived. `until` is the cycle up to which everything has happened,
 * `notBefore` the earliest cycle of the last request (what a fault has changed counts from it).
 */
export function barrierCheck(b: usize, f: Fabric, desk: Desk, until: u64, notBefore: u64): void {
  let first = NEVER;
  let last = notBefore;
  let missing: u32 = 0;
  let members: u32 = 0;
  for (let index: u32 = 0; index < f.slots; index++) {
    const s = slotOf(b, index);
    if (!awaited(s)) continue;
    members++;
    if (!arrived(s)) {
      missing++;
      continue;
    }
    if (s.arrival < first) first = s.arrival;
    if (s.arrival > last) last = s.arrival;
  }
  if (first == NEVER) return;
  watch(b, f, desk, first, until, missing == 0 ? last : NEVER);
  // A request of the time before the last release counts from then: the time may not be there yet.
  if (missing == 0 && last < until) release(b, f, desk, last);
}

/** Reports a barrier that has waited too long, once, with the tiles that are missing. */
function watch(b: usize, f: Fabric, desk: Desk, first: u64, until: u64, last: u64): void {
  const limit = first + f.watchdog;
  if (limit >= until || last <= limit || f.hungSince == first) return;
  f.hungSince = first;
  f.missing = 0;
  for (let index: u32 = 0; index < f.slots; index++) {
    const s = slotOf(b, index);
    if (!awaited(s) || (arrived(s) && s.arrival <= limit)) continue;
    if (f.missing == 0) f.firstMissing = s.visible;
    f.missing += 1;
    record(desk, limit, HANGS, s.visible, <u32>f.barriers);
  }
}

function release(b: usize, f: Fabric, desk: Desk, last: u64): void {
  f.release = last + f.overhead;
  f.hungSince = NEVER;
  f.missing = 0;
  f.firstMissing = 0;
  record(desk, f.release, RELEASED, 0, <u32>f.barriers);
  f.barriers += 1;
  for (let index: u32 = 0; index < f.slots; index++) {
    const s = slotOf(b, index);
    if (awaited(s)) acknowledge(f, s);
  }
}

/** A tile was counted: what it waits for, if anything, ends with the acknowledge. */
function acknowledge(f: Fabric, s: Slot): void {
  s.ack = f.release + <u64><i64>s.start;
  s.barriers += 1;
  const skipped = s.skip != 0;
  if (skipped) s.skip -= 1;
  const over = skipped
    ? s.skip == 0 && s.exchange == Exchange.REJOIN
    : s.exchange == Exchange.BARRIER;
  if (over) s.exchange = Exchange.RELEASED;
  // What it asks for beyond counts for the next barrier, which begins with this release.
  else s.arrival = f.release;
}

/** TILE_BARRIER record: b = tile that is missing, d = number of the barrier. */
function record(desk: Desk, cycle: u64, kind: u32, tile: u32, number: u32): void {
  traceAt(edgeTime(<usize>desk.domain, cycle), desk.unit);
  trace(TraceKind.TILE_BARRIER, kind, tile, 0, number);
}
