import { describe, expect, test } from "vitest";
import { asm, CSR, rvc } from "../../../host/reference/index.js";
import { ABSENT, board, DATA, RAM, RAM_SIZE } from "./board.js";

const END = RAM + RAM_SIZE;
type Row = readonly [name: string, bits: number, cycles: number];

/** Registers of every row: a pointer to data in x5, and operands. */
const REGISTERS = new Map([
  [5, DATA],
  [6, 7],
  [7, 0],
  [8, DATA],
  [9, ABSENT],
  [10, END - 2],
  [11, RAM + 0x100],
  [12, RAM + 0x102],
  [13, RAM + 0x106],
]);

function costOf(bits: number, isa = "rv32imac", at = 0): bigint {
  const start = at === 0 ? [] : [rvc.c_nop()];
  const { hart, ram } = board([...start, bits], { isa });
  // At 0x100 an uncompressed nop, at 0x102 another one, at 0x106 a compressed one.
  ram.set([0x13, 0, 0x13, 0, 0, 0, 0x01, 0x00], 0x100);
  for (const [index, value] of REGISTERS) hart.registers[index] = value;
  for (let i = 0; i < start.length; i++) hart.step();
  return hart.step().cost;
}

// biome-ignore format: a table.
const TABLE: readonly Row[] = [
  // class                                 instruction                       cycles
  ["addi",                                 asm.addi(1, 5, 1),                1],
  ["add",                                  asm.add(1, 5, 6),                 1],
  ["lui",                                  asm.lui(1, 1),                    1],
  ["auipc",                                asm.auipc(1, 1),                  1],
  ["nop",                                  asm.nop(),                        1],
  ["fence",                                asm.fence(),                      1],
  ["c.add",                                rvc.c_add(1, 5),                  1],
  ["c.nop",                                rvc.c_nop(),                      1],
  ["lw",                                   asm.lw(1, 5, 0),                  2],
  ["c.lw",                                 rvc.c_lw(9, 8, 0),                2],
  ["lb at offset 3",                       asm.lb(1, 5, 3),                  2],
  ["lh at offset 1, inside the word",      asm.lh(1, 5, 1),                  2],
  ["lh at offset 2",                       asm.lh(1, 5, 2),                  2],
  ["lh at offset 3, crossing",             asm.lh(1, 5, 3),                  3],
  ["lw at offset 1, crossing",             asm.lw(1, 5, 1),                  3],
  ["lw at offset 2, crossing",             asm.lw(1, 5, 2),                  3],
  ["sw",                                   asm.sw(1, 5, 0),                  2],
  ["sb at offset 3",                       asm.sb(1, 5, 3),                  2],
  ["sh at offset 1, inside the word",      asm.sh(1, 5, 1),                  2],
  ["sh at offset 3, crossing",             asm.sh(1, 5, 3),                  3],
  ["sw at offset 3, crossing",             asm.sw(1, 5, 3),                  3],
  ["mul",                                  asm.mul(1, 5, 6),                 3],
  ["mulh",                                 asm.mulh(1, 5, 6),                4],
  ["mulhu",                                asm.mulhu(1, 5, 6),               4],
  ["mulhsu",                               asm.mulhsu(1, 5, 6),              4],
  ["div",                                  asm.div(1, 5, 6),                 37],
  ["divu",                                 asm.divu(1, 5, 6),                37],
  ["rem",                                  asm.rem(1, 5, 6),                 37],
  ["remu",                                 asm.remu(1, 5, 6),                37],
  ["div by zero",                          asm.div(1, 5, 7),                 2],
  ["divu by zero",                         asm.divu(1, 5, 7),                2],
  ["rem by zero",                          asm.rem(1, 5, 7),                 2],
  ["remu by zero",                         asm.remu(1, 5, 7),                2],
  ["branch not taken",                     asm.bne(5, 5, 0x100),             1],
  ["branch taken",                         asm.beq(5, 5, 0x100),             3],
  ["branch taken to itself",               asm.beq(5, 5, 0),                 3],
  ["branch taken to 2 mod 4, long",        asm.beq(5, 5, 0x102),             4],
  ["branch taken to 2 mod 4, short",       asm.beq(5, 5, 0x106),             3],
  ["jal",                                  asm.jal(1, 0x100),                2],
  ["jal to 2 mod 4, long",                 asm.jal(1, 0x102),                3],
  ["jal to 2 mod 4, short",                asm.jal(1, 0x106),                2],
  ["c.j to 2 mod 4, long",                 rvc.c_j(0x102),                   3],
  ["jalr",                                 asm.jalr(1, 11, 0),               2],
  ["jalr to 2 mod 4, long",                asm.jalr(1, 12, 0),               3],
  ["jalr to 2 mod 4, short",               asm.jalr(1, 13, 0),               2],
  ["c.jr to 2 mod 4, long",                rvc.c_jr(12),                     3],
  ["jalr to an absent address",            asm.jalr(1, 9, 0),                2],
  ["jalr to an absent address 2 mod 4",    asm.jalr(1, 9, 2),                3],
  ["jalr to RAM's last half, 16 bits",     asm.jalr(1, 10, 0),               2],
  ["fence.i",                              asm.fence_i(),                    2],
  ["csrr",                                 asm.csrr(1, CSR.mcycle),          1],
  ["csrrsi with 0",                        asm.csrrsi(1, CSR.mstatus, 0),    1],
  ["csrrc with x0",                        asm.csrrc(1, CSR.mstatus, 0),     1],
  ["csrw mscratch",                        asm.csrw(CSR.mscratch, 5),        1],
  ["csrw mepc",                            asm.csrw(CSR.mepc, 5),            1],
  ["csrw mtval",                           asm.csrw(CSR.mtval, 5),           3],
  ["csrrs mcause with a zero register",    asm.csrrs(1, CSR.mcause, 7),      3],
  ["csrrw x0 from x0",                     asm.csrrw(0, CSR.mie, 0),         3],
  ["csrrwi 0",                             asm.csrrwi(0, CSR.mie, 0),        3],
  ["csrw mip, which does nothing",         asm.csrw(CSR.mip, 5),             3],
  ["csrw misa, which does nothing",        asm.csrw(CSR.misa, 5),            3],
  ["mret",                                 asm.mret(),                       3],
  ["ecall",                                asm.ecall(),                      3],
  ["ebreak",                               asm.ebreak(),                     3],
  ["c.ebreak",                             rvc.c_ebreak(),                   3],
  ["illegal instruction",                  0xffff_ffff,                      3],
  ["illegal 16 bits",                      0x0000,                           3],
  ["load fault",                           asm.lw(1, 9, 0),                  4],
  ["store fault",                          asm.sw(1, 9, 0),                  4],
  ["load fault across a word",             asm.lw(1, 9, 2),                  5],
  ["store fault across the end of RAM",    asm.sw(1, 10, 0),                 5],
  ["lr.w",                                 asm.lr_w(1, 5),                   2],
  ["sc.w that fails",                      asm.sc_w(1, 5, 6),                2],
  ["amoadd.w",                             asm.amoadd_w(1, 5, 6),            4],
  ["amoadd.w on an absent address",        asm.amoadd_w(1, 9, 6),            4],
  ["amoadd.w misaligned",                  asm.amoadd_w(1, 10, 6),           3],
];

