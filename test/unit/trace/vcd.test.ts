import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FaultKind, TraceKind, UnitKind } from "../../../assembly/kernel/abi.js";
import {
  type TimedRecord,
  VCD_KINDS,
  type VcdOptions,
  VcdWriter,
} from "../../../host/trace/vcd.js";
import { identifier, parseTimescale, simpleName } from "../../../host/trace/vcd-file.js";
import { printedSeed } from "../../support/seeded.js";

const UNITS = [
  { name: "n", kind: UnitKind.HART },
  { name: "n.uart0", kind: UnitKind.UART },
  { name: "n.status", kind: UnitKind.STATUS },
  { name: "n.gpio.out0>n.gpio.in3", kind: UnitKind.WIRE },
  { name: "n.gpio.out1>n.gpio.in3", kind: UnitKind.WIRE },
].map((unit, index) => ({ index, ...unit }));
const MACHINE = { name: "my-board", units: UNITS };
const [HART, UART, STATUS, WIRE] = [0, 1, 2, 3];
/** 1000 ps a bit. */
const LINE = { baud: 1e9, dataBits: 8, parity: "none", stopBits: 1 } as const;

function record(time_ps: number, unit: number, kind: number, a = 0, b = 0): TimedRecord {
  return { time_ps: BigInt(time_ps), unit, kind, a, b, c: 0, d: 0 };
}

function dump(
  records: readonly TimedRecord[],
  end_ps: number,
  options: Partial<VcdOptions> = {},
  chunk = records.length,
): string {
  let text = "";
  const vcd = new VcdWriter(MACHINE, { line: () => LINE, ...options }, (part) => {
    text += part;
  });
  for (let n = 0; n < records.length; n += chunk) vcd.add(records.slice(n, n + chunk));
  vcd.finish(BigInt(end_ps));
  return text;
}

/** What follows the initial values, without the last time. */
function changes(...input: Parameters<typeof dump>): string[] {
  const text = dump(...input);
  const body = text.slice(text.indexOf("$end\n", text.indexOf("$dumpvars")) + "$end\n".length);
  return body.trimEnd().split("\n");
}

/** Identifier of a signal by its scopes and name. */
function idOf(text: string, path: string): string {
  const scopes: string[] = [];
  for (const line of text.split("\n")) {
    const words = line.split(" ");
    if (words[0] === "$scope") scopes.push(words[2]!);
    if (words[0] === "$upscope") scopes.pop();
    if (words[0] === "$var" && [...scopes, words[4]].join(".") === path) return words[3]!;
  }
  throw new Error(`no ${path}`);
}

/** Times and values of one scalar, initial value included. */
function scalar(text: string, path: string): string[] {
  const id = idOf(text, path);
  const found: string[] = [];
  let time = "";
  for (const line of text.slice(text.indexOf("$enddefinitions")).split("\n")) {
    if (line.startsWith("#")) time = line.slice(1);
    if (line.slice(1) === id) found.push(`${time}:${line[0]}`);
    if (line.startsWith("b") && line.endsWith(` ${id}`))
      found.push(`${time}:${line.split(" ")[0]}`);
  }
  return found;
}

