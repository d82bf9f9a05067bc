/**
 * What each instruction does to registers, memory and CSRs. An instruction that traps has no
 * effect at all, but for one: the good half of a crossing store is written (rv32.md, section 1).
 */

import {
  AMO_RESULT,
  BRANCH_CONDITION,
  immediateOperation,
  registerOperation,
} from "./arithmetic.js";
import { CSR, type CsrFile, MACHINE, USER } from "./csr.js";
import type { Instruction, Mnemonic } from "./decode.js";
import type { Isa } from "./isa.js";
import { partsOf, type ReferenceMemory } from "./memory.js";
import { MULDIV_CLASS, type TimingClass } from "./timing.js";

/** What an instruction sees of its hart. */
export interface HartState {
  readonly registers: Uint32Array;
  readonly memory: ReferenceMemory;
  readonly isa: Isa;
  readonly csr: CsrFile;
  readonly pc: number;
  /** First cycle of this instruction. */
  readonly cycle: bigint;
  reservation: number | undefined;
}

export type Outcome =
  | {
      readonly kind: "done";
      readonly timing: TimingClass;
      readonly wait_cycles: number;
      /** Where a redirect goes on; absent: the next instruction in memory. */
      readonly target?: number;
      /** The redirect pays for an uncompressed target at 2 mod 4. */
      readonly aligns: boolean;
    }
  | {
      readonly kind: "trap";
      readonly cause: number;
      readonly tval: number;
      readonly timing: TimingClass;
      readonly wait_cycles: number;
    };

/** Exception codes of the privileged manual, table of mcause. */
const CAUSE = {
  INSTRUCTION_MISALIGNED: 0,
  ILLEGAL_INSTRUCTION: 2,
  BREAKPOINT: 3,
  LOAD_MISALIGNED: 4,
  LOAD_FAULT: 5,
  STORE_MISALIGNED: 6,
  STORE_FAULT: 7,
  ECALL_USER: 8,
  ECALL_MACHINE: 11,
} as const;

const done = (timing: TimingClass, wait_cycles = 0): Outcome => ({
  kind: "done",
  timing,
  wait_cycles,
  aligns: false,
});

const trap = (
  cause: number,
  tval: number,
  timing: TimingClass = "trap",
  wait_cycles = 0,
): Outcome => ({ kind: "trap", cause, tval, timing, wait_cycles });

const illegal = (i: Instruction): Outcome => trap(CAUSE.ILLEGAL_INSTRUCTION, i.bits);

function write(hart: HartState, rd: number, value: number): void {
  if (rd !== 0) hart.registers[rd] = value;
}

const rs1 = (hart: HartState, i: Instruction): number => hart.registers[i.rs1]!;
const rs2 = (hart: HartState, i: Instruction): number => hart.registers[i.rs2]!;
const effectiveAddress = (hart: HartState, i: Instruction): number => (rs1(hart, i) + i.imm) >>> 0;

/** A redirect; without C a target that is not a multiple of 4 traps before rd is written. */
function redirect(hart: HartState, timing: TimingClass, target: number): Outcome {
  if (!hart.isa.c && (target & 3) !== 0) return trap(CAUSE.INSTRUCTION_MISALIGNED, target);
  return { kind: "done", timing, wait_cycles: 0, target: target >>> 0, aligns: true };
}

function jump(hart: HartState, i: Instruction, target: number): Outcome {
  const outcome = redirect(hart, "jump", target);
  if (outcome.kind === "done") write(hart, i.rd, hart.pc + i.length_bytes);
  return outcome;
}

function branch(hart: HartState, i: Instruction): Outcome {
  const taken = BRANCH_CONDITION[i.name]!(rs1(hart, i), rs2(hart, i));
  if (!taken) return done("branch-not-taken");
  return redirect(hart, "branch-taken", (hart.pc + i.imm) >>> 0);
}

