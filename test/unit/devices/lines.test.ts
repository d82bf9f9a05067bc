import { test } from "vitest";
import { check } from "../../support/device-bench.js";

test("interrupt unit: a level line is pending while its wire is high", () => {
  check(
    "interrupts",
    `
    write ENABLE 0x7fff
    in 0x0005
    read RAW -> 5
    read PENDING -> 5
    outs -> 5
    write PENDING 0x7fff      // has no effect on levels
    outs -> 5
    in 0x0004
    outs -> 4
    due -> never
  `,
  );
});

test("interrupt unit: an edge line latches the rising edge until it is cleared", () => {
  check(
    "interrupts",
    `
    write MODE 0x0002
    write ENABLE 0x0002
    in 0x0002
    in 0x0000
    outs -> 2
    read RAW -> 0
    write PENDING 0x0004      // another line's bit
    outs -> 2
    write PENDING 0x0002
    outs -> 0
    in 0x0002                 // a new edge
    outs -> 2
    write PENDING 2           // cleared while the wire is still high: no new edge
    outs -> 0
    in 0x0002
    outs -> 0
  `,
  );
});

test("interrupt unit: ENABLE gates the output, not PENDING", () => {
  check(
    "interrupts",
    `
    write MODE 0x0008
    in 0x0008
    read PENDING -> 8
    outs -> 0
    write ENABLE 0x0008
    outs -> 8
    write ENABLE 0
    outs -> 0
    read PENDING -> 8
  `,
  );
});

test("interrupt unit: SOFT sets the latch of edge lines only", () => {
  check(
    "interrupts",
    `
    write ENABLE 0x7fff
    write MODE 0x00f0
    write SOFT 0xffffffff
    read PENDING -> 0x00f0
    read SOFT -> 0x00f0
    outs -> 0x00f0
    write PENDING 0x0030
    outs -> 0x00c0
  `,
  );
});

test("interrupt unit: a change of MODE drops the latch and takes no edge from a high wire", () => {
  check(
    "interrupts",
    `
    write ENABLE 1
    write MODE 1
    in 1
    in 0
    outs -> 1
    write MODE 0              // a level now, and low
    outs -> 0
    write MODE 1
    outs -> 0
    write MODE 0
    in 1
    outs -> 1
    write MODE 1              // the wire is high, but there was no edge in this mode
    outs -> 0
  `,
  );
});

test("interrupt unit: it has 15 lines; higher bits read 0; a reset keeps the wires", () => {
  check(
    "interrupts",
    `
    write ENABLE 0xffffffff
    write MODE 0xffff0000
    in 0xffffffff
    read ENABLE -> 0x7fff
    read MODE -> 0
    read RAW -> 0x7fff
    outs -> 0x7fff
    reset 3
    outs -> 0
    read ENABLE -> 0
    read RAW -> 0x7fff
    read PENDING -> 0x7fff
  `,
  );
});

test("GPIO: OUT, SET and CLEAR drive the output wires", () => {
  check(
    "gpio",
    `
    write OUT 0xffff00f0
    outs -> 0x00f0
    write SET 0x000f
    outs -> 0x00ff
    write CLEAR 0x0081
    outs -> 0x007e
    read OUT -> 0x007e
    read SET -> 0x007e
    read CLEAR -> 0x007e
  `,
  );
});

test("GPIO: only armed edges are events; output 31 is high while any is left", () => {
  check(
    "gpio",
    `
    write RISE 0x0001
    write FALL 0x0002
    in 0x0003
    read IN -> 3
    read EVENTS -> 1
    outs -> 0x80000000
    in 0x0000
    read EVENTS -> 3
    write EVENTS 1
    read EVENTS -> 2
    out 31 -> 1
    write EVENTS 2
    out 31 -> 0
    in 0x0002                 // not armed for rising
    out 31 -> 0
  `,
  );
});

test("GPIO: both edges of one input may be armed; upper halves read 0", () => {
  check(
    "gpio",
    `
    write RISE 0xffffffff
    write FALL 0xffffffff
    read RISE -> 0xffff
    read FALL -> 0xffff
    in 0xffff0010
    read IN -> 0x0010
    read EVENTS -> 0x0010
    write EVENTS 0x0010
    in 0
    read EVENTS -> 0x0010
  `,
  );
});

test("GPIO: a reset clears everything but the input wires, and makes no event of them", () => {
  check(
    "gpio",
    `
    in 0x00ff
    write OUT 0xffff
    write RISE 0xffff
    reset 2
    outs -> 0
    read IN -> 0x00ff
    read RISE -> 0
    write RISE 0xffff
    in 0x00ff
    read EVENTS -> 0
  `,
  );
});
