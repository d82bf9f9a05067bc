/**
 * Orders for multicasts, which repair cannot move: the best greedy order is changed a little at a
 * time, and what is not worse is kept. Source: exchange-scheduling.md section 2 (local search).
 */

import { Random } from "../random.js";

/** Placements, and transfers up to which one is cheap enough to repeat (our choice). */
const TRIES = 300;
const TRANSFERS_MOST = 512;

/** Moves one transfer at a time to another place in the order and keeps what is not worse. */
export function searchOrder<C extends { numbers: Int32Array; cycles: number }>(
  start: C,
  seed: number,
  place: (numbers: Int32Array) => C,
): C {
  const count = start.numbers.length;
  if (count < 2 || count > TRANSFERS_MOST) return start;
  const random = new Random(seed);
  let best = start;
  for (let i = 0; i < TRIES; i++) {
    const numbers = [...best.numbers];
    const [moved] = numbers.splice(random.below(count), 1);
    numbers.splice(random.below(count), 0, moved!);
    const next = place(Int32Array.from(numbers));
    if (next.cycles <= best.cycles) best = next;
  }
  return best;
}
