/**
 * The reference measures what tile-processor.md section 3 gives as a formula: the formula stands
 * here, and nowhere in the reference.
 */
import { describe, expect, test } from "vitest";
import {
  encode,
  type FabricGeometry,
  type FabricOptions,
  GEOMETRIES,
  ReferenceFabric,
} from "../../../../host/reference/fabric/index.js";

const SOURCE = 0x44000;
const LANDING = 0x48000;
const NEUTRAL = 0x640;

const split = (tile: number) => ({ row: tile >> 6, col: (tile >> 2) & 15, sub: tile & 3 });

/** path(s,d) of section 3. */
function path(columns: number, s: number, d: number): number {
  const half = columns / 2;
  const x = (col: number) => (col < half ? col : columns - 1 - col);
  const side = (col: number) => (col < half ? 0 : 1);
  const [from, to] = [split(s), split(d)];
  const [side_s, side_d] = [side(from.col), side(to.col)];
  const far = to.sub >= 2 ? (side_d === (to.sub & 1) ? 2 : 4) : side_d === to.sub ? 1 : 5;
  const D = 6 * (x(to.col) - (x(from.col) + (side_s ^ (from.sub & 1)))) + far;
  const over = side_s === 0 ? columns - 1 - 2 * x(from.col) : 1 + 2 * x(from.col);
  return 22 + from.row + Math.abs(D) + (side_s === side_d ? 0 : over) + to.row;
}

function start(columns: number, tile: number): number {
  const { row, col } = split(tile);
  return 4 * (col < columns / 2 ? col : columns - 1 - col) + col + row;
}

/**
 * Every sender counts from event 0 on, in both directions; the receivers listen to the sources,
 * one after the other, 300 events each. Returns landing minus send cycle by [source][destination].
 */
function measure(options: FabricOptions, sources: number[], destinations: number[]) {
  const listen = 300;
  const tiles = [...new Set([...sources, ...destinations])];
  const fabric = new ReferenceFabric({ ...options, members: tiles });
  const senders = new Set(sources);
  const events = listen * (sources.length + 1);
  for (const tile of tiles) {
    const row = [encode.sync(3)];
    // Words are the numbers of their events modulo 4096.
    const words = Array.from({ length: 4096 }, (_, i) => i);
    fabric.load(tile, SOURCE, words);
    const receives = destinations.includes(tile);
    const step = (source: number) => {
      row.push(encode.delayxpic(1, 0, source), encode.delay(listen - 1));
    };
    if (receives) {
      row.push(encode.delaypic(1, 0, LANDING / 4));
      for (const source of sources) step(source);
      step(NEUTRAL);
    } else if (senders.has(tile)) {
      for (let sent = 0; sent < events; sent += 4096) {
        row.push(encode.send(1, SOURCE / 4, 3), encode.sendoff(4095, 0, 3));
      }
    }
    row.push(encode.return());
    fabric.load(tile, 0x40000, row);
  }
  fabric.run(
    tiles.map((tile) => [tile, 0x40000]),
    1_000_000,
  );
  const base = fabric.releases[0]!;
  const found = new Map<string, Set<number>>();
  for (const { tile, source, word, cycle } of fabric.landed) {
    const sent_after = cycle - base - fabric.startOf(source) - word;
    const delay = ((sent_after % 4096) + 4096) % 4096;
    const key = `${source}->${tile}`;
    found.set(key, (found.get(key) ?? new Set()).add(delay));
  }
  return found;
}

const allTiles = ({ columns, rows, subs }: FabricGeometry) =>
  Array.from({ length: rows * columns * subs }, (_, i) => {
    const [row, rest] = [Math.floor(i / (columns * subs)), i % (columns * subs)];
    return row * 64 + Math.floor(rest / subs) * 4 + (rest % subs);
  });

describe("the reference's latencies", () => {
  test("the formula has the published spreads over all pairs", () => {
    for (const [name, least, mean, most] of [
      ["c600", 23, 64.138, 128],
      ["gc2", 23, 60.14, 120],
    ] as const) {
      const tiles = allTiles(GEOMETRIES[name]);
      let [low, high, sum] = [Number.POSITIVE_INFINITY, 0, 0];
      for (const s of tiles) {
        for (const d of tiles) {
          if (s === d) continue;
          const p = path(16, s, d);
          low = Math.min(low, p);
          high = Math.max(high, p);
          sum += p;
        }
      }
      expect([low, high]).toEqual([least, most]);
      expect(sum / (tiles.length * (tiles.length - 1))).toBeCloseTo(mean, 3);
    }
  });

  test.each([
    [0, 53, 50],
    [32, 260, 82],
    [53, 63, 32],
    [1024, 0, 39],
  ])("c600 takes from %i to %i the published %i cycles", (s, d, cycles) => {
    expect(path(16, s, d)).toBe(cycles);
    const found = measure({ geometry: GEOMETRIES.c600 }, [s], [d]);
    expect([...found.get(`${s}->${d}`)!]).toEqual([cycles]);
  });

  test("mini: every pair of a receiver and a sender has the formula's path", () => {
    const geometry = GEOMETRIES.mini;
    const tiles = allTiles(geometry);
    // Receivers do not send here, so each half listens to the other, and both to themselves.
    for (const rest of [0, 1]) {
      const sources = tiles.filter((_, i) => i % 2 === rest);
      const destinations = tiles.filter((_, i) => i % 2 !== rest);
      const found = measure({ geometry }, sources, destinations);
      for (const s of sources) {
        for (const d of destinations) {
          expect([s, d, ...(found.get(`${s}->${d}`) ?? [])]).toEqual([s, d, path(4, s, d)]);
        }
      }
    }
  });

  test.each(["c600", "gc2"] as const)("%s: a sample over all columns and rows", (name) => {
    const geometry = GEOMETRIES[name];
    const tiles = allTiles(geometry);
    const sources = tiles.filter((_, i) => i % 131 === 0);
    const destinations = tiles.filter((_, i) => i % 137 === 5);
    const defects = Array.from({ length: 16 }, (_, column) => ({
      column,
      row: (7 * column) % (geometry.rows + 1),
    }));
    for (const broken of [[], defects]) {
      const found = measure({ geometry, defects: broken }, sources, destinations);
      for (const s of sources) {
        for (const d of destinations) {
          expect([s, d, ...(found.get(`${s}->${d}`) ?? [])]).toEqual([s, d, path(16, s, d)]);
        }
      }
    }
  });

  test("start is 4x + col + row, up to 58 on c600 and 54 on gc2, with any single repair", () => {
    for (const [name, most] of [
      ["c600", 58],
      ["gc2", 54],
    ] as const) {
      const geometry = GEOMETRIES[name];
      for (const defects of [[], [{ column: 3, row: 0 }], [{ column: 9, row: geometry.rows }]]) {
        const fabric = new ReferenceFabric({ geometry, defects });
        expect(fabric.tiles.map((tile) => fabric.startOf(tile))).toEqual(
          fabric.tiles.map((tile) => start(16, tile)),
        );
        expect(Math.max(...fabric.tiles.map((tile) => fabric.startOf(tile)))).toBe(most);
      }
    }
  });
});
