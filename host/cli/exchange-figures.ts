/** What `hotspare exchange` prints: the JSON object, its text, and the pictures. */

import { createHash } from "node:crypto";
import type { Chip, Defect } from "../exchange/index.js";
import { makeFabric, repairCodes } from "../exchange/index.js";
import { meanByFormula } from "../exchange/run/measure.js";
import type { LandingStream } from "../exchange/run/stream.js";
import { writeUserFile } from "../node/files.js";
import {
  type ActivityLanding,
  type ActivityRow,
  chipMapSvg,
  gatherActivity,
  reportHtml,
  timelineSvg,
} from "../pictures/index.js";
import { textOption } from "./options.js";
import type { Options } from "./table.js";
import { table } from "./text-table.js";

/** Keys of specs and docs/cli.md; null where a run of given rows has no such figure. */
export interface ExchangeFigures {
  readonly chip: string;
  readonly pattern: string | null;
  readonly tiles: number;
  readonly words: number | null;
  readonly transfers: number | null;
  readonly defects: readonly (readonly [number, number])[];
  readonly cycles: number;
  readonly scheduled: number;
  readonly bound: number | null;
  readonly floor: number | null;
  readonly ratio: number | null;
  readonly gbps: number;
  readonly verified: boolean | null;
  readonly stream_digest: string;
  readonly row_words: number;
  readonly pieces: number | null;
  readonly pieces_per_transfer: number | null;
  readonly compile_s: number | null;
  readonly run_s: number;
  readonly errors: readonly object[];
  readonly dumps: readonly object[];
  readonly hung: readonly number[];
  readonly landed?: readonly object[];
}

const MEANINGS: Readonly<Partial<Record<keyof ExchangeFigures, string>>> = {
  cycles: "first release to last word landed, as measured",
  scheduled: "last event of any row",
  bound: "most words that one tile sends or receives",
  floor: "lower bound of the cycles",
  ratio: "cycles by floor",
  gbps: "10^9 bytes delivered a second at the chip's clock",
  verified: "every word was where the transfers say",
  stream_digest: "SHA-256 over logical tile, event and word of every landing",
  row_words: "words of all exchange rows",
  pieces: "contiguous runs that transfers were split into",
  compile_s: "host time of the compilation",
  run_s: "host time of the run",
};

/** Figures that the text and the report show, with what they mean. */
export function figureRows(figures: ExchangeFigures): [string, string, string][] {
  const rows = Object.entries(figures).filter(([, value]) => {
    return value !== null && !(Array.isArray(value) && value.length === 0);
  });
  return rows.map(([name, value]) => [
    name,
    shown(value),
    MEANINGS[name as keyof ExchangeFigures] ?? "",
  ]);
}

function shown(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? `${value}` : value.toFixed(4);
  if (Array.isArray(value)) {
    const items = value.slice(0, 16).map((item) => JSON.stringify(item));
    return items.join(" ") + (value.length > 16 ? ` and ${value.length - 16} more` : "");
  }
  return String(value);
}

export function figureText(figures: ExchangeFigures): string {
  return table(figureRows(figures).map(([name, value]) => [name, value]));
}

export function streamDigest(stream: LandingStream): string {
  const hash = createHash("sha256");
  for (const bytes of stream.bytes()) hash.update(bytes);
  return hash.digest("hex");
}

export function hexWord(word: number): string {
  return word.toString(16).padStart(8, "0");
}

/** 10^9 bytes a second. */
export function bandwidth(chip: Chip, words: number, cycles: number): number {
  return cycles === 0 ? 0 : (words * 4 * chip.clock_hz) / cycles / 1e9;
}

export interface Pictured {
  readonly chip: Chip;
  readonly defects: readonly Defect[];
  readonly title: string;
  /** In the order of the picture, with their names. */
  readonly rows: readonly ActivityRow[];
  readonly names: readonly string[];
  readonly landed: Iterable<ActivityLanding>;
}

/** Writes what --svg and --html ask for. */
export function writePictures(options: Options, figures: ExchangeFigures, what: Pictured): void {
  const svg = textOption(options, "svg");
  const html = textOption(options, "html");
  if (svg === null && html === null) return;
  const { chip, defects, title } = what;
  const activity = gatherActivity(chip, what.rows, what.names, what.landed);
  const { cycles, floor, ratio } = figures;
  const parts = [`${cycles} cycles`, `${figures.tiles} tiles of ${chip.name}`];
  if (floor !== null && ratio !== null) parts.push(`floor ${floor}`, `ratio ${ratio.toFixed(4)}`);
  if (figures.verified !== null) parts.push(figures.verified ? "verified" : "NOT verified");
  const timeline = timelineSvg(activity, { title, subtitle: parts.join(", ") });
  if (svg !== null) writeUserFile(svg, timeline, "--svg");
  if (html === null) return;
  const mean = meanByFormula(chip, [...makeFabric(chip).visible]);
  const map = chipMapSvg({
    chip,
    codes: repairCodes(chip, defects),
    defects,
    forced: [],
    value: (tile) => mean.get(tile),
    quantity: "mean latency to the tile, cycles",
    title: `${chip.name}: the chip`,
    subtitle: "latency by the closed form; hotspare repair measures it",
  });
  const sections = [
    { heading: "Timeline", text: TIMELINE_TEXT, svg: timeline },
    { heading: "Chip", text: CHIP_TEXT, svg: map },
  ];
  writeUserFile(html, reportHtml({ title, figures: figureRows(figures), sections }), "--html");
}

const TIMELINE_TEXT =
  "What every tile does in every cycle from the release: sends are read off the exchange rows, " +
  "landings were recorded while the rows ran in the emulated fabric.";
const CHIP_TEXT =
  "The columns on both sides of the exchange fabric, with defective, shifted and spare units, " +
  "and the delay stages that keep every transmission time as it was.";
