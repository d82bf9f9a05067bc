import { spawn } from "node:child_process";
import { lstatSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import type { SerialPort } from "serialport";
import { afterEach, describe, expect, test } from "vitest";
import { PtyEndpoint } from "../../../host/node/endpoints/pty.js";
import { PTY_METHODS, type PtyMethod } from "../../../host/node/pty.js";
import { KEEP_BYTES } from "../../../host/serial/endpoint.js";
import { requireClient } from "../../support/clients.js";
import { Pattern } from "../../support/pattern.js";
import { printedSeed } from "../../support/seeded.js";
import {
  closeClient,
  Live,
  logLines,
  openClient,
  TRANSFER_BYTES,
  until,
  workFolder,
} from "./live.js";

const folder = workFolder();
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  folder.remove();
});

async function live(endpoint: PtyEndpoint): Promise<Live> {
  const started = await new Live(endpoint).start();
  cleanups.push(() => started.stop());
  return started;
}

async function client(path: string): Promise<SerialPort> {
  const port = await openClient(path);
  cleanups.push(() => closeClient(port));
  return port;
}

const devicePath = (endpoint: PtyEndpoint) => endpoint.describe().slice("pty:".length);
const PACKAGES: Readonly<Record<PtyMethod, string>> = {
  perl: "perl",
  python3: "python3",
  script: "bsdutils",
  socat: "socat",
};

describe.each(PTY_METHODS)("a PTY made by %s", (method) => {
  const present = requireClient(method, PACKAGES[method]) !== undefined;

  test.skipIf(!present)("carries all 256 byte values unchanged, both ways", async () => {
    const endpoint = new PtyEndpoint(logLines().context, undefined, [method]);
    const { uart, bridge } = await live(endpoint);
    expect(bridge.readyLine()).toMatch(/^ready a\.uart0=pty:\/dev\/pts\/\d+$/);
    const port = await client(devicePath(endpoint));
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const got: Buffer[] = [];
    port.on("data", (bytes: Buffer) => got.push(bytes));
    port.write(all);
    uart.guestSends(all);
    await until("256 bytes at the client", () => Buffer.concat(got).length >= 256);
    await until("256 bytes at the guest", () => uart.arrived().length >= 256);
    expect(Buffer.concat(got)).toEqual(all);
    expect(uart.arrived()).toEqual(all);
  });

  test.skipIf(!present)("outlives its clients", async () => {
    const endpoint = new PtyEndpoint(logLines().context, undefined, [method]);
    const { uart } = await live(endpoint);
    for (const word of ["first", "second", "third"]) {
      const port = await client(devicePath(endpoint));
      port.write(word);
      await until(word, () => uart.arrived().toString().endsWith(word));
      await new Promise((resolve) => port.close(resolve));
    }
  });
});

