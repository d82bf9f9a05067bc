/**
 * Reads traces in pieces: the text form and JSON lines of format.ts. A trace may be larger than
 * memory, and most of a line is often not wanted: times and fields are read when they are asked for.
 */

import { UserError } from "../error/index.js";
import { TRACE_FORMAT_VERSION, type TraceLine } from "./format.js";
import type { Field } from "./kinds.js";

/** A trace as read from a file. */
export interface TraceText {
  readonly machine: string;
  readonly lines: readonly TraceLine[];
}

/**
 * Reads a whole trace in either form.
 * @throws UserError E160 with file and line for a line that cannot be read.
 */
export function parseTrace(text: string, file: string): TraceText {
  const parser = new TraceParser(file);
  const lines = [...parser.push(text), ...parser.end()].map(
    ({ time_ps, unit, event, fields }): TraceLine => ({ time_ps, unit, event, fields }),
  );
  return { machine: parser.machine, lines };
}

const HEADER = /^# hotspare trace (\d+) machine=(.*)$/;
const NUMBER = /^\d+$/;

/**
 * Takes a trace piece by piece:
 *
 *   const parser = new TraceParser(path);
 *   for (const piece of pieces) use(parser.push(piece));
 *   use(parser.end());
 *
 * Every method, and `fields` of the lines, throws UserError E160 with file and line for what cannot
 * be read.
 */
export class TraceParser {
  /** As the header says; known when the first line is. */
  machine = "";
  private rest = "";
  private row = 0;
  private json = false;

  constructor(private readonly file: string) {}

  /** The lines that this piece completes. */
  push(text: string): TraceLine[] {
    const rows = (this.rest + text).split("\n");
    this.rest = rows.pop()!;
    return this.read(rows);
  }

  /** The last line when nothing ends it. */
  end(): TraceLine[] {
    const rows = this.rest === "" && this.row > 0 ? [] : [this.rest];
    this.rest = "";
    return this.read(rows);
  }

  private read(rows: readonly string[]): TraceLine[] {
    const lines: TraceLine[] = [];
    for (const row of rows) {
      this.row++;
      if (this.row === 1) this.readHeader(row);
      else lines.push(this.json ? this.readJsonLine(row) : this.readLine(row));
    }
    return lines;
  }

  private readHeader(row: string): void {
    this.json = row.startsWith("{");
    const { version, machine } = this.json ? readJsonHeader(row) : readHeader(row);
    if (version === undefined) {
      const hint = "give a file that --trace made";
      throw this.malformed(1, "this is not a hotspare trace", hint);
    }
    if (version !== TRACE_FORMAT_VERSION) {
      const what = `the trace has format version ${version}; this hotspare reads ${TRACE_FORMAT_VERSION}`;
      throw this.malformed(1, what, "record it again; CHANGELOG.md says what changed");
    }
    this.machine = machine;
  }

  /** `TIME UNIT EVENT FIELDS`: columns are padded with spaces. */
  private readLine(row: string): TraceLine {
    const time = row.indexOf(" ");
    const unit = row.indexOf(" ", time + 1);
    let event = unit + 1;
    while (row.charCodeAt(event) === SPACE) event++;
    let end = row.indexOf(" ", event);
    if (end < 0) end = row.length;
    const digits = row.slice(0, time);
    if (row.endsWith("\r")) this.fail(this.row);
    if (time < 1 || unit <= time + 1 || event >= end || !NUMBER.test(digits)) this.fail(this.row);
    const at = this.row;
    const text = row.slice(end);
    return new Line(digits, row.slice(time + 1, unit), row.slice(event, end), () => {
      return readFields(text) ?? this.fail(at);
    });
  }

  private readJsonLine(row: string): TraceLine {
    const { time_ps, unit, event, fields } = readJson(row) ?? {};
    if (typeof time_ps !== "string" || !NUMBER.test(time_ps)) this.fail(this.row);
    if (typeof unit !== "string" || typeof event !== "string") this.fail(this.row);
    if (typeof fields !== "object" || fields === null) this.fail(this.row);
    const entries = Object.entries(fields).map(([name, text]): Field => [name, String(text)]);
    return new Line(time_ps, unit, event, () => entries);
  }

  private fail(row: number): never {
    const hint = "the file is damaged or cut off: record it again";
    throw this.malformed(row, "this line is no trace record", hint);
  }

  private malformed(line: number, what: string, hint: string): UserError {
    return new UserError("E160", what, { file: this.file, line }, hint);
  }
}

class Line implements TraceLine {
  private known: readonly Field[] | undefined;
  private time: bigint | undefined;

  constructor(
    private readonly digits: string,
    readonly unit: string,
    readonly event: string,
    private readonly read: () => readonly Field[],
  ) {}

  get time_ps(): bigint {
    this.time ??= BigInt(this.digits);
    return this.time;
  }

  get fields(): readonly Field[] {
    this.known ??= this.read();
    return this.known;
  }
}

const SPACE = 0x20;
const QUOTE = 0x22;
/** A quoted value, from its quote on. */
const QUOTED = /"(?:[^"\\]|\\.)*"/y;

/** `name=value name="value with spaces"`; undefined when it is no such list. */
function readFields(text: string): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  for (;;) {
    while (text.charCodeAt(at) === SPACE) at++;
    if (at >= text.length) return fields;
    const equals = text.indexOf("=", at);
    const name = text.slice(at, equals);
    if (equals <= at || /[\s"]/.test(name)) return undefined;
    const from = equals + 1;
    if (text.charCodeAt(from) === QUOTE) {
      QUOTED.lastIndex = from;
      const quoted = QUOTED.exec(text)?.[0];
      const plain = quoted !== undefined && !quoted.includes("\\");
      const value: unknown = plain ? quoted.slice(1, -1) : readJson(quoted ?? "");
      if (typeof value !== "string") return undefined;
      fields.push([name, value]);
      at = from + quoted!.length;
      if (at < text.length && text.charCodeAt(at) !== SPACE) return undefined;
    } else {
      const end = text.indexOf(" ", from);
      at = end < 0 ? text.length : end;
      const value = text.slice(from, at);
      if (value.includes('"')) return undefined;
      fields.push([name, value]);
    }
  }
}

function readHeader(row: string): { version: number | undefined; machine: string } {
  const parts = HEADER.exec(row);
  if (parts === null) return { version: undefined, machine: "" };
  const machine: unknown = parts[2]!.startsWith('"') ? readJson(parts[2]!) : parts[2]!;
  return { version: Number(parts[1]), machine: String(machine ?? "") };
}

function readJsonHeader(row: string): { version: number | undefined; machine: string } {
  const value = readJson(row);
  const version = value?.hotspare_trace;
  if (typeof version !== "number") return { version: undefined, machine: "" };
  return { version, machine: String(value?.machine ?? "") };
}

function readJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value === null ? undefined : (value as Record<string, unknown>);
  } catch {
    return undefined;
  }
}
