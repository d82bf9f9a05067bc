/**
 * The decoded record: 16 bytes for each halfword of a page of code, and the operations it can hold.
 *
 *    0  op       u8   Op
 *    1  rd       u8   offset of the register in the hart block (x0 as target: HART_SINK)
 *    2  rs1      u8   the same; for CSR immediates the 5-bit value itself
 *    3  rs2      u8   the same; JALR: bits of the target that must be 0 (2 on harts without C)
 *    4  imm      i32  immediate; byte distance of the target record; offset from the page base
 *    8  after    u16  cycles from here to the end of the straight run, this one included
 *   10  entry    u16  the same for one who arrives by a redirect: alignment penalty included
 *   12  count    u8   instructions of that run
 *   13  cost     u8   cycles of this instruction (branches: not taken)
 *   14  extra    u8   further cycles of a taken branch; cycles a division by zero saves
 *   15  tail     u8   bits 0..1: bubble of a taken branch; bits 2..: record bytes / 16 to step
 *
 * A straight run ends at a branch, a jump, or an *exit* operation (everything the fast loop does
 * not do itself). The fast loop charges a whole run when it enters it; who leaves in the middle
 * gives the rest back: `after` and `count` of the record at which it stands. An exit operation
 * counts as one cycle and no instruction, so that it is reached only before the deadline.
 *
 * Bytes never decoded are UNDECODED_BYTE throughout: an unknown operation, and an `entry` larger
 * than any budget, so that a jump to it leaves the fast loop.
 */

export const RECORD_BYTES: u32 = 16;
export const R_OP: u32 = 0;
export const R_RD: u32 = 1;
export const R_RS1: u32 = 2;
export const R_RS2: u32 = 3;
export const R_IMM: u32 = 4;
export const R_AFTER: u32 = 8;
export const R_ENTRY: u32 = 10;
export const R_COUNT: u32 = 12;
export const R_COST: u32 = 13;
export const R_EXTRA: u32 = 14;
export const R_TAIL: u32 = 15;

export const UNDECODED_BYTE: u8 = 0x7f;
/** Largest budget of one call of the loop; below the `entry` of an undecoded record, 0x7f7f. */
export const BUDGET_CYCLES: u32 = 32000;
/** Longest straight run, in instructions; its cycles (128 divisions) stay far below the budget. */
export const RUN_INSTRUCTIONS: u32 = 128;

/**
 * Operations. Names with C_ step one halfword, the others two; both do the same work. The order
 * is that of the switch in loop.ts; everything from FIRST_EXIT on leaves the loop.
 */
export const enum Op {
  LI,
  C_LI,
  AUIPC,
  ADDI,
  C_ADDI,
  MV,
  C_MV,
  SLTI,
  SLTIU,
  XORI,
  ORI,
  ANDI,
  C_ANDI,
  SLLI,
  C_SLLI,
  SRLI,
  C_SRLI,
  SRAI,
  C_SRAI,
  ADD,
  C_ADD,
  SUB,
  C_SUB,
  SLL,
  SLT,
  SLTU,
  XOR,
  C_XOR,
  SRL,
  SRA,
  OR,
  C_OR,
  AND,
  C_AND,
  MUL,
  MULH,
  MULHSU,
  MULHU,
  DIV,
  DIVU,
  REM,
  REMU,
  LB,
  LH,
  LW,
  C_LW,
  LBU,
  LHU,
  SB,
  SH,
  SW,
  C_SW,
  BEQ,
  C_BEQ,
  BNE,
  C_BNE,
  BLT,
  BGE,
  BLTU,
  BGEU,
  JAL,
  C_JAL,
  JALR,
  C_JALR,
  /** Branch or jump out of the page: rd of a branch holds funct3; imm counts from the page base. */
  BRANCH_FAR,
  C_BRANCH_FAR,
  JAL_FAR,
  C_JAL_FAR,
  /** From here on: exits of the loop. */
  CSR,
  FENCE_I,
  ECALL,
  EBREAK,
  MRET,
  WFI,
  LR,
  SC,
  AMO,
  /** imm = the instruction's bits, for mtval. */
  ILLEGAL,
  /** Branch or jump to a target 2 mod 4 on a hart without C; operands as in the FAR forms. */
  BRANCH_MISALIGNED,
  JAL_MISALIGNED,
  /** Fetched and decoded anew each time: it crosses a page, or a run would become too long. */
  SINGLE,
  /** A breakpoint: leaves the loop before the instruction, which is then decoded alone. */
  BREAK,
  /** Past the end of this page's bytes: look up the page again. */
  LEAVE,
}

export const FIRST_EXIT: i32 = Op.CSR;

/** The operation of a record, an Op. */
// @ts-ignore: decorator
@inline
export function opOf(rec: usize): i32 {
  return <i32>load<u8>(rec, R_OP);
}

/** Record operations that read or write memory and may have left the loop for it. */
// @ts-ignore: decorator
@inline
export function isLoad(op: i32): bool {
  return op >= Op.LB && op <= Op.LHU;
}

// @ts-ignore: decorator
@inline
export function isStore(op: i32): bool {
  return op >= Op.SB && op <= Op.C_SW;
}

// @ts-ignore: decorator
@inline
export function recordStep(rec: usize): u32 {
  return (load<u8>(rec, R_TAIL) >>> 2) << 1; // bytes of the instruction
}
