/** Feeders that fail, the monitor that finds it, the switches: sections 2 and 5 (line 5). */
import { describe, expect, test } from "vitest";
import { FaultKind, TraceKind } from "../../../assembly/kernel/abi.js";
import type { Machine } from "../../../host/core/machine.js";
import { BUILDS } from "../../support/core.js";
import * as ecu from "../../support/ecu.js";
import { randomLoop } from "../../support/ecu-programs.js";
import { draws, printedSeed } from "../../support/seeded.js";

const MONITOR = 0x3000_0000;
const SWITCH = (block: number) => 0x3000_1000 + block * 0x1000;
const AUTO = 1;
const WINDOW = 64;
/** From the end of a window: to the monitor's own edge, over the wire, and to the switch. */
const REACTION = 8;

const peek = (machine: Machine, address: number, block = 0): number =>
  machine.peekDevice(block, address)!;
const failed = (machine: Machine) => peek(machine, MONITOR);
const differs = (machine: Machine) => peek(machine, MONITOR + 4);

/** Edges that have reached a block. */
const mtime = (machine: Machine, block: number): number =>
  peek(machine, ecu.blockBase(block) + ecu.PLACES.timer + 0xbff8, block);

const auto = (block: number) => [
  ...ecu.poke(SWITCH(block), AUTO),
  ...randomLoop(draws(3), block, 30),
];
const manual = (block: number) => randomLoop(draws(3), block, 30);

/** Runs cycle by cycle (of 80 MHz) until `done`; the number of cycles, or null after `most`. */
function until(machine: Machine, most: number, done: () => boolean): number | null {
  const start = machine.now();
  for (let cycle = 1; cycle <= most; cycle++) {
    machine.run(start + ecu.cycles(cycle));
    if (done()) return cycle;
  }
  return null;
}

/** Three feeders: `ext` beside the oscillators. */
const withThird = (file: ecu.MachineJson) => {
  file.clocks.ext = { rate_hz: 80_000_000 };
  file.devices.clocks.feeders = ["osc0", "osc1", "ext"];
  for (const block of ["block0", "block1"]) {
    file.nodes[block].devices.switch.feeders = ["osc0", "osc1", "ext"];
    file.wires.push({ from: "clocks.failed2", to: `${block}.switch.failed2`, latency_cycles: 2 });
  }
};
/** A monitor outside of the chip. */
const withExternal = (file: ecu.MachineJson) => {
  file.clocks.outside = { rate_hz: 80_000_000 };
  file.devices.clocks.external = "outside";
};
const mhz = (rate: bigint): [number, number] => [Number(rate & 0xffff_ffffn), Number(rate >> 32n)];
const ONE_PERCENT_SLOW = mhz(79_200_000_000n);

