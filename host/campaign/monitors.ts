/**
 * Expectations at work: each looks at the trace records of a run in their order, or at the machine
 * at one exact time, and says in the end whether it held. Records carry machine time, so nothing
 * depends on how the run was sliced.
 */

import type { MachineImage } from "../core/image.js";
import type { Machine } from "../core/machine.js";
import type { TraceRecord } from "../core/rings.js";
import type { Place } from "../error/index.js";
import { nearest, suggestion } from "../machine/nearest.js";
import { readInteger, timeText } from "../machine/quantities.js";
import { testOf } from "../session/watch.js";
import type { Namer } from "../trace/kinds.js";
import { CHECKS } from "./checks/index.js";
import { asScenario, refuseScenario } from "./errors.js";
import { parseCondition } from "./expr.js";
import { findTargets } from "./fault-targets.js";
import { spanOf } from "./fault-triggers.js";
import type { Expectation } from "./scenario.js";

/** What an expectation came to. */
export interface Outcome {
  readonly ok: boolean;
  /** What was there instead; null when it held. */
  readonly detail: string | null;
}

export interface Monitor {
  /** TraceKinds that it looks at. */
  readonly kinds: readonly number[];
  /** Time at which `sample` is to be called, before the inputs of that time; null: never. */
  readonly at_ps: bigint | null;
  take(record: TraceRecord): void;
  /** What it sees at that time. */
  sample(machine: Machine): Outcome;
  /** Called once, at the end of the run, with what it saw at its time. */
  finish(end: End, sample: Outcome | null): Outcome;
}

export interface End {
  readonly machine: Machine;
  /** What each UART has sent to the outside. */
  output(uart: string): string;
}

export interface Scope {
  readonly image: MachineImage;
  readonly namer: Namer;
  /** When the run ends at the latest. */
  readonly end_ps: bigint;
}

/** An event of EXPR: its kinds, and whether a record is one. Keeps what it has seen. */
export interface EventTest {
  readonly source: string;
  readonly kinds: readonly number[];
  meets(record: TraceRecord): boolean;
}

/** @throws UserError E123. */
export function eventTest(source: string, scope: Scope, place: Place): EventTest {
  const condition = parseCondition(source, place);
  const test = asScenario(place, () => testOf(condition, { ...scope, suggest: nearest }));
  const kinds: readonly number[] = test.kinds;
  return { source, kinds, meets: (record) => kinds.includes(record.kind) && test.meets(record) };
}

const HELD: Outcome = { ok: true, detail: null };

function failed(detail: string): Outcome {
  return { ok: false, detail };
}

const NOTHING = { kinds: [], at_ps: null, take: () => {}, sample: () => HELD } as const;

/** Makes the monitor of an expectation. @throws UserError E123. */
export function monitorOf(expectation: Expectation, scope: Scope): Monitor {
  return MAKERS[expectation.kind](expectation, scope);
}

type Maker = (expectation: Expectation, scope: Scope) => Monitor;

const MAKERS: Readonly<Record<Expectation["kind"], Maker>> = {
  event: eventMonitor,
  never: neverMonitor,
  between: betweenMonitor,
  memory: memoryMonitor,
  wire: wireMonitor,
  state: stateMonitor,
  halt: haltMonitor,
  output: outputMonitor,
  check: checkMonitor,
};

function timeOf(text: string, scope: Scope, place: Place): bigint {
  return asScenario(place, () => spanOf(text, { image: scope.image, place }));
}

interface Window {
  readonly from_ps: bigint;
  readonly to_ps: bigint | null;
}

function windowOf({ after, before, place }: Expectation, scope: Scope): Window {
  return {
    from_ps: after === undefined ? 0n : timeOf(after, scope, place),
    to_ps: before === undefined ? null : timeOf(before, scope, place),
  };
}

function inside({ time_ps }: TraceRecord, { from_ps, to_ps }: Window): boolean {
  return time_ps >= from_ps && (to_ps === null || time_ps < to_ps);
}

