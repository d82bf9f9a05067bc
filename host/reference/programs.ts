/**
 * Random programs for lockstep tests. A program is a whole RAM image, where to start, and a
 * schedule of the interrupt wires; equal seeds and options give equal programs.
 *
 *   offset    mixed and opcodes mode
 *   0x0000    spare: stores across the start of RAM hit it
 *   0x0100    vector table: 32 jumps to the handler (also its entry in direct mode)
 *   0x0180    handler
 *   0x0300    boot: prologue, body, a jump back to the body (or a dead end)
 *   middle    data, random; x26 points here
 *   end - 2   the first half of an uncompressed instruction, for a fetch that fails half way
 *
 * The handler returns after the instruction that trapped; from an interrupt it returns with MIE
 * off (in user mode, where MIE says nothing, with the interrupt masked in mie), so that levels
 * that stay high do not stop the program.
 */

import * as asm from "./assembler.js";
import * as rvc from "./assembler-compressed.js";
import { CSR, MSTATUS } from "./csr.js";
import { INTERRUPT_BITS, INTERRUPT_PRIORITY, type WireChange } from "./interrupts.js";
import { parseIsa } from "./isa.js";
import { ATOMIC_BLOCKS, BLOCKS } from "./program-blocks.js";
import { computes, DATA, type Layout, type Maker, operandInto, RESUME } from "./program-parts.js";
import { Random } from "./random.js";

export interface ProgramOptions {
  /** Default: drawn from ISAS. */
  readonly isa?: string;
  /**
   * `mixed` (default): blocks of every subject. `opcodes`: words with legal opcodes but random
   * fields, under a working handler. `words`: nothing but random bits.
   */
  readonly mode?: "mixed" | "opcodes" | "words";
  /** Number of blocks of a mixed program. Default 24. */
  readonly blocks?: number;
  /** Schedule interrupts. Default true. */
  readonly interrupts?: boolean;
  /** Least cycles between two changes of the wires. Default 40; 1 makes pulses of one cycle. */
  readonly gap_cycles?: number;
  /** Default 0x8000_0000; a multiple of 256. */
  readonly ramBase?: number;
  /** Default 32 KiB; at least 24 KiB, a multiple of 4. */
  readonly ramSize?: number;
  /** Where nothing answers; default 0x4000_0000. */
  readonly absent?: number;
}

export interface RandomProgram {
  readonly seed: number;
  readonly isa: string;
  /** The whole RAM at the start. */
  readonly image: Uint8Array;
  /** Address of image[0]: the same as ramBase. */
  readonly base: number;
  readonly ramBase: number;
  readonly ramSize: number;
  readonly boot: number;
  /** Ascending by cycle. */
  readonly interrupts: readonly WireChange[];
  /** Seed, mode, ISA and the blocks: what a failing test prints. */
  readonly description: string;
}

export const ISAS: readonly string[] = ["rv32imac", "rv32imc", "rv32im", "rv32ima", "rv32ic"];

const VECTORS_OFFSET = 0x100;
const BOOT_OFFSET = 0x300;
const WIRE_CHANGES = 40;

/** n random 32-bit words. */
export function randomWords(seed: number, n: number): Uint32Array {
  const random = new Random(seed);
  return Uint32Array.from({ length: n }, () => random.u32());
}

export function randomProgram(seed: number, options: ProgramOptions = {}): RandomProgram {
  const random = new Random(seed);
  const isa = options.isa ?? random.pick(ISAS);
  const mode = options.mode ?? "mixed";
  const ramBase = options.ramBase ?? 0x8000_0000;
  const ramSize = options.ramSize ?? 0x8000;
  const data = ramBase + (ramSize >>> 1) + 0x1000;
  const absent = options.absent ?? 0x4000_0000;
  const vectors = ramBase + VECTORS_OFFSET;
  const layout: Layout = { ramBase, ramEnd: ramBase + ramSize, vectors, data, absent };
  const interrupts = options.interrupts === false ? [] : schedule(random, options.gap_cycles ?? 40);
  let labels = 0;
  const maker: Maker = {
    random,
    isa: parseIsa(isa),
    layout,
    interrupts: interrupts.length > 0,
    fresh: () => `L${labels++}`,
  };
  const image = new Uint8Array(ramSize);
  const made = mode === "words" ? words(maker, image) : structured(maker, image, mode, options);
  const description = `seed ${seed}, ${mode}, ${isa}: ${made.blocks.join(" ")}`;
  return {
    seed,
    isa,
    image,
    base: ramBase,
    ramBase,
    ramSize,
    boot: made.boot,
    interrupts,
    description,
  };
}

