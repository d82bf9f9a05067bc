import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RegionKind, STATE_VERSION, UnitKind } from "../../../assembly/kernel/abi.js";
import * as L from "../../../assembly/kernel/layout.js";
import type { MachineImage } from "../../../host/core/image.js";
import { elaborate, type Firmware, parseMachine } from "../../../host/machine/index.js";
import { fixture, program } from "./fixture.js";

const FIRMWARE = new Map<string, Firmware>([
  ["one", program(0x80, 100)],
  ["tile", program(0, 40)],
]);

function pair(lines = {}, options = {}): MachineImage {
  return elaborate(parseMachine(fixture(lines), "pair.json"), FIRMWARE, options);
}

/** Fields of a row by address, read back from the tables. */
class Tables {
  private readonly view: DataView;
  constructor(readonly image: MachineImage) {
    this.view = new DataView(image.tables.buffer);
  }
  word(address: number, offset: number): number {
    return this.view.getUint32(address - L.STATE_BASE + offset, true);
  }
  wide(address: number, offset: number): bigint {
    return this.view.getBigUint64(address - L.STATE_BASE + offset, true);
  }
  header(offset: number): number {
    return this.word(L.STATE_BASE, offset);
  }
  unit(index: number, offset: number): number {
    return this.word(this.header(L.H_UNITS) + index * L.UNIT_BYTES, offset);
  }
  unitOf(name: string): number {
    return this.image.units.find((unit) => unit.name === name)!.index;
  }
  /** Region rows of a hart as [base, size, kind, rights, unit, memory, wait]. */
  map(hart: number): number[][] {
    const block = this.image.harts[hart]!.block;
    const first = this.word(block, L.HART_REGIONS);
    return Array.from({ length: this.word(block, L.HART_REGION_COUNT) }, (_, k) => {
      const row = this.header(L.H_REGIONS) + (first + k) * L.REGION_BYTES;
      return [0, 4, 8, 12, 16, 20, 24].map((offset) => this.word(row, offset));
    });
  }
}

test("the header holds versions, counts and addresses; what runs later is zero", () => {
  const image = pair({}, { seed: 0x1122_3344_5566_7788n });
  const tables = new Tables(image);
  expect(tables.header(L.H_STATE_VERSION)).toBe(STATE_VERSION);
  expect(tables.header(L.H_STATE_BYTES)).toBe(image.stateBytes);
  expect(tables.header(L.H_HOT_PAGES) * L.PAGE_BYTES).toBe(image.tables.length);
  expect(tables.header(L.H_DECODED_PAGES)).toBe(image.decodedPages);
  expect(tables.wide(L.STATE_BASE, L.H_SEED)).toBe(0x1122_3344_5566_7788n);
  expect(tables.wide(L.STATE_BASE, L.H_NOW)).toBe(0n);
  expect(tables.header(L.H_UNIT_COUNT)).toBe(image.units.length);
  expect(tables.header(L.H_DOMAIN_COUNT)).toBe(2);
  expect(tables.header(L.H_HART_COUNT)).toBe(4);
  expect(tables.header(L.H_HALT_KIND)).toBe(0);
  expect(tables.wide(L.STATE_BASE, L.H_HALT_LATENCY)).toBe(100_000_000n);
  const hash = [0, 1, 2, 3].map((k) => tables.header(L.H_MACHINE_HASH + 4 * k));
  expect(hash.map((word) => word.toString(16).padStart(8, "0")).join("")).toBe(image.hash);
});

test("a clock domain holds its rate in millihertz and 10^15 divided by it", () => {
  const tables = new Tables(pair());
  const line = tables.header(L.H_DOMAINS) + L.DOMAIN_BYTES;
  const rate = 14_745_600_125n;
  expect(tables.wide(line, L.DOM_RATE)).toBe(rate);
  expect(tables.wide(line, L.DOM_QUOTIENT)).toBe(10n ** 15n / rate);
  expect(tables.wide(line, L.DOM_REST)).toBe(10n ** 15n % rate);
  for (const offset of [L.DOM_ANCHOR_PS, L.DOM_ANCHOR_CYCLE, L.DOM_REMAINDER]) {
    expect(tables.wide(line, offset)).toBe(0n);
  }
});

