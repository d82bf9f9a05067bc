/**
 * Sizes of the device blocks, what the parameters of a unit row mean, and the places in a block
 * that the host or the machine layer reads. Only `export const`: one source for asc and tsc.
 * test/unit/devices/registers.test.ts compares every line with the classes in assembly/devices.
 */

/** Block strides in bytes: at least the size of the class, multiples of 16, off powers of two. */
export const BLOCK_BYTES_ARBITER: u32 = 80;
export const BLOCK_BYTES_UART: u32 = 4496;
export const BLOCK_BYTES_CLINT: u32 = 80;
export const BLOCK_BYTES_INTERRUPTS: u32 = 48;
export const BLOCK_BYTES_GPIO: u32 = 80;
export const BLOCK_BYTES_WATCHDOG: u32 = 80;
export const BLOCK_BYTES_STATUS: u32 = 80;
export const BLOCK_BYTES_PWM: u32 = 176;
export const BLOCK_BYTES_ADC: u32 = 144;
export const BLOCK_BYTES_PLANT: u32 = 208;
export const BLOCK_BYTES_CLOCK_MONITOR: u32 = 80;
export const BLOCK_BYTES_CLOCK_SWITCH: u32 = 80;
export const BLOCK_BYTES_LOCKSTEP: u32 = 592;
export const BLOCK_BYTES_VOLTAGE_MONITOR: u32 = 80;
export const BLOCK_BYTES_KCS: u32 = 80;
export const BLOCK_BYTES_PECI: u32 = 240;
export const BLOCK_BYTES_PACKAGE: u32 = 208;
export const BLOCK_BYTES_SENSORS: u32 = 160;
export const BLOCK_BYTES_NVM: u32 = 65_856;
export const BLOCK_BYTES_POWER: u32 = 112;
export const BLOCK_BYTES_FANS: u32 = 80;

// ---- unit parameters: offsets in a unit row (UNIT_PARAM0 is 32) ---------------------------------

/** Shared RAM: cycles of its clock that one access occupies the port (1), and its latency (2). */
export const PARAM_ARBITER_OCCUPANCY: u32 = 32;
export const PARAM_ARBITER_LATENCY: u32 = 36;
/** Status unit: what NODE_ID, MODEL and CLOCK_HZ show. */
export const PARAM_STATUS_NODE_ID: u32 = 32;
export const PARAM_STATUS_MODEL: u32 = 36;
export const PARAM_STATUS_CLOCK_HZ: u32 = 40;
/** Lockstep unit: DELAY, in cycles. */
export const PARAM_LOCKSTEP_DELAY: u32 = 32;

/** In a lockstep unit's block: the second core, laid out as a hart's block. */
export const LOCKSTEP_SHADOW: u32 = 128;

/** PECI engine: the unit of the package that is its client, or NONE. */
export const PARAM_PECI_CLIENT: u32 = 32;

// ---- wires --------------------------------------------------------------------------------------

/** UART outputs (bit of HEAD_OUTPUTS). */
export const UART_OUT_INTERRUPT: u32 = 0;
export const UART_OUT_DTR: u32 = 1;
export const UART_OUT_RTS: u32 = 2;
export const UART_OUT_OUT1: u32 = 3;
export const UART_OUT_OUT2: u32 = 4;
/** UART inputs (bit of HEAD_INPUTS), 1 = on. */
export const UART_IN_CTS: u32 = 0;
export const UART_IN_DSR: u32 = 1;
export const UART_IN_RI: u32 = 2;
export const UART_IN_DCD: u32 = 3;
export const CLINT_OUT_MSIP: u32 = 0;
export const CLINT_OUT_MTIP: u32 = 1;
/** Interrupt unit: inputs and outputs 0..14 are its lines. GPIO: 0..15 are its pins. */
export const INTERRUPTS_LINES: u32 = 15;
export const GPIO_PINS: u32 = 16;
export const GPIO_OUT_INTERRUPT: u32 = 31;
export const WATCHDOG_OUT_INTERRUPT: u32 = 0;
/** PWM outputs 0..5 are UH, UL, VH, VL, WH, WL; inputs 0..3 are safe-state inputs. */
export const PWM_LEVELS: u32 = 0x3f;
export const PWM_OUT_TRIGGER: u32 = 6;
export const PWM_OUT_INTERRUPT: u32 = 7;
export const PWM_SAFE_INPUTS: u32 = 4;
export const ADC_OUT_INTERRUPT: u32 = 0;
export const ADC_IN_TRIGGER: u32 = 0;
/** Clock switch inputs 0..2: feeder i has failed; 3: feeders differ. Outputs 1, 2: its number. */
export const CLOCK_SWITCH_OUT_INTERRUPT: u32 = 0;
export const CLOCK_SWITCH_OUT_FEEDER: u32 = 1;
/** Clock monitor outputs 0..2: feeder i has failed. Inputs 2k, 2k + 1: block k's feeder. */
export const CLOCK_MONITOR_OUT_DIFFERS: u32 = 3;
export const CLOCK_MONITOR_OUT_INTERRUPT: u32 = 4;
export const LOCKSTEP_OUT_INTERRUPT: u32 = 0;
export const LOCKSTEP_OUT_ALARM: u32 = 1;
export const LOCKSTEP_OUT_SAFE: u32 = 2;
export const VOLTAGE_MONITOR_OUT_INTERRUPT: u32 = 0;
export const VOLTAGE_MONITOR_OUT_RESET: u32 = 1;

