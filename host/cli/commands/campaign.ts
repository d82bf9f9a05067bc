/** `hotspare campaign SCENARIO`: a sweep of faults, in parallel. Source: docs/scenarios.md. */

import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { SingleBar } from "cli-progress";
import { type RunRow, type Sweep, sweepRuns, sweepTimes } from "../../campaign/campaign.js";
import { type FaultSpec, faultText } from "../../campaign/fault.js";
import { faultRow } from "../../campaign/fault-rows.js";
import { spanOf } from "../../campaign/fault-triggers.js";
import { countClasses, failures, junitXml, summaryText } from "../../campaign/report.js";
import type { Scenario } from "../../campaign/scenario.js";
import type { MachineImage } from "../../core/image.js";
import { loadModule } from "../../core/module.js";
import { Exit, type Place, UserError } from "../../error/index.js";
import { runCampaign } from "../../node/campaign-pool.js";
import { readCore } from "../../node/files.js";
import { type CampaignAbout, CampaignFolder, mergeFolders } from "../campaign-folder.js";
import type { Context } from "../context.js";
import { faultsIn } from "../faults.js";
import { parseInteger } from "../grammar/number.js";
import { firmwareHashes } from "../load.js";
import { flagOption, listOption, textOption } from "../options.js";
import { type LoadedScenario, loadCampaignScenario } from "../scenario.js";
import type { Action, Options } from "../table.js";

const JOBS_MAX = 256n;
const SHARDS_MAX = 4096;
/** Our choice: more checkpoints of the clean run than this would not fit into memory. */
const TIMES_MAX = 20_000n;
/** Violations that the result lists; results.jsonl has them all. */
const LISTED = 1000;

export const action: Action = async ([name], options, context) => {
  const started_ms = performance.now();
  const parts = listOption(options, "merge");
  if (parts.length > 0) return merge(parts, name, options, started_ms);
  if (name === undefined) {
    const hint = "give MODEL/NAME or the path of a scenario";
    throw new UserError("E213", "no scenario is given", { argument: "SCENARIO" }, hint);
  }
  const seed = textOption(options, "seed");
  const found = loadCampaignScenario(name, seed === null ? null : parseInteger(seed, "--seed"));
  const sweep = await sweepOf(found, options);
  const shard = shardOf(textOption(options, "shard"));
  const about: CampaignAbout = {
    id: idOf(found, sweep),
    name,
    summary: found.scenario.summary,
    runs: sweepRuns(sweep),
    shard: `${shard.index}/${shard.count}`,
  };
  const out = textOption(options, "out");
  if (out === null && flagOption(options, "resume")) {
    const place = { argument: "--resume" };
    throw new UserError("E213", "--resume needs --out", place, "name the folder to go on with");
  }
  const folder =
    out === null ? null : CampaignFolder.open(out, about, flagOption(options, "resume"));
  const rows = await perform(found, sweep, shard, about, folder, options, context);
  return finish(about, rows, folder, started_ms, context);
};

/** All runs of this shard: those that the folder holds already, and the rest. */
async function perform(
  { scenario, loaded, command }: LoadedScenario,
  sweep: Sweep,
  shard: { readonly index: number; readonly count: number },
  about: CampaignAbout,
  folder: CampaignFolder | null,
  options: Options,
  context: Context,
): Promise<RunRow[]> {
  const done = folder?.rows ?? [];
  const rows = [...done];
  const first = shard.index - 1 + done.length * shard.count;
  const total = Math.max(0, Math.ceil((about.runs - shard.index + 1) / shard.count));
  const bar = progressBar(context);
  bar?.start(total, done.length);
  const { image, programs } = loaded;
  try {
    context.signals.endCleanly();
    await runCampaign({
      job: {
        module: await loadModule(readCore()),
        image,
        programs: programs.map(({ symbols, sections }) => ({ symbols, sections })),
        setup: { scenario, sweep, command },
      },
      jobs: jobsOf(textOption(options, "jobs")),
      first,
      step: shard.count,
      end: about.runs,
      onRow: (row) => {
        rows.push(row);
        folder?.add(row);
        bar?.update(rows.length);
      },
      stopRequested: () => context.signals.requested !== null,
    });
  } finally {
    bar?.stop();
  }
  return rows;
}

function progressBar(context: Context): SingleBar | null {
  const { json, quiet } = context.options;
  if (json || quiet || process.stderr.isTTY !== true || process.env.CI) return null;
  const format = "{bar} {value}/{total} runs, {eta_formatted}";
  return new SingleBar({ format, stream: process.stderr, clearOnComplete: true });
}

async function finish(
  about: CampaignAbout,
  rows: RunRow[],
  folder: Pick<CampaignFolder, "write"> | null,
  started_ms: number,
  context: Context | null,
) {
  const text = summaryText(about.name, rows);
  if (folder !== null) {
    const { campaignHtml } = await import("../../campaign/report-html.js");
    folder.write("summary.txt", text);
    folder.write("junit.xml", junitXml(about.name, rows));
    folder.write("index.html", campaignHtml(about.name, about.summary, rows));
  }
  const bad = failures(rows);
  const violations = bad.slice(0, LISTED).map((row) => ({
    run: row.run,
    class: row.class,
    fault: row.fault,
    failed: row.failed,
    command: row.replay,
  }));
  const json = {
    name: about.name,
    runs: rows.length,
    fired: rows.filter(({ fired_ps }) => fired_ps !== null).length,
    classes: countClasses(rows),
    violations,
    wall_s: Math.round((performance.now() - started_ms) * 1000) / 1e6,
  };
  const stopped = context !== null && context.signals.requested !== null;
  const exitCode = stopped ? context.signals.exitCode : bad.length > 0 ? Exit.FAIL : Exit.PASS;
  const shown = violations
    .slice(0, 10)
    .map(({ failed, command }) => `${failed[0]}\n  ${command}\n`);
  return { json, text: text + (shown.length > 0 ? `\n${shown.join("")}` : ""), exitCode };
}