test("units come in the order harts, shared RAMs, devices, wires, links", () => {
  const tables = new Tables(pair());
  const kinds = tables.image.units.map(({ index }) => tables.unit(index, L.UNIT_KIND));
  expect(kinds).toEqual(tables.image.units.map(({ kind }) => kind));
  const rank = (kind: number): number =>
    kind === UnitKind.HART
      ? 0
      : kind === UnitKind.SHARED_RAM
        ? 1
        : kind === UnitKind.WIRE
          ? 3
          : kind === UnitKind.SERIAL_LINK
            ? 4
            : 2;
  expect(kinds.map(rank)).toEqual(kinds.map(rank).sort());
  expect(tables.image.units.slice(0, 5).map(({ name }) => name)).toEqual([
    "one",
    "tile0",
    "tile1",
    "tile2",
    "pool",
  ]);
});

test("blocks lie behind the rows, aligned, apart from each other, below the memories", () => {
  const tables = new Tables(pair());
  let end = tables.header(L.H_REGIONS) + tables.header(L.H_REGION_COUNT) * L.REGION_BYTES;
  for (const { index, block, blockBytes } of tables.image.units) {
    expect(tables.unit(index, L.UNIT_BLOCK)).toBe(block);
    expect(tables.unit(index, L.UNIT_BLOCK_BYTES)).toBe(blockBytes);
    expect(block % 8).toBe(0);
    expect(block).toBeGreaterThanOrEqual(end);
    end = block + blockBytes;
  }
  for (const { address, size } of tables.image.memories) {
    expect(address % L.PAGE_BYTES).toBe(0);
    expect(address).toBeGreaterThanOrEqual(end);
    end = address + size;
  }
  expect(end).toBe(L.STATE_BASE + tables.image.stateBytes);
});

test("a hart's map is sorted by base and tells kind, rights, unit, memory and wait states", () => {
  const tables = new Tables(
    pair({ 19: '"gpio": { "kind": "gpio", "base": "0x1000_2000", "wait_cycles": 3 },' }),
  );
  const at = (name: string): number =>
    tables.image.memories.find((memory) => memory.name === name)!.address;
  const unit = (name: string): number => tables.unitOf(`one.${name}`);
  const none = L.NONE;
  expect(tables.map(0)).toEqual([
    [0x0000_0000, 0x2000, RegionKind.ROM, 0b0101, none, at("one.rom"), 0],
    [0x0200_0000, 0x1_0000, RegionKind.DEVICE, 0b0011, unit("clint"), 0, 0],
    [0x1000_0000, 0x1000, RegionKind.DEVICE, 0b0011, unit("uart0"), 0, 0],
    [0x1000_1000, 0x1000, RegionKind.DEVICE, 0b0011, unit("uart1"), 0, 0],
    [0x1000_2000, 0x1000, RegionKind.DEVICE, 0b0011, unit("gpio"), 0, 3],
    [0x1000_3000, 0x1000, RegionKind.DEVICE, 0b0011, unit("lines"), 0, 0],
    [0x1000_5000, 0x1000, RegionKind.DEVICE, 0b0011, unit("status"), 0, 0],
    [0x2000_0000, 0x2000, RegionKind.ROM, 0b0101, none, at("one.rom"), 0],
    [0x8000_0000, 0x2000, RegionKind.RAM, 0b1111, none, at("one.ram"), 0],
    [0x9000_0000, 0x1000, RegionKind.SHARED, 0b1011, tables.unitOf("pool"), at("pool"), 0],
  ]);
  expect(tables.map(3).map((row) => row[2])).toEqual([
    RegionKind.RAM,
    RegionKind.DEVICE,
    RegionKind.DEVICE,
    RegionKind.FOREIGN,
    RegionKind.SHARED,
  ]);
  expect(tables.map(3)[3]).toEqual([0x4000_0000, 0x2000, RegionKind.FOREIGN, 0, none, 0, 0]);
});

