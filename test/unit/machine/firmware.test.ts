import { expect, test } from "vitest";
import {
  type BareOptions,
  bareMachine,
  elaborate,
  type Firmware,
  parseMachine,
} from "../../../host/machine/index.js";
import { fixture, mistake, program } from "./fixture.js";

const TILE = ["tile", program(0, 40)] as const;

function load(one: Firmware, lines = {}) {
  return elaborate(parseMachine(fixture(lines), "pair.json"), new Map([["one", one], TILE]));
}

test("bytes of a segment go to the memory that holds its load address", () => {
  const image = load(program(0x80, 100));
  const rom = image.memories.find(({ name }) => name === "one.rom")!;
  expect(image.load[0]!.address).toBe(rom.address + 0x80);
  expect([...image.load[0]!.bytes.subarray(0, 3)]).toEqual([1, 2, 3]);
});

test("each node of a group gets the group's program in its own memory", () => {
  const image = load(program(0x80, 4));
  const rams = image.memories.filter(({ name }) => /^tile\d\.ram$/.test(name));
  expect(image.load.slice(1).map(({ address }) => address)).toEqual(
    rams.map(({ address }) => address),
  );
});

test("a program for one node of a group wins over the group's", () => {
  const firmware = new Map([["one", program(0x80, 4)], TILE, ["tile1", program(0x100, 8)]]);
  const image = elaborate(parseMachine(fixture(), "pair.json"), firmware);
  const rams = image.memories.filter(({ name }) => /^tile\d\.ram$/.test(name));
  expect(image.load[2]).toMatchObject({ address: rams[1]!.address + 0x100 });
});

test("a segment over two neighbouring memories is split", () => {
  const lines = {
    14: `"ram": { "kind": "ram", "base": "0x8000_0000", "size": "8K" },
         "more": { "kind": "ram", "base": "0x8000_2000", "size": "4K" }`,
  };
  const image = load(program(0x8000_1ff0, 32), lines);
  expect(image.load.slice(0, 2).map(({ bytes }) => bytes.length)).toEqual([16, 16]);
  expect(image.load[1]!.bytes[0]).toBe(17);
});

test("a segment at an alias of a rom goes to the rom", () => {
  const image = load(program(0x2000_0080, 4));
  const rom = image.memories.find(({ name }) => name === "one.rom")!;
  expect(image.load[0]!.address).toBe(rom.address + 0x80);
});

test("initialised data is loaded where it lies in ROM, its zeros only need room in RAM", () => {
  const one: Firmware = {
    ...program(0x80, 4),
    segments: [
      {
        address: 0x1f00,
        virtualAddress: 0x8000_0000,
        bytes: new Uint8Array(0x100),
        memorySize: 0x1000,
      },
    ],
  };
  expect(load(one).load[0]!.bytes.length).toBe(0x100);
});

test.each([
  ["below a memory", 0x7fff_fff0, 32, 32, "E461", "0x7fff_fff0..0x8000_000f", "rom 0x0000_0000"],
  ["over the end", 0x8000_1ff0, 32, 32, "E461", "at 0x8000_2000", "ram 0x8000_0000..0x8000_1fff"],
  ["zeros over the end", 0x8000_1ff0, 8, 32, "E461", "at 0x8000_2000", "ram"],
  ["in a device", 0x1000_0000, 8, 8, "E462", 'device "uart0"', "ram"],
] as const)("a segment %s is refused", (_, address, bytes, memory, code, what, hint) => {
  const error = mistake(() => load(program(address, bytes, memory)));
  expect(error).toMatchObject({ code, exitCode: 4, place: { file: "program.elf" } });
  expect(error.what).toContain(what);
  expect(error.hint).toContain(hint);
});

test("a segment in another node's place is refused", () => {
  const firmware = new Map([
    ["one", program(0x80, 4)],
    ["tile", program(0x4000_0000, 4)],
  ]);
  const error = mistake(() => elaborate(parseMachine(fixture(), "pair.json"), firmware));
  expect(error.code).toBe("E462");
  expect(error.what).toContain('foreign place "rom" of the node "tile0"');
});

test("a node without firmware is named, with the option that gives it", () => {
  const description = parseMachine(fixture(), "pair.json");
  const error = mistake(() => elaborate(description, new Map([TILE])));
  expect(error).toMatchObject({ code: "E463", place: { file: "pair.json", line: 11 } });
  expect(error.hint).toContain("--firmware one=ELF");
});

