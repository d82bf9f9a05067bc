/** A paste takes the machine time that the line takes, and nothing of it is lost. */
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildHost } from "../../support/cli.js";
import {
  awaited,
  CONSOLE,
  dial,
  endAll,
  expectSameReplay,
  LiveBoard,
  LOOP,
  liveFolder,
  Operator,
  RawTty,
  sentBy,
} from "../../support/live.js";
import { Pattern } from "../../support/pattern.js";
import { printedSeed } from "../../support/seeded.js";

beforeAll(buildHost);
afterEach(endAll);

const PASTE_BYTES = 1_000_000;
const BAUD = 115_200;
/** Start bit, 8 data bits, stop bit. */
const BITS = 10;
const PS_PER_S = 1e12;
const WALL_MS = 60_000;

/** Sends the paste as fast as it is taken; resolves when as many bytes have come back. */
type Paste = (board: LiveBoard, path: (name: string) => string, all: Buffer) => Promise<Buffer>;

const overTcp: Paste = async (board, _, all) => {
  const socket = await dial(board.endpoint(LOOP));
  const pieces: Buffer[] = [];
  let back = 0;
  socket.on("data", (bytes) => {
    pieces.push(bytes);
    back += bytes.length;
  });
  socket.write(all);
  await awaited(
    "the paste to come back",
    () => back >= all.length,
    WALL_MS,
    () => `${back}`,
  );
  return Buffer.concat(pieces);
};

const overPty: Paste = async (_, path, all) => {
  const tty = new RawTty(path("loop"));
  const pieces: Buffer[] = [];
  let [sent, back] = [0, 0];
  const step = () => {
    sent += tty.write(all.subarray(sent));
    const got = tty.read();
    pieces.push(Buffer.from(got));
    back += got.length;
    return back >= all.length;
  };
  await awaited("the paste to come back", step, WALL_MS, () => `${sent} sent, ${back} back`);
  return Buffer.concat(pieces);
};

const WAYS = [
  ["a TCP connection", () => `${LOOP}=tcp-listen:0`, overTcp],
  ["a PTY", (path: (name: string) => string) => `${LOOP}=pty:${path("loop")}`, overPty],
] as const;

describe("a paste of 1 MB at 115200 baud", () => {
  test.each(WAYS)("over %s takes 86.8 s of the machine's time, complete", async (_, at, paste) => {
    const path = liveFolder();
    const board = await LiveBoard.start(path, [`${CONSOLE}=tcp-listen:0`, at(path)], "--free");
    const operator = await Operator.atSocket(board.endpoint(CONSOLE));
    await operator.begin("ready");
    expect(await operator.ask(`baud ${BAUD}`)).toEqual([`uart1 baud ${BAUD}`]);
    const all = new Pattern(printedSeed("paste")).bytes(0, PASTE_BYTES);
    expect((await paste(board, path, all)).equals(all)).toBe(true);

    const result = await board.interrupt();
    expect(result.endpoints[1]).toMatchObject({ rx: PASTE_BYTES, tx: PASTE_BYTES, dropped: 0 });
    const session = board.recording();
    expect(sentBy(session, LOOP).equals(all)).toBe(true);
    const into = session.inputs.filter(({ uart, kind }) => uart === LOOP && kind === "bytes");
    const out = session.outputs.filter(({ uart }) => uart === LOOP);
    const took_s = Number(out.at(-1)!.time_ps - into[0]!.time_ps) / PS_PER_S;
    const line_s = (PASTE_BYTES * BITS) / BAUD;
    expect(took_s).toBeGreaterThan(line_s * 0.99);
    expect(took_s).toBeLessThan(line_s * 1.01);
    expectSameReplay(board.session, result);
  });
});
