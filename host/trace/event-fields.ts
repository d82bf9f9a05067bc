/**
 * What the fields of an event can be, found by asking its row of the table for the fields of many
 * records: so no list of names is written a second time.
 */

import type { EventKind, Namer, RecordWords } from "./kinds.js";

/** The values of a field: integers, words of a list, names of the machine's, or anything. */
export interface FieldValues {
  readonly integers: boolean;
  readonly words: ReadonlySet<string>;
  /** A unit or a clock of the machine. */
  readonly names: "unit" | "clock" | null;
  /** Text that depends on the program. */
  readonly open: boolean;
}

const UNIT = "\0unit";
const CLOCK = "\0clock";
const TEXT = "\0text";

/** Names everything by what it is. */
const PROBE: Namer = {
  unit: () => UNIT,
  clock: () => CLOCK,
  disassemble: () => TEXT,
  symbol: () => TEXT,
};

const INTEGER = /^(?:0x[0-9a-f]+|[0-9]+)$/;

/** Values of one word of a record: each byte, each short code in the places where one may lie. */
const WORDS: readonly number[] = [
  ...Array.from({ length: 256 }, (_, value) => value),
  ...[8, 16, 24].flatMap((shift) => Array.from({ length: 64 }, (_, value) => value << shift)),
  0x8000,
  0xffff_ffff,
];
/** Records whose words are all drawn, for fields that are made of several words. */
const DRAWN_RECORDS = 2000;
const DRAWN_BELOW = 32;

/** The fields that an event may have, in the order in which they first appear. */
export function fieldsOfEvent(row: EventKind): ReadonlyMap<string, FieldValues> {
  const found = new Map<string, Set<string>>();
  for (const record of records(row.kind)) {
    for (const [name, value] of row.fields(record, PROBE)) {
      const values = found.get(name);
      if (values === undefined) found.set(name, new Set([value]));
      else values.add(value);
    }
  }
  return new Map([...found].map(([name, values]) => [name, kindOf(values)]));
}

function* records(kind: number): Generator<RecordWords> {
  const zero = { unit: 0, kind, a: 0, b: 0, c: 0, d: 0 };
  for (const word of ["a", "b", "c", "d"]) {
    for (const value of WORDS) yield { ...zero, [word]: value };
  }
  // The constants of Numerical Recipes' quick generator: any will do, equal each time.
  let state = 1;
  const draw = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 16) % DRAWN_BELOW;
  };
  for (let n = 0; n < DRAWN_RECORDS; n++) {
    yield { ...zero, a: draw(), b: draw(), c: draw(), d: draw() };
  }
}

function kindOf(values: ReadonlySet<string>): FieldValues {
  const words = [...values].filter((value) => !INTEGER.test(value) && !value.startsWith("\0"));
  return {
    integers: words.length < values.size && [...values].some((value) => INTEGER.test(value)),
    words: new Set(words),
    names: values.has(UNIT) ? "unit" : values.has(CLOCK) ? "clock" : null,
    open: values.has(TEXT),
  };
}
