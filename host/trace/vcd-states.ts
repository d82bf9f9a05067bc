/** What a hart does, from its trace records. Source: assembly/machine (run, wiring, reset, faults). */

import { FaultKind, TraceKind } from "../../assembly/kernel/abi.js";

/** Running; asleep in `wfi`; stopped by a fault. */
export type HartActivity = "running" | "asleep" | "stopped";

/** Kinds of record that `activityAfter` needs. */
export const ACTIVITY_KINDS: readonly number[] = [
  TraceKind.SLEEP,
  TraceKind.WAKE,
  TraceKind.RESET,
  TraceKind.FAULT,
];

/** A reset wakes a sleeping hart; one that a fault has stopped stays so until it is revived. */
export function activityAfter(
  activity: HartActivity,
  record: { readonly kind: number; readonly a: number },
): HartActivity {
  switch (record.kind) {
    case TraceKind.SLEEP:
      return "asleep";
    case TraceKind.WAKE:
      return "running";
    case TraceKind.RESET:
      return activity === "stopped" ? "stopped" : "running";
    case TraceKind.FAULT:
      if (record.a === FaultKind.KILL) return "stopped";
      return record.a === FaultKind.REVIVE ? "running" : activity;
    default:
      return activity;
  }
}
