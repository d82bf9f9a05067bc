import { UART_FRAME_ENDLESS } from "../kernel/blocks";
import { NEVER } from "../kernel/clock";

/**
 * Waveforms on a serial line, and the timing of character formats.
 *
 * A wave says what a line does from its start on: `bits` bit times, each at the level of its bit
 * in `pattern`, then high for ever. A frame needs only its start bit, data and parity there: the
 * stop bits are the high that follows, whatever their number.
 *
 *        start                       start + bits x bitTime
 *   high ──┐   ┌───┬───┐   ┌─ ... ───┬──────────────────────
 *   low    └───┘   │   └───┘         │   (stop bits, idle)
 *           p[0]=0  p[1] ...  p[bits - 1]
 *
 * The level at a cycle is the level just after that edge of the clock. A boundary that falls
 * between two edges is seen at the later one, as a synchroniser would.
 */
@unmanaged export class Wave {
  start: u64;    // cycle of the receiver's domain
  bitTime: u64;  // cycles a bit, 32.32 fixed point; 1 .. WAVE_BIT_TIME_MAX
  pattern: u32;  // at most WAVE_PATTERN_BITS bits; 0 if `bits` is greater (a break)
  bits: u32;     // 0: high for ever; UART_FRAME_ENDLESS: low until the next wave
}

/** 2^26 cycles a bit: keeps frame offsets in u64. The line model clamps slower lines to it. */
export const WAVE_BIT_TIME_MAX: u64 = 1 << 58;
export const WAVE_PATTERN_BITS: u32 = 32;

export function waveSet(w: Wave, start: u64, bitTime: u64, pattern: u32, bits: u32): void {
  w.start = start;
  w.bitTime = bitTime == 0 ? 1 : bitTime > WAVE_BIT_TIME_MAX ? WAVE_BIT_TIME_MAX : bitTime;
  w.pattern = pattern;
  w.bits = bits;
}

/** A line that stays high. One form only, so that equal lines have equal bytes. */
export function waveIdle(w: Wave): void {
  waveSet(w, 0, 1, 0, 0);
}

/** Level of the line at cycle `t`: 0 or 1. */
export function waveLevel(w: Wave, t: u64): u32 {
  if (w.bits == 0 || t < w.start) return 1;
  if (w.bits == UART_FRAME_ENDLESS) return 0;
  if (w.bits > WAVE_PATTERN_BITS) return t < boundary(w, w.bits) ? 0 : 1;
  const index = bitIndex(w, t);
  return index < w.bits ? (w.pattern >> index) & 1 : 1;
}

/** First cycle at or after `from` at which the line has the level `wanted`; NEVER if none. */
export function waveNext(w: Wave, from: u64, wanted: u32): u64 {
  if (waveLevel(w, from) == wanted) return from;
  if (wanted == 1) {
    if (w.bits == UART_FRAME_ENDLESS) return NEVER;
    if (w.bits > WAVE_PATTERN_BITS) return boundary(w, w.bits);
    return boundaryOfNext(w, bitIndex(w, from) + 1, 1);
  }
  if (w.bits == 0) return NEVER;
  if (from < w.start) {
    if (w.bits > WAVE_PATTERN_BITS) return w.start;
    return boundaryOfNext(w, 0, 0);
  }
  if (w.bits > WAVE_PATTERN_BITS) return NEVER;
  return boundaryOfNext(w, bitIndex(w, from) + 1, 0);
}

/** Start of the first bit from `index` on that has the level; the end is high, and never low. */
function boundaryOfNext(w: Wave, index: u32, wanted: u32): u64 {
  while (index < w.bits && ((w.pattern >> index) & 1) != wanted) index++;
  if (index < w.bits) return boundary(w, index);
  return wanted == 1 ? boundary(w, w.bits) : NEVER;
}

/** First cycle of bit `index`: start + ceil(index x bitTime). */
function boundary(w: Wave, index: u32): u64 {
  const whole = (w.bitTime >> 32) * <u64>index;
  const part = (w.bitTime & 0xffff_ffff) * <u64>index;
  return w.start + whole + (part >> 32) + ((part & 0xffff_ffff) != 0 ? 1 : 0);
}

