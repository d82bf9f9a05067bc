// @ts-nocheck This file is AssemblyScript: asc checks it, with the device files it exports.
// biome-ignore-all lint/style/useImportType: asc has no type-only imports.

/**
 * Entry of the test build of the devices: their functions as they are, and what the layout test
 * compares. Where blocks lie is the business of test/support/device-bench.ts.
 */
import { Arbiter } from "../../assembly/bus/arbiter";
import { DeviceHead } from "../../assembly/bus/head";
import { Adc } from "../../assembly/devices/adc";
import { Clint } from "../../assembly/devices/clint";
import { ClockMonitor } from "../../assembly/devices/clock-monitor";
import { ClockSwitch } from "../../assembly/devices/clock-switch";
import { Fans } from "../../assembly/devices/fans";
import { Gpio } from "../../assembly/devices/gpio";
import { Interrupts } from "../../assembly/devices/interrupts";
import { Kcs } from "../../assembly/devices/kcs";
import { NVM_BYTES } from "../../assembly/devices/nvm";
import { PackageState } from "../../assembly/devices/package-state";
import { Peci } from "../../assembly/devices/peci";
import { PLANT_BYTES } from "../../assembly/devices/plant";
import { Power } from "../../assembly/devices/power";
import { Pwm } from "../../assembly/devices/pwm";
import { Sensors } from "../../assembly/devices/sensors";
import { Status } from "../../assembly/devices/status";
import {
  QUEUE_BYTES,
  TX_SLOTS,
  Uart,
  WAVE_EXTERNAL,
  WAVE_LINE,
} from "../../assembly/devices/uart-state";
import { Wave } from "../../assembly/devices/uart-wave";
import { VoltageMonitor } from "../../assembly/devices/voltage-monitor";
import { Watchdog } from "../../assembly/devices/watchdog";
import { LOCKSTEP_SHADOW } from "../../assembly/kernel/blocks";
import { HART_BYTES } from "../../assembly/kernel/layout";

export { arbiterGrant, arbiterPick, arbiterReset } from "../../assembly/bus/arbiter";
export {
  adcEvent,
  adcFault,
  adcInput,
  adcPeek,
  adcRead,
  adcReset,
  adcSense,
  adcWrite,
} from "../../assembly/devices/adc";
export {
  clintEvent,
  clintInput,
  clintPeek,
  clintRead,
  clintReset,
  clintTime,
  clintWrite,
} from "../../assembly/devices/clint";
export {
  clockMonitorEvent,
  clockMonitorInput,
  clockMonitorPeek,
  clockMonitorRead,
  clockMonitorReset,
  clockMonitorWrite,
} from "../../assembly/devices/clock-monitor";
export {
  clockSwitchEvent,
  clockSwitchInput,
  clockSwitchPeek,
  clockSwitchRead,
  clockSwitchReset,
  clockSwitchWrite,
} from "../../assembly/devices/clock-switch";
export {
  fansEvent,
  fansFault,
  fansInput,
  fansPeek,
  fansRead,
  fansReset,
  fansWrite,
} from "../../assembly/devices/fans";
export {
  gpioEvent,
  gpioInput,
  gpioPeek,
  gpioRead,
  gpioReset,
  gpioWrite,
} from "../../assembly/devices/gpio";
export {
  interruptsEvent,
  interruptsInput,
  interruptsPeek,
  interruptsRead,
  interruptsReset,
  interruptsWrite,
} from "../../assembly/devices/interrupts";
export {
  kcsEvent,
  kcsFault,
  kcsInput,
  kcsPeek,
  kcsRead,
  kcsReset,
  kcsWrite,
} from "../../assembly/devices/kcs";
export {
  lockstepEvent,
  lockstepInput,
  lockstepPeek,
  lockstepRead,
  lockstepReset,
  lockstepWrite,
} from "../../assembly/devices/lockstep";
export {
  nvmEvent,
  nvmFault,
  nvmInput,
  nvmPeek,
  nvmRead,
  nvmReset,
  nvmWrite,
} from "../../assembly/devices/nvm";
export {
  packageEvent,
  packageFault,
  packageInput,
  packagePeek,
  packageRead,
  packageReset,
  packageWrite,
} from "../../assembly/devices/package";
export { packageAnswer } from "../../assembly/devices/package-peci";
export {
  answerAt,
  heardAt,
  peciAnswer,
  peciBegin,
  peciEvent,
  peciFault,
  peciHeardBytes,
  peciInput,
  peciPeek,
  peciRead,
  peciReset,
  peciWrite,
  requestAt,
} from "../../assembly/devices/peci";
export {
  plantEvent,
  plantFault,
  plantInput,
  plantPeek,
  plantPhase,
  plantRead,
  plantReset,
  plantSensor,
  plantWrite,
} from "../../assembly/devices/plant";
export {
  powerEvent,
  powerFault,
  powerInput,
  powerPeek,
  powerRead,
  powerReset,
  powerWrite,
} from "../../assembly/devices/power";
export {
  pwmEvent,
  pwmFault,
  pwmInput,
  pwmOnTime,
  pwmPeek,
  pwmRead,
  pwmReset,
  pwmTaken,
  pwmWindow,
  pwmWrite,
} from "../../assembly/devices/pwm";
export {
  sensorsEvent,
  sensorsFault,
  sensorsInput,
  sensorsPeek,
  sensorsRead,
  sensorsReset,
  sensorsWrite,
} from "../../assembly/devices/sensors";
export {
  statusEvent,
  statusInput,
  statusPeek,
  statusRead,
  statusReset,
  statusWrite,
} from "../../assembly/devices/status";
export {
  uartEvent,
  uartInput,
  uartPeek,
  uartPending,
  uartPush,
  uartPushBreak,
  uartRead,
  uartReceiveFrame,
  uartReset,
  uartWrite,
} from "../../assembly/devices/uart";
export { bitTimeOfPeer } from "../../assembly/devices/uart-wave";
export {
  voltageMonitorEvent,
  voltageMonitorFault,
  voltageMonitorInput,
  voltageMonitorPeek,
  voltageMonitorRead,
  voltageMonitorReset,
  voltageMonitorWrite,
} from "../../assembly/devices/voltage-monitor";
export {
  watchdogEvent,
  watchdogInput,
  watchdogPeek,
  watchdogRead,
  watchdogReset,
  watchdogWrite,
} from "../../assembly/devices/watchdog";

