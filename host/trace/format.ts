/**
 * Trace lines: the text form and JSON lines, written and read. The contract is FORMAT.md in this
 * folder, version TRACE_FORMAT_VERSION; its examples are a test.
 *
 *   # hotspare trace 1 machine=console-board
 *   000000000041020 board        retire    pc=0x00000080 next=0x00000084 cycles=1 asm="nop"
 */

import { UserError } from "../error/index.js";
import { EVENT_BY_KIND, type Field, type Namer, type RecordWords } from "./kinds.js";

/** Bump on any change of a column or field; the old reader stays. */
export const TRACE_FORMAT_VERSION = 1;

/** A record with its names: what a line says. */
export interface TraceLine {
  readonly time_ps: bigint;
  readonly unit: string;
  readonly event: string;
  readonly fields: readonly Field[];
}

const TIME_COLUMNS = 15;
const UNIT_COLUMNS = 12;
const EVENT_COLUMNS = 9;

/** Gives a record of the core its names. */
export function nameRecord(
  record: RecordWords & { readonly time_ps: bigint },
  namer: Namer,
): TraceLine {
  const row = EVENT_BY_KIND.get(record.kind);
  return {
    time_ps: record.time_ps,
    unit: namer.unit(record.unit),
    event: row?.event ?? `kind${record.kind}`,
    fields: row?.fields(record, namer) ?? [],
  };
}

/** First line of a text trace. */
export function traceHeader(machine: string): string {
  return `# hotspare trace ${TRACE_FORMAT_VERSION} machine=${quote(machine)}`;
}

export function formatLine(line: TraceLine): string {
  const time = line.time_ps.toString().padStart(TIME_COLUMNS, "0");
  const fields = line.fields.map(([name, value]) => `${name}=${quote(value)}`).join(" ");
  const columns = `${time} ${line.unit.padEnd(UNIT_COLUMNS)} ${line.event.padEnd(EVENT_COLUMNS)}`;
  return `${columns} ${fields}`.trimEnd();
}

/** A value stands as it is when it is not empty and has neither spaces nor quotes. */
function quote(value: string): string {
  return /^[^\s"\\]+$/.test(value) ? value : JSON.stringify(value);
}

/** First line of a JSON-lines trace. */
export function jsonHeader(machine: string): string {
  return JSON.stringify({ hotspare_trace: TRACE_FORMAT_VERSION, machine });
}

/** `time_ps` is a decimal string, since it has 64 bits; all fields are strings as in the text. */
export function formatJsonLine({ time_ps, unit, event, fields }: TraceLine): string {
  return JSON.stringify({
    time_ps: time_ps.toString(),
    unit,
    event,
    fields: Object.fromEntries(fields),
  });
}

/** A trace as read from a file. */
export interface TraceText {
  readonly machine: string;
  readonly lines: readonly TraceLine[];
}

const HEADER = /^# hotspare trace (\d+) machine=(.*)$/;
const LINE = /^(\d+) (\S+) +(\S+)(?: +(\S.*))?$/;
const FIELD = /([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?: |$)/y;

/**
 * Reads a trace in either form.
 * @throws UserError E160 with file and line for a line that cannot be read.
 */
export function parseTrace(text: string, file: string): TraceText {
  const rows = text.split("\n");
  if (rows.at(-1) === "") rows.pop();
  const head = rows[0] ?? "";
  const json = head.startsWith("{");
  const { version, machine } = json ? readJsonHeader(head) : readHeader(head);
  if (version === undefined) {
    throw malformed(file, 1, "this is not a hotspare trace", "give a file that --trace made");
  }
  if (version !== TRACE_FORMAT_VERSION) {
    const what = `the trace has format version ${version}; this hotspare reads ${TRACE_FORMAT_VERSION}`;
    throw malformed(file, 1, what, "record it again; CHANGELOG.md says what changed");
  }
  const lines: TraceLine[] = [];
  for (let n = 1; n < rows.length; n++) {
    const row = rows[n]!;
    const line = json ? readJsonLine(row) : readLine(row);
    if (line === undefined) {
      const hint = "the file is damaged or cut off: record it again";
      throw malformed(file, n + 1, "this line is no trace record", hint);
    }
    lines.push(line);
  }
  return { machine, lines };
}

function malformed(file: string, line: number, what: string, hint: string): UserError {
  return new UserError("E160", what, { file, line }, hint);
}

function readHeader(row: string): { version: number | undefined; machine: string } {
  const parts = HEADER.exec(row);
  if (parts === null) return { version: undefined, machine: "" };
  return { version: Number(parts[1]), machine: unquote(parts[2]!) ?? "" };
}

function readJsonHeader(row: string): { version: number | undefined; machine: string } {
  const value = readJson(row);
  const version = value?.hotspare_trace;
  if (typeof version !== "number") return { version: undefined, machine: "" };
  return { version, machine: String(value?.machine ?? "") };
}

function readLine(row: string): TraceLine | undefined {
  const parts = LINE.exec(row);
  if (parts === null) return undefined;
  const fields = readFields(parts[4] ?? "");
  if (fields === undefined) return undefined;
  return { time_ps: BigInt(parts[1]!), unit: parts[2]!, event: parts[3]!, fields };
}

function readFields(text: string): Field[] | undefined {
  const fields: Field[] = [];
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length) {
    const parts = FIELD.exec(text);
    const value = parts === null ? undefined : unquote(parts[2]!);
    if (value === undefined) return undefined;
    fields.push([parts![1]!, value]);
  }
  return fields;
}

function unquote(text: string): string | undefined {
  if (!text.startsWith('"')) return text;
  const value = readJson(text) as unknown;
  return typeof value === "string" ? value : undefined;
}

function readJsonLine(row: string): TraceLine | undefined {
  const value = readJson(row);
  const { time_ps, unit, event, fields } = value ?? {};
  if (typeof time_ps !== "string" || !/^\d+$/.test(time_ps)) return undefined;
  if (typeof unit !== "string" || typeof event !== "string") return undefined;
  if (typeof fields !== "object" || fields === null) return undefined;
  const entries = Object.entries(fields).map(([name, text]): Field => [name, String(text)]);
  return { time_ps: BigInt(time_ps), unit, event, fields: entries };
}

function readJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value === null ? undefined : (value as Record<string, unknown>);
  } catch {
    return undefined;
  }
}
