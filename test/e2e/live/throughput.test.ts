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

interface Row {
  readonly count_bytes: number;
  /** Also recorded and replayed. 10 MB are not: a recording in memory needs 100 bytes a byte. */
  readonly recorded: boolean;
}

const SMALL: Row = { count_bytes: 200_000, recorded: true };
const ROWS = LARGE ? [SMALL, { count_bytes: 10_000_000, recorded: false }] : [SMALL];
const CHUNK_BYTES = 65_536;
const WALL_MS = 60_000;

/** Sends the pattern and checks what comes back, both as fast as the PTY takes and gives it. */
async function exchange(tty: RawTty, count_bytes: number): Promise<void> {
  const pattern = new Pattern(printedSeed("PTY and UART"));
  let [sent, back] = [0, 0];
  const step = () => {
    const count = Math.min(CHUNK_BYTES, count_bytes - sent);
    if (count > 0) sent += tty.write(pattern.bytes(sent, count));
    const got = tty.read();
    pattern.check(got, back);
    back += got.length;
    return back >= count_bytes;
  };
  await awaited("all bytes", step, WALL_MS, () => `${sent} sent, ${back} back`);
  expect(back).toBe(count_bytes);
}

test.each(ROWS)(
  "$count_bytes bytes over a PTY at 921600 baud, both ways at once, are the same",
  async ({ count_bytes, recorded }) => {
    const path = liveFolder();
    const serial = [`${LOOP}=pty:${path("loop")}`];
    const board = await LiveBoard.start(path, serial, "--free", recorded);
    const tty = new RawTty(path("loop"));
    const started_ms = performance.now();
    await exchange(tty, count_bytes);
    const rate = count_bytes / (performance.now() - started_ms);
    process.stderr.write(
      `PTY and UART: ${count_bytes} bytes each way, ${rate.toFixed(0)} kB/s of wall time\n`,
    );
    const result = await board.interrupt();
    expect(result.endpoints).toMatchObject([{ rx: count_bytes, tx: count_bytes, dropped: 0 }]);
    if (recorded) expectSameReplay(board.session, result);
  },
  120_000,
);
