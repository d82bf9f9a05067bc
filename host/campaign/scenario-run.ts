/**
 * Runs a scenario on a machine: stimuli and looks at exact machine times, expectations over the
 * records. A run can be continued from a checkpoint of an earlier one: what had been seen until
 * then is seen again, so it ends as if it had run from the start.
 */

import type { TraceKind } from "../../assembly/kernel/abi.js";
import type { Machine } from "../core/machine.js";
import type { SerialRecord, TraceRecord } from "../core/rings.js";
import type { Snapshot } from "../core/snapshot.js";
import { RecordHub } from "../session/hub.js";
import type { Namer } from "../trace/kinds.js";
import { asScenario, refuseScenario } from "./errors.js";
import { unescapeText } from "./expr.js";
import type { FaultSpec } from "./fault.js";
import { ArmedFaults, type FaultReport } from "./fault-rows.js";
import { spanOf } from "./fault-triggers.js";
import { type EventTest, eventTest, type Monitor, monitorOf, type Outcome } from "./monitors.js";
import type { Scenario, Stimulus } from "./scenario.js";

/** From an event to what is done after it: the default, and the least there may be (our choice). */
const DELAY_PS = 100_000_000n;
const DELAY_LEAST_PS = 10_000_000n;

/** Classes of events that a scenario names. */
export const SIGNS = ["recovered", "degraded", "detected"] as const;
export type Sign = (typeof SIGNS)[number];

export interface ExpectationResult {
  readonly name: string;
  readonly ok: boolean;
  readonly violation: boolean;
  readonly detail: string | null;
}

export interface ScenarioResult {
  readonly ended: "until" | "time" | "halt";
  readonly time_ps: bigint;
  readonly digest: string;
  readonly expectations: readonly ExpectationResult[];
  /** How often each sign was seen. */
  readonly signs: Readonly<Record<Sign, number>>;
  /** No progress event for longer than the scenario allows, at the end. */
  readonly hang: boolean;
  readonly faults: readonly FaultReport[];
}

/** Where another run can go on. */
export interface Checkpoint {
  readonly time_ps: bigint;
  readonly snapshot: Snapshot;
}

/** What a run has left behind for those that continue it. */
export interface History {
  readonly records: readonly TraceRecord[];
  readonly serial: readonly SerialRecord[];
  readonly samples: readonly (Outcome | null)[];
  readonly checkpoints: readonly Checkpoint[];
}

interface PlannedStimulus {
  readonly stimulus: Stimulus;
  readonly after: EventTest | null;
  readonly delay_ps: bigint;
  due_ps: bigint | null;
  done: boolean;
}

export class ScenarioRun {
  readonly end_ps: bigint;
  private readonly monitors: readonly Monitor[];
  private readonly stimuli: readonly PlannedStimulus[];
  private readonly until: EventTest | null;
  private readonly progress: readonly EventTest[];
  private readonly within_ps: bigint;
  private readonly signs: readonly (readonly [Sign, readonly EventTest[]])[];
  private readonly counts: Record<Sign, number> = { recovered: 0, degraded: 0, detected: 0 };
  private readonly records: TraceRecord[] = [];
  private readonly serial: SerialRecord[] = [];
  private readonly samples: (Outcome | null)[];
  private readonly checkpoints: Checkpoint[] = [];
  private alive_ps = 0n;
  private until_ps: bigint | null = null;

  /**
   * @param hub shares the records with other readers.
   * @throws UserError E123 where the scenario does not fit the machine.
   */
  constructor(
    private readonly scenario: Scenario,
    private readonly machine: Machine,
    namer: Namer,
    private readonly hub: RecordHub = new RecordHub(machine),
  ) {
    const { image } = machine;
    const { place } = scenario;
    this.end_ps = asScenario(place, () => spanOf(scenario.for, { image, place }));
    const scope = { image, namer, end_ps: this.end_ps };
    const events = (list: readonly string[]) => list.map((one) => eventTest(one, scope, place));
    this.monitors = scenario.expect.map((one) => monitorOf(one, scope));
    this.samples = this.monitors.map(() => null);
    this.until = scenario.until === null ? null : eventTest(scenario.until, scope, place);
    this.progress = events(scenario.progress?.events ?? []);
    this.within_ps = scenario.progress ? this.span(scenario.progress.within, place) : 0n;
    this.signs = SIGNS.map((sign) => [sign, events(scenario.classes[sign] ?? [])]);
    this.stimuli = scenario.stimuli.map((stimulus): PlannedStimulus => {
      const { at, after, delay } = stimulus;
      const test = after === undefined ? null : eventTest(after, scope, stimulus.place);
      const delay_ps = delay === undefined ? DELAY_PS : this.span(delay, stimulus.place);
      if (delay_ps < DELAY_LEAST_PS) {
        refuseScenario(stimulus.place, `${delay} is too short`, "a delay is at least 10us");
      }
      this.mustFit(stimulus);
      const due_ps = at === undefined ? null : this.span(at, stimulus.place);
      return { stimulus, after: test, delay_ps, due_ps, done: false };
    });
  }

