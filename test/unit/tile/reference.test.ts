/** The emulated fabric against the naive reference, on random programs (section 7, line 6). */
import { describe, expect, test } from "vitest";
import { type FabricProgram, randomFabricProgram } from "../../../host/reference/fabric/index.js";
import { BUILDS, coreModule } from "../../support/core.js";
import { differences } from "./against-reference.js";

const SOAK = process.env.HOTSPARE_SOAK !== undefined;
const PROGRAMS = SOAK ? 5000 : 40;
/** A release needs two cycles more than the least overhead of the reference (barrier.ts). */
const LEAST_OVERHEAD = 4;

function program(seed: number, legal: boolean): FabricProgram {
  const made = randomFabricProgram(seed, legal);
  const overhead = Math.max(LEAST_OVERHEAD, made.barrier_overhead_cycles);
  return { ...made, barrier_overhead_cycles: overhead };
}

describe.each(BUILDS)("on the %s build", (build) => {
  for (const legal of [true, false]) {
    const kind = legal ? "legal" : "illegal";
    const limit = { timeout: SOAK ? 3_600_000 : 60_000 };

    test(`${kind} programs leave memories, counts and first errors alike`, limit, async () => {
      const module = await coreModule(build);
      for (let seed = 1; seed <= PROGRAMS; seed++) {
        const found = await differences(module, program(seed, legal), []);
        expect(found, `${kind} program, seed ${seed}`).toEqual([]);
      }
    });

    test(`${kind} programs, recorded, land and fail alike word by word`, limit, async () => {
      const module = await coreModule(build);
      for (let seed = 1; seed <= PROGRAMS; seed++) {
        const found = await differences(module, program(seed, legal), ["landings", "errors"]);
        expect(found, `${kind} program, seed ${seed}`).toEqual([]);
      }
    });
  }
});
