/**
 * The equalities that every model keeps, on both builds: slicing, ordered mode, snapshot, fork,
 * derived memory thrown away, cached against full hashing. Each run types at the model's consoles
 * at drawn times; every way of running it must give the same digests and the same output.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TraceKind } from "../../assembly/kernel/abi.js";
import type { Machine } from "../../host/core/machine.js";
import type { TraceRecord } from "../../host/core/rings.js";
import { BUILDS } from "../support/core.js";
import { MODEL_NAMES, modelMachine } from "../support/models.js";
import { printedSeed } from "../support/seeded.js";
import { limit_ms, Progress, SOAK } from "../support/soak.js";

const RUNS = SOAK ? 40 : 3;
const MS = 10n ** 9n;
const WINDOW_PS = 60n * MS;

/** Where each model is typed at. */
const CONSOLES: Readonly<Record<string, readonly string[]>> = {
  "console-board": ["board.uart0", "board.uart1"],
  "two-nodes": ["a.uart0", "b.uart0"],
};

interface Input {
  readonly time_ps: bigint;
  readonly uart: string;
  readonly text: string;
}

interface Outcome {
  readonly digest: string;
  readonly output: string;
  readonly checkpoints: readonly string[];
}

function inputs(model: string): fc.Arbitrary<Input[]> {
  const input = fc.record({
    time_ps: fc.bigInt(0n, WINDOW_PS),
    uart: fc.constantFrom(...CONSOLES[model]!),
    text: fc.oneof(
      fc.constantFrom("status\r", "hash 3\r", "echo hello\r", "led 5\r", "wfi\r", "\r"),
      fc.string({ maxLength: 40 }),
    ),
  });
  return fc
    .array(input, { maxLength: 6 })
    .map((list) => [...list].sort((a, b) => (a.time_ps < b.time_ps ? -1 : 1)));
}

/** Types the inputs and runs to each of `stops` (all inputs are stops too), noting digests. */
function drive(
  machine: Machine,
  model: string,
  list: readonly Input[],
  stops: readonly bigint[],
  between: (machine: Machine) => void = () => {},
): Outcome {
  const checkpoints: string[] = [];
  const texts = new Map(CONSOLES[model]!.map((uart) => [uart, ""]));
  let next = 0;
  const points = [...new Set([...stops, ...list.map((input) => input.time_ps), WINDOW_PS])];
  points.sort((a, b) => (a < b ? -1 : 1));
  for (const point of points) {
    machine.run(point);
    for (; next < list.length && list[next]!.time_ps === point; next++) {
      machine.uart(list[next]!.uart).push(new TextEncoder().encode(list[next]!.text));
    }
    if (point % (10n * MS) === 0n) checkpoints.push(machine.digest());
    for (const [uart, text] of texts) {
      texts.set(uart, text + new TextDecoder("latin1").decode(machine.uart(uart).drain()));
    }
    between(machine);
  }
  const output = [...texts].map(([uart, text]) => `${uart}: ${text}`).join("\n");
  return { digest: machine.digest(), output, checkpoints };
}

const TENTHS = Array.from({ length: 6 }, (_, n) => BigInt(n + 1) * 10n * MS);

describe.each(MODEL_NAMES)("%s", (model) => {
  test(
    "gives the same digests and output however it is run, in both builds",
    async () => {
      const seed = printedSeed(`equalities ${model}`);
      const stops = fc.array(fc.bigInt(0n, WINDOW_PS), { maxLength: 60 });
      const progress = new Progress(`equalities ${model}`, RUNS);
      await fc.assert(
        fc.asyncProperty(inputs(model), stops, async (list, cuts) => {
          const plain = drive(await modelMachine(model), model, list, TENTHS);
          const ways: [string, Outcome][] = [];
          for (const build of BUILDS) {
            const fresh = () => modelMachine(model, build);
            const points = [...TENTHS, ...cuts];
            ways.push([`${build}, one piece`, drive(await fresh(), model, list, TENTHS)]);
            ways.push([`${build}, slices`, drive(await fresh(), model, list, points)]);
            ways.push([
              `${build}, derived memory thrown away`,
              drive(await fresh(), model, list, points, (machine) => machine.dropDerived()),
            ]);
            ways.push([
              `${build}, restored from its own snapshot at every stop`,
              drive(await fresh(), model, list, [...TENTHS, ...cuts.slice(0, 5)], (machine) => {
                const snapshot = machine.snapshot();
                machine.run(machine.now() + MS);
                machine.restore(snapshot);
                expect(machine.digest(true)).toBe(snapshot.digest);
              }),
            ]);
          }
          for (const [way, outcome] of ways) expect(outcome, way).toEqual(plain);
          progress.step();
        }),
        { seed, numRuns: RUNS },
      );
    },
    limit_ms(10, 600_000),
  );

  test("is the same in ordered mode, one instruction at a time over all harts", async () => {
    const plain = drive(await modelMachine(model), model, [], TENTHS);
    const machine = await modelMachine(model);
    machine.setOrdered(true);
    expect(drive(machine, model, [], TENTHS)).toEqual(plain);
  });

  test(
    "is the same in slices of one cycle of its fastest clock",
    async () => {
      const span = SOAK ? 5n * MS : MS / 2n;
      const whole = await modelMachine(model);
      whole.run(2n * MS);
      const sliced = await whole.fork();
      const end = whole.now() + span;
      whole.run(end);
      for (let time = sliced.now(); time < end; time += 10_000n) sliced.run(time);
      sliced.run(end);
      expect(sliced.digest()).toBe(whole.digest());
    },
    limit_ms(5),
  );

  test(
    "continues from a snapshot, in place and in a fork of the other build's digest",
    async () => {
      const seed = printedSeed(`snapshots ${model}`);
      await fc.assert(
        fc.asyncProperty(
          fc.bigInt(1n, WINDOW_PS),
          fc.bigInt(1n, WINDOW_PS),
          async (first, second) => {
            const [early, late] = first < second ? [first, second] : [second, first];
            const machine = await modelMachine(model);
            machine.run(early);
            const snapshot = machine.snapshot();
            const fork = await machine.fork();
            machine.run(late);
            const end = machine.digest();
            fork.run(late);
            expect(fork.digest(), "fork").toBe(end);
            machine.restore(snapshot);
            expect(machine.digest(true), "restored").toBe(snapshot.digest);
            machine.run(late);
            expect(machine.digest(), "restored and run again").toBe(end);
          },
        ),
        { seed, numRuns: RUNS * 2 },
      );
    },
    limit_ms(5, 300_000),
  );

  test("traces the same records, in order, however it is sliced", async () => {
    const kinds = [TraceKind.TRAP, TraceKind.INTERRUPT, TraceKind.BUS, TraceKind.WIRE];
    const collect = async (slices: number) => {
      const machine = await modelMachine(model);
      const records: TraceRecord[] = [];
      machine.setTrace(kinds, (part) => records.push(...part));
      for (let n = 1; n <= slices; n++) machine.run((5n * MS * BigInt(n)) / BigInt(slices));
      return records;
    };
    const whole = await collect(1);
    expect(whole.length).toBeGreaterThan(20);
    expect(await collect(37)).toEqual(whole);
  });
});
