/** `hotspare trace FILE`: filter, convert and print a trace, piece by piece. */

import { Exit, UserError } from "../../error/index.js";
import { suggestion } from "../../machine/nearest.js";
import { textPieces } from "../../node/pieces.js";
import {
  formatJsonLine,
  formatLine,
  jsonHeader,
  type TraceLine,
  traceHeader,
} from "../../trace/format.js";
import { KIND_BY_EVENT } from "../../trace/kinds.js";
import { TraceParser } from "../../trace/parse.js";
import { TraceSurvey } from "../../trace/vcd-lines.js";
import { flagOption, listOption, textOption } from "../options.js";
import type { Action, Options } from "../table.js";
import { convertTrace, wavePlan } from "../wave-files.js";

/** Records that one JSON object may hold (our choice: about 200 MB of text). */
const JSON_RECORDS_MAX = 1_000_000;
/** Lines of one piece of what is printed. */
const ROWS = 4096;

export const action: Action = async ([path = ""], options) => {
  const waves = wavePlan(options);
  checkEvents(options);
  const pieces = textPieces(path, "E160", "trace");
  const { machine, survey, kept } = surveyed(pieces, path, options);
  const lines = () => keptLines(pieces, path, options);
  const converted = waves.vcd !== null || waves.timeline !== null;
  if (converted) convertTrace(waves, machine, survey, lines());
  const jsonl = flagOption(options, "jsonl");
  return {
    json: () => ({ machine, records: records(kept, lines()) }),
    text: converted && !jsonl ? "" : printed(machine, jsonl, lines()),
    exitCode: Exit.PASS,
  };
};

/** Reads the whole trace once: what is wrong in it shows itself before anything is written. */
function surveyed(pieces: () => Iterable<string>, path: string, options: Options) {
  const parser = new TraceParser(path);
  const survey = new TraceSurvey();
  const units = new Set<string>();
  const keeps = filterOf(options);
  let kept = 0;
  for (const part of parsed(parser, pieces())) {
    for (const line of part) {
      units.add(line.unit);
      mustBeWhole(line);
      if (!keeps(line)) continue;
      survey.add(line);
      kept++;
    }
  }
  for (const unit of listOption(options, "unit")) {
    if (units.has(unit)) continue;
    const what = `the trace has no record of a unit "${unit}"`;
    throw new UserError("E209", what, { argument: "--unit" }, suggestion(unit, [...units]));
  }
  return { machine: parser.machine, survey, kept };
}

/** Reads the fields: a damaged one is an error even where it is not shown. */
function mustBeWhole(line: TraceLine): number {
  return line.fields.length;
}

function* parsed(parser: TraceParser, pieces: Iterable<string>): Generator<TraceLine[]> {
  for (const piece of pieces) yield parser.push(piece);
  yield parser.end();
}

function* keptLines(
  pieces: () => Iterable<string>,
  path: string,
  options: Options,
): Generator<TraceLine[]> {
  const keeps = filterOf(options);
  for (const lines of parsed(new TraceParser(path), pieces())) yield lines.filter(keeps);
}

function* printed(
  machine: string,
  jsonl: boolean,
  pieces: Iterable<readonly TraceLine[]>,
): Generator<string> {
  yield `${jsonl ? jsonHeader(machine) : traceHeader(machine)}\n`;
  const format = jsonl ? formatJsonLine : formatLine;
  for (const lines of pieces) {
    for (let from = 0; from < lines.length; from += ROWS) {
      yield `${lines
        .slice(from, from + ROWS)
        .map(format)
        .join("\n")}\n`;
    }
  }
}

function records(count: number, pieces: Iterable<readonly TraceLine[]>): object[] {
  if (count > JSON_RECORDS_MAX) {
    const what = `${count} records are too many for one JSON object`;
    throw new UserError("E206", what, { argument: "--json" }, "--jsonl prints one a line");
  }
  return [...pieces].flat().map(({ time_ps, unit, event, fields }) => ({
    time_ps: time_ps.toString(),
    unit,
    event,
    fields: Object.fromEntries(fields),
  }));
}

/** A later hotspare's kinds are written as `kindN`. */
const NAMELESS_EVENT = /^kind\d+$/;

function checkEvents(options: Options): void {
  for (const event of listOption(options, "event")) {
    if (KIND_BY_EVENT.has(event) || NAMELESS_EVENT.test(event)) continue;
    const hint = suggestion(event, [...KIND_BY_EVENT.keys()]);
    throw new UserError(
      "E209",
      `there is no trace event "${event}"`,
      { argument: "--event" },
      hint,
    );
  }
}

/** A line must pass every filter that is given; within one repeated option any will do. */
function filterOf(options: Options): (line: TraceLine) => boolean {
  const units = new Set(listOption(options, "unit"));
  const events = new Set(listOption(options, "event"));
  const grep = textOption(options, "grep");
  return (line) =>
    (units.size === 0 || units.has(line.unit)) &&
    (events.size === 0 || events.has(line.event)) &&
    (grep === null || formatLine(line).includes(grep));
}
