import { expect, test } from "vitest";
import { Bench, check, type Frame, instance, setLine } from "../../support/device-bench.js";
import { VARIANTS } from "../../support/entry-build.js";

/** Sender and receiver on one clock, joined by a link without latency. */
function pair(sender: [string, number], receiver: [string, number], fifo = true): [Bench, Bench] {
  const from = new Bench("release", "uart");
  const to = new Bench("checked", "uart");
  from.onFrame = (frame: Frame) => {
    to.run(frame.cycle - 1n);
    to.now = frame.cycle;
    to.call("ReceiveFrame", frame.start, frame.bitTime, frame.pattern, frame.bits, frame.cycle);
  };
  setLine(from, ...sender);
  setLine(to, ...receiver);
  if (fifo) {
    from.write(2, 1, 1);
    to.write(2, 1, 1);
  }
  return [from, to];
}

/** Everything the receiver has: "41", "00:pe" with the LSR error bits. */
function received(bench: Bench): string[] {
  const list: string[] = [];
  for (;;) {
    const lsr = bench.read(5, 1) ?? 0;
    if ((lsr & 1) === 0) return list;
    const names = [lsr & 4 ? "pe" : "", lsr & 8 ? "fe" : "", lsr & 16 ? "bi" : ""].join("");
    const text = (bench.read(0, 1) ?? 0).toString(16).padStart(2, "0");
    list.push(names === "" ? text : `${text}:${names}`);
  }
}

function send(bench: Bench, peer: Bench, characters: number[], until: bigint): string[] {
  for (const character of characters) bench.write(0, 1, character);
  bench.run(until);
  peer.run(until);
  return received(peer);
}

test.each([
  ["8N1", 1],
  ["7E2", 5],
  ["8O1", 12],
  ["5N1.5", 3],
  ["6M1", 2],
  ["5S2", 700],
] as const)("UART: equal settings %s, divisor %i: every character arrives", (format, divisor) => {
  const [from, to] = pair([format, divisor], [format, divisor]);
  const mask = 0xff >> (8 - Number(format[0]));
  const characters = [0x00, 0xff, 0x55, 0xaa, 0x0f, 0x91, 0x80, 0x01];
  const want = characters.map((c) => (c & mask).toString(16).padStart(2, "0"));
  expect(send(from, to, characters, 2_000_000n)).toEqual(want);
});

// Sender, receiver, characters sent, and what the waveform is to the receiver, worked out by hand.
const MISMATCHES: [string, [string, number], [string, number], number[], string[]][] = [
  // 0x55 at half the rate, cycles from the start edge: samples 24, 40, .. 136 see the sender's bits
  // 0 1 1 2 2 3 3 4 (0x66), the stop sample 152 bit 4, low. A start bit from 152 on is high at
  // 160: a glitch. The next edge is 192; its samples see bits 6 7 7 8 8, then the high stop: 0xe6.
  ["half rate", ["8N1", 2], ["8N1", 1], [0x55], ["66:fe", "e6"]],
  // 0x0f at twice the rate: the start bit is over at its centre, a glitch. The next edge is bit 5;
  // from there bit 8 is data bit 0, low, and all after it is the high stop.
  ["double rate", ["8N1", 1], ["8N1", 2], [0x0f], ["fe"]],
  // Odd parity read as even: the parity bit is the other.
  ["wrong parity", ["8O1", 1], ["8E1", 1], [0x01, 0x03], ["01:pe", "03:pe"]],
  // Parity that the receiver does not expect is its stop bit: low is a framing error.
  ["parity as stop bit", ["8E1", 1], ["8N1", 1], [0x01], ["01"]],
  ["low parity as stop bit", ["8E1", 1], ["8N1", 1], [0x03], ["03:fe"]],
  // A missing parity bit is the high stop bit.
  ["no parity, as it should be", ["8N1", 1], ["8O1", 1], [0x00], ["00"]],
  ["no parity, as it should not be", ["8N1", 1], ["8O1", 1], [0x01], ["01:pe"]],
  // Without a gap the receiver's stop bit is the next start bit (160 .. 175 from the first edge).
  // A start bit from 168 on is high at 176, data bit 0: a glitch. The next edge is 192; the
  // samples from 216 on see six zeros, then the high stop bit: 0xc0, whose odd parity bit is 1.
  ["no parity and no gap", ["8N1", 1], ["8O1", 1], [0x00, 0x01], ["00:fe", "c0"]],
  // 7 bits read as 8: bit 7 is the stop bit.
  ["7 as 8 bits", ["7N1", 1], ["8N1", 1], [0x12], ["92"]],
  // A much faster sender: within the start bit the line is high again: a glitch, no character.
  ["16 times the rate", ["8N1", 1], ["8N1", 16], [0xff], []],
  // A slower zero is a break to a fast receiver; then the high part of the frame ends it.
  ["slow zero", ["8N1", 16], ["8N1", 1], [0x00], ["00:febi"]],
];

