import {
  UART_IN_RI, UART_OUT_DTR, UART_OUT_INTERRUPT, UART_OUT_OUT1, UART_OUT_OUT2, UART_OUT_RTS,
} from "../kernel/blocks";
import { DeviceHead } from "../bus/head";
import { NEVER } from "../kernel/clock";
import { FORMAT_BITS, frameCycles, Wave } from "./uart-wave";

/**
 * State of the UART, its FIFOs and its interrupts. The registers are in uart.ts, the lines in
 * uart-line.ts. Offsets that others read are in kernel/blocks.ts.
 */

export const IER_ERBFI: u32 = 1 << 0;
export const IER_ETBEI: u32 = 1 << 1;
export const IER_ELSI:  u32 = 1 << 2;
export const IER_EDSSI: u32 = 1 << 3;
export const IER_BITS:  u32 = 0x0f;

export const IIR_ID_LINE:    u32 = 0x06;
export const IIR_ID_DATA:    u32 = 0x04;
export const IIR_ID_TIMEOUT: u32 = 0x0c;
export const IIR_ID_THRE:    u32 = 0x02;
export const IIR_ID_MODEM:   u32 = 0x00;
export const IIR_ID_NONE:    u32 = 0x01;
export const IIR_FIFO:       u32 = 0xc0;

export const FCR_ENABLE:  u32 = 1 << 0;
export const FCR_RXCLR:   u32 = 1 << 1;
export const FCR_TXCLR:   u32 = 1 << 2;
export const FCR_TRIGGER: u32 = 0xc0;

export const LCR_BREAK: u32 = 1 << 6;
export const LCR_DLAB:  u32 = 1 << 7;

export const MCR_DTR:  u32 = 1 << 0;
export const MCR_RTS:  u32 = 1 << 1;
export const MCR_OUT1: u32 = 1 << 2;
export const MCR_OUT2: u32 = 1 << 3;
export const MCR_LOOP: u32 = 1 << 4;
export const MCR_BITS: u32 = 0x1f;

export const LSR_DR:      u32 = 1 << 0;
export const LSR_OE:      u32 = 1 << 1;
export const LSR_PE:      u32 = 1 << 2;
export const LSR_FE:      u32 = 1 << 3;
export const LSR_BI:      u32 = 1 << 4;
export const LSR_THRE:    u32 = 1 << 5;
export const LSR_TEMT:    u32 = 1 << 6;
export const LSR_ERRFIFO: u32 = 1 << 7;

export const FIFO_DEPTH: u32 = 16;

/** Receiver phases. */
export const RX_SEARCH: u32 = 0;     // waits for a low line: a start bit
export const RX_CHARACTER: u32 = 1;  // between a start edge and its stop bit
export const RX_BREAK: u32 = 2;      // a break was received: waits for a high line

/** What is on the line from the outside queue. */
export const QUEUE_NOTHING: u32 = 0;
export const QUEUE_BYTE: u32 = 1;
export const QUEUE_BREAK: u32 = 2;

@unmanaged export class Uart extends DeviceHead {
  // Registers
  ier: u32;
  fcr: u32;          // bits 0, 6 and 7
  lcr: u32;
  mcr: u32;
  scr: u32;
  divisor: u32;
  lsrErrors: u32;    // LSR bits 1..4, until LSR is read
  msrDelta: u32;     // MSR bits 0..3, until MSR is read
  thrPending: u32;   // 1: the THRE interrupt asks

  // Receive FIFO; without FIFOs its first place is RBR
  rxHead: u32;
  rxCount: u32;
  rxErrors: u32;     // bit i: slot i holds an error that LSR has not shown and cleared
  rxTotal: u32;
  rxLast: u32;
  rxTimeoutAt: u64;  // from this cycle on the character time-out asks; NEVER while empty

  // Receiver
  rxPhase: u32;
  rxSample: u32;     // next sample: 0 is the start bit's centre
  rxBits: u32;       // sampled levels, data bit 0 in bit 0
  rxFormat: u32;     // format and divisor that this character began with
  rxDivisor: u32;
  queueBusy: u32;    // QUEUE_*: what of the queue is on the line, or armed
  rxFrom: u64;       // search: not looked at before this cycle; character: its start edge
  rxDue: u64;        // cycle in which the current character can be complete at the earliest

  // Transmitter
  txHead: u32;
  txCount: u32;      // in the FIFO or THR, without the shift register
  txActive: u32;     // 1: the shift register sends
  txSpoiled: u32;    // 1: a break or loop-back has kept part of this frame off the line
  txFormat: u32;
  txCharacter: u32;
  txDivisor: u32;
  modem: u32;        // input levels as last seen, to find their edges
  txStart: u64;
  txEnd: u64;        // end of its last stop bit
  txArmed: u64;      // an idle shift register starts in this cycle; NEVER if there is nothing
  breakDue: u64;     // the break on the line is a whole frame old; NEVER if none or reported
  epoch: u64;        // cycle of the last write to the divisor: bit slots count from it

