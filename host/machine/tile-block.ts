/**
 * The block of a tile processor as elaboration leaves it: geometry, repair, and where each tile's
 * memory and bus lie. Offsets are those of assembly/kernel/blocks.ts.
 */

import * as B from "../../assembly/kernel/blocks.js";
import { NONE } from "../../assembly/kernel/layout.js";

export interface TileGeometry {
  readonly columns: number;
  /** Visible rows; each column has one unit more. */
  readonly rows: number;
  /** Tiles of a unit. */
  readonly subs: number;
  /** Of one tile. */
  readonly memory_bytes: number;
  readonly mux_reset: number;
  /** From the last barrier request to cycle 0 of the exchange. */
  readonly overhead_cycles: number;
  /** From the first barrier request until a hanging barrier is reported. */
  readonly watchdog_cycles: number;
}

/** A tile that has memory, and may have a hart. */
export interface PlacedTile {
  readonly slot: number;
  readonly logical: number;
  /** Linear addresses of its memory and of the page of its bus. */
  readonly memory: number;
  readonly ring: number;
  /** Unit of its hart, or null. */
  readonly hart: number | null;
}

export interface TileRepair {
  /** Silicon row that each column leaves out, or null. */
  readonly codes: readonly (number | null)[];
  /** Broken units: column, silicon row. */
  readonly defects: readonly (readonly [number, number])[];
}

export const STAGES = ["data-out", "data-in", "mux", "sync"] as const;

/** A unit by its place: column and silicon row. */
export interface UnitSite {
  readonly column: number;
  readonly row: number;
}

/** What is broken from power-on. */
export interface FabricFaults {
  /** A delay stage that is in the path (1) or bypassed (0), whatever the repair code says. */
  readonly forces: readonly (UnitSite & {
    readonly stage: (typeof STAGES)[number];
    readonly value: 0 | 1;
  })[];
  /** The column register at a silicon row: every word that passes it has this bit. */
  readonly stuckWords: readonly (UnitSite & { readonly bit: number; readonly value: 0 | 1 })[];
  /** The mux control of one tile. */
  readonly stuckMuxes: readonly (UnitSite & {
    readonly sub: number;
    readonly bit: number;
    readonly value: 0 | 1;
  })[];
  /** Buses that carry nothing. */
  readonly deadBuses: readonly (UnitSite & { readonly sub: number })[];
}

export const NO_FAULTS: FabricFaults = {
  forces: [],
  stuckWords: [],
  stuckMuxes: [],
  deadBuses: [],
};

/** Places of tiles in the silicon. */
export function slotCount({ columns, rows, subs }: TileGeometry): number {
  return columns * (rows + 1) * subs;
}

export function fabricBlockBytes(slots: number): number {
  return B.BLOCK_BYTES_FABRIC + slots * B.TILE_SLOT_BYTES;
}

/** Slot of a visible tile whose column has a repair code: the silicon row may lie one further out. */
export function slotOfVisible(
  { rows, subs }: TileGeometry,
  codes: TileRepair["codes"],
  tile: number,
): number {
  const row = tile >> 6;
  const col = (tile >> 2) & 15;
  const code = codes[col] ?? null;
  const silicon = code !== null && row >= code ? row + 1 : row;
  return (col * (rows + 1) + silicon) * subs + (tile & 3);
}

/** Writes the block at `offset` of `view`; what is not written stays zero. */
export function writeFabricBlock(
  view: DataView,
  offset: number,
  geometry: TileGeometry,
  repair: TileRepair,
  tiles: readonly PlacedTile[],
  faults: FabricFaults = NO_FAULTS,
): void {
  const put = (at: number, value: number) => view.setUint32(offset + at, value, true);
  put(B.FABRIC_COLUMNS, geometry.columns);
  put(B.FABRIC_ROWS, geometry.rows);
  put(B.FABRIC_SUBS, geometry.subs);
  put(B.FABRIC_MEMORY_WORDS, geometry.memory_bytes / 4);
  put(B.FABRIC_OVERHEAD, geometry.overhead_cycles);
  put(B.FABRIC_MUX_RESET, geometry.mux_reset);
  put(B.FABRIC_WATCHDOG, geometry.watchdog_cycles);
  put(B.FABRIC_SLOTS, slotCount(geometry));
  for (let col = 0; col < geometry.columns; col++) {
    const column = B.FABRIC_COLUMN + col * B.FABRIC_COLUMN_BYTES;
    put(column + B.FABRIC_COLUMN_CODE, repair.codes[col] ?? B.FABRIC_CODE_NONE);
    const broken = repair.defects.filter(([at]) => at === col);
    const bits = broken.reduce((mask, [, row]) => mask | (1 << row), 0);
    put(column + B.FABRIC_COLUMN_DEFECTS, bits >>> 0);
  }
  for (const { slot, logical, memory, ring, hart } of tiles) {
    const at = B.BLOCK_BYTES_FABRIC + slot * B.TILE_SLOT_BYTES;
    put(at + B.TILE_MEMORY, memory);
    put(at + B.TILE_RING, ring);
    put(at + B.TILE_FLAGS, B.TILE_MEMBER);
    put(at + B.TILE_HART, hart ?? NONE);
    put(at + B.TILE_LOGICAL, logical);
  }
  writeFaults(view, offset, geometry, faults);
}

function writeFaults(
  view: DataView,
  offset: number,
  { rows, subs }: TileGeometry,
  faults: FabricFaults,
): void {
  const place = (column: number, row: number, sub: number) =>
    offset + B.BLOCK_BYTES_FABRIC + ((column * (rows + 1) + row) * subs + sub) * B.TILE_SLOT_BYTES;
  /** Of two forces of one stage the later one counts; a bit stuck at 0 and at 1 is 1. */
  const put = (at: number, mask: number, bits: number) =>
    view.setUint32(at, (view.getUint32(at, true) & ~mask) | bits, true);
  const stick = (at: number, bit: number, value: number) => {
    put(at, 1 << bit, 1 << bit);
    put(at + 4, 0, value << bit);
  };
  for (let sub = 0; sub < subs; sub++) {
    for (const { column, row, stage, value } of faults.forces) {
      const shift = 2 * STAGES.indexOf(stage);
      put(place(column, row, sub) + B.TILE_FORCE, 3 << shift, (value + 1) << shift);
    }
    for (const { column, row, bit, value } of faults.stuckWords) {
      stick(place(column, row, sub) + B.TILE_STUCK_WORD, bit, value);
    }
  }
  for (const { column, row, sub, bit, value } of faults.stuckMuxes) {
    stick(place(column, row, sub) + B.TILE_STUCK_MUX, bit, value);
  }
  for (const { column, row, sub } of faults.deadBuses) {
    put(place(column, row, sub) + B.TILE_BUS_DEAD, 1, 1);
  }
}
