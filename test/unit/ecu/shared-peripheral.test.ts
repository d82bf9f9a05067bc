/**
 * Section 5, line 4 of specs/dual-block-mcu.md, the negative control: in the old design one PWM
 * unit feeds both winding sets, so the deaths that dual-block-ecu survives stop this motor, while
 * the second core is as well as ever.
 */
import { describe, expect, test } from "vitest";
import { FaultKind } from "../../../assembly/kernel/abi.js";
import { Machine } from "../../../host/core/machine.js";
import { machine } from "../../../host/testing/index.js";
import { coreModule } from "../../support/core.js";
import {
  benchImage,
  course,
  DEATHS,
  PERIOD_PS,
  SHARE_MNM,
  START_PS,
  WATCH_PS,
} from "../../support/ecu-deaths.js";
import { limit_ms, SOAK } from "../../support/soak.js";

const DRIVE_PERIODS = 2000; // 100 ms
const STEP = SOAK ? 5 : process.env.CI ? 40 : 200;
const TORQUE_GONE_MNM = 5;
const MODEL = "shared-peripheral-ecu";

describe("one PWM unit for both winding sets", () => {
  test(
    "gives the torque of both, and neither when the block that drives it dies",
    async () => {
      const old = await Machine.create(benchImage(MODEL), { module: await coreModule("release") });
      const stopped = new Map(Object.keys(DEATHS).map((name) => [name, 0]));
      let struck = 0;
      for (let period = 0; period < DRIVE_PERIODS; period += STEP, struck++) {
        old.run(START_PS + BigInt(period) * PERIOD_PS);
        const snapshot = old.snapshot();
        const until = snapshot.now_ps + WATCH_PS;
        const healthy = course(old, until, "block0.pwm");
        expect(Math.abs(healthy.torque0 - SHARE_MNM)).toBeLessThan(0.1 * SHARE_MNM);
        expect(Math.abs(healthy.torque1 - SHARE_MNM)).toBeLessThan(0.1 * SHARE_MNM);
        for (const [name, strike] of Object.entries(DEATHS)) {
          old.restore(snapshot);
          expect(strike(old), `${name} fires`).toBe(true);
          const { late0, late1 } = course(old, until, "block0.pwm");
          const gone = Math.max(late0, late1) < TORQUE_GONE_MNM;
          if (gone) stopped.set(name, stopped.get(name)! + 1);
        }
        old.restore(snapshot);
      }
      const counts = [...stopped].map(([name, count]) => `${name} ${count} of ${struck}`);
      process.stderr.write(`shared-peripheral-ecu, motor stopped: ${counts.join(", ")}\n`);
      for (const [name, count] of stopped) {
        // A flipped register may be dead at that time, or end in a reset: then the block comes back.
        if (name === "a register broken") continue;
        expect(count, name).toBe(struck);
      }
    },
    limit_ms(60, 600_000),
  );

  test("leaves the other core alive, knowing, and without a means", async () => {
    const old = await machine(MODEL);
    const ask = (): string => {
      const uart = old.uart("block1.uart0");
      uart.send("status\r");
      uart.expectText("status\r\n");
      return uart.expectText("\r\n> ");
    };
    old.uart("block1.uart0").expectText("> ");
    old.run({ for: "20ms" });
    expect(ask()).toContain("driver present");
    old.machine.inject(FaultKind.KILL, 0);
    old.run({ for: "1ms" });
    expect(ask()).toMatch(/driver silent messages \d+ lost 1/);
  });
});
