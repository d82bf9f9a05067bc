/**
 * Path-ranked edge colours: the order for regular coarse patterns. Transfers are edges between
 * senders and receivers; each colour is a matching, and the edges of a matching have similar path
 * ranks (mean of an edge's rank among its sender's and its receiver's edges by path). Taken colour
 * by colour, transfers follow each other on every wire with nearly no loss between them.
 * Source: exchange-scheduling.md section 3 (1b).
 */

import type { Timing } from "../bound.js";
import type { TransferSet } from "../transfers.js";
import { sortByKey } from "./orders.js";

/** Transfers by colour, then by path; `descending` takes the long paths first. */
export function colourOrder(timing: Timing, set: TransferSet, descending: boolean): Int32Array {
  const rank = pathRanks(timing, set, descending);
  const colour = new Int32Array(set.count).fill(-1);
  const order = sortByKey(set.count, (t) => rank[t]!);
  let live = order;
  for (let c = 0; live.length > 0; c++) {
    live = takeMatching(timing.tiles, set, live, colour, c);
  }
  return sortByKey(set.count, (t) => colour[t]!);
}

/** Rank of each transfer by path among those of its sender plus among those of its receiver. */
function pathRanks(timing: Timing, set: TransferSet, descending: boolean): Int32Array {
  const path = (t: number) => {
    const p = timing.path[set.source[t]! * timing.tiles + set.destination[set.first[t]!]!]!;
    return descending ? -p : p;
  };
  const by_path = sortByKey(set.count, path);
  const rank = new Int32Array(set.count);
  const sent = new Int32Array(timing.tiles);
  const received = new Int32Array(timing.tiles);
  for (const t of by_path) {
    rank[t] = sent[set.source[t]!]!++ + received[set.destination[set.first[t]!]!]!++;
  }
  return rank;
}

/**
 * Takes one maximum matching out of the live transfers (ascending rank): edges enter in batches of
 * rising rank, and after each batch free senders look for augmenting paths, so that the largest
 * rank in the matching stays low. Returns the transfers left.
 */
function takeMatching(
  tiles: number,
  set: TransferSet,
  live: Int32Array,
  colour: Int32Array,
  c: number,
): Int32Array {
  const matching = new Matching(tiles, set, live);
  const batch = Math.max(1, Math.ceil(live.length / BATCHES));
  for (let end = batch; ; end += batch) {
    matching.admit(Math.min(end, live.length));
    if (matching.complete() || end >= live.length) break;
  }
  for (const t of matching.edges()) colour[t] = c;
  return live.filter((t) => colour[t]! < 0);
}

/** Steps in which the rank threshold rises: finer ones cost time and gain little. */
const BATCHES = 24;

class Matching {
  readonly #of_sender: Int32Array;
  readonly #of_receiver: Int32Array;
  readonly #edges: number[][];
  readonly #senders: number[] = [];
  readonly #seen: Int32Array;
  #admitted = 0;
  #round = 0;

  constructor(
    readonly tiles: number,
    readonly set: TransferSet,
    readonly live: Int32Array,
  ) {
    this.#of_sender = new Int32Array(tiles).fill(-1);
    this.#of_receiver = new Int32Array(tiles).fill(-1);
    this.#edges = Array.from({ length: tiles }, () => []);
    this.#seen = new Int32Array(tiles);
    const with_edges = new Uint8Array(tiles);
    for (const t of live) with_edges[set.source[t]!] = 1;
    for (let s = 0; s < tiles; s++) if (with_edges[s]) this.#senders.push(s);
  }

  /** Lets the first `end` transfers take part and augments as far as they allow. */
  admit(end: number): void {
    for (; this.#admitted < end; this.#admitted++) {
      const t = this.live[this.#admitted]!;
      const [s, d] = this.#ends(t);
      this.#edges[s]!.push(t);
      if (this.#of_sender[s]! < 0 && this.#of_receiver[d]! < 0) this.#match(t);
    }
    this.#round++;
    for (const s of this.#senders) {
      if (this.#of_sender[s]! < 0 && this.#augment(s)) this.#round++;
    }
  }

  complete(): boolean {
    return this.#senders.every((s) => this.#of_sender[s]! >= 0);
  }

  edges(): Int32Array {
    return this.#of_sender.filter((t) => t >= 0);
  }

  #ends(t: number): [number, number] {
    return [this.set.source[t]!, this.set.destination[this.set.first[t]!]!];
  }

  #match(t: number): void {
    const [s, d] = this.#ends(t);
    this.#of_sender[s] = t;
    this.#of_receiver[d] = t;
  }

  /** Breadth-first search for an augmenting path from a free sender; flips it if there is one. */
  #augment(root: number): boolean {
    const queue = [root];
    const via = new Map<number, number>();
    for (let i = 0; i < queue.length; i++) {
      for (const t of this.#edges[queue[i]!]!) {
        const d = this.#ends(t)[1];
        if (this.#seen[d] === this.#round) continue;
        this.#seen[d] = this.#round;
        via.set(d, t);
        const held = this.#of_receiver[d]!;
        if (held >= 0) {
          queue.push(this.#ends(held)[0]);
          continue;
        }
        this.#flip(d, root, via);
        return true;
      }
    }
    return false;
  }

  #flip(last: number, root: number, via: Map<number, number>): void {
    for (let d = last; ; ) {
      const t = via.get(d)!;
      const s = this.#ends(t)[0];
      const before = this.#of_sender[s]!;
      this.#match(t);
      if (s === root) return;
      d = this.#ends(before)[1];
    }
  }
}
