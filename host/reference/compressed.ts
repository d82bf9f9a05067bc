/**
 * The 16-bit encodings of RV32 Zca, each as the 32-bit instruction it stands for. Rows in the
 * order of the listing in the unprivileged manual (chapter "C", tables of quadrants 0, 1, 2); the
 * first row that matches decides, and a row that answers undefined says "reserved": illegal here.
 * HINTs (rd = x0 or a zero shift) are legal and do nothing. What no row matches (the floating
 * point forms, RV64 forms) is illegal too.
 */

import type { Instruction, Mnemonic } from "./decode.js";

type Fields = readonly [name: Mnemonic, rd: number, rs1: number, rs2: number, imm: number];

/** Bits hi..lo of h, moved so that bit lo lands on bit `to`. */
function bits(h: number, hi: number, lo: number, to = 0): number {
  return ((h >>> lo) & ((1 << (hi - lo + 1)) - 1)) << to;
}

/** Sign-extends the low `width` bits. */
function signed(value: number, width: number): number {
  return (value << (32 - width)) >> (32 - width);
}

/** rd' or rs1' in bits 9..7, rd' or rs2' in bits 4..2: registers x8..x15. */
const high = (h: number): number => 8 + bits(h, 9, 7);
const low = (h: number): number => 8 + bits(h, 4, 2);
const rd = (h: number): number => bits(h, 11, 7);
const rs2 = (h: number): number => bits(h, 6, 2);

/** imm[5|4:0] in bits 12 and 6..2: c.addi, c.li, c.andi (signed), shifts (unsigned). */
const imm6 = (h: number): number => signed(bits(h, 12, 12, 5) | bits(h, 6, 2), 6);
/** The shift amount; bit 12 set is a custom encoding on RV32, hence illegal: undefined. */
const shamt = (h: number): number | undefined => (bits(h, 12, 12) ? undefined : bits(h, 6, 2));
/** uimm[5:3|2|6] of c.lw and c.sw. */
const immWord = (h: number): number => bits(h, 12, 10, 3) | bits(h, 6, 6, 2) | bits(h, 5, 5, 6);
/** imm[11|4|9:8|10|6|7|3:1|5] of c.j and c.jal. */
const immJump = (h: number): number =>
  signed(
    bits(h, 12, 12, 11) |
      bits(h, 11, 11, 4) |
      bits(h, 10, 9, 8) |
      bits(h, 8, 8, 10) |
      bits(h, 7, 7, 6) |
      bits(h, 6, 6, 7) |
      bits(h, 5, 3, 1) |
      bits(h, 2, 2, 5),
    12,
  );
/** imm[8|4:3|7:6|2:1|5] of c.beqz and c.bnez. */
const immBranch = (h: number): number =>
  signed(
    bits(h, 12, 12, 8) |
      bits(h, 11, 10, 3) |
      bits(h, 6, 5, 6) |
      bits(h, 4, 3, 1) |
      bits(h, 2, 2, 5),
    9,
  );
/** nzuimm[5:4|9:6|2|3] of c.addi4spn. */
const immAddi4spn = (h: number): number =>
  bits(h, 12, 11, 4) | bits(h, 10, 7, 6) | bits(h, 6, 6, 2) | bits(h, 5, 5, 3);
/** nzimm[9|4|6|8:7|5] of c.addi16sp. */
const immAddi16sp = (h: number): number =>
  signed(
    bits(h, 12, 12, 9) | bits(h, 6, 6, 4) | bits(h, 5, 5, 6) | bits(h, 4, 3, 7) | bits(h, 2, 2, 5),
    10,
  );
/** uimm[5|4:2|7:6] of c.lwsp, uimm[5:2|7:6] of c.swsp. */
const immLwsp = (h: number): number => bits(h, 12, 12, 5) | bits(h, 6, 4, 2) | bits(h, 3, 2, 6);
const immSwsp = (h: number): number => bits(h, 12, 9, 2) | bits(h, 8, 7, 6);

/** x2, the stack pointer, and x1, the link register of c.jal and c.jalr. */
const SP = 2;
const RA = 1;

function shift(name: Mnemonic, h: number, register: number): Fields | undefined {
  const amount = shamt(h);
  return amount === undefined ? undefined : [name, register, register, 0, amount];
}

