import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { PassThrough, Writable } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { FileEndpoint } from "../../../host/node/endpoints/file.js";
import { createEndpoint, openEndpoint } from "../../../host/node/endpoints/index.js";
import { StdioEndpoint } from "../../../host/node/endpoints/stdio.js";
import { describePorts, listPorts } from "../../../host/node/ports.js";
import { runTerminal } from "../../../host/node/term.js";
import { parseEndpoint } from "../../../host/serial/grammar.js";
import { LoopEndpoint } from "../../../host/serial/loop.js";
import { MemoryEndpoint } from "../../support/memory-endpoint.js";
import { Live, logLines, until, workFolder } from "./live.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function folder() {
  const made = workFolder();
  cleanups.push(() => made.remove());
  return made;
}

/** A terminal or pipe that a test types into. */
function keyboard(isTTY: boolean) {
  const stream = new PassThrough() as PassThrough & {
    isTTY: boolean;
    setRawMode(raw: boolean): void;
    raw: boolean[];
  };
  stream.isTTY = isTTY;
  stream.raw = [];
  stream.setRawMode = (raw) => void stream.raw.push(raw);
  return stream;
}

describe("stdio", () => {
  async function started(isTTY: boolean) {
    const input = keyboard(isTTY);
    const output = new PassThrough();
    let interrupts = 0;
    const endpoint = new StdioEndpoint(logLines().context, {
      input,
      output,
      interrupt: () => {
        interrupts++;
      },
    });
    const live = await new Live(endpoint).start();
    cleanups.push(() => live.stop());
    return { input, output, endpoint, live, uart: live.uart, interrupts: () => interrupts };
  }

  test("carries bytes both ways; the end of input ends only the input", async () => {
    const { input, output, endpoint, uart } = await started(false);
    input.end(Buffer.from([0x61, 0x03, 0xff]));
    uart.guestSends("hello\r\n");
    await until("input", () => uart.arrived().equals(Buffer.from([0x61, 0x03, 0xff])));
    await until("the end of input", () => !endpoint.inputPossible());
    await until("output", () => output.readableLength === 7);
    expect(input.raw).toEqual([]);
  });

  test("on a terminal keys go one by one, and Ctrl-C interrupts the run", async () => {
    const { input, uart, live, interrupts } = await started(true);
    input.write("k");
    await until("the key", () => uart.arrived().toString() === "k");
    input.write("\x03");
    await until("the interrupt", () => interrupts() === 1);
    await live.stop();
    expect(uart.arrived().toString()).toBe("k");
    expect(input.raw).toEqual([true, false]);
  });

  test("a reader that goes away loses the output, counted, and the machine goes on", async () => {
    const output = new Writable({
      write: (_chunk, _encoding, done) =>
        done(Object.assign(new Error("EPIPE"), { code: "EPIPE" })),
    });
    const endpoint = new StdioEndpoint(logLines().context, {
      input: keyboard(false),
      output,
      interrupt: () => undefined,
    });
    const live = await new Live(endpoint).start();
    live.uart.guestSends(new Uint8Array(300_000));
    await until("everything dropped", () => endpoint.counters.dropped === 300_000);
    await live.stop();
    expect(live.bridge.report()[0]).toMatchObject({ tx: 0, dropped: 300_000 });
  });
});

describe("file", () => {
  test("gets what the guest sends, whole, after it was emptied", async () => {
    const path = folder().path("out.log");
    writeFileSync(path, "old");
    const live = await new Live(new FileEndpoint(logLines().context, path)).start();
    const sent = Buffer.alloc(1_000_000, "0123456789");
    live.uart.guestSends(sent);
    await until("sent", () => live.bridge.report()[0]!.tx === sent.length);
    await live.stop();
    expect(readFileSync(path).equals(sent)).toBe(true);
    expect(live.bridge.inputPossible()).toBe(false);
  });

  test("that cannot be written is E511", async () => {
    const endpoint = new FileEndpoint(logLines().context, folder().path("no/such/folder"));
    await expect(endpoint.open()).rejects.toMatchObject({ code: "E511", exitCode: 5 });
    await endpoint.close();
  });

  test("on a full disk says so once and counts the loss", async () => {
    const log = logLines();
    const live = await new Live(new FileEndpoint(log.context, "/dev/full")).start();
    live.uart.guestSends(new Uint8Array(200_000));
    await until("the loss", () => live.bridge.report()[0]!.dropped === 200_000);
    await live.stop();
    expect(log.lines.length).toBe(1);
    expect(log.lines[0]).toMatch(/^a\.uart0: \/dev\/full: the disk is full; output is lost$/);
  });
});

describe("every kind of endpoint", () => {
  test.each([
    "serial:/dev/ttyS99",
    "pty",
    "tcp:127.0.0.1:9",
    "tcp-listen:0",
    "rfc2217-listen:0",
    "stdio",
    "file:x",
    "loop",
    "none",
  ])(
    "%s is made from its specification, and closes twice without having been open",
    async (text) => {
      const endpoint = createEndpoint(parseEndpoint(text), logLines().context);
      expect(endpoint.describe().split(":")[0]).toBe(text.split(":")[0]);
      await endpoint.close();
      await endpoint.close();
      expect(existsSync("x")).toBe(false);
    },
  );

  test("openEndpoint opens it or throws", async () => {
    const context = logLines().context;
    const loop = await openEndpoint(parseEndpoint("loop"), context);
    expect(loop.status().connected).toBe(true);
    await loop.close();
    await expect(openEndpoint(parseEndpoint("serial:/dev/nope"), context)).rejects.toMatchObject({
      code: "E501",
    });
  });
});

