/**
 * The 32-bit encodings of RV32IMA, Zicsr, Zifencei and the privileged instructions, one row an
 * instruction, in the order of the opcode listings of "The RISC-V Instruction Set Manual, Volume I:
 * Unprivileged ISA" (RV32/64G Instruction Set Listings) and of Volume II (privileged). A row is
 * what the manual prints; an alias is a pseudo-instruction of the same manual (chapter "Assembly
 * Programmer's Handbook"), in the order in which GNU objdump 2.40 prefers them.
 *
 * Agreement with objdump goes before the letter of the manual in one place: slli, srli and srai
 * with bit 25 set (a shift amount of 32 or more), which RV32 reserves, print as the shifts of RV64.
 */

/** One instruction: a word `w` is this instruction when `(w & mask) === match`. */
export interface Row {
  readonly mnemonic: string;
  readonly mask: number;
  readonly match: number;
  /** Operand names of `operands.ts` with the punctuation between them. */
  readonly format: string;
  /**
   * Rows later in the table that this one is a special case of and goes before. Rows that declare
   * nothing of the kind are disjoint.
   */
  readonly refines: readonly string[];
}

/** A shorter spelling of a row, taken when the named fields have the given values. */
export interface Alias {
  readonly mnemonic: string;
  readonly mask: number;
  readonly match: number;
  readonly format: string;
}

type RowTuple = readonly [string, number, number, string, (readonly string[])?];
/** Mnemonic, conditions (`field=value`, separated by blanks), format. */
type AliasTuple = readonly [string, string, string];

/** Row of an encoding that the manual reserves: it prints as data. */
export const RESERVED = "reserved";

/** Where a field named in an alias condition lies: the mask of its bits and its lowest bit. */
type FieldTable = Readonly<Record<string, { readonly mask: number; readonly shift: number }>>;

/** Fields of the 32-bit formats (Volume I, section "Base Instruction Formats"). */
const FIELDS: FieldTable = {
  rd: { mask: 0x0000_0f80, shift: 7 },
  rs1: { mask: 0x000f_8000, shift: 15 },
  rs2: { mask: 0x01f0_0000, shift: 20 },
  imm_i: { mask: 0xfff0_0000, shift: 20 },
  csr: { mask: 0xfff0_0000, shift: 20 },
  pred_succ: { mask: 0x0ff0_0000, shift: 20 },
};

