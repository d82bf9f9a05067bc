/**
 * Values over a time of unknown length in a bounded number of bins: when there are too many, each
 * two become one twice as long. Times are picoseconds as numbers, exact up to 2.5 hours.
 */

/** A control period of 20 kHz: a ripple within it is no news (our choice). */
const BIN_PS = 50_000_000;
/** More than a picture has pixels (our choice). Even. */
const BINS_MOST = 4096;

export interface Bin {
  readonly from_ps: number;
  readonly to_ps: number;
  readonly mean: number;
  readonly most: number;
}

/** Mean and largest value of samples in each bin. */
export class SampleSeries {
  private bin_ps = BIN_PS;
  private sums: number[] = [];
  private counts: number[] = [];
  private mosts: number[] = [];

  add(time_ps: number, value: number): void {
    let bin = Math.floor(time_ps / this.bin_ps);
    while (bin >= BINS_MOST) {
      this.halve();
      bin = Math.floor(time_ps / this.bin_ps);
    }
    this.sums[bin] = (this.sums[bin] ?? 0) + value;
    this.counts[bin] = (this.counts[bin] ?? 0) + 1;
    this.mosts[bin] = Math.max(this.mosts[bin] ?? -Infinity, value);
  }

  /** Bins that hold a sample, in order. */
  bins(): Bin[] {
    const out: Bin[] = [];
    this.counts.forEach((count, bin) => {
      const from_ps = bin * this.bin_ps;
      const mean = this.sums[bin]! / count;
      out.push({ from_ps, to_ps: from_ps + this.bin_ps, mean, most: this.mosts[bin]! });
    });
    return out;
  }

  private halve(): void {
    const sum = (one = 0, other = 0) => one + other;
    const most = (one = -Infinity, other = -Infinity) => Math.max(one, other);
    this.sums = paired(this.sums, sum);
    this.counts = paired(this.counts, sum);
    this.mosts = paired(this.mosts, most);
    this.bin_ps *= 2;
  }
}

/** Share of each bin for which something was on. */
export class ShareSeries {
  private bin_ps = BIN_PS;
  private on: number[] = [];

  /** It was on from one time to another; calls come in order of time. */
  add(from_ps: number, to_ps: number): void {
    while (to_ps > BINS_MOST * this.bin_ps) {
      this.on = paired(this.on, (one = 0, other = 0) => one + other);
      this.bin_ps *= 2;
    }
    for (let at = from_ps; at < to_ps; ) {
      const bin = Math.floor(at / this.bin_ps);
      const next = Math.min(to_ps, (bin + 1) * this.bin_ps);
      this.on[bin] = (this.on[bin] ?? 0) + next - at;
      at = next;
    }
  }

  /** Whole bins between two times, in order; also those for which nothing was on. */
  bins(start_ps: number, end_ps: number): Bin[] {
    const out: Bin[] = [];
    const first = Math.ceil(start_ps / this.bin_ps);
    for (let bin = first; (bin + 1) * this.bin_ps <= end_ps; bin++) {
      const share = (this.on[bin] ?? 0) / this.bin_ps;
      const from_ps = bin * this.bin_ps;
      out.push({ from_ps, to_ps: from_ps + this.bin_ps, mean: share, most: share });
    }
    return out;
  }
}

/** Each two neighbours joined; a pair of which neither was there stays a hole. */
function paired(
  values: readonly number[],
  join: (one: number | undefined, other: number | undefined) => number,
): number[] {
  const out: number[] = [];
  values.forEach((_, bin) => {
    const half = bin >> 1;
    out[half] ??= join(values[half * 2], values[half * 2 + 1]);
  });
  return out;
}
