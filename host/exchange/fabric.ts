/** The timing of a chip as tables over its first N logical tiles: what schedulers read. */

import { exchangeError } from "./errors.js";
import { type Chip, directionOf, muxLead, pathOf, startOf, tileCount } from "./geometry.js";
import { logicalToVisible } from "./maps.js";

export interface Fabric {
  readonly chip: Chip;
  /** N: logical tiles 0..N-1 take part. */
  readonly tiles: number;
  /** Visible tile of a logical tile. */
  readonly visible: Uint16Array;
  /** Cycle of event 0. */
  readonly start: Int32Array;
  /** First cycle at which a landing can have been selected: start + X, the mux being neutral. */
  readonly lead: Int32Array;
  /** path[s * N + d], cycles. */
  readonly path: Uint8Array;
  /** direction[s * N + d]: 1 or 2. */
  readonly direction: Uint8Array;
}

/**
 * Tables of the first `tiles` logical tiles (default all). Throws E132 if there are not so
 * many.
 */
export function makeFabric(chip: Chip, tiles = tileCount(chip)): Fabric {
  if (!Number.isInteger(tiles) || tiles < 1 || tiles > tileCount(chip)) {
    throw exchangeError(
      "E132",
      `${chip.name} has ${tileCount(chip)} tiles, not ${tiles}`,
      "--tiles",
      `give a number from 1 to ${tileCount(chip)}`,
    );
  }
  const visible = logicalToVisible(chip).slice(0, tiles);
  const start = Int32Array.from(visible, (tile) => startOf(chip, tile));
  const lead = Int32Array.from(visible, (tile) => startOf(chip, tile) + muxLead(tile));
  const path = new Uint8Array(tiles * tiles);
  const direction = new Uint8Array(tiles * tiles);
  for (let s = 0; s < tiles; s++) {
    for (let d = 0; d < tiles; d++) {
      path[s * tiles + d] = pathOf(chip, visible[s]!, visible[d]!);
      direction[s * tiles + d] = directionOf(chip, visible[s]!, visible[d]!);
    }
  }
  return { chip, tiles, visible, start, lead, path, direction };
}
