import { expect, test } from "vitest";
import { MACHINE_ERROR_ROWS, parseMachine } from "../../../host/machine/index.js";
import { fixture, mistake } from "./fixture.js";

/** [lines replaced, code, line of the error, a part of the message, a part of the hint]. */
type Row = readonly [Readonly<Record<number, string>>, string, number, string, string];

const SYNTAX: readonly Row[] = [
  [{ 3: '  "seed": 7' }, "E101", 4, 'expected "," or "}", found "\\""', "line 1"],
  [{ 3: "  seed: 7," }, "E101", 3, 'expected a key in double quotes, found "seed"', "key"],
  [{ 3: '  "seed" 7,' }, "E101", 3, 'expected ":" after the key "seed"', '":"'],
  [{ 3: '  "seed": 0x7,' }, "E101", 3, 'expected a value, found "0x7"', "double quotes"],
  [{ 3: '  "seed": 1_0,' }, "E101", 3, 'found "1_0"', "double quotes"],
  [{ 3: '  "seed": 7, "seed": 8,' }, "E101", 3, '"seed" appears twice (first on line 3)', ""],
  [{ 2: '  "machine": "pair,' }, "E101", 2, "a string holds a control character", ""],
  [{ 2: '  "machine": "p\\q",' }, "E101", 2, "unknown escape", "\\\\"],
  [{ 1: "{ /* never closed" }, "E101", 1, "a comment is not closed", "*/"],
  [{ 47: "" }, "E101", 47, "found the end of the file", ""],
  [{ 47: "} }" }, "E101", 47, 'text after the end: "}"', "one object"],
  [{ 47: '"x": "' }, "E101", 47, "a string is not closed", ""],
];

const SHAPE: readonly Row[] = [
  [{ 2: "" }, "E102", 1, '"machine" is missing', ""],
  [{ 3: '  "seed": [1],' }, "E102", 3, '"seed": expected a seed', "hotspare schema"],
  [{ 3: '  "seeds": 7,' }, "E103", 3, 'unknown key "seeds"', 'did you mean "seed"'],
  [
    { 14: '"ram": { "kind": "ram", "base": 0, "sise": 8192 }' },
    "E103",
    14,
    'unknown key "nodes.one.memories.ram.sise"',
    '"size"',
  ],
  [
    { 19: '"gpio": { "kind": "gpio", "base": 0, "irq": 5 },' },
    "E103",
    19,
    'unknown key "nodes.one.devices.gpio.irq"',
    "known here: kind, base",
  ],
  [
    { 21: '"clint": { "kind": "clint", "base": 0, "clock": "line", "interrupt": 1 },' },
    "E103",
    21,
    '"nodes.one.devices.clint.interrupt"',
    "known here",
  ],
  [
    { 22: '"status": { "kind": "statis", "base": 0 }' },
    "E102",
    22,
    "expected a device with a kind: ns16550a",
    "",
  ],
  [
    { 13: '"rom": { "kind": "flash", "base": 0, "size": "8K" },' },
    "E102",
    13,
    '"ram" or "rom"',
    "",
  ],
  [{ 13: '"Rom": { "kind": "rom", "base": 0, "size": "8K" },' }, "E108", 13, "bad name", "uart0"],
  [{ 37: '"occupancy_cycles": 0, "nodes": ["one"] }' }, "E102", 37, "from 1 to 1024", ""],
  [{ 37: '"occupancy_cycles": 1, "nodes": [] }' }, "E102", 37, "at least one node", ""],
  [{ 40: '{ "between": ["one.uart1"], "latency": "1us" }' }, "E102", 40, "expected two UARTs", ""],
  [
    { 43: '{ "from": "one.gpio.out3", "to": "tile1.gpio.in2", "latency_cycles": 0 },' },
    "E102",
    43,
    "expected a whole number from 1",
    "",
  ],
  [{ 12: '"memories": null,', 13: "", 14: "", 15: "" }, "E102", 12, "expected an object", ""],
];

