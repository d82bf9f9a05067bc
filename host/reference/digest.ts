/**
 * The state digest a second time, plainly, from its definition in docs/formats.md: BigInt words,
 * one page after the other, no cache. Oracle for assembly/kernel/hash.ts and pages.ts.
 */

const MASK = (1n << 64n) - 1n;
const MULTIPLIER = 0x9e3779b97f4a7c15n;
const LANES = [
  0x243f6a8885a308d3n,
  0x13198a2e03707344n,
  0xa4093822299f31d0n,
  0x082efa98ec4e6c89n,
] as const;
const PAGE_BYTES = 4096;

function rotl(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}

function mix64(input: bigint): bigint {
  let value = input & MASK;
  value ^= value >> 33n;
  value = (value * 0xff51afd7ed558ccdn) & MASK;
  value ^= value >> 33n;
  value = (value * 0xc4ceb9fe1a85ec53n) & MASK;
  return value ^ (value >> 33n);
}

/** Hash of a block whose length is a multiple of 32 bytes: [low, high], [0, 0] if all zero. */
export function blockHash(bytes: Uint8Array): [bigint, bigint] {
  if (bytes.every((byte) => byte === 0)) return [0n, 0n];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lanes: bigint[] = [...LANES];
  for (let at = 0; at < bytes.length; at += 32) {
    for (let lane = 0; lane < 4; lane++) {
      const word = view.getBigUint64(at + 8 * lane, true);
      lanes[lane] = rotl(((lanes[lane]! ^ word) * MULTIPLIER) & MASK, 29n);
    }
  }
  const [a, b, c, d] = lanes as [bigint, bigint, bigint, bigint];
  const low = mix64(a + rotl(b, 17n) + rotl(c, 31n) + rotl(d, 47n) + BigInt(bytes.length));
  const high = mix64(low ^ ((c + rotl(d, 17n) + rotl(a, 31n) + rotl(b, 47n)) & MASK));
  return [low === 0n ? 1n : low, high];
}

/** Digest of a state range (whole pages), 32 hex digits. `machineHash`: its two words. */
export function stateDigest(
  state: Uint8Array,
  stateVersion: number,
  machineHash: readonly [bigint, bigint],
): string {
  let low: bigint = LANES[0];
  let high: bigint = LANES[1];
  const absorb = (word: bigint) => {
    low = rotl(((low ^ word) * MULTIPLIER) & MASK, 29n);
    high = rotl(((high ^ low ^ rotl(word, 32n)) * MULTIPLIER) & MASK, 31n);
  };
  absorb(BigInt(stateVersion));
  absorb(machineHash[0]);
  absorb(machineHash[1]);
  for (let page = 0; page * PAGE_BYTES < state.length; page++) {
    const hash = blockHash(state.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES));
    if (hash[0] === 0n && hash[1] === 0n) continue;
    absorb(BigInt(page));
    absorb(hash[0]);
    absorb(hash[1]);
  }
  const first = mix64((low + rotl(high, 17n)) & MASK);
  const second = mix64(high ^ first);
  return [second, first].map((word) => word.toString(16).padStart(16, "0")).join("");
}
