/**
 * What random programs are made of below the level of blocks: register conventions, single
 * harmless instructions, CSR accesses, and encodings that must trap.
 *
 * Registers: x0..x23 are anybody's; x24 counts loops, x25 holds an address for the next
 * instruction, x26 points to the middle of the data, x27 is where a failed fetch resumes, and
 * x28..x31 belong to the trap handler.
 */

import * as asm from "./assembler.js";
import * as rvc from "./assembler-compressed.js";
import { CSR } from "./csr.js";
import type { Isa } from "./isa.js";
import type { Random } from "./random.js";

export const LOOP = 24;
export const ADDRESS = 25;
export const DATA = 26;
export const RESUME = 27;
const FREE_REGISTERS = 24;

/** Where things are, and where nothing is. */
export interface Layout {
  readonly ramBase: number;
  readonly ramEnd: number;
  /** The vector table, 256-byte aligned; the handler in direct mode too. */
  readonly vectors: number;
  readonly data: number;
  /** No region answers from here on for at least 64 KiB. */
  readonly absent: number;
}

export interface Maker {
  readonly random: Random;
  readonly isa: Isa;
  readonly layout: Layout;
  /** Interrupts are scheduled, and the last level of the wires is all high. */
  readonly interrupts: boolean;
  /** A label nobody has. */
  fresh(): string;
}

export const anyRegister = (m: Maker): number => m.random.below(FREE_REGISTERS);
/** x8..x15, the registers of the short encodings. */
export const shortRegister = (m: Maker): number => m.random.between(8, 15);
/** x1..x23 */
export const realRegister = (m: Maker): number => m.random.between(1, FREE_REGISTERS - 1);

const REGISTER_FORMS = [
  asm.add,
  asm.sub,
  asm.sll,
  asm.slt,
  asm.sltu,
  asm.xor,
  asm.srl,
  asm.sra,
  asm.or,
  asm.and,
];
const MULDIV_FORMS = [
  asm.mul,
  asm.mulh,
  asm.mulhsu,
  asm.mulhu,
  asm.div,
  asm.divu,
  asm.rem,
  asm.remu,
];
const IMMEDIATE_FORMS = [asm.addi, asm.slti, asm.sltiu, asm.xori, asm.ori, asm.andi];
const SHIFT_FORMS = [asm.slli, asm.srli, asm.srai];

const SHORT_FORMS: readonly ((m: Maker) => number)[] = [
  (m) => rvc.c_addi4spn(shortRegister(m), 4 * m.random.between(1, 255)),
  (m) => rvc.c_addi(anyRegister(m), m.random.between(-32, 31)),
  (m) => rvc.c_li(anyRegister(m), m.random.between(-32, 31)),
  (m) => rvc.c_addi16sp(16 * m.random.between(1, 31)),
  (m) => rvc.c_lui(m.random.between(3, 23), m.random.between(1, 31)),
  (m) => rvc.c_srli(shortRegister(m), m.random.below(32)),
  (m) => rvc.c_srai(shortRegister(m), m.random.below(32)),
  (m) => rvc.c_andi(shortRegister(m), m.random.between(-32, 31)),
  (m) =>
    m.random.pick([rvc.c_sub, rvc.c_xor, rvc.c_or, rvc.c_and])(shortRegister(m), shortRegister(m)),
  (m) => rvc.c_slli(anyRegister(m), m.random.below(32)),
  (m) => rvc.c_mv(anyRegister(m), realRegister(m)),
  (m) => rvc.c_add(anyRegister(m), realRegister(m)),
  () => rvc.c_nop(),
];

/** An uncompressed instruction that computes something and cannot trap. */
export function longCompute(m: Maker): number {
  const { random } = m;
  const kind = random.below(m.isa.m ? 8 : 6);
  const [rd, rs1, rs2] = [anyRegister(m), anyRegister(m), anyRegister(m)];
  if (kind >= 6) return random.pick(MULDIV_FORMS)(rd, rs1, rs2);
  if (kind === 0) return random.pick([asm.lui, asm.auipc])(rd, random.below(0x10_0000));
  if (kind === 1) return random.pick(SHIFT_FORMS)(rd, rs1, random.below(32));
  if (kind <= 3) return random.pick(IMMEDIATE_FORMS)(rd, rs1, random.between(-2048, 2047));
  if (random.once(12)) return random.pick([asm.fence(), asm.fence_i(), asm.nop()]);
  return random.pick(REGISTER_FORMS)(rd, rs1, rs2);
}

/** A compressed instruction that computes something and cannot trap; only with C. */
export const shortCompute = (m: Maker): number => m.random.pick(SHORT_FORMS)(m);