const VALUES: readonly Row[] = [
  [{ 3: '  "seed": "0x1_0000_0000_0000_0000",' }, "E107", 3, "out of range", "ffffffff"],
  [{ 3: '  "seed": "seven",' }, "E107", 3, '"seven" is not a seed', ""],
  [{ 5: '"core": { "rate_hz": "0.5" },' }, "E107", 5, "out of range", "1 Hz to 10 GHz"],
  [{ 5: '"core": { "rate_hz": 10000000001 },' }, "E107", 5, "out of range", "10 GHz"],
  [{ 6: '"line": { "rate_hz": "1.0001" }' }, "E107", 6, "is not a rate", "32768.125"],
  [{ 14: '"ram": { "kind": "ram", "base": "8000", "size": "8Q" }' }, "E107", 14, '"8Q"', "128K"],
  [{ 14: '"ram": { "kind": "ram", "base": 0, "size": "4G" }' }, "E107", 14, "out of range", "4G"],
  [{ 14: '"ram": { "kind": "ram", "base": 4294967296, "size": 1 }' }, "E107", 14, "range", "0xf"],
  [{ 14: '"ram": { "kind": "ram", "base": -1, "size": 1 }' }, "E102", 14, "an address", ""],
  [{ 40: '{ "between": ["one.uart1", "tile2.uart0"], "latency": "1" }' }, "E107", 40, '"1"', "1us"],
  [
    { 40: '{ "between": ["one.uart1", "tile2.uart0"], "latency": "1s" }' },
    "E107",
    40,
    "range",
    "4000000ns",
  ],
  [{ 14: '"ram": { "kind": "ram", "base": 0, "size": 0 }' }, "E107", 14, "out of range", ""],
];

const MAPS: readonly Row[] = [
  [
    { 18: '"uart1": { "kind": "ns16550a", "base": "0x1000_0000", "clock": "line" },' },
    "E104",
    18,
    'region "uart1" overlaps "uart0" at 0x1000_0000..0x1000_0fff',
    '"uart0" lies at 0x1000_0000..0x1000_0fff',
  ],
  [
    { 14: '"ram": { "kind": "ram", "base": "0x1000", "size": 8192 }' },
    "E104",
    14,
    'region "ram" overlaps "rom" at 0x0000_1000..0x0000_1fff',
    "move one",
  ],
  [
    { 14: '"ram": { "kind": "ram", "base": "0x2000_1000", "size": 8192 }' },
    "E104",
    14,
    'region "ram" overlaps "rom alias 0"',
    "",
  ],
  [
    { 14: '"ram": { "kind": "ram", "base": "0x8fff_f000", "size": 8192 }' },
    "E104",
    36,
    'region "pool" overlaps "ram" at 0x9000_0000..0x9000_0fff',
    "",
  ],
  [
    { 32: '"foreign": { "rom": { "base": "0x1000_2000", "size": "8K", "owner": "one" } }' },
    "E104",
    32,
    'region "rom" overlaps "gpio"',
    "",
  ],
  [
    { 14: '"ram": { "kind": "ram", "base": 4, "size": "8K" }' },
    "E105",
    14,
    "base 0x0000_0004",
    "4K",
  ],
  [{ 14: '"ram": { "kind": "ram", "base": 0, "size": 5000 }' }, "E105", 14, "the size 5000", "4K"],
  [
    { 21: '"clint": { "kind": "clint", "base": "0x0200_1000", "clock": "line" },' },
    "E105",
    21,
    "no multiple of 64K",
    "64K",
  ],
  [
    { 14: '"ram": { "kind": "ram", "base": "0xffff_f000", "size": "8K" }' },
    "E105",
    14,
    "leaves the 32-bit address space",
    "lower base",
  ],
  [
    { 26: '"count": 3, "isa": "rv32im", "timing": "single-cycle", "clock": "core", "boot": 2,' },
    "E105",
    26,
    "boot address 0x0000_0002 is no multiple of 4",
    "rv32im",
  ],
  [
    { 10: '"isa": "rv32imc", "timing": "ibex-small", "clock": "core", "boot": "0x1000_0000",' },
    "E117",
    10,
    "lies in no memory",
    "rom or ram",
  ],
  [
    { 14: '"ram": { "kind": "ram", "base": "0x8000_0000", "size": "8K", "alias_bases": [0] }' },
    "E102",
    14,
    "is no rom but has aliases",
    "remove",
  ],
  [
    {
      26: '"count": 15, "isa": "rv32im", "timing": "single-cycle", "clock": "core", "boot": 0,',
      27: '"memories": { "ram": { "kind": "ram", "base": 0, "size": "256M" } },',
    },
    "E113",
    1,
    "the memories hold 3841M",
    "3584M",
  ],
  [
    { 26: '"count": 4096, "isa": "rv32im", "timing": "single-cycle", "clock": "core", "boot": 0,' },
    "E113",
    1,
    "4097 nodes are too many",
    "4096",
  ],
];