/** The rest of the BMC's board: outputs and inputs that the devices' headers number. */
export const KCS_OUT_BMC: u32 = 0;
export const KCS_OUT_HOST: u32 = 1;
/** The only interrupt output of PECI engine, package, sensors, NVM, power and fans. */
export const BOARD_OUT_INTERRUPT: u32 = 0;
export const PACKAGE_IN_POWER: u32 = 0;
export const PACKAGE_IN_RESET: u32 = 1;
export const PACKAGE_IN_AIRFLOW: u32 = 2;
export const SENSORS_IN_RAILS: u32 = 0;
export const SENSORS_IN_AIRFLOW: u32 = 6;
export const POWER_OUT_HOST_POWER: u32 = 1;
export const POWER_OUT_HOST_RESET: u32 = 2;
export const POWER_OUT_SOFT_OFF: u32 = 3;
export const POWER_OUT_GOOD: u32 = 4;
export const POWER_OUT_RAILS: u32 = 5;
export const POWER_OUT_IDENTIFY: u32 = 11;
export const POWER_IN_HOST_OFF: u32 = 0;
export const FANS_IN_POWER: u32 = 0;
export const FANS_IN_FAILSAFE: u32 = 1;
export const FANS_OUT_AIRFLOW: u32 = 1;
/** Airflow is a number of this many bits, a wire each. */
export const AIRFLOW_BITS: u32 = 4;
export const POWER_RAILS: u32 = 6;

// ---- UART block ---------------------------------------------------------------------------------

export const UART_LCR: u32 = 40; // u32
export const UART_MCR: u32 = 44; // u32
export const UART_DIVISOR: u32 = 52; // u32: DLM and DLL; 0 = the line stands still
export const UART_RX_TOTAL: u32 = 80; // u32: characters the receiver has completed, modulo 2^32
export const UART_RX_LAST: u32 = 84; // u32: the last of them; LSR error bits in bits 8..15
export const UART_QUEUE_COUNT: u32 = 212; // u32: bytes from outside that wait or are on the line

/** The frame of DOORBELL_FRAME: what the line does from this call on. */
export const UART_FRAME_START: u32 = 280; // u64: cycle of its first bit; may be in the past
export const UART_FRAME_BIT_TIME: u32 = 288; // u64: cycles of this UART's domain a bit, 32.32
export const UART_FRAME_PATTERN: u32 = 296; // u32: bit i = level in bit time i, start bit first
export const UART_FRAME_BITS: u32 = 300; // u32: bits in the pattern; the line is high afterwards
/** In UART_FRAME_BITS: low until the next frame descriptor (a break). 0 is an idle line. */
export const UART_FRAME_ENDLESS: u32 = 0xffff_ffff;

/** Bytes that wait in a UART from outside. */
export const UART_QUEUE_BYTES: u32 = 4096;

/** DOORBELL_SENT's value: character in bits 0..7, break in bit 15, LCR bits 0..5 in 16..21. */
export const UART_SENT_BREAK: u32 = 0x8000;
export const UART_SENT_FORMAT_SHIFT: u32 = 16;

