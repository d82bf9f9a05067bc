/**
 * A tiny assembler for tests: one function an instruction, named as in the manual with `_` for
 * `.`, that returns the encoding. Formats from the RISC-V unprivileged manual, figure 2.3; the
 * compressed forms are in assembler-compressed.ts; `assemble` puts encodings and labels together.
 *
 * Registers are numbers 0..31. Immediates are the byte offsets or values that the instruction
 * means, and a RangeError says when one does not fit: a test's program is never silently wrong.
 */

type Encoder3 = (a: number, b: number, c: number) => number;

/** Registers by ABI name. */
// biome-ignore format: a table.
export const R = {
  zero: 0, ra: 1, sp: 2, gp: 3, tp: 4, t0: 5, t1: 6, t2: 7, s0: 8, s1: 9,
  a0: 10, a1: 11, a2: 12, a3: 13, a4: 14, a5: 15, a6: 16, a7: 17,
  s2: 18, s3: 19, s4: 20, s5: 21, s6: 22, s7: 23, s8: 24, s9: 25, s10: 26, s11: 27,
  t3: 28, t4: 29, t5: 30, t6: 31,
} as const;

/** Checks a range and a granule, and gives the value back. */
export function checked(what: string, value: number, min: number, max: number, step = 1): number {
  if (!Number.isInteger(value) || value < min || value > max || value % step !== 0) {
    throw new RangeError(`${what} ${value}: want ${min}..${max} in steps of ${step}`);
  }
  return value;
}

const register = (index: number): number => checked("register", index, 0, 31);
/** A 12-bit immediate: -2048..2047. */
const signed12 = (imm: number): number => checked("immediate", imm, -2048, 2047) & 0xfff;

function encodeR(opcode: number, funct3: number, funct7: number): Encoder3 {
  return (rd, rs1, rs2) =>
    ((funct7 << 25) |
      (register(rs2) << 20) |
      (register(rs1) << 15) |
      (funct3 << 12) |
      (register(rd) << 7) |
      opcode) >>>
    0;
}

function encodeI(opcode: number, funct3: number): Encoder3 {
  return (rd, rs1, imm) =>
    ((signed12(imm) << 20) |
      (register(rs1) << 15) |
      (funct3 << 12) |
      (register(rd) << 7) |
      opcode) >>>
    0;
}

function encodeShift(funct3: number, funct7: number): Encoder3 {
  return (rd, rs1, shamt) => encodeR(0x13, funct3, funct7)(rd, rs1, checked("shift", shamt, 0, 31));
}

/** (rs2, rs1, imm): the operand order of `sw rs2, imm(rs1)`. */
function encodeS(funct3: number): Encoder3 {
  return (rs2, rs1, imm) => {
    const field = signed12(imm);
    const halves = ((field >>> 5) << 25) | ((field & 0x1f) << 7);
    return (halves | (register(rs2) << 20) | (register(rs1) << 15) | (funct3 << 12) | 0x23) >>> 0;
  };
}

/** (rs1, rs2, offset); the offset is even, -4096..4094, from the branch itself. */
function encodeB(funct3: number): Encoder3 {
  return (rs1, rs2, offset) => {
    const f = checked("branch offset", offset, -4096, 4094, 2);
    const high = (((f >>> 12) & 1) << 31) | (((f >>> 5) & 0x3f) << 25);
    const low = (((f >>> 1) & 0xf) << 8) | (((f >>> 11) & 1) << 7);
    const fields = (register(rs2) << 20) | (register(rs1) << 15) | (funct3 << 12);
    return (high | fields | low | 0x63) >>> 0;
  };
}

/** (rd, csr, rs1 or uimm) */
function encodeCsr(funct3: number): Encoder3 {
  return (rd, csr, source) =>
    ((checked("csr", csr, 0, 0xfff) << 20) |
      (register(source) << 15) |
      (funct3 << 12) |
      (register(rd) << 7) |
      0x73) >>>
    0;
}

