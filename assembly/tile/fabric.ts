/**
 * A tile processor's exchange: columns, buses, muxes, barrier.
 *
 * Time is advanced in chunks. Within a chunk every tile first runs its row and puts its words on
 * its bus, then takes what lands: both in stretches of many cycles, with bulk copies. That is exact
 * as long as no tile reads from a memory element in which words land in the same chunk, and nothing
 * is in error. Where that does not hold the rows are taken back, and the chunk is done in steps
 * shorter than the least path (so that no word lands in the step in which it is sent): then tiles
 * do not see each other, and those concerned go cycle by cycle: controls, send reads, landings.
 * With a trace of tiles all go cycle by cycle.
 */
import { TraceKind } from "../kernel/abi";
import { NEVER } from "../kernel/clock";
import { DERIVED_BASE, D_STOP, D_TRACE_HEAD, D_TRACE_TAIL } from "../kernel/layout";
import { TRACE_RING_RECORDS } from "../kernel/layout";
import { traceOn } from "../kernel/trace";
import { Stop } from "../kernel/abi";
import { barrierCheck } from "./barrier";
import { busClear, busErase } from "./bus";
import { fail } from "./errors";
import { firstLanding, foresee, land, muxTake, rehearse } from "./landing";
import { rowRun } from "./row";
import { configure, layDistances, works, MUX_NULL } from "./silicon";
import {
  Exchange,
  Fabric,
  MEMORY_BASE_WORD,
  Op,
  RING,
  SAVED_BYTES,
  SAVED_FIRST,
  Slot,
  TileError,
  fabricOf,
  slotOf,
} from "./state";
import { CHUNK_MAX, Desk, Mode, Work, savedOf, workOf } from "./work";

/** All stages out, D = 1, both units at silicon row 0: no word arrives sooner. */
const LEAST_PATH: u32 = 21;
/** A release's first effect is a fetch two cycles before the last request plus overhead. */
const RELEASE_MARGIN: u32 = 2;
/**
 * A core continues so many cycles after its row has returned (our choice, decision 0011): more than
 * the least path, so that the exchange of all tiles may go on for a step meanwhile.
 */
export const RESUME_CYCLES: u32 = 24;
/** Trace records that a tile can make in a cycle. */
const RECORDS_PER_CYCLE: u32 = 10;

/** Power-on: tile memory is zero anyway. */
export function fabricReset(b: usize): void {
  const f = fabricOf(b);
  f.due = NEVER;
  f.now = 0;
  f.release = NEVER;
  f.hungSince = NEVER;
  layDistances(b);
  configure(b);
  for (let index: u32 = 0; index < f.slots; index++) {
    const s = slotOf(b, index);
    s.mux = f.muxReset;
    s.selected = f.muxReset;
    s.pointer = MEMORY_BASE_WORD;
    s.outgoing = MEMORY_BASE_WORD;
  }
}

/**
 * A tile's core asks for a row in `cycle`, which has not happened yet: the core stands from now on,
 * and the first word is fetched in this cycle. False where no exchange unit works, or it is busy.
 */
export function fabricStart(b: usize, index: u32, byteAddress: u32, cycle: u64): bool {
  const s = slotOf(b, index);
  if (!works(s) || s.exchange != Exchange.CORE) return false;
  s.exchange = Exchange.ROW;
  s.op = Op.NONE;
  s.fetched = 0;
  s.pc = byteAddress >> 2;
  s.next = cycle + 1;
  s.rowFrom = cycle;
  return true;
}

/** Ends a slot's row at once: its node is reset or loses its power. */
export function fabricAbort(b: usize, index: u32): void {
  const s = slotOf(b, index);
  s.exchange = Exchange.CORE;
  s.op = Op.NONE;
  s.next = 0;
  s.fetched = 0;
  s.word = 0;
  s.word2 = 0;
  s.skip = 0;
  s.asked = 0;
}

/**
 * Everything before cycle `until` happens. Ends early, at `Fabric.now`, when the trace ring is
 * nearly full, or RESUME_CYCLES at most after a row has returned to a core that waits for it.
 * `desk` is derived memory for work (work.ts), `domain` the row of the clock domain.
 */