describe("ibex-small", () => {
  test.each(TABLE)("%s", (_name, bits, cycles) => {
    expect(costOf(bits)).toBe(BigInt(cycles));
  });

  test("costs the same at an address that is 2 mod 4 when it is reached in sequence", () => {
    const unlike = TABLE.filter(([name, bits, cycles]) => {
      const relative = /branch|^jal\b|c\.j |fence\.i/.test(name);
      return !relative && costOf(bits, "rv32imac", 2) !== BigInt(cycles);
    });
    expect(unlike).toEqual([]);
  });

  test("fence.i to an uncompressed instruction at 2 mod 4 costs 3", () => {
    const { hart, until } = board([rvc.c_nop(), { label: "at" }, asm.fence_i(), asm.nop()]);
    until("at");
    expect(hart.step().cost).toBe(3n);
  });

  test.each([
    ["jal", asm.jal(1, 0x102)],
    ["branch", asm.beq(5, 5, 0x102)],
    ["jalr", asm.jalr(1, 12, 0)],
  ])("a %s to a misaligned target without C costs 3", (_name, bits) => {
    expect(costOf(bits, "rv32im")).toBe(3n);
  });

  test("a fetch fault costs 3", () => {
    const { hart } = board([asm.jalr(0, 9, 0)]);
    hart.registers[9] = ABSENT;
    hart.step();
    expect(hart.step()).toMatchObject({ kind: "trapped", cause: 1, cost: 3n });
  });

  test("wait states are added to each part of an access, and to sc only when it stores", () => {
    const slow = { base: ABSENT, bytes: new Uint8Array(64), wait_cycles: 5 };
    const cost = (bits: number) => {
      const { hart } = board([bits], { regions: [slow] });
      hart.registers[9] = ABSENT;
      return hart.step().cost;
    };
    expect(cost(asm.lw(1, 9, 0))).toBe(7n);
    expect(cost(asm.sw(1, 9, 2))).toBe(13n);
    expect(cost(asm.amoadd_w(1, 9, 2))).toBe(9n);
    expect(cost(asm.lr_w(1, 9))).toBe(7n);
    expect(cost(asm.sc_w(1, 9, 2))).toBe(2n);
  });
});

describe("single-cycle", () => {
  test.each(TABLE)("%s costs 1", (_name, bits) => {
    const { hart } = board([bits], { timing: "single-cycle" });
    for (const [index, value] of REGISTERS) hart.registers[index] = value;
    expect(hart.step().cost).toBe(1n);
  });
});
