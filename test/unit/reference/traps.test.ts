import { describe, expect, test } from "vitest";
import { asm, CSR, ReferenceMemory, rvc } from "../../../host/reference/index.js";
import { ABSENT, board, DATA, RAM, RAM_SIZE } from "./board.js";

const END = RAM + RAM_SIZE;
const DEVICE = 0x1000_0000;
const ROM = 0x2000_0000;

/** RAM, an 8-word device and an 8-word ROM filled with 0x5a; x1 = the address, x2 = a value. */
function access(bits: number, address: number, isa = "rv32imac") {
  const device = { base: DEVICE, bytes: new Uint8Array(32).fill(0x5a), device: true };
  const rom = { base: ROM, bytes: new Uint8Array(32).fill(0x5a), writable: false };
  const made = board([bits], { isa, regions: [device, rom] });
  made.hart.registers[1] = address;
  made.hart.registers[2] = 0x1122_3344;
  made.hart.registers[3] = 0x77;
  return made;
}

describe("an access that fails", () => {
  const lw = asm.lw(3, 1, 0);
  const lh = asm.lh(3, 1, 0);
  const lb = asm.lb(3, 1, 0);
  const sw = asm.sw(2, 1, 0);
  const sh = asm.sh(2, 1, 0);
  const sb = asm.sb(2, 1, 0);
  // biome-ignore format: a table.
  const ROWS: readonly (readonly [string, bits: number, address: number, cause: number, tval: number])[] = [
    ["lw absent", lw, ABSENT, 5, ABSENT],
    ["lb absent", lb, ABSENT + 3, 5, ABSENT + 3],
    ["lw absent, both words", lw, ABSENT + 1, 5, ABSENT + 1],
    ["sw absent, both words", sw, ABSENT + 3, 7, ABSENT + 3],
    ["lw whose second word is absent", lw, END - 1, 5, END],
    ["lw whose first word is absent", lw, RAM - 2, 5, RAM - 2],
    ["lh whose second byte is absent", lh, END - 1, 5, END],
    ["sw whose second word is absent", sw, END - 3, 7, END],
    ["sw whose first word is absent", sw, RAM - 1, 7, RAM - 1],
    ["lw across the end of the address space", lw, 0xffff_fffe, 5, 0xffff_fffe],
    ["sw to ROM", sw, ROM, 7, ROM],
    ["lb of a device", lb, DEVICE, 5, DEVICE],
    ["lh of a device", lh, DEVICE + 2, 5, DEVICE + 2],
    ["lw across two words of a device", lw, DEVICE + 2, 5, DEVICE + 2],
    ["sb to a device", sb, DEVICE + 1, 7, DEVICE + 1],
    ["sh to a device", sh, DEVICE, 7, DEVICE],
    ["lr.w absent", asm.lr_w(3, 1), ABSENT, 5, ABSENT],
    ["lr.w of a device", asm.lr_w(3, 1), DEVICE, 5, DEVICE],
    ["lr.w misaligned", asm.lr_w(3, 1), RAM + 2, 4, RAM + 2],
    ["sc.w misaligned", asm.sc_w(3, 1, 2), RAM + 1, 6, RAM + 1],
    ["sc.w absent", asm.sc_w(3, 1, 2), ABSENT, 7, ABSENT],
    ["sc.w on ROM", asm.sc_w(3, 1, 2), ROM, 7, ROM],
    ["amo misaligned, absent", asm.amoadd_w(3, 1, 2), ABSENT + 1, 6, ABSENT + 1],
    ["amo absent", asm.amoswap_w(3, 1, 2), ABSENT, 7, ABSENT],
    ["amo on ROM", asm.amoor_w(3, 1, 2), ROM, 7, ROM],
    ["amo on a device", asm.amoor_w(3, 1, 2), DEVICE, 7, DEVICE],
  ];

  test.each(ROWS)("%s", (_name, bits, address, cause, tval) => {
    const { hart } = access(bits, address);
    expect(hart.step()).toMatchObject({ kind: "trapped", cause, tval, pc: RAM });
    expect([hart.registers[3], hart.readCsr(CSR.mepc)]).toEqual([0x77, RAM]);
    expect([hart.readCsr(CSR.mcause), hart.readCsr(CSR.mtval)]).toEqual([cause, tval >>> 0]);
  });

  test("leaves the good half of a crossing store written, first or second", () => {
    const low = access(asm.sw(2, 1, 0), END - 1);
    low.hart.step();
    expect(low.ram[RAM_SIZE - 1]).toBe(0x44);
    const high = access(asm.sw(2, 1, 0), RAM - 1);
    high.hart.step();
    expect([...high.ram.subarray(0, 4)]).toEqual([0x33, 0x22, 0x11, high.ram[3]]);
  });
});

