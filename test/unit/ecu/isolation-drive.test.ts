/**
 * Section 5, line 3 of specs/dual-block-mcu.md, on a test bench (constant speed): however block 0
 * dies, block 1's PWM edges are, cycle for cycle, those of a run in which block 0 merely goes
 * silent, the torque falls to set 1's share, and no current leaves its bounds.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { FaultKind, TraceKind } from "../../../assembly/kernel/abi.js";
import type { MachineImage } from "../../../host/core/image.js";
import { Machine } from "../../../host/core/machine.js";
import type { Snapshot } from "../../../host/core/snapshot.js";
import { readElf } from "../../../host/guest/elf.js";
import { elaborate, parseMachine } from "../../../host/machine/index.js";
import { readJson } from "../../../host/machine/jsonc.js";
import { coreModule } from "../../support/core.js";
import { limit_ms, Progress, SOAK } from "../../support/soak.js";

const MODEL = join(
  dirname(fileURLToPath(import.meta.url)),
  "../../../firmware-models/dual-block-ecu",
);
const PERIOD_PS = 50_000_000n; // a control period, 20 kHz
const PERIOD_STEPS = 5; // of the plant, 10 us each: within a period the current ripples
const START_PS = 100_000_000_000n; // both sets give their share by now
const DRIVE_PERIODS = 2000; // 100 ms
/** Every control period in the soak, every fifth in CI: 2400 deaths. */
const STEP = SOAK ? 1 : process.env.CI ? 5 : 80;
/**
 * The last compares that a dying block wrote take effect at the next bottom; at the one after it the
 * PWM finds them stale (CTRL.STALE = 2); then the current decays in less than a period.
 */
const FALL_PS = 3n * PERIOD_PS;
const WATCH_PS = 3_000_000_000n; // 3 ms after the fault
const SHARE_MNM = 500;
const CURRENT_LIMIT = 1800; // 18 A in units of 10 mA: the guard's bound

/** The ways in which block 0 dies; each is done at once. The last one is silence itself. */
const DEATHS: Readonly<Record<string, (machine: Machine) => boolean>> = {
  hang: (machine) => machine.inject(FaultKind.PAUSE, 0),
  killed: (machine) => machine.inject(FaultKind.KILL, 0),
  "reset held": (machine) => machine.inject(FaultKind.RESET_HOLD, 0),
  "power off": (machine) => machine.inject(FaultKind.POWER_OFF, 0),
  "ROM corrupted": (machine) => corruptRom(machine),
  "a register broken": (machine) => machine.inject(FaultKind.FLIP_REGISTER, 0, 2, 0x4000_0000),
};

/** Zeroes (an illegal instruction) over the control interrupt of block 0. */
function corruptRom(machine: Machine): boolean {
  const { image } = machine;
  const rom = image.memories.find(({ name }) => name === "block0.rom")!;
  const symbol = image.symbolsByNode.get("block0")!.find(({ name }) => name === "control_step")!;
  let fired = false;
  for (let at = symbol.address; at < symbol.address + 16; at++) {
    const byte = machine.readMemory(0, at, 1)[0]!;
    const address = rom.address + at - rom.guestBase;
    if (byte !== 0) fired = machine.inject(FaultKind.FLIP_MEMORY, 0, address, byte) || fired;
  }
  return fired;
}

function image(): MachineImage {
  const path = join(MODEL, "machine.json");
  // biome-ignore lint/suspicious/noExplicitAny: a machine file as plain JSON.
  const file = readJson(readFileSync(path, "utf8"), path).value as any;
  file.devices.motor.bench_rpm = 900;
  const firmware = new Map(
    ["block0", "block1"].map((node) => [
      node,
      readElf(readFileSync(join(MODEL, `prebuilt/${node}.elf`)), node),
    ]),
  );
  return elaborate(parseMachine(JSON.stringify(file), path), firmware, {});
}

interface Course {
  /** Edges of block 1's PWM, "time outputs". */
  readonly edges: readonly string[];
  /** Torque of both sets in the last four periods, mNm, and the largest phase current, 10 mA. */
  readonly torque0: number;
  readonly torque1: number;
  readonly peak: number;
  /** Largest torque of set 0 from FALL_PS after the start on, mNm. */
  readonly late0: number;
}

function course(machine: Machine, until: bigint): Course {
  const edges: string[] = [];
  const torques: (readonly [number, number])[] = [];
  const fallen = machine.now() + FALL_PS;
  let [peak, late0] = [0, 0];
  const pwm = machine.image.units.findIndex(({ name }) => name === "block1.pwm");
  machine.setTrace([TraceKind.PWM_EDGE, TraceKind.PLANT], (records) => {
    for (const { kind, unit, time_ps, a, b, d } of records) {
      if (kind === TraceKind.PWM_EDGE) {
        if (unit === pwm) edges.push(`${time_ps} ${a & 0x3f}`);
        continue;
      }
      torques.push([(a | 0) / 1000, (b | 0) / 1000]);
      peak = Math.max(peak, d & 0xffff, d >>> 16);
      if (time_ps > fallen) late0 = Math.max(late0, Math.abs(a | 0) / 1000);
    }
  });
  machine.run(until);
  machine.setTrace([], null);
  const last = torques.slice(-PERIOD_STEPS * 4);
  const mean = (set: 0 | 1) => last.reduce((sum, each) => sum + each[set], 0) / last.length;
  return { edges, torque0: mean(0), torque1: mean(1), late0, peak };
}

/** Every way to die at the time of a snapshot; the same edges as without, and torque as it should. */
function dieInEveryWay(machine: Machine, snapshot: Snapshot): void {
  const until = snapshot.now_ps + WATCH_PS;
  const healthy = course(machine, until);
  expect(healthy.edges.length).toBeGreaterThan(700);
  expect(Math.abs(healthy.torque0 - SHARE_MNM)).toBeLessThan(0.1 * SHARE_MNM);
  for (const [name, strike] of Object.entries(DEATHS)) {
    machine.restore(snapshot);
    expect(strike(machine), `${name} fires`).toBe(true);
    const found = course(machine, until);
    expect(found.edges, `${name} at ${snapshot.now_ps} ps`).toEqual(healthy.edges);
    expect(Math.abs(found.torque1 - SHARE_MNM), name).toBeLessThan(0.1 * SHARE_MNM);
    expect(found.peak, name).toBeLessThan(CURRENT_LIMIT);
    // A broken register may also end in a reset: then the block comes back.
    if (name === "a register broken") continue;
    expect(found.late0, `${name}: set 0 gives nothing`).toBeLessThan(5);
  }
  machine.restore(snapshot);
}

describe("a block that dies", () => {
  test(
    "leaves the other block's edges as they are, cycle for cycle, in every control period",
    async () => {
      const machine = await Machine.create(image(), { module: await coreModule("release") });
      const progress = new Progress("control periods", DRIVE_PERIODS / STEP);
      for (let period = 0; period < DRIVE_PERIODS; period += STEP) {
        machine.run(START_PS + BigInt(period) * PERIOD_PS);
        dieInEveryWay(machine, machine.snapshot());
        progress.step();
      }
    },
    limit_ms(120, 600_000),
  );
});
