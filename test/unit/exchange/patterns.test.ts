/** Patterns: how many transfers, which words; buffers; plans, hostile ones included. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wordBound } from "../../../host/exchange/bound.js";
import { chipByName } from "../../../host/exchange/geometry.js";
import { haloWidth, PATTERNS, patternSteps } from "../../../host/exchange/patterns.js";
import { parsePlan } from "../../../host/exchange/plan.js";
import {
  deliveredWords,
  mergeEqualWords,
  packTransfers,
  type Transfer,
  type TransferSet,
  transferAt,
} from "../../../host/exchange/transfers.js";

const all = (set: TransferSet): Transfer[] =>
  Array.from({ length: set.count }, (_, t) => transferAt(set, t));
const mini = chipByName("mini");

describe("patterns", () => {
  // pattern, tiles; exchanges (repeats counted), transfers, delivered words, bound: W = 3
  test.each([
    ["neighbour", 64, 1, 64, 192, 3],
    ["neighbour", 5, 1, 4, 12, 3],
    ["ring", 64, 1, 64, 192, 3],
    ["transpose", 64, 1, 4032, 12096, 189],
    ["broadcast", 64, 1, 1, 189, 3],
    ["gather", 64, 1, 63, 189, 189],
    ["scatter", 64, 1, 63, 189, 189],
    ["reduce", 64, 6, 63, 189, 3],
    ["reduce", 5, 3, 4, 12, 3],
    ["halo", 64, 1, 224, 672, 12],
    ["halo", 7, 1, 12, 36, 6],
    ["permutation", 64, 1, 64, 192, 3],
    ["h-relation", 64, 1, 256, 768, 12],
    ["cannon", 64, 8, 1008, 3024, 6],
    ["all-gather", 64, 1, 64, 12096, 189],
    ["summa", 64, 1, 16, 336, 6],
  ])("%s of %i tiles: %i exchanges, %i transfers, %i words delivered, bound %i", (...row) => {
    const [name, tiles, exchanges, transfers, delivered, bound] = row;
    const steps = patternSteps(name, { tiles, words: 3 });
    const sum = (f: (set: TransferSet) => number) =>
      steps.reduce((total, { set, repeats }) => total + repeats * f(set), 0);
    expect(sum(() => 1)).toBe(exchanges);
    expect(sum((set) => set.count)).toBe(transfers);
    expect(sum(deliveredWords)).toBe(delivered);
    expect(Math.max(...steps.map(({ set }) => wordBound(tiles, set)))).toBe(bound);
  });

  test("1472 tiles make a halo grid 32 wide, a prime number a line", () => {
    expect([haloWidth(1472), haloWidth(7)]).toEqual([32, 1]);
  });

  test.each(PATTERNS.map(({ name }) => name))("%s packs buffers by logical source", (name) => {
    for (const { set } of patternSteps(name, { tiles: 20, words: 5, seed: 7 })) {
      const received = new Map<number, { source: number; from: number; to: number }[]>();
      for (const { source, words, destinations } of all(set)) {
        for (const { tile, offset } of destinations) {
          expect(tile).not.toBe(source);
          if (!received.has(tile)) received.set(tile, []);
          received.get(tile)!.push({ source, from: offset, to: offset + words });
        }
      }
      for (const buffer of received.values()) {
        buffer.sort((a, b) => a.from - b.from);
        let end = 0;
        let source = -1;
        for (const part of buffer) {
          expect(part.from).toBe(end);
          expect(part.source).toBeGreaterThanOrEqual(source);
          [end, source] = [part.to, part.source];
        }
      }
    }
  });

  test("a seed decides a permutation, without fixed points", () => {
    const targets = (seed: number) => [
      ...patternSteps("permutation", { tiles: 50, words: 1, seed })[0]!.set.destination,
    ];
    for (let seed = 0; seed < 50; seed++) {
      expect(new Set(targets(seed)).size).toBe(50);
      expect(targets(seed).every((d, s) => d !== s)).toBe(true);
    }
    expect(targets(1)).toEqual(targets(1));
    expect(targets(1)).not.toEqual(targets(2));
  });

  test.each([
    ["spiral", { tiles: 4, words: 1 }],
    ["ring", { tiles: 1, words: 1 }],
    ["cannon", { tiles: 3, words: 1 }],
    ["ring", { tiles: 4, words: 0 }],
    ["ring", { tiles: 4, words: 2 ** 30 }],
    ["h-relation", { tiles: 4, words: 1, degree: 1e9 }],
    ["ring", { tiles: 4, words: 1, seed: -1 }],
  ])("%s with %o is refused", (name, parameters) => {
    expect(() => patternSteps(name, parameters)).toThrow(/E132/);
  });
});

describe("equal source words", () => {
  const to = (tile: number, offset: number) => ({ tile, offset });

  test("a broadcast written as unicasts becomes one multicast", () => {
    const list = [1, 2, 3].map((d) => ({
      source: 0,
      offset: 4,
      words: 2,
      destinations: [to(d, d)],
    }));
    expect(all(mergeEqualWords(packTransfers(list), 4))).toEqual([
      { source: 0, offset: 4, words: 2, destinations: [to(1, 1), to(2, 2), to(3, 3)] },
    ]);
  });

  test("ranges that overlap are cut; a second copy for one tile stays a transfer", () => {
    const list = [
      { source: 2, offset: 0, words: 4, destinations: [to(1, 10)] },
      { source: 2, offset: 2, words: 4, destinations: [to(3, 20)] },
      { source: 2, offset: 3, words: 1, destinations: [to(1, 30)] },
      { source: 0, offset: 3, words: 1, destinations: [to(1, 31)] },
    ];
    expect(all(mergeEqualWords(packTransfers(list), 4))).toEqual([
      { source: 0, offset: 3, words: 1, destinations: [to(1, 31)] },
      { source: 2, offset: 0, words: 2, destinations: [to(1, 10)] },
      { source: 2, offset: 2, words: 1, destinations: [to(1, 12), to(3, 20)] },
      { source: 2, offset: 3, words: 1, destinations: [to(1, 13), to(3, 21)] },
      { source: 2, offset: 3, words: 1, destinations: [to(1, 30)] },
      { source: 2, offset: 4, words: 2, destinations: [to(3, 22)] },
    ]);
  });

  test("any list delivers the same words to the same places after merging", () => {
    const transfer = fc.record({
      source: fc.nat(3),
      offset: fc.nat(8),
      words: fc.integer({ min: 1, max: 6 }),
      tiles: fc.uniqueArray(fc.nat(3), { minLength: 1 }),
    });
    const deliveries = (list: Transfer[]) =>
      list
        .flatMap(({ source, offset, words, destinations }) =>
          destinations.flatMap(({ tile, offset: at }) =>
            Array.from({ length: words }, (_, i) => `${source}.${offset + i}>${tile}.${at + i}`),
          ),
        )
        .sort();
    fc.assert(
      fc.property(fc.array(transfer, { maxLength: 12 }), (parts) => {
        const list = parts.map(({ tiles, ...rest }, i) => ({
          ...rest,
          destinations: tiles.map((tile) => to(tile, 100 * i)),
        }));
        const merged = all(mergeEqualWords(packTransfers(list), 4));
        expect(deliveries(merged)).toEqual(deliveries(list));
      }),
      { numRuns: 300 },
    );
  });
});

describe("plans", () => {
  const good = { source: 0, offset: 0, words: 4, destinations: [{ tile: 5, offset: 0 }] };
  const plan = (...transfers: unknown[]) => JSON.stringify({ transfers });

  test("a plan is its transfers; tiles are as many as it names", () => {
    const parsed = parsePlan(plan(good), "p.json", mini);
    expect(parsed.tiles).toBe(6);
    expect(all(parsed.set)).toEqual([good]);
    expect(parsePlan(JSON.stringify([good]), "p.json", mini).set.count).toBe(1);
  });

  test.each([
    ["", /not JSON/],
    ["3", /no object/],
    ["null", /no object/],
    ["{}", /"transfers" is missing/],
    ['{"transfers":5}', /no list/],
    ['{"transfers":[],"tile":3}', /nothing reads the key "tile"/],
    ['{"transfers":[],"tiles":65}', /tiles is 65/],
    [plan(null), /transfers\[0\].*no object/],
    [plan(good, { ...good, extra: 1 }), /transfers\[1\].*"extra"/],
    [plan({ ...good, source: 64 }), /source is 64/],
    [plan({ ...good, source: "0" }), /source is "0"/],
    [plan({ ...good, words: 0 }), /words is 0/],
    [plan({ ...good, words: 1e300 }), /words is 1e\+300/],
    [plan({ ...good, offset: 16384 }), /offset is 16384/],
    [plan({ ...good, offset: 1.5 }), /offset is 1.5/],
    [plan({ ...good, destinations: [] }), /at least one/],
    [plan({ ...good, destinations: [{ tile: 1 }] }), /"offset" is missing/],
    [plan({ ...good, destinations: [good.destinations[0], good.destinations[0]] }), /twice/],
    [plan(good, { ...good, source: 1 }), /words 0..3 of tile 5 are also written by transfers\[0\]/],
    ['{"transfers":[],"__proto__":1}', /nothing reads the key "__proto__"/],
  ])("%s is refused", (text, message) => {
    expect(() => parsePlan(text, "p.json", mini)).toThrow(message);
    expect(() => parsePlan(text, "p.json", mini)).toThrow(/E133/);
  });
});
