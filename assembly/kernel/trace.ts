/**
 * Trace and serial output rings. Records leave in execution order; the host sorts them by
 * (time, rank, unit) up to the watermark. Both rings are derived memory. A ring that is nearly full
 * sets D_STOP: the run loop leaves at the next point between two instructions, so no record is ever
 * lost; the margin covers what one step can still produce.
 */
import { Stop } from "./abi";
import { faultWatch } from "./fault-rows";
import {
  DERIVED_BASE,
  D_FAULT_KINDS,
  D_SERIAL_HEAD,
  D_SERIAL_TAIL,
  D_STOP,
  D_TIME,
  D_TRACE_HEAD,
  D_TRACE_MASK,
  D_TRACE_TAIL,
  D_TRACE_WANTED,
  D_UNIT,
  SERIAL_RECORD_BYTES,
  SERIAL_RING,
  SERIAL_RING_RECORDS,
  SR_DATA,
  SR_FORMAT,
  SR_TIME,
  SR_UNIT,
  NONE,
  TRACE_MUTED,
  TRACE_RECORD_BYTES,
  TRACE_RING,
  TRACE_RING_RECORDS,
  TR_A,
  TR_B,
  TR_C,
  TR_D,
  TR_KIND,
  TR_TIME,
  TR_UNIT,
} from "./layout";

/** Records that one step between two looks at D_STOP may still add. */
const MARGIN: u32 = 4096;

// @ts-ignore: decorator
@inline
export function traceOn(kind: u32): bool {
  return ((load<u64>(DERIVED_BASE, D_TRACE_MASK) >> <u64>kind) & 1) != 0;
}

/** Says at which time and in which unit what follows happens. */
// @ts-ignore: decorator
@inline
export function traceAt(time: u64, unit: u32): void {
  store<u64>(DERIVED_BASE, time, D_TIME);
  store<u32>(DERIVED_BASE, unit, D_UNIT);
}

/** Whether the records of a unit are left out. NONE, the machine itself, never is. */
// @ts-ignore: decorator
@inline
function muted(unit: u32): bool {
  return unit != NONE && ((load<u8>(unit >> 3, TRACE_MUTED) >> (<u8>unit & 7)) & 1) != 0;
}

/** Leaves out the records of a unit, or takes them again. */
export function traceMute(unit: u32, on: bool): void {
  const at = unit >> 3;
  const bit: u8 = <u8>1 << (<u8>unit & 7);
  const before = load<u8>(at, TRACE_MUTED);
  store<u8>(at, on ? before | bit : before & ~bit, TRACE_MUTED);
}

/** Kinds that the host records (bit k: TraceKind k). */
export function traceWant(kinds: u64): void {
  store<u64>(DERIVED_BASE, kinds, D_TRACE_WANTED);
  traceRefresh();
}

/** What is on: kinds that the host records, and kinds that a fault waits for. */
export function traceRefresh(): void {
  const waited = load<u64>(DERIVED_BASE, D_FAULT_KINDS);
  store<u64>(DERIVED_BASE, load<u64>(DERIVED_BASE, D_TRACE_WANTED) | waited, D_TRACE_MASK);
}

/**
 * Appends a record if its kind is on and its unit is not muted. The meaning of a..d is the kind's,
 * in docs/formats.md.
 */
export function trace(kind: u32, a: u32, b: u32, c: u32, d: u32): void {
  if (!traceOn(kind)) return;
  const unit = load<u32>(DERIVED_BASE, D_UNIT);
  if ((load<u64>(DERIVED_BASE, D_FAULT_KINDS) >> <u64>kind) & 1) {
    faultWatch(load<u64>(DERIVED_BASE, D_TIME), unit, kind, a, b, c, d);
  }
  if (((load<u64>(DERIVED_BASE, D_TRACE_WANTED) >> <u64>kind) & 1) == 0 || muted(unit)) return;
  const head = load<u32>(DERIVED_BASE, D_TRACE_HEAD);
  const at = <usize>TRACE_RING + <usize>(head % TRACE_RING_RECORDS) * TRACE_RECORD_BYTES;
  store<u64>(at, load<u64>(DERIVED_BASE, D_TIME), TR_TIME);
  store<u32>(at, unit, TR_UNIT);
  store<u32>(at, kind, TR_KIND);
  store<u32>(at, a, TR_A);
  store<u32>(at, b, TR_B);
  store<u32>(at, c, TR_C);
  store<u32>(at, d, TR_D);
  store<u32>(DERIVED_BASE, head + 1, D_TRACE_HEAD);
  if (head + 1 - load<u32>(DERIVED_BASE, D_TRACE_TAIL) >= TRACE_RING_RECORDS - MARGIN) {
    store<u32>(DERIVED_BASE, Stop.RING_FULL, D_STOP);
  }
}

/** Appends a character that left a UART for the outside: data as in DOORBELL_SENT's value. */
export function serialOut(time: u64, unit: u32, value: u32): void {
  const head = load<u32>(DERIVED_BASE, D_SERIAL_HEAD);
  const at = <usize>SERIAL_RING + <usize>(head % SERIAL_RING_RECORDS) * SERIAL_RECORD_BYTES;
  store<u64>(at, time, SR_TIME);
  store<u32>(at, unit, SR_UNIT);
  store<u16>(at, <u16>value, SR_DATA);
  store<u16>(at, <u16>(value >> 16), SR_FORMAT);
  store<u32>(DERIVED_BASE, head + 1, D_SERIAL_HEAD);
  if (head + 1 - load<u32>(DERIVED_BASE, D_SERIAL_TAIL) >= SERIAL_RING_RECORDS - MARGIN) {
    store<u32>(DERIVED_BASE, Stop.RING_FULL, D_STOP);
  }
}
