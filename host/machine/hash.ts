/**
 * MurmurHash3_x86_128 (Austin Appleby, public domain) for the machine hash: fixed, fast without
 * BigInt, and not the digest's hash, since the core has that one and no core is loaded here.
 */

const C: readonly [number, number, number, number] = [
  0x239b_961b, 0xab0e_9789, 0x38b3_4ae5, 0xa1e3_8b93,
];

function rotl(x: number, r: number): number {
  return (x << r) | (x >>> (32 - r));
}

function finish(h: number): number {
  let x = h;
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return x ^ (x >>> 16);
}

/** 32 hex digits: the words in order, each with its most significant digit first. */
export function hashText(words: readonly number[]): string {
  return words.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** The four words of the hash; the reference implementation stores them little-endian. */
export function hashWords(bytes: Uint8Array, seed = 0): [number, number, number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~15;
  let [h1, h2, h3, h4] = [seed, seed, seed, seed];
  for (let p = 0; p < whole; p += 16) {
    h1 ^= Math.imul(rotl(Math.imul(view.getInt32(p, true), C[0]), 15), C[1]);
    h1 = (Math.imul((rotl(h1, 19) + h2) | 0, 5) + 0x561c_cd1b) | 0;
    h2 ^= Math.imul(rotl(Math.imul(view.getInt32(p + 4, true), C[1]), 16), C[2]);
    h2 = (Math.imul((rotl(h2, 17) + h3) | 0, 5) + 0x0bca_a747) | 0;
    h3 ^= Math.imul(rotl(Math.imul(view.getInt32(p + 8, true), C[2]), 17), C[3]);
    h3 = (Math.imul((rotl(h3, 15) + h4) | 0, 5) + 0x96cd_1c35) | 0;
    h4 ^= Math.imul(rotl(Math.imul(view.getInt32(p + 12, true), C[3]), 18), C[0]);
    h4 = (Math.imul((rotl(h4, 13) + h1) | 0, 5) + 0x32ac_3b17) | 0;
  }
  const tail = new Uint8Array(16);
  tail.set(bytes.subarray(whole));
  const rest = new DataView(tail.buffer);
  h4 ^= Math.imul(rotl(Math.imul(rest.getInt32(12, true), C[3]), 18), C[0]);
  h3 ^= Math.imul(rotl(Math.imul(rest.getInt32(8, true), C[2]), 17), C[3]);
  h2 ^= Math.imul(rotl(Math.imul(rest.getInt32(4, true), C[1]), 16), C[2]);
  h1 ^= Math.imul(rotl(Math.imul(rest.getInt32(0, true), C[0]), 15), C[1]);
  return finale([h1, h2, h3, h4], bytes.length);
}

function finale(lanes: readonly [number, number, number, number], length: number) {
  const mixed = lanes.map((lane) => lane ^ length) as [number, number, number, number];
  return join(join(mixed).map(finish) as [number, number, number, number]);
}

function join([a, b, c, d]: readonly [number, number, number, number]) {
  const sum = (a + b + c + d) | 0;
  return [sum, (b + sum) | 0, (c + sum) | 0, (d + sum) | 0] as [number, number, number, number];
}
