/**
 * The block diagram of `hotspare describe --svg`: nodes side by side, each a stack of its hart,
 * memories and devices; below them one lane for each link and each pair of nodes with wires; below
 * those the shared memories. Sizes are in pixels and our choice.
 */

import type { MachineReport, NodeReport } from "./describe.js";
import { rateText, sizeText, timeText } from "./quantities.js";

const NODE_WIDTH = 300;
const GAP = 40;
const MARGIN = 24;
const TITLE = 56;
const ROW = 24;
const PAD = 12;
const LANE = 30;
const BAR = 40;

/** At most this many nodes are drawn; the rest is counted in a line. */
const MAX_NODES = 8;

/** Fill and border of a box by what it is. */
const COLOURS: Readonly<Record<string, readonly [string, string]>> = {
  node: ["#f6f8fa", "#8c959f"],
  hart: ["#ddf4ff", "#54aeff"],
  ram: ["#dafbe1", "#4ac26b"],
  rom: ["#dafbe1", "#4ac26b"],
  shared: ["#dafbe1", "#2da44e"],
  foreign: ["#ffffff", "#afb8c1"],
  device: ["#fff8c5", "#d4a72c"],
};

interface Lane {
  readonly left: number;
  readonly right: number;
  readonly text: string;
  readonly colour: string;
}

/** A complete SVG document. */
export function describeSvg(report: MachineReport): string {
  const nodes = report.nodes.slice(0, MAX_NODES);
  const columnOf = columns(nodes);
  const lanes = lanesOf(report, columnOf);
  const bars = report.shared.flatMap((shared) => {
    const reached = shared.nodes.flatMap((name) => columnOf(name) ?? []);
    return reached.length > 0 ? [{ shared, reached }] : [];
  });
  const nodeBottom = TITLE + MARGIN + Math.max(...nodes.map(nodeHeight));
  const lanesBottom = nodeBottom + (lanes.length > 0 ? PAD + lanes.length * LANE : 0);
  const taps = new Taps(
    lanes,
    bars.map(({ reached }) => reached),
    nodes.length,
  );
  const height = lanesBottom + bars.length * (BAR + PAD * 2) + MARGIN * 2;
  const width = MARGIN * 2 + nodes.length * NODE_WIDTH + (nodes.length - 1) * GAP;
  const drawn = lanes.map((lane, k) => drawLane(lane, k, nodeBottom, nodes, taps));
  // The last bar first, so that a line to a lower bar passes behind the upper ones.
  const boxes = bars.map(({ shared, reached }, k) => {
    const y = lanesBottom + PAD * 2 + k * (BAR + PAD * 2);
    const clock = report.clocks.find(({ name }) => name === shared.clock)!;
    const label =
      `${shared.name}: shared RAM ${sizeText(shared.size)} at ${shared.base}, ` +
      `${rateText(BigInt(clock.rate_mhz))}, latency ${shared.latency_cycles}`;
    return drawBar(label, reached, y, k, nodes, taps);
  });
  const parts = [
    text(MARGIN, 30, report.machine, "title"),
    text(MARGIN, 50, clip(report.summary, Math.floor((width - 2 * MARGIN) / 6.2)), "small"),
    ...nodes.map((node, k) => drawNode(report, node, k)),
    ...drawn.map(({ lines }) => lines),
    ...boxes.reverse(),
    ...drawn.map(({ label }) => label),
    more(report, height),
  ];
  return document(
    width,
    height,
    report.machine,
    parts.filter((part) => part !== ""),
  );
}

