/** Runs of a campaign in worker threads, handed back in the order of their numbers. */

import { Piscina } from "piscina";
import type { RunRow } from "../campaign/campaign.js";
import { UserError } from "../error/index.js";
import type { CampaignAnswer, CampaignJob, CampaignTask } from "./campaign-worker.js";

export interface PoolOptions {
  readonly job: CampaignJob;
  readonly jobs: number;
  /** Numbers of the runs: first, first + step, ... below end. */
  readonly first: number;
  readonly step: number;
  readonly end: number;
  /** Called for each row, in order. */
  onRow(row: RunRow): void;
  /** True ends it after the rows that are under way. */
  stopRequested(): boolean;
}

/** Runs of one task: enough that its post costs nothing, few enough that order waits little. */
const BATCH_RUNS = 32;
/** Tasks under way for each worker. */
const QUEUED = 2;

/** @throws UserError of the scenario's clean run. */
export async function runCampaign(options: PoolOptions): Promise<void> {
  const { first, step, end, jobs } = options;
  const count = Math.max(0, Math.ceil((end - first) / step));
  if (count === 0) return;
  const pool = new Piscina({
    filename: new URL("./campaign-worker.js", import.meta.url).href,
    workerData: options.job,
    minThreads: Math.min(jobs, count),
    maxThreads: Math.min(jobs, count),
    idleTimeout: 60_000,
  });
  try {
    await inOrder(pool, options, count);
  } finally {
    await pool.destroy();
  }
}

async function inOrder(pool: Piscina, options: PoolOptions, count: number): Promise<void> {
  const { first, step, end, jobs } = options;
  const batch = Math.max(1, Math.min(BATCH_RUNS, Math.ceil(count / (jobs * QUEUED))));
  const tasks: CampaignTask[] = [];
  for (let at = first; at < end; at += batch * step) {
    tasks.push({ first: at, step, end: Math.min(end, at + batch * step) });
  }
  const waiting: Promise<CampaignAnswer>[] = [];
  for (let next = 0; next < tasks.length || waiting.length > 0; ) {
    while (waiting.length < jobs * QUEUED && next < tasks.length && !options.stopRequested()) {
      const answer = pool.run(tasks[next++]) as Promise<CampaignAnswer>;
      answer.catch(() => {}); // awaited below, in order
      waiting.push(answer);
    }
    const oldest = waiting.shift();
    if (oldest === undefined) return;
    const answer = await oldest;
    if ("error" in answer) throw new UserError(...answer.error);
    for (const row of answer.rows) options.onRow(row);
  }
}
