import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildHost, hotspare, hotspareJson, Running } from "../../support/cli.js";
import { requireClient } from "../../support/clients.js";

const folder = mkdtempSync(join(tmpdir(), "hotspare-run-"));
const file = (name: string) => join(folder, name);

beforeAll(buildHost);
afterAll(() => rmSync(folder, { recursive: true }));

const BOARD = ["run", "console-board", "--quiet"];

/** Source: the contract of the command line, table "Outcomes". */
const OUTCOMES = [
  ["--for reached with nothing awaited is done", ["--for", "1ms"], "done", 0],
  ["--until met passes", ["--for", "1s", "--until", "uart:board.uart0:help\\r\\n> "], "pass", 0],
  [
    "--for reached before --until is a time-out",
    ["--for", "1ms", "--until", "uart:board.uart0:x"],
    "timeout",
    42,
  ],
  [
    "any of several --until will do",
    ["--for", "1s", "--until", "uart:board.uart0:never", "--until", "pc:board=main"],
    "pass",
    0,
  ],
] as const;

describe("how a run ends", () => {
  test.each(OUTCOMES)("%s", (_, options, outcome, exitCode) => {
    const { status, json } = hotspareJson([...BOARD, ...options]);
    expect({ status, outcome: json.outcome }).toEqual({ status: exitCode, outcome });
  });

  test("the power-off register halts with its value", () => {
    const result = file("power.json");
    const args = [...BOARD, "--free", "--serial", "board.uart0=stdio", "--result", result];
    expect(hotspare(args, "poweroff\r").status).toBe(0);
    const json = JSON.parse(readFileSync(result, "utf8"));
    expect(json).toMatchObject({ outcome: "halt", halt: { kind: "power" } });
    expect(json.endpoints).toMatchObject([{ uart: "board.uart0", endpoint: "stdio", rx: 9 }]);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends a paced run with PTY cleanly", async (signal, exitCode) => {
    const link = file(`link-${signal}`);
    const run = new Running([
      "run",
      "console-board",
      "--serial",
      `board.uart0=pty:${link}`,
      "--json",
    ]);
    await run.sees(/^ready board\.uart0=pty:\/dev\/pts\/\d+$/m);
    expect(statSync(link).isCharacterDevice()).toBe(true);
    run.child.kill(signal);
    expect(await run.ended).toBe(exitCode);
    const json = JSON.parse(run.stdout);
    expect(json).toMatchObject({ outcome: "interrupted", exitCode });
    expect(json.lateness_ms).toMatchObject({ p50: expect.any(Number), max: expect.any(Number) });
    expect(() => statSync(link)).toThrow();
  });
});

const socat = requireClient("socat", "socat");

