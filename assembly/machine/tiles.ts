/**
 * Tile processors in the machine. The exchange is an agent of its own: it advances to the least
 * time of the harts that run. A hart whose row runs waits with its store to ROW pending; until the
 * exchange has come to its return it can do nothing before RESUME_CYCLES from now. A running hart
 * goes as far as no word can land in its memory.
 */
import { Access, BUS_ERROR, BUS_OK, HOLD_KILLED, HartState, UnitKind } from "../kernel/abi";
import { NEVER, cycleAt, edgeTime } from "../kernel/clock";
import {
  A_KIND,
  A_VALUE,
  A_WIDTH,
  ACCESS,
  DERIVED_BASE,
  D_FABRIC_DESK,
  D_NODE_LIMIT,
  D_NODE_PENDING,
  D_NODE_TIME,
  HART_CYCLE,
  HART_HOLD,
  HART_RESUME,
  HART_STATE,
  H_HART_COUNT,
  H_UNIT_COUNT,
  NONE,
  UNIT_KIND,
  UNIT_PARAM0,
  UNIT_PARAM1,
} from "../kernel/layout";
import { hartComplete } from "../rv32/hart";
import { controlRow } from "../tile/exchange";
import {
  RESUME_CYCLES,
  fabricAbort,
  fabricAdvance,
  fabricFree,
  fabricQuiet,
} from "../tile/fabric";
import { works } from "../tile/silicon";
import { Exchange, Slot, fabricOf, slotOf } from "../tile/state";
import { block, domainOf, field, header } from "./units";

/** A hart's tile processor; 0, which is a hart, if it is on none. */
// @ts-ignore: decorator
@inline
function fabricOfHart(hart: u32): u32 {
  return field(hart, UNIT_PARAM0);
}

// @ts-ignore: decorator
@inline
function slotOfHart(hart: u32): Slot {
  return slotOf(block(fabricOfHart(hart)), field(hart, UNIT_PARAM1));
}

/** Whether a hart waits for its row: the unit that it waits for is a tile processor. */
// @ts-ignore: decorator
@inline
export function awaitsRow(hart: u32): bool {
  const fabric = fabricOfHart(hart);
  if (fabric == 0) return false;
  return load<u32>(<usize>load<u32>(DERIVED_BASE, D_NODE_PENDING) + (<usize>hart << 2)) == fabric;
}

/** The earliest time at which a hart that waits for its row may go on. */
export function rowTime(hart: u32): u64 {
  const fabric = fabricOfHart(hart);
  return edgeTime(domainOf(fabric), fabricOf(block(fabric)).now + RESUME_CYCLES);
}

/** The store to ROW that `hart` has described. True if it waits for the row to return. */
export function rowAccess(hart: u32): bool {
  const fabric = fabricOfHart(hart);
  const b = block(hart);
  const s = slotOfHart(hart);
  const cycle = load<u64>(b, HART_CYCLE);
  if (s.asked == 0) {
    const at = block(fabric);
    const width = load<u32>(ACCESS, A_WIDTH);
    const value = load<u32>(ACCESS, A_VALUE);
    if (controlRow(at, field(hart, UNIT_PARAM1), width, value, cycle) != BUS_OK) {
      hartComplete(b, BUS_ERROR, 0, 0);
      return false;
    }
  }
  if (s.exchange != Exchange.CORE) return true;
  s.asked = 0;
  // A store takes two cycles; the rest until the core continues are wait states.
  const resume = s.returned + RESUME_CYCLES;
  hartComplete(b, BUS_OK, 0, resume > cycle + 2 ? <u32>(resume - cycle - 2) : 0);
  return false;
}

/** Whether the access that a hart has described is a store to ROW: at offset 0 of its page. */
export function isRow(unit: u32, offset: u32): bool {
  return offset == 0 && load<u32>(ACCESS, A_KIND) == Access.STORE && isFabric(unit);
}

// @ts-ignore: decorator
@inline
function isFabric(unit: u32): bool {
  return field(unit, UNIT_KIND) == UnitKind.FABRIC;
}