  // Queue of bytes from outside
  queueHead: u32;
  queueCount: u32;
  queueBreakBits: u32;   // a break waits; its length
  queueBreakAfter: u32;  // bytes that go before it
  queueFree: u64;        // end of the last stop bit of what was on the line before
  queueStart: u64;       // first bit of what is on the line or armed
  queueOver: u64;        // cycle from which nothing but its stop level follows
  queueEnd: u64;         // end of its last stop bit
}

// What follows the fields, by value. An @unmanaged class cannot hold these.
export const WAVE_OUT: usize = offsetof<Uart>();                   // shift register and break
export const WAVE_LINE: usize = WAVE_OUT + offsetof<Wave>();       // what the peer is told
export const WAVE_EXTERNAL: usize = WAVE_LINE + offsetof<Wave>();  // what arrives at SIN
export const RX_SLOTS: usize = WAVE_EXTERNAL + offsetof<Wave>();   // u16[16]: errors << 8 | data
export const TX_SLOTS: usize = RX_SLOTS + 2 * FIFO_DEPTH;          // u8[16]
export const QUEUE_BYTES: usize = TX_SLOTS + FIFO_DEPTH;           // u8[4096]

export function uartAt(b: usize): Uart {
  return changetype<Uart>(b);
}

export function waveOf(u: Uart, offset: usize): Wave {
  return changetype<Wave>(changetype<usize>(u) + offset);
}

export function looped(u: Uart): bool {
  return (u.mcr & MCR_LOOP) != 0;
}

export function fifosOn(u: Uart): bool {
  return (u.fcr & FCR_ENABLE) != 0;
}

// ---- receive FIFO -------------------------------------------------------------------------------

function rxSlot(u: Uart, index: u32): usize {
  return changetype<usize>(u) + RX_SLOTS + 2 * <usize>(index & (FIFO_DEPTH - 1));
}

/** A received character; `errors` are LSR bits. Without FIFOs it replaces one that waits. */
export function rxPut(u: Uart, data: u32, errors: u32, now: u64): void {
  u.rxTotal += 1;
  u.rxLast = data | (errors << 8);
  const depth: u32 = fifosOn(u) ? FIFO_DEPTH : 1;
  if (u.rxCount == depth) {
    u.lsrErrors |= LSR_OE;
    if (depth == FIFO_DEPTH) return; // the FIFO keeps its 16; the new character is lost
    u.rxCount = 0;
  }
  const index = (u.rxHead + u.rxCount) & (FIFO_DEPTH - 1);
  store<u16>(rxSlot(u, index), <u16>(data | (errors << 8)));
  u.rxErrors = (u.rxErrors & ~(1 << index)) | ((errors != 0 ? 1 : 0) << index);
  if (u.rxCount == 0) u.lsrErrors |= errors;
  u.rxCount += 1;
  // A time-out that has come stays until RBR is read; else the timer starts anew.
  if (u.rxTimeoutAt > now) startTimeout(u, now);
}

/** Reads RBR: the oldest character, 0 if there is none. The next one's errors come up. */
export function rxTake(u: Uart, now: u64): u32 {
  if (u.rxCount == 0) return 0;
  const data = <u32>load<u16>(rxSlot(u, u.rxHead)) & 0xff;
  store<u16>(rxSlot(u, u.rxHead), 0);
  u.rxErrors &= ~(1 << u.rxHead);
  u.rxHead = (u.rxHead + 1) & (FIFO_DEPTH - 1);
  u.rxCount -= 1;
  if (u.rxCount != 0) u.lsrErrors |= <u32>load<u16>(rxSlot(u, u.rxHead)) >> 8;
  startTimeout(u, now);
  return data;
}

/** What a read of RBR would give. */
export function rxTop(u: Uart): u32 {
  return u.rxCount == 0 ? 0 : <u32>load<u16>(rxSlot(u, u.rxHead)) & 0xff;
}

export function rxClear(u: Uart): void {
  memory.fill(rxSlot(u, 0), 0, 2 * FIFO_DEPTH);
  u.rxHead = 0;
  u.rxCount = 0;
  u.rxErrors = 0;
  u.rxTimeoutAt = NEVER;
}

/** Four character times of the format in force (PC16550D, 8.4.1); none while the line stands. */
function startTimeout(u: Uart, now: u64): void {
  const running = u.rxCount != 0 && fifosOn(u) && u.divisor != 0;
  u.rxTimeoutAt = running ? now + 4 * frameCycles(u.lcr & FORMAT_BITS, u.divisor) : NEVER;
}

