/** The closed form of the timing against the published figures, and the three numberings. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeFabric } from "../../../host/exchange/fabric.js";
import {
  CHIPS,
  type Chip,
  chipByName,
  distance,
  isVisible,
  muxLead,
  PRESET_SOURCES,
  pathOf,
  startOf,
  tileCount,
  validateChip,
} from "../../../host/exchange/geometry.js";
import {
  logicalToVisible,
  parseDefect,
  repairCodes,
  siliconRow,
  visibleRow,
  visibleToLogical,
} from "../../../host/exchange/maps.js";

const c600 = chipByName("c600");

describe("timing", () => {
  test.each([
    [0, 53, 50],
    [32, 260, 82],
    [53, 63, 32],
    [1024, 0, 39],
  ])("on c600 a word of tile %i needs to tile %i %i cycles", (source, destination, path) => {
    expect(pathOf(c600, source, destination)).toBe(path);
  });

  test.each([
    ["c600", 1472, 23, 64.138, 128, 58],
    ["gc2", 1216, 23, 60.14, 120, 54],
  ])("all pairs of %s (%i tiles): least %i, mean %f, most %i cycles; starts to %i", (...row) => {
    const [name, tiles, least, mean, most, last_start] = row;
    const fabric = makeFabric(chipByName(name));
    let sum = 0;
    const seen = new Set<number>();
    for (let s = 0; s < tiles; s++) {
      for (let d = 0; d < tiles; d++) {
        if (s === d) continue;
        sum += fabric.path[s * tiles + d]!;
        seen.add(fabric.path[s * tiles + d]!);
      }
    }
    expect(fabric.tiles).toBe(tiles);
    expect([Math.min(...seen), Math.max(...seen)]).toEqual([least, most]);
    expect(sum / (tiles * (tiles - 1))).toBeCloseTo(mean, 3);
    expect([Math.min(...fabric.start), Math.max(...fabric.start)]).toEqual([0, last_start]);
  });

  test.each(["c600", "gc2", "mini"])(
    "no distance on %s is zero, a tile to itself included",
    (n) => {
      const chip = chipByName(n);
      const tiles = logicalToVisible(chip);
      let zeros = 0;
      for (const s of tiles) for (const d of tiles) zeros += distance(chip, s, d) === 0 ? 1 : 0;
      expect(zeros).toBe(0);
    },
  );

  test("a row-1 tile selects 54 cycles ahead, and tile 0 starts at cycle 0", () => {
    expect(muxLead(64)).toBe(54);
    expect(startOf(c600, 0)).toBe(0);
  });
});

describe("numberings", () => {
  test.each(["c600", "gc2", "mini"])("the snake of %s names every visible tile once", (name) => {
    const chip = chipByName(name);
    const map = logicalToVisible(chip);
    expect(new Set(map).size).toBe(tileCount(chip));
    for (const tile of map) expect(isVisible(chip, tile)).toBe(true);
    const back = visibleToLogical(chip);
    map.forEach((tile, logical) => {
      expect(back[tile]).toBe(logical);
    });
  });

  test("the snake of c600 is the published formula", () => {
    logicalToVisible(c600).forEach((tile, logical) => {
      const pair = logical >> 1;
      const block = Math.floor(pair / 23);
      const r = block & 1 ? 22 - (pair % 23) : pair % 23;
      expect(tile).toBe(r * 64 + (block >> 1) * 4 + (block & 1) + (logical & 1) * 2);
    });
  });

  test("numbers of mini are sparse: 0..15, then 64..79", () => {
    const sorted = [...logicalToVisible(chipByName("mini"))].sort((a, b) => a - b);
    expect(sorted.slice(14, 18)).toEqual([14, 15, 64, 65]);
  });

  test("silicon and visible rows invert each other around every defect", () => {
    for (const code of [undefined, ...Array.from({ length: 24 }, (_, row) => row)]) {
      for (let row = 0; row < 23; row++) {
        expect(visibleRow(c600, siliconRow(row, code), code)).toBe(row);
      }
      const lost = Array.from({ length: 24 }, (_, p) => p).filter(
        (p) => visibleRow(c600, p, code) === undefined,
      );
      expect(lost).toEqual([code ?? 23]);
    }
  });

  test("two defects in one column cannot be repaired", () => {
    const twice = [
      { col: 3, row: 5 },
      { col: 3, row: 9 },
    ];
    expect(() => repairCodes(c600, twice)).toThrow(/E131.*cannot be repaired/);
    expect(repairCodes(c600, [parseDefect("15:23")])[15]).toBe(23);
  });

  test.each(["16:0", "0:24"])("there is no unit %s on c600", (text) => {
    expect(() => repairCodes(c600, [parseDefect(text)])).toThrow(/E131.*no unit/);
  });

  test.each(["", "3", "3:x", "-1:0", "1:2:3", "99999:0"])('"%s" is no defect', (text) => {
    expect(() => parseDefect(text)).toThrow(/E131/);
  });
});

describe("chips", () => {
  test("every preset is valid and every constant of it has a source", () => {
    for (const chip of Object.values(CHIPS)) {
      expect(validateChip(chip)).toBe(chip);
      expect(Object.keys(PRESET_SOURCES[chip.name]!).sort()).toEqual(Object.keys(chip).sort());
    }
  });

  test.each([
    ["columns", 3],
    ["columns", 18],
    ["rows", 0],
    ["rows", 25],
    ["subs", 5],
    ["subs", 1.5],
    ["clock_hz", Number.NaN],
    ["memory_bytes", 1000],
    ["memory_bytes", 1 << 20],
    ["mux_reset", 64],
  ] as const)("a chip whose %s is %d is refused", (field, value) => {
    expect(() => validateChip({ ...c600, [field]: value } as Chip)).toThrow(/E130/);
  });

  test.each(["c601", "toString", ""])('there is no preset "%s"', (name) => {
    expect(() => chipByName(name)).toThrow(/E130.*gc2, c600, mini/s);
  });

  test("any small chip has positive paths and a whole snake", () => {
    const chips = fc.record({
      columns: fc.integer({ min: 1, max: 8 }).map((half) => 2 * half),
      rows: fc.integer({ min: 1, max: 24 }),
      subs: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(chips, (part) => {
        const chip = validateChip({ ...CHIPS.mini!, ...part });
        const map = logicalToVisible(chip);
        expect(new Set(map).size).toBe(part.columns * part.rows * part.subs);
        for (const d of map) expect(pathOf(chip, map[0]!, d)).toBeGreaterThanOrEqual(23);
      }),
      { numRuns: 30 },
    );
  });
});
