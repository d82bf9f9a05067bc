import { DOORBELL_FRAME, DOORBELL_SENT } from "../kernel/abi";
import {
  UART_FRAME_ENDLESS, UART_QUEUE_BYTES, UART_SENT_BREAK, UART_SENT_FORMAT_SHIFT,
} from "../kernel/blocks";
import { ring, ringValue } from "../bus/head";
import { NEVER } from "../kernel/clock";
import {
  encode, FORMAT_BITS, FORMAT_PEN, dataBits, frameCycles, parityBit, patternBits, stopOffset, Wave,
  waveIdle, waveLevel, waveNext, waveSet,
} from "./uart-wave";
import {
  LCR_BREAK, looped, LSR_BI, LSR_FE, LSR_PE, QUEUE_BREAK, QUEUE_BYTE, QUEUE_BYTES, QUEUE_NOTHING,
  RX_BREAK, RX_CHARACTER, RX_SEARCH, rxPut, txTake, Uart, WAVE_EXTERNAL, WAVE_LINE, WAVE_OUT,
  waveOf,
} from "./uart-state";

/**
 * The UART's lines: receiver, transmitter, and the queue of bytes from outside.
 *
 * The receiver looks at a wave only in the cycles in which its own settings sample it, so a frame
 * of another rate or format becomes what the waveform says. It holds one wave, the last that was
 * handed to it: before that is replaced at a cycle, every sample before that cycle is taken.
 *
 *   start edge e   first cycle at which the line is low (no delay by the 16x clock: our choice)
 *   e +  8 D       centre of the start bit; if it is high the edge was a glitch
 *   e + 24 D ...   centres of data bits, parity, first stop bit: 16 D apart, D the divisor
 *
 * After a framing error the low stop sample is taken for the edge of the next start bit; after a
 * break the line must go high first (PC16550D, 8.4, LSR bits 3 and 4).
 */

function bitTime(divisor: u32): u64 {
  return (16 * <u64>divisor) << 32;
}

/** First bit slot after `now`: a multiple of 16 x divisor cycles from the divisor's last write. */
export function nextSlot(u: Uart, now: u64): u64 {
  const bit = 16 * <u64>u.divisor;
  return u.epoch + ((now - u.epoch) / bit + 1) * bit;
}

// ---- receiver -----------------------------------------------------------------------------------

function source(u: Uart): Wave {
  return waveOf(u, looped(u) ? WAVE_OUT : WAVE_EXTERNAL);
}

/** Takes every sample before the cycle `limit`, and delivers the characters that are complete. */
export function receiverRun(u: Uart, limit: u64): void {
  while (true) {
    const more = u.rxPhase == RX_CHARACTER ? sampleNext(u, limit) : searchNext(u, limit);
    if (!more) return;
  }
}

/** Looks for the next edge before `limit`; false if there is none. */
function searchNext(u: Uart, limit: u64): bool {
  const wanted: u32 = u.rxPhase == RX_BREAK ? 1 : 0;
  const edge = waveNext(source(u), u.rxFrom, wanted);
  if (edge >= limit || u.divisor == 0) {
    if (u.rxFrom < limit) u.rxFrom = limit;
    return false;
  }
  u.rxFrom = edge;
  if (u.rxPhase == RX_BREAK) {
    u.rxPhase = RX_SEARCH;
    return true;
  }
  u.rxPhase = RX_CHARACTER;
  u.rxSample = 0;
  u.rxBits = 0;
  u.rxFormat = u.lcr & FORMAT_BITS;
  u.rxDivisor = u.divisor;
  return true;
}

/** Takes the next sample of a character if it lies before `limit`; false if not. */
function sampleNext(u: Uart, limit: u64): bool {
  const at = u.rxFrom + (2 * <u64>u.rxSample + 1) * (8 * <u64>u.rxDivisor);
  if (at >= limit) return false;
  const level = waveLevel(source(u), at);
  if (u.rxSample == 0) {
    if (level == 1) { // a glitch: no start bit
      u.rxPhase = RX_SEARCH;
      u.rxFrom = at;
    } else {
      u.rxSample = 1;
    }
    return true;
  }
  u.rxBits |= level << (u.rxSample - 1);
  if (u.rxSample == patternBits(u.rxFormat)) {
    deliver(u, at);
  } else {
    u.rxSample += 1;
  }
  return true;
}

