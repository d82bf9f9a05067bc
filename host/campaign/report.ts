/** Results of a campaign as people and other tools read them: a summary table, JUnit XML. */

import { timeText } from "../machine/quantities.js";
import type { RunRow } from "./campaign.js";
import { CLASS_MEANINGS, CLASSES, type RunClass } from "./classify.js";

export type ClassCounts = Record<RunClass, number>;

export function countClasses(rows: Iterable<Pick<RunRow, "class">>): ClassCounts {
  const counts = Object.fromEntries(CLASSES.map((name) => [name, 0])) as ClassCounts;
  for (const row of rows) counts[row.class] += 1;
  return counts;
}

/** Rows that fail a campaign: a broken invariant, or a run that shows nothing. */
export function failures(rows: readonly RunRow[]): RunRow[] {
  return rows.filter((row) => row.class === "violation" || row.class === "invalid");
}

/** A table: a line for each fault site, a column for each class that occurs. */
export function summaryText(name: string, rows: readonly RunRow[]): string {
  const counts = countClasses(rows);
  const shown = CLASSES.filter((one) => counts[one] > 0);
  const bySite = new Map<string, RunRow[]>();
  for (const row of rows) bySite.set(row.site, [...(bySite.get(row.site) ?? []), row]);
  const table = [
    ["site", "runs", ...shown],
    ...[...bySite].map(([site, own]) => {
      const part = countClasses(own);
      return [site, String(own.length), ...shown.map((one) => String(part[one]))];
    }),
    ["all", String(rows.length), ...shown.map((one) => String(counts[one]))],
  ];
  const widths = table[0]!.map((_, n) => Math.max(...table.map((line) => line[n]!.length)));
  const lines = table.map((line) =>
    line
      .map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!)))
      .join("  ")
      .trimEnd(),
  );
  const meanings = shown.map((one) => `${one}: ${CLASS_MEANINGS[one]}`);
  return `${name}\n\n${lines.join("\n")}\n\n${meanings.join("\n")}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/** JUnit XML: a suite for each site, a case for each run; violations and invalid runs fail. */
export function junitXml(name: string, rows: readonly RunRow[]): string {
  const cases = rows.map((row) => {
    const time = row.time_ps === null ? "own trigger" : timeText(BigInt(row.time_ps));
    const head = `<testcase classname="${escapeXml(row.site)}" name="${escapeXml(time)}"`;
    if (row.class !== "violation" && row.class !== "invalid") return `    ${head}/>`;
    const message = escapeXml(`${row.class}: ${row.failed.join("; ")}`);
    const body = escapeXml(row.replay);
    return `    ${head}><failure message="${message}">${body}</failure></testcase>`;
  });
  const failed = failures(rows).length;
  const attributes = `name="${escapeXml(name)}" tests="${rows.length}" failures="${failed}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes}>`,
    `  <testsuite ${attributes}>`,
    ...cases,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}
