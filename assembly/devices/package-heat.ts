import { PackageState } from "./package-state";

/**
 * Heat and energy of the processor package, in integers and steps of 10 ms.
 *
 * Power is 15 W when idle and 0.65 W more for each percent of LOAD; while the limit is reached only
 * half of that. The temperature goes to 24 C plus power times a thermal resistance, which is
 * 1.2 C/W without airflow and 0.06 C/W less for each of its 15 steps; it makes 1/256 of what it
 * lacks in a step, so its time constant is 2.56 s. Source: our choice; the order of size is that of
 * a server processor under a tower cooler.
 */

/** 10 ms of the unit's 24 MHz clock. */
const STEP_CYCLES: u64 = 240_000;
const STEP_SHIFT: i32 = 8;

/** Temperatures are in 2^-16 C. */
const AMBIENT: i32 = 24 << 16;
export const LIMIT_CELSIUS: u32 = 100;
const LIMIT: i32 = 100 << 16;
/** Throttling ends this much below the limit. */
const RELIEF: i32 = 2 << 16;

const IDLE_MILLIWATTS: u32 = 15_000;
const MILLIWATTS_A_PERCENT: u32 = 650;
const RESISTANCE: u32 = 1200; // milli-C a W
const RESISTANCE_A_STEP: u32 = 60;

/** A step of 10 ms at 1 mW is 2^-16 J times this over that. */
const ENERGY_NUMERATOR: u64 = 2048;
const ENERGY_DENOMINATOR: u64 = 3125;

/** Starts at ambient temperature, at cycle `now`. */
export function heatReset(p: PackageState, now: u64): void {
  p.steps = now / STEP_CYCLES;
  p.temperature = AMBIENT;
}

/** Brings temperature and energy to `now`, with load, power and airflow as they were until then. */
export function heatSettle(p: PackageState, powered: bool, airflow: u32, now: u64): void {
  const steps = now / STEP_CYCLES;
  let count = steps - p.steps;
  p.steps = steps;
  for (; count > 0; count--) {
    const power_mw = powered ? power(p) : 0;
    const target = AMBIENT + rise(power_mw, airflow);
    if (p.temperature == target) {
      p.energy += count * power_mw * ENERGY_NUMERATOR;
      return;
    }
    p.energy += <u64>power_mw * ENERGY_NUMERATOR;
    p.temperature = approach(p.temperature, target);
    if (p.temperature >= LIMIT) p.hot = 1;
    else if (p.temperature < LIMIT - RELIEF) p.hot = 0;
  }
}

/** Energy used since power-on, in 2^-16 J, modulo 2^32. */
export function heatEnergy(p: PackageState): u32 {
  return <u32>(p.energy / ENERGY_DENOMINATOR);
}

/** As GetTemp gives it: signed, 1/64 C below the limit. */
export function heatMargin(p: PackageState): i32 {
  return (p.temperature - LIMIT) >> 10;
}

/** Fault site: sets the temperature, as `heatMargin`. */
export function heatSet(p: PackageState, margin: i32): void {
  p.temperature = LIMIT + (margin << 10);
  p.hot = p.temperature >= LIMIT ? 1 : 0;
}

function power(p: PackageState): u32 {
  const load = p.hot ? p.load >> 1 : p.load;
  return IDLE_MILLIWATTS + load * MILLIWATTS_A_PERCENT;
}

/** 2^-16 C above ambient: at most 80 W times 1.2 C/W, so the product fits 64 bits easily. */
function rise(power_mw: u32, airflow: u32): i32 {
  const resistance = RESISTANCE - RESISTANCE_A_STEP * airflow;
  return <i32>((<u64>power_mw * resistance * 65_536) / 1_000_000);
}

function approach(value: i32, target: i32): i32 {
  const lacking = target - value;
  if (lacking > -(1 << STEP_SHIFT) && lacking < 1 << STEP_SHIFT) return target;
  return value + (lacking >> STEP_SHIFT);
}
