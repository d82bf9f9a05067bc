/** Devices by kind: one dense switch for each of the calls that every device answers. */
import { READ_ERROR } from "../bus/head";
import {
  adcEvent,
  adcFault,
  adcInput,
  adcPeek,
  adcRead,
  adcReset,
  adcWrite,
} from "../devices/adc";
import {
  clintEvent,
  clintInput,
  clintPeek,
  clintRead,
  clintReset,
  clintWrite,
} from "../devices/clint";
import {
  clockMonitorEvent,
  clockMonitorInput,
  clockMonitorPeek,
  clockMonitorRead,
  clockMonitorReset,
  clockMonitorWrite,
} from "../devices/clock-monitor";
import {
  clockSwitchEvent,
  clockSwitchInput,
  clockSwitchPeek,
  clockSwitchRead,
  clockSwitchReset,
  clockSwitchWrite,
} from "../devices/clock-switch";
import {
  gpioEvent,
  gpioFault,
  gpioInput,
  gpioPeek,
  gpioRead,
  gpioReset,
  gpioWrite,
} from "../devices/gpio";
import {
  interruptsEvent,
  interruptsInput,
  interruptsPeek,
  interruptsRead,
  interruptsReset,
  interruptsWrite,
} from "../devices/interrupts";
import {
  lockstepEvent,
  lockstepInput,
  lockstepPeek,
  lockstepRead,
  lockstepReset,
  lockstepWrite,
} from "../devices/lockstep";
import {
  plantEvent,
  plantFault,
  plantInput,
  plantPeek,
  plantRead,
  plantReset,
  plantWrite,
} from "../devices/plant";
import {
  pwmEvent,
  pwmFault,
  pwmInput,
  pwmPeek,
  pwmRead,
  pwmReset,
  pwmWrite,
} from "../devices/pwm";
import {
  statusEvent,
  statusInput,
  statusPeek,
  statusRead,
  statusReset,
  statusWrite,
} from "../devices/status";
import { uartEvent, uartInput, uartPeek, uartRead, uartReset, uartWrite } from "../devices/uart";
import {
  voltageMonitorEvent,
  voltageMonitorFault,
  voltageMonitorInput,
  voltageMonitorPeek,
  voltageMonitorRead,
  voltageMonitorReset,
  voltageMonitorWrite,
} from "../devices/voltage-monitor";
import {
  watchdogEvent,
  watchdogInput,
  watchdogPeek,
  watchdogRead,
  watchdogReset,
  watchdogWrite,
} from "../devices/watchdog";
import {
  fansEvent,
  fansFault,
  fansInput,
  fansPeek,
  fansRead,
  fansReset,
  fansWrite,
} from "../devices/fans";
import {
  kcsEvent,
  kcsFault,
  kcsInput,
  kcsPeek,
  kcsRead,
  kcsReset,
  kcsWrite,
} from "../devices/kcs";
import {
  nvmEvent,
  nvmFault,
  nvmInput,
  nvmPeek,
  nvmRead,
  nvmReset,
  nvmWrite,
} from "../devices/nvm";
import {
  packageEvent,
  packageFault,
  packageInput,
  packagePeek,
  packageRead,
  packageReset,
  packageWrite,
} from "../devices/package";
import {
  peciEvent,
  peciFault,
  peciInput,
  peciPeek,
  peciRead,
  peciReset,
  peciWrite,
} from "../devices/peci";
import {
  powerEvent,
  powerFault,
  powerInput,
  powerPeek,
  powerRead,
  powerReset,
  powerWrite,
} from "../devices/power";
import {
  sensorsEvent,
  sensorsFault,
  sensorsInput,
  sensorsPeek,
  sensorsRead,
  sensorsReset,
  sensorsWrite,
} from "../devices/sensors";
import { BUS_ERROR, UnitKind } from "../kernel/abi";
import { H_SEED, STATE_BASE, UNIT_PARAM0 } from "../kernel/layout";
import { random } from "../kernel/prng";
import { fabricReset } from "../tile/fabric";
import { row } from "./units";

