/**
 * 16-bit encodings of RV32 Zca, in the order of the manual's listing (chapter "C", quadrants 0, 1
 * and 2). A halfword is the row's instruction if (half & mask) == match and neither exclusion
 * holds: (half & except) == value. Exclusions are the manual's "rd != 0", "nzimm != 0" and so on;
 * what no row takes is illegal. `compressedRowOf` lets a test show that no two rows overlap.
 */
import { Op } from "./records";
import { Class } from "./timing";

/** How operands lie in the halfword. */
export const enum CFormat {
  ADDI4SPN,
  LW,
  SW,
  ADDI,
  JAL,
  LI,
  ADDI16SP,
  LUI,
  SHIFT_PRIME,
  ANDI,
  ARITHMETIC,
  J,
  BRANCH,
  SLLI,
  LWSP,
  JR,
  MV,
  EBREAK,
  JALR,
  ADD,
  SWSP,
}

const C_ROW_WORDS: usize = 9;
export const C_ROW_BYTES: usize = C_ROW_WORDS * 4;
export const C_ROW_MASK: usize = 0;
export const C_ROW_MATCH: usize = 4;
const C_ROW_EXCEPT: usize = 8;
const C_ROW_VALUE: usize = 12;
const C_ROW_EXCEPT2: usize = 16;
const C_ROW_VALUE2: usize = 20;
export const C_ROW_OP: usize = 24;
export const C_ROW_FORMAT: usize = 28;
export const C_ROW_CLASS: usize = 32;

const C_ROWS: usize = memory.data<u32>([
  // mask, match, except, value, except, value, operation, format, class (0, 1: no exclusion)
  0xe003, 0x0000, 0x1fe0, 0, 0, 1, Op.C_ADDI, CFormat.ADDI4SPN, Class.ALU, // c.addi4spn
  0xe003, 0x4000, 0, 1, 0, 1, Op.C_LW, CFormat.LW, Class.LOAD, // c.lw
  0xe003, 0xc000, 0, 1, 0, 1, Op.C_SW, CFormat.SW, Class.STORE, // c.sw
  0xe003, 0x0001, 0, 1, 0, 1, Op.C_ADDI, CFormat.ADDI, Class.ALU, // c.nop, c.addi
  0xe003, 0x2001, 0, 1, 0, 1, Op.C_JAL, CFormat.JAL, Class.JUMP, // c.jal
  0xe003, 0x4001, 0, 1, 0, 1, Op.C_LI, CFormat.LI, Class.ALU, // c.li
  0xef83, 0x6101, 0x107c, 0, 0, 1, Op.C_ADDI, CFormat.ADDI16SP, Class.ALU, // c.addi16sp
  0xe003, 0x6001, 0x107c, 0, 0x0f80, 0x0100, Op.C_LI, CFormat.LUI, Class.ALU, // c.lui
  0xfc03, 0x8001, 0, 1, 0, 1, Op.C_SRLI, CFormat.SHIFT_PRIME, Class.ALU, // c.srli
  0xfc03, 0x8401, 0, 1, 0, 1, Op.C_SRAI, CFormat.SHIFT_PRIME, Class.ALU, // c.srai
  0xec03, 0x8801, 0, 1, 0, 1, Op.C_ANDI, CFormat.ANDI, Class.ALU, // c.andi
  0xfc63, 0x8c01, 0, 1, 0, 1, Op.C_SUB, CFormat.ARITHMETIC, Class.ALU, // c.sub
  0xfc63, 0x8c21, 0, 1, 0, 1, Op.C_XOR, CFormat.ARITHMETIC, Class.ALU, // c.xor
  0xfc63, 0x8c41, 0, 1, 0, 1, Op.C_OR, CFormat.ARITHMETIC, Class.ALU, // c.or
  0xfc63, 0x8c61, 0, 1, 0, 1, Op.C_AND, CFormat.ARITHMETIC, Class.ALU, // c.and
  0xe003, 0xa001, 0, 1, 0, 1, Op.C_JAL, CFormat.J, Class.JUMP, // c.j
  0xe003, 0xc001, 0, 1, 0, 1, Op.C_BEQ, CFormat.BRANCH, Class.BRANCH_NOT_TAKEN, // c.beqz
  0xe003, 0xe001, 0, 1, 0, 1, Op.C_BNE, CFormat.BRANCH, Class.BRANCH_NOT_TAKEN, // c.bnez
  0xf003, 0x0002, 0, 1, 0, 1, Op.C_SLLI, CFormat.SLLI, Class.ALU, // c.slli
  0xe003, 0x4002, 0x0f80, 0, 0, 1, Op.C_LW, CFormat.LWSP, Class.LOAD, // c.lwsp
  0xf07f, 0x8002, 0x0f80, 0, 0, 1, Op.C_JALR, CFormat.JR, Class.JUMP, // c.jr
  0xf003, 0x8002, 0x007c, 0, 0, 1, Op.C_MV, CFormat.MV, Class.ALU, // c.mv
  0xffff, 0x9002, 0, 1, 0, 1, Op.EBREAK, CFormat.EBREAK, Class.EXCEPTION, // c.ebreak
  0xf07f, 0x9002, 0x0f80, 0, 0, 1, Op.C_JALR, CFormat.JALR, Class.JUMP, // c.jalr
  0xf003, 0x9002, 0x007c, 0, 0, 1, Op.C_ADD, CFormat.ADD, Class.ALU, // c.add
  0xe003, 0xc002, 0, 1, 0, 1, Op.C_SW, CFormat.SWSP, Class.STORE, // c.swsp
]);

