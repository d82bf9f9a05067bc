/**
 * Decoder of the 32-bit encodings: one row an instruction, in the order of the opcode listings of
 * the RISC-V unprivileged manual (chapter "RV32/64G Instruction Set Listings") and of the
 * privileged manual. A word w is instruction r exactly when (w & mask) == match; no two rows can
 * match one word (a test proves it). What no row matches is illegal.
 */

import { expandCompressed } from "./compressed.js";
import type { Isa } from "./isa.js";

/** Where the immediate sits. CSR: the CSR's address (unsigned); rs1 is then a register or uimm. */
export type Format = "R" | "I" | "S" | "B" | "U" | "J" | "shift" | "csr" | "none";

export interface Instruction {
  readonly name: Mnemonic;
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  /** Sign-extended immediate, shift amount, or CSR address. */
  readonly imm: number;
  readonly length_bytes: 2 | 4;
  /** The instruction as fetched: 16 bits of a compressed one. */
  readonly bits: number;
}

type Extension = "i" | "m" | "a";

// biome-ignore format: a table.
export const ROWS = [
  // name       mask         match        format  extension
  ["lui",       0x0000_007f, 0x0000_0037, "U",     "i"],
  ["auipc",     0x0000_007f, 0x0000_0017, "U",     "i"],
  ["jal",       0x0000_007f, 0x0000_006f, "J",     "i"],
  ["jalr",      0x0000_707f, 0x0000_0067, "I",     "i"],
  ["beq",       0x0000_707f, 0x0000_0063, "B",     "i"],
  ["bne",       0x0000_707f, 0x0000_1063, "B",     "i"],
  ["blt",       0x0000_707f, 0x0000_4063, "B",     "i"],
  ["bge",       0x0000_707f, 0x0000_5063, "B",     "i"],
  ["bltu",      0x0000_707f, 0x0000_6063, "B",     "i"],
  ["bgeu",      0x0000_707f, 0x0000_7063, "B",     "i"],
  ["lb",        0x0000_707f, 0x0000_0003, "I",     "i"],
  ["lh",        0x0000_707f, 0x0000_1003, "I",     "i"],
  ["lw",        0x0000_707f, 0x0000_2003, "I",     "i"],
  ["lbu",       0x0000_707f, 0x0000_4003, "I",     "i"],
  ["lhu",       0x0000_707f, 0x0000_5003, "I",     "i"],
  ["sb",        0x0000_707f, 0x0000_0023, "S",     "i"],
  ["sh",        0x0000_707f, 0x0000_1023, "S",     "i"],
  ["sw",        0x0000_707f, 0x0000_2023, "S",     "i"],
  ["addi",      0x0000_707f, 0x0000_0013, "I",     "i"],
  ["slti",      0x0000_707f, 0x0000_2013, "I",     "i"],
  ["sltiu",     0x0000_707f, 0x0000_3013, "I",     "i"],
  ["xori",      0x0000_707f, 0x0000_4013, "I",     "i"],
  ["ori",       0x0000_707f, 0x0000_6013, "I",     "i"],
  ["andi",      0x0000_707f, 0x0000_7013, "I",     "i"],
  ["slli",      0xfe00_707f, 0x0000_1013, "shift", "i"],
  ["srli",      0xfe00_707f, 0x0000_5013, "shift", "i"],
  ["srai",      0xfe00_707f, 0x4000_5013, "shift", "i"],
  ["add",       0xfe00_707f, 0x0000_0033, "R",     "i"],
  ["sub",       0xfe00_707f, 0x4000_0033, "R",     "i"],
  ["sll",       0xfe00_707f, 0x0000_1033, "R",     "i"],
  ["slt",       0xfe00_707f, 0x0000_2033, "R",     "i"],
  ["sltu",      0xfe00_707f, 0x0000_3033, "R",     "i"],
  ["xor",       0xfe00_707f, 0x0000_4033, "R",     "i"],
  ["srl",       0xfe00_707f, 0x0000_5033, "R",     "i"],
  ["sra",       0xfe00_707f, 0x4000_5033, "R",     "i"],
  ["or",        0xfe00_707f, 0x0000_6033, "R",     "i"],
  ["and",       0xfe00_707f, 0x0000_7033, "R",     "i"],
  // fence and fence.i ignore rd, rs1 and the immediate (rv32.md, section 1).
  ["fence",     0x0000_707f, 0x0000_000f, "none",  "i"],
  ["fence.i",   0x0000_707f, 0x0000_100f, "none",  "i"],
  ["ecall",     0xffff_ffff, 0x0000_0073, "none",  "i"],
  ["ebreak",    0xffff_ffff, 0x0010_0073, "none",  "i"],
  ["wfi",       0xffff_ffff, 0x1050_0073, "none",  "i"],
  ["mret",      0xffff_ffff, 0x3020_0073, "none",  "i"],
  ["csrrw",     0x0000_707f, 0x0000_1073, "csr",   "i"],
  ["csrrs",     0x0000_707f, 0x0000_2073, "csr",   "i"],
  ["csrrc",     0x0000_707f, 0x0000_3073, "csr",   "i"],
  ["csrrwi",    0x0000_707f, 0x0000_5073, "csr",   "i"],
  ["csrrsi",    0x0000_707f, 0x0000_6073, "csr",   "i"],
  ["csrrci",    0x0000_707f, 0x0000_7073, "csr",   "i"],
  ["mul",       0xfe00_707f, 0x0200_0033, "R",     "m"],
  ["mulh",      0xfe00_707f, 0x0200_1033, "R",     "m"],
  ["mulhsu",    0xfe00_707f, 0x0200_2033, "R",     "m"],
  ["mulhu",     0xfe00_707f, 0x0200_3033, "R",     "m"],
  ["div",       0xfe00_707f, 0x0200_4033, "R",     "m"],
  ["divu",      0xfe00_707f, 0x0200_5033, "R",     "m"],
  ["rem",       0xfe00_707f, 0x0200_6033, "R",     "m"],
  ["remu",      0xfe00_707f, 0x0200_7033, "R",     "m"],
  // aq and rl (bits 26 and 25) are free: one hart sees its own accesses in order.
  ["lr.w",      0xf9f0_707f, 0x1000_202f, "R",     "a"],
  ["sc.w",      0xf800_707f, 0x1800_202f, "R",     "a"],
  ["amoswap.w", 0xf800_707f, 0x0800_202f, "R",     "a"],
  ["amoadd.w",  0xf800_707f, 0x0000_202f, "R",     "a"],
  ["amoxor.w",  0xf800_707f, 0x2000_202f, "R",     "a"],
  ["amoand.w",  0xf800_707f, 0x6000_202f, "R",     "a"],
  ["amoor.w",   0xf800_707f, 0x4000_202f, "R",     "a"],
  ["amomin.w",  0xf800_707f, 0x8000_202f, "R",     "a"],
  ["amomax.w",  0xf800_707f, 0xa000_202f, "R",     "a"],
  ["amominu.w", 0xf800_707f, 0xc000_202f, "R",     "a"],
  ["amomaxu.w", 0xf800_707f, 0xe000_202f, "R",     "a"],
] as const satisfies readonly (readonly [string, number, number, Format, Extension])[];

