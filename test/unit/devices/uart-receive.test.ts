import { expect, test } from "vitest";
import { Bench, check, setLine } from "../../support/device-bench.js";

test("UART: a pushed byte starts at the next slot and is there at the centre of its stop bit", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @5    push 0x41 -> 1
    @5    pending -> 1
    @5    due -> 168                     // slot 16, 8 cycles, 9 bits
    @167  read LSR -> THRE|TEMT
    @168  read LSR -> THRE|TEMT|DR
    @168  pending -> 0
    @168  read RBR -> 0x41
    @168  read LSR -> THRE|TEMT
    @168  read RBR -> 0
    @168  due -> never
  `,
  );
});

test("UART: pushed bytes follow one another at the line rate, one event each", () => {
  const bench = new Bench("release", "uart");
  setLine(bench, "8N1", 1);
  bench.write(2, 1, 1);
  expect(bench.push(Uint8Array.from({ length: 16 }, (_, i) => i))).toBe(16);
  for (let i = 0; i < 16; i++) {
    bench.run(BigInt(168 + 160 * i - 1));
    expect(bench.call("Pending")).toBe(16 - i);
    bench.run(BigInt(168 + 160 * i));
    expect(bench.call("Pending")).toBe(15 - i);
  }
  expect(bench.events).toBe(16);
  for (let i = 0; i < 16; i++) expect(bench.read(0, 1)).toBe(i);
});

test("UART: the queue takes 4096 bytes, keeps their order over its wrap, and refuses more", () => {
  const bench = new Bench("checked", "uart");
  setLine(bench, "8N1", 1);
  const bytes = Uint8Array.from({ length: 4096 }, (_, i) => (i * 7) & 0xff);
  expect(bench.push(bytes.subarray(0, 4000))).toBe(4000);
  expect(bench.push(bytes.subarray(4000))).toBe(96);
  expect(bench.push(Uint8Array.of(1))).toBe(0);
  const got: number[] = [];
  for (let i = 0; i < 3000; i++) {
    bench.run(BigInt(168 + 160 * i));
    got.push(bench.read(0, 1) ?? -1);
  }
  expect(bench.push(bytes)).toBe(3000);
  for (let i = 3000; i < 7096; i++) {
    bench.run(BigInt(168 + 160 * i));
    got.push(bench.read(0, 1) ?? -1);
  }
  expect(got).toEqual([...bytes, ...bytes.subarray(0, 3000)]);
});

test("UART: what is pushed waits for a divisor, and for the end of loop-back", () => {
  check(
    "uart",
    `
    @0    push 0x41 0x42 -> 2
    @500  due -> never
    @500  line 8N1 1
    @668  read RBR -> 0x41
    @700  write MCR LOOP                 // in the frame of the second: it will be sent anew
    @900  pending -> 1
    @900  read RBR -> 0xff               // SIN went high behind the start bit
    @1000 write MCR 0
    @1172 pending -> 0                   // slot 1012 (16 x 32 from 500), 152 cycles: 1164
    @1172 read RBR -> 0x42
  `,
  );
});

test("UART: a byte armed but not begun takes the new settings, one begun keeps its own", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    push 0x55 0x41 -> 2
    @10   line 8N1 2                     // before the first slot: starts at 10 + 32
    @346  read LSR -> THRE|TEMT|DR       // 42 + 19 x 16
    @346  read RBR -> 0x55
    @400  line 8N1 1                     // in the second's frame, which began at 362
    @666  read RBR -> 0x41
  `,
  );
});

test("UART: back-to-back after a change between stop centre and end of the stop bit", () => {
  check(
    "uart",
    `
    @0    line 8N2 1
    @0    push 0x55 0x41 -> 2
    @170  read RBR -> 0x55
    @171  line 7N1 1                     // the second was to begin at 192: now in 7N1
    @327  read LSR -> THRE|TEMT
    @328  read RBR -> 0x41               // 192 + 17 x 8
  `,
  );
});

test("UART: without FIFOs a second character replaces the first and sets OE", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    push 0x41 0x42 -> 2
    @327  read LSR -> THRE|TEMT|DR
    @328  read LSR -> THRE|TEMT|DR|OE
    @328  read LSR -> THRE|TEMT|DR       // cleared by the read
    @328  read RBR -> 0x42
  `,
  );
});

test("UART: the 17th character is lost, the FIFO keeps its 16, OE comes with it", () => {
  const pushes = [...Array(18).keys()].join(" ");
  const reads = [...Array(16).keys()].map((i) => `@4000 read RBR -> ${i}`).join("\n");
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write FCR ENABLE
    @0    push ${pushes} -> 18
    @2727 read LSR -> THRE|TEMT|DR
    @2728 read LSR -> THRE|TEMT|DR|OE
    ${reads}
    @4000 read LSR -> THRE|TEMT|OE       // of the 18th
  `,
  );
});

