/**
 * The Value Change Dump itself: scopes, declarations, and values in the order of time. What the
 * signals of a machine are is decided in vcd-signals.ts.
 *
 * Source: IEEE 1364-2005, clause 18 (Value change dump files). Our choices, for the readers at
 * hand: no `$date`, so that equal runs give equal files; identifiers without `#`, `$` and digits, so
 * that no reader takes one for a time, a keyword or a value; a reference with its range in one word, since
 * sigrok takes exactly four words in a `$var`; a `$dumpvars` that names every signal, events too.
 */

import { UserError } from "../error/index.js";

/** A signal's value: an unsigned number of its width, or null for unknown (`x`). */
export type Level = number | null;

/** One signal to declare. */
export interface SignalRow {
  /** Names of the scopes it lies in, outermost first. */
  readonly scopes: readonly string[];
  readonly name: string;
  /** 1 to 32. */
  readonly width: number;
  /** An event has no level: it happens. Its value is 1. */
  readonly event: boolean;
  readonly initial: Level;
}

/** A declared signal, as `change` wants it. */
export interface Signal {
  readonly row: SignalRow;
  /** One identifier, or one a bit with the least significant first. */
  readonly ids: readonly string[];
  readonly split: boolean;
  value: Level;
}

interface Change {
  readonly time_ps: bigint;
  readonly signal: Signal;
  readonly value: Level;
}

const UNIT_PS: Readonly<Record<string, bigint>> = {
  ps: 1n,
  ns: 1_000n,
  us: 1_000_000n,
  ms: 1_000_000_000n,
  s: 1_000_000_000_000n,
};

/** Printable characters from `!` to `~` without `#`, `$` and digits. */
const ALPHABET = Array.from({ length: 94 }, (_, n) => String.fromCharCode(33 + n))
  .filter((character) => !/[#$0-9]/.test(character))
  .join("");

const BUFFER_CHARS = 1 << 16;

/**
 * `1ps`, `10ns`, ...: its magnitude, unit and length in ps.
 * @throws UserError E203 for anything but 1, 10 or 100 of ps, ns, us, ms, s (IEEE 1364, 18.2.3.8).
 */
export function parseTimescale(text: string): { label: string; tick_ps: bigint } {
  const parts = /^(1|10|100) ?(ps|ns|us|ms|s)$/.exec(text);
  if (parts === null) {
    const hint = "write 1, 10 or 100 and ps, ns, us, ms or s, e.g. 1ps or 10ns";
    throw new UserError("E203", `"${text}" is no timescale`, { argument: "--timescale" }, hint);
  }
  const [, count = "", unit = ""] = parts;
  return { label: `${count} ${unit}`, tick_ps: BigInt(count) * UNIT_PS[unit]! };
}

/** The n-th identifier code: 82 of one character, then two, and so on. */
export function identifier(n: number): string {
  let code = "";
  for (let rest = n + 1; rest > 0; rest = Math.floor((rest - 1) / ALPHABET.length)) {
    code += ALPHABET[(rest - 1) % ALPHABET.length];
  }
  return code;
}

/** A name that every reader takes: IEEE 1364, 3.7 (identifiers), without `$`. */
export function simpleName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, "_");
  return /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`;
}

interface Scope {
  readonly inner: Map<string, Scope>;
  readonly signals: Signal[];
  /** Names taken in this scope, of signals and scopes. */
  readonly taken: Set<string>;
}

const emptyScope = (): Scope => ({ inner: new Map(), signals: [], taken: new Set() });

export interface VcdFileOptions {
  /** Of the numbers behind `#`; times are rounded down to it. */
  readonly timescale: string;
  /**
   * For readers without vectors and scopes (sigrok 0.7): every vector as single bits, and all
   * signals in the outermost scope, with the names of the others before their own.
   */
  readonly splitVectors: boolean;
  /** Time of the initial values. */
  readonly start_ps: bigint;
}

/**
 * Writes one file in pieces: header and initial values at once, then values as `flush` and
 * `finish` release them.
 */
export class VcdFile {
  readonly signals: readonly Signal[];
  private readonly tick_ps: bigint;
  private readonly start: bigint;
  private pending: Change[] = [];
  private tick: bigint;
  private buffer = "";

  /** @throws UserError E203 for a timescale that is none. */
  constructor(
    title: string,
    rows: readonly SignalRow[],
    options: VcdFileOptions,
    private readonly write: (text: string) => void,
  ) {
    const { label, tick_ps } = parseTimescale(options.timescale);
    this.tick_ps = tick_ps;
    this.start = options.start_ps / tick_ps;
    this.tick = this.start;
    const declared = declare(rows, options.splitVectors);
    this.signals = declared.signals;
    this.line(`$comment ${title.replaceAll("$", "_")} $end`);
    this.line("$version hotspare $end");
    this.line(`$timescale ${label} $end`);
    this.writeScope(declared.root);
    this.line("$enddefinitions $end");
    this.line(`#${this.start}`);
    this.line("$dumpvars");
    for (const signal of this.signals) this.writeInitial(signal);
    this.line("$end");
  }

  /** A value from a time on. Times may come in any order as long as they are not flushed yet. */
  change(time_ps: bigint, signal: Signal, value: Level): void {
    this.pending.push({ time_ps, signal, value });
  }

