/** The text form of `hotspare describe`: aligned tables, one section a question. */

import type { MachineReport, NodeReport } from "./describe.js";
import { statePages } from "./describe.js";
import { CLOSE_PAIR_CYCLES } from "./limits.js";
import { rateText, sizeText, timeText } from "./quantities.js";

/** Lookahead is printed as a matrix up to this many nodes, then as a list of pairs. */
const MAX_MATRIX = 8;

/** The whole report, lines of at most about 100 columns, with a final line break. */
export function describeText(report: MachineReport): string {
  const sections = [
    [`${report.machine}: ${report.summary || "no summary"}`],
    clocks(report),
    ...report.nodes.map(node),
    shared(report),
    sharedDevices(report),
    wiring(report),
    matrix(report),
    limits(report),
    [
      "not modelled",
      ...(report.not_modelled.length > 0 ? report.not_modelled : ["nothing is listed"]).map(
        (line) => `  - ${line}`,
      ),
    ],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** Columns padded to their widest cell, indented by two. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, k) => Math.max(...rows.map((row) => row[k]!.length)));
  return rows.map((row) =>
    `  ${row.map((cell, k) => cell.padEnd(widths[k]!)).join("  ")}`.trimEnd(),
  );
}

function clocks(report: MachineReport): string[] {
  return [
    "clocks",
    ...table(
      report.clocks.map(({ name, rate_mhz, follows, drives }) => [
        name,
        follows === null ? rateText(BigInt(rate_mhz)) : `follows ${follows}`,
        drives.join(", "),
      ]),
    ),
  ];
}

function node(report: NodeReport): string[] {
  const { name, count, isa, timing, clock, boot, firmware, map } = report;
  const many = count > 1 ? ` (${count} nodes)` : "";
  return [
    `node ${name}${many}: ${isa}, timing ${timing}, clock ${clock}, boot ${grouped(boot)}`,
    `  firmware ${firmware ?? "none: give it with --firmware"}`,
    ...table(
      map.map((row) => [
        `${grouped(row.base)}..${grouped(row.last)}`,
        sizeText(row.size),
        row.name,
        row.kind,
        row.rights,
        row.note,
      ]),
    ),
  ];
}

/** `0x10000000` with its group mark, as machine files and errors write it. */
function grouped(address: string): string {
  return `${address.slice(0, -4)}_${address.slice(-4)}`;
}

function shared(report: MachineReport): string[] {
  if (report.shared.length === 0) return [];
  return [
    "shared memories",
    ...table(
      report.shared.map((row) => [
        row.name,
        `${grouped(row.base)}, ${sizeText(row.size)}`,
        `clock ${row.clock}`,
        `latency ${row.latency_cycles}, occupancy ${row.occupancy_cycles} cycles`,
        `nodes ${row.nodes.join(", ")}`,
      ]),
    ),
  ];
}

function sharedDevices(report: MachineReport): string[] {
  if (report.devices.length === 0) return [];
  return [
    "shared devices",
    ...table(
      report.devices.map((row) => [
        row.name,
        row.kind,
        `clock ${row.clock}`,
        row.views
          .map((view) => `${view.node} at ${grouped(view.base)} (${view.rights})`)
          .join(", "),
      ]),
    ),
  ];
}

function wiring(report: MachineReport): string[] {
  const wires = [...report.wires, ...report.node_wires].map((wire) => [
    wire.from,
    "->",
    wire.to,
    `${wire.latency_cycles} ${wire.latency_cycles === 1 ? "cycle" : "cycles"} of ${wire.clock}`,
  ]);
  const links = report.links.map(({ between, latency_ps }) => [
    between[0],
    "<->",
    between[1],
    timeText(BigInt(latency_ps)),
  ]);
  const free = report.uarts.filter(({ linked }) => !linked).map(({ name }) => name);
  const ends = free.length > 0 ? [`  open to endpoints: ${clip(free)}`] : [];
  const rows = [...links, ...wires];
  return rows.length + ends.length === 0 ? [] : ["links and wires", ...table(rows), ...ends];
}

function clip(names: readonly string[]): string {
  const most = 12;
  return names.length > most ? `${names.slice(0, most).join(", ")}, ...` : names.join(", ");
}

function matrix(report: MachineReport): string[] {
  const { lookahead } = report;
  if (lookahead.length === 0) return [];
  const close = lookahead.filter((pair) => pair.close);
  const names = report.nodes.map(({ name }) => name);
  const square = report.limits.harts <= MAX_MATRIX && names.length === report.limits.harts;
  const cell = (from: string, to: string): string =>
    from === to
      ? "."
      : (lookahead.find((pair) => pair.from === from && pair.to === to)?.latency_cycles ?? "-");
  return [
    "lookahead: cycles of the receiver before one node can affect another (- never)",
    ...(square
      ? table([
          ["from \\ to", ...names],
          ...names.map((from) => [from, ...names.map((to) => cell(from, to))]),
        ])
      : table(lookahead.slice(0, 64).map((pair) => [pair.from, pair.to, pair.latency_cycles]))),
    ...close
      .slice(0, 16)
      .map(
        (pair) =>
          `  ${pair.from} -> ${pair.to} is below ${CLOSE_PAIR_CYCLES} cycles and bounds speed: ` +
          pair.via.join(", "),
      ),
  ];
}

function limits(report: MachineReport): string[] {
  const { harts, units, state_bytes, hot_bytes, halt_latency_ps } = report.limits;
  const rows = [
    ["harts", String(harts)],
    ["units", String(units)],
    ["state", `${sizeText(state_bytes)} in ${statePages(report)} pages`],
    ["of it tables and blocks", sizeText(hot_bytes)],
  ];
  if (harts > 1) rows.push(["a halt reaches all", `after ${timeText(BigInt(halt_latency_ps))}`]);
  return ["limits", ...table(rows)];
}
