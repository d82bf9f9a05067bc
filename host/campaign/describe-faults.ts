/** What `hotspare describe MODEL --faults` says: targets of a machine, and what breaks them. */

import type { MachineDescription } from "../machine/description.js";
import { deviceKind } from "../machine/kinds.js";
import { plan } from "../machine/plan.js";
import { KIND_ROWS, type TargetClass, valueNames } from "./fault-kinds.js";
import { deviceKindOf } from "./fault-targets.js";

export interface FaultTargets {
  readonly class: TargetClass;
  /** How they are named; names in capitals stand for what the machine has. */
  readonly names: readonly string[];
  readonly kinds: readonly {
    readonly kind: string;
    readonly values: readonly string[];
    readonly meaning: string;
  }[];
}

export interface FaultsReport {
  readonly machine: string;
  readonly triggers: readonly string[];
  readonly targets: readonly FaultTargets[];
}

const TRIGGERS = [
  "t=TIME or t=A..B (also cycles: 500c, 500c@CLOCK)",
  "pc=NODE/SYMBOL or NODE/ADDRESS",
  "read= write= access=NODE/SYMBOL or NODE/ADDRESS",
  "trace=UNIT.EVENT(name=value,...)",
  "wire=NAME=0 or wire=NAME=1",
];

/** Targets and kinds of a machine. No firmware is needed. */
export function faultsReport(description: MachineDescription): FaultsReport {
  const machine = plan(description);
  const nodes = machine.harts.map(({ name }) => name);
  const devices = machine.units.filter(({ kind }) => deviceKindOf(kind) !== undefined);
  const linked = new Set(machine.links.flatMap(({ fromUnit, toUnit }) => [fromUnit, toUnit]));
  const ends = (wanted: boolean) =>
    machine.uarts
      .filter(({ unit }) => linked.has(unit) === wanted)
      .flatMap(({ name }) => [`${name}.tx`, `${name}.rx`]);
  const names: readonly (readonly [TargetClass, readonly string[]])[] = [
    ["node", nodes],
    ["register", nodes.flatMap((node) => [`${node}.x1 .. x31`, `${node}.pc (flip)`])],
    ["csr", nodes.map((node) => `${node}.CSR`)],
    [
      "memory",
      [
        ...nodes.map((node) => `${node}/SYMBOL+OFFSET or ${node}/ADDRESS`),
        ...machine.memories.map(({ name }) => `${name}/OFFSET`),
      ],
    ],
    ["device register", devices.map(({ name }) => `${name}/OFFSET`)],
    ["clock", machine.domains.map(({ name }) => name)],
    ["wire", machine.wires.map(({ name }) => name)],
    ["link", ends(true)],
    ["line", ends(false)],
    ["shared memory", machine.memories.filter((one) => one.hart === null).map((one) => one.name)],
  ];
  const targets = names
    .filter(([, list]) => list.length > 0)
    .map(([type, list]) => rowsOf(type, list));
  return {
    machine: description.machine,
    triggers: TRIGGERS,
    targets: [...targets, ...sites(devices)],
  };
}

function rowsOf(type: TargetClass, names: readonly string[]): FaultTargets {
  const kinds = KIND_ROWS.filter(({ target }) => target === type).map((row) => ({
    kind: row.kind,
    values: valueNames(row).filter((name) => name !== "n" && name !== "id"),
    meaning: row.meaning,
  }));
  return { class: type, names, kinds };
}

/** Devices with sites of their own, one row a kind of device. */
function sites(
  devices: readonly { readonly name: string; readonly kind: number }[],
): FaultTargets[] {
  const rows = new Map<string, string[]>();
  for (const { name, kind } of devices) {
    const device = deviceKindOf(kind)!;
    if (device.faults !== undefined)
      rows.set(device.name, [...(rows.get(device.name) ?? []), name]);
  }
  return [...rows].map(([kind, names]) => ({
    class: "device" as const,
    names,
    kinds: [...(deviceKind(kind as never).faults ?? [])].map(([site, { value, meaning }]) => ({
      kind: site,
      values: value === undefined ? [] : [`value (${value})`, "off", "for"],
      meaning,
    })),
  }));
}

/** The report as text. */
export function faultsText({ machine, triggers, targets }: FaultsReport): string {
  const lines = [
    `faults of ${machine}: KIND@TRIGGER:TARGET[:name=value,...]`,
    "",
    "triggers (n=N: the n-th time)",
    ...triggers.map((text) => `  ${text}`),
  ];
  for (const { class: type, names, kinds } of targets) {
    lines.push("", type, ...names.map((name) => `  ${name}`));
    for (const { kind, values, meaning } of kinds) {
      const taken = values.length === 0 ? "" : ` (${values.join(", ")})`;
      lines.push(`    ${kind}: ${meaning}${taken}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
