/**
 * The measuring exchange: all tiles send a counted stream while every receiver walks its mux over
 * all sources, one event each. One exchange measures the path of every ordered pair, and every
 * tile's start and X (tile-processor.md section 6, last paragraph).
 *
 *     events   0 .. 255            256 .. 256+N-1        256+N      then
 *     sends    counted words in both directions ......................
 *     mux      (as after reset)    source 0, 1, ... N-1  neutral
 */

import { type Chip, MEMORY_BASE, MUX_NEUTRAL, pathOf } from "../geometry.js";
import { encodeInstruction, type RowInstruction } from "../rows.js";
import type { FabricRunner } from "./runner.js";

/** Longer than the longest path and all skew: the first word selected was sent after event 0. */
const LEAD_EVENTS = 256;
/** Longer than any mux lead, so that words flow until the neutral mux takes effect. */
const TRAIL_EVENTS = 320;
/** Rows, source words and landings keep to elements of their own: at most 4096 words each. */
const ROW_ADDRESS = MEMORY_BASE;
const SOURCE_ADDRESS = MEMORY_BASE + 0x4000;
const LANDING_ADDRESS = MEMORY_BASE + 0x8000;
/** Bytes of tile memory that measuring uses. */
export const MEASURE_MEMORY_BYTES = 0xc000;
const SETTLE_CYCLES = 100_000;
/** A counted word: the sender's event above its visible tile number. */
const TILE_BITS = 11;

/** What an exchange measured; indices run over `tiles`. */
export interface LatencyTable {
  /** Visible tiles, ascending. */
  readonly tiles: readonly number[];
  /** path[s * N + d]: cycles from the send event at s until the word is usable at d. */
  readonly path: Int16Array;
  /** Cycles from the release to event 0. */
  readonly start: Int16Array;
  /** Events from a mux write to the first word that it selects. */
  readonly lead: Int16Array;
}

/** Loads the measuring exchange, runs it and reads the table. `tiles` ascend. */
export function measureLatencies(runner: FabricRunner, tiles: readonly number[]): LatencyTable {
  return latencyMeter(tiles)(runner);
}

/** The same for many chips with these tiles: rows and words are made once. */
export function latencyMeter(tiles: readonly number[]): (runner: FabricRunner) => LatencyTable {
  const row = measuringRow(tiles);
  const words = tiles.map((tile) => countedWords(tile, tiles.length));
  return (runner) => {
    const before = tiles.map((tile) => runner.view(tile).landed);
    tiles.forEach((tile, i) => {
      runner.write(tile, ROW_ADDRESS, row);
      runner.write(tile, SOURCE_ADDRESS, words[i]!);
    });
    for (const tile of tiles) {
      if (!runner.start(tile, ROW_ADDRESS)) throw new Error(`no exchange unit at tile ${tile}`);
    }
    if (!runner.settle(SETTLE_CYCLES)) throw new Error("the measuring exchange does not end");
    return readTable(runner, tiles, before);
  };
}

function readTable(
  runner: FabricRunner,
  tiles: readonly number[],
  before: readonly number[],
): LatencyTable {
  const count = tiles.length;
  const release = runner.release() ?? 0;
  const views = tiles.map((tile) => runner.view(tile));
  const table = {
    tiles,
    path: new Int16Array(count * count),
    start: Int16Array.from(views, ({ base }) => base - release),
    lead: Int16Array.from(views, ({ base, lastLanding }) => {
      // The neutral mux takes effect right after the last landing.
      return lastLanding + 1 - base - (LEAD_EVENTS + count);
    }),
  };
  tiles.forEach((tile, d) => {
    const { landed, lastLanding } = views[d]!;
    if (landed - before[d]! !== count) {
      throw new Error(`tile ${tile} heard ${landed - before[d]!} of ${count} sources`);
    }
    const words = runner.read(tile, LANDING_ADDRESS, count);
    for (let s = 0; s < count; s++) {
      const word = words[s]!;
      if (word % 2 ** TILE_BITS !== tiles[s]) {
        throw new Error(`tile ${tile} heard tile ${word % 2 ** TILE_BITS}, not ${tiles[s]}`);
      }
      const sent = views[s]!.base + Math.floor(word / 2 ** TILE_BITS);
      table.path[s * count + d] = lastLanding - (count - 1 - s) - sent;
    }
  });
  return table;
}

