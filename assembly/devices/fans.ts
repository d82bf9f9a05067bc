import { BUS_ERROR, BUS_OK } from "../kernel/abi";
import { DeviceHead, READ_ERROR } from "../bus/head";
import { NEVER } from "../kernel/clock";
import { HEAD_BYTES } from "../kernel/layout";

/**
 * Four fans: PWM out, tachometer in.
 *
 *   offset  name    access  reset        meaning
 *   0x00    CTRL    RW      0x0000_0000  Control; bits 31..1 read 0.
 *           [0]    IRQ     The interrupt is on while STATUS is not 0.
 *   0x04    STATUS  W1C     0x0000_0000  Fans that stopped although they are driven.
 *           [3:0]  STALL   Bit i is fan i; set once when it stops.
 *   0x10    PWM0    RW      0x0000_00ff  Drive of fan 0.
 *           [7:0]  DUTY    255 is full speed.
 *   0x14    PWM1    RW      0x0000_00ff  Drive of fan 1.
 *           [7:0]  DUTY    255 is full speed.
 *   0x18    PWM2    RW      0x0000_00ff  Drive of fan 2.
 *           [7:0]  DUTY    255 is full speed.
 *   0x1c    PWM3    RW      0x0000_00ff  Drive of fan 3.
 *           [7:0]  DUTY    255 is full speed.
 *   0x20    TACH0   RO      0x000f_ffff  Fan 0.
 *           [19:0] PERIOD  Microseconds of a revolution; 0xf_ffff: it stands.
 *   0x24    TACH1   RO      0x000f_ffff  Fan 1.
 *           [19:0] PERIOD  Microseconds of a revolution; 0xf_ffff: it stands.
 *   0x28    TACH2   RO      0x000f_ffff  Fan 2.
 *           [19:0] PERIOD  Microseconds of a revolution; 0xf_ffff: it stands.
 *   0x2c    TACH3   RO      0x000f_ffff  Fan 3.
 *           [19:0] PERIOD  Microseconds of a revolution; 0xf_ffff: it stands.
 *
 * Revolutions per minute are 60_000_000 / PERIOD: 12000 at full speed, in proportion to DUTY; below
 * a DUTY of 20 a fan does not turn. Speed follows its drive with a time constant of 0.8 s, in steps
 * of 50 ms. The unit's clock is 1 MHz. It belongs to no node: no reset reaches it.
 * Inputs: 0 the fans have power (P12V), without it they run down; 1 failsafe: full drive whatever
 * DUTY says, for a BMC that hangs. Outputs: 0 interrupt, 1..4 airflow from 0 to 15, the mean of the
 * four speeds (output 1 is worth 1).
 * Aligned 32-bit accesses only; what the table does not allow is a bus error.
 * Fault site i = 0..3: fan i is blocked (1) or free (0).
 * Source: our choice; speeds as of common 40 mm and 60 mm server fans.
 */

const CTRL:   u32 = 0x00;
const STATUS: u32 = 0x04;
const PWM0:   u32 = 0x10;
const TACH0:  u32 = 0x20;

const CTRL_IRQ:     u32 = 1 << 0;
const STATUS_STALL: u32 = 0xf;

const FANS: u32 = 4;
const DUTY_MAX: u32 = 255;
/** Below it a fan does not turn. */
const DUTY_LEAST: u32 = 20;
/** Speeds are duties times 256: full speed. */
const SPEED_MAX: u32 = DUTY_MAX << 8;
/** Steps of 50 ms; a fan makes 1/16 of what it lacks in each: 0.8 s. */
const STEP_CYCLES: u64 = 50_000;
const STEP_SHIFT: u32 = 4;
/** Microseconds of a revolution at full speed, 12000 a minute. */
const PERIOD_LEAST: u32 = 5000;
const PERIOD_STANDS: u32 = 0xf_ffff;
const AIRFLOW_MAX: u32 = 15;

const IN_POWER: u32 = 1 << 0;
const IN_FAILSAFE: u32 = 1 << 1;
const OUT_INTERRUPT: u32 = 1 << 0;
const OUT_AIRFLOW_SHIFT: u32 = 1;

@unmanaged export class Fans extends DeviceHead {
  ctrl: u32;
  status: u32;
  blocked: u32;  // fault sites, bit i = fan i
  reserved: u32;
  duty0: u32;    // four of them
  duty1: u32;
  duty2: u32;
  duty3: u32;
  speed0: u32;   // four of them
  speed1: u32;
  speed2: u32;
  speed3: u32;
}

// @ts-ignore: decorator
@inline
function dutyAt(b: usize, fan: u32): usize {
  return b + offsetof<Fans>("duty0") + (<usize>fan << 2);
}

// @ts-ignore: decorator
@inline
function speedAt(b: usize, fan: u32): usize {
  return b + offsetof<Fans>("speed0") + (<usize>fan << 2);
}

