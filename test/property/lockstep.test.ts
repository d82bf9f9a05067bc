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
import { limit_ms, Progress, SOAK } from "../support/soak.js";

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
  test.each(rows)(
    "of %s",
    (name, options, count) => {
      const numRuns = SOAK ? count * 100 : count;
      const progress = new Progress(`lockstep of ${name}`, numRuns);
      const run = (seed: number) => {
        lockstep(seed, options, "ibex-small");
        progress.step();
      };
      fc.assert(fc.property(fc.nat(), run), { seed: printedSeed("lockstep"), numRuns });
    },
    limit_ms(20),
  );

  test(
    "under the single-cycle profile",
    () => {
      const numRuns = SOAK ? 3000 : 30;
      const progress = new Progress("lockstep, single-cycle", numRuns);
      const run = (seed: number) => {
        lockstep(seed, {}, "single-cycle");
        progress.step();
      };
      const seed = printedSeed("lockstep, single-cycle");
      fc.assert(fc.property(fc.nat(), run), { seed, numRuns });
    },
    limit_ms(10),
  );
});
