/** Tile processors in the machine: their exchanges advance with it. */
import { UnitKind } from "../kernel/abi";
import { NEVER, cycleAt, edgeTime } from "../kernel/clock";
import {
  DERIVED_BASE,
  D_FABRIC_DESK,
  H_HART_COUNT,
  H_UNIT_COUNT,
  UNIT_KIND,
} from "../kernel/layout";
import { fabricAdvance } from "../tile/fabric";
import { fabricOf } from "../tile/state";
import { block, domainOf, field, header } from "./units";

/** Lets every tile processor do what lies before `time`. True if one has moved. */
export function fabricsAdvance(time: u64): bool {
  const units = header(H_UNIT_COUNT);
  let moved = false;
  for (let unit = header(H_HART_COUNT); unit < units; unit++) {
    if (field(unit, UNIT_KIND) != UnitKind.FABRIC) continue;
    const b = block(unit);
    const until = cycleAt(domainOf(unit), time);
    const before = fabricOf(b).now;
    if (before >= until) continue;
    fabricAdvance(b, until, <usize>load<u32>(DERIVED_BASE, D_FABRIC_DESK), domainOf(unit), unit);
    if (fabricOf(b).now != before) moved = true;
  }
  return moved;
}

/** Least time up to which a tile processor has come: its trace records before it are complete. */
export function fabricsTime(): u64 {
  const units = header(H_UNIT_COUNT);
  let least = NEVER;
  for (let unit = header(H_HART_COUNT); unit < units; unit++) {
    if (field(unit, UNIT_KIND) != UnitKind.FABRIC) continue;
    const time = edgeTime(domainOf(unit), fabricOf(block(unit)).now);
    if (time < least) least = time;
  }
  return least;
}
