/**
 * Three numberings, never mixed: silicon rows (0 nearest the fabric), visible tiles (what software
 * and the timing formula use) and logical tiles (what a program is compiled for).
 */

import { exchangeError } from "./errors.js";
import { type Chip, tileAt, tileCount } from "./geometry.js";

/** A broken unit: a column and a silicon row, 0..R. */
export interface Defect {
  readonly col: number;
  readonly row: number;
}

/** `COL:ROW`, as the command line writes it. Throws E131. */
export function parseDefect(text: string): Defect {
  const match = /^(\d{1,4}):(\d{1,4})$/.exec(text);
  if (match) return { col: Number(match[1]), row: Number(match[2]) };
  throw exchangeError(
    "E131",
    `"${text}" is no defect`,
    "--defect",
    "write COL:ROW, column and silicon row, such as 3:17",
  );
}

/**
 * The repair code of every column: the silicon row that is defective, or undefined.
 * Throws E131 for a defect outside the chip or a second one in a column: there is one spare.
 * `where` is what names them.
 */
export function repairCodes(
  chip: Chip,
  defects: readonly Defect[],
  where = "--defect",
): (number | undefined)[] {
  const codes = new Array<number | undefined>(chip.columns).fill(undefined);
  for (const { col, row } of defects) {
    const inside = (value: number, count: number) =>
      Number.isInteger(value) && value >= 0 && value < count;
    if (!inside(col, chip.columns) || !inside(row, chip.rows + 1)) {
      throw exchangeError(
        "E131",
        `there is no unit ${col}:${row} on ${chip.name}`,
        where,
        `columns are 0..${chip.columns - 1}, silicon rows 0..${chip.rows}`,
      );
    }
    if (codes[col] !== undefined) {
      throw exchangeError(
        "E131",
        `column ${col} has two defects, rows ${codes[col]} and ${row}: it cannot be repaired`,
        where,
        "a column has one spare unit; leave one defect out",
      );
    }
    codes[col] = row;
  }
  return codes;
}

/** Silicon row of a visible row in a column with this repair code. */
export function siliconRow(visible_row: number, code: number | undefined): number {
  return code !== undefined && visible_row >= code ? visible_row + 1 : visible_row;
}

/** Visible row of a silicon row; undefined for the defective unit, or the idle spare. */
export function visibleRow(
  chip: Chip,
  silicon_row: number,
  code: number | undefined,
): number | undefined {
  if (silicon_row === code) return undefined;
  const row = code !== undefined && silicon_row > code ? silicon_row - 1 : silicon_row;
  return row < chip.rows ? row : undefined;
}

/**
 * Visible tile of every logical tile: the published snake of the vendor's tools (RE). Pairs of
 * logical tiles (sub, sub+2) walk a column's rows up for even subs and down for odd ones. In a
 * chip of fewer tiles a unit the same walk skips what is absent (our choice).
 */
export function logicalToVisible(chip: Chip): Uint16Array {
  const map = new Uint16Array(tileCount(chip));
  let logical = 0;
  for (let block = 0; block < 2 * chip.columns; block++) {
    const odd = block & 1;
    for (let step = 0; step < chip.rows; step++) {
      const row = odd ? chip.rows - 1 - step : step;
      for (let lane = 0; lane < 2; lane++) {
        const sub = odd + 2 * lane;
        if (sub < chip.subs) map[logical++] = tileAt(row, block >> 1, sub);
      }
    }
  }
  return map;
}

/** Logical tile of every visible tile number, -1 where there is none; 2048 entries. */
export function visibleToLogical(chip: Chip): Int16Array {
  const map = new Int16Array(2048).fill(-1);
  logicalToVisible(chip).forEach((visible, logical) => {
    map[visible] = logical;
  });
  return map;
}
