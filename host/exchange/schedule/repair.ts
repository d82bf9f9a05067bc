/**
 * Offset Kempe repair: finds slots for words that greedy placing left over below a horizon.
 *
 * A word of (s, d) takes a send slot that is free at s. It may land on a word x there; x moves by
 * tau to a landing slot that is free at d. That may push a word y of x's sender, which moves back
 * by tau; that may push a word where y lands, which moves by tau; and so on until a free slot.
 * All moves are +tau or -tau, so a chain is a simple walk: Koenig's argument survives the
 * offsets. Borders of the window, a multicast word, or a chain that meets itself stop it; then all
 * is put back and another pair of slots is drawn. Source: exchange-scheduling.md section 3.
 */

import type { Timing } from "../bound.js";
import { Random } from "../random.js";
import type { TransferSet } from "../transfers.js";
import { PieceList } from "./pieces.js";

const FREE = -1;
/** A chain cannot go on. */
const BLOCKED = -2;
/** Pairs of free slots tried for a word, and moves in one chain (our choice). */
const TRIES = 40;
const MOVES_MOST = 400;
/** Chains that succeed, of which the shortest is taken: it cuts the fewest runs (our choice). */
const CHAINS = 8;
/** What evicting a word costs before it was ever evicted, in evictions (our choice). */
const EVICTION = 2;

export class Repair {
  /** Transfer that sends (receives) at slot tile * horizon_most + cycle, or FREE. */
  readonly #out: Int32Array;
  readonly #in: Int32Array;
  readonly #random: Random;
  /** Undo log of one chain: encoded slot (in slots follow out slots), old value. */
  readonly #undo: number[] = [];
  readonly #sends: Int32Array;
  readonly #landings: Int32Array;

  constructor(
    readonly timing: Timing,
    readonly set: TransferSet,
    /** Cycles; rows are this long, so no horizon may be larger. */
    readonly horizon_most: number,
    seed: number,
  ) {
    this.#out = new Int32Array(timing.tiles * horizon_most).fill(FREE);
    this.#in = new Int32Array(timing.tiles * horizon_most).fill(FREE);
    this.#sends = new Int32Array(horizon_most);
    this.#landings = new Int32Array(horizon_most);
    this.#random = new Random(seed);
  }

  load(pieces: PieceList): void {
    const { set, timing, horizon_most } = this;
    for (let i = 0; i < pieces.count; i++) {
      const t = pieces.transfer[i]!;
      const from = pieces.cycle[i]!;
      const s = set.source[t]!;
      const end = from + pieces.words[i]!;
      this.#out.fill(t, s * horizon_most + from, s * horizon_most + end);
      for (let k = set.first[t]!; k < set.first[t + 1]!; k++) {
        const d = set.destination[k]!;
        const at = d * horizon_most + timing.path[s * timing.tiles + d]!;
        this.#in.fill(t, at + from, at + end);
      }
    }
  }

  /** The board as pieces, by sender and cycle. */
  pieces(): PieceList {
    const list = new PieceList();
    for (let s = 0; s < this.timing.tiles; s++) {
      const row = s * this.horizon_most;
      for (let cycle = 0; cycle < this.horizon_most; cycle++) {
        const t = this.#out[row + cycle]!;
        if (t !== FREE) list.add(t, cycle, 1);
      }
    }
    return list;
  }

