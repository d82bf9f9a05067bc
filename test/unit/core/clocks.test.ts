/** Clocks that follow a feeder, and feeders that stop, drift and lose edges. */
import { describe, expect, test } from "vitest";
import { FaultKind, TraceKind } from "../../../assembly/kernel/abi.js";
import type { Machine } from "../../../host/core/machine.js";
import * as asm from "../../../host/reference/assembler.js";
import { BUILDS } from "../../support/core.js";
import { smallMachine } from "../../support/small-machine.js";

const { zero, a0 } = asm.R;
const count = [
  { label: "loop" },
  asm.addi(a0, a0, 1),
  asm.to("loop", (offset) => asm.jal(zero, offset)),
];
/** Node a on a clock that follows osc (30 MHz), node b on its own. */
const machineOf = (build: "release" | "checked") =>
  smallMachine(
    {
      programs: { a: count, b: count },
      nodeClocks: { a: "core" },
      clocks: { osc: { rate_hz: 30_000_000 }, core: { follows: "osc" } },
    },
    build,
  );
const domain = (machine: Machine, name: string) =>
  machine.image.domains.findIndex((row) => row.name === name);
const cycles = (machine: Machine) => machine.hartViews()[0]!.cycles;

describe.each(BUILDS)("clocks (%s)", (build) => {
  test("a clock that follows a feeder has the feeder's rate", async () => {
    const machine = await machineOf(build);
    machine.run(1_000_000_000n); // 1 ms
    expect(cycles(machine)).toBe(30_000n);
  });

  test("a stopped feeder stops its followers and no one else; it goes on where it stood", async () => {
    const machine = await machineOf(build);
    const osc = domain(machine, "osc");
    machine.run(1_000_000_000n);
    expect(machine.inject(FaultKind.CLOCK_STOP, osc)).toBe(true);
    expect(machine.inject(FaultKind.CLOCK_STOP, osc), "it stands").toBe(false);
    machine.run(2_000_000_000n);
    expect(cycles(machine)).toBe(30_000n);
    expect(machine.hartViews()[1]!.cycles).toBe(200_001n);
    expect(machine.inject(FaultKind.CLOCK_START, osc)).toBe(true);
    machine.run(3_000_000_000n);
    expect(cycles(machine)).toBe(60_000n);
  });

  test("drift and lost edges reach the followers, edge by edge", async () => {
    const machine = await machineOf(build);
    const osc = domain(machine, "osc");
    machine.run(1_000_000_000n);
    expect(machine.inject(FaultKind.CLOCK_SKIP, osc, 30)).toBe(true);
    machine.run(2_000_000_000n);
    expect(cycles(machine)).toBe(30_000n + 30_000n - 30n);
    const drifted = 30_300_000_000n; // 1 % fast, in mHz
    const [low, high] = [Number(drifted & 0xffff_ffffn), Number(drifted >> 32n)];
    expect(machine.inject(FaultKind.CLOCK_RATE, osc, low, high)).toBe(true);
    machine.run(3_000_000_000n);
    expect(cycles(machine)).toBe(59_970n + 30_300n);
  });

  test("a follower is not a site of its own, and every change is in the trace", async () => {
    const machine = await machineOf(build);
    const clocks: string[] = [];
    machine.setTrace([TraceKind.CLOCK], (records) => {
      clocks.push(...records.map(({ time_ps, a, b }) => `${time_ps} ${a} ${b}`));
    });
    machine.run(1_000_000n);
    const [osc, core] = [domain(machine, "osc"), domain(machine, "core")];
    expect(machine.inject(FaultKind.CLOCK_STOP, core)).toBe(false);
    machine.inject(FaultKind.CLOCK_STOP, osc);
    machine.run(2_000_000n);
    expect(clocks).toEqual([`1000000 ${osc} 0`, `1000000 ${core} 0`]);
  });

  test("the digest does not depend on slices, also while feeders fail", async () => {
    const run = async (step: bigint, ordered: boolean) => {
      const machine = await machineOf(build);
      machine.setOrdered(ordered);
      const osc = domain(machine, "osc");
      const faults = [
        [1_234_567n, FaultKind.CLOCK_SKIP, 3],
        [2_345_678n, FaultKind.CLOCK_STOP, 0],
        [5_000_001n, FaultKind.CLOCK_START, 0],
      ] as const;
      let now = 0n;
      for (const [time, kind, a] of [...faults, [9_000_000n, 0, 0] as const]) {
        while (now < time) {
          now = now + step < time ? now + step : time;
          machine.run(now);
        }
        if (kind !== 0) expect(machine.inject(kind, osc, a)).toBe(true);
      }
      return machine.digest();
    };
    const digest = await run(9_000_000n, false);
    expect(await run(11_111n, false)).toBe(digest);
    expect(await run(9_000_000n, true)).toBe(digest);
  });
});
