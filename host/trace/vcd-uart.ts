/**
 * Serial frames from their records: a UART_TX record says what left a transmitter and when its
 * last stop bit was over, a UART_RX record what a receiver has completed at the centre of the
 * first stop bit. With the length of a bit this gives every edge of the line.
 *
 *        start  d0  d1      ...      parity stop
 *   ──┐      ┌───┬───┬─── ... ───┬──────┬──────────
 *     └──────┘   │   │           │      │    ^ UART_RX      ^ UART_TX: end of the stop bits
 *
 * Source: National PC16550D data sheet, sections 8.1 (line control) and 8.4 (line status).
 */

import { UART_SENT_BREAK, UART_SENT_FORMAT_SHIFT } from "../../assembly/kernel/blocks.js";

/** Settings of a line; `LineSettings` of a `UartPort` fits. */
export interface UartLine {
  /** Bits a second; 0 while the divisor is 0. */
  readonly baud: number;
  readonly dataBits: number;
  readonly parity: "none" | "odd" | "even" | "mark" | "space";
  readonly stopBits: number;
}

/** A character, or a break, on a line. */
export interface Frame {
  readonly start_ps: bigint;
  /** End of the last stop bit. */
  readonly end_ps: bigint;
  /** Null for a break. */
  readonly byte: number | null;
  /** Levels from their times on; the first is the start bit, the last is high. */
  readonly edges: readonly { readonly time_ps: bigint; readonly level: 0 | 1 }[];
}

const LCR_STB = 0x04;
const LCR_PEN = 0x08;
const PARITIES = ["odd", "even", "mark", "space"] as const;

const LSR_PARITY = 0x04;
const LSR_FRAMING = 0x08;
const LSR_BREAK = 0x10;

const PS_PER_SECOND = 1e12;
/** Start, 8 data, parity and 2 stop bits: the longest frame. */
export const MAX_FRAME_BITS = 12;

export function bitTime_ps(line: UartLine): number {
  return PS_PER_SECOND / line.baud;
}

/** Line settings of LCR bits 0..5. */
function ofLcr(lcr: number, baud: number): UartLine {
  const dataBits = 5 + (lcr & 3);
  const long = dataBits === 5 ? 1.5 : 2;
  return {
    baud,
    dataBits,
    parity: lcr & LCR_PEN ? PARITIES[(lcr >> 4) & 3]! : "none",
    stopBits: lcr & LCR_STB ? long : 1,
  };
}

/** LCR bits 0..5 of line settings. */
export function lcrOf(line: UartLine): number {
  const parity = line.parity === "none" ? 0 : LCR_PEN | (PARITIES.indexOf(line.parity) << 4);
  return (line.dataBits - 5) | (line.stopBits === 1 ? 0 : LCR_STB) | parity;
}

/**
 * The frame of a UART_TX record: format and character are the record's, the rate is the line's. A
 * break is drawn for one frame, which is how long it has lasted when it is recorded; the trace does
 * not say when it ends.
 * @param word `a` of the record.
 */
export function sentFrame(time_ps: bigint, word: number, line: UartLine): Frame {
  const format = ofLcr(word >>> UART_SENT_FORMAT_SHIFT, line.baud);
  const bits = patternBits(format) + format.stopBits;
  if (word & UART_SENT_BREAK) return frameOf(time_ps, bits, line, null, [0], bits);
  const byte = word & 0xff;
  return frameOf(time_ps, bits, line, byte, pattern(byte, format, false), bits);
}

/**
 * The frame of a UART_RX record; errors show as they were on the line: a wrong parity bit, a low
 * stop bit, a line that is low throughout (for a break; drawn until the end of its stop bit).
 * @param byte `a` of the record.
 * @param errors `b` of the record, bits of LSR.
 */
export function receivedFrame(
  time_ps: bigint,
  byte: number,
  errors: number,
  line: UartLine,
): Frame {
  const before = patternBits(line) + 0.5;
  const whole = patternBits(line) + line.stopBits;
  if (errors & LSR_BREAK) return frameOf(time_ps, before, line, null, [0], whole);
  const levels = pattern(byte, line, (errors & LSR_PARITY) !== 0);
  if (errors & LSR_FRAMING) levels.push(0);
  return frameOf(time_ps, before, line, byte, levels, whole);
}

/** Start, data and parity bits. */
function patternBits(line: UartLine): number {
  return 1 + line.dataBits + (line.parity === "none" ? 0 : 1);
}

/** Levels of these bits, least significant data bit first. */
function pattern(byte: number, line: UartLine, wrongParity: boolean): (0 | 1)[] {
  const levels: (0 | 1)[] = [0];
  let odd = 0;
  for (let n = 0; n < line.dataBits; n++) {
    const bit = ((byte >> n) & 1) as 0 | 1;
    odd ^= bit;
    levels.push(bit);
  }
  const parities = { odd: odd ^ 1, even: odd, mark: 1, space: 0 };
  if (line.parity !== "none") {
    levels.push((parities[line.parity] ^ Number(wrongParity)) as 0 | 1);
  }
  return levels;
}

/** `passed` bits of the frame are over at `time_ps`; a single level lasts for the whole frame. */
function frameOf(
  time_ps: bigint,
  passed: number,
  line: UartLine,
  byte: number | null,
  levels: readonly (0 | 1)[],
  whole: number,
): Frame {
  const bit_ps = bitTime_ps(line);
  const at = (bits: number) => time_ps + BigInt(Math.round((bits - passed) * bit_ps));
  const edges: { time_ps: bigint; level: 0 | 1 }[] = [];
  let level: 0 | 1 = 1;
  for (const [n, next] of levels.entries()) {
    if (next !== level) edges.push({ time_ps: at(n), level: next });
    level = next;
  }
  const low = levels.length === 1 ? whole : levels.length;
  if (level === 0) edges.push({ time_ps: at(low), level: 1 });
  return { start_ps: at(0), end_ps: at(whole), byte, edges };
}
