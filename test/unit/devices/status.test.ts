import { test } from "vitest";
import { type Bench, check, SCRATCH } from "../../support/device-bench.js";

/** NODE_ID 3, MODEL 7, CLOCK_HZ 100 MHz in the unit row, then power-on. */
function parameters(bench: Bench): void {
  const row = new DataView(bench.memory.buffer, SCRATCH);
  [3, 7, 100_000_000].forEach((value, index) => {
    row.setUint32(4 * index, value, true);
  });
  bench.reset(1);
}

test("status unit: it shows node, model, clock and why the node was reset", () => {
  check(
    "status",
    `
    read NODE_ID  -> 3
    read MODEL    -> 7
    read CLOCK_HZ -> 100000000
    read RESET_CAUSE -> POWER_ON
    reset 2
    read RESET_CAUSE -> WATCHDOG
    reset 4
    read RESET_CAUSE -> FAULT
    read NODE_ID  -> 3
  `,
    parameters,
  );
});

test("status unit: RESET 1 resets the node with cause 3, other values do nothing", () => {
  check(
    "status",
    `
    @40  write RESET 0
    @40  write RESET 2
    @40  bells -> none
    @41  write RESET NOW
    @41  bells -> reset 0x3 @41
  `,
  );
});

test("status unit: POWER_OFF halts with any value, MARK marks the trace", () => {
  check(
    "status",
    `
    @5   write MARK 0xdeadbeef
    @5   bells -> mark 0xdeadbeef @5
    @9   write POWER_OFF 0
    @9   bells -> off 0x0 @9
    @9   write POWER_OFF 42
    @9   bells -> off 0x2a @9
  `,
  );
});

test("status unit: scratch registers survive every reset but power-on", () => {
  check(
    "status",
    `
    write SCRATCH0 0x11111111
    write SCRATCH1 0x22222222
    write SCRATCH2 0x33333333
    write SCRATCH3 0xffffffff
    reset 2
    reset 3
    reset 4
    read SCRATCH0 -> 0x11111111
    read SCRATCH1 -> 0x22222222
    read SCRATCH2 -> 0x33333333
    read SCRATCH3 -> 0xffffffff
    reset 1
    read SCRATCH0 -> 0
    read SCRATCH3 -> 0
  `,
  );
});
