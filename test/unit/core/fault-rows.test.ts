/** Faults that wait: when they strike, what they do, and that slices and snapshots do not show. */
import { describe, expect, test } from "vitest";
import { FaultKind, TraceKind } from "../../../assembly/kernel/abi.js";
import {
  Disturbance,
  FAULT_ON_READ,
  FAULT_ON_WRITE,
  FaultTrigger,
} from "../../../assembly/kernel/fault-layout.js";
import type { FaultRow } from "../../../host/core/faults.js";
import type { Machine } from "../../../host/core/machine.js";
import type { TraceRecord } from "../../../host/core/rings.js";
import * as asm from "../../../host/reference/assembler.js";
import { BUILDS } from "../../support/core.js";
import { modelMachine } from "../../support/models.js";
import { GPIO_BASE, RAM_BASE, SHARED_BASE, smallMachine } from "../../support/small-machine.js";

const { zero, t0, t1, a0, a1 } = asm.R;
/** a0 counts: three cycles a turn (addi 1, jal 2) at 100 MHz. */
const count = [
  { label: "loop" },
  asm.addi(a0, a0, 1),
  asm.to("loop", (offset) => asm.jal(zero, offset)),
];
const store = [
  ...asm.li(t0, SHARED_BASE),
  { label: "loop" },
  asm.addi(a0, a0, 1),
  asm.sw(a0, t0, 0),
  asm.lw(a1, t0, 0),
  asm.to("loop", (offset) => asm.jal(zero, offset)),
];
const TURN_PS = 30_000n;
const END_PS = 3_000_000n;
const flip: Omit<FaultRow, "trigger"> = {
  kind: FaultKind.FLIP_REGISTER,
  unit: 0,
  a: a0,
  b: 1 << 20,
};

function runInSteps(machine: Machine, until_ps: bigint, step_ps: bigint): void {
  for (let at = machine.now(); at < until_ps; ) {
    at = at + step_ps < until_ps ? at + step_ps : until_ps;
    machine.run(at);
  }
}

