/** A first-in first-out queue of bytes that keeps chunks as they came: no copy a byte. */
export class ByteQueue {
  private readonly chunks: Uint8Array[] = [];
  /** Index of the first chunk still wanted; the array is compacted now and then. */
  private head = 0;
  private size_bytes = 0;

  get size(): number {
    return this.size_bytes;
  }

  /** Appends the bytes. The queue keeps the array: the caller must not change it later. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.chunks.push(bytes);
    this.size_bytes += bytes.length;
  }

  /** The bytes in front, as many as lie in one piece; empty when the queue is empty. */
  peek(): Uint8Array {
    return this.chunks[this.head] ?? EMPTY;
  }

  /** Removes the first `count` bytes (0..size). */
  consume(count: number): void {
    this.size_bytes -= count;
    let left = count;
    while (left > 0) {
      const chunk = this.chunks[this.head];
      if (chunk === undefined) throw new RangeError(`consumed ${left} bytes past the end`);
      if (left < chunk.length) {
        this.chunks[this.head] = chunk.subarray(left);
        return;
      }
      left -= chunk.length;
      this.advance();
    }
  }

  /** Removes and returns up to `count_max` bytes in one array. */
  take(count_max: number): Uint8Array {
    const count = Math.min(count_max, this.size_bytes);
    const first = this.peek();
    if (first.length >= count) {
      const whole = first.subarray(0, count);
      this.consume(count);
      return whole;
    }
    const joined = new Uint8Array(count);
    for (let at = 0; at < count; ) {
      const piece = this.peek().subarray(0, count - at);
      joined.set(piece, at);
      at += piece.length;
      this.consume(piece.length);
    }
    return joined;
  }

  clear(): void {
    this.chunks.length = 0;
    this.head = 0;
    this.size_bytes = 0;
  }

  private advance(): void {
    this.chunks[this.head++] = EMPTY;
    if (this.head === this.chunks.length) {
      this.chunks.length = 0;
      this.head = 0;
    } else if (this.head >= COMPACT_AT && this.head * 2 >= this.chunks.length) {
      this.chunks.splice(0, this.head);
      this.head = 0;
    }
  }
}

const EMPTY = new Uint8Array(0);

/** Our choice: dead chunks are removed in bulk, so that a queue of n chunks costs O(n) in all. */
const COMPACT_AT = 1024;
