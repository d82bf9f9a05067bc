import { execFileSync } from "node:child_process";
import { type SerialPort, SerialPortMock } from "serialport";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SerialEndpoint } from "../../../host/node/endpoints/serial.js";
import {
  makeRealPort,
  type PortLike,
  type PortOptions,
} from "../../../host/node/endpoints/serial-port.js";
import { requireClient } from "../../support/clients.js";
import { Pattern } from "../../support/pattern.js";
import { printedSeed } from "../../support/seeded.js";
import {
  closeClient,
  Live,
  logLines,
  openClient,
  SocatPair,
  TRANSFER_BYTES,
  until,
  workFolder,
} from "./live.js";

const hasSocat = requireClient("socat", "socat") !== undefined;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const options = (path: string, baud?: number, fixed = false) => ({ path, baud, fixed });

async function openPort(path: string): Promise<SerialPort> {
  const port = await openClient(path);
  cleanups.push(() => closeClient(port));
  return port;
}

/** The rate of a port, also one that `stty` cannot name: TCGETS2 of asm-generic/ioctls.h. */
function rateOf(path: string): number {
  const program = `open(my $port, "+<", "${path}") or die;
    my $termios2 = "\\0" x 44;
    ioctl($port, 0x802c542a, $termios2) or die;
    print((unpack("I4C20I2", $termios2))[-1]);`;
  return Number(execFileSync("perl", ["-e", program]).toString());
}

