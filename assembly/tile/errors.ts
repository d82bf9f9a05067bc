/** Errors of a tile, and its trace records. */
import { edgeTime } from "../kernel/clock";
import { TraceKind } from "../kernel/abi";
import { NONE } from "../kernel/layout";
import { trace, traceAt } from "../kernel/trace";
import { Fabric, Slot } from "./state";
import { Desk, Mode, Work } from "./work";

/**
 * An event of the slot is in error. Stretches only note that there is one, for they are done again
 * cycle by cycle; then the first sticks in the status: of one cycle the row's own (3, 6, 8), then
 * what a landing finds (4, 7, 3), then clashes (1, 2).
 */
export function fail(f: Fabric, s: Slot, w: Work, desk: Desk, code: u32, cycle: u64): void {
  w.flagged = 1;
  if (desk.mode == Mode.BULK) return;
  s.errors += 1;
  if (s.status == 0) {
    s.status = code;
    s.statusEvent = cycle - s.base;
  }
  if (desk.mode == Mode.TRACE) note(f, s, desk, TraceKind.TILE_ERROR, cycle, code, 0, 0);
}

/** A record of a tile: a, b, c by kind; d is always the event. */
export function note(
  f: Fabric,
  s: Slot,
  desk: Desk,
  kind: u32,
  cycle: u64,
  a: u32,
  b: u32,
  c: u32,
): void {
  traceAt(edgeTime(<usize>desk.domain, cycle), s.hart == NONE ? desk.unit : s.hart);
  trace(kind, a, b, c | (s.visible << 16), <u32>(cycle - s.base));
}
