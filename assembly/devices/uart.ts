import { BUS_ERROR, BUS_OK } from "../kernel/abi";
import { HEAD_BYTES } from "../kernel/layout";
import { READ_ERROR } from "../bus/head";
import { NEVER } from "../kernel/clock";
import {
  breakPlan, external, queueArm, queueEvent, queuePut, queueStop, receiverPlan, receiverRun,
  releaseLine, transmitterArm, transmitterDrive, transmitterEvent,
} from "./uart-line";
import { FORMAT_BITS } from "./uart-wave";
import {
  askForData, drive, FCR_ENABLE, FCR_RXCLR, FCR_TRIGGER, FCR_TXCLR, fifosOn, IER_BITS, IER_ETBEI,
  IIR_FIFO, IIR_ID_THRE, interruptId, LCR_BREAK, LCR_DLAB, looped, LSR_DR, LSR_ERRFIFO, LSR_TEMT,
  LSR_THRE, MCR_BITS, MCR_LOOP, modemLines, noteModemChange, RX_SLOTS, QUEUE_BYTES, rxClear,
  rxTake, rxTop, txClear, txPut, Uart, uartAt,
} from "./uart-state";

/**
 * Serial port, compatible with the National PC16550D ("ns16550a").
 *
 *   offset  name  access  reset  meaning
 *   0x00    RBR   RO      0x00   Receiver buffer: takes the oldest character (DLAB = 0).
 *   0x00    THR   WO      -      Transmitter holding register: gives a character (DLAB = 0).
 *   0x00    DLL   RW      0x00   Divisor, low byte (DLAB = 1).
 *   0x01    IER   RW      0x00   Interrupt enable (DLAB = 0); bits 7..4 read 0.
 *           [0]   ERBFI   Received data available, and character time-out.
 *           [1]   ETBEI   Transmitter holding register empty.
 *           [2]   ELSI    Receiver line status.
 *           [3]   EDSSI   Modem status.
 *   0x01    DLM   RW      0x00   Divisor, high byte (DLAB = 1).
 *   0x02    IIR   RO      0x01   Interrupt identification.
 *           [3:0] ID      The pending interrupt of the highest priority.
 *           =0x06 LINE    Line status: OE, PE, FE or BI; until LSR is read.
 *           =0x04 DATA    Received data at the trigger level; until there is less.
 *           =0x0c TIMEOUT Characters wait and none came or went for four character times.
 *           =0x02 THRE    The holding register became empty; until this read or a write to THR.
 *           =0x00 MODEM   A modem line changed; until MSR is read.
 *           =0x01 NONE    No interrupt is pending.
 *           [7:6] FIFO    3 while the FIFOs are on, else 0.
 *   0x02    FCR   WO      0x00   FIFO control; bits 7..1 act only if bit 0 is written as 1.
 *           [0]   ENABLE  FIFOs on; a change empties both.
 *           [1]   RXCLR   Empties the receive FIFO (not the shift register).
 *           [2]   TXCLR   Empties the transmit FIFO (not the shift register).
 *           [7:6] TRIGGER Receive trigger level in characters (values in place).
 *           =0x00 ONE     1.
 *           =0x40 FOUR    4.
 *           =0x80 EIGHT   8.
 *           =0xc0 FOURTEEN 14.
 *   0x03    LCR   RW      0x00   Line control.
 *           [1:0] WLS     Data bits less 5.
 *           [2]   STB     0: one stop bit; 1: two, or one and a half with 5 data bits.
 *           [3]   PEN     A parity bit is sent and checked.
 *           [4]   EPS     Even parity.
 *           [5]   STICK   The parity bit is always NOT EPS.
 *           [6]   BREAK   Holds the line low.
 *           [7]   DLAB    Offsets 0 and 1 are the divisor.
 *   0x04    MCR   RW      0x00   Modem control; bits 7..5 read 0.
 *           [0]   DTR     Drives DTR.
 *           [1]   RTS     Drives RTS.
 *           [2]   OUT1    Drives OUT1.
 *           [3]   OUT2    Drives OUT2; it does not gate the interrupt.
 *           [4]   LOOP    Loop-back.
 *   0x05    LSR   RO      0x60   Line status; a read clears bits 4..1.
 *           [0]   DR      A character waits.
 *           [1]   OE      Overrun: a character was lost.
 *           [2]   PE      Parity error of a character that reached the top of the FIFO.
 *           [3]   FE      Framing error: its stop bit was low.
 *           [4]   BI      Break: all its bits and its stop bit were low.
 *           [5]   THRE    The holding register or transmit FIFO is empty.
 *           [6]   TEMT    The shift register is empty too.
 *           [7]   ERRFIFO A character in the receive FIFO has an error not yet read.
 *   0x06    MSR   RO      0x00   Modem status; a read clears bits 3..0.
 *           [0]   DCTS    CTS changed.
 *           [1]   DDSR    DSR changed.
 *           [2]   TERI    RI went from on to off.
 *           [3]   DDCD    DCD changed.
 *           [4]   CTS     Clear to send.
 *           [5]   DSR     Data set ready.
 *           [6]   RI      Ring indicator.
 *           [7]   DCD     Carrier detect.
 *   0x07    SCR   RW      0x00   Scratch.
 *
 * Byte accesses only: a wider one, or another offset, is a bus error without effect (our choice).
 * The input clock is the unit's domain; a bit lasts 16 x divisor cycles. With divisor 0 the line
 * stands still: nothing is sent, no start bit is seen. Every reset sets the values above (our
 * choice: the part leaves divisor and SCR alone), cuts the frame on the line, and keeps what waits
 * in the queue from outside. RBR of an empty receiver reads 0; THR written while the FIFO is full
 * loses the character. FCR bit 3 (DMA mode) has no pins here and does nothing.
 *
 * Transmitter. An idle one starts at the next bit slot after the write: a multiple of 16 x divisor
 * cycles from the last write to DLL or DLM. THRE rises there if nothing else waits, TEMT at the end
 * of the last stop bit. The next frame follows without a gap, also after one and a half stop bits.
 * A frame keeps the divisor and format that it began with. BREAK holds the line low at once; the
 * shift register goes on, and a frame that a break or loop-back touched is not told as sent.
 * Receiver. It samples the centres of the bits from the start edge on, also with the settings of
 * the start bit, and delivers a character at the centre of its first stop bit. A break sets BI and
 * what else is true of it: FE, and PE with odd parity or stick 1. OE in FIFO mode: the FIFO keeps
 * its 16, the new character is lost; without FIFOs RBR is replaced. PE, FE, BI stay until LSR is
 * read, even when their character has been taken.
 * Interrupts. THRE asks when the holding register becomes empty and when ETBEI is set while it is;
 * it is not delayed by one character time as the part does for short bursts. The time-out counts
 * from the last character received or read. OUT2 does not gate the interrupt.
 * Loop-back: the line is high, SIN is disconnected, the transmitter feeds the receiver bit by bit,
 * RTS, DTR, OUT1, OUT2 feed CTS, DSR, RI, DCD, and the modem outputs are off.
 *
 * Bytes from outside wait in a queue of 4096 and come one after another at the rate and in the
 * format of the receiver's own settings, from the next bit slot on; loop-back holds them back.
 * Outputs: 0 interrupt, 1 DTR, 2 RTS, 3 OUT1, 4 OUT2. Inputs: 0 CTS, 1 DSR, 2 RI, 3 DCD.
 *
 * Source: National PC16550D data sheet (1995), sections 8.1 to 8.8; sampling and bit slots are our
 * choice.
 */

