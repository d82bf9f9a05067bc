/**
 * Running a hart in slices of any length gives the state that one long run gives; and derived
 * memory can be thrown away at any moment. Random programs, random interrupt wires.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HartExit } from "../../assembly/kernel/abi.js";
import { Random, type RandomProgram, randomProgram } from "../../host/reference/index.js";
import { HartBench } from "../support/hart-bench.js";
import { printedSeed } from "../support/seeded.js";
import { limit_ms, Progress, SOAK } from "../support/soak.js";

const CYCLES = SOAK ? 40_000n : 4_000n;

/** How the cycles up to a deadline are cut: each answer is the next deadline. */
type Cut = (cycle: bigint, until: bigint) => bigint;

/** Runs to each change of the wires and on to CYCLES, cutting as told; returns the whole state. */
function state(program: RandomProgram, timing: number, cut: Cut, between?: (b: HartBench) => void) {
  const { isa, boot, ramBase, ramSize, image } = program;
  const regions = [{ base: ramBase, size: ramSize }];
  const bench = new HartBench([{ isa, boot, regions, timing }]);
  bench.load(image);
  let lines = 0;
  for (const change of [...program.interrupts, { cycle: CYCLES, mip: 0 }]) {
    const until = change.cycle < CYCLES ? change.cycle : CYCLES;
    runTo(bench, until, cut, between);
    if (change.cycle >= CYCLES) break;
    for (let bit = 0; bit < 31; bit++) {
      if (((lines ^ change.mip) >>> bit) & 1) bench.setLine(bit, (change.mip >>> bit) & 1, until);
    }
    lines = change.mip;
  }
  expect(bench.guardsIntact()).toBe(true);
  return { bytes: bench.stateBytes(), retired: bench.retired() };
}

function runTo(b: HartBench, until: bigint, cut: Cut, between?: (b: HartBench) => void): void {
  let at = b.cycle();
  while (b.cycle() < until) {
    if (at < b.cycle()) at = b.cycle();
    at = cut(at, until);
    const exit = b.run(at);
    if (exit === HartExit.WFI) return;
    expect(exit).toBe(HartExit.DEADLINE);
    between?.(b);
  }
}

const whole: Cut = (_cycle, until) => until;
const single: Cut = (cycle) => cycle + 1n;

function equal(seed: number, timing: number): void {
  const program = randomProgram(seed, { gap_cycles: 1 + (seed % 60) });
  const random = new Random(seed);
  const slices: Cut = (cycle, until) => {
    const next = cycle + BigInt(1 + random.below(random.once(3) ? 7 : 300));
    return next < until ? next : until;
  };
  const drop = (b: HartBench) => {
    if (random.once(10)) b.core.codeReset();
  };
  const reference = state(program, timing, whole);
  for (const [name, cut, between] of [
    ["single cycles", single, undefined],
    ["random slices, code dropped", slices, drop],
  ] as const) {
    const sliced = state(program, timing, cut, between);
    const where = `${program.description}: ${name}`;
    expect(sliced.retired, where).toBe(reference.retired);
    expect(Buffer.compare(sliced.bytes, reference.bytes), where).toBe(0);
  }
}

describe("slices do not show", () => {
  test.each([
    ["ibex-small", 0, SOAK ? 5000 : 40],
    ["single-cycle", 1, SOAK ? 1000 : 12],
  ])(
    "under %s",
    (name, timing, numRuns) => {
      const progress = new Progress(`slicing, ${name}`, numRuns);
      const run = (seed: number) => {
        equal(seed, timing);
        progress.step();
      };
      fc.assert(fc.property(fc.nat(), run), { seed: printedSeed(`slicing, ${name}`), numRuns });
    },
    limit_ms(20),
  );
});
