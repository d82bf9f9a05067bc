/** Faults as text and as files: what they mean on a machine, and what is wrong with others. */
import { describe, expect, test } from "vitest";
import { FaultKind, TraceKind } from "../../../assembly/kernel/abi.js";
import { Disturbance, FaultTrigger } from "../../../assembly/kernel/fault-layout.js";
import { faultText, parseFault } from "../../../host/campaign/fault.js";
import { parseFaultFile } from "../../../host/campaign/fault-file.js";
import { KIND_ROWS, UNSUPPORTED } from "../../../host/campaign/fault-kinds.js";
import { ArmedFaults, faultRow } from "../../../host/campaign/fault-rows.js";
import { UserError } from "../../../host/error/index.js";
import { modelImage, modelMachine } from "../../support/models.js";

const PLACE = { argument: "--inject" } as const;
const image = modelImage("two-nodes");
const unit = (name: string) => image.units.find((row) => row.name === name)!.index;
const symbol = (node: string, name: string) =>
  image.symbolsByNode.get(node)!.find((row) => row.name === name)!;
const memory = (name: string) => image.memories.find((row) => row.name === name)!;
const link = (from: string) => image.links.find(({ fromUnit }) => fromUnit === unit(from))!.unit;
const ramAt = (address: number) => memory("a.ram").address + (address - 0x8000_0000);
const row = (text: string) => faultRow(parseFault(text, PLACE), image);

const ONE_SHOT = { left: 0 };
const AT_1MS = { trigger: FaultTrigger.TIME, due: 10n ** 9n } as const;

