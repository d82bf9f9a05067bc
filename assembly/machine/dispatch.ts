/** Devices by kind: one dense switch for each of the calls that every device answers. */
import { adcEvent, adcInput, adcPeek, adcRead, adcReset, adcWrite } from "../devices/adc";
import {
  clintEvent,
  clintInput,
  clintPeek,
  clintRead,
  clintReset,
  clintWrite,
} from "../devices/clint";
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
import { pwmEvent, pwmInput, pwmPeek, pwmRead, pwmReset, pwmWrite } from "../devices/pwm";
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
import { BUS_ERROR, UnitKind } from "../kernel/abi";
import { UNIT_PARAM0 } from "../kernel/layout";
import { row } from "./units";

/** A read that no register answers. */
export const READ_ERROR: u64 = 1 << 32;

export function deviceReset(kind: u32, unit: u32, b: usize, cause: u32, now: u64): void {
  switch (kind) {
    case UnitKind.UART: return uartReset(b, cause, now);
    case UnitKind.CLINT: return clintReset(b, cause, now);
    case UnitKind.INTERRUPTS: return interruptsReset(b, cause, now);
    case UnitKind.GPIO: return gpioReset(b, cause, now);
    case UnitKind.WATCHDOG: return watchdogReset(b, cause, now);
    case UnitKind.STATUS: return statusReset(b, cause, now, row(unit) + UNIT_PARAM0);
    case UnitKind.PWM: return pwmReset(b, cause, now);
    case UnitKind.ADC: return adcReset(b, cause, now);
    case UnitKind.VOLTAGE_MONITOR: return voltageMonitorReset(b, cause, now);
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
    case UnitKind.VOLTAGE_MONITOR: return voltageMonitorRead(b, offset, width, now);
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
    case UnitKind.VOLTAGE_MONITOR:
      return voltageMonitorWrite(b, offset, width, value, now);
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
    case UnitKind.VOLTAGE_MONITOR: return voltageMonitorPeek(b, offset, now);
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
    case UnitKind.VOLTAGE_MONITOR: return voltageMonitorEvent(b, now);
    default: return;
  }
}

/** A fault strikes a site of the device. False: it has no such site, or nothing changed. */
export function deviceFault(kind: u32, b: usize, site: u32, value: u32, now: u64): bool {
  switch (kind) {
    case UnitKind.GPIO: return gpioFault(b, site, value, now);
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
    case UnitKind.VOLTAGE_MONITOR: return voltageMonitorInput(b, levels, now);
    default: return;
  }
}

