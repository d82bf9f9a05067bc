/**
 * Where everything lives in linear memory. Only `export const`: one source for asc and tsc.
 *
 *   address       size       owner
 *   0x0000_0000   0x1_0000   constants: asc data segments (tables), equal in every instance
 *   0x0001_0000   0x1_0000   derived: header, access descriptor, filters (DERIVED_BASE)
 *   0x0001_8000   0x8000     derived: triggers: breakpoints, watchpoints, steps
 *   0x0002_0000   0x2_0000   derived: serial output ring
 *   0x0010_0000   0x10_0000  derived: one flag byte for each 4 KiB page of linear memory
 *   0x0020_0000   0x10_0000  derived: trace ring
 *   0x0030_0000   0x1_0000   derived: transfer buffer (host to core and back)
 *   0x0031_0000   0x8000     derived: one bit for each unit whose trace records are left out
 *   0x0040_0000   ...        STATE: tables, unit blocks, memories: all of the machine, no more
 *   after state   ...        derived: page hashes, decoded pages, their index
 *
 * A snapshot is the state range; a digest is one hash of it. What is not in that range is not
 * machine state. Between pieces of state there are unit indices and offsets fixed by elaboration,
 * never live pointers. Unused bytes are always zero.
 */

export const PAGE_BITS: u32 = 12;
export const PAGE_BYTES: u32 = 4096;

export const DERIVED_BASE: u32 = 0x0001_0000;
export const SERIAL_RING: u32 = 0x0002_0000;
export const SERIAL_RING_RECORDS: u32 = 8192; // 16 bytes each
export const PAGE_FLAGS: u32 = 0x0010_0000;
export const TRACE_RING: u32 = 0x0020_0000;
export const TRACE_RING_RECORDS: u32 = 32768; // 32 bytes each
export const TRANSFER: u32 = 0x0030_0000;
export const TRANSFER_BYTES: u32 = 0x0001_0000;
export const TRACE_MUTED: u32 = 0x0031_0000;
export const TRACE_MUTED_BYTES: u32 = 0x8000; // 2^18 units
export const STATE_BASE: u32 = 0x0040_0000;

// ---- page flags: 0 is "plain"; anything else sends a store the slow way -------------------------

/** Not written since its hash was cached: the store must clear this. */
export const PAGE_CLEAN: u32 = 1;
/** Decoded code of this page exists. */
export const PAGE_CODE: u32 = 2;
/** A halt store, watchpoint or access trigger lies in this page. */
export const PAGE_WATCH: u32 = 4;
/** A breakpoint lies in this page: its decoded code is its own. */
export const PAGE_BREAK: u32 = 8;

// ---- machine header, at STATE_BASE --------------------------------------------------------------

export const HEADER_BYTES: u32 = 256;
export const H_STATE_VERSION: u32 = 0; // u32
export const H_STATE_BYTES: u32 = 4; // u32, multiple of PAGE_BYTES
export const H_HOT_PAGES: u32 = 8; // u32: leading pages (tables and blocks), always hashed anew
export const H_DECODED_PAGES: u32 = 12; // u32: decoded pages the derived pool may hold
export const H_SEED: u32 = 16; // u64
export const H_NOW: u32 = 24; // u64, ps: everything before it has happened
export const H_UNIT_COUNT: u32 = 32;
export const H_UNITS: u32 = 36; // address of the unit rows
export const H_DOMAIN_COUNT: u32 = 40;
export const H_DOMAINS: u32 = 44;
export const H_REGION_COUNT: u32 = 48;
export const H_REGIONS: u32 = 52;
export const H_HART_COUNT: u32 = 56; // harts are units 0 .. HART_COUNT - 1
export const H_HALT_KIND: u32 = 60; // HaltKind
export const H_HALT_VALUE: u32 = 64;
export const H_HALT_UNIT: u32 = 68;
export const H_HALT_TIME: u32 = 72; // u64, ps: when the machine stops for good
export const H_MACHINE_HASH: u32 = 80; // 16 bytes
/** u64, ps: a halt asked for at t stops the machine at t + this; 0 with a single hart. */
export const H_HALT_LATENCY: u32 = 96;
/** Address of the fault rows (fault-layout.ts), in the hot pages; 0 without. */
export const H_FAULTS: u32 = 104;

