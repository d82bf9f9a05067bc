/** Fault sites: each does what its row says, and says whether it fired. */
import { describe, expect, test } from "vitest";
import { FaultKind, TraceKind } from "../../../assembly/kernel/abi.js";
import * as asm from "../../../host/reference/assembler.js";
import { BUILDS } from "../../support/core.js";
import { modelMachine } from "../../support/models.js";
import { GPIO_BASE, RAM_BASE, smallMachine } from "../../support/small-machine.js";

const { zero, t0, t1, a0 } = asm.R;
const count = [
  { label: "loop" },
  asm.addi(a0, a0, 1),
  asm.to("loop", (offset) => asm.jal(zero, offset)),
];

describe.each(BUILDS)("faults (%s)", (build) => {
  test("a flipped register bit is there, once, and in the trace", async () => {
    const machine = await smallMachine({ programs: { n: count } }, build);
    const fired: number[] = [];
    machine.setTrace([TraceKind.FAULT], (records) => fired.push(...records.map((r) => r.a)));
    machine.run(300_000n);
    const before = machine.readRegister(0, a0);
    expect(machine.inject(FaultKind.FLIP_REGISTER, 0, a0, 1 << 20)).toBe(true);
    expect(machine.readRegister(0, a0)).toBe(before ^ (1 << 20));
    machine.run(600_000n);
    expect(machine.readRegister(0, a0)).toBe((before ^ (1 << 20)) + 10);
    expect(fired).toEqual([FaultKind.FLIP_REGISTER]);
  });

  test("flipped code is what executes next", async () => {
    const machine = await smallMachine({ programs: { n: count } }, build);
    machine.run(300_000n);
    const image = machine.image.memories[0]!;
    const flip = 0x10; // bit 20 of the word at RAM_BASE: addi a0, a0, 1 becomes addi a0, a0, 0
    expect(machine.inject(FaultKind.FLIP_MEMORY, 0, image.address + 2, flip)).toBe(true);
    expect(machine.readMemory(0, RAM_BASE, 4)[2]! & flip).toBe(0);
    const before = machine.readRegister(0, a0);
    machine.run(900_000n);
    expect(machine.readRegister(0, a0)).toBe(before);
  });

  test("a killed hart executes nothing; revived it starts from reset", async () => {
    const machine = await smallMachine({ programs: { n: count } }, build);
    machine.run(300_000n);
    const { retired } = machine.hartViews()[0]!;
    expect(machine.inject(FaultKind.KILL, 0)).toBe(true);
    expect(machine.inject(FaultKind.KILL, 0), "cannot die twice").toBe(false);
    machine.run(10_000_000n);
    expect(machine.hartViews()[0]).toMatchObject({ retired, state: "stopped" });
    expect(machine.inject(FaultKind.REVIVE, 0)).toBe(true);
    machine.run(10_000_000n + 160_000n + 90_000n);
    expect(machine.readRegister(0, a0)).toBe(3);
  });

  test("a wire held low carries nothing; freed, it carries the level it missed", async () => {
    const drive = [...asm.li(t0, GPIO_BASE), ...asm.li(t1, 1), asm.sw(t1, t0, 0), ...count];
    const wires = [{ from: "a.gpio.out0", to: "b.gpio.in0", latency_cycles: 2 }];
    const machine = await smallMachine(
      { programs: { a: drive, b: count }, devices: ["gpio"], wires },
      build,
    );
    const wire = machine.image.wires.find(({ name }) => name.startsWith("a.gpio.out0"))!.unit;
    const level = () => machine.peekDevice(1, GPIO_BASE + 4);
    expect(machine.inject(FaultKind.WIRE_FORCE, wire, 1)).toBe(true);
    machine.run(1_000_000n);
    expect(level()).toBe(0);
    machine.inject(FaultKind.WIRE_FORCE, wire, 0);
    expect(level()).toBe(1);
    machine.inject(FaultKind.WIRE_FORCE, wire, 1);
    expect(level()).toBe(0);
  });

  test("a spoiled frame of the UART pair is noticed by the guests and sent again", async () => {
    const machine = await modelMachine("two-nodes", build);
    const link = machine.image.links[0]!.unit;
    let spoiled = 0;
    for (let ms = 1n; ms <= 100n; ms++) {
      machine.run(ms * 10n ** 9n);
      if (ms === 14n) spoiled += Number(machine.inject(FaultKind.FRAME_CORRUPT, link, 0, 0b1100));
    }
    const text = ["a.uart0", "b.uart0"]
      .map((uart) => new TextDecoder().decode(machine.uart(uart).drain()))
      .join("");
    expect(spoiled).toBe(1);
    expect(text).toContain("a: all checks passed");
    expect(text).toContain("b: all checks passed");
    expect(text).toMatch(/[1-9]\d* resent/);
  });

  test.each([
    ["a register that is not there", FaultKind.FLIP_REGISTER, 0, 32, 1],
    ["x0", FaultKind.FLIP_REGISTER, 0, 0, 1],
    ["no bit at all", FaultKind.FLIP_REGISTER, 0, 5, 0],
    ["a unit that is not there", FaultKind.KILL, 4000, 0, 0],
    ["a wire that is a hart", FaultKind.WIRE_FORCE, 0, 1, 0],
    ["memory outside of the machine", FaultKind.FLIP_MEMORY, 0, 0x100, 1],
    ["a kind that is not there", 99, 0, 0, 0],
  ])("%s does not fire and changes nothing", async (_name, kind, unit, a, b) => {
    const machine = await smallMachine({ programs: { n: count } }, build);
    machine.run(300_000n);
    const before = machine.digest();
    expect(machine.inject(kind, unit, a, b)).toBe(false);
    expect(machine.digest()).toBe(before);
  });
});
