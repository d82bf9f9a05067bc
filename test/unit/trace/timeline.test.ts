import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTrace } from "../../../host/trace/parse.js";
import { type TimelineOptions, TimelineWriter } from "../../../host/trace/timeline.js";
import { Message } from "../../../host/trace/timeline-proto.js";
import { characterName } from "../../../host/trace/timeline-text.js";
import { printedSeed } from "../../support/seeded.js";

/** 1 us a bit, so 10 us a character. */
const LINE = { baud: 1e6, dataBits: 8, parity: "none", stopBits: 1 } as const;

function timeline(
  trace: string,
  end_ps: bigint,
  options: Partial<TimelineOptions> = {},
): Uint8Array {
  const { lines } = parseTrace(`# hotspare trace 1 machine=m\n${trace}`, "test");
  const parts: Uint8Array[] = [];
  const writer = new TimelineWriter({ line: () => LINE, harts: ["a"], ...options }, (bytes) => {
    parts.push(bytes);
  });
  writer.add(lines);
  writer.finish(end_ps);
  return Buffer.concat(parts);
}

interface Event {
  readonly ph: string;
  readonly name?: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly args?: Readonly<Record<string, string>>;
}

function jsonEvents(...[trace, end_ps, options]: Parameters<typeof timeline>): Event[] {
  const text = Buffer.from(timeline(trace, end_ps, { ...options, form: "json" })).toString();
  return JSON.parse(text).traceEvents;
}

/** `TRACK TIME B|E|i NAME` of every event, in the order of the file. */
function summary(...input: Parameters<typeof timeline>): string[] {
  const events = jsonEvents(...input);
  const names = new Map(
    events.filter(({ name }) => name === "thread_name").map(({ tid, args }) => [tid, args!.name!]),
  );
  return events
    .filter(({ ph }) => ph !== "M")
    .map(({ ph, tid, ts, name }) => [names.get(tid), ts, ph, name].join(" ").trimEnd());
}

const SLEEP = `000000002000000 a sleep
000000003500000 a.uart0.interrupt>a.interrupts.line0 wire level=1 target=a.interrupts bit=0
000000004000000 a wake bit=16
000000004000000 a interrupt pc=0x00000080 cause=16 name=line0
`;

