/** The real machine behind TCP and RFC 2217: a telnet-like client gets the prompt. */
import type { Socket } from "node:net";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildHost } from "../../support/cli.js";
import {
  awaited,
  CONSOLE,
  dial,
  endAll,
  expectSameReplay,
  hashOf,
  LiveBoard,
  LOOP,
  liveFolder,
  Operator,
} from "../../support/live.js";

beforeAll(buildHost);
afterEach(endAll);

/** RFC 854 and RFC 2217, "COM-PORT-OPTION". */
const [IAC, DONT, DO, WONT, WILL, SB, SE] = [255, 254, 253, 252, 251, 250, 240];
const COM_PORT = 44;
const SET_BAUDRATE = 1;
const SERVER = 100;
/** Asks for the rate. */
const QUESTION = 0;

/** The little of telnet that a terminal program has: options apart from text. */
class TelnetClient {
  /** Commands received, each as its bytes after IAC. */
  readonly commands: number[][] = [];
  private command: number[] | null = null;
  private listener: (bytes: Buffer) => void = () => undefined;

  constructor(private readonly socket: Socket) {
    socket.on("data", (bytes) => {
      const text = [...bytes].filter((byte) => this.isText(byte));
      if (text.length > 0) this.listener(Buffer.from(text));
    });
  }

  on(_: "data", listener: (bytes: Buffer) => void): void {
    this.listener = listener;
  }

  write(text: Uint8Array): void {
    this.socket.write(Buffer.from([...text].flatMap((byte) => (byte === IAC ? [IAC, IAC] : byte))));
  }

  tell(...command: number[]): void {
    this.socket.write(Buffer.from([IAC, ...command]));
  }

  has(...command: number[]): boolean {
    return this.commands.some((found) => found.join() === command.join());
  }

  private isText(byte: number): boolean {
    const { command } = this;
    if (command === null) {
      if (byte === IAC) this.command = [];
      return byte !== IAC;
    }
    if (command.length === 0 && byte === IAC) {
      this.command = null;
      return true;
    }
    command.push(byte);
    const negotiation = [DO, DONT, WILL, WONT].includes(command[0]!);
    const complete = command[0] === SB ? byte === SE : command.length === (negotiation ? 2 : 1);
    if (complete) {
      this.commands.push(command);
      this.command = null;
    }
    return false;
  }
}

describe("a network client at the real machine", () => {
  test("over TCP it hears the banner and the prompt; a second one is refused", async () => {
    const path = liveFolder();
    const board = await LiveBoard.start(path, [`${CONSOLE}=tcp-listen:0`], "--paced");
    const operator = await Operator.atSocket(board.endpoint(CONSOLE));
    await operator.hears("console-board ready, type help\r\n> ");
    const second = await Operator.atSocket(board.endpoint(CONSOLE));
    await second.hears("this connection is refused\r\n");
    expect((await operator.ask("hash 50"))[0]).toContain(`hash ${hashOf(50)} rounds 50 `);
    expectSameReplay(board.session, await board.interrupt());
  });

  test("over RFC 2217 it hears the prompt, and the guest's rate", async () => {
    const path = liveFolder();
    const serial = [`${CONSOLE}=rfc2217-listen:0`, `${LOOP}=rfc2217-listen:0`];
    const board = await LiveBoard.start(path, serial, "--paced");
    const client = new TelnetClient(await dial(board.endpoint(CONSOLE)));
    const operator = new Operator(client);
    client.tell(WILL, COM_PORT);
    await operator.hears("console-board ready, type help\r\n> ");
    await awaited("the option accepted", () => client.has(DO, COM_PORT));
    expect(await operator.ask("echo over telnet")).toEqual(["over telnet"]);

    expect(await operator.ask("baud 9600")).toEqual(["uart1 baud 9600"]);

    const loop = new TelnetClient(await dial(board.endpoint(LOOP)));
    const echo = new Operator(loop);
    loop.tell(WILL, COM_PORT);
    await awaited("the option accepted", () => loop.has(DO, COM_PORT));
    const rate = (baud: number) => [24, 16, 8, 0].map((shift) => (baud >> shift) & 0xff);
    const setRate = (baud: number) => loop.tell(SB, COM_PORT, SET_BAUDRATE, ...rate(baud), IAC, SE);
    const answered = (baud: number) => () =>
      loop.has(SB, COM_PORT, SERVER + SET_BAUDRATE, ...rate(baud), IAC, SE);
    setRate(QUESTION);
    await awaited("the rate of the guest's registers", answered(9600));
    setRate(57_600);
    await awaited("the rate of the client's end", answered(57_600));
    const differs = "the client's end is set to 57600 8N1, the guest's to 9600 8N1";
    await awaited("the log to say that they differ", () => board.log.includes(differs));

    // All 256 values, IAC among them, which telnet doubles on the wire.
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    echo.send(all);
    await awaited("256 bytes", () => echo.heard.length >= 256);
    expect([...echo.heard]).toEqual([...all]);
    expectSameReplay(board.session, await board.interrupt());
  });
});