describe("an access that is answered", () => {
  test.each([
    ["lw of a device", asm.lw(3, 1, 0), DEVICE + 4, 0x5a5a_5a5a],
    ["lh of ROM", asm.lh(3, 1, 0), ROM + 1, 0x5a5a],
    ["sc.w without a reservation", asm.sc_w(3, 1, 2), DATA, 1],
  ])("%s", (_name, bits, address, x3) => {
    const { hart } = access(bits, address);
    expect(hart.step().kind).toBe("retired");
    expect(hart.registers[3]).toBe(x3);
  });

  test.each([0, 1, 2, 3])("a word stored at offset %i is loaded from there", (offset) => {
    const { hart, ram, steps } = board([asm.sw(2, 1, 0), asm.lw(3, 1, 0)]);
    hart.registers[1] = DATA + offset;
    hart.registers[2] = 0x8899_aabb;
    steps(2);
    expect(hart.registers[3]).toBe(0x8899_aabb);
    expect([...ram.subarray(0x8000 + offset, 0x8004 + offset)]).toEqual([0xbb, 0xaa, 0x99, 0x88]);
  });

  test.each([
    ["lb", asm.lb(3, 1, 0), 0xffff_fff0],
    ["lbu", asm.lbu(3, 1, 0), 0xf0],
    ["lh", asm.lh(3, 1, 0), 0xffff_f1f0],
    ["lhu", asm.lhu(3, 1, 0), 0xf1f0],
  ])("%s extends as it should", (_name, bits, x3) => {
    const { hart, ram } = board([bits]);
    ram.set([0xf0, 0xf1], 0x8003);
    hart.registers[1] = DATA + 3;
    hart.step();
    expect(hart.registers[3]).toBe(x3);
  });
});

describe("a fetch that fails", () => {
  test.each([
    ["at an absent address", ABSENT, ABSENT],
    ["of the second half at the end of RAM", END - 2, END],
    ["from a device", DEVICE, DEVICE],
  ])("%s: mtval names the half", (_name, target, tval) => {
    const { hart, ram } = access(asm.jalr(0, 1, 0), target);
    ram.set([0x13, 0x00], RAM_SIZE - 2);
    hart.step();
    expect(hart.step()).toMatchObject({ kind: "trapped", cause: 1, tval, pc: target });
    expect(hart.readCsr(CSR.mepc)).toBe(target);
  });

  test("a compressed instruction in RAM's last half executes", () => {
    const { hart, ram } = access(asm.jalr(0, 1, 0), END - 2);
    ram.set([0x01, 0x00], RAM_SIZE - 2);
    hart.step();
    expect(hart.step()).toMatchObject({ kind: "retired", pc: END - 2 });
    expect(hart.step()).toMatchObject({ kind: "trapped", cause: 1, tval: END, pc: END });
  });
});

