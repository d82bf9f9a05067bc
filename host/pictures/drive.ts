/**
 * The report of a drive: torque, currents, duty and edges of the PWM units, clocks and nodes, one
 * below the other on one axis of time, with a stroke through all at the instant of each fault.
 */

import * as Plot from "@observablehq/plot";
import { type Drive, type DrivePwm, OUTPUTS, PHASES, type Span } from "../trace/drive.js";
import type { Bin } from "../trace/series.js";
import { FORCED, IDLE, INK, LANDING, REPAIRING, SEND, SHIFTED } from "./colours.js";
import { type Report, reportHtml } from "./report.js";
import { drawPanel, type Panel, type Placed, type SheetText, type Swatch, sheet } from "./sheet.js";

const WIDTH = 1180;
const LEFT = 96;
const RIGHT = 24;
const HEAD = 26;
/** Points of a line: one for each pixel or two. */
const POINTS_MOST = 800;
const FAULT = REPAIRING;
const SET_COLOURS = [SEND, LANDING] as const;
/** Where both are equal, as they should be, both are seen. */
const SET_WIDTHS = [4, 1.4] as const;
const PHASE_COLOURS = [SEND, LANDING, FORCED] as const;
const GREY = "#8A8A8A";

/** Picoseconds as the axis shows them. */
interface Axis {
  readonly from: number;
  readonly to: number;
  readonly unit_ps: number;
  readonly label: string;
  /** Instants of faults within it. */
  readonly faults: readonly { readonly at: number; readonly name: string }[];
}

interface Line {
  readonly name: string;
  readonly colour: string;
  readonly bins: readonly Bin[];
  /** What a bin shows, in the unit of the panel. */
  value(bin: Bin): number;
  readonly width?: number;
}

interface Part {
  readonly title: string;
  readonly legend: readonly (readonly [name: string, colour: string])[];
  readonly panel: Panel;
}

/** Everything on one sheet. */
export function driveSvg(drive: Drive): string {
  const parts = [...coursePart(drive), ...pwmParts(drive), ...stateParts(drive), edgesPart(drive)];
  return stack(`${drive.machine}: a drive`, subtitle(drive), parts);
}

/** One HTML file with figures, pictures and the list of events; it loads nothing. */
export function driveHtml(drive: Drive): string {
  const picture = (title: string, parts: readonly Part[]) => stack(title, "", parts);
  const report: Report = {
    title: `${drive.machine}: a drive`,
    figures: figures(drive),
    sections: [
      {
        heading: "Torque and currents",
        text:
          "Torque of each winding set and of the shaft, and the largest of the three phase " +
          "currents of each set. Numbered strokes are faults.",
        svg: picture("Torque and currents", coursePart(drive)),
      },
      {
        heading: "PWM, blocks and clocks",
        text:
          "Share of the time for which each phase's high side was on, and what each block and " +
          "each clock did meanwhile.",
        svg: picture("PWM, blocks and clocks", [...pwmParts(drive), ...stateParts(drive)]),
      },
      {
        heading: drive.events.some(isFault) ? "Edges around the first fault" : "Last edges",
        text: "Every edge of every output: filled while it is on.",
        svg: picture("Edges", [edgesPart(drive)]),
      },
    ],
    table: {
      heading: "What happened",
      head: ["ms", "event", "unit", "details"],
      rows: drive.events.map((e) => [ms(e.time_ps), e.event, e.unit, e.text]),
      more: drive.eventsMore,
    },
  };
  return reportHtml(report);
}

const isFault = ({ event }: { readonly event: string }): boolean => event === "fault";
const ms = (time_ps: number): string => (time_ps / 1e9).toFixed(3);

function subtitle(drive: Drive): string {
  const faults = drive.events.filter(isFault);
  const named = faults.slice(0, 5).map((f, i) => `${i + 1}: ${f.label}`);
  const more = faults.length > 5 ? `, and ${faults.length - 5} more` : "";
  const list = faults.length === 0 ? "no fault" : `faults ${named.join(", ")}${more}`;
  return `${ms(drive.start_ps)} to ${ms(drive.end_ps)} ms, ${list}`;
}

