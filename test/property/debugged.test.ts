/**
 * A debugged run and a free run have equal digests at the same time: breakpoints, watchpoints and
 * steps at drawn places of every model, and derived memory thrown away at some of the stops.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Machine } from "../../host/core/machine.js";
import type { Trigger } from "../../host/core/triggers.js";
import { MODEL_NAMES, modelImage, modelMachine } from "../support/models.js";
import { printedSeed } from "../support/seeded.js";

const SOAK = process.env.HOTSPARE_SOAK === "1";
const START_PS = 20_000_000n;
const END_PS = 2_000_000_000n;
const STOPS_MAX = 60;

/** Breakpoints at symbols of the firmware and a little behind; watchpoints anywhere in the maps. */
function triggers(model: string): fc.Arbitrary<Trigger[]> {
  const image = modelImage(model);
  const harts = image.harts.map((_, index) => index);
  const code = image.harts.flatMap(({ name }) =>
    (image.symbolsByNode.get(name) ?? []).map(({ address }) => address),
  );
  const data = [...image.memories.map(({ guestBase }) => guestBase), 0x1000_0000, 0x0200_0000];
  const hart = fc.constantFrom(null, ...harts);
  const breakpoint = fc.record({
    kind: fc.constant("pc" as const),
    hart,
    address: fc.tuple(fc.constantFrom(...code), fc.nat(20)).map(([base, n]) => base + 2 * n),
    length: fc.constant(1),
  });
  const watchpoint = fc.record({
    kind: fc.constantFrom("read" as const, "write" as const, "access" as const),
    hart,
    address: fc.tuple(fc.constantFrom(...data), fc.nat(0x800)).map(([base, n]) => base + n),
    length: fc.constantFrom(1, 2, 4, 64),
  });
  return fc.array(fc.oneof(breakpoint, watchpoint), { minLength: 1, maxLength: 4 });
}

/** Runs to `end_ps` through at most STOPS_MAX stops, stepping at some of them. */
function debugged(
  machine: Machine,
  rows: readonly Trigger[],
  steps: number,
  end_ps: bigint,
): number {
  const ids = rows.map((row) => machine.triggers.add(row));
  let stops = 0;
  while (machine.run(end_ps) === "break") {
    stops++;
    if (steps > 0 && stops % 3 === 0) machine.triggers.step(stops % machine.harts.length);
    if (stops % 5 === 0) machine.triggers.free();
    if (stops % 7 === 0) machine.dropDerived();
    if (stops < STOPS_MAX) continue;
    for (const id of ids) machine.triggers.remove(id);
    machine.triggers.free();
  }
  return stops;
}

for (const model of MODEL_NAMES) {
  test(`${model}: a debugged run and a free run have equal digests`, async () => {
    const seed = printedSeed(`debugged ${model}`);
    const machine = await modelMachine(model);
    machine.run(START_PS);
    const start = machine.snapshot();
    machine.run(END_PS);
    const expected = machine.digest();
    let stops = 0;
    fc.assert(
      fc.property(triggers(model), fc.nat(1), (rows, steps) => {
        machine.restore(start);
        stops += debugged(machine, rows, steps, END_PS);
        const left = machine.digest();
        machine.run(END_PS);
        for (let id = 1; id <= 4; id++) machine.triggers.remove(id);
        machine.triggers.free();
        expect(left).toBe(expected);
        expect(machine.digest(true)).toBe(expected);
      }),
      { seed, numRuns: SOAK ? 400 : 12 },
    );
    expect(stops, "some of the drawn triggers are met").toBeGreaterThan(20);
  });
}
