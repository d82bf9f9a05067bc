/**
 * The hart: reset, the run, answers to pending accesses, interrupt lines.
 *
 * hartRun executes whole instructions while their first cycle lies before the deadline. Every
 * state of the hart is in its block on every exit (architecture.md section 10), so running in
 * slices of any length gives the same state as one run.
 */
import { BUS_OK, HartExit, HartState } from "../kernel/abi";
import {
  HART_BOOT,
  HART_BUBBLE,
  HART_CYCLE,
  HART_CYCLE_BASE,
  HART_INSTRET_BASE,
  HART_IRQ_CYCLE,
  HART_MCAUSE,
  HART_MCOUNTEREN,
  HART_MCOUNTINHIBIT,
  HART_MEPC,
  HART_MIE,
  HART_MIP,
  HART_MSCRATCH,
  HART_MSTATUS,
  HART_MTVAL,
  HART_MTVEC,
  HART_PARTIAL,
  HART_PC,
  HART_PHASE,
  HART_PRIVILEGE,
  HART_RESERVATION,
  HART_RETIRED,
  HART_STATE,
  HART_SINK,
  HART_TIMING,
  HART_WFI_CYCLE,
  HART_X,
  NONE,
} from "../kernel/layout";
import { atomicAnswer } from "./atomic";
import { codeEnter, recordKeep } from "./code";
import { exitExecute } from "./exits";
import { run } from "./loop";
import { accessAnswer, crossingSecond, registerWrite } from "./memory";
import { BUDGET_CYCLES, Op, R_AFTER, isLoad, isStore, opOf } from "./records";
import { Class, cycles, executionCycles } from "./timing";
import {
  breakHit,
  triggersSet,
  watchDone,
  watchForget,
  watchNote,
  watchNoted,
  watching,
} from "./triggers";
import {
  MSTATUS_MPIE,
  PRIVILEGE_MACHINE,
  complete,
  interruptEnabled,
  interruptFirstCycle,
  interruptPending,
  interruptTake,
  interruptTakeable,
  interruptUpdate,
} from "./trap";

/** Longest run of one call: V8 replaces a Wasm frame by its optimised form only between calls. */
const CALL_CYCLES: u64 = 1 << 20;

/** mcycle read in the first cycle after reset: cycle n reads n + 2, n counting from 1. */
const FIRST_MCYCLE: u64 = 3;

/**
 * Reset at domain cycle `cycle`, in which the first instruction executes. Identity, configuration,
 * the levels of the interrupt lines and the totals of retired and trapped instructions stay.
 */
export function hartReset(hart: usize, cycle: u64): void {
  const boot = load<u32>(hart, HART_BOOT);
  memory.fill(hart + <usize>HART_X, 0, HART_SINK + 4);
  store<u32>(hart, boot, HART_PC);
  store<u64>(hart, cycle, HART_CYCLE);
  store<u64>(hart, cycle - FIRST_MCYCLE, HART_CYCLE_BASE);
  store<u64>(hart, load<u64>(hart, HART_RETIRED), HART_INSTRET_BASE);
  store<u32>(hart, HartState.RUNNING, HART_STATE);
  store<u32>(hart, 0, HART_BUBBLE);
  store<u32>(hart, PRIVILEGE_MACHINE, HART_PRIVILEGE);
  store<u32>(hart, MSTATUS_MPIE, HART_MSTATUS);
  store<u32>(hart, (boot & ~0xff) | 1, HART_MTVEC);
  store<u32>(hart, 0, HART_MEPC);
  store<u32>(hart, 0, HART_MCAUSE);
  store<u32>(hart, 0, HART_MTVAL);
  store<u32>(hart, 0, HART_MIE);
  store<u32>(hart, 0, HART_MSCRATCH);
  store<u32>(hart, 0, HART_MCOUNTEREN);
  store<u32>(hart, 0, HART_MCOUNTINHIBIT);
  store<u64>(hart, 0, HART_IRQ_CYCLE);
  store<u64>(hart, 0, HART_WFI_CYCLE);
  store<u32>(hart, 0, HART_RESERVATION);
  store<u32>(hart, 0, HART_PHASE);
  store<u32>(hart, 0, HART_PARTIAL);
}

/**
 * Runs until the next instruction would start at `deadline` (domain cycles) or later, or until an
 * exit. A long run returns DEADLINE after about 2^20 cycles: the caller looks at HART_CYCLE.
 * Returns a HartExit.
 */
export function hartRun(hart: usize, deadline: u64): u32 {
  const first = load<u64>(hart, HART_CYCLE);
  const end = deadline > first && deadline - first > CALL_CYCLES ? first + CALL_CYCLES : deadline;
  while (true) {
    const state = load<u32>(hart, HART_STATE);
    if (state == HartState.STOPPED) return HartExit.STOPPED;
    if (state == HartState.ASLEEP) return HartExit.WFI;
    const cycle = load<u64>(hart, HART_CYCLE);
    if (cycle >= end) return HartExit.DEADLINE;
    if (state == HartState.WAKING) {
      wakeDecide(hart);
      continue;
    }
    let exit = NONE;
    if (load<u32>(hart, HART_PHASE)) {
      const rec = codeEnter(hart);
      if (rec) exit = finishAccess(hart, recordKeep(rec));
    } else {
      let limit = end;
      if (interruptTakeable(hart)) {
        const visible = load<u64>(hart, HART_IRQ_CYCLE);
        if (visible < cycle) {
          interruptTake(hart, interruptFirstCycle(hart));
          continue;
        }
        if (visible + 1 < limit) limit = visible + 1;
      }
      exit = stretch(hart, limit - cycle);
    }
    if (exit != NONE) return exit;
  }
}

