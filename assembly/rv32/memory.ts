/**
 * Loads and stores that the fast loop does not do: other regions than the fast window, pages with
 * flags, accesses that cross a word, devices, shared memory, faults, halt stores.
 *
 * An access that crosses a word is two accesses, the second one cycle (plus wait states) after the
 * first (architecture.md section 2). Devices answer no half. Faults: cause 5 or 7; mtval is the
 * effective address if the first word failed or both did, the aligned address of the second word
 * if only that one failed; the good half of a store is written (specs/rv32.md section 1).
 */
import { regionFind } from "../bus/map";
import {
  Access,
  HaltKind,
  HartExit,
  RegionKind,
  TraceKind,
  RIGHT_READ,
  RIGHT_WRITE,
} from "../kernel/abi";
import {
  ACCESS,
  A_ADDRESS,
  A_CROSSING,
  A_HALT_KIND,
  A_KIND,
  A_OPERATION,
  A_REGION,
  A_VALUE,
  A_WIDTH,
  HART_CYCLE,
  HART_HALT_STORE,
  HART_HALT_STORE_ON,
  HART_LEAVES,
  HART_PARTIAL,
  HART_PC,
  HART_PHASE,
  HART_SINK,
  HART_TIMING,
  HART_TOHOST,
  HART_TOHOST_ON,
  NONE,
  PAGE_CLEAN,
  PAGE_CODE,
  PAGE_WATCH,
  REGION_BASE,
  REGION_KIND,
  REGION_MEMORY,
  REGION_RIGHTS,
  REGION_SIZE,
  REGION_WAIT,
} from "../kernel/layout";
import { HOOK_MEMORY } from "../kernel/fault-layout";
import { faultForce, faultHooked } from "../kernel/fault-rows";
import { pageClearFlags, pageFlags } from "../kernel/pages";
import { trace, traceOn } from "../kernel/trace";
import { codeWritten } from "./code";
import { Op, R_IMM, R_RD, R_RS1, R_RS2, isStore, recordStep, opOf } from "./records";
import { Class, cycles } from "./timing";
import { Cause, complete, trapTakeAfter } from "./trap";

/** HART_PHASE: the second half is pending, and whether the first one failed. */
const PHASE_SECOND: u32 = 1;
const PHASE_SECOND_AFTER_FAULT: u32 = 3;

/** Row of the region that takes an access of `bytes` bytes with `right`; 0 if it is a bus error. */
export function accessRegion(hart: usize, address: u32, bytes: u32, right: u32): usize {
  const region = regionFind(hart, address);
  if (region == 0) return 0;
  if ((load<u32>(region, REGION_RIGHTS) & right) != right) return 0;
  const room = load<u32>(region, REGION_SIZE) - (address - load<u32>(region, REGION_BASE));
  return room < bytes ? 0 : region;
}

/** Linear address behind a guest address of a memory region. */
// @ts-ignore: decorator
@inline
export function linear(region: usize, address: u32): usize {
  return <usize>(load<u32>(region, REGION_MEMORY) + (address - load<u32>(region, REGION_BASE)));
}

// @ts-ignore: decorator
@inline
function isPrivate(region: usize): bool {
  const kind = load<u32>(region, REGION_KIND);
  return kind == RegionKind.RAM || kind == RegionKind.ROM;
}

/** Private memory that the hart accesses by itself; within a lockstep step it leaves for it. */
// @ts-ignore: decorator
@inline
function isLocal(hart: usize, region: usize): bool {
  return isPrivate(region) && load<u32>(hart, HART_LEAVES) == 0;
}

/** ROM refuses stores whatever its rights say. */
// @ts-ignore: decorator
@inline
function refuses(region: usize, store: bool): bool {
  return store && load<u32>(region, REGION_KIND) == RegionKind.ROM;
}

/** After bytes of private memory were written: dirty tracking and decoded code. */
export function memoryStored(address: usize, bytes: u32): void {
  const flags = pageFlags(address);
  if (flags & PAGE_CLEAN) pageClearFlags(address, PAGE_CLEAN);
  if (flags & PAGE_WATCH && faultHooked(HOOK_MEMORY)) faultForce(address, bytes);
  if (flags & PAGE_CODE) codeWritten(address, bytes);
}

/** 1, 2, 3 or 4 bytes at a linear address, little endian, as an unsigned number. */
function bytesLoad(address: usize, bytes: u32): u32 {
  let value: u32 = 0;
  for (let i: u32 = 0; i < bytes; i++) value |= <u32>load<u8>(address + i) << (i << 3);
  return value;
}

function bytesStore(address: usize, bytes: u32, value: u32): void {
  for (let i: u32 = 0; i < bytes; i++) store<u8>(address + i, value >>> (i << 3));
  memoryStored(address, bytes);
}