test("firmware for an unknown node is refused with the nearest name", () => {
  const firmware = new Map([["one", program(0x80, 4)], TILE, ["tiles", program(0, 4)]]);
  const error = mistake(() => elaborate(parseMachine(fixture(), "pair.json"), firmware));
  expect(error).toMatchObject({ code: "E464", place: { argument: "--firmware" } });
  expect(error.hint).toContain('"tile"');
});

test("a node whose program has a symbol tohost has that word armed", () => {
  const symbols = [{ name: "tohost", address: 0x8000_0040, size: 8 }];
  const { harts } = load({ ...program(0x80, 4), symbols });
  expect(harts.map(({ tohost }) => tohost)).toEqual([0x8000_0040, null, null, null]);
});

/** Base and size of the RAM of a bare hart. */
function ram(firmware: Firmware, options: BareOptions = {}): [number, number] {
  const { guestBase, size } = bareMachine(firmware, options).memories[0]!;
  return [guestBase, size];
}

test.each([
  ["a small program", program(0x8000_0124, 10), {}, 0x8000_0000, 4 << 20],
  ["one of 5 MiB", program(0x8000_0000, 10, 5 << 20), {}, 0x8000_0000, 5 << 20],
  ["one at the end of memory", program(0xffff_f000, 8), {}, 0xffff_f000, 0x1000],
  ["no segment at all", { ...program(0, 0), segments: [] }, {}, 0, 4 << 20],
  ["--ram", program(0x1000, 8), { ram: { base: 0x1000, size: 0x1000 } }, 0x1000, 0x1000],
] as const)("the RAM of a bare hart fits %s", (_, firmware, options, base, size) => {
  expect(ram(firmware, options)).toEqual([base, size]);
});

test("a bare hart starts at the ELF's entry or at --boot, with the defaults of exec", () => {
  const firmware = program(0x8000_0000, 8);
  const image = bareMachine(firmware);
  expect(image.harts[0]).toMatchObject({ name: "hart0", boot: 0x8000_0000, isa: "rv32imac" });
  expect(image.domains[0]!.rate_mhz).toBe(100_000_000_000n);
  expect(image.uarts).toEqual([]);
  const other = bareMachine(firmware, { boot: 0x9000_0000, isa: "RV32IM", haltStore: 0xf000_0000 });
  expect(other.harts[0]).toMatchObject({
    boot: 0x9000_0000,
    isa: "rv32im",
    haltStore: 0xf000_0000,
  });
});

test.each<[BareOptions, string, string, number]>([
  [{ ram: { base: 0x1001, size: 0x1000 } }, "E270", "--ram", 2],
  [{ ram: { base: 0x1000, size: 0 } }, "E270", "--ram", 2],
  [{ ram: { base: 0xffff_f000, size: 0x2000 } }, "E270", "--ram", 2],
  [{ ram: { base: 0, size: 0xf000_0000 } }, "E270", "--ram", 2],
  [{ isa: "rv64i" }, "E271", "--isa", 2],
  [{ timing: "ibex" }, "E271", "--timing", 2],
  [{ boot: 0x8000_0001 }, "E272", "--boot", 2],
  [{ boot: 0x8000_0002, isa: "rv32im" }, "E272", "--boot", 2],
  [{ boot: 2 ** 32 }, "E272", "--boot", 2],
  [{ haltStore: 2 }, "E272", "--halt-store", 2],
  [{ rate_mhz: 999n }, "E273", "--hz", 2],
])("exec with %o is refused as %s", (options, code, argument, exitCode) => {
  const error = mistake(() => bareMachine(program(0x8000_0000, 8), options));
  expect(error).toMatchObject({ code, place: { argument }, exitCode });
  expect(error.hint).not.toBe("");
});

test("a program with an odd entry, or one that spans all of memory, is refused as firmware", () => {
  const odd = mistake(() => bareMachine(program(0x8000_0001, 8)));
  expect(odd).toMatchObject({ code: "E465", place: { file: "program.elf" }, exitCode: 4 });
  const wide = { ...program(0, 4), segments: [0, 0xf000_0000].map((at) => program(at, 4)) };
  const segments = wide.segments.flatMap((one) => one.segments);
  const error = mistake(() => bareMachine({ ...wide, segments }));
  expect(error).toMatchObject({ code: "E466", place: { file: "program.elf" }, exitCode: 4 });
});

test("a program outside of --ram is refused as firmware", () => {
  const options = { ram: { base: 0x1000, size: 0x1000 } };
  expect(mistake(() => bareMachine(program(0x8000_0000, 8), options)).code).toBe("E461");
});
