/**
 * Lockstep pairs (specs/dual-block-mcu.md, section 3): a hart and the second core of its lockstep
 * unit.
 *
 * While no fault has touched either core since they were equal, the second one is not executed: its
 * state is the main one's. A fault on a core parts them; from then on the pair is stepped. The main
 * core executes one instruction with every access described (HART_LEAVES), so that accesses to
 * private memory are seen too; then the second core executes the same instruction, its access is
 * compared with the main core's and answered with the same answer, and pc and cycle of what comes
 * next are compared. When both are equal again, or have differed in an output, stepping ends. A
 * derived flag steps every instruction; a test compares digests.
 */
import {
  KIND_NONE,
  KIND_RETIRE,
  Output,
  lockstepCompares,
  lockstepJoin,
  lockstepMismatch,
  lockstepPart,
  lockstepTouched,
} from "../devices/lockstep";
import { Access, BUS_OK, HaltKind, HartExit, HartState, RegionKind } from "../kernel/abi";
import { LOCKSTEP_SHADOW } from "../kernel/blocks";
import {
  ACCESS,
  A_ADDRESS,
  A_ANSWERED,
  A_KIND,
  A_OPERATION,
  A_REGION,
  A_STATUS,
  A_ANSWER,
  A_VALUE,
  A_WAIT,
  A_WIDTH,
  DERIVED_BASE,
  D_LOCKSTEP_FORCED,
  D_TRACE_MASK,
  HART_CYCLE,
  HART_LEAVES,
  HART_LOCKSTEP,
  HART_PC,
  HART_RAM_SIZE,
  HART_RETIRED,
  HART_ROM_SIZE,
  HART_STATE,
  HART_TOHOST,
  HART_TOHOST_ON,
  LOCKSTEP_WORK,
  REGION_KIND,
  REGION_WAIT,
  TRIGGERS,
  T_WATCHES,
} from "../kernel/layout";
import { amoResult } from "../rv32/atomic";
import { hartComplete, hartRun, hartSetLine } from "../rv32/hart";
import { linear, memoryStored } from "../rv32/memory";
import { loadWidth, storeWidth } from "./access";
import { refreshDue } from "./events";
import { halt } from "./halt";
import { block } from "./units";

/** Bytes of a hart block that are the core's own state; behind them lie identity and map. */
const CORE_BYTES: usize = 272;
/** Bytes of the access descriptor and its answer. */
const ACCESS_BYTES: usize = 64;

// ---- which pairs --------------------------------------------------------------------------------

/** The second core of a hart, with a state of its own; 0 if it has none now. */
export function pairShadow(hart: usize): usize {
  const unit = load<u32>(hart, HART_LOCKSTEP);
  if (unit == 0) return 0;
  const b = block(unit);
  return lockstepTouched(b) ? b + LOCKSTEP_SHADOW : 0;
}

/** Whether the next instruction of a hart is to be executed by both cores, one after the other. */
// @ts-ignore: decorator
@inline
export function pairSteps(hart: usize): bool {
  const unit = load<u32>(hart, HART_LOCKSTEP);
  return unit != 0 && stepped(block(unit));
}

function stepped(b: usize): bool {
  if (lockstepTouched(b)) return true;
  return load<u32>(DERIVED_BASE, D_LOCKSTEP_FORCED) != 0 && lockstepCompares(b);
}

/** A fault is about to change one core of the pair: they part. False: there is no second core. */
export function pairPart(hart: usize): bool {
  const unit = load<u32>(hart, HART_LOCKSTEP);
  if (unit == 0) return false;
  const b = block(unit);
  if (!lockstepCompares(b)) return false;
  if (!lockstepTouched(b)) lockstepPart(b, hart);
  return true;
}

/** An interrupt line of a hart has changed: the second core sees it too. */
export function pairLine(hart: usize, bit: u32, level: u32, cycle: u64): void {
  const shadow = pairShadow(hart);
  if (shadow) hartSetLine(shadow, bit, level, cycle);
}

