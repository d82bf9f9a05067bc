import {
  BUS_ERROR, BUS_OK, DOORBELL_RESET, RESET_POWER_ON, RESET_WATCHDOG,
} from "../kernel/abi";
import { DeviceHead, READ_ERROR, ringValue } from "../bus/head";
import { NEVER } from "../kernel/clock";

/**
 * Watchdog: an interrupt first, then the reset of its node.
 *
 *   offset  name    access  reset        meaning
 *   0x00    CTRL    RW      0x0000_0000  Control; bits 31..3 read 0.
 *           [0]     EN            The counter runs while 1. Setting it starts COUNT at LOAD.
 *           [1]     RESET_ENABLE  The second expiry without a kick resets the node.
 *           [2]     LOCK          CTRL and LOAD are read-only until the next reset.
 *   0x04    LOAD    RW      0xffff_ffff  Period in cycles of the unit's clock; 0 counts as 1.
 *   0x08    COUNT   RO      0xffff_ffff  Cycles left until the next expiry.
 *   0x0c    KICK    WO      -            Starts the period anew.
 *           =0x5afe_c0de  MAGIC   The only value that does; any other is an expiry at once.
 *   0x10    STATUS  W1C     0x0000_0000  What has happened; bits 31..2 read 0.
 *           [0]     EXPIRED       A period ran out, or a wrong value was written to KICK.
 *           [1]     CAUSED_RESET  This unit reset its node; survives every reset but power-on.
 *
 * A period that starts at the cycle c expires at c + LOAD; COUNT then starts at LOAD again. The
 * first expiry sets EXPIRED; a second one without a kick in between sets it again and, with
 * RESET_ENABLE, resets the node (CAUSED_RESET set, cause 2 in the status unit). Only a kick or
 * setting EN forgets the first expiry; clearing EXPIRED does not. The first wrong kick is a first
 * expiry, so that a stray store is not yet a reset (our choice). A kick while EN = 0 does
 * nothing. While EN = 0 COUNT stands still. LOAD takes effect when the next period starts.
 * Output 0 is the interrupt, 1 while EXPIRED is set.
 * Aligned 32-bit accesses only. Bus errors: a write to COUNT, a read of KICK, a write to CTRL or
 * LOAD while LOCK is set, any other offset.
 * Source: specs/dual-block-mcu.md, section 1 names it; the registers are our choice.
 */

const CTRL:   u32 = 0x00;
const LOAD:   u32 = 0x04;
const COUNT:  u32 = 0x08;
const KICK:   u32 = 0x0c;
const STATUS: u32 = 0x10;

const CTRL_EN:           u32 = 1 << 0;
const CTRL_RESET_ENABLE: u32 = 1 << 1;
const CTRL_LOCK:         u32 = 1 << 2;
const CTRL_BITS:         u32 = CTRL_EN | CTRL_RESET_ENABLE | CTRL_LOCK;

const KICK_MAGIC: u32 = 0x5afe_c0de;

const STATUS_EXPIRED:      u32 = 1 << 0;
const STATUS_CAUSED_RESET: u32 = 1 << 1;

const OUT_INTERRUPT: u32 = 1 << 0;

@unmanaged export class Watchdog extends DeviceHead {
  ctrl: u32;
  load: u32;
  stopped: u32;  // COUNT while EN = 0; 0 while it runs, since `due` then tells
  status: u32;
  barked: u32;   // 1 after an expiry that no kick has followed yet
  reserved: u32;
}

/** Every cause sets the reset values, but CAUSED_RESET is lost at power-on only. */
export function watchdogReset(b: usize, cause: u32, now: u64): void {
  const w = changetype<Watchdog>(b);
  w.ctrl = 0;
  w.load = 0xffff_ffff;
  w.stopped = 0xffff_ffff;
  w.status = cause == RESET_POWER_ON ? 0 : w.status & STATUS_CAUSED_RESET;
  w.barked = 0;
  w.due = NEVER;
  w.doorbell = 0;
  w.doorbellValue = 0;
  drive(w);
}

export function watchdogRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return watchdogPeek(b, offset, now);
}

export function watchdogWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4) return BUS_ERROR;
  const w = changetype<Watchdog>(b);
  const locked = (w.ctrl & CTRL_LOCK) != 0;
  switch (offset) {
    case CTRL:
      if (locked) return BUS_ERROR;
      control(w, value & CTRL_BITS, now);
      break;
    case LOAD:
      if (locked) return BUS_ERROR;
      w.load = value;
      break;
    case KICK:
      kick(w, value, now);
      break;
    case STATUS:
      w.status &= ~value;
      break;
    default:
      return BUS_ERROR;
  }
  drive(w);
  return BUS_OK;
}

export function watchdogPeek(b: usize, offset: u32, now: u64): u64 {
  const w = changetype<Watchdog>(b);
  switch (offset) {
    case CTRL:   return <u64>w.ctrl;
    case LOAD:   return <u64>w.load;
    case COUNT:  return <u64>count(w, now);
    case STATUS: return <u64>w.status;
    default:     return READ_ERROR;
  }
}

/** The period has run out. */
export function watchdogEvent(b: usize, now: u64): void {
  const w = changetype<Watchdog>(b);
  if (now < w.due) return;
  expire(w, now);
  drive(w);
}

/** No wire reaches this unit; the levels are kept so that the head stays true. */
export function watchdogInput(b: usize, levels: u32, now: u64): void {
  changetype<Watchdog>(b).inputs = levels;
}

function count(w: Watchdog, now: u64): u32 {
  if ((w.ctrl & CTRL_EN) == 0) return w.stopped;
  return now < w.due ? <u32>(w.due - now) : 0;
}

function control(w: Watchdog, value: u32, now: u64): void {
  const stopped = count(w, now);
  const started = (value & ~w.ctrl & CTRL_EN) != 0;
  w.ctrl = value;
  if ((value & CTRL_EN) == 0) {
    w.stopped = stopped;
    w.due = NEVER;
  } else if (started) {
    w.stopped = 0;
    w.barked = 0;
    startPeriod(w, now);
  }
}

function kick(w: Watchdog, value: u32, now: u64): void {
  if ((w.ctrl & CTRL_EN) == 0) return;
  if (value == KICK_MAGIC) {
    w.barked = 0;
    startPeriod(w, now);
  } else {
    expire(w, now);
  }
}

function expire(w: Watchdog, now: u64): void {
  w.status |= STATUS_EXPIRED;
  if (w.barked != 0 && (w.ctrl & CTRL_RESET_ENABLE) != 0) {
    w.status |= STATUS_CAUSED_RESET;
    ringValue(w, DOORBELL_RESET, RESET_WATCHDOG);
  }
  w.barked = 1;
  startPeriod(w, now);
}

function startPeriod(w: Watchdog, now: u64): void {
  w.due = now + <u64>(w.load != 0 ? w.load : 1);
}

function drive(w: Watchdog): void {
  w.outputs = (w.status & STATUS_EXPIRED) != 0 ? OUT_INTERRUPT : 0;
}