export const C_ROW_COUNT: usize = 26;

// @ts-ignore: decorator
@inline
function rowTakes(row: usize, half: u32): bool {
  return (
    (half & load<u32>(row, C_ROW_MASK)) == load<u32>(row, C_ROW_MATCH) &&
    (half & load<u32>(row, C_ROW_EXCEPT)) != load<u32>(row, C_ROW_VALUE) &&
    (half & load<u32>(row, C_ROW_EXCEPT2)) != load<u32>(row, C_ROW_VALUE2)
  );
}

/** Row of a 16-bit encoding; 0 if it is illegal or reserved. */
export function compressedFind(half: u32): usize {
  for (let row = C_ROWS, end = C_ROWS + C_ROW_COUNT * C_ROW_BYTES; row < end; row += C_ROW_BYTES) {
    if (rowTakes(row, half)) return row;
  }
  return 0;
}

/** For the overlap test: number of rows, and whether row `index` takes this halfword. */
export function compressedRowCount(): u32 {
  return <u32>C_ROW_COUNT;
}

export function compressedRowMask(index: u32): u32 {
  return load<u32>(C_ROWS + <usize>index * C_ROW_BYTES, C_ROW_MASK);
}

export function compressedRowMatch(index: u32): u32 {
  return load<u32>(C_ROWS + <usize>index * C_ROW_BYTES, C_ROW_MATCH);
}

export function compressedRowTakes(index: u32, half: u32): bool {
  return rowTakes(C_ROWS + <usize>index * C_ROW_BYTES, half);
}

// @ts-ignore: decorator
@inline
function field(half: u32, from: u32, bits: u32, to: u32): u32 {
  return ((half >>> from) & ((1 << bits) - 1)) << to;
}

// @ts-ignore: decorator
@inline
function signed(value: u32, bits: u32): i32 {
  return (<i32>(value << (32 - bits))) >> (32 - bits);
}

/** imm[5|4:0] of c.addi, c.li, c.andi: bit 12 and bits 6:2, signed. */
export function immediate6(half: u32): i32 {
  return signed(field(half, 12, 1, 5) | field(half, 2, 5, 0), 6);
}

/** nzuimm[5:4|9:6|2|3] of c.addi4spn. */
export function immediateAddi4spn(half: u32): i32 {
  return field(half, 11, 2, 4) | field(half, 7, 4, 6) | field(half, 6, 1, 2) | field(half, 5, 1, 3);
}

/** uimm[5:3|2|6] of c.lw and c.sw. */
export function immediateWord(half: u32): i32 {
  return field(half, 10, 3, 3) | field(half, 6, 1, 2) | field(half, 5, 1, 6);
}

/** nzimm[9|4|6|8:7|5] of c.addi16sp. */
export function immediateAddi16sp(half: u32): i32 {
  return signed(
    field(half, 12, 1, 9) |
      field(half, 6, 1, 4) |
      field(half, 5, 1, 6) |
      field(half, 3, 2, 7) |
      field(half, 2, 1, 5),
    10,
  );
}

/** imm[11|4|9:8|10|6|7|3:1|5] of c.j and c.jal. */
export function immediateJump(half: u32): i32 {
  return signed(
    field(half, 12, 1, 11) |
      field(half, 11, 1, 4) |
      field(half, 9, 2, 8) |
      field(half, 8, 1, 10) |
      field(half, 7, 1, 6) |
      field(half, 6, 1, 7) |
      field(half, 3, 3, 1) |
      field(half, 2, 1, 5),
    12,
  );
}

/** imm[8|4:3|7:6|2:1|5] of c.beqz and c.bnez. */
export function immediateBranch(half: u32): i32 {
  return signed(
    field(half, 12, 1, 8) |
      field(half, 10, 2, 3) |
      field(half, 5, 2, 6) |
      field(half, 3, 2, 1) |
      field(half, 2, 1, 5),
    9,
  );
}

/** uimm[5|4:2|7:6] of c.lwsp. */
export function immediateLwsp(half: u32): i32 {
  return field(half, 12, 1, 5) | field(half, 4, 3, 2) | field(half, 2, 2, 6);
}

/** uimm[5:2|7:6] of c.swsp. */
export function immediateSwsp(half: u32): i32 {
  return field(half, 9, 4, 2) | field(half, 7, 2, 6);
}
