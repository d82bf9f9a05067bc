/** A campaign as one HTML page: counts, violations, and a heat map of fault site and time. */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { timeText } from "../machine/quantities.js";
import type { RunRow } from "./campaign.js";
import { CLASS_MEANINGS, CLASSES, type RunClass } from "./classify.js";
import { countClasses, escapeXml } from "./report.js";

/** From harmless to worst; readable in print and for the colour-blind (Okabe and Ito's palette). */
const COLOURS: Readonly<Record<RunClass, string>> = {
  masked: "#e6e6e6",
  recovered: "#009e73",
  degraded: "#56b4e9",
  detected: "#0072b2",
  "wrong-output": "#e69f00",
  hang: "#cc79a7",
  violation: "#d55e00",
  invalid: "#000000",
};
const CELL_PX = 16;
const LEFT_PX = 260;
const WIDTH_MAX_PX = 1800;
/** Axis labels: at most this many, spread evenly. */
const TICKS = 20;

export function campaignHtml(name: string, summary: string, rows: readonly RunRow[]): string {
  const counts = countClasses(rows);
  const bad = rows.filter((row) => row.class === "violation" || row.class === "invalid");
  const list = CLASSES.filter((one) => counts[one] > 0).map(
    (one) =>
      `<tr><td><span style="background:${COLOURS[one]}"></span>${one}</td>` +
      `<td>${counts[one]}</td><td>${CLASS_MEANINGS[one]}</td></tr>`,
  );
  const worst = bad.map(
    (row) =>
      `<tr><td>${row.class}</td><td>${escapeXml(row.failed.join("; "))}</td>` +
      `<td><code>${escapeXml(row.replay)}</code></td></tr>`,
  );
  return [
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><title>${escapeXml(name)}</title>`,
    `<style>${STYLE}</style></head><body>`,
    `<h1>${escapeXml(name)}</h1><p>${escapeXml(summary)}</p>`,
    `<table>${list.join("")}</table>`,
    `<h2>Fault site and time</h2><p>Each cell holds the command that does its run again.</p>`,
    heatMap(rows),
    bad.length === 0 ? "" : `<h2>Violations and invalid runs</h2><table>${worst.join("")}</table>`,
    "</body></html>",
    "",
  ].join("\n");
}

const STYLE =
  "body{font:14px/1.4 sans-serif;margin:2em;color:#222}td{padding:.1em .8em .1em 0}" +
  "td span{display:inline-block;width:1em;height:1em;margin-right:.5em;border:1px solid #999}" +
  "code{font-size:12px}rect:hover{stroke:#000}";

function heatMap(rows: readonly RunRow[]): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const columns = [...new Set(rows.map(columnOf))];
  const sites = [...new Set(rows.map(({ site }) => site))];
  const step = Math.max(1, Math.ceil(columns.length / TICKS));
  const width = Math.min(WIDTH_MAX_PX, LEFT_PX + 60 + columns.length * CELL_PX);
  const plot = Plot.plot({
    document: document as never, // linkedom's, where Plot expects a browser's
    width,
    height: 80 + sites.length * CELL_PX,
    marginLeft: LEFT_PX,
    marginBottom: 60,
    padding: columns.length > 100 ? 0 : 0.08,
    x: {
      domain: columns,
      label: "time of the fault",
      tickRotate: -40,
      ticks: columns.filter((_, n) => n % step === 0),
    },
    y: { domain: sites, label: null },
    color: { domain: [...CLASSES], range: CLASSES.map((one) => COLOURS[one]) },
    marks: [
      Plot.cell(rows, {
        x: columnOf,
        y: "site",
        fill: "class",
        title: (row: RunRow) => [row.class, ...row.failed, row.replay].join("\n"),
      }),
    ],
  });
  return plot.outerHTML;
}

function columnOf({ time_ps }: RunRow): string {
  return time_ps === null ? "own trigger" : timeText(BigInt(time_ps));
}