const RV32I: readonly RowTuple[] = [
  ["lui", 0x0000_007f, 0x0000_0037, "rd,imm_u"],
  ["auipc", 0x0000_007f, 0x0000_0017, "rd,imm_u"],
  ["jal", 0x0000_007f, 0x0000_006f, "rd,target_j"],
  ["jalr", 0x0000_707f, 0x0000_0067, "rd,imm_i(rs1)"],
  ["beq", 0x0000_707f, 0x0000_0063, "rs1,rs2,target_b"],
  ["bne", 0x0000_707f, 0x0000_1063, "rs1,rs2,target_b"],
  ["blt", 0x0000_707f, 0x0000_4063, "rs1,rs2,target_b"],
  ["bge", 0x0000_707f, 0x0000_5063, "rs1,rs2,target_b"],
  ["bltu", 0x0000_707f, 0x0000_6063, "rs1,rs2,target_b"],
  ["bgeu", 0x0000_707f, 0x0000_7063, "rs1,rs2,target_b"],
  ["lb", 0x0000_707f, 0x0000_0003, "rd,imm_i(rs1)"],
  ["lh", 0x0000_707f, 0x0000_1003, "rd,imm_i(rs1)"],
  ["lw", 0x0000_707f, 0x0000_2003, "rd,imm_i(rs1)"],
  ["lbu", 0x0000_707f, 0x0000_4003, "rd,imm_i(rs1)"],
  ["lhu", 0x0000_707f, 0x0000_5003, "rd,imm_i(rs1)"],
  ["sb", 0x0000_707f, 0x0000_0023, "rs2,imm_s(rs1)"],
  ["sh", 0x0000_707f, 0x0000_1023, "rs2,imm_s(rs1)"],
  ["sw", 0x0000_707f, 0x0000_2023, "rs2,imm_s(rs1)"],
  ["addi", 0x0000_707f, 0x0000_0013, "rd,rs1,imm_i"],
  ["slti", 0x0000_707f, 0x0000_2013, "rd,rs1,imm_i"],
  ["sltiu", 0x0000_707f, 0x0000_3013, "rd,rs1,imm_i"],
  ["xori", 0x0000_707f, 0x0000_4013, "rd,rs1,imm_i"],
  ["ori", 0x0000_707f, 0x0000_6013, "rd,rs1,imm_i"],
  ["andi", 0x0000_707f, 0x0000_7013, "rd,rs1,imm_i"],
  ["slli", 0xfc00_707f, 0x0000_1013, "rd,rs1,shamt"],
  ["srli", 0xfc00_707f, 0x0000_5013, "rd,rs1,shamt"],
  ["srai", 0xfc00_707f, 0x4000_5013, "rd,rs1,shamt"],
  ["add", 0xfe00_707f, 0x0000_0033, "rd,rs1,rs2"],
  ["sub", 0xfe00_707f, 0x4000_0033, "rd,rs1,rs2"],
  ["sll", 0xfe00_707f, 0x0000_1033, "rd,rs1,rs2"],
  ["slt", 0xfe00_707f, 0x0000_2033, "rd,rs1,rs2"],
  ["sltu", 0xfe00_707f, 0x0000_3033, "rd,rs1,rs2"],
  ["xor", 0xfe00_707f, 0x0000_4033, "rd,rs1,rs2"],
  ["srl", 0xfe00_707f, 0x0000_5033, "rd,rs1,rs2"],
  ["sra", 0xfe00_707f, 0x4000_5033, "rd,rs1,rs2"],
  ["or", 0xfe00_707f, 0x0000_6033, "rd,rs1,rs2"],
  ["and", 0xfe00_707f, 0x0000_7033, "rd,rs1,rs2"],
  ["fence", 0xf00f_ffff, 0x0000_000f, "pred,succ"],
  ["fence.tso", 0xffff_ffff, 0x8330_000f, ""],
  ["ecall", 0xffff_ffff, 0x0000_0073, ""],
  ["ebreak", 0xffff_ffff, 0x0010_0073, ""],
];

const ZIFENCEI: readonly RowTuple[] = [["fence.i", 0xffff_ffff, 0x0000_100f, ""]];

const ZICSR: readonly RowTuple[] = [
  // The assembler's guaranteed illegal instruction: a write to the read-only CSR `cycle`.
  ["unimp", 0xffff_ffff, 0xc000_1073, "", ["csrrw"]],
  ["csrrw", 0x0000_707f, 0x0000_1073, "rd,csr,rs1"],
  ["csrrs", 0x0000_707f, 0x0000_2073, "rd,csr,rs1"],
  ["csrrc", 0x0000_707f, 0x0000_3073, "rd,csr,rs1"],
  ["csrrwi", 0x0000_707f, 0x0000_5073, "rd,csr,uimm"],
  ["csrrsi", 0x0000_707f, 0x0000_6073, "rd,csr,uimm"],
  ["csrrci", 0x0000_707f, 0x0000_7073, "rd,csr,uimm"],
];

const RV32M: readonly RowTuple[] = [
  ["mul", 0xfe00_707f, 0x0200_0033, "rd,rs1,rs2"],
  ["mulh", 0xfe00_707f, 0x0200_1033, "rd,rs1,rs2"],
  ["mulhsu", 0xfe00_707f, 0x0200_2033, "rd,rs1,rs2"],
  ["mulhu", 0xfe00_707f, 0x0200_3033, "rd,rs1,rs2"],
  ["div", 0xfe00_707f, 0x0200_4033, "rd,rs1,rs2"],
  ["divu", 0xfe00_707f, 0x0200_5033, "rd,rs1,rs2"],
  ["rem", 0xfe00_707f, 0x0200_6033, "rd,rs1,rs2"],
  ["remu", 0xfe00_707f, 0x0200_7033, "rd,rs1,rs2"],
];

