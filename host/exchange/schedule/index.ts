/**
 * From a set of transfers to a schedule: which words go out in which cycle.
 *
 * 1. Several orders are placed greedily without a horizon; the best is kept.
 * 2. If that misses the goal, transfers are placed below horizons from the goal upwards and
 *    repaired; if it meets the goal, lower horizons are kept as long as pieces stay few.
 * 3. Words are placed again in longer runs where the slack allows: fewer pieces, fewer controls.
 *
 * All decisions depend on the input alone, never on time: equal inputs give equal schedules.
 */

import { floorCycles, type Timing } from "../bound.js";
import { deliveredWords, isUnicast, mergeEqualWords, type TransferSet } from "../transfers.js";
import { Board } from "./board.js";
import { colourOrder } from "./colours.js";
import { searchOrder } from "./multicast.js";
import { ORDERS, type OrderName, tileLoads } from "./orders.js";
import type { PieceList } from "./pieces.js";
import { Repair } from "./repair.js";

export interface Schedule {
  /** What is sent: equal source words merged. Pieces name transfers of this set. */
  readonly set: TransferSet;
  /** Number of pieces. */
  readonly count: number;
  readonly transfer: Int32Array;
  /** First word of the piece within its transfer. */
  readonly offset: Int32Array;
  readonly words: Int32Array;
  /** Cycle in which the first word is sent. */
  readonly cycle: Int32Array;
  /** Last landing + 1. */
  readonly cycles: number;
  readonly floor: number;
  /** The order that won, and whether words were moved after greedy placing. */
  readonly order: OrderName;
  readonly repaired: boolean;
}

export interface ScheduleOptions {
  /** Ratio at which repair stops asking for less; default 1.01, with multicasts 1.02. */
  readonly goal?: number;
  readonly seed?: number;
}

/** Section 6. */
const GOAL_UNICAST = 1.01;
const GOAL_MULTICAST = 1.02;
/** Above this many transfers one order is tried: each costs seconds (our choice). */
const MANY_TRANSFERS = 500_000;
/** Colouring costs about 20 microseconds a transfer, and serves regular loads only. */
const COLOURED_MOST = 200_000;
const REGULAR = 1.15;
/** Repair keeps two 4-byte entries a tile and cycle: 100 MB here. */
const REPAIR_SLOTS_MOST = 12_000_000;
/** Ratio up to which cycles are given for fewer pieces, and runs asked for. */
const SLACK = 1.004;
const LEAST_RUNS = [16, 8, 4] as const;

interface Candidate {
  readonly order: OrderName;
  readonly numbers: Int32Array;
  readonly pieces: PieceList;
  readonly cycles: number;
  readonly repaired: boolean;
}

/** Schedules a set. `timing` is a fabric; the set is merged first (transfers.ts). */
export function scheduleTransfers(
  timing: Timing,
  transfers: TransferSet,
  options: ScheduleOptions = {},
): Schedule {
  const set = mergeEqualWords(transfers, timing.tiles);
  const floor = floorCycles(timing, set);
  const seed = options.seed ?? 1;
  const goal_ratio = options.goal ?? (isUnicast(set) ? GOAL_UNICAST : GOAL_MULTICAST);
  const goal = Math.floor(floor * goal_ratio);
  const best =
    scheduleMany(timing, set, floor, seed) ?? scheduleFew(timing, set, floor, goal, seed);
  return {
    set,
    floor,
    ...settleWords(set, best.pieces),
    cycles: best.cycles,
    order: best.order,
    repaired: best.repaired,
  };
}

function scheduleFew(
  timing: Timing,
  set: TransferSet,
  floor: number,
  goal: number,
  seed: number,
): Candidate {
  const candidates = greedyCandidates(timing, set, floor, goal, seed);
  const best = repairToGoal(timing, set, floor, goal, candidates, seed);
  return best.repaired ? best : longerRuns(timing, set, Math.floor(floor * SLACK), best);
}

/** Greedy schedules, the best first; more orders are tried as long as none meets the goal. */
function greedyCandidates(
  timing: Timing,
  set: TransferSet,
  floor: number,
  goal: number,
  seed: number,
): Candidate[] {
  const found: Candidate[] = [];
  const add = (order: OrderName, numbers: Int32Array) => {
    found.push(greedy(timing, set, floor, order, numbers));
    found.sort((a, b) => a.cycles - b.cycles || a.pieces.count - b.pieces.count);
  };
  for (const order of ordersFor(timing, set)) {
    add(order, ORDERS[order](timing, set, seed));
    if (found[0]!.cycles <= floor) return found;
  }
  if (found[0]!.cycles <= goal) return found;
  if (!isUnicast(set)) {
    const [best] = found;
    return [searchOrder(best!, seed, (n) => greedy(timing, set, floor, best!.order, n))];
  }
  if (set.count > COLOURED_MOST || !isRegular(timing.tiles, set)) return found;
  for (const descending of [true, false]) add("colours", colourOrder(timing, set, descending));
  return found;
}

