/**
 * `--until`: watches the trace for the first record that meets one of the conditions, and says at
 * which machine time the run has to stop. It looks at records, never at slices, so the answer does
 * not depend on how the run was sliced.
 */

import { TraceKind } from "../../assembly/kernel/abi.js";
import type { MachineImage } from "../core/image.js";
import type { TraceRecord } from "../core/rings.js";
import { UserError } from "../error/index.js";
import type { Condition } from "../trace/condition.js";
import { fieldsOfEvent } from "../trace/event-fields.js";
import { EVENT_BY_KIND, type EventKind, KIND_BY_EVENT, type Namer } from "../trace/kinds.js";

export interface Hit {
  /** The condition as it was written. */
  readonly source: string;
  /** Run to this time: the event has happened, or the hart stands before the instruction. */
  readonly stop_ps: bigint;
}

/** The known word nearest to a mistyped one, for hints. */
export type Suggest = (word: string, known: readonly string[]) => string | undefined;

/** What the conditions are resolved against. */
export interface Scope {
  readonly image: MachineImage;
  readonly namer: Namer;
  readonly suggest: Suggest;
}

export interface Test {
  readonly source: string;
  readonly kinds: readonly TraceKind[];
  /** True for the record that meets the condition. Called for every record of `kinds` once. */
  meets(record: TraceRecord): boolean;
  /** Ps from the record's time to the stop: 1 to include the event, 0 to stop before it. */
  readonly after_ps: bigint;
}

const BREAK = 0x8000;

export class Watch {
  private readonly tests: readonly Test[];
  readonly kinds: readonly TraceKind[];

  /** @throws UserError E205 for names that the machine does not have. */
  constructor(
    conditions: readonly Condition[],
    image: MachineImage,
    namer: Namer,
    suggest: Suggest = () => undefined,
  ) {
    const scope = { image, namer, suggest };
    this.tests = conditions.map((condition) => testOf(condition, scope));
    this.kinds = [...new Set(this.tests.flatMap(({ kinds }) => kinds))];
  }

  /** Looks at records in their order; the first that meets a condition. */
  scan(records: readonly TraceRecord[]): Hit | null {
    for (const record of records) {
      for (const test of this.tests) {
        if (!test.kinds.includes(record.kind) || !test.meets(record)) continue;
        return { source: test.source, stop_ps: record.time_ps + test.after_ps };
      }
    }
    return null;
  }
}

function refuse(
  what: string,
  name: string,
  known: readonly string[],
  noun: string,
  suggest: Suggest,
): never {
  const near = suggest(name, known);
  const shown = known.slice(0, 20).join(", ") + (known.length > 20 ? ", ..." : "");
  const hint = near === undefined ? `${noun}: ${shown || "none"}` : `did you mean "${near}"?`;
  throw new UserError("E205", what, { argument: "--until" }, hint);
}

export function testOf(condition: Condition, scope: Scope): Test {
  switch (condition.kind) {
    case "uart":
      return uartTest(condition, scope);
    case "trace":
      return traceTest(condition, scope);
    case "wire":
      return wireTest(condition, scope);
    case "pc":
      return pcTest(condition, scope);
  }
}

type Of<Kind extends Condition["kind"]> = Condition & { readonly kind: Kind };

/** The text may overlap itself: the last bytes are compared at each byte. */
function uartTest({ source, uart, bytes }: Of<"uart">, { image, suggest }: Scope): Test {
  const unit = image.uarts.find(({ name }) => name === uart)?.unit;
  if (unit === undefined) {
    const known = image.uarts.map(({ name }) => name);
    refuse(`${image.name} has no UART "${uart}"`, uart, known, "its UARTs", suggest);
  }
  const seen: number[] = [];
  const meets = (record: TraceRecord) => {
    if (record.unit !== unit || record.a & BREAK) return false;
    seen.push(record.a & 0xff);
    if (seen.length > bytes.length) seen.shift();
    return seen.length === bytes.length && seen.every((byte, n) => byte === bytes[n]);
  };
  return { source, kinds: [TraceKind.UART_TX], meets, after_ps: 1n };
}

