import { test } from "vitest";
import { check } from "../../support/device-bench.js";

test("ADC: samples every selected channel at the start, shows all results 16 cycles a channel later", () => {
  check(
    "adc",
    `
    @0    sense 0 2100
    @0    sense 4 0xffff
    @0    write CTRL EN
    @10   write START 1
    @11   sense 0 9                        // after the sample
    @20   read STATUS -> BUSY
    @137  read CURRENT_U -> 0
    @138  read CURRENT_U -> 2100           // 8 channels of 16 cycles
    @138  read ANGLE -> 0xffff
    @138  read STATUS -> DONE
    @138  out 0 -> 0
    @138  write CTRL EN|IRQ
    @138  out 0 -> 1
    @138  write STATUS DONE
    @138  out 0 -> 0
  `,
  );
});

test("ADC: only selected channels are converted, and take time", () => {
  check(
    "adc",
    `
    @0    sense 1 11
    @0    sense 2 22
    @0    write CHANNELS 0x4
    @0    write CTRL EN
    @0    write START 0
    @15   read CURRENT_W -> 0
    @16   read CURRENT_W -> 22
    @16   read CURRENT_V -> 0
    @20   write CHANNELS 0
    @20   write START 0
    @20   due -> never
  `,
  );
});

test("ADC: every edge of the trigger starts a conversion when CTRL.TRIGGER is set", () => {
  check(
    "adc",
    `
    @0    write CHANNELS 0x1
    @0    write CTRL EN
    @5    in 1
    @5    due -> never
    @6    write CTRL EN|TRIGGER
    @7    in 0
    @7    due -> 23
    @10   in 1                             // still busy
    @23   read STATUS -> DONE|OVERRUN
    @30   in 0
    @30   due -> 46
    @31   write CTRL 0                     // ends it without a result
    @31   due -> never
    @50   read STATUS -> DONE|OVERRUN
    @50   write START 1
    @50   due -> never
  `,
  );
});

test("ADC: a sensor that is stuck shows its value until it is whole again; a reset does not help", () => {
  check(
    "adc",
    `
    @0    sense 3 1920
    @0    fault 3 77 -> ok
    @0    reset 2
    @0    write CHANNELS 0x8
    @0    write CTRL EN
    @0    write START 1
    @16   read LINK -> 77
    @16   fault 3 0x10000 -> ok
    @16   write START 1
    @32   read LINK -> 1920
    @32   fault 8 0 -> none
  `,
  );
});
