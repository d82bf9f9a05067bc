/**
 * Disassembler of RV32IMAC, Zicsr and Zifencei: words in, the text of GNU objdump 2.40 out
 * (`objdump -m riscv:rv32 -d` on an object whose attributes name this ISA). A word that is no
 * instruction of this ISA prints as data, as objdump does: `.2byte 0x...` or `.4byte 0x...`.
 */

import { ALIASES_16, ROWS_16 } from "./compressed.js";
import { ALIASES_32, type Alias, RESERVED, ROWS_32, type Row } from "./opcodes.js";
import {
  ABI_NAMES,
  addressText,
  immediateCi,
  immediateI,
  immediateS,
  NUMERIC_NAMES,
  OPERANDS,
  type OperandContext,
} from "./operands.js";

export interface DisassemblyOptions {
  /** Pseudo-instructions and plain names of compressed ones (default); else `-M no-aliases`. */
  readonly aliases?: boolean;
  /** x0 to x31 in place of the calling convention's names: `-M numeric`. */
  readonly numeric?: boolean;
  /** Names an address, e.g. `main+0x1c`; `SymbolTable.lookup` gives one. */
  readonly describe?: (address: number) => string | undefined;
}

export interface Disassembly {
  /** Mnemonic, a tab, operands; the mnemonic alone when there are none. */
  readonly text: string;
  /** Bytes taken: 2 or 4. */
  readonly size: 2 | 4;
  readonly mnemonic: string;
  readonly operands: string;
}

type Format = (word: number, context: OperandContext) => string;

interface Spelling {
  readonly mask: number;
  readonly match: number;
  readonly mnemonic: string;
  readonly format: Format;
}

/** A row ready for use: its own spelling and, for the default style, its aliases before it. */
interface Entry extends Spelling {
  readonly aliases: readonly Spelling[];
}

const NO_DESCRIPTION = (): undefined => undefined;
const BUCKETS_32 = buckets(ROWS_32, ALIASES_32, (word) => word & 0x7f, 0x7f);
const BUCKETS_16 = buckets(ROWS_16, ALIASES_16, bucketOf16, 0xe003);

/**
 * Disassembles one instruction.
 * @param word the 32 bits at `pc`, little endian; of a 16-bit instruction only the low half is
 * used.
 * @param pc address of the instruction, 0 to 2^32 - 1, for branch and jump targets.
 * Encodings longer than 32 bits (low five bits all ones) are no instructions of any hart here; they
 * print as one `.4byte`, where objdump takes as many bytes as their length field says.
 */
export function disassemble(
  word: number,
  pc: number,
  options: DisassemblyOptions = {},
): Disassembly {
  const size = (word & 3) === 3 ? 4 : 2;
  const bits = size === 4 ? word >>> 0 : word & 0xffff;
  const entry = find(bits, size);
  if (entry === undefined) {
    const operands = `0x${bits.toString(16)}`;
    return { text: `.${size}byte\t${operands}`, size, mnemonic: `.${size}byte`, operands };
  }
  const spelling = options.aliases === false ? entry : aliasOf(entry, bits);
  const operands = spelling.format(bits, {
    pc,
    registers: options.numeric ? NUMERIC_NAMES : ABI_NAMES,
    describe: options.describe ?? NO_DESCRIPTION,
  });
  const mnemonic = spelling.mnemonic;
  return {
    text: operands === "" ? mnemonic : `${mnemonic}\t${operands}`,
    size,
    mnemonic,
    operands,
  };
}

/** Mnemonic of a word in its plain form (`addi`, `c.lwsp`), or undefined for no instruction. */
export function mnemonicOf(word: number): string | undefined {
  const size = (word & 3) === 3 ? 4 : 2;
  return find(size === 4 ? word >>> 0 : word & 0xffff, size)?.mnemonic;
}

/**
 * A listing: instructions one after another, with objdump's comment ` # address` behind an
 * instruction that uses an address whose upper part an earlier lui or auipc loaded, or that is
 * relative to zero, tp (as objdump has it) or a known gp. This needs memory between lines, so it is
 * apart from `disassemble`.
 */
export class Listing {
  private readonly upper = new Map<number, number>();

  /** @param globalPointer value of the symbol `__global_pointer$`, when there is one. */
  constructor(
    private readonly options: DisassemblyOptions = {},
    private readonly globalPointer?: number,
  ) {}

