/**
 * What `hotspare describe` says of a machine, as plain data: the JSON form is this object, the text
 * and the picture are made from it (describe-text.ts, describe-svg.ts). Addresses are 0x texts,
 * times and rates decimal texts; nodes of a group stand in one row.
 */

import {
  RegionKind,
  RIGHT_ATOMIC,
  RIGHT_EXECUTE,
  RIGHT_READ,
  RIGHT_WRITE,
  UnitKind,
} from "../../assembly/kernel/abi.js";
import { PAGE_BYTES } from "../../assembly/kernel/layout.js";
import type { MachineDescription, NodeDescription } from "./description.js";
import { DEVICE_KINDS } from "./kinds.js";
import { lookahead } from "./lookahead.js";
import { plan as planMachine } from "./plan.js";
import type { MachinePlan, PlanHart, RegionRow } from "./plan-types.js";

export interface RegionReport {
  readonly base: string;
  /** Last address inside. */
  readonly last: string;
  readonly size: number;
  readonly name: string;
  /** `ram`, `rom`, `shared`, `foreign`, or the device's kind. */
  readonly kind: string;
  /** Of `rwxa`: read, write, execute, atomic; `-` where absent. */
  readonly rights: string;
  readonly note: string;
}

export interface NodeReport {
  /** `a`, or `tile0..tile1471` for a group. */
  readonly name: string;
  readonly count: number;
  readonly isa: string;
  readonly timing: string;
  readonly clock: string;
  readonly boot: string;
  readonly firmware: string | null;
  readonly map: readonly RegionReport[];
}

export interface WireReport {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Of the receiver's clock. */
  readonly latency_cycles: number;
  readonly clock: string;
}

export interface MachineReport {
  readonly machine: string;
  readonly summary: string;
  readonly model_id: number;
  readonly seed: string;
  readonly clocks: readonly {
    name: string;
    rate_mhz: string;
    /** The clock that it follows at first, or null. */
    follows: string | null;
    drives: readonly string[];
  }[];
  readonly nodes: readonly NodeReport[];
  readonly shared: readonly {
    name: string;
    base: string;
    size: number;
    clock: string;
    latency_cycles: number;
    occupancy_cycles: number;
    nodes: readonly string[];
  }[];
  /** Devices that several nodes reach. */
  readonly devices: readonly {
    name: string;
    kind: string;
    clock: string;
    views: readonly { node: string; base: string; offset: string; size: number; rights: string }[];
  }[];
  /** Wires inside one node, one node of each group: interrupt lines. */
  readonly node_wires: readonly WireReport[];
  /** Wires between nodes. */
  readonly wires: readonly WireReport[];
  readonly links: readonly { between: readonly [string, string]; latency_ps: string }[];
  readonly uarts: readonly { name: string; linked: boolean }[];
  /** Pairs of nodes between which a path of wires and links exists. */
  readonly lookahead: readonly {
    from: string;
    to: string;
    latency_ps: string;
    latency_cycles: string;
    close: boolean;
    via: readonly string[];
  }[];
  readonly limits: {
    harts: number;
    units: number;
    state_bytes: number;
    hot_bytes: number;
    halt_latency_ps: string;
  };
  readonly not_modelled: readonly string[];
}

/** @throws UserError E113 when the machine is too large. */
export function describeMachine(description: MachineDescription): MachineReport {
  const plan = planMachine(description);
  const name = (hart: number): string => plan.harts[hart]!.name;
  return {
    machine: description.machine,
    summary: description.summary,
    model_id: description.modelId,
    seed: String(description.seed),
    clocks: clockReports(description),
    nodes: description.nodes.map((node) => nodeReport(plan, node)),
    shared: description.shared.map((shared) => ({
      name: shared.name,
      base: hex(shared.base),
      size: shared.size,
      clock: shared.clock,
      latency_cycles: shared.latency_cycles,
      occupancy_cycles: shared.occupancy_cycles,
      nodes: shared.nodes,
    })),
    devices: description.devices.map(({ name, kind, clock, views }) => ({
      name,
      kind,
      clock,
      views: views.map(({ node, base, offset, size, rights }) => ({
        node,
        base: hex(base),
        offset: hex(offset),
        size,
        rights,
      })),
    })),
    ...wireReports(plan),
    links: description.links.map(({ between, latency_ps }) => ({
      between,
      latency_ps: String(latency_ps),
    })),
    uarts: plan.uarts.map(({ name, linked }) => ({ name, linked })),
    lookahead: lookahead(plan).map((pair) => ({
      from: name(pair.from),
      to: name(pair.to),
      latency_ps: String(pair.latency_ps),
      latency_cycles: String(pair.latency_cycles),
      close: pair.close,
      via: pair.via,
    })),
    limits: {
      harts: plan.harts.length,
      units: plan.units.length,
      state_bytes: plan.stateBytes,
      hot_bytes: plan.hotBytes,
      halt_latency_ps: String(plan.haltLatency_ps),
    },
    not_modelled: description.notModelled,
  };
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}

