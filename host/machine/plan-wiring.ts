/**
 * Wires and links as units. Every device's `interrupt` number is a wire to its node's interrupt
 * unit, that unit's outputs are wires to mip bits 16..30 and the CLINT's to mip 3 and 7, all with a
 * latency of one cycle; then come the wires of the file.
 */

import { UnitKind } from "../../assembly/kernel/abi.js";
import { HART_PIN_RESET } from "../../assembly/kernel/layout.js";
import type { ImageLink, ImagePin, ImageWire } from "../core/image.js";
import type { MachineDescription } from "./description.js";
import { deviceKind, MIP_BITS } from "./kinds.js";
import type { NameTable, PinOwner } from "./names.js";
import { newUnit, type PlannedDevice, type PlannedDevices, type PlanUnit } from "./plan-types.js";

interface WirePlan {
  readonly name: string;
  readonly fromUnit: number;
  readonly fromBit: number;
  readonly toUnit: number;
  readonly toBit: number;
  readonly latency_cycles: number;
}

/** Appends the wire and link units and notes them in their sources. */
export function planWiring(
  description: MachineDescription,
  names: NameTable,
  units: PlanUnit[],
  devices: PlannedDevices,
): { wires: ImageWire[]; links: ImageLink[] } {
  const plans = [
    ...devices.byHart.flatMap((own, hart) => implied(units[hart]!, hart, own)),
    ...explicit(description, names, devices),
  ];
  // A stable sort: wires of one output keep the order in which they were declared.
  plans.sort((a, b) => a.fromUnit - b.fromUnit || a.fromBit - b.fromBit);
  const wires = plans.map((wire) => addWire(wire, units));
  const links = description.links.flatMap(({ between, latency_ps, place }) => {
    const [one, two] = between.map((text) => unitOf(names.device(text, place), devices));
    return [addLink(one!, two!, latency_ps, units), addLink(two!, one!, latency_ps, units)];
  });
  return { wires, links };
}

function unitOf(
  found: { readonly hart: number; readonly device: { readonly name: string } },
  devices: PlannedDevices,
): number {
  const own = devices.byHart[found.hart]!;
  return own.find(({ device }) => device.name === found.device.name)!.unit;
}

/** The unit whose pin a wire ends in; a hart's unit is its index. */
function ownerUnit(owner: PinOwner, devices: PlannedDevices): number {
  if (owner.device === null) return owner.hart;
  if (owner.hart !== null) return unitOf({ hart: owner.hart, device: owner.device }, devices);
  return devices.shared.find(({ device }) => device === owner.device)!.unit;
}

/** Wires that no one writes down: interrupt numbers, and outputs that go to the hart. */
function implied(hartUnit: PlanUnit, hart: number, own: readonly PlannedDevice[]): WirePlan[] {
  const wires: WirePlan[] = [];
  const lines = own.find(({ device }) => device.kind === "interrupt-unit");
  for (const { device, unit } of own) {
    const { outputs } = deviceKind(device.kind);
    const pin = `${hartUnit.name}.${device.name}`;
    if (device.interrupt !== null && lines !== undefined) {
      wires.push({
        name: `${pin}.interrupt>${hartUnit.name}.${lines.device.name}.line${device.interrupt}`,
        fromUnit: unit,
        fromBit: outputs.get("interrupt")!,
        toUnit: lines.unit,
        toBit: device.interrupt,
        latency_cycles: 1,
      });
    }
    const outputNames = [...outputs.keys()];
    (MIP_BITS[device.kind] ?? []).forEach((bit, output) => {
      wires.push({
        name: `${pin}.${outputNames[output]}>${hartUnit.name}.mip${bit}`,
        fromUnit: unit,
        fromBit: output,
        toUnit: hart,
        toBit: bit,
        latency_cycles: 1,
      });
    });
  }
  return wires;
}

function explicit(
  description: MachineDescription,
  names: NameTable,
  devices: PlannedDevices,
): WirePlan[] {
  return description.wires.map(({ from, to, latency_cycles, place }) => {
    const source = names.pin(from, "output", place);
    const target = names.pin(to, "input", place);
    return {
      name: `${from}>${to}`,
      fromUnit: ownerUnit(source.owner, devices),
      fromBit: source.bit,
      toUnit: ownerUnit(target.owner, devices),
      toBit: target.bit,
      latency_cycles,
    };
  });
}

/** The hart that both ends are private to, or null. */
function commonHart(one: PlanUnit, two: PlanUnit): number | null {
  return one.hart === two.hart ? one.hart : null;
}

/**
 * A wire from a device of no node to a node's reset or power counts in its source's clock: the
 * node's may stand, or follow another feeder by then.
 * PARAM0 source, PARAM1 its bit, PARAM2 target, PARAM3 its bit, PARAM4 latency in cycles.
 */
function addWire(wire: WirePlan, units: PlanUnit[]): ImageWire {
  const { name, fromUnit, fromBit, toUnit, toBit, latency_cycles } = wire;
  const source = units[fromUnit]!;
  const target = units[toUnit]!;
  const unit = units.length;
  const params = [fromUnit, fromBit, toUnit, toBit, latency_cycles];
  const asynchronous = toBit >= HART_PIN_RESET && source.hart === null;
  const domain = asynchronous ? source.domain : target.domain;
  units.push(newUnit(name, UnitKind.WIRE, commonHart(source, target), domain, params));
  if (source.wireCount === 0) source.firstWire = unit;
  source.wireCount += 1;
  return {
    name,
    unit,
    from: { unit: fromUnit, bit: fromBit },
    to: { unit: toUnit, bit: toBit },
    latency_cycles,
  };
}

/** PARAM0 source, PARAM2 target, PARAM4 latency in ps. The domain is the target's. */
function addLink(from: number, to: number, latency: bigint, units: PlanUnit[]): ImageLink {
  const source = units[from]!;
  const target = units[to]!;
  const unit = units.length;
  const latency_ps = Number(latency);
  const name = `${source.name}>${target.name}`;
  const params = [from, 0, to, 0, latency_ps];
  units.push(
    newUnit(name, UnitKind.SERIAL_LINK, commonHart(source, target), target.domain, params),
  );
  source.link = unit;
  return { name, unit, fromUnit: from, toUnit: to, latency_ps };
}

/** Every pin of every device by name, with the wire that leaves or reaches it. */
export function planPins(
  units: readonly PlanUnit[],
  devices: PlannedDevices,
  wires: readonly ImageWire[],
): ImagePin[] {
  const key = (unit: number, bit: number): number => unit * 64 + bit;
  const leaving = new Map<number, number>();
  const reaching = new Map<number, number>();
  for (const { unit, from, to } of wires) {
    const source = key(from.unit, from.bit);
    if (!leaving.has(source)) leaving.set(source, unit);
    reaching.set(key(to.unit, to.bit), unit);
  }
  return [...devices.all, ...devices.shared].flatMap(({ device, unit }) => {
    const { outputs, inputs } = deviceKind(device.kind);
    const name = units[unit]!.name;
    const pin =
      (direction: "output" | "input", ends: ReadonlyMap<number, number>) =>
      ([text, bit]: readonly [string, number]): ImagePin => ({
        name: `${name}.${text}`,
        unit,
        bit,
        direction,
        wire: ends.get(key(unit, bit)) ?? null,
      });
    return [
      ...[...outputs].map(pin("output", leaving)),
      ...[...inputs].map(pin("input", reaching)),
    ];
  });
}