function eventMonitor(expectation: Expectation, scope: Scope): Monitor {
  const test = eventTest(expectation.event!, scope, expectation.place);
  const window = windowOf(expectation, scope);
  const { count = { min: 1 } } = expectation;
  const { min = 0, max = Number.MAX_SAFE_INTEGER } =
    typeof count === "number" ? { min: count, max: count } : count;
  let seen = 0;
  return {
    ...NOTHING,
    kinds: test.kinds,
    take: (record) => {
      if (test.meets(record) && inside(record, window)) seen += 1;
    },
    finish: () => (seen >= min && seen <= max ? HELD : failed(`it happened ${seen} times`)),
  };
}

function neverMonitor(expectation: Expectation, scope: Scope): Monitor {
  const test = eventTest(expectation.never!, scope, expectation.place);
  const window = windowOf(expectation, scope);
  let first_ps: bigint | null = null;
  return {
    ...NOTHING,
    kinds: test.kinds,
    take: (record) => {
      if (test.meets(record) && inside(record, window)) first_ps ??= record.time_ps;
    },
    finish: () => (first_ps === null ? HELD : failed(`it happened at ${timeText(first_ps)}`)),
  };
}

/** Each first event opens a span that the next second event closes. */
function betweenMonitor(expectation: Expectation, scope: Scope): Monitor {
  const { between, at_least, at_most, place } = expectation;
  const [first, second] = between!.map((source) => eventTest(source, scope, place));
  const least_ps = at_least === undefined ? 0n : timeOf(at_least, scope, place);
  const most_ps = at_most === undefined ? null : timeOf(at_most, scope, place);
  let open_ps: bigint | null = null;
  let closed = 0;
  let wrong: string | null = null;
  const check = (from_ps: bigint, to_ps: bigint, ended: boolean) => {
    const span_ps = to_ps - from_ps;
    const long = most_ps !== null && span_ps > most_ps;
    if (!long && (!ended || span_ps >= least_ps)) return;
    wrong ??= `${timeText(span_ps)} from ${timeText(from_ps)} on`;
  };
  return {
    ...NOTHING,
    kinds: [...first!.kinds, ...second!.kinds],
    take: (record) => {
      const opens = first!.meets(record);
      if (second!.meets(record) && open_ps !== null) {
        check(open_ps, record.time_ps, true);
        closed += 1;
        open_ps = null;
      }
      if (opens) open_ps ??= record.time_ps;
    },
    finish: ({ machine }) => {
      if (open_ps !== null) check(open_ps, machine.now(), false);
      if (wrong !== null) return failed(wrong);
      return closed > 0 ? HELD : failed("there was no such pair of events");
    },
  };
}

/** A value of the machine at one time, or at the end. */
function sampled(
  expectation: Expectation,
  scope: Scope,
  read: (machine: Machine) => Outcome,
): Monitor {
  const { at, place } = expectation;
  const at_ps = at === undefined ? null : timeOf(at, scope, place);
  if (at_ps !== null && at_ps > scope.end_ps) {
    refuseScenario(place, `${at} lies behind the end of the scenario`, "make `for` longer");
  }
  return {
    ...NOTHING,
    at_ps,
    sample: read,
    finish: ({ machine }, sample) => {
      if (at_ps === null) return read(machine);
      return sample ?? failed(`the run ended before ${at}`);
    },
  };
}

function integerOf(value: number | string | undefined, place: Place): bigint | null {
  if (value === undefined) return null;
  const number = readInteger(value);
  return number ?? refuseScenario(place, `"${value}" is no integer`, "write 5 or 0x10");
}

/** Linear address of NODE/SYMBOL, NODE/ADDRESS, MEMORY/OFFSET. @throws UserError E123. */
export function memoryPlace(name: string, image: MachineImage, place: Place): number {
  return asScenario(place, () => {
    const [target] = findTargets(name, image, place);
    if (target?.class === "memory") return target.a!;
    return refuseScenario(place, `"${name}" is no memory`, "write NODE/SYMBOL or MEMORY/OFFSET");
  });
}

