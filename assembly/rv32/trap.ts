/**
 * Traps: exceptions, interrupts, mret, and the rule of when an interrupt is taken.
 *
 * Sources: RISC-V privileged manual, chapter "Machine-Level ISA"; specs/rv32.md sections 1 and 2
 * (order of causes, cycles).
 */
import { TraceKind } from "../kernel/abi";
import {
  HART_BUBBLE,
  HART_CYCLE,
  HART_IRQ_CYCLE,
  HART_MCAUSE,
  HART_MEPC,
  HART_MIE,
  HART_MIP,
  HART_MSTATUS,
  HART_MTVAL,
  HART_MTVEC,
  HART_PC,
  HART_PHASE,
  HART_PARTIAL,
  HART_PRIVILEGE,
  HART_RESERVATION,
  HART_RETIRED,
  HART_TIMING,
  HART_TRAPPED,
} from "../kernel/layout";
import { trace, traceOn } from "../kernel/trace";
import { alignmentCycles } from "./code";
import { Class, bubbleCycles, cycles, executionCycles } from "./timing";

/** Exception codes, as in mcause. */
export const enum Cause {
  MISALIGNED_TARGET = 0,
  FETCH_FAULT = 1,
  ILLEGAL = 2,
  BREAKPOINT = 3,
  MISALIGNED_LOAD = 4,
  LOAD_FAULT = 5,
  MISALIGNED_STORE = 6,
  STORE_FAULT = 7,
  ECALL_USER = 8,
  ECALL_MACHINE = 11,
}

export const MSTATUS_MIE: u32 = 1 << 3;
export const MSTATUS_MPIE: u32 = 1 << 7;
export const MSTATUS_MPP: u32 = 3 << 11;
export const MSTATUS_MPRV: u32 = 1 << 17;
export const PRIVILEGE_MACHINE: u32 = 3;
const MCAUSE_INTERRUPT: u32 = 0x8000_0000;

/** Device lines: mip 16..30; the lowest wins, and all win over MEI, MSI, MTI (as on Ibex). */
const DEVICE_LINES: u32 = 0x7fff_0000;
const MEI: u32 = 11;
const MSI: u32 = 3;
const MTI: u32 = 7;

/** Lines that are up and enabled in mie, whatever mstatus says. */
// @ts-ignore: decorator
@inline
export function interruptPending(hart: usize): u32 {
  return load<u32>(hart, HART_MIP) & load<u32>(hart, HART_MIE);
}

/** True if interrupts are enabled as a whole: always in user mode. */
// @ts-ignore: decorator
@inline
export function interruptEnabled(hart: usize): bool {
  return (
    load<u32>(hart, HART_PRIVILEGE) != PRIVILEGE_MACHINE ||
    (load<u32>(hart, HART_MSTATUS) & MSTATUS_MIE) != 0
  );
}

// @ts-ignore: decorator
@inline
export function interruptTakeable(hart: usize): bool {
  return interruptPending(hart) != 0 && interruptEnabled(hart);
}

/**
 * Keeps HART_IRQ_CYCLE after something changed: `before` is interruptTakeable before the change,
 * `visible` the cycle from which the change counts. 0 while nothing can be taken.
 */
export function interruptUpdate(hart: usize, before: bool, visible: u64): void {
  if (!interruptTakeable(hart)) store<u64>(hart, 0, HART_IRQ_CYCLE);
  else if (!before) store<u64>(hart, visible, HART_IRQ_CYCLE);
}

/** What exceptions and interrupts have in common: mepc = pc, the mstatus stack, machine mode. */
function enter(hart: usize, cause: u32, tval: u32): void {
  const status = load<u32>(hart, HART_MSTATUS);
  store<u32>(hart, load<u32>(hart, HART_PC), HART_MEPC);
  store<u32>(hart, cause, HART_MCAUSE);
  store<u32>(hart, tval, HART_MTVAL);
  let next = status & ~(MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP);
  if (status & MSTATUS_MIE) next |= MSTATUS_MPIE;
  next |= load<u32>(hart, HART_PRIVILEGE) << 11;
  store<u32>(hart, next, HART_MSTATUS);
  store<u32>(hart, PRIVILEGE_MACHINE, HART_PRIVILEGE);
  store<u32>(hart, 0, HART_BUBBLE);
  store<u64>(hart, 0, HART_IRQ_CYCLE);
}

/**
 * The instruction at pc traps in the cycle that HART_CYCLE names. `kind` is the class whose cycles
 * pass until the handler's first instruction.
 */
export function trapTake(hart: usize, cause: u32, tval: u32, kind: u32): void {
  trapTakeAfter(hart, cause, tval, cycles(load<u32>(hart, HART_TIMING), kind));
}

