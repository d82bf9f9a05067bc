/**
 * Live sessions of the built program: a `hotspare run` with real endpoints, the clients that talk
 * to it, and its recording. What a test starts here is ended by `endAll`, whatever happened.
 */

import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { STATE_VERSION, TIMING_VERSION } from "../../assembly/kernel/abi.js";
import { decodeSession, type Session } from "../../host/session/session-file.js";
import { closeClient, openClient, SocatPair } from "../e2e/serial/live.js";
import { hotspareJson, Running } from "./cli.js";
import { SOAK } from "./soak.js";

export { SocatPair };

/** True where the sizes and counts of the specification are run in full. */
export const LARGE = process.env.CI === "true" || SOAK;
export const CONSOLE = "board.uart0";
/** What the firmware sends back on it is what it received there. */
export const LOOP = "board.uart1";
export const VERSIONS = { stateVersion: STATE_VERSION, timingVersion: TIMING_VERSION };
const PROMPT = "\r\n> ";

const cleanups: (() => unknown)[] = [];

/** Has something done by `endAll`, the newest first. */
export function atEnd(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** For `afterEach`: ends processes, closes clients, removes files. */
export async function endAll(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** A folder of this test alone. */
export function liveFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), "hotspare-live-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}

/** Resolves when the condition holds; rejects, saying what was awaited and what is there. */
export async function awaited(
  what: string,
  condition: () => boolean,
  timeout_ms = 20_000,
  shown: () => string = () => "",
): Promise<void> {
  const end_ms = performance.now() + timeout_ms;
  while (!condition()) {
    if (performance.now() > end_ms) {
      throw new Error(`waited ${timeout_ms} ms for ${what}; last seen: ${shown().slice(-500)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The result object of `run` and `replay`, as far as these tests look at it. */
export interface RunResult {
  readonly outcome: string;
  readonly exitCode: number;
  readonly time_ps: string;
  readonly digest: string;
  readonly harts: readonly unknown[];
  readonly endpoints: readonly {
    readonly uart: string;
    readonly endpoint: string;
    readonly rx: number;
    readonly tx: number;
    readonly dropped: number;
  }[];
}

/** `hotspare run console-board` with its endpoints open. */
export class LiveBoard {
  private constructor(
    private readonly run: Running,
    readonly session: string,
    private readonly resultFile: string,
  ) {}

  /**
   * @param serial rows `NODE.uartN=ENDPOINT`.
   * @param driver `--paced` or `--free`.
   * @param recorded false for amounts whose recording would fill the memory.
   * @param model default: console-board.
   * @param more further options of `run`.
   */
  static async start(
    path: (name: string) => string,
    serial: readonly string[],
    driver: "--paced" | "--free",
    recorded = true,
    model = "console-board",
    more: readonly string[] = [],
  ): Promise<LiveBoard> {
    const [session, result] = [path("live.session"), path("result.json")];
    const files = ["--result", result, ...(recorded ? ["--record", session] : [])];
    const ports = serial.flatMap((row) => ["--serial", row]);
    const run = new Running(["run", model, driver, ...ports, ...files, ...more]);
    atEnd(async () => {
      run.child.kill("SIGKILL");
      await run.ended;
    });
    await run.sees(/^ready .*\n/m);
    return new LiveBoard(run, session, result);
  }

  /** Everything on stderr. */
  get log(): string {
    return this.run.stderr;
  }

  /** What the ready line says of a UART: `pty:/dev/pts/4`. */
  endpoint(uart: string): string {
    const ready = /^ready .*$/m.exec(this.log)![0];
    return new RegExp(` ${uart}=(\\S+)`).exec(ready)![1]!;
  }

  /** SIGINT: the exit must be clean and the result printed. Returns the result. */
  async interrupt(): Promise<RunResult> {
    this.run.child.kill("SIGINT");
    expect(await this.run.ended).toBe(130);
    expect(this.run.stdout).toMatch(/^interrupted at .*\n(?:.*\n)*? {2}digest [0-9a-f]{32}\n$/);
    const result: RunResult = JSON.parse(readFileSync(this.resultFile, "utf8"));
    expect(result).toMatchObject({ outcome: "interrupted", exitCode: 130 });
    return result;
  }

  /** The recording, once the run has ended. */
  recording(): Session {
    return readSession(this.session);
  }
}

export function readSession(file: string): Session {
  return decodeSession(readFileSync(file), file, VERSIONS);
}

/** Characters that a recording says went out of a UART, in order. */
export function sentBy(session: Session, uart: string): Buffer {
  const rows = session.outputs.filter((row) => row.uart === uart);
  return Buffer.from(rows.map(({ character }) => character));
}

/** Replays in another process, without any port: all must be as it was. */
export function expectSameReplay(file: string, recorded: RunResult): void {
  const { status, json } = hotspareJson(["replay", file]);
  expect([status, json.outcome, json.difference]).toEqual([0, "pass", null]);
  const { time_ps, digest, harts } = recorded;
  expect([json.time_ps, json.digest, json.harts]).toEqual([time_ps, digest, harts]);
  expect(json.endpoints).toEqual([]);
}

/** What a client writes to and hears from. */
interface Channel {
  write(bytes: Buffer): unknown;
  on(event: "data", listener: (bytes: Buffer) => void): unknown;
}

/** Somebody at the board's console. */
export class Operator {
  private readonly pieces: Buffer[] = [];

  constructor(private readonly channel: Channel) {
    channel.on("data", (bytes) => this.pieces.push(bytes));
  }

  /** With the package `serialport`, as a user's own program would. */
  static async atPort(path: string): Promise<Operator> {
    const port = await openClient(path);
    atEnd(() => closeClient(port));
    return Object.assign(new Operator(port), { close: () => closeClient(port) });
  }

  /** At a TCP endpoint as the ready line names it. */
  static async atSocket(endpoint: string): Promise<Operator> {
    return new Operator(await dial(endpoint));
  }

  close: () => unknown = () => undefined;

  get heard(): Buffer {
    const all = Buffer.concat(this.pieces);
    this.pieces.splice(0, this.pieces.length, all);
    return all;
  }

  get text(): string {
    return this.heard.toString("latin1");
  }

  send(text: string | Uint8Array): void {
    this.channel.write(Buffer.from(text as string, "latin1"));
  }

  /** Waits until the text heard since position `from` contains these words. */
  async hears(words: string, from = 0, timeout_ms = 20_000): Promise<void> {
    const there = () => this.text.indexOf(words, from) >= 0;
    await awaited(JSON.stringify(words), there, timeout_ms, () => JSON.stringify(this.text));
  }

  /** Sends a command line; resolves to the lines of its answer. */
  async ask(command: string): Promise<string[]> {
    const from = this.heard.length;
    this.send(`${command}\r`);
    const begin = `${command}\r\n`;
    await this.hears(begin, from);
    const answer = this.text.indexOf(begin, from) + begin.length;
    await this.hears(PROMPT, answer - 2);
    const text = this.text.slice(answer, this.text.indexOf(PROMPT, answer - 2));
    return text === "" ? [] : text.split("\r\n");
  }

  /** After whatever came before: gives the line up, and waits for a prompt that is its own. */
  async begin(mark: string, timeout_ms?: number): Promise<void> {
    const from = this.heard.length;
    this.send(`\r\x03echo ${mark}\r`);
    await this.hears(`\r\n${mark}${PROMPT}`, from, timeout_ms);
  }
}

/** Connects to a `KIND:HOST:PORT` of the ready line. */
export async function dial(endpoint: string): Promise<Socket> {
  const [, host, port] = /:([\d.]+):(\d+)$/.exec(endpoint)!;
  const socket = connect(Number(port), host);
  atEnd(() => socket.destroy());
  socket.on("error", () => undefined);
  await new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return socket;
}

/**
 * A raw terminal by its descriptor alone: the package `serialport` is not between the test and
 * the PTY here, so that what is lost was lost by the system under test.
 */
export class RawTty {
  private readonly fd: number;
  private readonly room = Buffer.alloc(65_536);

  constructor(path: string) {
    this.fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    atEnd(() => closeSync(this.fd));
  }

  /** Writes as much as is taken now; returns how many bytes that was. */
  write(bytes: Uint8Array): number {
    return orNothing(() => writeSync(this.fd, bytes));
  }

  /** What is there now; a view that the next read overwrites. */
  read(): Buffer {
    return this.room.subarray(
      0,
      orNothing(() => readSync(this.fd, this.room)),
    );
  }
}

function orNothing(call: () => number): number {
  try {
    return call();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
    throw error;
  }
}

/** FNV-1a over the bytes 0..63, round after round, as README.md of the board defines it. */
export function hashOf(rounds: number): string {
  let hash = 0x811c_9dc5;
  for (let round = 0; round < rounds; round++) {
    for (let byte = 0; byte < 64; byte++) hash = Math.imul(hash ^ byte, 0x0100_0193);
  }
  return `0x${(hash >>> 0).toString(16).padStart(8, "0")}`;
}
