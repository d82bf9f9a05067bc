/** The motor against its own equations, in floating point and with steps a tenth as long. */
import { expect, test } from "vitest";
import { Bench, SCRATCH } from "../../support/device-bench.js";
import { VARIANTS } from "../../support/entry-build.js";

const STEP_S = 10e-6;
const SUB = 10;
const PARAM4 = 20; // offset of PARAM4 behind PARAM0
const [R, L, PSI, P, J, B, LOAD, SUPPLY] = [0.1, 100e-6, 0.02, 4, 0.5e-3, 0.01, 0.05, 48] as const;
const PERIOD_CYCLES = 800; // of a step at 80 MHz
/** Of a PWM unit with a very fast clock, so that on-times are hardly rounded. */
const WINDOW = 800_000;

/** On-times of the high switches of a step, as parts of it: [set][phase]. */
type Duty = (step: number) => readonly (readonly number[])[];

interface Motion {
  readonly currents: number[][];
  angle: number; // of the shaft, rad
  speed: number; // rad/s
  torque: number;
}

/** The equations of the header with short Euler steps; switches are never both off. */
function reference(duty: Duty, steps: number): Motion {
  const m: Motion = { currents: [0, 1].map(() => [0, 0, 0]), angle: 0, speed: 0, torque: 0 };
  for (let step = 0; step < steps; step++) {
    const parts = duty(step);
    for (let sub = 0; sub < SUB; sub++) {
      const dt = STEP_S / SUB;
      let torque = 0;
      m.currents.forEach((currents, set) => {
        const sines = [0, 1, 2].map((x) => Math.sin(P * m.angle - (x * 2 * Math.PI) / 3));
        const drive = [0, 1, 2].map(
          (x) => SUPPLY * parts[set]![x]! + P * m.speed * PSI * sines[x]!,
        );
        const star = (drive[0]! + drive[1]! + drive[2]!) / 3;
        currents.forEach((current, x) => {
          currents[x] = current + ((drive[x]! - star - R * current) * dt) / L;
          torque -= P * PSI * currents[x]! * sines[x]!;
        });
      });
      const pull = torque - B * m.speed;
      const held = Math.abs(m.speed) < 1e-6 && Math.abs(pull) < LOAD;
      m.speed += held ? 0 : ((pull - Math.sign(m.speed || pull) * LOAD) * dt) / J;
      m.angle += m.speed * dt;
      m.torque = torque;
    }
  }
  return m;
}

/** The same on the device; sensors are read as a converter would. */
function device(variant: (typeof VARIANTS)[number], duty: Duty, steps: number): Bench {
  const bench = new Bench(variant, "plant");
  new DataView(bench.memory.buffer).setUint32(SCRATCH + PARAM4, PERIOD_CYCLES, true);
  bench.reset(1);
  for (let step = 0; step < steps; step++) {
    duty(step).forEach((phases, set) => {
      phases.forEach((part, phase) => {
        const high = Math.round(part * WINDOW);
        bench.call("Phase", set, phase, high, WINDOW - high, WINDOW);
      });
    });
    bench.run(bench.due);
  }
  return bench;
}

const sensor = (bench: Bench, set: number, channel: number): number =>
  bench.call("Sensor", set, channel) as number;
const current = (bench: Bench, set: number, phase: number) =>
  (sensor(bench, set, phase) - 2048) / 100;

const turning: Duty = (step) => {
  const angle = (step * 2 * Math.PI) / 2000; // 50 Hz electrical
  const phases = [0, 1, 2].map((x) => 0.5 + 0.05 * Math.cos(angle - (x * 2 * Math.PI) / 3));
  return [phases, phases.map((part) => 0.5 + (part - 0.5) / 2)];
};

test.each(VARIANTS)(
  "plant (%s): currents, angle and torque are those of the equations",
  (variant) => {
    for (const steps of [50, 200, 400, 800]) {
      const want = reference(turning, steps);
      const bench = device(variant, turning, steps);
      for (const set of [0, 1]) {
        for (const phase of [0, 1, 2]) {
          const difference = current(bench, set, phase) - want.currents[set]![phase]!;
          expect(Math.abs(difference), `set ${set}, phase ${phase}, ${steps} steps`).toBeLessThan(
            0.4,
          );
        }
      }
      const turns = sensor(bench, 0, 4) / 65536;
      const wanted = want.angle / (2 * Math.PI);
      const apart = Math.abs(turns - (wanted - Math.floor(wanted)));
      expect(Math.min(apart, 1 - apart)).toBeLessThan(0.01);
      expect(Math.abs((sensor(bench, 0, 5) - 32768) / 1000 - want.torque)).toBeLessThan(0.05);
    }
  },
);

test("plant: a set whose switches are all off loses its current and takes none up again", () => {
  const bench = device(
    "release",
    () => [
      [0.6, 0.45, 0.45],
      [0.5, 0.5, 0.5],
    ],
    20,
  );
  expect(Math.abs(current(bench, 0, 0))).toBeGreaterThan(3);
  for (let step = 0; step < 40; step++) {
    for (const set of [0, 1]) {
      for (const phase of [0, 1, 2]) bench.call("Phase", set, phase, 0, 0, WINDOW);
    }
    bench.run(bench.due);
  }
  for (const phase of [0, 1, 2]) expect(current(bench, 0, phase)).toBe(0);
  expect(sensor(bench, 0, 3)).toBe(1920); // 48 V
});

test("plant: supply and load are fault sites", () => {
  const bench = new Bench("checked", "plant");
  expect(bench.call("Fault", 0, 24_000, 0n)).toBeTruthy();
  expect(sensor(bench, 0, 3)).toBe(960);
  expect(sensor(bench, 1, 3)).toBe(1920);
  expect(bench.call("Fault", 2, 5_000_000, 0n)).toBeTruthy();
  expect(bench.call("Fault", 2, 5_000_001, 0n)).toBeFalsy();
  expect(bench.call("Fault", 0, 60_001, 0n)).toBeFalsy();
  expect(bench.call("Fault", 3, 0, 0n)).toBeFalsy();
});
