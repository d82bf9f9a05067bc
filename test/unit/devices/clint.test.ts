import { expect, test } from "vitest";
import { Bench, check } from "../../support/device-bench.js";

test("CLINT: MTIME counts the cycles of its clock from 0", () => {
  check(
    "clint",
    `
    @0     read MTIME    -> 0
    @17    read MTIME    -> 17
    @18    read MTIMEH   -> 0
    @4294967296 read MTIME  -> 0
    @4294967296 read MTIMEH -> 1
  `,
  );
});

test("CLINT: MTIP rises exactly in the cycle in which MTIME reaches MTIMECMP, and stays", () => {
  check(
    "clint",
    `
    @10   write MTIMECMPH 0
    @10   write MTIMECMP 100
    @10   due   -> 100
    @99   outs  -> 0
    @100  outs  -> 2
    @101  outs  -> 2
    @150  write MTIMECMP 151        // in the future again: the level falls
    @150  outs  -> 0
    @151  outs  -> 2
    @152  write MTIMECMP 152        // equal in this very cycle
    @152  outs  -> 2
  `,
  );
});

test("CLINT: MTIMECMP is unsigned and 64 bits wide, high half first in a common driver", () => {
  check(
    "clint",
    `
    @5    write MTIMECMPH 0xffffffff
    @5    write MTIMECMP  0x80000000
    @5    outs -> 0
    @6    write MTIMECMPH 0x00000001
    @6    due  -> 6442450944
    @6    read MTIMECMP  -> 0x80000000
    @6    read MTIMECMPH -> 1
    @6442450943 outs -> 0
    @6442450944 outs -> 2
  `,
  );
});

test("CLINT: a write to MTIME moves the interrupt; each half leaves the other as it is", () => {
  check(
    "clint",
    `
    @0    write MTIMECMPH 0
    @0    write MTIMECMP 1000
    @100  write MTIME 990
    @100  read MTIME -> 990
    @100  due  -> 110
    @110  outs -> 2
    @120  write MTIME 0
    @120  outs -> 0
    @120  due  -> 1120
    @130  write MTIMEH 7
    @130  read MTIME -> 10
    @130  outs -> 2
    @131  read MTIMEH -> 7
  `,
  );
});

test("CLINT: MTIME wraps from 2^64 - 1 to 0 and MTIP falls there, unless MTIMECMP is 0", () => {
  check(
    "clint",
    `
    @0    write MTIMECMPH 0
    @0    write MTIMECMP 5
    @0    write MTIMEH 0xffffffff
    @0    write MTIME  0xfffffff0
    @0    outs -> 2
    @0    due  -> 16
    @15   outs -> 2
    @16   outs -> 0
    @16   read MTIMEH -> 0
    @16   read MTIME -> 0
    @20   outs -> 0
    @21   outs -> 2
    @22   write MTIMECMP 0
    @22   due  -> never
    @22   outs -> 2
  `,
  );
});

test("CLINT: MSIP is one bit and drives its wire at once", () => {
  check(
    "clint",
    `
    @3    write MSIP 0xffffffff
    @3    read MSIP -> PENDING
    @3    outs -> 1
    @4    write MSIP 0xfffffffe
    @4    outs -> 0
  `,
  );
});

test("CLINT: every reset sets MTIME to 0 and MTIMECMP to all ones", () => {
  check(
    "clint",
    `
    @0    write MTIMECMPH 0
    @0    write MTIMECMP 0
    @0    write MSIP 1
    @50   outs -> 3
    @50   reset 2
    @50   outs -> 0
    @50   read MTIMECMP -> 0xffffffff
    @50   read MTIMECMPH -> 0xffffffff
    @53   read MTIME -> 3
    @53   due  -> never
  `,
  );
});

test("CLINT: `time` reads MTIME", () => {
  const bench = new Bench("release", "clint");
  bench.run(77n);
  expect(bench.call("Time", 77n)).toBe(77n);
  bench.write(0xbff8, 4, 1000);
  bench.run(80n);
  expect(bench.call("Time", 80n)).toBe(1003n);
});
