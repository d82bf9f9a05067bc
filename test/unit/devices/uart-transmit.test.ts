import { expect, test } from "vitest";
import { Bench, check, formatOf, setLine } from "../../support/device-bench.js";

test("UART: an idle transmitter starts at the next bit slot after the write", () => {
  check(
    "uart",
    `
    @0    line 8N1 1                     // slots every 16 cycles from here
    @5    write THR 0x41
    @5    read LSR -> 0
    @15   read LSR -> 0
    @16   read LSR -> THRE               // the shift register has it
    @16   frames -> 010000010x16 @16
    @175  read LSR -> THRE
    @176  read LSR -> THRE|TEMT          // 10 bits of 16 cycles later
    @176  bells -> sent 0x30041 @176
    @176  due -> never
    @192  write THR 0x42                 // on a slot: the next one takes it
    @208  frames -> 001000010x16 @208
  `,
  );
});

test("UART: slots count from the last write to the divisor", () => {
  check(
    "uart",
    `
    @100  line 8N1 3
    @101  write THR 0
    @148  frames -> 000000000x48 @148
    @1000 line 8N1 3
    @1000 write THR 0
    @1048 frames -> 000000000x48 @1048
  `,
  );
});

test("UART: frames follow one another without a gap, one event each", () => {
  const bench = new Bench("release", "uart");
  setLine(bench, "8N1", 1);
  bench.write(2, 1, 1);
  for (let i = 0; i < 16; i++) bench.write(0, 1, i);
  bench.run(16n + 16n * 160n);
  expect(bench.frames.map((frame) => frame.start)).toEqual(
    [...Array(16).keys()].map((i) => BigInt(16 + 160 * i)),
  );
  expect(bench.bells.at(-1)).toBe("sent 0x3000f @2576");
  expect(bench.events).toBe(17);
});

const FORMATS: [format: string, character: number, levels: string, halfBits: number][] = [
  ["8N1", 0x55, "010101010", 20],
  ["7N1", 0xff, "01111111", 18],
  ["6N1", 0xc1, "0100000", 16],
  ["5N1", 0xe3, "011000", 14],
  ["8N2", 0x00, "000000000", 22],
  ["5N1.5", 0x1f, "011111", 15],
  ["8E1", 0x01, "0100000001", 22],
  ["8E1", 0x03, "0110000000", 22],
  ["8O1", 0x01, "0100000000", 22],
  ["8O1", 0x00, "0000000001", 22],
  ["8M1", 0x01, "0100000001", 22], // stick, EPS 0: parity bit 1
  ["8S1", 0x01, "0100000000", 22], // stick, EPS 1: parity bit 0
  ["7E2", 0x7f, "011111111", 22],
  ["5O1.5", 0x01, "0100000", 17],
];

test.each(FORMATS)("UART: format %s sends 0x%x as %s in %i half bits", (...row) => {
  const [format, character, levels, halfBits] = row;
  const sent = character & (0xff >> (8 - Number(format[0])));
  const value = ((formatOf(format) << 16) | sent).toString(16);
  check(
    "uart",
    `
    @0    line ${format} 2
    @0    write THR ${character}
    @32   frames -> ${levels}x32 @32
    @${32 + 16 * halfBits - 1} read LSR -> THRE
    @${32 + 16 * halfBits}     read LSR -> THRE|TEMT
    bells -> sent 0x${value} @${32 + 16 * halfBits}
  `,
  );
});

test("UART: after one and a half stop bits the next frame starts half a bit off the slots", () => {
  check(
    "uart",
    `
    @0    line 5N1.5 1
    @0    write FCR ENABLE
    @0    write THR 1
    @0    write THR 2
    @300  frames -> 010000x16 @16, 001000x16 @136
  `,
  );
});

