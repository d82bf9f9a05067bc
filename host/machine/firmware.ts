/**
 * Firmware into memories: which bytes of an ELF's segments go to which linear address. A segment
 * may run over neighbouring memories; every byte of it, zeros included, must lie in a memory of the
 * node.
 */

import { RegionKind } from "../../assembly/kernel/abi.js";
import type { ImageLoad, ImageSymbol } from "../core/image.js";
import type { Place } from "../error/index.js";
import { refuse } from "./errors.js";
import { suggestion } from "./nearest.js";
import type { MachinePlan, PlanHart, RegionRow } from "./plan-types.js";
import { addressText, rangeText } from "./quantities.js";

/** What loading needs of an executable; `Elf` of host/guest fits. */
export interface Firmware {
  /** The name that errors show. */
  readonly file: string;
  readonly entry: number;
  readonly segments: readonly FirmwareSegment[];
  readonly symbols: readonly ImageSymbol[];
}

export interface FirmwareSegment {
  /** Where the bytes are loaded. */
  readonly address: number;
  /** Where the program sees the segment; its zeros lie behind the bytes there. */
  readonly virtualAddress: number;
  readonly bytes: Uint8Array;
  /** Size in memory, at least `bytes.length`. */
  readonly memorySize: number;
}

/**
 * Firmware by node name, or by the name of a group for all of its nodes.
 */
export type FirmwareByNode = ReadonlyMap<string, Firmware>;

/** One node's firmware file as its machine file names it. */
export interface FirmwareFile {
  /** Name of the node or group. */
  readonly node: string;
  /** Relative to the machine file's folder; null when the file names none. */
  readonly path: string | null;
  readonly place: Place;
}

/** A piece of a segment in a region, relative to the region's memory. */
interface Piece {
  readonly region: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const SEGMENT_HINT = "link the program for the node's memories";

/** The firmware of a hart: its own, else its group's. */
export function firmwareOf(hart: PlanHart, firmware: FirmwareByNode): Firmware {
  const found = firmware.get(hart.name) ?? firmware.get(hart.node.name);
  if (found === undefined) {
    const what = `the node "${hart.name}" has no firmware`;
    const hint = `give --firmware ${hart.name}=ELF, or "firmware" in the machine file`;
    refuse("E463", what, hart.node.firmwarePlace, hint);
  }
  return found;
}

/** Refuses firmware for names that are neither node nor group. */
export function checkFirmwareNames(plan: MachinePlan, firmware: FirmwareByNode): void {
  const known = new Set(plan.harts.flatMap(({ name, node }) => [node.name, name]));
  for (const name of firmware.keys()) {
    if (known.has(name)) continue;
    const what = `there is no node "${name}"`;
    refuse("E464", what, { argument: "--firmware" }, suggestion(name, [...known]));
  }
}

/** All bytes to load, in hart order. @throws UserError E461 to E463. */
export function loadAll(plan: MachinePlan, firmware: FirmwareByNode): ImageLoad[] {
  // Nodes of one group have equal maps: the pieces are found once for each of them and each file.
  const cache = new Map<string, Map<Firmware, readonly Piece[]>>();
  return plan.harts.flatMap((hart) => {
    const file = firmwareOf(hart, firmware);
    const regions = plan.regions.slice(hart.firstRegion, hart.firstRegion + hart.regionCount);
    const group = cache.get(hart.node.name) ?? new Map<Firmware, readonly Piece[]>();
    cache.set(hart.node.name, group);
    const pieces = group.get(file) ?? piecesOf(file, hart, regions);
    group.set(file, pieces);
    return pieces.map(({ region, offset, bytes }) => ({
      address: regions[region]!.address + offset,
      bytes,
    }));
  });
}

function piecesOf(file: Firmware, hart: PlanHart, regions: readonly RegionRow[]): Piece[] {
  return file.segments.flatMap((segment) => {
    const { address, virtualAddress, bytes, memorySize } = segment;
    // The zeros behind the bytes are zero already; they must only lie in a memory.
    cover(virtualAddress + bytes.length, memorySize - bytes.length, file, hart, regions);
    return cover(address, bytes.length, file, hart, regions).map(({ region, from, size }) => ({
      region,
      offset: from - regions[region]!.base,
      bytes: bytes.subarray(from - address, from - address + size),
    }));
  });
}

/** Splits a range of guest addresses over the memories it lies in. */
function cover(
  start: number,
  size: number,
  file: Firmware,
  hart: PlanHart,
  regions: readonly RegionRow[],
): { region: number; from: number; size: number }[] {
  const parts: { region: number; from: number; size: number }[] = [];
  const end = start + size;
  for (let from = start; from < end; ) {
    const region = regions.findIndex((row) => from >= row.base && from < row.base + row.size);
    const row = regions[region];
    if (row?.memory == null) return refuseSegment(start, size, from, row, file, hart, regions);
    const part = Math.min(end, row.base + row.size) - from;
    parts.push({ region, from, size: part });
    from += part;
  }
  return parts;
}

function refuseSegment(
  start: number,
  size: number,
  at: number,
  row: RegionRow | undefined,
  file: Firmware,
  hart: PlanHart,
  regions: readonly RegionRow[],
): never {
  const segment = `the segment ${rangeText(start, size)}`;
  const place = { file: file.file };
  if (row !== undefined) {
    const what = row.kind === RegionKind.DEVICE ? "device" : "foreign place";
    const text = `${segment} lies in the ${what} "${row.name}" of the node "${hart.name}"`;
    refuse("E462", text, place, `${SEGMENT_HINT}: ${memoriesText(regions)}`);
  }
  const text = `${segment} leaves the memories of the node "${hart.name}" at ${addressText(at)}`;
  refuse("E461", text, place, `${SEGMENT_HINT}: ${memoriesText(regions)}`);
}

function memoriesText(regions: readonly RegionRow[]): string {
  return regions
    .filter(({ memory }) => memory !== null)
    .map(({ name, base, size }) => `${name} ${rangeText(base, size)}`)
    .join(", ");
}