interface Made {
  readonly boot: number;
  readonly blocks: readonly string[];
}

/** Random toggles of single wires, then all wires high for ever: a last reason to wake up. */
function schedule(random: Random, gap_cycles: number): WireChange[] {
  const changes: WireChange[] = [];
  let cycle = BigInt(random.below(100));
  let mip = 0;
  for (let i = 0; i < WIRE_CHANGES; i++) {
    mip = (mip ^ (1 << random.pick(INTERRUPT_PRIORITY))) >>> 0;
    changes.push({ cycle, mip });
    cycle += BigInt(gap_cycles + random.below(random.once(4) ? 400 : 60));
  }
  changes.push({ cycle, mip: INTERRUPT_BITS });
  return changes;
}

/** Random bits everywhere; even the trap vector of reset points into them. */
function words({ random, isa, layout }: Maker, image: Uint8Array): Made {
  const view = new DataView(image.buffer);
  for (let i = 0; i < image.length; i += 4) view.setUint32(i, random.u32(), true);
  const boot = (random.below(image.length) & (isa.c ? ~1 : ~3)) >>> 0;
  return { boot: layout.ramBase + boot, blocks: [] };
}

function structured(m: Maker, image: Uint8Array, mode: string, options: ProgramOptions): Made {
  const { ramBase, data } = m.layout;
  const { blocks, items } = mode === "mixed" ? mixed(m, options.blocks ?? 24) : opcodes(m);
  const view = new DataView(image.buffer);
  const dataOffset = data - ramBase;
  for (let i = dataOffset - 0x1000; i < dataOffset + 0x1000; i += 4) {
    view.setUint32(i, m.random.u32(), true);
  }
  // Bits 1..0 = 11: the first half of an uncompressed instruction.
  view.setUint16(image.length - 2, m.random.u32() | 3, true);
  image.set(asm.assemble(m.layout.vectors, handler(m.random.once(6))).bytes, VECTORS_OFFSET);
  const boot = ramBase + BOOT_OFFSET + (m.isa.c && m.random.once(2) ? 2 : 0);
  const program = asm.assemble(boot, [...prologue(m), ...items]);
  if (boot + program.bytes.length > data - 0x1000) {
    throw new RangeError(`${program.bytes.length} bytes of program do not fit under the data`);
  }
  image.set(program.bytes, boot - ramBase);
  return { boot, blocks };
}

function mixed(m: Maker, count: number): { blocks: string[]; items: asm.Item[] } {
  const table = { ...BLOCKS, ...(m.isa.a ? ATOMIC_BLOCKS : {}) };
  const blocks = Array.from({ length: count }, () => m.random.pick(Object.keys(table)));
  const items = blocks.flatMap((name) => [...computes(m, 0, 1), ...table[name]!(m)]);
  if (m.random.once(8)) blocks.push("deadEnd");
  const end = blocks.at(-1) === "deadEnd" ? deadEnd(m) : [backToBody()];
  return { blocks, items: [{ label: "body" }, ...items, ...end] };
}

const backToBody = (): asm.Item => asm.to("body", (offset) => asm.jal(0, offset));

/** A handler that does not exist: every step from here on is a fetch that fails. */
function deadEnd({ layout }: Maker): asm.Item[] {
  return [...asm.li(5, layout.absent), asm.csrw(CSR.mtvec, 5), asm.ecall(), backToBody()];
}

/** Legal major opcodes; the fields are random. */
// biome-ignore format: a table.
const OPCODES = [0x37, 0x17, 0x6f, 0x67, 0x63, 0x63, 0x03, 0x23, 0x13, 0x13, 0x33, 0x33, 0x0f, 0x73, 0x2f];
const OPCODE_WORDS = 1000;

