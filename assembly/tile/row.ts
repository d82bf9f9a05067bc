/**
 * The exchange unit: runs the words of an exchange row (tile-processor.md, section 4).
 *
 *            31    26 25        21 20        14 13      3 2    0
 *   sync     0100 0001 1000 0000 ...                     | zone |
 *   sans     0100 0000 1100 0000 0000 0000           |  n (8)   |
 *   delay    0100 0000 1010 0      |           n-1 (19)         |
 *   return   0100 0011 1010 0000 0000 0000 0000 0000
 *   delaypic 0110 00    n-1 (7) sel  value (18)
 *   delayxpic 0110 01   n-1 (12) sel value (13)
 *   send     0111 1 |  n-1 (6)   |  word address (18)    | sctl |
 *   sendoff  0111 0 |  n-1 low 6 | 0 | n-1 high 6 | delta | sctl |
 *   sendpic  0111 0 |  n-1 (6)   | 1 | csel |    value (18)     |
 *   sendpicp 1111 psel | n-1 (6) | word address (18)   | sctl |   then xpic (14) | pic (18)
 *
 * A row is run in stretches: every instruction at once, as far as the stretch reaches. What begins
 * in a cycle is fetched in the cycle before: in the last event of the present instruction, or, when
 * a row begins or a sync ends, in the cycle before event 0. Words that occupy no event are fetched
 * together with what follows them. Stretches of any length give the same state.
 */
import { TraceKind } from "../kernel/abi";
import { busSend } from "./bus";
import { fail, note } from "./errors";
import {
  ADDRESS_MASK,
  Exchange,
  Fabric,
  FETCHED,
  FETCHED_OUTSIDE,
  FETCHED_REJOINED,
  FETCHED_SKIP_SHIFT,
  FETCHED_WIDE,
  MEMORY_BASE_WORD,
  ELEMENT_WORD_BITS,
  Op,
  Slot,
  TileError,
  inMemory,
  wordAt,
} from "./state";
import { Desk, Mode, Work, muxList, pointerList } from "./work";

const SYNC: u32 = 0x4180_0000;
const SANS: u32 = 0x40c0_0000;
const DELAY: u32 = 0x40a0_0000;
const RETURN: u32 = 0x43a0_0000;

/** Zones of section 4 that one chip has. */
const ZONE_ANS: u32 = 1;
const ZONE_CHIP: u32 = 3;

/** Kinds of a control, above its value in `Slot.control`. */
const CONTROL_SHIFT: u32 = 18;
const POINTER: u32 = 0;
const FORMAT: u32 = 1;
const MUX: u32 = 2;
const PAIRED: u32 = 3;

const SCTL_DIRECTIONS: u32 = 3;
const SCTL_WIDE: u32 = 4;
/** Mux values are kept in 14 bits: any bit above the register's 13 means null, like 0x1fff. */
const MUX_MOST: u32 = 0x1fff;

/** Runs a slot's row over the cycles [from, to). */
export function rowRun(f: Fabric, s: Slot, w: Work, desk: Desk, from: u64, to: u64): void {
  let at = from;
  for (;;) {
    if (s.exchange == Exchange.RELEASED && s.ack <= to) {
      // The acknowledge arrives in this stretch, or in the cycle behind it: event 0.
      s.exchange = Exchange.ROW;
      s.op = Op.NONE;
      s.next = s.ack;
    }
    if (s.exchange != Exchange.ROW) return;
    const stop = s.next < to ? s.next : to;
    if (at < stop) {
      occupy(f, s, w, desk, at, stop);
      at = stop;
    }
    if (s.next >= to) return;
    begin(f, s, w, desk, at);
  }
}

/** The present instruction's events [from, to), of which `to` is not behind its end. */
function occupy(f: Fabric, s: Slot, w: Work, desk: Desk, from: u64, to: u64): void {
  if (s.op == Op.SEND) {
    const n = <u32>(to - from);
    if (s.sctl & SCTL_DIRECTIONS) busSend(f, s, w, desk, from, n);
    s.outgoing = (s.outgoing + n) & ADDRESS_MASK;
  }
  if (to != s.next) return;
  if (s.op == Op.CONTROL) {
    write(f, s, w, desk, s.control >> CONTROL_SHIFT, s.control & ADDRESS_MASK, to - 1);
  }
  fetch(f, s, w, to);
}

