/** The floor against exhaustive search, and against the published closed cases on c600. */
import { describe, expect, test } from "vitest";
import { floorCycles, type Timing, wordBound } from "../../../host/exchange/bound.js";
import { makeFabric } from "../../../host/exchange/fabric.js";
import { chipByName } from "../../../host/exchange/geometry.js";
import { patternSteps } from "../../../host/exchange/patterns.js";
import { Random } from "../../../host/exchange/random.js";
import {
  packTransfers,
  type Transfer,
  type TransferSet,
} from "../../../host/exchange/transfers.js";
import { limit_ms, SOAK } from "../../support/soak.js";

/** Least cycles of any schedule, by depth-first search over send cycles, word by word. */
function optimum(timing: Timing, set: TransferSet, floor: number): number {
  for (let horizon = Math.max(0, floor - 4); ; horizon++) {
    if (fits(timing, set, horizon, 0, new Set())) return horizon;
  }
}

function fits(
  timing: Timing,
  set: TransferSet,
  horizon: number,
  t: number,
  used: Set<number>,
): boolean {
  if (t === set.count) return true;
  const s = set.source[t]!;
  const to = [...set.destination.slice(set.first[t], set.first[t + 1])];
  for (let cycle = timing.start[s]!; cycle < horizon; cycle++) {
    const lands = to.map((d) => cycle + timing.path[s * timing.tiles + d]!);
    if (lands.some((at, i) => at >= horizon || at < timing.lead[to[i]!]!)) continue;
    const slots = [s * 1000 + cycle, ...lands.map((at, i) => (100 + to[i]!) * 1000 + at)];
    if (slots.some((slot) => used.has(slot))) continue;
    for (const slot of slots) used.add(slot);
    if (fits(timing, set, horizon, t + 1, used)) return true;
    for (const slot of slots) used.delete(slot);
  }
  return false;
}

function smallCase(random: Random, multicast: boolean): [Timing, TransferSet] {
  const tiles = 4 + random.below(3);
  const draw = (count: number, most: number) =>
    Array.from({ length: count }, () => random.below(most));
  const timing = {
    tiles,
    start: Int32Array.from(draw(tiles, 4)),
    lead: Int32Array.from(draw(tiles, 8)),
    path: Uint8Array.from(draw(tiles * tiles, 8), (p) => p + 1),
  };
  const list = draw(4 + random.below(3), tiles).map((source): Transfer => {
    const count = multicast ? 1 + random.below(3) : 1;
    const to = new Set(draw(count, tiles));
    return {
      source,
      offset: 0,
      words: 1,
      destinations: [...to].map((tile) => ({ tile, offset: 0 })),
    };
  });
  return [timing, packTransfers(list)];
}

describe("floor", () => {
  const cases = SOAK ? 20_000 : 400;

  test.each([
    [false, 0.95, 1],
    [true, 0.85, 2],
  ])(
    "no schedule beats it (multicast %s); the optimum reaches it in %f of small cases",
    (...row) => {
      const [multicast, share, worst_gap] = row;
      let reached = 0;
      for (let seed = 1; seed <= cases; seed++) {
        const [timing, set] = smallCase(new Random(seed), multicast);
        const floor = floorCycles(timing, set);
        const best = optimum(timing, set, floor);
        expect(best, `seed ${seed}`).toBeGreaterThanOrEqual(floor);
        expect(best - floor, `seed ${seed}`).toBeLessThanOrEqual(worst_gap);
        if (best === floor) reached++;
      }
      expect(reached / cases).toBeGreaterThan(share);
    },
    limit_ms(5),
  );

  // Published: exchange-scheduling.md sections 2 and 4 (random ones depend on our generator).
  test.each([
    ["transpose", 1, 1472, 1625],
    ["broadcast", 8, 1472, 187],
    ["broadcast", 64, 1472, 243],
    ["gather", 8, 1472, 11820],
    ["scatter", 8, 1472, 11796],
    ["halo", 64, 1472, 410],
    ["neighbour", 1, 1472, 155],
    ["ring", 1, 1472, 155],
    ["ring", 64, 1472, 218],
  ])(
    "%s of %i words on %i tiles of c600 cannot end before cycle %i",
    (name, words, tiles, floor) => {
      const fabric = makeFabric(chipByName("c600"));
      const [step] = patternSteps(name, { tiles, words });
      expect(floorCycles(fabric, step!.set)).toBe(floor);
    },
  );

  test("a shift of cannon on 38 x 38 tiles takes 282 cycles of 64 words", () => {
    const fabric = makeFabric(chipByName("c600"));
    const steps = patternSteps("cannon", { tiles: 1472, words: 64 });
    expect(floorCycles(fabric, steps[1]!.set)).toBe(282);
  });

  test("nothing to send takes no cycles and bounds nothing", () => {
    const fabric = makeFabric(chipByName("mini"));
    expect(floorCycles(fabric, packTransfers([]))).toBe(0);
    expect(wordBound(64, packTransfers([]))).toBe(0);
  });
});