/** The same with the cycles as a number: accesses add wait states. */
export function trapTakeAfter(hart: usize, cause: u32, tval: u32, delay_cycles: u32): void {
  const pc = load<u32>(hart, HART_PC);
  if (traceOn(TraceKind.TRAP)) {
    trace(TraceKind.TRAP, pc, cause, tval, load<u32>(hart, HART_PRIVILEGE));
  }
  enter(hart, cause, tval);
  store<u32>(hart, 0, HART_PHASE);
  store<u32>(hart, 0, HART_PARTIAL);
  store<u32>(hart, load<u32>(hart, HART_MTVEC) & ~3, HART_PC);
  store<u64>(hart, load<u64>(hart, HART_CYCLE) + delay_cycles, HART_CYCLE);
  store<u64>(hart, load<u64>(hart, HART_TRAPPED) + 1, HART_TRAPPED);
}

/** Code of the interrupt that wins among the lines visible now. */
function interruptCause(pending: u32): u32 {
  const device = pending & DEVICE_LINES;
  if (device) return ctz(device);
  if (pending & (1 << MEI)) return MEI;
  return pending & (1 << MSI) ? MSI : MTI;
}

/** Takes the interrupt; the handler's first instruction executes in domain cycle `first`. */
export function interruptTake(hart: usize, first: u64): void {
  const cause = interruptCause(interruptPending(hart));
  const pc = load<u32>(hart, HART_PC);
  if (traceOn(TraceKind.INTERRUPT)) trace(TraceKind.INTERRUPT, pc, cause, 0, 0);
  enter(hart, MCAUSE_INTERRUPT | cause, 0);
  const vector = load<u32>(hart, HART_MTVEC);
  store<u32>(hart, (vector & ~3) + (vector & 1 ? cause << 2 : 0), HART_PC);
  store<u64>(hart, first, HART_CYCLE);
}

/**
 * First cycle of the handler when the interrupt is taken before the instruction at HART_CYCLE:
 * max(F + 4, A + 3), F the last execution cycle, A the cycle in which it became visible.
 */
export function interruptFirstCycle(hart: usize): u64 {
  const profile = load<u32>(hart, HART_TIMING);
  const last = load<u64>(hart, HART_CYCLE) - 1 - load<u32>(hart, HART_BUBBLE);
  const byExecution = last + executionCycles(profile, Class.INTERRUPT_AFTER_EXECUTION);
  const byLine =
    load<u64>(hart, HART_IRQ_CYCLE) + executionCycles(profile, Class.INTERRUPT_AFTER_VISIBLE);
  return byExecution > byLine ? byExecution : byLine;
}

/** Completes the instruction at pc: it took `delay_cycles`, the next one stands at `next`. */
// @ts-ignore: decorator
@inline
export function complete(hart: usize, next: u32, delay_cycles: u32, bubble: u32): void {
  store<u32>(hart, next, HART_PC);
  store<u64>(hart, load<u64>(hart, HART_CYCLE) + delay_cycles, HART_CYCLE);
  store<u64>(hart, load<u64>(hart, HART_RETIRED) + 1, HART_RETIRED);
  store<u32>(hart, bubble, HART_BUBBLE);
}

/** Completes a redirect of class `kind` to `to`, alignment penalty included. */
export function completeRedirect(hart: usize, to: u32, kind: u32): void {
  const profile = load<u32>(hart, HART_TIMING);
  const penalty = alignmentCycles(hart, to);
  const total = cycles(profile, kind) + penalty;
  complete(hart, to, total, bubbleCycles(profile, kind) + penalty);
}

/**
 * Cycle from which an effect in cycle `effect` of the instruction just completed counts for
 * interrupts: never later than the cycle before the next instruction, so that an interrupt it
 * enables is taken before that (specs/rv32.md: "followed by it directly"), on any profile.
 */
export function enabledFrom(hart: usize, effect: u64): u64 {
  const next = load<u64>(hart, HART_CYCLE);
  return effect < next ? effect : next - 1;
}

/** mret in machine mode: leaves the handler. */
export function trapReturn(hart: usize): void {
  const before = interruptTakeable(hart);
  const start = load<u64>(hart, HART_CYCLE);
  completeRedirect(hart, load<u32>(hart, HART_MEPC), Class.MRET);
  const status = load<u32>(hart, HART_MSTATUS);
  const privilege = (status & MSTATUS_MPP) >>> 11;
  let next = status & ~(MSTATUS_MIE | MSTATUS_MPP);
  if (status & MSTATUS_MPIE) next |= MSTATUS_MIE;
  next |= MSTATUS_MPIE;
  if (privilege != PRIVILEGE_MACHINE) next &= ~MSTATUS_MPRV;
  store<u32>(hart, next, HART_MSTATUS);
  store<u32>(hart, privilege, HART_PRIVILEGE);
  store<u32>(hart, 0, HART_RESERVATION);
  const execution = executionCycles(load<u32>(hart, HART_TIMING), Class.MRET);
  interruptUpdate(hart, before, enabledFrom(hart, start + execution));
}