describe("a waveform of wires and a hart", () => {
  test("is this text, with every signal's initial value", () => {
    const kinds = [TraceKind.WIRE, TraceKind.SLEEP, TraceKind.WAKE];
    const records = [
      record(0, WIRE, TraceKind.WIRE, 1),
      record(500, HART, TraceKind.SLEEP),
      record(700, WIRE, TraceKind.WIRE, 0),
      record(700, HART, TraceKind.WAKE, 3),
    ];
    expect(dump(records, 1000, { kinds })).toBe(`$comment machine my-board $end
$version hotspare $end
$timescale 1 ps $end
$scope module my_board $end
$scope module n $end
$var wire 1 ! running $end
$var wire 1 " asleep $end
$var wire 1 % stopped $end
$scope module gpio $end
$var wire 1 & in3 $end
$var wire 1 ' in3_2 $end
$upscope $end
$upscope $end
$upscope $end
$enddefinitions $end
#0
$dumpvars
1!
0"
0%
0&
0'
$end
1&
#500
0!
1"
#700
0&
0"
1!
#1000
`);
  });

  test("has single bits and full names in one scope for readers without vectors", () => {
    const kinds = [TraceKind.UART_TX, TraceKind.MARK];
    const records = [record(5000, STATUS, TraceKind.MARK, 0x8000_0001)];
    const text = dump(records, 9000, { kinds, splitVectors: true, timescale: "1ns" });
    expect(text).toContain("$timescale 1 ns $end\n");
    expect(text).toContain("$var wire 1 ! n_uart0_tx $end\n");
    expect(text).toContain("$var wire 1 , n_status_mark[0] $end\n");
    expect(text).not.toMatch(/^b/m);
    expect(text.match(/^\$scope/gm)).toHaveLength(1);
    const body = text.slice(text.indexOf("#5\n"));
    expect(body.split("\n").filter((line) => line.startsWith("1"))).toHaveLength(3);
    expect(scalar(text, "my_board.n_status_mark[31]")).toEqual(["0:x", "5:1"]);
    expect(scalar(text, "my_board.n_status_mark[30]")).toEqual(["0:x", "5:0"]);
  });

  test("starts at the time and with the levels that it is told", () => {
    const text = dump([], 900, {
      start_ps: 700n,
      wireLevel: (unit) => (unit === WIRE ? 1 : 0),
      activity: () => "asleep",
    });
    expect(text).toContain("$enddefinitions $end\n#700\n$dumpvars\n");
    expect(scalar(text, "my_board.n.gpio.in3")).toEqual(["700:1"]);
    expect(scalar(text, "my_board.n.asleep")).toEqual(["700:1"]);
    expect(scalar(text, "my_board.n.running")).toEqual(["700:0"]);
    expect(text.endsWith("#900\n")).toBe(true);
  });

  test.each([
    [
      "a reset wakes a sleeping hart",
      [
        [1, TraceKind.SLEEP],
        [2, TraceKind.RESET],
      ],
      ["0:1", "1:0", "2:1"],
    ],
    [
      "a killed hart stays stopped through a reset, until it is revived",
      [
        [1, TraceKind.FAULT, FaultKind.KILL],
        [2, TraceKind.RESET],
        [3, TraceKind.FAULT, FaultKind.REVIVE],
      ],
      ["0:1", "1:0", "3:1"],
    ],
    [
      "a flipped register changes nothing",
      [[1, TraceKind.FAULT, FaultKind.FLIP_REGISTER]],
      ["0:1"],
    ],
  ])("%s", (_, events, running) => {
    const records = events.map(([time, kind, a]) => record(time!, HART, kind!, a));
    expect(scalar(dump(records, 9), "my_board.n.running")).toEqual(running);
  });

  test.each([
    ["mcause", TraceKind.TRAP, 2, "b10"],
    ["mcause", TraceKind.INTERRUPT, 0x8000_0007, "b10000000000000000000000000000111"],
  ])("%s shows the cause of kind %i", (name, kind, cause, value) => {
    const text = dump([record(4, HART, kind, 0x80, cause)], 9);
    expect(scalar(text, `my_board.n.${name}[31:0]`)).toEqual(["0:bx", `4:${value}`]);
  });

  test("an event that happens twice shows twice, a halt with its value", () => {
    const records = [
      record(1, STATUS, TraceKind.MARK, 7),
      record(2, STATUS, TraceKind.MARK, 7),
      record(3, HART, TraceKind.HALT, 1, 3),
    ];
    const text = dump(records, 9);
    expect(scalar(text, "my_board.n.status.marked")).toEqual(["0:0", "1:1", "2:1"]);
    expect(scalar(text, "my_board.n.status.mark[31:0]")).toEqual(["0:bx", "1:b111"]);
    expect(scalar(text, "my_board.halted")).toEqual(["0:0", "3:1"]);
    expect(scalar(text, "my_board.halt_value[31:0]")).toEqual(["0:bx", "3:b11"]);
  });

  test("pc exists only where instructions are recorded", () => {
    expect(() => idOf(dump([], 1), "my_board.n.pc[31:0]")).toThrow("no my_board.n.pc");
    const records = [record(10, HART, TraceKind.RETIRE, 0x80)];
    const text = dump(records, 20, { kinds: [...VCD_KINDS, TraceKind.RETIRE] });
    expect(scalar(text, "my_board.n.pc[31:0]")).toEqual(["0:bx", "10:b10000000"]);
  });
});

