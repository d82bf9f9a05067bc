/** What the fast loop leaves to others: one instruction, executed on the hart's block. */
import { HartState } from "../kernel/abi";
import {
  HART_CYCLE,
  HART_PC,
  HART_PRIVILEGE,
  HART_STATE,
  HART_TIMING,
  HART_WFI_CYCLE,
  NONE,
} from "../kernel/layout";
import { atomicExecute } from "./atomic";
import { seekBase } from "./code";
import { csrExecute } from "./csr";
import { accessExecute } from "./memory";
import { Op, R_IMM, R_RD, R_RS1, R_RS2, isLoad, isStore, opOf } from "./records";
import { Class, cycles, executionCycles } from "./timing";
import {
  Cause,
  PRIVILEGE_MACHINE,
  complete,
  completeRedirect,
  interruptPending,
  trapReturn,
  trapTake,
} from "./trap";

const MRET_BITS: u32 = 0x3020_0073;

/** True if the branch with this funct3 is taken. */
export function branchTaken(funct3: u32, a: u32, b: u32): bool {
  switch (funct3) {
    case 0: return a == b;
    case 1: return a != b;
    case 4: return <i32>a < <i32>b;
    case 5: return <i32>a >= <i32>b;
    case 6: return a < b;
    default: return a >= b;
  }
}

// @ts-ignore: decorator
@inline
function register(hart: usize, offset: u32): u32 {
  return load<u32>(hart + <usize>offset);
}

/** wfi at W: asleep, or waking if an enabled line is up already; the state decides what is next. */
function sleep(hart: usize): void {
  const profile = load<u32>(hart, HART_TIMING);
  const start = load<u64>(hart, HART_CYCLE);
  const pending = interruptPending(hart);
  complete(hart, load<u32>(hart, HART_PC) + 4, executionCycles(profile, Class.WFI_DECISION), 0);
  store<u64>(hart, start, HART_WFI_CYCLE);
  store<u32>(hart, pending ? HartState.WAKING : HartState.ASLEEP, HART_STATE);
}

/** A branch on a hart without C whose target is 2 mod 4: cause 0 if it is taken. */
function branchMisaligned(hart: usize, rec: usize): void {
  const a = register(hart, load<u8>(rec, R_RS1));
  const b = register(hart, load<u8>(rec, R_RS2));
  const profile = load<u32>(hart, HART_TIMING);
  if (branchTaken(load<u8>(rec, R_RD), a, b)) misalignedTarget(hart, farTarget(rec));
  else complete(hart, load<u32>(hart, HART_PC) + 4, cycles(profile, Class.BRANCH_NOT_TAKEN), 0);
}

/** Target of a record whose immediate counts from the page base. */
function farTarget(rec: usize): u32 {
  return seekBase() + load<u32>(rec, R_IMM);
}

function misalignedTarget(hart: usize, target: u32): void {
  trapTake(hart, Cause.MISALIGNED_TARGET, target, Class.EXCEPTION);
}

function ecall(hart: usize): void {
  const machine = load<u32>(hart, HART_PRIVILEGE) == PRIVILEGE_MACHINE;
  trapTake(hart, machine ? Cause.ECALL_MACHINE : Cause.ECALL_USER, 0, Class.EXCEPTION);
}

/** Executes the exit operation, load or store in `rec` at pc. A HartExit, or NONE when done. */
export function exitExecute(hart: usize, rec: usize): u32 {
  const op = opOf(rec);
  if (isLoad(op) || isStore(op)) return accessExecute(hart, rec);
  switch (op) {
    case Op.CSR: return csrExecute(hart, rec);
    case Op.LR:
    case Op.SC:
    case Op.AMO: return atomicExecute(hart, rec);
    case Op.FENCE_I:
      completeRedirect(hart, load<u32>(hart, HART_PC) + 4, Class.FENCE_I);
      return NONE;
    case Op.ECALL: ecall(hart); return NONE;
    case Op.EBREAK: trapTake(hart, Cause.BREAKPOINT, 0, Class.EXCEPTION); return NONE;
    case Op.MRET:
      if (load<u32>(hart, HART_PRIVILEGE) == PRIVILEGE_MACHINE) trapReturn(hart);
      else trapTake(hart, Cause.ILLEGAL, MRET_BITS, Class.EXCEPTION);
      return NONE;
    case Op.WFI: sleep(hart); return NONE;
    case Op.ILLEGAL:
      trapTake(hart, Cause.ILLEGAL, load<u32>(rec, R_IMM), Class.EXCEPTION);
      return NONE;
    case Op.BRANCH_MISALIGNED: branchMisaligned(hart, rec); return NONE;
    case Op.JAL_MISALIGNED: misalignedTarget(hart, farTarget(rec)); return NONE;
    case Op.JALR:
    case Op.C_JALR:
      misalignedTarget(hart, (register(hart, load<u8>(rec, R_RS1)) + load<u32>(rec, R_IMM)) & ~1);
      return NONE;
    default: return NONE; // LEAVE, SINGLE, not decoded: entered anew
  }
}