function memoryMonitor(expectation: Expectation, scope: Scope): Monitor {
  const { memory, bytes = 4, place } = expectation;
  const address = memoryPlace(memory!, scope.image, place);
  const equals = integerOf(expectation.equals, place);
  const least = integerOf(expectation.min, place);
  const most = integerOf(expectation.max, place);
  const mask = integerOf(expectation.mask, place) ?? 0xffff_ffffn;
  if (equals === null && least === null && most === null) {
    refuseScenario(place, "memory is compared with nothing", "give equals, min or max");
  }
  return sampled(expectation, scope, (machine) => {
    const value = BigInt(machine.peekLinear(address, bytes)) & mask;
    const right =
      (equals === null || value === equals) &&
      (least === null || value >= least) &&
      (most === null || value <= most);
    return right ? HELD : failed(`it was 0x${value.toString(16)}`);
  });
}

function wireMonitor(expectation: Expectation, scope: Scope): Monitor {
  const { wire, level = 1, place } = expectation;
  const { pins, wires } = scope.image;
  const pin = pins.find(({ name }) => name === wire);
  const end = wires.find(({ name }) => name === wire)?.to;
  if (pin === undefined && end === undefined) {
    const known = [...pins, ...wires].map(({ name }) => name);
    refuseScenario(place, `there is no wire "${wire}"`, suggestion(wire!, known));
  }
  const { unit, bit } = pin ?? end!;
  const driven = pin?.direction === "output";
  return sampled(expectation, scope, (machine) => {
    const { inputs, outputs } = machine.levels(unit);
    const found = ((driven ? outputs : inputs) >>> bit) & 1;
    return found === level ? HELD : failed(`it was ${found}`);
  });
}

function stateMonitor(expectation: Expectation, scope: Scope): Monitor {
  const { state, is = "running", place } = expectation;
  const hart = scope.image.harts.findIndex(({ name }) => name === state);
  if (hart < 0) {
    const known = scope.image.harts.map(({ name }) => name);
    refuseScenario(place, `there is no node "${state}"`, suggestion(state!, known));
  }
  return sampled(expectation, scope, (machine) => {
    const found = machine.hartViews()[hart]!.state;
    return found === is ? HELD : failed(`it was ${found}`);
  });
}

function haltMonitor({ halt, equals, place }: Expectation): Monitor {
  const wanted = integerOf(equals, place);
  return {
    ...NOTHING,
    finish: ({ machine }) => {
      const { kind, value } = machine.halt();
      if ((kind ?? "none") !== halt) return failed(`the machine halted by ${kind ?? "nothing"}`);
      return wanted === null || BigInt(value) === wanted ? HELD : failed(`the value was ${value}`);
    },
  };
}

function outputMonitor({ output, equals, matches, place }: Expectation, scope: Scope): Monitor {
  const known = scope.image.uarts.map(({ name }) => name);
  if (!known.includes(output!)) {
    refuseScenario(place, `there is no UART "${output}"`, suggestion(output!, known));
  }
  const pattern = patternOf(matches, equals, place);
  return {
    ...NOTHING,
    finish: ({ output: sent }) => {
      const text = sent(output!);
      const right = pattern === null ? text === String(equals) : pattern.test(text);
      return right ? HELD : failed(`it ended in ${JSON.stringify(text.slice(-80))}`);
    },
  };
}

function patternOf(matches: string | undefined, equals: unknown, place: Place): RegExp | null {
  if ((matches === undefined) === (equals === undefined)) {
    refuseScenario(place, "output is compared with one thing", "give equals or matches");
  }
  if (matches === undefined) return null;
  try {
    return new RegExp(matches, "s");
  } catch {
    return refuseScenario(place, `"${matches}" is no regular expression`, "see MDN, RegExp");
  }
}

function checkMonitor({ check, with: given, place }: Expectation, scope: Scope): Monitor {
  const make = CHECKS.get(check!);
  if (make === undefined) {
    return refuseScenario(
      place,
      `there is no check "${check}"`,
      suggestion(check!, [...CHECKS.keys()]),
    );
  }
  return { ...NOTHING, ...make(given ?? {}, { ...scope, place }) };
}