describe("a fault as text", () => {
  test.each([
    ["flip@t=1ms:a.x5:bit=3", { ...AT_1MS, kind: FaultKind.FLIP_REGISTER, unit: 0, a: 5, b: 8 }],
    ["flip@t=1ms:b.sp:mask=0xf0", { kind: FaultKind.FLIP_REGISTER, unit: 1, a: 2, b: 0xf0 }],
    ["flip@t=1ms:a.pc:bit=2", { kind: FaultKind.FLIP_PC, unit: 0, b: 4 }],
    ["flip@t=1ms:a.mstatus:bit=3", { kind: FaultKind.FLIP_CSR, unit: 0, a: 0x300, b: 8 }],
    [
      "stuck@t=1ms:a.x5:bit=31,level=1",
      { kind: FaultKind.STUCK_REGISTER, a: 5, b: 0x8000_0000, c: 0x8000_0000, length_ps: 0n },
    ],
    [
      "flip@t=1ms:a/0x8000_0100:bit=9",
      { kind: FaultKind.FLIP_MEMORY, a: ramAt(0x8000_0101), b: 2 },
    ],
    [
      "flip@t=1ms:a/mailbox+4:bit=0",
      { kind: FaultKind.FLIP_MEMORY, a: ramAt(symbol("a", "mailbox").address + 4), b: 1 },
    ],
    ["flip@t=1ms:pool/0x10:mask=3", { a: memory("pool").address + 0x10, b: 3 }],
    ["flip@t=1ms:a/0x9000_0010:mask=3", { a: memory("pool").address + 0x10, b: 3 }],
    [
      "stuck@t=1ms..3ms:pool/4:bit=0,level=0",
      { kind: FaultKind.STUCK_MEMORY, b: 1, c: 0, length_ps: 2n * 10n ** 9n },
    ],
    [
      "flip@t=1ms:a.uart1/3:bit=7",
      { kind: FaultKind.FLIP_DEVICE, unit: unit("a.uart1"), a: 3, b: 0x80, c: 1 },
    ],
    [
      "out-flip@t=1ms:a.gpio:value=0x3,for=1us",
      { kind: FaultKind.DEVICE, unit: unit("a.gpio"), a: 0, b: 3, length_ps: 1_000_000n },
    ],
    ["kill@pc=a/main:b", { trigger: FaultTrigger.PC, source: 0, unit: 1, kind: FaultKind.KILL }],
    ["pause@t=1ms:a:for=2ms", { kind: FaultKind.PAUSE, unit: 0, length_ps: 2n * 10n ** 9n }],
    ["stop@t=500c@uart:a:for=1us", { kind: FaultKind.CLOCK_STOP, unit: 0, due: 500n, source: 2 }],
    [
      "stop@t=5c:b",
      { trigger: FaultTrigger.CYCLE, kind: FaultKind.CLOCK_STOP, unit: 1, source: 0 },
    ],
    ["drift@t=1ms:uart:ppm=-200", { kind: FaultKind.CLOCK_RATE, unit: 2, a: 1_857_748_992, b: 3 }],
    ["glitch@t=1ms:rtc:edges=2", { kind: FaultKind.CLOCK_SKIP, unit: 3, a: 2 }],
    ["stuck@t=1ms:a.gpio.out0:level=1", { kind: FaultKind.WIRE_FORCE, a: 2 }],
    ["flip@t=1ms:b.gpio.in0", { kind: FaultKind.WIRE_FORCE, a: 3 }],
    [
      "drop@t=1ms:a.uart1.tx",
      { kind: FaultKind.LINK, unit: link("a.uart1"), a: Disturbance.DROP, limit: 1, rate: 0 },
    ],
    ["drop@t=1ms:a.uart1.rx:count=3", { kind: FaultKind.LINK, unit: link("b.uart1"), limit: 3 }],
    [
      "corrupt@t=1ms..2ms:a.uart0.rx:rate=0.25",
      { kind: FaultKind.LINE_IN, limit: 0, rate: 2 ** 30, length_ps: 10n ** 9n },
    ],
    ["delay@t=1ms:a.uart1.tx:by=3us,for=ever", { delay_ps: 3_000_000n, limit: 0, length_ps: 0n }],
    ["tear@t=1ms:pool:lanes=3", { kind: FaultKind.SHARED, a: Disturbance.TEAR, b: 3 }],
    [
      "hang@write=b/mailbox:b:n=7",
      { trigger: FaultTrigger.ACCESS, source: 1, bytes: symbol("b", "mailbox").size, left: 6 },
    ],
    [
      "reset@trace=b.uart1.uart-rx(byte=0x7e):a",
      { trigger: FaultTrigger.TRACE, event: TraceKind.UART_RX, masks: [0xff, 0, 0, 0] },
    ],
    [
      "reset@wire=a.gpio.out0=0:b",
      { event: TraceKind.WIRE, masks: [0xffff_ffff, 0, 0, 0], wanted: [0, 0, 0, 0] },
    ],
  ])("%s", (text, expected) => {
    expect(row(text)).toMatchObject({ ...ONE_SHOT, ...(text.includes("n=7") ? { left: 6 } : {}) });
    expect(row(text)).toMatchObject(expected);
    expect(faultText(parseFault(text, PLACE)), "and back").toBe(text);
  });

  test.each([
    ["flip", /is not a fault/],
    ["flip@t=1ms", /is not a fault/],
    ["flip@t=1ms:a.x5:bit", /is not a fault/],
    ["flip@t=1ms:a.x5:bit=1,bit=2", /given twice/],
    ["flip:a.x5:bit=1", /has no trigger/],
    ["flip@1ms:a.x5:bit=1", /is not a trigger/],
    ["flip@when=1ms:a.x5:bit=1", /is not a trigger/],
    ["flip@t=soon:a.x5:bit=1", /is not a time/],
    ["flip@t=5c@osc:a.x5:bit=1", /no clock "osc"/],
    ["flip@t=2ms..1ms:pool/0:bit=1", /is not a span/],
    ["flip@t=1ms..2ms:pool/0:bit=1", /has no end/],
    ["pause@t=1ms..2ms:a:for=1ms", /two ends/],
    ["flip@t=1ms:c.x5:bit=1", /has no "c.x5"/],
    ["flip@t=1ms:a.x0:bit=1", /always 0/],
    ["flip@t=1ms:a.x5:bit=32", /no value of bit/],
    ["flip@t=1ms:a.x5", /needs bit=N or mask=N/],
    ["flip@t=1ms:a.x5:bit=1,mask=2", /say the same/],
    ["flip@t=1ms:a.x5:bit=1,level=1", /takes no "level"/],
    ["stuck@t=1ms:a.x5:bit=1", /needs level/],
    ["stuck@t=1ms:a.pc:bit=1,level=1", /cannot be done/],
    ["flip@t=1ms:a/nothing:bit=1", /no symbol "nothing"/],
    ["flip@t=1ms:a/0x7000_0000:bit=1", /no memory at 0x7000_0000/],
    ["flip@t=1ms:pool/64K:bit=1", /is not an offset/],
    ["flip@t=1ms:pool/0x1_0000:bit=1", /lies behind/],
    ["kill@t=1ms:uart", /cannot be done to "uart" \(clock\)/],
    ["reorder@t=1ms:a.uart1.tx", /cannot be done/],
    ["stuck@t=1ms:a.gpio.out5:level=1", /no wire is joined/],
    ["drop@t=1ms:a.uart1.tx:rate=2", /no value of rate/],
    ["drift@t=1ms:a", /needs its rate/],
    ["drift@t=1ms:a:ppm=-1000000", /no value of ppm/],
    ["kill@pc=a/nowhere:a", /no symbol "nowhere"/],
    ["kill@pc=main:a", /names no node/],
    ["kill@trace=a.retired:a", /no trace event "retired"/],
    ["kill@trace=a.trap(color=red):a", /cannot choose by the field "color"/],
    ["kill@trace=a.trap(cause=x):a", /no value of the field/],
    ["kill@wire=a.gpio.out7=1:a", /no wire is called/],
  ])("%s is refused", (text, message) => {
    let error: unknown;
    try {
      row(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).code).toBe("E210");
    expect((error as UserError).exitCode).toBe(2);
    expect((error as UserError).what).toMatch(message);
    expect((error as UserError).hint).not.toBe("");
  });

  test("no kind is both there and explained away, and no pair is there twice", () => {
    const pairs = KIND_ROWS.map(({ kind, target }) => `${kind} ${target}`);
    expect(new Set(pairs).size).toBe(pairs.length);
    for (const [kind, target] of UNSUPPORTED) expect(pairs).not.toContain(`${kind} ${target}`);
  });
});