describe.skipIf(socat === undefined)("a real port", () => {
  test("joins a UART whose guest has not set its rate yet, and carries the console", async () => {
    const [ours, theirs] = [file("ours"), file("theirs")];
    const pair = [`pty,raw,echo=0,link=${ours}`, `pty,raw,echo=0,link=${theirs}`];
    const cable = spawn(socat!, pair, { stdio: "ignore" });
    while (!existsSync(ours) || !existsSync(theirs)) await new Promise((go) => setTimeout(go, 20));
    const run = new Running([
      "run",
      "console-board",
      "--serial",
      `board.uart0=serial:${ours}`,
      "--for",
      "20s",
    ]);
    await run.sees(/^ready board\.uart0=serial:/m);
    const far = openSync(theirs, "r+");
    writeSync(far, "poweroff\r");
    expect(await run.ended).toBe(0);
    expect(run.stdout).toMatch(/^halt \(power/);
    closeSync(far);
    cable.kill();
  });
});

describe("stopping at an event", () => {
  test("the stop is exact: the same state as running to that time", () => {
    const until = hotspareJson([...BOARD, "--for", "1s", "--until", "uart:board.uart0:> "]).json;
    const plain = hotspareJson([...BOARD, "--for", `${until.time_ps}ps`]).json;
    expect(plain.digest).toBe(until.digest);
  });

  test("the stop does not depend on how the run was sliced", () => {
    const args = [...BOARD, "--for", "1s", "--until", "uart:board.uart0:help"];
    const sliced = ["--snapshot-at", `1ms=${file("a")}`, "--snapshot-at", `2.1ms=${file("b")}`];
    const [one, other] = [hotspareJson(args).json, hotspareJson([...args, ...sliced]).json];
    expect([other.time_ps, other.digest]).toEqual([one.time_ps, one.digest]);
  });

  test("pc: stops with the hart at the symbol, a mark of the trace right after its store", () => {
    const { json } = hotspareJson([...BOARD, "--for", "1s", "--until", "pc:board=main"]);
    const at = Number(json.harts[0].pc);
    const again = hotspareJson([...BOARD, "--for", "1s", "--until", `pc:board=${at}`]).json;
    expect(again.digest).toBe(json.digest);
    const mark = [
      "run",
      "two-nodes",
      "--quiet",
      "--for",
      "1s",
      "--until",
      "trace:a.status.mark:value=2",
    ];
    expect(hotspareJson(mark).json.outcome).toBe("pass");
  });
});

describe("sessions", () => {
  const session = file("run.session");
  const record = (...more: string[]) =>
    hotspare(
      [...BOARD, "--free", "--serial", "board.uart0=stdio", "--record", session, ...more],
      "echo hello\rhash 3\rpoweroff\r",
    );

  test("a recorded session replays in another process with no port", () => {
    const result = file("recorded.json");
    expect(record("--result", result).status).toBe(0);
    const recorded = JSON.parse(readFileSync(result, "utf8"));
    const { status, json } = hotspareJson(["replay", session]);
    expect({ status, outcome: json.outcome, difference: json.difference }).toEqual({
      status: 0,
      outcome: "pass",
      difference: null,
    });
    expect([json.digest, json.time_ps, json.harts]).toEqual([
      recorded.digest,
      recorded.time_ps,
      recorded.harts,
    ]);
  });

  test("a replay with other firmware tells the first byte that differs", () => {
    const root = new URL("../../..", import.meta.url).pathname;
    const elf = join(root, "firmware-models/console-board/prebuilt/console-board.elf");
    const bytes = readFileSync(elf);
    const at = bytes.indexOf("console-board ready");
    bytes[at + 8] = "B".charCodeAt(0);
    writeFileSync(file("other.elf"), bytes);
    const { status, json } = hotspareJson([
      "replay",
      session,
      "--firmware",
      `board=${file("other.elf")}`,
    ]);
    expect(status).toBe(1);
    expect(json.difference).toMatchObject({ unit: "board.uart0", what: "output" });
    expect(json.difference.actual).toContain("'B'");
    expect(json.difference.expected).toContain("'b'");
  });

  test("a session damaged at any byte is refused, never crashes", () => {
    const bytes = readFileSync(session);
    for (const at of [0, 9, 17, 21, 25, bytes.length >> 1, bytes.length - 1]) {
      const damaged = Uint8Array.from(bytes);
      damaged[at]! ^= 0x10;
      writeFileSync(file("damaged"), damaged);
      const { status, json } = hotspareJson(["replay", file("damaged")]);
      expect([at, status, json.error?.code]).toEqual([at, 3, "E150"]);
    }
  });
});

describe("snapshots", () => {
  test("a run from a snapshot goes on as if it had never stopped", () => {
    const taken = file("10ms.snapshot");
    const whole = hotspareJson([
      "run",
      "two-nodes",
      "--quiet",
      "--for",
      "30ms",
      "--snapshot-at",
      `10ms=${taken}`,
    ]).json;
    const rest = hotspareJson([
      "run",
      "two-nodes",
      "--quiet",
      "--from",
      taken,
      "--for",
      "20ms",
    ]).json;
    expect([rest.time_ps, rest.digest, rest.harts]).toEqual([
      whole.time_ps,
      whole.digest,
      whole.harts,
    ]);
  });

  test("a snapshot of another machine is refused", () => {
    const args = [...BOARD, "--from", file("10ms.snapshot"), "--for", "1ms"];
    expect(hotspareJson(args)).toMatchObject({ status: 3, json: { error: { code: "E191" } } });
  });

  test("diff names the memory or unit that differs and exits with 1", () => {
    const [a, b] = [file("a.snapshot"), file("b.snapshot")];
    hotspare([...BOARD, "--for", "6ms", "--snapshot-at", `5ms=${a}`, "--snapshot-at", `6ms=${b}`]);
    expect(hotspareJson(["diff", a, a])).toMatchObject({ status: 0, json: { equal: true } });
    const { status, json } = hotspareJson(["diff", a, b]);
    expect(status).toBe(1);
    expect(json.difference.about).toEqual(["time 5000000000 ps / 6000000000 ps"]);
    expect(json.difference.pages).toBeGreaterThan(0);
  });
});

describe("traces", () => {
  const [text, json] = [file("run.trace"), file("run.jsonl")];

  test("text and JSON lines say the same, and diff finds a changed field", () => {
    hotspare([...BOARD, "--for", "200us", "--trace", text]);
    hotspare([...BOARD, "--for", "200us", "--trace", json]);
    expect(hotspare(["diff", text, json])).toMatchObject({ status: 0 });
    const lines = readFileSync(text, "utf8").replace("target=board.uart0", "target=board.uart1");
    writeFileSync(file("changed.trace"), lines);
    const { status, json: found } = hotspareJson(["diff", text, file("changed.trace")]);
    expect(status).toBe(1);
    expect(found.difference).toMatchObject({ unit: "board", differs: ["target"] });
    expect(found.difference.context).toHaveLength(5);
  });

  test("trace filters by event and converts", () => {
    const { stdout } = hotspare(["trace", json, "--event", "bus", "--grep", "board.uart0"]);
    const [head, ...rows] = stdout.trimEnd().split("\n");
    expect(head).toBe("# hotspare trace 1 machine=console-board");
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows) expect(row).toMatch(/^\d{15} board {8}bus {7}access=/);
  });
});
