/** The matchers and helpers of the test API, used as their users would. */
import { existsSync, mkdtempSync, readFileSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  type HotspareMatchers,
  hotspareMatchers,
  machine,
  recordedSession,
  sweep,
} from "../../../host/testing/index.js";
import { buildHost, hotspare } from "../../support/cli.js";

declare module "vitest" {
  interface Assertion<T> extends HotspareMatchers<T> {}
}
expect.extend(hotspareMatchers);

test("a recorded session is a regression test in one line", async () => {
  await buildHost();
  const file = join(mkdtempSync(join(tmpdir(), "hotspare-session-")), "run.session");
  expect(hotspare(["run", "two-nodes", "--for", "3ms", "--record", file]).status).toBe(0);
  expect((await recordedSession(file)).difference).toBeNull();
});

test("a digest is compared, and a wrong one is told with the time", async () => {
  const board = await machine("console-board");
  const { digest } = { digest: board.digest() };
  expect(board).toHaveDigest(digest);
  board.run({ for: "1ms" });
  expect(() => expect(board).toHaveDigest(digest)).toThrow(
    /console-board at 1000000000 ps: digest/,
  );
});

test("a golden trace: missing it fails, accepted it passes, one record of difference is named", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hotspare-golden-"));
  const golden = join(folder, "boot.trace");
  const booted = async (span: string) => {
    const board = (await machine("two-nodes")).observe({ events: ["mark", "wire"] });
    board.run({ for: span });
    return board;
  };
  const board = await booted("5ms");
  expect(() => expect(board).toMatchTrace(golden)).toThrow(/there is no golden file[\s\S]*mv /);
  expect(existsSync(golden), "a test run writes no golden file").toBe(false);
  renameSync(`${golden}.received`, golden);
  expect(await booted("5ms")).toMatchTrace(golden);
  expect(readFileSync(golden, "utf8")).toMatch(/^# hotspare trace 1 machine=two-nodes\n/);
  const other = await booted("4ms");
  expect(() => expect(other).toMatchTrace(golden)).toThrow(
    /record \d+, at \d+ ps[\s\S]*hotspare diff/,
  );
});

test("pulses of a wire are measured", async () => {
  const board = (await machine("two-nodes")).observe({ events: ["mark"] });
  board.run({ for: "30ms" });
  expect(board).toHavePulse("a.gpio.out0", { atLeast: "1ns", atMost: "20ms" });
  expect(board).not.toHavePulse("a.gpio.out0", { atLeast: "20ms" });
  expect(() => expect(board).toHavePulse("a.gpio.out9")).toThrow(/has no wire "a\.gpio\.out9"/);
});

test("the worst call of a function is held to a limit", async () => {
  const board = (await machine("two-nodes")).observe({ events: [], cycles: true });
  board.run({ for: "10ms" });
  const isr = board.cycles("uart_interrupt", "a");
  expect(isr.calls).toBeGreaterThan(3);
  expect(isr.min).toBeGreaterThan(10);
  isr.toBeAtMost(isr.max);
  expect(() => isr.toBeAtMost(isr.max - 1)).toThrow(/uart_interrupt on a took \d+ cycles, at most/);
  expect(() => board.cycles("uart_interrupt")).toThrow(/name the node/);
});

test("a sweep draws faults and times, and a failure names both", async () => {
  const board = await machine("console-board");
  board.run({ for: "1ms" });
  const faults = ["flip:board.x31:bit=3", "flip:board.x30:bit=4"];
  let runs = 0;
  await sweep(board, { faults, window: "1ms", runs: 4 }, (forked) => {
    runs++;
    forked.run({ for: "2ms" });
  });
  expect(runs).toBe(4);
  const broken = sweep(board, { faults, window: "1ms", runs: 2 }, () => {
    throw new Error("broken");
  });
  await expect(broken).rejects.toThrow(
    /seed 1, run 1 of 2: flip@t=\d+ps:board\.x3[01][\s\S]*broken/,
  );
  const silent = sweep(board, { faults, window: "1ms", runs: 1 }, () => {});
  await expect(silent).rejects.toThrow(/has not fired/);
});