/** Fills the access descriptor. */
export function describe(
  kind: u32,
  address: u32,
  width: u32,
  value: u32,
  region: usize,
  operation: u32,
  crossing: u32,
): void {
  store<u32>(ACCESS, kind, A_KIND);
  store<u32>(ACCESS, address, A_ADDRESS);
  store<u32>(ACCESS, width, A_WIDTH);
  store<u32>(ACCESS, value, A_VALUE);
  store<u32>(ACCESS, <u32>region, A_REGION);
  store<u32>(ACCESS, operation, A_OPERATION);
  store<u32>(ACCESS, crossing, A_CROSSING);
}

/**
 * Trace record of an access that no rule allows: a = address, b = Access, c = pc, d = bytes.
 * ISOLATION when the address is another owner's place in the map.
 */
export function traceBusError(hart: usize, address: u32, access: u32, bytes: u32): void {
  const region = regionFind(hart, address);
  const foreign = region != 0 && load<u32>(region, REGION_KIND) == RegionKind.FOREIGN;
  const kind: u32 = foreign ? TraceKind.ISOLATION : TraceKind.BUS_ERROR;
  if (!traceOn(kind)) return;
  trace(kind, address, access, load<u32>(hart, HART_PC), bytes);
}

// @ts-ignore: decorator
@inline
function timed(hart: usize, kind: u32): u32 {
  return cycles(load<u32>(hart, HART_TIMING), kind);
}

/** The access fault of the load or store at pc. */
export function accessFault(hart: usize, tval: u32, isStoreAccess: bool, delay_cycles: u32): void {
  trapTakeAfter(hart, isStoreAccess ? Cause.STORE_FAULT : Cause.LOAD_FAULT, tval, delay_cycles);
}

/** Bytes that the operation moves. */
export function accessWidth(op: i32): u32 {
  switch (op) {
    case Op.LB:
    case Op.LBU:
    case Op.SB:
      return 1;
    case Op.LH:
    case Op.LHU:
    case Op.SH:
      return 2;
    default:
      return 4;
  }
}

/** Effective address of the load or store in record `rec`. */
// @ts-ignore: decorator
@inline
export function accessAddress(hart: usize, rec: usize): u32 {
  return load<u32>(hart + <usize>load<u8>(rec, R_RS1)) + load<u32>(rec, R_IMM);
}

// @ts-ignore: decorator
@inline
function storeValue(hart: usize, rec: usize): u32 {
  return load<u32>(hart + <usize>load<u8>(rec, R_RS2));
}

/** Writes the target register and keeps x0. */
export function registerWrite(hart: usize, rec: usize, value: u32): void {
  store<u32>(hart + <usize>load<u8>(rec, R_RD), value);
  store<u32>(hart, 0, HART_SINK);
}

/** Completes the load or store in `rec`: sign extension, pc, cycles. */
export function accessDone(hart: usize, rec: usize, value: u32, delay_cycles: u32): void {
  const op = opOf(rec);
  if (!isStore(op)) {
    let extended = value;
    if (op == Op.LB) extended = <u32>(<i32>(<i8>value));
    else if (op == Op.LH) extended = <u32>(<i32>(<i16>value));
    registerWrite(hart, rec, extended);
  }
  complete(hart, load<u32>(hart, HART_PC) + recordStep(rec), delay_cycles, 0);
}

// @ts-ignore: decorator
@inline
function crosses(address: u32, width: u32): bool {
  return (address & 3) + width > 4;
}