const RBR: u32 = 0x00; // and THR, and DLL
const IER: u32 = 0x01; // and DLM
const IIR: u32 = 0x02; // and FCR
const LCR: u32 = 0x03;
const MCR: u32 = 0x04;
const LSR: u32 = 0x05;
const MSR: u32 = 0x06;
const SCR: u32 = 0x07;

export function uartReset(b: usize, cause: u32, now: u64): void {
  const u = uartAt(b);
  u.doorbell = 0;
  u.doorbellValue = 0;
  releaseLine(u);
  queueStop(u, now);
  // The registers and both shift registers; the waves and the queue are the outside's.
  memory.fill(b + HEAD_BYTES, 0, offsetof<Uart>("queueHead") - HEAD_BYTES);
  memory.fill(b + RX_SLOTS, 0, QUEUE_BYTES - RX_SLOTS);
  u.queueFree = 0;
  u.modem = u.inputs & 0x0f;
  u.rxTimeoutAt = NEVER;
  u.rxFrom = now;
  u.rxDue = NEVER;
  u.txArmed = NEVER;
  u.breakDue = NEVER;
  u.epoch = now;
  drive(u, now);
}

export function uartRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 1) return READ_ERROR;
  const u = uartAt(b);
  const value = uartPeek(b, offset, now);
  switch (offset) {
    case RBR:
      if ((u.lcr & LCR_DLAB) != 0) return value;
      rxTake(u, now);
      break;
    case IIR:
      if ((<u32>value & 0x0f) != IIR_ID_THRE) return value;
      u.thrPending = 0;
      break;
    case LSR:
      if (u.lsrErrors == 0) return value;
      u.lsrErrors = 0;
      if (u.rxCount != 0) u.rxErrors &= ~(1 << u.rxHead);
      break;
    case MSR:
      if (u.msrDelta == 0) return value;
      u.msrDelta = 0;
      break;
    default:
      return value;
  }
  drive(u, now);
  return value;
}

