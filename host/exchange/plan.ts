/**
 * Plan files: a transfer list as JSON.
 *
 *     { "tiles": 64,
 *       "transfers": [
 *         { "source": 0, "offset": 0, "words": 4,
 *           "destinations": [{ "tile": 5, "offset": 0 }, { "tile": 9, "offset": 16 }] } ] }
 *
 * Tiles are logical. `offset` is in words: of a transfer in the source's buffer, of a destination
 * in the destination's. `tiles` may be left out: the smallest number that holds all tiles named.
 * A bare array is read as the list of transfers.
 */

import { exchangeError } from "./errors.js";
import { type Chip, tileCount } from "./geometry.js";
import { packTransfers, type Transfer, type TransferSet } from "./transfers.js";

export interface Plan {
  readonly tiles: number;
  readonly set: TransferSet;
}

/** Our choice: four times the largest benchmark. */
export const PLAN_TRANSFERS_MOST = 4_000_000;

type Fail = (what: string, hint: string, t?: number) => Error;

/** Reads a plan for a chip. `file` names it in errors, all of them E133. */
export function parsePlan(text: string, file: string, chip: Chip): Plan {
  const fail: Fail = (what, hint, t) =>
    exchangeError("E133", what, t === undefined ? file : `${file} transfers[${t}]`, hint);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw fail(`the plan is not JSON: ${(error as Error).message}`, "write a JSON object");
  }
  const top = Array.isArray(json) ? { transfers: json } : json;
  const { tiles, transfers } = keysOf(top, ["transfers"], ["tiles"], fail);
  if (!Array.isArray(transfers)) throw fail("transfers is no list", "write [ ... ]");
  if (transfers.length > PLAN_TRANSFERS_MOST) {
    throw fail(`${transfers.length} transfers`, `a plan holds at most ${PLAN_TRANSFERS_MOST}`);
  }
  const most = tileCount(chip);
  const count = tiles === undefined ? most : integer(tiles, "tiles", 1, most, fail);
  const words_most = chip.memory_bytes / 4;
  const list = transfers.map((entry, t) => readTransfer(entry, count, words_most, fail, t));
  const set = packTransfers(list);
  refuseOverlaps(set, count, fail);
  return { tiles: tiles === undefined ? highestTile(set) + 1 : count, set };
}

function highestTile(set: TransferSet): number {
  let highest = 0;
  for (const tile of set.source) highest = Math.max(highest, tile);
  for (const tile of set.destination) highest = Math.max(highest, tile);
  return highest;
}

function readTransfer(
  entry: unknown,
  tiles: number,
  words_most: number,
  fail: Fail,
  t: number,
): Transfer {
  const keys = keysOf(entry, ["source", "offset", "words", "destinations"], [], fail, t);
  const source = integer(keys.source, "source", 0, tiles - 1, fail, t);
  const words = integer(keys.words, "words", 1, words_most, fail, t);
  const offset = integer(keys.offset, "offset", 0, words_most - words, fail, t);
  if (!Array.isArray(keys.destinations) || keys.destinations.length === 0) {
    throw fail("destinations is no list of at least one", 'write [{"tile": 5, "offset": 0}]', t);
  }
  if (keys.destinations.length > tiles) {
    throw fail(`${keys.destinations.length} destinations on ${tiles} tiles`, "name each once", t);
  }
  const seen = new Set<number>();
  const destinations = keys.destinations.map((to) => {
    const at = keysOf(to, ["tile", "offset"], [], fail, t);
    const tile = integer(at.tile, "tile", 0, tiles - 1, fail, t);
    if (seen.has(tile)) throw fail(`tile ${tile} is named twice`, "use a second transfer", t);
    seen.add(tile);
    return { tile, offset: integer(at.offset, "offset", 0, words_most - words, fail, t) };
  });
  return { source, offset, words, destinations };
}

/** The values of the keys, or E133 for a wrong type, a missing or an unknown key. */
function keysOf<R extends string, O extends string>(
  value: unknown,
  required: readonly R[],
  optional: readonly O[],
  fail: Fail,
  t?: number,
): Record<R | O, unknown> {
  const names = [...required, ...optional] as string[];
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fail("this is no object", `write an object with the keys ${names.join(", ")}`, t);
  }
  const unknown = Object.keys(value).find((key) => !names.includes(key));
  if (unknown !== undefined) {
    throw fail(`nothing reads the key "${unknown}"`, `keys are ${names.join(", ")}`, t);
  }
  const missing = required.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) throw fail(`the key "${missing}" is missing`, "add it", t);
  return value as Record<R | O, unknown>;
}

function integer(
  value: unknown,
  name: string,
  least: number,
  most: number,
  fail: Fail,
  t?: number,
): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) {
    return value;
  }
  const shown = JSON.stringify(value)?.slice(0, 40);
  throw fail(`${name} is ${shown}`, `give an integer from ${least} to ${most}`, t);
}

/** Two transfers must not write the same word of a tile. */
function refuseOverlaps(set: TransferSet, tiles: number, fail: Fail): void {
  const by_tile: { at: number; end: number; t: number }[][] = Array.from(
    { length: tiles },
    () => [],
  );
  for (let t = 0; t < set.count; t++) {
    for (let k = set.first[t]!; k < set.first[t + 1]!; k++) {
      const at = set.destination_offset[k]!;
      by_tile[set.destination[k]!]!.push({ at, end: at + set.words[t]!, t });
    }
  }
  by_tile.forEach((ranges, tile) => {
    ranges.sort((a, b) => a.at - b.at);
    for (let i = 1; i < ranges.length; i++) {
      const [before, after] = [ranges[i - 1]!, ranges[i]!];
      if (before.end <= after.at) continue;
      const what = `words ${after.at}..${Math.min(before.end, after.end) - 1} of tile ${tile}`;
      throw fail(`${what} are also written by transfers[${before.t}]`, "move one", after.t);
    }
  });
}
