/** From transfers to a row for every tile of a chip, with a report. */

import { wordBound } from "./bound.js";
import { type Fabric, makeFabric } from "./fabric.js";
import { type Chip, tileCount } from "./geometry.js";
import { logicalToVisible } from "./maps.js";
import { type PatternParameters, patternSteps } from "./patterns.js";
import { type Placement, placeBuffers, tooLarge } from "./placement.js";
import { idleRow, type Row, writeRow } from "./row-writer.js";
import { type Schedule, type ScheduleOptions, scheduleTransfers } from "./schedule/index.js";
import { tileLoads } from "./schedule/orders.js";
import { Timeline } from "./timeline.js";
import { deliveredWords, type TransferSet } from "./transfers.js";

/** The row of one tile and where it lies. */
export interface TileRow {
  /** Visible tile number: what the hardware knows. */
  readonly visible: number;
  /** Byte address of the first word; ROW is written with it. */
  readonly address: number;
  readonly words: Uint32Array;
  /** Events after the barrier; 0 for an idle row. */
  readonly events: number;
}

export interface CompiledExchange {
  readonly fabric: Fabric;
  /** The transfers as given. */
  readonly set: TransferSet;
  readonly schedule: Schedule;
  readonly placement: Placement;
  /** By logical tile, all tiles of the chip: those that do not take part have idle rows. */
  readonly rows: readonly TileRow[];
  readonly report: ExchangeReport;
}

/** The keys of `hotspare exchange --json` that compiling decides (docs/cli.md), and the pieces. */
export interface ExchangeReport {
  readonly chip: string;
  readonly tiles: number;
  readonly transfers: number;
  /** First release to last word landed, inclusive. */
  readonly cycles: number;
  /** Last event of any row; 0 if no tile takes part. */
  readonly scheduled: number;
  /** Largest number of words sent or received by one tile. */
  readonly bound: number;
  readonly floor: number;
  /** cycles / floor; 1 for an exchange that moves nothing. */
  readonly ratio: number;
  /** Delivered bytes by time at the chip's clock, in 10^9 bytes a second. */
  readonly gbps: number;
  readonly row_words: number;
  readonly pieces: number;
  readonly pieces_per_transfer: number;
}

const BYTES_PER_WORD = 4;

/** Compiles one exchange. Throws E134 if buffers or rows do not fit in a tile. */
export function compileExchange(
  fabric: Fabric,
  set: TransferSet,
  options: ScheduleOptions & { readonly placement?: Placement } = {},
): CompiledExchange {
  const { chip, tiles } = fabric;
  const placement = options.placement ?? placeBuffers(chip, [set]);
  const schedule = scheduleTransfers(fabric, set, options);
  const timeline = new Timeline(fabric, schedule, placement);
  const visible = visibleTiles(fabric);
  const rows: TileRow[] = [];
  for (let tile = 0; tile < visible.length; tile++) {
    const row = tile < tiles ? rowOfTile(timeline, tile) : idleRow();
    const address = placement.code_base + row.lead_bytes;
    if (address + 4 * row.words.length > placement.end) {
      const bytes = address + 4 * row.words.length - placement.end + chip.memory_bytes;
      throw tooLarge(chip, `the buffers and the row of tile ${tile}`, bytes);
    }
    rows.push({ visible: visible[tile]!, address, words: row.words, events: row.events });
  }
  return {
    fabric,
    set,
    schedule,
    placement,
    rows,
    report: makeReport(fabric, set, schedule, rows),
  };
}

/** Visible tiles of the whole chip by logical tile, also of those that take no part. */
function visibleTiles({ chip, tiles, visible }: Fabric): Uint16Array {
  return tiles === tileCount(chip) ? visible : logicalToVisible(chip);
}

