/** How late the slices of a paced run were, in wall time: a histogram with bounded memory. */

export interface LatenessReport {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Debt that was dropped, in all, and how often. */
  readonly dropped_ms: number;
  readonly drops: number;
}

/** Bins of 0.05 ms up to 200 ms, beyond the debt limit; the last bin takes the rest (our choice). */
const BIN_MS = 0.05;
const BINS = 4000;

export class Lateness {
  private readonly bins = new Uint32Array(BINS);
  private count = 0;
  private max_ms = 0;
  private dropped_ms = 0;
  private drops = 0;

  /** @param late_ms wall time by which a slice ended after it was due; less than 0 counts as 0. */
  add(late_ms: number): void {
    const late = Math.max(0, late_ms);
    const bin = Math.min(BINS - 1, Math.floor(late / BIN_MS));
    this.bins[bin]! += 1;
    this.count++;
    if (late > this.max_ms) this.max_ms = late;
  }

  drop(debt_ms: number): void {
    this.dropped_ms += debt_ms;
    this.drops++;
  }

  report(): LatenessReport {
    return {
      p50: this.quantile(0.5),
      p99: this.quantile(0.99),
      max: round(this.max_ms),
      dropped_ms: round(this.dropped_ms),
      drops: this.drops,
    };
  }

  /** Upper edge of the bin that holds the quantile, at most the worst; 0 without samples. */
  private quantile(q: number): number {
    const rank = Math.ceil(this.count * q);
    let seen = 0;
    for (let bin = 0; bin < BINS && rank > 0; bin++) {
      seen += this.bins[bin]!;
      if (seen >= rank) return round(Math.min((bin + 1) * BIN_MS, this.max_ms));
    }
    return 0;
  }
}

/** Microseconds are enough. */
function round(value_ms: number): number {
  return Math.round(value_ms * 1000) / 1000;
}
