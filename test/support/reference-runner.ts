/** The per-cycle reference as a runner of exchanges: slow, and independent of the emulated one. */
import type { Chip } from "../../host/exchange/index.js";
import type { FabricRunner } from "../../host/exchange/run/runner.js";
import { type FabricOptions, ReferenceFabric } from "../../host/reference/fabric/index.js";

const SETTLED = { off: "core", running: "row" } as const;

export function referenceRunner(
  chip: Chip,
  options: Omit<FabricOptions, "geometry"> = {},
): FabricRunner & { readonly fabric: ReferenceFabric } {
  const fabric = new ReferenceFabric({ geometry: chip, ...options });
  const rows: [number, number][] = [];
  return {
    fabric,
    write: (tile, address, words) => fabric.load(tile, address, words),
    read: (tile, address, words) => Uint32Array.from(fabric.read(tile, address, words)),
    start: (tile, row) => {
      rows.push([tile, row]);
      return true;
    },
    settle: (most) => fabric.run(rows.splice(0), most).ended === "settled",
    release: () => fabric.releases.at(-1) ?? null,
    view: (tile) => {
      const landed = fabric.landed.filter((landing) => landing.tile === tile);
      const unit = fabric.unit(tile);
      const waits = unit.zone === 1 ? "rejoin" : "barrier";
      return {
        base: unit.numbered_from,
        landed: landed.length,
        lastLanding: landed.at(-1)?.cycle ?? 0,
        errors: fabric.errors.filter((error) => error.tile === tile).length,
        exchange: unit.state === "waiting" ? waits : SETTLED[unit.state],
      };
    },
    onLanding: () => {
      throw new Error("take the landings from the fabric");
    },
  };
}
