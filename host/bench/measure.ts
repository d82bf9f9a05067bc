/** Medians of repeated runs, measured by tinybench. */

import { Bench } from "tinybench";

/** A row of the results of `hotspare bench`. Source: docs/cli.md, "Results". */
export interface BenchResult {
  readonly name: string;
  /** The median. */
  readonly value: number;
  readonly unit: string;
  /** Number of runs. */
  readonly n: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface Workload {
  /** Untimed, before each run. */
  prepare?(): Promise<void>;
  /** What is timed. */
  run(): void | Promise<void>;
}

/** Wall times of `runs` runs after one that warms up, in milliseconds, in order. */
export async function measure_ms(workload: Workload, runs: number): Promise<number[]> {
  const bench = new Bench({
    iterations: runs,
    time: 0,
    warmup: true,
    warmupIterations: 1,
    warmupTime: 0,
    retainSamples: true,
    throws: true,
  });
  const { prepare } = workload;
  bench.add(
    "workload",
    () => workload.run(),
    prepare === undefined ? {} : { beforeEach: () => prepare.call(workload) },
  );
  const [task] = await bench.run();
  const result = task?.result;
  if (result === undefined || !("latency" in result)) throw new Error("the benchmark did not run");
  return [...(result.latency.samples ?? [])];
}

/** One result from samples in its unit. */
export function resultOf(name: string, unit: string, samples: readonly number[]): BenchResult {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return {
    name,
    value: rounded(median),
    unit,
    n: sorted.length,
    min: rounded(sorted[0]!),
    median: rounded(median),
    max: rounded(sorted.at(-1)!),
  };
}

/** Four significant digits: more is noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
