/**
 * The ABI of the core: forwarding only. Plain numbers cross the boundary; everything else lies in
 * linear memory, at the addresses of kernel/layout.ts. Times are u64 picoseconds.
 */
import {
  ABI_VERSION as ABI,
  STATE_VERSION as STATE,
  TIMING_VERSION as TIMING,
  FaultKind,
  TRACE_VERSION as TRACE,
} from "./kernel/abi";
import { uartPending, uartPush, uartPushBreak } from "./devices/uart";
import { cycleAt, edgeTime } from "./kernel/clock";
import {
  DERIVED_BASE,
  D_LOCKSTEP_FORCED,
  D_ORDERED,
  HEAD_INPUTS,
  H_NOW,
  STATE_BASE,
} from "./kernel/layout";
import { stateDigest } from "./kernel/pages";
import { UART_QUEUE_BYTES } from "./kernel/blocks";
import { HOOK_LINE } from "./kernel/fault-layout";
import { faultHooked } from "./kernel/fault-rows";
import { random } from "./kernel/prng";
import { traceMute, traceWant } from "./kernel/trace";
import { peekDevice, translate } from "./machine/access";
import { clockSetAt } from "./machine/clocks";
import { derivedRestored, derivedBuild } from "./machine/derived";
import { touched } from "./machine/events";
import { powerOn } from "./machine/reset";
import { LINE_LOST, lineFault } from "./machine/fault-lines";
import { faultsDerive } from "./machine/fault-plan";
import { jump } from "./machine/faults";
import { unitDown } from "./machine/hold";
import { refreshTimes, run } from "./machine/run";
import { block, domainOf, domainRow } from "./machine/units";
import { deviceLevels } from "./machine/wiring";
import { fabricStart } from "./tile/fabric";
import { slotOfTile } from "./tile/silicon";

export { derivedBytes, pageRestored } from "./machine/derived";
export { faultApply } from "./machine/faults";
export { memoryWritten } from "./machine/memory";
export { triggerAdd, triggerMode, triggerPass, triggerRemove } from "./machine/triggers";
export {
  hartComplete,
  hartPeekCsr,
  hartPokeCsr,
  hartReset,
  hartRun,
  hartSetLine,
} from "./rv32/hart";
export { codeReset } from "./rv32/code";
export { compressedRowCount, compressedRowMask, compressedRowMatch } from "./rv32/compressed";
export { decodeRowCount, decodeRowMask, decodeRowMatch } from "./rv32/encoding";

export const STATE_VERSION: u32 = STATE;
export const ABI_VERSION: u32 = ABI;
export const TRACE_VERSION: u32 = TRACE;
export const TIMING_VERSION: u32 = TIMING;

/** First call after the host has written the tables: derived memory, then power-on. */
export function machineStart(): void {
  derivedBuild(true);
  powerOn();
  refreshTimes();
}

/** Throws all derived memory away and builds it from the state: after a restore, or at any time. */
export function machineRebuild(): void {
  derivedBuild(false);
  refreshTimes();
}

/** After a restore in which every changed page was told by `pageRestored`: the rest of it. */
export function machineRestored(): void {
  derivedRestored();
  refreshTimes();
}

/** Runs until everything before `until` has happened; answers a Stop. */
export function machineRun(until: u64, stopWhenIdle: u32): u32 {
  return run(until, stopWhenIdle != 0);
}

/** A debugger sets a hart's pc: an access that is half done is given up. */
export function hartJump(hart: u32, pc: u32): void {
  jump(block(hart), pc);
  refreshTimes();
}

/** 1: ordered mode, one instruction at a time in (time, rank, unit) order. Same results, slower. */
export function machineOrdered(on: u32): void {
  store<u32>(DERIVED_BASE, on, D_ORDERED);
}

/** 1: lockstep pairs execute both cores always. Same results, slower. */
export function machineLockstepForced(on: u32): void {
  store<u32>(DERIVED_BASE, on, D_LOCKSTEP_FORCED);
}

/** Bit k: records of TraceKind k go to the trace ring. */
export function traceEnable(mask: u64): void {
  traceWant(mask);
}

