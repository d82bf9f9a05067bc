import { expect, test } from "vitest";
import { Bench, check } from "../../support/device-bench.js";

test("fans: without power they stand; with it they reach 12000 a minute", () => {
  check(
    "fans",
    `
    @0         read TACH0 -> 0xfffff
    @0         due -> never
    @0         in 1
    @0         due -> 50000
    @10000000  read TACH0 -> 5000          // microseconds of a revolution
    @10000000  read TACH3 -> 5000
    @10000000  outs -> 0x1e                // airflow 15
    @10000000  due -> never
  `,
  );
});

test("fans: after 0.8 s a fan has made about 63 % of what it lacked", () => {
  const bench = new Bench("release", "fans");
  bench.call("Input", 1, 0n);
  bench.run(800_000n);
  const share = 5000 / bench.read(0x20, 4)!;
  expect(share).toBeGreaterThan(0.6);
  expect(share).toBeLessThan(0.67);
});

test("fans: speed is in proportion to the duty, and below 20 a fan does not turn", () => {
  check(
    "fans",
    `
    @0         in 1
    @0         write PWM0 51               // a fifth
    @0         write PWM1 19
    @0         write PWM2 20
    @20000000  read TACH0 -> 25000
    @20000000  read TACH1 -> 0xfffff
    @20000000  read TACH2 -> 63750
    @20000000  read STATUS -> 0            // nobody wants fan 1 to turn
    @20000000  read PWM0 -> 51
    @20000000  outs -> 0xa                 // (51 + 0 + 20 + 255) / 4 of 255, in fifteenths: 5
  `,
  );
});

test("fans: a blocked fan stops, says so once, and turns again when it is free", () => {
  check(
    "fans",
    `
    @0         in 1
    @0         write CTRL IRQ
    @10000000  fault 2 1
    @20000000  read TACH2 -> 0xfffff
    @20000000  read STATUS -> 4
    @20000000  out 0 -> 1
    @20000000  write STATUS 4
    @20000000  out 0 -> 0
    @30000000  read STATUS -> 0
    @30000000  fault 2 0
    @40000000  read TACH2 -> 5000
    @40000000  fault 4 1 -> none
    @40000000  fault 0 2 -> none
  `,
  );
});

test("fans: failsafe drives them fully whatever the duty says", () => {
  check(
    "fans",
    `
    @0         in 1
    @0         write PWM0 30
    @10000000  in 3
    @20000000  read TACH0 -> 5000
    @20000000  in 1
    @40000000  read TACH0 -> 42500
    @40000000  in 0
    @50000000  read TACH0 -> 0xfffff
    @50000000  read STATUS -> 0            // no power is no fault of theirs
  `,
  );
});