/** The last fifth of what comes before the first fault, or of the drive; and of the drive. */
function figures(drive: Drive): Report["figures"] {
  const fault = drive.events.find(isFault);
  const middle = fault?.time_ps ?? drive.end_ps;
  const rows: [string, string, string][] = [];
  const names = ["of set 0", "of set 1", "of the shaft"];
  drive.torque.forEach((bins, i) => {
    if (fault !== undefined) {
      const before = mean(bins, drive.start_ps, middle);
      rows.push([`torque ${names[i]}`, mNm(before), "mean, last fifth before the first fault"]);
    }
    const after = mean(bins, fault === undefined ? drive.start_ps : middle, drive.end_ps);
    rows.push([`torque ${names[i]}`, mNm(after), "mean, last fifth of the drive"]);
  });
  drive.current.forEach((bins, set) => {
    const most = bins.reduce((peak, bin) => Math.max(peak, bin.most), 0) / 1000;
    rows.push([`current of set ${set}`, `${most.toFixed(2)} A`, "largest of any phase"]);
  });
  const speed = drive.speed.at(-1);
  if (speed !== undefined) rows.push(["speed", `${Math.round(rpm(speed))} rpm`, "at the end"]);
  for (const { name, edges } of drive.pwms) rows.push([name, String(edges), "edges"]);
  rows.push(["faults", String(drive.events.filter(isFault).length), "that struck"]);
  return rows;
}

const mNm = (torque_unm: number): string => `${Math.round(torque_unm / 1000)} mNm`;
const rpm = ({ mean: mrad_s }: Bin): number => (mrad_s * 60) / (2000 * Math.PI);

function mean(bins: readonly Bin[], from_ps: number, to_ps: number): number {
  const first = to_ps - (to_ps - from_ps) / 5;
  const part = bins.filter((bin) => bin.from_ps >= first && bin.to_ps <= to_ps);
  return part.reduce((sum, bin) => sum + bin.mean, 0) / Math.max(1, part.length);
}

function coursePart(drive: Drive): Part[] {
  const axis = wholeAxis(drive);
  const torque = (bin: Bin) => bin.mean / 1000;
  const ampere = (bin: Bin) => bin.most / 1000;
  const [one, other, both] = drive.torque;
  const torques: Line[] = [
    { name: "both sets", colour: INK, bins: both, value: torque, width: 2 },
    { name: "set 0", colour: SEND, bins: one, value: torque, width: SET_WIDTHS[0] },
    { name: "set 1", colour: LANDING, bins: other, value: torque, width: SET_WIDTHS[1] },
  ];
  const currents = drive.current.map((bins, set) => ({
    name: `set ${set}`,
    colour: SET_COLOURS[set]!,
    bins,
    value: ampere,
    width: SET_WIDTHS[set]!,
  }));
  const speed = { name: "shaft", colour: INK, bins: drive.speed, value: rpm };
  return [
    linePart("Torque, mNm", torques, axis, 230, { named: true }),
    linePart("Largest phase current, A", currents, axis, 150),
    linePart("Speed, rpm", [speed], axis, 110),
  ];
}

function pwmParts(drive: Drive): Part[] {
  const axis = wholeAxis(drive);
  return drive.pwms.map(({ name, duty }) =>
    linePart(
      `Duty of ${name}, %`,
      duty.map((bins, phase) => ({
        name: PHASES[phase]!,
        colour: PHASE_COLOURS[phase]!,
        bins,
        value: (bin: Bin) => bin.mean * 100,
        width: 1.2,
      })),
      axis,
      130,
      { named: true, domain: [0, 100] },
    ),
  );
}

function wholeAxis(drive: Drive): Axis {
  const unit_ps = drive.end_ps - drive.start_ps > 5e12 ? 1e12 : 1e9;
  const label = unit_ps === 1e12 ? "s" : "ms";
  return axisOf(drive, drive.start_ps, drive.end_ps, unit_ps, label);
}