/** 1: the records of this unit are left out of the trace. */
export function traceMuteUnit(unit: u32, on: u32): void {
  traceMute(unit, on != 0);
}

/** State digest: 16 bytes at `out`. `all`: hash every page anew instead of the written ones. */
export function machineDigest(out: u32, all: u32): void {
  stateDigest(out, all != 0);
}

/** Bytes at `source` reach a UART from outside, now. Returns how many were taken. */
export function inputBytes(unit: u32, source: u32, length: u32): u32 {
  const now = load<u64>(STATE_BASE, H_NOW);
  if (unitDown(unit)) return length; // nobody listens
  const room = UART_QUEUE_BYTES - uartPending(block(unit));
  const taken = length < room ? length : room;
  const kept = linePass(unit, source, taken, now);
  uartPush(block(unit), source, kept, cycleAt(domainOf(unit), now));
  changed(unit, now);
  return taken;
}

/** Bytes that come in through a line with a fault: those that are left, from `source` on. */
function linePass(unit: u32, source: u32, length: u32, now: u64): u32 {
  if (!faultHooked(HOOK_LINE)) return length;
  let kept: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const byte = lineFault(FaultKind.LINE_IN, unit, load<u8>(source + i), now);
    if (byte == LINE_LOST) continue;
    store<u8>(source + kept, <u8>byte);
    kept++;
  }
  return kept;
}

/** The host has written fault rows (kernel/fault-layout.ts): what is derived of them follows. */
export function faultsChanged(): void {
  faultsDerive();
  refreshTimes();
}

/** A break of `bits` bit times reaches a UART from outside, now. */
export function inputBreak(unit: u32, bits: u32): void {
  const now = load<u64>(STATE_BASE, H_NOW);
  if (unitDown(unit)) return;
  uartPushBreak(block(unit), bits, cycleAt(domainOf(unit), now));
  changed(unit, now);
}

/** Bytes from outside that have not yet entered the receiver. */
export function inputPending(unit: u32): u32 {
  return uartPending(block(unit));
}

/** Input wires of a device that the outside drives take new levels, now: bits in `mask`. */
export function inputLevels(unit: u32, mask: u32, levels: u32): void {
  const now = load<u64>(STATE_BASE, H_NOW);
  const before = load<u32>(block(unit), HEAD_INPUTS);
  deviceLevels(unit, (before & ~mask) | (levels & mask), now);
  refreshTimes();
}

function changed(unit: u32, now: u64): void {
  touched(unit, now);
  refreshTimes();
}

/** Linear address of the memory byte that a hart sees at a guest address; 0 if it is not memory. */
export function hartTranslate(hart: u32, address: u32): u32 {
  return translate(hart, address);
}

/** A device register without side effects; bit 32 set: none there. */
export function hartPeekDevice(hart: u32, address: u32): u64 {
  return peekDevice(hart, address, load<u64>(STATE_BASE, H_NOW));
}

/** Changes a clock from its first edge at or after now: rate in mHz, or 0 to stop it. */
export function clockSet(domain: u32, rate: u64): void {
  clockSetAt(domain, rate, load<u64>(STATE_BASE, H_NOW));
}

/**
 * The row at a guest address of tile `slot` of a fabric begins at the machine's time, as if the
 * tile's core had asked for it. 0 where no exchange unit works, or one is busy.
 */
export function fabricRow(unit: u32, slot: u32, address: u32): u32 {
  const cycle = cycleAt(domainOf(unit), load<u64>(STATE_BASE, H_NOW));
  return u32(fabricStart(block(unit), slot, address, cycle));
}

/** Slot of a fabric that answers to a visible tile; 0xffff_ffff if none does. */
export function fabricSlot(unit: u32, tile: u32): u32 {
  return slotOfTile(block(unit), tile);
}

export function clockEdge(domain: u32, cycle: u64): u64 {
  return edgeTime(domainRow(domain), cycle);
}

export function clockCycle(domain: u32, time: u64): u64 {
  return cycleAt(domainRow(domain), time);
}

/** The n-th random number of a unit's stream. */
export function randomOf(seed: u64, unit: u32, n: u64): u64 {
  return random(seed, unit, n);
}