// ---- clock domain row ---------------------------------------------------------------------------
// Edge anchor_cycle + k falls at anchor_ps + floor((remainder + k * 10^15) / rate).

export const DOMAIN_BYTES: u32 = 64;
export const DOM_ANCHOR_PS: u32 = 0; // u64
export const DOM_ANCHOR_CYCLE: u32 = 8; // u64
export const DOM_REMAINDER: u32 = 16; // u64, 0 .. rate - 1
export const DOM_RATE: u32 = 24; // u64, millihertz, 10^3 .. 10^13
export const DOM_QUOTIENT: u32 = 32; // u64: 10^15 div rate
export const DOM_REST: u32 = 40; // u64: 10^15 mod rate
export const DOM_STOPPED: u32 = 48; // u32: 1 while the clock stands
/** u32: 1 + the domain whose edges are this one's too (a clock feeder); 0: an own oscillator. */
export const DOM_FEEDER: u32 = 52;

/** The anchor moves forward at every multiple of this many cycles. */
export const ANCHOR_CYCLES_BITS: u32 = 20;

// ---- unit row: what a unit is and where its block lies. Fixed by elaboration -------------------

export const UNIT_BYTES: u32 = 64;
export const UNIT_KIND: u32 = 0; // u32, UnitKind
export const UNIT_DOMAIN: u32 = 4; // u32
export const UNIT_NODE: u32 = 8; // u32: the hart this unit is private to, or NONE
export const UNIT_BLOCK: u32 = 12; // u32: address of the unit's block
export const UNIT_BLOCK_BYTES: u32 = 16; // u32
export const UNIT_WIRES: u32 = 20; // u32: first unit of the wires that leave its outputs, or NONE
export const UNIT_WIRE_COUNT: u32 = 24; // u32: they are consecutive units
export const UNIT_LINK: u32 = 28; // u32: serial link unit fed by this UART, or NONE
export const UNIT_PARAM0: u32 = 32; // u32, by kind: see the device's file
export const UNIT_PARAM1: u32 = 36;
export const UNIT_PARAM2: u32 = 40;
export const UNIT_PARAM3: u32 = 44;
export const UNIT_RANK: u32 = 48; // u32, Rank
export const UNIT_PARAM4: u32 = 52;
export const UNIT_PARAM5: u32 = 56;
/** "No unit" in any field that holds a unit index. */
export const NONE: u32 = 0xffff_ffff;

// ---- head of every block that is not a hart's ---------------------------------------------------

export const HEAD_BYTES: u32 = 32;
/** u64: cycle of the unit's own domain in which its next event falls; NEVER if none. */
export const HEAD_DUE: u32 = 0;
export const HEAD_OUTPUTS: u32 = 8; // u32: levels of the wires it drives
export const HEAD_INPUTS: u32 = 12; // u32: levels of the wires that reach it
export const HEAD_DOORBELL: u32 = 16; // u32: requests to the machine layer; 0 between calls
export const HEAD_DOORBELL_VALUE: u32 = 20; // u32
export const HEAD_SEEN: u32 = 24; // u32: outputs as last handed to the wires (machine layer's)
export const HEAD_RECEIVED: u32 = 28; // u32: of a UART: characters seen by the machine layer

// ---- wires and serial links (units of their own; blocks owned by assembly/machine) --------------
// WIRE: PARAM0 source unit, PARAM1 source output bit, PARAM2 target unit, PARAM3 target input bit
// (for a hart a mip bit or HART_PIN_*), PARAM4 latency in cycles of the target's domain, at least
// 1. The domain of the row is the target's.
// SERIAL_LINK: PARAM0 source UART, PARAM2 target UART, PARAM4 latency in ps.
// UNIT_NODE of both: the hart both ends are private to, else NONE.

export const WIRE_BYTES: u32 = 160;
export const LINK_BYTES: u32 = 336;

// ---- region row: one line of a hart's address map ----------------------------------------------
// A hart's regions are consecutive, sorted by base, and do not overlap.

