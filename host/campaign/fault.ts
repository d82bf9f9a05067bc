/**
 * Faults as data: what breaks (kind, target, values), when (trigger). The text form is
 * `KIND@TRIGGER:TARGET[:name=value,...]`; a faults file has the same fields. Grammar with examples:
 * docs/faults.md. Names are looked up later, against a machine (fault-rows.ts).
 */

import type { Place } from "../error/index.js";
import { refuseFault } from "./errors.js";

/** The event that a fault waits for, as written. */
export type TriggerSpec =
  /** A time, or `A..B`: from A until just before B. */
  | { readonly on: "t"; readonly time: string }
  /** A hart reaches an instruction: `NODE/ADDRESS` or `NODE/SYMBOL`. */
  | { readonly on: "pc"; readonly place: string }
  | { readonly on: "read" | "write" | "access"; readonly place: string }
  | {
      readonly on: "trace";
      /** `UNIT.EVENT`. */
      readonly event: string;
      readonly fields: readonly (readonly [name: string, value: string])[];
    }
  /** The far end of a wire takes a level. */
  | { readonly on: "wire"; readonly wire: string; readonly level: 0 | 1 };

export interface FaultSpec {
  /** Name in results: as given, else the text of the fault. */
  readonly id: string;
  readonly kind: string;
  /** Null only in the faults of a campaign, which brings the times. */
  readonly trigger: TriggerSpec | null;
  readonly target: string;
  readonly values: ReadonlyMap<string, string>;
  readonly place: Place;
}

const FORM = "KIND@TRIGGER:TARGET[:name=value,...], e.g. flip@t=1.5ms:board.x5:bit=3";
const TRIGGERS =
  "t=TIME, pc=NODE/SYMBOL, read=NODE/SYMBOL, write=..., access=..., trace=UNIT.EVENT(name=value), wire=NAME=1";

/**
 * Reads the text form. In a campaign, which brings the times, `@TRIGGER` may be left out.
 * @param place where errors say it stands.
 * @throws UserError E210 on a command line, E122 in a file.
 */
export function parseFault(text: string, place: Place): FaultSpec {
  const malformed = (): never => refuseFault(place, `"${text}" is not a fault`, `write ${FORM}`);
  const head = /^([a-z][a-z0-9-]*)([@:])/.exec(text) ?? malformed();
  const kind = head[1]!;
  const parts = splitOutside(text.slice(kind.length + 1), ":");
  const trigger = head[2] === "@" ? (parts.shift() ?? "") : null;
  const [target = "", values, ...rest] = parts;
  if (trigger === "" || target === "" || rest.length > 0) return malformed();
  const pairs = values === undefined ? [] : splitOutside(values, ",");
  const given = new Map<string, string>();
  for (const pair of pairs) {
    const [name, value] = pairOf(pair) ?? malformed();
    if (given.has(name)) refuseFault(place, `"${name}" is given twice in "${text}"`, "remove one");
    given.set(name, value);
  }
  const id = given.get("id") ?? text;
  given.delete("id");
  const waited = trigger === null ? null : parseTrigger(trigger, place);
  return { id, kind, trigger: waited, target, values: given, place };
}

/** Splits where the separator stands outside of parentheses. */
function splitOutside(text: string, separator: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of text) {
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (character === separator && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function pairOf(text: string): [name: string, value: string] | undefined {
  const equals = text.indexOf("=");
  if (equals < 1 || equals === text.length - 1) return undefined;
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** Reads `t=1ms`, `pc=board/main` and so on. @throws UserError as `parseFault`. */
export function parseTrigger(text: string, place: Place): TriggerSpec {
  const malformed = (): never => refuseFault(place, `"${text}" is not a trigger`, TRIGGERS);
  const [on, value] = pairOf(text) ?? malformed();
  switch (on) {
    case "t":
      return { on, time: value };
    case "pc":
    case "read":
    case "write":
    case "access":
      return { on, place: value };
    case "wire": {
      const wire = /^(.+)=([01])$/.exec(value) ?? malformed();
      return { on, wire: wire[1]!, level: wire[2] === "1" ? 1 : 0 };
    }
    case "trace": {
      const parts = /^([^()]+)(?:\(([^()]*)\))?$/.exec(value) ?? malformed();
      const fields = parts[2]
        ? parts[2].split(",").map((field) => pairOf(field) ?? malformed())
        : [];
      return { on, event: parts[1]!, fields };
    }
    default:
      return malformed();
  }
}

/** The text of a trigger, as `parseTrigger` reads it. */
export function triggerText(trigger: TriggerSpec): string {
  switch (trigger.on) {
    case "t":
      return `t=${trigger.time}`;
    case "wire":
      return `wire=${trigger.wire}=${trigger.level}`;
    case "trace": {
      const fields = trigger.fields.map(([name, value]) => `${name}=${value}`).join(",");
      return `trace=${trigger.event}${fields === "" ? "" : `(${fields})`}`;
    }
    default:
      return `${trigger.on}=${trigger.place}`;
  }
}

/** The text of a fault, as `parseFault` reads it; without a trigger KIND:TARGET. */
export function faultText(fault: Omit<FaultSpec, "id" | "place">): string {
  const trigger = fault.trigger === null ? "" : `@${triggerText(fault.trigger)}`;
  const values = [...fault.values].map(([name, value]) => `${name}=${value}`).join(",");
  return `${fault.kind}${trigger}:${fault.target}${values === "" ? "" : `:${values}`}`;
}
