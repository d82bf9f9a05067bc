/**
 * Trace files back to records: `hotspare trace FILE --vcd` has the names and values of FORMAT.md,
 * not the machine. What the lines do not tell is taken as the comments here say.
 */

import { TraceKind, UnitKind } from "../../assembly/kernel/abi.js";
import { UART_SENT_BREAK, UART_SENT_FORMAT_SHIFT } from "../../assembly/kernel/blocks.js";
import type { TraceLine } from "./format.js";
import { EVENT_BY_KIND, KIND_BY_EVENT, type Namer, type RecordWords } from "./kinds.js";
import type { TimedRecord } from "./vcd.js";
import type { WaveMachine } from "./vcd-signals.js";
import { lcrOf, type UartLine } from "./vcd-uart.js";

/** A trace as a waveform needs it. */
export interface TracedMachine {
  /** The units that the trace names, with what their events say they are. */
  readonly machine: WaveMachine;
  readonly records: readonly TimedRecord[];
  /** Kinds that occur: only they become signals. */
  readonly kinds: readonly TraceKind[];
  /** The line of a UART: format of what it sends, rate by what follows without a gap. */
  readonly line: (uart: string) => UartLine;
}

const HART_EVENTS = new Set(["retire", "trap", "interrupt", "bus-error", "isolation", "reset"]);
const ASLEEP_EVENTS = new Set(["sleep", "wake"]);
const UART_EVENTS = new Set(["uart-tx", "uart-rx"]);

/** 8N1 at the rate of the models' consoles: what a UART has that the trace says too little of. */
const CONSOLE: UartLine = { baud: 115_200, dataBits: 8, parity: "none", stopBits: 1 };
const PARITIES: Readonly<Record<string, UartLine["parity"]>> = {
  N: "none",
  O: "odd",
  E: "even",
  M: "mark",
  S: "space",
};
const RECEIVE_ERRORS: Readonly<Record<string, number>> = {
  overrun: 0x02,
  parity: 0x04,
  framing: 0x08,
  break: 0x10,
};
const PS_PER_SECOND = 1e12;
const CODES_MAX = 16;

/** Units, records and lines of a trace read by `parseTrace`. */
export function tracedMachine(name: string, lines: readonly TraceLine[]): TracedMachine {
  const units = new Map<string, { index: number; name: string; kind: number }>();
  const records: TimedRecord[] = [];
  for (const line of lines) {
    const kind = kindOf(line);
    const known = units.get(line.unit);
    const unit = known ?? { index: units.size, name: line.unit, kind: UnitKind.NONE };
    units.set(line.unit, unit);
    if (unit.kind === UnitKind.NONE) unit.kind = unitKindOf(line);
    if (kind === undefined) continue;
    records.push({ ...wordsOf(line), time_ps: line.time_ps, unit: unit.index, kind });
  }
  const uarts = uartLines(lines);
  return {
    machine: { name, units: [...units.values()] },
    records,
    kinds: [...new Set(records.map(({ kind }) => kind))],
    line: (uart) => uarts.get(uart) ?? CONSOLE,
  };
}

function kindOf({ event }: TraceLine): TraceKind | undefined {
  return KIND_BY_EVENT.get(event);
}

function unitKindOf({ unit, event }: TraceLine): number {
  if (HART_EVENTS.has(event) || ASLEEP_EVENTS.has(event)) return UnitKind.HART;
  if (UART_EVENTS.has(event)) return UnitKind.UART;
  if (event === "mark") return UnitKind.STATUS;
  return event === "wire" && unit.includes(">") ? UnitKind.WIRE : UnitKind.NONE;
}

