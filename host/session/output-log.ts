/**
 * What went out during a run, a few bytes a character: one stream of varints a UART, since the
 * characters of one UART come in order of time and those of several do not.
 */

import { ByteWriter } from "../serial/byte-writer.js";
import { ByteReader } from "./bytes.js";
import type { OutputRecord } from "./session-file.js";

interface Stream {
  /** varint ps since the one before, varint character. */
  readonly writer: ByteWriter;
  last_ps: bigint;
}

export class OutputLog {
  private readonly streams = new Map<string, Stream>();

  add({ time_ps, uart, character }: OutputRecord): void {
    let stream = this.streams.get(uart);
    if (stream === undefined) {
      stream = { writer: new ByteWriter(), last_ps: 0n };
      this.streams.set(uart, stream);
    }
    stream.writer.varint(time_ps - stream.last_ps);
    stream.writer.varint(BigInt(character));
    stream.last_ps = time_ps;
  }

  /** All of it by (time, name of the UART), one record at a time. */
  *records(): Generator<OutputRecord> {
    const heads = [...this.streams]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([uart, { writer }]) => new Head(uart, writer.finish()));
    for (;;) {
      let first: Head | undefined;
      for (const head of heads) {
        if (head.next !== undefined && !(first?.next && first.next.time_ps <= head.next.time_ps)) {
          first = head;
        }
      }
      if (first?.next === undefined) return;
      yield first.next;
      first.step();
    }
  }
}

/** Reads one stream. */
class Head {
  next: OutputRecord | undefined;
  private readonly reader: ByteReader;
  private time_ps = 0n;

  constructor(
    private readonly uart: string,
    bytes: Uint8Array,
  ) {
    this.reader = new ByteReader(bytes);
    this.step();
  }

  step(): void {
    if (this.reader.atEnd) {
      this.next = undefined;
      return;
    }
    this.time_ps += this.reader.varint();
    const character = Number(this.reader.varint());
    this.next = { time_ps: this.time_ps, uart: this.uart, character };
  }
}