export const REGION_BYTES: u32 = 32;
export const REGION_BASE: u32 = 0; // u32, guest address
export const REGION_SIZE: u32 = 4; // u32, bytes; base + size <= 2^32
export const REGION_KIND: u32 = 8; // u32, RegionKind
export const REGION_RIGHTS: u32 = 12; // u32, RIGHT_*
export const REGION_UNIT: u32 = 16; // u32: device or shared RAM; NONE for RAM and ROM
export const REGION_MEMORY: u32 = 20; // u32: page-aligned address of its bytes; 0 for devices
export const REGION_WAIT: u32 = 24; // u32: wait states added to every access through this map
/** u32: offset in a device's registers that REGION_BASE stands for: a view of a shared device. */
export const REGION_OFFSET: u32 = 28;

// ---- hart block ---------------------------------------------------------------------------------

export const HART_BYTES: u32 = 448; // stride; padded off powers of two
export const HART_X: u32 = 0; // u32 x 32: x0 .. x31 (x0 is always 0)
export const HART_SINK: u32 = 128; // u32: where writes to x0 go during a run; 0 on every exit
export const HART_PC: u32 = 132;
export const HART_CYCLE: u32 = 136; // u64: domain cycle in which the next instruction starts
export const HART_RETIRED: u32 = 144; // u64: completed instructions since power-on
export const HART_TRAPPED: u32 = 152; // u64: instructions that trapped since power-on
export const HART_STATE: u32 = 160; // u32, HartState
export const HART_BUBBLE: u32 = 164; // u32: bubble cycles just before `cycle` (0, 1 or 2)
export const HART_PRIVILEGE: u32 = 168; // u32: 3 machine, 0 user
export const HART_MSTATUS: u32 = 172;
export const HART_MTVEC: u32 = 176;
export const HART_MEPC: u32 = 180;
export const HART_MCAUSE: u32 = 184;
export const HART_MTVAL: u32 = 188;
export const HART_MIE: u32 = 192;
export const HART_MIP: u32 = 196; // levels of the interrupt wires, visible at `cycle`
export const HART_MSCRATCH: u32 = 200;
export const HART_MCOUNTEREN: u32 = 204;
export const HART_MCOUNTINHIBIT: u32 = 208;
/** u64: mcycle = cycle - CYCLE_BASE while it counts, else the value itself. */
export const HART_CYCLE_BASE: u32 = 216;
/** u64: minstret = retired - INSTRET_BASE while it counts, else the value itself. */
export const HART_INSTRET_BASE: u32 = 224;
export const HART_IRQ_CYCLE: u32 = 232; // u64: cycle in which an enabled interrupt became visible
export const HART_WFI_CYCLE: u32 = 240; // u64: W of the `wfi` it sleeps in
/** u32: linear address of the reserved 16-byte granule, 0 if none. */
export const HART_RESERVATION: u32 = 248;
export const HART_PHASE: u32 = 252; // u32: 1 while the second half of a crossing access is pending
export const HART_PARTIAL: u32 = 256; // u32: first half's data of such a load
export const HART_ID: u32 = 272; // u32: mhartid
export const HART_MISA: u32 = 276; // u32: also decides what the decoder accepts
export const HART_BOOT: u32 = 280; // u32: pc after reset
export const HART_TIMING: u32 = 284; // u32: index of the timing profile
export const HART_REGIONS: u32 = 288; // u32: first region row (index)
export const HART_REGION_COUNT: u32 = 292; // u32
export const HART_UNIT: u32 = 296; // u32: its own unit index
export const HART_RAM_BASE: u32 = 300; // u32: guest base of the fast window (its main RAM)
export const HART_RAM_SIZE: u32 = 304; // u32: bytes, multiple of PAGE_BYTES
export const HART_RAM_MEMORY: u32 = 308; // u32: linear address of the window
export const HART_HALT_STORE: u32 = 312; // u32: guest address whose aligned word store halts
export const HART_HALT_STORE_ON: u32 = 316; // u32: 1 if HALT_STORE is armed
export const HART_TOHOST: u32 = 320; // u32: guest address of `tohost`
export const HART_TOHOST_ON: u32 = 324; // u32
export const HART_CLINT: u32 = 328; // u32: unit whose mtime `time` reads, or NONE
export const HART_ROM_BASE: u32 = 332; // u32: guest base of the second, read-only fast window
export const HART_ROM_SIZE: u32 = 336; // u32: bytes; 0 if none
export const HART_ROM_MEMORY: u32 = 340; // u32
export const HART_HOLD: u32 = 344; // u32, HOLD_* bits: why it executes nothing; 0 = it runs
/** u32, HartState to go on with when HOLD becomes 0; STOPPED: through a reset. */
export const HART_RESUME: u32 = 348;
export const HART_LOCKSTEP: u32 = 352; // u32: its lockstep unit; 0 if none
/** u32: 1 within a step of a lockstep pair: accesses to private memory are described too. */
export const HART_LEAVES: u32 = 356;

