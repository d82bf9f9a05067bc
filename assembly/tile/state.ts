/**
 * State of a tile processor: one block of the machine's state, fixed by elaboration.
 *
 *   offset   what
 *   0        Fabric      geometry, time, barrier, totals
 *   192      Column x 16 repair code and defects of each column
 *   448      distances   64 x 64 bytes: (column and sub of the receiver, of the source)
 *   4544     Slot        one for each place of a tile in the silicon: built rows x columns x subs
 *
 * A slot is a tile by its place in the silicon: ((col * built) + silicon row) * subs + sub. What it
 * is called by software, its visible tile, is what the identity chain left in it.
 *
 * Words on a slot's outgoing bus lie in a ring of 1024 words by absolute cycle (a page of the
 * state); two bit maps say in which cycles a word went in which direction. Words without a bit are
 * zero, and so are bits of cycles more than 1024 ago, so that the state is the same however the
 * time until now was cut.
 */
import { DeviceHead } from "../bus/head";

/** Tile memory starts here (published); word addresses in rows are absolute. */
export const MEMORY_BASE_WORD: u32 = 0x40000 >> 2;
/** 16 KiB: a memory element serves one of fetch, send read and landing a cycle. */
export const ELEMENT_WORD_BITS: u32 = 12;
/** Addresses and pointers have 18 bits. */
export const ADDRESS_MASK: u32 = 0x3ffff;

export const RING_BITS: u32 = 10;
/** Cycles that a bus ring holds. More than a chunk and the longest path (c600: 128) together. */
export const RING: u32 = 1 << RING_BITS;

/** Mux writes that have not reached the mux: at most one a cycle, and X is at most 102. */
export const PENDING_MAX: u32 = 112;

/** A repair code that names no row of any column. */
export const CODE_NONE: u32 = 0xff;
/** Visible tile of a slot that has none: disabled, or the idle spare. */
export const NO_TILE: u32 = 0xffff;
export const COLUMNS_MAX: u32 = 16;

/** The four paths with a delay stage; two bits each in `Slot.force`: 0 free, 1 out, 2 in. */
export const enum Stage {
  DATA_OUT = 0,
  DATA_IN = 1,
  MUX_CONTROL = 2,
  SYNC = 3,
}

/** What a tile's exchange unit does. */
export const enum Exchange {
  /** No row runs: the core is running. */
  CORE = 0,
  /** In a row; `op` goes on until `next`. */
  ROW = 1,
  /** In `sync 3`, not released. */
  BARRIER = 2,
  /** In `sync 1`: barriers that `sans` skipped are not complete. */
  REJOIN = 3,
  /** In a sync that is over when the acknowledge on its way arrives. */
  RELEASED = 4,
  /** In a sync of a zone that this chip does not have: for good. */
  ABSENT = 5,
}

/** The instruction that occupies events up to `next`. */
export const enum Op {
  /** Nothing: the next instruction begins at `next`, and is fetched in the cycle before. */
  NONE = 0,
  DELAY = 1,
  /** A delay that writes a control on its last event. */
  CONTROL = 2,
  SEND = 3,
}

/** Errors of section 4; the unknown word has no published number (our choice). */
export const enum TileError {
  SEND_CLASH = 1,
  FETCH_CLASH = 2,
  BAD_ADDRESS = 3,
  CORE_RUNNING = 4,
  PAIRING = 6,
  MODE_CHANGED = 7,
  UNKNOWN_WORD = 8,
}

/** What begins at `next`, as fetched in the cycle before: bits. */
export const FETCHED: u32 = 1;
/** Its word lies outside of the memory. */
export const FETCHED_OUTSIDE: u32 = 2;
/** A `sync 1` with nothing to wait for comes before it: events are numbered anew. */
export const FETCHED_REJOINED: u32 = 4;
/** It is a sendpicp in its place: with its second word. */
export const FETCHED_WIDE: u32 = 8;
/** The barriers that a `sans` before it skips, above. */
export const FETCHED_SKIP_SHIFT: u32 = 8;

export const FLAG_MEMBER: u32 = 1;

@unmanaged export class Fabric extends DeviceHead {
  // Written by elaboration.
  columns: u32;
  rows: u32;            // R, visible; each column has R + 1 units
  subs: u32;            // tiles of a unit
  memoryWords: u32;     // of a tile
  overhead: u32;        // cycles from the last barrier request to cycle 0 of its exchange
  muxReset: u32;
  watchdog: u32;        // cycles from a barrier's first request until it is reported as hanging
  slots: u32;
  // The machine's.
  now: u64;             // everything before this cycle has happened
  release: u64;         // cycle 0 of the exchange released last; NEVER before the first
  barriers: u64;        // releases
  hungSince: u64;       // first request of the barrier that was reported; NEVER if none was
  missing: u32;         // tiles that had not arrived then
  firstMissing: u32;    // one of them, the first by slot: a visible tile
  resetDone: u32;       // 1 once the power-on state is there
  members: u32;         // tiles that a barrier waits for
}

@unmanaged export class Column {
  code: u32;      // silicon row that the repair logic leaves out; CODE_NONE
  defects: u32;   // bit p: the unit at silicon row p is broken
  reserved0: u32;
  reserved1: u32;
}