  /** Disassembles the next instruction of the listing. */
  next(word: number, pc: number): Disassembly {
    const plain = disassemble(word, pc, this.options);
    const bits = plain.size === 4 ? word >>> 0 : word & 0xffff;
    const row = mnemonicOf(bits);
    if (row === undefined) return plain;
    // objdump notes an address where it prints the offset or the base that make it up, so a `ret`
    // or `mv` has none.
    const silent = plain.operands === "" || plain.mnemonic === "mv";
    const use = silent ? undefined : ADDRESS_USES[row]?.(bits);
    // It looks twice at `jalr offset(base)`: a base with a meaning of its own wins there.
    const ownMeaning = row === "jalr" && plain.operands.endsWith(")");
    const address =
      use === undefined ? undefined : this.addressOf(use.base, use.offset, ownMeaning);
    const rd = (bits >>> 7) & 0x1f;
    const loaded = UPPER_LOADS[row]?.(bits, pc);
    if (loaded !== undefined) this.upper.set(rd, loaded >>> 0);
    if (address === undefined) return plain;
    const comment = addressText(address, this.options.describe ?? NO_DESCRIPTION);
    return { ...plain, text: `${plain.text} # ${comment}` };
  }

  private addressOf(base: number, offset: number, ownMeaning: boolean): number | undefined {
    const upper = this.upper.get(base);
    this.upper.delete(base);
    const own = base === 3 ? this.globalPointer : base === 0 || base === 4 ? 0 : undefined;
    const start = ownMeaning ? (own ?? upper) : base === 0 ? 0 : (upper ?? own);
    return start === undefined ? undefined : (start + offset) >>> 0;
  }
}

/** Instructions that load the upper part of an address, and the value they load. */
const UPPER_LOADS: Readonly<Record<string, (word: number, pc: number) => number>> = {
  lui: (word) => word & 0xffff_f000,
  auipc: (word, pc) => pc + (word & 0xffff_f000),
  "c.lui": (word) => immediateCi(word) << 12,
};

type AddressUse = (word: number) => { base: number; offset: number } | undefined;

const baseAndI: AddressUse = (word) => ({ base: (word >>> 15) & 0x1f, offset: immediateI(word) });
const baseAndS: AddressUse = (word) => ({ base: (word >>> 15) & 0x1f, offset: immediateS(word) });

/** Instructions behind which objdump notes an address. */
const ADDRESS_USES: Readonly<Record<string, AddressUse>> = {
  jalr: baseAndI,
  lb: baseAndI,
  lh: baseAndI,
  lw: baseAndI,
  lbu: baseAndI,
  lhu: baseAndI,
  sb: baseAndS,
  sh: baseAndS,
  sw: baseAndS,
  addi: (word) => (word & 0xf_8000 ? baseAndI(word) : undefined),
  "c.addi": (word) =>
    word & 0xf80 ? { base: (word >>> 7) & 0x1f, offset: immediateCi(word) } : undefined,
};

function find(bits: number, size: 2 | 4): Entry | undefined {
  const bucket = size === 4 ? BUCKETS_32[bits & 0x7f] : BUCKETS_16[bucketOf16(bits)];
  const entry = bucket?.find(({ mask, match }) => (bits & mask) >>> 0 === match);
  return entry?.mnemonic === RESERVED ? undefined : entry;
}

function aliasOf(entry: Entry, bits: number): Spelling {
  return entry.aliases.find(({ mask, match }) => (bits & mask) >>> 0 === match) ?? entry;
}

/** Quadrant and funct3 of a halfword, 0 to 31. */
function bucketOf16(bits: number): number {
  return ((bits >>> 13) << 2) | (bits & 3);
}

/** Sorts rows by the bits `bucketMask` that every row fixes; keeps the order of the table. */
function buckets(
  rows: readonly Row[],
  aliases: ReadonlyMap<string, readonly Alias[]>,
  bucketOf: (word: number) => number,
  bucketMask: number,
): readonly (readonly Entry[] | undefined)[] {
  const sorted: Entry[][] = [];
  for (const row of rows) {
    if ((row.mask & bucketMask) !== bucketMask) throw new RangeError(`row ${row.mnemonic}`);
    const spelled = (aliases.get(row.mnemonic) ?? []).map(spellingOf);
    const bucket = bucketOf(row.match);
    sorted[bucket] ??= [];
    sorted[bucket].push({ ...spellingOf(row), aliases: spelled });
  }
  return sorted;
}

/** Compiles a format such as `rd,imm_i(rs1)` into one function. */
function spellingOf({ mnemonic, mask, match, format }: Alias): Spelling {
  const pieces = format.match(/[a-z][a-z0-9_]*|[,()]/g) ?? [];
  const printers = pieces.map((piece) => OPERANDS[piece] ?? (() => piece));
  return {
    mnemonic,
    mask,
    match,
    format: (word, context) => printers.map((print) => print(word, context)).join(""),
  };
}
