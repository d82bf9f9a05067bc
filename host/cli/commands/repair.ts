/**
 * `hotspare repair`: the latency of every pair of tiles, measured by an exchange in the emulated
 * fabric, with and without defects.
 */

import { createHash } from "node:crypto";
import { performance } from "node:perf_hooks";
import { loadModule } from "../../core/module.js";
import { Exit } from "../../error/index.js";
import { type Chip, type Defect, makeFabric, repairCodes } from "../../exchange/index.js";
import {
  compareTables,
  type LatencyDifferences,
  type LatencyTable,
  latencyMeter,
  MEASURE_MEMORY_BYTES,
  meanToTile,
  pathSpread,
} from "../../exchange/run/measure.js";
import { readCore, writeUserFile } from "../../node/files.js";
import { chipMapSvg, type ForcedStage } from "../../pictures/index.js";
import { TileChip } from "../../tile/index.js";
import type { Context } from "../context.js";
import { flagOption, textOption } from "../options.js";
import type { Action, Options } from "../table.js";
import { table } from "../text-table.js";
import {
  chipOption,
  defectOptions,
  forceOptions,
  refuseUnread,
  siliconOf,
} from "../tile-options.js";

/** Measures one chip after the other. */
type Measure = (
  defects: readonly Defect[],
  forced?: readonly ForcedStage[],
) => Promise<LatencyTable>;

export const action: Action = async (_args, options, context) => {
  const begin_ms = performance.now();
  const chip = chipOption(options);
  const all = flagOption(options, "allDefects");
  if (all) refuseUnread(options, NOT_WITH_ALL, "with --all-defects");
  const defects = defectOptions(options);
  repairCodes(chip, defects);
  const forced = forceOptions(options, chip);
  const measure = await measuring(chip);
  const clean = await measure([]);
  const changed = defects.length > 0 || forced.length > 0;
  const found = changed ? await measure(defects, forced) : clean;
  context.signals.endCleanly();
  const { sum, chips } = all
    ? await measureAll(chip, measure, clean, context)
    : { sum: compareTables(found, clean), chips: changed ? 2 : 1 };
  const digest = writeTable(found, textOption(options, "table"));
  writeMap(options, chip, defects, forced, found);
  const json = {
    chip: chip.name,
    defects: defects.map(({ col, row }) => [col, row]),
    forced: forced.map(({ col, row, stage, value }) => [col, row, stage, value]),
    chips,
    ...pathSpread(found),
    table_digest: digest,
    ...sum,
    wall_s: (performance.now() - begin_ms) / 1000,
  };
  return { json, text: textOf(json), exitCode: exitOf(sum, forced, context) };
};

const NOT_WITH_ALL = [
  ["defect", "--defect"],
  ["forceStage", "--force-stage"],
  ["table", "--table"],
  ["svg", "--svg"],
] as const;

/** A forced stage shall differ; a repaired chip must not. */
function exitOf(sum: LatencyDifferences, forced: readonly ForcedStage[], { signals }: Context) {
  if (signals.requested !== null) return signals.exitCode;
  if (forced.length > 0) return Exit.PASS;
  const { differences, start_differences, x_differences } = sum;
  return differences + start_differences + x_differences === 0 ? Exit.PASS : Exit.FAIL;
}

async function measuring(chip: Chip): Promise<Measure> {
  const module = await loadModule(readCore());
  const tiles = [...makeFabric(chip).visible].sort((a, b) => a - b);
  // Measuring needs three elements of a tile's memory; the rest would only be cleared.
  const small = { ...chip, memory_bytes: Math.min(chip.memory_bytes, MEASURE_MEMORY_BYTES) };
  const measure = latencyMeter(tiles);
  return async (defects, forced) =>
    measure(await TileChip.create(module, siliconOf(small, defects, forced)));
}

/** Every single defect, compared with the clean chip. */
async function measureAll(
  chip: Chip,
  measure: Measure,
  clean: LatencyTable,
  context: Context,
): Promise<{ sum: LatencyDifferences; chips: number }> {
  let sum = compareTables(clean, clean);
  let chips = 1;
  const total = chip.columns * (chip.rows + 1);
  for (let unit = 0; unit < total && context.signals.requested === null; unit++) {
    const defect = { col: Math.floor(unit / (chip.rows + 1)), row: unit % (chip.rows + 1) };
    context.status(`defect ${defect.col}:${defect.row}, ${unit} of ${total} measured`);
    const one = compareTables(await measure([defect]), clean);
    chips++;
    sum = {
      differences: sum.differences + one.differences,
      start_differences: sum.start_differences + one.start_differences,
      x_differences: sum.x_differences + one.x_differences,
      first_difference: sum.first_difference ?? one.first_difference,
    };
    // A signal is seen only when the event loop turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { sum, chips };
}

/** The table as CSV, written to a file if one is named; returns the SHA-256 of the CSV. */
function writeTable({ tiles, path }: LatencyTable, file: string | null): string {
  const hash = createHash("sha256");
  const parts = ["source,destination,path\n"];
  tiles.forEach((source, s) => {
    let lines = "";
    tiles.forEach((destination, d) => {
      if (s !== d) lines += `${source},${destination},${path[s * tiles.length + d]}\n`;
    });
    parts.push(lines);
  });
  for (const part of parts) hash.update(part);
  if (file !== null) writeUserFile(file, parts.join(""), "--table");
  return hash.digest("hex");
}

function writeMap(
  options: Options,
  chip: Chip,
  defects: readonly Defect[],
  forced: readonly ForcedStage[],
  found: LatencyTable,
): void {
  const file = textOption(options, "svg");
  if (file === null) return;
  const mean = meanToTile(found);
  const svg = chipMapSvg({
    chip,
    codes: repairCodes(chip, defects),
    defects,
    forced,
    value: (tile) => mean.get(tile),
    quantity: "mean latency to the tile, cycles",
    title: `${chip.name}: latency to every tile`,
    subtitle: `measured over all pairs in the emulated fabric; defects: ${listed(defects)}`,
  });
  writeUserFile(file, svg, "--svg");
}

function listed(defects: readonly Defect[]): string {
  return defects.map(({ col, row }) => `${col}:${row}`).join(", ") || "none";
}

function textOf(json: Readonly<Record<string, unknown>>): string {
  const first = json.first_difference;
  const rows = Object.entries({
    chip: json.chip,
    "chips measured": json.chips,
    pairs: json.pairs,
    "path, least": json.min,
    "path, mean": (json.mean as number).toFixed(3),
    "path, most": json.max,
    "paths that differ": json.differences,
    "starts that differ": json.start_differences,
    "mux leads that differ": json.x_differences,
    "first difference": first === null ? "none" : JSON.stringify(first),
    "table's SHA-256": json.table_digest,
    seconds: (json.wall_s as number).toFixed(1),
  });
  return table(rows.map(([name, value]) => [name, String(value)]));
}
