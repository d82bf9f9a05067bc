/**
 * Lower bounds of an exchange.
 *
 * One tile's wire, out or in, is a machine that handles one word a cycle. A word of s for the
 * destinations M has on s's wire a release (the first cycle in which it may go) and a tail (the
 * cycles from its sending to its last landing):
 *
 *     r = max(start(s), max over M of lead(d) - path(s,d))      q = max over M of path(s,d)
 *
 * and on d's wire release r + path(s,d), tail q - path(s,d). For every wire and all r, q:
 * cycles >= r + (words there with release >= r and tail >= q) + q. The floor is the largest.
 * Source: tile-processor.md section 6; exchange-scheduling.md section 4 has the proof's idea.
 */

import { type TransferSet, transfersBySource } from "./transfers.js";

/** The part of a fabric that bounds and schedulers need; tests use made-up ones. */
export interface Timing {
  readonly tiles: number;
  readonly start: Int32Array;
  readonly lead: Int32Array;
  readonly path: Uint8Array;
}

/** `bound`: the largest number of words that one tile sends or receives. */
export function wordBound(tiles: number, set: TransferSet): number {
  const sent = new Int32Array(tiles);
  const received = new Int32Array(tiles);
  for (let t = 0; t < set.count; t++) {
    sent[set.source[t]!]! += set.words[t]!;
    for (let k = set.first[t]!; k < set.first[t + 1]!; k++) {
      received[set.destination[k]!]! += set.words[t]!;
    }
  }
  return Math.max(0, ...sent, ...received);
}

/** Release and tail of transfer t on its source's wire, in cycles. */
export function releaseAndTail(timing: Timing, set: TransferSet, t: number): [number, number] {
  const s = set.source[t]!;
  let release = timing.start[s]!;
  let tail = 0;
  for (let k = set.first[t]!; k < set.first[t + 1]!; k++) {
    const d = set.destination[k]!;
    const path = timing.path[s * timing.tiles + d]!;
    release = Math.max(release, timing.lead[d]! - path);
    tail = Math.max(tail, path);
  }
  return [release, tail];
}

/** Words by release on one wire, each with its tail; counts words of equal pairs together. */
class Wire {
  /** words[release * TAILS + tail]; tails are paths, below 256. */
  readonly #words = new Map<number, number>();

  add(release: number, tail: number, words: number): void {
    const key = release * TAILS + tail;
    this.#words.set(key, (this.#words.get(key) ?? 0) + words);
  }

  /** Largest r + (words with release >= r and tail >= q) + q. */
  floor(by_tail: Int32Array): number {
    const keys = Int32Array.from(this.#words.keys()).sort();
    by_tail.fill(0);
    let best = 0;
    let highest = 0;
    for (let i = keys.length - 1; i >= 0; i--) {
      const release = Math.floor(keys[i]! / TAILS);
      const tail = keys[i]! % TAILS;
      by_tail[tail]! += this.#words.get(keys[i]!)!;
      highest = Math.max(highest, tail);
      if (i > 0 && Math.floor(keys[i - 1]! / TAILS) === release) continue;
      let sum = 0;
      for (let q = highest; q >= 0; q--) {
        if (by_tail[q] === 0) continue;
        sum += by_tail[q]!;
        best = Math.max(best, release + sum + q);
      }
    }
    return best;
  }
}

/** Paths are bytes, so tails lie below this. */
const TAILS = 256;

/**
 * The floor, in cycles from cycle 0 to the last landing inclusive; 0 for an empty set. Assumes
 * that every mux is neutral at the release and that every source word goes out once (merge equal
 * words first: transfers.ts).
 */
export function floorCycles(timing: Timing, set: TransferSet): number {
  const { tiles, path } = timing;
  const receivers = Array.from({ length: tiles }, () => new Wire());
  const by_tail = new Int32Array(TAILS);
  const order = transfersBySource(set, tiles);
  let best = 0;
  for (let i = 0; i < order.length; ) {
    const s = set.source[order[i]!]!;
    const sender = new Wire();
    for (; i < order.length && set.source[order[i]!] === s; i++) {
      const t = order[i]!;
      const [release, tail] = releaseAndTail(timing, set, t);
      sender.add(release, tail, set.words[t]!);
      for (let k = set.first[t]!; k < set.first[t + 1]!; k++) {
        const d = set.destination[k]!;
        const hop = path[s * tiles + d]!;
        receivers[d]!.add(release + hop, tail - hop, set.words[t]!);
      }
    }
    best = Math.max(best, sender.floor(by_tail));
  }
  for (const wire of receivers) best = Math.max(best, wire.floor(by_tail));
  return best;
}
