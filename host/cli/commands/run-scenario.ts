/** `hotspare run MACHINE --scenario NAME`: a scenario, once, with its verdict. */

import { performance } from "node:perf_hooks";
import { classify } from "../../campaign/classify.js";
import { spanOf } from "../../campaign/fault-triggers.js";
import { type ExpectationResult, ScenarioRun } from "../../campaign/scenario-run.js";
import { Machine } from "../../core/machine.js";
import { loadModule } from "../../core/module.js";
import { Exit, UserError } from "../../error/index.js";
import { readCore } from "../../node/files.js";
import { RecordHub } from "../../session/hub.js";
import { machineNamer } from "../../trace/namer.js";
import type { Context } from "../context.js";
import { faultsOf } from "../faults.js";
import { parseInteger } from "../grammar/number.js";
import { listOption, pairOptions, textOption } from "../options.js";
import { haltVerdict, type Verdict } from "../outcome.js";
import { runJson, runText } from "../run-result.js";
import { loadScenario } from "../scenario.js";
import type { Options } from "../table.js";
import { TraceFile, tracePlan } from "../trace-file.js";
import { waveFiles, wavePlan } from "../wave-files.js";

/** Options of `run` that a scenario decides itself. */
const EXCLUDED = ["serial", "paced", "until", "record", "from", "snapshotAt"] as const;
const NO_SIGNS = { recovered: 0, degraded: 0, detected: 0 };

/** @throws UserError E206 for options that contradict a scenario; those of scenario and machine. */
export async function runScenario(
  scenarioName: string,
  machineName: string,
  options: Options,
  context: Context,
) {
  const started_ms = performance.now();
  for (const name of EXCLUDED) {
    const value = options[name];
    if (value === undefined || value === false) continue;
    const argument = `--${name.replace("At", "-at")}`;
    const hint = "a scenario has its own stimuli, end and start";
    throw new UserError(
      "E206",
      `${argument} and --scenario exclude each other`,
      { argument },
      hint,
    );
  }
  const seed = textOption(options, "seed");
  const firmware = new Map(pairOptions(listOption(options, "firmware"), "--firmware", "NODE=ELF"));
  const given = seed === null ? null : parseInteger(seed, "--seed");
  const { scenario, loaded } = loadScenario(scenarioName, machineName, firmware, given);
  const faults = await faultsOf(options);
  const machine = await Machine.create(loaded.image, { module: await loadModule(readCore()) });
  const hub = new RecordHub(machine);
  const namer = machineNamer(machine, loaded.programs);
  const run = new ScenarioRun(scenario, machine, namer, hub);
  const limit = textOption(options, "for");
  const place = { argument: "--for" };
  const limit_ps = limit === null ? run.end_ps : spanOf(limit, { image: loaded.image, place });
  const plan = tracePlan(options);
  const trace = plan === null ? null : new TraceFile(plan, loaded.image.name, namer, hub);
  const waves = waveFiles(wavePlan(options), machine, namer, hub, null);
  context.announce("ready");
  const result = run.run(faults, [], limit_ps);
  trace?.close();
  waves.close(machine.now());
  const good = result.expectations.every(({ ok }) => ok) && result.faults.every((one) => one.fired);
  const cut = limit_ps < run.end_ps && result.ended === "time";
  const { halt } = haltVerdict(machine.halt());
  const verdict: Verdict = cut
    ? { outcome: "timeout", exitCode: Exit.TIMEOUT, halt }
    : good && !result.hang
      ? { outcome: "pass", exitCode: Exit.PASS, halt }
      : { outcome: "fail", exitCode: Exit.FAIL, halt };
  const wall_s = (performance.now() - started_ms) / 1000;
  const scenarioJson = {
    name: scenarioName,
    class: classify(result, NO_SIGNS),
    hang: result.hang,
    expectations: result.expectations,
  };
  const json = {
    ...runJson(machine, verdict, { faults: result.faults, wall_s }),
    scenario: scenarioJson,
  };
  const lines = result.expectations.map(expectationText).join("");
  const text = `${runText(json)}${lines}  class: ${scenarioJson.class}\n`;
  return { json, text, exitCode: verdict.exitCode };
}

function expectationText({ name, ok, detail }: ExpectationResult): string {
  return `  ${ok ? "ok  " : "FAIL"} ${name}${detail === null ? "" : `: ${detail}`}\n`;
}
