import { test } from "vitest";
import { check } from "../../support/device-bench.js";

test("watchdog: the first expiry is an interrupt, the second resets the node", () => {
  check(
    "watchdog",
    `
    @0    write LOAD 100
    @7    write CTRL EN|RESET_ENABLE
    @7    read COUNT -> 100
    @8    read COUNT -> 99
    @106  read STATUS -> 0
    @106  out 0 -> 0
    @107  out 0 -> 1
    @107  read STATUS -> EXPIRED
    @107  read COUNT -> 100
    @107  bells -> none
    @206  bells -> none
    @207  bells -> reset 0x2 @207
    @207  read STATUS -> EXPIRED|CAUSED_RESET
  `,
  );
});

test("watchdog: the reset it caused leaves CAUSED_RESET, power-on clears it", () => {
  check(
    "watchdog",
    `
    @0    write LOAD 10
    @0    write CTRL EN|RESET_ENABLE|LOCK
    @20   bells -> reset 0x2 @20
    @20   reset 2
    @20   read STATUS -> CAUSED_RESET
    @20   out 0 -> 0
    @20   read CTRL -> 0
    @20   read LOAD -> 0xffffffff
    @20   due -> never
    @21   reset 3                        // a software reset keeps it too
    @21   read STATUS -> CAUSED_RESET
    @21   write STATUS CAUSED_RESET
    @21   read STATUS -> 0
    @22   write LOAD 1
    @22   write CTRL EN|RESET_ENABLE
    @24   bells -> reset 0x2 @24
    @24   reset 1
    @24   read STATUS -> 0
  `,
  );
});

test("watchdog: a kick in time keeps it quiet, and takes back the first expiry", () => {
  check(
    "watchdog",
    `
    @0    write LOAD 50
    @0    write CTRL EN|RESET_ENABLE
    @49   write KICK MAGIC
    @49   read COUNT -> 50
    @98   read STATUS -> 0
    @99   read STATUS -> EXPIRED
    @120  write KICK MAGIC               // after the first expiry
    @170  read STATUS -> EXPIRED         // first again
    @170  bells -> none
    @220  bells -> reset 0x2 @220
  `,
  );
});

test("watchdog: clearing EXPIRED silences the interrupt but is no kick", () => {
  check(
    "watchdog",
    `
    @0    write LOAD 50
    @0    write CTRL EN|RESET_ENABLE
    @50   write STATUS EXPIRED
    @50   out 0 -> 0
    @50   read STATUS -> 0
    @100  bells -> reset 0x2 @100
  `,
  );
});

test("watchdog: without RESET_ENABLE it only ever interrupts", () => {
  check(
    "watchdog",
    `
    @0    write LOAD 5
    @0    write CTRL EN
    @5    write STATUS EXPIRED
    @10   out 0 -> 1
    @99   bells -> none
  `,
  );
});

test("watchdog: a wrong kick counts as an expiry at once", () => {
  check(
    "watchdog",
    `
    @0    write LOAD 50
    @0    write CTRL EN|RESET_ENABLE
    @10   write KICK 0x5afec0dd
    @10   read STATUS -> EXPIRED
    @10   bells -> none
    @10   read COUNT -> 50               // it also starts the period anew
    @20   write KICK 0
    @20   bells -> reset 0x2 @20
  `,
  );
});

test("watchdog: EN = 0 holds COUNT and ignores kicks; EN starts at LOAD with a clean record", () => {
  check(
    "watchdog",
    `
    @0    write KICK 1
    @0    read STATUS -> 0
    @0    write LOAD 50
    @0    read COUNT -> 0xffffffff
    @0    write CTRL EN|RESET_ENABLE
    @50   out 0 -> 1
    @60   write CTRL RESET_ENABLE
    @60   read COUNT -> 40
    @500  read COUNT -> 40
    @500  bells -> none
    @500  write CTRL EN|RESET_ENABLE
    @500  read COUNT -> 50
    @550  bells -> none                  // a first expiry
    @600  bells -> reset 0x2 @600
  `,
  );
});

test("watchdog: LOAD takes effect with the next period; 0 counts as 1", () => {
  check(
    "watchdog",
    `
    @0    write LOAD 50
    @0    write CTRL EN
    @10   write LOAD 5
    @10   read LOAD -> 5
    @10   due -> 50
    @50   due -> 55
    @50   write LOAD 0
    @55   due -> 56
    @56   due -> 57
  `,
  );
});

test("watchdog: LOCK makes CTRL and LOAD read-only until a reset; kicks go on", () => {
  check(
    "watchdog",
    `
    @0    write LOAD 50
    @0    write CTRL EN|LOCK
    @1    write CTRL 0 -> error
    @1    write LOAD 9 -> error
    @1    read CTRL -> EN|LOCK
    @1    read LOAD -> 50
    @2    write KICK MAGIC
    @2    due -> 52
    @3    reset 3
    @3    write CTRL 0
    @3    write LOAD 9
  `,
  );
});
