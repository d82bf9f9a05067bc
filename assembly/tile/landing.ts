/**
 * Receivers: which bus a tile listens to from when to when, and where its words go.
 *
 * A mux write of cycle m acts on what lands from m + X on, a pointer write on what lands from its
 * own cycle on. Between two such changes the source is constant, and what lands is a piece of its
 * bus.
 */
import { NEVER } from "../kernel/clock";
import {
  ADDRESS_MASK,
  Fabric,
  PENDING_MAX,
  Slot,
  distanceRow,
  inMemory,
  pendingList,
  slotOf,
  validMap,
} from "./state";
import { elements, busGap, busLand, busNext } from "./bus";
import { DIRECTION_BIT, MUX_NULL, NO_SLOT, selectedSlot } from "./silicon";
import { Desk, Work, muxList, pointerList } from "./work";


/** Kinds of Desk.dry. */
const REHEARSE: u32 = 1;
const LOOK: u32 = 2;

/** Cycle of an entry relative to `from`: entries are less than 2^15 cycles away. */
// @ts-ignore: decorator
@inline
function relative(entry: u32, from: u64): i32 {
  return <i32><i16>(<u16>entry - <u16>from);
}

/** Value that the mux works with: broken wires to it hold some bits. */
// @ts-ignore: decorator
@inline
function heard(s: Slot, value: u32): u32 {
  return (value & ~s.muxStuckMask) | s.muxStuckValue;
}

/** The path from a source to a receiver: a sum of parts. Cycles; the direction's bit above. */
// @ts-ignore: decorator
@inline
function pathParts(b: usize, s: Slot, source: Slot): u32 {
  return <u32>load<u8>(distanceRow(b, s.place) + source.place);
}

/** Takes the mux writes that are on their way into the chunk's list. */
export function muxTake(s: Slot, w: Work): void {
  const n = s.pendings;
  w.muxes = n;
  w.pointers = 0;
  if (n) memory.copy(muxList(w), pendingList(s), <usize>n << 2);
}

/** Puts those that have still not arrived back; the rest of the list stays zero. */
function muxKeep(s: Slot, w: Work, used: u32): void {
  const kept = w.muxes - used;
  const before = s.pendings;
  if (kept == 0 && before == 0) return;
  assert(kept <= PENDING_MAX);
  const list = pendingList(s);
  memory.copy(list, muxList(w) + (<usize>used << 2), <usize>kept << 2);
  if (before > kept) memory.fill(list + (<usize>kept << 2), 0, <usize>(before - kept) << 2);
  s.pendings = kept;
}

/** Lands what reaches a slot in the cycles [from, to). */
export function land(b: usize, f: Fabric, s: Slot, w: Work, desk: Desk, from: u64, to: u64): void {
  muxKeep(s, w, segments(b, f, s, w, desk, from, to));
}

/** Listens to one source after the other. Returns how many mux writes have arrived. */
function segments(
  b: usize,
  f: Fabric,
  s: Slot,
  w: Work,
  desk: Desk,
  from: u64,
  to: u64,
): u32 {
  const length = <i32>(to - from);
  const lead = <i32>s.lead;
  const muxes = muxList(w);
  const pointers = pointerList(w);
  let mux: u32 = 0;
  let pointer: u32 = 0;
  let at: i32 = 0;
  let source = selectedSlot(b, heard(s, s.selected));
  while (at < length) {
    let end = length;
    while (mux < w.muxes) {
      const entry = load<u32>(muxes + (<usize>mux << 2));
      const effect = relative(entry >> 16, from) + lead;
      if (effect > at) {
        if (effect < end) end = effect;
        break;
      }
      s.selected = entry & 0xffff;
      source = selectedSlot(b, heard(s, s.selected));
      mux++;
    }
    while (pointer < w.pointers) {
      const entry = pointers + (<usize>pointer << 3);
      const effect = relative(load<u32>(entry), from);
      if (effect > at) {
        if (effect < end) end = effect;
        break;
      }
      s.pointer = load<u32>(entry, 4);
      pointer++;
    }
    if (source != NO_SLOT) listen(b, f, s, w, desk, slotOf(b, source), from + at, from + end);
    at = end;
  }
  return mux;
}

