import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildHost, hotspare, hotspareJson, Running } from "../../support/cli.js";
import { BASE, FAULTS, folder, LOOP, program, SLEEP, storing, TOHOST } from "./programs.js";

beforeAll(buildHost);
afterAll(() => rmSync(folder, { recursive: true }));

const NOTHING = { kind: null, value: 0 };

/** Source: the contract of the command line, tables "Outcomes" and "Exit codes". */
const OUTCOMES = [
  ["tohost 1 passes", storing(1), [], "pass", 0, { kind: "tohost", value: 0 }],
  ["tohost 15 is failure 7", storing(15), [], "fail", 1, { kind: "tohost", value: 7 }],
  ["an even tohost is ignored", storing(2), ["--max-cycles", "100"], "timeout", 42, NOTHING],
  [
    "a halt store reports its value",
    storing(77),
    ["--halt-store", "0x8000_1000"],
    "halt",
    0,
    { kind: "store", value: 77 },
  ],
  [
    "a negative value is reported unsigned",
    storing(-1),
    ["--halt-store", "0x80001000"],
    "halt",
    0,
    { kind: "store", value: 0xffff_ffff },
  ],
  ["--max-cycles is a time-out", LOOP, ["--max-cycles", "1_000"], "timeout", 42, NOTHING],
  ["wfi with nothing to wake it halts", SLEEP, [], "halt", 0, { kind: "idle", value: 0 }],
] as const;

describe("how a bare program ends", () => {
  test.each(OUTCOMES)("%s", (name, words, options, outcome, exitCode, halt) => {
    const path = program(`${name.replaceAll(" ", "-")}.elf`, words);
    const { status, json } = hotspareJson(["exec", path, ...options]);
    expect({ status, outcome: json.outcome, exitCode: json.exitCode, halt: json.halt }).toEqual({
      status: exitCode,
      outcome,
      exitCode,
      halt,
    });
  });
});

/** Cycles by the table of the core's specification, section 2; pc after the last retired one. */
const ACCOUNTS = [
  ["the finishing store counts", storing(1), 3, 0, 1 + 1 + 2, BASE + 12],
  ["wfi that ends the run is retired", SLEEP, 1, 0, 1, BASE + 4],
  [
    "a trapped instruction is not retired",
    FAULTS,
    4 + 6,
    1,
    4 * 1 + 4 + 3 * 1 + 3 + 1 + 2,
    BASE + 28,
  ],
] as const;

describe("what exec counts", () => {
  test.each(ACCOUNTS)("%s", (name, words, retired, trapped, cycles, pc) => {
    const path = program(`${name.replaceAll(" ", "-")}.elf`, words);
    const { json } = hotspareJson(["exec", path]);
    const [hart] = json.harts;
    expect(hart).toMatchObject({ name: "hart0", retired: `${retired}`, trapped: `${trapped}` });
    if (name.includes("wfi")) expect(Number(hart.cycles)).toBeGreaterThanOrEqual(cycles);
    else expect(hart.cycles).toBe(`${cycles}`);
    expect(hart.pc).toBe(`0x${pc.toString(16)}`);
  });

  test("time follows --hz: 4 cycles of 1 MHz are 4 us", () => {
    const path = program("hz.elf", storing(1));
    expect(hotspareJson(["exec", path, "--hz", "1_000_000"]).json.time_ps).toBe("4000000");
  });

  test("the result has every key, with null or [] where there is nothing", () => {
    const { json } = hotspareJson(["exec", program("keys.elf", storing(1))]);
    expect(Object.keys(json).sort()).toEqual([
      "digest",
      "endpoints",
      "exitCode",
      "faults",
      "halt",
      "harts",
      "lateness_ms",
      "outcome",
      "time_ps",
      "wall_s",
    ]);
    expect(json.digest).toMatch(/^[0-9a-f]{32}$/);
    expect([json.endpoints, json.faults, json.lateness_ms]).toEqual([[], [], null]);
  });
});

describe("the options of exec", () => {
  test("--boot moves the first instruction and --ram the memory", () => {
    const path = program("boot.elf", [...LOOP, ...storing(1)]);
    const { json } = hotspareJson([
      "exec",
      path,
      "--boot",
      "0x80000004",
      "--ram",
      "0x80000000:64K",
    ]);
    expect(json).toMatchObject({ outcome: "pass", harts: [{ retired: "3" }] });
  });

  test("--signature writes the words between the symbols, eight hex digits a line", () => {
    const path = program(
      "signature.elf",
      [...storing(1), 0xdead_beef, 0x0000_0001],
      [
        { name: "tohost", address: TOHOST },
        { name: "begin_signature", address: BASE + 16 },
        { name: "end_signature", address: BASE + 24 },
      ],
    );
    const file = join(folder, "signature.txt");
    expect(hotspare(["exec", path, "--signature", file]).status).toBe(0);
    expect(readFileSync(file, "utf8")).toBe("deadbeef\n00000001\n");
  });

  test("--trace writes one line a retired instruction, as objdump prints it", () => {
    const path = program("traced.elf", storing(1));
    const file = join(folder, "exec.trace");
    hotspare(["exec", path, "--trace", file, "--trace-kinds", "retire,halt"]);
    expect(readFileSync(file, "utf8").split("\n")).toEqual([
      "# hotspare trace 1 machine=exec",
      '000000000000000 hart0        retire    pc=0x80000000 next=0x80000004 cycles=1 asm="lui t0,0x80001"',
      '000000000010000 hart0        retire    pc=0x80000004 next=0x80000008 cycles=1 asm="li t1,1"',
      '000000000020000 hart0        retire    pc=0x80000008 next=0x8000000c cycles=2 asm="sw t1,0(t0)"',
      "000000000040000 hart0        halt      kind=tohost value=0x00000001",
      "",
    ]);
  });

  test("a trace does not change what happens", () => {
    const path = program("equal.elf", FAULTS);
    const plain = hotspareJson(["exec", path]).json;
    const traced = hotspareJson(["exec", path, "--trace", join(folder, "equal.jsonl")]).json;
    expect({ ...traced, wall_s: 0 }).toEqual({ ...plain, wall_s: 0 });
  });
});

describe("signals", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 143],
  ] as const)("%s ends an endless program cleanly, with its result", async (signal, exitCode) => {
    const run = new Running(["exec", program("endless.elf", LOOP), "--json"]);
    await new Promise((resolve) => setTimeout(resolve, 400));
    run.child.kill(signal);
    expect(await run.ended).toBe(exitCode);
    expect(JSON.parse(run.stdout)).toMatchObject({ outcome: "interrupted", exitCode });
  });
});
