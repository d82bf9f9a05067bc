/**
 * The blocks of random programs: each function writes a few instructions that exercise one
 * subject and then fall through to the next block, whatever traps on the way.
 */

import * as asm from "./assembler.js";
import * as rvc from "./assembler-compressed.js";
import { CSR, MSTATUS } from "./csr.js";
import { INTERRUPT_BITS } from "./interrupts.js";
import {
  ADDRESS,
  access,
  addressOf,
  anyRegister,
  compute,
  computes,
  csrAccess,
  DATA,
  ILLEGAL_HALVES,
  illegalWord,
  LOOP,
  longCompute,
  type Maker,
  operandInto,
  RESUME,
  realRegister,
  shortCompute,
  shortRegister,
} from "./program-parts.js";

type Block = (m: Maker) => asm.Item[];

const computing: Block = (m) => [...operandInto(m, realRegister(m)), ...computes(m, 4, 16)];

/** Loads and stores around the data pointer, at every alignment. */
const memory: Block = (m) =>
  Array.from({ length: m.random.between(2, 8) }, () =>
    access(m, DATA, m.random.between(-2048, 2047)),
  );

/** The compressed loads and stores, whose base must be a short register or the stack pointer. */
const shortMemory: Block = (m) => {
  if (!m.isa.c) return memory(m);
  const base = shortRegister(m);
  const word = () => 4 * m.random.below(32);
  return [
    asm.addi(base, DATA, m.random.between(-64, 64)),
    rvc.c_sw(shortRegister(m), base, word()),
    rvc.c_lw(base === 8 ? 9 : 8, base, word()),
    asm.addi(2, DATA, m.random.between(-64, 64)),
    rvc.c_swsp(anyRegister(m), 2 * word()),
    rvc.c_lwsp(m.random.between(3, 23), 2 * word()),
  ];
};

/** Accesses at the edges of RAM and where nothing answers: each half may fail on its own. */
const faultingMemory: Block = (m) => {
  const { ramBase, ramEnd, absent } = m.layout;
  const edges = [ramBase - 2, ramEnd - 2, ramEnd - 2, ramBase - 1, absent, absent + 2, 0, -2];
  return [
    ...asm.li(ADDRESS, m.random.pick(edges)),
    access(m, ADDRESS, m.random.between(-3, 3)),
    access(m, ADDRESS, m.random.between(-3, 3)),
  ];
};

const BRANCHES = [asm.beq, asm.bne, asm.blt, asm.bge, asm.bltu, asm.bgeu];

/** A forward branch, taken or not, over a few instructions. */
const branching: Block = (m) => {
  const label = m.fresh();
  const encode = m.random.pick(BRANCHES);
  const [a, b] = [anyRegister(m), m.random.once(3) ? 0 : anyRegister(m)];
  const short = m.random.pick([rvc.c_beqz, rvc.c_bnez]);
  const register = shortRegister(m);
  const branch =
    m.isa.c && m.random.once(3)
      ? asm.to(label, (offset) => short(register, offset), 2)
      : asm.to(label, (offset) => encode(a, b, offset));
  return [branch, ...computes(m, 1, 4), { label }, compute(m)];
};

const looping: Block = (m) => {
  const label = m.fresh();
  const encode = m.random.pick([asm.bne, asm.bltu, asm.blt]);
  const back = asm.to(label, (offset) => encode(0, LOOP, offset));
  const body = m.random.once(2) ? memory(m) : computes(m, 1, 5);
  return [
    asm.addi(LOOP, 0, m.random.between(1, 6)),
    { label },
    ...body,
    asm.addi(LOOP, LOOP, -1),
    back,
  ];
};

