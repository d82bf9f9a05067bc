/** Fault rows as the lower layers see them: matching of trace records, stuck bits, chance. */
import { FaultKind } from "./abi";
import { NEVER } from "./clock";
import {
  FAULT_ROWS,
  FAULT_ROW_BYTES,
  FAULT_STREAM,
  FaultState,
  FaultTrigger,
  F_A,
  F_B,
  F_C,
  F_DRAWS,
  F_DUE,
  F_EVENT,
  F_KIND,
  F_LEFT,
  F_LIMIT,
  F_MASKS,
  F_RATE,
  F_SEED,
  F_SOURCE,
  F_STATE,
  F_STRIKES,
  F_TIME,
  F_TRIGGER,
  F_UNIT,
  F_WANTED,
} from "./fault-layout";
import {
  DERIVED_BASE,
  D_FAULT_COUNT,
  D_FAULT_DUE,
  D_FAULT_HOOKS,
  H_FAULTS,
  H_SEED,
  STATE_BASE,
} from "./layout";
import { random } from "./prng";

/** Address of a fault row. */
// @ts-ignore: decorator
@inline
export function faultRow(index: u32): usize {
  return <usize>load<u32>(STATE_BASE, H_FAULTS) + <usize>index * FAULT_ROW_BYTES;
}

/** Rows in use are below this. */
// @ts-ignore: decorator
@inline
export function faultCount(): u32 {
  return load<u32>(DERIVED_BASE, D_FAULT_COUNT);
}

/** Whether some active row disturbs this part of the machine (HOOK_* bits). */
// @ts-ignore: decorator
@inline
export function faultHooked(hooks: u32): bool {
  return (load<u32>(DERIVED_BASE, D_FAULT_HOOKS) & hooks) != 0;
}

// @ts-ignore: decorator
@inline
export function rowIs(row: usize, state: u32, kind: u32, unit: u32): bool {
  return (
    load<u32>(row, F_STATE) == state &&
    load<u32>(row, F_KIND) == kind &&
    load<u32>(row, F_UNIT) == unit
  );
}

/** A hit of an event trigger at `time`: the one that counts makes the row due then. */
export function faultHit(row: usize, time: u64): void {
  const left = load<u32>(row, F_LEFT);
  if (left) {
    store<u32>(row, left - 1, F_LEFT);
    return;
  }
  store<u32>(row, FaultTrigger.TIME, F_TRIGGER);
  store<u64>(row, time, F_DUE);
  if (time < load<u64>(DERIVED_BASE, D_FAULT_DUE)) store<u64>(DERIVED_BASE, time, D_FAULT_DUE);
}

// @ts-ignore: decorator
@inline
function wordFits(row: usize, index: usize, value: u32): bool {
  return ((load<u32>(row + (index << 2), F_WANTED) ^ value) &
    load<u32>(row + (index << 2), F_MASKS)) == 0;
}

/** A trace record is made, recorded or not: rows that wait for it have a hit. */
export function faultWatch(
  time: u64,
  unit: u32,
  kind: u32,
  a: u32,
  b: u32,
  c: u32,
  d: u32,
): void {
  const count = faultCount();
  for (let index: u32 = 0; index < count; index++) {
    const row = faultRow(index);
    if (load<u32>(row, F_STATE) != FaultState.ARMED) continue;
    if (load<u32>(row, F_TRIGGER) != FaultTrigger.TRACE) continue;
    if (load<u32>(row, F_SOURCE) != unit || load<u32>(row, F_EVENT) != kind) continue;
    if (wordFits(row, 0, a) && wordFits(row, 1, b) && wordFits(row, 2, c) && wordFits(row, 3, d)) {
      faultHit(row, time);
    }
  }
}

/**
 * Bytes of memory have been written: those of active STUCK_MEMORY rows take their stuck value
 * again. Such a row's a is the linear address of one byte, b the mask, c the value.
 */
export function faultForce(address: usize, bytes: u32): void {
  const count = faultCount();
  for (let index: u32 = 0; index < count; index++) {
    const row = faultRow(index);
    if (load<u32>(row, F_KIND) != FaultKind.STUCK_MEMORY) continue;
    if (load<u32>(row, F_STATE) != FaultState.ACTIVE) continue;
    const at = <usize>load<u32>(row, F_A);
    if (at - address >= <usize>bytes) continue;
    store<u8>(at, <u8>stuck(row, load<u8>(at)));
  }
}

/** `value` with the stuck bits of a STUCK_* row: b is their mask, c their values. */
// @ts-ignore: decorator
@inline
export function stuck(row: usize, value: u32): u32 {
  return (value & ~load<u32>(row, F_B)) | load<u32>(row, F_C);
}

/** Draws whether an active row strikes this time: always, or by its rate. */
export function faultChance(index: u32): bool {
  const row = faultRow(index);
  const rate = load<u32>(row, F_RATE);
  return rate == 0 || <u32>(faultRandom(index) >> 32) < rate;
}

/** The next random number of a row's own stream. */
export function faultRandom(index: u32): u64 {
  const row = faultRow(index);
  const n = load<u64>(row, F_DRAWS);
  store<u64>(row, n + 1, F_DRAWS);
  const seed = load<u64>(row, F_SEED);
  return random(seed ? seed : load<u64>(STATE_BASE, H_SEED), FAULT_STREAM + index, n);
}

/** An active row has struck at `time`; true when that was the last strike it may do. */
export function faultStruck(row: usize, time: u64): bool {
  const strikes = load<u32>(row, F_STRIKES);
  if (strikes == 0) store<u64>(row, time, F_TIME);
  if (strikes != u32.MAX_VALUE) store<u32>(row, strikes + 1, F_STRIKES);
  const limit = load<u32>(row, F_LIMIT);
  if (limit == 0 || strikes + 1 < limit) return false;
  store<u32>(row, FaultState.OVER, F_STATE);
  store<u64>(row, NEVER, F_DUE);
  return true;
}

/** Rows of the table; 0 on a machine whose image has none. */
export function faultTable(): u32 {
  return load<u32>(STATE_BASE, H_FAULTS) ? FAULT_ROWS : 0;
}