  private span(text: string, place: Scenario["place"]): bigint {
    return asScenario(place, () => spanOf(text, { image: this.machine.image, place }));
  }

  private mustFit({ uart, pin, place }: Stimulus): void {
    if (uart !== undefined) asScenario(place, () => this.machine.uart(uart));
    if (pin === undefined) return;
    const row = this.machine.image.pins.find(({ name }) => name === pin);
    if (row?.direction === "input" && row.wire === null) return;
    refuseScenario(place, `"${pin}" is no input that the outside drives`, "name a free input pin");
  }

  /** Kinds of record that it needs. */
  private kinds(): TraceKind[] {
    const tests = [
      ...this.monitors,
      ...this.progress,
      ...this.signs.flatMap(([, list]) => list),
      ...this.stimuli.flatMap(({ after }) => (after === null ? [] : [after])),
      ...(this.until === null ? [] : [this.until]),
    ];
    return [...new Set(tests.flatMap(({ kinds }) => kinds))] as TraceKind[];
  }

  /**
   * Runs from power-on.
   * @param faults beside the scenario's own.
   * @param checkpoints times at which the state is kept, in order.
   * @param limit_ps ends the run earlier.
   */
  run(
    faults: readonly FaultSpec[] = [],
    checkpoints: readonly bigint[] = [],
    limit_ps: bigint = this.end_ps,
  ): ScenarioResult {
    const armed = new ArmedFaults(this.machine, [...this.scenario.faults, ...faults]);
    return this.go(armed, checkpoints, limit_ps);
  }

  /** Goes on where another run stood at a checkpoint, with one more fault. */
  resume(checkpoint: Checkpoint, history: History, fault: FaultSpec | null): ScenarioResult {
    const { machine } = this;
    const own = this.scenario.faults;
    machine.restore(checkpoint.snapshot);
    for (const record of history.records) {
      if (record.time_ps >= checkpoint.time_ps) break;
      this.take(record);
    }
    this.serial.push(...history.serial.filter(({ time_ps }) => time_ps < checkpoint.time_ps));
    this.monitors.forEach(({ at_ps }, n) => {
      if (at_ps !== null && at_ps < checkpoint.time_ps)
        this.samples[n] = history.samples[n] ?? null;
    });
    for (const one of this.stimuli) {
      one.done = one.due_ps !== null && one.due_ps < checkpoint.time_ps;
    }
    const added = fault === null ? [] : [fault];
    if (fault !== null) new ArmedFaults(machine, added);
    return this.go(ArmedFaults.inState(machine, [...own, ...added]), [], this.end_ps);
  }

  /** What this run leaves for those that continue it. */
  history(): History {
    const { records, serial, samples, checkpoints } = this;
    return { records, serial, samples, checkpoints };
  }

  private go(
    faults: ArmedFaults,
    checkpoints: readonly bigint[],
    limit_ps: bigint,
  ): ScenarioResult {
    const { machine } = this;
    this.hub.listen(this.kinds(), (records) => {
      for (const record of records) this.take(record);
    });
    this.hub.listenSerial((record) => this.serial.push(record));
    const waiting = [...checkpoints];
    let halted = false;
    for (;;) {
      if (waiting[0] === machine.now()) this.keep(waiting.shift()!);
      this.act();
      const end_ps = this.lastTime(limit_ps);
      if (halted || machine.now() >= end_ps) break;
      halted = machine.run(this.nextStop(end_ps, waiting[0])) === "halt";
      this.hub.commit();
    }
    for (const { name } of machine.image.uarts) machine.uart(name).drain();
    const { until_ps } = this;
    const met = until_ps !== null && machine.now() >= until_ps;
    return this.result(halted ? "halt" : met ? "until" : "time", faults);
  }

