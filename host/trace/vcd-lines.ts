/**
 * Trace files back to records: `hotspare trace FILE --vcd` has the names and values of FORMAT.md,
 * not the machine. What the lines do not tell is taken as the comments here say.
 */

import { TraceKind, UnitKind } from "../../assembly/kernel/abi.js";
import { UART_SENT_BREAK, UART_SENT_FORMAT_SHIFT } from "../../assembly/kernel/blocks.js";
import type { TraceLine } from "./format.js";
import { EVENT_BY_KIND, type Field, KIND_BY_EVENT, type Namer, type RecordWords } from "./kinds.js";
import type { TimedRecord } from "./vcd.js";
import type { WaveMachine } from "./vcd-signals.js";
import { lcrOf, type UartLine } from "./vcd-uart.js";

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

/**
 * What a waveform needs to know of a trace before its first line: all lines are shown to `add`, and
 * then once more to `record`.
 */
export class TraceSurvey {
  private readonly units = new Map<string, { index: number; name: string; kind: number }>();
  private readonly occurring = new Set<TraceKind>();
  private readonly uarts = new UartLines();

  add(line: TraceLine): void {
    const { unit: name, event } = line;
    let unit = this.units.get(name);
    if (unit === undefined) {
      unit = { index: this.units.size, name, kind: UnitKind.NONE };
      this.units.set(name, unit);
    }
    if (unit.kind === UnitKind.NONE) unit.kind = unitKindOf(line);
    const kind = KIND_BY_EVENT.get(event);
    if (kind !== undefined) this.occurring.add(kind);
    if (UART_EVENTS.has(event)) this.uarts.add(line);
  }

  /** The units that the trace names, with what their events say they are. */
  machine(name: string): WaveMachine {
    return { name, units: [...this.units.values()] };
  }

  /** Kinds that occur: only they become signals. */
  get kinds(): TraceKind[] {
    return [...this.occurring];
  }

  /** The line of a UART: format of what it sends, rate by what follows without a gap. */
  line(uart: string): UartLine {
    return this.uarts.line(uart) ?? CONSOLE;
  }

  /** The record of a line; undefined for an event that is not known here. */
  record(line: TraceLine): TimedRecord | undefined {
    const kind = kindOf(line);
    if (kind === undefined) return undefined;
    const unit = this.units.get(line.unit)?.index ?? 0;
    const { a, b, c, d } = wordsOf(line);
    return { time_ps: line.time_ps, unit, kind, a, b, c, d };
  }
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
  const kind = kindOf(line) ?? 0;
  const { fields } = line;
  const text = (name: string) => fieldOf(fields, name);
  const number = (name: string) => Number(fieldOf(fields, name) ?? 0) >>> 0;
  switch (kind) {
    case TraceKind.RETIRE:
      return words(kind, number("pc"), number("next"), number("cycles"));
    case TraceKind.TRAP:
      return words(kind, number("pc"), number("cause"), number("tval"));
    case TraceKind.INTERRUPT:
      return words(kind, number("pc"), (number("cause") | 0x8000_0000) >>> 0);
    case TraceKind.WIRE:
      return words(kind, number("level"), 0, number("bit"));
    case TraceKind.UART_TX:
      return words(kind, sentWord(text("break"), text("format"), number("byte")));
    case TraceKind.UART_RX:
      return words(kind, number("byte"), errorBits(text("errors") ?? ""));
    case TraceKind.RESET:
      return words(kind, codeOf(kind, "cause", text("cause")));
    case TraceKind.FAULT:
      return words(kind, codeOf(kind, "kind", text("kind")));
    case TraceKind.HALT:
      return words(kind, codeOf(kind, "kind", text("kind")), number("value"));
    case TraceKind.MARK:
      return words(kind, number("value"));
    default:
      return words(kind);
  }
}

function words(kind: number, a = 0, b = 0, c = 0): RecordWords {
  return { unit: 0, kind, a, b, c, d: 0 };
}

/** A break has no format in the text: it is drawn as one of 8N1 would be. */
function sentWord(brk: string | undefined, format: string | undefined, byte: number): number {
  const lcr = lcrOf(formatOf(format) ?? CONSOLE) << UART_SENT_FORMAT_SHIFT;
  return (brk === "1" ? UART_SENT_BREAK : byte) | lcr;
}

function fieldOf(fields: readonly Field[], name: string): string | undefined {
  for (const [key, value] of fields) if (key === name) return value;
  return undefined;
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
class UartLines {
  private readonly formats = new Map<string, UartLine>();
  private readonly last = new Map<string, bigint>();
  private readonly bits_ps = new Map<string, number>();

  add(line: TraceLine): void {
    const { unit, event, time_ps, fields } = line;
    const format = formatOf(fieldOf(fields, "format"));
    if (format !== undefined) this.formats.set(unit, format);
    const key = `${unit} ${event}`;
    const before = this.last.get(key);
    this.last.set(key, time_ps);
    if (before === undefined) return;
    if (fields.some(([name]) => name === "errors" || name === "break")) return;
    const { dataBits, parity, stopBits } = this.formats.get(unit) ?? CONSOLE;
    const bits = 1 + dataBits + (parity === "none" ? 0 : 1) + stopBits;
    const bit_ps = Number(time_ps - before) / bits;
    if (bit_ps > 0) this.bits_ps.set(unit, Math.min(bit_ps, this.bits_ps.get(unit) ?? bit_ps));
  }

  /** Undefined for a UART of which the trace says nothing. */
  line(unit: string): UartLine | undefined {
    const bit_ps = this.bits_ps.get(unit);
    const format = this.formats.get(unit);
    if (bit_ps === undefined && format === undefined) return undefined;
    const baud = bit_ps === undefined ? CONSOLE.baud : PS_PER_SECOND / bit_ps;
    return { ...(format ?? CONSOLE), baud };
  }
}