export function fabricAdvance(b: usize, until: u64, desk: usize, domain: usize, unit: u32): void {
  const f = fabricOf(b);
  const d = changetype<Desk>(desk);
  d.domain = <u32>domain;
  d.unit = unit;
  d.dry = 0;
  d.delicate = 0;
  d.returned = NEVER;
  const traced = tracing();
  let most = f.overhead > RELEASE_MARGIN ? f.overhead - RELEASE_MARGIN : 1;
  if (most > CHUNK_MAX) most = CHUNK_MAX;
  while (f.now < until && d.returned == NEVER) {
    let to = f.now + most;
    if (to > until) to = until;
    if (!traced || allStill(b, f, f.now, to)) {
      to = chunk(b, f, d, f.now, to, until);
    } else {
      const room = roomInTrace(f.slots);
      if (room == 0) return;
      if (to > f.now + room) to = f.now + room;
      d.delicate = 1;
      to = steps(b, f, d, f.now, to, true);
      d.delicate = 0;
    }
    f.now = to;
    barrierCheck(b, f, d, to, 0);
  }
}

/**
 * First cycle from now on in which a word may land at a slot, whatever others do meanwhile; NEVER
 * while nothing is selected, and no mux write is on its way.
 */
export function fabricFree(b: usize, index: u32, desk: usize): u64 {
  const f = fabricOf(b);
  const d = changetype<Desk>(desk);
  d.mode = Mode.BULK;
  return firstLanding(b, f, slotOf(b, index), workOf(d, index), d, f.now, f.now + LEAST_PATH);
}

/** Whether nothing goes on any more, and will not without a new row. */
export function fabricQuiet(b: usize): bool {
  const f = fabricOf(b);
  for (let index: u32 = 0; index < f.slots; index++) {
    const s = slotOf(b, index);
    if (works(s) && (!still(s, f.now, f.now) || wakes(s) != NEVER)) return false;
  }
  return awaitsRequests(f);
}

function tracing(): bool {
  return (
    traceOn(TraceKind.TILE_SEND) ||
    traceOn(TraceKind.TILE_MUX) ||
    traceOn(TraceKind.TILE_DELIVER) ||
    traceOn(TraceKind.TILE_ERROR)
  );
}

/** Cycles whose records find room in the trace ring; 0 asks the host to drain it. */
function roomInTrace(slots: u32): u32 {
  const used = load<u32>(DERIVED_BASE, D_TRACE_HEAD) - load<u32>(DERIVED_BASE, D_TRACE_TAIL);
  const cycles = (TRACE_RING_RECORDS - used) / (slots * RECORDS_PER_CYCLE);
  if (cycles == 0) store<u32>(DERIVED_BASE, Stop.RING_FULL, D_STOP);
  return cycles < LEAST_PATH ? cycles : LEAST_PATH;
}

/** Nothing of the exchange goes on at a slot in [from, to). */
function still(s: Slot, from: u64, to: u64): bool {
  if (wakes(s) < to) return false;
  if (s.pendings != 0 || s.sent + RING > from) return false;
  return s.selected >= MUX_NULL && s.muxStuckMask == 0;
}

/** First cycle in which a slot's row does something, if it stands still until then. */
// @ts-ignore: decorator
@inline
function wakes(s: Slot): u64 {
  if (s.exchange == Exchange.ROW) return s.op == Op.NONE && s.next > 0 ? s.next - 1 : 0;
  return s.exchange == Exchange.RELEASED ? s.ack - 1 : NEVER;
}

function allStill(b: usize, f: Fabric, from: u64, to: u64): bool {
  for (let index: u32 = 0; index < f.slots; index++) {
    const s = slotOf(b, index);
    if (works(s) && !still(s, from, to)) return false;
  }
  return true;
}

/**
 * Does the cycles from `from` on, and returns where it has come: `to`, less where a row returns to
 * its core, or up to `until` where nothing goes on.
 */
function chunk(b: usize, f: Fabric, d: Desk, from: u64, to: u64, until: u64): u64 {
  let wake = until;
  let flagged = false;
  let any = false;
  d.mode = Mode.BULK;
  for (let index: u32 = 0; index < f.slots; index++) {
    const s = slotOf(b, index);
    const w = workOf(d, index);
    w.idle = u32(!works(s) || still(s, from, to));
    if (w.idle) {
      const cycle = wakes(s);
      if (cycle < wake) wake = cycle;
      continue;
    }
    any = true;
    if (rows(b, f, s, w, d, from, to)) flagged = true;
  }
  if (!any) return awaitsRequests(f) ? wake : to;
  if (d.returned != NEVER && d.returned + RESUME_CYCLES < to) {
    const end = d.returned + RESUME_CYCLES;
    takeBack(b, f, d, from, to);
    d.returned = NEVER;
    return chunk(b, f, d, from, end, until);
  }
  if (flagged && !allClear(b, f, d, from, to)) {
    takeBack(b, f, d, from, to);
    d.returned = NEVER;
    const end = steps(b, f, d, from, to, false);
    d.delicate = 0;
    return end;
  }
  for (let index: u32 = 0; index < f.slots; index++) {
    const w = workOf(d, index);
    if (w.idle == 0) land(b, f, slotOf(b, index), w, d, from, to);
  }
  return to;
}

