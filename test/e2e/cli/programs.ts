/** Small guest programs for the tests of `hotspare exec`, one a row, and their ELF files. */

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addi, beq, jal, lui, lw, R, sw } from "../../../host/reference/assembler.js";
import { instructionBytes, type WriterSymbol, writeElf } from "../../support/elf-writer.js";

export const BASE = 0x8000_0000;
/** `tohost` lies here; t0 holds it after `POINT`. */
export const TOHOST = 0x8000_1000;
const POINT = lui(R.t0, TOHOST >>> 12);
const WFI = 0x1050_0073;

export const folder = mkdtempSync(join(tmpdir(), "hotspare-cli-"));

/** Writes an ELF of these words at BASE, with `tohost` unless told otherwise. */
export function program(
  name: string,
  words: readonly number[],
  symbols: readonly WriterSymbol[] = [{ name: "tohost", address: TOHOST }],
): string {
  const path = join(folder, name);
  const bytes = instructionBytes(words);
  const entry = BASE;
  writeFileSync(path, writeElf({ entry, segments: [{ address: BASE, bytes }], symbols }));
  return path;
}

/** Stores `value` to tohost and hangs. 3 instructions retired. */
export const storing = (value: number): number[] => [
  POINT,
  addi(R.t1, R.zero, value),
  sw(R.t1, R.t0, 0),
  jal(R.zero, 0),
];

export const LOOP = [jal(R.zero, 0)];
export const SLEEP = [WFI, jal(R.zero, -4)];
/** A load from nowhere: mtvec's reset value makes the program itself the handler. */
export const FAULTS = [
  addi(R.a0, R.a0, 1),
  addi(R.a1, R.zero, 2),
  POINT,
  // The second time round (a0 = 2) the result is stored; the first time the load traps.
  beq(R.a0, R.a1, 8),
  lw(R.a2, R.zero, 0),
  addi(R.t1, R.zero, 1),
  sw(R.t1, R.t0, 0),
];
