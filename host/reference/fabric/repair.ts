/**
 * Columns, codes and stages. Source: tile-processor.md section 2. A repair code and a physical
 * defect are separate things: the code alone switches, the defect alone is dead.
 */

import type { FabricGeometry, Site } from "./geometry.js";

export const STAGES = ["data-out", "data-in", "mux", "sync"] as const;
export type Stage = (typeof STAGES)[number];

/** A delay stage that does not do what its column's code says. */
export interface StageForce extends Site {
  readonly stage: Stage;
  /** 1: the register is in the path, 0: it is bypassed. */
  readonly value: 0 | 1;
}

export type FabricFault =
  /** The column's register at this silicon row: words from there and from beyond pass it. */
  | {
      readonly kind: "stuck-column-bit";
      readonly column: number;
      readonly row: number;
      readonly bit: number;
      readonly value: 0 | 1;
    }
  /** The mux of the tile at (column, silicon row, sub) sees this bit of its control stuck. */
  | {
      readonly kind: "stuck-mux-bit";
      readonly column: number;
      readonly row: number;
      readonly sub: number;
      readonly bit: number;
      readonly value: 0 | 1;
    }
  /** The bus of the tile at (column, silicon row, sub) carries nothing. */
  | {
      readonly kind: "dead-bus";
      readonly column: number;
      readonly row: number;
      readonly sub: number;
    };

/** The code of every column: the silicon row that is cut out, or null. */
export type Codes = readonly (number | null)[];

/** Codes that repair these defects. Throws for a second defect in a column. */
export function codesFor(geometry: FabricGeometry, defects: readonly Site[]): Codes {
  const codes = new Array<number | null>(geometry.columns).fill(null);
  for (const { column, row } of defects) {
    if (codes[column] !== null) throw new Error(`column ${column} has two defects`);
    codes[column] = row;
  }
  return codes;
}

/**
 * The identity chain of one column: what each unit reads, from silicon row 0 up. The base drives
 * -1; a unit adds 1, keeps the sum and passes it on; the unit that the code names passes on what
 * it got and keeps nothing (undefined).
 */
export function identityChain(geometry: FabricGeometry, code: number | null) {
  const identities: (number | undefined)[] = [];
  let passed = -1;
  for (let row = 0; row <= geometry.rows; row++) {
    if (row === code) {
      identities.push(undefined);
      continue;
    }
    passed += 1;
    identities.push(passed);
  }
  return identities;
}

/** Cycles that one stage of a unit adds: 1 on the near side of the code, 0 beyond it. */
export function stageCycles(
  codes: Codes,
  forces: readonly StageForce[],
  site: Site,
  stage: Stage,
): 0 | 1 {
  const forced = forces.findLast(
    (force) => force.column === site.column && force.row === site.row && force.stage === stage,
  );
  if (forced) return forced.value;
  const code = codes[site.column] ?? null;
  return code === null || site.row < code ? 1 : 0;
}