/** Fetches what begins at `cycle`, in the cycle before. */
function fetch(f: Fabric, s: Slot, w: Work, cycle: u64): void {
  let skip: u32 = 0;
  let got = FETCHED;
  while (inMemory(f, s.pc)) {
    const address = s.pc;
    const at = wordAt(s, address);
    const word = load<u32>(at);
    w.fetchMask |= (<u64>1) << (<u64>((address - MEMORY_BASE_WORD) >> ELEMENT_WORD_BITS));
    s.pc = address + 1;
    if ((word & 0xffff_ff00) == SANS) {
      const n = (word & 0xff) + 1;
      if (n > skip) skip = n;
      continue;
    }
    if (word == (SYNC | ZONE_ANS) && (s.skip | skip) == 0 && s.ack <= cycle) {
      got |= FETCHED_REJOINED;
      continue;
    }
    s.word = word;
    // Two words of an even address lie in one element, and so in the memory.
    if (word >> 28 == 15 && (address & 1) == 0) {
      s.word2 = load<u32>(at, 4);
      s.pc = address + 2;
      got |= FETCHED_WIDE;
    }
    s.fetched = got | (skip << FETCHED_SKIP_SHIFT);
    return;
  }
  s.fetched = got | FETCHED_OUTSIDE | (skip << FETCHED_SKIP_SHIFT);
}

/** What was fetched begins at `cycle`. */
function begin(f: Fabric, s: Slot, w: Work, desk: Desk, cycle: u64): void {
  const fetched = s.fetched;
  const word = s.word;
  const word2 = s.word2;
  s.fetched = 0;
  s.word = 0;
  s.word2 = 0;
  if (s.op == Op.NONE || fetched & FETCHED_REJOINED) s.base = cycle;
  const skip = fetched >> FETCHED_SKIP_SHIFT;
  if (skip) skipBarriers(s, w, desk, skip, cycle);
  if (fetched & FETCHED_OUTSIDE) {
    fail(f, s, w, desk, TileError.BAD_ADDRESS, cycle);
    return leave(s, w, desk, cycle);
  }
  switch (word >> 26) {
    case 0x10: return timeless(f, s, w, desk, word, cycle);
    case 0x18:
      return control(s, ((word >> 19) & 0x7f) + 1, (word >> 18) & 1, word & 0x3ffff, cycle);
    case 0x19:
      return control(s, ((word >> 14) & 0xfff) + 1, MUX + ((word >> 13) & 1), word & 0x1fff, cycle);
    case 0x1c:
    case 0x1d:
      if (word & 0x10_0000) return sendControl(f, s, w, desk, word, cycle);
      s.outgoing = (s.outgoing + ((word >> 3) & 0x7ff)) & ADDRESS_MASK;
      s.sctl = word & 7;
      return send(f, s, w, desk, (((word >> 14) & 0x3f) << 6) + ((word >> 21) & 0x3f) + 1, cycle);
    case 0x1e:
    case 0x1f:
      s.outgoing = (word >> 3) & ADDRESS_MASK;
      s.sctl = word & 7;
      return send(f, s, w, desk, ((word >> 21) & 0x3f) + 1, cycle);
    case 0x3c:
    case 0x3d:
    case 0x3e:
    case 0x3f:
      if (fetched & FETCHED_WIDE) return sendControls(f, s, w, desk, word, word2, cycle);
      return unknown(f, s, w, desk, cycle);
    default: return unknown(f, s, w, desk, cycle);
  }
}

/** Counts the tile as arrived in the next n barriers. */
function skipBarriers(s: Slot, w: Work, desk: Desk, n: u32, cycle: u64): void {
  if (s.skip == 0) s.arrival = cycle;
  else {
    // Whether the barrier that it is counted in is complete already decides what n counts from.
    w.flagged = 1;
    if (desk.mode == Mode.BULK) desk.delicate = 1;
  }
  if (n > s.skip) s.skip = n;
}

