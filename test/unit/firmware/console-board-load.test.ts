/** The console board under load: nothing is lost on the loop, garbage does no harm. */
import { expect, test } from "vitest";
import { Pattern } from "../../support/pattern.js";
import { printedSeed } from "../../support/seeded.js";
import { limit_ms, Progress, SOAK } from "../../support/soak.js";
import { ModelBench, PS_PER_MS } from "./model-bench.js";

const CONSOLE = "board.uart0";
const LOOP = "board.uart1";

/** Sends `count` bytes through the loop at line rate and checks every one that comes back. */
function exchange(board: ModelBench, count: number, meanwhile: () => void): void {
  const pattern = new Pattern(printedSeed("loop"));
  const uart = board.machine.uart(LOOP);
  let sent = 0;
  let back = 0;
  while (back < count) {
    sent += uart.push(pattern.bytes(sent, Math.min(4096, count - sent)));
    board.run(20n * PS_PER_MS);
    meanwhile();
    const got = uart.drain();
    pattern.check(got, back);
    back += got.length;
    if (got.length === 0) throw new Error(`the loop stands at byte ${back} of ${sent}`);
  }
}

function counters(board: ModelBench, uart: string): Record<string, number> {
  const line = new RegExp(`^${uart} (.*)\r$`, "m").exec(board.ask(CONSOLE, "status"))![1]!;
  const pairs = [...line.matchAll(/(\w+) (\d+)/g)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name, Number(value)]));
}

/** What firmware-models/console-board/README.md derives: two FIFOs. */
const BACKLOG_MAX = 32;
const CLEAN = { overrun: 0, framing: 0, parity: 0, break: 0, lost: 0 };

test.each([921600, 460800, 9600])(
  "the loop gives back every byte at %i baud, continuous both ways",
  async (baud) => {
    const board = await ModelBench.model("console-board");
    board.runUntil(CONSOLE, "> ");
    board.ask(CONSOLE, `baud ${baud}`);
    const count = SOAK && baud === 921600 ? 10_000_000 : Math.min(baud / 4, 200_000);
    exchange(board, count, () => {});
    const found = counters(board, "uart1");
    expect(found).toMatchObject({ ...CLEAN, rx: count, tx: count });
    expect(found.backlog).toBeLessThanOrEqual(BACKLOG_MAX);
  },
  limit_ms(10, 600_000),
);

test("a busy console costs the loop nothing", async () => {
  const board = await ModelBench.model("console-board");
  board.runUntil(CONSOLE, "> ");
  // The answer to both takes about 60 ms of the line: the console never rests.
  let turn = 0;
  exchange(board, 150_000, () => {
    if (turn++ % 3 === 0) board.send(CONSOLE, "help\rhash 300\r");
  });
  board.run(3000n * PS_PER_MS);
  const found = counters(board, "uart1");
  expect(found).toMatchObject({ ...CLEAN, rx: 150_000, tx: 150_000 });
  expect(found.backlog).toBeLessThanOrEqual(BACKLOG_MAX);
});

test("a break on the loop is counted and not sent back", async () => {
  const board = await ModelBench.model("console-board");
  board.runUntil(CONSOLE, "> ");
  board.machine.uart(LOOP).pushBreak(20);
  board.run(PS_PER_MS);
  board.send(LOOP, "after");
  board.run(5n * PS_PER_MS);
  expect(board.text(LOOP)).toBe("after");
  expect(counters(board, "uart1")).toMatchObject({ ...CLEAN, break: 1, rx: 5, tx: 5 });
});

test(
  "random bytes into the console at line rate leave it working",
  async () => {
    const board = await ModelBench.model("console-board");
    board.runUntil(CONSOLE, "> ");
    const count = SOAK ? 10_000_000 : 100_000;
    const garbage = new Pattern(printedSeed("garbage"));
    const progress = new Progress("garbage, blocks of 10,000 bytes", count / 10_000);
    for (let sent = 0; sent < count; sent += 10_000) {
      progress.step();
      board.send(CONSOLE, garbage.bytes(sent, 10_000));
    }
    const from = board.text(CONSOLE).length;
    board.send(CONSOLE, "\r\x03echo alive\r");
    board.runUntil(CONSOLE, "\r\nalive\r\n> ", 1000, from);
    expect(counters(board, "uart0")).toMatchObject(CLEAN);
  },
  limit_ms(10, 600_000),
);