/** The stop bit has been sampled at `at`. */
function deliver(u: Uart, at: u64): void {
  const n = dataBits(u.rxFormat);
  const data = u.rxBits & ((1 << n) - 1);
  let errors: u32 = 0;
  let stop = u.rxBits >> n;
  if ((u.rxFormat & FORMAT_PEN) != 0) {
    if ((stop & 1) != parityBit(u.rxFormat, data)) errors |= LSR_PE;
    stop >>= 1;
  }
  if (stop == 0) errors |= LSR_FE;
  const broken = u.rxBits == 0;
  if (broken) errors |= LSR_BI;
  u.rxPhase = broken ? RX_BREAK : RX_SEARCH;
  u.rxFrom = at;
  u.rxSample = 0;
  u.rxBits = 0;
  u.rxFormat = 0;
  u.rxDivisor = 0;
  rxPut(u, data, errors, at);
}

/** Finds the cycle before which no character can be complete. To be called after every change. */
export function receiverPlan(u: Uart): void {
  if (u.rxPhase == RX_CHARACTER) {
    u.rxDue = u.rxFrom + stopOffset(u.rxFormat, u.rxDivisor);
    return;
  }
  u.rxDue = NEVER;
  if (u.divisor == 0) return;
  let from = u.rxFrom;
  if (u.rxPhase == RX_BREAK) from = waveNext(source(u), from, 1);
  if (from == NEVER) return;
  const edge = waveNext(source(u), from, 0);
  if (edge != NEVER) u.rxDue = edge + stopOffset(u.lcr & FORMAT_BITS, u.divisor);
}

/** From `now` on, SIN follows another wave. */
export function external(u: Uart, now: u64, start: u64, time: u64, pattern: u32, bits: u32): void {
  if (!looped(u)) receiverRun(u, now);
  waveSet(waveOf(u, WAVE_EXTERNAL), start, time, pattern, bits);
  receiverPlan(u);
}

// ---- transmitter --------------------------------------------------------------------------------

/** Recomputes what the shift register and the break bit drive, and tells who listens. */
export function transmitterDrive(u: Uart, now: u64): void {
  const out = waveOf(u, WAVE_OUT);
  if (looped(u)) receiverRun(u, now);
  if ((u.lcr & LCR_BREAK) != 0) {
    waveSet(out, now, 1, 0, UART_FRAME_ENDLESS);
  } else if (u.txActive != 0) {
    const f = u.txFormat;
    waveSet(out, u.txStart, bitTime(u.txDivisor), encode(f, u.txCharacter), patternBits(f));
  } else {
    waveIdle(out);
  }
  if (looped(u)) {
    receiverPlan(u);
    u.txSpoiled = 1;
  } else {
    if ((u.lcr & LCR_BREAK) != 0) u.txSpoiled = 1;
    tellPeer(u, out);
  }
}

/** The line at the pin follows `wave`; rings if that is news. */
function tellPeer(u: Uart, wave: Wave): void {
  const line = waveOf(u, WAVE_LINE);
  if (wave.bits == 0 && line.bits == 0) return;
  waveSet(line, wave.start, wave.bitTime, wave.pattern, wave.bits);
  ring(u, DOORBELL_FRAME);
}

/** The pin goes high: loop-back begins, or a reset. */
export function releaseLine(u: Uart): void {
  const line = waveOf(u, WAVE_LINE);
  const driven = line.bits == UART_FRAME_ENDLESS || (line.bits != 0 && u.txActive != 0);
  waveIdle(line);
  if (driven) ring(u, DOORBELL_FRAME);
}

/** An idle shift register with something to send starts at the next bit slot. */
export function transmitterArm(u: Uart, now: u64): void {
  const ready = u.txActive == 0 && u.txCount != 0 && u.divisor != 0;
  u.txArmed = ready ? nextSlot(u, now) : NEVER;
}

/** The end of a frame, the start of one, or a break that is a whole frame old. */
export function transmitterEvent(u: Uart, now: u64): void {
  if (u.txActive != 0 && now >= u.txEnd) {
    const format = u.txFormat << UART_SENT_FORMAT_SHIFT;
    if (u.txSpoiled == 0) ringValue(u, DOORBELL_SENT, u.txCharacter | format);
    u.txActive = 0;
    // The next frame follows without a gap; its start is this very cycle.
    if (u.txCount != 0 && u.divisor != 0) u.txArmed = now;
  }
  if (now >= u.txArmed) begin(u, now);
  if (now >= u.breakDue) {
    u.breakDue = NEVER;
    const format = (u.lcr & FORMAT_BITS) << UART_SENT_FORMAT_SHIFT;
    ringValue(u, DOORBELL_SENT, UART_SENT_BREAK | format);
  }
}