describe.skipIf(!hasSocat)("a serial port over a real cable (socat)", () => {
  let pair: SocatPair;
  beforeEach(async () => {
    const folder = workFolder();
    pair = new SocatPair(folder.path("near"), folder.path("far"));
    await pair.plug();
    cleanups.push(() => folder.remove());
    cleanups.push(() => pair.unplug());
  });

  const live = async (baud?: number, fixed = false) => {
    const log = logLines();
    const endpoint = new SerialEndpoint(log.context, options(pair.near, baud, fixed));
    const started = await new Live(endpoint).start();
    cleanups.push(() => started.stop());
    return { ...log, endpoint, uart: started.uart, bridge: started.bridge };
  };

  test("the ready line has the device behind the link", async () => {
    const { bridge } = await live();
    expect(bridge.readyLine()).toMatch(/^ready a\.uart0=serial:\/dev\/pts\/\d+$/);
  });

  test("nothing is lost or reordered in both directions", { timeout: 120_000 }, async () => {
    const pattern = new Pattern(printedSeed("serial transfer"));
    const { uart, bridge } = await live();
    const far = await openPort(pair.far);
    let atFar = 0;
    let atGuest = 0;
    let failure: unknown;
    far.on("data", (bytes: Buffer) => {
      try {
        pattern.check(bytes, atFar);
      } catch (error) {
        failure = error;
      }
      atFar += bytes.length;
    });
    far.write(pattern.bytes(0, TRANSFER_BYTES));
    uart.guestSends(pattern.bytes(0, TRANSFER_BYTES));
    const done = () => {
      const got = uart.takeArrived();
      pattern.check(got, atGuest);
      atGuest += got.length;
      return atFar >= TRANSFER_BYTES && atGuest >= TRANSFER_BYTES;
    };
    await until("all bytes", done, 60_000);
    expect(failure).toBeUndefined();
    expect(bridge.report()[0]).toMatchObject({
      rx: TRANSFER_BYTES,
      tx: TRANSFER_BYTES,
      dropped: 0,
    });
  });

  test("unplugged and replugged ten times under load, the next command works", async () => {
    const { uart, lines, endpoint } = await live();
    let replies = "";
    for (let round = 0; round < 10; round++) {
      uart.guestSends(new Uint8Array(100_000).fill(0x2e));
      await pair.unplug();
      await until("the log to say it is gone", () => lines.length === 2 * round + 1);
      await until("lines dropped", () => uart.inputs?.dcd === false);
      uart.guestSends("nobody hears this");
      await pair.plug();
      await until("the log to say it is back", () => lines.length === 2 * round + 2);
      expect(endpoint.status().connected).toBe(true);
      const far = await openPort(pair.far);
      far.on("data", (bytes: Buffer) => {
        replies += bytes.toString();
      });
      far.write(`command ${round}`);
      await until("the command", () => uart.arrived().toString().endsWith(`command ${round}`));
      uart.guestSends(`reply ${round}`);
      await until("the reply", () => replies.endsWith(`reply ${round}`));
      await new Promise((resolve) => far.close(resolve));
    }
    expect(lines[0]).toMatch(/^a\.uart0: \/dev\/pts\/\d+ is gone .*the machine goes on/);
    expect(lines[1]).toMatch(/^a\.uart0: \/dev\/pts\/\d+ is back$/);
    expect(replies).not.toContain("nobody hears this");
    expect(endpoint.counters.dropped).toBeGreaterThanOrEqual(10 * "nobody hears this".length);
  }, 60_000);

  test("the rate follows the guest's registers, and received bytes survive the change", async () => {
    const { uart } = await live();
    const far = await openPort(pair.far);
    uart.line = { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 };
    far.write("x".repeat(1000));
    await until("9600 baud", () => rateOf(pair.near) === 9600);
    uart.line = { baud: 1_000_000, dataBits: 8, parity: "none", stopBits: 2 };
    await until("1 Mbaud", () => rateOf(pair.near) === 1_000_000);
    await until("2 stop bits", () => {
      const words = execFileSync("stty", ["-a", "-F", pair.near]).toString();
      return / cstopb/.test(words);
    });
    await until("the bytes", () => uart.arrived().length === 1000);
  });

  test("a rate that no table has is set all the same", async () => {
    const { uart } = await live();
    uart.line = { baud: 250_017.3, dataBits: 8, parity: "none", stopBits: 1 };
    await until("the rate", () => rateOf(pair.near) === 250_017);
  });

  test("a frame that the device cannot do is said once, and the bytes still pass", async () => {
    const { uart, lines } = await live();
    const far = await openPort(pair.far);
    uart.line = { ...uart.line, dataBits: 7, parity: "even" };
    await until("the log line", () => lines.some((line) => /does not do 7 data bits/.test(line)));
    far.write("still here");
    await until("the bytes", () => uart.arrived().toString() === "still here");
    expect(lines.length).toBe(1);
  });

  test("a port with modem lines marks breaks, and every byte still passes", async () => {
    const endpoint = new SerialEndpoint(logLines().context, options(pair.near), async (port) => {
      const made = await makeRealPort(port);
      made.get = (done) => done(null, { cts: true, dsr: true, dcd: true });
      return made;
    });
    const started = await new Live(endpoint).start();
    cleanups.push(() => started.stop());
    const { uart } = started;
    const modes = execFileSync("stty", ["-a", "-F", pair.near]).toString();
    expect(modes).toMatch(/^-ignbrk -brkint -ignpar parmrk /m);
    const far = await openPort(pair.far);
    const all = Buffer.from(Array.from({ length: 1024 }, (_, i) => (i % 4 === 3 ? 255 : i % 256)));
    far.write(all);
    await until("the bytes", () => uart.arrived().length >= all.length);
    expect(uart.arrived()).toEqual(all);
    expect(uart.happened.filter((event) => event.startsWith("break"))).toEqual([]);
  });

  test("fixed settings stay whatever the guest does", async () => {
    const { uart } = await live(19_200, true);
    uart.line = { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 };
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(rateOf(pair.near)).toBe(19_200);
  });

  test("a port that is open elsewhere is E503 and names the ports there are", async () => {
    await openPort(pair.near);
    const endpoint = new SerialEndpoint(logLines().context, options(pair.near));
    await expect(endpoint.open(new Live(endpoint).uart.line)).rejects.toMatchObject({
      code: "E503",
      exitCode: 5,
      hint: expect.stringContaining("ports of this computer:"),
    });
    await endpoint.close();
  });
});

describe("a serial port that cannot be opened", () => {
  const LINE = { baud: 115_200, dataBits: 8, parity: "none", stopBits: 1 } as const;
  const failing = (message: string) => async (port: PortOptions) => {
    const mock = new SerialPortMock({ path: port.path, baudRate: 9600, autoOpen: false });
    mock.open = (done) => done?.(new Error(message));
    return mock as unknown as PortLike;
  };

  test("because it is absent: E501 and the list of ports", async () => {
    const endpoint = new SerialEndpoint(logLines().context, options("/dev/ttyNOPE7"));
    await expect(endpoint.open(LINE)).rejects.toMatchObject({
      code: "E501",
      exitCode: 5,
      message: expect.stringContaining("cannot open /dev/ttyNOPE7: there is no such port"),
      hint: expect.stringContaining("ports of this computer:"),
    });
  });

  test("because it is no terminal: E504", async () => {
    const endpoint = new SerialEndpoint(logLines().context, options("/dev/null"));
    await expect(endpoint.open(LINE)).rejects.toMatchObject({ code: "E504" });
  });

  // What bindings-cpp says on Linux, Windows and macOS.
  test.each([
    ["Error: Permission denied, cannot open /dev/ttyUSB0", "E502", "dialout"],
    ["Opening COM3: Access denied", "E502", "dialout"],
    ["Error Resource temporarily unavailable Cannot lock port", "E503", "fuser"],
    ["Error: Device or resource busy, cannot open /dev/ttyUSB0", "E503", "fuser"],
    ["Opening COM9: File not found", "E501", "plug it in"],
    ["Error: something new", "E500", "check the port"],
  ])("%s is %s", async (message, code, hint) => {
    const context = logLines().context;
    const endpoint = new SerialEndpoint(context, options("/dev/x"), failing(message));
    await expect(endpoint.open(LINE)).rejects.toMatchObject({
      code,
      hint: expect.stringContaining(hint),
    });
  });
});