/** False while a barrier may complete without a new request: at the last release. */
function awaitsRequests(f: Fabric): bool {
  return f.release == NEVER || f.release < f.now;
}

/** Runs a slot's row through a chunk. True if stretches may not do for it. */
function rows(b: usize, f: Fabric, s: Slot, w: Work, d: Desk, from: u64, to: u64): bool {
  memory.copy(savedOf(w), changetype<usize>(s) + SAVED_FIRST, SAVED_BYTES);
  prepare(s, w, from, to);
  busClear(s, from, to);
  rowRun(f, s, w, d, from, to);
  w.wild = w.flagged;
  foresee(f, s, w, from, to);
  if (w.flagged == 0 && !clashes(w)) return false;
  w.flagged = 1;
  return true;
}

/** Looks again at flagged slots, now that all buses are known. True if stretches will do. */
function allClear(b: usize, f: Fabric, d: Desk, from: u64, to: u64): bool {
  for (let index: u32 = 0; index < f.slots; index++) {
    const w = workOf(d, index);
    if (w.idle || w.flagged == 0) continue;
    if (w.wild) return false;
    rehearse(b, f, slotOf(b, index), w, d, from, to);
    const clear = w.flagged == 0 && !clashes(w);
    w.flagged = 1; // it goes cycle by cycle if another one makes that necessary
    if (!clear) return false;
  }
  return true;
}

/** Whether two kinds of access may meet in one memory element. */
function clashes(w: Work): bool {
  return ((w.sendMask & w.landMask) | (w.fetchMask & (w.sendMask | w.landMask))) != 0;
}

/** What a stretch begins with. */
function prepare(s: Slot, w: Work, from: u64, to: u64): void {
  w.sendMask = 0;
  w.fetchMask = 0;
  w.landMask = 0;
  w.flagged = 0;
  w.mode = 0;
  muxTake(s, w);
  w.stands = s.exchange == Exchange.CORE ? from : to;
  w.standsFrom = s.rowFrom;
}

/** Takes back what the rows have done in this chunk. */
function takeBack(b: usize, f: Fabric, d: Desk, from: u64, to: u64): void {
  for (let index: u32 = 0; index < f.slots; index++) {
    const w = workOf(d, index);
    if (w.idle) continue;
    const s = slotOf(b, index);
    if (s.sent > from) busErase(s, from, to);
    memory.copy(changetype<usize>(s) + SAVED_FIRST, savedOf(w), SAVED_BYTES);
  }
}

/**
 * Does the cycles [from, to) in steps below the least path: flagged slots cycle by cycle. Barriers
 * decide behind each step if that makes a difference. Returns where it has come: `to`, or the end
 * of a step in which a row has returned to its core.
 */
function steps(b: usize, f: Fabric, d: Desk, from: u64, to: u64, traced: bool): u64 {
  const step: u64 = d.delicate ? 1 : LEAST_PATH;
  for (let at = from; at < to; at += step) {
    const end = at + step < to ? at + step : to;
    for (let index: u32 = 0; index < f.slots; index++) {
      const s = slotOf(b, index);
      const w = workOf(d, index);
      if (!works(s) || (!traced && w.idle != 0 && still(s, at, end))) continue;
      busClear(s, at, end);
      if (traced || w.flagged) {
        d.mode = traced ? Mode.TRACE : Mode.STEP;
        for (let cycle = at; cycle < end; cycle++) single(b, f, s, w, d, cycle);
        w.flagged = 1;
      } else {
        d.mode = Mode.BULK;
        prepare(s, w, at, end);
        rowRun(f, s, w, d, at, end);
        land(b, f, s, w, d, at, end);
      }
    }
    if (end == to || d.returned != NEVER) return end;
    if (d.delicate) barrierCheck(b, f, d, end, 0);
  }
  return to;
}

/** One cycle of one tile, with everything that can go wrong in it. */
function single(b: usize, f: Fabric, s: Slot, w: Work, d: Desk, cycle: u64): void {
  prepare(s, w, cycle, cycle + 1);
  rowRun(f, s, w, d, cycle, cycle + 1);
  land(b, f, s, w, d, cycle, cycle + 1);
  if (w.sendMask & w.landMask) fail(f, s, w, d, TileError.SEND_CLASH, cycle);
  if (w.fetchMask & (w.sendMask | w.landMask)) fail(f, s, w, d, TileError.FETCH_CLASH, cycle);
}
