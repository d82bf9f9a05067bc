/**
 * Halts: the end of a run that a guest asks for. With one hart the machine stops at the end of that
 * instruction. With several it stops H_HALT_LATENCY after it (decision 0004): so no hart has to
 * wait for the others at every instruction just because one of them might switch off the power.
 * The hart that asked executes nothing in between. Of several the earliest counts, then the lower
 * unit.
 */
import { HOLD_HALTED, HaltKind, Stop, TraceKind } from "../kernel/abi";
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
import { trace, traceAt } from "../kernel/trace";
import { hold } from "./hold";
import { hartTime, header } from "./units";

/** `unit` asks for a halt in the instruction that the hart of `node` has just completed. */
export function halt(node: u32, kind: u32, value: u32, unit: u32): void {
  const latency = load<u64>(STATE_BASE, H_HALT_LATENCY);
  const stopTime = hartTime(node) + latency;
  if (latency) hold(node, HOLD_HALTED, hartTime(node));
  else store<u32>(DERIVED_BASE, Stop.HALT, D_STOP);
  const known = haltTime();
  if (known < stopTime || (known == stopTime && header(H_HALT_UNIT) <= unit)) return;
  store<u32>(STATE_BASE, kind, H_HALT_KIND);
  store<u32>(STATE_BASE, value, H_HALT_VALUE);
  store<u32>(STATE_BASE, unit, H_HALT_UNIT);
  store<u64>(STATE_BASE, stopTime, H_HALT_TIME);
}

/** Time at which the machine stops for good; NEVER without a halt. */
export function haltTime(): u64 {
  return header(H_HALT_KIND) == HaltKind.NONE ? NEVER : load<u64>(STATE_BASE, H_HALT_TIME);
}

/** HALT record, when the machine stops: a = HaltKind, b = value. */
export function traceHalt(): void {
  traceAt(haltTime(), header(H_HALT_UNIT));
  trace(TraceKind.HALT, header(H_HALT_KIND), header(H_HALT_VALUE), 0, 0);
}
