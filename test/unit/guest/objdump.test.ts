/**
 * Agreement of the disassembler with GNU objdump (binutils 2.40 of Debian 12), line by line.
 *
 * objdump decides what it names by the `Tag_RISCV_arch` attribute of the object: ours says
 * RV32IMAC, Zicsr, Zifencei, so that what other extensions define prints as data on both sides.
 * Compared are all words except those whose low five bits are ones: these announce encodings longer
 * than 32 bits, of which objdump prints 6 to 22 bytes as one line, and which no hart here has.
 * objdump's options: `-m riscv:rv32 -d -z`; -z, lest runs of zeros be abbreviated. Comments (` #
 * address`) are compared too. Other versions of binutils spell some aliases differently, so the
 * version is checked.
 */

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROWS_16 } from "../../../host/guest/compressed.js";
import { type DisassemblyOptions, Listing } from "../../../host/guest/disassembler.js";
import { readElf } from "../../../host/guest/elf.js";
import { ROWS_32 } from "../../../host/guest/opcodes.js";
import { SymbolTable } from "../../../host/guest/symbols.js";
import { requireClient } from "../../support/clients.js";
import { instructionBytes, type WriterSymbol, writeElf } from "../../support/elf-writer.js";
import { type Draw, draws, printedSeed } from "../../support/seeded.js";
import { SOAK } from "../../support/soak.js";

const objdump = requireClient("riscv64-unknown-elf-objdump", "binutils-riscv64-unknown-elf");
const thorough = process.env.CI === "true" || SOAK;
const WORD_COUNT = thorough ? 1_000_000 : 50_000;
/** Words in one object: bounds the size of the file and varies the address. */
const CHUNK_WORDS = 100_000;
const ARCH = "rv32i2p1_m2p0_a2p1_c2p0_zicsr2p0_zifencei2p0";
const BASES = [0, 0x1000, 0x2000_0000, 0x8000_0000, 0xfff0_0000];

const STYLES: readonly (readonly [string, readonly string[], DisassemblyOptions, number])[] = [
  ["in the default style", [], {}, WORD_COUNT],
  [
    "without aliases and with numeric registers",
    ["-M", "no-aliases,numeric"],
    { aliases: false, numeric: true },
    WORD_COUNT / 5,
  ],
];

