/**
 * The breadboard on paper: every unit, memory, region, wire and link of a machine with its index
 * and its place in linear memory. Units come in this order, which is fixed: harts, shared RAMs,
 * devices (by hart), devices of no node, wires (those of one source together), links. No firmware is needed here.
 *
 *   STATE_BASE   header, unit rows, domain rows, region rows, blocks     "hot" pages
 *                fault rows
 *                memories of hart 0, hart 1, ...; shared memories        page-aligned
 */

import { UnitKind } from "../../assembly/kernel/abi.js";
import { FAULT_ROW_BYTES, FAULT_ROWS } from "../../assembly/kernel/fault-layout.js";
import {
  DOMAIN_BYTES,
  HEADER_BYTES,
  NONE,
  PAGE_BYTES,
  REGION_BYTES,
  STATE_BASE,
  UNIT_BYTES,
} from "../../assembly/kernel/layout.js";
import type { ImageUart } from "../core/image.js";
import { BLOCK_ALIGNMENT, blockBytes } from "./blocks.js";
import type { MachineDescription, NodeDescription } from "./description.js";
import { nodeNames } from "./description.js";
import { refuse } from "./errors.js";
import { DEVICE_KINDS } from "./kinds.js";
import * as limits from "./limits.js";
import { NameTable } from "./names.js";
import { deviceParams } from "./params.js";
import { planRegions } from "./plan-regions.js";
import { type PlannedChip, placeTiles, planChips, ringMemory } from "./plan-tiles.js";
import {
  type MachinePlan,
  newUnit,
  type PlanMemory,
  type PlannedDevices,
  type PlannedMemories,
  type PlanUnit,
  type RegionRow,
} from "./plan-types.js";
import { planPins, planWiring } from "./plan-wiring.js";
import { sizeText } from "./quantities.js";
import { longest, slowestCycle_ps } from "./validate-wires.js";

/**
 * Lays out a validated description.
 * @throws UserError E113 when the state or the number of units is beyond the limits.
 */
export function plan(description: MachineDescription): MachinePlan {
  const domainOf = new Map(description.clocks.map(({ name }, index) => [name, index]));
  const nodes = description.nodes.flatMap((node) =>
    nodeNames(node).map((name) => ({ name, node })),
  );
  const units: PlanUnit[] = nodes.map(({ name, node }, hart) =>
    newUnit(name, UnitKind.HART, hart, domainOf.get(node.clock)!),
  );
  const sharedUnits = description.shared.map((shared) => {
    units.push(
      newUnit(shared.name, UnitKind.SHARED_RAM, null, domainOf.get(shared.clock)!, [
        shared.occupancy_cycles, // PARAM0 and PARAM1: assembly/bus/arbiter.ts
        shared.latency_cycles,
      ]),
    );
    return units.length - 1;
  });
  const devices = planDevices(nodes, units, domainOf, description);
  const chips = planChips(description, units, domainOf);
  const names = new NameTable(description);
  const wiring = planWiring(description, names, units, devices);
  refuseUnits(units.length, description);

  const memories = planMemories(description, nodes, chips);
  const regions = planRegions(description, names, memories, devices, sharedUnits, chips);
  const unitsAddress = STATE_BASE + HEADER_BYTES;
  const domainsAddress = unitsAddress + units.length * UNIT_BYTES;
  const regionsAddress = domainsAddress + description.clocks.length * DOMAIN_BYTES;
  const blocks = align(regionsAddress + regions.rows.length * REGION_BYTES, BLOCK_ALIGNMENT);
  // On pages of their own: without faults they are all zero and not in the digest.
  const faultsAddress = align(placeBlocks(units, blocks), PAGE_BYTES);
  const faultsEnd = faultsAddress + FAULT_ROWS * FAULT_ROW_BYTES;
  const hotBytes = align(faultsEnd, PAGE_BYTES) - STATE_BASE;
  const placed = placeMemories(memories.all, regions.rows, STATE_BASE + hotBytes);
  refuseSize(placed.end - STATE_BASE, description);

  return {
    description,
    domains: description.clocks.map(({ name, rate_mhz, feeder }) => ({
      name,
      rate_mhz,
      feeder: feeder === null ? null : domainOf.get(feeder)!,
    })),
    units,
    harts: nodes.map(({ name, node }, hart) => ({
      name,
      node,
      domain: units[hart]!.domain,
      clint: devices.byHart[hart]!.find(({ device }) => device.kind === "clint")?.unit ?? NONE,
      lockstep: devices.byHart[hart]!.find(({ device }) => device.kind === "lockstep")?.unit ?? 0,
      firstRegion: regions.first[hart]!,
      regionCount: regions.first[hart + 1]! - regions.first[hart]!,
      memories: memories.byHart[hart]!.map((index) => placed.memories[index]!),
    })),
    memories: placed.memories,
    regions: placed.regions,
    uarts: planUarts(units, devices),
    pins: planPins(units, devices, wiring.wires),
    ...wiring,
    tiles: placeTiles(chips, memories, placed.memories),
    haltLatency_ps: haltLatency(description, nodes.length),
    unitsAddress,
    domainsAddress,
    regionsAddress,
    faultsAddress,
    hotBytes,
    stateBytes: placed.end - STATE_BASE,
  };
}

