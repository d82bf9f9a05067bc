/**
 * The chip as the per-cycle reference knows it: counts, numberings, and the parts of the times.
 * Source: tile-processor.md, sections 1 and 3, written down anew; nothing here comes from the
 * exchange compiler or the core.
 */

export interface FabricGeometry {
  /** C, even. */
  readonly columns: number;
  /** R: visible rows. A column has R+1 units. */
  readonly rows: number;
  /** Tiles of a unit, 1..4. */
  readonly subs: number;
  /** Memory of a tile, a multiple of 16 KiB, from MEMORY_BASE on. */
  readonly memory_bytes: number;
  /** What a mux register holds after reset. */
  readonly mux_reset: number;
}

/** Section 1. `mini` is our choice there. */
export const GEOMETRIES: Readonly<Record<"gc2" | "c600" | "mini", FabricGeometry>> = {
  gc2: { columns: 16, rows: 19, subs: 4, memory_bytes: 0x40000, mux_reset: 0x500 },
  c600: { columns: 16, rows: 23, subs: 4, memory_bytes: 0x9c000, mux_reset: 0x640 },
  mini: { columns: 4, rows: 4, subs: 4, memory_bytes: 0x10000, mux_reset: 0x640 },
};

export const MEMORY_BASE = 0x40000;
export const ELEMENT_BYTES = 0x4000;
/** Mux values from here on select nothing (section 4). */
export const MUX_NULL = 0x600;

/** A unit by its place in the silicon: row 0 is nearest the fabric. */
export interface Site {
  readonly column: number;
  readonly row: number;
}

/** A tile by visible row: bits 10:6 row, 5:2 column, 1:0 sub. */
export const visibleTile = (row: number, column: number, sub: number): number =>
  row * 64 + column * 4 + sub;

export interface TileFields {
  readonly row: number;
  readonly column: number;
  readonly sub: number;
}

export const fieldsOf = (tile: number): TileFields => ({
  row: Math.floor(tile / 64),
  column: Math.floor(tile / 4) % 16,
  sub: tile % 4,
});

/** True if the fields name a tile that software can see. */
export function isVisibleTile({ columns, rows, subs }: FabricGeometry, tile: number): boolean {
  const { row, column, sub } = fieldsOf(tile);
  return tile >= 0 && tile < MUX_NULL && row < rows && column < columns && sub < subs;
}

export const sideOf = ({ columns }: FabricGeometry, column: number): 0 | 1 =>
  column < columns / 2 ? 0 : 1;

export function xOf(geometry: FabricGeometry, column: number): number {
  return sideOf(geometry, column) === 0 ? column : geometry.columns - 1 - column;
}

/** A column and a sub: where a tile's bus and mux meet the fabric, whatever the tile's row. */
export interface Port {
  readonly column: number;
  readonly sub: number;
}

/** D of section 3: signed distance along the fabric from a source's port to a receiver's. */
export function distance(geometry: FabricGeometry, from: Port, to: Port): number {
  const [side_s, side_d] = [sideOf(geometry, from.column), sideOf(geometry, to.column)];
  let k: number;
  if (to.sub === 2 || to.sub === 3) k = side_d === to.sub % 2 ? 2 : 4;
  else k = side_d === to.sub ? 1 : 5;
  const source_place = xOf(geometry, from.column) + (side_s === from.sub % 2 ? 0 : 1);
  return 6 * (xOf(geometry, to.column) - source_place) + k;
}

/** What a word pays for changing sides. */
export function crossing(geometry: FabricGeometry, from: Port, to: Port): number {
  const side = sideOf(geometry, from.column);
  if (side === sideOf(geometry, to.column)) return 0;
  const x = xOf(geometry, from.column);
  return side === 0 ? geometry.columns - 1 - 2 * x : 1 + 2 * x;
}
