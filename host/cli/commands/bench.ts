/** `hotspare bench [NAME]`: the project's benchmarks, as a table and as JSON. */

import type { BenchResult } from "../../bench/measure.js";
import { benchmarks } from "../../bench/suite.js";
import { loadModule } from "../../core/module.js";
import { Exit, UserError } from "../../error/index.js";
import { suggestion } from "../../machine/nearest.js";
import { readCore } from "../../node/files.js";
import { parseInteger } from "../grammar/number.js";
import { loadMachine } from "../load.js";
import { textOption } from "../options.js";
import type { Action } from "../table.js";
import { table } from "../text-table.js";

const RUNS_MIN = 5n;
const RUNS_MAX = 1000n;

export const action: Action = async ([name], options, context) => {
  const runs = runsOf(textOption(options, "runs") ?? "5");
  const all = benchmarks();
  const chosen = name === undefined ? all : all.filter((row) => row.name === name);
  if (chosen.length === 0) {
    const hint = suggestion(
      name ?? "",
      all.map((row) => row.name),
    );
    throw new UserError("E209", `there is no benchmark "${name}"`, { argument: name ?? "" }, hint);
  }
  const module = await loadModule(readCore());
  const model = (model: string) => loadMachine(model, new Map(), null).image;
  const results: BenchResult[] = [];
  for (const row of chosen) {
    context.status(`${row.name} ...`);
    results.push(...(await row.run({ module, runs, model })));
  }
  return { json: { results }, text: textOf(results), exitCode: Exit.PASS };
};

function runsOf(text: string): number {
  const runs = parseInteger(text, "--runs", RUNS_MAX);
  if (runs >= RUNS_MIN) return Number(runs);
  const place = { argument: "--runs" };
  throw new UserError("E202", "too few runs for a median", place, `give ${RUNS_MIN} or more`);
}

function textOf(results: readonly BenchResult[]): string {
  const head = ["name", "median", "unit", "runs", "min", "max"];
  const rows = results.map(({ name, median, unit, n, min, max }) => [
    name,
    String(median),
    unit,
    String(n),
    String(min),
    String(max),
  ]);
  return table([head, ...rows], [1, 3, 4, 5]);
}
