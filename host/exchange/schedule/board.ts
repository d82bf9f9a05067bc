/**
 * The board of free slots: for every tile one bit per cycle of its wire out and of its wire in,
 * 1 = free. A word of (s, d) needs a free send slot c and a free landing slot c + path, so 32
 * cycles are tried at once: out[c] & (in >> path). Method: exchange-scheduling.md section 3.
 */

import { releaseAndTail, type Timing } from "../bound.js";
import type { TransferSet } from "../transfers.js";
import { PieceList } from "./pieces.js";

/** Longest path that a byte holds, in words of 32 slots, and one for the shifted neighbour. */
const TAIL_WORDS = 256 / 32 + 2;

export class Board {
  readonly pieces = new PieceList();
  readonly #out: Int32Array;
  readonly #in: Int32Array;
  readonly #stride: number;
  /** First word of each tile's row that may hold a free slot. */
  readonly #out_first: Int32Array;
  readonly #in_first: Int32Array;

  /** @param horizon cycles: every landing is at a cycle below it. */
  constructor(
    readonly timing: Timing,
    readonly set: TransferSet,
    readonly horizon: number,
  ) {
    const { tiles, start, lead } = timing;
    this.#stride = (horizon >> 5) + 1 + TAIL_WORDS;
    this.#out = new Int32Array(tiles * this.#stride);
    this.#in = new Int32Array(tiles * this.#stride);
    for (let tile = 0; tile < tiles; tile++) {
      fillOnes(this.#out, tile * this.#stride, start[tile]!, horizon);
      fillOnes(this.#in, tile * this.#stride, lead[tile]!, horizon);
    }
    this.#out_first = Int32Array.from(start, (cycle) => cycle >> 5);
    this.#in_first = Int32Array.from(lead, (cycle) => cycle >> 5);
  }

  /**
   * Places up to `need` words of transfer t in the earliest free slots, in runs of at least
   * `least_run` (or all that is needed, or what reaches a border of 32 slots). Returns how many
   * words found no slot below the horizon.
   */
  place(t: number, need: number, least_run: number): number {
    const { set } = this;
    if (set.first[t + 1]! - set.first[t]! > 1) return this.#placeMulticast(t, need, least_run);
    return this.#placeUnicast(t, need, least_run);
  }

  #placeUnicast(t: number, words: number, least_run: number): number {
    const { timing, set } = this;
    const [out, into, stride] = [this.#out, this.#in, this.#stride];
    const s = set.source[t]!;
    const d = set.destination[set.first[t]!]!;
    const path = timing.path[s * timing.tiles + d]!;
    const shift = path & 31;
    const skip = path >> 5;
    const out_row = s * stride;
    const in_row = d * stride + skip;
    const end = (this.horizon >> 5) + 1;
    let need = words;
    let k = Math.max(this.#outFirst(s), this.#inFirst(d) - skip - 1, 0);
    for (; k < end && need > 0; k++) {
      const free = out[out_row + k]!;
      if (free === 0) continue;
      let both = free & (into[in_row + k]! >>> shift);
      if (shift !== 0)
        both = free & ((into[in_row + k]! >>> shift) | (into[in_row + k + 1]! << (32 - shift)));
      if (both === 0 || !mayHoldRun(both, Math.min(least_run, need))) continue;
      const taken = this.pieces.take(t, k << 5, both, need, least_run);
      if (taken === 0) continue;
      need -= bitCount(taken);
      out[out_row + k] = free & ~taken;
      into[in_row + k]! &= ~(taken << shift);
      if (shift !== 0) into[in_row + k + 1]! &= ~(taken >>> (32 - shift));
    }
    return need;
  }

  #placeMulticast(t: number, words: number, least_run: number): number {
    const { timing, set } = this;
    const [out, into, stride] = [this.#out, this.#in, this.#stride];
    const s = set.source[t]!;
    const [from, to] = [set.first[t]!, set.first[t + 1]!];
    const end = (this.horizon >> 5) + 1;
    const [release] = releaseAndTail(timing, set, t);
    let need = words;
    for (let k = Math.max(this.#outFirst(s), release >> 5); k < end && need > 0; k++) {
      let both = out[s * stride + k]!;
      for (let i = from; i < to && both !== 0; i++) {
        const d = set.destination[i]!;
        const path = timing.path[s * timing.tiles + d]!;
        const at = d * stride + (path >> 5) + k;
        const shift = path & 31;
        // A shift by 32 is done as two, since JS shifts count modulo 32.
        both &= (into[at]! >>> shift) | ((into[at + 1]! << (31 - shift)) << 1);
      }
      if (both === 0) continue;
      const taken = this.pieces.take(t, k << 5, both, need, least_run);
      if (taken === 0) continue;
      need -= bitCount(taken);
      out[s * stride + k]! &= ~taken;
      for (let i = from; i < to; i++) {
        const d = set.destination[i]!;
        const path = timing.path[s * timing.tiles + d]!;
        const at = d * stride + (path >> 5) + k;
        const shift = path & 31;
        into[at]! &= ~(taken << shift);
        into[at + 1]! &= ~((taken >>> (31 - shift)) >>> 1);
      }
    }
    return need;
  }

  #outFirst(s: number): number {
    return advance(this.#out, s * this.#stride, this.#out_first, s, this.horizon);
  }

  #inFirst(d: number): number {
    return advance(this.#in, d * this.#stride, this.#in_first, d, this.horizon);
  }
}

/** Moves a tile's first free word past full ones; returns it. */
function advance(bits: Int32Array, row: number, first: Int32Array, tile: number, horizon: number) {
  let k = first[tile]!;
  const end = horizon >> 5;
  while (k < end && bits[row + k] === 0) k++;
  first[tile] = k;
  return k;
}

/** Sets the bits from..to-1 of a row that begins at word `row`. */
function fillOnes(bits: Int32Array, row: number, from: number, to: number): void {
  for (let cycle = from; cycle < to; ) {
    if ((cycle & 31) === 0 && cycle + 32 <= to) {
      bits[row + (cycle >> 5)] = -1;
      cycle += 32;
    } else {
      bits[row + (cycle >> 5)]! |= 1 << (cycle & 31);
      cycle++;
    }
  }
}

/**
 * False if no run of `least` ones lies in the word and none reaches its borders: a quick
 * refusal.
 */
function mayHoldRun(bits: number, least: number): boolean {
  if (least <= 1 || (bits & 0x80000001) !== 0) return true;
  // Each step doubles the length of run of which only the lowest bit is left.
  let runs = bits;
  for (let length = 1; 2 * length <= least; length *= 2) runs &= runs >>> length;
  return runs !== 0;
}

/** Ones in a 32-bit word. */
export function bitCount(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