export function compute(m: Maker): number {
  return m.isa.c && m.random.once(2) ? shortCompute(m) : longCompute(m);
}

export function computes(m: Maker, min: number, max: number): number[] {
  return Array.from({ length: m.random.between(min, max) }, () => compute(m));
}

/** Loads a register with an operand that likes the edges. */
export const operandInto = (m: Maker, rd: number): number[] => asm.li(rd, m.random.operand());

/** lui and addi with the address of a label. */
export function addressOf(rd: number, label: string): asm.Item[] {
  return [0, 1].map((index) => ({
    size_bytes: 4,
    encode: (_at, of) => asm.li(rd, of(label))[index]!,
  }));
}

const LOADS = [asm.lb, asm.lh, asm.lw, asm.lbu, asm.lhu];
const STORES = [asm.sb, asm.sh, asm.sw];

/** A load or store of any width at a register plus a displacement. */
export function access(m: Maker, base: number, displacement: number): number {
  const store = m.random.once(2);
  const encode = m.random.pick(store ? STORES : LOADS);
  return encode(anyRegister(m), base, displacement);
}

/** CSRs that do not exist here (rv32.md, section 1: every other CSR is illegal). */
const ABSENT_CSRS = [
  0x000, 0x100, 0x302, 0x303, 0x310, 0x323, 0x33f, 0x345, 0x3a0, 0x3b0, 0x7a0, 0x7b0, 0x7c0, 0xb01,
  0xb03, 0xb83, 0xc03, 0xc83, 0xf10, 0xf15, 0xfff,
];
/** mtvec has its own rule below, since programs live from their handler. */
const CSRS = Object.values(CSR).filter((address) => address !== CSR.mtvec);
const REGISTER_CSR = [asm.csrrw, asm.csrrs, asm.csrrc];
const IMMEDIATE_CSR = [asm.csrrwi, asm.csrrsi, asm.csrrci];

/** An access to any CSR, of any kind; may trap. A write of mtvec keeps the handler's address. */
export function csrAccess(m: Maker): number[] {
  const { random } = m;
  if (random.once(10)) {
    const value = asm.li(ADDRESS, m.layout.vectors + random.below(4));
    return [...value, asm.csrrw(anyRegister(m), CSR.mtvec, ADDRESS)];
  }
  if (random.once(10)) {
    return [random.pick([asm.csrrsi, asm.csrrci])(anyRegister(m), CSR.mtvec, random.below(4))];
  }
  const csr = random.once(12) ? random.pick(ABSENT_CSRS) : random.pick(CSRS);
  const rd = anyRegister(m);
  if (random.once(3)) return [random.pick(IMMEDIATE_CSR)(rd, csr, random.below(32))];
  const source = random.once(4) ? 0 : anyRegister(m);
  const operand = random.once(2) ? operandInto(m, source) : [];
  return [...operand, random.pick(REGISTER_CSR)(rd, csr, source)];
}

/** 32-bit encodings that no row of the listings has: next to legal ones, and unused opcodes. */
const ILLEGAL_WORDS = [
  0xffff_ffff, 0x0000_1067, 0x0000_2063, 0x0000_3063, 0x0000_3003, 0x0000_7003, 0x0000_3023,
  0x0200_1013, 0x4000_1013, 0x0200_5013, 0x4000_4033, 0x0000_200f, 0x0000_00f3, 0x0000_8073,
  0x0010_00f3, 0x3020_8073, 0x1050_00f3, 0x1020_0073, 0x0020_0073, 0x7b20_0073, 0x1200_0073,
  0x0000_4073, 0x1010_202f, 0x1000_302f, 0x2800_202f,
];
const UNUSED_OPCODES = [0x07, 0x0b, 0x1b, 0x27, 0x2b, 0x3b, 0x43, 0x53, 0x5b, 0x6b, 0x77, 0x7b];

export function illegalWord(m: Maker): number {
  if (m.random.once(2)) return m.random.pick(ILLEGAL_WORDS);
  return ((m.random.u32() & ~0x7f) | m.random.pick(UNUSED_OPCODES)) >>> 0;
}

/** Reserved 16-bit encodings and those of floating point. */
export const ILLEGAL_HALVES = [
  0x0000, 0x0004, 0x2000, 0x6000, 0x8000, 0xa000, 0xe000, 0x6101, 0x6081, 0x9001, 0x9401, 0x9c01,
  0x9c41, 0x1002, 0x2002, 0x4002, 0x6002, 0x8002, 0xa002, 0xe002,
];