function axisOf(drive: Drive, from_ps: number, to_ps: number, unit_ps: number, label: string) {
  const faults = drive.events
    .filter(isFault)
    .map(({ time_ps }, i) => ({ at: time_ps / unit_ps, time_ps, name: String(i + 1) }))
    .filter(({ time_ps }) => time_ps >= from_ps && time_ps <= to_ps);
  return { from: from_ps / unit_ps, to: to_ps / unit_ps, unit_ps, label, faults };
}

/** Common to all panels: the scale of time, and a stroke for each fault. */
function frame(axis: Axis, height: number, named: boolean) {
  const marks = [
    Plot.ruleX(axis.faults, { x: "at", stroke: FAULT, strokeWidth: 1.4, strokeDasharray: "4 3" }),
  ];
  const names = Plot.text(axis.faults.slice(0, 20), {
    x: "at",
    text: "name",
    fill: FAULT,
    fontWeight: "bold",
    fontSize: 13,
    frameAnchor: "top",
    dy: -14,
  });
  return {
    size: { width: WIDTH, height, marginLeft: LEFT, marginRight: RIGHT, marginTop: HEAD },
    x: { domain: [axis.from, axis.to] as [number, number], label: axis.label },
    marks: named ? [...marks, names] : marks,
  };
}

function linePart(
  title: string,
  lines: readonly Line[],
  axis: Axis,
  height: number,
  { named = false, domain }: { named?: boolean; domain?: [number, number] } = {},
): Part {
  const { size, x, marks } = frame(axis, height, named);
  const scale = domain === undefined ? { nice: true, zero: true } : { domain };
  const drawn = lines.map(({ bins, value, colour, width = 1.6 }) =>
    Plot.line(points(bins, value, axis), { x: "x", y: "y", stroke: colour, strokeWidth: width }),
  );
  const panel = drawPanel({
    ...size,
    marginBottom: 34,
    x,
    y: { label: null, grid: true, ticks: 5, ...scale },
    marks: [Plot.ruleY([0], { stroke: GREY }), ...drawn, ...marks],
  });
  const legend = lines.map(({ name, colour }): [string, string] => [name, colour]);
  return { title, legend: lines.length > 1 ? legend : [], panel };
}

/** At most so many points; of several bins the mean. A gap without a sample breaks the line. */
function points(bins: readonly Bin[], value: (bin: Bin) => number, axis: Axis) {
  const group = Math.ceil(bins.length / POINTS_MOST);
  const out: { x: number; y: number }[] = [];
  for (let at = 0; at < bins.length; at += group) {
    const some = bins.slice(at, at + group);
    const y = some.reduce((sum, bin) => sum + value(bin), 0) / some.length;
    const middle = (some[0]!.from_ps + some.at(-1)!.to_ps) / 2;
    out.push({ x: middle / axis.unit_ps, y });
  }
  return out;
}

/** Lanes of nodes and clocks: plain while all is usual, coloured and named otherwise. */
function stateParts(drive: Drive): Part[] {
  const axis = wholeAxis(drive);
  const units = [...new Set(drive.spans.map(({ unit }) => unit))];
  const { size, x, marks } = frame(axis, units.length * 24 + HEAD + 34, false);
  const box = ({ unit, from_ps, to_ps, state, usual }: Span) => ({
    unit,
    x1: from_ps / axis.unit_ps,
    x2: to_ps / axis.unit_ps,
    state,
    fill: usual ? IDLE : state === "stopped" || state === "no-power" ? INK : SHIFTED,
    ink: usual || (state !== "stopped" && state !== "no-power") ? INK : "#FFFFFF",
    room: (to_ps - from_ps) / (drive.end_ps - drive.start_ps) > 0.07,
  });
  const boxes = drive.spans.map(box);
  const panel = drawPanel({
    ...size,
    marginBottom: 34,
    x,
    y: { domain: units, label: null, type: "band", padding: 0.16 },
    marks: [
      Plot.barX(boxes, { x1: "x1", x2: "x2", y: "unit", fill: "fill" }),
      Plot.text(
        boxes.filter(({ room }) => room),
        {
          x: "x1",
          y: "unit",
          text: "state",
          fill: "ink",
          textAnchor: "start",
          dx: 6,
          fontSize: 11,
        },
      ),
      ...marks,
    ],
  });
  const legend: [string, string][] = [
    ["as it should be", IDLE],
    ["held, or another rate", SHIFTED],
    ["stopped, no power", INK],
  ];
  return [{ title: "Blocks and clocks", legend, panel }];
}

