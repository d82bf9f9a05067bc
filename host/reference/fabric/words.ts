/**
 * The words of exchange rows, decoded and encoded. Source: tile-processor.md section 4, its table
 * row by row; independent of the exchange compiler's encoder.
 */

export type FabricOp =
  | "sync"
  | "sans"
  | "delay"
  | "delaypic"
  | "delayxpic"
  | "send"
  | "sendoff"
  | "sendpic"
  | "sendpicp"
  | "return"
  | "unknown";

/** One control: what a merged form or a delay writes. */
export type Control =
  | { readonly register: "mux" | "paired-mux" | "pointer" | "format"; readonly value: number }
  | undefined;

export interface FabricInstruction {
  readonly op: FabricOp;
  /** Events that it occupies: 0 for sync, sans and return. */
  readonly events: number;
  /** Words that it occupies. */
  readonly size: 1 | 2;
  /** sync: the zone. sans: barriers to skip, n+1. */
  readonly argument: number;
  /** Controls, and whether they act on the first or the last event. */
  readonly controls: readonly Control[];
  readonly act: "first" | "last";
  /** Sends only: the address is absolute, or this is added to the outgoing one. */
  readonly send?: { readonly address?: number; readonly delta: number; readonly sctl?: number };
}

const NOTHING = { events: 0, size: 1, argument: 0, controls: [], act: "first" } as const;

const bits = (word: number, low: number, count: number): number =>
  Math.floor(word / 2 ** low) % 2 ** count;

const picControl = (sel: number, value: number): Control => ({
  register: sel === 0 ? "pointer" : "format",
  value,
});

const xpicControl = (sel: number, value: number): Control => ({
  register: sel === 0 ? "mux" : "paired-mux",
  value,
});

/**
 * Decodes the word at a byte address; `next` is the word after it, which only a sendpicp uses.
 * An unaligned sendpicp is unknown.
 */
export function decodeWord(word: number, next: number, byte_address: number): FabricInstruction {
  if (bits(word, 4, 28) === 0x41800000 / 16) {
    return { ...NOTHING, op: "sync", argument: bits(word, 0, 4) };
  }
  if (bits(word, 8, 24) === 0x40c00000 / 256) {
    return { ...NOTHING, op: "sans", argument: bits(word, 0, 8) + 1 };
  }
  if (word === 0x43a00000) return { ...NOTHING, op: "return" };
  if (bits(word, 19, 13) === 0x40a00000 / 2 ** 19) {
    return { ...NOTHING, op: "delay", events: bits(word, 0, 19) + 1 };
  }
  if (bits(word, 26, 6) === 0x18) {
    const control = picControl(bits(word, 18, 1), bits(word, 0, 18));
    const events = bits(word, 19, 7) + 1;
    return { ...NOTHING, op: "delaypic", events, controls: [control], act: "last" };
  }
  if (bits(word, 26, 6) === 0x19) {
    const control = xpicControl(bits(word, 13, 1), bits(word, 0, 13));
    const events = bits(word, 14, 12) + 1;
    return { ...NOTHING, op: "delayxpic", events, controls: [control], act: "last" };
  }
  return decodeSend(word, next, byte_address);
}

function decodeSend(word: number, next: number, byte_address: number): FabricInstruction {
  const low = bits(word, 21, 6) + 1;
  const sctl = bits(word, 0, 3);
  const top = bits(word, 27, 5);
  if (top === 0x0f) {
    const send = { address: bits(word, 3, 18), delta: 0, sctl };
    return { ...NOTHING, op: "send", events: low, send };
  }
  if (top === 0x0e && bits(word, 20, 1) === 0) {
    const events = bits(word, 14, 6) * 64 + low;
    return { ...NOTHING, op: "sendoff", events, send: { delta: bits(word, 3, 11), sctl } };
  }
  if (top === 0x0e) {
    const csel = bits(word, 18, 2);
    const value = bits(word, 0, 18);
    const control = csel < 2 ? xpicControl(csel, value) : picControl(csel - 2, value);
    return { ...NOTHING, op: "sendpic", events: low, controls: [control], send: { delta: 0 } };
  }
  if (bits(word, 28, 4) === 0xf && byte_address % 8 === 0) {
    const controls = [
      xpicControl(bits(next, 31, 1), bits(next, 18, 13)),
      picControl(bits(word, 27, 1), bits(next, 0, 18)),
    ];
    const send = { address: bits(word, 3, 18), delta: 0, sctl };
    return { ...NOTHING, op: "sendpicp", events: low, size: 2, controls, send };
  }
  return { ...NOTHING, op: "unknown" };
}

/** Encoders for tests and random programs; n counts from 1, and fields are not checked. */
export const encode = {
  sync: (zone: number): number => 0x41800000 + zone,
  sans: (n: number): number => 0x40c00000 + n,
  delay: (n: number): number => 0x40a00000 + n - 1,
  delaypic: (n: number, sel: number, value: number): number =>
    0x60000000 + (n - 1) * 2 ** 19 + sel * 2 ** 18 + value,
  delayxpic: (n: number, sel: number, value: number): number =>
    0x64000000 + (n - 1) * 2 ** 14 + sel * 2 ** 13 + value,
  send: (n: number, address: number, sctl: number): number =>
    0x78000000 + (n - 1) * 2 ** 21 + address * 8 + sctl,
  sendoff: (n: number, delta: number, sctl: number): number =>
    0x70000000 + ((n - 1) % 64) * 2 ** 21 + Math.floor((n - 1) / 64) * 2 ** 14 + delta * 8 + sctl,
  sendpic: (n: number, csel: number, value: number): number =>
    0x70100000 + (n - 1) * 2 ** 21 + csel * 2 ** 18 + value,
  sendpicp: (n: number, psel: number, address: number, sctl: number): number =>
    0xf0000000 + psel * 2 ** 27 + (n - 1) * 2 ** 21 + address * 8 + sctl,
  /** The inline word of a sendpicp; bit 13 of xpic is its sel. */
  inline: (xpic: number, pic: number): number => xpic * 2 ** 18 + pic,
  return: (): number => 0x43a00000,
} as const;