/** Index of the bit at `t` >= start; anything from 32 on means "after the pattern". */
function bitIndex(w: Wave, t: u64): u32 {
  const elapsed = t - w.start;
  if (elapsed >> 32 != 0) return WAVE_PATTERN_BITS;
  const index = (elapsed << 32) / w.bitTime;
  return index < <u64>WAVE_PATTERN_BITS ? <u32>index : WAVE_PATTERN_BITS;
}

// ---- character formats: LCR bits 0..5 -----------------------------------------------------------

export const FORMAT_STB:   u32 = 1 << 2;
export const FORMAT_PEN:   u32 = 1 << 3;
export const FORMAT_EPS:   u32 = 1 << 4;
export const FORMAT_STICK: u32 = 1 << 5;
export const FORMAT_BITS:  u32 = 0x3f;

/** 5 to 8. */
export function dataBits(format: u32): u32 {
  return 5 + (format & 3);
}

/** Start, data and parity bits: the part of a frame that a wave's pattern holds. */
export function patternBits(format: u32): u32 {
  return 1 + dataBits(format) + ((format & FORMAT_PEN) != 0 ? 1 : 0);
}

/** Levels of these bits for a character, start bit in bit 0. */
export function encode(format: u32, character: u32): u32 {
  const n = dataBits(format);
  const data = character & ((1 << n) - 1);
  const parity = (format & FORMAT_PEN) != 0 ? parityBit(format, data) << (n + 1) : 0;
  return (data << 1) | parity;
}

/** The parity bit that belongs to the data bits (PC16550D, 8.1, LCR bits 3 to 5). */
export function parityBit(format: u32, data: u32): u32 {
  const even: u32 = (format & FORMAT_EPS) != 0 ? 1 : 0;
  if ((format & FORMAT_STICK) != 0) return even ^ 1;
  return (popcnt<u32>(data) & 1) ^ even ^ 1;
}

/** Cycles of a whole frame with its stop bits; 16 x divisor cycles a bit. */
export function frameCycles(format: u32, divisor: u32): u64 {
  const short: u32 = dataBits(format) == 5 ? 3 : 4;
  const stopHalves: u32 = (format & FORMAT_STB) != 0 ? short : 2;
  return <u64>(2 * patternBits(format) + stopHalves) * (8 * <u64>divisor);
}

/** Cycles from the start edge to the centre of the first stop bit: a character is complete. */
export function stopOffset(format: u32, divisor: u32): u64 {
  return <u64>(2 * patternBits(format) + 1) * (8 * <u64>divisor);
}

/**
 * A span of cycles in the peer's cycles: floor(span x ratePeer / rate), for a serial link between
 * two clock domains. For UART_FRAME_BIT_TIME (32.32) the answer is 32.32 again, and exact when the
 * peer's cycles a bit are a multiple of 2^-32. Rates in millihertz, 1 .. 2^47; an answer that does
 * not fit is the greatest u64.
 */
export function bitTimeOfPeer(span: u64, rate: u64, ratePeer: u64): u64 {
  // The product in 128 bits: high and low, from 32-bit halves.
  const s0 = span & 0xffff_ffff;
  const s1 = span >> 32;
  const p0 = ratePeer & 0xffff_ffff;
  const p1 = ratePeer >> 32;
  const middle = s1 * p0 + ((s0 * p0) >> 32); // below 2^64: (2^32 - 1)^2 + 2^32 - 1
  const cross = s0 * p1 + (middle & 0xffff_ffff);
  const low = (cross << 32) | ((s0 * p0) & 0xffff_ffff);
  const high = s1 * p1 + (middle >> 32) + (cross >> 32);
  if (high >= rate) return 0xffff_ffff_ffff_ffff;
  // Long division in digits of 16 bits: the rest stays below the rate, so rest << 16 fits.
  let rest = high;
  let quotient: u64 = 0;
  for (let shift: i32 = 48; shift >= 0; shift -= 16) {
    const digits = (rest << 16) | ((low >> <u64>shift) & 0xffff);
    quotient = (quotient << 16) | (digits / rate);
    rest = digits % rate;
  }
  return quotient;
}
