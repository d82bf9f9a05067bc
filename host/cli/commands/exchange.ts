/**
 * `hotspare exchange [PATTERN]`: compiles an exchange, runs it in the emulated fabric, and compares
 * every word; or runs given rows.
 */

import { performance } from "node:perf_hooks";
import { loadModule } from "../../core/module.js";
import { Exit, UserError } from "../../error/index.js";
import {
  type Chip,
  type CompiledExchange,
  type CompiledPattern,
  compileExchange,
  compilePattern,
  type Defect,
  deliveredWords,
  makeFabric,
  parsePlan,
  repairCodes,
  tileCount,
  visibleToLogical,
} from "../../exchange/index.js";
import {
  type ExchangeRun,
  isVerified,
  loadRows,
  runExchange,
} from "../../exchange/run/pattern-run.js";
import { LandingStream } from "../../exchange/run/stream.js";
import { readCore, readUserFile } from "../../node/files.js";
import { TileChip } from "../../tile/index.js";
import type { CommandResult, Context } from "../context.js";
import {
  bandwidth,
  type ExchangeFigures,
  figureText,
  hexWord,
  streamDigest,
  writePictures,
} from "../exchange-figures.js";
import { runRows } from "../exchange-rows.js";
import { flagOption, textOption } from "../options.js";
import type { Action, Options } from "../table.js";
import {
  asUsage,
  chipOption,
  defectOptions,
  numberOption,
  refuseUnread,
  siliconOf,
} from "../tile-options.js";

const WORDS_DEFAULT = 4;
const SEED_MOST = 2 ** 32 - 1;
/** Landings that --landed lists, and pictures keep, at most (our choice). */
const LISTED_MOST = 1_000_000;
const PICTURED_MOST = 20_000_000;

export const action: Action = async ([pattern], options, context) => {
  const plan = textOption(options, "plan");
  const rows = textOption(options, "rows");
  mustNameOne(pattern, plan, rows);
  const module = await loadModule(readCore());
  if (rows !== null) return runRows(rows, options, module);
  const chip = chipOption(options);
  const defects = defectOptions(options);
  repairCodes(chip, defects);
  context.status("compiling ...");
  const begin_ms = performance.now();
  const compiled =
    plan === null ? fromPattern(pattern!, chip, options) : fromPlan(plan, chip, options);
  const compile_s = (performance.now() - begin_ms) / 1000;
  return await runCompiled(compiled, { chip, defects, compile_s, options, module, context });
};

function mustNameOne(pattern?: string, plan?: string | null, rows?: string | null): void {
  const given = [pattern, plan, rows].filter((name) => name !== undefined && name !== null);
  if (given.length === 1) return;
  const what =
    given.length === 0 ? "nothing to exchange is named" : "two things to exchange are named";
  const hint = "name a PATTERN, or --plan FILE, or --rows FILE";
  throw new UserError("E206", what, { argument: "hotspare exchange" }, hint);
}

interface Compiled extends CompiledPattern {
  /** null for a plan. */
  readonly pattern: string | null;
  readonly words: number | null;
  readonly title: string;
}

function fromPattern(name: string, chip: Chip, options: Options): Compiled {
  const limit = 2 ** 32 - 1;
  if (name !== "h-relation") refuseUnread(options, [["degree", "--degree"]], `with ${name}`);
  if (name !== "random") refuseUnread(options, [["transfers", "--transfers"]], `with ${name}`);
  const tiles = numberOption(options, "tiles", "--tiles", limit) ?? tileCount(chip);
  const words = numberOption(options, "words", "--words", limit) ?? WORDS_DEFAULT;
  const degree = numberOption(options, "degree", "--degree", limit);
  const transfers = numberOption(options, "transfers", "--transfers", limit);
  const seed = numberOption(options, "seed", "--seed", SEED_MOST);
  const parameters = {
    tiles,
    words,
    ...(degree === undefined ? {} : { degree }),
    ...(transfers === undefined ? {} : { transfers }),
    ...(seed === undefined ? {} : { seed }),
  };
  const made = asUsage(() =>
    compilePattern(chip, name, parameters, seed === undefined ? {} : { seed }),
  );
  const title = `${name}, ${words} ${words === 1 ? "word" : "words"} a transfer`;
  return { ...made, pattern: name, words, title };
}

const PATTERN_OPTIONS = [
  ["tiles", "--tiles"],
  ["words", "--words"],
  ["degree", "--degree"],
  ["transfers", "--transfers"],
] as const;

function fromPlan(path: string, chip: Chip, options: Options): Compiled {
  refuseUnread(options, PATTERN_OPTIONS, "with --plan");
  const seed = numberOption(options, "seed", "--seed", SEED_MOST);
  const text = new TextDecoder().decode(readUserFile(path, "E133", "plan"));
  const { tiles, set } = parsePlan(text, path, chip);
  const fabric = makeFabric(chip, tiles);
  const exchange = compileExchange(fabric, set, seed === undefined ? {} : { seed });
  const steps = [{ exchange, repeats: 1 }];
  return { steps, report: exchange.report, pattern: null, words: null, title: `Plan ${path}` };
}

interface Setting {
  readonly chip: Chip;
  readonly defects: readonly Defect[];
  readonly compile_s: number;
  readonly options: Options;
  readonly module: WebAssembly.Module;
  readonly context: Context;
}

