/** One HTML file with figures and pictures in it: nothing is loaded from elsewhere. */

import { escapeXml } from "./sheet.js";

export interface ReportSection {
  readonly heading: string;
  /** What the reader sees in the picture, in a sentence or two. */
  readonly text: string;
  /** An SVG document. */
  readonly svg: string;
}

export interface Report {
  readonly title: string;
  readonly figures: readonly (readonly [name: string, value: string, what: string])[];
  readonly sections: readonly ReportSection[];
  readonly table?: ReportTable;
}

/** Rows below the pictures. */
export interface ReportTable {
  readonly heading: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Rows that are not listed. */
  readonly more: number;
}

const STYLE = `
body { font: 15px/1.5 "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; color: #222;
  max-width: 1260px; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin-top: 2em; }
table { border-collapse: collapse; } td { padding: 0.2em 1.2em 0.2em 0; vertical-align: top; }
td.value { text-align: right; font-variant-numeric: tabular-nums; font-weight: 600; }
td.what { color: #555; } svg { max-width: 100%; height: auto; }
figure { margin: 0; } table.rows { font-size: 13px; font-variant-numeric: tabular-nums; }
th { text-align: left; padding-right: 1.2em; }
`;

export function reportHtml({ title, figures, sections, table }: Report): string {
  const rows = figures.map(
    ([name, value, what]) =>
      `<tr><td>${escapeXml(name)}</td><td class="value">${escapeXml(value)}</td>` +
      `<td class="what">${escapeXml(what)}</td></tr>`,
  );
  const parts = sections.map(
    ({ heading, text, svg }) =>
      `<h2>${escapeXml(heading)}</h2>\n<p>${escapeXml(text)}</p>\n<figure>${svg}</figure>`,
  );
  return [
    "<!doctype html>",
    '<html lang="en">',
    `<head><meta charset="utf-8"><title>${escapeXml(title)}</title><style>${STYLE}</style></head>`,
    `<body>\n<h1>${escapeXml(title)}</h1>`,
    `<table>${rows.join("\n")}</table>`,
    ...parts,
    table === undefined ? "" : tableHtml(table),
    "</body></html>\n",
  ].join("\n");
}

function tableHtml({ heading, head, rows, more }: ReportTable): string {
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join("")}</tr>`;
  return [
    `<h2>${escapeXml(heading)}</h2>`,
    `<table class="rows">${row(head, "th")}`,
    ...rows.map((cells) => row(cells, "td")),
    "</table>",
    more === 0 ? "" : `<p>${more} more are not listed.</p>`,
  ].join("\n");
}
