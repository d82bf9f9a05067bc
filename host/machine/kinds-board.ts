/** The kinds of device of a BMC's board: specs/bmc-backup-link.md, section 1. */

import { UnitKind } from "../../assembly/kernel/abi.js";
import * as blocks from "../../assembly/kernel/blocks.js";
import type { DeviceKind, FaultSite } from "./kinds.js";

const PAGE_BYTES = 0x1000;
const ON_OFF = "1 begins, 0 ends it";

const RAILS = ["p12v", "p5v", "p3v3", "p1v8", "vddq", "vcore"];
const RAIL_NUMBER = "0 P12V, 1 P5V, 2 P3V3, 3 P1V8, 4 VDDQ, 5 VCORE";

function pins(prefix: string, count: number, first: number): [string, number][] {
  return Array.from({ length: count }, (_, bit) => [`${prefix}${bit}`, first + bit]);
}

function rails(first: number): [string, number][] {
  return RAILS.map((rail, bit) => [rail, first + bit]);
}

/** Rows of a `faults` table: the site's number is the row's. */
function sites(rows: readonly (readonly [name: string, meaning: string, value: string])[]) {
  return new Map(
    rows.map(([name, meaning, value], site): [string, FaultSite] => [
      name,
      { site, meaning, value },
    ]),
  );
}

const INTERRUPT: [string, number] = ["interrupt", blocks.BOARD_OUT_INTERRUPT];
const common = { window_bytes: PAGE_BYTES, ownClock: true, single: false } as const;

export const BOARD_KINDS = {
  kcs: {
    ...common,
    name: "kcs",
    unitKind: UnitKind.KCS,
    window_bytes: 2 * PAGE_BYTES,
    outputs: new Map([
      ["bmc_interrupt", blocks.KCS_OUT_BMC],
      ["host_interrupt", blocks.KCS_OUT_HOST],
    ]),
    inputs: new Map(),
    shared: true,
    faults: sites([
      ["bus-stuck", "the host reads 0xff and its writes are lost", ON_OFF],
      ["ibf-stuck", "IBF does not move", "0 free, 1 at 0, 2 at 1"],
      ["obf-stuck", "OBF does not move", "0 free, 1 at 0, 2 at 1"],
      ["corrupt", "data bytes are changed, both ways", "XOR mask; 0 ends it"],
    ]),
    meaning: "keyboard-controller-style management interface, a page for each side",
  },
  peci: {
    ...common,
    name: "peci",
    unitKind: UnitKind.PECI,
    outputs: new Map([INTERRUPT]),
    inputs: new Map(),
    shared: true,
    faults: sites([
      ["noise", "bits on the wire are inverted", "probability in millionths; 0 ends it"],
      ["stuck", "the line does not move", "0 free, 1 low, 2 high"],
    ]),
    meaning: "PECI originator",
  },
  package: {
    ...common,
    name: "package",
    unitKind: UnitKind.PACKAGE,
    outputs: new Map([INTERRUPT]),
    inputs: new Map([
      ["power", blocks.PACKAGE_IN_POWER],
      ["reset", blocks.PACKAGE_IN_RESET],
      ...pins("airflow", blocks.AIRFLOW_BITS, blocks.PACKAGE_IN_AIRFLOW),
    ]),
    shared: true,
    faults: sites([
      ["absent", "the PECI client does not answer", ON_OFF],
      ["sensor", "GetTemp answers an error", "the code, such as 0x8000; 0 ends it"],
      ["temperature", "sets the temperature", "signed, 1/64 C below the limit, 16 bits"],
      ["completion", "the next command fails", "its completion code, such as 0x81"],
      ["machine-check", "sets the status of MSR 0x401", "its low 32 bits"],
    ]),
    meaning: "processor package: temperature, energy, PECI client, mailbox",
  },
  sensors: {
    ...common,
    name: "sensors",
    unitKind: UnitKind.SENSORS,
    outputs: new Map([INTERRUPT]),
    inputs: new Map([
      ...rails(blocks.SENSORS_IN_RAILS),
      ...pins("airflow", blocks.AIRFLOW_BITS, blocks.SENSORS_IN_AIRFLOW),
    ]),
    faults: sites([
      ["bus-stuck", "every transfer ends with NACK", ON_OFF],
      ["voltage", "shifts a voltage", "rail 0..6 in bits 31..16, signed mV in 15..0"],
      ["temperature", "shifts a temperature", "chip 0..2 in bits 31..16, signed 1/256 C in 15..0"],
    ]),
    meaning: "board temperatures and voltages behind an I2C-like bus",
  },
  nvm: {
    ...common,
    name: "nvm",
    unitKind: UnitKind.NVM,
    window_bytes: 0x2_0000,
    outputs: new Map([INTERRUPT]),
    inputs: new Map(),
    faults: sites([
      ["fail", "operations end with ERROR", ON_OFF],
      ["rot", "inverts a bit of the array", "number of the bit: byte in 31..3, bit in 2..0"],
    ]),
    meaning: "64 KiB of flash with erase and program times",
  },
  power: {
    ...common,
    name: "power",
    unitKind: UnitKind.POWER,
    outputs: new Map([
      INTERRUPT,
      ["host_power", blocks.POWER_OUT_HOST_POWER],
      ["host_reset", blocks.POWER_OUT_HOST_RESET],
      ["soft_off", blocks.POWER_OUT_SOFT_OFF],
      ["power_good", blocks.POWER_OUT_GOOD],
      ...rails(blocks.POWER_OUT_RAILS),
      ["identify", blocks.POWER_OUT_IDENTIFY],
    ]),
    inputs: new Map([["host_off", blocks.POWER_IN_HOST_OFF]]),
    shared: true,
    faults: sites([
      ["power-button", "the front panel's power button", "1 pressed, 0 let go"],
      ["reset-button", "the front panel's reset button", "1 pressed, 0 let go"],
      ["id-button", "the front panel's identify button", "1 pressed, 0 let go"],
      ["rail", "a rail fails and stays bad", RAIL_NUMBER],
      ["heal", "a rail is good again", RAIL_NUMBER],
    ]),
    meaning: "rails in sequence, host power and reset, front panel",
  },
  fans: {
    ...common,
    name: "fans",
    unitKind: UnitKind.FANS,
    outputs: new Map([INTERRUPT, ...pins("airflow", blocks.AIRFLOW_BITS, blocks.FANS_OUT_AIRFLOW)]),
    inputs: new Map([
      ["power", blocks.FANS_IN_POWER],
      ["failsafe", blocks.FANS_IN_FAILSAFE],
    ]),
    shared: true,
    faults: sites(
      [0, 1, 2, 3].map((fan) => [`fan${fan}`, `fan ${fan} is blocked`, ON_OFF] as const),
    ),
    meaning: "four fans: PWM out, tachometer in",
  },
} as const satisfies Record<string, DeviceKind>;
