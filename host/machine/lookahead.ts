/**
 * How soon one node can affect another without an access by the other: the least latency of a path
 * of wires and links, also through devices of no node, from any unit of the one to any unit of the
 * other. A node may run ahead of another by this much, so small values bound the emulator's speed
 * (architecture, section 3).
 */

import { RegionKind, UnitKind } from "../../assembly/kernel/abi.js";
import { CLOSE_PAIR_CYCLES } from "./limits.js";
import type { MachinePlan } from "./plan-types.js";

export interface Lookahead {
  /** Hart indices: `from` can affect `to`. */
  readonly from: number;
  readonly to: number;
  readonly latency_ps: bigint;
  /** Cycles of the receiver's clock, rounded to the nearest. */
  readonly latency_cycles: bigint;
  /** Whether the pair is below the bound that `describe` names. */
  readonly close: boolean;
  /** Wires and links of the path, by name. */
  readonly via: readonly string[];
}

/** Above this many nodes with wires between them only direct neighbours are listed. */
const MAX_CLOSURE = 64;
const PS_TIMES_MILLI = 10n ** 15n;

interface Path {
  readonly latency_ps: bigint;
  /** Vertices that it passes: wires, links, and devices of no node that are accessed. */
  readonly via: readonly string[];
}

/** Harts and devices of no node are vertices: a hart by its index, a device by its unit's. */
type Rows = Map<number, Map<number, Path>>;

/** All pairs between which a path exists, by sender, then receiver; other pairs are unlimited. */
export function lookahead(plan: MachinePlan): Lookahead[] {
  const direct = directPaths(plan);
  const closed = direct.size <= MAX_CLOSURE ? closure(direct) : direct;
  const isHart = (vertex: number): boolean => vertex < plan.harts.length;
  const pairs: Lookahead[] = [];
  for (const [from, row] of [...closed].sort(([a], [b]) => a - b)) {
    for (const [to, { latency_ps, via }] of [...row].sort(([a], [b]) => a - b)) {
      if (!isHart(from) || !isHart(to) || from === to) continue;
      const { rate_mhz } = plan.domains[plan.harts[to]!.domain]!;
      const latency_cycles = (latency_ps * rate_mhz + PS_TIMES_MILLI / 2n) / PS_TIMES_MILLI;
      const close = latency_cycles < BigInt(CLOSE_PAIR_CYCLES);
      pairs.push({ from, to, latency_ps, latency_cycles, close, via });
    }
  }
  return pairs;
}

/** The best single wire, link or access of each ordered pair. */
function directPaths(plan: MachinePlan): Rows {
  const rows: Rows = new Map();
  for (const unit of plan.units) {
    if (unit.kind !== UnitKind.WIRE && unit.kind !== UnitKind.SERIAL_LINK) continue;
    const [source, , target, , latency] = unit.params;
    const from = plan.units[source!]!.hart ?? source!;
    const to = plan.units[target!]!.hart ?? target!;
    if (from === to) continue;
    // As the core counts: whole cycles at the period rounded down.
    const cycle_ps = PS_TIMES_MILLI / plan.domains[unit.domain]!.rate_mhz;
    const latency_ps = BigInt(latency!) * (unit.kind === UnitKind.WIRE ? cycle_ps : 1n);
    offer(rows, from, to, { latency_ps, via: [unit.name] });
  }
  plan.harts.forEach(({ firstRegion, regionCount }, hart) => {
    for (const row of plan.regions.slice(firstRegion, firstRegion + regionCount)) {
      if (row.kind !== RegionKind.SHARED_DEVICE) continue;
      offer(rows, hart, row.unit, { latency_ps: 0n, via: [row.name] });
    }
  });
  return rows;
}

function offer(rows: Rows, from: number, to: number, path: Path): boolean {
  const row = rows.get(from) ?? new Map<number, Path>();
  rows.set(from, row);
  const best = row.get(to);
  if (best !== undefined && best.latency_ps <= path.latency_ps) return false;
  row.set(to, path);
  return true;
}

/** Shortest paths over the direct ones: repeated until nothing improves. */
function closure(direct: Rows): Rows {
  const rows: Rows = new Map([...direct].map(([from, row]) => [from, new Map(row)]));
  for (let improved = true; improved; ) {
    improved = false;
    for (const [from, row] of rows) {
      for (const [middle, first] of [...row]) {
        for (const [to, second] of direct.get(middle) ?? []) {
          if (to === from) continue;
          const latency_ps = first.latency_ps + second.latency_ps;
          const path = { latency_ps, via: [...first.via, ...second.via] };
          improved = offer(rows, from, to, path) || improved;
        }
      }
    }
  }
  return rows;
}
