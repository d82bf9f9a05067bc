/**
 * What a schema says of a file that has the wrong shape, as one UserError with file and line: the
 * complaint that comes first in the file. For every JSON file that hotspare reads.
 */

import { z } from "zod";
import { type Place, UserError } from "../error/index.js";
import type { JsonDocument, Path } from "./jsonc.js";
import { suggestion } from "./nearest.js";

/** The file's name in errors, and the codes of a wrong value, an unknown key, a bad name. */
export interface ShapeErrors {
  readonly file: string;
  readonly codes: { readonly value: string; readonly key: string; readonly name: string };
}

function refuse(code: string, what: string, place: Place, hint: string): never {
  throw new UserError(code, what, place, hint);
}

/**
 * Raises the schema's complaint that comes first in the file; values that are missing come last,
 * since a misspelt key is also a missing one.
 */
export function refuseShape(
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodType,
  document: JsonDocument,
  { file, codes }: ShapeErrors,
): never {
  const placed = issues.flatMap((issue) =>
    pathsOf(issue).map((path) => ({
      issue,
      path,
      missing: valueAt(document.value, path) === undefined,
      offset: document.offsetOf(path),
    })),
  );
  placed.sort((a, b) => Number(a.missing) - Number(b.missing) || a.offset - b.offset);
  const { issue, path, missing } = placed[0]!;
  const place: Place = { file, line: document.lineOf(path) };
  if (issue.code === "unrecognized_keys") {
    const key = String(path.at(-1));
    const known = knownKeys(schema, issue.path, document.value);
    refuse(codes.key, `unknown key ${quoted(path)}`, place, suggestion(key, known));
  }
  if (issue.code === "invalid_key") {
    const why = issue.issues[0]?.message ?? issue.message;
    refuse(codes.name, `bad name ${quoted(path)}: ${why}`, place, 'names look like "uart0"');
  }
  const where = path.length === 0 ? "the file" : quoted(path);
  if (missing) {
    const hint = issue.message.startsWith("expected") ? issue.message : `add ${quoted(path)}`;
    refuse(codes.value, `${where} is missing`, place, hint);
  }
  refuse(codes.value, `${where}: ${issue.message}`, place, "docs: hotspare schema lists every key");
}

/** Where an issue points: one path for each unknown key. */
function pathsOf(issue: z.core.$ZodIssue): Path[] {
  const path = issue.path as Path;
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => [...path, key]);
  return [path];
}

function valueAt(value: unknown, path: Path): unknown {
  let at: unknown = value;
  for (const step of path) {
    if (at === null || typeof at !== "object") return undefined;
    at = (at as never)[step as never];
  }
  return at;
}

/** A path as errors show it. */
export function quoted(path: Path): string {
  const text = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  const bare = text.replace(/^\./, "");
  return `"${bare.length > 80 ? `${bare.slice(0, 80)}...` : bare}"`;
}

/** Keys that the schema knows at the place a path leads to; empty where there is no object. */
function knownKeys(root: z.ZodType, path: readonly PropertyKey[], value: unknown): string[] {
  let schema: unknown = root;
  let at: unknown = value;
  for (const step of path) {
    schema = descend(unwrap(schema, at), step);
    at = at === null || typeof at !== "object" ? undefined : (at as never)[step as never];
  }
  const found = unwrap(schema, at);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function unwrap(schema: unknown, value: unknown): unknown {
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap(), value);
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const kind = (value as { kind?: unknown } | undefined)?.kind;
    return schema.options.find(
      (option) => option instanceof z.ZodObject && option.shape.kind?.safeParse(kind).success,
    );
  }
  return schema;
}

function descend(schema: unknown, step: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[step as string];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodArray) return schema.element;
  return undefined;
}
