/**
 * Control and status registers: one table of address, kind, field in the hart block and the bits
 * that a write can change (WARL). Whatever is not in it is an illegal instruction.
 *
 * Sources: RISC-V privileged manual, chapter "CSR Listing"; specs/rv32.md section 1 for the subset
 * and the WARL texts, section 2 for cycles and for what the counters read.
 */
import { Access, HartExit } from "../kernel/abi";
import {
  ACCESS,
  A_ADDRESS,
  A_CROSSING,
  A_KIND,
  A_OPERATION,
  A_REGION,
  A_VALUE,
  A_WIDTH,
  HART_CLINT,
  HART_CYCLE,
  HART_CYCLE_BASE,
  HART_ID,
  HART_INSTRET_BASE,
  HART_MCAUSE,
  HART_MCOUNTEREN,
  HART_MCOUNTINHIBIT,
  HART_MEPC,
  HART_MIE,
  HART_MIP,
  HART_MISA,
  HART_MSCRATCH,
  HART_MSTATUS,
  HART_MTVAL,
  HART_MTVEC,
  HART_PC,
  HART_PRIVILEGE,
  HART_RETIRED,
  HART_SINK,
  HART_TIMING,
  NONE,
} from "../kernel/layout";
import { MISA_C } from "./encoding";
import { R_IMM, R_RD, R_RS1 } from "./records";
import { Class, bubbleCycles, cycles } from "./timing";
import {
  Cause,
  MSTATUS_MIE,
  MSTATUS_MPIE,
  MSTATUS_MPP,
  MSTATUS_MPRV,
  PRIVILEGE_MACHINE,
  complete,
  enabledFrom,
  interruptTakeable,
  interruptUpdate,
  trapTake,
} from "./trap";

const enum Kind {
  /** A word of the hart block; the mask says which bits a write changes, the rest reads 0. */
  WORD,
  /** Constant; the mask column is its value. */
  CONSTANT,
  MSTATUS,
  MTVEC,
  MEPC,
  INHIBIT,
  /** Counters: the field is HART_CYCLE_BASE or HART_INSTRET_BASE; the mask is the half, 0 or 1. */
  COUNTER,
  /** `time`: the CLINT's mtime, else mcycle; the mask is the half. */
  TIME,
}

const ROW_ADDRESS: usize = 0;
const ROW_KIND: usize = 4;
const ROW_FIELD: usize = 8;
const ROW_MASK: usize = 12;
const ROW_BYTES: usize = 16;

/** marchid 22 is Ibex's number in the RISC-V list of architecture ids. */
const MARCHID: u32 = 22;
const MIE_BITS: u32 = 0x7fff_0888; // 3, 7, 11, 16..30
const MCAUSE_BITS: u32 = 0x8000_001f;
const COUNTER_BITS: u32 = 7; // cycle, time, instret
const INHIBIT_CYCLE: u32 = 1;
const INHIBIT_INSTRET: u32 = 4;

const CSRS: usize = memory.data<u32>([
  // address, kind, field, bits
  0x300, Kind.MSTATUS, HART_MSTATUS, 0, // mstatus
  0x301, Kind.WORD, HART_MISA, 0, // misa ignores writes
  0x304, Kind.WORD, HART_MIE, MIE_BITS, // mie
  0x305, Kind.MTVEC, HART_MTVEC, 0, // mtvec
  0x306, Kind.WORD, HART_MCOUNTEREN, COUNTER_BITS, // mcounteren
  0x320, Kind.INHIBIT, HART_MCOUNTINHIBIT, 5, // mcountinhibit
  0x340, Kind.WORD, HART_MSCRATCH, 0xffff_ffff, // mscratch
  0x341, Kind.MEPC, HART_MEPC, 0, // mepc
  0x342, Kind.WORD, HART_MCAUSE, MCAUSE_BITS, // mcause
  0x343, Kind.WORD, HART_MTVAL, 0xffff_ffff, // mtval
  0x344, Kind.WORD, HART_MIP, 0, // mip: every bit is a wire
  0xb00, Kind.COUNTER, HART_CYCLE_BASE, 0, // mcycle
  0xb02, Kind.COUNTER, HART_INSTRET_BASE, 0, // minstret
  0xb80, Kind.COUNTER, HART_CYCLE_BASE, 1, // mcycleh
  0xb82, Kind.COUNTER, HART_INSTRET_BASE, 1, // minstreth
  0xc00, Kind.COUNTER, HART_CYCLE_BASE, 0, // cycle
  0xc01, Kind.TIME, HART_CYCLE_BASE, 0, // time
  0xc02, Kind.COUNTER, HART_INSTRET_BASE, 0, // instret
  0xc80, Kind.COUNTER, HART_CYCLE_BASE, 1, // cycleh
  0xc81, Kind.TIME, HART_CYCLE_BASE, 1, // timeh
  0xc82, Kind.COUNTER, HART_INSTRET_BASE, 1, // instreth
  0xf11, Kind.CONSTANT, 0, 0, // mvendorid
  0xf12, Kind.CONSTANT, 0, MARCHID, // marchid
  0xf13, Kind.CONSTANT, 0, 0, // mimpid
  0xf14, Kind.WORD, HART_ID, 0, // mhartid
]);
const CSR_COUNT: usize = 25;

