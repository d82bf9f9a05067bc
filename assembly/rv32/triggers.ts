/**
 * Triggers: breakpoints and watchpoints of debuggers and faults. Derived memory: nothing here is
 * state, and nothing costs anything while no row is set.
 *
 * A breakpoint replaces the decoded record of its instruction, in a decoded page that then belongs
 * to this memory page alone; the memory itself, cycles and digests stay as they are. The run loop
 * leaves there, and `breakHit` asks the table. A hart that has stopped at one passes it in that
 * cycle: going on executes the instruction.
 *
 * A watched store takes the slow way through its page's WATCH flag; while any load is watched all
 * loads take it. So does every access to a device or to shared memory. `watchNote` compares an
 * access with the table before it is done; it counts once its instruction is completed, so that an
 * access that faults hits nothing, and one that waits for a grant is noted again with the grant.
 */
import { regionFind } from "../bus/map";
import { HIT_PC, HIT_READ, HIT_WRITE } from "../kernel/abi";
import {
  HART_CYCLE,
  HART_PC,
  HART_RETIRED,
  HART_UNIT,
  NONE,
  REGION_BASE,
  REGION_MEMORY,
  TRIGGERS,
  TRIGGER_ADDRESS,
  TRIGGER_BYTES,
  TRIGGER_HART,
  TRIGGER_KINDS,
  TRIGGER_LENGTH,
  T_COUNT,
  T_HIT_ADDRESS,
  T_HIT_BYTES,
  T_HIT_CYCLE,
  T_HIT_HART,
  T_HIT_KIND,
  T_HIT_PC,
  T_HIT_RETIRED,
  T_PASS,
  T_ROWS,
  T_WATCHES,
} from "../kernel/layout";
import { reserved } from "./atomic";
import { accessAddress, accessWidth } from "./memory";
import { Op, R_RS1, isLoad, isStore, opOf } from "./records";

// @ts-ignore: decorator
@inline
export function triggersSet(): bool {
  return load<u32>(TRIGGERS, T_COUNT) != 0;
}

// @ts-ignore: decorator
@inline
export function watching(): bool {
  return load<u32>(TRIGGERS, T_WATCHES) != 0;
}

/** Address of row `index`. */
// @ts-ignore: decorator
@inline
export function triggerRow(index: u32): usize {
  return <usize>TRIGGERS + T_ROWS + <usize>index * TRIGGER_BYTES;
}

/** Whether a row is one of this hart (a unit) and of one of `kinds`. */
// @ts-ignore: decorator
@inline
function concerns(row: usize, unit: u32, kinds: u32): bool {
  if ((load<u32>(row, TRIGGER_KINDS) & kinds) == 0) return false;
  const owner = load<u32>(row, TRIGGER_HART);
  return owner == unit || owner == NONE;
}

/** Linear address behind a guest address of the hart's memories; 0 if it is not memory. */
export function triggerPlace(hart: usize, address: u32): usize {
  const region = regionFind(hart, address);
  if (region == 0 || load<u32>(region, REGION_MEMORY) == 0) return 0;
  return <usize>(load<u32>(region, REGION_MEMORY) + (address - load<u32>(region, REGION_BASE)));
}

/** Whether a breakpoint of the hart lies at this linear address. */
export function triggerLies(hart: usize, memory: usize): bool {
  const unit = load<u32>(hart, HART_UNIT);
  const count = load<u32>(TRIGGERS, T_COUNT);
  for (let index: u32 = 0; index < count; index++) {
    const row = triggerRow(index);
    if (!concerns(row, unit, HIT_PC)) continue;
    if (triggerPlace(hart, load<u32>(row, TRIGGER_ADDRESS)) == memory) return true;
  }
  return false;
}

