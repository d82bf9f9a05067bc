/**
 * 32-bit encodings: RV32I, M, A, Zicsr, Zifencei and the privileged instructions, in the order of
 * the opcode listing of the RISC-V unprivileged manual (chapter "RV32/64G Instruction Set
 * Listings"). A word is the row's instruction if (word & mask) == match; no two rows overlap.
 */
import { Op } from "./records";
import { Class } from "./timing";

/** How operands lie in the word. */
export const enum Format {
  R,
  I,
  SHIFT,
  LOAD,
  STORE,
  BRANCH,
  LUI,
  AUIPC,
  JAL,
  JALR,
  /** No operands and no effect: fence. */
  NONE,
  CSR,
  /** No operands; an exit operation. */
  SYSTEM,
  ATOMIC,
}

/** Bits of misa. */
export const MISA_A: u32 = 1 << 0;
export const MISA_C: u32 = 1 << 2;
export const MISA_I: u32 = 1 << 8;
export const MISA_M: u32 = 1 << 12;

const ROW_WORDS: usize = 6;
export const ROW_BYTES: usize = ROW_WORDS * 4;
export const ROW_MASK: usize = 0;
export const ROW_MATCH: usize = 4;
export const ROW_OP: usize = 8;
export const ROW_FORMAT: usize = 12;
export const ROW_CLASS: usize = 16;
export const ROW_MISA: usize = 20;

