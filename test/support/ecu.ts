/** The dual-block machine with assembled programs in place of its firmware. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Machine } from "../../host/core/machine.js";
import type { Firmware } from "../../host/machine/firmware.js";
import { elaborate, parseMachine } from "../../host/machine/index.js";
import { readJson } from "../../host/machine/jsonc.js";
import * as asm from "../../host/reference/assembler.js";
import { type Build, coreModule } from "./core.js";

const MODELS = join(dirname(fileURLToPath(import.meta.url)), "../../firmware-models");
/** Boot address: programs lie here in the ROM alias, and run with RAM from ramOf(k) on. */
export const BOOT = 0x80;
export const SHARED = 0x2000_0000;

export const blockBase = (block: number): number => 0x1000_0000 + block * 0x0100_0000;
export const ramOf = (block: number): number => blockBase(block) + 0x10_0000;

/** Places of a block's devices, from its base. */
export const PLACES = {
  rom: 0x00_0000,
  ram: 0x10_0000,
  pwm: 0x20_0000,
  timer: 0x21_0000,
  watchdog: 0x22_0000,
  uart: 0x23_0000,
  adc: 0x24_0000,
  interrupts: 0x25_0000,
  lockstep: 0x26_0000,
  status: 0x27_0000,
  supply: 0x28_0000,
} as const;

export type Items = readonly asm.Item[];

/** A loop that does nothing for ever. */
export const SPIN: Items = [
  { label: "spin" },
  asm.to("spin", (offset) => asm.jal(asm.R.zero, offset)),
];

/** Stores a word to an absolute address; uses t5 and t6. */
export const poke = (address: number, value: number): asm.Item[] => [
  ...asm.li(asm.R.t5, address),
  ...asm.li(asm.R.t6, value),
  asm.sw(asm.R.t6, asm.R.t5, 0),
];

// biome-ignore lint/suspicious/noExplicitAny: a machine file as plain JSON, for tests to change.
export type MachineJson = any;

/** The machine file, changed by `change`. */
export function ecuFile(change: (file: MachineJson) => void = () => {}): MachineJson {
  const path = join(MODELS, "dual-block-ecu/machine.json");
  const file = readJson(readFileSync(path, "utf8"), path).value as MachineJson;
  for (const node of Object.values(file.nodes) as MachineJson[]) delete node.firmware;
  change(file);
  return file;
}

/** A machine with a program for each block. */
export async function ecuMachine(
  programs: readonly Items[],
  { build = "release", change = () => {} }: EcuOptions = {},
): Promise<Machine> {
  const file = ecuFile(change);
  const description = parseMachine(JSON.stringify(file), "machine.json");
  const firmware = new Map(programs.map((items, k) => [`block${k}`, program(items)]));
  return Machine.create(elaborate(description, firmware, {}), { module: await coreModule(build) });
}

export interface EcuOptions {
  readonly build?: Build;
  readonly change?: (file: MachineJson) => void;
}

function program(items: Items): Firmware {
  const { bytes } = asm.assemble(BOOT, items);
  return {
    file: "program.S",
    entry: BOOT,
    segments: [{ address: BOOT, virtualAddress: BOOT, bytes, memorySize: bytes.length }],
    symbols: [],
  } as Firmware;
}

/** Index of a unit or a clock domain by name. */
export function unitOf(machine: Machine, name: string): number {
  const index = machine.image.units.findIndex((unit) => unit.name === name);
  if (index < 0) throw new Error(`no unit ${name}`);
  return index;
}
export function clockOf(machine: Machine, name: string): number {
  const index = machine.image.domains.findIndex((domain) => domain.name === name);
  if (index < 0) throw new Error(`no clock ${name}`);
  return index;
}

/** Picoseconds of a number of cycles at 80 MHz. */
export const cycles = (count: number): bigint => BigInt(count) * 12_500n;
