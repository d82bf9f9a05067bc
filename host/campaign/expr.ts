/**
 * EXPR of `--until` and of scenarios: `uart:NODE.uartN:TEXT` (C escapes), `trace:UNIT.EVENT[:name=value,...]`,
 * `wire:NAME=0|1`, `pc:NODE=ADDR|SYMBOL`. Source: the command line's contract, docs/cli.md.
 */

import { type Place, UserError } from "../error/index.js";
import { readInteger } from "../machine/quantities.js";
import type { Condition } from "../trace/condition.js";

const UNTIL: Place = { argument: "--until" };
const FORMS: Readonly<Record<Condition["kind"], string>> = {
  uart: "uart:NODE.uartN:TEXT",
  trace: "trace:UNIT.EVENT[:name=value,...]",
  wire: "wire:NAME=0|1",
  pc: "pc:NODE=ADDRESS|SYMBOL",
};

function refuse(what: string, hint: string, place: Place = UNTIL): never {
  throw new UserError("file" in place ? "E123" : "E204", what, place, hint);
}

/**
 * Reads an EXPR. Names are checked later, against the machine.
 * @throws UserError E204, of a scenario E123.
 */
export function parseCondition(source: string, place: Place = UNTIL): Condition {
  const colon = source.indexOf(":");
  const kind = source.slice(0, Math.max(colon, 0));
  const rest = source.slice(colon + 1);
  if (!Object.hasOwn(FORMS, kind)) {
    refuse(
      `"${source}" is not an expression`,
      `write one of ${Object.values(FORMS).join(", ")}`,
      place,
    );
  }
  const form = FORMS[kind as Condition["kind"]];
  const parsed = PARSERS[kind as Condition["kind"]](rest, source);
  return parsed ?? refuse(`"${source}" is malformed`, `write ${form}`, place);
}

type Parser = (rest: string, source: string) => Condition | undefined;

const PARSERS: Readonly<Record<Condition["kind"], Parser>> = {
  uart: (rest, source) => {
    const parts = /^([^:\s]+\.[^:\s]+):(.+)$/s.exec(rest);
    if (parts === null) return undefined;
    return { kind: "uart", source, uart: parts[1]!, bytes: unescapeText(parts[2]!) };
  },
  trace: (rest, source) => {
    const parts = /^([^:\s]+)\.([^.:\s]+)(?::(.+))?$/.exec(rest);
    if (parts === null) return undefined;
    const fields: [string, string][] = [];
    for (const field of parts[3]?.split(",") ?? []) {
      const equals = field.indexOf("=");
      if (equals < 1) return undefined;
      fields.push([field.slice(0, equals), field.slice(equals + 1)]);
    }
    return { kind: "trace", source, unit: parts[1]!, event: parts[2]!, fields };
  },
  wire: (rest, source) => {
    const parts = /^(\S+)=([01])$/.exec(rest);
    if (parts === null) return undefined;
    return { kind: "wire", source, name: parts[1]!, level: parts[2] === "1" ? 1 : 0 };
  },
  pc: (rest, source) => {
    const parts = /^([^=\s]+)=(\S+)$/.exec(rest);
    if (parts === null) return undefined;
    const address = readInteger(parts[2]!);
    if (address !== undefined && address > 0xffff_ffffn) return undefined;
    const target = address === undefined ? parts[2]! : Number(address);
    return { kind: "pc", source, node: parts[1]!, target };
  },
};

/** Simple escapes of C11 6.4.4.4, and \e as GNU C has it. */
const ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  e: 27,
  "\\": 92,
  '"': 34,
  "'": 39,
  "?": 63,
};
const ESCAPE = /\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))|\\$|[^\\]+/gs;

/** Text with C escapes to bytes; everything else is UTF-8. @throws UserError E204. */
export function unescapeText(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const [whole, hex, octal, letter] of text.matchAll(ESCAPE)) {
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff);
    else if (letter === undefined && whole !== "\\") bytes.push(...new TextEncoder().encode(whole));
    else bytes.push(ESCAPES[letter ?? ""] ?? refuseEscape(whole));
  }
  return Uint8Array.from(bytes);
}

function refuseEscape(sequence: string): never {
  return refuse(
    `"${sequence}" is not an escape of C`,
    "known: \\n \\r \\t \\a \\b \\f \\v \\e \\\\ \\\" \\' \\? \\xHH \\OOO",
  );
}
