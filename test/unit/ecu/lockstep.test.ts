/** The lockstep pair: specs/dual-block-mcu.md, sections 3 and 5 (line 6). */
import { describe, expect, test } from "vitest";
import { FaultKind, TraceKind } from "../../../assembly/kernel/abi.js";
import type { Machine } from "../../../host/core/machine.js";
import type { TraceRecord } from "../../../host/core/rings.js";
import { BUILDS } from "../../support/core.js";
import * as ecu from "../../support/ecu.js";
import { randomLoop } from "../../support/ecu-programs.js";
import { draws, printedSeed } from "../../support/seeded.js";
import { SOAK } from "../../support/soak.js";

const LOCKSTEP = ecu.blockBase(0) + ecu.PLACES.lockstep;
const DELAY = 2;
const REGISTER = {
  ctrl: 0x00,
  status: 0x04,
  count: 0x0c,
  cycle: 0x10,
  mainKind: 0x18,
  mainData: 0x20,
  shadowKind: 0x28,
  shadowData: 0x30,
  inject: 0x38,
} as const;
const KIND = { retire: 0x40, none: 0x41, injected: 0x80 } as const;

const peek = (machine: Machine, register: number): number =>
  machine.peekDevice(0, LOCKSTEP + register)! >>> 0;

/** Cycle of block 0 at a time. */
const cycleOf = (time_ps: bigint): number => Number(time_ps / 12_500n);

interface Seen {
  readonly outputs: readonly string[];
  readonly mismatches: readonly number[];
}

/** Runs on and notes every output of block 0's main core, and every mismatch, with its cycle. */
function watch(machine: Machine, until: bigint): Seen {
  const outputs: string[] = [];
  const mismatches: number[] = [];
  const note = ({ time_ps, unit, kind, a, b, c }: TraceRecord) => {
    const cycle = cycleOf(time_ps);
    if (kind === TraceKind.LOCKSTEP) mismatches.push(cycle);
    if (unit !== 0) return;
    if (kind === TraceKind.RETIRE) outputs.push(`${cycle} retire ${a} ${b} ${c}`);
    const data = (c & 0xff) === 2 ? b : 0; // a load's data is an input
    if (kind === TraceKind.BUS) outputs.push(`${cycle} access ${a} ${data} ${c}`);
  };
  machine.setTrace([TraceKind.RETIRE, TraceKind.BUS, TraceKind.LOCKSTEP], (records) => {
    records.forEach(note);
  });
  machine.run(until);
  machine.setTrace([], null);
  return { outputs, mismatches };
}

/** Cycle of the first output that differs between two runs; null if none does. */
function firstDifference(one: Seen, other: Seen): number | null {
  const length = Math.max(one.outputs.length, other.outputs.length);
  for (let k = 0; k < length; k++) {
    if (one.outputs[k] === other.outputs[k]) continue;
    const cycle = (line: string | undefined) => Number(line?.split(" ")[0] ?? Infinity);
    return Math.min(cycle(one.outputs[k]), cycle(other.outputs[k]));
  }
  return null;
}

