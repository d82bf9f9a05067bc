/**
 * Halts: the end of a run that a guest asks for. With one hart the machine stops at once. With
 * several it stops H_HALT_LATENCY later (our choice, decision 0004): so no hart has to wait for
 * the others at every instruction just because one of them might switch off the power.
 */
import { HaltKind, Stop, TraceKind } from "../kernel/abi";
import { NEVER } from "../kernel/clock";
import {
  DERIVED_BASE,
  D_STOP,
  H_HALT_KIND,
  H_HALT_LATENCY,
  H_HALT_TIME,
  H_HALT_UNIT,
  H_HALT_VALUE,
  STATE_BASE,
} from "../kernel/layout";
import { trace } from "../kernel/trace";
import { hartTime, header } from "./units";

/**
 * Records a halt that a device of `node` asks for in its hart's instruction at `time`; the first
 * one of a machine counts. A single hart stops at the end of that instruction.
 */
export function haltNode(node: u32, kind: u32, value: u32, unit: u32, time: u64): void {
  if (header(H_HALT_KIND) != HaltKind.NONE) return;
  store<u32>(STATE_BASE, kind, H_HALT_KIND);
  store<u32>(STATE_BASE, value, H_HALT_VALUE);
  store<u32>(STATE_BASE, unit, H_HALT_UNIT);
  haltAt(load<u64>(STATE_BASE, H_HALT_LATENCY) ? time : hartTime(node));
}

/** Fixes the time at which a halt already recorded in the header stops the machine. */
export function haltAt(time: u64): void {
  const latency = load<u64>(STATE_BASE, H_HALT_LATENCY);
  store<u64>(STATE_BASE, time + latency, H_HALT_TIME);
  trace(TraceKind.HALT, header(H_HALT_KIND), header(H_HALT_VALUE), 0, 0);
  if (latency == 0) store<u32>(DERIVED_BASE, Stop.HALT, D_STOP);
}

/** Time at which the machine stops for good; NEVER without a halt. */
export function haltTime(): u64 {
  return header(H_HALT_KIND) == HaltKind.NONE ? NEVER : load<u64>(STATE_BASE, H_HALT_TIME);
}