function opcodes(m: Maker): { blocks: string[]; items: asm.Item[] } {
  const { random } = m;
  const one = (): number => {
    if (m.isa.c && random.once(2)) {
      const half = random.u32() & 0xffff;
      return (half & 3) === 3 ? half & 0xfffe : half;
    }
    // Half of the words keep funct7 to the three values that mean something.
    const funct7 = random.pick([0, 0x01, 0x20]) << 25;
    const word = random.once(2) ? (random.u32() & 0x01ff_ffff) | funct7 : random.u32();
    return ((word & ~0x7f) | random.pick(OPCODES)) >>> 0;
  };
  const items = Array.from({ length: OPCODE_WORDS }, one);
  return { blocks: [], items: [{ label: "body" }, ...items, backToBody()] };
}

/** Handler address, random registers, resume address, data pointer, interrupts on. */
function prologue(m: Maker): asm.Item[] {
  const registers = Array.from({ length: 23 }, (_, i) => operandInto(m, i + 1)).flat();
  const resume: asm.Item[] = [0, 1].map((index) => ({
    size_bytes: 4,
    encode: (_at, of) => asm.li(RESUME, of("body"))[index]!,
  }));
  return [
    ...asm.li(5, m.layout.vectors + m.random.below(2)),
    asm.csrw(CSR.mtvec, 5),
    ...asm.li(5, m.random.once(2) ? INTERRUPT_BITS : m.random.u32()),
    asm.csrw(CSR.mie, 5),
    ...registers,
    ...resume,
    ...asm.li(DATA, m.layout.data + m.random.below(4)),
    asm.csrrsi(0, CSR.mstatus, m.random.once(3) ? 0 : MSTATUS.MIE),
    ...(m.isa.c && m.random.once(2) ? [rvc.c_nop()] : []),
  ];
}

const [T0, T1, T2, T3] = [28, 29, 30, 31] as const;
const CAUSE_FETCH_FAULT = 1;
const CAUSE_ECALL_USER = 8;

/**
 * The vector table and the handler. x28..x31 are its own.
 * @param leavesByJump instructions that trapped are left by a jump instead of mret: the program
 *   goes on in machine mode with interrupts off.
 */
function handler(leavesByJump: boolean): asm.Item[] {
  const branch =
    (label: string, encode: (a: number, b: number, offset: number) => number) =>
    (a: number, b: number) =>
      asm.to(label, (offset) => encode(a, b, offset));
  const leave = leavesByJump ? asm.jalr(0, T1, 0) : asm.mret();
  return [
    ...Array.from({ length: 32 }, () => asm.to("handler", (offset) => asm.jal(0, offset))),
    { label: "handler" },
    asm.csrr(T0, CSR.mcause),
    branch("interrupt", asm.blt)(T0, 0),
    asm.csrr(T1, CSR.mepc),
    asm.addi(T2, 0, CAUSE_FETCH_FAULT),
    branch("fetch", asm.beq)(T0, T2),
    asm.addi(T2, 0, CAUSE_ECALL_USER),
    branch("skip", asm.bne)(T0, T2),
    // ecall from user mode: go on in machine mode.
    ...asm.li(T3, MSTATUS.MPP),
    asm.csrrs(0, CSR.mstatus, T3),
    { label: "skip" },
    // Past the instruction: 4 bytes when its low bits are 11, else 2.
    asm.lhu(T2, T1, 0),
    asm.andi(T2, T2, 3),
    asm.addi(T3, 0, 3),
    asm.addi(T1, T1, 2),
    branch("leave", asm.bne)(T2, T3),
    asm.addi(T1, T1, 2),
    { label: "leave" },
    asm.csrw(CSR.mepc, T1),
    leave,
    { label: "fetch" },
    asm.csrw(CSR.mepc, RESUME),
    asm.mret(),
    { label: "interrupt" },
    asm.csrr(T1, CSR.mstatus),
    ...asm.li(T2, MSTATUS.MPP),
    asm.and(T1, T1, T2),
    branch("user", asm.beq)(T1, 0),
    asm.addi(T2, 0, MSTATUS.MPIE),
    asm.csrrc(0, CSR.mstatus, T2),
    asm.mret(),
    { label: "user" },
    asm.addi(T2, 0, 1),
    asm.sll(T2, T2, T0),
    asm.csrrc(0, CSR.mie, T2),
    asm.mret(),
  ];
}
