/** Nodes that stand: paused, in reset, without power; and what drives them to it. */
import { describe, expect, test } from "vitest";
import { FaultKind, TraceKind } from "../../../assembly/kernel/abi.js";
import type { Machine } from "../../../host/core/machine.js";
import * as asm from "../../../host/reference/assembler.js";
import { BUILDS } from "../../support/core.js";
import { GPIO_BASE, RAM_BASE, smallMachine, word } from "../../support/small-machine.js";

const { zero, t0, t1, a0 } = asm.R;
const count = [
  { label: "loop" },
  asm.addi(a0, a0, 1),
  asm.to("loop", (offset) => asm.jal(zero, offset)),
];
const MARK = RAM_BASE + 0x1000;
/** Leaves a mark in RAM and counts. */
const markAndCount = [...asm.li(t0, MARK), ...asm.li(t1, 77), asm.sw(t1, t0, 0), ...count];
/** Raises output 0 of its GPIO after a while, and lowers it again. */
const pulse = (high: number, low: number) => [
  ...asm.li(t0, GPIO_BASE),
  ...asm.li(t1, high),
  { label: "wait" },
  asm.addi(t1, t1, -1),
  asm.to("wait", (offset) => asm.bne(t1, zero, offset)),
  ...asm.li(t1, 1),
  asm.sw(t1, t0, 0),
  asm.addi(t1, zero, low),
  { label: "again" },
  asm.addi(t1, t1, -1),
  asm.to("again", (offset) => asm.bne(t1, zero, offset)),
  asm.sw(zero, t0, 0),
  ...count,
];
const hartState = (machine: Machine, hart: number) => machine.hartViews()[hart]!.state;

describe.each(BUILDS)("held nodes (%s)", (build) => {
  test("a paused hart goes on with the next instruction, and its registers stay", async () => {
    const machine = await smallMachine({ programs: { n: count } }, build);
    machine.run(300_000n);
    const before = machine.readRegister(0, a0);
    expect(machine.inject(FaultKind.PAUSE, 0)).toBe(true);
    expect(machine.inject(FaultKind.PAUSE, 0), "it is paused").toBe(false);
    machine.run(900_000n);
    expect(machine.readRegister(0, a0)).toBe(before);
    expect(machine.inject(FaultKind.RESUME, 0)).toBe(true);
    machine.run(1_200_000n);
    expect(machine.readRegister(0, a0)).toBe(before + 10);
  });

  test("a paused sleeper that was called meanwhile wakes when it goes on", async () => {
    const sleeper = [...asm.li(t0, 1 << 3), asm.csrrs(zero, 0x304, t0), asm.wfi(), ...count];
    const machine = await smallMachine({ programs: { n: sleeper }, devices: ["clint"] }, build);
    machine.run(1_000_000n);
    expect(hartState(machine, 0)).toBe("asleep");
    machine.inject(FaultKind.PAUSE, 0);
    const msip = machine.image.wires.find(({ name }) => name.includes("msip"))!;
    machine.inject(FaultKind.WIRE_FORCE, msip.unit, 2);
    machine.run(2_000_000n);
    expect(hartState(machine, 0)).toBe("stopped");
    machine.inject(FaultKind.RESUME, 0);
    machine.run(3_000_000n);
    expect(machine.readRegister(0, a0)).toBeGreaterThan(20);
  });

  test("power-off loses private RAM; power-on starts from reset", async () => {
    const machine = await smallMachine({ programs: { n: markAndCount } }, build);
    machine.run(1_000_000n);
    expect(word(machine, 0, MARK)).toBe(77);
    expect(machine.inject(FaultKind.POWER_OFF, 0)).toBe(true);
    expect(word(machine, 0, MARK)).toBe(0);
    machine.run(2_000_000n);
    expect(hartState(machine, 0)).toBe("stopped");
    expect(machine.inject(FaultKind.POWER_ON, 0)).toBe(true);
    expect(machine.hartViews()[0]!.pc).toBe(RAM_BASE);
  });

  test("a reset input holds a node for as long as it is high", async () => {
    const wires = [{ from: "a.gpio.out0", to: "b.reset", latency_cycles: 3 }];
    const programs = { a: pulse(20, 50), b: count };
    const machine = await smallMachine({ programs, devices: ["gpio"], wires }, build);
    const holds: string[] = [];
    machine.setTrace([TraceKind.HOLD], (records) => {
      holds.push(...records.map(({ time_ps, unit, a }) => `${time_ps} ${unit} ${a}`));
    });
    machine.run(10_000_000n);
    const [from, to] = holds.map((text) => Number(text.split(" ")[0]));
    expect(holds.map((text) => text.slice(text.indexOf(" ")))).toEqual([" 1 8", " 1 0"]);
    const stood = to! - from!;
    // 50 turns of 4 cycles less one taken branch, and what stands around them.
    expect(stood).toBe(10_000 * (2 + 1 + 50 * 4 - 2));
    const ran = Number(machine.now()) - to! - 16 * 10_000;
    expect(machine.readRegister(1, a0)).toBe(Math.ceil(ran / 30_000));
  });

  test("a node whose power is a wire starts without it and runs once the wire is high", async () => {
    const wires = [{ from: "a.gpio.out0", to: "b.power", latency_cycles: 3 }];
    const programs = { a: pulse(20, 50), b: count };
    const machine = await smallMachine({ programs, devices: ["gpio"], wires }, build);
    expect(hartState(machine, 1)).toBe("stopped");
    machine.run(1_000_000n);
    expect(hartState(machine, 1)).toBe("running");
    machine.run(10_000_000n);
    expect(hartState(machine, 1)).toBe("stopped");
  });

  test("a device of a held node takes no input and drives nothing", async () => {
    const drive = [...asm.li(t0, GPIO_BASE), ...asm.li(t1, 1), asm.sw(t1, t0, 0), ...count];
    const wires = [{ from: "b.gpio.out0", to: "a.gpio.in0", latency_cycles: 2 }];
    const programs = { a: count, b: drive };
    const machine = await smallMachine({ programs, devices: ["gpio"], wires }, build);
    machine.run(500_000n);
    const level = () => machine.peekDevice(0, GPIO_BASE + 4);
    expect(level()).toBe(1);
    machine.inject(FaultKind.RESET_HOLD, 1);
    machine.run(600_000n);
    expect(level()).toBe(0);
    machine.inject(FaultKind.RESET_RELEASE, 1);
    machine.run(1_500_000n);
    expect(level()).toBe(1);
  });
});
