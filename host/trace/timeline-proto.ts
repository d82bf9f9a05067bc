/**
 * Messages of protocol buffers, written field by field. Source: protobuf.dev, "Encoding": a field
 * is its key, number << 3 | type, then a varint (type 0), 8 bytes little-endian (type 1), or a
 * varint length and that many bytes (type 2).
 */

const VARINT = 0;
const BYTES = 2;

const encoder = new TextEncoder();

/** A message that grows; `bytes` gives it as far as it is. */
export class Message {
  private readonly parts: number[] = [];

  /** uint64, uint32, enum or bool; 0 to 2^64 - 1. */
  number(field: number, value: number | bigint): this {
    this.varint(BigInt((field << 3) | VARINT));
    this.varint(BigInt(value));
    return this;
  }

  text(field: number, value: string): this {
    return this.raw(field, encoder.encode(value));
  }

  message(field: number, value: Message): this {
    return this.raw(field, value.parts);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.parts);
  }

  private raw(field: number, bytes: ArrayLike<number>): this {
    this.varint(BigInt((field << 3) | BYTES));
    this.varint(BigInt(bytes.length));
    for (let n = 0; n < bytes.length; n++) this.parts.push(bytes[n]!);
    return this;
  }

  /** Seven bits a byte, least significant first; bit 7 says that more follow. */
  private varint(value: bigint): void {
    let rest = value;
    while (rest >= 0x80n) {
      this.parts.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.parts.push(Number(rest));
  }
}