function document(width: number, height: number, title: string, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`,
    `  viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${xml(title)}</title>`,
    "<style>",
    "text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #1f2328 }",
    ".title { font-size: 18px; font-weight: 600 } .name { font-weight: 600 }",
    ".small { font-size: 11px; fill: #57606a }",
    ".address { font: 11px ui-monospace, monospace; fill: #57606a }",
    ".halo { paint-order: stroke; stroke: #ffffff; stroke-width: 4px }",
    "</style>",
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function xml(value: string): string {
  const marks: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
  return value.replace(/[&<>]/g, (mark) => marks[mark]!).replaceAll('"', "&quot;");
}

function text(x: number, y: number, value: string, style: string, anchor = "start"): string {
  const place = `x="${x}" y="${y}" class="${style}" text-anchor="${anchor}"`;
  return `<text ${place}>${xml(value)}</text>`;
}

function box(x: number, y: number, width: number, height: number, kind: string): string {
  const [fill, border] = COLOURS[kind] ?? COLOURS.device!;
  const size = `x="${x}" y="${y}" width="${width}" height="${height}" rx="4"`;
  return `<rect ${size} fill="${fill}" stroke="${border}"/>`;
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  return `<path d="M${x1} ${y1}L${x2} ${y2}" stroke="${colour}" stroke-width="1.5" fill="none"/>`;
}

function clip(value: string, most: number): string {
  return value.length > most ? `${value.slice(0, most - 3)}...` : value;
}

/** Left edge of a column. */
function columnX(column: number): number {
  return MARGIN + column * (NODE_WIDTH + GAP);
}

function nodeHeight(node: NodeReport): number {
  return PAD * 2 + ROW + (node.map.filter(isOwn).length + 1) * (ROW + 4);
}

/** Shared memories are drawn once, below. */
function isOwn({ kind }: { readonly kind: string }): boolean {
  return kind !== "shared";
}

/** From a node's name (or one of a group) to its column, when it is drawn. */
function columns(nodes: readonly NodeReport[]): (name: string) => number | undefined {
  return (name) => {
    const column = nodes.findIndex((node) => {
      if (node.name === name) return true;
      const group = node.name.split("..")[0]!.replace(/0$/, "");
      return node.count > 1 && name.replace(/[0-9]+$/, "") === group;
    });
    return column < 0 ? undefined : column;
  };
}

function drawNode(report: MachineReport, node: NodeReport, column: number): string {
  const x = columnX(column);
  const top = TITLE + MARGIN;
  const clock = report.clocks.find(({ name }) => name === node.clock)!;
  const inner = NODE_WIDTH - 2 * PAD;
  const many = node.count > 1 ? ` (x ${node.count})` : "";
  const rows = [
    {
      kind: "hart",
      name: `${node.isa}, ${node.timing}`,
      detail: rateText(BigInt(clock.rate_mhz)),
    },
    ...node.map.filter(isOwn).map((row) => ({
      kind: COLOURS[row.kind] === undefined ? "device" : row.kind,
      name: row.kind === row.name ? row.name : `${row.name}  ${row.kind}`,
      detail: row.kind in COLOURS ? `${row.base}  ${sizeText(row.size)}` : row.base,
    })),
  ];
  return [
    box(x, top, NODE_WIDTH, nodeHeight(node), "node"),
    text(x + PAD, top + PAD + 12, `${node.name}${many}`, "name"),
    ...rows.flatMap(({ kind, name, detail }, k) => {
      const y = top + PAD + ROW + k * (ROW + 4);
      return [
        box(x + PAD, y, inner, ROW, kind),
        text(x + PAD * 2, y + 16, clip(name, 30), "label"),
        text(x + NODE_WIDTH - PAD * 2, y + 16, detail, "address", "end"),
      ];
    }),
  ].join("\n");
}

/** One lane for each link, one for all wires of an ordered pair of columns. */
function lanesOf(report: MachineReport, columnOf: (name: string) => number | undefined): Lane[] {
  const ends = (one: string, two: string): [number, number] | undefined => {
    const left = columnOf(one.split(".")[0]!);
    const right = columnOf(two.split(".")[0]!);
    return left === undefined || right === undefined || left === right ? undefined : [left, right];
  };
  const lanes: Lane[] = [];
  const add = (one: string, two: string, label: string, colour: string): void => {
    const pair = ends(one, two);
    if (pair === undefined) return;
    lanes.push({ left: Math.min(...pair), right: Math.max(...pair), text: label, colour });
  };
  for (const { between, latency_ps } of report.links) {
    const label = `${between[0]} - ${between[1]}, serial, ${timeText(BigInt(latency_ps))}`;
    add(between[0], between[1], label, "#8250df");
  }
  for (const { from, to, latency_cycles } of report.wires) {
    add(from, to, `${from} > ${to}, ${latency_cycles} cycles`, "#cf222e");
  }
  return lanes.slice(0, 24);
}

/** Where lines leave the lower edge of a node: evenly spaced, lanes first, then shared memories. */
class Taps {
  private readonly used: number[];
  private readonly total: number[];

  constructor(lanes: readonly Lane[], bars: readonly (readonly number[])[], columns: number) {
    this.used = Array(columns).fill(0);
    this.total = Array(columns).fill(0);
    for (const { left, right } of lanes) {
      for (const column of [left, right]) this.total[column]! += 1;
    }
    for (const reached of bars) for (const column of reached) this.total[column]! += 1;
  }

  next(column: number): number {
    this.used[column]! += 1;
    return columnX(column) + (NODE_WIDTH * this.used[column]!) / (this.total[column]! + 1);
  }
}

function bottomOf(node: NodeReport): number {
  return TITLE + MARGIN + nodeHeight(node);
}

/** The lines of a lane, and its label, which is drawn after all lines. */
function drawLane(
  lane: Lane,
  index: number,
  top: number,
  nodes: readonly NodeReport[],
  taps: Taps,
): { lines: string; label: string } {
  const y = top + PAD + index * LANE + LANE / 2 + 4;
  const x1 = taps.next(lane.left);
  const x2 = taps.next(lane.right);
  return {
    lines: [
      line(x1, bottomOf(nodes[lane.left]!), x1, y, lane.colour),
      line(x2, bottomOf(nodes[lane.right]!), x2, y, lane.colour),
      line(x1, y, x2, y, lane.colour),
    ].join("\n"),
    label: text((x1 + x2) / 2, y - 5, lane.text, "small halo", "middle"),
  };
}

function drawBar(
  label: string,
  reached: readonly number[],
  y: number,
  index: number,
  nodes: readonly NodeReport[],
  taps: Taps,
): string {
  const left = columnX(Math.min(...reached));
  const right = columnX(Math.max(...reached)) + NODE_WIDTH;
  return [
    ...reached.map((column) => {
      const x = taps.next(column);
      return line(x, bottomOf(nodes[column]!), x, y, COLOURS.shared![1]);
    }),
    `<g id="shared-${index}">`,
    box(left, y, right - left, BAR, "shared"),
    text((left + right) / 2, y + BAR / 2 + 4, label, "label", "middle"),
    "</g>",
  ].join("\n");
}

function more(report: MachineReport, height: number): string {
  const rest = report.nodes.length - MAX_NODES;
  return rest > 0 ? text(MARGIN, height - 10, `and ${rest} more nodes`, "small") : "";
}
