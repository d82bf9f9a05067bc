import { describe, expect, test } from "vitest";
import { Bridge } from "../../../host/serial/bridge.js";
import { BREAK_BITS } from "../../../host/serial/endpoint.js";
import { QUEUE_BYTES, UART_SHARE_BYTES } from "../../../host/serial/inbox.js";
import { InputLog } from "../../../host/serial/input-log.js";
import { InputPlayer } from "../../../host/serial/input-player.js";
import { LoopEndpoint } from "../../../host/serial/loop.js";
import { NoneEndpoint } from "../../../host/serial/none.js";
import { MemoryEndpoint } from "../../support/memory-endpoint.js";
import { Pattern } from "../../support/pattern.js";
import { printedSeed } from "../../support/seeded.js";
import { UartDouble } from "../../support/uart-double.js";

const MS = 1_000_000_000n;
/** Moves 1 MB in a slice of 1 ms: 10 bits a character. */
const FAST = { baud: 10_000_000_000, dataBits: 8, parity: "none", stopBits: 1 } as const;

async function joined(endpoint = new MemoryEndpoint(), uart = new UartDouble("a.uart0")) {
  const log = new InputLog();
  const sent: string[] = [];
  const bridge = new Bridge([{ uart, endpoint }], {
    onInput: log.sink,
    onOutput: (time_ps, name, bytes) => sent.push(`${time_ps} ${name} ${Buffer.from(bytes)}`),
  });
  await bridge.open();
  return { endpoint, uart, bridge, log, sent };
}

describe("100 MB through the bridge", () => {
  test("come back over a loop with nothing lost, doubled or reordered", async () => {
    const pattern = new Pattern(printedSeed("100 MB over a loop"));
    const total_bytes = 100_000_000;
    const uart = new UartDouble("a.uart0", 3_000_000);
    uart.line = FAST;
    const bridge = new Bridge([{ uart, endpoint: new LoopEndpoint() }]);
    await bridge.open();
    let sent = 0;
    let arrived = 0;
    for (let slice = 0; arrived < total_bytes; slice++) {
      expect(slice).toBeLessThan(200);
      const count = Math.min(1_000_000, total_bytes - sent);
      uart.guestSends(pattern.bytes(sent, count));
      sent += count;
      uart.advance(MS);
      bridge.exchange();
      const got = uart.takeArrived();
      pattern.check(got, arrived);
      arrived += got.length;
    }
    expect(bridge.report()).toEqual([
      { uart: "a.uart0", endpoint: "loop", rx: total_bytes, tx: total_bytes, dropped: 0 },
    ]);
  });

  test("pass both ways when both sides take odd portions", async () => {
    const pattern = new Pattern(printedSeed("odd portions"));
    const total_bytes = 10_000_000;
    const { endpoint, uart, bridge } = await joined(
      new MemoryEndpoint(0),
      new UartDouble("a.uart0", 77_777),
    );
    uart.line = FAST;
    uart.guestSends(pattern.bytes(0, total_bytes));
    endpoint.arrive(pattern.bytes(0, total_bytes));
    let out = 0;
    let inn = 0;
    while (out < total_bytes || inn < total_bytes) {
      if (!bridge.exchange().stalled) uart.advance(MS / 13n);
      endpoint.grant(33_333);
      const left = endpoint.take();
      pattern.check(left, out);
      out += left.length;
      const came = uart.takeArrived();
      pattern.check(came, inn);
      inn += came.length;
    }
    await bridge.close();
    expect(bridge.report()[0]).toMatchObject({ rx: total_bytes, tx: total_bytes, dropped: 0 });
  });
});