/** Widths in bytes, and whether a load extends the sign. */
const WIDTH: Readonly<Partial<Record<Mnemonic, readonly [size_bytes: number, signed: boolean]>>> = {
  lb: [1, true],
  lh: [2, true],
  lw: [4, false],
  lbu: [1, false],
  lhu: [2, false],
  sb: [1, false],
  sh: [2, false],
  sw: [4, false],
};

/**
 * One load or store of one or two parts. mtval: the effective address when the first part failed
 * or both did, the address of the second word when only the second failed.
 */
function access(hart: HartState, i: Instruction, doPart: PartAction, cause: number): Outcome {
  const address = effectiveAddress(hart, i);
  const parts = partsOf(address, WIDTH[i.name]![0]);
  const good = parts.map((part) => doPart(part));
  const wait_cycles = parts
    .filter((_, index) => good[index])
    .reduce((sum, part) => sum + hart.memory.waitCycles(part.address), 0);
  const crossing = parts.length === 2;
  if (good.every((part) => part)) {
    return done(crossing ? "access-crossing" : "access", wait_cycles);
  }
  const tval = good[0] ? parts[1]!.address : address;
  return trap(cause, tval, crossing ? "access-fault-crossing" : "access-fault", wait_cycles);
}

type PartAction = (part: ReturnType<typeof partsOf>[number]) => boolean;

function load(hart: HartState, i: Instruction): Outcome {
  let value = 0;
  const outcome = access(
    hart,
    i,
    (part) => {
      const bytes = hart.memory.load(part);
      value |= (bytes ?? 0) << part.shift_bits;
      return bytes !== undefined;
    },
    CAUSE.LOAD_FAULT,
  );
  if (outcome.kind === "trap") return outcome;
  const [size_bytes, signed] = WIDTH[i.name]!;
  const unused_bits = 32 - 8 * size_bytes;
  write(hart, i.rd, signed ? (value << unused_bits) >> unused_bits : value);
  return outcome;
}

function store(hart: HartState, i: Instruction): Outcome {
  const value = rs2(hart, i);
  return access(
    hart,
    i,
    (part) => hart.memory.store(part, value >>> part.shift_bits),
    CAUSE.STORE_FAULT,
  );
}

/** The 16-byte granule of a reservation. */
const granuleOf = (address: number): number => address >>> 4;
const wordAt = (address: number) => ({ address, size_bytes: 4, shift_bits: 0 });

function loadReserved(hart: HartState, i: Instruction): Outcome {
  const address = rs1(hart, i);
  if ((address & 3) !== 0) return trap(CAUSE.LOAD_MISALIGNED, address);
  if (!hart.memory.answersAtomic(address, false)) {
    return trap(CAUSE.LOAD_FAULT, address, "access-fault");
  }
  write(hart, i.rd, hart.memory.load(wordAt(address))!);
  hart.reservation = granuleOf(address);
  return done("lr-sc", hart.memory.waitCycles(address));
}

/** Faults where no memory answers; a failing sc accesses nothing and pays no wait states. */
function storeConditional(hart: HartState, i: Instruction): Outcome {
  const address = rs1(hart, i);
  if ((address & 3) !== 0) return trap(CAUSE.STORE_MISALIGNED, address);
  if (!hart.memory.answersAtomic(address, true)) {
    return trap(CAUSE.STORE_FAULT, address, "access-fault");
  }
  if (hart.reservation !== granuleOf(address)) {
    hart.reservation = undefined;
    write(hart, i.rd, 1);
    return done("lr-sc");
  }
  hart.memory.store(wordAt(address), rs2(hart, i));
  hart.reservation = undefined;
  write(hart, i.rd, 0);
  return done("lr-sc", hart.memory.waitCycles(address));
}

function amo(hart: HartState, i: Instruction): Outcome {
  const address = rs1(hart, i);
  if ((address & 3) !== 0) return trap(CAUSE.STORE_MISALIGNED, address);
  if (!hart.memory.answersAtomic(address, true)) {
    return trap(CAUSE.STORE_FAULT, address, "access-fault");
  }
  const old = hart.memory.load(wordAt(address))!;
  hart.memory.store(wordAt(address), AMO_RESULT[i.name]!(old, rs2(hart, i)));
  write(hart, i.rd, old);
  return done("amo", hart.memory.waitCycles(address));
}

