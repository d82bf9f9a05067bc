/** Plots laid out on one sheet: a title, lines of text, plots below and beside each other. */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { INK } from "./colours.js";

const FONT = "'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif";
const NAMESPACE = "http://www.w3.org/2000/svg";

/** A plot as text, with its size in pixels. */
export interface Panel {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** Draws a plot without a browser. */
export function drawPanel(options: Plot.PlotOptions & { width: number; height: number }): Panel {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({
    ...options,
    document,
    className: "plot",
  });
  const { width, height } = options;
  const own = svg.outerHTML.replace(/font-family="[^"]*"/, `font-family="${FONT}"`);
  return { svg: own, width, height };
}

export interface Placed extends Panel {
  readonly x: number;
  readonly y: number;
}

export interface SheetText {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size?: number;
  readonly weight?: string;
  readonly colour?: string;
}

/** A rectangle of a legend. */
export interface Swatch {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
  readonly stroke?: string;
}

/** One SVG document of panels, texts and swatches. */
export function sheet(
  width: number,
  height: number,
  title: string,
  panels: readonly Placed[],
  texts: readonly SheetText[],
  swatches: readonly Swatch[] = [],
): string {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const inner = panels.map((panel) => panel.svg.replace(/^<svg/, svgAt(panel)));
  const boxes = swatches.map(
    ({ x, y, width: w, height: h, fill, stroke = "none" }) =>
      `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${fill}" stroke="${stroke}"/>`,
  );
  return [
    `<svg xmlns="${NAMESPACE}" ${size} role="img" font-family="${FONT}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...inner,
    ...boxes,
    ...texts.map(textElement),
    "</svg>",
  ].join("\n");
}

const svgAt = ({ x, y }: Placed): string => `<svg x="${x}" y="${y}"`;

function textElement({ x, y, text, size = 12, weight = "normal", colour = INK }: SheetText) {
  const style = `font-size="${size}" font-weight="${weight}" fill="${colour}"`;
  return `<text x="${x}" y="${y}" ${style}>${escapeXml(text)}</text>`;
}

/** Text for element content and attribute values. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
