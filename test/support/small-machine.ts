/** Small machines for tests: nodes of one RAM and some devices, running assembled programs. */
import { Machine } from "../../host/core/machine.js";
import type { Firmware } from "../../host/machine/firmware.js";
import { elaborate, parseMachine } from "../../host/machine/index.js";
import { assemble, type Item } from "../../host/reference/assembler.js";
import { type Build, coreModule } from "./core.js";

export const RAM_BASE = 0x8000_0000;
export const SHARED_BASE = 0x9000_0000;
export const CLINT_BASE = 0x0200_0000;
export const GPIO_BASE = 0x1000_2000;
export const WATCHDOG_BASE = 0x1000_4000;
export const STATUS_BASE = 0x1000_5000;

export interface SmallMachine {
  /** Program of each node, assembled at RAM_BASE. */
  readonly programs: Readonly<Record<string, readonly Item[]>>;
  /** Clock of each node in Hz; 100 MHz where not given. */
  readonly rates?: Readonly<Record<string, number>>;
  /** Devices by name, the same in each node, at their places of the boards' map. */
  readonly devices?: readonly ("clint" | "gpio" | "watchdog" | "status")[];
  /** A shared RAM of 4K at SHARED_BASE, clocked as the first node: latency 2, occupancy 1. */
  readonly shared?: boolean;
  readonly wires?: readonly { from: string; to: string; latency_cycles: number }[];
  readonly halt_latency?: string;
  /** Further clocks, and devices of no node, as in a machine file. */
  readonly clocks?: Readonly<Record<string, unknown>>;
  readonly sharedDevices?: Readonly<Record<string, unknown>>;
  /** Clock of a node where it is not one of its own name. */
  readonly nodeClocks?: Readonly<Record<string, string>>;
}

const PLACES = {
  clint: { kind: "clint", base: "0x0200_0000", clock: "rtc" },
  gpio: { kind: "gpio", base: "0x1000_2000" },
  watchdog: { kind: "watchdog", base: "0x1000_4000" },
  status: { kind: "status", base: "0x1000_5000" },
} as const;

/** Makes the machine; its nodes start at RAM_BASE at time 0. */
export async function smallMachine(what: SmallMachine, build: Build = "release"): Promise<Machine> {
  const names = Object.keys(what.programs);
  const clocks: Record<string, unknown> = { rtc: { rate_hz: 10_000_000 } };
  const nodes: Record<string, unknown> = {};
  for (const name of names) {
    const clock = what.nodeClocks?.[name] ?? name;
    if (clock === name) clocks[name] = { rate_hz: what.rates?.[name] ?? 100_000_000 };
    nodes[name] = {
      isa: "rv32imac",
      timing: "ibex-small",
      clock,
      boot: RAM_BASE,
      memories: { ram: { kind: "ram", base: RAM_BASE, size: "8K" } },
      devices: Object.fromEntries((what.devices ?? []).map((kind) => [kind, PLACES[kind]])),
    };
  }
  Object.assign(clocks, what.clocks);
  if (!what.devices?.includes("clint")) delete clocks.rtc;
  const description = {
    machine: "small",
    summary: "A machine of a test.",
    clocks,
    nodes,
    ...(what.shared
      ? {
          shared: {
            pool: {
              base: SHARED_BASE,
              size: "4K",
              clock: names[0],
              latency_cycles: 2,
              occupancy_cycles: 1,
              nodes: names,
            },
          },
        }
      : {}),
    ...(what.sharedDevices ? { devices: what.sharedDevices } : {}),
    ...(what.wires ? { wires: what.wires } : {}),
    ...(what.halt_latency ? { halt_latency: what.halt_latency } : {}),
  };
  const parsed = parseMachine(JSON.stringify(description), "small.json");
  const firmware = new Map(names.map((name) => [name, program(name, what.programs[name]!)]));
  const image = elaborate(parsed, firmware, {});
  return Machine.create(image, { module: await coreModule(build) });
}

function program(name: string, items: readonly Item[]): Firmware {
  const { bytes } = assemble(RAM_BASE, items);
  return {
    file: `${name}.S`,
    entry: RAM_BASE,
    segments: [{ address: RAM_BASE, virtualAddress: RAM_BASE, bytes, memorySize: bytes.length }],
    symbols: [],
  } as Firmware;
}

/** A word of a node's memory. */
export function word(machine: Machine, hart: number, address: number): number {
  const bytes = machine.readMemory(hart, address, 4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}
