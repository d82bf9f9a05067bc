/**
 * The BMC's IPMI layers on this computer, with sanitizers: framing, commands, stores. Oracles: the
 * byte strings of captures of a real client, the tables of the IPMI specification.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireClient } from "../../support/clients.js";
import { basicAnswer, basicFrame, NativeProgram } from "./bmc-native.js";

const gcc = requireClient("gcc", "gcc");
let bmc: NativeProgram;

const CHASSIS = 0x00;
const SENSOR = 0x04;
const APP = 0x06;
const STORAGE = 0x0a;

const rx = (netfn: number, command: number, ...data: number[]) =>
  `rx ${basicFrame(netfn, command, data)}`;

/** The answers (completion code, data) of requests that are sent one after the other. */
function ask(...steps: string[]): number[][] {
  const answers = bmc.run(steps);
  return steps.flatMap((step, i) =>
    step.startsWith("rx") ? [basicAnswer(/^tx .*/m.exec(answers[i]!)?.[0] ?? "")] : [],
  );
}

describe.skipIf(gcc === undefined)("the BMC's IPMI layers", () => {
  beforeAll(() => {
    bmc = new NativeProgram(
      gcc!,
      ["shared", "bmc"],
      ["test/unit/firmware/bmc-native.c", "test/unit/firmware/bmc-native-board.c"],
    );
  }, 120_000);
  afterAll(() => bmc?.end());

  test.each([
    [
      "the client's first probe is answered C1, its check sum 1B as AA 3B",
      "rx a020b030810400007ba5",
      "tx a6a081b4cb200400c1aa3ba5",
    ],
    ["so is its second probe", "rx a020b0308108000374a5", "tx a6a081b4cb200800c117a5"],
    ["a frame with a wrong header check sum is not answered", "rx a020b030810400007ca5", ""],
    ["a frame with a wrong body check sum is not answered", "rx a020b031810400007ba5", ""],
    ["a frame with an unknown escape is not answered", "rx a020b03081aa0400007ba5", ""],
    ["a frame for another address is not answered", "rx a022b02e810400007ba5", ""],
    ["an answer is not answered", "rx a020b42c810400007ba5", ""],
    [
      "a frame that begins anew is a new one",
      "rx a020b0a020b030810400007ba5",
      "tx a6a081b4cb200400c1aa3ba5",
    ],
    [
      "noise before a frame is skipped",
      "rx 00ff5da5a020b030810400007ba5",
      "tx a6a081b4cb200400c1aa3ba5",
    ],
  ])("%s", (_name, step, expected) => {
    expect(bmc.run([step])).toEqual([expected]);
  });

  const text = (line: string) => Buffer.from(bmc.run([line])[0]!.slice(3), "hex").toString();

  test.each([
    ["hex pairs are a message", "text [18 00 22]", "[1C 00 22 80]\r\n"],
    ["blanks and case do not matter", "text [180022]", "[1C 00 22 80]\r\n"],
    ["lower case is as good", "text [b0 04 00 0a]", "[B4 04 00 C1]\r\n"],
    ["an odd digit is an error", "text [18 0 22]", "[ERR CC]\r\n"],
    ["too short a message is an error", "text [18 00]", "[ERR C7]\r\n"],
    ["a backspace takes a character back", "text [18 00 23\b2]", "[1C 00 22 80]\r\n"],
    ["so does DEL", "text [18 00 23\x7f2]", "[1C 00 22 80]\r\n"],
    ["ESC gives the line up", "text [18 00 22\x1b]", ""],
    ["a bracket begins anew", "text [18 00 [18 00 22]", "[1C 00 22 80]\r\n"],
    ["a line without a closing bracket is not answered", "text [18 00 22", ""],
    ["text without brackets is not answered", "text 18 00 22", ""],
    ["text commands, any case", "text [sys tmode]", "[OK TMODE]\r\n"],
    ["unknown text commands", "text [SYS COFFEE]", "[ERR C1]\r\n"],
    ["too long a line", `text [${"18 ".repeat(80)}]`, "[ERR C8]\r\n"],
  ])("terminal mode: %s", (_name, line, expected) => {
    expect(text(line)).toBe(expected);
  });

  test("terminal mode: a backslash goes on in the next line, whatever ends it", () => {
    const line = (end: string) => `rx ${Buffer.from(`[18 00 \\${end}22]\r`).toString("hex")}`;
    for (const end of ["\r", "\n", "\r\n"]) expect(text(line(end))).toBe("[1C 00 22 80]\r\n");
  });

  test("terminal mode: power, reset, identify and health act on the board", () => {
    const answers = bmc.run([
      "text [SYS POWER OFF]",
      "text [SYS RESET]",
      "text [SYS HEALTH QUERY]",
      "text [SYS POWER ON]",
      "text [SYS RESET]",
      "text [SYS IDENTIFY]",
      "text [SYS IDENTIFY -OFF]",
    ]);
    const texts = answers.map((answer) =>
      Buffer.from(/tx (.*)/.exec(answer)![1]!, "hex")
        .toString()
        .trim(),
    );
    expect(texts).toEqual([
      "[OK]",
      "[ERR D5]",
      "[OK PWR:OFF H:ok T:ok V:?? PS:?? C:?? D:?? S:?? O:??]",
      "[OK]",
      "[OK]",
      "[OK]",
      "[OK]",
    ]);
    expect(answers.map((answer) => /(power|lamp) \d/.exec(answer)?.[0])).toEqual([
      "power 2",
      undefined,
      undefined,
      "power 1",
      "power 3",
      "lamp 1",
      "lamp 0",
    ]);
  });

  test("terminal mode: a login has the privilege of its user until it ends", () => {
    const lines = [
      "[SYS PWD -U user user]",
      "[18 00 02]", // cold reset needs an administrator
      "[SYS PWD -U admin wrong]",
      "[SYS PWD -U user user]",
      "[SYS PWD -X]",
      "[18 00 02]",
    ];
    const texts = bmc.run(lines.map((line) => `text ${line}`)).map((answer) =>
      Buffer.from(/tx (.*)/.exec(answer)![1]!, "hex")
        .toString()
        .trim(),
    );
    expect(texts).toEqual(["[OK]", "[1C 00 02 D4]", "[ERR D4]", "[OK]", "[OK]", "[1C 00 02 00]"]);
  });

  test.each([
    ["an unknown command", APP, 0x77, [], [0xc1]],
    ["too short a request", SENSOR, 0x2d, [], [0xc7]],
    ["too long a request", APP, 0x01, [1], [0xc7]],
    ["an absent sensor", SENSOR, 0x2d, [99], [0xcb]],
    ["thresholds of a discrete sensor", SENSOR, 0x27, [18], [0xcd]],
    ["an absent record", STORAGE, 0x23, [0, 0, 99, 0, 0, 16], [0xcb]],
    ["a whole long record", STORAGE, 0x23, [0, 0, 1, 0, 0, 0xff], [0xca]],
    ["a partial read without a reservation", STORAGE, 0x23, [9, 9, 1, 0, 5, 16], [0xc5]],
    ["another inventory", STORAGE, 0x10, [1], [0xcb]],
    ["too much of the inventory", STORAGE, 0x11, [0, 0, 0, 0x40], [0xca]],
    ["behind the inventory", STORAGE, 0x11, [0, 0, 2, 1], [0xc9]],
    ["a message when none waits", APP, 0x33, [], [0x80]],
    ["a watchdog that was never set", APP, 0x22, [], [0x80]],
    ["an unknown boot parameter", CHASSIS, 0x09, [99, 0, 0], [0x80]],
    ["self test", APP, 0x04, [], [0, 0x55, 0]],
    ["a chassis that is on", CHASSIS, 0x01, [], [0, 0x41, 0, 0x40]],
  ])("%s", (_name, netfn, command, data, expected) => {
    expect(ask(rx(netfn, command, ...data))).toEqual([expected]);
  });

  test.each([0x1e, 0x22])("records are read in pieces of %i bytes from offset 5", (count) => {
    const [[, low, high] = [], piece = []] = ask(
      rx(STORAGE, 0x22),
      rx(STORAGE, 0x23, 1, 0, 5, 0, 5, count),
    );
    expect([low, high]).toEqual([1, 0]);
    expect(piece[0]).toBe(0);
    expect(piece.slice(1, 3)).toEqual([6, 0]);
    expect(piece).toHaveLength(3 + count);
    expect(piece.slice(3, 6)).toEqual([0x20, 0, 5]);
  });

  test("readings that are control bytes of the line arrive as they are", () => {
    const raws = [0xa0, 0xa5, 0xa6, 0xaa, 0x1b];
    for (const raw of raws) {
      const [reading] = ask(`sensor 12 ${raw * 50_000}`, rx(SENSOR, 0x2d, 12));
      expect(reading!.slice(0, 2)).toEqual([0, raw]);
    }
  });

  test("a threshold that is passed is logged once, and again when it holds no more", () => {
    const logged = ask(
      ...["sensor 5 12000", "sensor 5 12700", "sensor 5 12800", "sensor 5 12500", "sensor 5 12300"],
      rx(STORAGE, 0x43, 0, 0, 0, 0, 0, 0xff),
      rx(STORAGE, 0x43, 0, 0, 0xff, 0xff, 0, 0xff),
      rx(STORAGE, 0x40),
    );
    // Voltage, sensor 5, upper non-critical going high; reading and threshold in the data.
    expect(logged[0]!.slice(13)).toEqual([2, 5, 0x01, 0x57, 102, 101]);
    expect(logged[1]!.slice(13)).toEqual([2, 5, 0x81, 0x57, 98, 101]);
    expect(logged[2]!.slice(1, 4)).toEqual([0x51, 2, 0]);
  });

  test("a message to the BMC itself is executed and comes back in the answer", () => {
    const inner = [0x20, 0x18, 0xc8, 0x20, 0x08, 0x04, 0xd4];
    const [answer] = ask(rx(APP, 0x34, 0x40, ...inner));
    expect(answer).toEqual([0, 0x20, 0x1c, 0xc4, 0x20, 0x08, 0x04, 0, 0x55, 0, 0x7f]);
    const [put, got, empty] = ask(rx(APP, 0x34, 0, ...inner), rx(APP, 0x33), rx(APP, 0x33));
    expect(put).toEqual([0]);
    expect(got).toEqual([0, 0x40, 0x1c, 0xc4, 0x20, 0x08, 0x04, 0, 0x55, 0, 0x7f]);
    expect(empty).toEqual([0x80]);
  });

  test("the watchdog acts, says so and stops", () => {
    const steps = [rx(APP, 0x24, 4, 3, 0, 0, 20, 0), rx(APP, 0x22), "ms 1900", "ms 200"];
    const answers = bmc.run([...steps, rx(APP, 0x25), "ms 1100"]);
    expect(answers[2]).toBe("");
    expect(answers[3]).toBe("power 2");
    expect(basicAnswer(answers[4]!)).toEqual([0, 4, 3, 0, 0x10, 20, 0, 20, 0]);
    expect(answers[5]).toBe("power 1");
  });

  test("a session is activated with a name and a password, and closed", () => {
    const name = [..."operator".padEnd(16, "\0")].map((c) => c.charCodeAt(0));
    const PASSWORD = 4;
    const answers = ask(
      rx(APP, 0x39, PASSWORD, ...name),
      rx(APP, 0x3a, PASSWORD, 3, ...name, 1, 0, 0, 0), // the password is the name
      rx(APP, 0x02),
      rx(APP, 0x3b, 2),
      rx(APP, 0x3b, 4),
      rx(APP, 0x3c, 9, 0, 0, 0),
      rx(APP, 0x3c, 1, 0, 0, 0),
      rx(APP, 0x3b, 0),
    );
    expect(answers[0]!.slice(0, 5)).toEqual([0, 1, 0, 0, 0]);
    expect(answers[1]).toEqual([0, PASSWORD, 1, 0, 0, 0, 0, 0, 0, 0, 3]);
    expect(answers.slice(2)).toEqual([[0xd4], [0, 2], [0x81], [0x87], [0], [0, 4]]);
  });

  test("with a password for the user without a name nothing but a login is possible", () => {
    const secret = [..."secret".padEnd(16, "\0")].map((c) => c.charCodeAt(0));
    const answers = ask(rx(APP, 0x47, 1, 2, ...secret), rx(APP, 0x01), rx(APP, 0x38, 0x0e, 4));
    expect(answers).toEqual([[0], [0xd4], [0, 1, 0x11, 0x16, 0, 0, 0, 0, 0]]);
    const lines = ["[SYS PWD -N secret]", "[18 00 04]", "[SYS PWD -X]", "[18 00 04]"];
    const texts = bmc
      .run([rx(APP, 0x47, 1, 2, ...secret), ...lines.map((line) => `text ${line}`)])
      .slice(1)
      .map((answer) =>
        Buffer.from(/tx (.*)/.exec(answer)![1]!, "hex")
          .toString()
          .trim(),
      );
    expect(texts).toEqual(["[OK]", "[1C 00 04 00 55 00]", "[OK]", "[1C 00 04 D4]"]);
  });

  test("a record is deleted with a reservation, which ends with it", () => {
    const record = (n: number) => [0, 0, 0xe0, ...new Array<number>(13).fill(n)];
    const answers = ask(
      rx(STORAGE, 0x44, ...record(1)),
      rx(STORAGE, 0x44, ...record(2)),
      rx(STORAGE, 0x44, ...record(3)),
      rx(STORAGE, 0x46, 1, 0, 2, 0),
      rx(STORAGE, 0x42),
      rx(STORAGE, 0x46, 1, 0, 2, 0),
      rx(STORAGE, 0x46, 1, 0, 3, 0),
      rx(STORAGE, 0x43, 0, 0, 1, 0, 0, 0xff),
      rx(STORAGE, 0x40),
    );
    expect(answers[3]).toEqual([0xc5]);
    expect(answers.slice(5, 7)).toEqual([[0, 2, 0], [0xc5]]);
    expect(answers[7]!.slice(0, 3)).toEqual([0, 3, 0]);
    expect(answers[8]!.slice(2, 4)).toEqual([2, 0]);
  });

  test("resets are carried out after their answers", () => {
    expect(bmc.run([rx(APP, 0x03)])[0]).toMatch(/^tx .*\nrestart warm$/);
    expect(bmc.run([rx(APP, 0x02)])[0]).toMatch(/^tx .*\nrestart cold$/);
  });

  describe("survives a reset", () => {
    test("users, their passwords and their privileges", () => {
      const name = [..."operator2".padEnd(16, "\0")].map((c) => c.charCodeAt(0));
      const answers = ask(
        rx(APP, 0x45, 6, ...name),
        rx(APP, 0x43, 0x91, 6, 3),
        rx(APP, 0x47, 6, 1),
        "reset",
        rx(APP, 0x46, 6),
        rx(APP, 0x44, 1, 6),
      );
      expect(answers[3]).toEqual([0, ...name]);
      expect(answers[4]!.slice(4)).toEqual([0x13]);
    });

    test("the inventory", () => {
      const answers = ask(
        rx(STORAGE, 0x12, 0, 0x80, 1, 1, 2, 3),
        "reset",
        rx(STORAGE, 0x11, 0, 0x80, 1, 3),
      );
      expect(answers).toEqual([
        [0, 3],
        [0, 3, 1, 2, 3],
      ]);
    });

    test("the event log and its clear", () => {
      const record = [0, 0, 0xe0, ...Array.from({ length: 13 }, (_, i) => i)];
      const answers = ask(
        rx(STORAGE, 0x44, ...record),
        "reset",
        rx(STORAGE, 0x43, 0, 0, 0, 0, 0, 0xff),
        rx(STORAGE, 0x42),
        rx(STORAGE, 0x47, 1, 0, 0x43, 0x4c, 0x52, 0xaa),
        "reset",
        rx(STORAGE, 0x43, 0, 0, 0, 0, 0, 0xff),
      );
      expect(answers[1]).toEqual([0, 0xff, 0xff, 1, 0, ...record.slice(2)]);
      expect(answers[3]).toEqual([0, 1]);
      expect(answers[4]).toEqual([0xcb]);
    });
  });

  test("a log that is full says so, and can be cleared", () => {
    const record = [0, 0, 0xe0, ...new Array<number>(13).fill(7)];
    const answers = ask(
      ...new Array<string>(1710).fill(rx(STORAGE, 0x44, ...record)),
      rx(STORAGE, 0x40),
      rx(STORAGE, 0x42),
      rx(STORAGE, 0x47, 1, 0, 0x43, 0x4c, 0x52, 0xaa),
      rx(STORAGE, 0x40),
      rx(STORAGE, 0x44, ...record),
      "reset",
      rx(STORAGE, 0x40),
    );
    const full = answers.filter(([completion]) => completion === 0xc4).length;
    expect(full).toBe(5);
    expect(answers[1710]!.slice(2, 6)).toEqual([1705 & 0xff, 1705 >> 8, 0, 0]);
    expect(answers[1713]!.slice(2, 4)).toEqual([0, 0]);
    expect(answers.at(-1)!.slice(2, 4)).toEqual([1, 0]);
  });

  test("a write that is torn at any byte loses only itself", () => {
    const record = (n: number) => [0, 0, 0xe0, n, ...new Array<number>(12).fill(n)];
    for (let bytes = 0; bytes < 32; bytes++) {
      const answers = bmc.run([
        rx(STORAGE, 0x44, ...record(1)),
        `tear ${bytes}`,
        rx(STORAGE, 0x44, ...record(2)),
        rx(STORAGE, 0x44, ...record(3)),
        rx(STORAGE, 0x43, 0, 0, 0, 0, 0, 0xff),
        rx(STORAGE, 0x43, 0, 0, 0xff, 0xff, 0, 0xff),
      ]);
      expect(answers[2], `torn after ${bytes} bytes`).toBe("torn");
      expect(basicAnswer(answers[4]!).slice(6, 7)).toEqual([1]);
      expect(basicAnswer(answers[5]!).slice(6, 7)).toEqual([3]);
    }
  });

  test("settings that are torn at any byte are the old ones, or the new ones", () => {
    for (let bytes = 0; bytes < 1700; bytes += 37) {
      const answers = bmc.run([
        rx(CHASSIS, 0x06, 0),
        `tear ${bytes}`,
        rx(CHASSIS, 0x06, 1),
        rx(CHASSIS, 0x01),
      ]);
      const policy = (basicAnswer(answers[3]!)[1]! >> 5) & 3;
      const torn = answers[2] === "torn";
      expect(policy, `torn after ${bytes} bytes`).toBe(torn ? 0 : 1);
    }
  });

  test("random bytes, frames and lines break nothing, and the next request is answered", () => {
    let seed = 0x2026_1122;
    const random = (limit: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    const bytes = (count: number) => Array.from({ length: count }, () => random(256));
    const steps: string[] = [];
    for (let i = 0; i < 3000; i++) {
      const netfn = [CHASSIS, SENSOR, APP, STORAGE, 0x30, random(64)][random(6)]! & 0x3e;
      steps.push(
        [
          () => `rx ${Buffer.from(bytes(1 + random(80))).toString("hex")}`,
          () => rx(netfn, random(0x80), ...bytes(random(24))),
          () =>
            `rx ${Buffer.from(
              `[${bytes(random(60))
                .map((b) => String.fromCharCode(b))
                .join("")}]\r`,
            ).toString("hex")}`,
          () => "ms 30",
        ][random(4)]!(),
      );
    }
    const answers = bmc.run([...steps, "ms 200", rx(APP, 0x01)]);
    expect(basicAnswer(answers.at(-1)!.split("\n")[0]!)[0], "seed 0x20261122").toBe(0);
  });
});
