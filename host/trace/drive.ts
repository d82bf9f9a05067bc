/**
 * What the trace of a machine with a motor tells of a drive: torque and currents of both winding
 * sets, duty and edges of each PWM unit, states of nodes and clocks, and what happened when. The
 * memory that it takes does not grow with the length of the drive, but for events, of which the
 * first are kept.
 */

import { TraceKind, UnitKind } from "../../assembly/kernel/abi.js";
import { nameRecord } from "./format.js";
import type { Namer, RecordWords } from "./kinds.js";
import { type Bin, SampleSeries, ShareSeries } from "./series.js";

/** Kinds of records that a drive is made of. */
export const DRIVE_KINDS: readonly TraceKind[] = [
  TraceKind.PLANT,
  TraceKind.PWM_EDGE,
  TraceKind.CLOCK,
  TraceKind.HOLD,
  TraceKind.RESET,
  TraceKind.FAULT,
  TraceKind.MARK,
  TraceKind.LOCKSTEP,
];

export const PHASES = ["U", "V", "W"] as const;
/** Outputs of a PWM unit in a trace record, from bit 0 on. */
export const OUTPUTS = ["UH", "UL", "VH", "VL", "WH", "WL"] as const;

export interface DriveEvent {
  readonly time_ps: number;
  /** `fault`, `hold`, `reset`, `clock`, `mark`, `lockstep`. */
  readonly event: string;
  readonly unit: string;
  /** In few words: what was done to what. */
  readonly label: string;
  readonly text: string;
}

/** A unit has a state from a time to another. */
export interface Span {
  /** Name of a node, or `clock NAME`. */
  readonly unit: string;
  readonly from_ps: number;
  readonly to_ps: number;
  readonly state: string;
  /** As it should be: running, at the rate of the machine file. */
  readonly usual: boolean;
}

/** The six outputs of a PWM unit from a time on. */
export interface EdgeStep {
  readonly time_ps: number;
  readonly levels: number;
}

export interface DrivePwm {
  readonly name: string;
  readonly edges: number;
  /** Share of the time for which the high side of each phase was on. */
  readonly duty: readonly (readonly Bin[])[];
  /** Levels in the window. */
  readonly steps: readonly EdgeStep[];
}

export interface Drive {
  readonly machine: string;
  readonly start_ps: number;
  readonly end_ps: number;
  /** Torque of each set and of both, uNm. */
  readonly torque: readonly [readonly Bin[], readonly Bin[], readonly Bin[]];
  /** Largest current of the three phases of each set, mA. */
  readonly current: readonly [readonly Bin[], readonly Bin[]];
  /** Speed of the shaft, mrad/s. */
  readonly speed: readonly Bin[];
  readonly pwms: readonly DrivePwm[];
  readonly spans: readonly Span[];
  readonly events: readonly DriveEvent[];
  /** Events beyond those kept. */
  readonly eventsMore: number;
  /** Where edges are shown one by one: around the first fault, or the end of the drive. */
  readonly window: { readonly from_ps: number; readonly to_ps: number };
}

/** What the recorder needs of a machine. */
export interface DriveMachine {
  readonly name: string;
  readonly units: readonly { readonly name: string; readonly kind: number }[];
  readonly domains: readonly { readonly name: string; readonly rate_mhz: bigint }[];
}

/** Two control periods before the first fault, five after it. */
const BEFORE_PS = 100_000_000;
const AFTER_PS = 250_000_000;
const EVENTS_MOST = 500;
const SPANS_MOST = 5000;

class PwmRecorder {
  edges = 0;
  steps: EdgeStep[] = [];
  private readonly high = PHASES.map(() => new ShareSeries());
  private levels = 0;
  private readonly since: number[];

  constructor(
    readonly name: string,
    start_ps: number,
  ) {
    this.since = PHASES.map(() => start_ps);
    this.steps.push({ time_ps: start_ps, levels: 0 });
  }

  edge(time_ps: number, levels: number): void {
    this.edges++;
    this.until(time_ps);
    this.levels = levels;
    this.steps.push({ time_ps, levels });
  }

  /** Counts the time up to now. */
  until(time_ps: number): void {
    this.high.forEach((series, phase) => {
      if ((this.levels >> (2 * phase)) & 1) series.add(this.since[phase]!, time_ps);
      this.since[phase] = time_ps;
    });
  }

  /** Forgets steps that end before a time. */
  forget(before_ps: number): void {
    const first = this.steps.findIndex(({ time_ps }) => time_ps >= before_ps);
    this.steps = this.steps.slice(first < 0 ? -1 : Math.max(0, first - 1));
  }

  finish(drive_start_ps: number, end_ps: number, from_ps: number, to_ps: number): DrivePwm {
    this.until(end_ps);
    this.forget(from_ps);
    const { name, edges } = this;
    const duty = this.high.map((series) => series.bins(drive_start_ps, end_ps));
    return { name, edges, duty, steps: this.steps.filter(({ time_ps }) => time_ps < to_ps) };
  }
}

/** Reads the records of a drive, in order of time. */
export class DriveRecorder {
  private readonly torque = [new SampleSeries(), new SampleSeries(), new SampleSeries()] as const;
  private readonly current = [new SampleSeries(), new SampleSeries()] as const;
  private readonly speed = new SampleSeries();
  private readonly pwms = new Map<number, PwmRecorder>();
  private readonly spans: Span[] = [];
  private readonly open = new Map<string, Span>();
  private readonly events: DriveEvent[] = [];
  private eventsMore = 0;
  private fault_ps: number | null = null;
  private readonly start_ps: number;
  private forgotten_ps = 0;

