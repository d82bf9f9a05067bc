/**
 * Mutated ELF files in process: each is loaded or refused by a UserError E4xx with exit code 4,
 * never another exception, and what is loaded keeps the promises of `readElf`.
 */

import { describe, expect, test } from "vitest";
import { Exit, UserError } from "../../host/error/index.js";
import { type Elf, readElf, segmentRanges } from "../../host/guest/elf.js";
import { SymbolTable } from "../../host/guest/symbols.js";
import { type WriterOptions, writeElf } from "../support/elf-writer.js";
import { type Draw, draws, printedSeed } from "../support/seeded.js";
import { limit_ms, Progress, SOAK } from "../support/soak.js";

const MUTANTS = SOAK ? 3_000_000 : 120_000;

const BASES: readonly WriterOptions[] = [
  {
    segments: [
      { address: 0x8000_0000, bytes: new Uint8Array(64).fill(0x13), flags: 5 },
      { address: 0x8000_1000, bytes: new Uint8Array(16), memorySize: 0x4000, flags: 6 },
    ],
    symbols: [
      { name: "_start", address: 0x8000_0000, size: 16 },
      { name: "main", address: 0x8000_0010, size: 48 },
      { name: "tohost", address: 0x8000_1000, type: 0 },
      { name: "local", address: 0x8000_0020, type: 0, binding: 0 },
    ],
    attributes: "rv32i2p1_m2p0_a2p1_c2p0_zicsr2p0_zifencei2p0",
  },
  {
    segments: [
      { address: 0x100, bytes: [1, 2, 3, 4] },
      { address: 0x104, virtualAddress: 0x2000_0000, bytes: [5, 6, 7, 8], memorySize: 0x80 },
      { address: 0, bytes: [9], type: 4 },
    ],
    symbols: [],
  },
  { segments: [{ address: 0, bytes: [0x82, 0x80] }], sections: false, flags: 0 },
];

/** Values at which field checks turn. */
const EDGES = [
  0, 1, 2, 3, 4, 0x10, 0x28, 0x34, 0x7f, 0xff, 0xff00, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000,
  0xc000_0000, 0xffff_0000, 0xffff_fff0, 0xffff_ffff,
];

type Mutation = (bytes: Uint8Array, draw: Draw) => Uint8Array;

/** Writes an edge, a small step, or noise over the little-endian field at an offset. */
function setField(bytes: Uint8Array, offset: number, size: number, draw: Draw): Uint8Array {
  if (offset + size > bytes.length) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const old = size === 4 ? view.getUint32(offset, true) : view.getUint16(offset, true);
  const value = draw.pick([draw.pick(EDGES), old + draw.below(9) - 4, draw.word(), bytes.length]);
  if (size === 4) view.setUint32(offset, value, true);
  else view.setUint16(offset, value, true);
  return bytes;
}

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "flips bits": (bytes, draw) => {
    const at = draw.below(bytes.length);
    bytes[at] = bytes[at]! ^ (1 << draw.below(8));
    return bytes;
  },
  "replaces a byte": (bytes, draw) => {
    bytes[draw.below(bytes.length)] = draw.word();
    return bytes;
  },
  "replaces a field of the file header": (bytes, draw) => {
    const offset = 16 + 2 * draw.below(18);
    return setField(bytes, offset, offset >= 24 && offset < 40 ? 4 : 2, draw);
  },
  "replaces a field of a program header": (bytes, draw) =>
    setField(bytes, 52 + 4 * draw.below(24), 4, draw),
  "replaces a field of a section header": (bytes, draw) => {
    const fromEnd = 4 * (1 + draw.below(70));
    return setField(bytes, Math.max(0, bytes.length - fromEnd), 4, draw);
  },
  "replaces any aligned word": (bytes, draw) =>
    setField(bytes, 4 * draw.below(bytes.length >> 2), 4, draw),
  "cuts the end off": (bytes, draw) => bytes.subarray(0, 1 + draw.below(bytes.length)),
  "splices one part over another": (bytes, draw) => {
    const from = draw.below(bytes.length);
    bytes.copyWithin(draw.below(bytes.length), from, from + draw.below(64));
    return bytes;
  },
  "grafts a part of another file": (bytes, draw) => {
    const other = draw.pick(FILES);
    const part = other.subarray(draw.below(other.length)).subarray(0, 1 + draw.below(128));
    const at = draw.below(bytes.length);
    bytes.set(part.subarray(0, bytes.length - at), at);
    return bytes;
  },
};

const FILES = BASES.map(writeElf);

/** What holds of every file that is loaded; returns the first promise that is broken. */
function brokenPromise(elf: Elf, fileSize: number): string | undefined {
  const ranges = elf.segments.flatMap((segment) => segmentRanges(segment));
  ranges.sort((a, b) => a.start - b.start);
  if (ranges.length === 0) return "nothing to load";
  if (ranges.some(({ start, end }, k) => start >= end || (ranges[k + 1]?.start ?? end) < end)) {
    return "ranges overlap";
  }
  if (ranges.some(({ start, end }) => start < 0 || end > 2 ** 32)) return "range past 4 GiB";
  const sizes = elf.segments.map(({ bytes }) => bytes.length);
  if (sizes.some((size) => size > fileSize)) return "more bytes than the file has";
  if (elf.segments.some(({ bytes, memorySize }) => bytes.length > memorySize)) return "sizes";
  const table = new SymbolTable(elf.symbols, elf.sections);
  return typeof table.describe(elf.entry) === "string" ? undefined : "no name for the entry";
}

describe("mutated ELF files", () => {
  test(
    `${MUTANTS} of them are loaded or refused, each by a UserError with exit code 4`,
    () => {
      const seed = printedSeed("ELF fuzz");
      const draw = draws(seed);
      const kinds = Object.entries(MUTATIONS);
      const codes = new Map<string, number>();
      const progress = new Progress("ELF fuzz", MUTANTS);
      for (let k = 0; k < MUTANTS; k++) {
        progress.step();
        let bytes: Uint8Array = draw.pick(FILES).slice();
        const names = Array.from({ length: 1 + draw.below(4) }, () => {
          const [name, mutate] = draw.pick(kinds);
          bytes = mutate(bytes, draw);
          return name;
        });
        const outcome = outcomeOf(bytes);
        codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
        if (!/^(loaded|E4\d\d)$/.test(outcome)) {
          expect.fail(`seed ${seed}, mutant ${k} (${names.join(", ")}): ${outcome}`);
        }
      }
      // Mutants that reach neither success nor every check would show nothing.
      expect(codes.get("loaded")).toBeGreaterThan(MUTANTS / 20);
      expect(codes.size).toBe(12);
    },
    limit_ms(3),
  );
});

function outcomeOf(bytes: Uint8Array): string {
  try {
    return brokenPromise(readElf(bytes, "mutant.elf"), bytes.length) ?? "loaded";
  } catch (error) {
    if (!(error instanceof UserError)) return `not a UserError: ${String(error)}`;
    return error.exitCode === Exit.FIRMWARE ? error.code : `exit code ${error.exitCode}`;
  }
}
