/**
 * LR, SC and AMO. Source: RISC-V unprivileged manual, chapter "A"; the granule of 16 bytes, what
 * breaks a reservation, and the cycles are specs/rv32.md sections 1 and 2.
 *
 * An SC that fails does not access memory: it raises no access fault and waits for nobody. A
 * misaligned one is cause 6 whether or not it would fail.
 */
import { regionFind } from "../bus/map";
import { Access, HartExit, RegionKind, RIGHT_ATOMIC, RIGHT_READ, RIGHT_WRITE } from "../kernel/abi";
import {
  HART_LEAVES,
  HART_PC,
  HART_RESERVATION,
  HART_TIMING,
  NONE,
  REGION_KIND,
  REGION_MEMORY,
  REGION_WAIT,
} from "../kernel/layout";
import {
  accessFault,
  accessRegion,
  describe,
  linear,
  memoryStored,
  registerWrite,
  traceBusError,
} from "./memory";
import { Op, R_IMM, R_RS1, R_RS2, opOf } from "./records";
import { Class, cycles } from "./timing";
import { Cause, complete, trapTake } from "./trap";

/** A reservation covers a granule of 16 bytes. */
const GRANULE_MASK: u32 = ~15;

/** funct5 of the AMOs. */
const enum Amo {
  ADD = 0x00,
  SWAP = 0x01,
  XOR = 0x04,
  OR = 0x08,
  AND = 0x0c,
  MIN = 0x10,
  MAX = 0x14,
  MINU = 0x18,
  MAXU = 0x1c,
}

/** What an AMO (its funct5) writes, from the old word and the operand. */
export function amoResult(operation: u32, old: u32, operand: u32): u32 {
  switch (operation) {
    case Amo.ADD: return old + operand;
    case Amo.SWAP: return operand;
    case Amo.XOR: return old ^ operand;
    case Amo.OR: return old | operand;
    case Amo.AND: return old & operand;
    case Amo.MIN: return <i32>old < <i32>operand ? old : operand;
    case Amo.MAX: return <i32>old > <i32>operand ? old : operand;
    case Amo.MINU: return old < operand ? old : operand;
    case Amo.MAXU: return old > operand ? old : operand;
    default: return old;
  }
}

// @ts-ignore: decorator
@inline
function classOf(op: i32): u32 {
  if (op == Op.LR) return Class.LR;
  return op == Op.SC ? Class.SC : Class.AMO;
}

// @ts-ignore: decorator
@inline
function accessOf(op: i32): u32 {
  if (op == Op.LR) return Access.LR;
  return op == Op.SC ? Access.SC : Access.AMO;
}

// @ts-ignore: decorator
@inline
function rightsOf(op: i32): u32 {
  if (op == Op.LR) return RIGHT_READ | RIGHT_ATOMIC;
  return op == Op.SC ? RIGHT_WRITE | RIGHT_ATOMIC : RIGHT_READ | RIGHT_WRITE | RIGHT_ATOMIC;
}

function done(hart: usize, rec: usize, value: u32, wait: u32): void {
  registerWrite(hart, rec, value);
  const spent = cycles(load<u32>(hart, HART_TIMING), classOf(opOf(rec))) + wait;
  complete(hart, load<u32>(hart, HART_PC) + 4, spent, 0);
}

function fault(hart: usize, op: i32, address: u32): u32 {
  traceBusError(hart, address, accessOf(op), 4);
  const delay_cycles = cycles(load<u32>(hart, HART_TIMING), Class.ACCESS_FAULT);
  accessFault(hart, address, op != Op.LR, delay_cycles);
  return NONE;
}

/** True if the hart's reservation covers this guest address. */
export function reserved(hart: usize, address: u32): bool {
  const region = regionFind(hart, address);
  if (region == 0 || load<u32>(region, REGION_MEMORY) == 0) return false;
  return load<u32>(hart, HART_RESERVATION) == (<u32>linear(region, address) & GRANULE_MASK);
}

/** Executes the LR, SC or AMO in `rec`. Returns a HartExit, or NONE when done. */
export function atomicExecute(hart: usize, rec: usize): u32 {
  const op = opOf(rec);
  const address = load<u32>(hart + <usize>load<u8>(rec, R_RS1));
  const operand = load<u32>(hart + <usize>load<u8>(rec, R_RS2));
  if (address & 3) {
    const cause: u32 = op == Op.LR ? Cause.MISALIGNED_LOAD : Cause.MISALIGNED_STORE;
    trapTake(hart, cause, address, Class.EXCEPTION);
    return NONE;
  }
  const region = accessRegion(hart, address, 4, rightsOf(op));
  if (region == 0) return fault(hart, op, address);
  const kind = load<u32>(region, REGION_KIND);
  if (kind != RegionKind.RAM && kind != RegionKind.SHARED) return fault(hart, op, address);
  // An SC faults where no memory could hold a reservation, and otherwise accesses memory only when
  // it succeeds (decision 0006).
  if (op == Op.SC && !reserved(hart, address)) {
    store<u32>(hart, 0, HART_RESERVATION);
    done(hart, rec, 1, 0);
    return NONE;
  }
  if (kind == RegionKind.SHARED || load<u32>(hart, HART_LEAVES) != 0) {
    describe(accessOf(op), address, 4, operand, region, load<u32>(rec, R_IMM), 0);
    return HartExit.SHARED;
  }
  local(hart, rec, linear(region, address), operand, load<u32>(region, REGION_WAIT));
  return NONE;
}

function local(hart: usize, rec: usize, at: usize, operand: u32, wait: u32): void {
  const op = opOf(rec);
  if (op == Op.LR) {
    store<u32>(hart, <u32>at & GRANULE_MASK, HART_RESERVATION);
    done(hart, rec, load<u32>(at), wait);
    return;
  }
  if (op == Op.SC) {
    store<u32>(at, operand);
    memoryStored(at, 4);
    store<u32>(hart, 0, HART_RESERVATION);
    done(hart, rec, 0, wait);
    return;
  }
  const old = load<u32>(at);
  store<u32>(at, amoResult(load<u32>(rec, R_IMM), old, operand));
  memoryStored(at, 4);
  done(hart, rec, old, wait);
}

/**
 * The machine layer has done the memory operation of an LR, SC or AMO on shared memory. `value` is
 * the word read (LR, AMO). An SC succeeded if the reservation still stands; the machine layer
 * writes only then.
 */
export function atomicAnswer(hart: usize, rec: usize, failed: bool, value: u32, wait: u32): void {
  const op = opOf(rec);
  const address = load<u32>(hart + <usize>load<u8>(rec, R_RS1));
  if (failed) {
    const profile = load<u32>(hart, HART_TIMING);
    accessFault(hart, address, op != Op.LR, cycles(profile, Class.ACCESS_FAULT) + wait);
    return;
  }
  if (op == Op.AMO) {
    done(hart, rec, value, wait);
    return;
  }
  if (op == Op.SC) {
    const lost: u32 = load<u32>(hart, HART_RESERVATION) == 0 ? 1 : 0;
    store<u32>(hart, 0, HART_RESERVATION);
    done(hart, rec, lost, wait);
    return;
  }
  const region = accessRegion(hart, address, 4, RIGHT_READ);
  if (region) store<u32>(hart, <u32>linear(region, address) & GRANULE_MASK, HART_RESERVATION);
  done(hart, rec, value, wait);
}

/** Another agent has stored into the granule at linear address `granule` (a multiple of 16). */
export function hartBreakReservation(hart: usize, granule: u32): void {
  if (load<u32>(hart, HART_RESERVATION) == granule) store<u32>(hart, 0, HART_RESERVATION);
}
