import { test } from "vitest";
import { check } from "../../support/device-bench.js";

const BMC = 0; // outputs
const HOST = 1;

test("KCS: a byte of the host sets IBF until the BMC reads it; CD tells command from data", () => {
  check(
    "kcs",
    `
    @0  write COMMAND WRITE_START
    @0  read STATUS -> 0x0a
    @1  read STR -> 0x0a
    @1  read IDR -> 0x61
    @1  read STR -> 0x08
    @2  write DATA_IN 0x18
    @2  read STATUS -> 0x02
    @3  read IDR -> 0x18
    @3  read STATUS -> 0x00
    @4  read IDR -> 0x18                 // the register keeps the byte
  `,
  );
});

test("KCS: a byte of the BMC sets OBF until the host reads it", () => {
  check(
    "kcs",
    `
    @0  write ODR 0x1c
    @0  read STATUS -> 0x01
    @0  peek DATA_OUT -> 0x1c
    @0  read STATUS -> 0x01              // a debugger's look takes nothing
    @1  read DATA_OUT -> 0x1c
    @1  read STATUS -> 0x00
    @1  read EVENT -> OBE
    @2  write EVENT OBE
    @2  read DATA_OUT -> 0x1c
    @2  read EVENT -> 0                  // nothing new was taken
    @2  read ODR -> 0x1c
  `,
  );
});

test("KCS: software sets state, SMS_ATN and OEM bits; OBF, IBF and CD are the hardware's", () => {
  check(
    "kcs",
    `
    @0  write STR 0xff
    @0  read STATUS -> 0xf4
    @0  write COMMAND READ
    @0  write STR 0x40
    @0  read STATUS -> 0x4a
    @0  write ODR 1
    @0  read STATUS -> 0x4b
  `,
  );
});

test("KCS: interrupts follow IBF and OBE to the BMC, OBF and SMS_ATN to the host, if enabled", () => {
  check(
    "kcs",
    `
    @0  write DATA_IN 1
    @0  out ${BMC} -> 0
    @0  write CTRL IBF_IRQ
    @0  out ${BMC} -> 1
    @1  read IDR -> 1
    @1  out ${BMC} -> 0
    @2  write CTRL OBE_IRQ|HOST_IRQ
    @2  write ODR 2
    @2  outs -> 0x2
    @3  read DATA_OUT -> 2
    @3  outs -> 0x1
    @4  write EVENT OBE
    @4  outs -> 0x0
    @5  write STR 0x04
    @5  out ${HOST} -> 1
    @6  write CTRL 0
    @6  out ${HOST} -> 0
  `,
  );
});

test("KCS: a stuck bus reads 0xff, loses the host's writes and asks nobody", () => {
  check(
    "kcs",
    `
    @0  write CTRL IBF_IRQ|HOST_IRQ
    @0  write ODR 7
    @1  fault 0 1
    @1  outs -> 0x0
    @1  read STATUS -> 0xff
    @1  read DATA_OUT -> 0xff
    @1  write COMMAND WRITE_START
    @1  read STR -> 0x01                 // the BMC's side works, and nothing came
    @2  fault 0 0
    @2  read STATUS -> 0x01
    @2  read DATA_OUT -> 7
    @2  fault 0 2 -> none
    @2  fault 4 1 -> none
  `,
  );
});

test("KCS: IBF or OBF that is stuck hides what is below it and comes back when it heals", () => {
  check(
    "kcs",
    `
    @0  write CTRL IBF_IRQ
    @0  fault 1 2
    @0  read STATUS -> 0x02
    @0  out ${BMC} -> 1
    @0  write DATA_IN 5
    @0  read IDR -> 5
    @0  read STR -> 0x02
    @1  fault 1 1
    @1  write DATA_IN 6
    @1  read STR -> 0x00
    @2  fault 1 0
    @2  read STR -> 0x02
    @2  read IDR -> 6
    @3  fault 2 2
    @3  read STATUS -> 0x01
    @3  fault 2 1
    @3  write ODR 9
    @3  read STATUS -> 0x00
    @4  fault 2 0
    @4  read STATUS -> 0x01
  `,
  );
});

test("KCS: corrupted data bytes change both ways, status does not", () => {
  check(
    "kcs",
    `
    @0  fault 3 0x81
    @0  write DATA_IN 0x18
    @0  read IDR -> 0x99
    @0  write ODR 0x1c
    @0  read STATUS -> 0x01
    @0  read DATA_OUT -> 0x9d
    @1  fault 3 0
    @1  write ODR 0x1c
    @1  read DATA_OUT -> 0x1c
  `,
  );
});