  /**
   * Places up to `words` more words of unicast transfer t, all landing below `horizon`. Returns
   * how many found no slot. A word first tries the slots after those of the word before: the same
   * tau moves the neighbours of what moved before, so runs stay whole.
   */
  place(t: number, words: number, horizon: number): number {
    const { set, timing } = this;
    const s = set.source[t]!;
    const d = set.destination[set.first[t]!]!;
    const path = timing.path[s * timing.tiles + d]!;
    const from = Math.max(timing.start[s]!, timing.lead[d]! - path);
    const out = s * this.horizon_most;
    const into = d * this.horizon_most;
    let send = FREE;
    let land = FREE;
    for (let placed = 0; placed < words; placed++) {
      if (send !== FREE && land + 1 < horizon && send + 1 + path < horizon) {
        const free = this.#out[out + send + 1] === FREE && this.#in[into + land + 1] === FREE;
        if (free && this.#put(t, ++send, ++land, path, horizon)) continue;
      }
      let sends = listFree(this.#out, out, from, horizon - path, this.#sends);
      if (sends === 0 && this.#freeSend(s, from, horizon - path, horizon)) {
        sends = listFree(this.#out, out, from, horizon - path, this.#sends);
      }
      let lands = listFree(this.#in, into, from + path, horizon, this.#landings);
      if (lands === 0 && this.#freeLanding(d, from + path, horizon)) {
        lands = listFree(this.#in, into, from + path, horizon, this.#landings);
        sends = listFree(this.#out, out, from, horizon - path, this.#sends);
      }
      if (sends === 0 || lands === 0) return words - placed;
      send = this.#direct(sends, lands, path);
      land = send + path;
      if (send >= 0 && this.#put(t, send, land, path, horizon)) continue;
      const pair = this.#shortestChain(t, sends, lands, path, horizon);
      if (!pair) return words - placed;
      [send, land] = pair;
      this.#put(t, send, land, path, horizon);
    }
    return 0;
  }

  /**
   * Places words that no chain could place, one entry of `open` each: a word takes the slot whose
   * words are the cheapest to evict, and those are placed again. A transfer grows dearer with every
   * eviction, so that the need moves on to tiles with slack. False, with words left out, after
   * `steps` words.
   */
  placeByEviction(open: readonly number[], horizon: number, steps: number): boolean {
    const queue = [...open];
    const evictions = new Int32Array(this.set.count);
    for (let step = 0; queue.length > 0; step++) {
      if (step === steps) return false;
      const t = queue.pop()!;
      if (this.place(t, 1, horizon) === 0) continue;
      const send = this.#cheapestSlot(t, evictions, horizon);
      if (send < 0) return false;
      for (const word of this.#evict(t, send)) {
        evictions[word]!++;
        queue.push(word);
      }
    }
    return true;
  }

  /** The send slot whose occupants, at both ends, were evicted least so far; -1 for none. */
  #cheapestSlot(t: number, evictions: Int32Array, horizon: number): number {
    const path = this.#path(t);
    const from = Math.max(0, this.#earliest(t));
    const count = horizon - path - from;
    if (count <= 0) return -1;
    const cost = (word: number) => (word === FREE ? 0 : EVICTION + evictions[word]!);
    let [best, least] = [-1, Number.POSITIVE_INFINITY];
    // From a random slot on, so that equal costs do not always give the first.
    for (let i = 0, send = from + this.#random.below(count); i < count; i++, send++) {
      if (send === from + count) send = from;
      const sender = this.#out[this.#outSlot(t, send)]!;
      const receiver = this.#in[this.#inSlot(t, send)]!;
      if ([sender, receiver].some((word) => word === t || !this.#mayMove(word))) continue;
      const sum = cost(sender) + cost(receiver);
      if (sum < least) [best, least] = [send, sum];
    }
    return best;
  }

  /** Puts a word of t at `send` and returns the transfers of the words that were in its way. */
  #evict(t: number, send: number): number[] {
    const evicted: number[] = [];
    const sender = this.#out[this.#outSlot(t, send)]!;
    if (sender !== FREE) {
      this.#in[this.#inSlot(sender, send)] = FREE;
      this.#out[this.#outSlot(sender, send)] = FREE;
      evicted.push(sender);
    }
    const receiver = this.#in[this.#inSlot(t, send)]!;
    if (receiver !== FREE) {
      const sent = send + this.#path(t) - this.#path(receiver);
      this.#out[this.#outSlot(receiver, sent)] = FREE;
      evicted.push(receiver);
    }
    this.#out[this.#outSlot(t, send)] = t;
    this.#in[this.#inSlot(t, send)] = t;
    return evicted;
  }

  #mayMove(word: number): boolean {
    return word === FREE || this.#isUnicast(word);
  }

  /** First cycle in which a word of unicast transfer t may be sent. */
  #earliest(t: number): number {
    const { start, lead } = this.timing;
    const d = this.set.destination[this.set.first[t]!]!;
    return Math.max(start[this.set.source[t]!]!, lead[d]! - this.#path(t));
  }

  /** Sends a word of t at `send`, freeing its landing slot by use of `land`; or changes nothing. */
  #put(t: number, send: number, land: number, path: number, horizon: number): boolean {
    this.#undo.length = 0;
    if (this.#walk(t, send, land - (send + path), horizon, false)) return true;
    this.#rollBack();
    return false;
  }

  /**
   * Frees a send slot from..to-1 of tile s, whose free slots all lie outside: a word in between,
   * whose own window is wider, moves to one of them. False if none could.
   */
  #freeSend(s: number, from: number, to: number, horizon: number): boolean {
    const free = listFree(this.#out, s * this.horizon_most, 0, horizon, this.#sends);
    if (free === 0 || to <= from) return false;
    for (let tries = 0; tries < TRIES; tries++) {
      const cycle = from + this.#random.below(to - from);
      const target = this.#sends[this.#random.below(free)]!;
      const t = this.#out[s * this.horizon_most + cycle]!;
      if (t === FREE || !this.#isUnicast(t) || !this.#allowed(t, target, horizon)) continue;
      this.#undo.length = 0;
      this.#write(0, this.#outSlot(t, cycle), FREE);
      this.#write(1, this.#inSlot(t, cycle), FREE);
      if (this.#walk(t, target, cycle - target, horizon, false)) return true;
      this.#rollBack();
    }
    return false;
  }

  /** The same for landing slots from..horizon-1 of tile d. */
  #freeLanding(d: number, from: number, horizon: number): boolean {
    const row = d * this.horizon_most;
    const free = listFree(this.#in, row, this.timing.lead[d]!, horizon, this.#landings);
    if (free === 0 || horizon <= from) return false;
    for (let tries = 0; tries < TRIES; tries++) {
      const landing = from + this.#random.below(horizon - from);
      const target = this.#landings[this.#random.below(free)]!;
      const t = this.#in[row + landing]!;
      if (t === FREE || !this.#isUnicast(t)) continue;
      this.#undo.length = 0;
      this.#write(1, row + landing, FREE);
      if (this.#walk(t, landing - this.#path(t), target - landing, horizon, true)) return true;
      this.#rollBack();
    }
    return false;
  }

  /** Of the first chains that succeed, the slots of the one that moves the fewest words. */
  #shortestChain(
    t: number,
    sends: number,
    lands: number,
    path: number,
    horizon: number,
  ): [send: number, land: number] | undefined {
    let best: [number, number] | undefined;
    let least = Number.POSITIVE_INFINITY;
    let found = 0;
    for (let tries = 0; tries < TRIES && found < CHAINS; tries++) {
      // Starts of free runs let the next words follow; any slot gives more pairs to choose from.
      const pick = (tries & 1) === 0 ? runStart : slotAt;
      const send = pick(this.#sends, this.#random.below(sends));
      const land = pick(this.#landings, this.#random.below(lands));
      this.#undo.length = 0;
      const fits = this.#walk(t, send, land - (send + path), horizon, false);
      const length = this.#undo.length;
      this.#rollBack();
      if (!fits) continue;
      found++;
      if (length >= least) continue;
      least = length;
      best = [send, land];
    }
    return best;
  }

  /** A send slot that is free at both ends, or -1: both lists ascend. */
  #direct(sends: number, lands: number, path: number): number {
    let j = 0;
    for (let i = 0; i < sends; i++) {
      const at = this.#sends[i]! + path;
      while (j < lands && this.#landings[j]! < at) j++;
      if (j < lands && this.#landings[j] === at) return this.#sends[i]!;
    }
    return -1;
  }

  /**
   * Puts a word of t into free send slot `cycle` and moves what it pushes, by tau and back. Or, if
   * the word is itself `pushed` from its landing slot (already cleared), moves it from `cycle` by
   * tau. The undo log holds every change; the caller rolls back when this returns false.
   */
  #walk(t: number, cycle: number, tau: number, horizon: number, pushed_first: boolean): boolean {
    let word = t;
    let at = cycle;
    for (let moves = 0; moves < MOVES_MOST; moves++) {
      let pushed = word;
      let old = at;
      if (moves > 0 || !pushed_first) {
        // `word` now goes out at `at`, a free slot of its sender; what does it push?
        pushed = this.#putReceiver(word, at);
        this.#write(0, this.#outSlot(word, at), word);
        if (pushed === FREE) return true;
        if (!this.#isUnicast(pushed)) return false;
        old = at + this.#path(word) - this.#path(pushed);
      }
      const other = this.#moveByTau(pushed, old, tau, horizon);
      if (other === FREE) return true;
      if (other === BLOCKED) return false;
      // `other` moves back by tau into the slot that `pushed` left, and leaves its landing slot.
      const other_landing = this.#inSlot(other, old + tau);
      if (this.#in[other_landing] !== other) return false;
      this.#write(1, other_landing, FREE);
      if (!this.#allowed(other, old, horizon)) return false;
      if (this.#out[this.#outSlot(other, old)] !== FREE) return false;
      word = other;
      at = old;
    }
    return false;
  }

  /**
   * Moves `word`, sent at `old`, by tau; its landing slot is already cleared and the new one must
   * be free. Returns the transfer that this pushes at its sender, FREE or BLOCKED.
   */
  #moveByTau(word: number, old: number, tau: number, horizon: number): number {
    if (!this.#clearSender(word, old)) return BLOCKED;
    const next = old + tau;
    if (!this.#allowed(word, next, horizon)) return BLOCKED;
    const landing = this.#inSlot(word, next);
    if (this.#in[landing] !== FREE) return BLOCKED;
    this.#write(1, landing, word);
    const slot = this.#outSlot(word, next);
    const other = this.#out[slot]!;
    this.#write(0, slot, word);
    return other === FREE || this.#isUnicast(other) ? other : BLOCKED;
  }

  /** Lets `word`, sent at `cycle`, land; returns what was there. */
  #putReceiver(word: number, cycle: number): number {
    const slot = this.#inSlot(word, cycle);
    const pushed = this.#in[slot]!;
    this.#write(1, slot, word);
    return pushed;
  }

  #clearSender(word: number, cycle: number): boolean {
    const slot = this.#outSlot(word, cycle);
    if (this.#out[slot] !== word) return false;
    this.#write(0, slot, FREE);
    return true;
  }

  #isUnicast(t: number): boolean {
    return this.set.first[t + 1]! - this.set.first[t]! === 1;
  }

  #path(t: number): number {
    const s = this.set.source[t]!;
    return this.timing.path[s * this.timing.tiles + this.set.destination[this.set.first[t]!]!]!;
  }

  #outSlot(t: number, cycle: number): number {
    return this.set.source[t]! * this.horizon_most + cycle;
  }

  #inSlot(t: number, cycle: number): number {
    const d = this.set.destination[this.set.first[t]!]!;
    return d * this.horizon_most + cycle + this.#path(t);
  }

  #allowed(t: number, cycle: number, horizon: number): boolean {
    const landing = cycle + this.#path(t);
    const d = this.set.destination[this.set.first[t]!]!;
    return (
      cycle >= this.timing.start[this.set.source[t]!]! &&
      landing >= this.timing.lead[d]! &&
      landing < horizon
    );
  }

  #write(side: 0 | 1, slot: number, value: number): void {
    const board = side === 0 ? this.#out : this.#in;
    this.#undo.push(2 * slot + side, board[slot]!);
    board[slot] = value;
  }

  #rollBack(): void {
    for (let i = this.#undo.length - 2; i >= 0; i -= 2) {
      const key = this.#undo[i]!;
      const board = key % 2 === 0 ? this.#out : this.#in;
      board[Math.floor(key / 2)] = this.#undo[i + 1]!;
    }
    this.#undo.length = 0;
  }
}

const slotAt = (list: Int32Array, index: number): number => list[index]!;

/** First slot of the run of consecutive slots that holds list[index]. */
function runStart(list: Int32Array, index: number): number {
  let i = index;
  while (i > 0 && list[i - 1] === list[i]! - 1) i--;
  return list[i]!;
}

/** Writes the free cycles from..to-1 of a row to `list`, ascending; returns how many. */
function listFree(board: Int32Array, row: number, from: number, to: number, list: Int32Array) {
  let count = 0;
  for (let cycle = from; cycle < to; cycle++) {
    if (board[row + cycle] === FREE) list[count++] = cycle;
  }
  return count;
}
