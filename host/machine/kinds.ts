/**
 * The kinds of device a machine file can name: window in the address map, clock, and the names of
 * the pins by which wires join them. Bits are those of HEAD_OUTPUTS and HEAD_INPUTS of the device's
 * block; the register tables are in assembly/devices.
 */

import { UnitKind } from "../../assembly/kernel/abi.js";
import * as blocks from "../../assembly/kernel/blocks.js";
import { HART_PIN_POWER, HART_PIN_RESET } from "../../assembly/kernel/layout.js";
import { BOARD_KINDS } from "./kinds-board.js";

/** One way to break a device: FaultKind.DEVICE with `site` as a and a value as b. */
export interface FaultSite {
  readonly site: number;
  readonly meaning: string;
  /** Meaning of the value, when the site takes one. */
  readonly value?: string;
}

export interface DeviceKind {
  /** As `kind` in the machine file. */
  readonly name: string;
  readonly unitKind: number;
  /** Bytes of the address map; base addresses are multiples of it. */
  readonly window_bytes: number;
  /** Whether the file must name a clock (else the node's own is the default). */
  readonly ownClock: boolean;
  /** Pin name to bit. */
  readonly outputs: ReadonlyMap<string, number>;
  readonly inputs: ReadonlyMap<string, number>;
  /** At most one of them in a node. */
  readonly single: boolean;
  /** Whether it may belong to no node and be reached by several; default false. */
  readonly shared?: boolean;
  /** Fault sites by name (`xxxFault` in the device's file); default none. */
  readonly faults?: ReadonlyMap<string, FaultSite>;
  readonly meaning: string;
}

function pins(prefix: string, count: number): [string, number][] {
  return Array.from({ length: count }, (_, bit) => [`${prefix}${bit}`, bit]);
}

const WINDOW_BYTES = 0x1000;
/** SiFive CLINT: registers from 0x0000 to 0xbfff. */
const CLINT_WINDOW_BYTES = 0x1_0000;
/** Its own registers, and one place for each block's switch. */
const CLOCK_MONITOR_WINDOW_BYTES = 0x8000;