/** Inputs of a hart beside its mip bits, as the target bit of a wire. */
export const HART_PIN_RESET: u32 = 32; // 1 = held in reset
export const HART_PIN_POWER: u32 = 33; // 0 = off

// ---- derived header, at DERIVED_BASE ------------------------------------------------------------

export const D_TIME: u32 = 0; // u64: ps, time of what is being executed (for trace records)
export const D_UNIT: u32 = 8; // u32: unit being executed
export const D_TRACE_HEAD: u32 = 16; // u32: records written since the start, modulo 2^32
export const D_TRACE_TAIL: u32 = 20; // u32: records taken by the host
export const D_SERIAL_HEAD: u32 = 24;
export const D_SERIAL_TAIL: u32 = 28;
export const D_STOP: u32 = 32; // u32: a ring is full or a halt happened: leave the loop soon
export const D_WATERMARK: u32 = 40; // u64: least local time of all agents
export const D_PAGE_HASHES: u32 = 48; // u32: address of the page hashes (16 bytes a state page)
export const D_CODE_INDEX: u32 = 52; // u32: address of the table page -> decoded page
export const D_CODE_POOL: u32 = 56; // u32: first decoded page
export const D_CODE_POOL_PAGES: u32 = 60;
export const D_CODE_POOL_USED: u32 = 64;
export const D_CODE_HASH: u32 = 68; // u32: open-addressed table of shareable decoded pages
export const D_CODE_HASH_MASK: u32 = 72;

export const D_DUE: u32 = 80; // u32: address of u64[units]: time of each unit's next event
export const D_NODE_DUE: u32 = 84; // u32: u64[harts + 1]: least due of a node; last: of no node
export const D_NODE_TIME: u32 = 88; // u32: u64[harts]: least time at which the node can still act
export const D_NODE_PENDING: u32 = 92; // u32: u32[harts]: shared RAM it waits for
export const D_LIST_START: u32 = 96; // u32: u32[harts + 2]: a node's part of LIST
export const D_LIST: u32 = 100; // u32: u32[units]: units by node
export const D_DOMAIN_DUE: u32 = 104; // u32: u64[domains]: time of the next anchor move
export const D_PATHS: u32 = 12; // u32: u64[units]: work area of the lookahead
export const D_LOOKAHEAD: u32 = 108; // u32: rows { from u32, to u32, least latency u64 ps }
export const D_LOOKAHEAD_COUNT: u32 = 112;
export const D_ORDERED: u32 = 116; // u32: 1 = ordered mode, one instruction at a time
export const D_NODE_LIMIT: u32 = 124; // u32: u64[harts]: how far a node may run in this turn
export const D_CAN_HALT: u32 = 128; // u32: 1 if any hart has a way to halt the machine
export const D_NODE_ACT: u32 = 132; // u32: u64[harts]: earliest time at which a node can act
/** u32: memory in which tile processors do a chunk of cycles (assembly/tile/work.ts). */
export const D_FABRIC_DESK: u32 = 160;
export const D_BUDGET: u32 = 120; // i32: what is left of this call
export const D_TRACE_MASK: u32 = 136; // u64: bit k set = TraceKind k is looked at
export const D_TRACE_WANTED: u32 = 144; // u64: bit k set = TraceKind k is recorded

// Of the fault rows (fault-layout.ts):
export const D_FAULT_DUE: u32 = 192; // u64: ps of the first begin or end of a fault
export const D_FAULT_COUNT: u32 = 200; // u32: rows in use are below this
export const D_FAULT_HOOKS: u32 = 204; // u32, HOOK_*: what active rows disturb
export const D_FAULT_ORDERED: u32 = 208; // u32: 1 while a trigger has no latency to its target
export const D_FAULT_PC: u32 = 212; // u32: 1 while a row waits for a pc
export const D_FAULT_KINDS: u32 = 216; // u64: bit k set = a row waits for a record of TraceKind k
export const D_FAULT_ACCESS: u32 = 224; // u32: 1 while a row waits for an access
export const D_LOCKSTEP_FORCED: u32 = 248; // u32: 1 = lockstep pairs step every instruction