export function uartWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 1) return BUS_ERROR;
  const u = uartAt(b);
  const byte = value & 0xff;
  const dlab = (u.lcr & LCR_DLAB) != 0;
  switch (offset) {
    case RBR:
      if (dlab) writeDivisor(u, (u.divisor & 0xff00) | byte, now);
      else writeThr(u, byte, now);
      break;
    case IER:
      if (dlab) writeDivisor(u, (u.divisor & 0x00ff) | (byte << 8), now);
      else writeIer(u, byte);
      break;
    case IIR: writeFcr(u, byte); break;
    case LCR: writeLcr(u, byte, now); break;
    case MCR: writeMcr(u, byte, now); break;
    case SCR: u.scr = byte; break;
    default:  return BUS_ERROR; // LSR and MSR are read-only
  }
  drive(u, now);
  return BUS_OK;
}

export function uartPeek(b: usize, offset: u32, now: u64): u64 {
  const u = uartAt(b);
  const dlab = (u.lcr & LCR_DLAB) != 0;
  switch (offset) {
    case RBR: return <u64>(dlab ? u.divisor & 0xff : rxTop(u));
    case IER: return <u64>(dlab ? u.divisor >> 8 : u.ier);
    case IIR: return <u64>(interruptId(u, now) | (fifosOn(u) ? IIR_FIFO : 0));
    case LCR: return <u64>u.lcr;
    case MCR: return <u64>u.mcr;
    case LSR: return <u64>lineStatus(u);
    case MSR: return <u64>(u.msrDelta | (modemLines(u) << 4));
    case SCR: return <u64>u.scr;
    default:  return READ_ERROR;
  }
}

/** A character is complete, a frame begins or ends, or a time-out is due. */
export function uartEvent(b: usize, now: u64): void {
  const u = uartAt(b);
  transmitterEvent(u, now);
  queueEvent(u, now);
  receiverRun(u, now + 1);
  receiverPlan(u);
  drive(u, now);
}

/** Modem lines: bits 0..3 are CTS, DSR, RI, DCD, 1 = on. */
export function uartInput(b: usize, levels: u32, now: u64): void {
  const u = uartAt(b);
  const before = modemLines(u);
  u.inputs = levels;
  u.modem = levels & 0x0f;
  noteModemChange(u, before);
  drive(u, now);
}

/**
 * From `now` on, SIN follows a frame descriptor of the peer (UART_FRAME_* in kernel/blocks.ts).
 * `startCycle` is its first bit in this UART's domain, at or before `now`; `bitTime` its cycles a
 * bit here, 32.32 (see `bitTimeOfPeer`). A UART has either a peer or a queue from outside.
 */
