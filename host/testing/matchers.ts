/**
 * Matchers for Vitest or Jest: `expect.extend(hotspareMatchers)`. A golden file that is missing is
 * a failure: what was seen lies beside it as FILE.received, and becomes the golden file when
 * somebody has looked at it and moves it there.
 */

import { UserError } from "../error/index.js";
import { readTime_ps } from "../machine/quantities.js";
import { readUserFile, writeUserFile } from "../node/files.js";
import { diffTraces } from "../trace/diff.js";
import { parseTrace } from "../trace/parse.js";
import type { TestMachine } from "./index.js";
import type { Pulse } from "./observer.js";

export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What a pulse must be like; times as `10us`. */
export interface PulseShape {
  readonly atLeast?: string;
  readonly atMost?: string;
  /** Exactly so many pulses, each of them so; without it at least one. */
  readonly count?: number;
}

/** For `declare module "vitest" { interface Assertion<T> extends HotspareMatchers<T> {} }`. */
export interface HotspareMatchers<R = unknown> {
  toHaveDigest(digest: string): R;
  toMatchTrace(file: string): R;
  toHavePulse(wire: string, shape?: PulseShape): R;
}

export const hotspareMatchers = {
  /** The state has this digest. */
  toHaveDigest(board: TestMachine, digest: string): MatcherResult {
    const actual = board.digest();
    const pass = actual === digest;
    return {
      pass,
      message: () =>
        `${place(board)}: digest ${actual}, ${pass ? "not " : ""}${digest} was expected`,
    };
  },

  /** What `observe` has recorded is what a golden file holds. */
  toMatchTrace(board: TestMachine, file: string): MatcherResult {
    const text = board.observed.text();
    const received = `${file}.received`;
    const accept = `to accept what was seen: mv ${received} ${file}`;
    const stored = goldenText(file);
    if (stored === null) {
      writeUserFile(received, text, "toMatchTrace");
      return { pass: false, message: () => `there is no golden file ${file}\n  ${accept}` };
    }
    const golden = parseTrace(stored, file).lines;
    const difference = diffTraces(golden, board.observed.lines());
    if (difference === null) return { pass: true, message: () => `the trace is that of ${file}` };
    writeUserFile(received, text, "toMatchTrace");
    const { record, time_ps, unit, a, b, differs, context } = difference;
    const what = differs.length === 0 ? "one trace ends" : `differs in ${differs.join(", ")}`;
    const message = [
      `${board.name}: record ${record + 1}, at ${time_ps} ps, ${unit}: ${what}`,
      ...context.map((line) => `    ${line}`),
      `  - ${a ?? "(end of the golden file)"}`,
      `  + ${b ?? "(end of what was seen)"}`,
      `  compare: hotspare diff ${file} ${received}`,
      `  ${accept}`,
    ].join("\n");
    return { pass: false, message: () => message };
  },

  /** A wire has been high, for as long as the shape says. */
  toHavePulse(board: TestMachine, wire: string, shape: PulseShape = {}): MatcherResult {
    const pulses = board.observed.pulses(wire);
    const least_ps = span(shape.atLeast) ?? 0n;
    const most_ps = span(shape.atMost);
    const fits = ({ width_ps }: Pulse) =>
      width_ps >= least_ps && (most_ps === null || width_ps <= most_ps);
    const good = pulses.filter(fits).length;
    const wanted = shape.count;
    const pass = wanted === undefined ? good > 0 : good === wanted && pulses.length === wanted;
    const seen = pulses.slice(0, 8).map((row) => `${row.width_ps} ps at ${row.start_ps} ps`);
    return {
      pass,
      message: () =>
        `${place(board)}: ${wire} has ${good} such pulses of ${pulses.length}, ` +
        `${pass ? "not " : ""}${wanted ?? "one"} expected; seen: ${seen.join(", ") || "none"}`,
    };
  },
};

/** Null where there is no such file. */
function goldenText(file: string): string | null {
  try {
    return new TextDecoder().decode(readUserFile(file, "E160", "golden file"));
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

function place(board: TestMachine): string {
  return `${board.name} at ${board.machine.now()} ps`;
}

function span(text: string | undefined): bigint | null {
  if (text === undefined) return null;
  const time = readTime_ps(text);
  if (time !== undefined) return time;
  const hint = "write a number and a unit, e.g. 10ms, 2.5us, 1s";
  throw new UserError("E203", `"${text}" is not a time`, { argument: text }, hint);
}
