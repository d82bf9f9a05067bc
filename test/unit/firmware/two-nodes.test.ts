/** The two nodes: their self-check passes, however the emulator slices time, and goes on. */
import { describe, expect, test } from "vitest";
import { FaultKind } from "../../../assembly/kernel/abi.js";
import { ModelBench, PS_PER_MS, PS_PER_US } from "./model-bench.js";

const PASSED = "all checks passed\r\n";
const LINES = [
  /^NODE: node \d starts at \d+ Hz$/,
  /^NODE: amo total 2000 ok$/,
  /^NODE: lr\/sc total 2000 ok, \d+ retries$/,
  /^NODE: ring sent 64 received 64 ok, \d+ spins$/,
  /^NODE: link 32 frames sent, 32 received ok, 0 resent$/,
  /^NODE: doorbell 100 rings ok$/,
  /^NODE: all checks passed$/,
];

describe.each(["a", "b"])("node %s", (node) => {
  test("passes every check within 100 ms and says so, a line each", async () => {
    const bench = await ModelBench.model("two-nodes");
    const lines = bench.runUntil(`${node}.uart0`, PASSED, 100).trimEnd().split("\r\n");
    expect(lines).toHaveLength(LINES.length);
    lines.forEach((line, i) => {
      expect(line).toMatch(new RegExp(LINES[i]!.source.replace("NODE", node)));
    });
  });

  test("both atomics are under contention: SC fails now and then", async () => {
    const bench = await ModelBench.model("two-nodes");
    const text = bench.runUntil(`${node}.uart0`, "retries", 100);
    expect(Number(/, (\d+) retries/.exec(text)![1])).toBeGreaterThan(0);
  });

  test("goes on with two exchanges a second, without errors", async () => {
    const bench = await ModelBench.model("two-nodes");
    bench.run(10_300n * PS_PER_MS);
    const beats = bench.text(`${node}.uart0`).match(/beat .*/g)!;
    expect(beats).toHaveLength(10);
    const last = /beat 10 ring (\d+)\/(\d+) link (\d+)\/(\d+) doorbell (\d+) bad 0$/;
    const counts = last.exec(beats.at(-1)!)!.slice(1).map(Number);
    // 64, 32 and 100 of the check, 20 after it, and one that may be under way.
    [84, 84, 52, 52, 120].forEach((expected, i) => {
      expect(Math.abs(counts[i]! - expected)).toBeLessThanOrEqual(1);
    });
  });

  test("sleeps between the exchanges", async () => {
    const bench = await ModelBench.model("two-nodes");
    bench.run(500n * PS_PER_MS);
    const hart = node === "a" ? 0 : 1;
    const before = bench.machine.hartViews()[hart]!.retired;
    bench.run(1000n * PS_PER_MS);
    expect(bench.machine.hartViews()[hart]!.retired - before).toBeLessThan(100_000n);
  });
});

describe("the state after 60 ms is the same", () => {
  const END_PS = 60n * PS_PER_MS;

  async function digest(step_ps: bigint, ordered: boolean): Promise<string> {
    const { machine } = await ModelBench.model("two-nodes");
    machine.setOrdered(ordered);
    for (let time = step_ps; time < END_PS; time += step_ps) machine.run(time);
    machine.run(END_PS);
    return machine.digest();
  }

  test.each<readonly [what: string, step_ps: bigint, ordered: boolean]>([
    ["in slices of 1 us", PS_PER_US, false],
    ["in slices of 137 us", 137n * PS_PER_US, false],
    ["one instruction at a time", END_PS, true],
  ])("%s as in one piece", async (_what, step_ps, ordered) => {
    expect(await digest(step_ps, ordered)).toBe(await digest(END_PS, false));
  });
});

test("a node whose peer never starts says so instead of waiting for ever", async () => {
  const bench = await ModelBench.model("two-nodes");
  const boot = new Uint8Array([0x6f, 0, 0, 0]); // j .
  bench.machine.writeMemory(1, 0x80, boot);
  bench.runUntil("a.uart0", "a: no answer from b\r\na: checks FAILED\r\n", 700);
  bench.runUntil("a.uart0", "a: beat 1 ", 1500);
});

test.each([0x002, 0x100, 0x1fe])(
  "a character spoiled on the link (pattern bits %i) costs one repetition and nothing else",
  async (bits) => {
    const bench = await ModelBench.model("two-nodes");
    bench.runUntil("a.uart0", "ring sent", 100);
    const link = bench.machine.image.links[0]!.unit;
    expect(bench.machine.inject(FaultKind.FRAME_CORRUPT, link, 0, bits)).toBe(true);
    const texts = ["a", "b"].map((node) => bench.runUntil(`${node}.uart0`, PASSED, 200));
    const resent = texts.map((text) =>
      Number(/link 32 frames sent, 32 received ok, (\d+) resent/.exec(text)![1]),
    );
    expect(resent[0]! + resent[1]!).toBe(1);
  },
);

test("a node that is reset later says so, and both go on", async () => {
  const bench = await ModelBench.model("two-nodes");
  bench.runUntil("a.uart0", PASSED, 100);
  bench.run(1300n * PS_PER_MS);
  expect(bench.machine.inject(FaultKind.RESET, 0)).toBe(true);
  const from = bench.text("a.uart0").length;
  const text = bench.runUntil("a.uart0", "a: beat 2 ", 2500, from);
  expect(text).toMatch(/a: reset, cause 4: the check needs both nodes at power-on\r\n/);
  bench.runUntil("b.uart0", "b: beat 3 ", 1000);
});
