/** `hotspare exchange --rows FILE`: given rows run as they are; no compiler takes part. */

import { performance } from "node:perf_hooks";
import { Exit, UserError } from "../error/index.js";
import {
  decodeInstruction,
  eventsOf,
  parseRowFile,
  type RowFile,
  type RowFileTile,
  visibleToLogical,
  wordsOf,
} from "../exchange/index.js";
import { LandingStream } from "../exchange/run/stream.js";
import { readUserFile } from "../node/files.js";
import { TileChip, type TileError } from "../tile/index.js";
import type { CommandResult } from "./context.js";
import {
  bandwidth,
  type ExchangeFigures,
  figureText,
  hexWord,
  streamDigest,
  writePictures,
} from "./exchange-figures.js";
import { flagOption, textOption } from "./options.js";
import type { Options } from "./table.js";
import { defectOptions, refuseUnread, siliconOf } from "./tile-options.js";

/** Cycles after which rows that still run are given up: 1 second of a c600 is 1.5 G (our choice). */
const CYCLES_MOST = 20_000_000;
const STEP_CYCLES = 4096;
/** Landings and errors that a result lists; more are counted, and refused with --landed. */
const LISTED_MOST = 1_000_000;

interface Landed {
  readonly tile: number;
  readonly event: number;
  readonly source: number;
  readonly address: number;
  readonly word: number;
}

const UNREAD = [
  ["tiles", "--tiles"],
  ["words", "--words"],
  ["degree", "--degree"],
  ["seed", "--seed"],
  ["transfers", "--transfers"],
] as const;

export async function runRows(
  path: string,
  options: Options,
  module: WebAssembly.Module,
): Promise<CommandResult> {
  refuseUnread(options, UNREAD, "with --rows");
  const text = new TextDecoder().decode(readUserFile(path, "E136", "file of rows"));
  const file = parseRowFile(text, path, defectOptions(options));
  mustAgree(options, file, path);
  const run = await execute(file, module, wantsLandings(options));
  const figures = figuresOf(file, run, flagOption(options, "landed"));
  const rows = [...file.tiles].sort((a, b) => a.tile - b.tile);
  writePictures(options, figures, {
    chip: file.chip,
    defects: file.defects,
    title: `Rows of ${path}`,
    rows: rows.map(({ tile, row_address, row }) => ({
      visible: tile,
      address: row_address,
      words: row,
    })),
    names: rows.map(({ tile }) => String(tile)),
    landed: run.landed,
  });
  const exitCode = run.hung.length > 0 || !run.settled ? Exit.TIMEOUT : Exit.PASS;
  return { json: figures, text: figureText(figures), exitCode };
}

function wantsLandings(options: Options): boolean {
  const pictures = textOption(options, "svg") ?? textOption(options, "html");
  return flagOption(options, "landed") || pictures !== null;
}

/** The chip is the file's: another one on the command line would be ignored. */
function mustAgree(options: Options, { chip }: RowFile, path: string): void {
  const named = textOption(options, "chip");
  if (named === null || named === chip.name) return;
  const what = `${path} is for ${chip.name}, not for ${named}`;
  throw new UserError("E206", what, { argument: "--chip" }, "leave --chip out");
}

interface RowsRun {
  readonly fabric: TileChip;
  readonly settled: boolean;
  readonly hung: readonly number[];
  readonly errors: readonly TileError[];
  readonly landed: readonly Landed[];
  readonly stream: LandingStream;
  readonly cycles: number;
  readonly run_s: number;
}

