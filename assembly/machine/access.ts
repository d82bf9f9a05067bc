/** Accesses that leave a hart: to a device's registers, or to shared memory behind its arbiter. */
import { arbiterGrant, arbiterPick } from "../bus/arbiter";
import { clintTime } from "../devices/clint";
import { Access, BUS_ERROR, BUS_OK, RegionKind, TraceKind, UnitKind } from "../kernel/abi";
import { ARBITER_LATENCY } from "../kernel/blocks";
import { cycleAt, edgeTime } from "../kernel/clock";
import {
  ACCESS,
  A_ADDRESS,
  A_KIND,
  A_OPERATION,
  A_REGION,
  A_VALUE,
  A_WIDTH,
  DERIVED_BASE,
  D_FAULT_ACCESS,
  HART_CLINT,
  HART_CYCLE,
  HART_PC,
  HART_RETIRED,
  H_HART_COUNT,
  REGION_BASE,
  REGION_KIND,
  REGION_MEMORY,
  REGION_OFFSET,
  REGION_UNIT,
  REGION_WAIT,
  UNIT_KIND,
  UNIT_PARAM1,
} from "../kernel/layout";
import { HOOK_MEMORY } from "../kernel/fault-layout";
import { faultForce, faultHooked } from "../kernel/fault-rows";
import { pagesTouch } from "../kernel/pages";
import { trace, traceAt } from "../kernel/trace";
import { READ_ERROR } from "../bus/head";
import { regionFind } from "../bus/map";
import { amoResult } from "../rv32/atomic";
import { hartBreakReservation } from "../rv32/hart";
import { devicePeek, deviceRead, deviceWrite } from "./dispatch";
import { touched } from "./events";
import { faultAtAccess } from "./fault-plan";
import { sharedCorruption, sharedLanes } from "./fault-lines";
import { answered, pairShadow } from "./lockstep";
import { isRow, rowAccess } from "./tiles";
import { controlRead } from "../tile/exchange";
import { block, domainOf, field, hartTime, header } from "./units";

/** Offset in a device's registers of a guest address; a view of a shared device has its own. */
// @ts-ignore: decorator
@inline
function deviceOffset(region: usize, address: u32): u32 {
  return address - load<u32>(region, REGION_BASE) + load<u32>(region, REGION_OFFSET);
}

/**
 * Performs the device access that `hart` has described, in the first cycle of its instruction.
 * False if it stays open: a tile's row runs.
 */
export function accessDevice(hart: u32): bool {
  const b = block(hart);
  const time = hartTime(hart);
  const kind = load<u32>(ACCESS, A_KIND);
  const address = load<u32>(ACCESS, A_ADDRESS);
  traceAt(time, hart);
  if (kind == Access.TIME) {
    const clint = load<u32>(b, HART_CLINT);
    const mtime = clintTime(block(clint), cycleAt(domainOf(clint), time));
    answered(b, BUS_OK, <u32>(address ? mtime >> 32 : mtime), 0);
    return true;
  }
  const region = <usize>load<u32>(ACCESS, A_REGION);
  const unit = load<u32>(region, REGION_UNIT);
  const offset = deviceOffset(region, address);
  const width = load<u32>(ACCESS, A_WIDTH);
  if (isRow(unit, offset)) return accessRow(hart, unit, address);
  const now = cycleAt(domainOf(unit), time);
  let value = load<u32>(ACCESS, A_VALUE);
  let status: u32 = BUS_OK;
  if (field(unit, UNIT_KIND) == UnitKind.FABRIC) {
    // The slot is the hart's: one page for each.
    const slot = field(hart, UNIT_PARAM1);
    const answer = kind == Access.STORE
      ? READ_ERROR
      : controlRead(block(unit), slot, offset, width, now);
    if (answer & READ_ERROR) status = BUS_ERROR;
    value = <u32>answer;
  } else if (kind == Access.STORE) {
    status = deviceWrite(field(unit, UNIT_KIND), block(unit), offset, width, value, now);
  } else {
    const answer = deviceRead(field(unit, UNIT_KIND), block(unit), offset, width, now);
    if (answer & READ_ERROR) status = BUS_ERROR;
    value = <u32>answer;
  }
  if (status == BUS_OK) trace(TraceKind.BUS, address, value, kind | (width << 8), unit);
  else trace(TraceKind.BUS_ERROR, address, kind, load<u32>(b, HART_PC), width);
  if (load<u32>(DERIVED_BASE, D_FAULT_ACCESS)) {
    faultAtAccess(hart, kind, address, width, time);
  }
  answered(b, status, value, load<u32>(region, REGION_WAIT));
  touched(unit, time);
  return true;
}

