/**
 * Encoders of the compressed instructions of RV32 Zca, named as in the manual with `_` for `.`
 * (unprivileged manual, chapter "C", tables of the formats). Each returns 16 bits. Where the
 * manual says rd' or rs', only x8..x15 fit; a RangeError says so.
 */

import { checked } from "./assembler.js";

const any = (index: number): number => checked("register", index, 0, 31);
/** A register field in which 0 means another instruction. */
const nonzero = (index: number): number => checked("register", index, 1, 31);
/** rd', rs1', rs2': x8..x15 in three bits. */
const prime = (index: number): number => checked("register", index, 8, 15) - 8;

/** Bit `from` of a value, moved to bit `to`; with `count` bits. */
function move(value: number, from: number, to: number, count = 1): number {
  return ((value >>> from) & ((1 << count) - 1)) << to;
}

/** A 6-bit field in bits 12 and 6..2. */
const split6 = (value: number): number => move(value, 5, 12) | move(value, 0, 2, 5);
const signed6 = (imm: number): number => split6(checked("immediate", imm, -32, 31));

/** (rd', imm): addi rd', x2, imm; a multiple of 4, 4..1020. */
export function c_addi4spn(rd: number, imm: number): number {
  const f = checked("immediate", imm, 4, 1020, 4);
  const field = move(f, 4, 11, 2) | move(f, 6, 7, 4) | move(f, 2, 6) | move(f, 3, 5);
  return field | (prime(rd) << 2);
}

function wordForm(funct3: number) {
  return (register: number, rs1: number, imm: number): number => {
    const f = checked("immediate", imm, 0, 124, 4);
    const field = move(f, 3, 10, 3) | move(f, 2, 6) | move(f, 6, 5);
    return (funct3 << 13) | field | (prime(rs1) << 7) | (prime(register) << 2);
  };
}

/** (rd', rs1', imm): a multiple of 4, 0..124. */
export const c_lw = wordForm(2);
/** (rs2', rs1', imm) */
export const c_sw = wordForm(6);

const immediateForm = (funct3: number) => (rd: number, imm: number) =>
  (funct3 << 13) | (any(rd) << 7) | signed6(imm) | 1;

export const c_nop = (): number => 0x0001;
/** (rd, imm): -32..31. */
export const c_addi = immediateForm(0);
export const c_li = immediateForm(2);

/** (rd, imm): the value of bits 17..12, -32..31 and not 0; rd not x2. */
export function c_lui(rd: number, imm: number): number {
  if (imm === 0 || rd === 2) throw new RangeError("c.lui: immediate 0 and x2 are other encodings");
  return immediateForm(3)(rd, imm);
}

/** addi x2, x2, imm: a multiple of 16, -512..496, not 0. */
export function c_addi16sp(imm: number): number {
  const f = checked("immediate", imm, -512, 496, 16);
  if (f === 0) throw new RangeError("c.addi16sp: immediate 0 is reserved");
  const field = move(f, 9, 12) | move(f, 4, 6) | move(f, 6, 5) | move(f, 7, 3, 2) | move(f, 5, 2);
  return 0x6101 | field;
}

const shiftForm = (funct2: number) => (rd: number, shamt: number) =>
  0x8001 | (funct2 << 10) | (prime(rd) << 7) | split6(checked("shift", shamt, 0, 31));

/** (rd', shamt): 0..31. */
export const c_srli = shiftForm(0);
export const c_srai = shiftForm(1);
/** (rd', imm): -32..31. */
export const c_andi = (rd: number, imm: number): number => 0x8801 | (prime(rd) << 7) | signed6(imm);

const arithmeticForm = (funct2: number) => (rd: number, rs2: number) =>
  0x8c01 | (prime(rd) << 7) | (funct2 << 5) | (prime(rs2) << 2);

/** (rd', rs2') */
export const c_sub = arithmeticForm(0);
export const c_xor = arithmeticForm(1);
export const c_or = arithmeticForm(2);
export const c_and = arithmeticForm(3);

function jumpForm(funct3: number) {
  return (offset: number): number => {
    const f = checked("jump offset", offset, -2048, 2046, 2);
    const high = move(f, 11, 12) | move(f, 4, 11) | move(f, 8, 9, 2) | move(f, 10, 8);
    const low = move(f, 6, 7) | move(f, 7, 6) | move(f, 1, 3, 3) | move(f, 5, 2);
    return (funct3 << 13) | high | low | 1;
  };
}

/** Offset from the jump itself, even, -2048..2046. */
export const c_j = jumpForm(5);
export const c_jal = jumpForm(1);

function branchForm(funct3: number) {
  return (rs1: number, offset: number): number => {
    const f = checked("branch offset", offset, -256, 254, 2);
    const high = move(f, 8, 12) | move(f, 3, 10, 2);
    const low = move(f, 6, 5, 2) | move(f, 1, 3, 2) | move(f, 5, 2);
    return (funct3 << 13) | high | (prime(rs1) << 7) | low | 1;
  };
}

/** (rs1', offset): even, -256..254. */
export const c_beqz = branchForm(6);
export const c_bnez = branchForm(7);

/** (rd, shamt): 0..31. */
export const c_slli = (rd: number, shamt: number): number =>
  0x0002 | (any(rd) << 7) | split6(checked("shift", shamt, 0, 31));

/** (rd, imm): a multiple of 4, 0..252; rd not x0. */
export function c_lwsp(rd: number, imm: number): number {
  const f = checked("immediate", imm, 0, 252, 4);
  return 0x4002 | (nonzero(rd) << 7) | move(f, 5, 12) | move(f, 2, 4, 3) | move(f, 6, 2, 2);
}

/** (rs2, imm): a multiple of 4, 0..252. */
export function c_swsp(rs2: number, imm: number): number {
  const f = checked("immediate", imm, 0, 252, 4);
  return 0xc002 | (any(rs2) << 2) | move(f, 2, 9, 4) | move(f, 6, 7, 2);
}

export const c_jr = (rs1: number): number => 0x8002 | (nonzero(rs1) << 7);
export const c_jalr = (rs1: number): number => 0x9002 | (nonzero(rs1) << 7);
/** (rd, rs2): rs2 not x0. */
export const c_mv = (rd: number, rs2: number): number =>
  0x8002 | (any(rd) << 7) | (nonzero(rs2) << 2);
export const c_add = (rd: number, rs2: number): number =>
  0x9002 | (any(rd) << 7) | (nonzero(rs2) << 2);
export const c_ebreak = (): number => 0x9002;
