/**
 * The core's hart and the reference hart (host/reference, written from the spec alone) in lockstep:
 * registers, memory, pc, cycle, counts and CSRs equal after every instruction of random programs.
 * HOTSPARE_SOAK=1 runs many more programs.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ProgramOptions, randomProgram } from "../../host/reference/index.js";
import { Lockstep } from "../support/lockstep.js";
import { printedSeed } from "../support/seeded.js";

const SOAK = process.env.HOTSPARE_SOAK === "1";
const STEPS = SOAK ? 3000 : 500;

/** Runs one program on both; the description names seed and blocks when they differ. */
function lockstep(seed: number, options: ProgramOptions, timing: "ibex-small" | "single-cycle") {
  const program = randomProgram(seed, options);
  const pair = new Lockstep(program, timing);
  for (let step = 0; step < STEPS && pair.step(); step++) {
    const differences = pair.differences();
    if (differences.length > 0) {
      const where = `after step ${step}: ${pair.last}`;
      expect.fail(`${program.description}\n${where}\n${differences.join("\n")}`);
    }
  }
  expect(pair.bench.guardsIntact(), program.description).toBe(true);
}

const rows: readonly [string, ProgramOptions, number][] = [
  ["mixed programs with interrupts", {}, 140],
  ["mixed programs with interrupts close together", { gap_cycles: 1 }, 60],
  ["words with legal opcodes", { mode: "opcodes" }, 60],
  ["random bits", { mode: "words" }, 40],
];

describe("core and reference agree on every step", () => {
  test.each(rows)("of %s", (_name, options, count) => {
    const run = (seed: number) => lockstep(seed, options, "ibex-small");
    const numRuns = SOAK ? count * 100 : count;
    fc.assert(fc.property(fc.nat(), run), { seed: printedSeed("lockstep"), numRuns });
  });

  test("under the single-cycle profile", () => {
    const run = (seed: number) => lockstep(seed, {}, "single-cycle");
    const seed = printedSeed("lockstep, single-cycle");
    fc.assert(fc.property(fc.nat(), run), { seed, numRuns: SOAK ? 3000 : 30 });
  });
});
