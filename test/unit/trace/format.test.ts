import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diffTraces } from "../../../host/trace/diff.js";
import {
  formatJsonLine,
  formatLine,
  jsonHeader,
  nameRecord,
  type TraceLine,
  traceHeader,
} from "../../../host/trace/format.js";
import { EVENT_KINDS, KIND_BY_EVENT, type Namer } from "../../../host/trace/kinds.js";
import { parseTrace } from "../../../host/trace/parse.js";
import { printedSeed } from "../../support/seeded.js";

const FORMAT = readFileSync(new URL("../../../host/trace/FORMAT.md", import.meta.url), "utf8");
const block = (language: string) =>
  new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(FORMAT)![1]!.trimEnd().split("\n");

/** `BUS_ERROR` is the event `bus-error`. */
const kindOf = (name: string) => KIND_BY_EVENT.get(name.toLowerCase().replaceAll("_", "-"))!;

const NAMER: Namer = {
  unit: (index) => ["hart0", "uart0"][index] ?? `unit${index}`,
  clock: () => "core",
  disassemble: () => "addi a0, a0",
  symbol: (_, address) => (address === 0x80 ? "main" : `main+0x${(address - 0x80).toString(16)}`),
};

describe("FORMAT.md", () => {
  test.each(block("examples").map((row) => row.split(" -> ") as [string, string]))(
    "a record %s is %s",
    (words, wanted) => {
      const [kind, ...numbers] = words.split(" ");
      const [unit = 0, a = 0, b = 0, c = 0, d = 0] = numbers.map(Number);
      const record = {
        time_ps: 0n,
        kind: kindOf(kind!),
        unit,
        a,
        b,
        c,
        d,
      };
      const { event, fields } = nameRecord(record, NAMER);
      const line = formatLine({ time_ps: 0n, unit: "u", event, fields });
      expect(line.slice(29).replace(/ +/, " ")).toBe(wanted);
    },
  );

  test("its text and JSON lines are read and written back unchanged", () => {
    const text = block("trace");
    const lines = parseTrace(text.join("\n"), "FORMAT.md");
    expect([traceHeader(lines.machine), ...lines.lines.map(formatLine)]).toEqual(text);
    const json = block("jsonl");
    const rows = parseTrace(json.join("\n"), "FORMAT.md");
    expect([jsonHeader(rows.machine), ...rows.lines.map(formatJsonLine)]).toEqual(json);
  });

  test("its table has every event that exists, and each has an example", () => {
    const events = EVENT_KINDS.map(({ event }) => event);
    const table = [...FORMAT.matchAll(/^\| `([a-z-]+)` +\|/gm)].map((row) => row[1]);
    expect(table).toEqual(events);
    const examples = new Set(block("examples").map((row) => row.split(" -> ")[1]!.split(" ")[0]));
    expect([...examples].sort()).toEqual([...events].sort());
  });
});

const name = fc.stringMatching(/^[a-z][a-z0-9.>_-]{0,20}$/);
const line: fc.Arbitrary<TraceLine> = fc.record({
  time_ps: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  unit: name,
  event: name,
  fields: fc.uniqueArray(fc.tuple(name, fc.string({ unit: "binary" })), {
    maxLength: 5,
    selector: ([key]) => key,
  }),
});
const trace = fc.array(line, { maxLength: 8 });

describe("any trace", () => {
  const seed = printedSeed("trace format");

  test.each([
    ["text", traceHeader, formatLine],
    ["JSON lines", jsonHeader, formatJsonLine],
  ] as const)("survives its way through %s", (_, header, format) => {
    const check = (lines: TraceLine[], machine: string) => {
      const text = [header(machine), ...lines.map(format)].map((row) => `${row}\n`).join("");
      expect(parseTrace(text, "f")).toEqual({ machine, lines });
    };
    fc.assert(fc.property(trace, name, check), { seed, numRuns: 300 });
  });

  test("damaged text is refused with its line or read, and never crashes", () => {
    const text = block("trace").join("\n");
    const damage = fc.tuple(fc.nat(text.length - 1), fc.string({ maxLength: 3, unit: "binary" }));
    const check = ([at, put]: [number, string]) => {
      try {
        parseTrace(text.slice(0, at) + put + text.slice(at + 1), "f");
      } catch (error) {
        expect(error).toMatchObject({
          code: "E160",
          place: { file: "f", line: expect.any(Number) },
        });
      }
    };
    fc.assert(fc.property(damage, check), { seed, numRuns: 1000 });
  });
});

describe("the difference of two traces", () => {
  const at = (time_ps: bigint, value: string, unit = "a"): TraceLine => ({
    time_ps,
    unit,
    event: "mark",
    fields: [["value", value]],
  });
  const common = [at(1n, "1"), at(2n, "2")];

  test.each([
    ["equal traces", [...common], [...common], null],
    [
      "a changed field",
      [...common, at(3n, "3")],
      [...common, at(3n, "4")],
      { record: 2, time_ps: "3", differs: ["value"] },
    ],
    [
      "a later record",
      [...common, at(3n, "3")],
      [...common, at(5n, "3")],
      { record: 2, time_ps: "3", differs: ["time"] },
    ],
    ["another unit", [at(1n, "1")], [at(1n, "1", "b")], { record: 0, differs: ["unit"] }],
    ["an end", [...common], [at(1n, "1")], { record: 1, time_ps: "2", b: null, differs: [] }],
  ])("%s", (_, a, b, wanted) => {
    const found = diffTraces(a, b);
    if (wanted === null) expect(found).toBeNull();
    else expect(found).toMatchObject(wanted);
  });
});
