/**
 * A campaign: one scenario, run once clean, then once for every fault and time of a sweep, each
 * from the state of the clean run at that time. Run i depends on the plan and i alone, so workers
 * and shards can share the runs in any way.
 */

import type { Machine } from "../core/machine.js";
import { type Place, UserError } from "../error/index.js";
import { timeText } from "../machine/quantities.js";
import type { Namer } from "../trace/kinds.js";
import { classify, type RunClass, type SignCounts } from "./classify.js";
import { refuseScenario } from "./errors.js";
import { type FaultSpec, faultText } from "./fault.js";
import { KIND_ROWS } from "./fault-kinds.js";
import { mix } from "./mix.js";
import type { Scenario } from "./scenario.js";
import { type Checkpoint, type History, type ScenarioResult, ScenarioRun } from "./scenario-run.js";

/** What is swept: all faults without a trigger at all times, then those with one, once each. */
export interface Sweep {
  readonly faults: readonly FaultSpec[];
  readonly times: readonly bigint[];
  readonly seed: bigint;
}

/** One run of a sweep. */
export interface PlannedRun {
  readonly fault: FaultSpec;
  /** The fault without its time: a row of the heat map. */
  readonly site: string;
  /** Time of the sweep; null for a fault with a trigger of its own. */
  readonly time_ps: bigint | null;
  readonly seed: bigint;
}

/** A line of results.jsonl. Times and seeds are decimal strings. */
export interface RunRow {
  readonly run: number;
  readonly site: string;
  readonly time_ps: string | null;
  readonly fault: string;
  readonly seed: string;
  readonly class: RunClass;
  readonly fired_ps: string | null;
  readonly strikes: number;
  readonly failed: readonly string[];
  readonly ended: string;
  readonly end_ps: string;
  readonly digest: string;
  /** The command that does this run again. */
  readonly replay: string;
}

/** Kinds whose faults draw random numbers. */
const CHANCE = new Set(
  KIND_ROWS.filter((row) => row.course === "disturbing").map((row) => row.kind),
);

export function sweepRuns({ faults, times }: Sweep): number {
  return faults.reduce((sum, { trigger }) => sum + (trigger === null ? times.length : 1), 0);
}

/** Run i: the times of the first fault, then those of the next. */
export function plannedRun(sweep: Sweep, index: number): PlannedRun {
  let left = index;
  for (const fault of sweep.faults) {
    const count = fault.trigger === null ? sweep.times.length : 1;
    if (left >= count) {
      left -= count;
      continue;
    }
    const seed = mix(sweep.seed, index);
    const time_ps = fault.trigger === null ? sweep.times[left]! : null;
    const trigger = fault.trigger ?? {
      on: "t" as const,
      time: timeText(time_ps ?? 0n).replace(" ", ""),
    };
    const draws = CHANCE.has(fault.kind) && !fault.values.has("seed");
    const values = draws ? new Map([...fault.values, ["seed", seed.toString()]]) : fault.values;
    const timed = { ...fault, trigger, values };
    return { fault: { ...timed, id: faultText(timed) }, site: faultText(fault), time_ps, seed };
  }
  throw new RangeError(`run ${index} of ${sweepRuns(sweep)}`);
}

/** The grid A, A + every, ... before B. */
export function sweepTimes(from_ps: bigint, to_ps: bigint, every_ps: bigint): bigint[] {
  const times: bigint[] = [];
  for (let time_ps = from_ps; time_ps < to_ps; time_ps += every_ps) times.push(time_ps);
  return times;
}

export interface CampaignSetup {
  readonly scenario: Scenario;
  readonly sweep: Sweep;
  /** `hotspare run MODEL --scenario NAME`: what replays begin with. */
  readonly command: string;
}

/** Does the runs of a campaign on one machine. */
export class CampaignRunner {
  private readonly history: History;
  private readonly checkpoints = new Map<bigint, Checkpoint>();
  private readonly clean: ScenarioResult;

  /**
   * Runs the scenario clean, from power-on.
   * @throws UserError E123 when the scenario does not hold without the faults.
   */
  constructor(
    private readonly setup: CampaignSetup,
    private readonly machine: Machine,
    private readonly namer: Namer,
  ) {
    const { scenario, sweep } = setup;
    const times = [...new Set([0n, ...sweep.times])].sort((a, b) => (a < b ? -1 : 1));
    const run = new ScenarioRun(scenario, machine, namer);
    mustLieInside(times, run.end_ps, scenario.place);
    this.clean = run.run([], times);
    this.history = run.history();
    for (const one of this.history.checkpoints) this.checkpoints.set(one.time_ps, one);
    const wrong = this.clean.expectations.find(({ ok }) => !ok);
    if (wrong !== undefined) {
      const what = `the clean run fails: ${wrong.name}: ${wrong.detail}`;
      refuseScenario(scenario.place, what, "a sweep needs a scenario that holds without faults");
    }
  }

  get cleanSigns(): SignCounts {
    return this.clean.signs;
  }

  /** Run i of the sweep. A bug of ours is a row of class invalid, with `bug` true: use a new one. */
  run(index: number): { readonly row: RunRow; readonly bug: boolean } {
    const planned = plannedRun(this.setup.sweep, index);
    try {
      return { row: this.row(index, planned, this.fork(planned)), bug: false };
    } catch (error) {
      if (error instanceof UserError) throw error;
      const { message } = error as Error;
      return { row: this.broken(index, planned, `a bug of hotspare: ${message}`), bug: true };
    }
  }

  private fork({ fault, time_ps }: PlannedRun): ScenarioResult | null {
    const checkpoint = this.checkpoints.get(time_ps ?? 0n);
    if (checkpoint === undefined) return null; // the clean run ended before this time
    const run = new ScenarioRun(this.setup.scenario, this.machine, this.namer);
    return run.resume(checkpoint, this.history, fault);
  }

  private row(index: number, planned: PlannedRun, result: ScenarioResult | null): RunRow {
    if (result === null) {
      return this.broken(index, planned, "the scenario ends before the time of the fault");
    }
    const injected = result.faults.at(-1);
    return {
      ...this.head(index, planned),
      class: classify(result, this.clean.signs),
      fired_ps: injected?.time_ps ?? null,
      strikes: injected?.strikes ?? 0,
      failed: result.expectations
        .filter(({ ok }) => !ok)
        .map(({ name, detail }) => `${name}: ${detail}`),
      ended: result.ended,
      end_ps: result.time_ps.toString(),
      digest: result.digest,
      replay: this.replay(planned),
    };
  }

  private broken(index: number, planned: PlannedRun, why: string): RunRow {
    return {
      ...this.head(index, planned),
      class: "invalid",
      fired_ps: null,
      strikes: 0,
      failed: [why],
      ended: "time",
      end_ps: "0",
      digest: "",
      replay: this.replay(planned),
    };
  }

  private head(run: number, { site, fault, time_ps, seed }: PlannedRun) {
    const time = time_ps === null ? null : time_ps.toString();
    return { run, site, time_ps: time, fault: faultText(fault), seed: seed.toString() };
  }

  private replay({ fault }: PlannedRun): string {
    return `${this.setup.command} --inject '${faultText(fault)}'`;
  }
}

function mustLieInside(times: readonly bigint[], end_ps: bigint, place: Place): void {
  const last = times.at(-1) ?? 0n;
  if (last < end_ps) return;
  refuseScenario(place, `the sweep reaches ${last} ps`, `the scenario ends at ${end_ps} ps`);
}
