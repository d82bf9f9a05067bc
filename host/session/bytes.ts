/** LEB128 varints over growing buffers: the encoding of the streams in session files. */

/** A u64 takes at most ten groups of seven bits. */
const VARINT_BYTES_MAX = 10;

export class ByteWriter {
  private buffer = new Uint8Array(1024);
  private length = 0;

  byte(value: number): void {
    this.room(1);
    this.buffer[this.length++] = value;
  }

  /** Seven bits a byte, least significant first, bit 7 set on all but the last. */
  varint(value: bigint): void {
    let left = value;
    while (left > 0x7fn) {
      this.byte(Number(left & 0x7fn) | 0x80);
      left >>= 7n;
    }
    this.byte(Number(left));
  }

  bytes(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  private room(count: number): void {
    const wanted = this.length + count;
    if (wanted <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(wanted, this.buffer.length * 2));
    grown.set(this.buffer);
    this.buffer = grown;
  }
}

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
      if (byte < 0x80) return value;
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
