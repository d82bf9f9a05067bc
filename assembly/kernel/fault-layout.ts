/**
 * Fault rows: faults that wait for their trigger or are in force. They are part of the state (the
 * header's H_FAULTS names their place in the hot pages), so a snapshot carries them, a fork repeats
 * them, and slices do not show. A table without faults is all zero. Only `export const` and
 * `const enum`: one source for asc and tsc.
 */

export const FAULT_ROWS: u32 = 32;
export const FAULT_ROW_BYTES: u32 = 256;

export const F_STATE: u32 = 0; // u32, FaultState
export const F_TRIGGER: u32 = 4; // u32, FaultTrigger
export const F_KIND: u32 = 8; // u32, FaultKind: what happens
export const F_UNIT: u32 = 12; // u32: to which unit; of a clock fault the domain
export const F_A: u32 = 16; // u32 x 3, by kind: see assembly/machine/fault-plan.ts
export const F_B: u32 = 20;
export const F_C: u32 = 24;
/** u32: hits of the trigger that pass before the one that counts. */
export const F_LEFT: u32 = 28;
/**
 * u64: armed by TIME, the ps at which it begins; by CYCLE, the cycle of the domain F_SOURCE; in
 * force, the ps at which it ends, or NEVER.
 */
export const F_DUE: u32 = 32;
export const F_LENGTH: u32 = 40; // u64: ps from begin to end; 0 = no end
export const F_TIME: u32 = 48; // u64: ps at which it struck first
export const F_STRIKES: u32 = 56; // u32: how often it struck; 0 = has not fired
export const F_LIMIT: u32 = 60; // u32: strikes after which it is over; 0 = no limit
export const F_RATE: u32 = 64; // u32: chance of a strike in 2^-32; 0 = always
export const F_DRAWS: u32 = 72; // u64: random numbers it has drawn
/** u32: the hart of PC and ACCESS, the unit of TRACE, the domain of CYCLE. */
export const F_SOURCE: u32 = 80;
export const F_EVENT: u32 = 84; // u32: TRACE, the TraceKind; ACCESS, FAULT_ON_* bits
export const F_ADDRESS: u32 = 88; // u32: PC, and first byte of ACCESS, as the hart sees it
export const F_BYTES: u32 = 92; // u32: bytes of ACCESS
export const F_MASKS: u32 = 96; // u32 x 4: TRACE, bits of a, b, c, d that are compared
export const F_WANTED: u32 = 112; // u32 x 4: their values
/** u64: PC, the cycle of the last hit plus 1, so that one instruction counts once. */
export const F_SEEN: u32 = 128;
export const F_SAVED: u32 = 136; // u64: what the end gives back (a clock's rate)
export const F_DELAY: u32 = 144; // u64: ps by which a line delays
export const F_SEED: u32 = 152; // u64: of its random numbers; 0 = the machine's

export const enum FaultState {
  EMPTY = 0,
  ARMED = 1,
  /** Begun, and not at its end. */
  ACTIVE = 2,
  OVER = 3,
}

export const enum FaultTrigger {
  TIME = 1,
  CYCLE = 2,
  PC = 3,
  ACCESS = 4,
  TRACE = 5,
}

export const FAULT_ON_READ: u32 = 1;
export const FAULT_ON_WRITE: u32 = 2;

/** What a disturbed line, link or shared memory does: F_A of the kinds LINK, LINE_*, SHARED. */
export const enum Disturbance {
  CORRUPT = 1,
  DROP = 2,
  DUPLICATE = 3,
  DELAY = 4,
  /** Of a write only the byte lanes in F_B arrive. */
  TEAR = 5,
}

/** Streams of random numbers: those of fault rows begin behind all units. */
export const FAULT_STREAM: u32 = 0xf000_0000;

// ---- bits of D_FAULT_HOOKS: what some active row disturbs ---------------------------------------

export const HOOK_LINK: u32 = 1;
export const HOOK_LINE: u32 = 2;
export const HOOK_SHARED: u32 = 4;
export const HOOK_MEMORY: u32 = 8;
export const HOOK_HART: u32 = 16;
