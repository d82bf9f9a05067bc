/**
 * Faults files: JSON with comments, `{ "faults": [...] }`. A fault is its text form, or an object
 * with the same fields. In a campaign a fault may leave out its trigger, and any field may be a
 * list: then it stands for all combinations.
 */

import { z } from "zod";
import type { Place } from "../error/index.js";
import { type JsonDocument, type Path, readJson } from "../machine/jsonc.js";
import { refuseShape } from "../machine/shape.js";
import { refuseFault } from "./errors.js";
import { type FaultSpec, faultText, parseFault, parseTrigger, type TriggerSpec } from "./fault.js";

export const SHAPE_CODES = { value: "E121", key: "E121", name: "E121" } as const;

const text = z.string("expected text").min(1).max(400);
const scalar = z.union([text, z.number("expected a number or text")], {
  error: "expected a number or text",
});
const values = z
  .record(z.string(), z.union([scalar, z.array(scalar).min(1).max(4096)]), "expected an object")
  .describe("bit, mask, level, for, rate, count, ... (hotspare describe MODEL --faults)");

const trigger = z
  .strictObject({
    t: z
      .union([text, z.array(text).min(1).max(4096)])
      .optional()
      .describe("a time, or A..B"),
    pc: text.optional().describe("NODE/SYMBOL or NODE/ADDRESS"),
    read: text.optional().describe("NODE/SYMBOL or NODE/ADDRESS that is read"),
    write: text.optional(),
    access: text.optional(),
    trace: text.optional().describe("UNIT.EVENT"),
    where: z.record(z.string(), scalar).optional().describe("fields of the trace event"),
    wire: text.optional().describe("a wire or a pin with one"),
    level: z.int().min(0).max(1).optional().describe("level that the wire takes; 1"),
    n: z.int().min(1).optional().describe("the n-th such event; 1"),
  })
  .describe("what the fault waits for: one of t, pc, read, write, access, trace, wire");

export const faultSchema = z.union(
  [
    text.describe("KIND@TRIGGER:TARGET[:name=value,...]"),
    z.strictObject({
      id: text.optional().describe("its name in results; else its text"),
      kind: z.union([text, z.array(text).min(1)]).describe("flip, stuck, kill, ..."),
      trigger: z.union([text, trigger]).optional(),
      target: z.union([text, z.array(text).min(1).max(4096)]).describe("what breaks"),
      with: values.optional(),
    }),
  ],
  { error: "expected a fault: text, or an object with kind and target" },
);

export const faultFileSchema = z
  .strictObject(
    {
      $schema: z.string().optional().describe("for editors: the JSON Schema of this file"),
      summary: text.optional(),
      faults: z.array(faultSchema, "expected a list of faults").min(1).max(100_000),
    },
    "expected an object with faults",
  )
  .describe("hotspare faults file");

export function faultsJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(faultFileSchema) as Record<string, unknown>;
}

type FaultFile = z.infer<typeof faultSchema>;
type FaultObject = Exclude<FaultFile, string>;
type Scalar = z.infer<typeof scalar>;

/**
 * Reads a faults file.
 * @throws UserError E101, E121 (shape), E122 (a fault that cannot be read), with file and line.
 */
export function parseFaultFile(content: string, file: string): FaultSpec[] {
  const document = readJson(content, file);
  const result = faultFileSchema.safeParse(document.value);
  if (!result.success) {
    const codes = { file, codes: SHAPE_CODES };
    return refuseShape(result.error.issues, faultFileSchema, document, codes);
  }
  return readFaults(result.data.faults, document, ["faults"], file);
}

/** Faults of a list that has the right shape. @throws UserError E122. */
export function readFaults(
  faults: readonly FaultFile[],
  document: JsonDocument,
  path: Path,
  file: string,
): FaultSpec[] {
  return faults.flatMap((fault, index) => {
    const place: Place = { file, line: document.lineOf([...path, index]) };
    return typeof fault === "string" ? [parseFault(fault, place)] : expand(fault, place);
  });
}

/** An object with lists stands for all combinations: kind, target, trigger time, then values. */
function expand(fault: FaultObject, place: Place): FaultSpec[] {
  const { trigger: given = null } = fault;
  const times = typeof given === "object" && given !== null ? listOf(given.t) : [undefined];
  const specs: FaultSpec[] = [];
  for (const kind of listOf(fault.kind)) {
    for (const target of listOf(fault.target)) {
      for (const time of times.length === 0 ? [undefined] : times) {
        for (const combination of combinations(Object.entries(fault.with ?? {}))) {
          specs.push(
            single(fault, kind, target, triggerOf(given, time, place), combination, place),
          );
        }
      }
    }
  }
  if (specs.length === 1 || fault.id === undefined) return specs;
  return specs.map((spec, index) => ({ ...spec, id: `${fault.id}#${index}` }));
}

function listOf<Value>(value: Value | readonly Value[] | undefined): readonly Value[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as Value];
}

function combinations(
  entries: readonly (readonly [string, Scalar | readonly Scalar[]])[],
): Map<string, string>[] {
  let found: Map<string, string>[] = [new Map()];
  for (const [name, value] of entries) {
    const choices = Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
    found = found.flatMap((one) => choices.map((choice) => new Map(one).set(name, String(choice))));
  }
  return found;
}

function single(
  fault: FaultObject,
  kind: string,
  target: string,
  waited: TriggerSpec | null,
  combination: ReadonlyMap<string, string>,
  place: Place,
): FaultSpec {
  const all = new Map(combination);
  const { trigger: given } = fault;
  if (typeof given === "object" && given.n !== undefined) all.set("n", String(given.n));
  const bare = { kind, target, trigger: waited, values: all };
  return { ...bare, id: fault.id ?? faultText(bare), place };
}

const PLACES = ["pc", "read", "write", "access"] as const;

function triggerOf(
  given: FaultObject["trigger"] | null,
  time: string | undefined,
  place: Place,
): TriggerSpec | null {
  if (given === null || given === undefined) return null;
  if (typeof given === "string") return parseTrigger(given, place);
  const on = ["t", ...PLACES, "trace", "wire"].filter((name) => name in given);
  const stray = "where" in given ? on[0] !== "trace" : "level" in given && on[0] !== "wire";
  if (on.length !== 1 || stray) {
    const hint = "give one of t, pc, read, write, access, trace (with where), wire (with level)";
    return refuseFault(place, "a trigger waits for one kind of event", hint);
  }
  if (time !== undefined) return { on: "t", time };
  for (const name of PLACES) {
    const value = given[name];
    if (value !== undefined) return { on: name, place: value };
  }
  if (given.wire !== undefined) {
    return { on: "wire", wire: given.wire, level: given.level === 0 ? 0 : 1 };
  }
  const fields = Object.entries(given.where ?? {}).map(([name, value]) => {
    return [name, String(value)] as const;
  });
  return { on: "trace", event: given.trace ?? "", fields };
}
