/** Watchdog, supply and reset of one block while the other runs: section 5 (line 7). */
import { describe, expect, test } from "vitest";
import { FaultKind, TraceKind } from "../../../assembly/kernel/abi.js";
import type { Machine } from "../../../host/core/machine.js";
import * as asm from "../../../host/reference/assembler.js";
import { BUILDS } from "../../support/core.js";
import * as ecu from "../../support/ecu.js";

const { zero, s0, a0, a1 } = asm.R;
const at = (block: number, place: keyof typeof ecu.PLACES, register: number) =>
  ecu.blockBase(block) + ecu.PLACES[place] + register;
const CAUSE = { powerOn: 1, watchdog: 2, software: 3, fault: 4, pin: 5 } as const;

/** Counts in its RAM and in a register for ever; `start` comes first. */
const worker = (block: number, start: ecu.Items = []): ecu.Items => [
  ...start,
  ...asm.li(s0, ecu.ramOf(block)),
  { label: "loop" },
  asm.addi(a0, a0, 1),
  asm.sw(a0, s0, 0),
  asm.mul(a1, a0, a0),
  asm.to("loop", (offset) => asm.jal(zero, offset)),
];

const PWM_ON: ecu.Items = [
  ...ecu.poke(at(0, "pwm", 0x08), 100),
  ...ecu.poke(at(0, "pwm", 0x10), 50),
  ...ecu.poke(at(0, "pwm", 0x00), 3),
];
const WATCHDOG_ON: ecu.Items = [
  ...ecu.poke(at(0, "watchdog", 0x04), 1000),
  ...ecu.poke(at(0, "watchdog", 0x00), 3), // EN, RESET_ENABLE; nobody kicks it
];

interface Run {
  readonly machine: Machine;
  /** `time unit cause` of every reset. */
  readonly resets: readonly string[];
  /** Everything that block 1 did. */
  readonly other: readonly string[];
  /** Times at which block 0's PWM changed, and its levels. */
  readonly edges: readonly (readonly [cycle: number, levels: number])[];
}

type Strike = (machine: Machine) => void;

/** Runs 20000 cycles; strikes at cycle 5000, and again at cycle 9000. */
async function run(
  build: "release" | "checked",
  first: ecu.Items,
  strikes: Strike[],
): Promise<Run> {
  const machine = await ecu.ecuMachine([first, worker(1)], { build });
  const resets: string[] = [];
  const other: string[] = [];
  const edges: [number, number][] = [];
  const pwm = ecu.unitOf(machine, "block0.pwm");
  machine.setTrace([TraceKind.RETIRE, TraceKind.RESET, TraceKind.PWM_EDGE], (records) => {
    for (const { time_ps, unit, kind, a } of records) {
      if (kind === TraceKind.RESET) resets.push(`${unit} ${a}`);
      else if (unit === pwm) edges.push([Number(time_ps / 12_500n), a]);
      else if (unit === 1) other.push(`${time_ps} ${a}`);
    }
  });
  strikes.forEach((strike, k) => {
    machine.run(ecu.cycles(5000 + 4000 * k));
    strike(machine);
  });
  machine.run(ecu.cycles(20_000));
  return { machine, resets, other, edges };
}

const cause = (machine: Machine): number => machine.peekDevice(0, at(0, "status", 0x08))!;
const sag =
  (level_mv: number): Strike =>
  (machine) => {
    const unit = ecu.unitOf(machine, "supply0");
    expect(machine.inject(FaultKind.DEVICE, unit, 0, level_mv)).toBe(true);
  };

describe.each(BUILDS)("one block is reset, the other runs (%s)", (build) => {
  test("the watchdog takes the PWM off at its first expiry and resets the block at the second", async () => {
    const quiet = await run(build, worker(0, PWM_ON), []);
    const { machine, resets, other, edges } = await run(
      build,
      worker(0, [...PWM_ON, ...WATCHDOG_ON]),
      [],
    );
    expect(resets[0]).toBe(`0 ${CAUSE.watchdog}`);
    expect(resets.length).toBeGreaterThan(5); // it hangs again and again
    expect(cause(machine)).toBe(CAUSE.watchdog);
    const off = edges.find(([cycle, levels]) => cycle > 900 && levels === 0)!;
    expect(off[0]).toBeLessThan(1100);
    expect(other).toEqual(quiet.other);
  });

  test("a supply that sags below the brown-out level holds the block in reset until it is back", async () => {
    const quiet = await run(build, worker(0, PWM_ON), []);
    const down = await run(build, worker(0, PWM_ON), [sag(2600)]);
    expect(down.resets).toEqual([]);
    expect(down.edges.at(-1)![0]).toBeLessThan(5010);
    expect(down.edges.at(-1)![1]).toBe(0);
    expect(down.machine.hartViews()[0]!.retired).toBeLessThan(
      quiet.machine.hartViews()[0]!.retired / 3n,
    );
    expect(down.other).toEqual(quiet.other);
    const back = await run(build, worker(0, PWM_ON), [sag(2600), sag(3300)]);
    expect(back.resets).toEqual([`0 ${CAUSE.pin}`]);
    expect(cause(back.machine)).toBe(CAUSE.pin);
    expect(back.machine.peekDevice(0, at(0, "supply", 0x04))).toBe(3); // LOW, BROWNOUT
    expect(back.edges.at(-1)![0], "its PWM runs again").toBeGreaterThan(19_000);
    expect(back.other).toEqual(quiet.other);
  });

  test("a supply below the warning level is an interrupt and no reset", async () => {
    const warn = [...ecu.poke(at(0, "supply", 0), 1), ...ecu.poke(at(0, "interrupts", 0x04), 0x10)];
    const { machine, resets } = await run(build, worker(0, warn), [sag(2900)]);
    expect(resets).toEqual([]);
    expect(machine.peekDevice(0, at(0, "interrupts", 0x00))).toBe(0x10);
  });

  test("firmware resets its own block only, and power-off loses its RAM only", async () => {
    const quiet = await run(build, worker(0), []);
    const reset = await run(build, [...ecu.poke(at(0, "status", 0x0c), 1), ...ecu.SPIN], []);
    expect(new Set(reset.resets)).toEqual(new Set([`0 ${CAUSE.software}`]));
    expect(reset.other).toEqual(quiet.other);
    const off = await run(build, worker(0), [
      (machine) => expect(machine.inject(FaultKind.POWER_OFF, 0)).toBe(true),
    ]);
    expect([...off.machine.readMemory(0, ecu.ramOf(0), 4)]).toEqual([0, 0, 0, 0]);
    expect([...off.machine.readMemory(1, ecu.ramOf(1), 4)]).not.toEqual([0, 0, 0, 0]);
    expect(off.other).toEqual(quiet.other);
  });
});