/** The main core stands for good, by a fault: the comparator misses its next instruction. */
export function pairMissing(hart: usize): void {
  if (!pairPart(hart)) return;
  const unit = load<u32>(hart, HART_LOCKSTEP);
  const main = outputMain();
  const shadow = outputShadow();
  retired(main, hart);
  retired(shadow, hart);
  main.kind = KIND_NONE;
  lockstepMismatch(block(unit), load<u64>(hart, HART_CYCLE), main, shadow);
  refreshDue(unit);
}

// ---- stepping -----------------------------------------------------------------------------------

/** The main core executes one instruction, or a part of one up to its next access. A HartExit. */
export function pairRun(hart: usize): u32 {
  pairPart(hart);
  store<u32>(ACCESS, 0, A_ANSWERED);
  return runClosed(hart, load<u64>(hart, HART_CYCLE) + 1);
}

/** Whether the access with which a stepped main core left is one to its private memory. */
export function pairLocal(): bool {
  const kind = load<u32>(<usize>load<u32>(ACCESS, A_REGION), REGION_KIND);
  return kind == RegionKind.RAM || kind == RegionKind.ROM;
}

/** Performs an access to private memory that the stepped main core of `node` has described. */
export function accessLocal(node: u32): void {
  const hart = block(node);
  const region = <usize>load<u32>(ACCESS, A_REGION);
  const address = load<u32>(ACCESS, A_ADDRESS);
  const at = linear(region, address);
  const kind = load<u32>(ACCESS, A_KIND);
  const width = load<u32>(ACCESS, A_WIDTH);
  const stored = load<u32>(ACCESS, A_VALUE);
  let value: u32 = 0;
  if (kind == Access.STORE || kind == Access.SC) storeWidth(at, width, stored);
  else value = loadWidth(at, width);
  if (kind == Access.AMO) store<u32>(at, amoResult(load<u32>(ACCESS, A_OPERATION), value, stored));
  if (kind != Access.LOAD && kind != Access.LR) memoryStored(at, width);
  const asks =
    kind == Access.STORE &&
    width == 4 &&
    load<u32>(hart, HART_TOHOST_ON) != 0 &&
    address == load<u32>(hart, HART_TOHOST) &&
    (stored & 1) != 0;
  answered(hart, BUS_OK, value, load<u32>(region, REGION_WAIT));
  if (asks) halt(node, HaltKind.TOHOST, stored, node);
}

/** Answers a hart's access, and keeps the answer for the second core. */
export function answered(hart: usize, status: u32, value: u32, wait: u32): void {
  store<u32>(ACCESS, 1, A_ANSWERED);
  store<u32>(ACCESS, status, A_STATUS);
  store<u32>(ACCESS, value, A_ANSWER);
  store<u32>(ACCESS, wait, A_WAIT);
  hartComplete(hart, status, value, wait);
}

/**
 * The second core executes what the main one has just executed from cycle `cycle` on. To be called
 * with the main core's access still in the descriptor, if it has had one.
 */
