/** The live line of a run on a terminal: time, speed, bytes, lateness. */

import { performance } from "node:perf_hooks";
import { timeText } from "../machine/quantities.js";
import type { RunStatus } from "../node/runner.js";
import type { Bridge } from "../serial/bridge.js";
import type { Context } from "./context.js";

const PS_PER_MS = 1e9;
const WHOLE_MS = 1_000_000_000n;

export class StatusLine {
  private before: { readonly now_ps: bigint; readonly wall_ms: number } | null = null;

  constructor(
    private readonly context: Context,
    private readonly bridge: Bridge | null,
  ) {}

  show({ now_ps, lateness }: RunStatus): void {
    if (!this.context.live) return;
    const parts = [timeText((now_ps / WHOLE_MS) * WHOLE_MS), this.speed(now_ps)];
    for (const { uart, rx, tx } of this.bridge?.report() ?? []) {
      parts.push(`${uart} in ${rx} out ${tx}`);
    }
    if (lateness !== null) {
      parts.push(`late ${lateness.p50}/${lateness.p99}/${lateness.max} ms`);
    }
    this.context.status(parts.filter((part) => part !== "").join("  "));
  }

  clear(): void {
    this.context.status("");
  }

  /** Machine time against wall time since the line before. */
  private speed(now_ps: bigint): string {
    const wall_ms = performance.now();
    const { before } = this;
    this.before = { now_ps, wall_ms };
    if (before === null) return "";
    const ratio = Number(now_ps - before.now_ps) / PS_PER_MS / (wall_ms - before.wall_ms);
    return `${ratio.toFixed(2)}x real time`;
  }
}