/** (rd, rs1 = address, rs2); aq and rl are 0. */
function encodeA(funct5: number): Encoder3 {
  return (rd, rs1, rs2) => encodeR(0x2f, 2, funct5 << 2)(rd, rs1, rs2);
}

/** Upper immediates: `imm20` is the number in bits 31..12, 0..0xfffff. */
export const lui = (rd: number, imm20: number): number =>
  ((checked("immediate", imm20, 0, 0xfffff) << 12) | (register(rd) << 7) | 0x37) >>> 0;
export const auipc = (rd: number, imm20: number): number =>
  ((checked("immediate", imm20, 0, 0xfffff) << 12) | (register(rd) << 7) | 0x17) >>> 0;

/** The offset is even, -2^20..2^20-2, from the jump itself. */
export function jal(rd: number, offset: number): number {
  const f = checked("jump offset", offset, -(2 ** 20), 2 ** 20 - 2, 2);
  const high = (((f >>> 20) & 1) << 31) | (((f >>> 1) & 0x3ff) << 21);
  const low = (((f >>> 11) & 1) << 20) | (((f >>> 12) & 0xff) << 12);
  return (high | low | (register(rd) << 7) | 0x6f) >>> 0;
}

/** (rd, rs1, imm) */
export const jalr = encodeI(0x67, 0);

export const beq = encodeB(0);
export const bne = encodeB(1);
export const blt = encodeB(4);
export const bge = encodeB(5);
export const bltu = encodeB(6);
export const bgeu = encodeB(7);

/** Loads: (rd, rs1, imm). */
export const lb = encodeI(0x03, 0);
export const lh = encodeI(0x03, 1);
export const lw = encodeI(0x03, 2);
export const lbu = encodeI(0x03, 4);
export const lhu = encodeI(0x03, 5);
/** Stores: (rs2, rs1, imm). */
export const sb = encodeS(0);
export const sh = encodeS(1);
export const sw = encodeS(2);

/** (rd, rs1, imm) */
export const addi = encodeI(0x13, 0);
export const slti = encodeI(0x13, 2);
export const sltiu = encodeI(0x13, 3);
export const xori = encodeI(0x13, 4);
export const ori = encodeI(0x13, 6);
export const andi = encodeI(0x13, 7);
export const slli = encodeShift(1, 0);
export const srli = encodeShift(5, 0);
export const srai = encodeShift(5, 0x20);

/** (rd, rs1, rs2) */
export const add = encodeR(0x33, 0, 0);
export const sub = encodeR(0x33, 0, 0x20);
export const sll = encodeR(0x33, 1, 0);
export const slt = encodeR(0x33, 2, 0);
export const sltu = encodeR(0x33, 3, 0);
export const xor = encodeR(0x33, 4, 0);
export const srl = encodeR(0x33, 5, 0);
export const sra = encodeR(0x33, 5, 0x20);
export const or = encodeR(0x33, 6, 0);
export const and = encodeR(0x33, 7, 0);

export const mul = encodeR(0x33, 0, 1);
export const mulh = encodeR(0x33, 1, 1);
export const mulhsu = encodeR(0x33, 2, 1);
export const mulhu = encodeR(0x33, 3, 1);
export const div = encodeR(0x33, 4, 1);
export const divu = encodeR(0x33, 5, 1);
export const rem = encodeR(0x33, 6, 1);
export const remu = encodeR(0x33, 7, 1);

/** (rd, rs1) */
export const lr_w = (rd: number, rs1: number): number => encodeA(0x02)(rd, rs1, 0);
/** (rd, rs1 = address, rs2) */
export const sc_w = encodeA(0x03);
export const amoswap_w = encodeA(0x01);
export const amoadd_w = encodeA(0x00);
export const amoxor_w = encodeA(0x04);
export const amoand_w = encodeA(0x0c);
export const amoor_w = encodeA(0x08);
export const amomin_w = encodeA(0x10);
export const amomax_w = encodeA(0x14);
export const amominu_w = encodeA(0x18);
export const amomaxu_w = encodeA(0x1c);

