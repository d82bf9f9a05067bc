/** The machine layer, by the cycle: halts, idleness, shared memory, wires, resets. */
import { describe, expect, test } from "vitest";
import * as asm from "../../../host/reference/assembler.js";
import { BUILDS } from "../../support/core.js";
import {
  CLINT_BASE,
  GPIO_BASE,
  RAM_BASE,
  SHARED_BASE,
  STATUS_BASE,
  smallMachine,
  WATCHDOG_BASE,
  word,
} from "../../support/small-machine.js";

const { R } = asm;
const { zero, t0, t1, t2, a0, a1, a2 } = R;
const MCYCLE = 0xb00;
const NS10 = 10_000n; // a cycle of 100 MHz
const RESULT = RAM_BASE + 0x1000;

const nops = (count: number): number[] => Array.from({ length: count }, () => asm.addi(0, 0, 0));
const stop = [{ label: "stop" }, asm.wfi(), asm.to("stop", (offset) => asm.jal(0, offset))];
/** a2 points at the results; t0 at what is accessed. */
const pointers = (base: number) => [...asm.li(a2, RESULT), ...asm.li(t0, base)];

describe.each(BUILDS)("machine (%s)", (build) => {
  test("a power-off by the only hart stops the machine at the end of the store", async () => {
    const program = [...asm.li(t0, STATUS_BASE), ...asm.li(t1, 7), asm.sw(t1, t0, 0x10), ...stop];
    const machine = await smallMachine({ programs: { n: program }, devices: ["status"] }, build);
    expect(machine.run(10n ** 12n)).toBe("halt");
    expect(machine.halt()).toMatchObject({ kind: "power", value: 7, unit: "n.status" });
    expect(machine.now()).toBe(6n * NS10); // two lui, two addi, a store of two cycles
    expect(machine.run(10n ** 12n)).toBe("halt");
    expect(machine.now()).toBe(6n * NS10);
  });

  test("with two harts it stops all of them one halt latency later, wherever they are", async () => {
    const off = [...asm.li(t0, STATUS_BASE), asm.sw(zero, t0, 0x10), ...stop];
    const count = [{ label: "loop" }, asm.addi(a0, a0, 1), asm.to("loop", (o) => asm.jal(0, o))];
    const what = {
      programs: { a: off, b: count },
      devices: ["status"] as const,
      halt_latency: "300ns",
    };
    const machine = await smallMachine(what, build);
    expect(machine.run(10n ** 12n)).toBe("halt");
    expect(machine.now()).toBe(4n * NS10 + 300_000n); // the store ends with cycle 3
    expect(machine.hartViews()[1]!.cycles).toBe(34n);
    expect(machine.readRegister(1, a0)).toBe(12);
    expect(machine.hartViews()[0]!.retired).toBe(3n);
  });

  test("of two halts the earlier one counts, in whatever order the harts are executed", async () => {
    const off = (wait: number, value: number) => [
      ...asm.li(t0, STATUS_BASE),
      ...asm.li(t1, value),
      ...nops(wait),
      asm.sw(t1, t0, 0x10),
      ...stop,
    ];
    for (const ordered of [false, true]) {
      const programs = { a: off(500, 1), b: off(100, 2) };
      const machine = await smallMachine({ programs, devices: ["status"] }, build);
      machine.setOrdered(ordered);
      expect(machine.run(10n ** 12n)).toBe("halt");
      expect(machine.halt()).toMatchObject({ value: 2, unit: "b.status" });
      expect(machine.now()).toBe(106n * NS10 + 100_000_000n);
    }
  });

  test.each([1_400_000n, 1_572_863n, 1_572_864n, 1_572_865n, 30_000_000n])(
    "a hart that waits for a timer %d ticks away is not idle, and wakes",
    async (ticks) => {
      const program = [
        ...asm.li(t0, CLINT_BASE + 0x4000),
        ...asm.li(t1, Number(ticks)),
        asm.sw(t1, t0, 0),
        asm.sw(zero, t0, 4),
        ...asm.li(t1, 1 << 7),
        asm.csrrs(zero, 0x304, t1),
        asm.wfi(),
        asm.addi(a0, zero, 1),
        ...stop,
      ];
      const machine = await smallMachine({ programs: { n: program }, devices: ["clint"] }, build);
      const due = ticks * 100_000n; // 10 MHz
      expect(machine.run(due - 1n, { stopWhenIdle: true })).toBe("time");
      expect(machine.readRegister(0, a0)).toBe(0);
      expect(machine.run(due + 1_000_000n, { stopWhenIdle: true })).toBe("time");
      expect(machine.readRegister(0, a0)).toBe(1);
    },
  );

  test("a call comes back in time though only events happen", async () => {
    const program = [
      ...asm.li(t0, WATCHDOG_BASE),
      ...asm.li(t1, 1),
      asm.sw(t1, t0, 4),
      asm.sw(t1, t0, 0),
      ...stop,
    ];
    const machine = await smallMachine({ programs: { n: program }, devices: ["watchdog"] }, build);
    expect(machine.runSlice(10n ** 12n)).toBe("slice");
    expect(() => machine.inject(1, 0, 5, 1)).toThrow(/stands at a time/);
  });

  test("a pc set between the halves of a crossing shared access gives the access up", async () => {
    const program = [
      ...asm.li(t0, SHARED_BASE),
      asm.lw(t1, t0, 2),
      ...nops(4),
      asm.addi(a0, zero, 9),
      ...stop,
    ];
    const machine = await smallMachine({ programs: { n: program }, shared: true }, build);
    machine.run(3n * NS10);
    machine.writePc(0, RAM_BASE + 20);
    machine.run(10_000_000n);
    expect(machine.readRegister(0, a0)).toBe(9);
  });

  test("harts that sleep with nothing to wake them are idle, from the end of the last wfi", async () => {
    const machine = await smallMachine({ programs: { n: [...nops(5), ...stop] } }, build);
    expect(machine.run(10n ** 12n, { stopWhenIdle: true })).toBe("idle");
    expect(machine.hartViews()[0]!.retired).toBe(6n);
    const idle = machine.now();
    expect(machine.run(10n ** 12n, { stopWhenIdle: true })).toBe("idle");
    expect(machine.now()).toBe(idle);
  });

  test("an uncontended shared load waits for the memory's latency, nothing else", async () => {
    const read = (base: number) => [
      ...pointers(base),
      asm.csrrs(t1, MCYCLE, zero),
      asm.lw(a0, t0, 0),
      asm.csrrs(t2, MCYCLE, zero),
      asm.sub(t2, t2, t1),
      asm.sw(t2, a2, 0),
      ...stop,
    ];
    const programs = { near: read(RAM_BASE), far: read(SHARED_BASE) };
    const machine = await smallMachine({ programs, shared: true }, build);
    machine.run(10_000_000n);
    expect(word(machine, 0, RESULT)).toBe(3); // csrr 1, lw 2
    expect(word(machine, 1, RESULT)).toBe(5); // two wait states more
  });

  test.each([1, 2, 3])(
    "a shared word at offset %i crosses: two accesses, the second one later",
    async (offset) => {
      const program = [
        ...pointers(SHARED_BASE),
        ...asm.li(a1, 0x11223344),
        asm.sw(a1, t0, offset),
        asm.csrrs(t1, MCYCLE, zero),
        asm.lw(a0, t0, offset),
        asm.csrrs(t2, MCYCLE, zero),
        asm.sub(t2, t2, t1),
        asm.sw(t2, a2, 0),
        ...stop,
      ];
      const machine = await smallMachine({ programs: { n: program }, shared: true }, build);
      machine.run(10_000_000n);
      expect(machine.readRegister(0, a0)).toBe(0x11223344);
      const bytes = [...machine.readMemory(0, SHARED_BASE, 8)];
      expect(bytes.slice(offset, offset + 4)).toEqual([0x44, 0x33, 0x22, 0x11]);
      expect(bytes.reduce((sum, byte) => sum + byte)).toBe(0xaa);
      expect(word(machine, 0, RESULT)).toBe(1 + 3 + 2 * 2); // csrr, a crossing load, two latencies
    },
  );

  test("of two loads in one cycle the arbiter delays the loser by one cycle, in turn", async () => {
    const twice = [
      ...pointers(SHARED_BASE),
      asm.csrrs(t1, MCYCLE, zero),
      asm.lw(a0, t0, 0),
      asm.csrrs(t2, MCYCLE, zero),
      asm.sub(t2, t2, t1),
      asm.sw(t2, a2, 0),
      ...stop,
    ];
    const programs = { a: twice, b: twice, c: twice };
    const machine = await smallMachine({ programs, shared: true }, build);
    machine.run(10_000_000n);
    expect([0, 1, 2].map((hart) => word(machine, hart, RESULT))).toEqual([5, 6, 7]);
  });

  test("AMO and LR/SC by three harts of different clocks lose no increment", async () => {
    const ROUNDS = 200;
    const increment = [
      ...pointers(SHARED_BASE),
      ...asm.li(a1, ROUNDS),
      ...asm.li(t1, 1),
      { label: "amo" },
      asm.amoadd_w(zero, t0, t1),
      asm.addi(t0, t0, 64),
      { label: "retry" },
      asm.lr_w(t2, t0),
      asm.addi(t2, t2, 1),
      asm.sc_w(a0, t0, t2),
      asm.to("retry", (offset) => asm.bne(a0, zero, offset)),
      asm.addi(t0, t0, -64),
      asm.addi(a1, a1, -1),
      asm.to("amo", (offset) => asm.bne(a1, zero, offset)),
      ...stop,
    ];
    const rates = { a: 100_000_000, b: 72_000_000, c: 99_999_999 };
    const programs = { a: increment, b: increment, c: increment };
    const machine = await smallMachine({ programs, rates, shared: true }, build);
    expect(machine.run(10n ** 10n, { stopWhenIdle: true })).toBe("idle");
    expect(word(machine, 0, SHARED_BASE)).toBe(3 * ROUNDS);
    expect(word(machine, 0, SHARED_BASE + 64)).toBe(3 * ROUNDS);
  });

  test("a store by another hart to the reserved granule makes the SC fail", async () => {
    const reserve = [
      ...pointers(SHARED_BASE),
      asm.lr_w(t1, t0),
      ...nops(30),
      asm.sc_w(a0, t0, zero),
      ...stop,
    ];
    const disturb = (offset: number) => [
      ...asm.li(t0, SHARED_BASE + offset),
      ...nops(12),
      asm.sw(t0, t0, 0),
      ...stop,
    ];
    for (const [offset, failed] of [
      [12, 1],
      [16, 0],
    ] as const) {
      const programs = { a: reserve, b: disturb(offset) };
      const machine = await smallMachine({ programs, shared: true }, build);
      machine.run(10_000_000n);
      expect(machine.readRegister(0, a0), `store at +${offset}`).toBe(failed);
    }
  });

  test("a wire is seen by the other node after its latency, counted at the receiver's edges", async () => {
    const LATENCY = 40;
    const drive = [...asm.li(t0, GPIO_BASE), ...asm.li(t1, 1), asm.sw(t1, t0, 0), ...stop];
    const watch = [
      ...pointers(GPIO_BASE),
      { label: "poll" },
      asm.lw(t1, t0, 4),
      asm.to("poll", (offset) => asm.beq(t1, zero, offset)),
      asm.csrrs(t2, MCYCLE, zero),
      asm.sw(t2, a2, 0),
      ...stop,
    ];
    const wires = [{ from: "a.gpio.out3", to: "b.gpio.in3", latency_cycles: LATENCY }];
    const machine = await smallMachine(
      { programs: { a: [asm.addi(0, 0, 0), ...drive], b: watch }, devices: ["gpio"], wires },
      build,
    );
    machine.run(10_000_000n);
    expect(word(machine, 1, RESULT), "out0 is not out3").toBe(0);
    const right = await smallMachine(
      {
        programs: { a: drive, b: watch },
        devices: ["gpio"],
        wires: [{ from: "a.gpio.out0", to: "b.gpio.in3", latency_cycles: LATENCY }],
      },
      build,
    );
    right.run(10_000_000n);
    // The store starts in cycle 4, so the edge falls in cycle 44. Polls start in cycles 4, 9, 14
    // ... 44 (lw 2, taken branch 3): the poll of cycle 44 sees it; not taken; mcycle in cycle 47.
    expect(word(right, 1, RESULT)).toBe(47 + 3);
  });

  test("a software reset starts the node again 16 cycles later and says why", async () => {
    const program = [
      ...asm.li(t0, STATUS_BASE),
      asm.lw(a0, t0, 0x08),
      asm.lw(a1, t0, 0x20),
      asm.to("again", (offset) => asm.bne(a1, zero, offset)),
      ...asm.li(t1, 1),
      asm.sw(t1, t0, 0x20),
      asm.sw(t1, t0, 0x0c),
      { label: "again" },
      ...stop,
    ];
    const machine = await smallMachine({ programs: { n: program }, devices: ["status"] }, build);
    machine.run(10_000_000n);
    expect(machine.readRegister(0, a0)).toBe(3);
    // Nine instructions up to the reset, then six: four, the taken branch, wfi.
    expect(machine.hartViews()[0]!.retired).toBe(9n + 6n);
    expect(machine.readRegister(0, t1)).toBe(0);
  });

  test("a watchdog that nobody kicks resets its node at the second expiry, again and again", async () => {
    const program = [
      ...asm.li(t0, WATCHDOG_BASE),
      ...asm.li(t1, 1000),
      asm.sw(t1, t0, 4),
      ...asm.li(t1, 3),
      asm.sw(t1, t0, 0),
      ...stop,
    ];
    const machine = await smallMachine({ programs: { n: program }, devices: ["watchdog"] }, build);
    const resets: bigint[] = [];
    machine.setTrace([11], (records) => resets.push(...records.map((r) => r.time_ps / NS10)));
    machine.run(7000n * NS10);
    // Enabled by the store of cycle 8; then every 2000 cycles plus 16 of reset and 8 of program.
    expect(resets).toEqual([2008n, 4032n, 6056n]);
  });
});