describe("back-pressure", () => {
  test("an inbox stops its source at its limit and starts it at half of it", async () => {
    const { endpoint, uart, bridge } = await joined();
    uart.line = FAST;
    const limit = QUEUE_BYTES - UART_SHARE_BYTES;
    let resumed = 0;
    endpoint.inbox.onSpace = () => resumed++;
    endpoint.arrive(new Uint8Array(limit - 1));
    expect(endpoint.inbox.full).toBe(false);
    endpoint.arrive(new Uint8Array(1));
    expect(endpoint.inbox.full).toBe(true);
    while (endpoint.inbox.full) {
      expect(resumed).toBe(0);
      bridge.exchange();
      uart.advance(MS);
    }
    expect(resumed).toBe(1);
    expect(endpoint.inbox.size).toBeLessThanOrEqual(limit / 2);
    expect(endpoint.inbox.size).toBeGreaterThan(limit / 2 - 1_100_000);
  });

  test("a UART that accepts without end is given 1 MiB before the line has taken it", async () => {
    const { endpoint, uart, bridge } = await joined(
      undefined,
      new UartDouble("a.uart0", Number.POSITIVE_INFINITY),
    );
    endpoint.arrive(new Uint8Array(3_000_000));
    bridge.exchange();
    bridge.exchange();
    expect(uart.pending()).toBe(UART_SHARE_BYTES);
  });

  test("an endpoint that takes nothing stalls, and goes on where it stopped", async () => {
    const { endpoint, uart, bridge } = await joined(new MemoryEndpoint(3));
    uart.guestSends("abcdef");
    uart.advance(MS);
    expect(bridge.exchange().stalled).toBe(true);
    expect(endpoint.take().toString()).toBe("abc");
    const woken = bridge.wait(5000).then(() => bridge.exchange().stalled);
    endpoint.grant(3);
    expect(await woken).toBe(false);
    expect(endpoint.take().toString()).toBe("def");
  });

  test("a machine that runs on past 16 MiB of untaken bytes loses the newest, counted", async () => {
    const { endpoint, uart, bridge } = await joined(new MemoryEndpoint(0));
    uart.line = FAST;
    const total_bytes = QUEUE_BYTES + 5;
    const pattern = new Pattern(7);
    uart.guestSends(pattern.bytes(0, total_bytes));
    for (let slice = 0; slice < 18; slice++) {
      uart.advance(MS);
      bridge.exchange();
    }
    endpoint.grant(total_bytes);
    bridge.exchange();
    const got = endpoint.take();
    expect(got.length).toBe(QUEUE_BYTES);
    pattern.check(got, 0);
    expect(bridge.report()[0]).toMatchObject({ tx: QUEUE_BYTES, dropped: 5 });
  });

  test("wait ends by itself after the time given", async () => {
    const { bridge } = await joined();
    const start = performance.now();
    await bridge.wait(20);
    expect(performance.now() - start).toBeGreaterThanOrEqual(15);
  });
});

describe("what is recorded", () => {
  test("every input that was accepted, stamped with the machine's time", async () => {
    const { endpoint, uart, bridge, log, sent } = await joined(
      undefined,
      new UartDouble("a.uart0", 2),
    );
    uart.advance(MS);
    endpoint.lines({ cts: true, dcd: true });
    endpoint.arrive("abc");
    endpoint.inbox.putBreak(BREAK_BITS);
    uart.guestSends("ok");
    for (let slice = 0; slice < 4; slice++) {
      bridge.exchange();
      uart.advance(MS);
    }
    expect([...log.records()].map((r) => `${r.time_ps / MS} ${r.kind} ${[...r.bytes]}`)).toEqual([
      "1 modem 9",
      "1 bytes 97,98",
      "2 bytes 99",
      "3 break 24,0,0,0",
    ]);
    expect(sent).toEqual(["2000000000 a.uart0 ok"]);
    expect(uart.happened).toEqual(["lines cts+dcd after 0", "break 24 after 3"]);
  });

  test("fed back into another machine it gives the same history", async () => {
    const { endpoint, uart, bridge, log } = await joined(undefined, new UartDouble("a.uart0", 50));
    const pattern = new Pattern(printedSeed("replay"));
    for (let slice = 0; slice < 60; slice++) {
      if (slice % 7 === 0) endpoint.arrive(pattern.bytes(slice * 100, slice * 3));
      if (slice % 11 === 0) endpoint.lines({ cts: slice % 2 === 0, dsr: slice % 3 === 0 });
      if (slice % 13 === 0) endpoint.inbox.putBreak(slice + 1);
      bridge.exchange();
      uart.advance(MS);
    }
    const again = new UartDouble("a.uart0", 50);
    const player = new InputPlayer([...log.records()], [again]);
    for (let next = player.next_ps(); next !== undefined; next = player.next_ps()) {
      again.advance(next - again.now());
      expect(player.apply()).toBeUndefined();
    }
    again.advance(uart.now() - again.now());
    expect(again.happened).toEqual(uart.happened);
    expect(again.arrived()).toEqual(uart.arrived());
  });
});

