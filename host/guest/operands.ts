/**
 * How each operand of an instruction is taken from its word and printed. Bit positions: "The RISC-V
 * Instruction Set Manual, Volume I", sections "Base Instruction Formats", "Immediate Encoding
 * Variants" and the instruction formats of the C extension. Number formats are GNU objdump's:
 * immediates and offsets decimal, shift amounts and upper immediates in hexadecimal.
 */

import { csrName } from "./csrs.js";

/** Register names of the calling convention (Volume I, "RISC-V Assembly Programmer's Handbook"). */
export const ABI_NAMES: readonly string[] = (
  "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 " +
  "a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6"
).split(" ");

/** Architectural register names, x0 to x31. */
export const NUMERIC_NAMES: readonly string[] = Array.from({ length: 32 }, (_, k) => `x${k}`);

/** What printing an operand needs besides the word. */
export interface OperandContext {
  readonly pc: number;
  readonly registers: readonly string[];
  /** Text for a target address, e.g. `main+0x1c`; undefined when nothing is known there. */
  readonly describe: (address: number) => string | undefined;
}

type Printer = (word: number, context: OperandContext) => string;

/** One piece of an immediate: bits `high..low` of the word go to bit `to` and up of the value. */
type Piece = readonly [high: number, low: number, to: number];

/** Collects an immediate from its pieces; not sign extended. */
function gather(word: number, pieces: readonly Piece[]): number {
  let value = 0;
  for (const [high, low, to] of pieces) {
    value |= ((word >>> low) & ((1 << (high - low + 1)) - 1)) << to;
  }
  return value;
}

function signExtend(value: number, width: number): number {
  return (value << (32 - width)) >> (32 - width);
}

const TARGET_B: readonly Piece[] = [
  [31, 31, 12],
  [30, 25, 5],
  [11, 8, 1],
  [7, 7, 11],
];
const TARGET_J: readonly Piece[] = [
  [31, 31, 20],
  [30, 21, 1],
  [20, 20, 11],
  [19, 12, 12],
];
const C_IMM: readonly Piece[] = [
  [12, 12, 5],
  [6, 2, 0],
];
const C_IMM_4SPN: readonly Piece[] = [
  [12, 11, 4],
  [10, 7, 6],
  [6, 6, 2],
  [5, 5, 3],
];
const C_IMM_LW: readonly Piece[] = [
  [12, 10, 3],
  [6, 6, 2],
  [5, 5, 6],
];
const C_IMM_16SP: readonly Piece[] = [
  [12, 12, 9],
  [6, 6, 4],
  [5, 5, 6],
  [4, 3, 7],
  [2, 2, 5],
];
const C_IMM_LWSP: readonly Piece[] = [
  [12, 12, 5],
  [6, 4, 2],
  [3, 2, 6],
];
const C_IMM_SWSP: readonly Piece[] = [
  [12, 9, 2],
  [8, 7, 6],
];
const C_TARGET_J: readonly Piece[] = [
  [12, 12, 11],
  [11, 11, 4],
  [10, 9, 8],
  [8, 8, 10],
  [7, 7, 6],
  [6, 6, 7],
  [5, 3, 1],
  [2, 2, 5],
];
const C_TARGET_B: readonly Piece[] = [
  [12, 12, 8],
  [11, 10, 3],
  [6, 5, 6],
  [4, 3, 1],
  [2, 2, 5],
];

/** Sign-extended immediate of an I-type word. */
export function immediateI(word: number): number {
  return word >> 20;
}

/** Sign-extended immediate of an S-type word. */
export function immediateS(word: number): number {
  return ((word >> 25) << 5) | ((word >>> 7) & 0x1f);
}

/** Sign-extended immediate of a CI-type halfword (c.addi, c.li, c.lui). */
export function immediateCi(word: number): number {
  return signExtend(gather(word, C_IMM), 6);
}

/** Names of a fence set, device input first (bit 3) and memory write last (bit 0). */
function fenceSet(bits: number): string {
  const names = [..."iorw"].filter((_, index) => bits & (8 >> index)).join("");
  return names === "" ? "unknown" : names; // objdump's word for the empty set
}

function register(shift: number, width: number, base: number): Printer {
  const mask = (1 << width) - 1;
  return (word, { registers }) => registers[base + ((word >>> shift) & mask)]!;
}

function target(pieces: readonly Piece[], width: number): Printer {
  return (word, { pc, describe }) => {
    const address = (pc + signExtend(gather(word, pieces), width)) >>> 0;
    return addressText(address, describe);
  };
}

/** `12 <main+0x2>` where something is known about the address, `0x12` elsewhere. */
export function addressText(address: number, describe: OperandContext["describe"]): string {
  const known = describe(address);
  const digits = address.toString(16);
  return known === undefined ? `0x${digits}` : `${digits} <${known}>`;
}

/** Printer of each operand name that a format may use. */
export const OPERANDS: Readonly<Record<string, Printer>> = {
  rd: register(7, 5, 0),
  rs1: register(15, 5, 0),
  rs2: register(20, 5, 0),
  imm_i: (word) => `${immediateI(word)}`,
  imm_s: (word) => `${immediateS(word)}`,
  imm_u: (word) => `0x${(word >>> 12).toString(16)}`,
  shamt: (word) => `0x${((word >>> 20) & 0x3f).toString(16)}`,
  uimm: (word) => `${(word >>> 15) & 0x1f}`,
  csr: (word) => csrName(word >>> 20),
  pred: (word) => fenceSet((word >>> 24) & 0xf),
  succ: (word) => fenceSet((word >>> 20) & 0xf),
  target_b: target(TARGET_B, 13),
  target_j: target(TARGET_J, 21),
  sp: (_, { registers }) => registers[2]!,
  c_rd: register(2, 3, 8),
  c_rs1: register(7, 3, 8),
  c_rs2: register(2, 5, 0),
  c_imm: (word) => `${immediateCi(word)}`,
  c_imm_4spn: (word) => `${gather(word, C_IMM_4SPN)}`,
  c_imm_lw: (word) => `${gather(word, C_IMM_LW)}`,
  c_imm_16sp: (word) => `${signExtend(gather(word, C_IMM_16SP), 10)}`,
  c_imm_lui: (word) => `0x${(immediateCi(word) & 0xf_ffff).toString(16)}`,
  c_imm_lwsp: (word) => `${gather(word, C_IMM_LWSP)}`,
  c_imm_swsp: (word) => `${gather(word, C_IMM_SWSP)}`,
  c_shamt: (word) => `0x${gather(word, C_IMM).toString(16)}`,
  c_target_j: target(C_TARGET_J, 12),
  c_target_b: target(C_TARGET_B, 9),
};