/** LCR bits 0..5: 8N1 is 3, 8E1 0x1b, 8O1 0x0b, 5 bits with 1.5 stop bits 4. */
const SENT: readonly (readonly [string, number, number, string[]])[] = [
  [
    "0x55 in 8N1",
    0x30055,
    20_000,
    [
      "0:1",
      "10000:0",
      "11000:1",
      "12000:0",
      "13000:1",
      "14000:0",
      "15000:1",
      "16000:0",
      "17000:1",
      "18000:0",
      "19000:1",
    ],
  ],
  ["0x00 in 8N1", 0x30000, 20_000, ["0:1", "10000:0", "19000:1"]],
  ["0x01 in 8E1", 0x1b0001, 21_000, ["0:1", "10000:0", "11000:1", "12000:0", "19000:1"]],
  ["0x01 in 8O1", 0x0b0001, 21_000, ["0:1", "10000:0", "11000:1", "12000:0", "20000:1"]],
  ["0x1f in 5N1.5", 0x4001f, 17_500, ["0:1", "10000:0", "11000:1"]],
  ["a break", 0x38000, 20_000, ["0:1", "10000:0", "20000:1"]],
];
const RECEIVED: readonly (readonly [string, number, number, string[]])[] = [
  ["0xff", 0xff, 0, ["0:1", "10000:0", "11000:1"]],
  ["0x0f", 0x0f, 0, ["0:1", "10000:0", "11000:1", "15000:0", "19000:1"]],
  ["0xff with a low stop bit", 0xff, 0x08, ["0:1", "10000:0", "11000:1", "19000:0", "20000:1"]],
  ["a break", 0, 0x18, ["0:1", "10000:0", "20000:1"]],
];

describe("a serial line at 1 ns a bit", () => {
  test.each(SENT)("sends %s, whose stop bit ends with the record", (_, word, time, levels) => {
    const text = dump([record(time, UART, TraceKind.UART_TX, word)], 30_000);
    expect(scalar(text, "my_board.n.uart0.tx")).toEqual(levels);
  });

  test.each(RECEIVED)(
    "receives %s, sampled in the middle of its stop bit",
    (_, byte, errors, levels) => {
      const text = dump([record(19_500, UART, TraceKind.UART_RX, byte, errors)], 30_000);
      expect(scalar(text, "my_board.n.uart0.rx")).toEqual(levels);
    },
  );

  test("has the parity bit wrong where the receiver says so", () => {
    const line = { ...LINE, parity: "even" } as const;
    const records = [record(20_500, UART, TraceKind.UART_RX, 0x01, 0x04)];
    const text = dump(records, 30_000, { line: () => line });
    const levels = ["0:1", "10000:0", "11000:1", "12000:0", "20000:1"];
    expect(scalar(text, "my_board.n.uart0.rx")).toEqual(levels);
  });

  test("is drawn at the last rate when the divisor is 0 by now", () => {
    const bauds = [1e9, 0];
    const line = () => ({ ...LINE, baud: bauds.shift()! });
    const records = [10_000, 25_000].map((time) => record(time, UART, TraceKind.UART_TX, 0x300ff));
    const text = dump(records, 30_000, { line }, 1);
    expect(scalar(text, "my_board.n.uart0.tx").at(-1)).toBe("16000:1");
  });

  test("shows the character from its start bit on", () => {
    const text = dump([record(20_000, UART, TraceKind.UART_TX, 0x30041)], 30_000);
    expect(scalar(text, "my_board.n.uart0.tx_data[7:0]")).toEqual(["0:bx", "10000:b1000001"]);
  });
});

const KINDS = [
  TraceKind.WIRE,
  TraceKind.UART_TX,
  TraceKind.UART_RX,
  TraceKind.MARK,
  TraceKind.SLEEP,
  TraceKind.WAKE,
  TraceKind.RESET,
  TraceKind.TRAP,
];