const NAMES: readonly Row[] = [
  [
    { 10: '"isa": "rv32imc", "timing": "ibex-small", "clock": "kore", "boot": "0x80",' },
    "E106",
    9,
    'names a clock "kore"',
    '"core"',
  ],
  [{ 6: '"line": { "rate_hz": 1 }, "spare": { "rate_hz": 5 }' }, "E116", 6, '"spare" drives', ""],
  [
    { 10: '"isa": "rv32imd", "timing": "ibex-small", "clock": "core", "boot": "0x80",' },
    "E112",
    9,
    '"rv32imd"',
    "rv32imac",
  ],
  [
    { 10: '"isa": "rv32imc", "timing": "ibex", "clock": "core", "boot": "0x80",' },
    "E102",
    10,
    "ibex-small, single-cycle",
    "",
  ],
  [{ 11: '"firmware": "../x.elf",' }, "E111", 11, "leaves the machine file's folder", "relative"],
  [{ 11: '"firmware": "a/../../x.elf",' }, "E111", 11, "leaves", ""],
  [{ 11: '"firmware": "/etc/x.elf",' }, "E111", 11, "is absolute", ""],
  [{ 11: '"firmware": "C:x.elf",' }, "E111", 11, "is absolute", ""],
  [{ 11: '"firmware": "a\\\\x.elf",' }, "E111", 11, "backslash", ""],
  [{ 11: '"firmware": "a\\u0000.elf",' }, "E111", 11, "control characters", ""],
  [{ 11: '"firmware": "a/",' }, "E111", 11, "names no file", ""],
  [
    { 18: '"serial": { "kind": "ns16550a", "base": "0x1000_1000", "clock": "line" },' },
    "E108",
    18,
    '"one.serial" is not named uartN',
    "uart0",
  ],
  [
    { 19: '"uart3": { "kind": "gpio", "base": "0x1000_2000" },' },
    "E108",
    19,
    "has a UART's name but is a gpio",
    "",
  ],
  [
    { 22: '"status": { "kind": "status", "base": 0 }, "s": { "kind": "status", "base": 4096 }' },
    "E109",
    22,
    "two status devices",
    '"status" is the first',
  ],
  [
    { 22: '"ram": { "kind": "status", "base": "0x1000_5000" }' },
    "E109",
    22,
    '"one.ram" is both a memory and a device',
    "rename",
  ],
  [{ 9: '"tile1": {' }, "E109", 25, 'the node "tile1" exists twice', "rename"],
  [
    { 37: '"occupancy_cycles": 1, "nodes": ["one", "tiles"] }' },
    "E106",
    36,
    'a node "tiles" that does not exist',
    "tile",
  ],
  [
    { 37: '"occupancy_cycles": 1, "nodes": ["tile", "tile2"] }' },
    "E109",
    36,
    'names the node "tile2" twice',
    "once",
  ],
  [
    { 32: '"foreign": { "rom": { "base": "0x4000_0000", "size": "8K", "owner": "two" } }' },
    "E106",
    32,
    'the owner "two"',
    "one",
  ],
];

const between = (one: string, two: string, latency = "1us") => ({
  40: `{ "between": ["${one}", "${two}"], "latency": "${latency}" }`,
});
const wire = (from: string, to: string) => ({
  44: `{ "from": "${from}", "to": "${to}", "latency_cycles": 1 }`,
});

/** A PECI engine on the clock "line" and a package on `clock`. */
const engine = (client: string, clock: string) => ({
  3:
    `"devices": { "peci": { "kind": "peci", "clock": "line", "client": "${client}", "views": [] },` +
    ` "box": { "kind": "package", "clock": "${clock}", "views": [] } },`,
});

