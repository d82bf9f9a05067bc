/**
 * Outgoing buses: words in flight. A bus is a ring of words by absolute cycle; whoever receives
 * looks at the cycle that lies a path back. Runs of words move by bulk copies.
 */
import { TraceKind } from "../kernel/abi";
import { PAGE_BITS, PAGE_CLEAN, PAGE_CODE, PAGE_FLAGS } from "../kernel/layout";
import { pageClearFlags } from "../kernel/pages";
import { codeWritten } from "../rv32/code";
import { fail, note } from "./errors";
import {
  ADDRESS_MASK,
  ELEMENT_WORD_BITS,
  Fabric,
  MEMORY_BASE_WORD,
  RING,
  Slot,
  TileError,
  inMemory,
  validMap,
  wordAt,
} from "./state";
import { Desk, Mode, Work } from "./work";

/** Copies of fewer words are made one by one: a call of memory.copy costs as much. */
const FEW_WORDS: u32 = 8;

/** Elements that the words [address, address + n) of a tile's memory lie in, as a mask. */
// @ts-ignore: decorator
@inline
export function elements(address: u32, n: u32): u64 {
  const first = (address - MEMORY_BASE_WORD) >> ELEMENT_WORD_BITS;
  const last = (address + n - 1 - MEMORY_BASE_WORD) >> ELEMENT_WORD_BITS;
  return (((<u64>2) << <u64>(last - first)) - 1) << <u64>first;
}

/** Copies n words between places that do not overlap. */
// @ts-ignore: decorator
@inline
function copyWords(to: usize, from: usize, n: u32): void {
  if (n >= FEW_WORDS) {
    memory.copy(to, from, <usize>n << 2);
    return;
  }
  const end = from + (<usize>n << 2);
  for (; from < end; from += 4, to += 4) store<u32>(to, load<u32>(from));
}

/** Sets or clears n bits of a map from bit `first` on, which wraps. */
function setBits(map: usize, first: u32, n: u32, value: bool): void {
  let at = first & (RING - 1);
  let rest = n;
  while (rest > 0) {
    const bit = at & 63;
    const room: u32 = 64 - bit;
    const part = rest < room ? rest : room;
    const mask = (part == 64 ? u64.MAX_VALUE : ((<u64>1) << <u64>part) - 1) << <u64>bit;
    const slot = map + ((at >> 6) << 3);
    store<u64>(slot, value ? load<u64>(slot) | mask : load<u64>(slot) & ~mask);
    rest -= part;
    at = (at + part) & (RING - 1);
  }
}

/**
 * Makes the places of the cycles [from, to) on a bus empty: what was there is 1024 cycles old, and
 * has landed or is lost.
 */
export function busClear(s: Slot, from: u64, to: u64): void {
  if (s.sent + RING <= from) return; // nothing left of it
  busErase(s, from, to);
}

/** As busClear, whatever was sent when: also takes back what a chunk has put there. */
export function busErase(s: Slot, from: u64, to: u64): void {
  const n = <u32>(to - from);
  const first = <u32>from & (RING - 1);
  setBits(validMap(s, 0), first, n, false);
  setBits(validMap(s, 1), first, n, false);
  const ring = <usize>s.ring;
  const whole = RING - first;
  const part = n < whole ? n : whole;
  memory.fill(ring + (<usize>first << 2), 0, <usize>part << 2);
  if (n > part) memory.fill(ring, 0, <usize>(n - part) << 2);
  pageClearFlags(ring, PAGE_CLEAN);
}