/** Not `script`: it takes whatever comes and keeps it itself. */
describe.each(["perl", "python3", "socat"] as const)("without a client a PTY by %s", (method) => {
  const present = requireClient(method, PACKAGES[method]) !== undefined;

  test.skipIf(!present)("closes at once, and counts what was kept as dropped", async () => {
    const endpoint = new PtyEndpoint(logLines().context, undefined, [method]);
    const running = await new Live(endpoint).start();
    running.uart.guestSends(new Uint8Array(400_000));
    await until("the guest to go on", () => endpoint.counters.dropped > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await running.stop();
    const { tx, dropped } = running.bridge.report()[0]!;
    expect(tx + dropped).toBe(400_000);
    expect(dropped).toBeGreaterThan(KEEP_BYTES);
    await endpoint.close();
  });
});

describe("a PTY under load", () => {
  test("loses and reorders nothing in both directions at once", { timeout: 120_000 }, async () => {
    const pattern = new Pattern(printedSeed("PTY transfer"));
    const endpoint = new PtyEndpoint(logLines().context, undefined);
    const { uart, bridge } = await live(endpoint);
    const port = await client(devicePath(endpoint));
    let atClient = 0;
    let atGuest = 0;
    let failure: unknown;
    port.on("data", (bytes: Buffer) => {
      try {
        pattern.check(bytes, atClient);
      } catch (error) {
        failure = error;
      }
      atClient += bytes.length;
    });
    uart.guestSends(pattern.bytes(0, TRANSFER_BYTES));
    port.write(pattern.bytes(0, TRANSFER_BYTES));
    const done = () => {
      const got = uart.takeArrived();
      pattern.check(got, atGuest);
      atGuest += got.length;
      return atGuest >= TRANSFER_BYTES && atClient >= TRANSFER_BYTES;
    };
    await until("all bytes", done, 100_000);
    expect(failure).toBeUndefined();
    expect([atClient, atGuest]).toEqual([TRANSFER_BYTES, TRANSFER_BYTES]);
    expect(bridge.report()[0]).toMatchObject({ rx: TRANSFER_BYTES, dropped: 0 });
  });

  test("a client that does not read for a while holds the machine, and loses nothing", async () => {
    const pattern = new Pattern(3);
    const endpoint = new PtyEndpoint(logLines().context, undefined);
    const { uart, bridge } = await live(endpoint);
    const port = await client(devicePath(endpoint));
    uart.guestSends(pattern.bytes(0, 500_000));
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(bridge.exchange().stalled).toBe(true);
    let got = 0;
    port.on("data", (bytes: Buffer) => {
      pattern.check(bytes, got);
      got += bytes.length;
    });
    await until("the rest", () => got === 500_000);
    expect(bridge.report()[0]?.dropped).toBe(0);
  });
});

describe("a PTY without a client", () => {
  test("keeps 64 KiB, drops and counts the rest, and gives a late client the first", async () => {
    const pattern = new Pattern(5);
    const endpoint = new PtyEndpoint(logLines().context, undefined);
    const { uart, bridge } = await live(endpoint);
    const total_bytes = 1_000_000;
    uart.guestSends(pattern.bytes(0, total_bytes));
    await until("bytes dropped", () => bridge.report()[0]!.tx + bridge.report()[0]!.dropped > 0);
    await until("the guest to go on", () => {
      const { tx, dropped } = bridge.report()[0]!;
      return tx + dropped + KEEP_BYTES === total_bytes;
    });
    // A client that does not flush its input at opening, as serialport would.
    const cat = spawn("cat", [devicePath(endpoint)], { stdio: ["ignore", "pipe", "ignore"] });
    cleanups.push(async () => cat.kill());
    const kept = bridge.report()[0]!.tx + KEEP_BYTES;
    const got: Buffer[] = [];
    cat.stdout.on("data", (bytes: Buffer) => got.push(bytes));
    await until("what was kept", () => Buffer.concat(got).length >= kept);
    // Beyond the first 64 KiB a gap may lie where the kernel made room between two drops.
    pattern.check(Buffer.concat(got).subarray(0, KEEP_BYTES), 0);
    uart.guestSends("next");
    await until("the next command", () => Buffer.concat(got).toString("latin1").endsWith("next"));
    expect(Buffer.concat(got).length).toBe(kept + 4);
  });
});

describe("the link to a PTY", () => {
  const opened = async (link: string) => {
    const endpoint = new PtyEndpoint(logLines().context, link);
    await endpoint.open();
    cleanups.push(() => endpoint.close());
    return endpoint;
  };
  const fresh = () => {
    const here = workFolder();
    cleanups.push(async () => here.remove());
    return here.path("link");
  };

  test("leads to the device and goes away with it", async () => {
    const link = fresh();
    const endpoint = await opened(link);
    expect(readlinkSync(link)).toBe(devicePath(endpoint));
    await endpoint.close();
    expect(lstatSync(link, { throwIfNoEntry: false })).toBeUndefined();
  });

  test("replaces a symbolic link into /dev/pts", async () => {
    const link = fresh();
    symlinkSync("/dev/pts/99999", link);
    const endpoint = await opened(link);
    expect(readlinkSync(link)).toBe(devicePath(endpoint));
  });

  test("replaces nothing else", async () => {
    const file = fresh();
    writeFileSync(file, "precious");
    await expect(opened(file)).rejects.toMatchObject({ code: "E506", exitCode: 5 });
    const elsewhere = fresh();
    symlinkSync("/etc/passwd", elsewhere);
    await expect(opened(elsewhere)).rejects.toMatchObject({ code: "E506" });
    expect(readlinkSync(elsewhere)).toBe("/etc/passwd");
  });

  test("in a folder that does not exist is an error", async () => {
    const link = `${fresh()}/deeper/link`;
    await expect(opened(link)).rejects.toMatchObject({ code: "E507", exitCode: 5 });
  });

  test("that somebody pointed elsewhere meanwhile stays", async () => {
    const link = fresh();
    const first = await opened(link);
    const second = await opened(link);
    await first.close();
    expect(readlinkSync(link)).toBe(devicePath(second));
  });

  test("a method that is not there gives way to the next, and none is E505", async () => {
    const endpoint = new PtyEndpoint(logLines().context, undefined, []);
    await expect(endpoint.open()).rejects.toMatchObject({ code: "E505", exitCode: 5 });
  });
});
