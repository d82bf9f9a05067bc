/**
 * Random words as exchange rows, on the emulated fabric: whatever they do to tile memories, the
 * model stands, time goes on, and the same words do the same again.
 */
import { expect, test } from "vitest";
import { chipByName, encodeInstruction, logicalToVisible } from "../../host/exchange/index.js";
import { TileChip } from "../../host/tile/index.js";
import { type Build, coreModule } from "../support/core.js";
import { type Draw, draws, printedSeed } from "../support/seeded.js";
import { limit_ms, SOAK } from "../support/soak.js";

const MINI = chipByName("mini");
const TILES = logicalToVisible(MINI);
const ROWS = 0x44000;
const ROW_WORDS = 2048;
/** Cycles between two looks at which tiles are free: some rows are a word, some thousands. */
const ROUND_CYCLES = 256;

/** Any word; or, one time in four, a known form with few events and any fields. */
function randomWord(draw: Draw): number {
  if (!draw.oneIn(4)) return draw.word();
  const n = 1 + draw.below(40);
  const value = draw.below(2 ** 18);
  const [address, sctl, sel] = [draw.below(2 ** 18), draw.below(8), draw.below(2)];
  const mux = draw.pick(TILES as unknown as readonly number[]);
  const words = draw.pick([
    encodeInstruction({ op: "delayxpic", n, sel: 0, value: mux }),
    encodeInstruction({ op: "delaypic", n, sel, value }),
    encodeInstruction({ op: "send", n, address: 0x10000 + (address & 0x3fff), sctl }),
    encodeInstruction({ op: "sendoff", n, delta: draw.below(2048), sctl }),
    encodeInstruction({ op: "sendpic", n, csel: draw.below(4), value }),
    encodeInstruction({ op: "sans", n: draw.below(256) }),
    encodeInstruction({ op: "sync", zone: draw.below(16) }),
  ]);
  return words[0]!;
}

/** Runs `count` words as rows, each tile on from where its last row ended; returns the digest. */
async function storm(build: Build, seed: number, count: number) {
  const chip = await TileChip.create(await coreModule(build), {
    chip: MINI,
    watchdog_cycles: 4096,
  });
  const draw = draws(seed);
  const next = new Map<number, number>();
  let begun = 0;
  let hung = 0;
  while (begun < count) {
    let started = 0;
    for (const tile of TILES) {
      const at = next.get(tile) ?? 0;
      if (at % ROW_WORDS === 0) {
        chip.write(
          tile,
          ROWS,
          Uint32Array.from({ length: ROW_WORDS }, () => randomWord(draw)),
        );
      }
      if (!chip.start(tile, ROWS + 4 * (at % ROW_WORDS))) continue;
      next.set(tile, at + 1);
      started++;
    }
    begun += started;
    // Words may hang all tiles in barriers that nobody completes: then a new chip is needed.
    hung = started === 0 ? hung + 1 : 0;
    if (hung > 40) break;
    chip.run(ROUND_CYCLES);
  }
  return {
    begun,
    digest: chip.machine.digest(),
    errors: chip.tiles.map((t) => chip.view(t).errors),
  };
}

const WORDS = SOAK ? 2_000_000 : 100_000;

test("random row words run without harm", {
  timeout: limit_ms(4, 120_000),
}, async () => {
  const base = printedSeed("random row words") * 1000;
  let begun = 0;
  for (let seed = base; begun < WORDS; seed++) {
    const run = await storm("release", seed, WORDS - begun);
    begun += run.begun;
    expect(run.begun).toBeGreaterThan(0);
  }
  expect(begun).toBeGreaterThanOrEqual(WORDS);
});

test("both builds do the same with them", { timeout: limit_ms(2, 120_000) }, async () => {
  for (const seed of [1, 2, 3]) {
    const [release, checked] = [
      await storm("release", seed, 5000),
      await storm("checked", seed, 5000),
    ];
    expect(checked).toEqual(release);
    expect(release.errors.some((count) => count > 0)).toBe(true);
  }
});
