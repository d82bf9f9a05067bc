/**
 * The two interfaces through which the rest of the host sees a machine: `UartPort` (what the
 * serial bridge needs of one UART) and `Target` (what a debugger or a lockstep test needs of the
 * harts). Neither knows the core; tests implement them with doubles.
 */

/** What a UART's registers ask of the line. Source: ns16550a LCR, divisor latch. */
export interface LineSettings {
  readonly baud: number;
  readonly dataBits: 5 | 6 | 7 | 8;
  readonly parity: "none" | "odd" | "even" | "mark" | "space";
  readonly stopBits: 1 | 1.5 | 2;
}

/** Outputs of the UART that an outside port can carry (true = asserted). */
export interface ModemOut {
  readonly dtr: boolean;
  readonly rts: boolean;
  readonly brk: boolean;
}

/** Inputs of the UART that an outside port can drive (true = asserted). */
export interface ModemIn {
  readonly cts: boolean;
  readonly dsr: boolean;
  readonly ri: boolean;
  readonly dcd: boolean;
}

/** One UART as the bridge sees it. All times are machine time in picoseconds. */
export interface UartPort {
  /** `NODE.uartN`. */
  readonly name: string;
  /** Machine time now: everything before it has happened. */
  now(): bigint;
  /**
   * Offers bytes from outside; they take effect at `now()` (the next bit slots of the line).
   * Returns how many were accepted (the rest is to be offered again later): 0..bytes.length.
   */
  push(bytes: Uint8Array): number;
  /** Bytes accepted by `push` that have not yet entered the UART's receiver. */
  pending(): number;
  /** A break condition from outside of the given number of bit times. */
  pushBreak(bits: number): void;
  /** Drives the modem inputs from `now()`. */
  setModem(lines: ModemIn): void;
  /** Takes the bytes that left the transmitter since the last call, in order. */
  drain(): Uint8Array;
  /** Line settings in force now. */
  settings(): LineSettings;
  modem(): ModemOut;
}

/** Hart registers as a debugger names them: x0..x31, pc, then CSRs by address. */
export interface Target {
  readonly harts: readonly string[];
  readRegister(hart: number, index: number): number;
  writeRegister(hart: number, index: number, value: number): void;
  readPc(hart: number): number;
  writePc(hart: number, value: number): void;
  /** No side effects; undefined where the CSR does not exist. */
  readCsr(hart: number, address: number): number | undefined;
  /** The bits that a guest could write; false where there is no such CSR or it is read-only. */
  writeCsr(hart: number, address: number, value: number): boolean;
  /** Through the hart's own map, without side effects; shorter when it meets an unmapped byte. */
  readMemory(hart: number, address: number, length: number): Uint8Array;
  /** Returns the number of bytes written before the first that is not memory. */
  writeMemory(hart: number, address: number, bytes: Uint8Array): number;
}

/** A breakpoint ("pc") or a watchpoint of a debugger; it holds for every hart. */
export interface DebugPoint {
  readonly kind: "pc" | "read" | "write" | "access";
  readonly address: number;
  /** Bytes watched; of no meaning for "pc". */
  readonly length: number;
}

/** Why a machine under a debugger stands, and the hart that it is about. */
export interface DebugStop {
  readonly reason:
    | "breakpoint"
    | "read"
    | "write"
    | "access"
    | "step"
    | "interrupt"
    /** Reverse execution has reached the beginning of what is known. */
    | "begin"
    /** Nothing can happen any more without an input. */
    | "idle"
    /** The machine has halted, or the time given to the run is over. */
    | "exit";
  readonly hart: number;
  /** Of a watched access. */
  readonly address?: number;
  /** Of an exit: 0 good. */
  readonly code?: number;
}

/** How a debugger lets the machine go on. All harts move, whichever one is stepped. */
export type DebugRun =
  | { readonly kind: "continue" }
  /** One instruction of a hart, or all until its pc leaves `from` .. `end` - 1. */
  | { readonly kind: "step"; readonly hart: number; readonly from: number; readonly end: number }
  | { readonly kind: "reverse-step"; readonly hart: number }
  | { readonly kind: "reverse-continue" };

/** A machine that a debugger controls. It stands still between two calls of `resume`. */
export interface DebugTarget extends Target {
  /** CSRs by number and name: those that every hart has. */
  readonly csrs: readonly { readonly address: number; readonly name: string }[];
  /** Guest addresses that hold ROM for every hart that has something there. */
  readonly roms: readonly { readonly start: number; readonly length: number }[];
  /** `running`, `asleep`, `waking` or `stopped`, for people. */
  stateOf(hart: number): string;
  setPoints(points: readonly DebugPoint[]): void;
  /** Resolves when the machine stands again; soon after `interrupted` has become true. */
  resume(run: DebugRun, interrupted: () => boolean): Promise<DebugStop>;
  /** A command of the debugger's user; the answer is lines of text. */
  command(line: string): Promise<string>;
}
