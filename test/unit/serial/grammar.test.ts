import { describe, expect, test } from "vitest";
import { UserError } from "../../../host/error/index.js";
import {
  checkEndpoints,
  type EndpointSpec,
  formatEndpoint,
  isLive,
  parseEndpoint,
  parseSerialOption,
} from "../../../host/serial/grammar.js";

const BY_PATH = "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0";

const serial = (path: string, baud?: number, fixed = false): EndpointSpec => ({
  kind: "serial",
  path,
  baud,
  fixed,
});

describe("an endpoint on the command line", () => {
  const GOOD: readonly (readonly [text: string, spec: EndpointSpec])[] = [
    ["serial:/dev/ttyUSB0", serial("/dev/ttyUSB0")],
    ["serial:/dev/ttyUSB0:baud=9600", serial("/dev/ttyUSB0", 9600)],
    ["serial:/dev/ttyUSB0:115200", serial("/dev/ttyUSB0", 115_200)],
    ["serial:/dev/ttyUSB0:baud=9600:fixed", serial("/dev/ttyUSB0", 9600, true)],
    ["serial:/dev/ttyUSB0:fixed:baud=9600", serial("/dev/ttyUSB0", 9600, true)],
    ["serial:/dev/ttyUSB0:fixed", serial("/dev/ttyUSB0", undefined, true)],
    ["serial:COM3", serial("COM3")],
    [`serial:${BY_PATH}`, serial(BY_PATH)],
    [`serial:${BY_PATH}:baud=57600`, serial(BY_PATH, 57_600)],
    ["pty", { kind: "pty", link: undefined }],
    ["pty:/tmp/board", { kind: "pty", link: "/tmp/board" }],
    ["pty:link:with:colons", { kind: "pty", link: "link:with:colons" }],
    ["tcp:board.local:4000", { kind: "tcp", host: "board.local", port: 4000 }],
    ["tcp:[::1]:4000", { kind: "tcp", host: "::1", port: 4000 }],
    ["tcp-listen:4000", { kind: "tcp-listen", host: "127.0.0.1", port: 4000 }],
    ["tcp-listen:0", { kind: "tcp-listen", host: "127.0.0.1", port: 0 }],
    ["tcp-listen:0.0.0.0:0", { kind: "tcp-listen", host: "0.0.0.0", port: 0 }],
    ["tcp-listen:[::]:65535", { kind: "tcp-listen", host: "::", port: 65_535 }],
    ["rfc2217-listen:2217", { kind: "rfc2217-listen", host: "127.0.0.1", port: 2217 }],
    ["stdio", { kind: "stdio" }],
    ["file:out.log", { kind: "file", path: "out.log" }],
    ["file:C:\\out.log", { kind: "file", path: "C:\\out.log" }],
    ["loop", { kind: "loop" }],
    ["none", { kind: "none" }],
  ];
  test.each(GOOD)("%s is understood", (text, spec) => {
    expect(parseEndpoint(text)).toEqual(spec);
    expect(parseEndpoint(formatEndpoint(spec))).toEqual(spec);
  });

  const BAD: readonly (readonly [text: string, code: string, hint: string])[] = [
    ["", "E240", "serial:PATH"],
    ["usb", "E240", "tcp-listen:[HOST:]PORT"],
    ["/dev/ttyUSB0", "E240", "serial:/dev/ttyUSB0"],
    ["stdio:x", "E241", "write stdio"],
    ["loop:", "E241", "write loop"],
    ["serial", "E242", "serial:PATH"],
    ["serial:", "E242", "serial:PATH"],
    ["serial::fixed", "E242", "serial:PATH"],
    ["file:", "E242", "file:PATH"],
    ["pty:", "E242", "pty[:LINK]"],
    ["serial:/dev/x:baud=fast", "E243", "serial:PATH"],
    ["serial:/dev/x:baud=0", "E243", "serial:PATH"],
    ["serial:/dev/x:baud=9600:19200", "E243", "serial:PATH"],
    ["serial:/dev/x:fixed:fixed", "E243", "serial:PATH"],
    ["tcp", "E245", "tcp:HOST:PORT"],
    ["tcp:4000", "E244", "tcp:HOST:PORT"],
    ["tcp::4000", "E244", "tcp:HOST:PORT"],
    ["tcp:host:0", "E245", "tcp:HOST:PORT"],
    ["tcp:::1:4000", "E244", "[::1]:4000"],
    ["tcp:[host]:4000", "E244", "tcp:HOST:PORT"],
    ["tcp-listen:70000", "E245", "tcp-listen:[HOST:]PORT"],
    ["tcp-listen:http", "E245", "tcp-listen:[HOST:]PORT"],
    ["rfc2217-listen:", "E245", "rfc2217-listen:[HOST:]PORT"],
  ];
  test.each(BAD)("%s is refused with %s", (text, code, hint) => {
    const error = caught(() => parseEndpoint(text));
    expect(error.code).toBe(code);
    expect(error.exitCode).toBe(2);
    expect(error.hint).toContain(hint);
  });

  test("live endpoints are those of the outside world", () => {
    const live = GOOD.filter(([, spec]) => isLive(spec)).map(([, spec]) => spec.kind);
    expect(new Set(live)).toEqual(
      new Set(["serial", "pty", "tcp", "tcp-listen", "rfc2217-listen", "stdio"]),
    );
  });
});

describe("--serial", () => {
  test("takes a UART's name and an endpoint", () => {
    expect(parseSerialOption("bmc.uart0=pty:/tmp/a=b")).toEqual({
      uart: "bmc.uart0",
      endpoint: { kind: "pty", link: "/tmp/a=b" },
    });
  });

  test.each(["pty", "uart0=pty", "=pty", "bmc.uart0"])("%s is refused with E246", (text) => {
    expect(caught(() => parseSerialOption(text)).code).toBe("E246");
  });

  const CLASHES = [
    ["a.uart0=pty", "a.uart0=loop"],
    ["a.uart0=stdio", "b.uart0=stdio"],
    ["a.uart0=file:x", "b.uart0=file:x"],
    ["a.uart0=serial:/dev/x", "b.uart0=serial:/dev/x:9600"],
    ["a.uart0=pty:/tmp/l", "b.uart0=pty:/tmp/l"],
    ["a.uart0=tcp-listen:4000", "b.uart0=rfc2217-listen:4000"],
  ] as const;
  test.each(CLASHES)("%s and %s exclude each other", (one, other) => {
    expect(caught(() => checkEndpoints([one, other].map(parseSerialOption))).code).toBe("E247");
  });

  test("any number of loops, PTYs and free ports stand side by side", () => {
    const pairs = ["a.uart0=loop", "a.uart1=loop", "b.uart0=pty", "b.uart1=pty"];
    const ports = ["c.uart0=tcp-listen:0", "c.uart1=tcp-listen:0"];
    expect(() => checkEndpoints([...pairs, ...ports].map(parseSerialOption))).not.toThrow();
  });
});

function caught(action: () => unknown): UserError {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