function ordersFor(timing: Timing, set: TransferSet): Exclude<OrderName, "colours">[] {
  if (set.count > MANY_TRANSFERS) {
    return isDense(timing.tiles, set) ? ["rotation"] : ["most-loaded"];
  }
  if (set.destination.length > MANY_TRANSFERS) return ["listed", "rotation"];
  return ["listed", "rotation", "longest-path", "most-loaded", "random"];
}

/** At least half of all ordered pairs, every tile equally loaded: all-to-all. */
function isDense(tiles: number, set: TransferSet): boolean {
  return set.count >= (tiles * (tiles - 1)) / 2 && isRegular(tiles, set);
}

/** True if the busiest wire carries little more than the mean of those that carry anything. */
function isRegular(tiles: number, set: TransferSet): boolean {
  const loads = tileLoads(tiles, set).filter((load) => load > 0);
  const mean = loads.reduce((sum, load) => sum + load, 0) / Math.max(1, loads.length);
  return loads.every((load) => load <= mean * REGULAR);
}

/** Places all transfers in this order, with as long a horizon as they need. */
function greedy(
  timing: Timing,
  set: TransferSet,
  floor: number,
  order: OrderName,
  numbers: Int32Array,
): Candidate {
  for (let horizon = Math.ceil(1.3 * floor) + 256; ; horizon *= 2) {
    const board = new Board(timing, set, horizon);
    if (!numbers.every((t) => board.place(t, set.words[t]!, 1) === 0)) continue;
    const cycles = lastLanding(timing, set, board.pieces) + 1;
    return { order, numbers, pieces: board.pieces, cycles, repaired: false };
  }
}

/** Horizons between the floor and a ratio of 1.1, finer near the floor (our choice). */
const LADDER = [1, 1.0025, 1.005, 1.0075, 1.01, 1.015, 1.02, 1.03, 1.04, 1.06, 1.08, 1.1] as const;
/** Below the goal a lower horizon may cost this many times the pieces, no more. */
const PIECES_WORTH = 1.1;

/** Candidates that repair tries on each rung, and words above which it tries only one. */
const REPAIRED_CANDIDATES = 7;
const MANY_WORDS = 1_000_000;

function repairToGoal(
  timing: Timing,
  set: TransferSet,
  floor: number,
  goal: number,
  candidates: readonly Candidate[],
  seed: number,
): Candidate {
  const best = candidates[0]!;
  const met = best.cycles <= goal;
  const rungs = LADDER.map((ratio) => Math.floor(floor * ratio));
  const horizons = met ? rungs : [goal, ...rungs.filter((horizon) => horizon > goal)];
  const many = deliveredWords(set) > MANY_WORDS;
  for (const horizon of horizons) {
    if (horizon >= best.cycles || timing.tiles * horizon > REPAIR_SLOTS_MOST) break;
    let kept: Candidate | undefined;
    for (const from of repairOrder(candidates, met, many)) {
      const pieces = repaired(timing, set, from.numbers, horizon, seed);
      if (!pieces || (kept && kept.pieces.count <= pieces.count)) continue;
      if (met && pieces.count > best.pieces.count * PIECES_WORTH) continue;
      kept = { ...from, pieces, cycles: lastLanding(timing, set, pieces) + 1, repaired: true };
      if (many) break;
    }
    if (kept) return kept;
  }
  return best;
}

/**
 * Which greedy orders repair starts from. Where none met the goal, colours come first, long paths
 * before short: repair does best on them (exchange-scheduling.md section 2).
 */
function repairOrder(candidates: readonly Candidate[], met: boolean, many: boolean): Candidate[] {
  if (met) return candidates.slice(0, 1);
  const coloured = candidates.filter(({ order }) => order === "colours");
  const rest = candidates.filter(({ order }) => order !== "colours");
  // Greedy alone is longer with the long paths first, so that one stands last of the two.
  return [...coloured.reverse(), ...rest].slice(0, many ? 3 : REPAIRED_CANDIDATES);
}

/** Words that found no slot are tried again when the others have moved (our choice). */
const REPAIR_ROUNDS = 12;
/** Words that eviction begins with, and words that it may place, most of them again. */
const EVICTED_MOST = 400;
const EVICTION_STEPS = 4000;

/** Greedy placing below the horizon, then repair; undefined if words stay without a slot. */
function repaired(
  timing: Timing,
  set: TransferSet,
  numbers: Int32Array,
  horizon: number,
  seed: number,
): PieceList | undefined {
  const board = new Board(timing, set, horizon);
  const left: [transfer: number, words: number][] = [];
  for (const t of numbers) {
    const words = board.place(t, set.words[t]!, 1);
    if (words === 0) continue;
    if (set.first[t + 1]! - set.first[t]! > 1) return undefined;
    left.push([t, words]);
  }
  if (left.length === 0) return board.pieces;
  const repair = new Repair(timing, set, horizon, seed);
  repair.load(board.pieces);
  let open = left;
  for (let round = 0; round < REPAIR_ROUNDS && open.length > 0; round++) {
    open = open
      .map(([t, words]): [number, number] => [t, repair.place(t, words, horizon)])
      .filter(([, words]) => words > 0);
  }
  if (open.length === 0) return repair.pieces();
  const words = open.flatMap(([t, count]) => new Array<number>(count).fill(t));
  if (words.length > EVICTED_MOST) return undefined;
  return repair.placeByEviction(words, horizon, EVICTION_STEPS) ? repair.pieces() : undefined;
}

