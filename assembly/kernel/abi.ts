/**
 * Numbers that host and core must agree on, beside the memory layout: versions, kinds, exits,
 * reasons. Only `export const` and `const enum`: one source for asc and tsc.
 */

/** Bump on any change of size, order or meaning inside the state range; snapshots carry it. */
export const STATE_VERSION: u32 = 2;
/** Bump on any change of the exported functions, of rings or of derived data the host reads. */
export const ABI_VERSION: u32 = 2;
/** Bump on any change of a trace record's layout or of the meaning of a kind. */
export const TRACE_VERSION: u32 = 2;
/** Bump on any change of observable cycles. */
export const TIMING_VERSION: u32 = 1;

/** Kinds of unit. The number is the `kind` of a unit row. */
export const enum UnitKind {
  NONE = 0,
  HART = 1,
  WIRE = 2,
  SERIAL_LINK = 3,
  SHARED_RAM = 4,
  UART = 5,
  CLINT = 6,
  INTERRUPTS = 7,
  GPIO = 8,
  WATCHDOG = 9,
  STATUS = 10,
  PWM = 20,
  ADC = 21,
  PLANT = 22,
  CLOCK_MONITOR = 23,
  CLOCK_SWITCH = 24,
  LOCKSTEP = 25,
  VOLTAGE_MONITOR = 26,
  KCS = 30,
  PECI = 31,
  PACKAGE = 32,
  SENSORS = 33,
  NVM = 34,
  POWER = 35,
  FANS = 36,
  FABRIC = 40,
}

/** Order of events of one time: lower first, then by unit. Harts' instructions come last. */
export const enum Rank {
  INPUT = 0,
  FAULT = 1,
  CLOCK = 2,
  WIRE = 3,
  LINK = 4,
  DEVICE = 5,
  HART = 6,
}

/** What a region of an address map is. */
export const enum RegionKind {
  /** Private memory of one hart: plain loads, stores, fetches. */
  RAM = 1,
  /** Private read-only memory: stores are access faults. */
  ROM = 2,
  /** Memory behind an arbiter that several harts reach: unit = the SHARED_RAM unit. */
  SHARED = 3,
  /** Registers of a device: unit = the device. */
  DEVICE = 4,
  /**
   * Another owner's place in the global map: no bus path. An access is traced; without rights it
   * faults, with rights it reads 0 and drops stores (fetches and atomics fault all the same).
   */
  FOREIGN = 5,
  /** Registers of a device that several harts reach: unit = the device, offset = REGION_OFFSET. */
  SHARED_DEVICE = 6,
}

/** Rights of a region, as bits. */
export const RIGHT_READ: u32 = 1;
export const RIGHT_WRITE: u32 = 2;
export const RIGHT_EXECUTE: u32 = 4;
export const RIGHT_ATOMIC: u32 = 8;

/** Why `hartRun` returned. All hart state is in the hart's block on every exit. */
export const enum HartExit {
  /** `cycle` reached the deadline. */
  DEADLINE = 0,
  /** The next instruction accesses a device: described in the access descriptor, not yet done. */
  DEVICE = 1,
  /** The next instruction (or the second half of one) accesses shared memory. */
  SHARED = 2,
  /** Asleep in `wfi` with nothing visible that wakes it. */
  WFI = 3,
  /** A halt store was done; halt kind and value are in the machine header. */
  HALT = 4,
  /** Held in reset, powered off or hung by a fault: executes nothing. */
  STOPPED = 5,
  /**
   * A breakpoint at pc, nothing of that instruction done; or a watched access in the instruction
   * just done. T_HIT_KIND tells which.
   */
  BREAK = 6,
}

/** Kind of an access, in the access descriptor and in traces. */
export const enum Access {
  FETCH = 0,
  LOAD = 1,
  STORE = 2,
  LR = 3,
  SC = 4,
  AMO = 5,
  /** A read of the `time` or `timeh` CSR of a hart with a CLINT; address 0 is time, 4 is timeh. */
  TIME = 6,
}

/** Execution state of a hart. */
export const enum HartState {
  RUNNING = 0,
  /** In `wfi`; `wfiCycle` holds W. */
  ASLEEP = 1,
  /** Woken: decides at cycle S (in `cycle`) between next instruction and handler. */
  WAKING = 2,
  /** Held: HART_HOLD says why. */
  STOPPED = 3,
}

/** Why `machineRun` returned. */
export const enum Stop {
  /** Everything before the time asked for has happened. */
  TIME = 0,
  /** A ring the host drains is full; call again after draining. */
  RING_FULL = 1,
  /** A halt: see HaltKind in the header. */
  HALT = 2,
  /** Nothing can happen any more without an input: every hart asleep, no event pending. */
  IDLE = 3,
  /** The call's bound of cycles is used up: call again. */
  SLICE = 4,
  /** A breakpoint or watchpoint. */
  BREAK = 5,
}

/** Kinds of trigger, and what stopped a run with Stop.BREAK. */
export const HIT_PC: u32 = 1; // before the instruction at an address
export const HIT_READ: u32 = 2; // after an access that reads memory or a register of a device
export const HIT_WRITE: u32 = 4;
export const HIT_STEP: u32 = 8; // TriggerMode.STEP
export const HIT_HOLD: u32 = 16; // TriggerMode.HOLD