/** Lands what one source's bus brings in the cycles [from, to). */
function listen(
  b: usize,
  f: Fabric,
  s: Slot,
  w: Work,
  desk: Desk,
  source: Slot,
  from: u64,
  to: u64,
): void {
  if (source.busLive == 0) return;
  const parts = pathParts(b, s, source);
  const path = source.outDelay + (parts & ~DIRECTION_BIT) + s.inDelay;
  if (source.sent + path <= from) return; // its last word has passed
  const map = validMap(source, parts & DIRECTION_BIT ? 1 : 0);
  if (to <= path) return; // before the first cycle nothing was sent
  const end = to - path;
  let at = busNext(map, from > path ? from - path : 0, end);
  while (at < end) {
    const gap = busGap(map, at, end);
    const n = <u32>(gap - at);
    if (desk.dry) probe(f, s, w, desk, at + path, n);
    else busLand(f, s, w, desk, source, at, at + path, n);
    at = busNext(map, gap, end);
  }
}

/** What landing n words from `cycle` on would touch. */
function probe(f: Fabric, s: Slot, w: Work, desk: Desk, cycle: u64, n: u32): void {
  if (cycle < desk.first) desk.first = cycle;
  if (desk.dry == LOOK) return;
  if (cycle < w.standsFrom || cycle + n > w.stands) w.flagged = 1;
  reach(f, w, s.pointer, n);
  s.pointer = (s.pointer + n) & ADDRESS_MASK;
}

/** As `foresee`, but with a look at the buses, on which this chunk's words lie: exact. */
export function rehearse(
  b: usize,
  f: Fabric,
  s: Slot,
  w: Work,
  desk: Desk,
  from: u64,
  to: u64,
): void {
  const selected = s.selected;
  const pointer = s.pointer;
  w.landMask = 0;
  w.flagged = 0;
  desk.dry = REHEARSE;
  segments(b, f, s, w, desk, from, to);
  desk.dry = 0;
  s.selected = selected;
  s.pointer = pointer;
}

/**
 * First cycle in [from, to) in which a word lands at a slot whose row does not run, by what is on
 * the buses now; `to` if none does. `to` is less than the least path away, so that nothing sent
 * from now on can land before it.
 */
export function firstLanding(
  b: usize,
  f: Fabric,
  s: Slot,
  w: Work,
  desk: Desk,
  from: u64,
  to: u64,
): u64 {
  if (s.pendings == 0 && heard(s, s.selected) >= MUX_NULL) return NEVER;
  const selected = s.selected;
  muxTake(s, w);
  desk.dry = LOOK;
  desk.first = to;
  segments(b, f, s, w, desk, from, to);
  desk.dry = 0;
  s.selected = selected;
  return desk.first;
}


/**
 * What might land in [from, to), without a look at the buses: sets the elements in the slot's work
 * and flags it where a word might land outside of its memory or at a running core.
 */
export function foresee(f: Fabric, s: Slot, w: Work, from: u64, to: u64): void {
  if (w.muxes == 0 && heard(s, s.selected) >= MUX_NULL) return;
  if (w.stands < to || w.standsFrom > from) w.flagged = 1;
  const list = pointerList(w);
  let at = from;
  let pointer = s.pointer;
  for (let i: u32 = 0; i <= w.pointers; i++) {
    const entry = list + (<usize>i << 3);
    const end = i < w.pointers ? from + relative(load<u32>(entry), from) : to;
    if (end > at) reach(f, w, pointer, <u32>(end - at));
    if (i < w.pointers) pointer = load<u32>(entry, 4);
    at = end;
  }
}

function reach(f: Fabric, w: Work, pointer: u32, n: u32): void {
  if (!inMemory(f, pointer) || !inMemory(f, pointer + n - 1)) w.flagged = 1;
  else w.landMask |= elements(pointer, n);
}
