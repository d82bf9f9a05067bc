import { describe, expect, test } from "vitest";
import {
  decode,
  type ProgramOptions,
  type RandomProgram,
  ReferenceHart,
  ReferenceMemory,
  ROWS,
  randomProgram,
  randomWords,
  type StepResult,
  USER,
} from "../../../host/reference/index.js";
import { SOAK } from "../../support/soak.js";

const SEEDS = SOAK ? 2000 : 120;
const STEPS = 1500;

function load(program: RandomProgram): ReferenceHart {
  const memory = new ReferenceMemory([{ base: program.base, bytes: program.image.slice() }]);
  const { isa, boot } = program;
  const hart = new ReferenceHart({ isa, boot, hartid: 0, memory });
  for (const { mip, cycle } of program.interrupts) hart.setInterruptLines(mip, cycle);
  return hart;
}

/** Runs programs of consecutive seeds and shows each step to a visitor. */
function survey(
  options: ProgramOptions,
  visit: (step: StepResult, hart: ReferenceHart, program: RandomProgram) => void,
): void {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const program = randomProgram(seed, options);
    const hart = load(program);
    for (let i = 0; i < STEPS && !hart.asleep; i++) visit(hart.step(), hart, program);
  }
}

describe("random programs", () => {
  const retired = new Map<string, number>();
  const causes = new Map<number, number>();
  const taken = new Set<number>();
  const costs = new Map<string, Set<bigint>>();
  let inUserMode = 0;
  let misaligned = 0;
  let woken = 0;
  let handlersInBubbles = 0;
  survey({}, (step, hart) => {
    if (step.kind === "retired") {
      retired.set(step.name, (retired.get(step.name) ?? 0) + 1);
      costs.set(step.name, (costs.get(step.name) ?? new Set()).add(step.cost));
      if (hart.privilege === USER) inUserMode++;
      if ((step.pc & 2) !== 0) misaligned++;
      if (step.name === "wfi" && step.cost > 5n) woken++;
    }
    if (step.kind === "trapped") causes.set(step.cause, (causes.get(step.cause) ?? 0) + 1);
    if (step.kind === "interrupt") {
      taken.add(step.cause);
      if (step.cost < 3n) handlersInBubbles++;
    }
  });

  test("execute every instruction of the listings that can complete", () => {
    const never = ROWS.map(([name]) => name).filter((name) => !retired.has(name));
    expect(never).toEqual(["ecall", "ebreak"]);
  });

  test("raise every exception", () => {
    expect([...causes.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 11]);
  });

  test("take interrupts of every wire, in bubbles too, and wake from sleep", () => {
    expect(taken.size).toBe(18);
    expect(handlersInBubbles).toBeGreaterThan(20);
    expect(woken).toBeGreaterThan(20);
  });

  test("run in user mode and at addresses 2 mod 4", () => {
    expect(inUserMode).toBeGreaterThan(500);
    expect(misaligned).toBeGreaterThan(5000);
  });

  // biome-ignore format: a table.
  const COSTS: readonly (readonly [string, bigint[]])[] = [
    ["lw", [2n, 3n]], ["sh", [2n, 3n]], ["mul", [3n]], ["mulhu", [4n]], ["div", [2n, 37n]],
    ["beq", [1n, 3n, 4n]], ["jal", [2n, 3n]], ["jalr", [2n, 3n]], ["csrrw", [1n, 3n]],
    ["mret", [3n, 4n]], ["fence.i", [2n, 3n]], ["sc.w", [2n]], ["amoadd.w", [4n]],
  ];

  test.each(COSTS)("pay every price of %s", (name, prices) => {
    expect([...costs.get(name)!].sort((a, b) => Number(a - b))).toEqual(prices);
  });
});

test("every cycle is either paid by a step or lost in a sleep that its wfi pays", () => {
  const gaps: string[] = [];
  let expected = 0n;
  let last: ReferenceHart | undefined;
  survey({}, (step, hart, program) => {
    if (hart !== last) expected = 0n;
    last = hart;
    if (step.start !== expected) gaps.push(`cycle ${step.start}, ${program.description}`);
    expected = step.start + step.cost;
    if (hart.cycle !== expected) gaps.push(`cycle ${hart.cycle}, ${program.description}`);
  });
  expect(gaps).toEqual([]);
});

test("an equal seed gives an equal program, another seed another one", () => {
  expect(randomProgram(7)).toEqual(randomProgram(7));
  expect(randomProgram(8).image).not.toEqual(randomProgram(7).image);
  expect(randomWords(3, 100)).toEqual(randomWords(3, 100));
  expect(randomWords(3, 100)).not.toEqual(randomWords(4, 100));
});

test("options decide ISA, place and schedule", () => {
  const options = { isa: "rv32im", ramBase: 0x2_0000, ramSize: 0x1_0000, interrupts: false };
  const program = randomProgram(5, options);
  expect(program).toMatchObject({ isa: "rv32im", base: 0x2_0000, interrupts: [] });
  expect(program.image.length).toBe(0x1_0000);
  expect(program.boot).toBe(0x2_0300);
});

test.each(["words", "opcodes"] as const)("%s run without a fault of the hart", (mode) => {
  const kinds = new Set<string>();
  survey({ mode }, (step, hart, program) => {
    kinds.add(step.kind);
    if (hart.registers[0] !== 0 || hart.pc % 2 !== 0) throw new Error(program.description);
    if (!hart.isa.c && hart.pc % 4 !== 0) throw new Error(program.description);
  });
  expect(kinds.has("retired") && kinds.has("trapped")).toBe(true);
});

test("pulses of one cycle are scheduled on request", () => {
  const { interrupts } = randomProgram(1, { gap_cycles: 1 });
  const gaps = interrupts.slice(1).map(({ cycle }, i) => cycle - interrupts[i]!.cycle);
  expect(gaps.some((gap) => gap === 1n)).toBe(true);
  expect(gaps.every((gap) => gap >= 1n)).toBe(true);
});

test("what the hart retires is what the decoder says is there", () => {
  const unlike: string[] = [];
  survey({ mode: "opcodes" }, (step, hart) => {
    if (step.kind !== "retired") return;
    if (decode(step.bits, hart.isa)?.name !== step.name) unlike.push(step.name);
  });
  expect(unlike).toEqual([]);
});