/** csrrw always writes; the others when the rs1 or immediate field is not 0. */
function csrAccess(hart: HartState, i: Instruction): Outcome {
  const writes = i.name.startsWith("csrrw") || i.rs1 !== 0;
  if (!hart.csr.allows(i.imm, writes)) return illegal(i);
  const old = hart.csr.read(i.imm, hart.cycle)!;
  const operand = i.name.endsWith("i") ? i.rs1 : rs1(hart, i);
  write(hart, i.rd, old);
  if (!writes) return done("csr");
  const operation = i.name.slice(0, 5);
  const set = operation === "csrrs" ? old | operand : operand;
  hart.csr.write(i.imm, operation === "csrrc" ? old & ~operand : set, hart.cycle);
  return done(CHEAP_CSR_WRITES.has(i.imm) ? "csr" : "csr-flush");
}

/** mscratch and mepc: their writes flush nothing and cost what a read does. */
const CHEAP_CSR_WRITES: ReadonlySet<number> = new Set([CSR.mscratch, CSR.mepc]);

function mret(hart: HartState, i: Instruction): Outcome {
  if (hart.csr.privilege === USER) return illegal(i);
  hart.reservation = undefined;
  return redirect(hart, "mret", hart.csr.leaveTrap());
}

function ecall(hart: HartState): Outcome {
  const machine = hart.csr.privilege === MACHINE;
  return trap(machine ? CAUSE.ECALL_MACHINE : CAUSE.ECALL_USER, 0);
}

type Action = (hart: HartState, i: Instruction) => Outcome;

/** Instructions that are alone in what they do. `wfi` retires here; the hart puts it to sleep. */
const SINGLE: Readonly<Partial<Record<Mnemonic, Action>>> = {
  lui: (hart, i) => {
    write(hart, i.rd, i.imm);
    return done("alu");
  },
  auipc: (hart, i) => {
    write(hart, i.rd, hart.pc + i.imm);
    return done("alu");
  },
  jal: (hart, i) => jump(hart, i, (hart.pc + i.imm) >>> 0),
  jalr: (hart, i) => jump(hart, i, (effectiveAddress(hart, i) & ~1) >>> 0),
  fence: () => done("alu"),
  "fence.i": (hart) => redirect(hart, "jump", (hart.pc + 4) >>> 0),
  ecall,
  ebreak: () => trap(CAUSE.BREAKPOINT, 0),
  wfi: () => done("alu"),
  mret,
  "lr.w": loadReserved,
  "sc.w": storeConditional,
};

function compute(hart: HartState, i: Instruction): Outcome | undefined {
  const immediate = immediateOperation(i.name);
  if (immediate !== undefined) {
    write(hart, i.rd, immediate(rs1(hart, i), i.imm));
    return done("alu");
  }
  const operation = registerOperation(i.name);
  if (operation === undefined) return undefined;
  const divisor = rs2(hart, i);
  write(hart, i.rd, operation(rs1(hart, i), divisor));
  const timing = MULDIV_CLASS[i.name] ?? "alu";
  return done(timing === "div" && divisor === 0 ? "div-by-zero" : timing);
}

/** Executes one decoded instruction. */
export function execute(hart: HartState, i: Instruction): Outcome {
  const single = SINGLE[i.name];
  if (single !== undefined) return single(hart, i);
  const computed = compute(hart, i);
  if (computed !== undefined) return computed;
  if (i.name in BRANCH_CONDITION) return branch(hart, i);
  if (i.name in AMO_RESULT) return amo(hart, i);
  if (i.name.startsWith("csr")) return csrAccess(hart, i);
  return i.name.startsWith("l") ? load(hart, i) : store(hart, i);
}
