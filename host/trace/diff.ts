/** The first difference of two traces, with what came before it. */

import { formatLine, type TraceLine } from "./format.js";

export interface TraceDifference {
  /** Index of the record, from 0; both traces agree before it. */
  readonly record: number;
  readonly time_ps: string;
  readonly unit: string;
  /** The lines of both sides; null where a trace has ended. */
  readonly a: string | null;
  readonly b: string | null;
  /** Names of the columns and fields that differ, when both have a record. */
  readonly differs: readonly string[];
  /** The last lines that both have, oldest first. */
  readonly context: readonly string[];
}

/** Lines shown before the difference (our choice). */
const CONTEXT_LINES = 5;

/** Null when the traces are equal. */
export function diffTraces(
  a: readonly TraceLine[],
  b: readonly TraceLine[],
): TraceDifference | null {
  const most = Math.max(a.length, b.length);
  for (let n = 0; n < most; n++) {
    const x = a[n];
    const y = b[n];
    const differs = x === undefined || y === undefined ? [] : differingFields(x, y);
    if (x !== undefined && y !== undefined && differs.length === 0) continue;
    const first = x === undefined || (y !== undefined && y.time_ps < x.time_ps) ? y! : x;
    return {
      record: n,
      time_ps: first.time_ps.toString(),
      unit: first.unit,
      a: x === undefined ? null : formatLine(x),
      b: y === undefined ? null : formatLine(y),
      differs,
      context: a.slice(Math.max(0, n - CONTEXT_LINES), n).map(formatLine),
    };
  }
  return null;
}

function differingFields(x: TraceLine, y: TraceLine): string[] {
  const differs: string[] = [];
  if (x.time_ps !== y.time_ps) differs.push("time");
  if (x.unit !== y.unit) differs.push("unit");
  if (x.event !== y.event) differs.push("event");
  const left = new Map(x.fields);
  const right = new Map(y.fields);
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    if (left.get(name) !== right.get(name)) differs.push(name);
  }
  return differs;
}
