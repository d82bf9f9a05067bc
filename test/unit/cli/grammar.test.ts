import { describe, expect, test } from "vitest";
import { parseCondition, unescapeText } from "../../../host/campaign/expr.js";
import { parseAddress, parseInteger, parseRange } from "../../../host/cli/grammar/number.js";
import { parseTime, resolveTime } from "../../../host/cli/grammar/time.js";
import type { MachineImage } from "../../../host/core/image.js";

describe("integers", () => {
  test.each([
    ["0", 0n],
    ["4096", 4096n],
    ["1_000_000", 1_000_000n],
    ["0x8000_0000", 0x8000_0000n],
    ["0XFF", 255n],
    ["18446744073709551615", (1n << 64n) - 1n],
  ])("%s is %i", (text, value) => expect(parseInteger(text, "--seed")).toBe(value));

  test.each(["", "-1", "1.5", "0x", "_1", "1_", "1__0", "12a", " 1", "18446744073709551616", "1K"])(
    "%j is none",
    (text) => expect(() => parseInteger(text, "--seed")).toThrow(/^E202 --seed: /),
  );

  test("an address has 32 bits", () => {
    expect(parseAddress("0xffff_ffff", "--boot")).toBe(0xffff_ffff);
    expect(() => parseAddress("0x1_0000_0000", "--boot")).toThrow(/^E202 --boot: /);
  });

  test.each([
    ["0x8000_0000:4M", { base: 0x8000_0000, size: 4 << 20 }],
    ["0:4G", { base: 0, size: 2 ** 32 }],
    ["4096:0x1000", { base: 4096, size: 4096 }],
    ["0:64K", { base: 0, size: 65536 }],
  ])("the range %s", (text, range) => expect(parseRange(text, "--ram")).toEqual(range));

  test.each(["0", "0:", ":4K", "0:4T", "0:1:2", "0:5G"])("%j is no range", (text) =>
    expect(() => parseRange(text, "--ram")).toThrow(/^E202 --ram: /),
  );
});

const IMAGE = {
  name: "m",
  harts: [{ domain: 1 }],
  domains: [
    { name: "rtc", rate_mhz: 32_768_000n },
    { name: "core", rate_mhz: 100_000_000_000n },
  ],
} as unknown as MachineImage;

describe("times", () => {
  test.each([
    ["10ps", 10n],
    ["1ns", 1000n],
    ["1.5us", 1_500_000n],
    ["10ms", 10_000_000_000n],
    ["2s", 2_000_000_000_000n],
    ["0.000000000001s", 1n],
    ["1_000us", 1_000_000_000n],
    ["5000000c", 50_000_000_000n],
    ["3c@core", 30_000n],
    // Edge k of 32768 Hz falls at floor(k x 10^12 / 32768) ps.
    ["1c@rtc", 30_517_578n],
    ["32768c@rtc", 1_000_000_000_000n],
    ["0x10c", 160_000n],
  ])("%s is %i ps", (text, ps) => expect(resolveTime(parseTime(text, "--for"), IMAGE)).toBe(ps));

  test.each(["", "10", "ms", "1.5c", "-1ms", "1m", "1 ms", "1.5ps", "c", "1c@", "10000000s"])(
    "%j is none",
    (text) => expect(() => parseTime(text, "--for")).toThrow(/^E203 --for: /),
  );

  test("an unknown clock is named with those that exist", () => {
    const time = parseTime("1c@cor", "--for");
    expect(() => resolveTime(time, IMAGE)).toThrow(/no clock "cor"\nhint: its clocks: rtc, core$/);
  });
});

describe("expressions", () => {
  test.each([
    ["uart:board.uart0:> ", { kind: "uart", uart: "board.uart0", bytes: [62, 32] }],
    ["uart:a.uart0:x:y", { kind: "uart", uart: "a.uart0", bytes: [120, 58, 121] }],
    ["trace:a.status.mark", { kind: "trace", unit: "a.status", event: "mark", fields: [] }],
    [
      "trace:a.trap:cause=2,tval=0x0",
      {
        kind: "trace",
        unit: "a",
        event: "trap",
        fields: [
          ["cause", "2"],
          ["tval", "0x0"],
        ],
      },
    ],
    [
      "trace:a.gpio.out0>b.gpio.in0.wire:level=1",
      { kind: "trace", unit: "a.gpio.out0>b.gpio.in0", event: "wire", fields: [["level", "1"]] },
    ],
    ["wire:a.gpio.out0=1", { kind: "wire", name: "a.gpio.out0", level: 1 }],
    ["pc:board=0x8000_0000", { kind: "pc", node: "board", target: 0x8000_0000 }],
    ["pc:board=main", { kind: "pc", node: "board", target: "main" }],
  ])("%s", (source, wanted) => {
    const { source: _, ...found } = parseCondition(source);
    const plain = "bytes" in found ? { ...found, bytes: [...found.bytes] } : found;
    expect(plain).toEqual(wanted);
  });

  test.each([
    "",
    "uart",
    "uart:board:",
    "uart:board.uart0:",
    "uart:uart0:x",
    "wire:x=2",
    "wire:=1",
    "trace:mark",
    "trace:a.mark:x",
    "trace:a.mark:=1",
    "pc:board",
    "pc:=main",
    "pc:board=0x1_0000_0000",
    "gpio:x=1",
    "toString:x",
  ])("%j is none", (source) => expect(() => parseCondition(source)).toThrow(/^E204 --until: /));

  test.each([
    ["a\\n\\r\\t\\\\", [97, 10, 13, 9, 92]],
    ["\\x1b\\e\\033", [27, 27, 27]],
    ["\\0\\x414", [0, 0x41, 0x34]],
    ["\u00e9", [0xc3, 0xa9]],
  ])("the C escapes of %s", (text, bytes) => expect([...unescapeText(text)]).toEqual(bytes));

  test.each(["\\q", "\\", "\\x", "a\\"])("%j holds no escape of C", (text) =>
    expect(() => unescapeText(text)).toThrow(/is not an escape of C/),
  );
});
