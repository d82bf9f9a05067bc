/**
 * Trace lines: the text form and JSON lines, as they are written; parse.ts reads them. The contract
 * is FORMAT.md in this folder, version TRACE_FORMAT_VERSION; its examples are a test.
 *
 *   # hotspare trace 1 machine=console-board
 *   000000000041020 board        retire    pc=0x00000080 next=0x00000084 cycles=1 asm="nop"
 */

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
