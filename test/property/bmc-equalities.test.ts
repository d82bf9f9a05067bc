/** The BMC's board: the same state however it is run, and the same bytes on the PECI wire. */
import { expect, test } from "vitest";
import { TraceKind } from "../../assembly/kernel/abi.js";
import { encodeRequest } from "../../host/ipmi/basic.js";
import { MODEL, PS_PER_MS } from "../support/bmc-machine.js";
import type { BUILDS } from "../support/core.js";
import { modelMachine } from "../support/models.js";

/** Boot of the BMC, power-on of the host, its boot, first transfers on both links. */
const END_PS = 220n * PS_PER_MS;
const ASK_PS = 150n * PS_PER_MS;
const PECI_PS = 1_000_000_000_000n / 24_000_000n; // a cycle, rounded down

async function digest(build: (typeof BUILDS)[number], step_ps: bigint, ordered = false) {
  const machine = await modelMachine(MODEL, build);
  machine.setOrdered(ordered);
  const until = (end: bigint) => {
    while (machine.now() < end) {
      const next = machine.now() + step_ps;
      machine.run(next < end ? next : end);
    }
  };
  until(ASK_PS);
  machine.uart("bmc.uart0").push(encodeRequest({ netFn: 6, command: 1, data: [] }, 1));
  until(END_PS);
  machine.dropDerived();
  return machine.digest(true);
}

test("one piece, odd slices, one instruction at a time, both builds: equal digests", async () => {
  const whole = await digest("release", END_PS);
  expect(await digest("release", 777_777n * 37n)).toBe(whole);
  expect(await digest("release", END_PS, true)).toBe(whole);
  expect(await digest("checked", END_PS)).toBe(whole);
}, 120_000);

test("GetTemp is on the wire byte for byte, its bits at their exact times", async () => {
  const machine = await modelMachine(MODEL);
  const frames: string[] = [];
  const bits: { time_ps: bigint; level: number; by: number }[] = [];
  machine.setTrace([TraceKind.PECI_FRAME, TraceKind.PECI_BIT], (records) => {
    for (const { kind, a, b, d, time_ps } of records) {
      if (kind === TraceKind.PECI_BIT) bits.push({ time_ps, level: a, by: d });
      else frames.push(`${(a >>> 16) & 1} ${b.toString(16).padStart(8, "0")}`);
    }
  });
  machine.run(500n * PS_PER_MS);
  const at = frames.indexOf("0 01020130"); // 30 01 02 01, least significant byte first
  expect(at).toBeGreaterThanOrEqual(0);
  expect(frames[at + 1]).toMatch(/^1 [0-9a-f]{6}ef$/); // its check byte
  const times = bits.map(({ time_ps }) => time_ps);
  expect(times).toEqual([...times].sort((x, y) => Number(x - y)));
  // Bits of one phase stand a whole number of cycles apart: the same number throughout.
  const gaps = new Set<bigint>();
  for (let k = 1; k < 34; k++) gaps.add((times[k]! - times[k - 1]! + PECI_PS / 2n) / PECI_PS);
  expect(gaps.size).toBe(1);
  expect([...gaps][0]! % 4n).toBe(0n);
});
