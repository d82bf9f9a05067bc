/** Devices that several nodes reach: order of accesses, views, wires in and out, equal digests. */
import { describe, expect, test } from "vitest";
import { TraceKind } from "../../../assembly/kernel/abi.js";
import type { Machine } from "../../../host/core/machine.js";
import * as asm from "../../../host/reference/assembler.js";
import { BUILDS } from "../../support/core.js";
import { RAM_BASE, smallMachine, word } from "../../support/small-machine.js";

const { zero, t0, t1, t2, a0 } = asm.R;
const BASE = 0x2000_0000;
const SEEN = RAM_BASE + 0x1000;

const view = (node: string, more: object = {}) => ({ node, base: BASE, size: "4K", ...more });
const box = (a: object = {}, b: object = {}) => ({
  box: { kind: "gpio", clock: "a", views: [view("a", a), view("b", b)] },
});

/** Sets one output of the shared GPIO after `turns`, then reads the levels for ever. */
const writer = (bit: number, turns: number) => [
  ...asm.li(t0, BASE),
  ...asm.li(t1, turns),
  { label: "wait" },
  asm.addi(t1, t1, -1),
  asm.to("wait", (offset) => asm.bne(t1, zero, offset)),
  ...asm.li(t1, 1 << bit),
  asm.sw(t1, t0, 8),
  ...asm.li(t2, SEEN),
  { label: "loop" },
  asm.lw(a0, t0, 0),
  asm.sw(a0, t2, 0),
  asm.to("loop", (offset) => asm.jal(zero, offset)),
];

/** Digest at some times, in slices of `step`. */
function digests(machine: Machine, until: bigint, step: bigint): string {
  for (let time = step; time < until; time += step) machine.run(time);
  machine.run(until);
  return machine.digest();
}

describe.each(BUILDS)("shared devices (%s)", (build) => {
  test("both nodes write one register, and each sees what the other wrote", async () => {
    const programs = { a: writer(0, 10), b: writer(1, 200) };
    const machine = await smallMachine({ programs, sharedDevices: box() }, build);
    machine.run(2_000_000n);
    expect([word(machine, 0, SEEN), word(machine, 1, SEEN)]).toEqual([1, 0]);
    machine.run(20_000_000n);
    expect([word(machine, 0, SEEN), word(machine, 1, SEEN)]).toEqual([3, 3]);
  });

  test("of two accesses at one time the lower node's comes first", async () => {
    const programs = { a: writer(0, 10), b: writer(0, 10) };
    const machine = await smallMachine({ programs, sharedDevices: box() }, build);
    const order: number[] = [];
    machine.setTrace([TraceKind.BUS], (records) => order.push(...records.map(({ unit }) => unit)));
    machine.run(2_000_000n);
    expect(order.slice(0, 6)).toEqual([0, 1, 0, 1, 0, 1]);
  });

  test("a muted node leaves no records, the other's are all there", async () => {
    const programs = { a: writer(0, 10), b: writer(0, 10) };
    const machine = await smallMachine({ programs, sharedDevices: box() }, build);
    const seen: number[] = [];
    machine.setTrace([TraceKind.BUS], (records) => seen.push(...records.map(({ unit }) => unit)));
    machine.run(1_000_000n);
    const before = seen.length;
    machine.muteTrace(0, true);
    machine.run(2_000_000n);
    expect(new Set(seen.slice(before))).toEqual(new Set([1]));
    machine.muteTrace(0, false);
    machine.run(3_000_000n);
    expect(new Set(seen.slice(before))).toEqual(new Set([0, 1]));
  });

  test("a view may be read-only, begin at a later register, and cost wait states", async () => {
    const readOnly = { rights: "read" };
    const reader = [...asm.li(t0, BASE), asm.lw(a0, t0, 0), asm.sw(a0, t0, 0), { label: "end" }];
    const spin = asm.to("end", (offset) => asm.jal(zero, offset));
    const programs = { a: writer(4, 1), b: [...reader, spin] };
    const sharedDevices = box({ wait_cycles: 7 }, readOnly);
    const machine = await smallMachine({ programs, sharedDevices }, build);
    const records: string[] = [];
    machine.setTrace([TraceKind.BUS_ERROR, TraceKind.RETIRE], (batch) => {
      for (const { kind, unit, a, c } of batch) {
        if (kind === TraceKind.BUS_ERROR) records.push(`error ${unit} ${a.toString(16)}`);
        else if (unit === 0 && c > 5) records.push(`slow ${c}`);
      }
    });
    machine.run(400_000n);
    expect(records).toContain("error 1 20000000");
    expect(records).toContain("slow 9"); // a store of 2 cycles and 7 wait states
  });

  test("a wire out of a shared device wakes a node in time, whoever runs ahead", async () => {
    const sleeper = [
      ...asm.li(t0, 0x1000_2000),
      ...asm.li(t1, 1),
      asm.sw(t1, t0, 0x10),
      { label: "wait" },
      asm.lw(a0, t0, 0x18),
      asm.to("wait", (offset) => asm.beq(a0, zero, offset)),
      asm.csrrs(a0, 0xb00, zero),
      { label: "end" },
      asm.to("end", (offset) => asm.jal(zero, offset)),
    ];
    const what = {
      programs: { a: writer(0, 500), b: sleeper },
      devices: ["gpio"] as const,
      rates: { b: 37_000_000 },
      sharedDevices: box(),
      wires: [{ from: "box.out0", to: "b.gpio.in0", latency_cycles: 2 }],
    };
    const whole = await smallMachine(what, build);
    const sliced = await smallMachine(what, build);
    const ordered = await smallMachine(what, build);
    ordered.setOrdered(true);
    const end = 40_000_000n;
    const digest = digests(whole, end, end);
    expect(digests(sliced, end, 7_777n)).toBe(digest);
    expect(digests(ordered, end, end)).toBe(digest);
    expect(whole.readRegister(1, a0)).toBeGreaterThan(700);
    whole.dropDerived();
    expect(whole.digest(true)).toBe(digest);
  });
});
