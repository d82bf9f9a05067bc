/**
 * The map of a chip: the columns stand on both sides of the fabric as in the silicon, row 0 next
 * to it. Every tile has the colour of a quantity (its mean latency); beside it stand the visible
 * row of the unit and its four delay stages.
 *
 *     silicon row 2  [ sub 0 | 1 | 2 | 3 ] r2 oooo      side 0
 *     silicon row 1  [       |   |   |   ] r1 oooo
 *     silicon row 0  [       |   |   |   ] r0 oooo
 *     ================ exchange fabric ===========
 *     silicon row 0  ...                                side 1
 */

import * as Plot from "@observablehq/plot";
import { type Chip, sideOf, siliconRow, tileAt, visibleRow, xOf } from "../exchange/index.js";
import { DEFECT, FORCED, INK, QUANTITY_SCHEME, REPAIRING, SHIFTED } from "./colours.js";
import { drawPanel, type Panel, type Placed, type SheetText, type Swatch, sheet } from "./sheet.js";

export const STAGE_NAMES = ["data-out", "data-in", "mux", "sync"] as const;
export type StageName = (typeof STAGE_NAMES)[number];

export interface ForcedStage {
  readonly col: number;
  /** Silicon row. */
  readonly row: number;
  readonly stage: StageName;
  readonly value: 0 | 1;
}

export interface ChipMapData {
  readonly chip: Chip;
  /** Repair code of every column: a silicon row. */
  readonly codes: readonly (number | undefined)[];
  /** Units that are physically defective. */
  readonly defects: readonly { readonly col: number; readonly row: number }[];
  readonly forced: readonly ForcedStage[];
  /** Value by visible tile, undefined where there is none. */
  readonly value: (visible: number) => number | undefined;
  /** What the value is, with its unit. */
  readonly quantity: string;
  readonly title: string;
  readonly subtitle: string;
}

const WIDTH = 1240;
const LEFT = 56;
const RIGHT = 16;
const HEAD = 118;
/** Rows of height that the fabric takes in the middle. */
const FABRIC = 3;
/** Parts of a unit's width: tiles, its visible row, stages. */
const TILES_FROM = 0.03;
const TILES_TO = 0.6;
const ROW_AT = 0.715;
const STAGES_FROM = 0.77;
const STAGE_PITCH = 0.058;
/** A column of few tiles is not drawn wider than this, in pixels. */
const COLUMN_MOST = 300;

interface Unit {
  readonly col: number;
  readonly row: number;
  /** Place: x along the fabric, y from it, negative below. */
  readonly x: number;
  readonly y1: number;
  readonly y2: number;
  readonly visible: number | undefined;
  readonly kind: "good" | "defect" | "repairing" | "shifted" | "spare";
}

export function chipMapSvg(data: ChipMapData): string {
  const map = mapPanel(data, unitsOf(data));
  const ramp = rampPanel(data);
  const panels: Placed[] = [{ ...map, x: 0, y: HEAD }];
  if (ramp) panels.push({ ...ramp, x: WIDTH - ramp.width - 8, y: 8 });
  const texts: SheetText[] = [
    { x: 16, y: 30, text: data.title, size: 19, weight: "bold" },
    { x: 16, y: 50, text: data.subtitle },
    ...LEGEND.map(({ x, y, text }) => ({ x: x + 24, y: y + 11, text })),
    { x: 16, y: 100, text: STAGE_LEGEND },
  ];
  return sheet(WIDTH, HEAD + map.height + 8, data.title, panels, texts, LEGEND);
}

const LEGEND: readonly (Swatch & { readonly text: string })[] = [
  { x: 16, y: 66, width: 16, height: 12, fill: DEFECT, text: "cut out as defective" },
  { x: 196, y: 66, width: 16, height: 12, fill: "white", stroke: REPAIRING, text: "spare in use" },
  {
    x: 336,
    y: 66,
    width: 16,
    height: 12,
    fill: "white",
    stroke: SHIFTED,
    text: "shifted by one row",
  },
  { x: 506, y: 66, width: 16, height: 12, fill: "#DDDDDD", text: "idle spare" },
  { x: 626, y: 66, width: 16, height: 12, fill: FORCED, text: "stage forced" },
];

