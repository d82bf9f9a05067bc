/**
 * Section 5, line 3 of specs/dual-block-mcu.md, on a test bench (constant speed): however block 0
 * dies, block 1's PWM edges are, cycle for cycle, those of a run in which block 0 merely goes
 * silent, the torque falls to set 1's share, and no current leaves its bounds.
 */
import { describe, expect, test } from "vitest";
import { Machine } from "../../../host/core/machine.js";
import type { Snapshot } from "../../../host/core/snapshot.js";
import { coreModule } from "../../support/core.js";
import {
  benchImage,
  CURRENT_LIMIT,
  course,
  DEATHS,
  PERIOD_PS,
  SHARE_MNM,
  START_PS,
  WATCH_PS,
} from "../../support/ecu-deaths.js";
import { limit_ms, Progress, SOAK } from "../../support/soak.js";

const DRIVE_PERIODS = 2000; // 100 ms
/** Every control period in the soak, every fifth in CI: 2400 deaths. */
const STEP = SOAK ? 1 : process.env.CI ? 5 : 80;

/** Every way to die at the time of a snapshot; the same edges as without, and torque as it should. */
function dieInEveryWay(machine: Machine, snapshot: Snapshot): void {
  const until = snapshot.now_ps + WATCH_PS;
  const healthy = course(machine, until, "block1.pwm");
  expect(healthy.edges.length).toBeGreaterThan(700);
  expect(Math.abs(healthy.torque0 - SHARE_MNM)).toBeLessThan(0.1 * SHARE_MNM);
  for (const [name, strike] of Object.entries(DEATHS)) {
    machine.restore(snapshot);
    expect(strike(machine), `${name} fires`).toBe(true);
    const found = course(machine, until, "block1.pwm");
    expect(found.edges, `${name} at ${snapshot.now_ps} ps`).toEqual(healthy.edges);
    expect(Math.abs(found.torque1 - SHARE_MNM), name).toBeLessThan(0.1 * SHARE_MNM);
    expect(found.peak, name).toBeLessThan(CURRENT_LIMIT);
    // A broken register may also end in a reset: then the block comes back.
    if (name === "a register broken") continue;
    expect(found.late0, `${name}: set 0 gives nothing`).toBeLessThan(5);
  }
  machine.restore(snapshot);
}

describe("a block that dies", () => {
  test(
    "leaves the other block's edges as they are, cycle for cycle, in every control period",
    async () => {
      const machine = await Machine.create(benchImage("dual-block-ecu"), {
        module: await coreModule("release"),
      });
      const progress = new Progress("control periods", DRIVE_PERIODS / STEP);
      for (let period = 0; period < DRIVE_PERIODS; period += STEP) {
        machine.run(START_PS + BigInt(period) * PERIOD_PS);
        dieInEveryWay(machine, machine.snapshot());
        progress.step();
      }
    },
    limit_ms(120, 600_000),
  );
});