/** Executes the load or store in `rec`. Returns a HartExit, or NONE when done. */
export function accessExecute(hart: usize, rec: usize): u32 {
  const op = opOf(rec);
  const address = accessAddress(hart, rec);
  const width = accessWidth(op);
  const isStoreAccess = isStore(op);
  if (crosses(address, width)) return crossingStart(hart, rec, address, width, isStoreAccess);
  const region = accessRegion(hart, address, width, isStoreAccess ? RIGHT_WRITE : RIGHT_READ);
  const wordStore = isStoreAccess && width == 4;
  if (region == 0 || refuses(region, isStoreAccess)) {
    if (wordStore && haltStore(hart, address, storeValue(hart, rec))) return halted(hart, rec, 0);
    return faulted(hart, address, width, isStoreAccess);
  }
  if (isLocal(hart, region)) {
    const at = linear(region, address);
    const wait = load<u32>(region, REGION_WAIT);
    if (!isStoreAccess) {
      accessDone(hart, rec, bytesLoad(at, width), timed(hart, Class.LOAD) + wait);
      return NONE;
    }
    const value = storeValue(hart, rec);
    bytesStore(at, width, value);
    if (wordStore && haltAsked(hart, address, value)) return halted(hart, rec, wait);
    accessDone(hart, rec, 0, timed(hart, Class.STORE) + wait);
    return NONE;
  }
  const kind = load<u32>(region, REGION_KIND);
  const device = kind == RegionKind.DEVICE || kind == RegionKind.SHARED_DEVICE;
  if (device && (address & (width - 1)) != 0) return faulted(hart, address, width, isStoreAccess);
  if (wordStore && haltStore(hart, address, storeValue(hart, rec))) return halted(hart, rec, 0);
  if (kind == RegionKind.FOREIGN) {
    traceBusError(hart, address, isStoreAccess ? Access.STORE : Access.LOAD, width);
    accessDone(hart, rec, 0, timed(hart, isStoreAccess ? Class.STORE : Class.LOAD));
    return NONE;
  }
  const value = isStoreAccess ? storeValue(hart, rec) & mask(width) : 0;
  describe(isStoreAccess ? Access.STORE : Access.LOAD, address, width, value, region, 0, 0);
  return kind == RegionKind.DEVICE ? HartExit.DEVICE : HartExit.SHARED;
}

// @ts-ignore: decorator
@inline
function mask(bytes: u32): u32 {
  return bytes == 4 ? 0xffff_ffff : (1 << (bytes << 3)) - 1;
}

function faulted(hart: usize, address: u32, width: u32, isStoreAccess: bool): u32 {
  traceBusError(hart, address, isStoreAccess ? Access.STORE : Access.LOAD, width);
  accessFault(hart, address, isStoreAccess, timed(hart, Class.ACCESS_FAULT));
  return NONE;
}

// ---- halts --------------------------------------------------------------------------------------

/** Tells the machine layer, with exit HALT, what the guest asked for. */
function halt(kind: u32, value: u32): void {
  store<u32>(ACCESS, kind, A_HALT_KIND);
  store<u32>(ACCESS, value, A_VALUE);
}

/** An aligned word store to the halt-store address ends the run, wherever that address lies. */
function haltStore(hart: usize, address: u32, value: u32): bool {
  if (!load<u32>(hart, HART_HALT_STORE_ON)) return false;
  if (address != load<u32>(hart, HART_HALT_STORE)) return false;
  halt(HaltKind.STORE, value);
  return true;
}

/** The same, then `tohost`: odd values end the run; the halt store wins. */
function haltAsked(hart: usize, address: u32, value: u32): bool {
  if (haltStore(hart, address, value)) return true;
  if (!load<u32>(hart, HART_TOHOST_ON) || address != load<u32>(hart, HART_TOHOST)) return false;
  if ((value & 1) == 0) return false;
  halt(HaltKind.TOHOST, value);
  return true;
}

/** The halting store is a completed instruction. */
function halted(hart: usize, rec: usize, wait: u32): u32 {
  accessDone(hart, rec, 0, timed(hart, Class.STORE) + wait);
  return HartExit.HALT;
}

// ---- accesses that cross a word -----------------------------------------------------------------

/** How one half of a crossing access is answered. */
const enum Half {
  FAULT,
  LOCAL,
  SHARED,
  /** Another owner's place that answers 0 and drops stores. */
  IGNORED,
}

function halfKind(hart: usize, region: usize, isStoreAccess: bool): u32 {
  if (region == 0 || refuses(region, isStoreAccess)) return Half.FAULT;
  if (isLocal(hart, region)) return Half.LOCAL;
  if (isPrivate(region)) return Half.SHARED;
  if (load<u32>(region, REGION_KIND) == RegionKind.FOREIGN) return Half.IGNORED;
  return load<u32>(region, REGION_KIND) == RegionKind.SHARED ? Half.SHARED : Half.FAULT;
}

// @ts-ignore: decorator
@inline
function firstBytes(address: u32): u32 {
  return 4 - (address & 3);
}

// @ts-ignore: decorator
@inline
function secondAddress(address: u32): u32 {
  return (address & ~3) + 4;
}

/** Begins a crossing access. Local halves are done at once; a shared half leaves with SHARED. */
function crossingStart(
  hart: usize,
  rec: usize,
  address: u32,
  width: u32,
  isStoreAccess: bool,
): u32 {
  const bytes = firstBytes(address);
  const region = accessRegion(hart, address, bytes, isStoreAccess ? RIGHT_WRITE : RIGHT_READ);
  const kind = halfKind(hart, region, isStoreAccess);
  const value = isStoreAccess ? storeValue(hart, rec) & mask(bytes) : 0;
  if (kind == Half.SHARED) {
    describe(isStoreAccess ? Access.STORE : Access.LOAD, address, bytes, value, region, 0, 1);
    return HartExit.SHARED;
  }
  let data: u32 = 0;
  let wait: u32 = 0;
  if (kind == Half.LOCAL) {
    const at = linear(region, address);
    wait = load<u32>(region, REGION_WAIT);
    if (isStoreAccess) bytesStore(at, bytes, value);
    else data = bytesLoad(at, bytes);
  } else {
    traceBusError(hart, address, isStoreAccess ? Access.STORE : Access.LOAD, width);
  }
  crossingFirstDone(hart, kind == Half.FAULT, data, wait);
  return crossingSecond(hart, rec);
}