export const ROWS: usize = memory.data<u32>([
  // mask, match, operation, format, class, extension
  0x0000_007f, 0x0000_0037, Op.LI, Format.LUI, Class.ALU, MISA_I, // lui
  0x0000_007f, 0x0000_0017, Op.AUIPC, Format.AUIPC, Class.ALU, MISA_I, // auipc
  0x0000_007f, 0x0000_006f, Op.JAL, Format.JAL, Class.JUMP, MISA_I, // jal
  0x0000_707f, 0x0000_0067, Op.JALR, Format.JALR, Class.JUMP, MISA_I, // jalr
  0x0000_707f, 0x0000_0063, Op.BEQ, Format.BRANCH, Class.BRANCH_NOT_TAKEN, MISA_I, // beq
  0x0000_707f, 0x0000_1063, Op.BNE, Format.BRANCH, Class.BRANCH_NOT_TAKEN, MISA_I, // bne
  0x0000_707f, 0x0000_4063, Op.BLT, Format.BRANCH, Class.BRANCH_NOT_TAKEN, MISA_I, // blt
  0x0000_707f, 0x0000_5063, Op.BGE, Format.BRANCH, Class.BRANCH_NOT_TAKEN, MISA_I, // bge
  0x0000_707f, 0x0000_6063, Op.BLTU, Format.BRANCH, Class.BRANCH_NOT_TAKEN, MISA_I, // bltu
  0x0000_707f, 0x0000_7063, Op.BGEU, Format.BRANCH, Class.BRANCH_NOT_TAKEN, MISA_I, // bgeu
  0x0000_707f, 0x0000_0003, Op.LB, Format.LOAD, Class.LOAD, MISA_I, // lb
  0x0000_707f, 0x0000_1003, Op.LH, Format.LOAD, Class.LOAD, MISA_I, // lh
  0x0000_707f, 0x0000_2003, Op.LW, Format.LOAD, Class.LOAD, MISA_I, // lw
  0x0000_707f, 0x0000_4003, Op.LBU, Format.LOAD, Class.LOAD, MISA_I, // lbu
  0x0000_707f, 0x0000_5003, Op.LHU, Format.LOAD, Class.LOAD, MISA_I, // lhu
  0x0000_707f, 0x0000_0023, Op.SB, Format.STORE, Class.STORE, MISA_I, // sb
  0x0000_707f, 0x0000_1023, Op.SH, Format.STORE, Class.STORE, MISA_I, // sh
  0x0000_707f, 0x0000_2023, Op.SW, Format.STORE, Class.STORE, MISA_I, // sw
  0x0000_707f, 0x0000_0013, Op.ADDI, Format.I, Class.ALU, MISA_I, // addi
  0x0000_707f, 0x0000_2013, Op.SLTI, Format.I, Class.ALU, MISA_I, // slti
  0x0000_707f, 0x0000_3013, Op.SLTIU, Format.I, Class.ALU, MISA_I, // sltiu
  0x0000_707f, 0x0000_4013, Op.XORI, Format.I, Class.ALU, MISA_I, // xori
  0x0000_707f, 0x0000_6013, Op.ORI, Format.I, Class.ALU, MISA_I, // ori
  0x0000_707f, 0x0000_7013, Op.ANDI, Format.I, Class.ALU, MISA_I, // andi
  0xfe00_707f, 0x0000_1013, Op.SLLI, Format.SHIFT, Class.ALU, MISA_I, // slli
  0xfe00_707f, 0x0000_5013, Op.SRLI, Format.SHIFT, Class.ALU, MISA_I, // srli
  0xfe00_707f, 0x4000_5013, Op.SRAI, Format.SHIFT, Class.ALU, MISA_I, // srai
  0xfe00_707f, 0x0000_0033, Op.ADD, Format.R, Class.ALU, MISA_I, // add
  0xfe00_707f, 0x4000_0033, Op.SUB, Format.R, Class.ALU, MISA_I, // sub
  0xfe00_707f, 0x0000_1033, Op.SLL, Format.R, Class.ALU, MISA_I, // sll
  0xfe00_707f, 0x0000_2033, Op.SLT, Format.R, Class.ALU, MISA_I, // slt
  0xfe00_707f, 0x0000_3033, Op.SLTU, Format.R, Class.ALU, MISA_I, // sltu
  0xfe00_707f, 0x0000_4033, Op.XOR, Format.R, Class.ALU, MISA_I, // xor
  0xfe00_707f, 0x0000_5033, Op.SRL, Format.R, Class.ALU, MISA_I, // srl
  0xfe00_707f, 0x4000_5033, Op.SRA, Format.R, Class.ALU, MISA_I, // sra
  0xfe00_707f, 0x0000_6033, Op.OR, Format.R, Class.ALU, MISA_I, // or
  0xfe00_707f, 0x0000_7033, Op.AND, Format.R, Class.ALU, MISA_I, // and
  0x0000_707f, 0x0000_000f, Op.LI, Format.NONE, Class.ALU, MISA_I, // fence
  0x0000_707f, 0x0000_100f, Op.FENCE_I, Format.SYSTEM, Class.FENCE_I, MISA_I, // fence.i
  0xffff_ffff, 0x0000_0073, Op.ECALL, Format.SYSTEM, Class.EXCEPTION, MISA_I, // ecall
  0xffff_ffff, 0x0010_0073, Op.EBREAK, Format.SYSTEM, Class.EXCEPTION, MISA_I, // ebreak
  0xffff_ffff, 0x3020_0073, Op.MRET, Format.SYSTEM, Class.MRET, MISA_I, // mret
  0xffff_ffff, 0x1050_0073, Op.WFI, Format.SYSTEM, Class.ALU, MISA_I, // wfi
  0x0000_707f, 0x0000_1073, Op.CSR, Format.CSR, Class.CSR_READ, MISA_I, // csrrw
  0x0000_707f, 0x0000_2073, Op.CSR, Format.CSR, Class.CSR_READ, MISA_I, // csrrs
  0x0000_707f, 0x0000_3073, Op.CSR, Format.CSR, Class.CSR_READ, MISA_I, // csrrc
  0x0000_707f, 0x0000_5073, Op.CSR, Format.CSR, Class.CSR_READ, MISA_I, // csrrwi
  0x0000_707f, 0x0000_6073, Op.CSR, Format.CSR, Class.CSR_READ, MISA_I, // csrrsi
  0x0000_707f, 0x0000_7073, Op.CSR, Format.CSR, Class.CSR_READ, MISA_I, // csrrci
  0xfe00_707f, 0x0200_0033, Op.MUL, Format.R, Class.MUL, MISA_M, // mul
  0xfe00_707f, 0x0200_1033, Op.MULH, Format.R, Class.MULH, MISA_M, // mulh
  0xfe00_707f, 0x0200_2033, Op.MULHSU, Format.R, Class.MULH, MISA_M, // mulhsu
  0xfe00_707f, 0x0200_3033, Op.MULHU, Format.R, Class.MULH, MISA_M, // mulhu
  0xfe00_707f, 0x0200_4033, Op.DIV, Format.R, Class.DIV, MISA_M, // div
  0xfe00_707f, 0x0200_5033, Op.DIVU, Format.R, Class.DIV, MISA_M, // divu
  0xfe00_707f, 0x0200_6033, Op.REM, Format.R, Class.DIV, MISA_M, // rem
  0xfe00_707f, 0x0200_7033, Op.REMU, Format.R, Class.DIV, MISA_M, // remu
  0xf9f0_707f, 0x1000_202f, Op.LR, Format.ATOMIC, Class.LR, MISA_A, // lr.w
  0xf800_707f, 0x1800_202f, Op.SC, Format.ATOMIC, Class.SC, MISA_A, // sc.w
  0xf800_707f, 0x0800_202f, Op.AMO, Format.ATOMIC, Class.AMO, MISA_A, // amoswap.w
  0xf800_707f, 0x0000_202f, Op.AMO, Format.ATOMIC, Class.AMO, MISA_A, // amoadd.w
  0xf800_707f, 0x2000_202f, Op.AMO, Format.ATOMIC, Class.AMO, MISA_A, // amoxor.w
  0xf800_707f, 0x6000_202f, Op.AMO, Format.ATOMIC, Class.AMO, MISA_A, // amoand.w
  0xf800_707f, 0x4000_202f, Op.AMO, Format.ATOMIC, Class.AMO, MISA_A, // amoor.w
  0xf800_707f, 0x8000_202f, Op.AMO, Format.ATOMIC, Class.AMO, MISA_A, // amomin.w
  0xf800_707f, 0xa000_202f, Op.AMO, Format.ATOMIC, Class.AMO, MISA_A, // amomax.w
  0xf800_707f, 0xc000_202f, Op.AMO, Format.ATOMIC, Class.AMO, MISA_A, // amominu.w
  0xf800_707f, 0xe000_202f, Op.AMO, Format.ATOMIC, Class.AMO, MISA_A, // amomaxu.w
]);

export const ROW_COUNT: usize = 68;

/** Row of a 32-bit word on a hart with this misa; 0 if the word is illegal there. */
export function rowFind(word: u32, misa: u32): usize {
  for (let row = ROWS, end = ROWS + ROW_COUNT * ROW_BYTES; row < end; row += ROW_BYTES) {
    if ((word & load<u32>(row, ROW_MASK)) == load<u32>(row, ROW_MATCH)) {
      return misa & load<u32>(row, ROW_MISA) ? row : 0;
    }
  }
  return 0;
}

/** For the test that no two rows overlap. */
export function decodeRowCount(): u32 {
  return <u32>ROW_COUNT;
}

export function decodeRowMask(index: u32): u32 {
  return load<u32>(ROWS + <usize>index * ROW_BYTES, ROW_MASK);
}

export function decodeRowMatch(index: u32): u32 {
  return load<u32>(ROWS + <usize>index * ROW_BYTES, ROW_MATCH);
}