function traceTest(condition: Of<"trace">, scope: Scope): Test {
  const { image, namer, suggest } = scope;
  const { source, unit, event, fields } = condition;
  const index = image.units.find(({ name }) => name === unit)?.index;
  if (index === undefined) {
    refuse(
      `${image.name} has no unit "${unit}"`,
      unit,
      image.units.map(({ name }) => name),
      "its units",
      suggest,
    );
  }
  const kind = KIND_BY_EVENT.get(event);
  if (kind === undefined) {
    refuse(
      `there is no trace event "${event}"`,
      event,
      [...KIND_BY_EVENT.keys()],
      "events",
      suggest,
    );
  }
  const row = EVENT_BY_KIND.get(kind)!;
  if (fields.length > 0) checkFields(row, fields, scope);
  const meets = (record: TraceRecord) => {
    if (record.unit !== index) return false;
    const values = new Map(row.fields(record, namer));
    return fields.every(([name, wanted]) => equalValues(values.get(name), wanted));
  };
  return { source, kinds: [kind], meets, after_ps: 1n };
}

/** A field that the event never has, or a value that the field never takes, would wait for ever. */
function checkFields(
  row: EventKind,
  fields: readonly (readonly [name: string, value: string])[],
  { image, suggest }: Scope,
): void {
  const known = fieldsOfEvent(row);
  const names = {
    unit: image.units.map(({ name }) => name),
    clock: image.domains.map(({ name }) => name),
  };
  for (const [name, wanted] of fields) {
    const values = known.get(name);
    if (values === undefined) {
      const what = `the event "${row.event}" has no field "${name}"`;
      refuse(what, name, [...known.keys()], "its fields", suggest);
    }
    const words = [...values.words, ...(values.names === null ? [] : names[values.names])];
    const number = values.integers && integerOf(wanted) !== undefined;
    if (values.open || number || words.includes(wanted)) continue;
    const what = `"${name}" of the event "${row.event}" is never "${wanted}"`;
    const shown = values.integers ? ["an integer", ...words] : words;
    refuse(what, wanted, shown, "its values", suggest);
  }
}

/** Equal as text or as integers: `0x41`, `65` and `0x0000_0041` are one value. */
function equalValues(value: string | undefined, wanted: string): boolean {
  if (value === undefined || value === wanted) return value === wanted;
  const number = integerOf(value);
  return number !== undefined && number === integerOf(wanted);
}

function integerOf(text: string): bigint | undefined {
  const digits = text.replaceAll("_", "");
  return /^(0[xX][0-9a-fA-F]+|[0-9]+)$/.test(digits) ? BigInt(digits) : undefined;
}

/** Met when the far end of the wire takes the level; a level that it has already does not count. */
function wireTest({ source, name, level }: Of<"wire">, { image, suggest }: Scope): Test {
  const unit =
    image.wires.find((wire) => wire.name === name)?.unit ??
    image.pins.find((pin) => pin.name === name)?.wire;
  if (unit === undefined || unit === null) {
    const pins = image.pins.filter(({ wire }) => wire !== null).map((pin) => pin.name);
    const what = unit === null ? `no wire is joined to "${name}"` : `there is no wire "${name}"`;
    refuse(what, name, pins, "pins with a wire", suggest);
  }
  const meets = (record: TraceRecord) => record.unit === unit && record.a === level;
  return { source, kinds: [TraceKind.WIRE], meets, after_ps: 1n };
}

/** Stops with the hart at the address and nothing of its instruction done. */
function pcTest({ source, node, target }: Of<"pc">, scope: Scope): Test {
  const { image, suggest } = scope;
  const hart = image.harts.find(({ name }) => name === node);
  if (hart === undefined) {
    refuse(
      `${image.name} has no node "${node}"`,
      node,
      image.harts.map(({ name }) => name),
      "its nodes",
      suggest,
    );
  }
  const address = typeof target === "number" ? target : symbolAddress(target, node, scope);
  const meets = (record: TraceRecord) => record.unit === hart.unit && record.a === address;
  return { source, kinds: [TraceKind.RETIRE, TraceKind.TRAP], meets, after_ps: 0n };
}

function symbolAddress(symbol: string, node: string, { image, suggest }: Scope): number {
  const symbols = image.symbolsByNode.get(node) ?? [];
  const found = symbols.find(({ name }) => name === symbol);
  if (found !== undefined) return found.address;
  const functions = symbols.filter(({ size }) => size > 0).map(({ name }) => name);
  return refuse(
    `the firmware of ${node} has no symbol "${symbol}"`,
    symbol,
    functions,
    "symbols",
    suggest,
  );
}
