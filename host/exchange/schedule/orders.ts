/**
 * Orders in which greedy placing takes transfers. The order alone decides how near the floor it
 * comes: exchange-scheduling.md section 2. Every order is a permutation of transfer numbers.
 */

import { releaseAndTail, type Timing } from "../bound.js";
import { Random } from "../random.js";
import type { TransferSet } from "../transfers.js";

export type OrderName =
  | "listed"
  | "rotation"
  | "random"
  | "most-loaded"
  | "longest-path"
  | "colours";

type Order = (timing: Timing, set: TransferSet, seed: number) => Int32Array;

export const ORDERS: Readonly<Record<Exclude<OrderName, "colours">, Order>> = {
  listed: (_timing, set) => Int32Array.from({ length: set.count }, (_, t) => t),
  rotation: (timing, set) =>
    sortByKey(set.count, (t) => {
      const turn = set.destination[set.first[t]!]! - set.source[t]!;
      return turn < 0 ? turn + timing.tiles : turn;
    }),
  random: (_timing, set, seed) =>
    new Random(seed).shuffle(Int32Array.from({ length: set.count }, (_, t) => t)),
  "most-loaded": (timing, set, seed) => {
    const loads = tileLoads(timing.tiles, set);
    const random = new Random(seed);
    return sortByKey(
      set.count,
      (t) => TIE_BREAKS - 1 + -heaviest(loads, set, t) * TIE_BREAKS - random.below(TIE_BREAKS),
    );
  },
  "longest-path": (timing, set) => sortByKey(set.count, (t) => -releaseAndTail(timing, set, t)[1]),
};

/** Equal loads are taken in random order: neighbours in the list would fight for one tile. */
const TIE_BREAKS = 256;

/** Words that each tile sends, then (from index `tiles`) receives. */
export function tileLoads(tiles: number, set: TransferSet): Int32Array {
  const loads = new Int32Array(2 * tiles);
  for (let t = 0; t < set.count; t++) {
    loads[set.source[t]!]! += set.words[t]!;
    for (let k = set.first[t]!; k < set.first[t + 1]!; k++) {
      loads[tiles + set.destination[k]!]! += set.words[t]!;
    }
  }
  return loads;
}

/** Load of the busiest wire that transfer t uses. */
function heaviest(loads: Int32Array, set: TransferSet, t: number): number {
  let most = loads[set.source[t]!]!;
  for (let k = set.first[t]!; k < set.first[t + 1]!; k++) {
    most = Math.max(most, loads[loads.length / 2 + set.destination[k]!]!);
  }
  return most;
}

/** Numbers 0..count-1 by ascending integer key, equal keys in ascending order. */
export function sortByKey(count: number, key: (t: number) => number): Int32Array {
  // Key and number share one float64: keys below 2^31 in size leave 2^22 numbers exact.
  const joined = new Float64Array(count);
  for (let t = 0; t < count; t++) joined[t] = key(t) * NUMBERS + t;
  joined.sort();
  return Int32Array.from(joined, (value) => value - Math.floor(value / NUMBERS) * NUMBERS);
}

const NUMBERS = 2 ** 22;
