/** Reads LEB128 varints: the encoding of the streams in session files. */

/** A u64 takes at most ten groups of seven bits. */
const VARINT_BYTES_MAX = 10;

/** Reads what ByteWriter wrote; every read past the end or malformed number is a RangeError. */
export class ByteReader {
  private at = 0;

  constructor(private readonly source: Uint8Array) {}

  get atEnd(): boolean {
    return this.at >= this.source.length;
  }

  byte(): number {
    const value = this.source[this.at++];
    if (value === undefined) throw new RangeError("the stream ends early");
    return value;
  }

  varint(): bigint {
    let value = 0n;
    for (let n = 0; n < VARINT_BYTES_MAX; n++) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * n);
      if (byte < 0x80 && value < 1n << 64n) return value;
      if (byte < 0x80) break;
    }
    throw new RangeError("a number has more than 64 bits");
  }

  bytes(count: number): Uint8Array {
    const end = this.at + count;
    if (end > this.source.length) throw new RangeError("the stream ends early");
    const bytes = this.source.slice(this.at, end);
    this.at = end;
    return bytes;
  }
}
