import { expect, test } from "vitest";
import { Bench, check } from "../../support/device-bench.js";

test("sensors: a transfer takes its time on the bus; the value is that of its end", () => {
  check(
    "sensors",
    `
    @0    write TARGET 0x002d             // P12V
    @0    write COMMAND READ
    @0    read STATUS -> BUSY
    @117  read STATUS -> BUSY
    @117  in 1                            // the rail comes just in time
    @118  read STATUS -> DONE
    @118  read DATA -> 12040
    @200  write COMMAND READ
    @200  write TARGET 0x062d             // not of this transfer
    @200  write COMMAND WRITE             // ignored while BUSY
    @318  read DATA -> 12040
    @400  write COMMAND READ
    @518  read DATA -> 3050               // VBAT needs no rail
  `,
  );
});

test("sensors: rails that are off have no voltage, and each has its register", () => {
  check(
    "sensors",
    `
    @0     in 0x20
    @0     write TARGET 0x052d
    @0     write COMMAND READ
    @200   read DATA -> 998
    @200   write TARGET 0x012d
    @200   write COMMAND READ
    @400   read DATA -> 0
    @400   read STATUS -> DONE
  `,
  );
});

test("sensors: chips that are not there, and registers they have not, do not acknowledge", () => {
  check(
    "sensors",
    `
    @0    write CTRL IRQ
    @0    write TARGET 0x0047
    @0    write COMMAND READ
    @118  read STATUS -> DONE|NACK
    @118  out 0 -> 1
    @118  write STATUS DONE
    @118  out 0 -> 0
    @118  write TARGET 0x072d
    @118  write COMMAND READ
    @236  read STATUS -> DONE|NACK
    @236  write TARGET 0x0048             // a temperature cannot be written
    @236  write COMMAND WRITE
    @329  read STATUS -> DONE|NACK
    @329  write COMMAND 3                 // no command
    @329  due -> never
  `,
  );
});

test("sensors: limits of a chip are kept over a reset of the BMC, a transfer is not", () => {
  check(
    "sensors",
    `
    @0    write TARGET 0x0349
    @0    write DATA 0x4600
    @0    write COMMAND WRITE
    @93   read STATUS -> DONE
    @93   write COMMAND READ
    @100  reset 2
    @100  due -> never
    @100  read STATUS -> 0
    @100  write TARGET 0x0349
    @100  write COMMAND READ
    @300  read DATA -> 0x4600
    @300  write TARGET 0x0249
    @300  write COMMAND READ
    @500  read DATA -> 0x4b00
  `,
  );
});

/** A chip's temperature in C, by a transfer. */
function celsius(bench: Bench, chip: number): number {
  bench.write(0x04, 4, chip);
  bench.write(0x08, 4, 1);
  bench.run(bench.now + 200n);
  return ((bench.read(0x10, 4)! << 16) >> 16) / 256;
}

test("sensors: the board warms while it is on, and less so with airflow", () => {
  const bench = new Bench("checked", "sensors");
  expect(celsius(bench, 0x49)).toBe(24);
  bench.call("Input", 0x3f, bench.now);
  bench.run(26_000_000n); // one time constant: 63 % of 28 C
  expect(celsius(bench, 0x49)).toBeCloseTo(24 + 28 * 0.632, 0);
  bench.run(400_000_000n);
  expect(celsius(bench, 0x49)).toBe(52);
  expect(celsius(bench, 0x4a)).toBe(70);
  expect(celsius(bench, 0x48)).toBe(24);
  bench.call("Input", 0x3f | (10 << 6), bench.now);
  bench.run(900_000_000n);
  expect(celsius(bench, 0x49)).toBeCloseTo(52 - 12, 1);
  expect(bench.events).toBeLessThan(20); // nothing ticks
});

test("sensors: how often they are read does not change what is read", () => {
  const often = new Bench("release", "sensors");
  const once = new Bench("release", "sensors");
  for (const bench of [often, once]) bench.call("Input", 0x3f, 0n);
  for (let k = 0; k < 50; k++) celsius(often, 0x49);
  often.run(60_000_000n);
  once.run(60_000_000n);
  expect(celsius(often, 0x49)).toBe(celsius(once, 0x49));
});

test("sensors: fault sites hold the bus, shift a voltage, shift a temperature", () => {
  check(
    "sensors",
    `
    @0    in 0x3f
    @0    write TARGET 0x002d
    @0    fault 1 0xfe0c                  // -500 mV on rail 0
    @0    write COMMAND READ
    @200  read DATA -> 11540
    @200  fault 2 0x00000a00              // +10 C on chip 0
    @200  write TARGET 0x0048
    @200  write COMMAND READ
    @400  read DATA -> 0x2200
    @400  fault 0 1
    @400  write COMMAND READ
    @600  read STATUS -> DONE|NACK
    @600  fault 1 0x00070000 -> none
    @600  fault 2 0x00030000 -> none
  `,
  );
});
