/**
 * What one chunk of cycles needs beside the state: derived memory, meaningless between two calls.
 *
 *   0        Desk        how the chunk is done
 *   64       Work x slots, each with its lists
 */
import { SAVED_BYTES, PENDING_MAX } from "./state";

/** Cycles of a chunk at most. */
export const CHUNK_MAX: u32 = 256;

/** How rows and landings are done. */
export const enum Mode {
  /** Stretches of many cycles; what is irregular is only noted. */
  BULK = 0,
  /** Exactly, one cycle a call: errors are recorded. */
  STEP = 1,
  /** As STEP, with trace records. */
  TRACE = 2,
}

@unmanaged export class Desk {
  mode: u32;
  domain: u32;      // address of the clock domain's row
  unit: u32;        // the fabric's own unit
  dry: u32;         // 1 while landings are only rehearsed, 2 while the first is looked for
  delicate: u32;    // 1: `sans` while one is in force; barriers then decide cycle by cycle
  reserved: u32;
  first: u64;       // cycle of the first landing of a look ahead
  returned: u64;    // cycle of the first return of this chunk to a core that continues; or NEVER
}

@unmanaged export class Work {
  sendMask: u64;    // memory elements that sends have read: bit = element
  fetchMask: u64;   // elements that fetches have read
  landMask: u64;    // elements in which words have landed, or might
  stands: u64;      // the core stands in ROW up to, and without, this cycle ..
  standsFrom: u64;  // .. and from this one on
  muxes: u32;       // entries of the mux list: writes on their way, then those of this chunk
  pointers: u32;    // entries of the pointer list
  flagged: u32;     // something that stretches cannot do exactly
  idle: u32;        // nothing can happen here in this chunk
  wild: u32;        // flagged by its row
  mode: u32;        // 1: the receive format has changed
}

const WORKS_AT: usize = 64;
const SAVED_AT: usize = 64;
const MUXES_AT: usize = SAVED_AT + 128;
const POINTERS_AT: usize = MUXES_AT + (<usize>PENDING_MAX + CHUNK_MAX) * 4;
/** 3760 = 16 x 235: off powers of two. */
export const WORK_BYTES: usize = 3760;

/** Bytes of derived memory for a chip. */
export function workBytes(slots: u32): usize {
  return WORKS_AT + <usize>slots * WORK_BYTES;
}

// @ts-ignore: decorator
@inline
export function workOf(desk: Desk, slot: u32): Work {
  return changetype<Work>(changetype<usize>(desk) + WORKS_AT + <usize>slot * WORK_BYTES);
}

/** Copy of the exchange unit's registers as they were before the chunk. */
// @ts-ignore: decorator
@inline
export function savedOf(w: Work): usize {
  assert(SAVED_BYTES <= 128);
  return changetype<usize>(w) + SAVED_AT;
}

/** u32 each: cycle modulo 2^16 above the value. */
// @ts-ignore: decorator
@inline
export function muxList(w: Work): usize {
  return changetype<usize>(w) + MUXES_AT;
}

/** Pairs of u32: cycle modulo 2^16, value. */
// @ts-ignore: decorator
@inline
export function pointerList(w: Work): usize {
  return changetype<usize>(w) + POINTERS_AT;
}
