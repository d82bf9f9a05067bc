/**
 * A machine file as the rest of the host sees it: quantities are numbers, defaults are filled in,
 * lists keep the file's order. Nodes with a count stay one row here; `plan` multiplies them.
 */

import type { Place } from "../error/index.js";
import type { DeviceKindName } from "./kinds.js";
import type { TileProcessorDescription } from "./tile-processor.js";

export interface ClockDescription {
  readonly name: string;
  /** Of a clock that follows a feeder, the feeder's. */
  readonly rate_mhz: bigint;
  /** The clock whose edges are this one's too, until a clock switch chooses another; or null. */
  readonly feeder: string | null;
  readonly place: Place;
}

export interface MemoryDescription {
  readonly name: string;
  readonly kind: "ram" | "rom";
  readonly base: number;
  readonly aliasBases: readonly number[];
  readonly size: number;
  readonly wait_cycles: number;
  readonly place: Place;
}

/** What only some kinds have; a name of a clock, or `NODE.DEVICE`. */
export interface DeviceSettings {
  /** Lockstep unit. */
  readonly delay_cycles?: number | undefined;
  /** Clock switch and clock monitor. */
  readonly feeders?: readonly string[] | undefined;
  /** Clock monitor. */
  readonly external?: string | undefined;
  readonly window_cycles?: number | undefined;
  /** Plant: speed at which a test bench turns the shaft. */
  readonly bench_rpm?: number | undefined;
  /** Plant: its winding sets. */
  readonly sets?:
    | readonly { readonly pwm: string; readonly adc?: string | undefined }[]
    | undefined;
}

export interface DeviceDescription {
  readonly name: string;
  readonly kind: DeviceKindName;
  readonly base: number;
  readonly clock: string;
  /** Line of the node's interrupt unit, or null. */
  readonly interrupt: number | null;
  readonly wait_cycles: number;
  readonly settings: DeviceSettings;
  readonly place: Place;
}

/** A place in the global map that another node owns: no bus path leads there from this node. */
export interface ForeignDescription {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  readonly owner: string;
  /** What an access gets: an access fault, or nothing (zero). */
  readonly answer: "fault" | "ignore";
  readonly place: Place;
}

export interface NodeDescription {
  /** Name in the file; the names of a group are `name0` to `name(count-1)`. */
  readonly name: string;
  /** Null for a single node; else the number of equal nodes. */
  readonly count: number | null;
  /** Names of a group's nodes where they are not NAME0, NAME1, ...: of tiles. */
  readonly names?: readonly string[];
  readonly isa: string;
  readonly timing: string;
  readonly clock: string;
  readonly boot: number;
  /** Relative path of the ELF, or null: then the command line must give one. */
  readonly firmware: string | null;
  readonly memories: readonly MemoryDescription[];
  readonly devices: readonly DeviceDescription[];
  readonly foreign: readonly ForeignDescription[];
  readonly place: Place;
  readonly firmwarePlace: Place;
  readonly bootPlace: Place;
}

export interface SharedDescription {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  readonly clock: string;
  readonly latency_cycles: number;
  readonly occupancy_cycles: number;
  readonly wait_cycles: number;
  /** Names of nodes or groups. */
  readonly nodes: readonly string[];
  readonly place: Place;
}

/** Where a node sees registers [offset, offset + size) of a device that several nodes reach. */
export interface ViewDescription {
  /** Name of a node or a group. */
  readonly node: string;
  readonly base: number;
  readonly offset: number;
  readonly size: number;
  readonly rights: "read" | "read-write";
  readonly wait_cycles: number;
  readonly place: Place;
}

/** A device that belongs to no node. */
export interface SharedDeviceDescription {
  readonly name: string;
  readonly kind: DeviceKindName;
  readonly clock: string;
  /** Of a PECI engine: the device of no node that is its client, or null. */
  readonly client: string | null;
  readonly views: readonly ViewDescription[];
  readonly settings: DeviceSettings;
  readonly place: Place;
}

export interface LinkDescription {
  readonly between: readonly [string, string];
  readonly latency_ps: bigint;
  readonly place: Place;
}

export interface WireDescription {
  readonly from: string;
  readonly to: string;
  readonly latency_cycles: number;
  readonly place: Place;
}

export interface MachineDescription {
  readonly machine: string;
  readonly summary: string;
  /** Number of the model, readable by its firmware in the status unit. */
  readonly modelId: number;
  readonly seed: bigint;
  /** Time after which a halt stops the other harts; null for the default. */
  readonly haltLatency_ps: bigint | null;
  readonly clocks: readonly ClockDescription[];
  readonly nodes: readonly NodeDescription[];
  readonly shared: readonly SharedDescription[];
  readonly devices: readonly SharedDeviceDescription[];
  /** Their tiles are among the nodes, as one group each. */
  readonly tileProcessors: readonly TileProcessorDescription[];
  readonly links: readonly LinkDescription[];
  readonly wires: readonly WireDescription[];
  readonly notModelled: readonly string[];
  /** The file, for errors that concern the machine as a whole. */
  readonly place: Place;
}

/** Names of the harts that a node row stands for, in hart order. */
export function nodeNames(node: NodeDescription): string[] {
  if (node.names !== undefined) return [...node.names];
  if (node.count === null) return [node.name];
  return Array.from({ length: node.count }, (_, k) => `${node.name}${k}`);
}
