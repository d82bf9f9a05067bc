/** A long stream of bytes that shows every loss, doubling and change of order. */

import { draws } from "./seeded.js";

/** A prime, so that the period meets no buffer size. */
const PERIOD_BYTES = 1_000_003;

export class Pattern {
  private readonly period: Buffer;

  constructor(seed: number) {
    const draw = draws(seed);
    this.period = Buffer.alloc(PERIOD_BYTES);
    for (let i = 0; i < PERIOD_BYTES; i++) this.period[i] = draw.below(256);
  }

  /** Bytes `from` to `from + count - 1` of the stream. */
  bytes(from: number, count: number): Buffer {
    const pieces: Buffer[] = [];
    for (let at = from; at < from + count; ) {
      const start = at % PERIOD_BYTES;
      const piece = this.period.subarray(start, start + (from + count - at));
      pieces.push(piece);
      at += piece.length;
    }
    return Buffer.concat(pieces);
  }

  /** Throws unless `got` is the stream from position `from` on. */
  check(got: Uint8Array, from: number): void {
    const wanted = this.bytes(from, got.length);
    if (wanted.equals(got)) return;
    const at = wanted.findIndex((byte, i) => byte !== got[i]);
    throw new Error(`byte ${from + at} is ${got[at]}, sent was ${wanted[at]}`);
  }
}