export function uartReceiveFrame(
  b: usize, startCycle: u64, bitTime: u64, pattern: u32, bits: u32, now: u64,
): void {
  const u = uartAt(b);
  external(u, now, startCycle, bitTime, pattern, bits);
  drive(u, now);
}

/** Queues bytes from outside; returns how many of `length` there was room for. */
export function uartPush(b: usize, bytes: usize, length: u32, now: u64): u32 {
  const u = uartAt(b);
  const taken = queuePut(u, bytes, length);
  queueArm(u, now);
  drive(u, now);
  return taken;
}

/**
 * Queues a break of `bits` bit times, 1 to 65535, after the bytes that wait. Returns 1, or 0 if
 * another break still waits or `bits` is out of range.
 */
export function uartPushBreak(b: usize, bits: u32, now: u64): u32 {
  const u = uartAt(b);
  if (u.queueBreakBits != 0 || bits == 0 || bits > 0xffff) return 0;
  u.queueBreakBits = bits;
  u.queueBreakAfter = u.queueCount;
  queueArm(u, now);
  drive(u, now);
  return 1;
}

/** Bytes from outside that have not been received yet, the one on the line included. */
export function uartPending(b: usize): u32 {
  return uartAt(b).queueCount;
}

function lineStatus(u: Uart): u32 {
  let value = u.lsrErrors;
  if (u.rxCount != 0) value |= LSR_DR;
  if (u.txCount == 0) value |= u.txActive != 0 ? LSR_THRE : LSR_THRE | LSR_TEMT;
  if (fifosOn(u) && u.rxErrors != 0) value |= LSR_ERRFIFO;
  return value;
}

function writeThr(u: Uart, byte: u32, now: u64): void {
  txPut(u, byte);
  if (u.txArmed == NEVER) transmitterArm(u, now);
}

function writeIer(u: Uart, byte: u32): void {
  const changed = u.ier ^ byte;
  u.ier = byte & IER_BITS;
  if ((changed & IER_ETBEI) == 0) return;
  u.thrPending = 0;
  if (u.txCount == 0) askForData(u);
}

function writeFcr(u: Uart, byte: u32): void {
  const enabled = (byte & FCR_ENABLE) != 0;
  const changed = ((u.fcr ^ byte) & FCR_ENABLE) != 0;
  if (changed || (enabled && (byte & FCR_RXCLR) != 0)) rxClear(u);
  if (changed || (enabled && (byte & FCR_TXCLR) != 0)) {
    txClear(u);
    if (u.txActive == 0) u.txArmed = NEVER;
  }
  u.fcr = enabled ? byte & (FCR_ENABLE | FCR_TRIGGER) : 0;
}

/** Bits up to `now` were sampled and slotted by the old settings; everything later by the new. */
function writeDivisor(u: Uart, divisor: u32, now: u64): void {
  receiverRun(u, now);
  u.divisor = divisor;
  u.epoch = now;
  if (u.txActive == 0) transmitterArm(u, now);
  queueArm(u, now);
  receiverPlan(u);
}

function writeLcr(u: Uart, byte: u32, now: u64): void {
  const changed = u.lcr ^ byte;
  receiverRun(u, now);
  u.lcr = byte;
  if ((changed & LCR_BREAK) != 0) {
    transmitterDrive(u, now);
    breakPlan(u, now);
  }
  if ((changed & FORMAT_BITS) != 0) {
    queueArm(u, now);
    receiverPlan(u);
  }
}

function writeMcr(u: Uart, byte: u32, now: u64): void {
  const before = modemLines(u);
  const changed = (u.mcr ^ byte) & MCR_BITS;
  if ((changed & MCR_LOOP) == 0) {
    u.mcr = byte & MCR_BITS;
  } else {
    receiverRun(u, now);
    if (!looped(u)) {
      queueStop(u, now);
      releaseLine(u);
      u.txSpoiled = 1;
    }
    u.mcr = byte & MCR_BITS;
    if (!looped(u)) transmitterDrive(u, now);
    breakPlan(u, now);
    queueArm(u, now);
    receiverPlan(u);
  }
  noteModemChange(u, before);
}