test("a hart's block holds its identity, windows and CLINT; the rest of it is zero", () => {
  const tables = new Tables(pair());
  const block = tables.image.harts[0]!.block;
  const [rom, ram] = tables.image.memories;
  const fields: readonly [number, number][] = [
    [L.HART_ID, 0],
    [L.HART_MISA, 0x4010_1104],
    [L.HART_BOOT, 0x80],
    [L.HART_TIMING, 0],
    [L.HART_REGIONS, 0],
    [L.HART_REGION_COUNT, 10],
    [L.HART_UNIT, 0],
    [L.HART_RAM_BASE, 0x8000_0000],
    [L.HART_RAM_SIZE, 0x2000],
    [L.HART_RAM_MEMORY, ram!.address],
    [L.HART_ROM_BASE, 0],
    [L.HART_ROM_SIZE, 0x2000],
    [L.HART_ROM_MEMORY, rom!.address],
    [L.HART_CLINT, tables.unitOf("one.clint")],
  ];
  for (const [offset, value] of fields) expect(tables.word(block, offset)).toBe(value);
  const known = new Set(fields.map(([offset]) => offset));
  for (let offset = 0; offset < L.HART_BYTES; offset += 4) {
    if (!known.has(offset)) expect(tables.word(block, offset)).toBe(0);
  }
  const tile = tables.image.harts[3]!.block;
  expect(tables.word(tile, L.HART_ID)).toBe(3);
  expect(tables.word(tile, L.HART_MISA)).toBe(0x4010_1100);
  expect(tables.word(tile, L.HART_TIMING)).toBe(1);
  expect(tables.word(tile, L.HART_CLINT)).toBe(L.NONE);
});

test("a memory with wait states is no fast window; the largest without them is", () => {
  const ram = (wait: number): string =>
    `"ram": { "kind": "ram", "base": "0x8000_0000", "size": "8K", "wait_cycles": ${wait} },
     "small": { "kind": "ram", "base": "0x8000_4000", "size": "4K" }`;
  for (const [wait, base] of [
    [0, 0x8000_0000],
    [1, 0x8000_4000],
  ] as const) {
    const tables = new Tables(pair({ 14: ram(wait) }));
    expect(tables.word(tables.image.harts[0]!.block, L.HART_RAM_BASE)).toBe(base);
  }
});

test.each([
  ["one.uart0.interrupt>one.lines.line4", "one.uart0", 0, "one.lines", 4, 1],
  ["one.gpio.interrupt>one.lines.line5", "one.gpio", 31, "one.lines", 5, 1],
  ["one.lines.irq9>one.mip25", "one.lines", 9, "one", 25, 1],
  ["one.clint.msip>one.mip3", "one.clint", 0, "one", 3, 1],
  ["one.clint.mtip>one.mip7", "one.clint", 1, "one", 7, 1],
  ["one.gpio.out3>tile1.gpio.in2", "one.gpio", 3, "tile1.gpio", 2, 5],
  ["one.gpio.out3>one.lines.line9", "one.gpio", 3, "one.lines", 9, 1],
])("%s is a wire unit", (name, from, fromBit, to, toBit, latency) => {
  const tables = new Tables(pair());
  const unit = tables.unitOf(name);
  const [source, target] = [tables.unitOf(from), tables.unitOf(to)];
  const params = [L.UNIT_PARAM0, L.UNIT_PARAM1, L.UNIT_PARAM2, L.UNIT_PARAM3, L.UNIT_PARAM4];
  expect(params.map((offset) => tables.unit(unit, offset))).toEqual([
    source,
    fromBit,
    target,
    toBit,
    latency,
  ]);
  expect(tables.unit(unit, L.UNIT_DOMAIN)).toBe(tables.unit(target, L.UNIT_DOMAIN));
  const first = tables.unit(source, L.UNIT_WIRES);
  expect(unit).toBeGreaterThanOrEqual(first);
  expect(unit).toBeLessThan(first + tables.unit(source, L.UNIT_WIRE_COUNT));
  const inside = from.split(".")[0] === to.split(".")[0];
  expect(tables.unit(unit, L.UNIT_NODE)).toBe(inside ? 0 : L.NONE);
});

test("the wires of one source are consecutive, and no other unit claims them", () => {
  const tables = new Tables(pair());
  for (const { unit, from } of tables.image.wires) {
    const owners = tables.image.units.filter(({ index }) => {
      const first = tables.unit(index, L.UNIT_WIRES);
      return (
        first !== L.NONE && unit >= first && unit < first + tables.unit(index, L.UNIT_WIRE_COUNT)
      );
    });
    expect(owners.map(({ index }) => index)).toEqual([from.unit]);
  }
});