describe("a timeline", () => {
  test("shows what a hart does, its interrupts, and wires while they are high", () => {
    expect(summary(SLEEP, 9_000_000n)).toEqual([
      "hart 0 B running",
      "hart 2 E",
      "hart 2 B asleep",
      "uart0.interrupt > interrupts.line0 3.5 B high",
      "hart 4 E",
      "hart 4 B running",
      "hart 4 i interrupt line0",
      "hart 9 E",
      "uart0.interrupt > interrupts.line0 9 E",
    ]);
  });

  test("shows each line of text with its characters in it", () => {
    const trace = `000000020000000 a.uart0 uart-tx byte=0x48 char=H format=8N1
000000030000000 a.uart0 uart-tx byte=0x0a char="" format=8N1
000000050000000 a.uart0 uart-tx byte=0x20 char=" " format=8N1
000000200000000 a.uart0 uart-tx break=1
`;
    expect(summary(trace, 300_000_000n, { harts: [] })).toEqual([
      "uart0 tx 10 B H\\n",
      "uart0 tx 10 B H",
      "uart0 tx 20 E",
      "uart0 tx 20 B \\n",
      "uart0 tx 30 E",
      "uart0 tx 30 E",
      "uart0 tx 40 B",
      "uart0 tx 40 B space",
      "uart0 tx 50 E",
      "uart0 tx 50 E",
      "uart0 tx 190 B <break>",
      "uart0 tx 190 B break",
      "uart0 tx 200 E",
      "uart0 tx 200 E",
    ]);
  });

  test("shows marks, halts and refused accesses with their fields and the exact time", () => {
    const trace = `000000000001234 a.status mark value=0x00000007
000000000002000 a bus-error access=load address=0x50000000 width=4 pc=0x00000084
000000000003000 a.status halt kind=power value=0x00000001
`;
    const events = jsonEvents(trace, 4000n).filter(({ ph }) => ph === "i");
    expect(events.map(({ name, ts }) => [name, ts])).toEqual([
      ["mark 0x00000007", 0.001],
      ["bus error at 0x50000000", 0.002],
      ["halt power 0x00000001", 0.003],
    ]);
    expect(events[0]!.args).toEqual({ time_ps: "1234", unit: "a.status", value: "0x00000007" });
  });

  test("shows the functions that a hart executes", () => {
    const retire = (time: number, at: string) =>
      `${String(time).padStart(15, "0")} a retire pc=0x00000080 next=0x00000084 cycles=1 asm=nop${at}\n`;
    const trace = [
      retire(1_000_000, " at=main"),
      retire(2_000_000, " at=main+0x4"),
      retire(3_000_000, " at=isr"),
      retire(4_000_000, ""),
    ].join("");
    expect(summary(trace, 9_000_000n).filter((row) => row.startsWith("functions"))).toEqual([
      "functions 1 B main",
      "functions 3 E",
      "functions 3 B isr",
      "functions 4 E",
    ]);
  });

  test("puts each node's tracks under one process", () => {
    const trace = `${SLEEP}000000005000000 b.status mark value=0x00000001\n`;
    const names = jsonEvents(trace, 9_000_000n).filter(({ ph }) => ph === "M");
    expect(names.map(({ name, args, pid }) => [name, args!.name, pid])).toEqual([
      ["process_name", "a", 1],
      ["thread_name", "hart", 1],
      ["thread_name", "uart0.interrupt > interrupts.line0", 1],
      ["process_name", "b", 4],
      ["thread_name", "status", 4],
    ]);
  });

  test.each([
    [0x41, "A"],
    [0x0d, "\\r"],
    [0x20, "space"],
    [0xfe, "0xfe"],
    [null, "break"],
  ])("names character %o %s", (byte, name) => expect(characterName(byte)).toBe(name));

  test("ends every slice it has begun, on each track in the order of time", () => {
    const time = fc.nat(300).map((us) => us * 1_000_000);
    const happening = fc.record({
      time,
      text: fc.constantFrom(
        "a sleep",
        "a wake bit=7",
        "a reset cause=watchdog",
        "a fault kind=kill a=0x00000000 b=0x00000000",
        "x>a.gpio.in0 wire level=1 target=a bit=0",
        "x>a.gpio.in0 wire level=0 target=a bit=0",
        'a.uart0 uart-rx byte=0x0a char=""',
        "a.uart0 uart-tx byte=0x41 char=A format=8N1",
      ),
    });
    const property = fc.property(fc.array(happening, { maxLength: 30 }), (list) => {
      const rows = list
        .sort((x, y) => x.time - y.time)
        .map(({ time, text }) => `${String(time).padStart(15, "0")} ${text}\n`);
      const depths = new Map<number, number>();
      const last = new Map<number, number>();
      for (const { ph, tid, ts } of jsonEvents(rows.join(""), 400_000_000n)) {
        if (ph === "M") continue;
        expect(ts).toBeGreaterThanOrEqual(last.get(tid) ?? 0);
        last.set(tid, ts);
        const depth = (depths.get(tid) ?? 0) + (ph === "B" ? 1 : ph === "E" ? -1 : 0);
        expect(depth).toBeGreaterThanOrEqual(0);
        depths.set(tid, depth);
      }
      expect([...depths.values()].filter((depth) => depth !== 0)).toEqual([]);
    });
    fc.assert(property, { seed: printedSeed("timeline"), numRuns: 60 });
  });
});

describe("protocol buffers", () => {
  // The examples of protobuf.dev, "Encoding".
  test.each([
    ["the number 150 in field 1", new Message().number(1, 150), "08 96 01"],
    ["the text testing in field 2", new Message().text(2, "testing"), "12 07 74 65 73 74 69 6e 67"],
    [
      "a message in field 3",
      new Message().message(3, new Message().number(1, 150)),
      "1a 03 08 96 01",
    ],
    [
      "the greatest number",
      new Message().number(1, 2n ** 64n - 1n),
      "08 ff ff ff ff ff ff ff ff ff 01",
    ],
    ["field 60", new Message().number(60, 0), "e0 03 00"],
  ])("%s", (_, message, hex) => {
    expect(Buffer.from(message.bytes()).toString("hex")).toBe(hex.replaceAll(" ", ""));
  });
});