/** Each of these has the four orderings of ORDERINGS. */
const RV32A: readonly RowTuple[] = [
  ["lr.w", 0xfff0_707f, 0x1000_202f, "rd,(rs1)"],
  ["sc.w", 0xfe00_707f, 0x1800_202f, "rd,rs2,(rs1)"],
  ["amoswap.w", 0xfe00_707f, 0x0800_202f, "rd,rs2,(rs1)"],
  ["amoadd.w", 0xfe00_707f, 0x0000_202f, "rd,rs2,(rs1)"],
  ["amoxor.w", 0xfe00_707f, 0x2000_202f, "rd,rs2,(rs1)"],
  ["amoand.w", 0xfe00_707f, 0x6000_202f, "rd,rs2,(rs1)"],
  ["amoor.w", 0xfe00_707f, 0x4000_202f, "rd,rs2,(rs1)"],
  ["amomin.w", 0xfe00_707f, 0x8000_202f, "rd,rs2,(rs1)"],
  ["amomax.w", 0xfe00_707f, 0xa000_202f, "rd,rs2,(rs1)"],
  ["amominu.w", 0xfe00_707f, 0xc000_202f, "rd,rs2,(rs1)"],
  ["amomaxu.w", 0xfe00_707f, 0xe000_202f, "rd,rs2,(rs1)"],
];

/** Suffix and the bits aq (26) and rl (25) of it. */
const ORDERINGS: readonly (readonly [string, number])[] = [
  ["", 0x0000_0000],
  [".rl", 0x0200_0000],
  [".aq", 0x0400_0000],
  [".aqrl", 0x0600_0000],
];

/**
 * Privileged instructions, those of withdrawn drafts included (uret, hret, sfence.vm), since
 * objdump names them on every RISC-V target. A hotspare hart has only mret and wfi of them.
 */
const PRIVILEGED: readonly RowTuple[] = [
  ["uret", 0xffff_ffff, 0x0020_0073, ""],
  ["sret", 0xffff_ffff, 0x1020_0073, ""],
  ["hret", 0xffff_ffff, 0x2020_0073, ""],
  ["mret", 0xffff_ffff, 0x3020_0073, ""],
  ["dret", 0xffff_ffff, 0x7b20_0073, ""],
  ["wfi", 0xffff_ffff, 0x1050_0073, ""],
  ["sfence.vm", 0xffff_ffff, 0x1040_0073, "", ["sfence.vm"]],
  ["sfence.vm", 0xfff0_7fff, 0x1040_0073, "rs1"],
  ["sfence.vma", 0xfe00_7fff, 0x1200_0073, "rs1,rs2"],
];

