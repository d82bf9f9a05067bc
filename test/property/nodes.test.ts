/**
 * Causality between nodes: random machines of three to five harts of random clocks, joined by
 * random wires (also through a device that passes an edge on without its hart), by a device of no node
 * and by reset and power inputs, give the same
 * digests in one piece, in slices, in ordered mode and with derived memory thrown away.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Machine } from "../../host/core/machine.js";
import * as asm from "../../host/reference/assembler.js";
import { printedSeed } from "../support/seeded.js";
import { GPIO_BASE, RAM_BASE, SHARED_BASE, smallMachine } from "../support/small-machine.js";
import { limit_ms, Progress, SOAK } from "../support/soak.js";

const RUNS = SOAK ? 1000 : 40;
const { zero, t0, t1, t2, a0, a1, a2, a3 } = asm.R;
const BOX_BASE = 0x2000_0000;
const NAMES = ["a", "b", "c", "d", "e"];
const RATES = [1_000_000, 3_333_333, 10_000_000, 72_000_000, 99_999_999, 100_000_000];
const SPAN_PS = 60_000_000n;

/** What a wire drives at its end: a pin of the GPIO, or the node itself. */
type Input = "pin" | "reset" | "power";

interface Plan {
  readonly rates: readonly number[];
  /**
   * [from, to, whether the output is the interrupt that passes edges on, latency, input]. A number
   * of a node, or the number of nodes for the device that belongs to none.
   */
  readonly wires: readonly (readonly [number, number, boolean, number, Input])[];
  /** Per node: iterations between toggles, divisions in each, shared accesses or not. */
  readonly loops: readonly { pause: number; divisions: number; shared: boolean }[];
}

const plans: fc.Arbitrary<Plan> = fc.integer({ min: 3, max: 5 }).chain((count) =>
  fc.record({
    rates: fc.array(fc.constantFrom(...RATES), { minLength: count, maxLength: count }),
    wires: fc.array(
      fc.tuple(
        fc.nat(count),
        fc.nat(count),
        fc.boolean(),
        fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 300 })),
        fc.constantFrom<Input>("pin", "pin", "pin", "reset", "power"),
      ),
      { maxLength: 2 * count },
    ),
    loops: fc.array(
      fc.record({
        pause: fc.integer({ min: 1, max: 40 }),
        divisions: fc.nat(2),
        shared: fc.boolean(),
      }),
      { minLength: count, maxLength: count },
    ),
  }),
);

/** Toggles its pins, sums what it sees, passes rising and falling edges on by its event output. */
function program({ pause, divisions, shared }: Plan["loops"][number]): asm.Item[] {
  return [
    ...asm.li(t0, GPIO_BASE),
    ...asm.li(a2, SHARED_BASE),
    ...asm.li(a3, BOX_BASE),
    asm.addi(t1, zero, -1),
    asm.sw(t1, t0, 0x10),
    asm.sw(t1, t0, 0x14),
    { label: "loop" },
    ...asm.li(a1, pause),
    { label: "pause" },
    ...Array.from({ length: divisions }, () => asm.div(t2, t1, a1)),
    asm.addi(a1, a1, -1),
    asm.to("pause", (offset) => asm.bne(a1, zero, offset)),
    asm.lw(t2, t0, 0x04),
    asm.add(a0, a0, t2),
    asm.slli(a0, a0, 1),
    asm.add(a0, a0, t2),
    asm.lw(t2, t0, 0x18),
    asm.sw(t2, t0, 0x18),
    asm.lw(t2, t0, 0),
    asm.xori(t2, t2, 0xff),
    asm.sw(t2, t0, 0),
    ...(shared ? [asm.amoadd_w(t2, a2, a0), asm.sw(a0, a2, 4), asm.lw(t2, a2, 4)] : []),
    ...(shared ? [asm.sw(a0, a3, 0), asm.lw(t2, a3, 4)] : []),
    asm.add(a0, a0, t2),
    asm.to("loop", (offset) => asm.jal(zero, offset)),
  ];
}

function machineOf(plan: Plan): Promise<Machine> {
  const names = NAMES.slice(0, plan.rates.length);
  const used = new Set<string>();
  const pins = new Map<string, number>();
  const wires = plan.wires.flatMap(([from, to, passes, latency_cycles, input]) => {
    if (from === to) return [];
    const source = names[from] === undefined ? "box" : `${names[from]}.gpio`;
    const node = names[to];
    const gpio = node === undefined ? "box" : `${node}.gpio`;
    const pin = pins.get(gpio) ?? 0;
    const target = input === "pin" || node === undefined ? `${gpio}.in${pin}` : `${node}.${input}`;
    if (used.has(target)) return [];
    used.add(target);
    if (target.startsWith(gpio)) pins.set(gpio, pin + 1);
    return [
      { from: `${source}.${passes ? "interrupt" : `out${pin}`}`, to: target, latency_cycles },
    ];
  });
  const views = names.map((node) => ({ node, base: BOX_BASE, size: "4K" }));
  return smallMachine({
    programs: Object.fromEntries(names.map((name, n) => [name, program(plan.loops[n]!)])),
    rates: Object.fromEntries(names.map((name, n) => [name, plan.rates[n]!])),
    devices: ["gpio"],
    shared: true,
    sharedDevices: { box: { kind: "gpio", clock: "a", views } },
    wires,
  });
}

async function digestOf(plan: Plan, prepare: (m: Machine) => void, stops: readonly bigint[]) {
  const machine = await machineOf(plan);
  prepare(machine);
  for (const stop of [...stops, SPAN_PS]) {
    machine.run(stop);
    prepare(machine);
  }
  expect(machine.readMemory(0, RAM_BASE, 4).length).toBe(4);
  return machine.digest();
}

describe("nodes", () => {
  test(
    "see each other's effects in the same order however they are run",
    async () => {
      const seed = printedSeed("nodes");
      const cuts = fc.array(fc.bigInt(1n, SPAN_PS - 1n), { maxLength: 30 });
      const progress = new Progress("nodes", RUNS);
      await fc.assert(
        fc.asyncProperty(plans, cuts, async (plan, list) => {
          const stops = [...list].sort((x, y) => (x < y ? -1 : 1));
          const nothing = () => {};
          const plain = await digestOf(plan, nothing, []);
          expect(await digestOf(plan, (m) => m.setOrdered(true), []), "ordered").toBe(plain);
          expect(await digestOf(plan, nothing, stops), "slices").toBe(plain);
          expect(await digestOf(plan, (m) => m.dropDerived(), stops), "rebuilt").toBe(plain);
          progress.step();
        }),
        { seed, numRuns: RUNS },
      );
    },
    limit_ms(5, 600_000),
  );

  test("an edge passed on without a hart does not reach a third node in its past", async () => {
    const plan: Plan = {
      rates: [1_000_000, 100_000_000, 1_000_000],
      wires: [
        [2, 0, false, 1, "pin"],
        [0, 1, true, 1, "pin"],
        [1, 2, false, 1, "pin"],
      ],
      loops: [
        { pause: 1, divisions: 2, shared: false },
        { pause: 1, divisions: 0, shared: false },
        { pause: 1, divisions: 0, shared: false },
      ],
    };
    const plain = await digestOf(plan, () => {}, []);
    expect(await digestOf(plan, (machine) => machine.setOrdered(true), [])).toBe(plain);
  });
});