/** (rd, csr, rs1), and with an immediate 0..31 in place of rs1. */
export const csrrw = encodeCsr(1);
export const csrrs = encodeCsr(2);
export const csrrc = encodeCsr(3);
export const csrrwi = encodeCsr(5);
export const csrrsi = encodeCsr(6);
export const csrrci = encodeCsr(7);

export const fence = (): number => 0x0ff0_000f;
export const fence_i = (): number => 0x0000_100f;
export const ecall = (): number => 0x0000_0073;
export const ebreak = (): number => 0x0010_0073;
export const mret = (): number => 0x3020_0073;
export const wfi = (): number => 0x1050_0073;

/** Pseudo-instructions. */
export const nop = (): number => addi(0, 0, 0);
export const mv = (rd: number, rs: number): number => addi(rd, rs, 0);
export const csrr = (rd: number, csr: number): number => csrrs(rd, csr, 0);
export const csrw = (csr: number, rs: number): number => csrrw(0, csr, rs);
/** lui and addi: any 32-bit value in exactly two uncompressed instructions. */
export function li(rd: number, value: number): [number, number] {
  const low = (value << 20) >> 20;
  return [lui(rd, ((value - low) >>> 12) & 0xfffff), addi(rd, rd, low)];
}

/** Bytes, a label, or an encoding that needs its own address and the labels. */
export type Item =
  | number
  | { readonly label: string }
  | { readonly bytes: ArrayLike<number> }
  | {
      readonly size_bytes: 2 | 4;
      readonly encode: (address: number, of: (label: string) => number) => number;
    };

/** Size of an encoding: bits 1..0 = 11 say four bytes (unprivileged manual, section 1.5). */
export const sizeOf = (encoding: number): 2 | 4 => ((encoding & 3) === 3 ? 4 : 2);

function itemSize(item: Item): number {
  if (typeof item === "number") return sizeOf(item);
  if ("label" in item) return 0;
  return "bytes" in item ? item.bytes.length : item.size_bytes;
}

/** A branch or jump to a label: `to("loop", (offset) => bne(5, 0, offset))`. */
export function to(label: string, encode: (offset: number) => number, size: 2 | 4 = 4): Item {
  return { size_bytes: size, encode: (address, of) => encode(of(label) - address) };
}

/** A 32-bit little-endian word of data, whatever its low bits. */
export function word(value: number): Item {
  return { bytes: [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff) };
}

export interface Assembled {
  readonly base: number;
  readonly bytes: Uint8Array;
  readonly labels: ReadonlyMap<string, number>;
}

/**
 * Lays items out from `base` on and resolves labels.
 * @throws RangeError for an unknown or repeated label, or an offset that does not fit.
 */
export function assemble(base: number, items: readonly Item[]): Assembled {
  const labels = new Map<string, number>();
  let address = base;
  for (const item of items) {
    if (typeof item === "object" && "label" in item) {
      if (labels.has(item.label)) throw new RangeError(`label ${item.label} twice`);
      labels.set(item.label, address);
    }
    address += itemSize(item);
  }
  const of = (label: string): number => {
    const found = labels.get(label);
    if (found === undefined) throw new RangeError(`no label ${label}`);
    return found;
  };
  const bytes = new Uint8Array(address - base);
  address = base;
  for (const item of items) {
    bytes.set(itemBytes(item, address, of), address - base);
    address += itemSize(item);
  }
  return { base, bytes, labels };
}

function itemBytes(item: Item, at: number, of: (label: string) => number): ArrayLike<number> {
  if (typeof item === "object" && "label" in item) return [];
  if (typeof item === "object" && "bytes" in item) return item.bytes;
  const encoding = typeof item === "number" ? item : item.encode(at, of);
  const size = itemSize(item);
  return Array.from({ length: size }, (_, i) => (encoding >>> (8 * i)) & 0xff);
}
