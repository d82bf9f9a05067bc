/** The console of the console board, as its user sees it. */
import { beforeEach, describe, expect, test } from "vitest";
import { ModelBench, PS_PER_MS } from "./model-bench.js";

const CONSOLE = "board.uart0";
const READY = "console-board ready, type help\r\n> ";
/** Base 0x1000_2000, OUT at 0x00: machine.json and assembly/devices/gpio.ts. */
const GPIO_OUT = 0x1000_2000;
/** Status unit: 1 is power-on, 2 the watchdog. */
const RESET_CAUSE = 0x1000_5008;

let board: ModelBench;

beforeEach(async () => {
  board = await ModelBench.model("console-board");
  board.runUntil(CONSOLE, READY);
});

const ask = (line: string, limit_ms?: number) => board.ask(CONSOLE, line, limit_ms);
const out = () => board.machine.peekDevice(0, GPIO_OUT)!;
const milliseconds = () => Number(board.machine.now() / PS_PER_MS);
const retired = () => Number(board.machine.hartViews()[0]!.retired);

/** FNV-1a, 32 bits, over the bytes 0 .. 63, round after round: what `help` says. */
function fnv(rounds: number): string {
  let hash = 0x811c9dc5;
  for (let round = 0; round < rounds; round++) {
    for (let byte = 0; byte < 64; byte++) hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

describe("commands", () => {
  const UNKNOWN = /^error: unknown command, type help\r\n$/;
  test.each<readonly [line: string, answer: RegExp]>([
    ["echo hello  world", /^hello {2}world\r\n$/],
    ["echo", /^\r\n$/],
    ["  echo x", /^x\r\n$/],
    ["", /^$/],
    ["   ", /^$/],
    ["uptime", /^uptime \d+\.\d{6} s\r\n$/],
    ["uptime 1", /^usage: uptime\r\n$/],
    ["led on", /^led 0x01\r\n$/],
    ["led off", /^led 0x00\r\n$/],
    ["led toggle", /^led 0x01\r\n$/],
    ["led 255", /^led 0xff\r\n$/],
    ["led 0xA5", /^led 0xa5\r\n$/],
    ["led 256", /^usage: led on\|off\|toggle\|N\r\n$/],
    ["led -1", /^usage: led/],
    ["led", /^usage: led/],
    ["led 0x", /^usage: led/],
    ["led 1x", /^usage: led/],
    ["hash 99999999999999999999999", /^usage: hash N\r\n$/],
    ["hash", /^usage: hash N\r\n$/],
    ["baud 115200", /^uart1 baud 115200\r\n$/],
    ["baud 115201", /^usage: baud N\r\n$/],
    ["baud 0", /^usage: baud N\r\n$/],
    ["peek 0x10005018", /^0x10005018: 0x05f5e100\r\n$/],
    ["peek 2", /^usage: peek ADDRESS\r\n$/],
    ["nonsense", UNKNOWN],
    ["Help", UNKNOWN],
    ["helpx", UNKNOWN],
  ])('"%s" is answered with %s', (line, answer) => {
    expect(ask(line)).toMatch(answer);
  });

  test("help has a line for each command", () => {
    const names = ask("help").match(/^[a-z]+/gm);
    expect(names).toEqual(
      "help status echo uptime led hash wfi baud peek reset poweroff".split(" "),
    );
  });

  test("status shows what has happened", () => {
    const status = ask("status");
    expect(status).toMatch(/^console-board node 0 clock 100000000 Hz\r\n/);
    expect(status).toContain("reset cause power-on resets 0\r\n");
    expect(status).toMatch(/ticks \d+\r\n/);
    // "status" and its end of line: seven characters came in.
    expect(status).toMatch(/uart0 rx 7 tx \d+ overrun 0 framing 0 parity 0 break 0 lost 0/);
    expect(status).toMatch(/uart1 rx 0 tx 0 overrun 0 framing 0 parity 0 break 0 lost 0/);
  });

  test.each([0, 1, 2, 1000])("hash %i is FNV-1a and counts its cycles", (rounds) => {
    const [, hash, cycles] = /^hash 0x(\w+) rounds \d+ cycles (\d+)/.exec(ask(`hash ${rounds}`))!;
    expect(hash).toBe(fnv(rounds));
    // A byte of it takes at least xor, multiplication (3 cycles), count and branch (3).
    expect(Number(cycles)).toBeGreaterThan(rounds * 64 * 8);
    expect(Number(cycles)).toBeLessThan(1000 + rounds * 64 * 12);
  });

  test("uptime follows machine time", () => {
    board.run(1234n * PS_PER_MS);
    const before = milliseconds();
    const uptime_ms = 1000 * Number(/[\d.]+/.exec(ask("uptime"))![0]);
    expect(uptime_ms).toBeGreaterThanOrEqual(before);
    expect(uptime_ms).toBeLessThanOrEqual(milliseconds());
  });

  test("wfi sleeps until a character comes, which begins the next line", () => {
    board.send(CONSOLE, "wfi\r");
    board.runUntil(CONSOLE, "sleeping until the next input\r\n");
    const before = retired();
    board.run(3000n * PS_PER_MS);
    expect(retired() - before).toBeLessThan(300 * 200); // 300 ticks of the periodic task
    const from = board.text(CONSOLE).length;
    board.send(CONSOLE, "echo awake\r");
    const sent = board.runUntil(CONSOLE, "> echo awake\r\nawake\r\n> ", 100, from);
    expect(Number(/^slept ([\d.]+) s\r\n/.exec(sent)![1])).toBeCloseTo(3, 1);
  });

  test("Ctrl-C ends a hash that would take long", () => {
    board.send(CONSOLE, "hash 5000000\r");
    board.run(20n * PS_PER_MS);
    board.send(CONSOLE, "\x03");
    const sent = board.runUntil(CONSOLE, "rounds\r\n> ", 20);
    expect(sent).toMatch(/\^C after \d+ rounds\r\n> $/);
  });
});

describe("the periodic task", () => {
  test.each([
    [400, 0x0000],
    [600, 0x8000],
    [1100, 0x0000],
    [1600, 0x8000],
  ])("after %i ms output 15 is as in 0x%s", (time_ms, level) => {
    board.run(BigInt(time_ms - milliseconds()) * PS_PER_MS);
    expect(out() & 0x8000).toBe(level);
  });

  test("leaves the LEDs alone, and they leave it alone", () => {
    ask("led 0x5a");
    board.run(600n * PS_PER_MS);
    expect(out()).toBe(0x805a);
    ask("led off");
    expect(out()).toBe(0x805a);
    ask("led 0");
    expect(out()).toBe(0x8000);
  });

  test("counts a tick each 10 ms", () => {
    board.run(2000n * PS_PER_MS);
    const [, uptime_s, ticks] = /uptime ([\d.]+) s ticks (\d+)/.exec(ask("status"))!;
    // The timer starts some microseconds after the clock, and the line takes its time.
    expect(Math.abs(Number(ticks) - 100 * Number(uptime_s))).toBeLessThan(1);
  });
});

describe("line editing", () => {
  const eighty = "x".repeat(75); // with "echo " before it: 80 characters
  test.each<readonly [what: string, keys: string, answer: string]>([
    ["a backspace erases", "echo ab\bc\r", "\r\nac\r\n> "],
    ["a DEL erases", "echo ab\x7fc\r", "\r\nac\r\n> "],
    ["a backspace on an empty line does nothing", "\b\b\becho a\r", "\r\na\r\n> "],
    ["Ctrl-U erases the line", "nonsense\x15echo a\r", "\r\na\r\n> "],
    ["Ctrl-C gives the line up", "nonsense\x03echo a\r", "^C\r\n> echo a\r\na\r\n> "],
    ["CR LF is one end of line", "echo a\r\necho b\r\n", "a\r\n> echo b\r\nb\r\n> "],
    ["LF alone is one, too", "echo a\necho b\n", "a\r\n> echo b\r\nb\r\n> "],
    ["control characters are ignored", "ec\x00\x01\x07ho\t a\x1c\r", "\r\na\r\n> "],
    ["bytes above ASCII are ignored", "ec\x80\xffho \xe4a\r", "\r\na\r\n> "],
    ["cursor keys are ignored", "echo\x1b[A a\x1b[24;5~b\x1bOPc\r", "\r\nabc\r\n> "],
    ["an end of line ends a sequence, too", "echo a\x1b[\recho b\r", "a\r\n> echo b\r\nb\r\n> "],
    ["80 characters are a line", `echo ${eighty}\r`, `\r\n${eighty}\r\n> `],
    [
      "81 are answered with one error",
      `echo ${eighty}yz\recho a\r`,
      `${eighty}\r\nerror: line longer than 80 characters\r\n> echo a\r\na\r\n> `,
    ],
    ["Ctrl-U saves a line that was too long", `${eighty}xxxxxxx\x15echo a\r`, "\r\na\r\n> "],
  ])("%s", (_what, keys, answer) => {
    const from = board.text(CONSOLE).length;
    board.send(CONSOLE, keys);
    board.run(60n * PS_PER_MS);
    const sent = board.text(CONSOLE).slice(from);
    expect(sent.endsWith(answer), JSON.stringify(sent)).toBe(true);
  });

  test("what is typed is echoed, an erased character is wiped out", () => {
    const from = board.text(CONSOLE).length;
    board.send(CONSOLE, "ab\b");
    board.run(2n * PS_PER_MS);
    expect(board.text(CONSOLE).slice(from)).toBe("ab\b \b");
  });
});

describe("ends and beginnings", () => {
  test("reset starts anew and is remembered", () => {
    board.send(CONSOLE, "reset\r");
    board.run(20n * PS_PER_MS);
    expect(board.text(CONSOLE).endsWith(READY)).toBe(true);
    expect(ask("status")).toContain("reset cause software resets 1\r\n");
  });

  test("poweroff halts the machine", () => {
    board.send(CONSOLE, "poweroff\r");
    expect(board.run(20n * PS_PER_MS)).toBe("halt");
    expect(board.machine.halt().kind).toBe("power");
  });

  test("an access to nothing is reported with cause, pc and tval, and resets", () => {
    board.send(CONSOLE, "peek 0x40000000\r");
    const sent = board.runUntil(CONSOLE, READY, 100, board.text(CONSOLE).length);
    expect(sent).toMatch(/trap: cause 5 load access fault, pc 0x0000\w{4}, tval 0x40000000,/);
    expect(ask("status")).toContain("reset cause software resets 1\r\n");
  });

  test("a broken stack pointer is reported, too", () => {
    board.machine.writeRegister(0, 2, 0x0000_0100);
    board.send(CONSOLE, "x");
    const sent = board.runUntil(CONSOLE, READY, 100, board.text(CONSOLE).length);
    expect(sent).toMatch(/trap: cause \d .* access fault, pc \w+, tval \w+, sp 0x0000\w{4}/);
  });

  test("a trap inside the trap handler resets without a report", () => {
    const trap_fatal = symbol("trap_fatal");
    board.machine.writeMemory(0, trap_fatal, new Uint8Array([0, 0])); // an illegal instruction
    board.send(CONSOLE, "peek 0x40000000\r");
    const sent = board.runUntil(CONSOLE, READY, 100, board.text(CONSOLE).length);
    expect(sent).not.toContain("trap");
    expect(ask("status")).toContain("reset cause software resets 1\r\n");
  });

  test("firmware that hangs is reset by the watchdog after 100 to 200 ms", () => {
    const trap_entry = symbol("trap_entry");
    const code = board.machine.readMemory(0, trap_entry, 4).slice();
    board.machine.writeMemory(0, trap_entry, new Uint8Array([0x6f, 0, 0, 0])); // j .
    const start = milliseconds();
    while (board.machine.peekDevice(0, RESET_CAUSE) === 1) board.run(PS_PER_MS);
    const hung_ms = milliseconds() - start;
    board.machine.writeMemory(0, trap_entry, code);
    expect(hung_ms).toBeGreaterThan(100);
    expect(hung_ms).toBeLessThanOrEqual(201 + 10); // it hangs at the next tick only
    board.runUntil(CONSOLE, READY, 100, board.text(CONSOLE).length);
    expect(ask("status")).toContain("reset cause watchdog resets 1\r\n");
  });
});

function symbol(name: string): number {
  const symbols = board.machine.image.symbolsByNode.get("board")!;
  return symbols.find((row) => row.name === name)!.address;
}
