/** Faults at drawn times: a property of a machine that survives them. */

import { UserError } from "../error/index.js";
import { readTime_ps } from "../machine/quantities.js";
import type { TestMachine } from "./index.js";

export interface SweepOptions {
  /** Faults without a trigger: `flip:board.x5:bit=3`. Each run draws one. */
  readonly faults: readonly string[];
  /** The time of the fault is drawn from this span, after where the machine stands. */
  readonly window: string;
  readonly runs?: number;
  readonly seed?: number;
}

const RUNS = 20;

/**
 * Runs `property` once for each drawn fault, on a machine in the state in which `board` stands; the
 * fault is armed. A failure names the run, the fault and its time.
 * @throws Error where a run fails, or where a fault has not fired by the end of its run.
 */
export async function sweep(
  board: TestMachine,
  { faults, window, runs = RUNS, seed = 1 }: SweepOptions,
  property: (board: TestMachine, fault: string) => void | Promise<void>,
): Promise<void> {
  const span_ps = readTime_ps(window);
  if (span_ps === undefined || faults.length === 0) {
    const what = faults.length === 0 ? "a sweep without faults" : `"${window}" is not a time`;
    throw new UserError("E203", what, { argument: "sweep" }, "write for example 10ms, and a fault");
  }
  const draw = stream(seed);
  for (let run = 0; run < runs; run++) {
    const fault = faults[draw() % faults.length]!;
    const time_ps = board.machine.now() + ((BigInt(draw()) * (span_ps + 1n)) >> 32n);
    const timed = fault.replace(":", `@t=${time_ps}ps:`);
    const fork = await board.fork();
    fork.inject(timed);
    try {
      await property(fork, timed);
      const silent = fork.faultReports().find(({ fired }) => !fired);
      if (silent !== undefined) throw new Error(`the fault ${silent.id} has not fired`);
    } catch (error) {
      const { message } = error as Error;
      const again = `seed ${seed}, run ${run + 1} of ${runs}: ${timed}`;
      throw new Error(`${board.name}, ${again}\n${message}`, { cause: error });
    }
  }
}

/** 32-bit words, repeatable from a seed: a counter through the finalizer of MurmurHash3. */
function stream(seed: number): () => number {
  let counter = Math.imul(seed, 0x9e37_79b1) >>> 0;
  return () => {
    counter = (counter + 0x9e37_79b9) >>> 0;
    let mixed = Math.imul(counter ^ (counter >>> 16), 0x85eb_ca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
}
