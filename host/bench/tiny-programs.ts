/** Programs of a few instructions that the benchmarks need, put together here word by word. */

import type { Firmware } from "../machine/firmware.js";

/** Where they lie. */
export const PROGRAM_BASE = 0x8000_0000;

/**
 * Counts down and sleeps for good: 2 instructions a turn. Encodings: RISC-V unprivileged manual,
 * chapter "RV32/64G Instruction Set Listings".
 * @param turns a multiple of 4096.
 */
export function countdown(turns: number): number[] {
  return [
    ((turns & 0xffff_f000) | (5 << 7) | 0x37) >>> 0, // lui  t0, turns >> 12
    0xfff2_8293, // addi t0, t0, -1
    0xfe02_9ee3, // bne  t0, zero, -4
    0x1050_0073, // wfi
    0xffdf_f06f, // jal  zero, -4
  ];
}

export function wordsOf(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, n) => {
    view.setUint32(4 * n, word, true);
  });
  return bytes;
}

/** The program as firmware, without a file. */
export function firmwareOfWords(words: readonly number[]): Firmware {
  const bytes = wordsOf(words);
  const segment = {
    address: PROGRAM_BASE,
    virtualAddress: PROGRAM_BASE,
    bytes,
    memorySize: bytes.length,
  };
  return { file: "benchmark", entry: PROGRAM_BASE, segments: [segment], symbols: [] };
}

const HEADER_BYTES = 52;
const PROGRAM_HEADER_BYTES = 32;

/** The same as an ELF file with one segment. Format: Tool Interface Standard, ELF 1.2. */
export function elfOfWords(words: readonly number[]): Uint8Array {
  const code = wordsOf(words);
  const start = HEADER_BYTES + PROGRAM_HEADER_BYTES;
  const file = new Uint8Array(start + code.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]); // magic, 32 bits, little endian, version
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, 243, true); // EM_RISCV
  view.setUint32(20, 1, true);
  view.setUint32(24, PROGRAM_BASE, true); // e_entry
  view.setUint32(28, HEADER_BYTES, true); // e_phoff
  view.setUint16(40, HEADER_BYTES, true);
  view.setUint16(42, PROGRAM_HEADER_BYTES, true);
  view.setUint16(44, 1, true); // e_phnum
  const fields = [1, start, PROGRAM_BASE, PROGRAM_BASE, code.length, code.length, 5, 4];
  fields.forEach((value, n) => {
    view.setUint32(HEADER_BYTES + 4 * n, value, true);
  });
  file.set(code, start);
  return file;
}