describe("the list of ports", () => {
  const failing = async () => {
    throw new Error("spawn udevadm ENOENT");
  };

  test("without udev comes from the device folder, with USB ids from sysfs", async () => {
    const root = folder();
    const usb = root.path("sys/devices/usb1/1-2");
    const devices = ["ttyUSB10", "ttyUSB2", "ttyS0", "ttyS1", "ttyACM0", "tty7", "null"];
    mkdirSync(root.path("dev/serial/by-id"), { recursive: true });
    mkdirSync(`${usb}/1-2:1.0/ttyUSB2`, { recursive: true });
    for (const name of devices) {
      writeFileSync(root.path(`dev/${name}`), "");
      mkdirSync(root.path(`sys/class/tty/${name}`), { recursive: true });
    }
    for (const [file, text] of [
      ["idVendor", "0403"],
      ["idProduct", "6001"],
      ["serial", "A50285BI"],
      ["manufacturer", "FTDI"],
    ]) {
      writeFileSync(`${usb}/${file}`, `${text}\n`);
    }
    symlinkSync(`${usb}/1-2:1.0/ttyUSB2`, root.path("sys/class/tty/ttyUSB2/device"));
    symlinkSync(root.path("dev/ttyUSB2"), root.path("dev/serial/by-id/usb-FTDI_A50285BI"));
    writeFileSync(root.path("sys/class/tty/ttyS0/type"), "4\n");
    writeFileSync(root.path("sys/class/tty/ttyS1/type"), "0\n");
    const sources = { dev: root.path("dev"), sys: root.path("sys"), list: failing };
    const ports = await listPorts(sources);
    expect(ports.map((port) => port.path.split("/").at(-1))).toEqual([
      "ttyACM0",
      "ttyS0",
      "ttyUSB2",
      "ttyUSB10",
    ]);
    expect(ports[2]).toEqual({
      path: root.path("dev/ttyUSB2"),
      vendorId: "0403",
      productId: "6001",
      serialNumber: "A50285BI",
      manufacturer: "FTDI",
      byId: "usb-FTDI_A50285BI",
    });
    expect(ports[0]?.vendorId).toBeUndefined();
  });

  test("is the library's where udev works, ids in lower case", async () => {
    const list = async () => [{ path: "/dev/ttyACM0", vendorId: "2E8A", productId: "000A" }];
    const ports = await listPorts({ dev: "/nowhere", sys: "/nowhere", list });
    expect(ports).toMatchObject([{ path: "/dev/ttyACM0", vendorId: "2e8a", productId: "000a" }]);
  });

  test("of a computer without ports reads none", async () => {
    expect(await describePorts({ dev: "/nowhere", sys: "/nowhere", list: failing })).toBe("none");
  });
});

describe("the built-in terminal", () => {
  function terminal(options: object = {}, endpoint = new MemoryEndpoint()) {
    const input = keyboard(true);
    const output = new PassThrough();
    const ended = runTerminal(endpoint, { input, output, ...options });
    return { input, output, ended, endpoint };
  }

  test("shows what comes, sends what is typed, and ends at Ctrl-]", async () => {
    const { input, output, ended, endpoint } = terminal();
    endpoint.arrive("login: ");
    input.write("root\r\x1dnot sent");
    expect(await ended).toBe("quit");
    expect(endpoint.take().toString()).toBe("root\r");
    expect(output.read().toString()).toBe("login: ");
    expect(input.raw).toEqual([true, false]);
    expect(endpoint.applied).toEqual(["dtr=1 rts=1 brk=0"]);
  });

  test.each([
    ["cr", "a\rb\r"],
    ["lf", "a\nb\n"],
    ["crlf", "a\r\nb\r\n"],
  ] as const)("line ending %s", async (lineEnding, sent) => {
    const { input, ended, endpoint } = terminal({ lineEnding });
    input.write("a\rb\n\x1d");
    await ended;
    expect(endpoint.take().toString()).toBe(sent);
  });

  test("hex view, log file and echo", async () => {
    const log = new PassThrough();
    const { input, output, ended, endpoint } = terminal({ hex: true, echo: true, log });
    endpoint.arrive(Uint8Array.from({ length: 18 }, (_, i) => 0x38 + i));
    input.write("x\x1d");
    await ended;
    expect(output.read().toString().replaceAll("\r", "")).toBe(
      "x00000000  38 39 3a 3b 3c 3d 3e 3f 40 41 42 43 44 45 46 47  |89:;<=>?@ABCDEFG|\n" +
        "00000010  48 49                                            |HI|\n",
    );
    expect(log.read().length).toBe(18);
  });

  test("piped input ends it after the answers had time to come", async () => {
    const { input, output, ended } = terminal({}, new LoopEndpoint() as never);
    input.end("question");
    expect(await ended).toBe("end of input");
    expect(output.read().toString()).toBe("question");
  });
});
