/** The live line of a run on a terminal: time, speed, bytes, lateness. */

import { performance } from "node:perf_hooks";
import type { LatenessReport } from "../node/lateness.js";
import type { RunStatus } from "../node/runner.js";
import type { Bridge } from "../serial/bridge.js";
import type { BoardStatus } from "./board-status.js";
import type { Context } from "./context.js";

const PS_PER_MS = 1_000_000_000n;
const MS_PER_SECOND = 1000n;
const SEPARATOR = "  ";
/**
 * Columns of numbers, so that the line does not jitter; a paced run with one UART fits into 80
 * columns apart from its speed, which its lateness tells (our choice).
 */
const TIME_COLUMNS = 7;
const SPEED_COLUMNS = 6;
const BYTES_COLUMNS = 5;
const LATENESS_COLUMNS = 4;

export class StatusLine {
  private before: { readonly now_ps: bigint; readonly wall_ms: number };

  /** `shown` is false where a guest owns the terminal: the line would run over its output. */
  constructor(
    private readonly context: Context,
    private readonly bridge: Bridge | null,
    private readonly shown: boolean,
    start_ps: bigint,
    /** What a BMC's board tells of itself. */
    private readonly board: BoardStatus | null = null,
  ) {
    this.before = { now_ps: start_ps, wall_ms: performance.now() };
  }

  show({ now_ps, lateness }: RunStatus): void {
    if (!this.shown || !this.context.live) return;
    const parts = [secondsText(now_ps), ...(this.board?.parts(now_ps) ?? [])];
    for (const { uart, rx, tx } of this.bridge?.report() ?? []) {
      parts.push(`${uart} in ${column(rx, BYTES_COLUMNS)} out ${column(tx, BYTES_COLUMNS)}`);
    }
    if (lateness !== null) parts.push(latenessText(lateness));
    parts.push(this.speed(now_ps));
    this.context.status(fittingText(parts, this.context.columns));
  }

  clear(): void {
    this.context.status("");
  }

  /** Machine time against wall time since the line before. */
  private speed(now_ps: bigint): string {
    const wall_ms = performance.now();
    const { before } = this;
    this.before = { now_ps, wall_ms };
    const machine_ms = Number(now_ps - before.now_ps) / Number(PS_PER_MS);
    const ratio = machine_ms / (wall_ms - before.wall_ms);
    return `${ratio.toFixed(2).padStart(SPEED_COLUMNS)}x real time`;
  }
}

function column(value: number | string, columns: number): string {
  return value.toString().padStart(columns);
}

/** Seconds with three digits, always: `  1.410 s`. */
export function secondsText(time_ps: bigint): string {
  const time_ms = time_ps / PS_PER_MS;
  const fraction = (time_ms % MS_PER_SECOND).toString().padStart(3, "0");
  return `${column(`${time_ms / MS_PER_SECOND}.${fraction}`, TIME_COLUMNS)} s`;
}

/** The median, and what 99 of 100 slices keep. */
export function latenessText({ p50, p99, max }: LatenessReport): string {
  const [half, most, worst] = [p50, p99, max].map((late_ms) =>
    column(late_ms.toFixed(1), LATENESS_COLUMNS),
  );
  return `late ${half} ms (99 % ${most}, worst ${worst})`;
}

/** As many whole parts as the columns hold, the first of them first. */
export function fittingText(parts: readonly string[], columns: number): string {
  let text = "";
  for (const part of parts) {
    const longer = text === "" ? part : `${text}${SEPARATOR}${part}`;
    if (longer.length > columns) return text;
    text = longer;
  }
  return text;
}