/** Puts n words from the outgoing address on the bus, one a cycle from `cycle` on. */
export function busSend(
  f: Fabric,
  s: Slot,
  w: Work,
  desk: Desk,
  cycle: u64,
  n: u32,
): void {
  const address = s.outgoing;
  if (!inMemory(f, address) || !inMemory(f, address + n - 1)) {
    // Cycle by cycle n is 1, so that this is the very word that is outside.
    fail(f, s, w, desk, TileError.BAD_ADDRESS, cycle);
    return;
  }
  w.sendMask |= elements(address, n);
  const ring = <usize>s.ring;
  const first = <u32>cycle & (RING - 1);
  const whole = RING - first;
  const part = n < whole ? n : whole;
  const from = wordAt(s, address);
  copyWords(ring + (<usize>first << 2), from, part);
  if (n > part) copyWords(ring, from + (<usize>part << 2), n - part);
  if (s.passMask) stick(s, ring, first, n);
  if (s.sctl & 1) setBits(validMap(s, 0), first, n, true);
  if (s.sctl & 2) setBits(validMap(s, 1), first, n, true);
  s.sent = cycle + n;
  pageClearFlags(ring, PAGE_CLEAN);
  if (desk.mode == Mode.TRACE) {
    const word = load<u32>(ring + (<usize>first << 2));
    note(f, s, desk, TraceKind.TILE_SEND, cycle, address << 2, word, s.sctl);
  }
}

/** Broken column registers hold some bits of every word that passes them. */
function stick(s: Slot, ring: usize, first: u32, n: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    const at = ring + (<usize>((first + i) & (RING - 1)) << 2);
    store<u32>(at, (load<u32>(at) & ~s.passMask) | s.passValue);
  }
}

/** First cycle in [from, to) in which the bus carries a word in that direction; `to` if none. */
export function busNext(map: usize, from: u64, to: u64): u64 {
  let at = from;
  while (at < to) {
    const index = <u32>at & (RING - 1);
    const bits = load<u64>(map + ((index >> 6) << 3)) >> <u64>(index & 63);
    if (bits) {
      at += ctz(bits);
      return at < to ? at : to;
    }
    at += 64 - (index & 63);
  }
  return to;
}

/** First cycle in [from, to) in which it carries none; `to` if there is no such cycle. */
export function busGap(map: usize, from: u64, to: u64): u64 {
  let at = from;
  while (at < to) {
    const index = <u32>at & (RING - 1);
    const bits = ~load<u64>(map + ((index >> 6) << 3)) >> <u64>(index & 63);
    if (bits) {
      at += ctz(bits);
      return at < to ? at : to;
    }
    at += 64 - (index & 63);
  }
  return to;
}

/**
 * Stores the n words that the bus of `source` carried from `sent` on at a tile's pointer; `cycle`
 * is when the first one lands.
 */
export function busLand(
  f: Fabric,
  s: Slot,
  w: Work,
  desk: Desk,
  source: Slot,
  sent: u64,
  cycle: u64,
  n: u32,
): void {
  const address = s.pointer;
  s.pointer = (address + n) & ADDRESS_MASK;
  const ring = <usize>source.ring;
  const first = <u32>sent & (RING - 1);
  s.landed += n;
  s.lastLanding = cycle + n - 1;
  if (desk.mode == Mode.TRACE) {
    const word = load<u32>(ring + (<usize>first << 2));
    note(f, s, desk, TraceKind.TILE_DELIVER, cycle, address << 2, word, source.visible);
  }
  if (desk.mode != Mode.BULK) {
    if (cycle >= w.stands || cycle < w.standsFrom) {
      fail(f, s, w, desk, TileError.CORE_RUNNING, cycle);
    }
    if (w.mode) fail(f, s, w, desk, TileError.MODE_CHANGED, cycle);
  }
  if (!inMemory(f, address) || !inMemory(f, address + n - 1)) {
    fail(f, s, w, desk, TileError.BAD_ADDRESS, cycle);
    return;
  }
  w.landMask |= elements(address, n);
  const to = wordAt(s, address);
  const whole = RING - first;
  const part = n < whole ? n : whole;
  copyWords(to, ring + (<usize>first << 2), part);
  if (n > part) copyWords(to + (<usize>part << 2), ring, n - part);
  written(to, n << 2);
}

/** Pages of tile memory have been written: their hashes and decoded code follow. */
function written(address: usize, bytes: u32): void {
  const last = (address + bytes - 1) >> PAGE_BITS;
  for (let page = address >> PAGE_BITS; page <= last; page++) {
    const flags = load<u8>(page, PAGE_FLAGS);
    if (flags == 0) continue;
    store<u8>(page, flags & ~(<u8>PAGE_CLEAN), PAGE_FLAGS);
    if (flags & PAGE_CODE) codeWritten(address, bytes);
  }
}
