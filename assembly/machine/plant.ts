/**
 * The wiring between plants, inverters and converters: what the switches of each winding set did,
 * to the plant; what its sensors show, to the converters. PARAM0 and PARAM1 of a plant are the PWM
 * units of its sets, PARAM2 and PARAM3 their converters, NONE where a set has none.
 */
import { adcSense } from "../devices/adc";
import { PLANT_CHANNELS, PLANT_SETS, plantPhase, plantSensor } from "../devices/plant";
import { pwmOnTime, pwmTaken, pwmWindow } from "../devices/pwm";
import { cycleAt } from "../kernel/clock";
import { DOM_STOPPED, NONE, UNIT_PARAM0, UNIT_PARAM2 } from "../kernel/layout";
import { block, domainOf, field } from "./units";

/** Before a step at `time`: on-times of the switches since the last one. */
export function plantTake(plant: u32, time: u64): void {
  const b = block(plant);
  for (let set: u32 = 0; set < PLANT_SETS; set++) {
    const unit = field(plant, UNIT_PARAM0 + (set << 2));
    if (unit == NONE) {
      for (let phase: u32 = 0; phase < 3; phase++) plantPhase(b, set, phase, 0, 0, 1);
      continue;
    }
    const pwm = block(unit);
    const now = cycleAt(domainOf(unit), time);
    const window = pwmWindow(pwm, now);
    const stands = window == 0 || load<u32>(domainOf(unit), DOM_STOPPED) != 0;
    for (let phase: u32 = 0; phase < 3; phase++) {
      const high = stands ? 0 : pwmOnTime(pwm, phase << 1, now);
      const low = stands ? 0 : pwmOnTime(pwm, (phase << 1) + 1, now);
      plantPhase(b, set, phase, high, low, window);
    }
  }
  // Taken only now: two sets may hang on one PWM unit.
  for (let set: u32 = 0; set < PLANT_SETS; set++) {
    const unit = field(plant, UNIT_PARAM0 + (set << 2));
    if (unit != NONE) pwmTaken(block(unit), cycleAt(domainOf(unit), time));
  }
}

/** After a step: the sensors. */
export function plantGive(plant: u32): void {
  for (let set: u32 = 0; set < PLANT_SETS; set++) {
    const unit = field(plant, UNIT_PARAM2 + (set << 2));
    if (unit == NONE) continue;
    for (let channel: u32 = 0; channel < PLANT_CHANNELS; channel++) {
      adcSense(block(unit), channel, plantSensor(block(plant), set, channel));
    }
  }
}
