import { BUS_ERROR, BUS_OK, RESET_POWER_ON } from "../kernel/abi";
import { DeviceHead, READ_ERROR } from "../bus/head";
import { NEVER } from "../kernel/clock";

/**
 * Voltage monitor of a block's supply: a warning first, then the block is held in reset.
 *
 *   offset  name      access  reset        meaning
 *   0x00    CTRL      RW      0x0000_0000  Control; bits 31..1 read 0.
 *           [0]       IRQ          STATUS.LOW raises the interrupt.
 *   0x04    STATUS    W1C     0x0000_0000  What has happened; bits 31..2 read 0.
 *           [0]       LOW          The supply was below WARN.
 *           [1]       BROWNOUT     It was below BROWNOUT; survives every reset but power-on.
 *   0x08    LEVEL     RO      0x0000_0ce4  Supply of the block in mV.
 *   0x0c    WARN      RW      0x0000_0bb8  Warning below this, in mV; 16 bits.
 *   0x10    BROWNOUT  RO      0x0000_0a8c  Reset below this, in mV.
 *
 * Nominal 3300 mV, WARN 3000 mV, BROWNOUT 2700 mV (our choice). Output 0 is the interrupt; output 1
 * is 1 while the supply is below BROWNOUT and holds the block in reset until 64 cycles of this
 * unit's clock after it is back. The level is set by a fault site.
 * Aligned 32-bit accesses only. Bus errors: a write to LEVEL or BROWNOUT.
 * Source: specs/dual-block-mcu.md, section 1 ("supply, voltage monitor, reset (our choice)").
 */

const CTRL:     u32 = 0x00;
const STATUS:   u32 = 0x04;
const LEVEL:    u32 = 0x08;
const WARN:     u32 = 0x0c;
const BROWNOUT: u32 = 0x10;

const CTRL_IRQ: u32 = 1 << 0;

const STATUS_LOW:      u32 = 1 << 0;
const STATUS_BROWNOUT: u32 = 1 << 1;

const NOMINAL_MV: u32 = 3300;
const WARN_MV: u32 = 3000;
const BROWNOUT_MV: u32 = 2700;
const RELEASE_CYCLES: u64 = 64;

const OUT_INTERRUPT: u32 = 1 << 0;
const OUT_RESET: u32 = 1 << 1;

@unmanaged export class VoltageMonitor extends DeviceHead {
  ctrl: u32;
  status: u32;
  warn: u32;
  sag: u32;      // mV by which the supply is below nominal, modulo 2^32
  hold: u32;     // 1 while the block is held in reset
  reserved: u32;
}

/** The supply and a reset that is being held stay. */
export function voltageMonitorReset(b: usize, cause: u32, now: u64): void {
  const v = changetype<VoltageMonitor>(b);
  v.ctrl = 0;
  v.status = cause == RESET_POWER_ON ? 0 : v.status & STATUS_BROWNOUT;
  v.warn = WARN_MV;
  if (v.hold == 0) v.due = NEVER;
  v.doorbell = 0;
  v.doorbellValue = 0;
  look(v, now);
}

export function voltageMonitorRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return voltageMonitorPeek(b, offset, now);
}

export function voltageMonitorWrite(
  b: usize,
  offset: u32,
  width: u32,
  value: u32,
  now: u64,
): u32 {
  if (width != 4) return BUS_ERROR;
  const v = changetype<VoltageMonitor>(b);
  switch (offset) {
    case CTRL:   v.ctrl = value & CTRL_IRQ; break;
    case STATUS: v.status &= ~value; break;
    case WARN:   v.warn = value & 0xffff; break;
    default:     return BUS_ERROR;
  }
  look(v, now);
  return BUS_OK;
}

export function voltageMonitorPeek(b: usize, offset: u32, now: u64): u64 {
  const v = changetype<VoltageMonitor>(b);
  switch (offset) {
    case CTRL:     return <u64>v.ctrl;
    case STATUS:   return <u64>v.status;
    case LEVEL:    return <u64>level(v);
    case WARN:     return <u64>v.warn;
    case BROWNOUT: return <u64>BROWNOUT_MV;
    default:       return READ_ERROR;
  }
}

/** The supply has been back for long enough: the block may go. */
export function voltageMonitorEvent(b: usize, now: u64): void {
  const v = changetype<VoltageMonitor>(b);
  v.hold = 0;
  v.due = NEVER;
  look(v, now);
}

/** No wire reaches this unit; the levels are kept so that the head stays true. */
export function voltageMonitorInput(b: usize, levels: u32, now: u64): void {
  changetype<VoltageMonitor>(b).inputs = levels;
}

/** Fault site 0: the supply, value in mV (0..5000). False where there is no such site or value. */
export function voltageMonitorFault(b: usize, site: u32, value: u32, now: u64): bool {
  if (site != 0 || value > 5000) return false;
  const v = changetype<VoltageMonitor>(b);
  v.sag = NOMINAL_MV - value;
  look(v, now);
  return true;
}

function level(v: VoltageMonitor): u32 {
  return NOMINAL_MV - v.sag;
}

function look(v: VoltageMonitor, now: u64): void {
  const supply = level(v);
  if (supply < v.warn) v.status |= STATUS_LOW;
  if (supply < BROWNOUT_MV) {
    v.status |= STATUS_BROWNOUT;
    v.hold = 1;
    v.due = NEVER;
  } else if (v.hold != 0 && v.due == NEVER) {
    v.due = now + RELEASE_CYCLES;
  }
  const asks = (v.ctrl & CTRL_IRQ) != 0 && (v.status & STATUS_LOW) != 0;
  v.outputs = (asks ? OUT_INTERRUPT : 0) | (v.hold != 0 ? OUT_RESET : 0);
}