describe.each(BUILDS)("clocks (%s)", (build) => {
  test("healthy feeders are never found", async () => {
    const machine = await ecu.ecuMachine([auto(0), auto(1)], { build, change: withThird });
    machine.run(40_000_000_000n); // 40 ms: three anchors
    expect([failed(machine), differs(machine)]).toEqual([0, 0]);
  });

  test("a feeder that stops at any time is known within two windows; the block moves and runs on", async () => {
    const draw = draws(printedSeed("clock stop"));
    for (let round = 0; round < 12; round++) {
      const feeder = draw.below(2);
      const machine = await ecu.ecuMachine([auto(0), auto(1)], { build });
      machine.run(ecu.cycles(2000) + BigInt(draw.below(1_000_000)));
      const osc = ecu.clockOf(machine, `osc${feeder}`);
      expect(machine.inject(FaultKind.CLOCK_STOP, osc)).toBe(true);
      const known = until(machine, 300, () => failed(machine) !== 0);
      expect(failed(machine)).toBe(1 << feeder);
      expect(known).toBeLessThanOrEqual(2 * WINDOW + REACTION);
      until(machine, REACTION, () => peek(machine, SWITCH(feeder) + 4, feeder) === 1 - feeder);
      expect(peek(machine, SWITCH(feeder) + 4, feeder), "now on the other one").toBe(1 - feeder);
      expect(peek(machine, SWITCH(feeder) + 8, feeder) & 1, "MOVED").toBe(1);
      const before = [0, 1].map((block) => mtime(machine, block));
      machine.run(machine.now() + ecu.cycles(1000));
      for (const block of [0, 1]) {
        expect(mtime(machine, block) - before[block]!).toBeGreaterThan(995);
      }
    }
  });

  test("a switch takes three edges of the new feeder, no more and no less", async () => {
    const program = [...ecu.poke(SWITCH(0) + 4, 1), ...ecu.SPIN];
    const machine = await ecu.ecuMachine([program, ecu.SPIN], { build });
    const clocks: bigint[] = [];
    machine.setTrace([TraceKind.CLOCK], (records) => {
      clocks.push(...records.map(({ time_ps }) => time_ps));
    });
    machine.run(ecu.cycles(1000));
    expect(clocks.length).toBe(1);
    // Time has 1000 edges of 12.5 ns; three did not reach the block.
    expect([mtime(machine, 0), mtime(machine, 1)]).toEqual([997, 1000]);
  });

  test("with a manual switch the block stands still, and the other does not notice", async () => {
    const retired = async (stop: boolean) => {
      const machine = await ecu.ecuMachine([manual(0), manual(1)], { build });
      const trace: string[] = [];
      machine.run(ecu.cycles(500));
      machine.setTrace([TraceKind.RETIRE], (records) => {
        for (const { unit, time_ps, a } of records) if (unit === 1) trace.push(`${time_ps} ${a}`);
      });
      if (stop) machine.inject(FaultKind.CLOCK_STOP, ecu.clockOf(machine, "osc0"));
      machine.run(ecu.cycles(5000));
      return { trace, views: machine.hartViews(), lost: peek(machine, SWITCH(0) + 8) };
    };
    const stopped = await retired(true);
    const running = await retired(false);
    expect(Number(stopped.views[0]!.cycles)).toBeLessThan(520);
    expect(stopped.lost).toBe(6); // LOST, REPORTED
    // Both work on the shared RAM: without block 0's accesses block 1 never waits for it.
    expect(stopped.trace.length).toBeGreaterThanOrEqual(running.trace.length);
  });

  test("1 % of drift: two feeders differ, a third tells which, the one outside too", async () => {
    for (const [change, verdict] of [
      [() => {}, 0],
      [withThird, 1],
      [withExternal, 1],
    ] as const) {
      const machine = await ecu.ecuMachine([auto(0), auto(1)], { build, change });
      machine.run(ecu.cycles(1234));
      machine.inject(FaultKind.CLOCK_RATE, ecu.clockOf(machine, "osc0"), ...ONE_PERCENT_SLOW);
      // 64 cycles at 1 % are 0.64 edges: the second window shows it at the latest.
      const known = until(machine, 400, () => differs(machine) !== 0);
      expect(known).toBeLessThanOrEqual(3 * WINDOW + REACTION);
      machine.run(machine.now() + ecu.cycles(3 * WINDOW));
      expect(failed(machine)).toBe(verdict);
      expect(peek(machine, SWITCH(0) + 4)).toBe(verdict === 1 ? 1 : 0);
    }
  });

  test("a small drift of clocks in phase shows as soon as an edge is a picosecond late", async () => {
    for (const rate of [80_000_040_000n, 79_999_960_000n]) {
      const machine = await ecu.ecuMachine([auto(0), auto(1)], { build, change: withThird });
      machine.run(ecu.cycles(777));
      machine.inject(FaultKind.CLOCK_RATE, ecu.clockOf(machine, "osc1"), ...mhz(rate));
      // 0.5 ppm of 12.5 ns is a picosecond after 160 edges.
      machine.run(ecu.cycles(777 + 160 + 3 * WINDOW));
      expect([failed(machine), differs(machine)]).toEqual([2, 7]);
    }
  });

  test.each([
    ["50 ppm", 79_996_000_000n, 20_000],
    ["0.5 ppm, further than one look", 79_999_960_000n, 2_000_000],
  ])("a clock that is %s slow shows outside after one edge of slip", async (_, rate, slip) => {
    const machine = await ecu.ecuMachine([ecu.SPIN, ecu.SPIN], { build, change: withExternal });
    machine.inject(FaultKind.CLOCK_RATE, ecu.clockOf(machine, "osc1"), ...mhz(rate));
    machine.run(ecu.cycles(slip - WINDOW));
    expect(failed(machine)).toBe(0);
    machine.run(ecu.cycles(slip + 3 * WINDOW));
    expect(failed(machine)).toBe(2);
  });

  test("a glitch of one lost edge is found within its window, at any time", async () => {
    const draw = draws(printedSeed("clock glitch"));
    for (let round = 0; round < 12; round++) {
      const feeder = draw.below(3);
      const machine = await ecu.ecuMachine([auto(0), auto(1)], { build, change: withThird });
      machine.run(ecu.cycles(1500) + BigInt(draw.below(2_000_000)));
      const clock = ["osc0", "osc1", "ext"][feeder]!;
      expect(machine.inject(FaultKind.CLOCK_SKIP, ecu.clockOf(machine, clock), 1)).toBe(true);
      const known = until(machine, 300, () => failed(machine) !== 0);
      expect(failed(machine), clock).toBe(1 << feeder);
      expect(known).toBeLessThanOrEqual(WINDOW + REACTION);
    }
  });

  test("equal digests in slices and in order while feeders fail and blocks move", async () => {
    const run = async (step: bigint, ordered: boolean) => {
      const machine = await ecu.ecuMachine([auto(0), auto(1)], { build, change: withThird });
      machine.setOrdered(ordered);
      const faults: [bigint, FaultKind, string, number, number][] = [
        [ecu.cycles(3333) + 77n, FaultKind.CLOCK_STOP, "osc0", 0, 0],
        [ecu.cycles(9000), FaultKind.CLOCK_RATE, "osc1", ...ONE_PERCENT_SLOW],
        [ecu.cycles(20_000), FaultKind.CLOCK_START, "osc0", 0, 0],
      ];
      let now = 0n;
      for (const [time, kind, clock, a, b] of faults) {
        for (; now < time; now = now + step < time ? now + step : time) machine.run(now);
        machine.run(time);
        expect(machine.inject(kind, ecu.clockOf(machine, clock), a, b)).toBe(true);
      }
      machine.run(ecu.cycles(30_000));
      expect(peek(machine, SWITCH(0) + 0x14)).toBeGreaterThan(0);
      return machine.digest();
    };
    const digest = await run(ecu.cycles(40_000), false);
    expect(await run(111_111n, false)).toBe(digest);
    expect(await run(ecu.cycles(40_000), true)).toBe(digest);
  });
});