export function pairFollow(hart: usize, cycle: u64): void {
  const shadow = pairShadow(hart);
  if (shadow == 0) return; // a reset in the meantime
  const unit = load<u32>(hart, HART_LOCKSTEP);
  const b = block(unit);
  const main = outputMain();
  const second = outputShadow();
  memory.copy(LOCKSTEP_WORK, ACCESS, ACCESS_BYTES);
  const asked = load<u32>(LOCKSTEP_WORK, A_ANSWERED) != 0;
  if (asked) described(main, LOCKSTEP_WORK, hart);
  else retired(main, hart);
  const mask = load<u64>(DERIVED_BASE, D_TRACE_MASK);
  const watches = load<u32>(TRIGGERS, T_WATCHES);
  store<u64>(DERIVED_BASE, 0, D_TRACE_MASK);
  store<u32>(TRIGGERS, 0, T_WATCHES);
  const exit = runClosed(shadow, cycle + 1);
  const asks = exit == HartExit.DEVICE || exit == HartExit.SHARED;
  if (asks) described(second, ACCESS, shadow);
  else retired(second, shadow);
  let same = asked == asks && (!asked || sameAccess(main, second));
  if (same && asked) {
    const status = load<u32>(LOCKSTEP_WORK, A_STATUS);
    const wait = load<u32>(LOCKSTEP_WORK, A_WAIT);
    hartComplete(shadow, status, load<u32>(LOCKSTEP_WORK, A_ANSWER), wait);
  }
  store<u64>(DERIVED_BASE, mask, D_TRACE_MASK);
  store<u32>(TRIGGERS, watches, T_WATCHES);
  memory.copy(ACCESS, LOCKSTEP_WORK, ACCESS_BYTES);
  if (same && !sameRetired(hart, shadow)) {
    retired(main, hart);
    retired(second, shadow);
    same = false;
  }
  main.pc = load<u32>(hart, HART_PC);
  second.pc = load<u32>(shadow, HART_PC);
  if (!same) {
    lockstepMismatch(b, cycle, main, second);
    refreshDue(unit);
  } else pairSettle(hart);
}

/** Ends stepping when both cores are equal, or the main core has stopped the machine. */
export function pairSettle(hart: usize): void {
  const shadow = pairShadow(hart);
  if (shadow == 0) return;
  const stands = load<u32>(hart, HART_STATE) == HartState.STOPPED;
  if (stands || memory.compare(hart, shadow, CORE_BYTES) == 0) {
    lockstepJoin(block(load<u32>(hart, HART_LOCKSTEP)));
  }
}

/** hartRun with every access described: no fast window, private memory as if it were shared. */
function runClosed(core: usize, deadline: u64): u32 {
  const ram = load<u32>(core, HART_RAM_SIZE);
  const rom = load<u32>(core, HART_ROM_SIZE);
  store<u32>(core, 0, HART_RAM_SIZE);
  store<u32>(core, 0, HART_ROM_SIZE);
  store<u32>(core, 1, HART_LEAVES);
  const exit = hartRun(core, deadline);
  store<u32>(core, ram, HART_RAM_SIZE);
  store<u32>(core, rom, HART_ROM_SIZE);
  store<u32>(core, 0, HART_LEAVES);
  return exit;
}

// ---- outputs ------------------------------------------------------------------------------------

function outputMain(): Output {
  return changetype<Output>(<usize>LOCKSTEP_WORK + ACCESS_BYTES);
}

function outputShadow(): Output {
  return changetype<Output>(<usize>LOCKSTEP_WORK + ACCESS_BYTES + 16);
}

/** The output that an access is. Data counts where the core drives it. */
function described(output: Output, at: usize, core: usize): void {
  const kind = load<u32>(at, A_KIND);
  output.kind = kind | (load<u32>(at, A_WIDTH) << 8);
  output.address = load<u32>(at, A_ADDRESS);
  output.data = kind == Access.LOAD || kind == Access.LR ? 0 : load<u32>(at, A_VALUE);
  output.pc = load<u32>(core, HART_PC);
}

/** The output that an instruction without an access is. */
function retired(output: Output, core: usize): void {
  output.kind = KIND_RETIRE;
  output.address = load<u32>(core, HART_PC);
  output.data = <u32>load<u64>(core, HART_CYCLE);
  output.pc = load<u32>(core, HART_PC);
}

function sameAccess(main: Output, second: Output): bool {
  return (
    main.kind == second.kind && main.address == second.address && main.data == second.data
  );
}

function sameRetired(hart: usize, shadow: usize): bool {
  return (
    load<u32>(hart, HART_PC) == load<u32>(shadow, HART_PC) &&
    load<u64>(hart, HART_CYCLE) == load<u64>(shadow, HART_CYCLE) &&
    load<u64>(hart, HART_RETIRED) == load<u64>(shadow, HART_RETIRED)
  );
}
