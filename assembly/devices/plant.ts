import { BUS_ERROR, RESET_POWER_ON, TraceKind } from "../kernel/abi";
import { DeviceHead, READ_ERROR } from "../bus/head";
import { NEVER } from "../kernel/clock";
import { UNIT_PARAM0, UNIT_PARAM4, UNIT_PARAM5 } from "../kernel/layout";
import { trace } from "../kernel/trace";

/**
 * Plant: a motor with two winding sets, an inverter for each, and the shaft. Integers only.
 *
 * Stepped every 10 us of its own clock. The machine layer says how long each switch of an inverter
 * was on since the last step (exact, from the PWM units), the plant moves, and the machine layer
 * hands the sensors' values to the converters.
 *
 * Model: a permanent-magnet motor with two equal three-phase sets, not coupled magnetically, star
 * points apart. For each phase x of a set, with its axis at 0, 120, 240 degrees:
 *   L di/dt = v_x - v_n - R i_x - e_x        v_n: the mean of v_x - e_x, so that the sum of i is 0
 *   e_x = -p w psi sin(p angle - axis)
 *   torque = p psi times the sum of -i_x sin(p angle - axis)
 *   J dw/dt = torque of both sets - b w - load (which opposes the motion)
 * v_x is the supply times the part of the step in which the high switch was on. While both switches
 * of a pair were off (dead time, safe state) the diodes carry the current: the supply if it flows
 * out of the motor, 0 if it flows in. In a set of which no switch was on for a whole step, a phase
 * whose current has come to 0 carries none any more.
 *
 *   parameter                   value     unit in the sums
 *   supply of each inverter     48 V      uV
 *   R and L of a phase          100 mOhm, 100 uH    uOhm, nH
 *   psi, flux of the magnets    20 mWb    uWb
 *   p, pole pairs               4
 *   J, rotor and what it turns  0.5 gm2   nkgm2
 *   b, friction                 10 mNms   uNms
 *   load                        50 mNm    uNm
 *
 * On a test bench (PARAM5, mrad/s; 0: no bench) the shaft turns at that speed whatever the torques
 * are, as a dynamometer makes it: then one set cannot be felt by the other through the shaft.
 *
 * All are our choice: a motor of 1.2 Nm at 10 A a set, the size of a steering assistance.
 * Source: specs/dual-block-mcu.md, section 4; textbook equations of the machine.
 */

export const PLANT_SETS: u32 = 2;
const PHASES: u32 = 3;
const SUPPLY_UV: i64 = 48_000_000;
const R_UOHM: i64 = 100_000;
const L_NH: i64 = 100_000;
const PSI_UWB: i64 = 20_000;
const POLE_PAIRS: i64 = 4;
const J_NKGM2: i64 = 500_000;
const FRICTION_UNMS: i64 = 10_000;
const LOAD_UNM: i64 = 50_000;
const STEP_NS: i64 = 10_000;
/** Part of a turn (of 2^64) in a step at 1 urad/s: 2^64 x 10^-11 / 2 pi. */
const TURN_STEP: i64 = 29358905;
/** 120 degrees, of 2^32. */
const AXIS: u32 = 0x5555_5555;
/** Far beyond any speed of this motor: keeps every product within 64 bits. */
const SPEED_MOST: i64 = 1_000_000_000;
const MICRO: i64 = 1_000_000;

/** sin of 0 to 90 degrees in 64 steps, times 2^15. */
const SINES: usize = memory.data<u16>([
  0, 804, 1608, 2411, 3212, 4011, 4808, 5602, 6393, 7180, 7962, 8740,
  9512, 10279, 11039, 11793, 12540, 13279, 14010, 14733, 15447, 16151, 16846, 17531,
  18205, 18868, 19520, 20160, 20788, 21403, 22006, 22595, 23170, 23732, 24279, 24812,
  25330, 25833, 26320, 26791, 27246, 27684, 28106, 28511, 28899, 29269, 29622, 29957,
  30274, 30572, 30853, 31114, 31357, 31581, 31786, 31972, 32138, 32286, 32413, 32522,
  32610, 32679, 32729, 32758, 32768,
]);
const SINE_BITS: i64 = 15;

/** Converter channels, as in adc.ts: currents are 0..2. */
export const PLANT_CHANNELS: u32 = 6;
const CHANNEL_LINK: u32 = 3;
const CHANNEL_ANGLE: u32 = 4;

/** Site of the load's fault; 0 and 1 are the supplies of the sets. */
const SITE_LOAD: u32 = 2;
const SUPPLY_MOST_MV: u32 = 60_000;
const LOAD_MOST_UNM: u32 = 5_000_000;

@unmanaged export class Plant extends DeviceHead {
  angle: u64;       // of the shaft; 2^64 is a turn
  speed: i64;       // urad/s
  load: i64;        // uNm
  period: u32;      // cycles of a step
  bench: u32;       // mrad/s at which a test bench turns the shaft; 0: it is free
}