test.each(MISMATCHES)(
  "UART: %s is received as the waveform says",
  (_name, from, to, sent, want) => {
    const [sender, receiver] = pair(from, to);
    expect(send(sender, receiver, sent, 20_000n)).toEqual(want);
  },
);

test("UART: a link's break is one zero character until the line is high again", () => {
  const [from, to] = pair(["8N1", 1], ["8N1", 1]);
  from.run(100n);
  from.write(3, 1, 0x43);
  from.run(5000n);
  to.run(5000n);
  expect(received(to)).toEqual(["00:febi"]);
  from.write(3, 1, 0x03);
  from.write(0, 1, 0x41);
  from.run(9000n);
  to.run(9000n);
  expect(received(to)).toEqual(["41"]);
});

test("UART: a break in the middle of a frame makes the rest of its bits low", () => {
  const [from, to] = pair(["8N1", 1], ["8N1", 1]);
  from.write(0, 1, 0xff);
  from.run(16n + 5n * 16n); // start bit and four data bits are over
  from.write(3, 1, 0x43);
  from.run(16n + 200n);
  from.write(3, 1, 0x03);
  from.run(1000n);
  to.run(1000n);
  // The low stop sample at 168 begins another character: low until 216, then high.
  expect(received(to)).toEqual(["0f:fe", "fc"]);
});

test("UART: a format change of the receiver in mid-frame waits for the next start bit", () => {
  const [from, to] = pair(["8N1", 1], ["8N1", 1]);
  from.write(0, 1, 0x41);
  from.run(60n);
  to.run(60n);
  to.write(3, 1, 0x18);
  expect(send(from, to, [], 900n)).toEqual(["41"]);
});

test("UART: a format written in the very cycle of the start edge is the character's", () => {
  const [from, to] = pair(["8N1", 1], ["8N1", 1]);
  from.write(0, 1, 0xc1);
  from.run(16n);
  to.run(16n);
  to.write(3, 1, 0x02); // 7 bits: bit 7 is the stop bit
  expect(send(from, to, [], 900n)).toEqual(["41"]);
});

test("UART: loop-back feeds the receiver bit by bit and keeps the line high", () => {
  check(
    "uart",
    `
    @0    line 8E2 1
    @0    write MCR LOOP
    @0    write THR 0xa5
    @0    write IER ERBFI
    @183  out 0 -> 0                     // 16 + 21 x 8 = 184
    @184  out 0 -> 1
    @184  read RBR -> 0xa5
    @184  read LSR -> THRE
    @208  read LSR -> THRE|TEMT
    @208  bells -> none
    @208  frames -> none
    @208  write LCR 0x47                 // a break, looped back (8 bits, two stop bits, no parity)
    @900  read LSR -> THRE|TEMT|DR|FE|BI
    @900  read RBR -> 0
    @900  bells -> none
    @900  frames -> none
  `,
  );
});