/** Rows of the layout test; the order is the order of its table. */
export function layoutOf(row: u32): u32 {
  switch (row) {
    case 0:
      return offsetof<DeviceHead>();
    case 1:
      return offsetof<DeviceHead>("due");
    case 2:
      return offsetof<DeviceHead>("outputs");
    case 3:
      return offsetof<DeviceHead>("inputs");
    case 4:
      return offsetof<DeviceHead>("doorbell");
    case 5:
      return offsetof<DeviceHead>("doorbellValue");
    case 6:
      return offsetof<Uart>("lcr");
    case 7:
      return offsetof<Uart>("mcr");
    case 8:
      return offsetof<Uart>("divisor");
    case 9:
      return offsetof<Uart>("rxTotal");
    case 10:
      return offsetof<Uart>("rxLast");
    case 11:
      return offsetof<Uart>("queueCount");
    case 12:
      return <u32>WAVE_LINE + offsetof<Wave>("start");
    case 13:
      return <u32>WAVE_LINE + offsetof<Wave>("bitTime");
    case 14:
      return <u32>WAVE_LINE + offsetof<Wave>("pattern");
    case 15:
      return <u32>WAVE_LINE + offsetof<Wave>("bits");
    case 16:
      return offsetof<Status>("cause");
    case 17:
      return offsetof<Arbiter>("nextFree");
    case 18:
      return offsetof<Arbiter>("latency");
    case 19:
      return offsetof<Arbiter>("grants");
    case 20:
      return offsetof<Arbiter>("conflicts");
    case 21:
      return offsetof<Gpio>("out");
    case 22:
      return offsetof<DeviceHead>("seen");
    case 23:
      return <u32>QUEUE_BYTES;
    case 24:
      return <u32>TX_SLOTS;
    case 25:
      return <u32>WAVE_EXTERNAL;
    default:
      return 0xffffffff;
  }
}

/** Bytes that each block needs; the order is the order of the test's table. */
export function sizeOf(row: u32): u32 {
  switch (row) {
    case 0:
      return offsetof<Arbiter>();
    case 1:
      return <u32>QUEUE_BYTES + 4096;
    case 2:
      return offsetof<Clint>();
    case 3:
      return offsetof<Interrupts>();
    case 4:
      return offsetof<Gpio>();
    case 5:
      return offsetof<Watchdog>();
    case 6:
      return offsetof<Status>();
    case 7:
      return offsetof<Pwm>();
    case 8:
      return offsetof<Adc>();
    case 9:
      return offsetof<VoltageMonitor>();
    case 10:
      return offsetof<Kcs>();
    case 11:
      return offsetof<Peci>();
    case 12:
      return offsetof<PackageState>();
    case 13:
      return offsetof<Sensors>();
    case 14:
      return <u32>NVM_BYTES;
    case 15:
      return offsetof<Power>();
    case 16:
      return offsetof<Fans>();
    case 17:
      return offsetof<ClockMonitor>();
    case 18:
      return offsetof<ClockSwitch>();
    case 19:
      return <u32>LOCKSTEP_SHADOW + HART_BYTES;
    case 20:
      return <u32>PLANT_BYTES;
    default:
      return 0;
  }
}
