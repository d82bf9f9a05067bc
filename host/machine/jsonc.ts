/**
 * JSON (RFC 8259) with line comments, block comments and a comma before a closing bracket, read
 * into plain values with the position of every key and value. The `yaml` package was tried first:
 * it takes slash comments for text, accepts bare words, anchors and tags, and needs a hundred times
 * as long, which a test over 100,000 mutated files cannot afford. Duplicate keys are errors.
 */

import { refuse } from "./errors.js";

export type Path = readonly (string | number)[];
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A document and the way back from a value to its line. */
export interface JsonDocument {
  readonly value: JsonValue;
  /** Offset of the key (or element) that `path` leads to; the nearest known parent's otherwise. */
  offsetOf(path: Path): number;
  /** One-based line of the same. */
  lineOf(path: Path): number;
}

/** Where a value begins, and the same of what it holds. */
interface Spot {
  readonly offset: number;
  readonly children: Map<string | number, Spot> | undefined;
}

/** Our choices: a machine file has a depth of 6 and some kilobytes. */
const MAX_DEPTH = 64;
export const MAX_JSON_CHARS = 4 * 1024 * 1024;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /[^\s,:[\]{}"]+/y;
const LITERALS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
]);
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

class Reader {
  at = 0;
  constructor(
    readonly text: string,
    readonly file: string,
  ) {}

  fail(what: string, hint: string, offset = this.at): never {
    refuse("E101", what, { file: this.file, line: lineAt(this.text, offset) }, hint);
  }

