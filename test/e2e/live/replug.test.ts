/** The cable is pulled while the board talks: the machine goes on, the next command works. */
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildHost } from "../../support/cli.js";
import { requireClient } from "../../support/clients.js";
import {
  atEnd,
  awaited,
  CONSOLE,
  endAll,
  expectSameReplay,
  LARGE,
  LiveBoard,
  LOOP,
  liveFolder,
  Operator,
  RawTty,
  SocatPair,
  sentBy,
} from "../../support/live.js";

beforeAll(buildHost);
afterEach(endAll);

const hasSocat = requireClient("socat", "socat") !== undefined;
const ROUNDS = LARGE ? 10 : 4;
/** About 13 kB of answers, a second of the line: the cable is pulled in the middle of them. */
const LOAD = "help\r".repeat(20);
/** Machine time that passes at least while the cable is out: a paced run drops debts only. */
const OUTAGE_MS = 200;

/** Bytes in order, counted, through the second UART, which nobody unplugs. */
class Heartbeat {
  private beats = 0;

  constructor(private readonly tty: RawTty) {}

  async beat(): Promise<void> {
    const word = `beat ${this.beats++};`;
    this.tty.write(Buffer.from(word));
    let back = "";
    const complete = () => {
      back += this.tty.read().toString("latin1");
      return back.length >= word.length;
    };
    await awaited(word, complete, 5000, () => back);
    expect(back).toBe(word);
  }
}

const uptime_s = async (operator: Operator) =>
  Number(/^uptime ([\d.]+) s$/.exec((await operator.ask("uptime"))[0]!)![1]);

const logged = (board: LiveBoard, words: RegExp) => board.log.match(words)?.length ?? 0;
const GONE = /board\.uart0: \/dev\/pts\/\d+ is gone .*the machine goes on/g;
const BACK = /board\.uart0: \/dev\/pts\/\d+ is back$/gm;

describe.skipIf(!hasSocat)("unplug and replug", () => {
  test(`${ROUNDS} times under load, the next command works and all can be replayed`, async () => {
    const path = liveFolder();
    const cable = new SocatPair(path("near"), path("far"));
    atEnd(() => cable.unplug());
    await cable.plug();
    const serial = [`${CONSOLE}=serial:${cable.near}`, `${LOOP}=pty:${path("loop")}`];
    const board = await LiveBoard.start(path, serial, "--paced");
    const heartbeat = new Heartbeat(new RawTty(path("loop")));
    let operator = await Operator.atPort(cable.far);
    await operator.begin("first");
    for (let round = 1; round <= ROUNDS; round++) {
      const before_s = await uptime_s(operator);
      operator.send(LOAD);
      await operator.hears("lists the commands", operator.heard.length);
      await cable.unplug();
      await awaited("the log to say it is gone", () => logged(board, GONE) === round);
      await operator.close();
      await heartbeat.beat();
      await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
      await heartbeat.beat();
      await cable.plug();
      await awaited("the log to say it is back", () => logged(board, BACK) === round);
      operator = await Operator.atPort(cable.far);
      await operator.begin(`round ${round}`);
      expect(await uptime_s(operator)).toBeGreaterThan(before_s + OUTAGE_MS / 2000);
    }
    const result = await board.interrupt();
    const [row] = result.endpoints;
    // What nobody heard is counted, and no byte is counted twice.
    expect(row!.dropped).toBeGreaterThan(0);
    expect(row!.tx + row!.dropped).toBe(sentBy(board.recording(), CONSOLE).length);
    expectSameReplay(board.session, result);
  });
});