function begin(u: Uart, now: u64): void {
  u.txFormat = u.lcr & FORMAT_BITS;
  u.txCharacter = txTake(u) & ((1 << dataBits(u.txFormat)) - 1);
  u.txDivisor = u.divisor;
  u.txActive = 1;
  u.txSpoiled = (u.lcr & LCR_BREAK) != 0 ? 1 : 0;
  u.txStart = now;
  u.txEnd = now + frameCycles(u.txFormat, u.txDivisor);
  u.txArmed = NEVER;
  if ((u.lcr & LCR_BREAK) == 0) transmitterDrive(u, now);
}

/** When the break that begins now will have lasted a whole frame; it is told once, then. */
export function breakPlan(u: Uart, now: u64): void {
  const on = (u.lcr & LCR_BREAK) != 0 && !looped(u) && u.divisor != 0;
  u.breakDue = on ? now + frameCycles(u.lcr & FORMAT_BITS, u.divisor) : NEVER;
}

// ---- queue from outside -------------------------------------------------------------------------

function queueSlot(u: Uart, index: u32): usize {
  return changetype<usize>(u) + QUEUE_BYTES + <usize>(index & (UART_QUEUE_BYTES - 1));
}

/** Copies at most `length` bytes in; returns how many there was room for. */
export function queuePut(u: Uart, from: usize, length: u32): u32 {
  const room = UART_QUEUE_BYTES - u.queueCount;
  const taken = length < room ? length : room;
  for (let i: u32 = 0; i < taken; i++) {
    store<u8>(queueSlot(u, u.queueHead + u.queueCount + i), load<u8>(from + <usize>i));
  }
  u.queueCount += taken;
  return taken;
}

/** True while the first bit of what is armed still lies ahead of `now`. */
function ahead(u: Uart, now: u64): bool {
  return u.queueBusy != QUEUE_NOTHING && u.queueStart > now;
}

/**
 * Puts the next byte or break on the line, in the format in force: without a gap after the one
 * before, else at the next bit slot. What is armed but not begun is armed anew; what has begun goes
 * on. Loop-back and a divisor of 0 hold the queue (our choice: nothing pasted is lost to them).
 */
export function queueArm(u: Uart, now: u64): void {
  if (u.queueBusy != QUEUE_NOTHING && !ahead(u, now)) return;
  const wasArmed = u.queueBusy != QUEUE_NOTHING;
  u.queueBusy = QUEUE_NOTHING;
  const held = looped(u) || u.divisor == 0;
  const broken = u.queueBreakBits != 0 && u.queueBreakAfter == 0;
  if (held || (u.queueCount == 0 && !broken)) {
    if (wasArmed) external(u, now, 0, 1, 0, 0);
    return;
  }
  const start = u.queueFree > now ? u.queueFree : nextSlot(u, now);
  const format = u.lcr & FORMAT_BITS;
  const time = bitTime(u.divisor);
  u.queueStart = start;
  if (broken) {
    u.queueBusy = QUEUE_BREAK;
    u.queueOver = start + 16 * <u64>u.divisor * <u64>u.queueBreakBits;
    external(u, now, start, time, 0, u.queueBreakBits);
  } else {
    u.queueBusy = QUEUE_BYTE;
    u.queueOver = start + stopOffset(format, u.divisor);
    const pattern = encode(format, <u32>load<u8>(queueSlot(u, u.queueHead)));
    external(u, now, start, time, pattern, patternBits(format));
  }
  // One bit time of high line follows a break, so that the next start bit has an edge.
  u.queueEnd = broken ? u.queueOver + 16 * <u64>u.divisor : start + frameCycles(format, u.divisor);
}

/** The last edge of what was on the line is over: drop it, arm the next. */
export function queueEvent(u: Uart, now: u64): void {
  if (u.queueBusy == QUEUE_NOTHING || now < u.queueOver) return;
  if (u.queueBusy == QUEUE_BREAK) {
    u.queueBreakBits = 0;
  } else {
    store<u8>(queueSlot(u, u.queueHead), 0);
    u.queueHead = (u.queueHead + 1) & (UART_QUEUE_BYTES - 1);
    u.queueCount -= 1;
    if (u.queueBreakAfter != 0) u.queueBreakAfter -= 1;
  }
  u.queueFree = u.queueEnd;
  u.queueBusy = QUEUE_NOTHING;
  queueArm(u, now);
}

/** Loop-back or a reset cuts the line: what was on it stays in the queue and is sent anew. */
export function queueStop(u: Uart, now: u64): void {
  if (u.queueBusy == QUEUE_NOTHING) return;
  u.queueBusy = QUEUE_NOTHING;
  u.queueFree = 0;
  external(u, now, 0, 1, 0, 0);
}
