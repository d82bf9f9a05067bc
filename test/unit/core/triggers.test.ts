/** Breakpoints, watchpoints, steps and holds: where the machine stops, and that it stays the same. */
import { describe, expect, test } from "vitest";
import { FaultKind } from "../../../assembly/kernel/abi.js";
import type { Machine } from "../../../host/core/machine.js";
import type { Trigger } from "../../../host/core/triggers.js";
import * as asm from "../../../host/reference/assembler.js";
import { BUILDS } from "../../support/core.js";
import {
  GPIO_BASE,
  RAM_BASE,
  SHARED_BASE,
  smallMachine,
  word,
} from "../../support/small-machine.js";

const { zero, t0, t1, t2, a0 } = asm.R;
const FAR = 1n << 40n;

/** Ten words of straight code, then a jump back: the counter in a0 tells how far it is. */
const counter = [
  { label: "loop" },
  ...Array.from({ length: 9 }, () => asm.addi(a0, a0, 1)),
  asm.to("loop", (offset) => asm.jal(zero, offset)),
];

const DATA = RAM_BASE + 0x1000;
/** Reads and writes private, shared and device words, one instruction each. */
const accesses = [
  ...asm.li(t0, DATA), // 2 words, like the next two
  ...asm.li(t1, SHARED_BASE),
  ...asm.li(t2, GPIO_BASE),
  { label: "loop" },
  asm.sw(a0, t0, 0),
  asm.lw(a0, t0, 0),
  asm.sb(a0, t0, 5),
  asm.sw(a0, t1, 8),
  asm.lw(a0, t1, 8),
  asm.amoadd_w(zero, t1, a0),
  asm.sw(a0, t2, 0),
  asm.lw(a0, t2, 0),
  asm.sw(a0, t0, 14), // crosses a word: bytes 14..17
  asm.lr_w(a0, t0),
  asm.sc_w(zero, t0, a0),
  asm.sc_w(zero, t0, a0), // fails: no reservation
  asm.addi(a0, a0, 1),
  asm.to("loop", (offset) => asm.jal(zero, offset)),
];

const at = (address: number, hart: number | null = null): Trigger => {
  return { kind: "pc", hart, address, length: 1 };
};

function stop(machine: Machine) {
  expect(machine.run(FAR)).toBe("break");
  return machine.triggers.hit()!;
}

