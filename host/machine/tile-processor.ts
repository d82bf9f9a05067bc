/**
 * Tile processors of a machine file: from their rows to a description, and to the nodes they stand
 * for, one hart a tile, `NAME.tVISIBLE`, in the order of logical tiles.
 */

import type { z } from "zod";
import type { Place } from "../error/index.js";
import { CHIPS, type Chip, isVisible, MEMORY_BASE } from "../exchange/geometry.js";
import { logicalToVisible } from "../exchange/maps.js";
import type { NodeDescription } from "./description.js";
import { refuse } from "./errors.js";
import type { TileRepair } from "./tile-block.js";
import type { tileProcessor } from "./tile-schema.js";

type TileFile = z.infer<typeof tileProcessor>;

export interface TileProcessorDescription {
  readonly name: string;
  readonly chip: Chip;
  readonly clock: string;
  readonly repair: TileRepair;
  /** Visible tiles that run, by logical number. */
  readonly tiles: readonly number[];
  readonly overhead_cycles: number;
  readonly watchdog_cycles: number;
  readonly place: Place;
}

/** Where every tile's core finds its control page (our choice: beyond the largest memory). */
export const CONTROL_BASE = 0x0010_0000;
export const CONTROL_BYTES = 0x1000;
const DEFAULT_OVERHEAD = 250;
const DEFAULT_WATCHDOG = 2 ** 20;
const KIB = 1024;
const DEFAULT_MUX_RESET = 0x640;

/** The description of one row. @throws UserError E126. */
export function tileProcessorOf(
  name: string,
  row: TileFile,
  place: Place,
): TileProcessorDescription {
  const chip = chipOf(name, row.preset, place);
  const order = [...logicalToVisible(chip)];
  const wanted = row.tiles === undefined || row.tiles === "all" ? order.length : row.tiles;
  if (wanted > order.length) {
    fail(`"${name}" has ${order.length} tiles, not ${wanted}`, place, "lower tiles, or write all");
  }
  return {
    name,
    chip,
    clock: row.clock,
    repair: repairOf(name, chip, row, place),
    tiles: order.slice(0, wanted),
    overhead_cycles: row.barrier_overhead_cycles ?? DEFAULT_OVERHEAD,
    watchdog_cycles: row.barrier_watchdog_cycles ?? DEFAULT_WATCHDOG,
    place,
  };
}

/** The nodes that a tile processor stands for: a group with names of its own. */
export function tileNodes(
  { name, chip, clock, tiles }: TileProcessorDescription,
  row: TileFile,
  place: Place,
  firmwarePlace: Place,
): NodeDescription {
  return {
    name,
    count: tiles.length,
    names: tiles.map((tile) => `${name}.t${tile}`),
    isa: row.isa,
    timing: row.timing,
    clock,
    boot: MEMORY_BASE,
    firmware: row.firmware ?? null,
    memories: [
      {
        name: "ram",
        kind: "ram",
        base: MEMORY_BASE,
        size: chip.memory_bytes,
        aliasBases: [],
        wait_cycles: 0,
        place,
      },
    ],
    devices: [],
    foreign: [],
    place,
    firmwarePlace,
    bootPlace: place,
  };
}

function chipOf(name: string, preset: TileFile["preset"], place: Place): Chip {
  if (typeof preset === "string") return CHIPS[preset]!;
  const { columns, rows, tiles_per_unit: subs, memory_kib, mux_reset } = preset;
  const chip: Chip = {
    name,
    columns,
    rows,
    subs,
    clock_hz: 1,
    memory_bytes: memory_kib * KIB,
    mux_reset: mux_reset ?? DEFAULT_MUX_RESET,
  };
  if (columns % 2 !== 0) fail(`"${name}" has ${columns} columns`, place, "write an even number");
  if (memory_kib % 16 !== 0) {
    fail(`tiles of "${name}" have ${memory_kib} KiB`, place, "write a multiple of 16");
  }
  if (isVisible(chip, chip.mux_reset)) {
    fail(
      `mux_reset of "${name}" selects tile ${chip.mux_reset}`,
      place,
      "use 0x640, which is none",
    );
  }
  return chip;
}

function repairOf(name: string, chip: Chip, row: TileFile, place: Place): TileRepair {
  const defects = row.defects ?? [];
  for (const [column, silicon] of defects) {
    if (column < chip.columns && silicon <= chip.rows) continue;
    const hint = `columns are 0..${chip.columns - 1}, silicon rows 0..${chip.rows}`;
    fail(`"${name}" has no unit at column ${column}, silicon row ${silicon}`, place, hint);
  }
  if (row.codes !== undefined) {
    if (row.codes.length === chip.columns) return { codes: row.codes, defects };
    fail(`"${name}" has ${row.codes.length} repair codes`, place, `give ${chip.columns}, or none`);
  }
  const codes = new Array<number | null>(chip.columns).fill(null);
  for (const [column, silicon] of defects) {
    if (codes[column] !== null) {
      const what = `column ${column} of "${name}" has two defects: it cannot be repaired`;
      fail(what, place, "a column has one spare unit; leave one out, or give codes");
    }
    codes[column] = silicon;
  }
  return { codes, defects };
}

function fail(what: string, place: Place, hint: string): never {
  refuse("E126", what, place, hint);
}