const STAGE_LEGEND =
  "r: visible row.  Dots: delay stages data out, data in, mux control, sync acknowledge; " +
  "filled = in the path, hollow = bypassed.  Numbers at the side: silicon rows.";

function unitsOf({ chip, codes, defects }: ChipMapData): Unit[] {
  const units: Unit[] = [];
  for (let col = 0; col < chip.columns; col++) {
    const code = codes[col];
    for (let row = 0; row <= chip.rows; row++) {
      const near = FABRIC / 2 + row;
      const below = sideOf(chip, col) === 1;
      const broken = defects.some((defect) => defect.col === col && defect.row === row);
      const visible = visibleRow(chip, row, code);
      let kind: Unit["kind"] = "good";
      if (broken || row === code) kind = "defect";
      else if (visible === undefined) kind = "spare";
      else if (row === chip.rows) kind = "repairing";
      else if (visible !== row) kind = "shifted";
      const [y1, y2] = below ? [-near - 0.94, -near - 0.06] : [near + 0.06, near + 0.94];
      units.push({ col, row, x: xOf(chip, col), y1, y2, visible, kind });
    }
  }
  return units;
}

const FRAME: Readonly<Record<Unit["kind"], string>> = {
  good: "none",
  defect: DEFECT,
  repairing: REPAIRING,
  shifted: SHIFTED,
  spare: "#BBBBBB",
};

function mapPanel(data: ChipMapData, units: readonly Unit[]): Panel {
  const { chip, quantity } = data;
  const reach = FABRIC / 2 + chip.rows + 1;
  const box = { x1: "x1", x2: "x2", y1: "y1", y2: "y2" } as const;
  const bodies = units.map((unit) => ({
    ...unit,
    x1: unit.x + TILES_FROM,
    x2: unit.x + TILES_TO,
  }));
  const dark = bodies.filter(({ kind }) => kind === "defect" || kind === "spare");
  const framed = bodies.filter(({ kind }) => kind !== "good");
  const labels = units.filter(({ visible }) => visible !== undefined);
  const fabric = [{ x1: 0, x2: chip.columns / 2, y1: -0.5, y2: 0.5 }];
  const unit_height = chip.rows > 8 ? 17 : 30;
  return drawPanel({
    width: Math.min(WIDTH, LEFT + RIGHT + (chip.columns / 2) * COLUMN_MOST),
    height: Math.round(2 * reach * unit_height) + 30,
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginTop: 8,
    marginBottom: 22,
    x: { domain: [0, chip.columns / 2], axis: null },
    y: { domain: [-reach, reach], axis: null },
    color: { type: "linear", scheme: QUANTITY_SCHEME, label: quantity },
    marks: [
      Plot.rect(fabric, { ...box, fill: "#999999" }),
      Plot.rect(tileBoxes(data, units), { ...box, fill: "value" }),
      Plot.rect(dark, {
        ...box,
        fill: (unit: Unit) => (unit.kind === "defect" ? DEFECT : "#DDDDDD"),
      }),
      Plot.rect(framed, {
        ...box,
        fill: "none",
        stroke: (unit: Unit) => FRAME[unit.kind],
        strokeWidth: 2,
      }),
      Plot.text(labels, {
        x: (unit: Unit) => unit.x + ROW_AT,
        y: (unit: Unit) => (unit.y1 + unit.y2) / 2,
        text: (unit: Unit) => `r${unit.visible}`,
        fontSize: 9,
        textAnchor: "end",
        fill: (unit: Unit) => (unit.kind === "repairing" ? "#A03C00" : INK),
      }),
      ...stageMarks(data, units, chip.rows > 8 ? 2.3 : 3.2),
      ...labelMarks(chip, reach),
    ],
  });
}

/** Constant colours would be taken for values of the scale: dots go by class, four marks. */
function stageMarks(data: ChipMapData, units: readonly Unit[], r: number): Plot.Markish[] {
  const dots = units.flatMap((unit) =>
    STAGE_NAMES.map((stage, i) => {
      const forced = data.forced.findLast(
        (force) => force.col === unit.col && force.row === unit.row && force.stage === stage,
      );
      const code = data.codes[unit.col];
      const value = forced?.value ?? (code === undefined || unit.row < code ? 1 : 0);
      return {
        x: unit.x + STAGES_FROM + STAGE_PITCH * i,
        y: (unit.y1 + unit.y2) / 2,
        value,
        forced: forced !== undefined,
      };
    }),
  );
  return [true, false].flatMap((forced) =>
    [1, 0].map((value) => {
      const colour = forced ? FORCED : INK;
      return Plot.dot(
        dots.filter((dot) => dot.forced === forced && dot.value === value),
        {
          x: "x",
          y: "y",
          r: forced ? 1.5 * r : r,
          fill: value === 1 ? colour : "white",
          stroke: colour,
          strokeWidth: forced ? 1.5 : 0.7,
        },
      );
    }),
  );
}

