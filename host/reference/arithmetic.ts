/**
 * What the computing instructions compute, from the unprivileged manual (chapters "RV32I", "M",
 * "A"). Operands and results are 32-bit patterns; `| 0` reads one as signed, `>>> 0` as unsigned.
 */

import type { Mnemonic } from "./decode.js";

type Binary = (a: number, b: number) => number;

const low = (product: bigint): number => Number(product & 0xffff_ffffn);
const high = (product: bigint): number => Number((product >> 32n) & 0xffff_ffffn);
const s = (a: number): bigint => BigInt(a | 0);
const u = (a: number): bigint => BigInt(a >>> 0);
/** -2^31, whose quotient by -1 overflows: the quotient is -2^31, the remainder 0. */
const MOST_NEGATIVE = -0x8000_0000;

function divide(a: number, b: number): number {
  if (b === 0) return -1;
  if ((a | 0) === MOST_NEGATIVE && (b | 0) === -1) return MOST_NEGATIVE;
  return Math.trunc((a | 0) / (b | 0));
}

function remainder(a: number, b: number): number {
  if (b === 0) return a;
  if ((a | 0) === MOST_NEGATIVE && (b | 0) === -1) return 0;
  return (a | 0) % (b | 0);
}

const OPERATIONS: Readonly<Record<string, Binary>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  sll: (a, b) => a << (b & 31),
  slt: (a, b) => ((a | 0) < (b | 0) ? 1 : 0),
  sltu: (a, b) => (a >>> 0 < b >>> 0 ? 1 : 0),
  xor: (a, b) => a ^ b,
  srl: (a, b) => a >>> (b & 31),
  sra: (a, b) => a >> (b & 31),
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  mul: (a, b) => low(s(a) * s(b)),
  mulh: (a, b) => high(s(a) * s(b)),
  mulhsu: (a, b) => high(s(a) * u(b)),
  mulhu: (a, b) => high(u(a) * u(b)),
  div: divide,
  divu: (a, b) => (b === 0 ? -1 : Math.floor((a >>> 0) / (b >>> 0))),
  rem: remainder,
  remu: (a, b) => (b === 0 ? a : (a >>> 0) % (b >>> 0)),
};

/** Register-register instructions by name. */
export function registerOperation(name: Mnemonic): Binary | undefined {
  return OPERATIONS[name];
}

/** Register-immediate instructions are the register forms with the immediate as operand b. */
const IMMEDIATE_FORM: Readonly<Partial<Record<Mnemonic, string>>> = {
  addi: "add",
  slti: "slt",
  sltiu: "sltu",
  xori: "xor",
  ori: "or",
  andi: "and",
  slli: "sll",
  srli: "srl",
  srai: "sra",
};

export function immediateOperation(name: Mnemonic): Binary | undefined {
  return OPERATIONS[IMMEDIATE_FORM[name] ?? ""];
}

export const BRANCH_CONDITION: Readonly<
  Partial<Record<Mnemonic, (a: number, b: number) => boolean>>
> = {
  beq: (a, b) => a >>> 0 === b >>> 0,
  bne: (a, b) => a >>> 0 !== b >>> 0,
  blt: (a, b) => (a | 0) < (b | 0),
  bge: (a, b) => (a | 0) >= (b | 0),
  bltu: (a, b) => a >>> 0 < b >>> 0,
  bgeu: (a, b) => a >>> 0 >= b >>> 0,
};

/** What an AMO stores: memory word a, register b. */
export const AMO_RESULT: Readonly<Partial<Record<Mnemonic, Binary>>> = {
  "amoswap.w": (_a, b) => b,
  "amoadd.w": (a, b) => a + b,
  "amoxor.w": (a, b) => a ^ b,
  "amoand.w": (a, b) => a & b,
  "amoor.w": (a, b) => a | b,
  "amomin.w": (a, b) => Math.min(a | 0, b | 0),
  "amomax.w": (a, b) => Math.max(a | 0, b | 0),
  "amominu.w": (a, b) => Math.min(a >>> 0, b >>> 0),
  "amomaxu.w": (a, b) => Math.max(a >>> 0, b >>> 0),
};
