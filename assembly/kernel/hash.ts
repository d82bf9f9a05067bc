/**
 * The state digest's hash: fixed, non-cryptographic, 128 bits. docs/formats.md holds the
 * definition; host/reference/digest.ts computes it a second time with BigInt.
 *
 * Four lanes of 64 bits start from four constants. Each 32 bytes feed one little-endian word to
 * each lane: lane = rotl((lane XOR word) * MULTIPLIER, 29). `finish` folds the lanes into two
 * words through the MurmurHash3 finaliser. Every step is a bijection of the lane, so that a change
 * of a single word always changes the hash.
 */

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15; // 2^64 / golden ratio, odd
const LANE0: u64 = 0x243f_6a88_85a3_08d3; // the first digits of pi, as lane constants
const LANE1: u64 = 0x1319_8a2e_0370_7344;
const LANE2: u64 = 0xa409_3822_299f_31d0;
const LANE3: u64 = 0x082e_fa98_ec4e_6c89;

/** 64-bit finaliser of MurmurHash3 (Austin Appleby, public domain). */
export function mix64(value: u64): u64 {
  value ^= value >> 33;
  value *= 0xff51_afd7_ed55_8ccd;
  value ^= value >> 33;
  value *= 0xc4ce_b9fe_1a85_ec53;
  return value ^ (value >> 33);
}

/**
 * Hashes `bytes` (a multiple of 32) at `address` and stores the two words at `out`. When every
 * byte is zero it stores (0, 0): such pages are left out of the digest. Returns 1 if not all zero.
 */
export function hashBlock(address: usize, bytes: u32, out: usize): u32 {
  let lane0 = LANE0;
  let lane1 = LANE1;
  let lane2 = LANE2;
  let lane3 = LANE3;
  let any: u64 = 0;
  const end = address + bytes;
  for (let p = address; p < end; p += 32) {
    const w0 = load<u64>(p);
    const w1 = load<u64>(p, 8);
    const w2 = load<u64>(p, 16);
    const w3 = load<u64>(p, 24);
    any |= w0 | w1 | w2 | w3;
    lane0 = rotl((lane0 ^ w0) * MULTIPLIER, 29);
    lane1 = rotl((lane1 ^ w1) * MULTIPLIER, 29);
    lane2 = rotl((lane2 ^ w2) * MULTIPLIER, 29);
    lane3 = rotl((lane3 ^ w3) * MULTIPLIER, 29);
  }
  if (any == 0) {
    store<u64>(out, 0);
    store<u64>(out, 0, 8);
    return 0;
  }
  const low = mix64(lane0 + rotl(lane1, 17) + rotl(lane2, 31) + rotl(lane3, 47) + <u64>bytes);
  const high = mix64(low ^ (lane2 + rotl(lane3, 17) + rotl(lane0, 31) + rotl(lane1, 47)));
  store<u64>(out, low | u64(low == 0)); // never (0, 0), which means "all zero"
  store<u64>(out, high, 8);
  return 1;
}

/** Folds one word into a running pair at `pair`: how page hashes are joined to the digest. */
export function hashWord(pair: usize, word: u64): void {
  const low = rotl((load<u64>(pair) ^ word) * MULTIPLIER, 29);
  store<u64>(pair, low);
  store<u64>(pair, rotl((load<u64>(pair, 8) ^ low ^ rotl(word, 32)) * MULTIPLIER, 31), 8);
}

/** Starts a running pair. */
export function hashStart(pair: usize): void {
  store<u64>(pair, LANE0);
  store<u64>(pair, LANE1, 8);
}

/** Finishes a running pair in place. */
export function hashFinish(pair: usize): void {
  const low = mix64(load<u64>(pair) + rotl(load<u64>(pair, 8), 17));
  store<u64>(pair, low);
  store<u64>(pair, mix64(load<u64>(pair, 8) ^ low), 8);
}
