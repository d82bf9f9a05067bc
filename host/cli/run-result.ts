/** The result object of `run`, `exec` and `replay`, and its text. Source: docs/cli.md, "Results". */

import type { FaultReport } from "../campaign/fault-rows.js";
import type { Machine } from "../core/machine.js";
import { timeText } from "../machine/quantities.js";
import type { LatenessReport } from "../node/lateness.js";
import type { EndpointReport } from "../serial/bridge.js";
import type { HaltReport, Outcome, Verdict } from "./outcome.js";

export interface RunJson {
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly time_ps: string;
  readonly digest: string;
  readonly harts: readonly {
    readonly name: string;
    readonly retired: string;
    readonly trapped: string;
    readonly cycles: string;
    readonly pc: string;
  }[];
  readonly halt: HaltReport;
  readonly endpoints: readonly EndpointReport[];
  readonly faults: readonly FaultReport[];
  readonly lateness_ms: LatenessReport | null;
  readonly wall_s: number;
}

export function runJson(
  machine: Machine,
  verdict: Verdict,
  about: {
    readonly endpoints?: readonly EndpointReport[];
    readonly faults?: readonly FaultReport[];
    readonly lateness?: LatenessReport | null;
    readonly wall_s: number;
  },
): RunJson {
  return {
    outcome: verdict.outcome,
    exitCode: verdict.exitCode,
    time_ps: machine.now().toString(),
    digest: machine.digest(),
    harts: machine.hartViews().map(({ name, retired, trapped, cycles, pc }) => ({
      name,
      retired: retired.toString(),
      trapped: trapped.toString(),
      cycles: cycles.toString(),
      pc: `0x${pc.toString(16).padStart(8, "0")}`,
    })),
    halt: verdict.halt,
    endpoints: about.endpoints ?? [],
    faults: about.faults ?? [],
    lateness_ms: about.lateness ?? null,
    wall_s: Math.round(about.wall_s * 1e6) / 1e6,
  };
}

/** Harts that the text shows; the object has them all (our choice). */
const HARTS_SHOWN = 16;

export function runText(result: RunJson): string {
  const { halt, lateness_ms: late } = result;
  const time = timeText(BigInt(result.time_ps));
  const why = halt.kind === null ? "" : ` (${halt.kind} ${halt.value})`;
  const lines = [
    `${result.outcome}${why} at ${time}, ${result.wall_s.toFixed(3)} s of wall time`,
    ...result.harts
      .slice(0, HARTS_SHOWN)
      .map(
        ({ name, retired, trapped, cycles, pc }) =>
          `  ${name}: ${retired} retired, ${trapped} trapped, ${cycles} cycles, pc ${pc}`,
      ),
  ];
  if (result.harts.length > HARTS_SHOWN) {
    lines.push(`  and ${result.harts.length - HARTS_SHOWN} more harts`);
  }
  for (const { uart, endpoint, rx, tx, dropped } of result.endpoints) {
    lines.push(`  ${uart} ${endpoint}: ${rx} in, ${tx} out, ${dropped} dropped`);
  }
  for (const { id, time_ps, strikes } of result.faults) {
    const when = time_ps === null ? "did not fire" : `fired at ${timeText(BigInt(time_ps))}`;
    lines.push(`  fault ${id}: ${when}${strikes > 1 ? `, ${strikes} times` : ""}`);
  }
  if (late !== null) {
    const drops = late.drops === 0 ? "" : `, ${late.dropped_ms} ms dropped in ${late.drops} steps`;
    lines.push(
      `  late by ${late.p50} ms (median), ${late.p99} (99 %), ${late.max} (worst)${drops}`,
    );
  }
  lines.push(`  digest ${result.digest}`);
  return `${lines.join("\n")}\n`;
}
