/** Compiled rows, run by a plain interpreter: every word arrives, nothing else does. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkRow } from "../../../host/exchange/check-rows.js";
import {
  type CompiledExchange,
  compileExchange,
  compilePattern,
} from "../../../host/exchange/compile.js";
import { makeFabric } from "../../../host/exchange/fabric.js";
import { type Chip, chipByName } from "../../../host/exchange/geometry.js";
import { decodeInstruction, wordsOf } from "../../../host/exchange/rows.js";
import {
  deliveredWords,
  packTransfers,
  type Transfer,
  transferAt,
} from "../../../host/exchange/transfers.js";
import { limit_ms, SOAK } from "../../support/soak.js";
import { interpret } from "./interpret.js";

const mini = chipByName("mini");
const c600 = chipByName("c600");

/** A word that tells where it came from. */
const mark = (logical: number, offset: number) => (logical + 1) * 0x100000 + offset;

function verify(chip: Chip, exchange: CompiledExchange): void {
  const { fabric, placement, rows, set, report } = exchange;
  const logical = new Map(rows.map(({ visible }, tile) => [visible, tile]));
  const { code_base, source_base, destination_base } = placement;
  const source_words = (destination_base - source_base) / 4;
  const result = interpret(chip, rows, (visible) => {
    const memory = new Map<number, number>();
    const tile = logical.get(visible)!;
    for (let i = 0; i < source_words; i++) memory.set((source_base >> 2) + i, mark(tile, i));
    return memory;
  });
  expect(result.faults).toEqual([]);
  expect(result.not_neutral).toEqual([]);
  expect(result.last_landing_cycle + 1).toBe(report.cycles);
  expect(result.landings).toBe(deliveredWords(set));
  // Rows end 6 events after their last landing, or with their last send.
  expect([...result.late]).toEqual([0]);
  const wrong: string[] = [];
  for (let t = 0; t < set.count; t++) {
    const { source, offset, words, destinations } = transferAt(set, t);
    for (const to of destinations) {
      const memory = result.memory.get(fabric.visible[to.tile]!)!;
      for (let i = 0; i < words; i++) {
        const found = memory.get((destination_base >> 2) + to.offset + i);
        if (found !== mark(source, offset + i)) wrong.push(`${t}:${i} at ${to.tile}`);
      }
    }
  }
  for (const { address, words } of rows) {
    if (checkRow(chip, address, words).length > 0) wrong.push(`row at ${address}`);
    expect(address).toBeGreaterThanOrEqual(code_base);
    expect(address + 4 * words.length).toBeLessThanOrEqual(placement.end);
  }
  expect(wrong).toEqual([]);
}

describe("compiled rows deliver every word", () => {
  test.each([
    ["neighbour", 64, 9, 1],
    ["ring", 64, 1, 1],
    ["ring", 5, 200, 1],
    ["transpose", 64, 1, 1],
    ["transpose", 20, 5, 1],
    ["broadcast", 64, 8, 1],
    ["gather", 64, 3, 1],
    ["scatter", 64, 3, 1],
    ["reduce", 64, 16, 1],
    ["halo", 64, 16, 1],
    ["permutation", 64, 100, 3],
    ["h-relation", 64, 8, 5],
    ["cannon", 64, 8, 1],
    ["all-gather", 30, 4, 1],
    ["summa", 64, 16, 1],
    ["random", 64, 12, 2],
  ])("%s on %i tiles of mini, %i words, seed %i", (name, tiles, words, seed) => {
    const { steps } = compilePattern(mini, name, { tiles, words, seed });
    for (const { exchange } of steps) verify(mini, exchange);
  });

  test.each([
    ["halo", 40],
    ["h-relation", 6],
    ["transpose", 2],
  ])("%s on 48 tiles of c600 that the snake puts in two columns, %i words", (name, words) => {
    const { steps } = compilePattern(c600, name, { tiles: 48, words });
    for (const { exchange } of steps) verify(c600, exchange);
  });

  const whole: [string, number][] = [
    ["halo", 16],
    ["broadcast", 8],
    ["permutation", 64],
  ];
  if (SOAK) whole.push(["transpose", 1], ["h-relation", 64], ["all-gather", 1]);
  test.each(whole)(
    "%s on all 1472 tiles of c600, %i words",
    (name, words) => {
      const { steps } = compilePattern(c600, name, { tiles: 1472, words, degree: 4 });
      for (const { exchange } of steps) verify(c600, exchange);
    },
    limit_ms(5),
  );

  test(
    "any plan on mini: self-sends, copies, far offsets, multicasts, long streams",
    () => {
      const transfer = fc.record({
        source: fc.nat(63),
        offset: fc.nat(300),
        words: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 60, max: 140 })),
        tiles: fc.uniqueArray(fc.nat(63), { minLength: 1, maxLength: 5 }),
        gap: fc.nat(3),
      });
      fc.assert(
        fc.property(fc.array(transfer, { minLength: 1, maxLength: 14 }), (parts) => {
          const next = new Map<number, number>();
          const list = parts.map(({ source, offset, words, tiles, gap }): Transfer => {
            const destinations = tiles.map((tile) => {
              const at = (next.get(tile) ?? 0) + gap;
              next.set(tile, at + words);
              return { tile, offset: at };
            });
            return { source, offset, words, destinations };
          });
          verify(mini, compileExchange(makeFabric(mini), packTransfers(list)));
        }),
        { numRuns: SOAK ? 2000 : 60 },
      );
    },
    limit_ms(5),
  );
});

describe("rows", () => {
  test("a tile with nothing to do has sans 0, sync 1, return; also those beyond --tiles", () => {
    const { steps } = compilePattern(mini, "ring", { tiles: 2, words: 1 });
    const { rows } = steps[0]!.exchange;
    expect(rows).toHaveLength(64);
    for (const row of rows.slice(2)) {
      expect([...row.words]).toEqual([0x40c00000, 0x41800001, 0x43a00000]);
    }
  });

  test("no row of a dense exchange holds a word that is unknown", () => {
    const { steps } = compilePattern(mini, "transpose", { tiles: 64, words: 3 });
    for (const { words, address } of steps[0]!.exchange.rows) {
      for (let i = 0; i < words.length; ) {
        const { op } = decodeInstruction(words, i, address + 4 * i);
        expect(op).not.toBe("unknown");
        i += wordsOf(op);
      }
    }
  });

  test("equal inputs give equal rows", () => {
    const rows = () =>
      compilePattern(mini, "h-relation", { tiles: 64, words: 8 }).steps[0]!.exchange.rows;
    expect(rows()).toEqual(rows());
  });

  test("an exchange that moves nothing has idle rows and ratio 1", () => {
    const exchange = compileExchange(makeFabric(mini), packTransfers([]));
    expect(exchange.report).toMatchObject({ cycles: 0, floor: 0, ratio: 1, scheduled: 0, gbps: 0 });
    expect(exchange.rows.every(({ events }) => events === 0)).toBe(true);
  });

  test("buffers that a tile cannot hold are refused", () => {
    expect(() => compilePattern(mini, "gather", { tiles: 64, words: 500 })).toThrow(/E134/);
  });
});
