import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeBreak,
  decodeInputLog,
  decodeLines,
  encodeBreak,
  encodeInputLog,
  encodeLines,
  type InputRecord,
} from "../../../host/serial/input-log.js";
import { InputPlayer } from "../../../host/serial/input-player.js";
import { UartDouble } from "../../support/uart-double.js";

const UARTS = ["a.uart0", "a.uart1", "b.uart0"];

describe("the input log", () => {
  test("has the byte layout that the session format documents", () => {
    const records: InputRecord[] = [
      { time_ps: 300n, uart: "a.uart1", kind: "bytes", bytes: Uint8Array.of(0x41, 0x42) },
      { time_ps: 300n, uart: "b.uart0", kind: "modem", bytes: Uint8Array.of(0b1011) },
      { time_ps: 301n, uart: "a.uart0", kind: "break", bytes: encodeBreak(24) },
    ];
    expect(Buffer.from(encodeInputLog(records, UARTS)).toString("hex")).toBe(
      "ac0201" + "0002" + "4142" + "0002" + "0101" + "0b" + "0100" + "0204" + "18000000",
    );
  });

  test("comes back as it was written", () => {
    const record = fc.oneof(
      fc.record({
        kind: fc.constant("bytes" as const),
        bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
      }),
      fc.record({
        kind: fc.constant("modem" as const),
        bytes: fc.nat(15).map((bits) => Uint8Array.of(bits)),
      }),
      fc.record({ kind: fc.constant("break" as const), bytes: fc.nat().map(encodeBreak) }),
    );
    const step = fc.record({ after_ps: fc.bigInt(0n, 1n << 40n), uart: fc.constantFrom(...UARTS) });
    fc.assert(
      fc.property(fc.array(fc.tuple(record, step)), (rows) => {
        let time_ps = 0n;
        const records = rows.map(([what, { after_ps, uart }]) => {
          time_ps += after_ps;
          return { time_ps, uart, ...what };
        });
        expect(decodeInputLog(encodeInputLog(records, UARTS), UARTS, "s")).toEqual(records);
      }),
    );
  });

  test.each([
    ["cut off in a varint", "ff"],
    ["cut off in the bytes", "0000000241"],
    ["with an unknown UART", "0009000141"],
    ["with an unknown kind", "0000070141"],
    ["with a modem record of two bytes", "000001020101"],
    ["with an empty bytes record", "00000000"],
    ["with a number of more than 64 bits", "ffffffffffffffffff7f00000141"],
  ])("%s is refused with E180, never a crash", (_, hex) => {
    const bytes = Buffer.from(hex, "hex");
    expect(() => decodeInputLog(bytes, UARTS, "x.session")).toThrow(/^E180 x\.session: /);
  });

  test("random bytes are a log or a UserError, nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeInputLog(bytes, UARTS, "x");
        } catch (error) {
          expect(String(error)).toMatch(/E180/);
        }
      }),
    );
  });

  test("lines and breaks keep their values", () => {
    for (let bits = 0; bits < 16; bits++) {
      expect(encodeLines(decodeLines(Uint8Array.of(bits)))).toEqual(Uint8Array.of(bits));
    }
    expect(decodeBreak(encodeBreak(0xffff_ffff))).toBe(0xffff_ffff);
  });
});

describe("feeding a log back", () => {
  const log: InputRecord[] = [
    { time_ps: 0n, uart: "a.uart0", kind: "modem", bytes: Uint8Array.of(1) },
    { time_ps: 1_000_000_000n, uart: "a.uart0", kind: "bytes", bytes: Buffer.from("hi") },
    { time_ps: 2_000_000_000n, uart: "a.uart0", kind: "break", bytes: encodeBreak(24) },
  ];

  test("each input takes effect at its time", () => {
    const uart = new UartDouble("a.uart0");
    const player = new InputPlayer(log, [uart]);
    while (player.next_ps() !== undefined) {
      uart.advance(player.next_ps()! - uart.now());
      expect(player.apply()).toBeUndefined();
    }
    expect(uart.now()).toBe(2_000_000_000n);
    expect(uart.arrived().toString()).toBe("hi");
    expect(uart.happened).toEqual(["lines cts after 0", "break 24 after 2"]);
  });

  test("bytes that the UART does not take as recorded are a mismatch", () => {
    const uart = new UartDouble("a.uart0", 1);
    uart.advance(1_000_000_000n);
    expect(new InputPlayer(log.slice(1), [uart]).apply()?.reason).toBe(
      "1 of 2 bytes were accepted",
    );
  });

  test("a time that has passed and a UART that is missing are mismatches", () => {
    const uart = new UartDouble("a.uart0");
    uart.advance(1n);
    expect(new InputPlayer(log, [uart]).apply()?.reason).toBe("it is 1 ps already");
    expect(new InputPlayer(log, []).apply()?.reason).toBe("the machine has no a.uart0");
  });
});