// @ts-ignore: decorator
@inline
function nodeTime(node: u32): u64 {
  return load<u64>(<usize>load<u32>(DERIVED_BASE, D_NODE_TIME) + (<usize>node << 3));
}

/** Lets every tile processor go as far as its harts have come. True if one has moved. */
export function fabricsAdvance(horizon: u64): bool {
  const units = header(H_UNIT_COUNT);
  let moved = false;
  for (let unit = header(H_HART_COUNT); unit < units; unit++) {
    if (!isFabric(unit)) continue;
    const b = block(unit);
    const until = cycleAt(domainOf(unit), leastRunning(unit, horizon));
    const before = fabricOf(b).now;
    if (before >= until) continue;
    fabricAdvance(b, until, <usize>load<u32>(DERIVED_BASE, D_FABRIC_DESK), domainOf(unit), unit);
    if (fabricOf(b).now != before) moved = true;
  }
  return moved;
}

/** Least time of the harts of a tile processor that do not wait for a row. */
function leastRunning(fabric: u32, horizon: u64): u64 {
  const harts = header(H_HART_COUNT);
  let least = horizon;
  for (let hart: u32 = 0; hart < harts; hart++) {
    if (fabricOfHart(hart) != fabric || awaitsRow(hart)) continue;
    const time = nodeTime(hart);
    if (time < least) least = time;
  }
  return least;
}

/** The first hart whose row has returned while it waits for that; NONE if there is none. */
export function returnedHart(first: u32): u32 {
  const harts = header(H_HART_COUNT);
  for (let hart = first; hart < harts; hart++) {
    if (awaitsRow(hart) && slotOfHart(hart).exchange == Exchange.CORE) return hart;
  }
  return NONE;
}

/** Running harts stop where a word might land in their memory: takes their limits down. */
export function limitTiles(): void {
  const limits = <usize>load<u32>(DERIVED_BASE, D_NODE_LIMIT);
  const harts = header(H_HART_COUNT);
  for (let hart: u32 = 0; hart < harts; hart++) {
    const fabric = fabricOfHart(hart);
    if (fabric == 0 || awaitsRow(hart)) continue;
    const desk = <usize>load<u32>(DERIVED_BASE, D_FABRIC_DESK);
    const cycle = fabricFree(block(fabric), field(hart, UNIT_PARAM1), desk);
    if (cycle == NEVER) continue;
    // What lands in a cycle is there after the instruction that begins in it.
    const time = edgeTime(domainOf(fabric), cycle + 1);
    const slot = limits + (<usize>hart << 3);
    if (time < load<u64>(slot)) store<u64>(slot, time);
  }
}

/** Least time up to which a tile processor has come: its trace records before it are complete. */
export function fabricsTime(): u64 {
  const units = header(H_UNIT_COUNT);
  let least = NEVER;
  for (let unit = header(H_HART_COUNT); unit < units; unit++) {
    if (!isFabric(unit)) continue;
    const time = edgeTime(domainOf(unit), fabricOf(block(unit)).now);
    if (time < least) least = time;
  }
  return least;
}

/** Whether nothing goes on in any tile processor, and will not without a new row. */
export function fabricsQuiet(): bool {
  const units = header(H_UNIT_COUNT);
  for (let unit = header(H_HART_COUNT); unit < units; unit++) {
    if (isFabric(unit) && !fabricQuiet(block(unit))) return false;
  }
  return true;
}

/** A node is reset or loses its power: its tile's row ends. */
export function tileReset(node: u32): void {
  const fabric = fabricOfHart(node);
  if (fabric) fabricAbort(block(fabric), field(node, UNIT_PARAM1));
}

/** At power-on: cores of units that are broken or disabled never run. */
export function tilesSilence(): void {
  const harts = header(H_HART_COUNT);
  for (let hart: u32 = 0; hart < harts; hart++) {
    if (fabricOfHart(hart) == 0 || works(slotOfHart(hart))) continue;
    const b = block(hart);
    store<u32>(b, HOLD_KILLED, HART_HOLD);
    store<u32>(b, HartState.STOPPED, HART_STATE);
    store<u32>(b, HartState.STOPPED, HART_RESUME);
  }
}
