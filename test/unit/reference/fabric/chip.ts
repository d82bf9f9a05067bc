/** Short words for tests that run rows on the per-cycle reference. */
import {
  encode,
  type FabricOptions,
  GEOMETRIES,
  ReferenceFabric,
} from "../../../../host/reference/fabric/index.js";

export const ROW = 0x40000;
export const SOURCE = 0x44000;
export const LANDING = 0x48000;
export const NEUTRAL = 0x640;

/** The words first, first+1, ... */
export const counted = (count: number, first = 1): number[] =>
  Array.from({ length: count }, (_, i) => first + i);

/** X(d) of section 3. */
export const muxLead = (tile: number): number => 52 + 2 * (tile >> 6);

export interface TileProgram {
  readonly row: readonly number[];
  readonly source?: readonly number[];
}

/** Runs rows by visible tile; those tiles are the members of the barrier. */
export function runRows(
  programs: Readonly<Record<number, TileProgram>>,
  options: Partial<FabricOptions> = {},
) {
  const tiles = Object.keys(programs).map(Number);
  const fabric = new ReferenceFabric({ geometry: GEOMETRIES.mini, members: tiles, ...options });
  for (const tile of tiles) {
    const { row, source = [] } = programs[tile]!;
    fabric.load(tile, ROW, row);
    fabric.load(tile, SOURCE, source);
  }
  const result = fabric.run(
    tiles.filter((tile) => fabric.tiles.includes(tile)).map((tile) => [tile, ROW]),
    20_000,
  );
  return { fabric, result };
}

/** A row that sends its source words from event `event` on. */
export function sender(event: number, words: number, sctl = 3): number[] {
  const wait = event > 0 ? [encode.delay(event)] : [];
  const rest = words > 1 ? [encode.sendoff(words - 1, 0, sctl)] : [];
  return [encode.sync(3), ...wait, encode.send(1, SOURCE / 4, sctl), ...rest, encode.return()];
}

/** A row that selects `source` at event `mux_event` and stays `events` more. */
export function receiver(source: number, mux_event: number, events = 400): number[] {
  return [
    encode.sync(3),
    encode.delaypic(1, 0, LANDING / 4),
    encode.delayxpic(mux_event, 0, source),
    encode.delay(events),
    encode.delayxpic(1, 0, NEUTRAL),
    encode.delay(120),
    encode.return(),
  ];
}
