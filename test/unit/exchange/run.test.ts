/**
 * Compiled exchanges and the measuring exchange, run on the per-cycle reference: the words of the
 * compiler and the timing of section 3 meet a model that knows neither.
 */
import { describe, expect, test } from "vitest";
import {
  chipByName,
  compilePattern,
  makeFabric,
  muxLead,
  PATTERNS,
  pathOf,
  startOf,
  tileCount,
} from "../../../host/exchange/index.js";
import { compareTables, measureLatencies, pathSpread } from "../../../host/exchange/run/measure.js";
import {
  isVerified,
  loadRows,
  runExchange,
  sourceWord,
} from "../../../host/exchange/run/pattern-run.js";
import type { StageForce } from "../../../host/reference/fabric/index.js";
import { referenceRunner } from "../../support/reference-runner.js";

const MINI = chipByName("mini");

describe("compiled patterns on the reference", () => {
  test.each(PATTERNS.map(({ name }) => name))("%s moves every word on mini, repaired", (name) => {
    const { steps } = compilePattern(MINI, name, { tiles: 40, words: 5, degree: 3 });
    const defects = [0, 1, 2, 3].map((column) => ({ column, row: (3 * column + 1) % 5 }));
    for (const repair of [[], defects]) {
      const runner = referenceRunner(MINI, { defects: repair });
      let run = 0;
      for (const { exchange, repeats } of steps) {
        loadRows(runner, exchange);
        for (let repeat = 0; repeat < Math.min(2, repeats); repeat++) {
          const done = runExchange(runner, exchange, run++);
          expect(done).toMatchObject({ wrong: 0, surplus: 0, errors: 0, settled: true });
          expect([isVerified(done), done.cycles]).toEqual([true, exchange.report.cycles]);
        }
      }
    }
  });

  test("a word that is late, lost or doubled is found", () => {
    const { steps } = compilePattern(MINI, "ring", { tiles: 64, words: 8 });
    const { exchange } = steps[0]!;
    const site = { column: 1, row: 2 };
    const shifted = referenceRunner(MINI, { forces: [{ ...site, stage: "data-out", value: 0 }] });
    loadRows(shifted, exchange);
    expect(isVerified(runExchange(shifted, exchange, 0))).toBe(false);
    const dead = referenceRunner(MINI, { faults: [{ kind: "dead-bus", ...site, sub: 1 }] });
    loadRows(dead, exchange);
    expect(runExchange(dead, exchange, 0)).toMatchObject({ wrong: 8, surplus: 8 });
    const stuck = referenceRunner(MINI, {
      faults: [{ kind: "stuck-column-bit", ...site, bit: 3, value: 1 }],
    });
    loadRows(stuck, exchange);
    const run = runExchange(stuck, exchange, 0);
    expect([run.wrong > 0, run.surplus]).toEqual([true, 0]);
    expect(run.first_wrong!.word).toBe((run.first_wrong!.expected | 8) >>> 0);
  });

  test("source words are distinct over tiles, places and runs", () => {
    const seen = new Set<number>();
    for (let tile = 0; tile < 300; tile++) {
      for (let offset = 0; offset < 300; offset++) seen.add(sourceWord(0, tile, offset));
    }
    expect(seen.size).toBe(90_000);
    expect(sourceWord(1, 5, 5)).not.toBe(sourceWord(0, 5, 5));
  });
});

describe("the measuring exchange on the reference", () => {
  const tiles = [...makeFabric(MINI).visible].sort((a, b) => a - b);
  const measure = (options = {}) => measureLatencies(referenceRunner(MINI, options), tiles);

  test("gives the closed form of every ordered pair, of start and of X", () => {
    const table = measure();
    const count = tileCount(MINI);
    tiles.forEach((s, i) => {
      const row = [...table.path.subarray(i * count, (i + 1) * count)];
      expect([s, row]).toEqual([s, tiles.map((d) => pathOf(MINI, s, d))]);
    });
    expect([...table.start]).toEqual(tiles.map((tile) => startOf(MINI, tile)));
    expect([...table.lead]).toEqual(tiles.map(muxLead));
    expect(pathSpread(table)).toMatchObject({ pairs: 64 * 63, min: 23 });
  });

  test("finds no difference for any single defect of mini", () => {
    const whole = measure();
    for (let column = 0; column < MINI.columns; column++) {
      for (let row = 0; row <= MINI.rows; row++) {
        expect(compareTables(measure({ defects: [{ column, row }] }), whole)).toEqual({
          differences: 0,
          start_differences: 0,
          x_differences: 0,
          first_difference: null,
        });
      }
    }
  });

  const others = tileCount(MINI) - 1;
  const cases: readonly [string, StageForce["stage"][], object][] = [
    ["data out", ["data-out"], { differences: 4 * others, x_differences: 0 }],
    ["data in", ["data-in"], { differences: 4 * others, x_differences: 4 }],
    ["mux control", ["mux"], { differences: 0, x_differences: 4 }],
    ["sync acknowledge", ["sync"], { differences: 0, x_differences: 0, start_differences: 4 }],
    ["both data stages", ["data-out", "data-in"], { differences: 8 * others - 12 }],
  ];
  test.each(cases)(
    "%s forced out changes exactly its own pairs and tiles",
    (_name, stages, wanted) => {
      const forces = stages.map((stage): StageForce => ({ column: 2, row: 1, stage, value: 0 }));
      expect(compareTables(measure({ forces }), measure())).toMatchObject(wanted);
    },
  );
});