  private keep(time_ps: bigint): void {
    const snapshot = this.machine.snapshot(this.checkpoints.at(-1)?.snapshot);
    this.checkpoints.push({ time_ps, snapshot });
  }

  private lastTime(limit_ps: bigint): bigint {
    const end_ps = limit_ps < this.end_ps ? limit_ps : this.end_ps;
    return this.until_ps !== null && this.until_ps < end_ps ? this.until_ps : end_ps;
  }

  /** Slices are short only while something is to be done soon after an event. */
  private nextStop(end_ps: bigint, checkpoint_ps: bigint | undefined): bigint {
    const now_ps = this.machine.now();
    let next_ps = end_ps;
    const before = (time_ps: bigint) => {
      if (time_ps > now_ps && time_ps < next_ps) next_ps = time_ps;
    };
    if (checkpoint_ps !== undefined) before(checkpoint_ps);
    for (const { at_ps } of this.monitors) if (at_ps !== null) before(at_ps);
    for (const { due_ps, delay_ps } of this.stimuli) before(due_ps ?? now_ps + delay_ps);
    if (this.until !== null && this.until_ps === null) before(now_ps + DELAY_PS);
    return next_ps;
  }

  /** Looks, then stimuli, at the time at which the machine stands. */
  private act(): void {
    const now_ps = this.machine.now();
    this.monitors.forEach((monitor, n) => {
      if (monitor.at_ps === now_ps) this.samples[n] = monitor.sample(this.machine);
    });
    for (const one of this.stimuli) {
      if (one.done || one.due_ps === null || one.due_ps > now_ps) continue;
      one.done = true;
      this.apply(one.stimulus);
    }
  }

  private apply({ uart, send, pin, level, place }: Stimulus): void {
    if (uart !== undefined && send !== undefined) {
      const bytes = asScenario(place, () => unescapeText(send));
      const taken = this.machine.uart(uart).push(bytes);
      if (taken === bytes.length) return;
      refuseScenario(
        place,
        `${uart} took ${taken} of ${bytes.length} bytes`,
        "send the rest later",
      );
    }
    const row = this.machine.image.pins.find(({ name }) => name === pin)!;
    this.machine.setInput(row.unit, row.bit, level === 0 ? 0 : 1);
  }

  private take(record: TraceRecord): void {
    this.records.push(record);
    for (const monitor of this.monitors) monitor.take(record);
    if (this.progress.some((test) => test.meets(record))) this.alive_ps = record.time_ps;
    for (const [sign, tests] of this.signs) {
      for (const test of tests) if (test.meets(record)) this.counts[sign] += 1;
    }
    for (const one of this.stimuli) {
      if (one.due_ps !== null || !one.after!.meets(record)) continue;
      one.due_ps = record.time_ps + one.delay_ps;
    }
    if (this.until?.meets(record)) this.until_ps ??= record.time_ps + DELAY_PS;
  }

  private result(ended: ScenarioResult["ended"], faults: ArmedFaults): ScenarioResult {
    const { machine, scenario } = this;
    const end = { machine, output: (uart: string) => this.output(uart) };
    const expectations = this.monitors.map((monitor, n): ExpectationResult => {
      const { title, violation } = scenario.expect[n]!;
      const { ok, detail } = monitor.finish(end, this.samples[n] ?? null);
      return { name: title, ok, violation: violation ?? false, detail };
    });
    const silent_ps = machine.now() - this.alive_ps;
    return {
      ended,
      time_ps: machine.now(),
      digest: machine.digest(),
      expectations,
      signs: this.counts,
      hang: scenario.progress !== null && ended !== "halt" && silent_ps > this.within_ps,
      faults: faults.report(),
    };
  }

  private output(uart: string): string {
    const unit = this.machine.image.uarts.find(({ name }) => name === uart)!.unit;
    const bytes = this.serial.filter((one) => one.unit === unit && !one.brk);
    return new TextDecoder().decode(Uint8Array.from(bytes, ({ byte }) => byte));
  }
}