/** The first half is over: its data, and one cycle plus its wait states. */
function crossingFirstDone(hart: usize, failed: bool, data: u32, wait: u32): void {
  store<u32>(hart, failed ? PHASE_SECOND_AFTER_FAULT : PHASE_SECOND, HART_PHASE);
  store<u32>(hart, data, HART_PARTIAL);
  store<u64>(hart, load<u64>(hart, HART_CYCLE) + 1 + wait, HART_CYCLE);
}

/** The second half, when HART_PHASE is not 0. Returns a HartExit, or NONE when done. */
export function crossingSecond(hart: usize, rec: usize): u32 {
  const op = opOf(rec);
  const isStoreAccess = isStore(op);
  const address = accessAddress(hart, rec);
  const first = firstBytes(address);
  const bytes = accessWidth(op) - first;
  const second = secondAddress(address);
  const region = accessRegion(hart, second, bytes, isStoreAccess ? RIGHT_WRITE : RIGHT_READ);
  const kind = halfKind(hart, region, isStoreAccess);
  const value = isStoreAccess ? (storeValue(hart, rec) >>> (first << 3)) & mask(bytes) : 0;
  if (kind == Half.SHARED) {
    describe(isStoreAccess ? Access.STORE : Access.LOAD, second, bytes, value, region, 0, 2);
    return HartExit.SHARED;
  }
  if (kind == Half.FAULT) {
    traceBusError(hart, second, isStoreAccess ? Access.STORE : Access.LOAD, bytes);
    crossingEnd(hart, rec, true, 0, 0);
    return NONE;
  }
  if (kind == Half.IGNORED) {
    traceBusError(hart, second, isStoreAccess ? Access.STORE : Access.LOAD, bytes);
    crossingEnd(hart, rec, false, 0, 0);
    return NONE;
  }
  const at = linear(region, second);
  let data: u32 = 0;
  if (isStoreAccess) bytesStore(at, bytes, value);
  else data = bytesLoad(at, bytes);
  crossingEnd(hart, rec, false, data, load<u32>(region, REGION_WAIT));
  return NONE;
}

/** Both halves are over: the instruction completes or faults, one cycle being spent already. */
function crossingEnd(hart: usize, rec: usize, failed: bool, data: u32, wait: u32): void {
  const address = accessAddress(hart, rec);
  const isStoreAccess = isStore(opOf(rec));
  const firstFailed = load<u32>(hart, HART_PHASE) == PHASE_SECOND_AFTER_FAULT;
  const partial = load<u32>(hart, HART_PARTIAL);
  store<u32>(hart, 0, HART_PHASE);
  store<u32>(hart, 0, HART_PARTIAL);
  if (failed || firstFailed) {
    const tval = firstFailed ? address : secondAddress(address);
    const delay_cycles = timed(hart, Class.ACCESS_FAULT_CROSSING) - 1 + wait;
    accessFault(hart, tval, isStoreAccess, delay_cycles);
    return;
  }
  const whole = partial | (data << (firstBytes(address) << 3));
  accessDone(hart, rec, whole, timed(hart, Class.CROSSING) - 1 + wait);
}

/** The machine layer has answered a load or store described by `accessExecute` or a half of one. */
export function accessAnswer(hart: usize, rec: usize, failed: bool, value: u32, wait: u32): void {
  const op = opOf(rec);
  const address = accessAddress(hart, rec);
  const width = accessWidth(op);
  const isStoreAccess = isStore(op);
  if (load<u32>(hart, HART_PHASE)) {
    crossingEnd(hart, rec, failed, isStoreAccess ? 0 : value, wait);
  } else if (crosses(address, width)) {
    const data = failed || isStoreAccess ? 0 : value & mask(firstBytes(address));
    crossingFirstDone(hart, failed, data, wait);
  } else if (failed) {
    accessFault(hart, address, isStoreAccess, timed(hart, Class.ACCESS_FAULT) + wait);
  } else {
    const kind: u32 = isStoreAccess ? Class.STORE : Class.LOAD;
    accessDone(hart, rec, value & mask(width), timed(hart, kind) + wait);
  }
}