describe("lines and settings", () => {
  test("a hang-up stays behind the bytes before it; CTS goes at once", async () => {
    const { endpoint, uart, bridge } = await joined(undefined, new UartDouble("a.uart0", 4));
    endpoint.lines({ cts: true, dsr: true, dcd: true });
    endpoint.arrive("12345678");
    endpoint.lines({});
    for (let slice = 0; slice < 5; slice++) {
      bridge.exchange();
      uart.advance(MS);
    }
    expect(uart.happened).toEqual(["lines dsr+dcd after 0", "lines none after 8"]);
  });

  test("an endpoint that never speaks of lines leaves the UART's inputs alone", async () => {
    const uart = new UartDouble("a.uart0");
    const bridge = new Bridge([{ uart, endpoint: new NoneEndpoint() }]);
    await bridge.open();
    uart.guestSends("lost in the void");
    uart.advance(2n * MS);
    expect(bridge.exchange()).toEqual({ stalled: false, moved: 16 });
    expect(uart.inputs).toBeUndefined();
    expect(bridge.inputPossible()).toBe(false);
  });

  test("the endpoint follows the guest's registers, once a change", async () => {
    const { endpoint, uart, bridge } = await joined();
    bridge.exchange();
    bridge.exchange();
    uart.line = { baud: 9600, dataBits: 7, parity: "even", stopBits: 2 };
    uart.outputs = { dtr: true, rts: true, brk: false };
    bridge.exchange();
    uart.line = { ...uart.line, baud: 0 };
    uart.outputs = { dtr: true, rts: true, brk: true };
    bridge.exchange();
    bridge.exchange();
    expect(endpoint.applied).toEqual([
      "open 115200",
      "dtr=0 rts=0 brk=0",
      "9600 7 even 2",
      "dtr=1 rts=1 brk=0",
      "dtr=1 rts=1 brk=1",
    ]);
  });

  test("a loop joins RTS to CTS, DTR to DSR and DCD, and carries a break", async () => {
    const uart = new UartDouble("a.uart0");
    const bridge = new Bridge([{ uart, endpoint: new LoopEndpoint() }]);
    await bridge.open();
    bridge.exchange();
    for (const outputs of [
      { dtr: false, rts: true, brk: false },
      { dtr: true, rts: true, brk: true },
      { dtr: true, rts: false, brk: false },
    ]) {
      uart.outputs = outputs;
      bridge.exchange();
    }
    expect(uart.happened).toEqual([
      "lines none after 0",
      "lines cts after 0",
      "lines cts+dsr+dcd after 0",
      "break 24 after 0",
      "lines dsr+dcd after 0",
    ]);
  });
});

describe("opening and closing", () => {
  test("the ready line names every pair, and what fails closes what was open", async () => {
    const good = new MemoryEndpoint();
    const bad = new MemoryEndpoint();
    bad.failure = new Error("no such port");
    const bridge = new Bridge([
      { uart: new UartDouble("a.uart0"), endpoint: good },
      { uart: new UartDouble("b.uart0"), endpoint: bad },
    ]);
    expect(bridge.readyLine()).toBe("ready a.uart0=memory b.uart0=memory");
    await expect(bridge.open()).rejects.toThrow("no such port");
    expect(good.closings).toBe(1);
  });

  test("close sends what the UART still holds, and a second close does nothing", async () => {
    const { endpoint, uart, bridge } = await joined();
    uart.guestSends("bye");
    uart.advance(MS);
    await bridge.close();
    await bridge.close();
    expect(endpoint.take().toString()).toBe("bye");
    expect(endpoint.closings).toBe(1);
  });
});