const CSR_MSCRATCH: u32 = 0x340;
const CSR_MEPC: u32 = 0x341;

function csrFind(address: u32): usize {
  for (let row = CSRS, end = CSRS + CSR_COUNT * ROW_BYTES; row < end; row += ROW_BYTES) {
    if (load<u32>(row, ROW_ADDRESS) == address) return row;
  }
  return 0;
}

/** Bit of mcountinhibit that stops the counter with this base field. */
// @ts-ignore: decorator
@inline
function inhibitBit(base: u32): u32 {
  return base == HART_CYCLE_BASE ? INHIBIT_CYCLE : INHIBIT_INSTRET;
}

// @ts-ignore: decorator
@inline
function source(base: u32): u32 {
  return base == HART_CYCLE_BASE ? HART_CYCLE : HART_RETIRED;
}

/** Value of a counter for the instruction that starts now. */
function counterRead(hart: usize, base: u32): u64 {
  const kept = load<u64>(hart + <usize>base);
  if (load<u32>(hart, HART_MCOUNTINHIBIT) & inhibitBit(base)) return kept;
  return load<u64>(hart + <usize>source(base)) - kept;
}

/** The next cycle (the next instruction) reads `value`: it replaces this one's increment. */
function counterWrite(hart: usize, base: u32, value: u64): void {
  let kept = value;
  if ((load<u32>(hart, HART_MCOUNTINHIBIT) & inhibitBit(base)) == 0) {
    kept = load<u64>(hart + <usize>source(base)) + 1 - value;
  }
  store<u64>(hart + <usize>base, kept);
}

/** A counter stops or goes on from the next cycle (instruction); this one counts as before. */
function inhibitChange(hart: usize, base: u32, inhibit: u32): void {
  const bit = inhibitBit(base);
  if ((load<u32>(hart, HART_MCOUNTINHIBIT) & bit) == (inhibit & bit)) return;
  const value = counterRead(hart, base);
  const kept =
    inhibit & bit ? value + 1 : load<u64>(hart + <usize>source(base)) + 1 - value;
  store<u64>(hart + <usize>base, kept);
}

function read(hart: usize, row: usize): u32 {
  const field = load<u32>(row, ROW_FIELD);
  const mask = load<u32>(row, ROW_MASK);
  switch (load<u32>(row, ROW_KIND)) {
    case Kind.CONSTANT: return mask;
    case Kind.COUNTER:
    case Kind.TIME: {
      const value = counterRead(hart, field);
      return <u32>(mask ? value >> 32 : value);
    }
    default: return load<u32>(hart + <usize>field);
  }
}

function writeStatus(hart: usize, value: u32): void {
  let next = value & (MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPRV);
  if ((value & MSTATUS_MPP) == MSTATUS_MPP) next |= MSTATUS_MPP;
  store<u32>(hart, next, HART_MSTATUS);
}

function writeVector(hart: usize, value: u32): void {
  const mode = value & 2 ? load<u32>(hart, HART_MTVEC) & 1 : value & 1;
  store<u32>(hart, (value & ~3) | mode, HART_MTVEC);
}

function writeInhibit(hart: usize, value: u32): void {
  const inhibit = value & (INHIBIT_CYCLE | INHIBIT_INSTRET);
  inhibitChange(hart, HART_CYCLE_BASE, inhibit);
  inhibitChange(hart, HART_INSTRET_BASE, inhibit);
  store<u32>(hart, inhibit, HART_MCOUNTINHIBIT);
}

function write(hart: usize, row: usize, value: u32): void {
  const field = load<u32>(row, ROW_FIELD);
  const mask = load<u32>(row, ROW_MASK);
  switch (load<u32>(row, ROW_KIND)) {
    case Kind.WORD:
      if (mask) store<u32>(hart + <usize>field, value & mask);
      return;
    case Kind.MSTATUS: return writeStatus(hart, value);
    case Kind.MTVEC: return writeVector(hart, value);
    case Kind.MEPC:
      store<u32>(hart, value & (load<u32>(hart, HART_MISA) & MISA_C ? ~1 : ~3), HART_MEPC);
      return;
    case Kind.INHIBIT: return writeInhibit(hart, value);
    case Kind.COUNTER: {
      const whole = counterRead(hart, field);
      const low = mask ? <u32>whole : value;
      const high = mask ? value : <u32>(whole >> 32);
      return counterWrite(hart, field, (<u64>high << 32) | low);
    }
    default: return;
  }
}

