/**
 * Counter-based random numbers: the n-th number of a unit depends on the seed, the unit and n
 * alone, never on the order in which units were executed.
 */
import { mix64 } from "./hash";

const UNIT_STEP: u64 = 0x9e37_79b9_7f4a_7c15;
const COUNT_STEP: u64 = 0xd1b5_4a32_d192_ed03; // odd, from Steele and Vigna's LXM tables

/** The n-th 64-bit number of the stream of `unit`. */
export function random(seed: u64, unit: u32, n: u64): u64 {
  return mix64(mix64(seed + UNIT_STEP * (<u64>unit + 1)) + COUNT_STEP * (n + 1));
}