/** Runs the fast loop once, for at most `budget` cycles, and what it left. An exit or NONE. */
function stretch(hart: usize, budget: u64): u32 {
  if (triggersSet() && breakHit(hart)) return HartExit.BREAK;
  const rec = codeEnter(hart);
  if (rec == 0) return NONE;
  const left = <i32>(budget < BUDGET_CYCLES ? budget : BUDGET_CYCLES);
  const whole = left >= <i32>load<u16>(rec, R_AFTER);
  const at = whole ? run<u8>(hart, rec, left) : run<u32>(hart, rec, left);
  if (at == 0) return NONE;
  const kept = recordKeep(at);
  if (!watching()) return exitExecute(hart, kept);
  watchNote(hart, kept);
  return orWatch(hart, exitExecute(hart, kept));
}

/** The second half of a crossing access. An exit or NONE. */
function finishAccess(hart: usize, rec: usize): u32 {
  if (!watching()) return crossingSecond(hart, rec);
  watchNote(hart, rec);
  return orWatch(hart, crossingSecond(hart, rec));
}

/** BREAK instead of NONE if the access noted is over: its instruction has been completed. */
function orWatch(hart: usize, exit: u32): u32 {
  if (exit != NONE || !watchNoted()) return exit;
  if (watchDone(hart)) return HartExit.BREAK;
  watchForget();
  return exit;
}

/** A woken hart decides at S = HART_CYCLE (specs/rv32.md section 2, `wfi`). */
function wakeDecide(hart: usize): void {
  if (interruptPending(hart) == 0) {
    store<u32>(hart, HartState.ASLEEP, HART_STATE);
    return;
  }
  const profile = load<u32>(hart, HART_TIMING);
  const decided = load<u64>(hart, HART_CYCLE);
  const earliest =
    load<u64>(hart, HART_WFI_CYCLE) + executionCycles(profile, Class.WFI_DECISION);
  if ((load<u32>(hart, HART_MCOUNTINHIBIT) & 1) == 0) {
    const lost = decided - earliest;
    store<u64>(hart, load<u64>(hart, HART_CYCLE_BASE) + lost, HART_CYCLE_BASE);
  }
  store<u32>(hart, HartState.RUNNING, HART_STATE);
  store<u64>(hart, 0, HART_WFI_CYCLE);
  if (interruptEnabled(hart)) {
    interruptTake(hart, decided + executionCycles(profile, Class.WFI_HANDLER));
  } else {
    store<u64>(hart, decided + executionCycles(profile, Class.WFI_RESUME), HART_CYCLE);
  }
}

/**
 * Answers the access with which hartRun left (DEVICE or SHARED). `status` is BUS_OK or BUS_ERROR,
 * `value` what was read (in the low bits), `wait` all wait states in cycles of the hart. After the
 * first half of a crossing access the second is pending: hartRun leaves with it.
 */
export function hartComplete(hart: usize, status: u32, value: u32, wait: u32): void {
  const entered = codeEnter(hart);
  if (entered == 0) return;
  const rec = recordKeep(entered);
  const op = opOf(rec);
  const failed = status != BUS_OK;
  store<u32>(hart, 0, HART_BUBBLE);
  if (isLoad(op) || isStore(op)) {
    accessAnswer(hart, rec, failed, value, wait);
  } else if (op == Op.LR || op == Op.SC || op == Op.AMO) {
    atomicAnswer(hart, rec, failed, value, wait);
  } else if (op == Op.CSR) {
    registerWrite(hart, rec, value);
    const spent = cycles(load<u32>(hart, HART_TIMING), Class.CSR_READ) + wait;
    complete(hart, load<u32>(hart, HART_PC) + 4, spent, 0);
  }
}

/**
 * An interrupt wire changes to `level` (0 or 1): bit `bit` of mip, visible at domain cycle `cycle`.
 * To be called when every instruction whose first cycle lies before `cycle` has executed. A
 * sleeper wakes to decide at S = max(W + 3, cycle).
 */
export function hartSetLine(hart: usize, bit: u32, level: u32, cycle: u64): void {
  const before = interruptTakeable(hart);
  const lines = load<u32>(hart, HART_MIP);
  const mask: u32 = 1 << bit;
  store<u32>(hart, level ? lines | mask : lines & ~mask, HART_MIP);
  const state = load<u32>(hart, HART_STATE);
  if (state == HartState.RUNNING || state == HartState.STOPPED) {
    interruptUpdate(hart, before, cycle);
    return;
  }
  store<u64>(hart, 0, HART_IRQ_CYCLE);
  if (state == HartState.ASLEEP && interruptPending(hart) != 0) {
    if (cycle > load<u64>(hart, HART_CYCLE)) store<u64>(hart, cycle, HART_CYCLE);
    store<u32>(hart, HartState.WAKING, HART_STATE);
  }
}

/**
 * A hart that stood in a pause goes on at domain cycle `cycle` in the state it was paused in:
 * RUNNING with its next instruction, WAKING with its decision, ASLEEP unless a line has come.
 */
export function hartResume(hart: usize, state: u32, cycle: u64): void {
  const woken = state == HartState.ASLEEP && interruptPending(hart) != 0;
  store<u32>(hart, woken ? <u32>HartState.WAKING : state, HART_STATE);
  if (state != HartState.RUNNING) store<u64>(hart, 0, HART_IRQ_CYCLE);
  if (state == HartState.ASLEEP && !woken) return;
  if (cycle > load<u64>(hart, HART_CYCLE)) store<u64>(hart, cycle, HART_CYCLE);
}

export { amoResult, hartBreakReservation } from "./atomic";
export { codeReset, codeWritten } from "./code";
export { hartPeekCsr, hartPokeCsr } from "./csr";