/** A store to ROW: BUS record when it completes. False while the row runs. */
function accessRow(hart: u32, unit: u32, address: u32): bool {
  const b = block(hart);
  const pc = load<u32>(b, HART_PC);
  const width = load<u32>(ACCESS, A_WIDTH);
  const value = load<u32>(ACCESS, A_VALUE);
  const retired = load<u64>(b, HART_RETIRED);
  if (rowAccess(hart)) return false;
  if (load<u64>(b, HART_RETIRED) != retired) {
    trace(TraceKind.BUS, address, value, Access.STORE | (width << 8), unit);
  } else trace(TraceKind.BUS_ERROR, address, Access.STORE, pc, width);
  return true;
}

/** The shared memory or device that the hart which has just described its access wants. */
export function sharedUnit(): u32 {
  return load<u32>(<usize>load<u32>(ACCESS, A_REGION), REGION_UNIT);
}

/** Performs the access to a shared memory or device that `hart` has described. */
export function accessGranted(hart: u32): void {
  const region = <usize>load<u32>(ACCESS, A_REGION);
  if (load<u32>(region, REGION_KIND) == RegionKind.SHARED_DEVICE) accessDevice(hart);
  else accessShared(hart);
}

/**
 * Performs the shared-memory access that `hart` has described. Request at its own edge, grant at
 * the first free edge of the memory's clock at or after it, answer at its first edge at or after
 * ready; the difference is wait states.
 */
function accessShared(hart: u32): void {
  const b = block(hart);
  const time = hartTime(hart);
  traceAt(time, hart);
  const region = <usize>load<u32>(ACCESS, A_REGION);
  const unit = load<u32>(region, REGION_UNIT);
  const memoryClock = domainOf(unit);
  const port = block(unit);
  const grant = arbiterGrant(port, hart, cycleAt(memoryClock, time));
  const ready = edgeTime(memoryClock, grant + load<u32>(port, ARBITER_LATENCY));
  const wait = cycleAt(domainOf(hart), ready) - load<u64>(b, HART_CYCLE);
  const address = load<u32>(ACCESS, A_ADDRESS);
  const at = <usize>load<u32>(region, REGION_MEMORY) + (address - load<u32>(region, REGION_BASE));
  const value = operate(hart, at, unit, time);
  traceAt(time, hart);
  trace(
    TraceKind.BUS,
    address,
    value,
    load<u32>(ACCESS, A_KIND) | (load<u32>(ACCESS, A_WIDTH) << 8),
    unit,
  );
  if (load<u32>(DERIVED_BASE, D_FAULT_ACCESS)) {
    const bytes = load<u32>(ACCESS, A_WIDTH);
    faultAtAccess(hart, load<u32>(ACCESS, A_KIND), address, bytes, time);
  }
  answered(b, BUS_OK, value, <u32>wait + load<u32>(region, REGION_WAIT));
}

