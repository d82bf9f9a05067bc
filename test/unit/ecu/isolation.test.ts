/** No way into the other block: specs/dual-block-mcu.md, sections 1 and 5 (lines 1 and 2). */
import { describe, expect, test } from "vitest";
import { TraceKind } from "../../../assembly/kernel/abi.js";
import type { Machine } from "../../../host/core/machine.js";
import type { Snapshot } from "../../../host/core/snapshot.js";
import * as asm from "../../../host/reference/assembler.js";
import { BUILDS } from "../../support/core.js";
import * as ecu from "../../support/ecu.js";
import { randomLoop } from "../../support/ecu-programs.js";
import { draws, printedSeed } from "../../support/seeded.js";

const { zero, t0, t1, t2, a0, a1, s0 } = asm.R;

/** Every way of touching an address: what it is, the instruction, its cause and bytes. */
const ACCESSES: readonly [name: string, item: number, cause: number, width: number][] = [
  ["lb", asm.lb(a0, t0, 0), 5, 1],
  ["lbu", asm.lbu(a0, t0, 0), 5, 1],
  ["lh", asm.lh(a0, t0, 0), 5, 2],
  ["lhu", asm.lhu(a0, t0, 0), 5, 2],
  ["lw", asm.lw(a0, t0, 0), 5, 4],
  ["sb", asm.sb(t1, t0, 0), 7, 1],
  ["sh", asm.sh(t1, t0, 0), 7, 2],
  ["sw", asm.sw(t1, t0, 0), 7, 4],
  ["lr.w", asm.lr_w(a0, t0), 5, 4],
  ["sc.w", asm.sc_w(a0, t0, t1), 7, 4],
  ["amoswap.w", asm.amoswap_w(a0, t0, t1), 7, 4],
  ["amoadd.w", asm.amoadd_w(a0, t0, t1), 7, 4],
  ["jump", asm.jalr(zero, t0, 0), 1, 2],
];
const ATOMIC = /^(lr|sc|amo)/;

/** Addresses in the other block: first and last words of every device, and places between. */
function targets(other: number): number[] {
  const base = ecu.blockBase(other);
  const places = Object.values(ecu.PLACES).flatMap((offset) => [offset, offset + 4, offset + 0x24]);
  const ends = [0x3_fffc, 0x10_fffc, 0x1f_fffc, 0x29_0000, 0xff_fffc];
  return [...places, ...ends].map((offset) => base + offset);
}

/** Does one access, then notes cause, address, result and cycles in the block's RAM, and rests. */
function intruder(block: number, address: number, item: number): ecu.Items {
  const ram = ecu.ramOf(block);
  return [
    asm.to("start", (offset) => asm.jal(zero, offset)),
    { label: "handler" }, // at 0x84
    ...asm.li(s0, ram),
    asm.csrrs(t1, 0x342, zero),
    asm.sw(t1, s0, 0),
    asm.csrrs(t1, 0x343, zero),
    asm.sw(t1, s0, 4),
    asm.sw(a0, s0, 8),
    ...ecu.SPIN,
    { label: "start" },
    ...asm.li(t2, 0x84),
    asm.csrrw(zero, 0x305, t2),
    ...asm.li(t0, address),
    ...asm.li(t1, 0x5a5a_5a5a),
    ...asm.li(a0, 0x1234_5678),
    item,
    ...asm.li(s0, ram),
    asm.sw(a0, s0, 8),
    asm.to("spin", (offset) => asm.jal(zero, offset)),
  ];
}

const withAtomics = (file: ecu.MachineJson) => {
  for (const node of Object.values(file.nodes) as ecu.MachineJson[]) node.isa = "rv32imac";
};
const ignoring = (file: ecu.MachineJson) => {
  withAtomics(file);
  for (const node of Object.values(file.nodes) as ecu.MachineJson[]) {
    for (const place of Object.values(node.foreign) as ecu.MachineJson[]) place.answer = "ignore";
  }
};

/** Everything that belongs to a block, byte for byte: its units' blocks and its memories. */
function stateOf(machine: Machine, block: number): Buffer {
  const { units, memories } = machine.image;
  const own = units
    .filter(({ name }) => name === `block${block}` || name.startsWith(`block${block}.`))
    .map((unit) => machine.linear(unit.block, unit.blockBytes));
  const bytes = memories
    .filter(({ hart }) => hart === block)
    .map(({ address, size }) => machine.linear(address, size));
  return Buffer.concat([...own, ...bytes]);
}

