/**
 * Waveforms from trace records, written while the machine runs. The dump itself is in vcd-file.ts,
 * the list of signals in vcd-signals.ts, serial lines in vcd-uart.ts.
 */

import { TraceKind, UnitKind } from "../../assembly/kernel/abi.js";
import type { RecordWords } from "./kinds.js";
import { type Level, type Signal, VcdFile } from "./vcd-file.js";
import { signalsOf, type WaveMachine } from "./vcd-signals.js";
import { activityAfter, type HartActivity } from "./vcd-states.js";
import {
  bitTime_ps,
  type Frame,
  MAX_FRAME_BITS,
  receivedFrame,
  sentFrame,
  type UartLine,
} from "./vcd-uart.js";

/** A record of the trace; `TraceRecord` of host/core fits. */
export type TimedRecord = RecordWords & { readonly time_ps: bigint };

/** Kinds that a waveform shows unless told otherwise; RETIRE, for `pc`, comes on top. */
export const VCD_KINDS: readonly TraceKind[] = [
  TraceKind.TRAP,
  TraceKind.INTERRUPT,
  TraceKind.BUS_ERROR,
  TraceKind.ISOLATION,
  TraceKind.WIRE,
  TraceKind.UART_TX,
  TraceKind.UART_RX,
  TraceKind.RESET,
  TraceKind.FAULT,
  TraceKind.MARK,
  TraceKind.HALT,
  TraceKind.SLEEP,
  TraceKind.WAKE,
];

export interface VcdOptions {
  /** Settings of a UART's line now, by its name `NODE.uartN`; asked whenever records come. */
  readonly line: (uart: string) => UartLine;
  /** Kinds that are recorded; default VCD_KINDS. Only what they tell of becomes a signal. */
  readonly kinds?: readonly number[];
  /** 1, 10 or 100 of ps, ns, us, ms, s; default 1ps, the machine's own. */
  readonly timescale?: string;
  /** Single bits and full names, for readers without vectors and scopes (sigrok). */
  readonly splitVectors?: boolean;
  /** Time of the first values; default 0. */
  readonly start_ps?: bigint;
  /** Level of a wire's far end at the start, by unit; default low, as at power-on. */
  readonly wireLevel?: (unit: number) => 0 | 1;
  /** What a hart does at the start, by unit; default running, as at power-on. */
  readonly activity?: (hart: number) => HartActivity;
}

type Value = readonly [role: string, value: (record: TimedRecord) => Level];
const happens = () => 1;

/** Signals of the record's unit, or of the machine, that take a value from a record. */
const VALUES: Readonly<Record<number, readonly Value[]>> = {
  [TraceKind.RETIRE]: [["pc", ({ a }) => a]],
  [TraceKind.TRAP]: [
    ["mcause", ({ b }) => b],
    ["trapped", happens],
  ],
  [TraceKind.INTERRUPT]: [
    ["mcause", ({ b }) => b],
    ["interrupted", happens],
  ],
  [TraceKind.BUS_ERROR]: [["bus_error", happens]],
  [TraceKind.ISOLATION]: [["isolation", happens]],
  [TraceKind.WIRE]: [["level", ({ a }) => a]],
  [TraceKind.RESET]: [["was_reset", happens]],
  [TraceKind.FAULT]: [["fault", happens]],
  [TraceKind.MARK]: [
    ["mark", ({ a }) => a],
    ["marked", happens],
  ],
  [TraceKind.HALT]: [
    ["halted", happens],
    ["halt_value", ({ b }) => b],
  ],
};

/**
 * Writes a machine's waveform as IEEE 1364 value changes:
 *
 *   const vcd = new VcdWriter(image, { line: (name) => machine.uart(name).settings() }, write);
 *   hub.listen(VCD_KINDS, (records) => vcd.add(records));
 *   ...
 *   vcd.finish(machine.now());
 *
 * A character is known when it is over, so its edges lie behind its record: changes are held back
 * for the longest frame of any line. A line whose rate changes between two calls of `add` is drawn
 * with the rate that the option `line` gives when the record arrives.
 */