/** Forward jumps of every kind; with C half of the targets are 2 mod 4. */
const jumping: Block = (m) => {
  const label = m.fresh();
  const link = anyRegister(m);
  const offset = m.random.between(-2044, 2047) & ~3;
  const long: (() => asm.Item[])[] = [
    () => [asm.to(label, (o) => asm.jal(link, o))],
    () => [...addressOf(ADDRESS, label), asm.jalr(link, ADDRESS, m.random.below(2))],
    () => [
      ...addressOf(ADDRESS, label),
      asm.addi(ADDRESS, ADDRESS, offset),
      asm.jalr(link, ADDRESS, -offset),
    ],
  ];
  const short: (() => asm.Item[])[] = [
    () => [asm.to(label, rvc.c_j, 2)],
    () => [asm.to(label, rvc.c_jal, 2)],
    () => [...addressOf(ADDRESS, label), rvc.c_jr(ADDRESS)],
    () => [...addressOf(ADDRESS, label), rvc.c_jalr(ADDRESS)],
  ];
  const jump = m.random.pick(m.isa.c ? [...long, ...short] : long)();
  return [...jump, ...computes(m, 1, 3), { label }, compute(m)];
};

const csrs: Block = (m) =>
  Array.from({ length: m.random.between(1, 5) }, () => csrAccess(m)).flat();

/** A jump that cannot be fetched from; the handler goes on at RESUME. */
const failedFetch: Block = (m) => {
  const { ramEnd, absent } = m.layout;
  const label = m.fresh();
  // The last half of RAM holds the first half of an uncompressed instruction (programs.ts).
  const targets = m.isa.c ? [absent, absent + 2, ramEnd, ramEnd - 2] : [absent, ramEnd, 0];
  return [
    ...addressOf(RESUME, label),
    ...asm.li(ADDRESS, m.random.pick(targets)),
    asm.jalr(anyRegister(m), ADDRESS, 0),
    compute(m),
    { label },
  ];
};

/** Jumps and branches to 2 mod 4: traps without C, and with C lands in the middle of nothing. */
const misalignedTarget: Block = (m) => {
  if (m.isa.c) return jumping(m);
  const jump = m.random.pick([
    asm.jal(anyRegister(m), 6),
    asm.beq(0, 0, 10),
    asm.bgeu(anyRegister(m), 0, 6),
  ]);
  const computed = [...addressOf(ADDRESS, "body"), asm.jalr(anyRegister(m), ADDRESS, 2)];
  return m.random.once(2) ? [jump, compute(m)] : [...computed, compute(m)];
};

const trapping: Block = (m) => {
  const long = [asm.ecall(), asm.ebreak(), illegalWord(m), illegalWord(m)];
  const short = [rvc.c_ebreak(), m.random.pick(ILLEGAL_HALVES)];
  return [m.random.pick(m.isa.c ? [...long, ...short] : long), ...computes(m, 0, 2)];
};

/** A store over an instruction that comes next, with or without fence.i between. */
const selfModifying: Block = (m) => {
  const label = m.fresh();
  const short = m.isa.c && m.random.once(2);
  const replacement = short ? shortCompute(m) : longCompute(m);
  const store = (short ? asm.sh : asm.sw)(5, ADDRESS, 0);
  const between = m.random.once(3) ? [asm.fence_i()] : computes(m, 0, 2);
  return [
    ...addressOf(ADDRESS, label),
    ...asm.li(5, replacement),
    store,
    ...between,
    { label },
    short ? rvc.c_nop() : asm.nop(),
  ];
};

const AMOS = [
  asm.amoswap_w,
  asm.amoadd_w,
  asm.amoxor_w,
  asm.amoand_w,
  asm.amoor_w,
  asm.amomin_w,
  asm.amomax_w,
  asm.amominu_w,
  asm.amomaxu_w,
];