@unmanaged export class Slot {
  // Written by elaboration.
  memory: u32;          // linear address of its memory; 0: no program runs here
  ring: u32;            // linear address of its bus ring; 0 likewise
  flags: u32;           // FLAG_*
  hart: u32;            // unit of its hart; NONE without one: traces then name the slot
  logical: u32;         // logical tile
  // Faults.
  force: u32;           // forced stages
  stuckMask: u32;       // stuck bits of the column register at this silicon row
  stuckValue: u32;
  muxStuckMask: u32;    // stuck bits of the wires to its mux
  muxStuckValue: u32;
  busDead: u32;
  // What configuration makes of it all.
  visible: u32;         // tile number, or NO_TILE
  broken: u32;          // physically: drives nothing, asks for nothing
  tied: u32;            // its barrier request is tied off: disabled, or the idle spare
  busLive: u32;
  outDelay: u32;        // cycles from a send event to the base of the column
  inDelay: u32;         // cycles from the destination's mux to the tile
  lead: u32;            // X
  start: i32;           // skew of the acknowledge
  passMask: u32;        // stuck bits of all column registers on the way out
  passValue: u32;
  place: u32;           // col * 4 + sub: row of the distance table
  silicon: u32;         // silicon row
  asked: u32;           // 1 from the core's store to ROW until it continues
  // Exchange unit (saved and put back when a chunk is done again): SAVED_FIRST .. SAVED_END.
  next: u64;            // cycle at which the present instruction ends and the next one begins
  base: u64;            // cycle of event 0
  ack: u64;             // cycle at which the last barrier's acknowledge arrives; 0 before the first
  arrival: u64;         // cycle at which it counted as arrived
  sent: u64;            // cycle of its last word on the bus, plus 1; 0 if it has never sent
  returned: u64;        // cycle at which its last row returned
  exchange: u32;        // Exchange
  op: u32;              // Op
  control: u32;         // what Op.CONTROL writes: kind and value, see row.ts
  fetched: u32;         // FETCHED_*
  word: u32;
  word2: u32;
  pc: u32;              // word address; behind the instruction, once that is fetched
  outgoing: u32;        // word address
  sctl: u32;
  format: u32;
  skip: u32;            // barriers in which `sans` counts this tile as arrived
  mux: u32;             // register, 14 bits
  errors: u64;          // events with an error
  status: u32;          // first error, TileError; 0 without one
  barriers: u32;        // barriers that counted it
  statusEvent: u64;     // event of the first error
  rowFrom: u64;         // cycle of the store to ROW: before it the core runs
  // Receiver.
  landed: u64;          // words
  lastLanding: u64;     // cycle
  pointer: u32;         // incoming, word address
  selected: u32;        // value that the mux has
  pendings: u32;        // mux writes on their way
  reserved3: u32;
}

export const SAVED_FIRST: usize = offsetof<Slot>("next");
export const SAVED_BYTES: usize = offsetof<Slot>("landed") - SAVED_FIRST;

const COLUMNS_AT: usize = 192;
const DISTANCES_AT: usize = 448;
const SLOTS_AT: usize = 4544;

/** Within a slot, behind its fields: bit maps of the two directions, then mux writes on the way. */
const VALID_AT: usize = 304;
const VALID_BYTES: usize = RING >> 3;
const PENDING_AT: usize = VALID_AT + 2 * VALID_BYTES;
/** 1008 = 16 x 63: off powers of two. */
export const SLOT_BYTES: usize = 1008;

// @ts-ignore: decorator
@inline
export function fabricOf(b: usize): Fabric {
  return changetype<Fabric>(b);
}

// @ts-ignore: decorator
@inline
export function columnOf(b: usize, column: u32): Column {
  return changetype<Column>(b + COLUMNS_AT + <usize>column * 16);
}

// @ts-ignore: decorator
@inline
export function slotOf(b: usize, index: u32): Slot {
  return changetype<Slot>(b + SLOTS_AT + <usize>index * SLOT_BYTES);
}

// @ts-ignore: decorator
@inline
export function distanceRow(b: usize, place: u32): usize {
  return b + DISTANCES_AT + ((<usize>place) << 6);
}

/** Bit map of a direction, 0 or 1: bit c of it is the cycle c modulo RING. */
// @ts-ignore: decorator
@inline
export function validMap(s: Slot, direction: u32): usize {
  return changetype<usize>(s) + VALID_AT + <usize>direction * VALID_BYTES;
}

/** Mux writes on their way, oldest first: u32 each, cycle modulo 2^16 above the value. */
// @ts-ignore: decorator
@inline
export function pendingList(s: Slot): usize {
  return changetype<usize>(s) + PENDING_AT;
}

/** Word of a tile's memory by absolute word address, which must be inside. */
// @ts-ignore: decorator
@inline
export function wordAt(s: Slot, address: u32): usize {
  return <usize>s.memory + ((<usize>(address - MEMORY_BASE_WORD)) << 2);
}

// @ts-ignore: decorator
@inline
export function inMemory(f: Fabric, address: u32): bool {
  return address - MEMORY_BASE_WORD < f.memoryWords;
}

/** Slots of a chip: what its block needs of memory depends on them. */
// @ts-ignore: decorator
@inline
export function builtRows(f: Fabric): u32 {
  return f.rows + 1;
}
