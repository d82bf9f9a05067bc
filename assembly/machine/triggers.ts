/**
 * Triggers of the whole machine: setting rows, flags of pages, steps and holds.
 *
 * While anything is armed several harts run in ordered mode, so that a stop is one point in
 * (time, rank, unit): everything before it has happened, nothing after it. H_NOW is then the time
 * of the instruction that stopped the machine.
 */
import { HIT_HOLD, HIT_PC, HIT_READ, HIT_STEP, HIT_WRITE, Stop, TriggerMode } from "../kernel/abi";
import { edgeTime } from "../kernel/clock";
import {
  DERIVED_BASE,
  D_STOP,
  HART_CYCLE,
  HART_HALT_STORE,
  HART_HALT_STORE_ON,
  HART_PC,
  HART_RETIRED,
  HART_TOHOST,
  HART_TOHOST_ON,
  HART_TRAPPED,
  H_HART_COUNT,
  H_STATE_BYTES,
  NONE,
  PAGE_BITS,
  PAGE_BREAK,
  PAGE_BYTES,
  PAGE_FLAGS,
  PAGE_WATCH,
  STATE_BASE,
  TRIGGERS,
  TRIGGER_ADDRESS,
  TRIGGER_HART,
  TRIGGER_KINDS,
  TRIGGER_LENGTH,
  TRIGGER_ROWS,
  T_COUNT,
  T_HIT_CYCLE,
  T_HIT_HART,
  T_HIT_KIND,
  T_HIT_PC,
  T_MODE,
  T_MODE_CYCLE,
  T_MODE_HART,
  T_READS,
  T_WATCHES,
} from "../kernel/layout";
import { pageSetFlags } from "../kernel/pages";
import { codeWritten } from "../rv32/code";
import {
  breakPass,
  triggerHit,
  triggerPlace,
  triggerRow,
  watchDone,
  watchForget,
  watchNoted,
} from "../rv32/triggers";
import { faultsDerive } from "./fault-plan";
import { block, domainOf, header } from "./units";

/** Whether a stop of this run must find all harts at one point. */
export function stopsAll(harts: u32): bool {
  if (load<u32>(TRIGGERS, T_MODE) != TriggerMode.NONE) return true;
  return harts > 1 && load<u32>(TRIGGERS, T_COUNT) != 0;
}

/**
 * Adds a row: `kinds` is a mask of HIT_PC, HIT_READ and HIT_WRITE; `hart` NONE means all. Returns
 * the row's number, from 1; 0 when the table is full.
 */
export function triggerAdd(hart: u32, address: u32, length: u32, kinds: u32): u32 {
  const count = load<u32>(TRIGGERS, T_COUNT);
  let index: u32 = 0;
  while (index < count && load<u32>(triggerRow(index), TRIGGER_KINDS) != 0) index++;
  if (index == TRIGGER_ROWS) return 0;
  const row = triggerRow(index);
  store<u32>(row, hart, TRIGGER_HART);
  store<u32>(row, address, TRIGGER_ADDRESS);
  store<u32>(row, length, TRIGGER_LENGTH);
  store<u32>(row, kinds, TRIGGER_KINDS);
  if (index == count) store<u32>(TRIGGERS, count + 1, T_COUNT);
  dropCode(row);
  countWatches();
  flagRow(row);
  return index + 1;
}

/** Removes the row that `triggerAdd` has given the number `id`. */
export function triggerRemove(id: u32): void {
  const row = triggerRow(id - 1);
  dropCode(row);
  store<u32>(row, 0, TRIGGER_KINDS);
  let count = load<u32>(TRIGGERS, T_COUNT);
  while (count > 0 && load<u32>(triggerRow(count - 1), TRIGGER_KINDS) == 0) count--;
  store<u32>(TRIGGERS, count, T_COUNT);
  countWatches();
  const first = <usize>STATE_BASE >> PAGE_BITS;
  const end = first + (header(H_STATE_BYTES) >> PAGE_BITS);
  for (let page = first; page < end; page++) {
    store<u8>(page, load<u8>(page, PAGE_FLAGS) & ~<u8>(PAGE_BREAK | PAGE_WATCH), PAGE_FLAGS);
  }
  flagTriggers();
  faultsDerive(); // stuck memory watches its pages too
}

/** What the next run stops at besides the rows: a TriggerMode, its hart, the cycle of a hold. */
export function triggerMode(mode: u32, hart: u32, cycle: u64): void {
  store<u32>(TRIGGERS, mode, T_MODE);
  store<u32>(TRIGGERS, hart, T_MODE_HART);
  store<u64>(TRIGGERS, cycle, T_MODE_CYCLE);
}

/** A hart goes on past the breakpoint at which it stands. */
export function triggerPass(hart: u32): void {
  breakPass(block(hart));
}

function countWatches(): void {
  const count = load<u32>(TRIGGERS, T_COUNT);
  let watches: u32 = 0;
  let reads: u32 = 0;
  for (let index: u32 = 0; index < count; index++) {
    const kinds = load<u32>(triggerRow(index), TRIGGER_KINDS);
    if (kinds & (HIT_READ | HIT_WRITE)) watches++;
    if (kinds & HIT_READ) reads++;
  }
  store<u32>(TRIGGERS, watches, T_WATCHES);
  store<u32>(TRIGGERS, reads, T_READS);
}