/**
 * Places again in longer runs below max(slack, the cycles reached); keeps what has fewer
 * pieces.
 */
function longerRuns(timing: Timing, set: TransferSet, slack: number, best: Candidate): Candidate {
  if (best.pieces.count === set.count) return best;
  const horizon = Math.max(slack, best.cycles);
  for (const least_run of LEAST_RUNS) {
    const pieces = placeRuns(timing, set, best.numbers, horizon, least_run);
    if (!pieces || pieces.count >= best.pieces.count) continue;
    return { ...best, pieces, cycles: lastLanding(timing, set, pieces) + 1 };
  }
  return best;
}

/** Greedy placing in runs, then of what is left word by word; undefined if it does not fit. */
function placeRuns(
  timing: Timing,
  set: TransferSet,
  numbers: Int32Array,
  horizon: number,
  least_run: number,
): PieceList | undefined {
  const board = new Board(timing, set, horizon);
  const left: [transfer: number, words: number][] = [];
  for (const t of numbers) {
    const words = board.place(t, set.words[t]!, least_run);
    if (words > 0) left.push([t, words]);
  }
  return left.every(([t, words]) => board.place(t, words, 1) === 0) ? board.pieces : undefined;
}

/**
 * Very many transfers leave enough slack that long runs fit at once; what does not fit so, goes
 * the long way.
 */
function scheduleMany(
  timing: Timing,
  set: TransferSet,
  floor: number,
  seed: number,
): Candidate | undefined {
  if (set.count <= MANY_TRANSFERS) return undefined;
  const [order] = ordersFor(timing, set);
  const numbers = ORDERS[order!](timing, set, seed);
  const horizon = Math.floor(floor * SLACK);
  const pieces = placeRuns(timing, set, numbers, horizon, LEAST_RUNS[0]);
  if (!pieces) return undefined;
  const cycles = lastLanding(timing, set, pieces) + 1;
  return { order: order!, numbers, pieces, cycles, repaired: false };
}

/** Cycle of the last landing; -1 if there is none. */
function lastLanding(timing: Timing, set: TransferSet, pieces: PieceList): number {
  let last = -1;
  for (let i = 0; i < pieces.count; i++) {
    const t = pieces.transfer[i]!;
    const row = set.source[t]! * timing.tiles;
    const sent = pieces.cycle[i]! + pieces.words[i]! - 1;
    for (let k = set.first[t]!; k < set.first[t + 1]!; k++) {
      last = Math.max(last, sent + timing.path[row + set.destination[k]!]!);
    }
  }
  return last;
}

/** Says which words each piece carries: those of a transfer go out in ascending order. */
function settleWords(set: TransferSet, pieces: PieceList) {
  const first = new Int32Array(set.count + 1);
  for (let i = 0; i < pieces.count; i++) first[pieces.transfer[i]! + 1]!++;
  for (let t = 0; t < set.count; t++) first[t + 1]! += first[t]!;
  const next = first.slice();
  const by_transfer = new Int32Array(pieces.count);
  for (let i = 0; i < pieces.count; i++) by_transfer[next[pieces.transfer[i]!]!++] = i;
  const out = {
    count: pieces.count,
    transfer: new Int32Array(pieces.count),
    offset: new Int32Array(pieces.count),
    words: new Int32Array(pieces.count),
    cycle: new Int32Array(pieces.count),
  };
  for (let t = 0; t < set.count; t++) {
    const [from, to] = [first[t]!, first[t + 1]!];
    sortByCycle(by_transfer, from, to, pieces.cycle);
    let offset = 0;
    for (let at = from; at < to; at++) {
      const i = by_transfer[at]!;
      out.transfer[at] = t;
      out.offset[at] = offset;
      out.words[at] = pieces.words[i]!;
      out.cycle[at] = pieces.cycle[i]!;
      offset += pieces.words[i]!;
    }
  }
  return out;
}

/** Sorts pieces from..to-1 by cycle: few, and mostly in order already, so by insertion. */
function sortByCycle(numbers: Int32Array, from: number, to: number, cycle: Int32Array): void {
  for (let i = from + 1; i < to; i++) {
    const held = numbers[i]!;
    let j = i;
    for (; j > from && cycle[numbers[j - 1]!]! > cycle[held]!; j--) numbers[j] = numbers[j - 1]!;
    numbers[j] = held;
  }
}
