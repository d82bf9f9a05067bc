/** A small machine file, line by line, and firmware that fits it. */

import { UserError } from "../../../host/error/index.js";
import type { Firmware } from "../../../host/machine/index.js";

/** Line n of the file is FIXTURE[n - 1]; tests replace lines by number. */
export const FIXTURE: readonly string[] = [
  "{ // a comment, to be skipped", // 1
  '  "machine": "pair",', // 2
  '  "seed": 7,', // 3
  '  "clocks": {', // 4
  '    "core": { "rate_hz": 100000000 },', // 5
  '    "line": { "rate_hz": "14_745_600.125" }', // 6
  "  },", // 7
  '  "nodes": {', // 8
  '    "one": {', // 9
  '      "isa": "rv32imc", "timing": "ibex-small", "clock": "core", "boot": "0x80",', // 10
  '      "firmware": "prebuilt/one.elf",', // 11
  '      "memories": {', // 12
  '"rom": { "kind": "rom", "base": 0, "size": "8K", "alias_bases": ["0x2000_0000"] },', // 13
  '        "ram": { "kind": "ram", "base": "0x8000_0000", "size": 8192 }', // 14
  "      },", // 15
  '      "devices": {', // 16
  '"uart0": {"kind": "ns16550a", "base": "0x1000_0000", "clock": "line", "interrupt": 4},', // 17
  '        "uart1": { "kind": "ns16550a", "base": "0x1000_1000", "clock": "line" },', // 18
  '        "gpio": { "kind": "gpio", "base": "0x1000_2000", "interrupt": 5 },', // 19
  '        "lines": { "kind": "interrupt-unit", "base": "0x1000_3000" },', // 20
  '        "clint": { "kind": "clint", "base": "0x0200_0000", "clock": "line" },', // 21
  '        "status": { "kind": "status", "base": "0x1000_5000" }', // 22
  "      }", // 23
  "    },", // 24
  '    "tile": {', // 25
  '      "count": 3, "isa": "rv32im", "timing": "single-cycle", "clock": "core", "boot": 0,', // 26
  '      "memories": { "ram": { "kind": "ram", "base": 0, "size": "16K" } },', // 27
  '      "devices": {', // 28
  '        "uart0": { "kind": "ns16550a", "base": "0x1000_0000", "clock": "line" },', // 29
  '        "gpio": { "kind": "gpio", "base": "0x1000_2000" }', // 30
  "      },", // 31
  '      "foreign": { "rom": { "base": "0x4000_0000", "size": "8K", "owner": "one" } }', // 32
  "    }", // 33
  "  },", // 34
  '  "shared": {', // 35
  '    "pool": { "base": "0x9000_0000", "size": "4K", "clock": "core", "latency_cycles": 2,', // 36
  '      "occupancy_cycles": 1, "nodes": ["one", "tile"] }', // 37
  "  },", // 38
  '  "links": [', // 39
  '    { "between": ["one.uart1", "tile2.uart0"], "latency": "1us" }', // 40
  "  ],", // 41
  '  "wires": [', // 42
  '    { "from": "one.gpio.out3", "to": "tile1.gpio.in2", "latency_cycles": 5 },', // 43
  '    { "from": "one.gpio.out3", "to": "one.lines.line9", "latency_cycles": 1 }', // 44
  "  ],", // 45
  '  "not_modelled": ["weather"],', // 46
  "}", // 47
];

/** The fixture with some lines replaced, by number. */
export function fixture(lines: Readonly<Record<number, string>> = {}): string {
  return FIXTURE.map((line, k) => lines[k + 1] ?? line).join("\n");
}

/** Firmware of one segment at the address where it is seen. */
export function program(address: number, bytes: number, memorySize = bytes): Firmware {
  const content = Uint8Array.from({ length: bytes }, (_, k) => k + 1);
  return {
    file: "program.elf",
    entry: address,
    segments: [{ address, virtualAddress: address, bytes: content, memorySize }],
    symbols: [],
  };
}

/** The UserError that a call raises. */
export function mistake(call: () => unknown): UserError {
  try {
    call();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("no mistake was found");
}
