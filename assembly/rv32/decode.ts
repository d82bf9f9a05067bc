/**
 * One instruction to one record. What depends on the profile (cycles) and on misa (legality) is
 * settled here; nothing of a record depends on where its page lies in the guest's address space,
 * so harts whose pages have equal content share it.
 */
import { HART_SINK } from "../kernel/layout";
import {
  CFormat,
  C_ROW_CLASS,
  C_ROW_FORMAT,
  C_ROW_OP,
  compressedFind,
  immediate6,
  immediateAddi16sp,
  immediateAddi4spn,
  immediateBranch,
  immediateJump,
  immediateLwsp,
  immediateSwsp,
  immediateWord,
} from "./compressed";
import { Format, MISA_C, ROW_CLASS, ROW_FORMAT, ROW_OP, rowFind } from "./encoding";
import {
  FIRST_EXIT,
  Op,
  R_COST,
  R_EXTRA,
  R_IMM,
  R_OP,
  R_RD,
  R_RS1,
  R_RS2,
  R_TAIL,
  opOf,
} from "./records";
import { Class, bubbleCycles, cycles } from "./timing";

/** What the place of an instruction adds to its bits. */
@unmanaged
export class Place {
  /** Byte offset of the instruction from the page base (0 for a single one). */
  at: u32;
  /** Bytes of the page that hold code; targets below it are reached as records. 0: none is. */
  reach: u32;
  misa: u32;
  profile: u32;
}

// @ts-ignore: decorator
@inline
function source(register: u32): u8 {
  return <u8>(register << 2);
}

// @ts-ignore: decorator
@inline
function target(register: u32): u8 {
  return register ? <u8>(register << 2) : <u8>HART_SINK;
}

function put(rec: usize, op: u32, rd: u8, rs1: u8, rs2: u8, imm: i32): void {
  store<u8>(rec, op, R_OP);
  store<u8>(rec, rd, R_RD);
  store<u8>(rec, rs1, R_RS1);
  store<u8>(rec, rs2, R_RS2);
  store<i32>(rec, imm, R_IMM);
}

function putIllegal(rec: usize, bits: u32): void {
  put(rec, Op.ILLEGAL, <u8>HART_SINK, 0, 0, bits);
}

/** addi in all its forms: a constant and a register copy have operations of their own. */
function putAddi(rec: usize, compressed: u32, rd: u32, rs1: u32, imm: i32): void {
  let op: u32 = Op.ADDI;
  if (rs1 == 0) op = Op.LI;
  else if (imm == 0) op = Op.MV;
  put(rec, op + compressed, target(rd), source(rs1), 0, imm);
}

/** A conditional branch; `op` is the in-page form, `funct3` its condition. */
function putBranch(
  rec: usize,
  place: Place,
  op: u32,
  funct3: u32,
  rs1: u32,
  rs2: u32,
  imm: i32,
): void {
  const to = place.at + imm;
  const compressed: u32 = op == Op.C_BEQ || op == Op.C_BNE ? 1 : 0;
  if ((to & 2) != 0 && (place.misa & MISA_C) == 0) {
    put(rec, Op.BRANCH_MISALIGNED, <u8>funct3, source(rs1), source(rs2), to);
  } else if (to < place.reach) {
    put(rec, op, <u8>HART_SINK, source(rs1), source(rs2), imm << 3);
  } else {
    put(rec, Op.BRANCH_FAR + compressed, <u8>funct3, source(rs1), source(rs2), to);
  }
}

function putJump(rec: usize, place: Place, op: u32, rd: u32, imm: i32): void {
  const to = place.at + imm;
  if ((to & 2) != 0 && (place.misa & MISA_C) == 0) {
    put(rec, Op.JAL_MISALIGNED, target(rd), 0, 0, to);
  } else if (to < place.reach) {
    put(rec, op, target(rd), 0, 0, imm << 3);
  } else {
    put(rec, Op.JAL_FAR + (op - Op.JAL), target(rd), 0, 0, to);
  }
}

function immediateB(word: u32): i32 {
  return (
    ((<i32>(word & 0x8000_0000)) >> 19) |
    ((word & 0x80) << 4) |
    ((word >>> 20) & 0x7e0) |
    ((word >>> 7) & 0x1e)
  );
}

function immediateJ(word: u32): i32 {
  return (
    ((<i32>(word & 0x8000_0000)) >> 11) |
    (word & 0xf_f000) |
    ((word >>> 9) & 0x800) |
    ((word >>> 20) & 0x7fe)
  );
}

function putWord(rec: usize, place: Place, word: u32, op: u32, format: u32): void {
  const rd = (word >>> 7) & 31;
  const rs1 = (word >>> 15) & 31;
  const rs2 = (word >>> 20) & 31;
  const funct3 = (word >>> 12) & 7;
  const imm = (<i32>word) >> 20;
  switch (format) {
    case Format.R: return put(rec, op, target(rd), source(rs1), source(rs2), 0);
    case Format.I:
      if (op == Op.ADDI) return putAddi(rec, 0, rd, rs1, imm);
      return put(rec, op, target(rd), source(rs1), 0, imm);
    case Format.SHIFT: return put(rec, op, target(rd), source(rs1), 0, rs2);
    case Format.LOAD: return put(rec, op, target(rd), source(rs1), 0, imm);
    case Format.STORE:
      return put(rec, op, <u8>HART_SINK, source(rs1), source(rs2), (imm & ~31) | rd);
    case Format.BRANCH: return putBranch(rec, place, op, funct3, rs1, rs2, immediateB(word));
    case Format.LUI: return put(rec, op, target(rd), 0, 0, word & 0xffff_f000);
    case Format.AUIPC: return put(rec, op, target(rd), 0, 0, (word & 0xffff_f000) + place.at);
    case Format.JAL: return putJump(rec, place, op, rd, immediateJ(word));
    case Format.JALR: return put(rec, op, target(rd), source(rs1), alignBits(place.misa), imm);
    case Format.NONE: return put(rec, op, <u8>HART_SINK, 0, 0, 0);
    case Format.CSR: return put(rec, op, target(rd), source(rs1), 0, word);
    case Format.SYSTEM: return put(rec, op, <u8>HART_SINK, 0, 0, word);
    case Format.ATOMIC: return put(rec, op, target(rd), source(rs1), source(rs2), word >>> 27);
    default: return putIllegal(rec, word);
  }
}

