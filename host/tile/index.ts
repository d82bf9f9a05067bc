/** A tile processor by itself, for the exchange compiler, the repair report and tests. */

export {
  type BarrierReport,
  type Landing,
  type Recording,
  type Sending,
  TILE_ERRORS,
  TileChip,
  type TileError,
  type TileView,
} from "./chip.js";
export {
  type ChipImage,
  type ChipOptions,
  chipImage,
  clean,
  DEFAULT_OVERHEAD_CYCLES,
  DEFAULT_WATCHDOG_CYCLES,
} from "./image.js";
