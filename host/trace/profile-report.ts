/** A profile in the forms that people and tools read: rows, folded stacks, speedscope, lcov. */

import { type LineRow, lineAt } from "../guest/dwarf-lines.js";
import type { CallNode, HartProfile } from "./profile.js";

export interface FunctionRow {
  readonly name: string;
  /** Cycles in the function itself, and with what it calls. */
  readonly self: number;
  readonly total: number;
  readonly calls: number;
}

export interface LineCycles {
  readonly file: string;
  readonly line: number;
  readonly cycles: number;
  /** How often its most frequent instruction was executed. */
  readonly count: number;
}

/** Functions by their own cycles, most first. A function that calls itself counts once in `total`. */
export function functionRows(profile: HartProfile): FunctionRow[] {
  const rows = new Map<string, { self: number; total: number; calls: number }>();
  const visit = (node: CallNode, open: ReadonlySet<string>): number => {
    const inner = new Set(open).add(node.name);
    let total = node.self;
    for (const child of node.children.values()) total += visit(child, inner);
    const row = rows.get(node.name) ?? { self: 0, total: 0, calls: 0 };
    row.self += node.self;
    row.calls += node.calls;
    if (!open.has(node.name)) row.total += total;
    rows.set(node.name, row);
    return total;
  };
  visit(profile.root, new Set());
  rows.delete("");
  return [...rows]
    .filter(([, { total }]) => total > 0)
    .map(([name, row]) => ({ name, ...row }))
    .sort((a, b) => b.self - a.self || (a.name < b.name ? -1 : 1));
}

/** Source lines by cycles, most first; none for a program without line tables. */
export function lineRows(profile: HartProfile, lines: readonly LineRow[]): LineCycles[] {
  const rows = new Map<string, { file: string; line: number; cycles: number; count: number }>();
  for (const [address, { cycles, count }] of profile.cyclesAt) {
    const place = lineAt(lines, address);
    if (place === undefined) continue;
    const key = `${place.file}:${place.line}`;
    const row = rows.get(key) ?? { file: place.file, line: place.line, cycles: 0, count: 0 };
    row.cycles += cycles;
    row.count = Math.max(row.count, count);
    rows.set(key, row);
  }
  return [...rows.values()].sort(
    (a, b) => b.cycles - a.cycles || (a.file < b.file ? -1 : 1) || a.line - b.line,
  );
}

/** Every stack with cycles of its own: names from the hart downwards. */
export function stacks(
  profile: HartProfile,
): { readonly names: string[]; readonly cycles: number }[] {
  const found: { names: string[]; cycles: number }[] = [];
  const visit = (node: CallNode, names: string[]) => {
    if (node.self > 0) found.push({ names, cycles: node.self });
    for (const child of node.children.values()) visit(child, [...names, child.name]);
  };
  visit(profile.root, [profile.name]);
  return found;
}

/** Folded stacks, as flame graph programs read them: `hart;main;loop 4711`. */
export function foldedText(profiles: readonly HartProfile[]): string {
  return profiles
    .flatMap(stacks)
    .map(({ names, cycles }) => `${names.join(";")} ${cycles}\n`)
    .join("");
}

/** A file for speedscope.app: one profile a hart, weights in cycles. Source: its file-format schema. */
export function speedscope(name: string, profiles: readonly HartProfile[]): object {
  const frames: { name: string }[] = [];
  const indices = new Map<string, number>();
  const frameOf = (frame: string) => {
    const known = indices.get(frame);
    if (known !== undefined) return known;
    indices.set(frame, frames.length);
    frames.push({ name: frame });
    return frames.length - 1;
  };
  const rows = profiles.map((profile) => {
    const all = stacks(profile);
    return {
      type: "sampled",
      name: profile.name,
      unit: "none",
      startValue: 0,
      endValue: all.reduce((sum, { cycles }) => sum + cycles, 0),
      samples: all.map(({ names }) => names.slice(1).map(frameOf)),
      weights: all.map(({ cycles }) => cycles),
    };
  });
  return {
    $schema: "https://www.speedscope.app/file-format-schema.json",
    name,
    exporter: "hotspare",
    shared: { frames },
    profiles: rows,
  };
}

/** What lcov needs of one hart: its profile and its program's lines. */
export interface Covered {
  readonly profile: HartProfile;
  readonly lines: readonly LineRow[];
}

/** A coverage tracefile: lines with code and how often each was executed, over all harts. */
export function lcovText(harts: readonly Covered[]): string {
  const files = new Map<string, Map<number, number>>();
  const put = (file: string, line: number, count: number) => {
    const rows = files.get(file) ?? new Map<number, number>();
    rows.set(line, (rows.get(line) ?? 0) + count);
    files.set(file, rows);
  };
  for (const { profile, lines } of harts) {
    for (const { file, line } of lines) if (file !== "" && line > 0) put(file, line, 0);
    for (const { file, line, count } of lineRows(profile, lines))
      if (line > 0) put(file, line, count);
  }
  const texts = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, rows]) => {
      const data = [...rows].sort(([a], [b]) => a - b);
      const hit = data.filter(([, count]) => count > 0).length;
      const body = data.map(([line, count]) => `DA:${line},${count}\n`).join("");
      return `SF:${file}\n${body}LF:${data.length}\nLH:${hit}\nend_of_record\n`;
    });
  return `TN:\n${texts.join("")}`;
}
