/**
 * The contract between elaboration (`host/machine`) and the loaded core (`Machine.create`): a plain
 * object with everything the core needs and the names by which people know its parts. It may be
 * posted to a worker as it is. All addresses named `address` or `block` are linear (core) addresses,
 * all named `guest...` are addresses as a hart sees them. Layouts: assembly/kernel/layout.ts.
 */

/** One private or shared memory: `size` bytes at linear `address`, a multiple of the page size. */
export interface ImageMemory {
  /** `NODE.MEMORY`, or the name alone for a shared memory. */
  readonly name: string;
  /** Index of the hart it is private to; null when shared. */
  readonly hart: number | null;
  readonly kind: "ram" | "rom" | "shared";
  readonly address: number;
  readonly guestBase: number;
  /** Further guest addresses of the same bytes (boot aliases of a ROM). */
  readonly aliasBases: readonly number[];
  readonly size: number;
}

/** Bytes to copy into the state before the first cycle: file parts of ELF segments. */
export interface ImageLoad {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** One unit row, in index order: harts, shared RAMs, devices, wires, links. */
export interface ImageUnit {
  readonly index: number;
  /** `NODE` for a hart, `NODE.DEVICE`, `SHARED`, `SOURCE>TARGET` for wires and links. */
  readonly name: string;
  /** UnitKind of assembly/kernel/abi.ts. */
  readonly kind: number;
  /** Index of the hart it is private to, or null. */
  readonly hart: number | null;
  /** Index of its clock domain. */
  readonly domain: number;
  readonly block: number;
  readonly blockBytes: number;
}

export interface ImageDomain {
  readonly name: string;
  /** Millihertz, 10^3 to 10^13. */
  readonly rate_mhz: bigint;
  /** The domain that it follows at first, or null. */
  readonly feeder: number | null;
}

export interface ImageHart {
  readonly name: string;
  /** Equal to the hart's index. */
  readonly unit: number;
  readonly block: number;
  readonly domain: number;
  /** pc after reset. */
  readonly boot: number;
  /** The ISA string, lower case. */
  readonly isa: string;
  /** Guest address of the armed `tohost` word, or null. */
  readonly tohost: number | null;
  /** Guest address of the armed halt store, or null. */
  readonly haltStore: number | null;
}

export interface ImageUart {
  /** `NODE.uartN`. */
  readonly name: string;
  readonly unit: number;
  /** True when a link joins it to another UART: no outside endpoint may be attached. */
  readonly linked: boolean;
}

/** An output or input that has a name: what `wire:NAME`, waveforms and fault targets refer to. */
export interface ImagePin {
  /** `NODE.DEVICE.PORT`, e.g. `a.gpio.out0`, `b.gpio.in3`, `a.uart0.interrupt`. */
  readonly name: string;
  readonly unit: number;
  /** Bit in HEAD_OUTPUTS or HEAD_INPUTS of the unit's block. */
  readonly bit: number;
  readonly direction: "output" | "input";
  /** Wire unit that leaves this output or reaches this input first; null when none does. */
  readonly wire: number | null;
}

export interface ImageWire {
  /** `FROM>TO` with both pins' names. */
  readonly name: string;
  readonly unit: number;
  readonly from: { readonly unit: number; readonly bit: number };
  /** For a hart as target, the bit of mip or a HART_PIN_*. */
  readonly to: { readonly unit: number; readonly bit: number };
  /** Cycles of the target's domain, at least 1. */
  readonly latency_cycles: number;
}

export interface ImageLink {
  readonly name: string;
  readonly unit: number;
  readonly fromUnit: number;
  readonly toUnit: number;
  readonly latency_ps: number;
}

/** A symbol of a node's firmware. */
export interface ImageSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
}

export interface MachineImage {
  readonly name: string;
  /** 32 hex digits over the tables as written, without seed, time and firmware content. */
  readonly hash: string;
  /** Bytes of the state range from STATE_BASE, a multiple of PAGE_BYTES. */
  readonly stateBytes: number;
  /** Leading pages that hold header, rows and blocks. */
  readonly hotPages: number;
  /** Decoded pages the derived pool may hold. */
  readonly decodedPages: number;
  /** Places of tiles in the largest tile processor; 0 without one. */
  readonly tileSlots: number;
  /** The first `hotPages` pages of the state, as they are before the first reset. */
  readonly tables: Uint8Array;
  readonly seed: bigint;
  readonly domains: readonly ImageDomain[];
  readonly units: readonly ImageUnit[];
  readonly harts: readonly ImageHart[];
  readonly memories: readonly ImageMemory[];
  readonly uarts: readonly ImageUart[];
  readonly pins: readonly ImagePin[];
  readonly wires: readonly ImageWire[];
  readonly links: readonly ImageLink[];
  readonly load: readonly ImageLoad[];
  /** Symbols by node name (a group of equal nodes shares one array). */
  readonly symbolsByNode: ReadonlyMap<string, readonly ImageSymbol[]>;
}
