import { test } from "vitest";
import { check } from "../../support/device-bench.js";

test("voltage monitor: warns below WARN, holds the block in reset below BROWNOUT", () => {
  check(
    "voltage_monitor",
    `
    @0    read LEVEL -> 3300
    @0    write CTRL IRQ
    @10   fault 0 2999 -> ok
    @10   out 0 -> 1
    @10   out 1 -> 0
    @11   fault 0 2699 -> ok
    @11   out 1 -> 1
    @11   read STATUS -> LOW|BROWNOUT
    @12   reset 4                          // the reset that it causes
    @12   out 1 -> 1
    @12   out 0 -> 0
    @100  fault 0 3300 -> ok
    @163  out 1 -> 1
    @164  out 1 -> 0                       // 64 cycles after it is back
    @164  read STATUS -> LOW|BROWNOUT
    @164  reset 1
    @164  read STATUS -> 0
  `,
  );
});

test("voltage monitor: a supply that dips again is held on; WARN can be set", () => {
  check(
    "voltage_monitor",
    `
    @0    fault 0 0 -> ok
    @50   fault 0 3000 -> ok
    @60   fault 0 2000 -> ok
    @60   due -> never
    @70   fault 0 3300 -> ok
    @133  out 1 -> 1
    @134  out 1 -> 0
    @134  write STATUS LOW|BROWNOUT
    @134  read STATUS -> 0
    @134  write WARN 3301
    @134  read STATUS -> LOW
    @134  fault 0 5001 -> none
    @134  fault 1 0 -> none
  `,
  );
});