// ---- transmit FIFO ------------------------------------------------------------------------------

function txSlot(u: Uart, index: u32): usize {
  return changetype<usize>(u) + TX_SLOTS + <usize>(index & (FIFO_DEPTH - 1));
}

/** A write to THR. A full FIFO loses it; without FIFOs it replaces one that waits. */
export function txPut(u: Uart, data: u32): void {
  u.thrPending = 0;
  const depth: u32 = fifosOn(u) ? FIFO_DEPTH : 1;
  if (u.txCount == FIFO_DEPTH) return;
  if (u.txCount == depth) u.txCount = 0;
  store<u8>(txSlot(u, u.txHead + u.txCount), <u8>data);
  u.txCount += 1;
}

/** The shift register takes the oldest character; there is one. */
export function txTake(u: Uart): u32 {
  const data = <u32>load<u8>(txSlot(u, u.txHead));
  store<u8>(txSlot(u, u.txHead), 0);
  u.txHead = (u.txHead + 1) & (FIFO_DEPTH - 1);
  u.txCount -= 1;
  if (u.txCount == 0) askForData(u);
  return data;
}

export function txClear(u: Uart): void {
  memory.fill(txSlot(u, 0), 0, FIFO_DEPTH);
  if (u.txCount != 0) askForData(u);
  u.txHead = 0;
  u.txCount = 0;
}

/** The THRE interrupt asks, if it may. */
export function askForData(u: Uart): void {
  if ((u.ier & IER_ETBEI) != 0) u.thrPending = 1;
}

// ---- modem lines --------------------------------------------------------------------------------

/** CTS, DSR, RI, DCD in bits 0..3; loop-back connects RTS, DTR, OUT1, OUT2 there. */
export function modemLines(u: Uart): u32 {
  if (!looped(u)) return u.modem;
  const m = u.mcr;
  return ((m & MCR_RTS) >> 1) | ((m & MCR_DTR) << 1) | (m & (MCR_OUT1 | MCR_OUT2));
}

/** Notes the changes since `before`; of RI only its end counts (TERI). */
export function noteModemChange(u: Uart, before: u32): void {
  const after = modemLines(u);
  const ring: u32 = 1 << UART_IN_RI;
  u.msrDelta |= ((before ^ after) & ~ring) | (before & ~after & ring);
}

// ---- interrupts ---------------------------------------------------------------------------------

/** Receive trigger level in characters. */
export function triggerLevel(u: Uart): u32 {
  if (!fifosOn(u)) return 1;
  // 1, 4, 8, 14 by FCR bits 7:6, a byte each.
  return (0x0e08_0401 >> (8 * (u.fcr >> 6))) & 0xff;
}

/** IIR bits 3..0: the pending interrupt of the highest priority (PC16550D, table IV). */
export function interruptId(u: Uart, now: u64): u32 {
  if ((u.ier & IER_ELSI) != 0 && u.lsrErrors != 0) return IIR_ID_LINE;
  if ((u.ier & IER_ERBFI) != 0) {
    if (u.rxCount >= triggerLevel(u)) return IIR_ID_DATA;
    if (now >= u.rxTimeoutAt) return IIR_ID_TIMEOUT;
  }
  if ((u.ier & IER_ETBEI) != 0 && u.thrPending != 0) return IIR_ID_THRE;
  if ((u.ier & IER_EDSSI) != 0 && u.msrDelta != 0) return IIR_ID_MODEM;
  return IIR_ID_NONE;
}

/** Sets the output wires and the next due cycle from the state; ends every call that changes it. */
export function drive(u: Uart, now: u64): void {
  const asks: u32 = interruptId(u, now) != IIR_ID_NONE ? 1 : 0;
  const m: u32 = looped(u) ? 0 : u.mcr; // loop-back holds the modem outputs off
  u.outputs = (asks << UART_OUT_INTERRUPT)
    | ((m & MCR_DTR) << UART_OUT_DTR)
    | (((m & MCR_RTS) >> 1) << UART_OUT_RTS)
    | (((m & MCR_OUT1) >> 2) << UART_OUT_OUT1)
    | (((m & MCR_OUT2) >> 3) << UART_OUT_OUT2);
  let due = u.rxDue;
  if (u.txActive != 0) due = min(due, u.txEnd);
  due = min(due, u.txArmed);
  due = min(due, u.breakDue);
  if (u.queueBusy != QUEUE_NOTHING) due = min(due, u.queueOver);
  // A time-out is an event only where it would be seen; else it is noticed when looked for.
  const visible = (u.ier & IER_ERBFI) != 0 && u.rxCount < triggerLevel(u);
  if (visible && u.rxTimeoutAt > now) due = min(due, u.rxTimeoutAt);
  u.due = due;
}