/** The fans stand; once they have power they go to full drive until firmware says otherwise. */
export function fansReset(b: usize, cause: u32, now: u64): void {
  memory.fill(b + HEAD_BYTES, 0, offsetof<Fans>() - HEAD_BYTES);
  for (let fan: u32 = 0; fan < FANS; fan++) store<u32>(dutyAt(b, fan), DUTY_MAX);
  drive(changetype<Fans>(b), now);
}

export function fansRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return fansPeek(b, offset, now);
}

export function fansWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4 || (offset & 3) != 0) return BUS_ERROR;
  const f = changetype<Fans>(b);
  if (offset == CTRL) f.ctrl = value & CTRL_IRQ;
  else if (offset == STATUS) f.status &= ~value;
  else if (offset >= PWM0 && offset < PWM0 + 4 * FANS) {
    store<u32>(dutyAt(b, (offset - PWM0) >> 2), value & DUTY_MAX);
  } else return BUS_ERROR;
  drive(f, now);
  return BUS_OK;
}

export function fansPeek(b: usize, offset: u32, now: u64): u64 {
  const f = changetype<Fans>(b);
  if ((offset & 3) != 0) return READ_ERROR;
  if (offset == CTRL) return <u64>f.ctrl;
  if (offset == STATUS) return <u64>f.status;
  if (offset >= PWM0 && offset < PWM0 + 4 * FANS) {
    return <u64>load<u32>(dutyAt(b, (offset - PWM0) >> 2));
  }
  if (offset >= TACH0 && offset < TACH0 + 4 * FANS) {
    return <u64>period(load<u32>(speedAt(b, (offset - TACH0) >> 2)));
  }
  return READ_ERROR;
}

/** A step of 50 ms, while a fan has not yet the speed of its drive. */
export function fansEvent(b: usize, now: u64): void {
  const f = changetype<Fans>(b);
  if (now < f.due) return;
  for (let fan: u32 = 0; fan < FANS; fan++) step(f, fan);
  drive(f, now);
}

export function fansInput(b: usize, levels: u32, now: u64): void {
  const f = changetype<Fans>(b);
  f.inputs = levels;
  drive(f, now);
}

/** Fault sites: fan `site` is blocked (1) or free (0). False if there is no such site or value. */
export function fansFault(b: usize, site: u32, value: u32, now: u64): bool {
  if (site >= FANS || value > 1) return false;
  const f = changetype<Fans>(b);
  f.blocked = (f.blocked & ~(1 << site)) | (value << site);
  drive(f, now);
  return true;
}

/** The duty that a fan gets; 0 without power, or where a good one would not turn. */
function driven(f: Fans, fan: u32): u32 {
  if ((f.inputs & IN_POWER) == 0) return 0;
  if ((f.inputs & IN_FAILSAFE) != 0) return DUTY_MAX;
  const duty = load<u32>(dutyAt(changetype<usize>(f), fan));
  return duty < DUTY_LEAST ? 0 : duty;
}

function target(f: Fans, fan: u32): u32 {
  return ((f.blocked >> fan) & 1) != 0 ? 0 : driven(f, fan) << 8;
}

function step(f: Fans, fan: u32): void {
  const at = speedAt(changetype<usize>(f), fan);
  const before = <i32>load<u32>(at);
  const lacking = <i32>target(f, fan) - before;
  if (lacking == 0) return;
  const near = lacking > -(1 << STEP_SHIFT) && lacking < 1 << STEP_SHIFT;
  const speed = near ? before + lacking : before + (lacking >> STEP_SHIFT);
  store<u32>(at, <u32>speed);
  if (speed == 0 && driven(f, fan) != 0) f.status |= 1 << fan;
}

/** Microseconds of a revolution. */
function period(speed: u32): u32 {
  if (speed == 0) return PERIOD_STANDS;
  const period_us = (PERIOD_LEAST * SPEED_MAX) / speed;
  return period_us < PERIOD_STANDS ? period_us : PERIOD_STANDS;
}

/** Outputs, and the next step if a fan is not where its drive wants it. */
function drive(f: Fans, now: u64): void {
  const b = changetype<usize>(f);
  let sum: u32 = 0;
  let moving = false;
  for (let fan: u32 = 0; fan < FANS; fan++) {
    const speed = load<u32>(speedAt(b, fan));
    sum += speed;
    if (speed != target(f, fan)) moving = true;
  }
  f.due = moving ? (now / STEP_CYCLES + 1) * STEP_CYCLES : NEVER;
  const full = FANS * SPEED_MAX;
  const airflow = (sum * AIRFLOW_MAX + full / 2) / full;
  const interrupt = (f.status & STATUS_STALL) != 0 && (f.ctrl & CTRL_IRQ) != 0;
  f.outputs = (interrupt ? OUT_INTERRUPT : 0) | (airflow << OUT_AIRFLOW_SHIFT);
}
