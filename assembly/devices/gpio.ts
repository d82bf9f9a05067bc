import { BUS_ERROR, BUS_OK } from "../kernel/abi";
import { DeviceHead, READ_ERROR } from "../bus/head";
import { NEVER } from "../kernel/clock";

/**
 * General-purpose pins: 16 output wires, 16 input wires, events on input edges.
 *
 *   offset  name    access  reset        meaning
 *   0x00    OUT     RW      0x0000_0000  Levels of the output wires.
 *           [15:0]  PINS    Bit i drives output wire i.
 *   0x04    IN      RO      0x0000_0000  Levels of the input wires; the reset value is their own.
 *           [15:0]  PINS    Bit i is the level of input wire i.
 *   0x08    SET     W1S     0x0000_0000  Ones set bits of OUT.
 *           [15:0]  PINS    Reads as OUT.
 *   0x0c    CLEAR   W1C     0x0000_0000  Ones clear bits of OUT.
 *           [15:0]  PINS    Reads as OUT.
 *   0x10    RISE    RW      0x0000_0000  Inputs whose rising edge is an event.
 *           [15:0]  PINS    Bit i arms input i.
 *   0x14    FALL    RW      0x0000_0000  Inputs whose falling edge is an event.
 *           [15:0]  PINS    Bit i arms input i.
 *   0x18    EVENTS  W1C     0x0000_0000  Edges seen since they were last cleared.
 *           [15:0]  PINS    A 1 clears the bit.
 *
 * Outputs 0..15 follow OUT; output 31 is the interrupt, 1 while EVENTS is not 0. An edge counts
 * only where it was armed when it came. A reset clears everything but the input wires; bits
 * 31..16 read 0 and ignore writes.
 * Aligned 32-bit accesses only; a write to IN and any other offset are bus errors.
 * Fault site 0, out-flip: inverts the bits of OUT that are 1 in the value.
 * Source: our choice; SET and CLEAR as on the SiFive FE310 and the RP2040 (no read-modify-write).
 */

const OUT:    u32 = 0x00;
const IN:     u32 = 0x04;
const SET:    u32 = 0x08;
const CLEAR:  u32 = 0x0c;
const RISE:   u32 = 0x10;
const FALL:   u32 = 0x14;
const EVENTS: u32 = 0x18;

const PINS: u32 = 0xffff;
const OUTPUT_INTERRUPT: u32 = 1 << 31;

const SITE_OUT_FLIP: u32 = 0;

@unmanaged export class Gpio extends DeviceHead {
  out: u32;
  rise: u32;
  fall: u32;
  events: u32;
  pins: u32;  // input levels as last seen, to find their edges
  reserved: u32;
}

export function gpioReset(b: usize, cause: u32, now: u64): void {
  const g = changetype<Gpio>(b);
  g.out = 0;
  g.rise = 0;
  g.fall = 0;
  g.events = 0;
  g.pins = g.inputs & PINS;
  g.due = NEVER;
  g.doorbell = 0;
  g.doorbellValue = 0;
  drive(g);
}

export function gpioRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return gpioPeek(b, offset, now);
}

export function gpioWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4) return BUS_ERROR;
  const g = changetype<Gpio>(b);
  switch (offset) {
    case OUT:    g.out = value & PINS; break;
    case SET:    g.out |= value & PINS; break;
    case CLEAR:  g.out &= ~value; break;
    case RISE:   g.rise = value & PINS; break;
    case FALL:   g.fall = value & PINS; break;
    case EVENTS: g.events &= ~value; break;
    default:     return BUS_ERROR;
  }
  drive(g);
  return BUS_OK;
}

export function gpioPeek(b: usize, offset: u32, now: u64): u64 {
  const g = changetype<Gpio>(b);
  switch (offset) {
    case OUT:
    case SET:
    case CLEAR:  return <u64>g.out;
    case IN:     return <u64>g.pins;
    case RISE:   return <u64>g.rise;
    case FALL:   return <u64>g.fall;
    case EVENTS: return <u64>g.events;
    default:     return READ_ERROR;
  }
}

/** Never due: this unit follows its wires and its registers only. */
export function gpioEvent(b: usize, now: u64): void {
  changetype<Gpio>(b).due = NEVER;
}

export function gpioInput(b: usize, levels: u32, now: u64): void {
  const g = changetype<Gpio>(b);
  const before = g.pins;
  g.events |= (levels & ~before & g.rise) | (before & ~levels & g.fall);
  g.inputs = levels;
  g.pins = levels & PINS;
  drive(g);
}

/** Fault sites: see the header. False: the value inverts nothing. */
export function gpioFault(b: usize, site: u32, value: u32, now: u64): bool {
  if (site != SITE_OUT_FLIP || (value & PINS) == 0) return false;
  const g = changetype<Gpio>(b);
  g.out ^= value & PINS;
  drive(g);
  return true;
}

function drive(g: Gpio): void {
  g.outputs = g.out | (g.events != 0 ? OUTPUT_INTERRUPT : 0);
}
