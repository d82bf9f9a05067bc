import { BUS_ERROR, BUS_OK } from "../kernel/abi";
import { DeviceHead, READ_ERROR } from "../bus/head";
import { NEVER } from "../kernel/clock";

/**
 * Timer and software interrupt of one hart, in the SiFive CLINT layout.
 *
 *   offset  name         access  reset        meaning
 *   0x0000  MSIP         RW      0x0000_0000  Software interrupt of hart 0.
 *           [0]          PENDING Drives the MSIP wire; bits 31..1 read 0.
 *   0x4000  MTIMECMP     RW      0xffff_ffff  Compare value, low half.
 *   0x4004  MTIMECMPH    RW      0xffff_ffff  Compare value, high half.
 *   0xbff8  MTIME        RW      0x0000_0000  Cycles of the unit's own clock, low half.
 *   0xbffc  MTIMEH       RW      0x0000_0000  Cycles of the unit's own clock, high half.
 *
 * Output 0 is MSIP. Output 1 is MTIP, a level: 1 while MTIME >= MTIMECMP as unsigned 64-bit
 * numbers. It rises exactly at the cycle in which they become equal, and falls when MTIME wraps
 * from 2^64 - 1 to 0 unless MTIMECMP is 0.
 * An access at the cycle c sees and sets the value of MTIME in c. A write of one half leaves the
 * other as it is in that cycle, without a carry.
 * Every reset, of whatever cause, sets the reset values (our choice: the source leaves MTIMECMP
 * undefined; all ones keeps the interrupt silent until firmware asks for it).
 * Aligned 32-bit accesses only; anything else is a bus error.
 * Source: SiFive FE310-G000 manual, chapter 9; RISC-V privileged manual, 3.2.1 (MTIP rule).
 */

const MSIP:      u32 = 0x0000;
const MTIMECMP:  u32 = 0x4000;
const MTIMECMPH: u32 = 0x4004;
const MTIME:     u32 = 0xbff8;
const MTIMEH:    u32 = 0xbffc;

const MSIP_PENDING: u32 = 1 << 0;

const OUT_MSIP: u32 = 1 << 0;
const OUT_MTIP: u32 = 1 << 1;

@unmanaged export class Clint extends DeviceHead {
  offset: u64;    // MTIME = cycle + offset, modulo 2^64
  compare: u64;
  msip: u32;
  reserved: u32;
}

export function clintReset(b: usize, cause: u32, now: u64): void {
  const c = changetype<Clint>(b);
  c.offset = 0 - now;
  c.compare = 0xffff_ffff_ffff_ffff;
  c.msip = 0;
  c.doorbell = 0;
  c.doorbellValue = 0;
  drive(c, now);
}

export function clintRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return clintPeek(b, offset, now);
}

export function clintWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4) return BUS_ERROR;
  const c = changetype<Clint>(b);
  const time = now + c.offset;
  switch (offset) {
    case MSIP:      c.msip = value & MSIP_PENDING; break;
    case MTIMECMP:  c.compare = withLow(c.compare, value); break;
    case MTIMECMPH: c.compare = withHigh(c.compare, value); break;
    case MTIME:     c.offset = withLow(time, value) - now; break;
    case MTIMEH:    c.offset = withHigh(time, value) - now; break;
    default:        return BUS_ERROR;
  }
  drive(c, now);
  return BUS_OK;
}

export function clintPeek(b: usize, offset: u32, now: u64): u64 {
  const c = changetype<Clint>(b);
  const time = now + c.offset;
  switch (offset) {
    case MSIP:      return <u64>c.msip;
    case MTIMECMP:  return c.compare & 0xffff_ffff;
    case MTIMECMPH: return c.compare >> 32;
    case MTIME:     return time & 0xffff_ffff;
    case MTIMEH:    return time >> 32;
    default:        return READ_ERROR;
  }
}

/** MTIME has reached MTIMECMP, or has wrapped. */
export function clintEvent(b: usize, now: u64): void {
  drive(changetype<Clint>(b), now);
}

/** No wire reaches this unit; the levels are kept so that the head stays true. */
export function clintInput(b: usize, levels: u32, now: u64): void {
  changetype<Clint>(b).inputs = levels;
}

/** MTIME in the cycle `now`: what the hart's `time` CSR reads. */
export function clintTime(b: usize, now: u64): u64 {
  return now + changetype<Clint>(b).offset;
}

function drive(c: Clint, now: u64): void {
  const time = now + c.offset;
  const reached = time >= c.compare;
  c.outputs = (c.msip != 0 ? OUT_MSIP : 0) | (reached ? OUT_MTIP : 0);
  // The next change: the compare value is reached, or the wrap takes MTIME below it again.
  const target: u64 = reached ? 0 : c.compare;
  const due = now + (target - time);
  c.due = (reached && c.compare == 0) || due < now ? NEVER : due;
}

function withLow(old: u64, value: u32): u64 {
  return (old & 0xffff_ffff_0000_0000) | <u64>value;
}

function withHigh(old: u64, value: u32): u64 {
  return (old & 0xffff_ffff) | (<u64>value << 32);
}