/** Every output of every PWM unit in the window. */
function edgesPart(drive: Drive): Part {
  const { from_ps, to_ps } = drive.window;
  const axis = axisOf(drive, from_ps, to_ps, 1e6, "us");
  const lanes = drive.pwms.flatMap(({ name }) => OUTPUTS.map((output) => `${name} ${output}`));
  const boxes = drive.pwms.flatMap((pwm, set) => onTimes(pwm, set, from_ps, to_ps));
  const { size, x, marks } = frame(axis, lanes.length * 19 + HEAD + 36, true);
  const panel = drawPanel({
    ...size,
    marginBottom: 36,
    x: { ...x, label: "us", tickFormat: (at: number) => at.toLocaleString("en-US") },
    y: { domain: lanes, label: null, type: "band", padding: 0.22 },
    marks: [
      Plot.barX(
        lanes.map((lane) => ({ lane, x1: axis.from, x2: axis.to })),
        { x1: "x1", x2: "x2", y: "lane", fill: IDLE },
      ),
      Plot.barX(boxes, { x1: "x1", x2: "x2", y: "lane", fill: "fill" }),
      ...marks,
    ],
  });
  const title = axis.faults.length > 0 ? "Outputs around the first fault" : "Outputs at the end";
  return { title, legend: [], panel };
}

function onTimes({ name, steps }: DrivePwm, set: number, from_ps: number, to_ps: number) {
  const fill = SET_COLOURS[set % SET_COLOURS.length]!;
  return OUTPUTS.flatMap((output, bit) => {
    const out: { lane: string; x1: number; x2: number; fill: string }[] = [];
    let since: number | null = null;
    const close = (at_ps: number) => {
      const first = Math.max(since ?? at_ps, from_ps);
      if (at_ps > first) {
        out.push({ lane: `${name} ${output}`, x1: first / 1e6, x2: at_ps / 1e6, fill });
      }
      since = null;
    };
    for (const { time_ps, levels } of steps) {
      const on = ((levels >> bit) & 1) === 1;
      if (on && since === null) since = time_ps;
      if (!on && since !== null) close(Math.min(to_ps, time_ps));
    }
    if (since !== null) close(to_ps);
    return out;
  });
}

/** Parts below each other, each under its title and legend. */
function stack(title: string, text: string, parts: readonly Part[]): string {
  const panels: Placed[] = [];
  const texts: SheetText[] = [];
  const swatches: Swatch[] = [];
  let y = 8;
  if (text !== "") {
    texts.push({ x: 16, y: 30, text: title, size: 19, weight: "bold" }, { x: 16, y: 50, text });
    y = 68;
  }
  for (const part of parts) {
    texts.push({ x: LEFT, y: y + 14, text: part.title, weight: "bold" });
    let x = LEFT + 230;
    for (const [name, fill] of part.legend) {
      swatches.push({ x, y: y + 4, width: 16, height: 11, fill });
      texts.push({ x: x + 22, y: y + 14, text: name });
      x += 44 + 7 * name.length;
    }
    panels.push({ ...part.panel, x: 0, y: y + 16 });
    y += part.panel.height + 24;
  }
  return sheet(WIDTH, y + 4, title, panels, texts, swatches);
}
