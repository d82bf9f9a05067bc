import { execFile } from "node:child_process";
import type { LineSettings, ModemOut } from "../../core/ports.js";

/** The part of the `serialport` package that is used; its mock has the same. */
export interface PortLike {
  /** The binding's port: a descriptor and a poller on Linux and macOS, none in the mock. */
  readonly port?: { readonly fd?: number | null; readonly poller?: PollerLike } | undefined;
  readonly isOpen: boolean;
  open(done: (error: Error | null) => void): void;
  close(done: (error: Error | null) => void): void;
  write(chunk: Buffer, done: (error: Error | null | undefined) => void): boolean;
  drain(done: (error: Error | null) => void): void;
  update(options: { baudRate: number }, done: (error: Error | null) => void): void;
  set(options: SetLines, done: (error: Error | null) => void): void;
  get(done: (error: Error | null, lines?: GetLines) => void): void;
  pause(): unknown;
  resume(): unknown;
  on(event: "data", listener: (bytes: Buffer) => void): unknown;
  on(event: "close" | "end", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

interface PollerLike {
  poll(events: number): void;
  listenerCount(event: "readable" | "writable"): number;
}

export interface SetLines {
  readonly dtr: boolean;
  readonly rts: boolean;
  readonly brk: boolean;
  readonly lowLatency?: boolean;
}

export interface GetLines {
  readonly cts: boolean;
  readonly dsr: boolean;
  readonly dcd: boolean;
}

export interface PortOptions {
  readonly path: string;
  readonly baudRate: number;
  readonly dataBits: 5 | 6 | 7 | 8;
  readonly parity: "none" | "even" | "odd";
  readonly stopBits: 1 | 2;
  readonly autoOpen: false;
  readonly highWaterMark: number;
}

/** Makes a port that is not open yet. */
export type MakePort = (options: PortOptions) => Promise<PortLike>;

/** The package is loaded when the first port is opened: a run without one starts faster. */
export const makeRealPort: MakePort = async (options) => {
  const { SerialPort } = await import("serialport");
  return new SerialPort(options) as unknown as PortLike;
};

/** Read and write buffers of the package (its default). */
const BUFFER_BYTES = 65_536;

/**
 * The settings as the package takes them. It knows no mark and space parity (they are set
 * afterwards, see `stty`), and 1.5 stop bits exist only for 5 data bits, where termios calls
 * them 2 (as the 16550's LCR does).
 */
export function portOptions(path: string, settings: LineSettings): PortOptions {
  const { baud, dataBits, parity, stopBits } = settings;
  return {
    path,
    baudRate: Math.round(baud),
    dataBits,
    parity: parity === "even" || parity === "odd" ? parity : "none",
    stopBits: stopBits === 1 ? 1 : 2,
    autoOpen: false,
    highWaterMark: BUFFER_BYTES,
  };
}

/** The event bits of the package's poller, libuv's UV_READABLE and UV_WRITABLE. */
const READABLE = 1;
const WRITABLE = 2;

/**
 * Works round a defect of the package (bindings-cpp 13.0.0, src/poller.cpp): to wait for one
 * direction it tells libuv that direction alone, and so forgets that the other is waited for. A
 * port that is busy both ways then hangs until something happens in the direction remembered.
 * Here every wait names each direction that somebody waits for.
 */
export function keepBothDirections(port: PortLike): void {
  const poller = port.port?.poller;
  if (typeof poller?.poll !== "function") return;
  const poll = poller.poll.bind(poller);
  poller.poll = (events) => {
    const reading = poller.listenerCount("readable") > 0 ? READABLE : 0;
    const writing = poller.listenerCount("writable") > 0 ? WRITABLE : 0;
    poll(events | reading | writing);
  };
}

/** Resolves to the error, or undefined. */
export function attempt(call: (done: (error?: Error | null) => void) => void) {
  return new Promise<Error | undefined>((resolve) => call((error) => resolve(error ?? undefined)));
}

/** Resolves to the modem inputs, or undefined where the port has none (ENOTTY on a PTY). */
export function readLines(port: PortLike): Promise<GetLines | undefined> {
  return new Promise((resolve) => {
    if (!port.isOpen) resolve(undefined);
    else port.get((error, lines) => resolve(error ? undefined : lines));
  });
}

/** Drives the outputs; resolves to false where the port has none. */
export async function driveLines(port: PortLike, modem: ModemOut, lowLatency: boolean) {
  const { dtr, rts, brk } = modem;
  if (!port.isOpen) return false;
  const error = await attempt((done) => port.set({ dtr, rts, brk, lowLatency }, done));
  return error === undefined;
}

const PARITY_WORDS: Readonly<Record<LineSettings["parity"], readonly string[]>> = {
  none: ["-parenb"],
  even: ["parenb", "-parodd", "-cmspar"],
  odd: ["parenb", "parodd", "-cmspar"],
  mark: ["parenb", "parodd", "cmspar"],
  space: ["parenb", "-parodd", "cmspar"],
};

export function frameWords(settings: LineSettings): string[] {
  const stop = settings.stopBits === 1 ? "-cstopb" : "cstopb";
  return [`cs${settings.dataBits}`, ...PARITY_WORDS[settings.parity], stop];
}

/**
 * Changes an open port by `stty`, which waits for the output and keeps what was received. The
 * package's `update` throws received bytes away for common rates, and knows only the rate.
 * Resolves to true if everything asked for is in force.
 */
export function stty(path: string, words: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { timeout: STTY_MS };
    execFile("stty", ["-F", path, ...words], options, (error) => resolve(error === null));
  });
}

/** `stty` waits for bytes under way; a port that is flow-controlled for longer is left alone. */
const STTY_MS = 3000;
