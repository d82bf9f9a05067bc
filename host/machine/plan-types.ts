/** What a plan consists of: rows in the making, with indices and linear addresses. */

import { NONE } from "../../assembly/kernel/layout.js";
import type {
  ImageDomain,
  ImageLink,
  ImageMemory,
  ImagePin,
  ImageUart,
  ImageWire,
} from "../core/image.js";
import type {
  DeviceDescription,
  MachineDescription,
  NodeDescription,
  SharedDeviceDescription,
} from "./description.js";
import type { PlacedTile, TileGeometry } from "./tile-block.js";
import type { TileProcessorDescription } from "./tile-processor.js";

/** One unit row in the making. */
export interface PlanUnit {
  readonly name: string;
  readonly kind: number;
  /** Hart it is private to, or null. */
  readonly hart: number | null;
  readonly domain: number;
  /** PARAM0 to PARAM5. */
  readonly params: readonly number[];
  /** Bytes of its block where the kind does not fix them. */
  readonly bytes: number | null;
  block: number;
  firstWire: number;
  wireCount: number;
  link: number;
}

export interface PlanHart {
  readonly name: string;
  readonly node: NodeDescription;
  readonly domain: number;
  readonly clint: number;
  /** Its lockstep unit, or 0. */
  readonly lockstep: number;
  readonly firstRegion: number;
  readonly regionCount: number;
  /** Its private memories, in the order of the file. */
  readonly memories: readonly PlanMemory[];
}

export interface PlanMemory extends ImageMemory {
  readonly wait_cycles: number;
}

export interface MachinePlan {
  readonly description: MachineDescription;
  readonly domains: readonly ImageDomain[];
  readonly units: readonly PlanUnit[];
  readonly harts: readonly PlanHart[];
  readonly memories: readonly PlanMemory[];
  readonly regions: readonly RegionRow[];
  readonly uarts: readonly ImageUart[];
  readonly pins: readonly ImagePin[];
  readonly wires: readonly ImageWire[];
  readonly links: readonly ImageLink[];
  readonly tiles: readonly PlannedTiles[];
  readonly haltLatency_ps: bigint;
  readonly unitsAddress: number;
  readonly domainsAddress: number;
  readonly regionsAddress: number;
  /** Fault rows: the last of the hot pages. */
  readonly faultsAddress: number;
  /** Bytes of the hot pages. */
  readonly hotBytes: number;
  readonly stateBytes: number;
}

/** A device of no node with its unit. */
export interface PlannedSharedDevice {
  readonly device: SharedDeviceDescription;
  readonly unit: number;
}

/** A tile processor with its unit and the places of its tiles. */
export interface PlannedTiles {
  readonly chip: TileProcessorDescription;
  readonly unit: number;
  readonly geometry: TileGeometry;
  readonly placed: readonly PlacedTile[];
}

/** A device of one hart with its unit. */
export interface PlannedDevice {
  readonly hart: number;
  readonly device: DeviceDescription;
  readonly unit: number;
}

export interface PlannedDevices {
  readonly all: readonly PlannedDevice[];
  readonly byHart: readonly (readonly PlannedDevice[])[];
  readonly shared: readonly PlannedSharedDevice[];
}

export interface PlannedMemories {
  /** Addresses are given by `placeMemories`. */
  readonly all: readonly PlanMemory[];
  /** Indices of the private memories of each hart. */
  readonly byHart: readonly (readonly number[])[];
  /** Indices of the shared memories, in the file's order. */
  readonly shared: readonly number[];
  /** Of each tile processor, the memory of its buses. */
  readonly rings: readonly number[];
}

export interface RegionRow {
  /** Name inside its node: of the memory, device, shared memory or foreign place. */
  readonly name: string;
  readonly base: number;
  readonly size: number;
  /** RegionKind. */
  readonly kind: number;
  /** RIGHT_* bits. */
  readonly rights: number;
  /** Device or shared RAM, or NONE. */
  readonly unit: number;
  /** Index of the memory, or null. */
  readonly memory: number | null;
  /** Linear address of the memory's bytes; 0 for devices and foreign places. */
  readonly address: number;
  readonly wait_cycles: number;
  /** First register of a device that the row shows. */
  readonly offset: number;
  /** Owner of a foreign place. */
  readonly owner: string | null;
}

export function newUnit(
  name: string,
  kind: number,
  hart: number | null,
  domain: number,
  params: readonly number[] = [],
  bytes: number | null = null,
): PlanUnit {
  const none = { block: 0, firstWire: NONE, wireCount: 0, link: NONE };
  return { name, kind, hart, domain, params, bytes, ...none };
}
