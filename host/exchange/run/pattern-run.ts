/**
 * Runs a compiled exchange on a fabric and compares every word with what the transfers say. Source
 * words are a function of (run, tile, offset) without equal values, so that no misplaced word can
 * pass for the right one, and a repeated exchange cannot live on what the run before left.
 */

import type { CompiledExchange } from "../compile.js";
import { deliveredWords } from "../transfers.js";
import type { FabricRunner } from "./runner.js";

export interface ExchangeRun {
  /** First release to last landing, inclusive; 0 if nothing landed. */
  readonly cycles: number;
  /** Words that were to arrive, and those that were not where they should be. */
  readonly words: number;
  readonly wrong: number;
  /** Words that landed although nobody asked for them, or did not land. */
  readonly surplus: number;
  /** Events in which the hardware saw an error. */
  readonly errors: number;
  readonly settled: boolean;
  /** The first wrong word, by visible tile, as hex. */
  readonly first_wrong: {
    readonly tile: number;
    readonly address: number;
    readonly word: number;
    readonly expected: number;
  } | null;
}

/** Cycles that a run may take beyond its schedule: the barrier's overhead and the longest paths. */
const SPARE_CYCLES = 100_000;
const OFFSET_BITS = 18;

/** The word at `offset` of a logical tile's source buffer in run `run`: 29 bits, then scrambled. */
export function sourceWord(run: number, tile: number, offset: number): number {
  let word = ((tile << OFFSET_BITS) | offset) ^ Math.imul(run + 1, 0x9e37_79b9);
  // Odd multipliers and shifts to the right are one to one, so distinct places stay distinct.
  word = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
  return (word ^ (word >>> 13)) >>> 0;
}

/** Writes rows into tile memories; once for all runs of an exchange. */
export function loadRows(runner: FabricRunner, exchange: CompiledExchange): void {
  for (const { visible, address, words } of exchange.rows) runner.write(visible, address, words);
}

/** Runs an exchange whose rows are loaded; `run` counts the runs on this fabric. */
export function runExchange(
  runner: FabricRunner,
  exchange: CompiledExchange,
  run: number,
): ExchangeRun {
  loadSources(runner, exchange, run);
  const before = exchange.rows.map(({ visible }) => runner.view(visible));
  for (const { visible, address } of exchange.rows) runner.start(visible, address);
  const settled = runner.settle(exchange.report.scheduled + SPARE_CYCLES);
  const release = runner.release() ?? 0;
  let [last, landed, errors, waiting] = [-1, 0, 0, 0];
  exchange.rows.forEach(({ visible }, i) => {
    const after = runner.view(visible);
    const count = after.landed - before[i]!.landed;
    if (count > 0) last = Math.max(last, after.lastLanding);
    landed += count;
    errors += after.errors - before[i]!.errors;
    if (after.exchange !== "core") waiting++;
  });
  const words = deliveredWords(exchange.set);
  const { wrong, first_wrong } = compareWords(runner, exchange, run);
  return {
    cycles: last < 0 ? 0 : last - release + 1,
    words,
    wrong,
    surplus: Math.abs(landed - words),
    errors,
    settled: settled && waiting === 0,
    first_wrong,
  };
}

export function isVerified(run: ExchangeRun): boolean {
  return run.settled && run.wrong === 0 && run.surplus === 0 && run.errors === 0;
}

/** Fills every source buffer as far as a transfer reads it. */
function loadSources(
  runner: FabricRunner,
  { fabric, set, placement }: CompiledExchange,
  run: number,
) {
  const length = new Int32Array(fabric.tiles);
  for (let t = 0; t < set.count; t++) {
    const end = set.source_offset[t]! + set.words[t]!;
    if (end > length[set.source[t]!]!) length[set.source[t]!] = end;
  }
  length.forEach((words, tile) => {
    if (words === 0) return;
    const buffer = Uint32Array.from({ length: words }, (_, i) => sourceWord(run, tile, i));
    runner.write(fabric.visible[tile]!, placement.source_base, buffer);
  });
}

function compareWords(
  runner: FabricRunner,
  { fabric, set, placement }: CompiledExchange,
  run: number,
): Pick<ExchangeRun, "wrong" | "first_wrong"> {
  const by_tile = destinationsByTile(fabric.tiles, set.destination);
  const owner = transferOfEntry(set.first, set.destination.length);
  let wrong = 0;
  let first_wrong: ExchangeRun["first_wrong"] = null;
  for (let tile = 0; tile < fabric.tiles; tile++) {
    const [from, to] = [by_tile.first[tile]!, by_tile.first[tile + 1]!];
    if (from === to) continue;
    let words = 0;
    for (let i = from; i < to; i++) {
      const k = by_tile.entries[i]!;
      words = Math.max(words, set.destination_offset[k]! + set.words[owner[k]!]!);
    }
    const visible = fabric.visible[tile]!;
    const buffer = runner.read(visible, placement.destination_base, words);
    for (let i = from; i < to; i++) {
      const k = by_tile.entries[i]!;
      const t = owner[k]!;
      const [s, offset] = [set.source[t]!, set.source_offset[t]!];
      for (let w = 0; w < set.words[t]!; w++) {
        const place = set.destination_offset[k]! + w;
        const expected = sourceWord(run, s, offset + w);
        if (buffer[place] === expected) continue;
        wrong++;
        first_wrong ??= {
          tile: visible,
          address: placement.destination_base + 4 * place,
          word: buffer[place]!,
          expected,
        };
      }
    }
  }
  return { wrong, first_wrong };
}

/** Entries of `destination` sorted by tile. */
function destinationsByTile(tiles: number, destination: Int32Array) {
  const first = new Int32Array(tiles + 1);
  for (const tile of destination) first[tile + 1]!++;
  for (let tile = 0; tile < tiles; tile++) first[tile + 1]! += first[tile]!;
  const next = first.slice();
  const entries = new Int32Array(destination.length);
  destination.forEach((tile, k) => {
    entries[next[tile]!++] = k;
  });
  return { first, entries };
}

/** Transfer that each destination entry belongs to. */
function transferOfEntry(first: Int32Array, entries: number): Int32Array {
  const owner = new Int32Array(entries);
  for (let t = 0; t + 1 < first.length; t++) owner.fill(t, first[t]!, first[t + 1]!);
  return owner;
}
