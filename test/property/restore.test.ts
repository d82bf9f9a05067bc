/**
 * A restore copies only pages that differ and keeps what is derived of the others. The whole
 * rebuild of derived memory is its oracle: after either, state and future are the same.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FaultKind } from "../../assembly/kernel/abi.js";
import { BUILDS } from "../support/core.js";
import { MODEL_NAMES, modelMachine } from "../support/models.js";
import { printedSeed } from "../support/seeded.js";

const MS_PS = 10n ** 9n;
const RUNS = process.env.HOTSPARE_SOAK === "1" ? 300 : 12;

describe.each(BUILDS)("restore (%s)", (build) => {
  test.each(MODEL_NAMES)("%s goes back and forth between snapshots", async (model) => {
    const machine = await modelMachine(model, build);
    const oracle = await modelMachine(model, build);
    const snapshots = [machine.snapshot()];
    for (let n = 1; n <= 6; n++) {
      machine.run(BigInt(n) * 7n * MS_PS);
      snapshots.push(machine.snapshot());
    }
    const ram = machine.image.memories.find(({ kind }) => kind === "ram")!;
    const step = fc.record({
      to: fc.nat(snapshots.length - 1),
      for_us: fc.integer({ min: 0, max: 3000 }),
      code: fc.nat(0x3000),
    });
    const property = fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
      for (const { to, for_us, code } of steps) {
        const snapshot = snapshots[to]!;
        machine.restore(snapshot);
        expect(machine.digest()).toBe(snapshot.digest);
        expect(machine.digest(true)).toBe(snapshot.digest);
        oracle.restore(snapshot);
        oracle.dropDerived();
        // Spoil code and data, so that the next restore has decoded pages to drop.
        for (const one of [machine, oracle]) {
          one.inject(FaultKind.FLIP_MEMORY, 0, ram.address + code, 4);
          one.inject(FaultKind.FLIP_MEMORY, 0, machine.image.memories[0]!.address + 0x80 + code, 1);
          one.run(snapshot.now_ps + BigInt(for_us) * 1_000_000n);
        }
        expect(machine.digest()).toBe(oracle.digest());
        expect(machine.digest(true)).toBe(oracle.digest(true));
      }
    });
    fc.assert(property, { seed: printedSeed(`restore ${model}`), numRuns: RUNS });
  });
});