/** The fixture with a tile processor. */
function tiles(keys: string) {
  const common = '"preset": "mini", "clock": "core", "isa": "rv32im", "timing": "ibex-small"';
  return { 3: `"tile_processors": { "chip": { ${common}, ${keys} } },` };
}

const WIRING: readonly Row[] = [
  [between("one.uart1", "one.uart1"), "E114", 40, '"one.uart1" is linked twice', "one line"],
  [between("one.gpio", "one.uart1"), "E114", 40, '"one.gpio" is a gpio, not a UART', "uartN"],
  [between("one.uart9", "one.uart1"), "E106", 40, 'has no device "uart9"', "uart"],
  [between("two.uart0", "one.uart1"), "E106", 40, 'there is no node "two"', "one"],
  [between("tile.uart0", "one.uart1"), "E106", 40, '"tile" is a group', "tile0"],
  [between("uart0", "one.uart1"), "E106", 40, '"uart0" is not a device', "NODE.DEVICE"],
  [between("one.uart0", "one.uart1", "1ns"), "E115", 40, "less than a cycle", "67817ps"],
  [between("one.uart0", "one.uart1", "54us"), "E115", 40, "more than a link holds", "at most"],
  [
    wire("one.gpio.out3", "tile1.gpio.in2"),
    "E109",
    44,
    '"tile1.gpio.in2" is driven by',
    "one wire",
  ],
  [wire("one.gpio.out16", "one.lines.line1"), "E106", 44, 'has no output "out16"', "out1"],
  [wire("one.gpio.in1", "one.lines.line1"), "E106", 44, 'has no output "in1"', ""],
  [wire("one.gpio", "one.lines.line1"), "E106", 44, '"one.gpio" is not a pin', "PIN"],
  [wire("one.gpio.out1", "one.status.x"), "E106", 44, 'has no input "x"', "none exists"],
  [wire("one.gpio.out1", "one.lines.line4"), "E110", 44, 'which "uart0" of that node', "another"],
  [
    { 19: '"gpio": { "kind": "gpio", "base": "0x1000_2000", "interrupt": 4 },' },
    "E110",
    19,
    '"gpio" and "uart0" of "one" share line 4',
    "free: 0, 1, 2, 3, 5",
  ],
  [
    { 30: '"gpio": { "kind": "gpio", "base": "0x1000_2000", "interrupt": 1 }' },
    "E118",
    30,
    '"tile.gpio" has an interrupt number but no interrupt unit',
    "interrupt-unit",
  ],
  [
    engine("lines", "line"),
    "E106",
    3,
    '"peci" names a client "lines" that is no package',
    "known here: box",
  ],
  [engine("box", "core"), "E119", 3, 'its client "box" have different clocks', '"line"'],
  [{ 3: '"halt_latency": "9ns",' }, "E115", 1, "less than a node's cycle", "10000ps"],
  [tiles('"defects": [[0, 1], [0, 2]]'), "E126", 3, "has two defects", "one spare unit"],
  [tiles('"defects": [[4, 0]]'), "E126", 3, "no unit at column 4", "columns are 0..3"],
  [tiles('"codes": [null]'), "E126", 3, "has 1 repair codes", "give 4"],
  [tiles('"tiles": 65'), "E126", 3, "has 64 tiles, not 65", "write all"],
];

const ROWS = [...SYNTAX, ...SHAPE, ...VALUES, ...MAPS, ...NAMES, ...WIRING];

test("the fixture without a mistake is a machine", () => {
  expect(parseMachine(fixture(), "pair.json").machine).toBe("pair");
});

test.each(ROWS)("lines %j give %s on line %i", (lines, code, line, message, hint) => {
  const error = mistake(() => parseMachine(fixture(lines), "pair.json"));
  expect({ code: error.code, place: error.place }).toEqual({
    code,
    place: { file: "pair.json", line },
  });
  expect(error.what).toContain(message);
  expect(error.hint).toContain(hint);
  expect(error.hint).not.toBe("");
  expect(error.exitCode).toBe(3);
});

test("every code of machine files is raised by one row, and no other", () => {
  const raised = new Set(ROWS.map(([, code]) => code));
  const listed = MACHINE_ERROR_ROWS.map(({ code }) => code).filter((code) => code < "E400");
  expect([...raised].sort()).toEqual(listed.sort());
});
