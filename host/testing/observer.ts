/** What a test sees of a machine beside its UARTs: the trace, the wires, the cycles of functions. */

import { TraceKind } from "../../assembly/kernel/abi.js";
import type { Machine } from "../core/machine.js";
import type { TraceRecord } from "../core/rings.js";
import { UserError } from "../error/index.js";
import { formatLine, nameRecord, type TraceLine, traceHeader } from "../trace/format.js";
import { EVENT_KINDS, KIND_BY_EVENT, type Namer } from "../trace/kinds.js";
import { machineNamer, type NamedProgram } from "../trace/namer.js";
import { PROFILE_KINDS } from "../trace/profile.js";
import { Profiler } from "../trace/profiler.js";

export interface ObserveOptions {
  readonly events?: readonly string[];
  /** Follow calls, for `cycles`. */
  readonly cycles?: boolean;
}

/** A level of a wire, from one edge to the next. */
export interface Pulse {
  readonly start_ps: bigint;
  readonly width_ps: bigint;
}

/** The calls of a function that have returned: cycles with all that they called. */
export interface CallCycles {
  readonly calls: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** @throws Error that names the function and the worst call when one took more cycles. */
  toBeAtMost(cycles: number): void;
}

export class Observer {
  private readonly records: TraceRecord[] = [];
  private readonly kept: ReadonlySet<number>;
  private readonly namer: Namer;
  private readonly profiler: Profiler | null;

  constructor(
    private readonly machine: Machine,
    private readonly name: string,
    programs: readonly NamedProgram[],
    { events, cycles = false }: ObserveOptions,
  ) {
    this.namer = machineNamer(machine, programs);
    const kinds = events?.map(kindOf) ?? EVENT_KINDS.map(({ kind }) => kind).filter(notRetire);
    this.kept = new Set<number>(kinds);
    const programOf = (node: string) =>
      programs.find(
        ({ symbols }) => symbols === (machine.image.symbolsByNode.get(node) as unknown),
      );
    this.profiler = cycles ? new Profiler(machine, programOf) : null;
    const wanted = new Set<TraceKind>([...kinds, TraceKind.WIRE, ...(cycles ? PROFILE_KINDS : [])]);
    machine.setTrace([...wanted], (records) => this.take(records));
  }

  private take(records: readonly TraceRecord[]): void {
    this.profiler?.take(records);
    for (const record of records) {
      if (this.kept.has(record.kind) || record.kind === TraceKind.WIRE) this.records.push(record);
    }
  }

  /** The records of the events asked for, named. */
  lines(): TraceLine[] {
    return this.records
      .filter(({ kind }) => this.kept.has(kind))
      .map((record) => nameRecord(record, this.namer));
  }

  /** The text form, as golden files hold it. */
  text(): string {
    const lines = this.lines().map((line) => `${formatLine(line)}\n`);
    return `${traceHeader(this.machine.image.name)}\n${lines.join("")}`;
  }

  /** High pulses at the far end of a wire that are over. @throws Error for an unknown wire. */
  pulses(wire: string): Pulse[] {
    const { image } = this.machine;
    const unit =
      image.wires.find(({ name }) => name === wire)?.unit ??
      image.pins.find(({ name }) => name === wire)?.wire;
    if (unit === undefined || unit === null) {
      const known = image.pins.filter((pin) => pin.wire !== null).map(({ name }) => name);
      throw new Error(`${this.name} has no wire "${wire}"; wired pins: ${known.join(", ")}`);
    }
    const pulses: Pulse[] = [];
    let start_ps: bigint | null = null;
    for (const record of this.records) {
      if (record.kind !== TraceKind.WIRE || record.unit !== unit) continue;
      if (record.a === 1) start_ps = record.time_ps;
      else if (start_ps !== null) {
        pulses.push({ start_ps, width_ps: record.time_ps - start_ps });
        start_ps = null;
      }
    }
    return pulses;
  }

  cycles(function_: string, node?: string): CallCycles {
    if (this.profiler === null) throw new Error(`${this.name}: observe({ cycles: true }) first`);
    this.profiler.stand();
    const found = this.profiler
      .results()
      .filter(({ name }) => node === undefined || name === node)
      .flatMap(({ name, spans }) => {
        const span = spans.get(function_);
        return span === undefined ? [] : [{ name, span }];
      });
    const [first, second] = found;
    if (first === undefined) throw new Error(`${this.name}: no call of ${function_} has returned`);
    if (second !== undefined) {
      const names = found.map(({ name }) => name).join(", ");
      throw new Error(`${function_} was called on ${names}: name the node`);
    }
    const { count, min, max, total } = first.span;
    const at_ps = this.machine.now();
    return {
      calls: count,
      min,
      max,
      mean: total / count,
      toBeAtMost: (limit) => {
        if (max <= limit) return;
        throw new Error(
          `${function_} on ${first.name} took ${max} cycles, at most ${limit} are allowed\n` +
            `  ${count} calls, ${min} to ${max} cycles, until ${at_ps} ps of ${this.name}`,
        );
      },
    };
  }
}

function notRetire(kind: TraceKind): boolean {
  return kind !== TraceKind.RETIRE;
}

function kindOf(event: string): TraceKind {
  const kind = KIND_BY_EVENT.get(event);
  if (kind !== undefined) return kind;
  const known = [...KIND_BY_EVENT.keys()].join(", ");
  const place = { argument: "observe" };
  throw new UserError("E209", `there is no trace event "${event}"`, place, `events: ${known}`);
}
