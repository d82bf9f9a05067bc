/**
 * L(a, b): the least latency of any path by which node a can affect node b without an access by b
 * (architecture, section 3). A path is a wire or link between two nodes, or leads through devices
 * that belong to no node: in by a wire or by an access, on by their wires. Derived memory: rows
 * { from u32, to u32, latency u64 ps }, one for each ordered pair that has a path.
 */
import { RIGHT_WRITE, RegionKind, UnitKind } from "../kernel/abi";
import { NEVER } from "../kernel/clock";
import {
  DERIVED_BASE,
  D_LOOKAHEAD,
  D_LOOKAHEAD_COUNT,
  D_PATHS,
  HART_REGIONS,
  HART_REGION_COUNT,
  H_HART_COUNT,
  H_REGIONS,
  H_UNIT_COUNT,
  NONE,
  REGION_BYTES,
  REGION_KIND,
  REGION_RIGHTS,
  REGION_UNIT,
  UNIT_KIND,
  UNIT_NODE,
  UNIT_PARAM0,
  UNIT_PARAM2,
} from "../kernel/layout";
import { block, field, header } from "./units";
import { wireLatencyTime } from "./wiring";

/** Nodes up to which paths through shared devices are kept as a full matrix. */
const MATRIX_HARTS: u32 = 64;

/** Rows that the list may need. */
export function lookaheadRows(units: u32, harts: u32): u32 {
  return units + (harts <= MATRIX_HARTS ? harts * harts : 0);
}

// @ts-ignore: decorator
@inline
function paths(): usize {
  return <usize>load<u32>(DERIVED_BASE, D_PATHS);
}

// @ts-ignore: decorator
@inline
function isPath(unit: u32): bool {
  const kind = field(unit, UNIT_KIND);
  const joins = kind == UnitKind.WIRE || kind == UnitKind.SERIAL_LINK;
  return joins && field(unit, UNIT_NODE) == NONE;
}

/** Takes all rows anew: after elaboration, and when a clock has changed. */
export function listLookahead(): void {
  store<u32>(DERIVED_BASE, 0, D_LOOKAHEAD_COUNT);
  const harts = header(H_HART_COUNT);
  const units = header(H_UNIT_COUNT);
  for (let unit = harts; unit < units; unit++) {
    if (!isPath(unit)) continue;
    const from = field(field(unit, UNIT_PARAM0), UNIT_NODE);
    const to = field(field(unit, UNIT_PARAM2), UNIT_NODE);
    if (from != NONE && to != NONE) addRow(from, to, wireLatencyTime(unit));
  }
  if (harts > MATRIX_HARTS) return;
  for (let hart: u32 = 0; hart < harts; hart++) listThroughDevices(hart, harts, units);
}

/** Paths from one node through devices of no node. */
function listThroughDevices(from: u32, harts: u32, units: u32): void {
  const reach = paths();
  memory.fill(reach, 0xff, <usize>units << 3);
  if (!reachByAccess(from) && !hasWireToDevice(from, harts, units)) return;
  for (let changed = true; changed; ) {
    changed = false;
    for (let unit = harts; unit < units; unit++) {
      if (!isPath(unit)) continue;
      const source = field(unit, UNIT_PARAM0);
      const target = field(unit, UNIT_PARAM2);
      if (field(target, UNIT_NODE) != NONE) continue;
      const owner = field(source, UNIT_NODE);
      const start: u64 = owner == from ? 0 : owner == NONE ? load<u64>(at(source)) : NEVER;
      if (start == NEVER) continue;
      const time = start + wireLatencyTime(unit);
      if (time >= load<u64>(at(target))) continue;
      store<u64>(at(target), time);
      changed = true;
    }
  }
  for (let unit = harts; unit < units; unit++) {
    if (!isPath(unit)) continue;
    const source = field(unit, UNIT_PARAM0);
    const to = field(field(unit, UNIT_PARAM2), UNIT_NODE);
    if (field(source, UNIT_NODE) != NONE || to == NONE || to == from) continue;
    const time = load<u64>(at(source));
    if (time != NEVER) addRow(from, to, time + wireLatencyTime(unit));
  }
}

// @ts-ignore: decorator
@inline
function at(unit: u32): usize {
  return paths() + (<usize>unit << 3);
}

/** Devices that the node's hart reaches by an access: at once. */
function reachByAccess(hart: u32): bool {
  const b = block(hart);
  let row = <usize>header(H_REGIONS) + <usize>load<u32>(b, HART_REGIONS) * REGION_BYTES;
  const end = row + <usize>load<u32>(b, HART_REGION_COUNT) * REGION_BYTES;
  let any = false;
  for (; row < end; row += REGION_BYTES) {
    if (load<u32>(row, REGION_KIND) != RegionKind.SHARED_DEVICE) continue;
    if (isQuiet(row)) continue;
    store<u64>(at(load<u32>(row, REGION_UNIT)), 0);
    any = true;
  }
  return any;
}

/** A view through which nothing can be changed: no right to write, and reads do nothing either. */
function isQuiet(region: usize): bool {
  if (load<u32>(region, REGION_RIGHTS) & RIGHT_WRITE) return false;
  return field(load<u32>(region, REGION_UNIT), UNIT_KIND) == UnitKind.CLOCK_MONITOR;
}

function hasWireToDevice(from: u32, harts: u32, units: u32): bool {
  for (let unit = harts; unit < units; unit++) {
    if (!isPath(unit) || field(field(unit, UNIT_PARAM0), UNIT_NODE) != from) continue;
    if (field(field(unit, UNIT_PARAM2), UNIT_NODE) == NONE) return true;
  }
  return false;
}

/** One row a pair: the least latency counts. */
function addRow(from: u32, to: u32, latency: u64): void {
  const rows = <usize>load<u32>(DERIVED_BASE, D_LOOKAHEAD);
  const count = load<u32>(DERIVED_BASE, D_LOOKAHEAD_COUNT);
  for (let index: u32 = 0; index < count; index++) {
    const row = rows + (<usize>index << 4);
    if (load<u32>(row) != from || load<u32>(row, 4) != to) continue;
    if (latency < load<u64>(row, 8)) store<u64>(row, latency, 8);
    return;
  }
  const row = rows + (<usize>count << 4);
  store<u32>(row, from);
  store<u32>(row, to, 4);
  store<u64>(row, latency, 8);
  store<u32>(DERIVED_BASE, count + 1, D_LOOKAHEAD_COUNT);
}