/** Key of a unit's own random numbers (kernel/prng.ts). */
function randomKey(unit: u32): u64 {
  return random(load<u64>(STATE_BASE, H_SEED), unit, 0);
}

export function deviceReset(kind: u32, unit: u32, b: usize, cause: u32, now: u64): void {
  switch (kind) {
    case UnitKind.UART: return uartReset(b, cause, now);
    case UnitKind.CLINT: return clintReset(b, cause, now);
    case UnitKind.INTERRUPTS: return interruptsReset(b, cause, now);
    case UnitKind.GPIO: return gpioReset(b, cause, now);
    case UnitKind.WATCHDOG: return watchdogReset(b, cause, now);
    case UnitKind.FABRIC: return fabricReset(b);
    case UnitKind.STATUS: return statusReset(b, cause, now, row(unit) + UNIT_PARAM0);
    case UnitKind.PWM: return pwmReset(b, cause, now);
    case UnitKind.ADC: return adcReset(b, cause, now);
    case UnitKind.PLANT: return plantReset(b, cause, now, row(unit) + UNIT_PARAM0);
    case UnitKind.CLOCK_MONITOR: return clockMonitorReset(b, cause, now, row(unit) + UNIT_PARAM0);
    case UnitKind.CLOCK_SWITCH: return clockSwitchReset(b, cause, now, row(unit) + UNIT_PARAM0);
    case UnitKind.LOCKSTEP: return lockstepReset(b, cause, now, row(unit) + UNIT_PARAM0);
    case UnitKind.VOLTAGE_MONITOR: return voltageMonitorReset(b, cause, now);
    case UnitKind.FANS: return fansReset(b, cause, now);
    case UnitKind.KCS: return kcsReset(b, cause, now);
    case UnitKind.NVM: return nvmReset(b, cause, now);
    case UnitKind.PACKAGE: return packageReset(b, cause, now);
    case UnitKind.PECI: return peciReset(b, cause, now, randomKey(unit));
    case UnitKind.POWER: return powerReset(b, cause, now);
    case UnitKind.SENSORS: return sensorsReset(b, cause, now);
    default: return;
  }
}

export function deviceRead(kind: u32, b: usize, offset: u32, width: u32, now: u64): u64 {
  switch (kind) {
    case UnitKind.UART: return uartRead(b, offset, width, now);
    case UnitKind.CLINT: return clintRead(b, offset, width, now);
    case UnitKind.INTERRUPTS: return interruptsRead(b, offset, width, now);
    case UnitKind.GPIO: return gpioRead(b, offset, width, now);
    case UnitKind.WATCHDOG: return watchdogRead(b, offset, width, now);
    case UnitKind.STATUS: return statusRead(b, offset, width, now);
    case UnitKind.PWM: return pwmRead(b, offset, width, now);
    case UnitKind.ADC: return adcRead(b, offset, width, now);
    case UnitKind.PLANT: return plantRead(b, offset, width, now);
    case UnitKind.CLOCK_MONITOR: return clockMonitorRead(b, offset, width, now);
    case UnitKind.CLOCK_SWITCH: return clockSwitchRead(b, offset, width, now);
    case UnitKind.LOCKSTEP: return lockstepRead(b, offset, width, now);
    case UnitKind.VOLTAGE_MONITOR: return voltageMonitorRead(b, offset, width, now);
    case UnitKind.FANS: return fansRead(b, offset, width, now);
    case UnitKind.KCS: return kcsRead(b, offset, width, now);
    case UnitKind.NVM: return nvmRead(b, offset, width, now);
    case UnitKind.PACKAGE: return packageRead(b, offset, width, now);
    case UnitKind.PECI: return peciRead(b, offset, width, now);
    case UnitKind.POWER: return powerRead(b, offset, width, now);
    case UnitKind.SENSORS: return sensorsRead(b, offset, width, now);
    default: return READ_ERROR;
  }
}