function rowOfTile(timeline: Timeline, tile: number): Row {
  const sends = timeline.sends(tile);
  const landings = timeline.landings(tile);
  return writeRow({
    sends,
    landings,
    mux: timeline.muxWrites(tile, landings),
    pointer: timeline.pointerWrites(landings),
  });
}

function makeReport(
  fabric: Fabric,
  set: TransferSet,
  schedule: Schedule,
  rows: readonly TileRow[],
): ExchangeReport {
  const events = rows.reduce((most, row) => Math.max(most, row.events), 0);
  const { cycles, floor } = schedule;
  return {
    chip: fabric.chip.name,
    tiles: fabric.tiles,
    transfers: set.count,
    cycles,
    scheduled: Math.max(0, events - 1),
    bound: wordBound(fabric.tiles, schedule.set),
    floor,
    ratio: floor === 0 ? 1 : cycles / floor,
    gbps: bandwidth(fabric.chip, deliveredWords(set), cycles),
    row_words: rows.reduce((sum, { words }) => sum + words.length, 0),
    pieces: schedule.count,
    pieces_per_transfer: schedule.set.count === 0 ? 0 : schedule.count / schedule.set.count,
  };
}

function bandwidth(chip: Chip, words: number, cycles: number): number {
  return cycles === 0 ? 0 : (words * BYTES_PER_WORD * chip.clock_hz) / cycles / 1e9;
}

export interface CompiledPattern {
  /** Exchanges in order, each to be run `repeats` times. */
  readonly steps: readonly { readonly exchange: CompiledExchange; readonly repeats: number }[];
  /** Sums over all exchanges, without barriers; `bound` counts a tile's words of all of them. */
  readonly report: ExchangeReport;
}

/** Compiles a named pattern on the first N logical tiles. Throws E132, E134. */
export function compilePattern(
  chip: Chip,
  name: string,
  parameters: PatternParameters,
  options: ScheduleOptions = {},
): CompiledPattern {
  const fabric = makeFabric(chip, parameters.tiles);
  const sets = patternSteps(name, parameters);
  const placement = placeBuffers(
    chip,
    sets.map(({ set }) => set),
  );
  const steps = sets.map(({ set, repeats }) => ({
    exchange: compileExchange(fabric, set, { ...options, placement }),
    repeats,
  }));
  return { steps, report: sumReports(fabric, steps) };
}

function sumReports(fabric: Fabric, steps: CompiledPattern["steps"]): ExchangeReport {
  const sum = (value: (exchange: CompiledExchange) => number) =>
    steps.reduce((total, { exchange, repeats }) => total + repeats * value(exchange), 0);
  const cycles = sum(({ report }) => report.cycles);
  const floor = sum(({ report }) => report.floor);
  const pieces = sum(({ report }) => report.pieces);
  const sent = sum(({ schedule }) => schedule.set.count);
  return {
    chip: fabric.chip.name,
    tiles: fabric.tiles,
    transfers: sum(({ set }) => set.count),
    cycles,
    scheduled: steps.reduce((most, { exchange }) => Math.max(most, exchange.report.scheduled), 0),
    bound: totalBound(fabric.tiles, steps),
    floor,
    ratio: floor === 0 ? 1 : cycles / floor,
    gbps: bandwidth(
      fabric.chip,
      sum(({ set }) => deliveredWords(set)),
      cycles,
    ),
    row_words: steps.reduce((total, { exchange }) => total + exchange.report.row_words, 0),
    pieces,
    pieces_per_transfer: sent === 0 ? 0 : pieces / sent,
  };
}

/** Largest number of words that one tile sends, or receives, over all exchanges together. */
function totalBound(tiles: number, steps: CompiledPattern["steps"]): number {
  const loads = new Float64Array(2 * tiles);
  for (const { exchange, repeats } of steps) {
    tileLoads(tiles, exchange.schedule.set).forEach((load, i) => {
      loads[i]! += repeats * load;
    });
  }
  return loads.reduce((most, load) => Math.max(most, load), 0);
}