describe("without C", () => {
  test.each([
    ["jal", asm.jal(3, 0x102), RAM + 0x102],
    ["jalr, whose bit 0 is cleared first", asm.jalr(3, 1, 3), DATA + 2],
    ["beq", asm.beq(0, 0, 6), RAM + 6],
  ])("%s to 2 mod 4 is cause 0 and writes no register", (_name, bits, tval) => {
    const { hart } = access(bits, DATA, "rv32im");
    expect(hart.step()).toMatchObject({ kind: "trapped", cause: 0, tval, pc: RAM });
    expect([hart.registers[3], hart.readCsr(CSR.mepc)]).toEqual([0x77, RAM]);
  });

  test("a branch that is not taken does not care for its target", () => {
    expect(access(asm.bne(0, 0, 6), 0, "rv32im").hart.step().kind).toBe("retired");
  });

  test("16-bit encodings are illegal and mtval has their 16 bits", () => {
    const { hart } = board([rvc.c_li(10, 1), rvc.c_ebreak()], { isa: "rv32im" });
    expect(hart.step()).toMatchObject({ cause: 2, tval: rvc.c_li(10, 1), pc: RAM });
  });
});

describe("mtval of an instruction", () => {
  test.each([
    ["an illegal one: its bits", 0x1020_0073, 2, 0x1020_0073],
    ["a compressed illegal one: 16 bits", 0x6101, 2, 0x6101],
    ["ecall: 0", asm.ecall(), 11, 0],
    ["ebreak: 0", asm.ebreak(), 3, 0],
    ["c.ebreak: 0", rvc.c_ebreak(), 3, 0],
  ])("%s", (_name, bits, cause, tval) => {
    expect(board([bits]).hart.step()).toMatchObject({ kind: "trapped", cause, tval });
  });
});

describe("lr.w and sc.w", () => {
  const lr = asm.lr_w(3, 1);
  const sc = asm.sc_w(4, 1, 2);
  /** x1 = DATA + 4, x5 = another granule; x4 tells whether sc.w failed. */
  // biome-ignore format: a table.
  const ROWS: readonly (readonly [string, items: readonly number[], failed: number])[] = [
    ["a pair succeeds", [lr, sc], 0],
    ["sc.w alone fails", [sc], 1],
    ["a second sc.w fails", [lr, asm.sc_w(6, 1, 2), sc], 1],
    ["sc.w to another word of the granule succeeds", [lr, asm.addi(1, 1, 8), sc], 0],
    ["sc.w to the next granule fails", [lr, asm.addi(1, 1, 12), sc], 1],
    ["a failing sc.w elsewhere loses the reservation", [lr, asm.sc_w(6, 5, 2), sc], 1],
    ["the hart's own store does not", [lr, asm.sw(2, 1, 0), sc], 0],
    ["the hart's own amo does not", [lr, asm.amoadd_w(6, 1, 2), sc], 0],
    ["a trap return loses it", [lr, asm.csrw(CSR.mepc, 7), asm.mret(), sc], 1],
  ];

  test.each(ROWS)("%s", (_name, items, failed) => {
    const { hart, steps, word } = board(items);
    hart.csr.mstatus = 0x1800;
    hart.registers.set([DATA + 4, 0x1234, 0, 9, DATA + 0x40, 0, RAM + 12], 1);
    steps(items.length);
    const address = hart.registers[1]!;
    expect([hart.registers[4], word(address) === 0x1234]).toEqual([
      failed,
      failed === 0 || items.some((bits) => (bits & 0x7f) === 0x23 || bits === asm.sc_w(6, 1, 2)),
    ]);
  });

  test.each([
    ["in the granule", DATA + 15, 1],
    ["beside it", DATA + 16, 0],
  ])("another agent's store %s", (_name, address, failed) => {
    const { hart } = board([lr, sc]);
    hart.registers[1] = DATA + 4;
    hart.step();
    hart.otherAgentStored(address);
    hart.step();
    expect(hart.registers[4]).toBe(failed);
  });
});

