import { BUS_ERROR, BUS_OK } from "../kernel/abi";
import { DeviceHead, READ_ERROR } from "../bus/head";
import { NEVER } from "../kernel/clock";

/**
 * Interrupt unit: 15 device lines to the mip bits 16..30 of one hart.
 *
 *   offset  name     access  reset        meaning
 *   0x00    PENDING  W1C     0x0000_0000  Lines that ask: latched edges, and levels as they are.
 *           [14:0]   LINES   A 1 clears the latch of an edge line; level lines are not affected.
 *   0x04    ENABLE   RW      0x0000_0000  Lines that reach the hart.
 *           [14:0]   LINES   1 lets the line's PENDING bit through.
 *   0x08    MODE     RW      0x0000_0000  How a line asks.
 *           [14:0]   EDGE    1: a rising edge is latched; 0: the level itself.
 *   0x0c    RAW      RO      0x0000_0000  Levels of the input wires.
 *           [14:0]   LINES   Bit i is the level of line i; the reset value is the wires' own.
 *   0x10    SOFT     W1S     0x0000_0000  Software may ask in a device's place.
 *           [14:0]   LINES   A 1 sets the latch of an edge line; level lines are not affected.
 *
 * Output i is PENDING AND ENABLE of line i, at once; it goes to mip bit 16 + i.
 * SOFT reads the latches alone (PENDING without the level lines). A line that MODE turns from
 * edge to level loses its latch; one that turns from level to edge starts with a clear latch, even
 * while its wire is high. A reset clears everything but the wires. Bits 31..15 read 0.
 * Aligned 32-bit accesses only; a write to RAW and any other offset are bus errors.
 * Source: specs/dual-block-mcu.md, section 1 (15 lines, enable, pending, edge or level); the
 * register layout is our choice.
 */

const PENDING: u32 = 0x00;
const ENABLE:  u32 = 0x04;
const MODE:    u32 = 0x08;
const RAW:     u32 = 0x0c;
const SOFT:    u32 = 0x10;

const LINES: u32 = 0x7fff;

@unmanaged export class Interrupts extends DeviceHead {
  latched: u32;  // edge lines only
  enable: u32;
  mode: u32;
  lines: u32;    // input levels as last seen, to find their edges
}

export function interruptsReset(b: usize, cause: u32, now: u64): void {
  const u = changetype<Interrupts>(b);
  u.latched = 0;
  u.enable = 0;
  u.mode = 0;
  u.lines = u.inputs & LINES;
  u.due = NEVER;
  u.doorbell = 0;
  u.doorbellValue = 0;
  drive(u);
}

export function interruptsRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return interruptsPeek(b, offset, now);
}

export function interruptsWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4) return BUS_ERROR;
  const u = changetype<Interrupts>(b);
  switch (offset) {
    case PENDING: u.latched &= ~value; break;
    case ENABLE:  u.enable = value & LINES; break;
    case MODE:
      // A latch stays only where the line was an edge line before and still is one.
      u.latched &= value;
      u.mode = value & LINES;
      break;
    case SOFT:    u.latched |= value & u.mode; break;
    default:      return BUS_ERROR;
  }
  drive(u);
  return BUS_OK;
}

export function interruptsPeek(b: usize, offset: u32, now: u64): u64 {
  const u = changetype<Interrupts>(b);
  switch (offset) {
    case PENDING: return <u64>pending(u);
    case ENABLE:  return <u64>u.enable;
    case MODE:    return <u64>u.mode;
    case RAW:     return <u64>u.lines;
    case SOFT:    return <u64>u.latched;
    default:      return READ_ERROR;
  }
}

/** Never due: this unit follows its wires and its registers only. */
export function interruptsEvent(b: usize, now: u64): void {
  changetype<Interrupts>(b).due = NEVER;
}

export function interruptsInput(b: usize, levels: u32, now: u64): void {
  const u = changetype<Interrupts>(b);
  u.latched |= levels & ~u.lines & u.mode;
  u.inputs = levels;
  u.lines = levels & LINES;
  drive(u);
}

function pending(u: Interrupts): u32 {
  return u.latched | (u.lines & ~u.mode);
}

function drive(u: Interrupts): void {
  u.outputs = pending(u) & u.enable;
}
