/** A worker of a campaign: its own machine, its own clean run, then the runs it is given. */

import { workerData } from "node:worker_threads";
import { CampaignRunner, type CampaignSetup, type RunRow } from "../campaign/campaign.js";
import type { MachineImage } from "../core/image.js";
import { Machine } from "../core/machine.js";
import { UserError } from "../error/index.js";
import { machineNamer, type NamedProgram } from "../trace/namer.js";

/** Everything a worker needs, as plain data: posted once. */
export interface CampaignJob {
  readonly module: WebAssembly.Module;
  readonly image: MachineImage;
  readonly programs: readonly NamedProgram[];
  readonly setup: CampaignSetup;
}

/** Runs `first`, `first + step`, ... below `end`. */
export interface CampaignTask {
  readonly first: number;
  readonly step: number;
  readonly end: number;
}

/** What a worker answers: rows, or the user's mistake that the clean run has met. */
export type CampaignAnswer =
  | { readonly rows: readonly RunRow[] }
  | { readonly error: ConstructorParameters<typeof UserError> };

/** Makes a machine and does the clean run. @throws UserError E123 as CampaignRunner. */
export async function newRunner(job: CampaignJob): Promise<CampaignRunner> {
  const machine = await Machine.create(job.image, { module: job.module });
  return new CampaignRunner(job.setup, machine, machineNamer(machine, job.programs));
}

let runner: CampaignRunner | null = null;

/** The task that piscina calls. */
export default async function work({ first, step, end }: CampaignTask): Promise<CampaignAnswer> {
  const job = workerData as CampaignJob;
  const rows: RunRow[] = [];
  try {
    for (let index = first; index < end; index += step) {
      runner ??= await newRunner(job);
      const { row, bug } = runner.run(index);
      rows.push(row);
      if (bug) runner = null;
    }
    return { rows };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { error: [error.code, error.what, error.place, error.hint] };
  }
}