test("UART: loop-back connects the modem lines and turns the outputs off", () => {
  check(
    "uart",
    `
    in 0x0a                              // DSR, DCD on
    write MCR DTR|RTS|OUT1|OUT2
    outs -> 0x1e
    read MSR -> DSR|DCD|DDSR|DDCD
    write MCR LOOP
    outs -> 0
    read MSR -> DDSR|DDCD
    write MCR LOOP|RTS
    read MSR -> CTS|DCTS
    write MCR LOOP|DTR
    read MSR -> DSR|DDSR|DCTS
    write MCR LOOP|OUT1
    read MSR -> RI|DDSR
    write MCR LOOP|OUT2
    read MSR -> DCD|DDCD|TERI
    in 0x0f                              // the pins are not seen
    read MSR -> DCD
    write MCR 0
    read MSR -> CTS|DSR|RI|DCD|DCTS|DDSR
  `,
  );
});

test("UART: entering loop-back in mid-frame releases the line; the character is not told", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    write THR 0x00
    @50   frames -> 000000000x16 @16
    @50   write MCR LOOP
    @50   frames -> high @50
    @100  write MCR 0
    @100  frames -> 000000000x16 @16
    @900  bells -> none
  `,
  );
});

test("UART: modem inputs: changes of CTS, DSR, DCD count, of RI only its end", () => {
  check(
    "uart",
    `
    write IER EDSSI
    in 1
    out 0 -> 1
    read IIR -> MODEM
    read MSR -> CTS|DCTS
    out 0 -> 0
    in 0
    read MSR -> DCTS
    in 4
    out 0 -> 0
    read MSR -> RI
    in 0
    out 0 -> 1
    read MSR -> TERI
    in 8
    in 0
    read MSR -> DDCD
    in 2
    read MSR -> DSR|DDSR
  `,
  );
});

test("UART: OUT2 does not gate the interrupt; the outputs follow MCR", () => {
  check(
    "uart",
    `
    write IER ETBEI
    outs -> 1
    write MCR DTR
    outs -> 3
    write MCR RTS
    outs -> 5
    write MCR OUT1
    outs -> 9
    write MCR OUT2
    outs -> 17
    write MCR 0xe0
    read MCR -> 0
  `,
  );
});

test("UART: a reset keeps the queue from outside and sends what was cut anew", () => {
  check(
    "uart",
    `
    @0    line 8N1 1
    @0    push 0x41 0x42 -> 2
    @60   reset 2
    @60   pending -> 2
    @60   due -> never
    @100  line 8N1 1
    @268  read RBR -> 0x41
    @428  read RBR -> 0x42
  `,
  );
});

test("UART: registers keep what is written, and only their own bits", () => {
  check(
    "uart",
    `
    write SCR 0xa5
    read SCR -> 0xa5
    write IER 0xff
    read IER -> 0x0f
    write LCR 0xff
    read LCR -> 0xff
    read IER -> 0                        // DLM now
    write DLL 0x34
    write DLM 0x12
    read DLL -> 0x34
    read DLM -> 0x12
    write LCR 0x7f
    read IER -> 0x0f
    write MCR 0xff
    read MCR -> 0x1f
    write FCR 0xfe                       // ENABLE is 0: nothing acts
    peek IIR -> THRE                     // 0xc2 with FIFOs on
  `,
  );
});

test.each(VARIANTS)("UART: bit times between clock domains are exact (%s build)", (variant) => {
  const scale = instance(variant).exports.bitTimeOfPeer!;
  const rows: [bigint, bigint, bigint][] = [
    [16n << 32n, 14_745_600_000n, 100_000_000_000n],
    [(16n * 65535n) << 32n, 1_000n, 10_000_000_000_000n],
    [(16n * 27n) << 32n, 50_000_000_000n, 33_333_333_333n],
    [1n << 16n, 3n, 1n],
    [12_345_678_901_234n, 9_999_999_999_999n, 7_777_777_777_777n],
    [0n, 1_000n, 1_000n],
    [1n << 63n, 1_000n, 1_999n],
    [1n << 63n, 1_000n, 2_000n],
  ];
  for (const [span, rate, peer] of rows) {
    const exact = (span * peer) / rate;
    const want = exact < 1n << 64n ? exact : (1n << 64n) - 1n;
    expect(BigInt.asUintN(64, scale(span, rate, peer) as bigint)).toBe(want);
  }
});
