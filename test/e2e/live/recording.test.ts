/** What is wrong with a recording is found: which byte, which state, at which time. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeAll, expect, test } from "vitest";
import { encodeSession, type Session } from "../../../host/session/session-file.js";
import { buildHost, hotspare, hotspareJson } from "../../support/cli.js";
import {
  CONSOLE,
  endAll,
  expectSameReplay,
  LiveBoard,
  liveFolder,
  Operator,
} from "../../support/live.js";

beforeAll(buildHost);
afterEach(endAll);

/** A digest with its last bit turned over. */
const flipped = (digest: string) =>
  digest.slice(0, -1) + (Number.parseInt(digest.slice(-1), 16) ^ 1).toString(16);

/** Index in the middle of a list, so that a replay has gone some way. */
const middle = (list: readonly unknown[]) => list.length >> 1;

interface Change {
  readonly session: Session;
  readonly time_ps: bigint;
  readonly unit: string;
  readonly what: string;
}

/** Changes of a recording that leave the file whole, and the difference that must be named. */
const CHANGES: readonly (readonly [string, (session: Session) => Change])[] = [
  [
    "one bit of one byte that went out",
    (session) => {
      const at = middle(session.outputs);
      const row = session.outputs[at]!;
      const outputs = session.outputs.with(at, { ...row, character: row.character ^ 1 });
      const { time_ps } = row;
      return { session: { ...session, outputs }, time_ps, unit: CONSOLE, what: "output" };
    },
  ],
  [
    "the time of one byte, by a picosecond",
    (session) => {
      const at = middle(session.outputs);
      const row = session.outputs[at]!;
      const outputs = session.outputs.with(at, { ...row, time_ps: row.time_ps - 1n });
      const time_ps = row.time_ps - 1n;
      return { session: { ...session, outputs }, time_ps, unit: CONSOLE, what: "output" };
    },
  ],
  [
    "a byte that went out and is missing",
    (session) => {
      const at = middle(session.outputs);
      const { time_ps } = session.outputs[at]!;
      const outputs = session.outputs.toSpliced(at, 1);
      return { session: { ...session, outputs }, time_ps, unit: CONSOLE, what: "output" };
    },
  ],
  [
    "one bit of a digest on the way",
    (session) => {
      const at = middle(session.digests);
      const { time_ps, digest } = session.digests[at]!;
      const digests = session.digests.with(at, { time_ps, digest: flipped(digest) });
      return { session: { ...session, digests }, time_ps, unit: "console-board", what: "digest" };
    },
  ],
  [
    "one bit of the digest at the end",
    (session) => {
      const { time_ps, digest } = session.end;
      const end = { ...session.end, digest: flipped(digest) };
      return { session: { ...session, end }, time_ps, unit: "console-board", what: "digest" };
    },
  ],
];

test("a recording over a PTY replays, and each change to it is named", async () => {
  const path = liveFolder();
  const board = await LiveBoard.start(path, [`${CONSOLE}=pty:${path("link")}`], "--paced");
  const operator = await Operator.atPort(path("link"));
  await operator.begin("recorded");
  await operator.ask("help");
  await operator.ask("hash 100000");
  const result = await board.interrupt();
  expectSameReplay(board.session, result);

  const session = board.recording();
  expect(session.digests.length).toBeGreaterThan(1);
  const file = path("changed.session");
  for (const [name, change] of CHANGES) {
    const { session: changed, time_ps, unit, what } = change(session);
    writeFileSync(file, encodeSession(changed));
    const { status, json } = hotspareJson(["replay", file]);
    expect({ name, status, outcome: json.outcome, exitCode: json.exitCode }).toEqual({
      name,
      status: 1,
      outcome: "fail",
      exitCode: 1,
    });
    expect([name, json.difference]).toEqual([
      name,
      expect.objectContaining({ time_ps: `${time_ps}`, unit, what }),
    ]);
  }

  const { status, stdout } = hotspare(["replay", file]);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^first difference at \d[\d.]* m?s, console-board: digest$/m);

  const whole = readFileSync(board.session);
  for (const length of [0, 10, 23, whole.length >> 1, whole.length - 1]) {
    writeFileSync(file, whole.subarray(0, length));
    const cut = hotspareJson(["replay", file]);
    expect([length, cut.status, cut.json.error]).toEqual([
      length,
      3,
      expect.objectContaining({ code: "E150", place: expect.stringContaining("changed.session") }),
    ]);
  }
});
