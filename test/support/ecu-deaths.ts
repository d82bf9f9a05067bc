/**
 * What a control unit does while its block 0 dies, on a test bench: the ways to die, and what the
 * trace says of torque, currents and the edges of a PWM unit.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FaultKind, TraceKind } from "../../assembly/kernel/abi.js";
import type { MachineImage } from "../../host/core/image.js";
import type { Machine } from "../../host/core/machine.js";
import { readElf } from "../../host/guest/elf.js";
import { elaborate, parseMachine } from "../../host/machine/index.js";
import { readJson } from "../../host/machine/jsonc.js";

const MODELS = join(dirname(fileURLToPath(import.meta.url)), "../../firmware-models");

export const PERIOD_PS = 50_000_000n; // a control period, 20 kHz
const PERIOD_STEPS = 5; // of the plant, 10 us each: within a period the current ripples
/** Both sets give their share by now. */
export const START_PS = 100_000_000_000n;
export const WATCH_PS = 3_000_000_000n; // 3 ms after the fault
export const SHARE_MNM = 500;
export const CURRENT_LIMIT = 1800; // 18 A in units of 10 mA: the guard's bound
/**
 * The last compares that a dying block wrote take effect at the next bottom; at the one after it the
 * PWM finds them stale (CTRL.STALE = 2); then the current decays in less than a period.
 */
const FALL_PS = 3n * PERIOD_PS;

/** The ways in which block 0 dies; each is done at once. The last one is silence itself. */
export const DEATHS: Readonly<Record<string, (machine: Machine) => boolean>> = {
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

/** A control unit with its firmware, its motor on a test bench (constant speed). */
export function benchImage(model: string): MachineImage {
  const folder = join(MODELS, model);
  const path = join(folder, "machine.json");
  // biome-ignore lint/suspicious/noExplicitAny: a machine file as plain JSON.
  const file = readJson(readFileSync(path, "utf8"), path).value as any;
  file.devices.motor.bench_rpm = 900;
  const firmware = new Map(
    ["block0", "block1"].map((node) => [
      node,
      readElf(readFileSync(join(folder, `prebuilt/${node}.elf`)), node),
    ]),
  );
  return elaborate(parseMachine(JSON.stringify(file), path), firmware, {});
}

export interface Course {
  /** Edges of the PWM unit, "time outputs". */
  readonly edges: readonly string[];
  /** Torque of both sets in the last four periods, mNm, and the largest phase current, 10 mA. */
  readonly torque0: number;
  readonly torque1: number;
  readonly peak: number;
  /** Largest torque of each set from FALL_PS after the start on, mNm. */
  readonly late0: number;
  readonly late1: number;
}

/** Runs until a time and reads the trace. */
export function course(machine: Machine, until: bigint, pwmName: string): Course {
  const edges: string[] = [];
  const torques: (readonly [number, number])[] = [];
  const fallen = machine.now() + FALL_PS;
  let [peak, late0, late1] = [0, 0, 0];
  const pwm = machine.image.units.findIndex(({ name }) => name === pwmName);
  machine.setTrace([TraceKind.PWM_EDGE, TraceKind.PLANT], (records) => {
    for (const { kind, unit, time_ps, a, b, d } of records) {
      if (kind === TraceKind.PWM_EDGE) {
        if (unit === pwm) edges.push(`${time_ps} ${a & 0x3f}`);
        continue;
      }
      torques.push([(a | 0) / 1000, (b | 0) / 1000]);
      peak = Math.max(peak, d & 0xffff, d >>> 16);
      if (time_ps <= fallen) continue;
      late0 = Math.max(late0, Math.abs(a | 0) / 1000);
      late1 = Math.max(late1, Math.abs(b | 0) / 1000);
    }
  });
  machine.run(until);
  machine.setTrace([], null);
  const last = torques.slice(-PERIOD_STEPS * 4);
  const mean = (set: 0 | 1) => last.reduce((sum, each) => sum + each[set], 0) / last.length;
  return { edges, torque0: mean(0), torque1: mean(1), late0, late1, peak };
}
