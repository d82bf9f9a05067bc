import { expect, test } from "vitest";
import { Bench, check } from "../../support/device-bench.js";
import { draws, printedSeed } from "../../support/seeded.js";

const START = `
    @0    write PERIOD 100
    @0    write DEAD_TIME 10
    @0    write COMPARE_U 30
    @0    write COMPARE_V 0
    @0    write COMPARE_W 100
    @100  write CTRL EN|OUTPUT             // the bottom is at 100, the top at 200
`;

test("PWM: the counter goes up to PERIOD - 1 and back; every value stands twice a period", () => {
  check(
    "pwm",
    `${START}
    @100  read COUNT -> 0
    @199  read COUNT -> 99
    @200  read COUNT -> 0x80000063
    @299  read COUNT -> 0x80000000
    @300  read COUNT -> 0
    @500  read COUNT -> 0
  `,
  );
});

test("PWM: the high side is on around the bottom for 2 x COMPARE cycles less a dead time", () => {
  check(
    "pwm",
    `${START}
    @109  out 0 -> 0                       // a start begins with a dead time
    @110  out 0 -> 1
    @129  out 0 -> 1
    @130  out 0 -> 0                       // COUNT reaches COMPARE_U
    @139  out 1 -> 0
    @140  out 1 -> 1                       // its low side a dead time later
    @269  out 1 -> 1
    @270  out 1 -> 0
    @279  out 0 -> 0
    @280  out 0 -> 1
    @329  out 0 -> 1
    @330  out 0 -> 0
  `,
  );
});

test("PWM: a compare of 0 is never high, one of PERIOD or more always", () => {
  check(
    "pwm",
    `${START}
    @110  read OUTPUTS -> 0x19             // UH, VL, WH
    @200  read OUTPUTS -> 0x1a             // UL, VL, WH
    @299  read OUTPUTS -> 0x19
    @1090 read OUTPUTS -> 0x19
  `,
  );
});

test("PWM: PERIOD, DEAD_TIME and the compares wait for the bottom", () => {
  check(
    "pwm",
    `${START}
    @120  write COMPARE_U 50
    @120  read COMPARE_U -> 50
    @130  out 0 -> 0                       // still the old compare
    @140  write DEAD_TIME 5
    @150  write PERIOD 80
    @299  read COUNT -> 0x80000000
    @349  out 0 -> 1
    @350  out 0 -> 0
    @354  out 1 -> 0
    @355  out 1 -> 1
    @380  read COUNT -> 0x8000004f
    @460  read COUNT -> 0
  `,
  );
});

test("PWM: a safe-state input takes all outputs off in its own cycle", () => {
  check(
    "pwm",
    `${START}
    @119  read OUTPUTS -> 0x19
    @120  in 0x4
    @120  read OUTPUTS -> 0
    @120  read STATUS -> SAFE|BY_INPUT
    @140  read OUTPUTS -> 0
    @140  write STATUS SAFE                // not while the input is up
    @140  read STATUS -> SAFE|BY_INPUT
    @150  in 0
    @150  read OUTPUTS -> 0                // it stays off until software says so
    @150  write STATUS SAFE
    @150  read STATUS -> 0
    @159  read OUTPUTS -> 0
    @160  read OUTPUTS -> 0x1a
  `,
  );
});

test("PWM: software safe state, and what a write to SAFE leaves running", () => {
  check(
    "pwm",
    `${START}
    @120  write SAFE 1
    @120  read OUTPUTS -> 0
    @120  read STATUS -> SAFE|BY_SOFTWARE
    @130  read COUNT -> 30                 // the counter goes on
    @300  read STATUS -> TOP|BOTTOM|SAFE|BY_SOFTWARE
  `,
  );
});

test("PWM: STALE bottoms without an update of COMPARE_W lead to safe state", () => {
  check(
    "pwm",
    `
    @0    write PERIOD 100
    @0    write COMPARE_U 30
    @0    write DEAD_TIME 0
    @0    write CTRL 0x203
    @200  read STATUS -> TOP|BOTTOM
    @250  write COMPARE_U 40               // COMPARE_W alone counts
    @300  write COMPARE_W 40
    @400  read STATUS -> TOP|BOTTOM
    @599  read OUTPUTS -> 0x19
    @600  read OUTPUTS -> 0
    @600  read STATUS -> TOP|BOTTOM|SAFE|BY_STALE
  `,
  );
});

