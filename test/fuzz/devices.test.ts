/** Random accesses, inputs and time against every device, on both builds at once. */
import { expect, test } from "vitest";
import { devices } from "../../scripts/registers.mjs";
import { Bench } from "../support/device-bench.js";
import { VARIANTS } from "../support/entry-build.js";
import { type Draw, draws, printedSeed } from "../support/seeded.js";
import { limit_ms, Progress, SOAK } from "../support/soak.js";

const SEQUENCES = SOAK ? 20_000 : 60;
const STEPS = 150;

type Step = (bench: Bench) => unknown;

function drawAccess(draw: Draw, device: (typeof TABLES)[number]): Step {
  const { offset } = draw.pick(device.registers);
  const stray = draw.oneIn(20) ? draw.below(64) : offset;
  const width = draw.oneIn(20) ? draw.pick([1, 2, 4]) : device.bits / 8;
  if (draw.oneIn(2)) return (bench) => bench.read(stray, width);
  const value = draw.oneIn(2) ? draw.word() : draw.pick([0, 1, 3, 0x5afe_c0de, 0x83, 0x10]);
  return (bench) => bench.write(stray, width, value);
}

function drawStep(draw: Draw, device: (typeof TABLES)[number]): Step {
  const uart = device.name === "UART";
  const step = draw.below(uart ? 12 : 9);
  if (step < 5) return drawAccess(draw, device);
  if (step < 7) {
    const span = BigInt(draw.pick([1, 7, 16, 160, 3000, 1_000_000]));
    return (bench) => {
      const limit = bench.events + 3000; // LOAD = 1 is an event a cycle: bound the work, not time
      const to = bench.now + span;
      while (bench.due <= to && bench.events < limit) bench.run(bench.due);
      if (bench.due > to) bench.run(to);
    };
  }
  if (step === 7) {
    const levels = draw.word() | 0;
    return (bench) => bench.call("Input", levels, bench.now);
  }
  if (step === 8) {
    const cause = draw.oneIn(4) ? 1 + draw.below(4) : 0;
    return (bench) => (cause === 0 ? bench.peek(0) : bench.reset(cause));
  }
  if (step === 9) {
    const bytes = Uint8Array.from({ length: draw.below(40) }, () => draw.below(256));
    return (bench) => bench.push(bytes);
  }
  if (step === 10) {
    const bits = draw.pick([1, 9, 40, 65535, 65536]);
    return (bench) => bench.call("PushBreak", bits, bench.now);
  }
  const bitTime = (BigInt(draw.word()) << BigInt(draw.below(31))) | 1n;
  const [pattern, past] = [draw.word() | 0, BigInt(draw.below(400))];
  const bits = draw.pick([0, 1, 10, 32, -1]);
  return (bench) => {
    const start = bench.now > past ? bench.now - past : bench.now;
    return bench.call("ReceiveFrame", start, bitTime, pattern, bits, bench.now);
  };
}

/** The control page of a tile is no device of its own: the fabric's tests read and write it. */
const TABLES = devices().filter(({ name }) => name !== "EXCHANGE");
const SEED = printedSeed("devices fuzz");

test.each(TABLES.map((device) => device.name.toLowerCase()))(
  "%s: no access breaks it; builds agree; a peek changes nothing; due lies ahead",
  (name) => {
    const device = TABLES.find((each) => each.name.toLowerCase() === name)!;
    // On the bench the second core runs no cycle behind: what it finds is due in the same cycle.
    const lead = name === "lockstep" ? 0n : 1n;
    const progress = new Progress(`${name} fuzz`, SEQUENCES);
    for (let sequence = 0; sequence < SEQUENCES; sequence++) {
      const draw = draws(SEED * 1_000_003 + sequence);
      const benches = VARIANTS.map((variant) => new Bench(variant, name));
      for (let index = 0; index < STEPS; index++) {
        const step = drawStep(draw, device);
        const [a, b] = benches.map((bench) => step(bench));
        const place = `seed ${SEED}, sequence ${sequence}, step ${index}`;
        expect(a, place).toEqual(b);
        const [one, two] = [benches[0]!, benches[1]!];
        const before = one.bytes;
        expect(Buffer.compare(before, two.bytes), place).toBe(0);
        for (const { offset } of device.registers) one.peek(offset);
        expect(Buffer.compare(before, one.bytes), place).toBe(0);
        expect(one.due >= one.now + lead, `${place}: due ${one.due} at ${one.now}`).toBe(true);
      }
      expect(benches[0]!.bells).toEqual(benches[1]!.bells);
      progress.step();
    }
  },
  limit_ms(10),
);
