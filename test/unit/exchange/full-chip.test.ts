/**
 * The large cases at the whole c600, with the table that docs/exchange.md shows. They take minutes:
 * run them with HOTSPARE_SOAK=1.
 */
import { describe, expect, test } from "vitest";
import { checkSchedule } from "../../../host/exchange/check.js";
import { compilePattern } from "../../../host/exchange/compile.js";
import { chipByName } from "../../../host/exchange/geometry.js";
import { limit_ms, SOAK } from "../../support/soak.js";

type Case = [name: string, words: number, most: number, more?: object];

const CASES: readonly Case[] = [
  ["neighbour", 64, 1.01],
  ["ring", 64, 1.01],
  ["broadcast", 8, 1.02],
  ["broadcast", 64, 1.02],
  ["gather", 8, 1.01],
  ["scatter", 8, 1.01],
  ["reduce", 64, 1.01],
  ["halo", 64, 1.01],
  ["permutation", 1024, 1.01],
  ["h-relation", 64, 1.01, { degree: 4 }],
  ["h-relation", 4, 1.01, { degree: 32 }],
  ["h-relation", 64, 1.01, { degree: 32 }],
  ["cannon", 64, 1.01],
  ["all-gather", 8, 1.02],
  ["summa", 64, 1.1],
  ["summa", 256, 1.1],
  ["random", 64, 1.01, { transfers: 100_000 }],
  ["random", 64, 1.005, { transfers: 1_000_000 }],
  ["transpose", 1, 1.01],
  ["transpose", 4, 1.01],
];

/** Delivered words above which the checker, which goes word by word, would need gigabytes. */
const CHECKED_WORDS_MOST = 4_000_000;

// Without HOTSPARE_SOAK this file is skipped: most of its goals are always tested elsewhere.
describe.skipIf(!SOAK)("the whole c600", () => {
  const lines = ["| pattern | W | transfers | floor | cycles | ratio | pieces | row words | s |"];

  test.each(CASES)(
    "%s of %i words takes at most %f of its floor",
    (name, words, most, more) => {
      const chip = chipByName("c600");
      const begin = performance.now();
      const { steps, report } = compilePattern(chip, name, { tiles: 1472, words, ...more });
      const seconds = (performance.now() - begin) / 1000;
      const { transfers, floor, cycles, ratio, pieces_per_transfer, row_words } = report;
      const shown = [name, words, transfers, floor, cycles, ratio.toFixed(4)];
      const rest = [pieces_per_transfer.toFixed(2), row_words, seconds.toFixed(1)];
      lines.push(`| ${[...shown, ...rest].join(" | ")} |`);
      if (name === CASES[CASES.length - 1]![0] && words === CASES[CASES.length - 1]![1]) {
        console.log(lines.join("\n"));
      }
      expect(ratio).toBeLessThanOrEqual(most);
      for (const { exchange } of steps) {
        const delivered = exchange.set.destination.length * words;
        if (delivered > CHECKED_WORDS_MOST) continue;
        expect(checkSchedule(exchange.fabric, exchange.set, exchange.schedule)).toEqual([]);
      }
    },
    limit_ms(3),
  );
});
