/** Schedules: legal by the checker, near the floor; the checker finds every planted fault. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CheckedSchedule, checkSchedule } from "../../../host/exchange/check.js";
import { makeFabric } from "../../../host/exchange/fabric.js";
import { chipByName } from "../../../host/exchange/geometry.js";
import { patternSteps } from "../../../host/exchange/patterns.js";
import { scheduleTransfers } from "../../../host/exchange/schedule/index.js";
import { packTransfers, type TransferSet } from "../../../host/exchange/transfers.js";
import { limit_ms, SOAK } from "../../support/soak.js";

const fabric = makeFabric(chipByName("c600"));
const mini = makeFabric(chipByName("mini"));
const parameters = { tiles: 1472, seed: 1 };

describe("goals at the full c600", () => {
  // pattern, W, H: ratio at most; the goals are those of tile-processor.md section 6.
  type Goal = readonly [name: string, words: number, degree: number, most: number, seed: number];
  const GOALS: readonly Goal[] = [
    ["neighbour", 64, 1, 1, 1],
    ["ring", 64, 1, 1, 1],
    ["broadcast", 8, 1, 1, 1],
    ["broadcast", 64, 1, 1, 1],
    ["gather", 8, 1, 1, 1],
    ["scatter", 8, 1, 1.001, 1],
    ["reduce", 64, 1, 1, 1],
    ["halo", 64, 1, 1.001, 1],
    ["permutation", 1024, 1, 1, 1],
    ["h-relation", 64, 4, 1.01, 1],
    ["h-relation", 4, 32, 1.01, 1],
    ["cannon", 64, 1, 1.01, 1],
    ["summa", 64, 1, 1.1, 1],
    // Two transfers a tile leave the tight tiles two or three slots: every seed is another case.
    ...Array.from({ length: SOAK ? 100 : 20 }, (_, i): Goal => ["h-relation", 64, 2, 1.01, i + 1]),
  ];
  test.each(GOALS)(
    "%s of %i words, degree %i: cycles at most floor times %f",
    (name, words, degree, most, seed) => {
      const steps = patternSteps(name, { ...parameters, words, degree, seed });
      for (const { set } of steps) {
        const schedule = scheduleTransfers(fabric, set);
        expect(checkSchedule(fabric, set, schedule)).toEqual([]);
        expect(schedule.cycles / schedule.floor).toBeLessThanOrEqual(most);
        expect(schedule.cycles).toBeGreaterThanOrEqual(schedule.floor);
      }
    },
  );
});

describe("multicasts of all tiles", () => {
  test("an all-gather of 8 words takes at most 1.02 of the floor", () => {
    const [step] = patternSteps("all-gather", { ...parameters, words: 8 });
    const schedule = scheduleTransfers(fabric, step!.set);
    expect(schedule.cycles / schedule.floor).toBeLessThanOrEqual(1.02);
    expect(schedule.count).toBe(1472);
  });
});

describe("any set", () => {
  test(
    "of transfers on mini has a legal schedule",
    () => {
      const transfer = fc.record({
        source: fc.nat(63),
        words: fc.integer({ min: 1, max: 70 }),
        tiles: fc.uniqueArray(fc.nat(63), { minLength: 1, maxLength: 6 }),
      });
      fc.assert(
        fc.property(fc.array(transfer, { maxLength: 60 }), fc.nat(), (parts, seed) => {
          const list = parts.map(({ source, words, tiles }, i) => ({
            source,
            offset: 100 * i,
            words,
            destinations: tiles.map((tile) => ({ tile, offset: 100 * i })),
          }));
          const set = packTransfers(list);
          const schedule = scheduleTransfers(mini, set, { seed });
          expect(checkSchedule(mini, set, schedule)).toEqual([]);
          expect(schedule.cycles).toBeGreaterThanOrEqual(schedule.floor);
        }),
        { numRuns: SOAK ? 3000 : 60 },
      );
    },
    limit_ms(5),
  );

  test("of equal words that unicasts name is sent as a multicast", () => {
    const list = Array.from({ length: 63 }, (_, i) => ({
      source: 0,
      offset: 0,
      words: 8,
      destinations: [{ tile: i + 1, offset: 0 }],
    }));
    const schedule = scheduleTransfers(mini, packTransfers(list));
    expect([schedule.set.count, schedule.count]).toEqual([1, 1]);
    expect(checkSchedule(mini, packTransfers(list), schedule)).toEqual([]);
  });

  test("a smaller goal costs pieces, a larger one spares them; both are kept", () => {
    const [step] = patternSteps("h-relation", { tiles: 1472, words: 64, degree: 8 });
    const near = scheduleTransfers(fabric, step!.set, { goal: 1.01 });
    const far = scheduleTransfers(fabric, step!.set, { goal: 1.05 });
    expect(near.cycles).toBeLessThanOrEqual(1.01 * near.floor);
    expect(far.cycles).toBeLessThanOrEqual(1.05 * far.floor);
    expect(near.cycles).toBeLessThan(far.cycles);
    expect(near.count).toBeGreaterThan(far.count);
  });
});

describe("the checker", () => {
  const set: TransferSet = packTransfers([
    { source: 0, offset: 0, words: 2, destinations: [{ tile: 1, offset: 0 }] },
    { source: 0, offset: 2, words: 2, destinations: [{ tile: 2, offset: 0 }] },
    { source: 3, offset: 0, words: 2, destinations: [{ tile: 1, offset: 2 }] },
  ]);
  const good = (): Record<"transfer" | "offset" | "words" | "cycle", number[]> => {
    const { transfer, offset, words, cycle } = scheduleTransfers(mini, set);
    return { transfer: [...transfer], offset: [...offset], words: [...words], cycle: [...cycle] };
  };
  const rules = (change: (pieces: ReturnType<typeof good>) => void, cycles_off = 0) => {
    const pieces = good();
    const { cycles } = scheduleTransfers(mini, set);
    change(pieces);
    const schedule: CheckedSchedule = {
      set,
      ...pieces,
      count: pieces.transfer.length,
      cycles: cycles + cycles_off,
    };
    return new Set(checkSchedule(mini, set, schedule).map(({ rule }) => rule));
  };
  const piece = (pieces: ReturnType<typeof good>, t: number) => pieces.transfer.indexOf(t);

  test("finds nothing in what the scheduler made", () => {
    expect([...rules(() => {})]).toEqual([]);
  });

  type Pieces = ReturnType<typeof good>;
  const set_field =
    (field: keyof Pieces, t: number, value: (p: Pieces) => number) => (p: Pieces) => {
      p[field][piece(p, t)] = value(p);
    };
  const path = (s: number) => mini.path[s * mini.tiles + 1]!;
  const rows: [string, (p: Pieces) => void][] = [
    ["send before the tile's first event", set_field("cycle", 0, () => -1)],
    ["landing before a mux write can select it", set_field("cycle", 0, () => 0)],
    ["two words sent in one event", set_field("cycle", 1, (p) => p.cycle[piece(p, 0)]!)],
    [
      "two words land in one event",
      set_field("cycle", 2, (p) => p.cycle[piece(p, 0)]! + path(0) - path(3)),
    ],
    ["word outside its transfer", set_field("offset", 2, () => 1)],
    ["word never delivered", set_field("words", 2, () => 1)],
    ["unknown transfer", set_field("transfer", 2, () => 9)],
    [
      "word sent twice",
      (p) => {
        const again = { transfer: 2, offset: 0, words: 1, cycle: 900 };
        for (const key of ["transfer", "offset", "words", "cycle"] as const)
          p[key].push(again[key]);
      },
    ],
  ];
  test.each(rows)("names: %s", (rule, change) => {
    expect([...rules(change)]).toContain(rule);
  });

  test("names cycles that are not those of the last landing, and words nobody asked for", () => {
    expect([...rules(() => {}, 1)]).toEqual(["cycles are not those of the last landing"]);
    const other = packTransfers([
      { source: 0, offset: 0, words: 2, destinations: [{ tile: 1, offset: 9 }] },
    ]);
    const found = checkSchedule(mini, other, scheduleTransfers(mini, set));
    expect(new Set(found.map(({ rule }) => rule))).toEqual(
      new Set(["word delivered to a place nobody asked for", "word never delivered"]),
    );
  });
});