export class VcdWriter {
  private readonly file: VcdFile;
  /** By unit, null for the machine, and role. */
  private readonly signals = new Map<number | null, Map<string, Signal>>();
  private readonly activities = new Map<number, HartActivity>();
  private readonly uarts: readonly { readonly index: number; readonly name: string }[];
  private readonly lines = new Map<number, UartLine>();

  /** @throws UserError E203 for a timescale that is none. */
  constructor(
    machine: WaveMachine,
    private readonly options: VcdOptions,
    write: (text: string) => void,
  ) {
    const activity = options.activity ?? (() => "running" as const);
    const rows = signalsOf(machine, options.kinds ?? VCD_KINDS, {
      wireLevel: options.wireLevel ?? (() => 0),
      activity,
    });
    const { timescale = "1ps", splitVectors = false, start_ps = 0n } = options;
    const settings = { timescale, splitVectors, start_ps };
    this.file = new VcdFile(`machine ${machine.name}`, rows, settings, write);
    for (const [n, { unit, role }] of rows.entries()) {
      const roles = this.signals.get(unit) ?? new Map<string, Signal>();
      this.signals.set(unit, roles.set(role, this.file.signals[n]!));
      if (role === "running") this.activities.set(unit!, activity(unit!));
    }
    this.uarts = machine.units.filter(({ kind }) => kind === UnitKind.UART);
  }

  /** Takes records, sorted by time, none earlier than those of the calls before. */
  add(records: readonly TimedRecord[]): void {
    if (records.length === 0) return;
    this.readLines();
    for (const record of records) this.take(record);
    this.file.flush(records.at(-1)!.time_ps - this.longestFrame_ps());
  }

  /** Writes what is held back; the waveform ends at `time_ps`. Nothing may be added afterwards. */
  finish(time_ps: bigint): void {
    this.file.finish(time_ps);
  }

  private take(record: TimedRecord): void {
    const { kind, unit, time_ps } = record;
    for (const [role, value] of VALUES[kind] ?? []) {
      this.change(time_ps, unit, role, value(record));
    }
    const line = this.lines.get(unit);
    if (kind === TraceKind.UART_TX && line !== undefined) {
      this.draw(unit, "tx", sentFrame(time_ps, record.a, line));
    }
    if (kind === TraceKind.UART_RX && line !== undefined) {
      this.draw(unit, "rx", receivedFrame(time_ps, record.a, record.b, line));
    }
    const before = this.activities.get(unit);
    if (before === undefined) return;
    const after = activityAfter(before, record);
    if (after === before) return;
    this.activities.set(unit, after);
    this.change(time_ps, unit, before, 0);
    this.change(time_ps, unit, after, 1);
  }

  private draw(unit: number, role: "tx" | "rx", frame: Frame): void {
    for (const { time_ps, level } of frame.edges) this.change(time_ps, unit, role, level);
    if (frame.byte !== null) this.change(frame.start_ps, unit, `${role}_data`, frame.byte);
  }

  private change(time_ps: bigint, unit: number, role: string, value: Level): void {
    const signal = this.signals.get(unit)?.get(role) ?? this.signals.get(null)?.get(role);
    if (signal !== undefined) this.file.change(time_ps, signal, value);
  }

  /** A divisor of 0 (after a reset) sends nothing: what was sent before had the rate before. */
  private readLines(): void {
    for (const { index, name } of this.uarts) {
      const line = this.options.line(name);
      if (line.baud > 0) this.lines.set(index, line);
    }
  }

  private longestFrame_ps(): bigint {
    const bits_ps = [...this.lines.values()].map(bitTime_ps);
    return BigInt(Math.ceil(MAX_FRAME_BITS * Math.max(0, ...bits_ps)));
  }
}
