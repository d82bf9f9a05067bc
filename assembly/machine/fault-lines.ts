/**
 * What active fault rows do to lines and shared memories: the kinds LINK, LINE_OUT, LINE_IN and
 * SHARED of fault-plan.ts. Every frame, byte or access that passes asks the rows of its unit, in
 * the order of the table; a row strikes always or by its rate, and at most F_LIMIT times.
 */
import { FaultKind, TraceKind } from "../kernel/abi";
import {
  Disturbance,
  FaultState,
  F_A,
  F_B,
  F_DELAY,
  HOOK_LINE,
  HOOK_LINK,
  HOOK_SHARED,
} from "../kernel/fault-layout";
import {
  faultChance,
  faultCount,
  faultHooked,
  faultRandom,
  faultRow,
  faultStruck,
  rowIs,
} from "../kernel/fault-rows";
import { trace, traceAt } from "../kernel/trace";
import { faultsDerive } from "./fault-plan";

/** Answer of `lineFault`: the character is lost. */
export const LINE_LOST: u32 = 0xffff_ffff;

/** A row strikes at `time`: counted, traced, and over when that was its last. */
function strikes(row: usize, kind: u32, unit: u32, time: u64): void {
  const over = faultStruck(row, time);
  traceAt(time, unit);
  trace(TraceKind.FAULT, kind, load<u32>(row, F_A), load<u32>(row, F_B), unit);
  if (over) faultsDerive();
}

/** The bits that a corruption inverts: its mask, or one random bit of `bits`. */
function corruption(index: u32, bits: u32): u32 {
  const mask = load<u32>(faultRow(index), F_B);
  return mask ? mask : 1 << <u32>((faultRandom(index) >> 32) % bits);
}

/** What happens to a character of 8 bits on a line to or from the outside; LINE_LOST: dropped. */
export function lineFault(kind: u32, unit: u32, character: u32, time: u64): u32 {
  if (!faultHooked(HOOK_LINE)) return character;
  const count = faultCount();
  let value = character;
  for (let index: u32 = 0; index < count; index++) {
    const row = faultRow(index);
    if (!rowIs(row, FaultState.ACTIVE, kind, unit) || !faultChance(index)) continue;
    if (load<u32>(row, F_A) == Disturbance.DROP) {
      strikes(row, kind, unit, time);
      return LINE_LOST;
    }
    value ^= corruption(index, 8) & 0xff;
    strikes(row, kind, unit, time);
  }
  return value;
}

/** Bits that are inverted in a frame of `bits` bit times that enters a link. */
export function linkCorruption(link: u32, bits: u32, time: u64): u32 {
  if (!faultHooked(HOOK_LINK)) return 0;
  const count = faultCount();
  let mask: u32 = 0;
  for (let index: u32 = 0; index < count; index++) {
    const row = faultRow(index);
    if (load<u32>(row, F_A) != Disturbance.CORRUPT || !linkStruck(index, link)) continue;
    mask ^= corruption(index, bits);
    strikes(row, FaultKind.LINK, link, time);
  }
  return bits < 32 ? mask & ((1 << bits) - 1) : mask;
}

/** Whether a frame that enters a link is lost (DROP) or comes twice (DUPLICATE). */
export function linkDisturbed(link: u32, disturbance: u32, time: u64): bool {
  if (!faultHooked(HOOK_LINK)) return false;
  const count = faultCount();
  for (let index: u32 = 0; index < count; index++) {
    const row = faultRow(index);
    if (load<u32>(row, F_A) != disturbance || !linkStruck(index, link)) continue;
    strikes(row, FaultKind.LINK, link, time);
    return true;
  }
  return false;
}

/** Ps by which a frame that enters a link comes later. */
export function linkDelay(link: u32, time: u64): u64 {
  if (!faultHooked(HOOK_LINK)) return 0;
  const count = faultCount();
  let delay: u64 = 0;
  for (let index: u32 = 0; index < count; index++) {
    const row = faultRow(index);
    if (load<u32>(row, F_A) != Disturbance.DELAY || !linkStruck(index, link)) continue;
    delay += load<u64>(row, F_DELAY);
    strikes(row, FaultKind.LINK, link, time);
  }
  return delay;
}

function linkStruck(index: u32, link: u32): bool {
  return rowIs(faultRow(index), FaultState.ACTIVE, FaultKind.LINK, link) && faultChance(index);
}

/** Bits that are inverted in what a read of a shared memory answers. */
export function sharedCorruption(unit: u32, width: u32, time: u64): u32 {
  if (!faultHooked(HOOK_SHARED)) return 0;
  const count = faultCount();
  let mask: u32 = 0;
  for (let index: u32 = 0; index < count; index++) {
    const row = faultRow(index);
    if (load<u32>(row, F_A) != Disturbance.CORRUPT) continue;
    if (!rowIs(row, FaultState.ACTIVE, FaultKind.SHARED, unit) || !faultChance(index)) continue;
    mask ^= corruption(index, width << 3);
    strikes(row, FaultKind.SHARED, unit, time);
  }
  return mask;
}

/** Bit mask of the bytes of a write to a shared memory that arrive: all, some, none. */
export function sharedLanes(unit: u32, time: u64): u32 {
  if (!faultHooked(HOOK_SHARED)) return 0xf;
  const count = faultCount();
  let lanes: u32 = 0xf;
  for (let index: u32 = 0; index < count; index++) {
    const row = faultRow(index);
    const disturbance = load<u32>(row, F_A);
    if (disturbance != Disturbance.DROP && disturbance != Disturbance.TEAR) continue;
    if (!rowIs(row, FaultState.ACTIVE, FaultKind.SHARED, unit) || !faultChance(index)) continue;
    lanes &= disturbance == Disturbance.DROP ? 0 : load<u32>(row, F_B);
    strikes(row, FaultKind.SHARED, unit, time);
  }
  return lanes;
}
