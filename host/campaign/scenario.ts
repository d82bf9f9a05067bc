/** Scenario files: from text to a scenario whose parts know their places. */

import type { Place } from "../error/index.js";
import { readJson } from "../machine/jsonc.js";
import { readInteger } from "../machine/quantities.js";
import { refuseShape } from "../machine/shape.js";
import { refuseScenario } from "./errors.js";
import type { FaultSpec } from "./fault.js";
import { readFaults, SHAPE_CODES } from "./fault-file.js";
import { type ExpectationFile, type ScenarioFile, scenarioSchema } from "./scenario-schema.js";

/** One thing that must be true, with its kind and place. */
export interface Expectation extends ExpectationFile {
  readonly kind: ExpectationKind;
  readonly title: string;
  readonly place: Place;
}

export type Stimulus = NonNullable<ScenarioFile["stimuli"]>[number] & { readonly place: Place };

export interface Scenario {
  readonly file: string;
  readonly summary: string;
  readonly machine: string | null;
  readonly seed: bigint | null;
  readonly firmware: ReadonlyMap<string, string>;
  readonly for: string;
  readonly until: string | null;
  readonly stimuli: readonly Stimulus[];
  readonly faults: readonly FaultSpec[];
  readonly expect: readonly Expectation[];
  readonly progress: ScenarioFile["progress"] | null;
  readonly classes: NonNullable<ScenarioFile["classes"]>;
  readonly sweep: {
    readonly faults: readonly FaultSpec[];
    readonly every: string;
    readonly window: string | null;
  } | null;
  readonly place: Place;
}

/** What each kind of expectation takes beside its own key, name and violation. */
const FIELDS = {
  event: ["count", "after", "before"],
  never: ["after", "before"],
  between: ["at_least", "at_most"],
  memory: ["at", "bytes", "mask", "equals", "min", "max"],
  wire: ["at", "level"],
  state: ["at", "is"],
  halt: ["equals"],
  output: ["equals", "matches"],
  check: ["with"],
} as const;

export type ExpectationKind = keyof typeof FIELDS;

const MAX_SEED = (1n << 64n) - 1n;

/**
 * Reads a scenario. Names are looked up later, against its machine.
 * @throws UserError E101, E121 (shape), E122 (a fault), E123 (contradictions), with file and line.
 */
export function parseScenario(content: string, file: string): Scenario {
  const document = readJson(content, file);
  const result = scenarioSchema.safeParse(document.value);
  if (!result.success) {
    const codes = { file, codes: SHAPE_CODES };
    return refuseShape(result.error.issues, scenarioSchema, document, codes);
  }
  const { data } = result;
  const place = (...path: (string | number)[]): Place => ({ file, line: document.lineOf(path) });
  const { sweep } = data;
  return {
    file,
    summary: data.summary,
    machine: data.machine ?? null,
    seed: seedOf(data.seed, place("seed")),
    firmware: new Map(Object.entries(data.firmware ?? {})),
    for: data.for,
    until: data.until ?? null,
    stimuli: (data.stimuli ?? []).map((one, n) => stimulusOf(one, place("stimuli", n))),
    faults: readFaults(data.faults ?? [], document, ["faults"], file),
    expect: data.expect.map((one, n) => expectationOf(one, place("expect", n))),
    progress: data.progress ?? null,
    classes: data.classes ?? {},
    sweep:
      sweep === undefined
        ? null
        : {
            faults: readFaults(sweep.faults, document, ["sweep", "faults"], file),
            every: sweep.every,
            window: sweep.window ?? null,
          },
    place: place(),
  };
}

function seedOf(value: number | string | undefined, place: Place): bigint | null {
  if (value === undefined) return null;
  const seed = readInteger(value);
  if (seed !== undefined && seed <= MAX_SEED) return seed;
  return refuseScenario(place, `"${value}" is no seed`, "an integer from 0 to 2^64 - 1");
}

function stimulusOf(
  stimulus: NonNullable<ScenarioFile["stimuli"]>[number],
  place: Place,
): Stimulus {
  const { at, after, delay, uart, send, pin, level } = stimulus;
  if ((at === undefined) === (after === undefined) || (at !== undefined && delay !== undefined)) {
    refuseScenario(place, "a stimulus has one time", "give at, or after with a delay");
  }
  const serial = uart !== undefined && send !== undefined;
  const wire = pin !== undefined && level !== undefined;
  const given = [uart, send, pin, level].filter((one) => one !== undefined).length;
  if (serial === wire || given !== 2) {
    refuseScenario(place, "a stimulus does one thing", "give uart and send, or pin and level");
  }
  return { ...stimulus, place };
}

function expectationOf(expectation: ExpectationFile, place: Place): Expectation {
  const kinds = Object.keys(FIELDS).filter((kind) => kind in expectation) as ExpectationKind[];
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const hint = `give one of ${Object.keys(FIELDS).join(", ")}`;
    return refuseScenario(place, "an expectation expects one thing", hint);
  }
  const known: readonly string[] = ["name", "violation", kind, ...FIELDS[kind]];
  for (const key of Object.keys(expectation)) {
    if (known.includes(key)) continue;
    refuseScenario(place, `"${kind}" takes no "${key}"`, `it takes ${FIELDS[kind].join(", ")}`);
  }
  const title = expectation.name ?? `${kind} ${JSON.stringify(expectation[kind])}`;
  return { ...expectation, kind, title, place };
}
