/**
 * The tile processor's geometry and the closed form of its timing.
 *
 * A visible tile number has the fields
 *
 *     10       6 5      2 1   0
 *     |  row   |  col   | sub |
 *
 * in every geometry, so numbers are sparse in small chips. Columns stand on two facing sides of
 * the fabric; x is a column's place along its side:
 *
 *     side 0:  col 0    1    2  ...  C/2-1          x = col
 *     side 1:  col C-1  C-2  ...     C/2            x = C-1-col
 *
 * Sources: [RE] public reverse engineering of the Mk1 and Mk2 chips (osmarks/ipu-stack,
 * Saghetti0/graphcore-ipu-research), facts only; [US] patent US 2020/0201704; or our choice.
 */

import { exchangeError } from "./errors.js";

export type Source = "reverse-engineered" | "patent" | "inferred" | "our-choice";

/** What the exchange compiler must know of a chip. */
export interface Chip {
  readonly name: string;
  /** C: even, 2..16. */
  readonly columns: number;
  /** R: visible rows, 1..24. Every column has R+1 units, one of them spare. */
  readonly rows: number;
  /** Tiles that share a unit, 1..4. */
  readonly subs: number;
  readonly clock_hz: number;
  /** Memory of one tile, a multiple of the 16 KiB element. */
  readonly memory_bytes: number;
  /** What a mux register holds after reset: a value that names no visible tile. */
  readonly mux_reset: number;
}

type Sourced<T> = { readonly [K in keyof T]: readonly [value: T[K], source: Source] };

export const PRESET_SOURCES: Readonly<Record<string, Sourced<Chip>>> = {
  gc2: {
    name: ["gc2", "reverse-engineered"],
    columns: [16, "reverse-engineered"],
    rows: [19, "reverse-engineered"],
    subs: [4, "reverse-engineered"],
    clock_hz: [1_600_000_000, "reverse-engineered"],
    memory_bytes: [256 * 1024, "reverse-engineered"],
    mux_reset: [0x500, "our-choice"],
  },
  c600: {
    name: ["c600", "reverse-engineered"],
    columns: [16, "reverse-engineered"],
    // 24 units are built in a column: inferred, since the patent has one spare a column.
    rows: [23, "reverse-engineered"],
    subs: [4, "reverse-engineered"],
    clock_hz: [1_500_000_000, "reverse-engineered"],
    memory_bytes: [624 * 1024, "reverse-engineered"],
    mux_reset: [0x640, "our-choice"],
  },
  mini: {
    name: ["mini", "our-choice"],
    columns: [4, "our-choice"],
    rows: [4, "our-choice"],
    subs: [4, "our-choice"],
    clock_hz: [100_000_000, "our-choice"],
    memory_bytes: [64 * 1024, "our-choice"],
    mux_reset: [0x640, "our-choice"],
  },
};

const preset = (name: string): Chip => {
  const p = PRESET_SOURCES[name]!;
  return {
    name: p.name[0],
    columns: p.columns[0],
    rows: p.rows[0],
    subs: p.subs[0],
    clock_hz: p.clock_hz[0],
    memory_bytes: p.memory_bytes[0],
    mux_reset: p.mux_reset[0],
  };
};

export const CHIPS: Readonly<Record<string, Chip>> = Object.fromEntries(
  Object.keys(PRESET_SOURCES).map((name) => [name, preset(name)]),
);

/** A preset by name. Throws E130 for a name that is none; `where` is what names it. */
export function chipByName(name: string, where = "--chip"): Chip {
  const chip = Object.hasOwn(CHIPS, name) ? CHIPS[name] : undefined;
  if (chip) return chip;
  const known = Object.keys(CHIPS).join(", ");
  const shown = name.slice(0, 40);
  throw exchangeError("E130", `there is no chip "${shown}"`, where, `presets are ${known}`);
}

/** Tile memory starts here; elements are 16 KiB (RE; "everywhere" is our choice). */
export const MEMORY_BASE = 0x40000;
export const ELEMENT_BYTES = 0x4000;
/** Mux value that selects nothing, on every chip (RE: 0x640 is neutral). */
export const MUX_NEUTRAL = 0x640;
/** Mux values from here on select no tile (RE: 0x600 is the host). */
export const MUX_NULL_FIRST = 0x600;

export const SUB_BITS = 2;
export const COL_SHIFT = 2;
export const ROW_SHIFT = 6;
const COL_MASK = 0xf;
const SUB_MASK = 3;

type Limit = readonly [field: keyof Chip, least: number, most: number, step: number];