/** Flags the pages of halt stores and of all rows. */
export function flagTriggers(): void {
  const harts = header(H_HART_COUNT);
  for (let hart: u32 = 0; hart < harts; hart++) {
    const at = block(hart);
    if (load<u32>(at, HART_HALT_STORE_ON)) watch(at, load<u32>(at, HART_HALT_STORE), 4);
    if (load<u32>(at, HART_TOHOST_ON)) watch(at, load<u32>(at, HART_TOHOST), 4);
  }
  const count = load<u32>(TRIGGERS, T_COUNT);
  for (let index: u32 = 0; index < count; index++) flagRow(triggerRow(index));
}

function flagRow(row: usize): void {
  const kinds = load<u32>(row, TRIGGER_KINDS);
  const address = load<u32>(row, TRIGGER_ADDRESS);
  const harts = header(H_HART_COUNT);
  for (let hart: u32 = 0; hart < harts; hart++) {
    if (!names(row, hart)) continue;
    if (kinds & HIT_WRITE) watch(block(hart), address, load<u32>(row, TRIGGER_LENGTH));
    if ((kinds & HIT_PC) == 0) continue;
    const at = triggerPlace(block(hart), address);
    if (at) pageSetFlags(at, PAGE_BREAK);
  }
}

// @ts-ignore: decorator
@inline
function names(row: usize, hart: u32): bool {
  const owner = load<u32>(row, TRIGGER_HART);
  return owner == hart || owner == NONE;
}

/** Stores to these bytes take the slow way. Pages without memory have no flag to set. */
function watch(hart: usize, address: u32, bytes: u32): void {
  let rest = bytes;
  let from = address;
  while (rest > 0) {
    const at = triggerPlace(hart, from);
    if (at) pageSetFlags(at, PAGE_WATCH);
    const room = PAGE_BYTES - ((at ? <u32>at : from) & (PAGE_BYTES - 1));
    const part = rest < room ? rest : room;
    from += part;
    rest -= part;
  }
}

/** A breakpoint comes or goes: its page is decoded anew. */
function dropCode(row: usize): void {
  if ((load<u32>(row, TRIGGER_KINDS) & HIT_PC) == 0) return;
  const harts = header(H_HART_COUNT);
  for (let hart: u32 = 0; hart < harts; hart++) {
    if (!names(row, hart)) continue;
    const at = triggerPlace(block(hart), load<u32>(row, TRIGGER_ADDRESS));
    if (at) codeWritten(at & ~(<usize>PAGE_BYTES - 1), PAGE_BYTES);
  }
}

/**
 * True, with the machine stopped, if a hold stops the hart before its next instruction. Before a
 * step it keeps the count of traps, by which `stopAfter` knows one.
 */
export function heldBefore(node: u32, hart: usize): bool {
  const mode = load<u32>(TRIGGERS, T_MODE);
  if (mode == TriggerMode.NONE || load<u32>(TRIGGERS, T_MODE_HART) != node) return false;
  if (mode == TriggerMode.STEP) {
    store<u64>(TRIGGERS, load<u64>(hart, HART_TRAPPED), T_MODE_CYCLE);
    return false;
  }
  if (load<u64>(hart, HART_CYCLE) < load<u64>(TRIGGERS, T_MODE_CYCLE)) return false;
  triggerHit(hart, HIT_HOLD, load<u32>(hart, HART_PC), 0);
  stop();
  return true;
}

/**
 * Stops the machine if the instruction that began at `pc` in `cycle`, `retired` being the count
 * before it, ends a step or has done a watched access.
 */
export function stopAfter(node: u32, hart: usize, pc: u32, cycle: u64, retired: u64): void {
  if ((load<u32>(TRIGGERS, T_MODE) | load<u32>(TRIGGERS, T_WATCHES)) == 0) return;
  if (watchNoted() && load<u32>(TRIGGERS, T_HIT_HART) == node) {
    if (watchDone(hart)) stop();
    else watchForget();
  }
  if (load<u32>(TRIGGERS, T_MODE) != TriggerMode.STEP) return;
  if (load<u32>(TRIGGERS, T_MODE_HART) != node) return;
  const trapped = load<u64>(hart, HART_TRAPPED) != load<u64>(TRIGGERS, T_MODE_CYCLE);
  const completed = load<u64>(hart, HART_RETIRED) != retired;
  if (!completed && !trapped && load<u32>(hart, HART_PC) == pc) return;
  if (load<u32>(DERIVED_BASE, D_STOP) != Stop.TIME) return;
  store<u32>(TRIGGERS, HIT_STEP, T_HIT_KIND);
  store<u32>(TRIGGERS, node, T_HIT_HART);
  store<u32>(TRIGGERS, pc, T_HIT_PC);
  store<u64>(TRIGGERS, cycle, T_HIT_CYCLE);
  stop();
}

function stop(): void {
  if (load<u32>(DERIVED_BASE, D_STOP) != Stop.HALT) store<u32>(DERIVED_BASE, Stop.BREAK, D_STOP);
}

/** Time of the instruction that has been hit. */
export function hitTime(): u64 {
  return edgeTime(domainOf(load<u32>(TRIGGERS, T_HIT_HART)), load<u64>(TRIGGERS, T_HIT_CYCLE));
}