@unmanaged export class PlantSet {
  current0: i64;    // uA, positive into the motor
  current1: i64;
  current2: i64;
  volts0: i64;      // uV, mean over the step
  volts1: i64;
  volts2: i64;
  supply: i64;      // uV
  torque: i64;      // uNm
  open: u32;        // 1: no switch was on in the step
  reserved: u32;
}

/** Offset of set 0 in the block. */
const SETS_AT: usize = 64;
const SET_BYTES: usize = 72;
export const PLANT_BYTES: usize = SETS_AT + SET_BYTES * PLANT_SETS;

// @ts-ignore: decorator
@inline
function setOf(b: usize, set: u32): PlantSet {
  return changetype<PlantSet>(b + SETS_AT + <usize>set * SET_BYTES);
}

/** `parameters`: address of PARAM0 of the unit row; PARAM4 cycles of a step, PARAM5 the bench. */
export function plantReset(b: usize, cause: u32, now: u64, parameters: usize): void {
  if (cause != RESET_POWER_ON) return;
  const p = changetype<Plant>(b);
  p.angle = 0;
  p.bench = load<u32>(parameters - UNIT_PARAM0 + UNIT_PARAM5);
  p.speed = <i64>p.bench * 1000;
  p.load = LOAD_UNM;
  p.period = load<u32>(parameters - UNIT_PARAM0 + UNIT_PARAM4);
  p.due = p.period != 0 ? now + p.period : NEVER;
  memory.fill(b + SETS_AT, 0, SET_BYTES * PLANT_SETS);
  for (let set: u32 = 0; set < PLANT_SETS; set++) setOf(b, set).supply = SUPPLY_UV;
}

/** The plant has no registers. */
export function plantRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  return READ_ERROR;
}

export function plantWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  return BUS_ERROR;
}

export function plantPeek(b: usize, offset: u32, now: u64): u64 {
  return READ_ERROR;
}

/**
 * The switches of a phase were on for `high` and `low` of the `window` cycles of the step; a window
 * of 0 is a clock that stands: its outputs are off (our choice: the gates need it).
 */
export function plantPhase(
  b: usize,
  set: u32,
  phase: u32,
  high: u32,
  low: u32,
  window: u32,
): void {
  const s = setOf(b, set);
  const at = changetype<usize>(s) + (<usize>phase << 3);
  const span = window != 0 ? <i64>window : 1;
  const on = min<i64>(high, span);
  let part = on;
  if (load<i64>(at) < 0) part += max<i64>(span - on - <i64>low, 0);
  store<i64>(at, (s.supply * part) / span, offsetof<PlantSet>("volts0"));
  if (phase == 0) s.open = 1;
  if ((high | low) != 0) s.open = 0;
}

/** A step of 10 us: currents, torques, speed, angle. */
export function plantEvent(b: usize, now: u64): void {
  const p = changetype<Plant>(b);
  const angle = electrical(p);
  let torque: i64 = 0;
  for (let set: u32 = 0; set < PLANT_SETS; set++) {
    const s = setOf(b, set);
    moveCurrents(s, angle, p.speed);
    s.torque = torqueOf(s, angle);
    torque += s.torque;
  }
  moveShaft(p, torque);
  p.due = now + p.period;
  const one = setOf(b, 0);
  const other = setOf(b, 1);
  const currents = peak(one) | (peak(other) << 16);
  trace(TraceKind.PLANT, <u32>one.torque, <u32>other.torque, <u32>(p.speed / 1000), currents);
}

/** No wire reaches this unit; the levels are kept so that the head stays true. */
export function plantInput(b: usize, levels: u32, now: u64): void {
  changetype<Plant>(b).inputs = levels;
}

/** What the sensor behind converter channel `channel` of a set shows: scales of adc.ts. */
export function plantSensor(b: usize, set: u32, channel: u32): u32 {
  const p = changetype<Plant>(b);
  const s = setOf(b, set);
  if (channel < PHASES) {
    const current = load<i64>(changetype<usize>(s) + (<usize>channel << 3));
    return clamp(2048 + rounded(current, 10_000), 4095);
  }
  if (channel == CHANNEL_LINK) return clamp(rounded(s.supply, 25_000), 4095);
  if (channel == CHANNEL_ANGLE) return <u32>(p.angle >> 48);
  return clamp(32768 + rounded(setOf(b, 0).torque + setOf(b, 1).torque, 1000), 65535);
}

/**
 * Fault sites: 0 and 1 the supply of a set in mV (0..60000), 2 the load in uNm (0..5000000).
 * False where there is no such site or value.
 */
export function plantFault(b: usize, site: u32, value: u32, now: u64): bool {
  if (site < PLANT_SETS && value <= SUPPLY_MOST_MV) {
    setOf(b, site).supply = <i64>value * 1000;
    return true;
  }
  if (site != SITE_LOAD || value > LOAD_MOST_UNM) return false;
  changetype<Plant>(b).load = value;
  return true;
}

// ---- inside -------------------------------------------------------------------------------------

function rounded(value: i64, unit: i64): i64 {
  return (value >= 0 ? value + (unit >> 1) : value - (unit >> 1)) / unit;
}

