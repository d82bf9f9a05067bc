/** A real program at a real TTY talks to the board's console; what it said can be replayed. */
import { existsSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildHost } from "../../support/cli.js";
import { requireClient } from "../../support/clients.js";
import {
  atEnd,
  CONSOLE,
  endAll,
  expectSameReplay,
  hashOf,
  LiveBoard,
  liveFolder,
  Operator,
  type RunResult,
  SocatPair,
  sentBy,
} from "../../support/live.js";
import { Pattern } from "../../support/pattern.js";
import { printedSeed } from "../../support/seeded.js";

beforeAll(buildHost);
afterEach(endAll);

const hasSocat = requireClient("socat", "socat") !== undefined;
/** Random bytes, Ctrl-C and line ends among them: 5.7 s of the line. */
const GARBAGE_BYTES = 64 * 1024;
const GARBAGE_MS = 30_000;

const HELP = ["help", "status", "echo TEXT", "uptime", "led on|off|toggle|N", "hash N", "wfi"];

/** Everything that a user would try, and garbage; the answers are those of the board's README. */
async function converse(operator: Operator, seed: number): Promise<void> {
  await operator.begin("hello");
  const help = await operator.ask("help");
  for (const usage of HELP) expect(help.join("\n")).toContain(`${usage}: `);
  expect((await operator.ask("status"))[0]).toBe("console-board node 0 clock 100000000 Hz");
  expect(await operator.ask("echo two  words")).toEqual(["two  words"]);
  expect((await operator.ask("hash 100"))[0]).toMatch(
    new RegExp(`^hash ${hashOf(100)} rounds 100 cycles \\d+$`),
  );
  expect(await operator.ask("nonsense")).toEqual(["error: unknown command, type help"]);

  operator.send(new Pattern(seed).bytes(0, GARBAGE_BYTES));
  await operator.begin("alive", GARBAGE_MS);
  expect((await operator.ask("hash 7"))[0]).toMatch(new RegExp(`^hash ${hashOf(7)} rounds 7 `));
  const [uart0] = (await operator.ask("status")).filter((line) => line.startsWith("uart0 "));
  expect(uart0).toMatch(/ overrun 0 framing 0 parity 0 break 0 lost 0 /);
}

/** The recording holds what the client heard, and runs the same again in another process. */
function expectFaithful(board: LiveBoard, operator: Operator, result: RunResult): void {
  const sent = sentBy(board.recording(), CONSOLE);
  const { heard } = operator;
  expect(heard.length).toBeGreaterThan(2000);
  // What the board said before the client came is the client's loss, not the line's.
  expect(heard.equals(sent.subarray(sent.length - heard.length))).toBe(true);
  const [row] = result.endpoints;
  expect(row!.rx).toBeGreaterThan(GARBAGE_BYTES);
  expect([row!.tx, row!.dropped]).toEqual([sent.length, 0]);
  expectSameReplay(board.session, result);
}

describe("the console over a real TTY", () => {
  test.skipIf(!hasSocat)("serialport at the far end of a cable (socat)", async () => {
    const path = liveFolder();
    const cable = new SocatPair(path("near"), path("far"));
    atEnd(() => cable.unplug());
    await cable.plug();
    const board = await LiveBoard.start(path, [`${CONSOLE}=serial:${cable.near}`], "--paced");
    expect(board.endpoint(CONSOLE)).toMatch(/^serial:\/dev\/pts\/\d+$/);
    const operator = await Operator.atPort(cable.far);
    await converse(operator, printedSeed("console over socat"));
    expectFaithful(board, operator, await board.interrupt());
  });

  test("serialport at the PTY that hotspare makes, by its link", async () => {
    const path = liveFolder();
    const link = path("console");
    const board = await LiveBoard.start(path, [`${CONSOLE}=pty:${link}`], "--paced");
    expect(board.endpoint(CONSOLE)).toMatch(/^pty:\/dev\/pts\/\d+$/);
    const operator = await Operator.atPort(link);
    await converse(operator, printedSeed("console over a PTY"));
    const result = await board.interrupt();
    expect(existsSync(link)).toBe(false);
    expectFaithful(board, operator, result);
  });
});
