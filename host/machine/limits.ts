/**
 * Named bounds of what a machine may hold. All are our choice unless a line says otherwise; a
 * machine beyond one of them is refused (E113, E107, E115) before anything is allocated.
 */

/** Architecture: rates from 1 Hz to 10 GHz, in millihertz. */
export const MIN_RATE_MHZ = 1000n;
export const MAX_RATE_MHZ = 10_000_000_000_000n;

export const MAX_CLOCKS = 64;
export const MAX_HARTS = 4096;
/** Memories, devices, shared memories and foreign rows in one node's address map. */
export const MAX_REGIONS_PER_NODE = 64;
export const MAX_SHARED = 16;
/** Ports of an arbiter are hart indices and bits of a mask (assembly/bus/arbiter.ts). */
export const MAX_PORTS: number = 32;
/** Devices of no node, and places where nodes see one of them. */
export const MAX_SHARED_DEVICES = 64;
export const MAX_VIEWS = 64;
export const MAX_WIRES = 16_384;
export const MAX_LINKS = 4096;
export const MAX_UNITS = 262_144;
export const MAX_NAME_CHARS = 32;
export const MAX_TEXT_CHARS = 2000;

/** State range: it, the constants below it and derived memory after it must stay below 4 GiB. */
export const MAX_STATE_BYTES = 3_584 * 1024 * 1024;
/** Decoded pages of the derived pool: 32 KiB each, touched only when used. */
export const MIN_DECODED_PAGES = 16;
export const MAX_DECODED_PAGES = 1024;

/** Wait states of a region: more than any bus needs; a hart's cycle count stays far from 2^20. */
export const MAX_WAIT_CYCLES = 1024;
export const MAX_WIRE_LATENCY_CYCLES = 1_000_000;
/** A link's latency is a u32 of picoseconds in its unit row. */
export const MAX_LINK_LATENCY_PS = 4_000_000_000n;
/**
 * A link holds 8 frames in flight (assembly/machine/wiring.ts), so that its latency is at most 7 of
 * the shortest: divisor 1, 16 cycles a bit, one start, five data and one stop bit.
 */
export const MAX_LINK_UART_CYCLES = 7n * 16n * 7n;
/** A halt asked for by one hart stops the others this much later, unless the file says more. */
export const DEFAULT_HALT_LATENCY_PS = 100_000_000n;
export const MAX_HALT_LATENCY_PS = 1_000_000_000_000n;

/** Below this many cycles of the receiver a pair of nodes bounds speed (architecture, 3). */
export const CLOSE_PAIR_CYCLES = 100;

/** Cycles of the fastest hart that a shared access may take: a third of what conversions reach. */
export const MAX_SHARED_WAIT_CYCLES = 2n ** 19n;

/** Feeders of a clock switch and a clock monitor (assembly/devices/clock-switch.ts). */
export const MAX_FEEDERS = 3;