function clamp(value: i64, most: i64): u32 {
  return <u32>(value < 0 ? 0 : value > most ? most : value);
}

/** Electrical angle as a part of 2^32. */
function electrical(p: Plant): u32 {
  return <u32>((p.angle * POLE_PAIRS) >> 32);
}

/** sin of a part of 2^32 of a turn, times 2^15: the table, and straight lines between. */
function sine(phase: u32): i64 {
  const quarter = phase >> 30;
  let x = phase & 0x3fff_ffff;
  if (quarter & 1) x = 0x4000_0000 - x;
  const at = SINES + (<usize>(x >> 24) << 1);
  const low = <i64>load<u16>(at);
  let value = low;
  if (x < 0x4000_0000) value += ((<i64>load<u16>(at, 2) - low) * <i64>(x & 0xff_ffff)) >> 24;
  return quarter & 2 ? -value : value;
}

/** Voltage in uV that the turning rotor induces in a phase. */
function induced(angle: u32, phase: u32, speed: i64): i64 {
  const most = (speed * POLE_PAIRS * PSI_UWB) / MICRO;
  return -((most * sine(angle - phase * AXIS)) >> SINE_BITS);
}

// @ts-ignore: decorator
@inline
function current(s: PlantSet, phase: u32): i64 {
  return load<i64>(changetype<usize>(s) + (<usize>phase << 3));
}

// @ts-ignore: decorator
@inline
function setCurrent(s: PlantSet, phase: u32, value: i64): void {
  store<i64>(changetype<usize>(s) + (<usize>phase << 3), value);
}

// @ts-ignore: decorator
@inline
function volts(s: PlantSet, phase: u32): i64 {
  return load<i64>(changetype<usize>(s) + (<usize>phase << 3), offsetof<PlantSet>("volts0"));
}

/** Whether a phase carries current in this step. */
function conducts(s: PlantSet, phase: u32): bool {
  return s.open == 0 || current(s, phase) != 0;
}

function moveCurrents(s: PlantSet, angle: u32, speed: i64): void {
  let star: i64 = 0;
  let phases: i64 = 0;
  for (let phase: u32 = 0; phase < PHASES; phase++) {
    if (!conducts(s, phase)) continue;
    star += volts(s, phase) - induced(angle, phase, speed);
    phases += 1;
  }
  if (phases < 2) return stopCurrents(s);
  star /= phases;
  for (let phase: u32 = 0; phase < PHASES; phase++) {
    if (!conducts(s, phase)) continue;
    const before = current(s, phase);
    const drop = (before * R_UOHM) / MICRO;
    const across = volts(s, phase) - star - drop - induced(angle, phase, speed);
    const after = before + (across * STEP_NS) / L_NH;
    // A diode does not let the current turn round.
    const blocked = s.open != 0 && (before > 0) != (after > 0);
    setCurrent(s, phase, blocked ? 0 : after);
  }
  balance(s);
}

function stopCurrents(s: PlantSet): void {
  for (let phase: u32 = 0; phase < PHASES; phase++) setCurrent(s, phase, 0);
}

/** What rounding and blocked diodes leave over goes to the phase that carries most. */
function balance(s: PlantSet): void {
  let rest: i64 = 0;
  let most: u32 = 0;
  let carrying: u32 = 0;
  for (let phase: u32 = 0; phase < PHASES; phase++) {
    const value = current(s, phase);
    rest += value;
    if (value != 0) carrying += 1;
    if (abs<i64>(value) > abs<i64>(current(s, most))) most = phase;
  }
  if (s.open != 0 && carrying < 2) stopCurrents(s);
  else setCurrent(s, most, current(s, most) - rest);
}

/** uNm of one set. */
function torqueOf(s: PlantSet, angle: u32): i64 {
  let sum: i64 = 0;
  for (let phase: u32 = 0; phase < PHASES; phase++) {
    sum -= (current(s, phase) * sine(angle - phase * AXIS)) >> SINE_BITS;
  }
  return (sum * PSI_UWB * POLE_PAIRS) / MICRO;
}

function moveShaft(p: Plant, torque: i64): void {
  const driven = torque - (p.speed * FRICTION_UNMS) / MICRO;
  let speed = p.speed + (driven * STEP_NS) / J_NKGM2;
  const slowed = (p.load * STEP_NS) / J_NKGM2;
  if (speed > slowed) speed -= slowed;
  else if (speed < -slowed) speed += slowed;
  else speed = 0;
  if (p.bench) speed = <i64>p.bench * 1000;
  p.speed = max<i64>(min<i64>(speed, SPEED_MOST), -SPEED_MOST);
  p.angle += <u64>(p.speed * TURN_STEP);
}

/** Greatest current of a set in units of 10 mA, at most 65535. */
function peak(s: PlantSet): u32 {
  let most: i64 = 0;
  for (let phase: u32 = 0; phase < PHASES; phase++) {
    most = max<i64>(most, abs<i64>(current(s, phase)));
  }
  return clamp(most / 10_000, 65535);
}
