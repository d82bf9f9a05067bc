/**
 * Wires, interrupt lines and links: their ends exist, no input has two drivers, no UART two links,
 * and every latency is at least one cycle of the receiver (architecture, section 3).
 */

import type { Place } from "../error/index.js";
import type { DeviceDescription, MachineDescription, NodeDescription } from "./description.js";
import { refuse } from "./errors.js";
import { INTERRUPT_LINES } from "./kinds.js";
import { MAX_LINK_UART_CYCLES, MAX_PORTS, MAX_SHARED_WAIT_CYCLES } from "./limits.js";
import type { FoundDevice, FoundPin, NameTable } from "./names.js";
import { rateText, timeText } from "./quantities.js";

/** Picoseconds of a second, times millihertz of a hertz. */
const PS_TIMES_MILLI = 10n ** 15n;

/** Picoseconds of one cycle, rounded up. */
export function cycle_ps(rate_mhz: bigint): bigint {
  return (PS_TIMES_MILLI + rate_mhz - 1n) / rate_mhz;
}

export function validateWiring(description: MachineDescription, names: NameTable): void {
  const drivers = new Map<string, string>();
  for (const node of description.nodes) checkInterrupts(node);
  for (const { from, to, place } of description.wires) {
    const source = names.pin(from, "output", place);
    const target = names.pin(to, "input", place);
    const pin = `${target.name}.${target.pin}`;
    const line = lineDriver(target);
    if (line !== undefined) {
      const what = `"${from}" drives "${pin}", which "${line.name}" of that node drives already`;
      refuse("E110", what, place, "choose another line, or another interrupt number");
    }
    const other = drivers.get(pin);
    if (other !== undefined) {
      const what = `"${pin}" is driven by "${source.name}.${source.pin}" and by "${other}"`;
      refuse("E109", what, place, "an input has one driver: remove one wire");
    }
    drivers.set(pin, `${source.name}.${source.pin}`);
    checkReceiverClock(description, source, target, place);
  }
  checkLinks(description, names);
  checkHaltLatency(description);
  checkSharedWaits(description);
}

/** The device whose `interrupt` number claims this input of the node's interrupt unit. */
function lineDriver({ owner, node, bit }: FoundPin): DeviceDescription | undefined {
  if (owner.device?.kind !== "interrupt-unit") return undefined;
  return node?.devices.find(({ interrupt }) => interrupt === bit);
}

/**
 * A wire between nodes may not end in a clock that follows a feeder: when the receiver switches, an
 * edge that is on its way would depend on who ran ahead.
 */
function checkReceiverClock(
  description: MachineDescription,
  source: FoundPin,
  target: FoundPin,
  place: Place,
): void {
  if (target.owner.hart === null || source.owner.hart === target.owner.hart) return;
  if (target.owner.device === null && source.owner.hart === null) return; // in the source's clock
  const name = target.owner.device?.clock ?? target.node!.clock;
  const clock = description.clocks.find((row) => row.name === name);
  if (clock?.feeder == null) return;
  const what = `a wire from outside ends at "${target.name}", whose clock "${name}" follows a feeder`;
  refuse("E115", what, place, "give the receiving device a clock with a rate of its own");
}

function checkInterrupts(node: NodeDescription): void {
  const unit = node.devices.find(({ kind }) => kind === "interrupt-unit");
  const lines = new Map<number, DeviceDescription>();
  for (const device of node.devices) {
    const { interrupt, place } = device;
    if (interrupt === null) continue;
    if (unit === undefined) {
      const what = `"${node.name}.${device.name}" has an interrupt number but no interrupt unit`;
      const hint = `give the node a device of kind "interrupt-unit", or remove "interrupt"`;
      refuse("E118", what, place, hint);
    }
    const other = lines.get(interrupt);
    if (other !== undefined) {
      const what = `"${device.name}" and "${other.name}" of "${node.name}" share line ${interrupt}`;
      refuse("E110", what, place, `free: ${freeLines(node)}`);
    }
    lines.set(interrupt, device);
  }
}