/** True if this mode may access the CSR at `address` so. */
function allowed(hart: usize, address: u32, row: usize, writes: bool): bool {
  if (row == 0 || (writes && address >>> 10 == 3)) return false;
  const privilege = load<u32>(hart, HART_PRIVILEGE);
  if (((address >>> 8) & 3) > privilege) return false;
  if (privilege == PRIVILEGE_MACHINE) return true;
  return ((load<u32>(hart, HART_MCOUNTEREN) >>> (address & 3)) & 1) != 0;
}

/** What a csr instruction writes: funct3 1 csrrw, 2 csrrs, 3 csrrc; 5, 6, 7 with an immediate. */
// @ts-ignore: decorator
@inline
function combine(funct3: u32, old: u32, operand: u32): u32 {
  switch (funct3 & 3) {
    case 1: return operand;
    case 2: return old | operand;
    default: return old & ~operand;
  }
}

/** `time` with a CLINT is the machine layer's to answer: a read at address 0, of timeh at 4. */
function describeTime(half: u32): u32 {
  store<u32>(ACCESS, Access.TIME, A_KIND);
  store<u32>(ACCESS, half << 2, A_ADDRESS);
  store<u32>(ACCESS, 4, A_WIDTH);
  store<u32>(ACCESS, 0, A_VALUE);
  store<u32>(ACCESS, 0, A_REGION);
  store<u32>(ACCESS, 0, A_OPERATION);
  store<u32>(ACCESS, 0, A_CROSSING);
  return HartExit.DEVICE;
}

/** Executes the csr instruction of record `rec` at pc. Returns a HartExit, or NONE when done. */
export function csrExecute(hart: usize, rec: usize): u32 {
  const word = load<u32>(rec, R_IMM);
  const address = word >>> 20;
  const funct3 = (word >>> 12) & 7;
  const field = (word >>> 15) & 31;
  const row = csrFind(address);
  const writes = (funct3 & 3) == 1 || field != 0;
  if (!allowed(hart, address, row, writes)) {
    trapTake(hart, Cause.ILLEGAL, word, Class.EXCEPTION);
    return NONE;
  }
  if (load<u32>(row, ROW_KIND) == Kind.TIME && load<u32>(hart, HART_CLINT) != NONE) {
    return describeTime(load<u32>(row, ROW_MASK));
  }
  const old = read(hart, row);
  let kind: u32 = Class.CSR_READ;
  const start = load<u64>(hart, HART_CYCLE);
  const before = interruptTakeable(hart);
  if (writes) {
    const operand = funct3 & 4 ? field : load<u32>(hart + <usize>load<u8>(rec, R_RS1));
    write(hart, row, combine(funct3, old, operand));
    if (address != CSR_MSCRATCH && address != CSR_MEPC) kind = Class.CSR_WRITE;
  }
  store<u32>(hart + <usize>load<u8>(rec, R_RD), old);
  store<u32>(hart, 0, HART_SINK);
  const profile = load<u32>(hart, HART_TIMING);
  const next = load<u32>(hart, HART_PC) + 4;
  complete(hart, next, cycles(profile, kind), bubbleCycles(profile, kind));
  if (writes) interruptUpdate(hart, before, enabledFrom(hart, start + 1));
  return NONE;
}

/**
 * What a debugger reads: value, or bit 32 set where there is no such CSR. No side effect and no
 * privilege check; `time` of a hart with a CLINT shows mcycle (the machine layer knows mtime).
 */
export function hartPeekCsr(hart: usize, address: u32): u64 {
  const row = csrFind(address);
  return row ? <u64>read(hart, row) : 1 << 32;
}

/**
 * A debugger writes a CSR: same bits as a guest's write in machine mode, no cycles, and counters
 * read the value written at once. Returns 0, or 1 if there is no such CSR or it is read-only.
 */
export function hartPokeCsr(hart: usize, address: u32, value: u32): u32 {
  const row = csrFind(address);
  if (row == 0 || address >>> 10 == 3) return 1;
  const before = interruptTakeable(hart);
  write(hart, row, value);
  if (load<u32>(row, ROW_KIND) == Kind.COUNTER) {
    const base = load<u32>(row, ROW_FIELD);
    if ((load<u32>(hart, HART_MCOUNTINHIBIT) & inhibitBit(base)) == 0) {
      store<u64>(hart + <usize>base, load<u64>(hart + <usize>base) - 1);
    }
  }
  interruptUpdate(hart, before, load<u64>(hart, HART_CYCLE));
  return 0;
}
