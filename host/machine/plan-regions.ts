/** Rows of the harts' address maps: consecutive for each hart, sorted by base. */

import {
  RegionKind,
  RIGHT_ATOMIC,
  RIGHT_EXECUTE,
  RIGHT_READ,
  RIGHT_WRITE,
} from "../../assembly/kernel/abi.js";
import { NONE } from "../../assembly/kernel/layout.js";
import type { MachineDescription } from "./description.js";
import { DEVICE_KINDS } from "./kinds.js";
import type { NameTable } from "./names.js";
import type { PlannedChip } from "./plan-tiles.js";
import type { PlannedDevices, PlannedMemories, RegionRow } from "./plan-types.js";
import { CONTROL_BASE, CONTROL_BYTES } from "./tile-processor.js";

const RIGHTS_ROM = RIGHT_READ | RIGHT_EXECUTE;
/** Code is not fetched through an arbiter: see describe's "not modelled". */
const RIGHTS_SHARED = RIGHT_READ | RIGHT_WRITE | RIGHT_ATOMIC;
const RIGHTS_RAM = RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_ATOMIC;
const RIGHTS_DEVICE = RIGHT_READ | RIGHT_WRITE;

export interface PlannedRegions {
  readonly rows: readonly RegionRow[];
  /** First row of each hart, and the number of rows as last element. */
  readonly first: readonly number[];
}

/** @param sharedUnits unit of each shared memory, in the file's order. */
export function planRegions(
  description: MachineDescription,
  names: NameTable,
  memories: PlannedMemories,
  devices: PlannedDevices,
  sharedUnits: readonly number[],
  chips: readonly PlannedChip[],
): PlannedRegions {
  const shared = sharedRows(description, names, memories, sharedUnits);
  const views = viewRows(names, devices);
  const rows: RegionRow[] = [];
  const first: number[] = [];
  const nodes = description.nodes.flatMap((node) => Array(node.count ?? 1).fill(node));
  for (let hart = 0; hart < nodes.length; hart += 1) {
    const own = [
      ...memories.byHart[hart]!.flatMap((index) => memoryRows(memories, index)),
      ...deviceRows(devices, hart),
      ...foreignRows(nodes[hart]!),
      ...(shared.get(hart) ?? []),
      ...(views.get(hart) ?? []),
      ...controlRows(chips, hart),
    ];
    first.push(rows.length);
    rows.push(...own.sort((a, b) => a.base - b.base));
  }
  first.push(rows.length);
  return { rows, first };
}

const EMPTY = {
  unit: NONE,
  memory: null,
  address: 0,
  wait_cycles: 0,
  offset: 0,
  owner: null,
} as const;

function memoryRows(memories: PlannedMemories, index: number): RegionRow[] {
  const { name, kind, guestBase, aliasBases, size, wait_cycles } = memories.all[index]!;
  const rom = kind === "rom";
  return [guestBase, ...aliasBases].map((base) => ({
    ...EMPTY,
    name: name.slice(name.indexOf(".") + 1),
    base,
    size,
    kind: rom ? RegionKind.ROM : RegionKind.RAM,
    rights: rom ? RIGHTS_ROM : RIGHTS_RAM,
    memory: index,
    wait_cycles,
  }));
}

function deviceRows(devices: PlannedDevices, hart: number): RegionRow[] {
  return devices.byHart[hart]!.map(({ device, unit }) => ({
    ...EMPTY,
    name: device.name,
    base: device.base,
    size: DEVICE_KINDS[device.kind].window_bytes,
    kind: RegionKind.DEVICE,
    rights: RIGHTS_DEVICE,
    unit,
    wait_cycles: device.wait_cycles,
  }));
}

function foreignRows(node: MachineDescription["nodes"][number]): RegionRow[] {
  return node.foreign.map(({ name, base, size, owner, answer }) => ({
    ...EMPTY,
    name,
    base,
    size,
    kind: RegionKind.FOREIGN,
    rights: answer === "ignore" ? RIGHTS_DEVICE : 0,
    owner,
  }));
}

/** The control page of a tile's core. */
function controlRows(chips: readonly PlannedChip[], hart: number): RegionRow[] {
  return chips
    .filter(({ firstHart, chip }) => hart >= firstHart && hart < firstHart + chip.tiles.length)
    .map(({ unit }) => ({
      ...EMPTY,
      name: "exchange",
      base: CONTROL_BASE,
      size: CONTROL_BYTES,
      kind: RegionKind.DEVICE,
      rights: RIGHTS_DEVICE,
      unit,
    }));
}

/** Rows of shared memories by hart. */
function sharedRows(
  description: MachineDescription,
  names: NameTable,
  memories: PlannedMemories,
  sharedUnits: readonly number[],
): Map<number, RegionRow[]> {
  const rows = new Map<number, RegionRow[]>();
  description.shared.forEach(({ name, base, size, nodes, wait_cycles }, k) => {
    const row = {
      ...EMPTY,
      name,
      base,
      size,
      kind: RegionKind.SHARED,
      rights: RIGHTS_SHARED,
      unit: sharedUnits[k]!,
      memory: memories.shared[k]!,
      wait_cycles,
    };
    for (const { hart } of nodes.flatMap((node) => names.nodes(node) ?? [])) {
      rows.set(hart, [...(rows.get(hart) ?? []), row]);
    }
  });
  return rows;
}

/** Rows of devices of no node, by hart. */
function viewRows(names: NameTable, devices: PlannedDevices): Map<number, RegionRow[]> {
  const rows = new Map<number, RegionRow[]>();
  for (const { device, unit } of devices.shared) {
    for (const { node, base, size, offset, rights, wait_cycles } of device.views) {
      const row = {
        ...EMPTY,
        name: device.name,
        base,
        size,
        kind: RegionKind.SHARED_DEVICE,
        rights: rights === "read" ? RIGHT_READ : RIGHTS_DEVICE,
        unit,
        offset,
        wait_cycles,
      };
      for (const { hart } of names.nodes(node) ?? []) {
        rows.set(hart, [...(rows.get(hart) ?? []), row]);
      }
    }
  }
  return rows;
}