function freeLines(node: NodeDescription): string {
  const used = new Set(node.devices.map(({ interrupt }) => interrupt));
  const free = Array.from({ length: INTERRUPT_LINES }, (_, line) => line).filter(
    (line) => !used.has(line),
  );
  return free.length === 0 ? "none" : free.join(", ");
}

function checkLinks(description: MachineDescription, names: NameTable): void {
  const rates = new Map(description.clocks.map(({ name, rate_mhz }) => [name, rate_mhz]));
  const linked = new Set<string>();
  for (const { between, latency_ps, place } of description.links) {
    const ends = between.map((text) => uartOf(text, names, place));
    for (const end of ends) {
      if (linked.has(end.name)) {
        const what = `the UART "${end.name}" is linked twice`;
        refuse("E114", what, place, "a UART has one line: use another UART or remove a link");
      }
      linked.add(end.name);
      const rate_mhz = rates.get(end.device.clock)!;
      if (latency_ps < cycle_ps(rate_mhz)) {
        const what = `a latency of ${timeText(latency_ps)} is less than a cycle of "${end.name}"`;
        const hint = `at ${rateText(rate_mhz)} at least ${cycle_ps(rate_mhz)}ps`;
        refuse("E115", what, place, hint);
      }
      const most = (MAX_LINK_UART_CYCLES * PS_TIMES_MILLI) / rate_mhz;
      if (latency_ps > most) {
        const what = `a latency of ${timeText(latency_ps)} is more than a link holds in flight`;
        refuse("E115", what, place, `from "${end.name}" at most ${most / 1000n}ns`);
      }
    }
  }
}

function uartOf(text: string, names: NameTable, place: Place): FoundDevice {
  const found = names.device(text, place);
  if (found.device.kind !== "ns16550a") {
    const what = `"${found.name}" is a ${found.device.kind}, not a UART`;
    refuse("E114", what, place, "a link joins two UARTs, NODE.uartN");
  }
  return found;
}

/** A hart never waits for shared memory longer than conversions reach (kernel/clock.ts). */
function checkSharedWaits(description: MachineDescription): void {
  const rates = new Map(description.clocks.map(({ name, rate_mhz }) => [name, rate_mhz]));
  const fastest = longest(description.nodes.map(({ clock }) => rates.get(clock)!));
  for (const shared of description.shared) {
    const { latency_cycles, occupancy_cycles, clock, name, place } = shared;
    const queue_cycles = BigInt(latency_cycles + occupancy_cycles * MAX_PORTS);
    if ((queue_cycles * fastest) / rates.get(clock)! <= MAX_SHARED_WAIT_CYCLES) continue;
    const what = `an access to "${name}" could take more cycles of a hart than the core can hold`;
    const hint = `at most ${MAX_SHARED_WAIT_CYCLES}: a faster clock or less latency and occupancy`;
    refuse("E115", what, place, hint);
  }
}

/** A halt reaches another hart no sooner than a wire could. */
function checkHaltLatency(description: MachineDescription): void {
  const { haltLatency_ps } = description;
  if (haltLatency_ps === null) return;
  const least = slowestCycle_ps(description);
  if (haltLatency_ps < least) {
    const what = `the halt latency ${timeText(haltLatency_ps)} is less than a node's cycle`;
    refuse("E115", what, description.place, `set "halt_latency" to at least ${least}ps`);
  }
}

/** Picoseconds of a cycle of the slowest hart, rounded up. */
export function slowestCycle_ps(description: MachineDescription): bigint {
  const rates = new Map(description.clocks.map(({ name, rate_mhz }) => [name, rate_mhz]));
  return longest(description.nodes.map(({ clock }) => cycle_ps(rates.get(clock)!)));
}

/** The greatest of some times; 0 of none. */
export function longest(times_ps: readonly bigint[]): bigint {
  let most = 0n;
  for (const time_ps of times_ps) if (time_ps > most) most = time_ps;
  return most;
}
