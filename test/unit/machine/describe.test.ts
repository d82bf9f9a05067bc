import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  describeMachine,
  describeSvg,
  describeText,
  machineJsonSchema,
  parseMachine,
} from "../../../host/machine/index.js";
import { fixture } from "./fixture.js";

function model(name: string) {
  const text = readFileSync(`firmware-models/${name}/machine.json`, "utf8");
  return describeMachine(parseMachine(text, "machine.json"));
}
const pair = (lines = {}) => describeMachine(parseMachine(fixture(lines), "pair.json"));

test("the standard map of the boards is the one that their firmware is linked for", () => {
  const standard = [
    ["0x00000000", "0x0001ffff", "rom", "rom"],
    ["0x02000000", "0x0200ffff", "clint", "clint"],
    ["0x10000000", "0x10000fff", "uart0", "ns16550a"],
    ["0x10001000", "0x10001fff", "uart1", "ns16550a"],
    ["0x10002000", "0x10002fff", "gpio", "gpio"],
    ["0x10003000", "0x10003fff", "interrupts", "interrupt-unit"],
    ["0x10004000", "0x10004fff", "watchdog", "watchdog"],
    ["0x10005000", "0x10005fff", "status", "status"],
    ["0x80000000", "0x8001ffff", "ram", "ram"],
  ];
  const pool = ["0x90000000", "0x9000ffff", "pool", "shared"];
  const mapOf = (name: string) =>
    model(name).nodes.map(({ map }) =>
      map.map(({ base, last, name, kind }) => [base, last, name, kind]),
    );
  expect(mapOf("console-board")).toEqual([standard]);
  expect(mapOf("two-nodes")).toEqual([
    [...standard, pool],
    [...standard, pool],
  ]);
});

test("the models have the names of nodes and UARTs that tools outside rely on", () => {
  const names = (name: string) => [
    model(name).nodes.map(({ name }) => name),
    model(name).uarts.map(({ name }) => name),
  ];
  expect(names("console-board")).toEqual([["board"], ["board.uart0", "board.uart1"]]);
  expect(names("two-nodes")).toEqual([
    ["a", "b"],
    ["a.uart0", "a.uart1", "b.uart0", "b.uart1"],
  ]);
});

test("lookahead is the least latency between nodes, with the wire that makes it", () => {
  expect(model("two-nodes").lookahead).toEqual([
    {
      from: "a",
      to: "b",
      latency_ps: "1000000", // four cycles of 72 MHz at its period rounded down
      latency_cycles: "72",
      close: true,
      via: ["a.uart1>b.uart1"],
    },
    {
      from: "b",
      to: "a",
      latency_ps: "1000000",
      latency_cycles: "100",
      close: false,
      via: ["b.gpio.out0>a.gpio.in0"],
    },
  ]);
});

test("lookahead follows paths over a third node and prefers the shorter one", () => {
  const pairs = pair({
    40: '{ "between": ["tile1.uart0", "tile2.uart0"], "latency": "1us" }',
  }).lookahead;
  const found = pairs.map(({ from, to, latency_ps, close }) => [from, to, latency_ps, close]);
  expect(found).toEqual([
    ["one", "tile1", "50000", true],
    ["one", "tile2", "1050000", false],
    ["tile1", "tile2", "1000000", false],
    ["tile2", "tile1", "1000000", false],
  ]);
});

test("nodes without a wire between them are not bounded by each other", () => {
  expect(model("console-board").lookahead).toEqual([]);
});

test("the text names every region, clock, wire, link and what is not modelled", () => {
  const text = describeText(pair());
  for (const line of [
    "node one: rv32imc, timing ibex-small, clock core, boot 0x0000_0080",
    "node tile0..tile2 (3 nodes): rv32im, timing single-cycle, clock core, boot 0x0000_0000",
    "  firmware none: give it with --firmware",
    "line  14.745600125 MHz  one.uart0, one.uart1, one.clint, tile.uart0",
    "0x4000_0000..0x4000_1fff  8K   rom    foreign",
    "of one: no bus path",
    "r-x-  alias of 0x00000000",
    "one.uart1            <->  tile2.uart0      1 us",
    "one.gpio.out3        ->   tile1.gpio.in2   5 cycles of core",
    "open to endpoints: one.uart0, tile0.uart0, tile1.uart0",
    "one -> tile1 is below 100 cycles and bounds speed: one.gpio.out3>tile1.gpio.in2",
    "a halt reaches all",
    "  - weather",
  ]) {
    expect(text).toContain(line);
  }
  expect(text.split("\n").every((line) => line === line.trimEnd())).toBe(true);
});

test("the report is plain data that JSON keeps", () => {
  const report = model("two-nodes");
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

/** All rectangles of a picture as [left, top, right, bottom]. */
function rectangles(svg: string): number[][] {
  const found = svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g);
  return [...found].map(([, x, y, w, h]) => [+x!, +y!, +x! + +w!, +y! + +h!]);
}

test("the boxes of the picture lie inside it; two of them nest or stay apart", () => {
  for (const report of [model("console-board"), model("two-nodes"), pair()]) {
    const svg = describeSvg(report);
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number);
    const boxes = rectangles(svg);
    expect(boxes.length).toBeGreaterThan(9);
    for (const [x1, y1, x2, y2] of boxes as [number, number, number, number][]) {
      expect(x1 >= 0 && y1 >= 0 && x2 <= width! && y2 <= height!).toBe(true);
      for (const [a1, b1, a2, b2] of boxes as [number, number, number, number][]) {
        const apart = a2 <= x1 || a1 >= x2 || b2 <= y1 || b1 >= y2;
        const nested =
          (a1 >= x1 && a2 <= x2 && b1 >= y1 && b2 <= y2) ||
          (x1 >= a1 && x2 <= a2 && y1 >= b1 && y2 <= b2);
        expect(apart || nested).toBe(true);
      }
    }
  }
});

test("text in the picture cannot break out of it", () => {
  const svg = describeSvg(pair({ 3: '"summary": "<script>&\\"",' }));
  expect(svg).toContain("&lt;script&gt;&amp;&quot;");
  expect(svg).not.toContain("<script>");
});

test("the JSON Schema describes every key and allows no other", () => {
  const schema = machineJsonSchema() as {
    properties: Record<string, { description?: string }>;
    additionalProperties: boolean;
    required: string[];
  };
  expect(schema.additionalProperties).toBe(false);
  expect(schema.required).toEqual(["machine", "clocks", "nodes"]);
  expect(Object.keys(schema.properties)).toContain("not_modelled");
});
