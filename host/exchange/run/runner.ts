/**
 * What a fabric must offer for exchanges to run on it: the emulated one (host/tile) and, in tests,
 * the per-cycle reference. Tiles are visible numbers, addresses bytes, cycles absolute.
 */

export interface FabricRunner {
  write(tile: number, address: number, words: ArrayLike<number>): void;
  read(tile: number, address: number, words: number): Uint32Array;
  /** The row at a byte address begins now; false where no exchange unit works. */
  start(tile: number, row_address: number): boolean;
  /** Runs until nothing moves any more, or for so many cycles; says whether it has settled. */
  settle(most_cycles: number): boolean;
  /** Cycle 0 of the exchange that was released last, or null. */
  release(): number | null;
  view(tile: number): RunnerTile;
  /** Landings from now on, those of one tile in their order. */
  onLanding(sink: LandingSink): void;
}

export interface RunnerTile {
  /** Cycle of event 0. */
  readonly base: number;
  /** Words landed since power-on, and the cycle of the last one. */
  readonly landed: number;
  readonly lastLanding: number;
  /** Events with an error since power-on. */
  readonly errors: number;
  /**
   * core: no row. barrier, rejoin: it waits there. released: the acknowledge is on its way. absent:
   * it waits in a zone that is not there.
   */
  readonly exchange: "core" | "row" | "barrier" | "rejoin" | "released" | "absent";
}

/** `event` is the receiver's own, `source` a visible tile, `address` a byte address. */
export type LandingSink = (
  tile: number,
  event: number,
  source: number,
  address: number,
  word: number,
) => void;