const RECORDS = fc
  .array(
    fc.record({
      time: fc.nat(200_000),
      unit: fc.nat(UNITS.length - 1),
      kind: fc.constantFrom(...KINDS),
      a: fc.nat(255),
    }),
    { maxLength: 40 },
  )
  .map((list) =>
    list
      .sort((x, y) => x.time - y.time)
      .map(({ time, unit, kind, a }) => {
        const word = kind === TraceKind.WIRE ? a & 1 : kind === TraceKind.UART_TX ? a | 0x30000 : a;
        return record(time, unit, kind, word);
      }),
  );

describe("whatever is recorded", () => {
  const seed = printedSeed("vcd");

  test("time only rises, every declared signal has one initial value, every value a signal", () => {
    fc.assert(
      fc.property(
        RECORDS,
        fc.boolean(),
        fc.constantFrom("1ps", "100ps", "10ns"),
        (records, splitVectors, timescale) => {
          const text = dump(records, 210_000, { splitVectors, timescale }, 7);
          const declared = [...text.matchAll(/^\$var \w+ \d+ (\S+) (\S+) \$end$/gm)].map(
            ([, id]) => id!,
          );
          expect(new Set(declared).size).toBe(declared.length);
          const initial = text.slice(text.indexOf("$dumpvars\n") + 10);
          const values = initial.slice(0, initial.indexOf("$end")).trimEnd().split("\n");
          expect(values.map(idOfValue)).toEqual(declared);
          const times = [...text.matchAll(/^#(\d+)$/gm)].map(([, time]) => Number(time));
          expect(times).toEqual([...new Set(times)].sort((x, y) => x - y));
          const ids = new Set(declared);
          for (const line of initial
            .slice(initial.indexOf("$end") + 5)
            .trimEnd()
            .split("\n")) {
            if (!line.startsWith("#")) expect(ids).toContain(idOfValue(line));
          }
        },
      ),
      { seed, numRuns: 60 },
    );
  });

  test("the text does not depend on how the records are handed over", () => {
    fc.assert(
      fc.property(RECORDS, fc.integer({ min: 1, max: 9 }), (records, chunk) => {
        expect(dump(records, 210_000, {}, chunk)).toBe(dump(records, 210_000));
      }),
      { seed, numRuns: 60 },
    );
  });
});

function idOfValue(line: string): string {
  return line.startsWith("b") ? line.split(" ")[1]! : line.slice(1);
}

describe("names and numbers of a dump", () => {
  test("identifiers differ, are printable and never look like a time, a keyword or a value", () => {
    const ids = Array.from({ length: 20_000 }, (_, n) => identifier(n));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[!"%-/:-~]+$/.test(id))).toEqual([]);
    expect(ids[0]).toBe("!");
    expect(ids[82]).toBe("!!");
  });

  test.each([
    ["my-board", "my_board"],
    ["2x", "_2x"],
    ["a.b", "a_b"],
    ["", "_"],
  ])("%o is written %o", (name, simple) => expect(simpleName(name)).toBe(simple));

  test.each([
    ["1ps", 1n],
    ["100ns", 100_000n],
    ["10 us", 10_000_000n],
    ["1s", 10n ** 12n],
  ])("timescale %s", (text, tick_ps) => expect(parseTimescale(text).tick_ps).toBe(tick_ps));

  test.each(["2ps", "1fs", "ps", "1000ps", ""])("%o is no timescale", (text) =>
    expect(() => parseTimescale(text)).toThrow(/is no timescale/),
  );

  test("times are rounded down to the timescale, and the last value of a tick counts", () => {
    const records = [
      record(1000, WIRE, TraceKind.WIRE, 1),
      record(1400, WIRE, TraceKind.WIRE, 0),
      record(2999, WIRE, TraceKind.WIRE, 1),
    ];
    const lines = changes(records, 4000, { kinds: [TraceKind.WIRE], timescale: "1ns" });
    expect(lines).toEqual(["#2", "1!", "#4"]);
  });
});