// ---- status and shared RAM blocks ---------------------------------------------------------------

export const STATUS_RESET_CAUSE: u32 = 44; // u32
export const ARBITER_NEXT_FREE: u32 = 32; // u64
export const ARBITER_LATENCY: u32 = 48; // u32
export const ARBITER_GRANTS: u32 = 56; // u64
export const ARBITER_CONFLICTS: u32 = 64; // u64
export const GPIO_OUT: u32 = 32; // u32

// ---- tile processor: assembly/tile/state.ts -----------------------------------------------------

export const BLOCK_BYTES_FABRIC: u32 = 4544; // and TILE_SLOT_BYTES for each place of a tile
export const TILE_SLOT_BYTES: u32 = 1008;
export const FABRIC_COLUMNS: u32 = 32; // u32: columns; the others follow in this order
export const FABRIC_ROWS: u32 = 36;
export const FABRIC_SUBS: u32 = 40;
export const FABRIC_MEMORY_WORDS: u32 = 44;
export const FABRIC_OVERHEAD: u32 = 48;
export const FABRIC_MUX_RESET: u32 = 52;
export const FABRIC_WATCHDOG: u32 = 56;
export const FABRIC_SLOTS: u32 = 60;
export const FABRIC_NOW: u32 = 64; // u64: cycle; everything before it has happened
export const FABRIC_RELEASE: u32 = 72; // u64: cycle 0 of the exchange released last
export const FABRIC_BARRIERS: u32 = 80; // u64
export const FABRIC_MISSING: u32 = 96; // u32: tiles that a hanging barrier waits for
export const FABRIC_FIRST_MISSING: u32 = 100; // u32: the first of them, visible tile
/** Columns: FABRIC_COLUMN_BYTES each, repair code and bits of broken silicon rows. */
export const FABRIC_COLUMN: u32 = 192;
export const FABRIC_COLUMN_BYTES: u32 = 16;
export const FABRIC_COLUMN_CODE: u32 = 0;
export const FABRIC_COLUMN_DEFECTS: u32 = 4;
/** "No row is left out" in FABRIC_COLUMN_CODE. */
export const FABRIC_CODE_NONE: u32 = 0xff;
/** Slots: first written by elaboration, then what the exchange has made of them. */
export const TILE_MEMORY: u32 = 0; // u32: linear address
export const TILE_RING: u32 = 4; // u32: linear address of the page of its bus
export const TILE_FLAGS: u32 = 8; // u32: TILE_MEMBER
export const TILE_MEMBER: u32 = 1; // the barrier waits for it
export const TILE_HART: u32 = 12; // u32: unit, or NONE
export const TILE_LOGICAL: u32 = 16; // u32
export const TILE_FORCE: u32 = 20; // u32: two bits a stage: 0 free, 1 out, 2 in
export const TILE_STUCK_WORD: u32 = 24; // u32 mask, u32 value
export const TILE_STUCK_MUX: u32 = 32; // u32 mask, u32 value
export const TILE_BUS_DEAD: u32 = 40; // u32
export const TILE_VISIBLE: u32 = 44; // u32: what the identity chain left there
export const TILE_NEXT: u32 = 96; // u64: cycle at which its present instruction ends
export const TILE_BASE: u32 = 104; // u64: cycle of event 0
export const TILE_SENT: u32 = 128; // u64: cycle of its last word on the bus, plus 1
export const TILE_RETURNED: u32 = 136; // u64: cycle at which its last row returned
/** u32: 0 core, 1 row, 2 barrier, 3 rejoin, 4 released, 5 absent. */
export const TILE_EXCHANGE: u32 = 144;
export const TILE_ERRORS: u32 = 192; // u64: events with an error
export const TILE_STATUS: u32 = 200; // u32: code of the first error; 0 without one
export const TILE_STATUS_EVENT: u32 = 208; // u64: its event
export const TILE_LANDED: u32 = 224; // u64: words
export const TILE_LAST_LANDING: u32 = 232; // u64: cycle
/** TILE_VISIBLE of a place that no tile answers for. */
export const TILE_NONE: u32 = 0xffff;
/** No path is longer: 24 + 1 + 10 + 53 + 15 + 10 + 24 + 1, rounded up. Cycles. */
export const TILE_LONGEST_PATH: u32 = 160;
