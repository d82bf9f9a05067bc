/** Seeds of the runs of a campaign: mix(seed, i), the finaliser of MurmurHash3 over both. */

const MASK = (1n << 64n) - 1n;
const STEP = 0x9e37_79b9_7f4a_7c15n; // 2^64 / golden ratio, odd

/** Seed of run `index`: 64 bits, never 0, which would stand for the machine's own. */
export function mix(seed: bigint, index: number): bigint {
  let value = (seed + STEP * BigInt(index + 1)) & MASK;
  value ^= value >> 33n;
  value = (value * 0xff51_afd7_ed55_8ccdn) & MASK;
  value ^= value >> 33n;
  value = (value * 0xc4ce_b9fe_1a85_ec53n) & MASK;
  value ^= value >> 33n;
  return value === 0n ? 1n : value;
}