/** The words of a record as far as waveforms use them: the inverse of the rows in kinds.ts. */
export function wordsOf(line: TraceLine): RecordWords {
  const fields = new Map(line.fields);
  const number = (name: string) => Number(fields.get(name) ?? 0) >>> 0;
  const kind = kindOf(line) ?? 0;
  const words = { unit: 0, kind, a: 0, b: 0, c: 0, d: 0 };
  switch (kind) {
    case TraceKind.RETIRE:
      return { ...words, a: number("pc"), b: number("next"), c: number("cycles") };
    case TraceKind.TRAP:
      return { ...words, a: number("pc"), b: number("cause"), c: number("tval") };
    case TraceKind.INTERRUPT:
      return { ...words, a: number("pc"), b: (number("cause") | 0x8000_0000) >>> 0 };
    case TraceKind.WIRE:
      return { ...words, a: number("level"), c: number("bit") };
    case TraceKind.UART_TX:
      return { ...words, a: sentWord(fields, number("byte")) };
    case TraceKind.UART_RX:
      return { ...words, a: number("byte"), b: errorBits(fields.get("errors") ?? "") };
    case TraceKind.RESET:
      return { ...words, a: codeOf(kind, "cause", fields.get("cause")) };
    case TraceKind.FAULT:
      return { ...words, a: codeOf(kind, "kind", fields.get("kind")) };
    case TraceKind.HALT:
      return { ...words, a: codeOf(kind, "kind", fields.get("kind")), b: number("value") };
    case TraceKind.MARK:
      return { ...words, a: number("value") };
    default:
      return words;
  }
}

/** A break has no format in the text: it is drawn as one of 8N1 would be. */
function sentWord(fields: ReadonlyMap<string, string>, byte: number): number {
  const format = lcrOf(formatOf(fields.get("format")) ?? CONSOLE) << UART_SENT_FORMAT_SHIFT;
  return (fields.get("break") === "1" ? UART_SENT_BREAK : byte) | format;
}

/** `8N1`: data bits, parity, stop bits. */
function formatOf(text: string | undefined): UartLine | undefined {
  const parts = /^([5-8])([NOEMS])(1|1\.5|2)$/.exec(text ?? "");
  if (parts === null) return undefined;
  const [, dataBits, parity, stopBits] = parts;
  return {
    baud: CONSOLE.baud,
    dataBits: Number(dataBits),
    parity: PARITIES[parity!]!,
    stopBits: Number(stopBits),
  };
}

function errorBits(names: string): number {
  return names.split("+").reduce((bits, name) => bits | (RECEIVE_ERRORS[name] ?? 0), 0);
}

const NAMELESS: Namer = {
  unit: String,
  clock: String,
  disassemble: () => undefined,
  symbol: () => undefined,
};

/** The code in `a` that the text form of this kind shows by this name. */
function codeOf(kind: number, field: string, name: string | undefined): number {
  const row = EVENT_BY_KIND.get(kind);
  for (let a = 0; a < CODES_MAX; a++) {
    const fields = row?.fields({ unit: 0, kind, a, b: 0, c: 0, d: 0 }, NAMELESS) ?? [];
    if (fields.some(([key, value]) => key === field && value === name)) return a;
  }
  return 0;
}

/**
 * Lines of the UARTs in a trace. The rate is not in the text: characters that follow one another
 * without a gap are a frame apart, and none can be nearer, so the least distance is the frame.
 */
function uartLines(lines: readonly TraceLine[]): Map<string, UartLine> {
  const formats = new Map<string, UartLine>();
  const last = new Map<string, bigint>();
  const bits_ps = new Map<string, number>();
  for (const line of lines) {
    if (!UART_EVENTS.has(line.event)) continue;
    const fields = new Map(line.fields);
    const format = formatOf(fields.get("format"));
    if (format !== undefined) formats.set(line.unit, format);
    const key = `${line.unit} ${line.event}`;
    const before = last.get(key);
    last.set(key, line.time_ps);
    if (before === undefined || fields.has("errors") || fields.has("break")) continue;
    const { dataBits, parity, stopBits } = formats.get(line.unit) ?? CONSOLE;
    const bits = 1 + dataBits + (parity === "none" ? 0 : 1) + stopBits;
    const bit_ps = Number(line.time_ps - before) / bits;
    if (bit_ps > 0) bits_ps.set(line.unit, Math.min(bit_ps, bits_ps.get(line.unit) ?? bit_ps));
  }
  const known = new Set([...formats.keys(), ...bits_ps.keys()]);
  return new Map(
    [...known].map((unit) => {
      const bit_ps = bits_ps.get(unit);
      const baud = bit_ps === undefined ? CONSOLE.baud : PS_PER_SECOND / bit_ps;
      return [unit, { ...(formats.get(unit) ?? CONSOLE), baud }];
    }),
  );
}
