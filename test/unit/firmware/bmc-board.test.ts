/**
 * The BMC's and the host's firmware on the machine: how fast they answer, what garbage does to them,
 * the second port, the host's console. Oracle: the line's own bit times, answers written down here.
 */
import { describe, expect, test } from "vitest";
import { basicAnswer, basicFrame, mctpFrame } from "./bmc-native.js";
import { ModelBench, PS_PER_MS, PS_PER_US } from "./model-bench.js";

const IPMI = "bmc.uart0";
const MCTP = "bmc.uart1";
const CONSOLE = "host.uart0";
const APP = 0x06;
const OEM = 0x30;
const DEVICE_ID_BYTES = 16; // completion code and 15 bytes

async function booted(): Promise<ModelBench> {
  const bench = await ModelBench.model("bmc-backup-link");
  bench.runUntil(CONSOLE, "type help\r\n> ", 1000);
  return bench;
}

const bytesOf = (frame: string) => Buffer.from(frame, "hex");
const hexOf = (text: string) => Buffer.from(text, "latin1").toString("hex");

/** Sends a request and returns its answer (completion code, data). */
function ask(bench: ModelBench, netfn: number, command: number, ...data: number[]): number[] {
  const from = bench.text(IPMI).length;
  bench.send(IPMI, bytesOf(basicFrame(netfn, command, data)));
  const sent = bench.runUntil(IPMI, "\xa5", 1000, from);
  return basicAnswer(`tx ${hexOf(sent)}`);
}

describe("Get Device ID is answered in little more than the line's own time", () => {
  test.each([115200, 460800])("at %i baud", async (baud) => {
    const bench = await booted();
    if (baud !== 115200) {
      const rate = [baud, baud >> 8, baud >> 16, 0].map((byte) => byte & 0xff);
      expect(ask(bench, OEM, 5, ...rate)).toEqual([0]);
      bench.run(5n * PS_PER_MS);
    }
    const request = bytesOf(basicFrame(APP, 1, []));
    for (let i = 0; i < 20; i++) {
      bench.run(37n * PS_PER_MS + BigInt(i) * 1_300n * PS_PER_US);
      const from = bench.text(IPMI).length;
      const start = bench.machine.now();
      bench.send(IPMI, request);
      while (!bench.text(IPMI).slice(from).includes("\xa5")) bench.run(50n * PS_PER_US);
      const sent = bench.text(IPMI).slice(from);
      expect(basicAnswer(`tx ${hexOf(sent)}`)).toHaveLength(DEVICE_ID_BYTES);
      const wire_us = ((request.length + sent.length) * 10 * 1e6) / baud;
      const added_us = Number((bench.machine.now() - start) / PS_PER_US) - wire_us;
      expect(added_us).toBeLessThan(20_000);
    }
  });
});

test("garbage on every port breaks nothing, and the next request is answered", async () => {
  const bench = await booted();
  let seed = 0x2026_1122;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed >>> 24;
  };
  const garbage = Uint8Array.from({ length: 20_000 }, random);
  for (const uart of [IPMI, MCTP, CONSOLE]) bench.send(uart, garbage);
  bench.run(2500n * PS_PER_MS);
  expect(ask(bench, APP, 1)).toHaveLength(DEVICE_ID_BYTES);
  bench.send(CONSOLE, "\x03");
  bench.run(100n * PS_PER_MS);
  expect(bench.ask(CONSOLE, "load 5")).toBe("load 5\r\n");
  expect(endpointOf(bench)).toBe(hexOf(endpointAnswer));
});

const endpointAnswer = bytesOf(mctpFrame([1, 0x20, 8, 0xc0, 0, 0, 2, 0, 8, 0, 0])).toString(
  "latin1",
);

/** Asks the second port for its endpoint identifier: control message, request, instance 0. */
function endpointOf(bench: ModelBench): string {
  const from = bench.text(MCTP).length;
  bench.send(MCTP, bytesOf(mctpFrame([1, 0, 0x20, 0xc8, 0, 0x80, 2])));
  return hexOf(bench.runUntil(MCTP, endpointAnswer, 1000, from));
}

test("the second port answers MCTP", async () => {
  expect(endpointOf(await booted())).toBe(hexOf(endpointAnswer));
});

describe("the host's console", () => {
  test.each([
    ["status", /^host up 0 s, load 0 %, margin -\d+\/64 C, energy \d+\/65536 J\r\nkcs transfers/],
    ["link", /^link normal, \d+ ms since the last good transfer, lost 0 healed 0\r\n/],
    ["load 40", /^load 40\r\n$/],
    ["load 101", /^usage: load 0\.\.100\r\n$/],
    ["hang maybe", /^usage: hang on\|off\r\n$/],
    ["coffee", /^error: unknown command coffee, type help\r\n$/],
  ])("%s", async (line, expected) => {
    expect((await booted()).ask(CONSOLE, line)).toMatch(expected);
  });

  test("a request over the management interface is answered by the same commands", async () => {
    const bench = await booted();
    const from = bench.text(CONSOLE).length;
    bench.send(CONSOLE, "kcs 6 4\r");
    bench.runUntil(CONSOLE, "kcs: 00 55 00\r\n", 1000, from);
  });

  test("off switches the host off, and the power button's command on again", async () => {
    const bench = await booted();
    bench.send(CONSOLE, "off\r");
    bench.run(1000n * PS_PER_MS);
    expect(ask(bench, 0, 1)[1]! & 1).toBe(0);
    const from = bench.text(CONSOLE).length;
    expect(ask(bench, 0, 2, 1)).toEqual([0]);
    bench.runUntil(CONSOLE, "ready", 1000, from);
    expect(ask(bench, 0, 1)[1]! & 1).toBe(1);
  });
});

test("a reset of the BMC leaves the host and the link as they are", async () => {
  const bench = await booted();
  bench.run(1000n * PS_PER_MS);
  const from = bench.text(CONSOLE).length;
  expect(ask(bench, APP, 2)).toEqual([0]);
  bench.run(3000n * PS_PER_MS);
  expect(ask(bench, OEM, 3)).toEqual([0, 1, 0, 0, 0, 0, 0, 1]);
  expect(bench.text(CONSOLE).slice(from)).toBe("");
});

test("with nothing to do the BMC sleeps nearly all the time", async () => {
  const bench = await booted();
  bench.run(10_000n * PS_PER_MS);
  const instructions = () => bench.machine.hartViews()[bench.machine.harts.indexOf("bmc")]!.retired;
  const before = instructions();
  bench.run(10_000n * PS_PER_MS);
  // Of 500 million cycles.
  expect(instructions() - before).toBeLessThan(5_000_000n);
});