describe.each(BUILDS)("fault rows (%s)", (build) => {
  test.each<[string, FaultRow, bigint]>([
    ["at a time", { ...flip, trigger: FaultTrigger.TIME, due: 1_000_000n }, 1_000_000n],
    ["at a cycle", { ...flip, trigger: FaultTrigger.CYCLE, source: 0, due: 77n }, 770_000n],
    [
      "at the fifth hit of a pc",
      { ...flip, trigger: FaultTrigger.PC, source: 0, address: RAM_BASE, left: 4 },
      4n * TURN_PS,
    ],
    [
      "at the third retirement of the jump",
      {
        ...flip,
        trigger: FaultTrigger.TRACE,
        source: 0,
        event: TraceKind.RETIRE,
        masks: [0xffff_ffff, 0, 0, 0],
        wanted: [RAM_BASE + 4, 0, 0, 0],
        left: 2,
      },
      2n * TURN_PS + 10_000n,
    ],
  ])("a fault strikes %s", async (_name, row, time_ps) => {
    const machine = await smallMachine({ programs: { n: count } }, build);
    const records: TraceRecord[] = [];
    machine.setTrace([TraceKind.FAULT], (some) => records.push(...some));
    const index = machine.arm(row);
    expect(machine.faultStatus(index)).toEqual({ state: "armed", strikes: 0, time_ps: null });
    machine.run(time_ps);
    expect(machine.faultStatus(index)?.strikes, "not before").toBe(0);
    machine.run(END_PS);
    expect(machine.faultStatus(index)).toEqual({ state: "over", strikes: 1, time_ps });
    expect(machine.readRegister(0, a0)).toBe(100 + (1 << 20));
    expect(records.map((record) => record.time_ps)).toEqual([time_ps]);
  });

  test("slices, ordered mode, a snapshot and derived memory thrown away do not show", async () => {
    const rows: FaultRow[] = [
      { ...flip, trigger: FaultTrigger.TIME, due: 1_234_567n },
      { ...flip, trigger: FaultTrigger.PC, source: 1, address: RAM_BASE + 8, left: 9, unit: 0 },
      {
        trigger: FaultTrigger.TIME,
        due: 700_001n,
        kind: FaultKind.STUCK_REGISTER,
        unit: 1,
        a: a1,
        b: 0xf,
        c: 0x5,
        length_ps: 900_000n,
      },
      {
        trigger: FaultTrigger.TIME,
        due: 5n,
        kind: FaultKind.SHARED,
        unit: 2,
        a: Disturbance.CORRUPT,
        rate: 0x4000_0000,
      },
    ];
    const make = async () => {
      const programs = { a: store, b: store };
      const machine = await smallMachine(
        { programs, shared: true, rates: { a: 100_000_000, b: 72_000_000 } },
        build,
      );
      for (const row of rows) machine.arm(row);
      return machine;
    };
    const whole = await make();
    whole.run(END_PS);
    const wanted = whole.digest();
    expect(rows.map((_, n) => whole.faultStatus(n)!.strikes > 0)).toEqual(rows.map(() => true));
    for (const step_ps of [1_000_003n, 77_777n, 9_999n]) {
      const sliced = await make();
      runInSteps(sliced, END_PS, step_ps);
      expect(sliced.digest(), `steps of ${step_ps} ps`).toBe(wanted);
    }
    const ordered = await make();
    ordered.setOrdered(true);
    ordered.run(END_PS);
    expect(ordered.digest(), "ordered").toBe(wanted);
    for (const at of [1n, 650_000n, 1_000_000n, 1_500_000n]) {
      const first = await make();
      first.run(at);
      const second = await make();
      second.run(END_PS);
      second.restore(first.snapshot());
      second.run(END_PS);
      expect(second.digest(), `snapshot at ${at} ps`).toBe(wanted);
      first.dropDerived();
      first.run(END_PS);
      expect(first.digest(), `derived memory dropped at ${at} ps`).toBe(wanted);
    }
  });

  test("without faults, and when they are forgotten, the digest is that of a clean run", async () => {
    const clean = await smallMachine({ programs: { n: count } }, build);
    const armed = await smallMachine({ programs: { n: count } }, build);
    armed.arm({ ...flip, trigger: FaultTrigger.TIME, due: END_PS });
    clean.run(END_PS);
    armed.run(END_PS);
    expect(armed.digest()).not.toBe(clean.digest());
    armed.disarm();
    expect(armed.digest()).toBe(clean.digest());
  });

  test("stuck bits of a register hold through every write, and no longer", async () => {
    const machine = await smallMachine({ programs: { n: count } }, build);
    machine.arm({
      trigger: FaultTrigger.TIME,
      due: TURN_PS * 10n,
      kind: FaultKind.STUCK_REGISTER,
      unit: 0,
      a: a0,
      b: 0b10,
      c: 0,
      length_ps: TURN_PS * 20n,
    });
    machine.run(TURN_PS * 30n); // 10 = 0b1010 became 0b1000, then 8, 9, 8, 9 ...
    expect(machine.readRegister(0, a0)).toBe(8);
    machine.run(TURN_PS * 40n);
    expect(machine.readRegister(0, a0)).toBe(18);
  });

  test("stuck bits of memory hold through every write of a hart and of the host", async () => {
    const base = RAM_BASE + 0x1000;
    const program = [
      ...asm.li(t0, base),
      { label: "loop" },
      asm.addi(a0, a0, 1),
      asm.sw(a0, t0, 0),
      asm.lw(a1, t0, 0),
      asm.to("loop", (offset) => asm.jal(zero, offset)),
    ];
    const machine = await smallMachine({ programs: { n: program } }, build);
    const at = machine.image.memories[0]!.address + 0x1000;
    const stuck = { kind: FaultKind.STUCK_MEMORY, unit: 0, a: at, b: 0x81, c: 0x80 };
    machine.arm({ trigger: FaultTrigger.TIME, due: 100_000n, ...stuck });
    machine.run(END_PS);
    expect(machine.readMemory(0, base, 1)[0]! & 0x81).toBe(0x80);
    expect(machine.readRegister(0, a1) & 0x81).toBe(0x80);
    machine.writeMemory(0, base, Uint8Array.of(0x7f));
    expect(machine.readMemory(0, base, 1)[0]).toBe(0xfe);
  });

  test.each<[string, number, number, (a0: number) => number]>([
    ["loses a write", Disturbance.DROP, 0, (value) => value - 1],
    ["tears a write", Disturbance.TEAR, 0b1110, (value) => ((value - 1) & 0xff) | (value & ~0xff)],
  ])("a shared memory %s", async (_name, a, b, expected) => {
    const programs = { a: store, b: count };
    const machine = await smallMachine({ programs, shared: true }, build);
    const row = { kind: FaultKind.SHARED, unit: 2, a, b, limit: 1 } as const;
    machine.arm({ trigger: FaultTrigger.TIME, due: 1_000_000n, ...row });
    let seen = 0;
    for (let at = 1_000_000n; at < END_PS && seen === 0; at += 10_000n) {
      machine.run(at);
      if (machine.faultStatus(0)!.strikes === 0) continue;
      machine.run(machine.now() + 60_000n);
      seen = machine.readRegister(0, a1);
      const value = machine.readRegister(0, a0);
      expect([value, value - 1].map(expected)).toContain(seen);
    }
    expect(seen).toBeGreaterThan(0);
    machine.run(END_PS);
    expect(machine.faultStatus(0)).toMatchObject({ state: "over", strikes: 1 });
  });

  test.each([
    ["read", FAULT_ON_READ],
    ["written", FAULT_ON_WRITE],
  ])("a fault waits until a shared word is %s the fourth time", async (_name, event) => {
    const programs = { a: store, b: count };
    const machine = await smallMachine({ programs, shared: true }, build);
    machine.arm({
      ...flip,
      trigger: FaultTrigger.ACCESS,
      source: 0,
      event,
      address: SHARED_BASE,
      bytes: 4,
      left: 3,
      a: a0,
      b: 0x1000,
    });
    machine.run(END_PS);
    expect(machine.faultStatus(0)!.strikes).toBe(1);
    expect(machine.readRegister(0, a0)).toBeGreaterThan(0x1000);
  });

  test("a pause ends, and the node goes on where it stood", async () => {
    const machine = await smallMachine({ programs: { n: count } }, build);
    const pause = { kind: FaultKind.PAUSE, unit: 0, length_ps: 900_000n };
    machine.arm({ trigger: FaultTrigger.TIME, due: 900_000n, ...pause });
    machine.run(END_PS);
    expect(machine.readRegister(0, a0)).toBe(70);
  });

  test("a hung node does nothing until its next reset", async () => {
    const machine = await smallMachine({ programs: { n: count } }, build);
    machine.arm({ trigger: FaultTrigger.TIME, due: 900_000n, kind: FaultKind.HANG, unit: 0 });
    machine.run(END_PS);
    expect(machine.readRegister(0, a0)).toBe(30);
    machine.inject(FaultKind.RESET, 0);
    machine.run(END_PS + 160_000n + 300_000n);
    expect(machine.readRegister(0, a0)).toBe(10);
  });

  test("a wire that is held inverted comes back", async () => {
    const drive = [...asm.li(t0, GPIO_BASE), ...asm.li(t1, 1), asm.sw(t1, t0, 0), ...count];
    const wires = [{ from: "a.gpio.out0", to: "b.gpio.in0", latency_cycles: 2 }];
    const programs = { a: drive, b: count };
    const machine = await smallMachine({ programs, devices: ["gpio"], wires }, build);
    const wire = machine.image.wires.find(({ name }) => name.startsWith("a.gpio.out0"))!.unit;
    const level = () => machine.peekDevice(1, GPIO_BASE + 4);
    const row = { kind: FaultKind.WIRE_FORCE, unit: wire, a: 3, length_ps: 1_000_000n };
    machine.arm({ trigger: FaultTrigger.TIME, due: 1_000_000n, ...row });
    machine.run(1_000_000n);
    expect(level()).toBe(1);
    machine.run(1_500_000n);
    expect(level()).toBe(0);
    machine.run(END_PS);
    expect(level()).toBe(1);
  });

  test("a link loses, doubles, spoils and delays frames, and the guests send them again", async () => {
    for (const a of [
      Disturbance.DROP,
      Disturbance.DUPLICATE,
      Disturbance.CORRUPT,
      Disturbance.DELAY,
    ]) {
      const machine = await modelMachine("two-nodes", build);
      const row = { kind: FaultKind.LINK, unit: machine.image.links[0]!.unit, a, limit: 3 };
      machine.arm({ trigger: FaultTrigger.TIME, due: 14n * 10n ** 9n, ...row, delay_ps: 50_000n });
      machine.run(100n * 10n ** 9n);
      expect(machine.faultStatus(0), String(a)).toMatchObject({ state: "over", strikes: 3 });
      const text = new TextDecoder().decode(machine.uart("a.uart0").drain());
      expect(text, String(a)).toContain("a: all checks passed");
    }
  });

  test("a line to the outside loses and spoils characters, each way", async () => {
    const machine = await modelMachine("console-board", build);
    const unit = machine.image.uarts[0]!.unit;
    const start = 100n * 10n ** 9n;
    const at = { trigger: FaultTrigger.TIME, due: start, unit, limit: 1 } as const;
    machine.arm({ ...at, kind: FaultKind.LINE_IN, a: Disturbance.DROP });
    machine.arm({ ...at, kind: FaultKind.LINE_IN, a: Disturbance.CORRUPT, b: 0x20 });
    machine.arm({ ...at, kind: FaultKind.LINE_OUT, a: Disturbance.CORRUPT, b: 1 });
    machine.run(start + 1n);
    machine.uart("board.uart0").drain();
    machine.uart("board.uart0").push(new TextEncoder().encode("xecho hi\r"));
    machine.run(2n * start);
    const text = new TextDecoder().decode(machine.uart("board.uart0").drain());
    expect(text).toMatch(/^Dcho hi/); // x lost, e spoiled to E, its echo spoiled to D
    expect([0, 1, 2].map((n) => machine.faultStatus(n)!.strikes)).toEqual([1, 1, 1]);
  });
});