test("PWM: top and bottom interrupt and trigger when they are told to", () => {
  check(
    "pwm",
    `
    @0    write PERIOD 100
    @0    write CTRL EN|IRQ_TOP|TRIGGER_BOTTOM
    @99   out 7 -> 0
    @100  out 7 -> 1
    @100  out 6 -> 0
    @110  write STATUS TOP
    @110  out 7 -> 0
    @199  out 6 -> 0
    @200  out 6 -> 1                       // every edge of the trigger counts
    @200  out 7 -> 0
    @300  out 7 -> 1
    @400  out 6 -> 0
    @410  write CTRL EN|IRQ_BOTTOM
    @410  out 7 -> 1
    @410  write STATUS TOP|BOTTOM
    @410  out 7 -> 0
    @500  out 7 -> 0
    @600  out 7 -> 1
  `,
  );
});

test("PWM: a reset takes the outputs off and leaves the safe-state inputs as they are", () => {
  check(
    "pwm",
    `${START}
    @120  reset 2
    @120  read OUTPUTS -> 0
    @120  due -> never
    @120  in 1
    @121  reset 2
    @121  read STATUS -> SAFE|BY_INPUT
  `,
  );
});

test("PWM: outputs stuck low or high, and a broken unit, are fault sites", () => {
  check(
    "pwm",
    `${START}
    @120  fault 0 1 -> ok
    @120  read OUTPUTS -> 0x18
    @120  fault 1 2 -> ok                  // stuck high even where it should be off
    @120  read OUTPUTS -> 0x1a
    @121  fault 0 0 -> ok
    @121  fault 1 0 -> ok
    @121  read OUTPUTS -> 0x19
    @125  fault 6 1 -> ok
    @125  read OUTPUTS -> 0
    @125  due -> never
    @200  fault 6 0 -> ok
    @210  read OUTPUTS -> 0x19
    @210  fault 7 0 -> none
    @210  fault 0 3 -> none
  `,
  );
});

test("PWM: on-times are exact: 2 x (COMPARE - DEAD_TIME) and its complement a period", () => {
  check(
    "pwm",
    `${START}
    @300  on 0
    @300  on 2 -> 0
    @500  on 0 -> ${20 + 20 + 30 + 20}
    @500  on 4 -> 390
    @500  on 1 -> ${130 + 130}
  `,
  );
});

/** The rule of the header, cycle by cycle, for constant registers. */
function sides(cycle: number, period: number, dead: number, compare: number): number {
  const phase = cycle % (2 * period);
  const asked = (at: number): boolean =>
    compare >= period || at < compare || at >= 2 * period - compare;
  for (let back = 1; back <= dead; back++) {
    if (asked(phase) !== asked(mod(phase - back, period))) return 0;
  }
  return asked(phase) ? 1 : 2;
}

function mod(value: number, period: number): number {
  const whole = 2 * period;
  return ((value % whole) + whole) % whole;
}

test("PWM: outputs are those of the rule in every cycle, and no pair is ever on at both sides", () => {
  const draw = draws(printedSeed("pwm"));
  for (let run = 0; run < 60; run++) {
    const period = 2 + draw.below(30);
    const dead = draw.below(12);
    const compares = [0, 1, 2].map(() => draw.below(period + 3));
    const bench = new Bench("release", "pwm");
    bench.write(0x08, 4, period);
    bench.write(0x0c, 4, dead);
    compares.forEach((compare, pair) => {
      bench.write(0x10 + 4 * pair, 4, compare);
    });
    bench.write(0x00, 4, 3);
    const total = [0, 0, 0, 0, 0, 0];
    for (let cycle = 0; cycle < 6 * period; cycle++) {
      bench.run(BigInt(cycle));
      const levels = bench.outputs & 0x3f;
      compares.forEach((compare, pair) => {
        const want = sides(cycle, period, dead, compare);
        const got = (levels >>> (2 * pair)) & 3;
        if (cycle >= 2 * dead) expect(got, `cycle ${cycle} of ${run}`).toBe(want);
        expect(got).not.toBe(3);
      });
      total.forEach((_, output) => {
        total[output]! += (levels >>> output) & 1;
      });
    }
    bench.run(BigInt(6 * period));
    total.forEach((cycles, output) => {
      expect(bench.call("OnTime", output, bench.now)).toBe(cycles);
    });
  }
});
