/**
 * Timing profiles as data (rv32.md, section 2). A class costs `execution` cycles, in which the
 * instruction cannot be interrupted, and then `bubbles` before the next instruction's first cycle,
 * in which an interrupt may take the pipeline. Their sum is the table's number.
 */

import type { Mnemonic } from "./decode.js";

export interface Cost {
  readonly execution: number;
  readonly bubbles: number;
}

export type TimingClass =
  | "alu"
  | "access"
  | "access-crossing"
  | "mul"
  | "mulh"
  | "div"
  | "div-by-zero"
  | "branch-not-taken"
  | "branch-taken"
  | "jump"
  | "csr"
  | "csr-flush"
  | "mret"
  | "lr-sc"
  | "amo"
  | "trap"
  | "access-fault"
  | "access-fault-crossing";

export interface TimingProfile {
  readonly costs: Readonly<Record<TimingClass, Cost>>;
  /** Further bubbles of a redirect to an uncompressed instruction at an address 2 mod 4. */
  readonly misfetch_bubbles: number;
  /** Handler's first cycle: max(F + fromExecution, A + fromBubble). */
  readonly interrupt_from_execution_cycles: number;
  readonly interrupt_from_bubble_cycles: number;
  /** wfi at W can wake from S = W + asleep_cycles on; the wake is S and `wake_bubbles`. */
  readonly asleep_cycles: number;
  readonly wake_bubbles: number;
}

const cost = (execution: number, bubbles = 0): Cost => ({ execution, bubbles });

/**
 * rv32.md, section 2, table. The split between execution and bubbles follows Ibex's controller
 * (rtl/ibex_controller.sv): a taken branch sets the pc in its second cycle; mret does so in FLUSH,
 * its second cycle, in which it ignores interrupts; a CSR write's FLUSH cycle already goes to
 * IRQ_TAKEN when an interrupt is pending, so its two further cycles behave as bubbles.
 * lr, sc and amo: our choice, Ibex has none. A misaligned lr, sc or amo accesses nothing and
 * costs what an illegal instruction does (our choice).
 */
const IBEX_SMALL: TimingProfile = {
  costs: {
    alu: cost(1),
    access: cost(2),
    "access-crossing": cost(3),
    mul: cost(3),
    mulh: cost(4),
    div: cost(37),
    "div-by-zero": cost(2),
    "branch-not-taken": cost(1),
    "branch-taken": cost(2, 1),
    jump: cost(2),
    csr: cost(1),
    "csr-flush": cost(1, 2),
    mret: cost(2, 1),
    "lr-sc": cost(2),
    amo: cost(4),
    trap: cost(3),
    "access-fault": cost(4),
    "access-fault-crossing": cost(5),
  },
  misfetch_bubbles: 1,
  interrupt_from_execution_cycles: 4,
  interrupt_from_bubble_cycles: 3,
  asleep_cycles: 3,
  wake_bubbles: 1,
};

/** One cycle for everything: every class, an interrupt's entry, a `wfi` that need not wait. */
const SINGLE_CYCLE: TimingProfile = {
  costs: {
    alu: cost(1),
    access: cost(1),
    "access-crossing": cost(1),
    mul: cost(1),
    mulh: cost(1),
    div: cost(1),
    "div-by-zero": cost(1),
    "branch-not-taken": cost(1),
    "branch-taken": cost(1),
    jump: cost(1),
    csr: cost(1),
    "csr-flush": cost(1),
    mret: cost(1),
    "lr-sc": cost(1),
    amo: cost(1),
    trap: cost(1),
    "access-fault": cost(1),
    "access-fault-crossing": cost(1),
  },
  misfetch_bubbles: 0,
  interrupt_from_execution_cycles: 2,
  interrupt_from_bubble_cycles: 1,
  asleep_cycles: 0,
  wake_bubbles: 0,
};

export type TimingName = "ibex-small" | "single-cycle";

export const PROFILES: Readonly<Record<TimingName, TimingProfile>> = {
  "ibex-small": IBEX_SMALL,
  "single-cycle": SINGLE_CYCLE,
};

/** Classes of the multiplier and divider; a zero divisor changes the class of the last four. */
export const MULDIV_CLASS: Readonly<Partial<Record<Mnemonic, TimingClass>>> = {
  mul: "mul",
  mulh: "mulh",
  mulhu: "mulh",
  mulhsu: "mulh",
  div: "div",
  divu: "div",
  rem: "div",
  remu: "div",
};