export const DEVICE_KINDS = {
  ns16550a: {
    name: "ns16550a",
    unitKind: UnitKind.UART,
    window_bytes: WINDOW_BYTES,
    ownClock: true,
    outputs: new Map([
      ["interrupt", blocks.UART_OUT_INTERRUPT],
      ["dtr", blocks.UART_OUT_DTR],
      ["rts", blocks.UART_OUT_RTS],
      ["out1", blocks.UART_OUT_OUT1],
      ["out2", blocks.UART_OUT_OUT2],
    ]),
    inputs: new Map([
      ["cts", blocks.UART_IN_CTS],
      ["dsr", blocks.UART_IN_DSR],
      ["ri", blocks.UART_IN_RI],
      ["dcd", blocks.UART_IN_DCD],
    ]),
    single: false,
    meaning: "UART with 16-byte FIFOs, byte registers",
  },
  clint: {
    name: "clint",
    unitKind: UnitKind.CLINT,
    window_bytes: CLINT_WINDOW_BYTES,
    ownClock: true,
    outputs: new Map([
      ["msip", blocks.CLINT_OUT_MSIP],
      ["mtip", blocks.CLINT_OUT_MTIP],
    ]),
    inputs: new Map(),
    single: true,
    meaning: "timer and software interrupt (SiFive CLINT layout)",
  },
  "interrupt-unit": {
    name: "interrupt-unit",
    unitKind: UnitKind.INTERRUPTS,
    window_bytes: WINDOW_BYTES,
    ownClock: false,
    outputs: new Map(pins("irq", blocks.INTERRUPTS_LINES)),
    inputs: new Map(pins("line", blocks.INTERRUPTS_LINES)),
    single: true,
    meaning: "15 interrupt lines to mip bits 16..30",
  },
  gpio: {
    name: "gpio",
    unitKind: UnitKind.GPIO,
    window_bytes: WINDOW_BYTES,
    ownClock: false,
    outputs: new Map([...pins("out", blocks.GPIO_PINS), ["interrupt", blocks.GPIO_OUT_INTERRUPT]]),
    inputs: new Map(pins("in", blocks.GPIO_PINS)),
    single: false,
    shared: true,
    faults: new Map([
      ["out-flip", { site: 0, meaning: "inverts levels of outputs", value: "mask of outputs" }],
    ]),
    meaning: "16 outputs, 16 inputs with edge events",
  },
  watchdog: {
    name: "watchdog",
    unitKind: UnitKind.WATCHDOG,
    window_bytes: WINDOW_BYTES,
    ownClock: false,
    outputs: new Map([["interrupt", blocks.WATCHDOG_OUT_INTERRUPT]]),
    inputs: new Map(),
    single: false,
    meaning: "two-stage watchdog, resets the node",
  },
  status: {
    name: "status",
    unitKind: UnitKind.STATUS,
    window_bytes: WINDOW_BYTES,
    ownClock: false,
    outputs: new Map(),
    inputs: new Map(),
    single: true,
    meaning: "node id, reset cause, reset, power-off, marks, scratch",
  },
  pwm: {
    name: "pwm",
    unitKind: UnitKind.PWM,
    window_bytes: WINDOW_BYTES,
    ownClock: false,
    outputs: new Map([
      ...["uh", "ul", "vh", "vl", "wh", "wl"].map((pin, bit): [string, number] => [pin, bit]),
      ["trigger", blocks.PWM_OUT_TRIGGER],
      ["interrupt", blocks.PWM_OUT_INTERRUPT],
    ]),
    inputs: new Map(pins("safe", blocks.PWM_SAFE_INPUTS)),
    single: false,
    faults: new Map([
      ...["uh", "ul", "vh", "vl", "wh", "wl"].map((pin, site): [string, FaultSite] => [
        pin,
        { site, meaning: `output ${pin}`, value: "0 free, 1 stuck low, 2 stuck high" },
      ]),
      ["unit", { site: 6, meaning: "the unit stands, all off", value: "1 broken, 0 whole" }],
    ]),
    meaning: "three complementary centre-aligned pairs with dead time and safe state",
  },
  adc: {
    name: "adc",
    unitKind: UnitKind.ADC,
    window_bytes: WINDOW_BYTES,
    ownClock: false,
    outputs: new Map([["interrupt", blocks.ADC_OUT_INTERRUPT]]),
    inputs: new Map([["trigger", blocks.ADC_IN_TRIGGER]]),
    single: false,
    faults: new Map(
      Array.from({ length: 8 }, (_, site): [string, FaultSite] => [
        `channel${site}`,
        { site, meaning: `sensor of channel ${site}`, value: "what it shows; 65536: whole" },
      ]),
    ),
    meaning: "eight channels of the plant's sensors, sampled together",
  },
  lockstep: {
    name: "lockstep",
    unitKind: UnitKind.LOCKSTEP,
    window_bytes: WINDOW_BYTES,
    ownClock: false,
    outputs: new Map([
      ["interrupt", blocks.LOCKSTEP_OUT_INTERRUPT],
      ["alarm", blocks.LOCKSTEP_OUT_ALARM],
      ["safe", blocks.LOCKSTEP_OUT_SAFE],
    ]),
    inputs: new Map(),
    single: true,
    meaning: "second core of the node and comparator of both cores' outputs",
  },
  "clock-switch": {
    name: "clock-switch",
    unitKind: UnitKind.CLOCK_SWITCH,
    window_bytes: WINDOW_BYTES,
    ownClock: true,
    outputs: new Map([
      ["interrupt", blocks.CLOCK_SWITCH_OUT_INTERRUPT],
      ["feeder0", blocks.CLOCK_SWITCH_OUT_FEEDER],
      ["feeder1", blocks.CLOCK_SWITCH_OUT_FEEDER + 1],
    ]),
    inputs: new Map([...pins("failed", 3), ["differs", blocks.CLOCK_MONITOR_OUT_DIFFERS]]),
    single: true,
    meaning: "switches the node's clock between feeders",
  },
  "clock-monitor": {
    name: "clock-monitor",
    unitKind: UnitKind.CLOCK_MONITOR,
    window_bytes: CLOCK_MONITOR_WINDOW_BYTES,
    ownClock: true,
    outputs: new Map([
      ...pins("failed", 3),
      ["differs", blocks.CLOCK_MONITOR_OUT_DIFFERS],
      ["interrupt", blocks.CLOCK_MONITOR_OUT_INTERRUPT],
    ]),
    inputs: new Map(
      Array.from({ length: 8 }, (_, bit): [string, number] => [
        `block${bit >> 1}_feeder${bit & 1}`,
        bit,
      ]),
    ),
    single: true,
    shared: true,
    meaning: "counts clock feeders against each other and votes",
  },
  plant: {
    name: "plant",
    unitKind: UnitKind.PLANT,
    window_bytes: WINDOW_BYTES,
    ownClock: true,
    outputs: new Map(),
    inputs: new Map(),
    single: false,
    shared: true,
    faults: new Map([
      ["supply0", { site: 0, meaning: "supply of winding set 0", value: "mV, 0 to 60000" }],
      ["supply1", { site: 1, meaning: "supply of winding set 1", value: "mV, 0 to 60000" }],
      ["load", { site: 2, meaning: "load of the shaft", value: "uNm, 0 to 5000000" }],
    ]),
    meaning: "motor with two winding sets, their inverters and the shaft",
  },
  "voltage-monitor": {
    name: "voltage-monitor",
    unitKind: UnitKind.VOLTAGE_MONITOR,
    window_bytes: WINDOW_BYTES,
    ownClock: true,
    outputs: new Map([
      ["interrupt", blocks.VOLTAGE_MONITOR_OUT_INTERRUPT],
      ["reset", blocks.VOLTAGE_MONITOR_OUT_RESET],
    ]),
    inputs: new Map(),
    single: false,
    shared: true,
    faults: new Map([
      ["level", { site: 0, meaning: "supply of the block", value: "mV, 0 to 5000" }],
    ]),
    meaning: "supply of the block: warning, and reset below the brown-out level",
  },
  ...BOARD_KINDS,
} as const satisfies Record<string, DeviceKind>;