/** lr, sc and amo on one or two granules, with stores and traps between, some misaligned. */
const atomics: Block = (m) => {
  const { random } = m;
  const misaligned = random.once(6) ? random.between(1, 3) : 0;
  const inRam = m.layout.data + 4 * random.between(-64, 64) + misaligned;
  const start = random.once(10) ? m.layout.absent + misaligned : inRam;
  const choices: (() => number)[] = [
    () => asm.lr_w(anyRegister(m), ADDRESS),
    () => asm.lr_w(anyRegister(m), ADDRESS),
    () => asm.sc_w(anyRegister(m), ADDRESS, anyRegister(m)),
    () => asm.sc_w(anyRegister(m), ADDRESS, anyRegister(m)),
    () => random.pick(AMOS)(anyRegister(m), ADDRESS, anyRegister(m)),
    () => random.pick(AMOS)(anyRegister(m), ADDRESS, anyRegister(m)),
    () => asm.addi(ADDRESS, ADDRESS, 4 * random.between(-3, 3)),
    () => asm.sw(anyRegister(m), ADDRESS, 0),
    () => (random.once(3) ? asm.ecall() : compute(m)),
  ];
  const items = Array.from({ length: random.between(3, 10) }, () => random.pick(choices)());
  return [...asm.li(ADDRESS, start), ...items];
};

/** Sets mie and MIE anew, so that interrupts go on after the handler has masked them. */
const enabling: Block = (m) => {
  const mask = m.random.once(2) ? INTERRUPT_BITS : m.random.u32();
  return [
    ...asm.li(ADDRESS, mask),
    asm.csrw(CSR.mie, ADDRESS),
    asm.csrrsi(anyRegister(m), CSR.mstatus, MSTATUS.MIE),
    ...computes(m, 1, 4),
  ];
};

/** Sleeps until a scheduled wire; the last level of all wires is high, so one always comes. */
const sleeping: Block = (m) => {
  if (!m.interrupts) return computing(m);
  const mask = (m.random.u32() & INTERRUPT_BITS) | (1 << m.random.pick([3, 7, 11, 16, 30]));
  const change = m.random.pick([asm.csrrsi, asm.csrrci]);
  return [
    ...asm.li(ADDRESS, mask),
    asm.csrw(CSR.mie, ADDRESS),
    change(anyRegister(m), CSR.mstatus, MSTATUS.MIE),
    ...computes(m, 0, 2),
    asm.wfi(),
    asm.csrr(anyRegister(m), CSR.mcycle),
  ];
};

/** mret to the next instruction with a random mstatus. */
const returning: Block = (m) => {
  const label = m.fresh();
  const bits = m.random.u32() & (MSTATUS.MIE | MSTATUS.MPIE | MSTATUS.MPRV);
  return [
    ...addressOf(ADDRESS, label),
    asm.csrw(CSR.mepc, ADDRESS),
    ...asm.li(ADDRESS, MSTATUS.MPP | bits),
    asm.csrw(CSR.mstatus, ADDRESS),
    asm.mret(),
    ...computes(m, 0, 2),
    { label },
  ];
};

/** Goes to user mode, works there (some of it traps), and comes back by ecall. */
const visiting: Block = (m) => {
  const label = m.fresh();
  const work: Block[] = [computing, memory, branching, csrs, trapping, faultingMemory, jumping];
  const inside = [m.random.pick(work)(m), m.random.pick(work)(m)].flat();
  const counter = m.random.pick([CSR.cycle, CSR.time, CSR.instret, CSR.cycleh, CSR.instreth]);
  const special = m.random.pick([asm.mret(), asm.csrr(7, CSR.mscratch), compute(m)]);
  return [
    ...addressOf(ADDRESS, label),
    asm.csrw(CSR.mepc, ADDRESS),
    asm.csrrwi(anyRegister(m), CSR.mcounteren, m.random.below(8)),
    ...asm.li(ADDRESS, MSTATUS.MPP),
    asm.csrrc(0, CSR.mstatus, ADDRESS),
    asm.mret(),
    { label },
    asm.csrr(anyRegister(m), counter),
    ...inside,
    special,
    asm.ecall(),
  ];
};

/** Every kind of block, by the name that descriptions use. */
export const BLOCKS: Readonly<Record<string, Block>> = {
  computing,
  memory,
  shortMemory,
  faultingMemory,
  branching,
  looping,
  jumping,
  csrs,
  failedFetch,
  misalignedTarget,
  trapping,
  selfModifying,
  enabling,
  sleeping,
  returning,
  visiting,
};

/** Blocks that need the A extension. */
export const ATOMIC_BLOCKS: Readonly<Record<string, Block>> = { atomics };
