/**
 * The 16-bit encodings of RV32C without floating point (Zca), one row an instruction, in the order
 * of the tables "Instruction listing for RVC, Quadrant 0 to 2" of "The RISC-V Instruction Set
 * Manual, Volume I". The default spelling is that of the instruction it expands to, as GNU objdump
 * 2.40 prints it; the c. spelling is printed without aliases and for hints (rd = x0).
 *
 * Agreement with objdump goes before the letter of the manual in three places where the manual
 * reserves an encoding on RV32 and objdump names it all the same: shift amounts with bit 5 set,
 * c.addi16sp with immediate 0, and the shifts by 0 of RV128 (c.slli64, c.srli64, c.srai64).
 */

import { type Alias, aliasesOf, RESERVED, type Row, rowOf } from "./opcodes.js";

type Tuple = Parameters<typeof rowOf>[0];

const QUADRANT_0: readonly Tuple[] = [
  ["c.unimp", 0xffff, 0x0000, "", [RESERVED, "c.addi4spn"]],
  [RESERVED, 0xffe3, 0x0000, "", ["c.addi4spn"]], // c.addi4spn with immediate 0
  ["c.addi4spn", 0xe003, 0x0000, "c_rd,sp,c_imm_4spn"],
  ["c.lw", 0xe003, 0x4000, "c_rd,c_imm_lw(c_rs1)"],
  ["c.sw", 0xe003, 0xc000, "c_rd,c_imm_lw(c_rs1)"],
];

const QUADRANT_1: readonly Tuple[] = [
  ["c.addi", 0xe003, 0x0001, "rd,c_imm"],
  ["c.jal", 0xe003, 0x2001, "c_target_j"],
  ["c.li", 0xe003, 0x4001, "rd,c_imm"],
  // Goes before the reserved c.lui with immediate 0 as well: objdump names 0x6101.
  ["c.addi16sp", 0xef83, 0x6101, "sp,c_imm_16sp", [RESERVED, "c.lui"]],
  [RESERVED, 0xf07f, 0x6001, "", ["c.lui"]], // c.lui with immediate 0
  ["c.lui", 0xe003, 0x6001, "rd,c_imm_lui"],
  ["c.srli64", 0xfc7f, 0x8001, "c_rs1", ["c.srli"]],
  ["c.srli", 0xec03, 0x8001, "c_rs1,c_shamt"],
  ["c.srai64", 0xfc7f, 0x8401, "c_rs1", ["c.srai"]],
  ["c.srai", 0xec03, 0x8401, "c_rs1,c_shamt"],
  ["c.andi", 0xec03, 0x8801, "c_rs1,c_imm"],
  ["c.sub", 0xfc63, 0x8c01, "c_rs1,c_rd"],
  ["c.xor", 0xfc63, 0x8c21, "c_rs1,c_rd"],
  ["c.or", 0xfc63, 0x8c41, "c_rs1,c_rd"],
  ["c.and", 0xfc63, 0x8c61, "c_rs1,c_rd"],
  ["c.j", 0xe003, 0xa001, "c_target_j"],
  ["c.beqz", 0xe003, 0xc001, "c_rs1,c_target_b"],
  ["c.bnez", 0xe003, 0xe001, "c_rs1,c_target_b"],
];

const QUADRANT_2: readonly Tuple[] = [
  ["c.slli64", 0xf07f, 0x0002, "rd", ["c.slli"]],
  ["c.slli", 0xe003, 0x0002, "rd,c_shamt"],
  [RESERVED, 0xef83, 0x4002, "", ["c.lwsp"]], // c.lwsp to x0
  ["c.lwsp", 0xe003, 0x4002, "rd,c_imm_lwsp(sp)"],
  [RESERVED, 0xffff, 0x8002, "", ["c.jr", "c.mv"]], // c.jr to x0
  ["c.jr", 0xf07f, 0x8002, "rd", ["c.mv"]],
  ["c.mv", 0xf003, 0x8002, "rd,c_rs2"],
  ["c.ebreak", 0xffff, 0x9002, "", ["c.jalr", "c.add"]],
  ["c.jalr", 0xf07f, 0x9002, "rd", ["c.add"]],
  ["c.add", 0xf003, 0x9002, "rd,c_rs2"],
  ["c.swsp", 0xe003, 0xc002, "c_rs2,c_imm_swsp(sp)"],
];

/** Fields that alias conditions name. */
const FIELDS = {
  rd: { mask: 0x0f80, shift: 7 },
  c_imm: { mask: 0x107c, shift: 2 },
};

const ALIASES = {
  "c.unimp": [["unimp", "", ""]],
  "c.addi4spn": [["add", "", "c_rd,sp,c_imm_4spn"]],
  "c.lw": [["lw", "", "c_rd,c_imm_lw(c_rs1)"]],
  "c.sw": [["sw", "", "c_rd,c_imm_lw(c_rs1)"]],
  "c.addi": [
    ["nop", "rd=0 c_imm=0", ""],
    ["c.nop", "rd=0", "c_imm"],
    ["add", "", "rd,rd,c_imm"],
  ],
  "c.jal": [["jal", "", "c_target_j"]],
  "c.li": [
    ["c.li", "rd=0", "rd,c_imm"],
    ["li", "", "rd,c_imm"],
  ],
  "c.addi16sp": [["add", "", "sp,sp,c_imm_16sp"]],
  "c.lui": [
    ["c.lui", "rd=0", "rd,c_imm_lui"],
    ["lui", "", "rd,c_imm_lui"],
  ],
  "c.srli": [["srl", "", "c_rs1,c_rs1,c_shamt"]],
  "c.srai": [["sra", "", "c_rs1,c_rs1,c_shamt"]],
  "c.andi": [["and", "", "c_rs1,c_rs1,c_imm"]],
  "c.sub": [["sub", "", "c_rs1,c_rs1,c_rd"]],
  "c.xor": [["xor", "", "c_rs1,c_rs1,c_rd"]],
  "c.or": [["or", "", "c_rs1,c_rs1,c_rd"]],
  "c.and": [["and", "", "c_rs1,c_rs1,c_rd"]],
  "c.j": [["j", "", "c_target_j"]],
  "c.beqz": [["beqz", "", "c_rs1,c_target_b"]],
  "c.bnez": [["bnez", "", "c_rs1,c_target_b"]],
  "c.slli": [
    ["c.slli", "rd=0", "rd,c_shamt"],
    ["sll", "", "rd,rd,c_shamt"],
  ],
  "c.lwsp": [["lw", "", "rd,c_imm_lwsp(sp)"]],
  "c.jr": [
    ["ret", "rd=1", ""],
    ["jr", "", "rd"],
  ],
  "c.mv": [
    ["c.mv", "rd=0", "rd,c_rs2"],
    ["mv", "", "rd,c_rs2"],
  ],
  "c.ebreak": [["ebreak", "", ""]],
  "c.jalr": [["jalr", "", "rd"]],
  "c.add": [
    ["c.add", "rd=0", "rd,c_rs2"],
    ["add", "", "rd,rd,c_rs2"],
  ],
  "c.swsp": [["sw", "", "c_rs2,c_imm_swsp(sp)"]],
} as const;

/** Every 16-bit row, special cases before what they refine. */
export const ROWS_16: readonly Row[] = [...QUADRANT_0, ...QUADRANT_1, ...QUADRANT_2].map(rowOf);

/** Aliases of the 16-bit rows by mnemonic, in the order in which they are tried. */
export const ALIASES_16: ReadonlyMap<string, readonly Alias[]> = aliasesOf(
  ROWS_16,
  ALIASES,
  FIELDS,
);