const ALIASES: Readonly<Record<string, readonly AliasTuple[]>> = {
  jal: [
    ["j", "rd=0", "target_j"],
    ["jal", "rd=1", "target_j"],
  ],
  jalr: [
    ["ret", "rd=0 rs1=1 imm_i=0", ""],
    ["jr", "rd=0 imm_i=0", "rs1"],
    ["jr", "rd=0", "imm_i(rs1)"],
    ["jalr", "rd=1 imm_i=0", "rs1"],
    ["jalr", "rd=1", "imm_i(rs1)"],
    ["jalr", "imm_i=0", "rd,rs1"],
  ],
  beq: [["beqz", "rs2=0", "rs1,target_b"]],
  bne: [["bnez", "rs2=0", "rs1,target_b"]],
  blt: [
    ["bltz", "rs2=0", "rs1,target_b"],
    ["bgtz", "rs1=0", "rs2,target_b"],
  ],
  bge: [
    ["blez", "rs1=0", "rs2,target_b"],
    ["bgez", "rs2=0", "rs1,target_b"],
  ],
  addi: [
    ["nop", "rd=0 rs1=0 imm_i=0", ""],
    ["li", "rs1=0", "rd,imm_i"],
    ["mv", "imm_i=0", "rd,rs1"],
    ["add", "", "rd,rs1,imm_i"],
  ],
  sltiu: [["seqz", "imm_i=1", "rd,rs1"]],
  xori: [
    ["not", "imm_i=-1", "rd,rs1"],
    ["xor", "", "rd,rs1,imm_i"],
  ],
  ori: [["or", "", "rd,rs1,imm_i"]],
  andi: [
    ["zext.b", "imm_i=255", "rd,rs1"],
    ["and", "", "rd,rs1,imm_i"],
  ],
  slli: [["sll", "", "rd,rs1,shamt"]],
  srli: [["srl", "", "rd,rs1,shamt"]],
  srai: [["sra", "", "rd,rs1,shamt"]],
  sub: [["neg", "rs1=0", "rd,rs2"]],
  slt: [
    ["sltz", "rs2=0", "rd,rs1"],
    ["sgtz", "rs1=0", "rd,rs2"],
  ],
  sltu: [["snez", "rs1=0", "rd,rs2"]],
  fence: [["fence", "pred_succ=255", ""]],
  csrrw: [["csrw", "rd=0", "csr,rs1"]],
  csrrs: [
    ["rdcycle", "rs1=0 csr=0xc00", "rd"],
    ["rdtime", "rs1=0 csr=0xc01", "rd"],
    ["rdinstret", "rs1=0 csr=0xc02", "rd"],
    ["rdcycleh", "rs1=0 csr=0xc80", "rd"],
    ["rdtimeh", "rs1=0 csr=0xc81", "rd"],
    ["rdinstreth", "rs1=0 csr=0xc82", "rd"],
    ["csrr", "rs1=0", "rd,csr"],
    ["csrs", "rd=0", "csr,rs1"],
  ],
  csrrc: [["csrc", "rd=0", "csr,rs1"]],
  csrrwi: [
    ["csrw", "rd=0", "csr,uimm"],
    ["csrrw", "", "rd,csr,uimm"],
  ],
  csrrsi: [
    ["csrs", "rd=0", "csr,uimm"],
    ["csrrs", "", "rd,csr,uimm"],
  ],
  csrrci: [
    ["csrc", "rd=0", "csr,uimm"],
    ["csrrc", "", "rd,csr,uimm"],
  ],
  "sfence.vma": [
    ["sfence.vma", "rs1=0 rs2=0", ""],
    ["sfence.vma", "rs2=0", "rs1"],
  ],
};

/** Every 32-bit row, special cases before what they refine. */
export const ROWS_32: readonly Row[] = [
  ...RV32I,
  ...ZIFENCEI,
  ...ZICSR,
  ...RV32M,
  ...RV32A.flatMap(withOrderings),
  ...PRIVILEGED,
].map(rowOf);

/** Aliases of the 32-bit rows by mnemonic, in the order in which they are tried. */
export const ALIASES_32 = aliasesOf(ROWS_32, ALIASES, FIELDS);

/** A row from its tuple, with masks as unsigned numbers. */
export function rowOf([mnemonic, mask, match, format, refines]: RowTuple): Row {
  return { mnemonic, mask, match, format, refines: refines ?? [] };
}

/** Resolves alias conditions into masks; an alias always refines the row it belongs to. */
export function aliasesOf(
  rows: readonly Row[],
  table: Readonly<Record<string, readonly AliasTuple[]>>,
  fields: FieldTable,
): ReadonlyMap<string, readonly Alias[]> {
  const resolved = new Map<string, readonly Alias[]>();
  for (const row of rows) {
    const tuples = table[row.mnemonic] ?? [];
    resolved.set(
      row.mnemonic,
      tuples.map(([mnemonic, conditions, format]) => {
        let { mask, match } = row;
        for (const condition of conditions.split(" ").filter((text) => text !== "")) {
          const [name, value] = condition.split("=");
          const field = fields[name!]!;
          mask = (mask | field.mask) >>> 0;
          match = (match | ((Number(value) << field.shift) & field.mask)) >>> 0;
        }
        return { mnemonic, mask, match, format };
      }),
    );
  }
  return resolved;
}

function withOrderings([mnemonic, mask, match, format]: RowTuple): RowTuple[] {
  const ordered = (mask | 0x0600_0000) >>> 0;
  return ORDERINGS.map(([suffix, bits]) => [
    mnemonic + suffix,
    ordered,
    (match | bits) >>> 0,
    format,
  ]);
}