describe("modem lines, break and settings on a port that has them (mock binding)", () => {
  interface MockPort {
    openOptions: { baudRate: number; dataBits: number; parity: string; stopBits: number };
    port: { openOpt?: { baudRate: number } };
    get(): Promise<{ cts: boolean; dsr: boolean; dcd: boolean }>;
    set(lines: { dtr: boolean; rts: boolean; brk: boolean }): Promise<void>;
    emitData(bytes: Buffer): void;
    recording: Buffer;
  }
  const PATH = "/dev/mock0";

  async function live(log = logLines()) {
    SerialPortMock.binding.reset();
    SerialPortMock.binding.createPort(PATH, { record: true });
    const driven: string[] = [];
    let lines = { cts: true, dsr: false, dcd: false };
    let mock: SerialPortMock | undefined;
    const endpoint = new SerialEndpoint(log.context, options(PATH), async (port) => {
      mock = new SerialPortMock(port);
      mock.on("open", () => {
        const binding = mock!.port as unknown as MockPort;
        binding.get = async () => lines;
        binding.set = async ({ dtr, rts, brk }) => {
          driven.push(`dtr=${+dtr} rts=${+rts} brk=${+brk}`);
        };
      });
      return mock as unknown as PortLike;
    });
    const started = await new Live(endpoint).start(false);
    cleanups.push(() => started.stop());
    return {
      ...log,
      endpoint,
      uart: started.uart,
      driven,
      setLines: (next: typeof lines) => {
        lines = next;
      },
      port: () => mock!.port as unknown as MockPort,
      close: () => mock!.close(),
    };
  }

  test("the guest's DTR, RTS and break reach the port", async () => {
    const { uart, driven } = await live();
    for (const outputs of [
      { dtr: true, rts: false, brk: false },
      { dtr: true, rts: true, brk: true },
      { dtr: true, rts: true, brk: false },
    ]) {
      const before = driven.length;
      uart.outputs = outputs;
      await until("the lines", () => driven.length > before);
    }
    expect(driven.slice(-3)).toEqual([
      "dtr=1 rts=0 brk=0",
      "dtr=1 rts=1 brk=1",
      "dtr=1 rts=1 brk=0",
    ]);
  });

  test("the port's CTS, DSR and DCD reach the guest", async () => {
    const { uart, setLines } = await live();
    await until("CTS", () => uart.inputs?.cts === true);
    expect(uart.inputs).toEqual({ cts: true, dsr: false, ri: false, dcd: false });
    setLines({ cts: false, dsr: true, dcd: true });
    await until("DSR and DCD", () => uart.inputs?.dcd === true);
    expect(uart.inputs).toEqual({ cts: false, dsr: true, ri: false, dcd: true });
  });

  test("the port opens with the guest's settings and follows its rate", async () => {
    const { uart, port } = await live();
    expect(port().openOptions).toMatchObject({
      baudRate: 115_200,
      dataBits: 8,
      parity: "none",
      stopBits: 1,
    });
    uart.line = { ...uart.line, baud: 57_600 };
    await until("the rate", () => port().port.openOpt?.baudRate === 57_600);
  });

  test("bytes cross both ways", async () => {
    const { uart, port } = await live();
    port().emitData(Buffer.from("in"));
    uart.guestSends("out");
    await until("in", () => uart.arrived().toString() === "in");
    await until("out", () => port().recording.toString() === "out");
  });

  test("a port that closes by itself is opened again, its lines as before", async () => {
    const { uart, lines, driven, close, endpoint } = await live();
    uart.outputs = { dtr: true, rts: true, brk: false };
    await until("the lines", () => driven.at(-1) === "dtr=1 rts=1 brk=0");
    driven.length = 0;
    close();
    await until("its return", () => lines.length === 2);
    expect(endpoint.status().connected).toBe(true);
    expect(driven).toContain("dtr=1 rts=1 brk=0");
    await until("CTS again", () => uart.inputs?.cts === true);
  });
});
