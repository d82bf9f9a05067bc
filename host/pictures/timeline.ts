/**
 * The timeline of an exchange: tiles down, cycles across. Few tiles get a lane each, sends above
 * landings, with a stroke for every mux write; many tiles are drawn as three areas in which a
 * pixel's strength is the share of its tile-cycles.
 */

import * as Plot from "@observablehq/plot";
import type { Activity, Spans } from "./activity.js";
import { IDLE, LANDING, MUX, SEND } from "./colours.js";
import { levelsToPng } from "./png.js";
import { drawPanel, type Panel, type Placed, type SheetText, type Swatch, sheet } from "./sheet.js";

const WIDTH = 1180;
const LEFT = 76;
const RIGHT = 24;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const HEAD = 84;
/** Tiles that get lanes of their own; more are drawn as areas (our choice). */
const LANES_MOST = 80;
/** Lanes with more runs than this would be a large file: drawn as areas too. */
const LANE_RUNS_MOST = 12_000;
const AREA_HEIGHT = 232;
const LOAD_HEIGHT = 150;

export interface TimelineText {
  readonly title: string;
  /** One line of figures. */
  readonly subtitle: string;
}

/** The picture as an SVG document. */
export function timelineSvg(activity: Activity, { title, subtitle }: TimelineText): string {
  const { names, sends, landings, mux } = activity;
  const runs = sends.count + landings.count + mux.count;
  const panels: Placed[] = [];
  let y = HEAD;
  const put = (panel: Panel) => {
    panels.push({ ...panel, x: 0, y });
    y += panel.height;
  };
  const texts: SheetText[] = [
    { x: 16, y: 30, text: title, size: 19, weight: "bold" },
    { x: 16, y: 50, text: subtitle },
  ];
  if (names.length <= LANES_MOST && runs <= LANE_RUNS_MOST) put(lanes(activity));
  else {
    const areas = [
      ["Sending", sends, SEND],
      ["Receiving", landings, LANDING],
      ["Writing the mux", mux, MUX],
    ] as const;
    for (const [what, spans, colour] of areas) {
      texts.push({ x: LEFT, y: y + 15, text: what, weight: "bold" });
      put(area(activity, spans, colour));
    }
  }
  texts.push({ x: LEFT, y: y + 15, text: "Share of the tiles at work", weight: "bold" });
  put(load(activity));
  return sheet(WIDTH, y + 8, title, panels, [...texts, ...LEGEND_TEXTS], LEGEND);
}

const LEGEND_ROWS = [
  ["sends a word", SEND],
  ["a word lands", LANDING],
  ["writes the mux", MUX],
  ["idle", IDLE],
] as const;

const LEGEND: readonly Swatch[] = LEGEND_ROWS.map(([, fill], i) => ({
  x: LEFT + 140 * i,
  y: 62,
  width: fill === MUX ? 3 : 16,
  height: 12,
  fill,
  stroke: fill === IDLE ? "#BBBBBB" : "none",
}));

const LEGEND_TEXTS: readonly SheetText[] = LEGEND_ROWS.map(([text], i) => ({
  x: LEFT + 140 * i + 22,
  y: 72,
  text,
}));

const scaleX = (cycles: number) => ({
  domain: [0, cycles] as [number, number],
  label: "cycle from the release",
  labelAnchor: "right" as const,
});

function lanes({ names, cycles, sends, landings, mux }: Activity): Panel {
  const boxes = (spans: Spans, top: number) => {
    const out: { x1: number; x2: number; y1: number; y2: number }[] = [];
    spans.each((tile, cycle, length) => {
      out.push({ x1: cycle, x2: cycle + length, y1: tile + top, y2: tile + top + 0.4 });
    });
    return out;
  };
  const lane = names.map((_, tile) => ({ x1: 0, x2: cycles, y1: tile + 0.08, y2: tile + 0.92 }));
  const strokes: { x: number; y1: number; y2: number }[] = [];
  mux.each((tile, cycle) => {
    strokes.push({ x: cycle + 0.5, y1: tile + 0.04, y2: tile + 0.96 });
  });
  const place = { x1: "x1", x2: "x2", y1: "y1", y2: "y2" } as const;
  const pitch = Math.max(11, Math.min(26, 700 / names.length));
  return drawPanel({
    width: WIDTH,
    height: Math.round(names.length * pitch) + 56,
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginTop: 12,
    marginBottom: 40,
    x: scaleX(cycles),
    y: { domain: [names.length, 0], label: null },
    marks: [
      Plot.rect(lane, { ...place, fill: IDLE }),
      Plot.rect(boxes(sends, 0.1), { ...place, fill: SEND }),
      Plot.rect(boxes(landings, 0.5), { ...place, fill: LANDING }),
      Plot.ruleX(strokes, { x: "x", y1: "y1", y2: "y2", stroke: MUX, strokeWidth: 1.5 }),
      Plot.axisY(
        names.map((_, tile) => tile + 0.5),
        { tickFormat: (at: number) => names[Math.floor(at)] ?? "", tickSize: 0, label: "tile" },
      ),
    ],
  });
}