// @ts-ignore: decorator
@inline
function alignBits(misa: u32): u8 {
  return misa & MISA_C ? 0 : 2;
}

function putHalf(rec: usize, place: Place, half: u32, op: u32, format: u32): void {
  const rd = (half >>> 7) & 31;
  const rs2 = (half >>> 2) & 31;
  const low = 8 + ((half >>> 2) & 7); // rd' or rs2'
  const high = 8 + ((half >>> 7) & 7); // rs1' or rd'
  const shift = rs2;
  switch (format) {
    case CFormat.ADDI4SPN: return putAddi(rec, 1, low, 2, immediateAddi4spn(half));
    case CFormat.LW: return put(rec, op, target(low), source(high), 0, immediateWord(half));
    case CFormat.SW:
      return put(rec, op, <u8>HART_SINK, source(high), source(low), immediateWord(half));
    case CFormat.ADDI: return putAddi(rec, 1, rd, rd, immediate6(half));
    case CFormat.JAL: return putJump(rec, place, op, 1, immediateJump(half));
    case CFormat.LI: return put(rec, op, target(rd), 0, 0, immediate6(half));
    case CFormat.ADDI16SP: return putAddi(rec, 1, 2, 2, immediateAddi16sp(half));
    case CFormat.LUI: return put(rec, op, target(rd), 0, 0, immediate6(half) << 12);
    case CFormat.SHIFT_PRIME: return put(rec, op, target(high), source(high), 0, shift);
    case CFormat.ANDI: return put(rec, op, target(high), source(high), 0, immediate6(half));
    case CFormat.ARITHMETIC: return put(rec, op, target(high), source(high), source(low), 0);
    case CFormat.J: return putJump(rec, place, op, 0, immediateJump(half));
    case CFormat.BRANCH:
      return putBranch(rec, place, op, op == Op.C_BNE ? 1 : 0, high, 0, immediateBranch(half));
    case CFormat.SLLI: return put(rec, op, target(rd), source(rd), 0, shift);
    case CFormat.LWSP: return put(rec, op, target(rd), source(2), 0, immediateLwsp(half));
    case CFormat.JR: return put(rec, op, target(0), source(rd), 0, 0);
    case CFormat.MV: return put(rec, op, target(rd), source(rs2), 0, 0);
    case CFormat.EBREAK: return put(rec, op, <u8>HART_SINK, 0, 0, half);
    case CFormat.JALR: return put(rec, op, target(1), source(rd), 0, 0);
    case CFormat.ADD: return put(rec, op, target(rd), source(rd), source(rs2), 0);
    case CFormat.SWSP:
      return put(rec, op, <u8>HART_SINK, source(2), source(rs2), immediateSwsp(half));
    default: return putIllegal(rec, half);
  }
}

/** Cycles of the record from its class; exit operations charge their own. */
function putCycles(rec: usize, kind: u32, profile: u32, halves: u32): void {
  const op = opOf(rec);
  let cost: u32 = 0;
  let extra: u32 = 0;
  let bubble: u32 = 0;
  if (op < FIRST_EXIT) cost = cycles(profile, kind);
  if (kind == Class.BRANCH_NOT_TAKEN) {
    extra = cycles(profile, Class.BRANCH_TAKEN) - cycles(profile, Class.BRANCH_NOT_TAKEN);
    bubble = bubbleCycles(profile, Class.BRANCH_TAKEN);
  }
  if (kind == Class.DIV) extra = cycles(profile, Class.DIV) - cycles(profile, Class.DIV_ZERO);
  store<u8>(rec, cost, R_COST);
  store<u8>(rec, extra, R_EXTRA);
  store<u8>(rec, bubble | (halves << 2), R_TAIL);
}

/** A record that stands for something outside this page: SINGLE or LEAVE. */
export function recordMark(rec: usize, op: u32, halves: u32): void {
  put(rec, op, <u8>HART_SINK, 0, 0, 0);
  putCycles(rec, Class.ALU, 0, halves);
}

/**
 * Decodes the instruction whose bits are `word` (for a 16-bit one the low half counts). The run
 * fields (after, entry, count) are left to code.ts.
 */
export function recordDecode(rec: usize, word: u32, place: Place): void {
  if ((word & 3) == 3) {
    const row = rowFind(word, place.misa);
    if (row == 0) putIllegal(rec, word);
    else putWord(rec, place, word, load<u32>(row, ROW_OP), load<u32>(row, ROW_FORMAT));
    putCycles(rec, row ? load<u32>(row, ROW_CLASS) : <u32>Class.EXCEPTION, place.profile, 2);
    return;
  }
  const half = word & 0xffff;
  const row = place.misa & MISA_C ? compressedFind(half) : 0;
  if (row == 0) putIllegal(rec, half);
  else putHalf(rec, place, half, load<u32>(row, C_ROW_OP), load<u32>(row, C_ROW_FORMAT));
  putCycles(rec, row ? load<u32>(row, C_ROW_CLASS) : <u32>Class.EXCEPTION, place.profile, 1);
}