describe("arithmetic at its edges", () => {
  const MIN = 0x8000_0000;
  const ONES = 0xffff_ffff;
  // biome-ignore format: a table.
  const ROWS: readonly (readonly [string, encode: (a: number, b: number, c: number) => number, a: number, b: number, result: number])[] = [
    ["div by zero", asm.div, 7, 0, ONES], ["divu by zero", asm.divu, 7, 0, ONES],
    ["rem by zero", asm.rem, ONES, 0, ONES], ["remu by zero", asm.remu, 7, 0, 7],
    ["div overflow", asm.div, MIN, ONES, MIN], ["rem overflow", asm.rem, MIN, ONES, 0],
    ["div rounds to zero", asm.div, -7, 2, -3 >>> 0], ["rem has the dividend's sign", asm.rem, -7, 2, ONES],
    ["divu", asm.divu, ONES, 2, 0x7fff_ffff], ["remu", asm.remu, ONES, 16, 15],
    ["mul keeps the low half", asm.mul, ONES, ONES, 1], ["mulh", asm.mulh, MIN, MIN, 0x4000_0000],
    ["mulh of -1 and 1", asm.mulh, ONES, 1, ONES], ["mulhu", asm.mulhu, ONES, ONES, 0xffff_fffe],
    ["mulhsu", asm.mulhsu, ONES, ONES, ONES], ["mulhsu of a positive", asm.mulhsu, 1, ONES, 0],
    ["sll uses five bits", asm.sll, 1, 33, 2], ["sra", asm.sra, MIN, 31, ONES],
    ["srl", asm.srl, MIN, 31, 1], ["slt", asm.slt, MIN, 1, 1], ["sltu", asm.sltu, MIN, 1, 0],
    ["sub wraps", asm.sub, 0, 1, ONES],
  ];

  test.each(ROWS)("%s", (_name, encode, a, b, result) => {
    const { hart } = board([encode(3, 1, 2)]);
    hart.registers.set([a, b], 1);
    hart.step();
    expect(hart.registers[3]).toBe(result);
  });

  test.each([
    ["swap", asm.amoswap_w, 5],
    ["add", asm.amoadd_w, 3],
    ["xor", asm.amoxor_w, 0xffff_fffb],
    ["and", asm.amoand_w, 4],
    ["or", asm.amoor_w, 0xffff_ffff],
    ["min", asm.amomin_w, 0xffff_fffe],
    ["max", asm.amomax_w, 5],
    ["minu", asm.amominu_w, 5],
    ["maxu", asm.amomaxu_w, 0xffff_fffe],
  ])("amo%s.w of -2 and 5", (_name, encode, left) => {
    const { hart, ram, word } = board([encode(3, 1, 2)]);
    ram.set([0xfe, 0xff, 0xff, 0xff], 0x8000);
    hart.registers.set([DATA, 5], 1);
    hart.step();
    expect([hart.registers[3], word(DATA)]).toEqual([0xffff_fffe, left]);
  });

  test("x0 stays 0 whatever is written to it", () => {
    const items = [asm.addi(0, 0, 5), asm.lui(0, 1), asm.csrr(0, CSR.misa), asm.lw(0, 1, 0)];
    const { hart, steps } = board([...items, asm.amoadd_w(0, 1, 1), asm.jal(0, 4)]);
    hart.registers[1] = RAM;
    steps(6);
    expect(hart.registers[0]).toBe(0);
  });

  test("a store over the next instruction is what executes next", () => {
    const { hart, steps } = board([asm.sw(2, 1, 0), asm.nop()]);
    hart.registers.set([RAM + 4, asm.addi(3, 0, 42)], 1);
    steps(2);
    expect(hart.registers[3]).toBe(42);
  });
});

test("regions must be whole words, apart from each other and inside the address space", () => {
  const region = (base: number, size: number) => ({ base, bytes: new Uint8Array(size) });
  expect(() => new ReferenceMemory([region(2, 4)])).toThrow(RangeError);
  expect(() => new ReferenceMemory([region(0, 6)])).toThrow(RangeError);
  expect(() => new ReferenceMemory([region(0, 8), region(4, 8)])).toThrow(RangeError);
  expect(() => new ReferenceMemory([region(0xffff_fffc, 8)])).toThrow(RangeError);
});