/** What a run is to stop at, besides the rows of the trigger table. */
export const enum TriggerMode {
  NONE = 0,
  /** After the next instruction of a hart, trapped ones too, or its entry into a handler. */
  STEP = 1,
  /** Before the first instruction of a hart that starts in a given cycle or later. */
  HOLD = 2,
}

/** How a machine halted. Order as in the result's `halt.kind`. */
export const enum HaltKind {
  NONE = 0,
  TOHOST = 1,
  STORE = 2,
  POWER = 3,
}

/** Fault kinds: the rows of assembly/machine/faults.ts. */
export const enum FaultKind {
  FLIP_REGISTER = 1,
  FLIP_PC = 2,
  FLIP_MEMORY = 3,
  KILL = 4,
  REVIVE = 5,
  RESET = 6,
  WIRE_FORCE = 7,
  FRAME_CORRUPT = 8,
  /** A site of a device: a = number of the site, b = value (assembly/devices, `xxxFault`). */
  DEVICE = 9,
  PAUSE = 10,
  RESUME = 11,
  RESET_HOLD = 12,
  RESET_RELEASE = 13,
  POWER_OFF = 14,
  POWER_ON = 15,
  /** Of a clock: the unit is the number of the domain. */
  CLOCK_STOP = 16,
  CLOCK_START = 17,
  CLOCK_RATE = 18,
  CLOCK_SKIP = 19,
  // Kinds of fault rows only (assembly/machine/fault-plan.ts).
  STUCK_REGISTER = 20,
  STUCK_CSR = 21,
  STUCK_MEMORY = 22,
  LINK = 23,
  LINE_OUT = 24,
  LINE_IN = 25,
  SHARED = 26,
  FLIP_CSR = 27,
  FLIP_DEVICE = 28,
  HANG = 29,
  /** Of a hart's second core: a = register 1..31, or 0 for the pc, b = mask. */
  SHADOW_FLIP = 30,
}

/** Trace kinds, 1 to 63. A kind is on when its bit is set in the mask of `traceEnable`. */
export const enum TraceKind {
  RETIRE = 1,
  TRAP = 2,
  INTERRUPT = 3,
  BUS = 4,
  BUS_ERROR = 5,
  ISOLATION = 6,
  WIRE = 7,
  UART_TX = 8,
  UART_RX = 9,
  CLOCK = 10,
  RESET = 11,
  FAULT = 12,
  MARK = 13,
  HALT = 14,
  SLEEP = 15,
  WAKE = 16,
  /** A node is held (reset, no power, paused, killed) or goes on. */
  HOLD = 17,
  PWM_EDGE = 20,
  /** A lockstep unit has found a mismatch. */
  LOCKSTEP = 23,
  /** A step of a plant. */
  PLANT = 24,
  KCS = 28,
  PECI_FRAME = 29,
  PECI_BIT = 30,
  NVM = 32,
  RAIL = 33,
  TILE_SEND = 40,
  TILE_MUX = 41,
  TILE_DELIVER = 42,
  TILE_BARRIER = 43,
  TILE_REPAIR = 44,
  TILE_ERROR = 45,
}

/** Doorbells: what a device asks of the machine layer after a call (bits of HEAD_DOORBELL). */
export const DOORBELL_FRAME: u32 = 1; // a serial frame has started on the line (UART_FRAME_*)
export const DOORBELL_RESET: u32 = 2; // reset this device's node; cause in `doorbellValue`
export const DOORBELL_POWER_OFF: u32 = 4; // halt the machine; value in `doorbellValue`
export const DOORBELL_SENT: u32 = 8; // the last stop bit of a serial frame is over
/** The device's node follows another clock feeder from now on: domain in `doorbellValue`. */
export const DOORBELL_CLOCK: u32 = 32;
export const DOORBELL_MARK: u32 = 16; // the guest wrote a mark for the trace; in `doorbellValue`
/** A trace record of the device's own: its kind in bits 0..7 of `doorbellValue`, `a` in 8..31. */
export const DOORBELL_TRACE: u32 = 256;
/** A PECI engine begins a message, or its request is over (assembly/machine/peci.ts). */
export const DOORBELL_PECI: u32 = 512;

/** What a device answers to a write; a read answers u64 with bit 32 set on a bus error. */
export const BUS_OK: u32 = 0;
export const BUS_ERROR: u32 = 1;

/** Why a hart executes nothing: bits of HART_HOLD. */
export const HOLD_KILLED: u32 = 1; // by a fault: not even a reset helps
export const HOLD_HALTED: u32 = 2; // it has asked for the end of the run
export const HOLD_PAUSED: u32 = 4; // by a fault: goes on where it stood
export const HOLD_RESET: u32 = 8; // its reset input is active
export const HOLD_POWER: u32 = 16; // it has no power
export const HOLD_HUNG: u32 = 32; // by a fault: until its next reset

/** Reset causes, as the status unit shows them. */
export const RESET_POWER_ON: u32 = 1;
export const RESET_WATCHDOG: u32 = 2;
export const RESET_SOFTWARE: u32 = 3;
export const RESET_FAULT: u32 = 4;
export const RESET_PIN: u32 = 5;
export const RESET_LOCKSTEP: u32 = 6;