describe.each(BUILDS)("triggers (%s)", (build) => {
  const small = (programs: Record<string, readonly asm.Item[]>) =>
    smallMachine({ programs, devices: ["gpio"], shared: true }, build);

  test.each([
    ["the first instruction", 0],
    ["the middle of a straight run", 16],
    ["a jump", 36],
  ])("a breakpoint at %s stops before it, every time it is reached", async (_place, offset) => {
    const machine = await small({ n: counter });
    const id = machine.triggers.add(at(RAM_BASE + offset));
    for (let pass = 0; pass < 3; pass++) {
      expect(stop(machine)).toMatchObject({ kind: "pc", hart: 0, triggers: [id] });
      expect(machine.readPc(0)).toBe(RAM_BASE + offset);
      expect(machine.readRegister(0, a0)).toBe(9 * pass + offset / 4);
    }
  });

  test("memory under a breakpoint reads as it is, and stores to it count", async () => {
    const machine = await small({ n: counter });
    const before = word(machine, 0, RAM_BASE + 8);
    machine.triggers.add(at(RAM_BASE + 8));
    expect(word(machine, 0, RAM_BASE + 8)).toBe(before);
    stop(machine);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, asm.addi(a0, a0, 100), true);
    machine.writeMemory(0, RAM_BASE + 8, bytes);
    stop(machine);
    expect(machine.readRegister(0, a0)).toBe(2 + 100 + 6 + 2);
  });

  test("a breakpoint of one hart does not stop another that runs the same code", async () => {
    const machine = await small({ a: counter, b: counter });
    machine.triggers.add(at(RAM_BASE + 8, 1));
    for (let pass = 0; pass < 3; pass++) {
      expect(stop(machine)).toMatchObject({ kind: "pc", hart: 1 });
    }
  });

  test("at a stop every hart stands at one point of (time, unit)", async () => {
    const machine = await small({ a: counter, b: counter });
    machine.triggers.add(at(RAM_BASE + 20, 1));
    stop(machine);
    const [a, b] = machine.hartViews();
    expect([a!.retired, b!.retired]).toEqual([6n, 5n]); // of one time, hart 0 goes first
    expect(machine.now()).toBe(5n * 10_000n);
  });

  test("a removed trigger stops nothing", async () => {
    const machine = await small({ n: counter });
    machine.triggers.remove(machine.triggers.add(at(RAM_BASE + 8)));
    expect(machine.run(1_000_000n)).toBe("time");
  });

  test.each<[string, Trigger["kind"], number, number, string[]]>([
    ["a stored word", "write", DATA, 4, ["0", "10"]],
    ["a loaded word", "read", DATA, 4, ["1", "9"]],
    ["any access to a word", "access", DATA, 4, ["0", "1", "9", "10"]],
    ["one byte of a word", "write", DATA + 5, 1, ["2"]],
    ["a shared word, stored", "write", SHARED_BASE + 8, 4, ["3"]],
    ["a shared word, loaded", "read", SHARED_BASE + 8, 4, ["4"]],
    ["a shared word, both at once", "write", SHARED_BASE, 4, ["5"]],
    ["a register, written", "write", GPIO_BASE, 4, ["6"]],
    ["a register, read", "read", GPIO_BASE, 4, ["7"]],
    ["the far half of a crossing store", "write", DATA + 16, 4, ["8"]],
  ])(
    "a watchpoint on %s stops after each access to it",
    async (_what, kind, address, length, n) => {
      const machine = await small({ n: accesses });
      machine.triggers.add({ kind, hart: null, address, length });
      const first = RAM_BASE + 24;
      for (const index of [...n, ...n]) {
        const pc = first + 4 * Number(index);
        const hit = stop(machine);
        expect(hit.pc, `instruction ${index}`).toBe(pc);
        expect(machine.readPc(0), "the access is done").toBe(pc + 4);
        expect((hit.address - address) >>> 0 < length || (address - hit.address) >>> 0 < 4).toBe(
          true,
        );
      }
    },
  );

  test("an access that faults hits nothing", async () => {
    const machine = await small({ n: [asm.lw(a0, zero, 0), ...counter] });
    machine.triggers.add({ kind: "access", hart: null, address: 0, length: 4 });
    expect(machine.run(300_000n)).toBe("time");
  });

  test("a step ends after one instruction, and after a trap at its handler", async () => {
    const machine = await small({ n: [asm.addi(a0, a0, 1), asm.lw(a0, zero, 0), ...counter] });
    machine.triggers.step(0);
    expect(stop(machine)).toMatchObject({ kind: "step", pc: RAM_BASE });
    expect(machine.readPc(0)).toBe(RAM_BASE + 4);
    expect(stop(machine)).toMatchObject({ kind: "step", pc: RAM_BASE + 4 });
    expect(machine.hartViews()[0]).toMatchObject({ pc: RAM_BASE, retired: 1n, trapped: 1n });
    machine.triggers.free();
    expect(machine.run(machine.now() + 100_000n)).toBe("time");
  });

  test("a hold ends before the first instruction of its hart in a cycle or later", async () => {
    const machine = await small({ a: counter, b: counter });
    machine.triggers.hold(1, 25n);
    expect(stop(machine)).toMatchObject({ kind: "hold", hart: 1, cycle: 25n });
    expect(machine.hartViews().map(({ cycles }) => cycles)).toEqual([26n, 25n]);
  });

  test("a fault may strike at a breakpoint, before the instruction", async () => {
    const machine = await small({ n: counter });
    const id = machine.triggers.add(at(RAM_BASE + 8));
    stop(machine);
    expect(machine.inject(FaultKind.FLIP_REGISTER, 0, a0, 1 << 8)).toBe(true);
    machine.triggers.remove(id);
    machine.triggers.step(0);
    stop(machine);
    expect(machine.readRegister(0, a0)).toBe(256 + 3);
  });

  test("a snapshot of a break goes on like the machine itself", async () => {
    const machine = await small({ a: accesses, b: accesses });
    const id = machine.triggers.add({ kind: "write", hart: 1, address: SHARED_BASE, length: 4 });
    stop(machine);
    const snapshot = machine.snapshot();
    machine.triggers.remove(id);
    machine.run(10_000_000n);
    const expected = machine.digest();
    machine.restore(snapshot);
    machine.run(10_000_000n);
    expect(machine.digest()).toBe(expected);
  });
});
