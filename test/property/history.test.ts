/**
 * Going back: any earlier time is reached exactly, with the inputs that came; a reverse step undoes
 * a step; reverse-continue finds the breakpoints that the run met, last first.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { debuggee, type Input } from "../support/debugged.js";
import { MODEL_NAMES, modelMachine } from "../support/models.js";
import { printedSeed } from "../support/seeded.js";

const SOAK = process.env.HOTSPARE_SOAK === "1";
const never = () => false;
const END_PS = 8_000_000_000n;
const CONSOLES: Readonly<Record<string, string>> = { "two-nodes": "a.uart0" };

function inputsOf(model: string): Input[] {
  const uart = CONSOLES[model] ?? "board.uart0";
  return [1_000_000_000n, 3_333_333_333n, 7_000_000_000n].map((time_ps, n) => ({
    time_ps,
    uart,
    text: `status ${n}\r`,
  }));
}

describe.each(MODEL_NAMES)("%s", (model) => {
  test("seek reaches any time with the digest that a run had there", async () => {
    const seed = printedSeed(`seek ${model}`);
    const machine = await modelMachine(model);
    const target = debuggee(machine, END_PS, inputsOf(model));
    const digests = new Map<bigint, string>();
    for (let time_ps = 250_000_000n; time_ps <= END_PS; time_ps += 250_000_000n) {
      await target.goToTime(time_ps);
      digests.set(machine.now(), machine.digest());
    }
    const times = [...digests.keys()];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...times), { maxLength: 6 }), async (list) => {
        for (const time_ps of list) {
          await target.goToTime(time_ps);
          expect(machine.digest()).toBe(digests.get(time_ps));
        }
      }),
      { seed, numRuns: SOAK ? 200 : 10 },
    );
  });

  test("reverse steps undo steps, through interrupts too", async () => {
    const seed = printedSeed(`reverse ${model}`);
    const machine = await modelMachine(model);
    const target = debuggee(machine, END_PS, inputsOf(model));
    await target.goToTime(END_PS - 1n);
    const hart = machine.harts.length - 1;
    const step = { kind: "step", hart, from: 0, end: 0 } as const;
    await fc.assert(
      fc.asyncProperty(fc.bigInt(1_000_000n, 3_000_000_000n), fc.nat(6), async (time_ps, count) => {
        await target.goToTime(time_ps);
        const pcs: number[] = [];
        for (let n = 0; n <= count; n++) {
          await target.resume(step, never);
          pcs.push(machine.readPc(hart));
        }
        for (const pc of pcs.reverse().slice(1)) {
          const stop = await target.resume({ kind: "reverse-step", hart }, never);
          expect(stop.reason).toBe("step");
          expect(machine.readPc(hart)).toBe(pc);
        }
      }),
      { seed, numRuns: SOAK ? 100 : 8 },
    );
  });

  test("reverse-continue goes through the stops of a run in the other order", async () => {
    const machine = await modelMachine(model);
    const target = debuggee(machine, END_PS, inputsOf(model));
    const node = machine.harts[0]!;
    const symbols = machine.image.symbolsByNode.get(node)!;
    const address =
      symbols.find(({ name }) => name === "uart_write" || name === "ring_put") ??
      symbols.find(({ name }) => name === "main")!;
    target.setPoints([{ kind: "pc", address: address.address, length: 1 }]);
    const stops: string[] = [];
    const place = () => `${machine.now()} ${machine.readPc(0)} ${machine.digest()}`;
    for (let n = 0; n < 5; n++) {
      const { reason } = await target.resume({ kind: "continue" }, never);
      if (reason !== "breakpoint") break;
      stops.push(place());
    }
    expect(stops.length).toBeGreaterThan(0);
    for (const stop of stops.reverse().slice(1)) {
      const { reason } = await target.resume({ kind: "reverse-continue" }, never);
      expect(reason).toBe("breakpoint");
      expect(place()).toBe(stop);
    }
    const { reason } = await target.resume({ kind: "reverse-continue" }, never);
    expect(reason).toBe("begin");
    target.setPoints([]);
    await target.goToTime(END_PS);
    const free = await modelMachine(model);
    const other = debuggee(free, END_PS, inputsOf(model));
    await other.goToTime(END_PS);
    expect(machine.digest(), "and the future is the same").toBe(free.digest());
  });
});