/** Describes what has been hit by the instruction that starts now. */
export function triggerHit(hart: usize, kind: u32, address: u32, bytes: u32): void {
  store<u32>(TRIGGERS, kind, T_HIT_KIND);
  store<u32>(TRIGGERS, load<u32>(hart, HART_UNIT), T_HIT_HART);
  store<u32>(TRIGGERS, load<u32>(hart, HART_PC), T_HIT_PC);
  store<u32>(TRIGGERS, address, T_HIT_ADDRESS);
  store<u32>(TRIGGERS, bytes, T_HIT_BYTES);
  store<u64>(TRIGGERS, load<u64>(hart, HART_CYCLE), T_HIT_CYCLE);
  store<u64>(TRIGGERS, load<u64>(hart, HART_RETIRED), T_HIT_RETIRED);
}

/** Where the hart's pass is kept: 1 + the cycle in which it passes a breakpoint; 0 none. */
// @ts-ignore: decorator
@inline
function passOf(hart: usize): usize {
  return <usize>load<u32>(TRIGGERS, T_PASS) + (<usize>load<u32>(hart, HART_UNIT) << 3);
}

/** The hart passes a breakpoint at which it stands. */
export function breakPass(hart: usize): void {
  store<u64>(passOf(hart), load<u64>(hart, HART_CYCLE) + 1);
}

/** True if the hart stands at a breakpoint that it has not stopped at in this cycle. */
export function breakHit(hart: usize): bool {
  const unit = load<u32>(hart, HART_UNIT);
  const pc = load<u32>(hart, HART_PC);
  const count = load<u32>(TRIGGERS, T_COUNT);
  for (let index: u32 = 0; index < count; index++) {
    const row = triggerRow(index);
    if (load<u32>(row, TRIGGER_ADDRESS) != pc || !concerns(row, unit, HIT_PC)) continue;
    if (load<u64>(passOf(hart)) == load<u64>(hart, HART_CYCLE) + 1) return false;
    breakPass(hart);
    triggerHit(hart, HIT_PC, pc, 0);
    return true;
  }
  return false;
}

/** Notes whether the instruction in `rec` will do a watched access. Nothing has stopped yet. */
export function watchNote(hart: usize, rec: usize): void {
  const op = opOf(rec);
  store<u32>(TRIGGERS, 0, T_HIT_KIND);
  if (isLoad(op)) noteAccess(hart, HIT_READ, accessAddress(hart, rec), accessWidth(op));
  else if (isStore(op)) noteAccess(hart, HIT_WRITE, accessAddress(hart, rec), accessWidth(op));
  else if (op == Op.LR || op == Op.SC || op == Op.AMO) {
    const address = load<u32>(hart + <usize>load<u8>(rec, R_RS1));
    if (op == Op.LR) noteAccess(hart, HIT_READ, address, 4);
    else if (op == Op.AMO) noteAccess(hart, HIT_READ | HIT_WRITE, address, 4);
    else if (reserved(hart, address)) noteAccess(hart, HIT_WRITE, address, 4);
  }
}

function noteAccess(hart: usize, kinds: u32, address: u32, bytes: u32): void {
  const unit = load<u32>(hart, HART_UNIT);
  const count = load<u32>(TRIGGERS, T_COUNT);
  for (let index: u32 = 0; index < count; index++) {
    const row = triggerRow(index);
    if (!concerns(row, unit, kinds)) continue;
    const first = load<u32>(row, TRIGGER_ADDRESS);
    // Both differences are taken modulo 2^32: one of the ranges begins inside the other.
    if (address - first >= load<u32>(row, TRIGGER_LENGTH) && first - address >= bytes) continue;
    triggerHit(hart, kinds, address, bytes);
    return;
  }
}

/** Whether an access is noted. */
// @ts-ignore: decorator
@inline
export function watchNoted(): bool {
  return (load<u32>(TRIGGERS, T_HIT_KIND) & (HIT_READ | HIT_WRITE)) != 0;
}

/** Whether the access noted is over: its instruction has been completed. */
export function watchDone(hart: usize): bool {
  return load<u64>(hart, HART_RETIRED) != load<u64>(TRIGGERS, T_HIT_RETIRED);
}

/** The access noted has not been done. */
export function watchForget(): void {
  store<u32>(TRIGGERS, 0, T_HIT_KIND);
}