  /** Moves to the next character that is neither white space nor comment. */
  skip(): void {
    const { text } = this;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) this.at += 1;
      else if (code === 0x2f && text[this.at + 1] === "/") {
        const end = text.indexOf("\n", this.at);
        this.at = end < 0 ? text.length : end;
      } else if (code === 0x2f && text[this.at + 1] === "*") {
        const end = text.indexOf("*/", this.at + 2);
        if (end < 0) this.fail("a comment is not closed", 'end it with "*/"');
        this.at = end + 2;
      } else return;
    }
  }

  value(depth: number): [JsonValue, Spot] {
    const offset = this.at;
    const open = this.text[offset];
    if (open === "{" || open === "[") {
      if (depth >= MAX_DEPTH) {
        this.fail(`nested deeper than ${MAX_DEPTH} levels`, "a machine file needs six");
      }
      return open === "{" ? this.object(depth) : this.array(depth);
    }
    if (open === '"') return [this.string(), { offset, children: undefined }];
    return [this.scalar(), { offset, children: undefined }];
  }

  private object(depth: number): [JsonValue, Spot] {
    const value: Record<string, JsonValue> = Object.create(null);
    const children = new Map<string | number, Spot>();
    const offset = this.at;
    this.at += 1;
    for (this.skip(); this.text[this.at] !== "}"; this.separator("}", offset)) {
      const start = this.at;
      if (this.text[start] !== '"') {
        this.fail(
          `expected a key in double quotes, found ${this.found()}`,
          'a key looks like "base"',
        );
      }
      const key = this.string();
      if (children.has(key)) {
        const first = lineAt(this.text, children.get(key)!.offset);
        this.fail(
          `the key "${clip(key)}" appears twice (first on line ${first})`,
          "remove or rename one of them",
          start,
        );
      }
      this.skip();
      if (this.text[this.at] !== ":") {
        this.fail(`expected ":" after the key "${clip(key)}", found ${this.found()}`, 'add ":"');
      }
      this.at += 1;
      this.skip();
      const [child, spot] = this.value(depth + 1);
      value[key] = child;
      children.set(key, { offset: start, children: spot.children });
    }
    this.at += 1;
    return [value, { offset, children }];
  }

  private array(depth: number): [JsonValue, Spot] {
    const value: JsonValue[] = [];
    const children = new Map<string | number, Spot>();
    const offset = this.at;
    this.at += 1;
    for (this.skip(); this.text[this.at] !== "]"; this.separator("]", offset)) {
      const [child, spot] = this.value(depth + 1);
      children.set(value.length, spot);
      value.push(child);
    }
    this.at += 1;
    return [value, { offset, children }];
  }

  /** After an element: a comma, or the closing bracket. */
  private separator(close: string, opened: number): void {
    this.skip();
    const next = this.text[this.at];
    if (next === ",") {
      this.at += 1;
      this.skip();
      return;
    }
    if (next === close) return;
    const open = lineAt(this.text, opened);
    this.fail(
      `expected "," or "${close}", found ${this.found()}`,
      `add the missing "," or close the bracket opened on line ${open}`,
    );
  }

  private string(): string {
    const start = this.at;
    let text = "";
    let from = start + 1;
    for (let p = from; ; p += 1) {
      const code = this.text.charCodeAt(p);
      if (code === 0x22) {
        this.at = p + 1;
        return text + this.text.slice(from, p);
      }
      if (!(code >= 0x20)) {
        this.fail(
          p >= this.text.length ? "a string is not closed" : "a string holds a control character",
          'end the string with " on its own line; write a line break as \\n',
          Math.min(p, this.text.length),
        );
      }
      if (code === 0x5c) {
        const [character, length] = this.escape(p);
        text += this.text.slice(from, p) + character;
        p += length - 1;
        from = p + 1;
      }
    }
  }

  private escape(p: number): [string, number] {
    const letter = this.text[p + 1] ?? "";
    const plain = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    if (plain !== undefined) return [plain, 2];
    const digits = this.text.slice(p + 2, p + 6);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) {
      this.fail("a string holds an unknown escape", 'write a backslash as "\\\\"', p);
    }
    return [String.fromCharCode(Number.parseInt(digits, 16)), 6];
  }

  private scalar(): JsonValue {
    WORD.lastIndex = this.at;
    const word = WORD.exec(this.text)?.[0] ?? "";
    const literal = LITERALS.get(word);
    if (literal !== undefined) {
      this.at += word.length;
      return literal;
    }
    NUMBER.lastIndex = this.at;
    const digits = NUMBER.exec(this.text)?.[0] ?? "";
    if (digits !== "" && digits === word) {
      this.at += word.length;
      return Number(digits);
    }
    return this.fail(
      `expected a value, found ${this.found()}`,
      'write hexadecimal numbers, sizes and times in double quotes, e.g. "0x1000_0000"',
    );
  }

  /** What stands at the current position, as errors show it. */
  found(): string {
    if (this.at >= this.text.length) return "the end of the file";
    WORD.lastIndex = this.at;
    return JSON.stringify(clip(WORD.exec(this.text)?.[0] ?? this.text[this.at]!));
  }
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let p = text.indexOf("\n"); p >= 0 && p < offset; p = text.indexOf("\n", p + 1)) line += 1;
  return line;
}

/**
 * Reads a whole document.
 * @param file the name that errors show.
 * @throws UserError E101 with the line.
 */
export function readJson(text: string, file: string): JsonDocument {
  const reader = new Reader(text.startsWith("\ufeff") ? ` ${text.slice(1)}` : text, file);
  if (text.length > MAX_JSON_CHARS) {
    reader.fail(`longer than ${MAX_JSON_CHARS} characters`, "is this the right file?");
  }
  reader.skip();
  const [value, root] = reader.value(0);
  reader.skip();
  if (reader.at < text.length) {
    reader.fail(`text after the end: ${reader.found()}`, "a file holds one object");
  }
  const offsetOf = (path: Path): number => {
    let spot = root;
    for (const step of path) {
      const next = spot.children?.get(step);
      if (next === undefined) break;
      spot = next;
    }
    return spot.offset;
  };
  let starts: readonly number[] | undefined;
  return {
    value,
    offsetOf,
    lineOf: (path) => {
      starts ??= lineStarts(text);
      return lineIn(starts, offsetOf(path));
    },
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let p = text.indexOf("\n"); p >= 0; p = text.indexOf("\n", p + 1)) starts.push(p + 1);
  return starts;
}

/** Number of the last line that starts at or before the offset. */
function lineIn(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}
