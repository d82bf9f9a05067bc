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
  /** Through the hart's own map, without side effects; shorter when it meets an unmapped byte. */
  readMemory(hart: number, address: number, length: number): Uint8Array;
  /** Returns the number of bytes written before the first that is not memory. */
  writeMemory(hart: number, address: number, bytes: Uint8Array): number;
}