test("UART: a frame keeps the divisor and the format that it began with", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write THR 0x55
    @20   line 7E1 2                     // in mid-frame
    @20   write THR 0x2a
    @175  read LSR -> 0
    @176  read LSR -> THRE               // 160 cycles long, and the next follows at once
    frames -> 010101010x16 @16, 001010101x32 @176
    @496  bells -> sent 0x30055 @176, sent 0x1a002a @496
  `,
  );
});

test("UART: with divisor 0 the line stands still until the divisor is written", () => {
  check(
    "uart",
    `
    @0    write LCR 0x03
    @0    write THR 0x41
    @9    due -> never
    @9    read LSR -> 0
    @1000 line 8N1 1
    @1016 frames -> 010000010x16 @1016
    @1016 read LSR -> THRE
  `,
  );
});

test("UART: without FIFOs THR holds one character; a second write replaces it", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write THR 0x41
    @1    write THR 0x42
    @500  bells -> sent 0x30042 @176
  `,
  );
});

test("UART: the transmit FIFO takes 16 and loses the next; TXCLR empties it, not the shifter", () => {
  const lost = new Bench("checked", "uart");
  setLine(lost, "8N1", 1);
  lost.write(2, 1, 1);
  for (let i = 0; i < 18; i++) lost.write(0, 1, i);
  lost.run(4000n);
  expect(lost.bells).toHaveLength(16);
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write FCR ENABLE
    @0    write THR 1
    @0    write THR 2
    @20   read LSR -> 0
    @20   write FCR ENABLE|TXCLR
    @20   read LSR -> THRE
    @900  bells -> sent 0x30001 @176
    @900  write THR 3
    @901  write FCR ENABLE|TXCLR         // before its slot: never sent
    @999  bells -> none
    @999  frames -> 010000000x16 @16
    @999  read LSR -> THRE|TEMT
  `,
  );
});

test("UART: BREAK holds the line low at once; one record when it is a whole frame old", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @100  write LCR 0x43
    @100  frames -> low @100
    @259  bells -> none
    @260  bells -> sent 0x38000 @260
    @900  write LCR 0x03
    @900  frames -> high @900
    @900  bells -> none
    @1000 write LCR 0x43                 // shorter than a frame: no break, no record
    @1159 write LCR 0x03
    @2000 bells -> none
  `,
  );
});

test("UART: a break in mid-frame spoils the character; the shifter goes on under it", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write THR 0x55
    @50   write LCR 0x43
    @60   write LCR 0x03                 // the rest of the frame is on the line again
    @60   frames -> 010101010x16 @16, low @50, 010101010x16 @16
    @175  read LSR -> THRE
    @176  read LSR -> THRE|TEMT
    @176  bells -> none
  `,
  );
});

test("UART: THRE asks when the register empties, is cleared by IIR and by a write", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write IER ETBEI                // empty already: asks at once
    @0    out 0 -> 1
    @0    read IIR -> THRE
    @0    out 0 -> 0
    @0    read IIR -> NONE
    @1    write THR 0x41
    @15   out 0 -> 0
    @16   out 0 -> 1
    @17   write THR 0x42                 // answers it
    @17   out 0 -> 0
    @175  out 0 -> 0
    @176  out 0 -> 1
    @177  write IER 0
    @177  out 0 -> 0
    @178  write IER ETBEI                // enabling asks again
    @178  read IIR -> THRE
    @178  peek IIR -> NONE
    @179  write IER ETBEI|ERBFI          // ETBEI was set already: nothing new
    @179  out 0 -> 0
  `,
  );
});

test("UART: THRE of the FIFO asks once, when its last character leaves it", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write FCR ENABLE
    @0    write THR 1
    @0    write THR 2
    @0    write IER ETBEI
    @0    out 0 -> 0
    @16   out 0 -> 0
    @176  out 0 -> 1
    @176  peek IIR -> 0xc2
    @176  read IIR -> 0xc2
    @336  out 0 -> 0                     // the end of the last frame is no THRE
  `,
  );
});

test("UART: a reset cuts the frame on the line and says so", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write THR 0x55
    @40   frames -> 010101010x16 @16
    @40   reset 2
    @40   frames -> high @40
    @40   read LSR -> THRE|TEMT
    @999  bells -> none
    @999  reset 2                        // an idle line is no news
    @999  frames -> none
  `,
  );
});
