/** LEB128 varints and bytes into memory that grows by chunks: the streams of session files. */

/** A stream grows by this much: it is never copied while it grows. */
const CHUNK_BYTES = 1 << 16;

export class ByteWriter {
  private readonly full: Uint8Array[] = [];
  private chunk = new Uint8Array(1024);
  private length = 0;

  byte(value: number): void {
    if (this.length === this.chunk.length) this.nextChunk();
    this.chunk[this.length++] = value;
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
    for (let at = 0; at < bytes.length; ) {
      if (this.length === this.chunk.length) this.nextChunk();
      const part = bytes.subarray(at, at + this.chunk.length - this.length);
      this.chunk.set(part, this.length);
      this.length += part.length;
      at += part.length;
    }
  }

  /** All of it in one piece; more may be written after it. */
  finish(): Uint8Array {
    const size = this.full.reduce((sum, { length }) => sum + length, this.length);
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const part of [...this.full, this.chunk.subarray(0, this.length)]) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  private nextChunk(): void {
    this.full.push(this.chunk);
    this.chunk = new Uint8Array(CHUNK_BYTES);
    this.length = 0;
  }
}