/** The memory operation itself; returns what a load, LR or AMO reads, or the data stored. */
function operate(hart: u32, at: usize, unit: u32, time: u64): u32 {
  const kind = load<u32>(ACCESS, A_KIND);
  const width = load<u32>(ACCESS, A_WIDTH);
  const operand = load<u32>(ACCESS, A_VALUE);
  if (kind == Access.LOAD || kind == Access.LR) {
    return loadWidth(at, width) ^ sharedCorruption(unit, width, time);
  }
  breakReservations(hart, at, width);
  pagesTouch(at, width);
  if (kind == Access.AMO) {
    const old = load<u32>(at);
    write(at, width, amoResult(load<u32>(ACCESS, A_OPERATION), old, operand), unit, time);
    return old;
  }
  write(at, width, operand, unit, time);
  return kind == Access.SC ? 0 : operand;
}

/** Writes what a fault lets through. */
function write(at: usize, width: u32, value: u32, unit: u32, time: u64): void {
  const lanes = sharedLanes(unit, time);
  if (lanes == 0xf) storeWidth(at, width, value);
  else {
    for (let i: u32 = 0; i < width; i++) {
      if ((lanes >> i) & 1) store<u8>(at + i, <u8>(value >> (i << 3)));
    }
  }
  if (faultHooked(HOOK_MEMORY)) faultForce(at, width);
}

/** 3 bytes are a half of a word that crosses. */
export function loadWidth(at: usize, width: u32): u32 {
  if (width == 4) return load<u32>(at);
  if (width == 3) return <u32>load<u16>(at) | (<u32>load<u8>(at, 2) << 16);
  return width == 2 ? load<u16>(at) : load<u8>(at);
}

export function storeWidth(at: usize, width: u32, value: u32): void {
  if (width == 4) store<u32>(at, value);
  else if (width == 3) {
    store<u16>(at, <u16>value);
    store<u8>(at, <u8>(value >> 16), 2);
  } else if (width == 2) store<u16>(at, <u16>value);
  else store<u8>(at, <u8>value);
}

/** Another agent's store to a reserved 16-byte granule takes the reservation away. */
export function breakReservations(except: u32, at: usize, bytes: u32): void {
  const harts = header(H_HART_COUNT);
  const last = (at + bytes - 1) & ~15;
  for (let granule = at & ~15; granule <= last; granule += 16) {
    for (let hart: u32 = 0; hart < harts; hart++) {
      if (hart == except) continue;
      hartBreakReservation(block(hart), <u32>granule);
      const shadow = pairShadow(block(hart));
      if (shadow) hartBreakReservation(shadow, <u32>granule);
    }
  }
}

/** Whether requests of one time for this unit are ordered by an arbiter: else by hart. */
export function isArbitrated(unit: u32): bool {
  return field(unit, UNIT_KIND) == UnitKind.SHARED_RAM;
}

/** Of the harts in `requesters` (bit = hart), the one that the arbiter serves first. */
export function firstServed(unit: u32, requesters: u32): u32 {
  return arbiterPick(block(unit), requesters);
}

/**
 * What a debugger reads at a guest address of `hart`, without side effects: the linear address of
 * the byte if it is memory; 0 if not.
 */
export function translate(hart: u32, address: u32): u32 {
  const region = regionFind(block(hart), address);
  if (region == 0) return 0;
  if (load<u32>(region, REGION_MEMORY) == 0) return 0;
  return load<u32>(region, REGION_MEMORY) + (address - load<u32>(region, REGION_BASE));
}

/** What a debugger reads from a device's register; bit 32 set: none there. */
export function peekDevice(hart: u32, address: u32, time: u64): u64 {
  const region = regionFind(block(hart), address);
  if (region == 0) return READ_ERROR;
  const kind = load<u32>(region, REGION_KIND);
  if (kind != RegionKind.DEVICE && kind != RegionKind.SHARED_DEVICE) return READ_ERROR;
  const unit = load<u32>(region, REGION_UNIT);
  const offset = deviceOffset(region, address);
  return devicePeek(
    field(unit, UNIT_KIND),
    block(unit),
    offset,
    cycleAt(domainOf(unit), time),
  );
}
