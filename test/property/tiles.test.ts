/**
 * Tiles with cores: however a run is cut, ordered, snapshot, forked or stripped of derived memory,
 * the digests are the same. Rows are random, legal and illegal; so words also land at cores that
 * run, and in code.
 */
import { describe, expect, test } from "vitest";
import type { Machine } from "../../host/core/machine.js";
import { randomFabricProgram } from "../../host/reference/fabric/index.js";
import { Random } from "../../host/reference/random.js";
import { BUILDS, type Build } from "../support/core.js";
import { SOAK } from "../support/soak.js";
import { tileMachine } from "../support/tile-machine.js";

const PROGRAMS = SOAK ? 200 : 6;
const CYCLE_PS = 10_000n;
const END = 9_000n * CYCLE_PS;
const ROUNDS = 2;

function make(seed: number, legal: boolean, build: Build): Promise<Machine> {
  const random = new Random(seed);
  const pauses = Array.from({ length: 4096 }, () => random.below(200));
  const pause = (tile: number, round: number) => pauses[tile + 2048 * round]!;
  return tileMachine(randomFabricProgram(seed, legal), pause, ROUNDS, build);
}

/** Times at which a run is cut. */
function cuts(seed: number, count: number): bigint[] {
  const random = new Random(seed);
  const at = Array.from({ length: count }, () => BigInt(random.below(Number(END / 1000n))) * 1000n);
  return [...at.sort((a, b) => (a < b ? -1 : 1)), END];
}

type Way = (machine: Machine, seed: number) => Promise<Machine>;

const WAYS: Readonly<Record<string, Way>> = {
  "cut into slices": async (machine, seed) => {
    for (const at of cuts(seed, 30)) machine.run(at);
    return machine;
  },
  "without derived memory at random times": async (machine, seed) => {
    for (const at of cuts(seed, 12)) {
      machine.run(at);
      machine.dropDerived();
    }
    return machine;
  },
  "in ordered mode": async (machine) => {
    machine.setOrdered(true);
    machine.run(END);
    return machine;
  },
  "forked on the way": async (machine, seed) => {
    machine.run(cuts(seed, 1)[0]!);
    const other = await machine.fork();
    other.run(END);
    return other;
  },
  "back to a snapshot": async (machine, seed) => {
    const [first, second] = cuts(seed, 2);
    machine.run(first!);
    const snapshot = machine.snapshot();
    machine.run(second!);
    machine.restore(snapshot);
    machine.run(END);
    return machine;
  },
};

describe.each(BUILDS)("on the %s build", (build) => {
  for (const [name, way] of Object.entries(WAYS)) {
    test(`tiles run ${name} end in the same state`, { timeout: 600_000 }, async () => {
      for (let seed = 1; seed <= PROGRAMS; seed++) {
        const legal = seed % 2 === 1;
        const plain = await make(seed, legal, build);
        plain.run(END);
        const other = await way(await make(seed, legal, build), seed);
        expect(other.digest(), `seed ${seed}`).toBe(plain.digest());
        expect(plain.digest(), `cached hashes, seed ${seed}`).toBe(plain.digest(true));
      }
    });
  }
});