async function merge(
  parts: readonly string[],
  name: string | undefined,
  options: Options,
  started_ms: number,
) {
  const stray = name !== undefined || ["faults", "shard", "resume"].some((one) => options[one]);
  const out = textOption(options, "out");
  if (stray || out === null) {
    const what = "--merge joins folders of results into --out";
    const hint = "hotspare campaign --merge DIR... --out DIR";
    throw new UserError("E213", what, { argument: "--merge" }, hint);
  }
  const { about, rows } = mergeFolders(parts);
  const folder = CampaignFolder.open(out, about, false);
  for (const row of rows) folder.add(row);
  return finish(about, rows, folder, started_ms, null);
}

async function sweepOf({ scenario, loaded }: LoadedScenario, options: Options): Promise<Sweep> {
  const { image } = loaded;
  const file = textOption(options, "faults");
  const faults = file === null ? (scenario.sweep?.faults ?? []) : await faultsIn(file);
  if (faults.length === 0) {
    const hint = "give --faults FILE, or a sweep in the scenario";
    throw new UserError("E213", "there is nothing to sweep", { argument: "--faults" }, hint);
  }
  for (const fault of faults) mustFit(fault, image);
  return { faults, times: timesOf(scenario, image, options), seed: image.seed };
}

/** Mistakes in a fault show before the first run. */
function mustFit(fault: FaultSpec, image: MachineImage): void {
  faultRow({ ...fault, trigger: fault.trigger ?? { on: "t", time: "1ps" } }, image);
}

function timesOf(scenario: Scenario, image: MachineImage, options: Options): bigint[] {
  const place = (argument: string): Place => ({ argument });
  const span = (text: string, argument: string) => spanOf(text, { image, place: place(argument) });
  const every = textOption(options, "every") ?? scenario.sweep?.every;
  if (every === undefined) {
    const hint = "give --every TIME, or a sweep in the scenario";
    throw new UserError("E213", "the sweep has no grid of times", place("--every"), hint);
  }
  const window = textOption(options, "window") ?? scenario.sweep?.window ?? `0ps..${scenario.for}`;
  const [from, to, ...rest] = window.split("..");
  if (from === undefined || to === undefined || rest.length > 0) {
    throw new UserError("E213", `"${window}" is no window`, place("--window"), "write A..B");
  }
  const every_ps = span(every, "--every");
  const from_ps = span(from, "--window");
  const to_ps = span(to, "--window");
  const count = every_ps === 0n ? TIMES_MAX + 1n : (to_ps - from_ps) / every_ps;
  if (to_ps <= from_ps || count > TIMES_MAX) {
    const what = `the window ${window} in steps of ${every} has ${count} times`;
    throw new UserError("E213", what, place("--every"), `1 to ${TIMES_MAX} are possible`);
  }
  return sweepTimes(from_ps, to_ps, every_ps);
}

function jobsOf(text: string | null): number {
  if (text === null) return availableParallelism();
  const jobs = Number(parseInteger(text, "--jobs", JOBS_MAX));
  if (jobs > 0) return jobs;
  throw new UserError("E213", "0 jobs do nothing", { argument: "--jobs" }, "give 1 or more");
}

function shardOf(text: string | null): { index: number; count: number } {
  if (text === null) return { index: 1, count: 1 };
  const [index = 0, count = 0, ...rest] = text.split("/").map(Number);
  const whole = Number.isInteger(index) && Number.isInteger(count) && rest.length === 0;
  if (whole && index >= 1 && index <= count && count <= SHARDS_MAX) return { index, count };
  const what = `"${text}" is no shard`;
  throw new UserError("E213", what, { argument: "--shard" }, "write I/N, e.g. 1/4 to 4/4");
}

/** What results depend on: tables, code, scenario, sweep. */
function idOf({ scenario, loaded }: LoadedScenario, sweep: Sweep): string {
  const hash = createHash("sha256");
  const firmware = firmwareHashes(loaded.firmware).map(({ sha256 }) => sha256);
  const {
    place: _place,
    faults,
    expect,
    stimuli,
    sweep: _sweep,
    firmware: _paths,
    ...rest
  } = scenario;
  const parts = [
    loaded.image.hash,
    ...firmware,
    JSON.stringify({ ...rest, seed: null, file: null }),
    JSON.stringify(expect.map(({ place, ...one }) => one)),
    JSON.stringify(stimuli.map(({ place, ...one }) => one)),
    ...faults.map(faultText),
    ...sweep.faults.map(faultText),
    ...sweep.times.map(String),
    sweep.seed.toString(),
  ];
  for (const part of parts) hash.update(part).update("\n");
  return hash.digest("hex").slice(0, 32);
}
