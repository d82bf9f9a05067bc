/**
 * Timing profiles: cycles by class of instruction. A profile is data; the decoder copies the
 * numbers into the records, slow paths read them here.
 *
 * Source: specs/rv32.md section 2 (measured on the RTL of lowRISC Ibex, configuration "small").
 * Each class has two numbers: cycles in execution and bubble cycles after it. A bubble not yet
 * paid is replaced when an interrupt is taken.
 */

export const enum Class {
  ALU,
  LOAD,
  STORE,
  /** In all, not in addition; both halves of a crossing access. */
  CROSSING,
  MUL,
  MULH,
  DIV,
  DIV_ZERO,
  BRANCH_NOT_TAKEN,
  BRANCH_TAKEN,
  JUMP,
  FENCE_I,
  /** Added to a redirect to an uncompressed instruction at an address that is 2 mod 4. */
  ALIGNMENT,
  CSR_READ,
  /** A write to any CSR but mscratch and mepc. */
  CSR_WRITE,
  MRET,
  /** ecall, ebreak, illegal, fetch fault, misaligned target, misaligned LR/SC/AMO (our choice). */
  EXCEPTION,
  ACCESS_FAULT,
  ACCESS_FAULT_CROSSING,
  LR,
  SC,
  AMO,
  /** Handler's first cycle after F, the last execution cycle. */
  INTERRUPT_AFTER_EXECUTION,
  /** Handler's first cycle at the earliest after A, the cycle in which it became visible. */
  INTERRUPT_AFTER_VISIBLE,
  /** First cycle after W in which a sleeper can decide. */
  WFI_DECISION,
  /** From the decision to the next instruction, and to the handler. */
  WFI_RESUME,
  WFI_HANDLER,
}

/** Rows in the order of Class: execution, bubble. */
const IBEX_SMALL: usize = memory.data<u8>([
  1, 0, // ALU
  2, 0, // LOAD
  2, 0, // STORE
  3, 0, // CROSSING
  3, 0, // MUL
  4, 0, // MULH
  37, 0, // DIV
  2, 0, // DIV_ZERO
  1, 0, // BRANCH_NOT_TAKEN
  2, 1, // BRANCH_TAKEN
  2, 0, // JUMP
  2, 0, // FENCE_I
  0, 1, // ALIGNMENT
  1, 0, // CSR_READ
  1, 2, // CSR_WRITE: its flush cycle can already go on to the handler
  2, 1, // MRET
  3, 0, // EXCEPTION
  4, 0, // ACCESS_FAULT
  5, 0, // ACCESS_FAULT_CROSSING
  2, 0, // LR (our choice, Ibex has no A)
  2, 0, // SC
  4, 0, // AMO
  4, 0, // INTERRUPT_AFTER_EXECUTION
  3, 0, // INTERRUPT_AFTER_VISIBLE
  3, 0, // WFI_DECISION
  2, 0, // WFI_RESUME
  4, 0, // WFI_HANDLER
]);

/** Everything 1, no penalty; entering a handler is one cycle of its own (our choice). */
const SINGLE_CYCLE: usize = memory.data<u8>([
  1, 0, // ALU
  1, 0, // LOAD
  1, 0, // STORE
  1, 0, // CROSSING
  1, 0, // MUL
  1, 0, // MULH
  1, 0, // DIV
  1, 0, // DIV_ZERO
  1, 0, // BRANCH_NOT_TAKEN
  1, 0, // BRANCH_TAKEN
  1, 0, // JUMP
  1, 0, // FENCE_I
  0, 0, // ALIGNMENT
  1, 0, // CSR_READ
  1, 0, // CSR_WRITE
  1, 0, // MRET
  1, 0, // EXCEPTION
  1, 0, // ACCESS_FAULT
  1, 0, // ACCESS_FAULT_CROSSING
  1, 0, // LR
  1, 0, // SC
  1, 0, // AMO
  2, 0, // INTERRUPT_AFTER_EXECUTION
  1, 0, // INTERRUPT_AFTER_VISIBLE
  0, 0, // WFI_DECISION
  1, 0, // WFI_RESUME
  2, 0, // WFI_HANDLER
]);

export const PROFILE_IBEX_SMALL: u32 = 0;
export const PROFILE_SINGLE_CYCLE: u32 = 1;
export const PROFILE_COUNT: u32 = 2;

// @ts-ignore: decorator
@inline
function row(profile: u32, kind: u32): usize {
  return (profile == PROFILE_IBEX_SMALL ? IBEX_SMALL : SINGLE_CYCLE) + ((<usize>kind) << 1);
}

/** Cycles in execution. */
export function executionCycles(profile: u32, kind: u32): u32 {
  return load<u8>(row(profile, kind));
}

/** Bubble cycles after the execution. */
export function bubbleCycles(profile: u32, kind: u32): u32 {
  return load<u8>(row(profile, kind), 1);
}

/** Execution and bubble together. */
export function cycles(profile: u32, kind: u32): u32 {
  return executionCycles(profile, kind) + bubbleCycles(profile, kind);
}