function measuringRow(tiles: readonly number[]): Uint32Array {
  const send = (n: number): RowInstruction => ({ op: "sendoff", n, delta: 0, sctl: 3 });
  const walk = [...tiles, MUX_NEUTRAL].map(
    (value): RowInstruction => ({ op: "sendpic", n: 1, csel: 0, value }),
  );
  const row: RowInstruction[] = [
    { op: "sync", zone: 3 },
    { op: "send", n: 1, address: SOURCE_ADDRESS / 4, sctl: 3 },
    { op: "sendpic", n: 1, csel: 2, value: LANDING_ADDRESS / 4 },
    send(LEAD_EVENTS - 2),
    ...walk,
    send(TRAIL_EVENTS),
    { op: "return" },
  ];
  return Uint32Array.from(row.flatMap(encodeInstruction));
}

function countedWords(tile: number, count: number): Uint32Array {
  const words = new Uint32Array(LEAD_EVENTS + count + 1 + TRAIL_EVENTS + 1);
  for (let event = 0; event < words.length; event++) words[event] = event * 2 ** TILE_BITS + tile;
  return words;
}

/** Where two tables of the same tiles differ. */
export interface LatencyDifferences {
  readonly differences: number;
  readonly start_differences: number;
  readonly x_differences: number;
  readonly first_difference: {
    readonly source: number;
    readonly destination: number;
    readonly path: number;
    readonly expected: number;
  } | null;
}

/** Compares pairs with source != destination, and every tile's start and X. */
export function compareTables(found: LatencyTable, expected: LatencyTable): LatencyDifferences {
  const count = found.tiles.length;
  let differences = 0;
  let first_difference: LatencyDifferences["first_difference"] = null;
  for (let i = 0; i < found.path.length; i++) {
    if (found.path[i] === expected.path[i]) continue;
    const [s, d] = [Math.floor(i / count), i % count];
    if (s === d) continue;
    differences++;
    first_difference ??= {
      source: found.tiles[s]!,
      destination: found.tiles[d]!,
      path: found.path[i]!,
      expected: expected.path[i]!,
    };
  }
  const unequal = (a: Int16Array, b: Int16Array) => a.filter((value, i) => value !== b[i]).length;
  return {
    differences,
    start_differences: unequal(found.start, expected.start),
    x_differences: unequal(found.lead, expected.lead),
    first_difference,
  };
}

/** Least, mean and largest path over pairs with source != destination. */
export function pathSpread({ tiles, path }: LatencyTable) {
  const count = tiles.length;
  let [min, max, sum] = [Number.POSITIVE_INFINITY, 0, 0];
  for (let s = 0; s < count; s++) {
    for (let d = 0; d < count; d++) {
      if (s === d) continue;
      const value = path[s * count + d]!;
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
    }
  }
  const pairs = count * (count - 1);
  return { pairs, min: pairs === 0 ? 0 : min, mean: pairs === 0 ? 0 : sum / pairs, max };
}

/** Mean path from all other tiles to each tile, by visible tile. */
export function meanToTile({ tiles, path }: LatencyTable): Map<number, number> {
  const count = tiles.length;
  return new Map(
    tiles.map((tile, d) => {
      let sum = 0;
      for (let s = 0; s < count; s++) if (s !== d) sum += path[s * count + d]!;
      return [tile, count > 1 ? sum / (count - 1) : 0];
    }),
  );
}

/** The same from the closed form: for pictures of a chip that was not measured. */
export function meanByFormula(chip: Chip, tiles: readonly number[]): Map<number, number> {
  return new Map(
    tiles.map((tile) => {
      const sum = tiles.reduce((total, s) => total + (s === tile ? 0 : pathOf(chip, s, tile)), 0);
      return [tile, tiles.length > 1 ? sum / (tiles.length - 1) : 0];
    }),
  );
}