async function execute(
  { chip, defects, tiles }: RowFile,
  module: WebAssembly.Module,
  keep: boolean,
): Promise<RowsRun> {
  const members = tiles.map(({ tile }) => tile);
  const fabric = await TileChip.create(module, { ...siliconOf(chip, defects), members });
  for (const { tile, row_address, row, memory } of tiles) {
    for (const { address, words } of memory) fabric.write(tile, address, words);
    fabric.write(tile, row_address, row);
  }
  const logical = visibleToLogical(chip);
  const stream = new LandingStream(logical, logical.length);
  const landed: Landed[] = [];
  const errors: TileError[] = [];
  let released: number | null = null;
  fabric.onLanding(
    (tile, event, source, address, word) => {
      stream.sink(tile, event, source, address, word);
      if (!keep) return;
      if (landed.length === LISTED_MOST) throw tooMany("words land");
      landed.push({ tile, event, source, address, word });
    },
    (error) => {
      if (errors.length < LISTED_MOST) errors.push(error);
    },
    (cycle) => {
      released ??= cycle;
    },
  );
  const begin_ms = performance.now();
  for (const { tile, row_address } of tiles) fabric.start(tile, row_address);
  const settled = fabric.settle(CYCLES_MOST, STEP_CYCLES);
  const views = tiles.map(({ tile }) => ({ tile, ...fabric.view(tile) }));
  const last = views
    .filter((view) => view.landed > 0)
    .reduce((most, { lastLanding }) => Math.max(most, lastLanding), -1);
  return {
    fabric,
    settled,
    hung: views.filter(({ exchange }) => exchange !== "core").map(({ tile }) => tile),
    errors,
    landed,
    stream,
    cycles: last < 0 ? 0 : last - (released ?? 0) + 1,
    run_s: (performance.now() - begin_ms) / 1000,
  };
}

function tooMany(what: string): UserError {
  return new UserError(
    "E206",
    `more than ${LISTED_MOST} ${what}: too many to list`,
    { argument: "--landed, --svg or --html" },
    "leave these options out, or run fewer tiles",
  );
}

function figuresOf(file: RowFile, run: RowsRun, landed: boolean): ExchangeFigures {
  const { chip, tiles, dump } = file;
  const byTile = <T extends { tile: number; event: number }>(list: readonly T[]) =>
    [...list].sort((a, b) => a.tile - b.tile || a.event - b.event);
  const members = new Set(tiles.map(({ tile }) => tile));
  return {
    chip: chip.name,
    pattern: null,
    tiles: tiles.length,
    words: null,
    transfers: null,
    defects: file.defects.map(({ col, row }) => [col, row] as const),
    cycles: run.cycles,
    scheduled: Math.max(0, ...tiles.map(lastEvent)),
    bound: null,
    floor: null,
    ratio: null,
    gbps: bandwidth(chip, run.stream.count, run.cycles),
    verified: null,
    stream_digest: streamDigest(run.stream),
    row_words: tiles.reduce((sum, { row }) => sum + row.length, 0),
    pieces: null,
    pieces_per_transfer: null,
    compile_s: null,
    run_s: run.run_s,
    errors: byTile(run.errors).map(({ tile, event, code, kind }) => ({ tile, event, code, kind })),
    dumps: dump.map(({ tile, address, words }) => {
      // A tile that is not listed has memory of zeros: nothing can have written to it.
      const found = members.has(tile)
        ? run.fabric.read(tile, address, words)
        : new Uint32Array(words);
      return { tile, address: hexAddress(address), words: Array.from(found, hexWord) };
    }),
    hung: run.hung,
    ...(landed
      ? {
          landed: byTile(run.landed).map((landing) => ({
            tile: landing.tile,
            event: landing.event,
            source: landing.source,
            address: hexAddress(landing.address),
            word: hexWord(landing.word),
          })),
        }
      : {}),
  };
}

const hexAddress = (address: number): string => `0x${address.toString(16)}`;

/** Last event of a row, in whichever numbering is longest: every sync restarts it. */
function lastEvent({ row, row_address }: RowFileTile): number {
  let [event, most] = [0, 0];
  for (let i = 0; i < row.length; ) {
    const instruction = decodeInstruction(row, i, row_address + 4 * i);
    if (instruction.op === "return" || instruction.op === "unknown") break;
    event = instruction.op === "sync" ? 0 : event + eventsOf(instruction);
    most = Math.max(most, event);
    i += wordsOf(instruction.op);
  }
  return Math.max(0, most - 1);
}