const arithmetic =
  (name: Mnemonic) =>
  (h: number): Fields => [name, high(h), high(h), low(h), 0];

// biome-ignore format: a table.
export const COMPRESSED_ROWS: readonly (readonly [
  name: string, mask: number, match: number, expand: (h: number) => Fields | undefined,
])[] = [
  // Quadrant 0
  ["c.addi4spn", 0xe003, 0x0000, (h) => immAddi4spn(h) === 0 ? undefined : ["addi", low(h), SP, 0, immAddi4spn(h)]],
  ["c.lw",       0xe003, 0x4000, (h) => ["lw", low(h), high(h), 0, immWord(h)]],
  ["c.sw",       0xe003, 0xc000, (h) => ["sw", 0, high(h), low(h), immWord(h)]],
  // Quadrant 1
  ["c.addi",     0xe003, 0x0001, (h) => ["addi", rd(h), rd(h), 0, imm6(h)]],
  ["c.jal",      0xe003, 0x2001, (h) => ["jal", RA, 0, 0, immJump(h)]],
  ["c.li",       0xe003, 0x4001, (h) => ["addi", rd(h), 0, 0, imm6(h)]],
  ["c.addi16sp", 0xef83, 0x6101, (h) => immAddi16sp(h) === 0 ? undefined : ["addi", SP, SP, 0, immAddi16sp(h)]],
  ["c.lui",      0xe003, 0x6001, (h) => imm6(h) === 0 ? undefined : ["lui", rd(h), 0, 0, imm6(h) << 12]],
  ["c.srli",     0xec03, 0x8001, (h) => shift("srli", h, high(h))],
  ["c.srai",     0xec03, 0x8401, (h) => shift("srai", h, high(h))],
  ["c.andi",     0xec03, 0x8801, (h) => ["andi", high(h), high(h), 0, imm6(h)]],
  ["c.sub",      0xfc63, 0x8c01, arithmetic("sub")],
  ["c.xor",      0xfc63, 0x8c21, arithmetic("xor")],
  ["c.or",       0xfc63, 0x8c41, arithmetic("or")],
  ["c.and",      0xfc63, 0x8c61, arithmetic("and")],
  ["c.j",        0xe003, 0xa001, (h) => ["jal", 0, 0, 0, immJump(h)]],
  ["c.beqz",     0xe003, 0xc001, (h) => ["beq", 0, high(h), 0, immBranch(h)]],
  ["c.bnez",     0xe003, 0xe001, (h) => ["bne", 0, high(h), 0, immBranch(h)]],
  // Quadrant 2
  ["c.slli",     0xe003, 0x0002, (h) => shift("slli", h, rd(h))],
  ["c.lwsp",     0xe003, 0x4002, (h) => rd(h) === 0 ? undefined : ["lw", rd(h), SP, 0, immLwsp(h)]],
  ["c.jr",       0xf07f, 0x8002, (h) => rd(h) === 0 ? undefined : ["jalr", 0, rd(h), 0, 0]],
  ["c.mv",       0xf003, 0x8002, (h) => ["add", rd(h), 0, rs2(h), 0]],
  ["c.ebreak",   0xffff, 0x9002, () => ["ebreak", 0, 0, 0, 0]],
  ["c.jalr",     0xf07f, 0x9002, (h) => ["jalr", RA, rd(h), 0, 0]],
  ["c.add",      0xf003, 0x9002, (h) => ["add", rd(h), rd(h), rs2(h), 0]],
  ["c.swsp",     0xe003, 0xc002, (h) => ["sw", 0, SP, rs2(h), immSwsp(h)]],
];

/** @param h 16 bits whose bits 1..0 are not 11. @returns undefined for an illegal encoding. */
export function expandCompressed(h: number): Instruction | undefined {
  for (const [, mask, match, expand] of COMPRESSED_ROWS) {
    if ((h & mask) !== match) continue;
    const fields = expand(h);
    if (fields === undefined) return undefined;
    const [name, rdIndex, rs1, rs2Index, imm] = fields;
    return { name, rd: rdIndex, rs1, rs2: rs2Index, imm, length_bytes: 2, bits: h };
  }
  return undefined;
}