  /** Writes every change before `limit_ps`; later ones wait for the next call. */
  flush(limit_ps: bigint): void {
    if (this.pending.length === 0) return;
    this.pending.sort(byTime); // stable: changes of one time stay in the order they came in
    let end = this.pending.findIndex(({ time_ps }) => time_ps >= limit_ps);
    if (end < 0) end = this.pending.length;
    // A tick is written whole, so that its last value is the one that counts.
    const tick = this.tickOf(limit_ps);
    while (end > 0 && this.tickOf(this.pending[end - 1]!.time_ps) >= tick) end--;
    this.writeChanges(this.pending.splice(0, end));
  }

  /** Writes all that happened until `end_ps` inclusive, and that time as the last. */
  finish(end_ps: bigint): void {
    this.flush((this.tickOf(end_ps) + 1n) * this.tick_ps);
    this.pending = [];
    this.moveTo(this.tickOf(end_ps));
    if (this.buffer !== "") this.write(this.buffer);
    this.buffer = "";
  }

  private tickOf(time_ps: bigint): bigint {
    return time_ps / this.tick_ps;
  }

  private writeChanges(changes: readonly Change[]): void {
    let at = 0;
    while (at < changes.length) {
      const tick = this.tickOf(changes[at]!.time_ps);
      const last = new Map<Signal, Level>();
      while (at < changes.length && this.tickOf(changes[at]!.time_ps) === tick) {
        const { signal, value } = changes[at++]!;
        last.set(signal, value);
      }
      const lines: string[] = [];
      for (const [signal, value] of last) lines.push(...changeLines(signal, value));
      if (lines.length === 0) continue;
      this.moveTo(tick);
      for (const line of lines) this.line(line);
    }
  }

  /** What lies before a time already written happens at that time. */
  private moveTo(tick: bigint): void {
    if (tick <= this.tick) return;
    this.tick = tick;
    this.line(`#${tick}`);
  }

  private writeInitial(signal: Signal): void {
    const { row, split, ids } = signal;
    const bits = split ? bitsOf(row.width, signal.value) : [];
    if (!split) this.line(valueText(row.width, signal.value, ids[0]!));
    for (const [n, bit] of bits.entries()) this.line(`${bit}${ids[n]}`);
  }

  private writeScope(scope: Scope): void {
    for (const signal of scope.signals) {
      const { row, ids, split } = signal;
      const type = row.event ? "event" : "wire";
      const range = row.width > 1 && !split ? `[${row.width - 1}:0]` : "";
      for (const [n, id] of ids.entries()) {
        const name = split ? `${row.name}[${n}]` : `${row.name}${range}`;
        this.line(`$var ${type} ${split ? 1 : row.width} ${id} ${name} $end`);
      }
    }
    for (const [name, inner] of scope.inner) {
      this.line(`$scope module ${name} $end`);
      this.writeScope(inner);
      this.line("$upscope $end");
    }
  }

  private line(text: string): void {
    this.buffer += `${text}\n`;
    if (this.buffer.length < BUFFER_CHARS) return;
    this.write(this.buffer);
    this.buffer = "";
  }
}

function byTime(x: Change, y: Change): number {
  return x.time_ps === y.time_ps ? 0 : x.time_ps < y.time_ps ? -1 : 1;
}

/** Puts the rows into scopes, with names that are simple and differ within a scope. */
function declare(rows: readonly SignalRow[], splitVectors: boolean) {
  const root = emptyScope();
  const signals: Signal[] = [];
  let next = 0;
  for (const row of rows) {
    const depth = splitVectors ? 1 : row.scopes.length;
    let scope = root;
    for (const part of row.scopes.slice(0, depth)) scope = innerScope(scope, simpleName(part));
    const path = [...row.scopes.slice(depth), row.name].join("_");
    const name = freeName(scope, simpleName(path));
    const split = splitVectors && row.width > 1;
    const ids = Array.from({ length: split ? row.width : 1 }, () => identifier(next++));
    const signal: Signal = { row: { ...row, name }, ids, split, value: row.initial };
    scope.signals.push(signal);
    signals.push(signal);
  }
  return { root, signals };
}

function innerScope(scope: Scope, name: string): Scope {
  const known = scope.inner.get(name);
  if (known !== undefined) return known;
  const made = emptyScope();
  scope.inner.set(name, made);
  scope.taken.add(name);
  return made;
}

function freeName(scope: Scope, name: string): string {
  let free = name;
  for (let n = 2; scope.taken.has(free); n++) free = `${name}_${n}`;
  scope.taken.add(free);
  return free;
}

/** Value of each bit, least significant first. */
function bitsOf(width: number, value: Level): string[] {
  return Array.from({ length: width }, (_, n) =>
    value === null ? "x" : String((value >>> n) & 1),
  );
}

/** One value change; zeros on the left are left out (IEEE 1364, 18.2.2). */
function valueText(width: number, value: Level, id: string): string {
  const bits = value === null ? "x" : (value >>> 0).toString(2);
  return width === 1 ? `${bits}${id}` : `b${bits} ${id}`;
}

/** The lines that bring a signal to a value: none if it has it. */
function changeLines(signal: Signal, value: Level): string[] {
  const { row, ids, split } = signal;
  if (row.event) return [`1${ids[0]}`];
  if (signal.value === value) return [];
  const before = split ? bitsOf(row.width, signal.value) : [];
  signal.value = value;
  if (!split) return [valueText(row.width, value, ids[0]!)];
  const bits = bitsOf(row.width, value);
  return ids.flatMap((id, n) => (bits[n] === before[n] ? [] : [`${bits[n]}${id}`]));
}