  constructor(
    private readonly machine: DriveMachine,
    private readonly namer: Namer,
    start_ps: bigint,
  ) {
    this.start_ps = Number(start_ps);
    machine.units.forEach(({ name, kind }, unit) => {
      if (kind === UnitKind.PWM) this.pwms.set(unit, new PwmRecorder(name, this.start_ps));
      if (kind === UnitKind.HART) this.state(name, this.start_ps, "running", true);
    });
    for (const { name, rate_mhz } of machine.domains) {
      this.state(clockLane(name), this.start_ps, rateText(rate_mhz), true);
    }
  }

  add(records: readonly (RecordWords & { readonly time_ps: bigint })[]): void {
    for (const record of records) this.take(record, Number(record.time_ps));
  }

  finish(end: bigint): Drive {
    const end_ps = Number(end);
    const from_ps = Math.max(this.start_ps, (this.fault_ps ?? end_ps - AFTER_PS) - BEFORE_PS);
    const to_ps = Math.min(end_ps, from_ps + BEFORE_PS + AFTER_PS);
    // One unit after the other, nodes before clocks.
    const spans = [...this.open.values()].flatMap((last) => [
      ...this.spans.filter(({ unit }) => unit === last.unit),
      { ...last, to_ps: end_ps },
    ]);
    const [one, other, both] = this.torque;
    return {
      machine: this.machine.name,
      start_ps: this.start_ps,
      end_ps,
      torque: [one.bins(), other.bins(), both.bins()],
      current: [this.current[0].bins(), this.current[1].bins()],
      speed: this.speed.bins(),
      pwms: [...this.pwms.values()].map((pwm) => pwm.finish(this.start_ps, end_ps, from_ps, to_ps)),
      spans: spans.filter((span) => span.to_ps > span.from_ps),
      events: this.events,
      eventsMore: this.eventsMore,
      window: { from_ps, to_ps },
    };
  }

  private take(record: RecordWords & { readonly time_ps: bigint }, at_ps: number): void {
    switch (record.kind) {
      case TraceKind.PLANT:
        this.plant(record, at_ps);
        return;
      case TraceKind.PWM_EDGE:
        this.edge(record, at_ps);
        return;
      case TraceKind.CLOCK:
        this.clock(record, at_ps);
        break;
      case TraceKind.FAULT:
        this.fault_ps ??= at_ps;
        break;
      case TraceKind.HOLD:
        this.hold(record, at_ps);
        break;
    }
    this.happen(record, at_ps);
  }

  private plant({ a, b, c, d }: RecordWords, at_ps: number): void {
    const [one, other] = [a | 0, b | 0];
    this.torque[0].add(at_ps, one);
    this.torque[1].add(at_ps, other);
    this.torque[2].add(at_ps, one + other);
    this.current[0].add(at_ps, (d & 0xffff) * 10);
    this.current[1].add(at_ps, (d >>> 16) * 10);
    this.speed.add(at_ps, c | 0);
    if (this.fault_ps !== null || at_ps < this.forgotten_ps + 2 * AFTER_PS) return;
    this.forgotten_ps = at_ps;
    for (const pwm of this.pwms.values()) pwm.forget(at_ps - AFTER_PS - BEFORE_PS);
  }

  private edge({ unit, a }: RecordWords, at_ps: number): void {
    const pwm = this.pwms.get(unit);
    pwm?.edge(at_ps, a & 0x3f);
    // Beyond the window only the last step is of use.
    if (this.fault_ps !== null && at_ps > this.fault_ps + AFTER_PS) pwm?.steps.pop();
  }

  private clock({ a, b, c }: RecordWords, at_ps: number): void {
    const domain = this.machine.domains[a];
    if (domain === undefined) return;
    const rate = (BigInt(c >>> 0) << 32n) | BigInt(b >>> 0);
    this.state(clockLane(domain.name), at_ps, rateText(rate), rate === domain.rate_mhz);
  }

  private hold(record: RecordWords, at_ps: number): void {
    const [, reasons] = nameRecord({ ...record, time_ps: 0n }, this.namer).fields[0]!;
    const usual = record.a === 0;
    this.state(this.namer.unit(record.unit), at_ps, usual ? "running" : reasons, usual);
  }

  private state(unit: string, from_ps: number, state: string, usual: boolean): void {
    const before = this.open.get(unit);
    if (before?.state === state) return;
    if (before !== undefined && this.spans.length < SPANS_MOST) {
      this.spans.push({ ...before, to_ps: from_ps });
    }
    this.open.set(unit, { unit, from_ps, to_ps: from_ps, state, usual });
  }

  private happen(record: RecordWords & { readonly time_ps: bigint }, time_ps: number): void {
    if (this.events.length >= EVENTS_MOST) {
      this.eventsMore++;
      return;
    }
    const { unit, event, fields } = nameRecord(record, this.namer);
    const text = fields.map(([name, value]) => `${name} ${value}`).join(", ");
    const named = new Map(fields);
    const label = `${named.get("kind") ?? event} ${named.get("clock") ?? unit}`;
    this.events.push({ time_ps, event, unit, label, text });
  }
}

const clockLane = (name: string): string => `clock ${name}`;

/** `80 MHz`, `79.2 MHz`, `stopped`. */
function rateText(rate_mhz: bigint): string {
  return rate_mhz === 0n ? "stopped" : `${Number(rate_mhz) / 1e9} MHz`;
}