export function deviceWrite(
  kind: u32,
  b: usize,
  offset: u32,
  width: u32,
  value: u32,
  now: u64,
): u32 {
  switch (kind) {
    case UnitKind.UART: return uartWrite(b, offset, width, value, now);
    case UnitKind.CLINT: return clintWrite(b, offset, width, value, now);
    case UnitKind.INTERRUPTS: return interruptsWrite(b, offset, width, value, now);
    case UnitKind.GPIO: return gpioWrite(b, offset, width, value, now);
    case UnitKind.WATCHDOG: return watchdogWrite(b, offset, width, value, now);
    case UnitKind.STATUS: return statusWrite(b, offset, width, value, now);
    case UnitKind.PWM: return pwmWrite(b, offset, width, value, now);
    case UnitKind.ADC: return adcWrite(b, offset, width, value, now);
    case UnitKind.PLANT: return plantWrite(b, offset, width, value, now);
    case UnitKind.CLOCK_MONITOR: return clockMonitorWrite(b, offset, width, value, now);
    case UnitKind.CLOCK_SWITCH: return clockSwitchWrite(b, offset, width, value, now);
    case UnitKind.LOCKSTEP: return lockstepWrite(b, offset, width, value, now);
    case UnitKind.VOLTAGE_MONITOR:
      return voltageMonitorWrite(b, offset, width, value, now);
    case UnitKind.FANS: return fansWrite(b, offset, width, value, now);
    case UnitKind.KCS: return kcsWrite(b, offset, width, value, now);
    case UnitKind.NVM: return nvmWrite(b, offset, width, value, now);
    case UnitKind.PACKAGE: return packageWrite(b, offset, width, value, now);
    case UnitKind.PECI: return peciWrite(b, offset, width, value, now);
    case UnitKind.POWER: return powerWrite(b, offset, width, value, now);
    case UnitKind.SENSORS: return sensorsWrite(b, offset, width, value, now);
    default: return BUS_ERROR;
  }
}

/** What a debugger sees; never changes anything. Bit 32 set: nothing there. */
export function devicePeek(kind: u32, b: usize, offset: u32, now: u64): u64 {
  switch (kind) {
    case UnitKind.UART: return uartPeek(b, offset, now);
    case UnitKind.CLINT: return clintPeek(b, offset, now);
    case UnitKind.INTERRUPTS: return interruptsPeek(b, offset, now);
    case UnitKind.GPIO: return gpioPeek(b, offset, now);
    case UnitKind.WATCHDOG: return watchdogPeek(b, offset, now);
    case UnitKind.STATUS: return statusPeek(b, offset, now);
    case UnitKind.PWM: return pwmPeek(b, offset, now);
    case UnitKind.ADC: return adcPeek(b, offset, now);
    case UnitKind.PLANT: return plantPeek(b, offset, now);
    case UnitKind.CLOCK_MONITOR: return clockMonitorPeek(b, offset, now);
    case UnitKind.CLOCK_SWITCH: return clockSwitchPeek(b, offset, now);
    case UnitKind.LOCKSTEP: return lockstepPeek(b, offset, now);
    case UnitKind.VOLTAGE_MONITOR: return voltageMonitorPeek(b, offset, now);
    case UnitKind.FANS: return fansPeek(b, offset, now);
    case UnitKind.KCS: return kcsPeek(b, offset, now);
    case UnitKind.NVM: return nvmPeek(b, offset, now);
    case UnitKind.PACKAGE: return packagePeek(b, offset, now);
    case UnitKind.PECI: return peciPeek(b, offset, now);
    case UnitKind.POWER: return powerPeek(b, offset, now);
    case UnitKind.SENSORS: return sensorsPeek(b, offset, now);
    default: return READ_ERROR;
  }
}

