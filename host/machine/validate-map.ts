/**
 * Address maps: alignment, ranges, overlaps, boot addresses, and the size of the whole state.
 */

import { PAGE_BYTES } from "../../assembly/kernel/layout.js";
import type { Place } from "../error/index.js";
import type { MachineDescription, NodeDescription } from "./description.js";
import { refuse } from "./errors.js";
import { deviceKind, misaOf } from "./kinds.js";
import * as limits from "./limits.js";
import type { NameTable } from "./names.js";
import { suggestion } from "./nearest.js";
import { addressText, rangeText, sizeText } from "./quantities.js";

const ADDRESS_SPACE = 2 ** 32;
const MISA_C = 1 << 2;

/** One line of a node's address map, as declared. */
interface Row {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  /** Bases and sizes are multiples of this. */
  readonly unit: number;
  readonly executable: boolean;
  readonly place: Place;
}

export function validateMaps(description: MachineDescription, names: NameTable): void {
  const sharers = sharedByNode(description, names);
  for (const node of description.nodes) {
    const rows = [
      ...ownRows(node, names),
      ...(sharers.get(node) ?? []),
      ...viewsOf(node, description, names),
    ];
    if (rows.length > limits.MAX_REGIONS_PER_NODE) {
      const what = `the node "${node.name}" has ${rows.length} regions in its address map`;
      refuse("E113", what, node.place, `at most ${limits.MAX_REGIONS_PER_NODE}`);
    }
    for (const row of rows) checkRow(row);
    checkOverlaps(rows);
    checkBoot(node, rows);
  }
  for (const shared of description.shared) {
    checkRow({ ...shared, unit: PAGE_BYTES, executable: false });
  }
  checkTotal(description);
}

function ownRows(node: NodeDescription, names: NameTable): Row[] {
  const rows: Row[] = [];
  for (const memory of node.memories) {
    const { name, size, place } = memory;
    const page = { size, unit: PAGE_BYTES, executable: true, place };
    rows.push({ name, base: memory.base, ...page });
    if (memory.kind !== "rom" && memory.aliasBases.length > 0) {
      const what = `the memory "${name}" is no rom but has aliases`;
      refuse("E102", what, place, 'remove "alias_bases"');
    }
    memory.aliasBases.forEach((base, k) => {
      rows.push({ name: `${name} alias ${k}`, base, ...page });
    });
  }
  for (const { name, kind, base, place } of node.devices) {
    const size = deviceKind(kind).window_bytes;
    rows.push({ name, base, size, unit: size, executable: false, place });
  }
  for (const { name, base, size, owner, place } of node.foreign) {
    if (names.nodes(owner) === undefined) {
      const what = `the owner "${owner.slice(0, 60)}" of the foreign place "${name}" is no node`;
      refuse("E106", what, place, suggestion(owner, names.known()));
    }
    rows.push({ name, base, size, unit: PAGE_BYTES, executable: false, place });
  }
  return rows;
}

/** Rows of the shared memories by node; a group has one as soon as one of its nodes reaches it. */
function sharedByNode(
  description: MachineDescription,
  names: NameTable,
): Map<NodeDescription, Row[]> {
  const rows = new Map<NodeDescription, Row[]>();
  for (const shared of description.shared) {
    const nodes = new Set(
      shared.nodes.flatMap((name) => names.nodes(name) ?? []).map((n) => n.node),
    );
    for (const node of nodes) {
      const list = rows.get(node) ?? [];
      list.push({ ...shared, unit: PAGE_BYTES, executable: false });
      rows.set(node, list);
    }
  }
  return rows;
}

/** Where a node, or one of a group, sees devices of no node. */
function viewsOf(node: NodeDescription, description: MachineDescription, names: NameTable): Row[] {
  return description.devices.flatMap(({ name, views }) =>
    views
      .filter((view) => names.nodes(view.node)?.some((found) => found.node === node))
      .map(({ base, size, place }) => ({
        name,
        base,
        size,
        unit: PAGE_BYTES,
        executable: false,
        place,
      })),
  );
}

function checkRow({ name, base, size, unit, place }: Row): void {
  for (const [what, value] of [
    ["base", base],
    ["size", size],
  ] as const) {
    if (value % unit !== 0) {
      const shown = what === "base" ? addressText(value) : sizeText(value);
      refuse(
        "E105",
        `region "${name}": the ${what} ${shown} is no multiple of ${sizeText(unit)}`,
        place,
        `choose a multiple of ${sizeText(unit)}`,
      );
    }
  }
  if (base + size > ADDRESS_SPACE) {
    const range = `${addressText(base)} + ${sizeText(size)}`;
    const what = `region "${name}" leaves the 32-bit address space: ${range}`;
    refuse("E105", what, place, "choose a lower base or a smaller size");
  }
}

function checkOverlaps(rows: readonly Row[]): void {
  const order = new Map(rows.map((row, k) => [row, k]));
  const sorted = [...rows].sort((a, b) => a.base - b.base || order.get(a)! - order.get(b)!);
  sorted.forEach((row, k) => {
    const before = sorted[k - 1];
    if (before === undefined || before.base + before.size <= row.base) return;
    const [first, second] = order.get(before)! < order.get(row)! ? [before, row] : [row, before];
    const end = Math.min(before.base + before.size, row.base + row.size);
    const range = rangeText(row.base, end - row.base);
    const hint = `move one of them: "${first.name}" lies at ${rangeText(first.base, first.size)}`;
    refuse(
      "E104",
      `region "${second.name}" overlaps "${first.name}" at ${range}`,
      second.place,
      hint,
    );
  });
}

function checkBoot(node: NodeDescription, rows: readonly Row[]): void {
  const { boot, bootPlace } = node;
  const unit = (misaOf(node.isa) ?? 0) & MISA_C ? 2 : 4;
  if (boot % unit !== 0) {
    const what = `the boot address ${addressText(boot)} is no multiple of ${unit}`;
    refuse("E105", what, bootPlace, `an ${node.isa} hart needs a multiple of ${unit}`);
  }
  const inside = rows.some(
    ({ base, size, executable }) => executable && boot >= base && boot < base + size,
  );
  if (!inside) {
    const what = `the boot address ${addressText(boot)} of "${node.name}" lies in no memory`;
    const hint = "give an address in a rom or ram of the node";
    refuse("E117", what, bootPlace, hint);
  }
}

/** A lower bound of the state; `plan` checks the exact sum again. */
function checkTotal(description: MachineDescription): void {
  let bytes = description.shared.reduce((sum, { size }) => sum + size, 0);
  for (const { count, memories } of description.nodes) {
    bytes += (count ?? 1) * memories.reduce((sum, { size }) => sum + size, 0);
  }
  if (bytes > limits.MAX_STATE_BYTES) {
    const what = `the memories hold ${Math.ceil(bytes / 2 ** 20)}M in all`;
    const hint = `at most ${sizeText(limits.MAX_STATE_BYTES)}: use smaller memories or fewer nodes`;
    refuse("E113", what, description.place, hint);
  }
}
