/**
 * Drains the core's rings. Trace records leave the core in execution order; they are released
 * sorted by (time, rank, unit), in a unit's own order, up to the watermark: the least local time
 * of all agents, below which nothing new can appear.
 */
import { Rank, TraceKind, UnitKind } from "../../assembly/kernel/abi.js";
import {
  D_SERIAL_HEAD,
  D_SERIAL_TAIL,
  D_TRACE_HEAD,
  D_TRACE_TAIL,
  D_WATERMARK,
  SERIAL_RECORD_BYTES,
  SERIAL_RING,
  SERIAL_RING_RECORDS,
  SR_DATA,
  SR_FORMAT,
  SR_TIME,
  SR_UNIT,
  TR_A,
  TR_B,
  TR_C,
  TR_D,
  TR_KIND,
  TR_TIME,
  TR_UNIT,
  TRACE_RECORD_BYTES,
  TRACE_RING,
  TRACE_RING_RECORDS,
} from "../../assembly/kernel/layout.js";
import type { Views } from "./views.js";

/** One record of the trace; the meaning of a..d is the kind's (docs/formats.md). */
export interface TraceRecord {
  readonly time_ps: bigint;
  readonly unit: number;
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

/** A character that left a UART for the outside, at the end of its last stop bit. */
export interface SerialRecord {
  readonly time_ps: bigint;
  readonly unit: number;
  readonly byte: number;
  /** A break condition, not a character. */
  readonly brk: boolean;
  /** LCR bits 0..5 in force for it. */
  readonly format: number;
}

/** Rank of a unit of this kind, for the order of records of one time. */
export function rankOf(kind: number): number {
  if (kind === UnitKind.HART) return Rank.HART;
  if (kind === UnitKind.WIRE) return Rank.WIRE;
  return kind === UnitKind.SERIAL_LINK ? Rank.LINK : Rank.DEVICE;
}

/** Takes all serial records, oldest first. */
export function drainSerial(views: Views): SerialRecord[] {
  const head = views.derived32(D_SERIAL_HEAD);
  const records: SerialRecord[] = [];
  for (let n = views.derived32(D_SERIAL_TAIL); n !== head; n = (n + 1) >>> 0) {
    const at = SERIAL_RING + (n % SERIAL_RING_RECORDS) * SERIAL_RECORD_BYTES;
    const data = views.data.getUint16(at + SR_DATA, true);
    records.push({
      time_ps: views.u64(at + SR_TIME),
      unit: views.u32(at + SR_UNIT),
      byte: data & 0xff,
      brk: (data & 0x8000) !== 0,
      format: views.data.getUint16(at + SR_FORMAT, true),
    });
  }
  views.setDerived32(D_SERIAL_TAIL, head);
  return records;
}

/** Collects trace records and releases them in order. */
export class TraceDrain {
  private held: TraceRecord[] = [];

  constructor(
    private readonly views: Views,
    private readonly ranks: readonly number[],
  ) {}

  /** Takes what the ring holds; returns what may be released: all of it when `final`. */
  take(final: boolean): TraceRecord[] {
    const { views } = this;
    const head = views.derived32(D_TRACE_HEAD);
    for (let n = views.derived32(D_TRACE_TAIL); n !== head; n = (n + 1) >>> 0) {
      const at = TRACE_RING + (n % TRACE_RING_RECORDS) * TRACE_RECORD_BYTES;
      this.held.push({
        time_ps: views.u64(at + TR_TIME),
        unit: views.u32(at + TR_UNIT),
        kind: views.u32(at + TR_KIND),
        a: views.u32(at + TR_A),
        b: views.u32(at + TR_B),
        c: views.u32(at + TR_C),
        d: views.u32(at + TR_D),
      });
    }
    views.setDerived32(D_TRACE_TAIL, head);
    if (this.held.length === 0) return [];
    this.held.sort((x, y) => this.compare(x, y)); // stable: a unit's own order stays
    const limit = final ? null : views.derived64(D_WATERMARK);
    let end = this.held.length;
    if (limit !== null) while (end > 0 && this.held[end - 1]!.time_ps >= limit) end--;
    return this.held.splice(0, end);
  }

  /** Forgets records held back: after a restore they are of another time. */
  clear(): void {
    this.held = [];
    this.views.setDerived32(D_TRACE_TAIL, this.views.derived32(D_TRACE_HEAD));
  }

  private rank({ kind, unit }: TraceRecord): number {
    if (kind === TraceKind.FAULT) return Rank.FAULT;
    return kind === TraceKind.CLOCK ? Rank.CLOCK : (this.ranks[unit] ?? Rank.HART);
  }

  private compare(x: TraceRecord, y: TraceRecord): number {
    if (x.time_ps !== y.time_ps) return x.time_ps < y.time_ps ? -1 : 1;
    return this.rank(x) - this.rank(y) || x.unit - y.unit;
  }
}