export function deviceEvent(kind: u32, b: usize, now: u64): void {
  switch (kind) {
    case UnitKind.UART: return uartEvent(b, now);
    case UnitKind.CLINT: return clintEvent(b, now);
    case UnitKind.INTERRUPTS: return interruptsEvent(b, now);
    case UnitKind.GPIO: return gpioEvent(b, now);
    case UnitKind.WATCHDOG: return watchdogEvent(b, now);
    case UnitKind.STATUS: return statusEvent(b, now);
    case UnitKind.PWM: return pwmEvent(b, now);
    case UnitKind.ADC: return adcEvent(b, now);
    case UnitKind.PLANT: return plantEvent(b, now);
    case UnitKind.CLOCK_MONITOR: return clockMonitorEvent(b, now);
    case UnitKind.CLOCK_SWITCH: return clockSwitchEvent(b, now);
    case UnitKind.LOCKSTEP: return lockstepEvent(b, now);
    case UnitKind.VOLTAGE_MONITOR: return voltageMonitorEvent(b, now);
    case UnitKind.FANS: return fansEvent(b, now);
    case UnitKind.KCS: return kcsEvent(b, now);
    case UnitKind.NVM: return nvmEvent(b, now);
    case UnitKind.PACKAGE: return packageEvent(b, now);
    case UnitKind.PECI: return peciEvent(b, now);
    case UnitKind.POWER: return powerEvent(b, now);
    case UnitKind.SENSORS: return sensorsEvent(b, now);
    default: return;
  }
}

/** A fault strikes a site of the device. False: it has no such site, or nothing changed. */
export function deviceFault(kind: u32, b: usize, site: u32, value: u32, now: u64): bool {
  switch (kind) {
    case UnitKind.GPIO: return gpioFault(b, site, value, now);
    case UnitKind.FANS: return fansFault(b, site, value, now);
    case UnitKind.KCS: return kcsFault(b, site, value, now);
    case UnitKind.NVM: return nvmFault(b, site, value, now);
    case UnitKind.PACKAGE: return packageFault(b, site, value, now);
    case UnitKind.PECI: return peciFault(b, site, value, now);
    case UnitKind.POWER: return powerFault(b, site, value, now);
    case UnitKind.SENSORS: return sensorsFault(b, site, value, now);
    case UnitKind.PWM: return pwmFault(b, site, value, now);
    case UnitKind.ADC: return adcFault(b, site, value, now);
    case UnitKind.PLANT: return plantFault(b, site, value, now);
    case UnitKind.VOLTAGE_MONITOR: return voltageMonitorFault(b, site, value, now);
    default: return false;
  }
}

export function deviceInput(kind: u32, b: usize, levels: u32, now: u64): void {
  switch (kind) {
    case UnitKind.UART: return uartInput(b, levels, now);
    case UnitKind.CLINT: return clintInput(b, levels, now);
    case UnitKind.INTERRUPTS: return interruptsInput(b, levels, now);
    case UnitKind.GPIO: return gpioInput(b, levels, now);
    case UnitKind.WATCHDOG: return watchdogInput(b, levels, now);
    case UnitKind.STATUS: return statusInput(b, levels, now);
    case UnitKind.PWM: return pwmInput(b, levels, now);
    case UnitKind.ADC: return adcInput(b, levels, now);
    case UnitKind.PLANT: return plantInput(b, levels, now);
    case UnitKind.CLOCK_MONITOR: return clockMonitorInput(b, levels, now);
    case UnitKind.CLOCK_SWITCH: return clockSwitchInput(b, levels, now);
    case UnitKind.LOCKSTEP: return lockstepInput(b, levels, now);
    case UnitKind.VOLTAGE_MONITOR: return voltageMonitorInput(b, levels, now);
    case UnitKind.FANS: return fansInput(b, levels, now);
    case UnitKind.KCS: return kcsInput(b, levels, now);
    case UnitKind.NVM: return nvmInput(b, levels, now);
    case UnitKind.PACKAGE: return packageInput(b, levels, now);
    case UnitKind.PECI: return peciInput(b, levels, now);
    case UnitKind.POWER: return powerInput(b, levels, now);
    case UnitKind.SENSORS: return sensorsInput(b, levels, now);
    default: return;
  }
}