interface Landed {
  readonly tile: number;
  readonly event: number;
  readonly source: number;
  readonly address: number;
  readonly word: number;
}

async function runCompiled(compiled: Compiled, setting: Setting): Promise<CommandResult> {
  const { chip, defects, options, module, context } = setting;
  const listed = flagOption(options, "landed");
  const pictured = (textOption(options, "svg") ?? textOption(options, "html")) !== null;
  const moved = deliveredBy(compiled);
  mustFitList(moved, listed, pictured);
  const fabric = await TileChip.create(module, siliconOf(chip, defects));
  const stream = new LandingStream(visibleToLogical(chip), tileCount(chip));
  const first_words = compiled.steps[0] ? deliveredWords(compiled.steps[0].exchange.set) : 0;
  const landed: Landed[] = [];
  const first: { tile: number; event: number }[] = [];
  const begin_ms = performance.now();
  const runs = runSteps(fabric, compiled, 0, context);
  const run_s = (performance.now() - begin_ms) / 1000;
  // Once more with every landing recorded, which is slow: other words, the same cycles.
  fabric.onLanding((tile, event, source, address, word) => {
    stream.sink(tile, event, source, address, word);
    if (listed) landed.push({ tile, event, source, address, word });
    if (pictured && stream.count <= first_words) first.push({ tile, event });
  });
  runs.push(...runSteps(fabric, compiled, runs.length, context));
  const figures = figuresOf(compiled, setting, runs, run_s, stream, moved);
  const json = listed ? { ...figures, landed: sortLanded(landed) } : figures;
  const exchange = compiled.steps[0]?.exchange;
  if (exchange) {
    const shown = compiled.steps.length > 1 ? `${compiled.title}: first exchange` : compiled.title;
    writePictures(options, figures, {
      ...pictureOf(exchange),
      chip,
      defects,
      title: shown,
      landed: first,
    });
  }
  tellWrong(runs, context);
  return { json, text: figureText(json), exitCode: figures.verified ? Exit.PASS : Exit.FAIL };
}

/** Runs every exchange as often as the pattern says; `run` numbers the first of them. */
function runSteps(
  fabric: TileChip,
  { steps }: Compiled,
  run: number,
  context: Context,
): ExchangeRun[] {
  const runs: ExchangeRun[] = [];
  for (const { exchange, repeats } of steps) {
    loadRows(fabric, exchange);
    for (let repeat = 0; repeat < repeats; repeat++) {
      context.status(`running exchange ${run + runs.length + 1} ...`);
      runs.push(runExchange(fabric, exchange, run + runs.length));
    }
  }
  return runs;
}

function deliveredBy({ steps }: Compiled): number {
  return steps.reduce((sum, step) => sum + step.repeats * deliveredWords(step.exchange.set), 0);
}

/** Asked before the run: a list that nobody can hold would end it late. */
function mustFitList(words: number, listed: boolean, pictured: boolean): void {
  const most = listed ? LISTED_MOST : PICTURED_MOST;
  if ((!listed && !pictured) || words <= most) return;
  const argument = listed ? "--landed" : "--svg or --html";
  const what = `${words} words land, at most ${most} can be shown`;
  throw new UserError("E206", what, { argument }, "take fewer --tiles or --words");
}

function pictureOf({ rows, fabric }: CompiledExchange) {
  const shown = rows.slice(0, fabric.tiles);
  return {
    rows: shown,
    names: shown.map((_, tile) => String(tile)),
  };
}

function figuresOf(
  { report, pattern, words }: Compiled,
  { chip, defects, compile_s }: Setting,
  runs: readonly ExchangeRun[],
  run_s: number,
  stream: LandingStream,
  moved: number,
): ExchangeFigures {
  const sum = (some: readonly ExchangeRun[]) => some.reduce((all, run) => all + run.cycles, 0);
  const cycles = sum(runs.slice(0, runs.length / 2));
  const again = sum(runs.slice(runs.length / 2));
  return {
    chip: chip.name,
    pattern,
    tiles: report.tiles,
    words,
    transfers: report.transfers,
    defects: defects.map(({ col, row }) => [col, row] as const),
    cycles,
    scheduled: report.scheduled,
    bound: report.bound,
    floor: report.floor,
    ratio: report.floor === 0 ? 1 : cycles / report.floor,
    gbps: bandwidth(chip, moved, cycles),
    // The compiler's own count is checked too: what it promises, the fabric keeps.
    verified:
      runs.every(isVerified) &&
      cycles === report.cycles &&
      again === cycles &&
      stream.count === moved,
    stream_digest: streamDigest(stream),
    row_words: report.row_words,
    pieces: report.pieces,
    pieces_per_transfer: report.pieces_per_transfer,
    compile_s,
    run_s,
    errors: [],
    dumps: [],
    hung: [],
  };
}

function sortLanded(landed: readonly Landed[]) {
  const order = [...landed].sort((a, b) => a.tile - b.tile || a.event - b.event);
  return order.map(({ tile, event, source, address, word }) => ({
    tile,
    event,
    source,
    address: `0x${address.toString(16)}`,
    word: hexWord(word),
  }));
}

function tellWrong(runs: readonly ExchangeRun[], context: Context): void {
  const bad = runs.find((run) => !isVerified(run));
  if (bad) context.log(`not verified: ${JSON.stringify(bad)}`);
}
