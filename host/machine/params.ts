/**
 * PARAM0 to PARAM4 of a device's unit row, by kind (assembly/devices: `xxxReset`), and what of them
 * can be wrong in a file.
 */

import { NONE } from "../../assembly/kernel/layout.js";
import type {
  DeviceDescription,
  MachineDescription,
  SharedDeviceDescription,
} from "./description.js";
import { refuse } from "./errors.js";
import { MAX_FEEDERS } from "./limits.js";

type AnyDevice = DeviceDescription | SharedDeviceDescription;

const DEFAULT_DELAY_CYCLES = 2;
const DEFAULT_WINDOW_CYCLES = 64;
/** Turns a minute in mrad/s. */
const MRAD_S_PER_RPM = (2 * Math.PI * 1000) / 60;
/** Steps of a plant a second: 10 us (assembly/devices/plant.ts), times 1000 for millihertz. */
const STEPS_MHZ = 100_000_000n;

/** What parameters are taken from. */
export interface ParamContext {
  readonly description: MachineDescription;
  /** Hart of the device, or null. */
  readonly hart: number | null;
  readonly domainOf: ReadonlyMap<string, number>;
  /** Unit of a node's device of a kind by `NODE.DEVICE`. */
  readonly unitOf: (name: string, kind: string) => number | undefined;
}

/** The parameters of a device; most kinds have none. @throws UserError E106, E107. */
export function deviceParams(device: AnyDevice, context: ParamContext): number[] {
  const { description, hart } = context;
  switch (device.kind) {
    case "status":
      // Number of the node, of the model, its clock in Hz, at most 0xffff_ffff.
      return [hart!, description.modelId, hertz(clockOf(context, nodeClock(context)).rate_mhz)];
    case "lockstep":
      return [device.settings.delay_cycles ?? DEFAULT_DELAY_CYCLES];
    case "clock-switch":
      return [...feederDomains(device, context), firstFeeder(device, context)];
    case "clock-monitor":
      return [
        ...feederDomains(device, context),
        externalDomain(device, context),
        device.settings.window_cycles ?? DEFAULT_WINDOW_CYCLES,
      ];
    case "plant":
      return plantParams(device, context);
    default:
      return [];
  }
}

function hertz(rate_mhz: bigint): number {
  return Math.min(Number(rate_mhz / 1000n), 0xffff_ffff);
}

function nodeClock({ description, hart }: ParamContext): string {
  let first = 0;
  for (const node of description.nodes) {
    first += node.count ?? 1;
    if (hart! < first) return node.clock;
  }
  throw new RangeError(`there is no hart ${hart}`);
}

function clockOf({ description }: ParamContext, name: string) {
  return description.clocks.find((clock) => clock.name === name)!;
}

/** Domains of the feeders in their order, NONE where there are fewer than three. */
function feederDomains(device: AnyDevice, context: ParamContext): number[] {
  const names = device.settings.feeders ?? [];
  const rates = new Set<bigint>();
  const domains = names.map((name) => {
    const domain = context.domainOf.get(name);
    if (domain === undefined) {
      refuse("E106", `"${device.name}": there is no clock "${name}"`, device.place, "see clocks");
    }
    const clock = clockOf(context, name);
    rates.add(clock.rate_mhz);
    if (clock.feeder !== null) {
      const what = `"${device.name}": the clock "${name}" follows another and feeds nobody`;
      refuse("E107", what, device.place, "name clocks that have a rate_hz");
    }
    return domain;
  });
  if (rates.size !== 1) {
    const what = `"${device.name}": its feeders have different rates`;
    refuse(
      "E107",
      what,
      device.place,
      "feeders are counted against each other: give them one rate",
    );
  }
  return [...domains, ...Array(MAX_FEEDERS - domains.length).fill(NONE)];
}

/** Number of the feeder that the node's clock follows in the file. */
function firstFeeder(device: AnyDevice, context: ParamContext): number {
  const clock = clockOf(context, nodeClock(context));
  const first = (device.settings.feeders ?? []).indexOf(clock.feeder ?? "");
  if (first >= 0) return first;
  const what = `"${device.name}": the node's clock "${clock.name}" follows none of its feeders`;
  refuse("E107", what, device.place, 'let the clock say "follows": one of the feeders');
}

function externalDomain(device: AnyDevice, context: ParamContext): number {
  const { external } = device.settings;
  if (external === undefined) return NONE;
  const domain = context.domainOf.get(external);
  if (domain !== undefined) return domain;
  refuse("E106", `"${device.name}": there is no clock "${external}"`, device.place, "see clocks");
}

function plantParams(device: AnyDevice, context: ParamContext): number[] {
  const sets = device.settings.sets ?? [];
  const unit = (name: string | undefined, kind: string): number => {
    if (name === undefined) return NONE;
    const found = context.unitOf(name, kind);
    if (found !== undefined) return found;
    const what = `"${device.name}": "${name}" is no device of kind "${kind}"`;
    refuse("E106", what, device.place, "write NODE.DEVICE");
  };
  const { rate_mhz } = clockOf(context, device.clock);
  if (rate_mhz % STEPS_MHZ !== 0n) {
    const what = `"${device.name}": 10 us are not a whole number of cycles of "${device.clock}"`;
    refuse("E107", what, device.place, "use a clock of a multiple of 100 kHz");
  }
  const period_cycles = Number(rate_mhz / STEPS_MHZ);
  return [
    ...sets.map(({ pwm }) => unit(pwm, "pwm")),
    ...sets.map(({ adc }) => unit(adc, "adc")),
    period_cycles,
    Math.round((device.settings.bench_rpm ?? 0) * MRAD_S_PER_RPM),
  ];
}