/** Field widths of section 1, and rows below mux value 0x600, bound what a chip can be. */
const LIMITS: readonly Limit[] = [
  ["columns", 2, 16, 2],
  ["rows", 1, MUX_NULL_FIRST >> ROW_SHIFT, 1],
  ["subs", 1, 4, 1],
  ["clock_hz", 1, 10_000_000_000, 1],
  // 18-bit word addresses reach 1 MiB; memory begins at 0x40000.
  ["memory_bytes", ELEMENT_BYTES, (1 << 20) - MEMORY_BASE, ELEMENT_BYTES],
  ["mux_reset", 0, 0x1fff, 1],
];

/** Returns the chip, or throws E130 that names the field and what it may be. */
export function validateChip(chip: Chip): Chip {
  for (const [field, least, most, step] of LIMITS) {
    const value = chip[field];
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
      if ((value as number) % step === 0) continue;
    }
    const multiple = step === 1 ? "" : `, a multiple of ${step}`;
    throw exchangeError(
      "E130",
      `${field} of chip "${chip.name}" is ${value}`,
      `chip ${chip.name}`,
      `give an integer from ${least} to ${most}${multiple}`,
    );
  }
  if (isVisible(chip, chip.mux_reset)) {
    throw exchangeError(
      "E130",
      `mux_reset of chip "${chip.name}" selects tile ${chip.mux_reset}`,
      `chip ${chip.name}`,
      "use a value that names no tile, such as 0x640",
    );
  }
  return chip;
}

export const rowOf = (tile: number): number => tile >> ROW_SHIFT;
export const colOf = (tile: number): number => (tile >> COL_SHIFT) & COL_MASK;
export const subOf = (tile: number): number => tile & SUB_MASK;

/** A visible tile number from its fields. */
export function tileAt(row: number, col: number, sub: number): number {
  return (row << ROW_SHIFT) | (col << COL_SHIFT) | sub;
}

/** True if a mux value names a tile of this chip. */
export function isVisible(chip: Chip, value: number): boolean {
  return (
    value >= 0 &&
    value < MUX_NULL_FIRST &&
    rowOf(value) < chip.rows &&
    colOf(value) < chip.columns &&
    subOf(value) < chip.subs
  );
}

export function tileCount(chip: Chip): number {
  return chip.rows * chip.columns * chip.subs;
}

/** 0 for the first half of the columns, 1 for the half that faces it. */
export function sideOf(chip: Chip, col: number): 0 | 1 {
  return col < chip.columns / 2 ? 0 : 1;
}

/** A column's place along its side of the fabric, 0..C/2-1. */
export function xOf(chip: Chip, col: number): number {
  return sideOf(chip, col) === 0 ? col : chip.columns - 1 - col;
}

/** Cycle of event 0 of a tile: the skew of the sync acknowledge (RE). Cycles, 0 for tile 0. */
export function startOf(chip: Chip, tile: number): number {
  return 4 * xOf(chip, colOf(tile)) + colOf(tile) + rowOf(tile);
}

/** Signed distance along the fabric (RE); never 0. Cycles. */
export function distance(chip: Chip, source: number, destination: number): number {
  const side_s = sideOf(chip, colOf(source));
  const side_d = sideOf(chip, colOf(destination));
  const sub_d = subOf(destination);
  const k = sub_d >= 2 ? (side_d === (sub_d & 1) ? 2 : 4) : side_d === sub_d ? 1 : 5;
  const from = xOf(chip, colOf(source)) + (side_s ^ (subOf(source) & 1));
  return 6 * (xOf(chip, colOf(destination)) - from) + k;
}

/** Cycles that a word needs to reach the other side, 0 on its own side (RE; 15 is C-1). */
function cross(chip: Chip, source: number, destination: number): number {
  const side_s = sideOf(chip, colOf(source));
  if (side_s === sideOf(chip, colOf(destination))) return 0;
  const x = xOf(chip, colOf(source));
  return side_s === 0 ? chip.columns - 1 - 2 * x : 1 + 2 * x;
}

/** Send event at `source` to word usable at `destination` (RE). Cycles, at least 23. */
export function pathOf(chip: Chip, source: number, destination: number): number {
  const along = Math.abs(distance(chip, source, destination));
  return 22 + rowOf(source) + along + cross(chip, source, destination) + rowOf(destination);
}

/** X: a mux write at event m selects what lands from event m + X on (RE). Cycles. */
export function muxLead(tile: number): number {
  return 52 + 2 * rowOf(tile);
}

/** The bit set of sctl that reaches `destination`: 1 or 2 (RE); 3 drives both. */
export function directionOf(chip: Chip, source: number, destination: number): 1 | 2 {
  return distance(chip, source, destination) < 1 ? 2 : 1;
}
