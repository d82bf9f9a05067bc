/** Megabytes through a real PTY and the emulated UART, both directions at once. */
import { afterEach, beforeAll, expect, test } from "vitest";
import { buildHost } from "../../support/cli.js";
import {
  awaited,
  endAll,
  expectSameReplay,
  LARGE,
  LiveBoard,
  LOOP,
  liveFolder,
  RawTty,
} from "../../support/live.js";
import { Pattern } from "../../support/pattern.js";
import { printedSeed } from "../../support/seeded.js";

beforeAll(buildHost);
afterEach(endAll);

const COUNT_BYTES = LARGE ? 10_000_000 : 200_000;
const CHUNK_BYTES = 65_536;
const WALL_MS = 60_000;

test(`${COUNT_BYTES} bytes over a PTY at 921600 baud, both ways at once, are the same`, async () => {
  const path = liveFolder();
  const board = await LiveBoard.start(path, [`${LOOP}=pty:${path("loop")}`], "--free");
  const tty = new RawTty(path("loop"));
  const pattern = new Pattern(printedSeed("PTY and UART"));
  const started_ms = performance.now();
  let [sent, back] = [0, 0];
  const step = () => {
    if (sent < COUNT_BYTES) {
      sent += tty.write(pattern.bytes(sent, Math.min(CHUNK_BYTES, COUNT_BYTES - sent)));
    }
    const got = tty.read();
    pattern.check(got, back);
    back += got.length;
    return back >= COUNT_BYTES;
  };
  await awaited("all bytes", step, WALL_MS, () => `${sent} sent, ${back} back`);
  const wall_s = (performance.now() - started_ms) / 1000;
  const rate = (COUNT_BYTES / wall_s / 1000).toFixed(0);
  process.stderr.write(`PTY and UART: ${COUNT_BYTES} bytes each way, ${rate} kB/s\n`);

  const result = await board.interrupt();
  expect(back).toBe(COUNT_BYTES);
  expect(result.endpoints).toMatchObject([{ rx: COUNT_BYTES, tx: COUNT_BYTES, dropped: 0 }]);
  expectSameReplay(board.session, result);
}, 120_000);