describe("a faults file", () => {
  test("holds faults as text or as objects; lists stand for all combinations", () => {
    const file = `{ // comments are welcome
      "faults": [
        "kill@t=1ms:a",
        { "id": "bits", "kind": "flip", "target": ["a.x5", "a.x6"], "with": { "bit": [0, 31] } },
        { "kind": "drop", "trigger": { "trace": "a.uart1.uart-tx", "where": { "byte": "0x7e" }, "n": 2 },
          "target": "a.uart1.tx", "with": { "count": 2 } },
        { "kind": "reset", "trigger": { "wire": "a.gpio.out0", "level": 0 }, "target": "b" },
        { "kind": "pause", "trigger": { "t": ["1ms", "2ms"] }, "target": "b", "with": { "for": "1us" } },
      ],
    }`;
    expect(parseFaultFile(file, "f.json").map((spec) => [spec.id, faultText(spec)])).toEqual([
      ["kill@t=1ms:a", "kill@t=1ms:a"],
      ["bits#0", "flip:a.x5:bit=0"],
      ["bits#1", "flip:a.x5:bit=31"],
      ["bits#2", "flip:a.x6:bit=0"],
      ["bits#3", "flip:a.x6:bit=31"],
      ...["drop@trace=a.uart1.uart-tx(byte=0x7e):a.uart1.tx:count=2,n=2"].map((t) => [t, t]),
      ...["reset@wire=a.gpio.out0=0:b"].map((t) => [t, t]),
      ...["pause@t=1ms:b:for=1us", "pause@t=2ms:b:for=1us"].map((t) => [t, t]),
    ]);
  });

  test.each([
    ['{ "faults": [] }', "E121", 1],
    ['{\n "fault": ["kill@t=1ms:a"] }', "E121", 2],
    ['{ "faults": [\n "kill@t=1ms" ] }', "E122", 2],
    ['{ "faults": [\n\n { "kind": "kill" } ] }', "E121", 3],
    ['{ "faults": [\n { "kind": "kill", "target": "a", "trigger": {} } ] }', "E122", 2],
    [
      '{ "faults": [\n { "kind": "kill", "target": "a", "trigger": { "t": "1s", "n": 0 } } ] }',
      "E121",
      2,
    ],
    ["{", "E101", 1],
  ])("%s is refused", (text, code, line) => {
    let error: unknown;
    try {
      parseFaultFile(text, "f.json");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code, exitCode: 3, place: { file: "f.json", line } });
  });
});

describe("armed faults", () => {
  test("report what struck, when and how often", async () => {
    const machine = await modelMachine("two-nodes");
    const texts = ["drop@t=14ms:a.uart1.tx:count=2,id=lost", "kill@t=1s:a"];
    const faults = new ArmedFaults(
      machine,
      texts.map((text) => parseFault(text, PLACE)),
    );
    machine.run(100n * 10n ** 9n);
    expect(faults.report()).toMatchObject([
      { id: "lost", fired: true, strikes: 2 },
      { id: "kill@t=1s:a", fired: false, time_ps: null, strikes: 0 },
    ]);
  });

  test("are refused when their time has passed", async () => {
    const machine = await modelMachine("two-nodes");
    machine.run(10n ** 9n);
    expect(() => new ArmedFaults(machine, [parseFault("kill@t=1us:a", PLACE)])).toThrow(/before/);
  });
});
