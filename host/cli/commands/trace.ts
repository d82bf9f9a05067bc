/** `hotspare trace FILE`: filter, convert and print a trace. */

import { Exit } from "../../error/index.js";
import { readUserFile } from "../../node/files.js";
import {
  formatJsonLine,
  formatLine,
  jsonHeader,
  parseTrace,
  type TraceLine,
  traceHeader,
} from "../../trace/format.js";
import { flagOption, listOption, textOption } from "../options.js";
import type { Action, Options } from "../table.js";
import { convertTrace, wavePlan } from "../wave-files.js";

export const action: Action = async ([path = ""], options) => {
  const waves = wavePlan(options);
  const text = new TextDecoder().decode(readUserFile(path, "E160", "trace"));
  const { machine, lines } = parseTrace(text, path);
  const kept = lines.filter(filterOf(options));
  const jsonl = flagOption(options, "jsonl");
  const rows = kept.map(jsonl ? formatJsonLine : formatLine);
  const head = jsonl ? jsonHeader(machine) : traceHeader(machine);
  const records = kept.map(({ time_ps, unit, event, fields }) => ({
    time_ps: time_ps.toString(),
    unit,
    event,
    fields: Object.fromEntries(fields),
  }));
  convertTrace(waves, machine, kept);
  const converted = waves.vcd !== null || waves.timeline !== null;
  return {
    json: { machine, records },
    text: converted && !jsonl ? "" : `${[head, ...rows].join("\n")}\n`,
    exitCode: Exit.PASS,
  };
};

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