/** What each clock drives: nodes by name, devices that have a clock of their own, memories. */
function clockReports(description: MachineDescription): MachineReport["clocks"] {
  return description.clocks.map(({ name, rate_mhz, feeder }) => {
    const drives = [
      ...description.nodes.filter(({ clock }) => clock === name).map((node) => node.name),
      ...description.nodes.flatMap((node) =>
        node.devices
          .filter(({ clock }) => clock === name && clock !== node.clock)
          .map((device) => `${node.name}.${device.name}`),
      ),
      ...description.shared.filter(({ clock }) => clock === name).map((shared) => shared.name),
      ...description.devices.filter(({ clock }) => clock === name).map((device) => device.name),
      ...description.clocks.filter((clock) => clock.feeder === name).map((clock) => clock.name),
    ];
    return { name, rate_mhz: String(rate_mhz), follows: feeder, drives };
  });
}

function nodeReport(plan: MachinePlan, node: NodeDescription): NodeReport {
  const harts = plan.harts.filter((hart) => hart.node === node);
  const first = harts[0]!;
  const rows = plan.regions.slice(first.firstRegion, first.firstRegion + first.regionCount);
  return {
    name: harts.length > 1 ? `${first.name}..${harts.at(-1)!.name}` : first.name,
    count: harts.length,
    isa: node.isa,
    timing: node.timing,
    clock: node.clock,
    boot: hex(node.boot),
    firmware: node.firmware,
    map: rows.map((row) => regionReport(row, first)),
  };
}

const KIND_NAMES: Readonly<Record<number, string>> = {
  [RegionKind.RAM]: "ram",
  [RegionKind.ROM]: "rom",
  [RegionKind.SHARED]: "shared",
  [RegionKind.FOREIGN]: "foreign",
  [RegionKind.SHARED_DEVICE]: "shared device",
};

function regionReport(row: RegionRow, hart: PlanHart): RegionReport {
  const device = hart.node.devices.find(
    ({ name }) => row.kind === RegionKind.DEVICE && name === row.name,
  );
  const memory = hart.memories.find(({ address }) => address === row.address);
  const notes = [
    memory?.aliasBases.includes(row.base) ? `alias of ${hex(memory.guestBase)}` : "",
    row.wait_cycles > 0 ? `${row.wait_cycles} wait states` : "",
    row.owner === null ? "" : `of ${row.owner}: no bus path`,
    row.offset > 0 ? `registers from ${hex(row.offset)}` : "",
    device === undefined ? "" : DEVICE_KINDS[device.kind].meaning,
    device?.interrupt == null ? "" : `interrupt line ${device.interrupt}`,
    device === undefined || device.clock === hart.node.clock ? "" : `clock ${device.clock}`,
  ];
  const rights = [
    [RIGHT_READ, "r"],
    [RIGHT_WRITE, "w"],
    [RIGHT_EXECUTE, "x"],
    [RIGHT_ATOMIC, "a"],
  ] as const;
  return {
    base: hex(row.base),
    last: hex(row.base + row.size - 1),
    size: row.size,
    name: row.name,
    kind: device?.kind ?? KIND_NAMES[row.kind]!,
    rights: rights.map(([bit, letter]) => (row.rights & bit ? letter : "-")).join(""),
    note: notes.filter((note) => note !== "").join("; "),
  };
}

/** Wires between nodes, and those inside the first node of each row of the file. */
function wireReports(plan: MachinePlan): Pick<MachineReport, "node_wires" | "wires"> {
  const node_wires: WireReport[] = [];
  const wires: WireReport[] = [];
  const firsts = new Set(
    plan.description.nodes.map((node) => plan.harts.findIndex((hart) => hart.node === node)),
  );
  for (const { name, unit, latency_cycles } of plan.wires) {
    const row = plan.units[unit]!;
    const [from = "", to = ""] = name.split(">");
    const report = { name, from, to, latency_cycles, clock: plan.domains[row.domain]!.name };
    if (row.hart === null) wires.push(report);
    else if (firsts.has(row.hart) && !isLineToHart(plan, unit)) node_wires.push(report);
  }
  return { node_wires, wires };
}

/** The 15 outputs of an interrupt unit and the two of a CLINT are the same everywhere. */
function isLineToHart(plan: MachinePlan, unit: number): boolean {
  return plan.units[plan.units[unit]!.params[2]!]!.kind === UnitKind.HART;
}

/** Pages of state, for a line of text. */
export function statePages(report: MachineReport): number {
  return report.limits.state_bytes / PAGE_BYTES;
}
