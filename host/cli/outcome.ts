/** How a run ended, as results and exit codes tell it. Source: docs/cli.md, "Outcomes". */

import type { Halt } from "../core/machine.js";
import { Exit } from "../error/index.js";

export type Outcome = "pass" | "fail" | "halt" | "done" | "timeout" | "interrupted";

/** What ended it: the machine's time, a halt, idleness, `--until`, a signal. */
export type EndedBy = "time" | "halt" | "idle" | "until" | "stopped";

export interface HaltReport {
  readonly kind: "tohost" | "store" | "power" | "idle" | null;
  /** Unsigned; of tohost the number n of (n << 1) | 1. */
  readonly value: number;
}

export interface Verdict {
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly halt: HaltReport;
}

/** A run that did not end by a halt. */
const OTHERS: Readonly<
  Record<"until" | "idle", { readonly outcome: Outcome; readonly kind: "idle" | null }>
> = {
  until: { outcome: "pass", kind: null },
  idle: { outcome: "halt", kind: "idle" },
};

/**
 * @param awaited true when `--until` or tohost was awaited: then the end of time is a time-out.
 * @param signalExit the exit code of the signal that came.
 */
export function verdictOf(by: EndedBy, halt: Halt, awaited: boolean, signalExit: number): Verdict {
  const none: HaltReport = { kind: null, value: 0 };
  if (by === "halt") return haltVerdict(halt);
  if (by === "stopped") return { outcome: "interrupted", exitCode: signalExit, halt: none };
  if (by === "time") {
    return awaited
      ? { outcome: "timeout", exitCode: Exit.TIMEOUT, halt: none }
      : { outcome: "done", exitCode: Exit.PASS, halt: none };
  }
  const { outcome, kind } = OTHERS[by];
  return { outcome, exitCode: Exit.PASS, halt: { kind, value: 0 } };
}

/** A run one of whose faults did not fire shows nothing: it fails, whatever else it did. */
export function withFaults(
  verdict: Verdict,
  faults: readonly { readonly fired: boolean }[],
): Verdict {
  const decided = verdict.outcome === "timeout" || verdict.outcome === "interrupted";
  if (decided || faults.every(({ fired }) => fired)) return verdict;
  return { ...verdict, outcome: "fail", exitCode: Exit.FAIL };
}

/** What a halt means; a machine that has not halted has `kind` null and value 0. */
export function haltVerdict({ kind, value }: Halt): Verdict {
  if (kind !== "tohost") {
    return { outcome: "halt", exitCode: Exit.PASS, halt: { kind, value: value >>> 0 } };
  }
  const number = value >>> 1;
  const passed = number === 0;
  return {
    outcome: passed ? "pass" : "fail",
    exitCode: passed ? Exit.PASS : Exit.FAIL,
    halt: { kind, value: number },
  };
}