export type DeviceKindName = keyof typeof DEVICE_KINDS;

export function deviceKind(name: DeviceKindName): DeviceKind {
  return DEVICE_KINDS[name];
}

const ALL_KINDS: readonly DeviceKind[] = Object.values(DEVICE_KINDS);

/** Kinds that may belong to no node. */
export const SHARED_KINDS: readonly string[] = ALL_KINDS.filter(
  ({ shared }) => shared === true,
).map(({ name }) => name);

/** Inputs of a node that are no interrupts, by name: HART_PIN_* (assembly/machine/hold.ts). */
export const NODE_PINS: ReadonlyMap<string, number> = new Map([
  ["reset", HART_PIN_RESET],
  ["power", HART_PIN_POWER],
]);

/** mip bits that the outputs of a kind drive by wires of their own, latency 1 (rv32.md, 1). */
export const MIP_BITS: Readonly<Partial<Record<DeviceKindName, readonly number[]>>> = {
  clint: [3, 7], // MSIP, MTIP
  "interrupt-unit": Array.from({ length: blocks.INTERRUPTS_LINES }, (_, line) => 16 + line),
};

/** Lines of an interrupt unit. */
export const INTERRUPT_LINES: number = blocks.INTERRUPTS_LINES;

/** Timing profiles by name: the index is HART_TIMING (assembly/rv32/timing.ts). */
export const TIMING_PROFILES: ReadonlyMap<string, number> = new Map([
  ["ibex-small", 0],
  ["single-cycle", 1],
]);

const ISA = /^rv32i(m?)(a?)(c?)((?:_(?:zicsr|zifencei))*)$/;
const MISA_BASE = 0x4010_0100; // MXL 1, I, U

/**
 * misa of an ISA string (lower case): rv32i, then m, a, c in this order, then `_zicsr` and
 * `_zifencei`, which every hart has. Undefined for anything else. Source: privileged manual, misa.
 */
export function misaOf(isa: string): number | undefined {
  const parts = ISA.exec(isa);
  if (parts === null) return undefined;
  const [, m, a, c] = parts;
  return MISA_BASE | (a ? 1 << 0 : 0) | (c ? 1 << 2 : 0) | (m ? 1 << 12 : 0);
}