test("a link is two units, one for each direction, that name both UARTs and the latency", () => {
  const tables = new Tables(pair());
  const [a, b] = [tables.unitOf("one.uart1"), tables.unitOf("tile2.uart0")];
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const link = tables.unit(from, L.UNIT_LINK);
    expect(tables.unit(link, L.UNIT_KIND)).toBe(UnitKind.SERIAL_LINK);
    expect(tables.unit(link, L.UNIT_PARAM0)).toBe(from);
    expect(tables.unit(link, L.UNIT_PARAM2)).toBe(to);
    expect(tables.unit(link, L.UNIT_PARAM4)).toBe(1_000_000);
  }
  expect(tables.unit(tables.unitOf("one.uart0"), L.UNIT_LINK)).toBe(L.NONE);
  expect(tables.image.uarts.map(({ name, linked }) => [name, linked])).toEqual([
    ["one.uart0", false],
    ["one.uart1", true],
    ["tile0.uart0", false],
    ["tile1.uart0", false],
    ["tile2.uart0", true],
  ]);
});

test("status and shared RAM have the parameters that their devices read", () => {
  const tables = new Tables(pair({ 3: '"model_id": 9,' }));
  const status = tables.unitOf("one.status");
  const pool = tables.unitOf("pool");
  const read = (unit: number) =>
    [L.UNIT_PARAM0, L.UNIT_PARAM1, L.UNIT_PARAM2].map((offset) => tables.unit(unit, offset));
  expect(read(status)).toEqual([0, 9, 100_000_000]);
  expect(read(pool)).toEqual([1, 2, 0]); // occupancy, latency
});

test("pins know the wire that leaves or reaches them", () => {
  const { pins, units } = pair();
  const wireOf = (name: string, direction: string): string | null => {
    const pin = pins.find((row) => row.name === name && row.direction === direction)!;
    return pin.wire === null ? null : units[pin.wire]!.name;
  };
  expect(wireOf("one.gpio.out3", "output")).toBe("one.gpio.out3>tile1.gpio.in2");
  expect(wireOf("tile1.gpio.in2", "input")).toBe("one.gpio.out3>tile1.gpio.in2");
  expect(wireOf("one.gpio.out4", "output")).toBeNull();
});

test("the machine hash sees the machine, not the seed and not the firmware", () => {
  const { hash } = pair();
  expect(hash).toMatch(/^[0-9a-f]{32}$/);
  expect(pair({}, { seed: 99n }).hash).toBe(hash);
  const other = new Map([...FIRMWARE, ["one", program(0x100, 8)] as const]);
  expect(elaborate(parseMachine(fixture(), "x"), other).hash).toBe(hash);
  expect(pair({ 5: '"core": { "rate_hz": "100000000.001" },' }).hash).not.toBe(hash);
  expect(pair({}, { haltStores: new Map([["one", 0x100]]) }).hash).not.toBe(hash);
});

test("elaboration is deterministic: equal files give equal images, byte for byte", () => {
  expect(pair()).toEqual(pair());
});

test("a single hart halts at once", () => {
  const text = readFileSync("firmware-models/console-board/machine.json", "utf8");
  const image = elaborate(
    parseMachine(text, "machine.json"),
    new Map([["board", program(0x80, 16)]]),
  );
  expect(new Tables(image).wide(L.STATE_BASE, L.H_HALT_LATENCY)).toBe(0n);
  expect(image.uarts.map(({ name }) => name)).toEqual(["board.uart0", "board.uart1"]);
});

test("1472 nodes that share one ELF elaborate in well under a second", () => {
  const lines = {
    25: '"spare": { "isa": "rv32i", "timing": "ibex-small", "clock": "core", "boot": 0,',
    26: '"memories": { "ram": { "kind": "ram", "base": 0, "size": "4K" } } }, "tile": {',
    27: `"count": 1472, "isa": "rv32im", "timing": "ibex-small", "clock": "core", "boot": 0,
         "memories": { "ram": { "kind": "ram", "base": "0x0", "size": "624K" } },`,
    37: '"occupancy_cycles": 1, "nodes": ["one"] }',
  };
  const firmware = new Map([...FIRMWARE, ["spare", program(0, 4)] as const]);
  const start = performance.now();
  const image = elaborate(parseMachine(fixture(lines), "many.json"), firmware);
  const spent_ms = performance.now() - start;
  expect(image.harts.length).toBe(1474);
  expect(image.load.filter(({ bytes }) => bytes.length === 40).length).toBe(1472);
  expect(image.stateBytes).toBeLessThan(1000 * 2 ** 20);
  // Measured: about 60 ms; the bound leaves room for a busy machine.
  expect(spent_ms).toBeLessThan(2000);
});