export type Mnemonic = (typeof ROWS)[number][0];

/** Immediates by format; >> keeps the sign of bit 31 (unprivileged manual, figure 2.4). */
const IMMEDIATE: Readonly<Record<Format, (w: number) => number>> = {
  R: () => 0,
  none: () => 0,
  I: (w) => w >> 20,
  S: (w) => ((w >> 25) << 5) | ((w >>> 7) & 0x1f),
  B: (w) =>
    ((w >> 31) << 12) |
    (((w >>> 7) & 1) << 11) |
    (((w >>> 25) & 0x3f) << 5) |
    (((w >>> 8) & 0xf) << 1),
  U: (w) => w & ~0xfff,
  J: (w) =>
    ((w >> 31) << 20) |
    (((w >>> 12) & 0xff) << 12) |
    (((w >>> 20) & 1) << 11) |
    (((w >>> 21) & 0x3ff) << 1),
  shift: (w) => (w >>> 20) & 0x1f,
  csr: (w) => w >>> 20,
};

function decodeWord(word: number, isa: Isa): Instruction | undefined {
  for (const [name, mask, match, format, extension] of ROWS) {
    if ((word & mask) >>> 0 !== match) continue;
    if (extension !== "i" && !isa[extension]) return undefined;
    return {
      name,
      rd: (word >>> 7) & 0x1f,
      rs1: (word >>> 15) & 0x1f,
      rs2: (word >>> 20) & 0x1f,
      imm: IMMEDIATE[format](word),
      length_bytes: 4,
      bits: word >>> 0,
    };
  }
  return undefined;
}

/**
 * Decodes one instruction.
 * @param bits 32 bits; when bits 1..0 are not 11 only the low 16 count.
 * @returns undefined for an illegal encoding (mtval is then `illegalBits(bits)`).
 */
export function decode(bits: number, isa: Isa): Instruction | undefined {
  if ((bits & 3) === 3) return decodeWord(bits, isa);
  return isa.c ? expandCompressed(bits & 0xffff) : undefined;
}

/** What mtval shows of an illegal instruction: 16 bits of a 16-bit encoding, with or without C. */
export function illegalBits(bits: number): number {
  return (bits & 3) === 3 ? bits >>> 0 : bits & 0xffff;
}
