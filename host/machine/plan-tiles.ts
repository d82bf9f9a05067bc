/** Tile processors in a plan: their units, what their harts know of them, their tiles' places. */

import { UnitKind } from "../../assembly/kernel/abi.js";
import { PAGE_BYTES } from "../../assembly/kernel/layout.js";
import type { MachineDescription } from "./description.js";
import {
  newUnit,
  type PlanMemory,
  type PlannedMemories,
  type PlannedTiles,
  type PlanUnit,
} from "./plan-types.js";
import { fabricBlockBytes, slotCount, slotOfVisible, type TileGeometry } from "./tile-block.js";
import type { TileProcessorDescription } from "./tile-processor.js";

/** A tile processor before memories have addresses. */
export interface PlannedChip {
  readonly chip: TileProcessorDescription;
  readonly unit: number;
  readonly geometry: TileGeometry;
  /** Hart of logical tile 0; the others follow. */
  readonly firstHart: number;
}

/**
 * Adds a unit for each tile processor. A tile's hart has it as PARAM0, its slot as PARAM1
 * (assembly/machine/tiles.ts).
 */
export function planChips(
  description: MachineDescription,
  units: PlanUnit[],
  domainOf: ReadonlyMap<string, number>,
): PlannedChip[] {
  const harts = description.nodes.reduce((sum, { count }) => sum + (count ?? 1), 0);
  const tiles = description.tileProcessors.reduce((sum, { tiles }) => sum + tiles.length, 0);
  let firstHart = harts - tiles; // tiles are the last nodes
  return description.tileProcessors.map((chip) => {
    const { overhead_cycles, watchdog_cycles } = chip;
    const geometry = { ...chip.chip, overhead_cycles, watchdog_cycles };
    const unit = units.length;
    const bytes = fabricBlockBytes(slotCount(geometry));
    const domain = domainOf.get(chip.clock)!;
    units.push(newUnit(chip.name, UnitKind.FABRIC, null, domain, [], bytes));
    chip.tiles.forEach((tile, k) => {
      const hart = units[firstHart + k]!;
      const slot = slotOfVisible(geometry, chip.repair.codes, tile);
      units[firstHart + k] = { ...hart, params: [unit, slot] };
    });
    const planned = { chip, unit, geometry, firstHart };
    firstHart += chip.tiles.length;
    return planned;
  });
}

/** The memory of a chip's buses: a page for each tile. */
export function ringMemory({ chip }: PlannedChip): PlanMemory {
  return {
    name: `${chip.name}.buses`,
    hart: null,
    kind: "shared",
    address: 0,
    guestBase: 0,
    aliasBases: [],
    size: chip.tiles.length * PAGE_BYTES,
    wait_cycles: 0,
  };
}

/** The tiles of every chip, once memories have addresses. */
export function placeTiles(
  chips: readonly PlannedChip[],
  memories: PlannedMemories,
  placed: readonly PlanMemory[],
): PlannedTiles[] {
  return chips.map(({ chip, unit, geometry, firstHart }, index) => {
    const rings = placed[memories.rings[index]!]!.address;
    return {
      chip,
      unit,
      geometry,
      placed: chip.tiles.map((tile, logical) => ({
        slot: slotOfVisible(geometry, chip.repair.codes, tile),
        logical,
        memory: placed[memories.byHart[firstHart + logical]![0]!]!.address,
        ring: rings + logical * PAGE_BYTES,
        hart: firstHart + logical,
      })),
    };
  });
}
