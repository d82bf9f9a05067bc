/**
 * Hands the records of one machine to several readers. What a slice of the run produced is held
 * back until it is certain that the slice counts: a run that must stop in the middle of a slice
 * goes back to its start and runs again to the exact time (see runner).
 */

import type { TraceKind } from "../../assembly/kernel/abi.js";
import type { Machine } from "../core/machine.js";
import type { SerialRecord, TraceRecord } from "../core/rings.js";

export type TraceReader = (records: readonly TraceRecord[]) => void;
export type SerialReader = (record: SerialRecord) => void;

export class RecordHub {
  private readonly readers: { kinds: ReadonlySet<number>; read: TraceReader }[] = [];
  private readonly serialReaders: SerialReader[] = [];
  private trace: TraceRecord[] = [];
  private serial: SerialRecord[] = [];

  constructor(private readonly machine: Machine) {}

  /** Records of these kinds go to `read`, sorted by (time, rank, unit). */
  listen(kinds: readonly TraceKind[], read: TraceReader): void {
    this.readers.push({ kinds: new Set<number>(kinds), read });
    const all = new Set(this.readers.flatMap((reader) => [...reader.kinds]));
    this.machine.setTrace([...all], (records) => {
      for (const record of records) this.trace.push(record);
    });
  }

  /** Every character that leaves a UART for the outside goes to `read`. */
  listenSerial(read: SerialReader): void {
    this.serialReaders.push(read);
    this.machine.setSerialSink((record) => this.serial.push(record));
  }

  /** Records held back since the last `commit` or `discard`. */
  held(): readonly TraceRecord[] {
    return this.trace;
  }

  /** What is held back counts: the readers get it. */
  commit(): void {
    const { trace, serial } = this;
    if (trace.length > 0) {
      this.trace = [];
      for (const { kinds, read } of this.readers) {
        read(this.readers.length === 1 ? trace : trace.filter(({ kind }) => kinds.has(kind)));
      }
    }
    if (serial.length === 0) return;
    this.serial = [];
    for (const record of serial) for (const read of this.serialReaders) read(record);
  }

  /** What is held back never happened. */
  discard(): void {
    this.trace = [];
    this.serial = [];
  }
}