describe.each(BUILDS)("lockstep (%s)", (build) => {
  test("both cores executed always, or only when they may differ: the same digests", async () => {
    const draw = draws(printedSeed("lockstep forced"));
    for (let round = 0; round < (SOAK ? 40 : 3); round++) {
      const programs = [0, 1].map((k) => randomLoop(draw, k, 60, { timer: true }));
      const free = await ecu.ecuMachine(programs, { build });
      const forced = await ecu.ecuMachine(programs, { build });
      forced.setLockstepForced(true);
      for (const time of [1, 777, 20_001, 60_000, 60_003]) {
        free.run(ecu.cycles(time));
        forced.run(ecu.cycles(time));
        expect(forced.digest(), `round ${round}, cycle ${time}`).toBe(free.digest());
      }
      expect(peek(forced, REGISTER.count)).toBe(0);
      expect(free.hartViews()[0]!.retired).toBeGreaterThan(10_000n);
    }
  });

  test("a flipped bit is found at the first differing output + N, in either core, or is masked", async () => {
    const draw = draws(printedSeed("lockstep flips"));
    const programs = [randomLoop(draw, 0, 50, { shared: true }), ecu.SPIN];
    const machine = await ecu.ecuMachine(programs, { build });
    machine.run(ecu.cycles(3000));
    const end = ecu.cycles(7000);
    const start = machine.snapshot();
    const clean = watch(machine, end);
    expect(clean.mismatches).toEqual([]);
    const count = { found: 0, masked: 0 };
    for (let flip = 0; flip < (SOAK ? 992 : 60); flip++) {
      const register = 1 + (SOAK ? flip % 31 : draw.below(31));
      const mask = 1 << (SOAK ? Math.floor(flip / 31) : draw.below(32));
      const times = ecu.cycles(3000 + draw.below(1000)) + BigInt(draw.below(12_500));
      const strike = (kind: FaultKind) => {
        machine.restore(start);
        const before = watch(machine, times);
        expect(machine.inject(kind, 0, register, mask | 0)).toBe(true);
        const after = watch(machine, end);
        const outputs = [...before.outputs, ...after.outputs];
        return { outputs, mismatches: after.mismatches };
      };
      const name = `x${register} ^ 0x${(mask >>> 0).toString(16)} at ${times}`;
      const main = strike(FaultKind.FLIP_REGISTER);
      const first = firstDifference(clean, main);
      const want = first === null ? [] : [first + DELAY];
      expect(main.mismatches, name).toEqual(want);
      expect(strike(FaultKind.SHADOW_FLIP).mismatches, `${name}, second core`).toEqual(want);
      count[first === null ? "masked" : "found"] += 1;
    }
    process.stderr.write(`lockstep ${build}: ${count.found} found, ${count.masked} masked\n`);
    expect(count.found).toBeGreaterThan(5);
    expect(count.masked).toBeGreaterThan(5);
  });

  test("a pc that is flipped, and a core that hangs, are found N cycles later", async () => {
    const draw = draws(5);
    const programs = [randomLoop(draw, 0, 50), ecu.SPIN];
    for (const [kind, a, b] of [
      [FaultKind.FLIP_PC, 0, 0x20],
      [FaultKind.SHADOW_FLIP, 0, 0x20],
      [FaultKind.KILL, 0, 0],
    ] as const) {
      const machine = await ecu.ecuMachine(programs, { build });
      machine.run(ecu.cycles(1000));
      const next = Number(machine.hartViews()[0]!.cycles);
      expect(machine.inject(kind, 0, a, b)).toBe(true);
      machine.run(ecu.cycles(1100));
      expect(peek(machine, REGISTER.status), `kind ${kind}`).toBe(1);
      const found = peek(machine, REGISTER.cycle);
      expect(found).toBeGreaterThanOrEqual(next + DELAY);
      expect(found).toBeLessThan(next + DELAY + 50);
    }
  });

  test("a mismatch shows both values, raises alarm and interrupt, and is cleared to compare anew", async () => {
    const program = [
      ...ecu.poke(LOCKSTEP + REGISTER.ctrl, 3), // EN, IRQ
      ...ecu.poke(LOCKSTEP + REGISTER.inject, 0x55),
      ...ecu.SPIN,
    ];
    const machine = await ecu.ecuMachine([program, ecu.SPIN], { build });
    const { outputs, mismatches } = watch(machine, ecu.cycles(200));
    const inject = outputs.find((line) => line.includes(`access ${LOCKSTEP + REGISTER.inject}`))!;
    expect(mismatches).toEqual([Number(inject.split(" ")[0]) + DELAY]);
    expect(peek(machine, REGISTER.cycle)).toBe(mismatches[0]);
    expect(peek(machine, REGISTER.mainKind)).toBe(KIND.injected);
    expect([peek(machine, REGISTER.mainData), peek(machine, REGISTER.shadowData)]).toEqual([
      0, 0x55,
    ]);
    expect(peek(machine, REGISTER.count)).toBe(1);
  });

  test("RESET resets the block with cause 6 and the record kept; SAFE takes its PWM off", async () => {
    const pwm = ecu.blockBase(0) + ecu.PLACES.pwm;
    const status = ecu.blockBase(0) + ecu.PLACES.status;
    const program = (ctrl: number) => [
      ...ecu.poke(pwm + 0x10, 500),
      ...ecu.poke(pwm, 3),
      ...ecu.poke(LOCKSTEP + REGISTER.ctrl, ctrl),
      ...ecu.poke(LOCKSTEP + REGISTER.inject, 1),
      ...ecu.SPIN,
    ];
    const reset = await ecu.ecuMachine([program(5), ecu.SPIN], { build });
    const resets: string[] = [];
    reset.setTrace([TraceKind.RESET], (records) => {
      resets.push(...records.map(({ unit, a }) => `${unit} ${a}`));
    });
    reset.run(ecu.cycles(40));
    expect(resets).toEqual(["0 6"]);
    expect(reset.peekDevice(0, status + 8)).toBe(6);
    expect(peek(reset, REGISTER.status)).toBe(1);
    const safe = await ecu.ecuMachine([program(9), ecu.SPIN], { build });
    safe.run(ecu.cycles(200));
    expect(safe.peekDevice(0, pwm + 4)! & 0x14).toBe(0x14); // SAFE, BY_INPUT
    expect(safe.peekDevice(0, pwm + 0x24)).toBe(0);
    expect(safe.peekDevice(1, ecu.blockBase(1) + ecu.PLACES.lockstep + 4)).toBe(0);
  });

  test("a pair that is apart runs the same in slices, ordered, and over a snapshot", async () => {
    const draw = draws(printedSeed("lockstep apart"));
    const programs = [0, 1].map((k) => randomLoop(draw, k, 60, { timer: true }));
    const run = async (how: string) => {
      const machine = await ecu.ecuMachine(programs, { build });
      machine.setOrdered(how === "ordered");
      machine.run(ecu.cycles(2000));
      // A register that the loop rarely reads as an address: the pair stays apart for a while.
      machine.inject(FaultKind.SHADOW_FLIP, 0, 30, 4);
      machine.inject(FaultKind.FLIP_REGISTER, 0, 29, 4);
      for (let time = 2000; time < 9000; time += how === "slices" ? 37 : 3500) {
        machine.run(ecu.cycles(time));
        if (how === "restored") {
          const snapshot = machine.snapshot();
          machine.run(ecu.cycles(time + 500));
          machine.restore(snapshot);
          machine.dropDerived();
        }
      }
      machine.run(ecu.cycles(9000));
      return machine.digest();
    };
    const digest = await run("whole");
    for (const how of ["slices", "ordered", "restored"]) expect(await run(how), how).toBe(digest);
  });
});

const CYCLES = SOAK ? 100_000_000 : 300_000;
test(`no false alarm in ${CYCLES} cycles with both cores executed`, {
  timeout: SOAK ? 3_600_000 : 60_000,
}, async () => {
  const draw = draws(printedSeed("lockstep alarms"));
  const programs = [0, 1].map((k) => randomLoop(draw, k, 150, { timer: true }));
  const machine = await ecu.ecuMachine(programs);
  machine.setLockstepForced(true);
  machine.run(ecu.cycles(CYCLES));
  expect(peek(machine, REGISTER.count)).toBe(0);
  expect(machine.hartViews()[0]!.cycles).toBeGreaterThanOrEqual(BigInt(CYCLES));
});