/** Instructions that occupy no event, and delay. */
function timeless(f: Fabric, s: Slot, w: Work, desk: Desk, word: u32, cycle: u64): void {
  if ((word & 0xfff8_0000) == DELAY) return occupies(s, Op.DELAY, (word & 0x7ffff) + 1, cycle);
  if (word == RETURN) return leave(s, w, desk, cycle);
  if (word == (SYNC | ZONE_CHIP)) {
    if (s.skip == 0) s.arrival = cycle;
    s.exchange = Exchange.BARRIER;
    return;
  }
  if (word == (SYNC | ZONE_ANS)) {
    // Without a barrier to wait for, what it waits for is the acknowledge on its way.
    s.exchange = s.skip != 0 ? Exchange.REJOIN : Exchange.RELEASED;
    return;
  }
  if ((word & 0xffff_fff0) == SYNC) {
    s.exchange = Exchange.ABSENT;
    return;
  }
  unknown(f, s, w, desk, cycle);
}

/** An unknown word ends the row as return does. */
function unknown(f: Fabric, s: Slot, w: Work, desk: Desk, cycle: u64): void {
  fail(f, s, w, desk, TileError.UNKNOWN_WORD, cycle);
  leave(s, w, desk, cycle);
}

function leave(s: Slot, w: Work, desk: Desk, cycle: u64): void {
  s.exchange = Exchange.CORE;
  s.op = Op.NONE;
  s.next = 0;
  s.returned = cycle;
  w.stands = cycle;
  if (s.asked != 0 && cycle < desk.returned) desk.returned = cycle;
}

// @ts-ignore: decorator
@inline
function occupies(s: Slot, op: u32, events: u32, cycle: u64): void {
  s.op = op;
  s.next = cycle + events;
}

function control(s: Slot, events: u32, kind: u32, value: u32, cycle: u64): void {
  s.control = (kind << CONTROL_SHIFT) | value;
  occupies(s, Op.CONTROL, events, cycle);
}

function send(f: Fabric, s: Slot, w: Work, desk: Desk, events: u32, cycle: u64): void {
  if ((s.sctl & SCTL_WIDE) != 0 && (s.sctl & SCTL_DIRECTIONS) != 0) {
    fail(f, s, w, desk, TileError.PAIRING, cycle);
  }
  occupies(s, Op.SEND, events, cycle);
}

/** sendpic: csel 0 and 1 are the forms of delayxpic, 2 and 3 those of delaypic. */
function sendControl(f: Fabric, s: Slot, w: Work, desk: Desk, word: u32, cycle: u64): void {
  const csel = (word >> 18) & 3;
  write(f, s, w, desk, csel < 2 ? MUX + csel : csel - 2, word & 0x3ffff, cycle);
  send(f, s, w, desk, ((word >> 21) & 0x3f) + 1, cycle);
}

function sendControls(
  f: Fabric,
  s: Slot,
  w: Work,
  desk: Desk,
  word: u32,
  inline: u32,
  cycle: u64,
): void {
  s.outgoing = (word >> 3) & ADDRESS_MASK;
  s.sctl = word & 7;
  write(f, s, w, desk, (word >> 27) & 1, inline & 0x3ffff, cycle);
  write(f, s, w, desk, MUX + (inline >> 31), (inline >> 18) & 0x1fff, cycle);
  send(f, s, w, desk, ((word >> 21) & 0x3f) + 1, cycle);
}

/** Writes a control in `cycle`. Pairing is not modelled: error 6 and nothing else changes. */
function write(
  f: Fabric,
  s: Slot,
  w: Work,
  desk: Desk,
  kind: u32,
  value: u32,
  cycle: u64,
): void {
  switch (kind) {
    case POINTER: {
      const at = pointerList(w) + (<usize>w.pointers << 3);
      store<u32>(at, <u32>(cycle & 0xffff));
      store<u32>(at, value, 4);
      w.pointers += 1;
      return;
    }
    case MUX: {
      s.mux = value > MUX_MOST ? MUX_MOST : value;
      store<u32>(muxList(w) + (<usize>w.muxes << 2), (<u32>(cycle & 0xffff) << 16) | s.mux);
      w.muxes += 1;
      if (desk.mode == Mode.TRACE) note(f, s, desk, TraceKind.TILE_MUX, cycle, s.mux, 0, 0);
      return;
    }
    case FORMAT:
      if (s.format != value) w.flagged = w.mode = 1;
      s.format = value;
      if (value != 0) fail(f, s, w, desk, TileError.PAIRING, cycle);
      return;
    default:
      fail(f, s, w, desk, TileError.PAIRING, cycle);
  }
}