test.each([
  [0x01, 1],
  [0x41, 4],
  [0x81, 8],
  [0xc1, 14],
])("UART: FCR 0x%x asks at %i characters", (fcr, level) => {
  const at = (count: number): number => 168 + 160 * (count - 1);
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write FCR ${fcr}
    @0    write IER ERBFI
    @0    push 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 -> 16
    @${at(level) - 1} out 0 -> 0
    @${at(level)}     out 0 -> 1
    read IIR -> 0xc4
    read IIR -> 0xc4                     // not cleared by IIR
    read RBR -> 1
    out 0 -> 0                           // below the level
  `,
  );
});

test("UART: the time-out asks four character times after the last character", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write FCR 0xc1
    @0    write IER ERBFI
    @0    push 1 2 3 -> 3
    @488  out 0 -> 0                     // the third is in
    @1127 out 0 -> 0
    @1128 out 0 -> 1                     // 488 + 4 x 160
    @1128 read IIR -> 0xcc
    @1128 out 0 -> 1                     // only a read of RBR clears it
    @1200 read RBR -> 1
    @1200 out 0 -> 0
    @1839 out 0 -> 0
    @1840 out 0 -> 1                     // 1200 + 640: two still wait
    @1841 read RBR -> 2
    @1841 read RBR -> 3
    @1841 due -> never
  `,
  );
});

test("UART: a time-out that has come stays when another character arrives", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write FCR 0xc1
    @0    write IER ERBFI
    @0    push 1 -> 1
    @808  out 0 -> 1
    @810  push 2 -> 1
    @1000 read IIR -> 0xcc
    @1000 read RBR -> 1
    @1000 out 0 -> 0
  `,
  );
});

test("UART: a time-out is there when its interrupt is enabled late, and never without FIFOs", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write FCR 0xc1
    @0    push 1 -> 1
    @900  due -> never                   // nobody could see it
    @900  write IER ERBFI
    @900  out 0 -> 1
    @900  read IIR -> 0xcc
    @901  write FCR 0                    // a change of ENABLE empties the FIFO
    @901  read LSR -> THRE|TEMT
    @902  push 2 -> 1
    @1072 read IIR -> DATA
    @1072 read RBR -> 2
    @9999 out 0 -> 0
  `,
  );
});

test("UART: priorities: line status, data, THRE, modem", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write IER ERBFI|ETBEI|ELSI|EDSSI
    @0    in 1
    @0    push 0x41 0x42 -> 2
    @400  read IIR -> LINE
    @400  read LSR -> THRE|TEMT|DR|OE
    @400  read IIR -> DATA
    @400  read RBR -> 0x42
    @400  read IIR -> THRE
    @400  read IIR -> MODEM
    @400  read IIR -> MODEM
    @400  read MSR -> CTS|DCTS
    @400  read IIR -> NONE
    @400  out 0 -> 0
  `,
  );
});

test("UART: a break from outside is one zero character with BI, then waits for a high line", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write FCR ENABLE
    @0    write IER ELSI
    @0    push 0x41 -> 1
    @0    break 30 -> 1
    @0    break 30 -> 0                  // one at a time
    @0    push 0x42 -> 1
    @327  out 0 -> 0
    @328  out 0 -> 0                     // its errors show when it is at the top
    @328  peek LSR -> 0xe1               // but bit 7 tells of them
    @329  read RBR -> 0x41
    @329  out 0 -> 1
    @329  read LSR -> THRE|TEMT|DR|FE|BI|ERRFIFO
    @329  read LSR -> THRE|TEMT|DR       // read once, then clear, bit 7 too
    @329  read RBR -> 0
    @823  read LSR -> THRE|TEMT          // 176 + 30 x 16 = 656, one bit high, 672 + 152
    @824  read RBR -> 0x42
    @824  pending -> 0
  `,
  );
});

test("UART: a low line shorter than a frame is a character, not a break", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    break 4 -> 1                   // start bit and three zeros
    @168  read LSR -> THRE|TEMT|DR
    @168  read RBR -> 0xf8
  `,
  );
});

test("UART: errors stay with their character in the FIFO; RXCLR drops both", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write FCR ENABLE
    @0    break 20 -> 1
    @0    push 0x41 -> 1
    @900  peek LSR -> 0xf9
    @900  write FCR ENABLE|RXCLR
    @900  peek LSR -> 0x78               // LSR's own bits stay until it is read
    @900  read LSR -> THRE|TEMT|FE|BI
    @900  read LSR -> THRE|TEMT
    @900  due -> never
  `,
  );
});