interface NamedNode {
  readonly name: string;
  readonly node: NodeDescription;
}

function planDevices(
  nodes: readonly NamedNode[],
  units: PlanUnit[],
  domainOf: ReadonlyMap<string, number>,
  description: MachineDescription,
): PlannedDevices {
  const kinds = new Map<string, { unit: number; kind: string }>();
  const unitOf = (name: string, kind: string): number | undefined => {
    const found = kinds.get(name);
    return found?.kind === kind ? found.unit : undefined;
  };
  const context = { description, domainOf, unitOf };
  const byHart = nodes.map(({ name, node }, hart) =>
    node.devices.map((device) => {
      const { unitKind } = DEVICE_KINDS[device.kind];
      const params = deviceParams(device, { ...context, hart });
      const domain = domainOf.get(device.clock)!;
      units.push(newUnit(`${name}.${device.name}`, unitKind, hart, domain, params));
      kinds.set(`${name}.${device.name}`, { unit: units.length - 1, kind: device.kind });
      return { hart, device, unit: units.length - 1 };
    }),
  );
  const firstShared = units.length;
  const shared = description.devices.map((device) => {
    const { unitKind } = DEVICE_KINDS[device.kind];
    const client = description.devices.findIndex(({ name }) => name === device.client);
    // PECI: PARAM0 is the unit of its client (assembly/machine/peci.ts).
    const params =
      device.kind === "peci"
        ? [client < 0 ? NONE : firstShared + client]
        : deviceParams(device, { ...context, hart: null });
    units.push(newUnit(device.name, unitKind, null, domainOf.get(device.clock)!, params));
    return { device, unit: units.length - 1 };
  });
  return { all: byHart.flat(), byHart, shared };
}

function planUarts(units: readonly PlanUnit[], devices: PlannedDevices): ImageUart[] {
  return devices.all
    .filter(({ device }) => device.kind === "ns16550a")
    .map(({ unit }) => ({ name: units[unit]!.name, unit, linked: units[unit]!.link !== NONE }));
}

function planMemories(
  description: MachineDescription,
  nodes: readonly NamedNode[],
  chips: readonly PlannedChip[],
): PlannedMemories {
  const all: PlanMemory[] = [];
  const byHart = nodes.map(({ name, node }, hart) =>
    node.memories.map((memory) => {
      all.push({
        name: `${name}.${memory.name}`,
        hart,
        kind: memory.kind,
        address: 0,
        guestBase: memory.base,
        aliasBases: memory.aliasBases,
        size: memory.size,
        wait_cycles: memory.wait_cycles,
      });
      return all.length - 1;
    }),
  );
  const shared = description.shared.map(({ name, base, size, wait_cycles }) => {
    const row = { name, hart: null, kind: "shared", address: 0, aliasBases: [], size } as const;
    all.push({ ...row, guestBase: base, wait_cycles });
    return all.length - 1;
  });
  const rings = chips.map((chip) => all.push(ringMemory(chip)) - 1);
  return { all, byHart, shared, rings };
}

/** Gives every block its address; returns the end. */
function placeBlocks(units: readonly PlanUnit[], start: number): number {
  let at = start;
  for (const unit of units) {
    unit.block = at;
    at = align(at + blockBytes(unit.kind, unit.bytes), BLOCK_ALIGNMENT);
  }
  return at;
}

/** Gives every memory its pages; region rows still hold indices of memories until here. */
function placeMemories(
  memories: readonly PlanMemory[],
  regions: readonly RegionRow[],
  start: number,
): { memories: PlanMemory[]; regions: RegionRow[]; end: number } {
  let at = start;
  const placed = memories.map((memory) => {
    const address = at;
    at += memory.size;
    return { ...memory, address };
  });
  return {
    memories: placed,
    regions: regions.map((row) => ({
      ...row,
      address: row.memory === null ? 0 : placed[row.memory]!.address,
    })),
    end: at,
  };
}

function align(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** A halt of a single hart is at once; else at least one cycle of the slowest hart away. */
function haltLatency(description: MachineDescription, harts: number): bigint {
  if (harts === 1) return 0n;
  if (description.haltLatency_ps !== null) return description.haltLatency_ps;
  return longest([limits.DEFAULT_HALT_LATENCY_PS, slowestCycle_ps(description)]);
}

function refuseUnits(count: number, description: MachineDescription): void {
  if (count <= limits.MAX_UNITS) return;
  const what = `${count} units (harts, devices, wires, links) are too many`;
  refuse("E113", what, description.place, `a machine has at most ${limits.MAX_UNITS} units`);
}

function refuseSize(bytes: number, description: MachineDescription): void {
  if (bytes <= limits.MAX_STATE_BYTES) return;
  const what = `the machine's state would need ${Math.ceil(bytes / 2 ** 20)}M`;
  const hint = `at most ${sizeText(limits.MAX_STATE_BYTES)}: use smaller memories or fewer nodes`;
  refuse("E113", what, description.place, hint);
}