/** Access descriptor: what a hart that exited with DEVICE or SHARED wants. At ACCESS. */
export const ACCESS: u32 = 0x0001_0100;
export const A_KIND: u32 = 0; // u32, Access
export const A_ADDRESS: u32 = 4; // u32, guest address
export const A_WIDTH: u32 = 8; // u32: 1, 2 or 4 bytes
export const A_VALUE: u32 = 12; // u32: store data or AMO operand
export const A_REGION: u32 = 16; // u32: address of the region row
export const A_OPERATION: u32 = 20; // u32: funct5 of an AMO
export const A_CROSSING: u32 = 24; // u32: 1 first, 2 second half of an access that crosses a word
export const A_ANSWERED: u32 = 32; // u32: 1 = the access has been answered, as follows
export const A_STATUS: u32 = 36; // u32, BUS_OK or BUS_ERROR
export const A_ANSWER: u32 = 40; // u32: what was read
export const A_WAIT: u32 = 44; // u32: wait states
export const A_HALT_KIND: u32 = 28; // u32, HaltKind: with exit HALT; the value is A_VALUE

/**
 * Triggers: breakpoints, watchpoints, and the one step or hold of a run. Set by the host, derived;
 * assembly/rv32/triggers.ts says how they act.
 */
export const TRIGGERS: u32 = 0x0001_8000;
export const T_COUNT: u32 = 0; // u32: rows in use lie below this index
export const T_WATCHES: u32 = 4; // u32: rows that watch loads or stores
export const T_READS: u32 = 8; // u32: rows that watch loads: the fast windows are shut
export const T_MODE: u32 = 12; // u32, TriggerMode: what the next run is to stop at besides
export const T_MODE_HART: u32 = 16; // u32
export const T_PASS: u32 = 20; // u32: address of u64[harts]: 1 + cycle whose breakpoint is passed
export const T_MODE_CYCLE: u32 = 24; // u64: of HOLD; of STEP the traps before it
/** What stopped the run with Stop.BREAK. */
export const T_HIT_KIND: u32 = 32; // u32: HIT_*; 0 none
export const T_HIT_HART: u32 = 36; // u32
export const T_HIT_PC: u32 = 40; // u32: of the instruction
export const T_HIT_ADDRESS: u32 = 44; // u32: of the access; pc for HIT_PC
export const T_HIT_BYTES: u32 = 48; // u32: of the access
export const T_HIT_CYCLE: u32 = 56; // u64: the instruction's first cycle, domain cycles
export const T_HIT_RETIRED: u32 = 64; // u64: instructions of the hart before it
export const T_ROWS: u32 = 80; // rows of { hart or NONE, guest address, bytes, HIT_* mask }
export const TRIGGER_BYTES: u32 = 16;
export const TRIGGER_ROWS: u32 = 1024;
export const TRIGGER_HART: u32 = 0;
export const TRIGGER_ADDRESS: u32 = 4;
export const TRIGGER_LENGTH: u32 = 8;
export const TRIGGER_KINDS: u32 = 12;

/** Work area of the lockstep pairs: an access descriptor and two outputs. */
export const LOCKSTEP_WORK: u32 = 0x0001_0180;

/** Records of the serial output ring. */
export const SERIAL_RECORD_BYTES: u32 = 16;
export const SR_TIME: u32 = 0; // u64: ps, end of the frame's last stop bit
export const SR_UNIT: u32 = 8; // u32
export const SR_DATA: u32 = 12; // u16: the character; bit 15 set = break condition
export const SR_FORMAT: u32 = 14; // u16: LCR bits 0..5 in force

/** Records of the trace ring. */
export const TRACE_RECORD_BYTES: u32 = 32;
export const TR_TIME: u32 = 0; // u64: ps
export const TR_UNIT: u32 = 8; // u32
export const TR_KIND: u32 = 12; // u16 TraceKind
export const TR_A: u32 = 16; // u32 x 4, by kind
export const TR_B: u32 = 20;
export const TR_C: u32 = 24;
export const TR_D: u32 = 28;