const word = (machine: Machine, block: number, offset: number): number => {
  const bytes = machine.readMemory(block, ecu.ramOf(block) + offset, 4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
};

interface Attempt {
  readonly isolation: readonly string[];
  /** Trace of the other block. */
  readonly other: readonly string[];
}

/** A machine in which one block tries things again and again from the start. */
class Stage {
  private constructor(
    readonly machine: Machine,
    private readonly start: Snapshot,
    private readonly block: number,
  ) {}

  static async of(block: number, other: ecu.Items, options: ecu.EcuOptions): Promise<Stage> {
    const programs = block === 0 ? [ecu.SPIN, other] : [other, ecu.SPIN];
    const machine = await ecu.ecuMachine(programs, options);
    return new Stage(machine, machine.snapshot(), block);
  }

  /** Runs `items` in the block from time 0 to cycle 400. */
  attempt(items: ecu.Items): Attempt {
    const { machine, block } = this;
    machine.restore(this.start);
    const { bytes } = asm.assemble(ecu.BOOT, items);
    const rom = machine.image.memories.find(({ name }) => name === `block${block}.rom`)!;
    machine.poke(rom.address + ecu.BOOT, bytes);
    const isolation: string[] = [];
    const other: string[] = [];
    const { units } = machine.image;
    const kinds = [TraceKind.ISOLATION, TraceKind.RETIRE, TraceKind.BUS, TraceKind.WIRE];
    machine.setTrace([...kinds, TraceKind.TRAP, TraceKind.INTERRUPT], (records) => {
      for (const { time_ps, unit, kind, a, b, c, d } of records) {
        if (kind === TraceKind.ISOLATION) isolation.push(`${unit} ${a >>> 0} ${b} ${d}`);
        if (units[unit]?.name.startsWith(`block${block}`)) continue;
        other.push(`${time_ps} ${unit} ${kind} ${a} ${b} ${c} ${d}`);
      }
    });
    machine.run(ecu.cycles(400));
    return { isolation, other };
  }
}

/** A block at work: its loop touches RAM, shared RAM, timer; PWM runs. */
function victim(block: number): ecu.Items {
  const pwm = ecu.blockBase(block) + ecu.PLACES.pwm;
  return [
    ...ecu.poke(pwm + 0x08, 40),
    ...ecu.poke(pwm + 0x10, 20),
    ...ecu.poke(pwm, 3),
    ...randomLoop(draws(7), block, 40),
  ];
}

const KIND_OF = (name: string): number =>
  name === "jump"
    ? 0
    : name === "lr.w"
      ? 3
      : name === "sc.w"
        ? 4
        : ATOMIC.test(name)
          ? 5
          : name.startsWith("l")
            ? 1
            : 2;

/** Something harmless, so that there is something to compare with. */
const quietOf = (block: number) => intruder(block, ecu.ramOf(block), asm.lw(a1, t0, 0));

describe.each(BUILDS)("isolation (%s)", (build) => {
  test.each([0, 1])(
    "block %i: accesses to the other block fault and leave no mark there",
    async (block) => {
      const other = 1 - block;
      const stage = await Stage.of(block, victim(other), { build, change: withAtomics });
      const { machine } = stage;
      const quiet = stage.attempt(quietOf(block));
      const state = stateOf(machine, other);
      let done = 0;
      for (const address of targets(other)) {
        for (const [name, item, cause, width] of ACCESSES) {
          const seen = stage.attempt(intruder(block, address, item));
          const what = `${name} of block ${block} at 0x${address.toString(16)}`;
          expect(word(machine, block, 0), what).toBe(cause);
          expect(word(machine, block, 4), what).toBe(address);
          expect(word(machine, block, 8), `${what}: rd`).toBe(0x1234_5678);
          expect(seen.isolation, what).toEqual([`${block} ${address} ${KIND_OF(name)} ${width}`]);
          expect(seen.other, what).toEqual(quiet.other);
          expect(stateOf(machine, other).equals(state), `${what}: state`).toBe(true);
          done += 1;
        }
      }
      expect(done).toBeGreaterThan(450);
      expect(quiet.other.length).toBeGreaterThan(100);
    },
  );

  test("accesses that cross a word fault at their own address", async () => {
    const stage = await Stage.of(0, ecu.SPIN, { build, change: withAtomics });
    // Both words are foreign; only the second one is (the first is nobody's).
    for (const address of [0x1100_0001, 0x10ff_ffff]) {
      const { isolation } = stage.attempt(intruder(0, address, asm.lw(a0, t0, 0)));
      expect([word(stage.machine, 0, 0), word(stage.machine, 0, 4)]).toEqual([5, address]);
      expect(isolation.length).toBeGreaterThan(0);
    }
  });

  test('foreign "ignore": loads read 0, stores are dropped, fetches and atomics fault', async () => {
    const stage = await Stage.of(0, victim(1), { build, change: ignoring });
    const { machine } = stage;
    const quiet = stage.attempt(quietOf(0));
    const state = stateOf(machine, 1);
    for (const address of targets(1)) {
      for (const [name, item, cause, width] of ACCESSES) {
        const seen = stage.attempt(intruder(0, address, item));
        const what = `${name} at 0x${address.toString(16)}`;
        const faults = name === "jump" || ATOMIC.test(name);
        expect(word(machine, 0, 0), what).toBe(faults ? cause : 0);
        expect(word(machine, 0, 8), what).toBe(cause === 5 && !faults ? 0 : 0x1234_5678);
        expect(seen.isolation, what).toEqual([`0 ${address} ${KIND_OF(name)} ${width}`]);
        expect(seen.other, what).toEqual(quiet.other);
        expect(stateOf(machine, 1).equals(state), `${what}: state`).toBe(true);
      }
    }
  });

  test("the other block's switch can be read, by way of the monitor, but not be written", async () => {
    const stage = await Stage.of(0, ecu.SPIN, { build });
    stage.attempt(intruder(0, 0x3000_2000, asm.lw(a0, t0, 0)));
    expect([word(stage.machine, 0, 0), word(stage.machine, 0, 8)]).toEqual([0, 0]); // before 10 us
    stage.machine.run(ecu.cycles(2000));
    expect(stage.machine.peekDevice(0, 0x3000_2000)).toBe(1);
    stage.attempt(intruder(0, 0x3000_2000, asm.sw(t1, t0, 0)));
    expect([word(stage.machine, 0, 0), word(stage.machine, 0, 4)]).toEqual([7, 0x3000_2000]);
    expect(stage.machine.peekDevice(1, 0x3000_2004)).toBe(1); // block 1 is still on its feeder
  });

  test("the second core of a lockstep pair has no way across either", async () => {
    const stage = await Stage.of(0, victim(1), { build, change: withAtomics });
    stage.machine.setLockstepForced(true);
    for (const [name, item, cause] of ACCESSES) {
      stage.attempt(intruder(0, 0x1120_0010, item));
      expect(word(stage.machine, 0, 0), name).toBe(cause);
      expect(stage.machine.peekDevice(0, 0x1026_000c), `${name}: no mismatch`).toBe(0);
    }
  });
});

describe.each(BUILDS)("shared RAM (%s)", (build) => {
  /** Meets the other block at a cycle, then stores its number and reads the clock. */
  const store = (block: number) => [
    ...asm.li(t0, ecu.SHARED),
    ...asm.li(t1, 0x100 + block),
    { label: "loop" },
    asm.sw(t1, t0, 0),
    asm.to("loop", (offset) => asm.jal(zero, offset)),
  ];

  test("both reach it as memory; of accesses in one cycle block 0's is first, then they alternate", async () => {
    const machine = await ecu.ecuMachine([store(0), store(1)], { build });
    const order: [number, number][] = [];
    machine.setTrace([TraceKind.RETIRE], (records) => {
      for (const { unit, a, c, time_ps } of records) {
        if (a === ecu.BOOT + 16) order.push([unit, Number(time_ps / 12_500n), c] as never);
      }
    });
    machine.run(ecu.cycles(400));
    // sw is 2 cycles and 2 of latency; the loser of a tie waits one more.
    expect(order.slice(0, 4).map(([unit]) => unit)).toEqual([0, 1, 0, 1]);
    const costs = new Set(order.map((row) => (row as unknown as number[])[2]));
    expect([...costs].sort()).toEqual([4, 5]);
    expect(order.length).toBeGreaterThan(50);
  });

  test("equal digests in slices of one cycle, in huge ones, and in order", async () => {
    const draw = draws(printedSeed("shared RAM"));
    const programs = [0, 1].map((k) => randomLoop(draw, k, 50, { shared: true }));
    const end = 4000;
    const run = async (step: number, ordered = false) => {
      const machine = await ecu.ecuMachine(programs, { build });
      machine.setOrdered(ordered);
      for (let cycle = step; cycle < end; cycle += step) machine.run(ecu.cycles(cycle));
      machine.run(ecu.cycles(end));
      return machine.digest();
    };
    const digest = await run(end);
    expect(await run(1)).toBe(digest);
    expect(await run(end, true)).toBe(digest);
  });
});