/** Tiles at the axis: every so many, so that labels stay apart. */
function area({ names, cycles }: Activity, spans: Spans, colour: string): Panel {
  const columns = Math.min(PLOT_WIDTH, cycles);
  const height = AREA_HEIGHT - 50;
  const rows = Math.min(names.length, 2 * height);
  const href = levelsToPng(
    share(spans, names.length, cycles, rows, columns),
    columns,
    rows,
    IDLE,
    colour,
  );
  const step = Math.max(1, Math.ceil(names.length / 8 / 64) * 64);
  const ticks = names.map((_, tile) => tile).filter((tile) => tile % step === 0);
  return drawPanel({
    width: WIDTH,
    height: AREA_HEIGHT,
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginTop: 22,
    marginBottom: 28,
    x: { ...scaleX(cycles), label: null },
    y: { domain: [names.length, 0], label: null },
    marks: [
      Plot.image([0], {
        x: cycles / 2,
        y: names.length / 2,
        width: PLOT_WIDTH,
        height,
        src: () => href,
        preserveAspectRatio: "none",
        imageRendering: "pixelated",
      }),
      Plot.frame({ stroke: "#BBBBBB" }),
      Plot.axisY(ticks, { tickFormat: (tile: number) => names[tile] ?? "", label: "tile" }),
    ],
  });
}

/**
 * Share of its tile-cycles that a pixel spends at work, as a level: the square root, so that a few
 * mux writes show beside long streams.
 */
export function share(
  spans: Spans,
  tiles: number,
  cycles: number,
  rows: number,
  columns: number,
): Uint8Array {
  const worked = new Float64Array(rows * columns);
  spans.each((tile, cycle, length) => {
    const row = Math.floor((tile * rows) / tiles) * columns;
    const [from, to] = [(cycle * columns) / cycles, ((cycle + length) * columns) / cycles];
    for (let c = Math.max(0, Math.floor(from)); c < to && c < columns; c++) {
      worked[row + c]! += Math.min(to, c + 1) - Math.max(from, c);
    }
  });
  const full = tiles / rows;
  return Uint8Array.from(worked, (value) => Math.round(255 * Math.sqrt(Math.min(1, value / full))));
}

/** Points of the lines of load. */
const LOAD_POINTS = 360;

function load({ names, cycles, sends, landings }: Activity): Panel {
  const points = Math.min(LOAD_POINTS, cycles);
  const line = (spans: Spans) => {
    const worked = new Float64Array(points);
    spans.each((_tile, cycle, length) => {
      const [from, to] = [(cycle * points) / cycles, ((cycle + length) * points) / cycles];
      for (let p = Math.max(0, Math.floor(from)); p < to && p < points; p++) {
        worked[p]! += Math.min(to, p + 1) - Math.max(from, p);
      }
    });
    return Array.from(worked, (value, p) => ({
      x: ((p + 0.5) * cycles) / points,
      y: (100 * value) / names.length,
    }));
  };
  return drawPanel({
    width: WIDTH,
    height: LOAD_HEIGHT,
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginTop: 24,
    marginBottom: 36,
    x: scaleX(cycles),
    y: { domain: [0, 100], label: null, ticks: [0, 25, 50, 75, 100], grid: true },
    marks: [
      Plot.areaY(line(sends), { x: "x", y: "y", fill: SEND, fillOpacity: 0.12 }),
      Plot.line(line(sends), { x: "x", y: "y", stroke: SEND, strokeWidth: 1.6 }),
      Plot.line(line(landings), { x: "x", y: "y", stroke: LANDING, strokeWidth: 2.2 }),
      Plot.axisY({ ticks: [0, 25, 50, 75, 100], tickFormat: (value: number) => `${value} %` }),
    ],
  });
}
