import { describe, expect, test } from "vitest";
import { UserError } from "../../../host/error/index.js";
import { readElf } from "../../../host/guest/elf.js";
import { formatSignature, signatureRange } from "../../../host/guest/signature.js";
import { SymbolTable } from "../../../host/guest/symbols.js";
import { type WriterSymbol, writeElf } from "../../support/elf-writer.js";

const [NONE, OBJECT, FUNC, SECTION] = [0, 1, 2, 3];
const LOCAL = 0;

function tableOf(symbols: readonly WriterSymbol[]): SymbolTable {
  const segments = [
    { address: 0x1000, bytes: new Uint8Array(0x100), flags: 5 },
    { address: 0x2000, bytes: new Uint8Array(0x100), flags: 6 },
  ];
  const elf = readElf(writeElf({ segments, symbols }), "guest.elf");
  return new SymbolTable(elf.symbols, elf.sections);
}

const TABLE = tableOf([
  { name: "", address: 0x1000, type: SECTION, binding: LOCAL },
  { name: "", address: 0x2000, type: SECTION, binding: LOCAL },
  { name: "$x", address: 0x1020, type: NONE, binding: LOCAL },
  { name: ".L1", address: 0x1024, type: NONE, binding: LOCAL },
  { name: "start_label", address: 0x1010, type: NONE },
  { name: "start", address: 0x1010, size: 0x10, type: FUNC },
  { name: "main", address: 0x1020, size: 0x20, type: FUNC },
  { name: "inner", address: 0x1028, size: 8, type: FUNC },
  { name: "loop", address: 0x1030, type: NONE, binding: LOCAL },
  { name: "tail", address: 0x1050, type: NONE },
  { name: "buffer", address: 0x2010, size: 0x40, type: OBJECT },
  { name: "_end", address: 0x2100, type: NONE },
  { name: "stack_size", address: 0x400, type: NONE, section: 0xfff1 },
]);

describe("the name of an address", () => {
  test.each([
    [0x1000, ".text", "a section symbol carries the section's name"],
    [0x100f, ".text+0xf", "a section names what no symbol does"],
    [0x1010, "start", "a function comes before a label at its address"],
    [0x1024, "main+0x4", "mapping symbols and local labels name nothing"],
    [0x102c, "inner+0x4", "the innermost function wins"],
    [0x1030, "main+0x10", "a function comes before a label inside of it"],
    [0x103f, "main+0x1f", "a function reaches to its last byte"],
    [0x1040, "loop+0x10", "behind a function the nearest symbol names"],
    [0x10ff, "tail+0xaf", "a label reaches to the end of its section"],
    [0x1100, "0x1100", "no symbol reaches out of its section"],
    [0x2004, ".data1+0x4", "each section has its own names"],
    [0x204c, "buffer+0x3c", "an object names its bytes"],
    [0x2100, "_end", "a label at the end of a section names its address"],
    [0x2101, "0x2101", "and nothing behind it"],
    [0x400, "0x400", "an absolute symbol is no address"],
    [0, "0x0", "nothing is known before the first symbol"],
  ])("at %i is %s: %s", (address, name) => {
    expect(TABLE.describe(address)).toBe(name);
  });

  test("is undefined from lookup where nothing is known", () => {
    expect(TABLE.lookup(0)).toBeUndefined();
    expect(TABLE.byAddress(0x1024)).toMatchObject({ symbol: { name: "main" }, offset: 4 });
  });
});

describe("the address of a name", () => {
  test.each([
    ["main", 0x1020, 0x20],
    ["buffer", 0x2010, 0x40],
    ["stack_size", 0x400, 0],
  ])("of %s", (name, address, size) => {
    expect(TABLE.byName(name)).toMatchObject({ address, size });
  });

  test("of an unknown or an ignored name is undefined", () => {
    expect(["nobody", "$x", ".L1", "", "__proto__"].map((name) => TABLE.byName(name))).toEqual(
      Array(5).fill(undefined),
    );
  });

  test("is that of the global symbol when a local one has the same name", () => {
    const table = tableOf([
      { name: "twice", address: 0x1004, binding: LOCAL },
      { name: "twice", address: 0x1008, binding: 2 },
      { name: "twice", address: 0x100c },
    ]);
    expect(table.byName("twice")?.address).toBe(0x100c);
  });
});

describe("the memory signature", () => {
  const range = (start: number, end: number): SymbolTable =>
    tableOf([
      { name: "begin_signature", address: start },
      { name: "end_signature", address: end },
    ]);

  test("is one word of eight lower-case digits a line", () => {
    expect(formatSignature([0, 0xdead_beef, -1])).toBe("00000000\ndeadbeef\nffffffff\n");
    expect(formatSignature([])).toBe("");
  });

  test("lies between its two symbols", () => {
    expect(signatureRange(range(0x2000, 0x2010), "x")).toEqual({ start: 0x2000, end: 0x2010 });
  });

  test.each([
    ["without symbols", tableOf([]), /no symbol `begin_signature`/],
    ["without an end", tableOf([{ name: "begin_signature", address: 0x2000 }]), /`end_signature`/],
    ["not aligned", range(0x2002, 0x2010), /not aligned/],
    ["backwards", range(0x2010, 0x2000), /lies before/],
  ])("%s is refused", (_, symbols, what) => {
    const refused = (): unknown => signatureRange(symbols, "guest.elf");
    expect(refused).toThrow(UserError);
    expect(refused).toThrow(what);
    expect(refused).toThrow(/^E412 guest\.elf/);
  });
});