function tileBoxes({ chip, value }: ChipMapData, units: readonly Unit[]) {
  const width = (TILES_TO - TILES_FROM) / chip.subs;
  return units.flatMap(({ col, x, y1, y2, visible, kind }) => {
    if (visible === undefined || kind === "defect") return [];
    return Array.from({ length: chip.subs }, (_, sub) => ({
      x1: x + TILES_FROM + sub * width,
      x2: x + TILES_FROM + (sub + 1) * width,
      y1,
      y2,
      value: value(tileAt(visible, col, sub)),
    })).filter(({ value: known }) => known !== undefined);
  });
}

function labelMarks(chip: Chip, reach: number): Plot.Markish[] {
  const half = chip.columns / 2;
  const columns = Array.from({ length: chip.columns }, (_, col) => ({
    x: xOf(chip, col) + (TILES_FROM + TILES_TO) / 2,
    y: sideOf(chip, col) === 0 ? FABRIC / 2 - 0.42 : -FABRIC / 2 + 0.42,
    text: `column ${col}`,
  }));
  const rows = Array.from({ length: 2 * (chip.rows + 1) }, (_, i) => {
    const row = i >> 1;
    const near = FABRIC / 2 + row + 0.5;
    return { x: 0, y: i % 2 === 0 ? near : -near, text: String(row) };
  });
  return [
    Plot.text(columns, { x: "x", y: "y", text: "text", fontSize: 10, fontWeight: "bold" }),
    Plot.text(rows, { x: "x", y: "y", text: "text", dx: -8, textAnchor: "end", fontSize: 9 }),
    Plot.text([{ x: half / 2, y: 0 }], {
      x: "x",
      y: "y",
      text: () => "exchange fabric",
      fill: "white",
      fontSize: 10,
    }),
    Plot.text(
      [
        { y: reach / 2 + 0.5, text: "side 0" },
        { y: -reach / 2 - 0.5, text: "side 1" },
      ],
      { x: 0, y: "y", text: "text", dx: -42, rotate: -90, fontSize: 11 },
    ),
  ];
}

const RAMP_STEPS = 64;
const RAMP_BOX = { x1: "x1", x2: "x2", y1: 0, y2: 1, shapeRendering: "crispEdges" } as const;

/** The scale of colours; undefined if no tile has a value. */
function rampPanel(data: ChipMapData): Panel | undefined {
  const { chip, codes } = data;
  const values: number[] = [];
  for (let col = 0; col < chip.columns; col++) {
    for (let row = 0; row < chip.rows; row++) {
      if (siliconRow(row, codes[col]) > chip.rows) continue;
      for (let sub = 0; sub < chip.subs; sub++) {
        const value = data.value(tileAt(row, col, sub));
        if (value !== undefined) values.push(value);
      }
    }
  }
  if (values.length === 0) return undefined;
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = Math.max(
    least + 1e-9,
    values.reduce((a, b) => Math.max(a, b)),
  );
  const step = (most - least) / RAMP_STEPS;
  const boxes = Array.from({ length: RAMP_STEPS }, (_, i) => ({
    x1: least + i * step,
    x2: least + (i + 1) * step,
    value: least + (i + 0.5) * step,
  }));
  return drawPanel({
    width: 340,
    height: 58,
    marginLeft: 20,
    marginRight: 20,
    marginTop: 4,
    marginBottom: 34,
    x: { domain: [least, most], label: data.quantity, labelAnchor: "center", labelArrow: "none" },
    y: { axis: null, domain: [0, 1] },
    color: { type: "linear", scheme: QUANTITY_SCHEME },
    marks: [Plot.rect(boxes, { ...RAMP_BOX, fill: "value" })],
  });
}