describe.skipIf(objdump === undefined)("the disassembler agrees with objdump", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hotspare-objdump-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test("objdump is of the version whose spelling the tables follow", () => {
    const [first] = execFileSync(objdump!, ["--version"], { encoding: "utf8" }).split("\n");
    expect(first).toMatch(/ 2\.40/);
  });

  test.each(STYLES)("on random words %s", async (_, flags, options, count) => {
    const draw = draws(printedSeed("objdump agreement"));
    const listing = { differences: [] as string[], compared: 0 };
    for (let done = 0; done < count; done += CHUNK_WORDS) {
      const length = Math.min(CHUNK_WORDS, count - done);
      const words = Array.from({ length }, () => randomWord(draw));
      const part = await compare(folder, words, draw.pick(BASES), flags, options);
      listing.differences.push(...part.differences);
      listing.compared += part.compared;
    }
    expect(listing.differences.slice(0, 20)).toEqual([]);
    expect(listing.compared).toBe(count);
  });

  test.each(STYLES)(
    "on all 49152 halfwords that are 16-bit encodings %s",
    async (_, f, options) => {
      const halves = Array.from({ length: 0x1_0000 }, (_, h) => h).filter((h) => (h & 3) !== 3);
      const { differences, compared } = await compare(folder, halves, 0x8000_0000, f, options);
      expect(differences.slice(0, 20)).toEqual([]);
      expect(compared).toBe(49_152);
    },
  );

  test("on every CSR number, each read and written", async () => {
    const words = Array.from({ length: 0x1000 }, (_, csr) => [
      ((csr << 20) | 0x2573) >>> 0, // csrr a0, csr
      ((csr << 20) | 0x5_1073) >>> 0, // csrw csr, a0
    ]).flat();
    const { differences } = await compare(folder, words, 0, [], {});
    expect(differences).toEqual([]);
  });

  test("on targets and addresses near symbols, gp included", async () => {
    const draw = draws(printedSeed("objdump symbols"));
    const words = Array.from({ length: 5000 }, () => randomWord(draw));
    const symbols = [
      { name: "start", address: 0x8000_0000, size: 0 },
      { name: "__global_pointer$", address: 0x8000_1800, size: 0, type: 0 },
      { name: "middle", address: 0x8000_2000, size: 0 },
    ];
    const { differences } = await compare(folder, words, 0x8000_0000, [], {}, symbols);
    expect(differences.slice(0, 20)).toEqual([]);
  });

  /** Prints the words both ways; the differences as text, and the number of lines compared. */
  async function compare(
    directory: string,
    words: readonly number[],
    base: number,
    flags: readonly string[],
    options: DisassemblyOptions,
    symbols?: readonly WriterSymbol[],
  ): Promise<{ differences: string[]; compared: number }> {
    const path = join(directory, "words.elf");
    const bytes = instructionBytes(words);
    const segments = [{ address: base, bytes, flags: 5 }];
    const elf = writeElf({ segments, attributes: ARCH, ...(symbols ? { symbols } : {}) });
    writeFileSync(path, elf);
    const table = new SymbolTable(readElf(elf, path).symbols);
    // objdump counts backwards from the first symbol before it; the table says nothing there.
    const describeAddress = (address: number): string =>
      table.lookup(address) ?? `${symbols![0]!.name}-0x${(base - address).toString(16)}`;
    const ours = new Listing(
      symbols ? { ...options, describe: describeAddress } : options,
      table.byName("__global_pointer$")?.address,
    );
    const differences: string[] = [];
    let compared = 0;
    let pc = base;
    for await (const line of objdumpLines(path, flags)) {
      const word = words[compared]!;
      const { text, size } = ours.next(word, pc);
      if (line.pc !== pc || line.text !== text) {
        const bits = word.toString(16).padStart(size * 2, "0");
        differences.push(`${pc.toString(16)}: ${bits}: objdump ${line.text} | ours ${text}`);
      }
      pc += size;
      compared += 1;
    }
    expect(compared).toBe(words.length);
    return { differences, compared };
  }
});

/** The instructions that objdump lists: address, and what stands behind the bytes. */
async function* objdumpLines(
  path: string,
  flags: readonly string[],
): AsyncGenerator<{ pc: number; text: string }> {
  const child = spawn(objdump!, ["-m", "riscv:rv32", "-d", "-z", ...flags, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [address, , ...text] = line.split("\t");
    if (text.length === 0) continue; // headings and labels have no tabs
    yield { pc: Number.parseInt(address!, 16), text: text.join("\t").trimEnd() };
  }
}

/**
 * A third uniform words, two thirds instructions of our tables with random operands, of whose
 * fields some are cleared or set, since aliases hang on zeros.
 */
function randomWord(draw: Draw): number {
  for (;;) {
    const word = draw.oneIn(3) ? draw.word() : biasedWord(draw);
    if ((word & 0x1f) === 0x1f) continue;
    return (word & 3) === 3 ? word : word & 0xffff;
  }
}

function biasedWord(draw: Draw): number {
  const row = draw.pick(draw.oneIn(4) ? ROWS_16 : ROWS_32);
  let operands = draw.word();
  for (const field of [0x0000_0f80, 0x000f_8000, 0x01f0_0000, 0xfff0_0000]) {
    if (draw.oneIn(4)) operands &= ~field;
    if (draw.oneIn(16)) operands |= field;
  }
  // Link register, and single bits off a row, so that neighbours of every encoding are met.
  if (draw.oneIn(8)) operands = (operands & ~0xf80) | 0x80;
  const flip = draw.oneIn(8) ? 1 << draw.below(32) : 0;
  return ((row.match | (operands & ~row.mask)) ^ flip) >>> 0;
}
