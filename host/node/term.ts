import type { Readable, Writable } from "node:stream";
import type { Endpoint } from "../serial/endpoint.js";

/** What the Enter key sends. */
export type LineEnding = "cr" | "lf" | "crlf";

export interface TerminalOptions {
  /** The keyboard; put into raw mode when it is a terminal. */
  readonly input: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly output: Writable;
  /** Default: `cr`, what a terminal's Enter key sends. */
  readonly lineEnding?: LineEnding;
  /** Show received bytes as a hex dump instead of as text. */
  readonly hex?: boolean;
  /** Show what is typed: for guests that do not echo. */
  readonly echo?: boolean;
  /** Gets every received byte as it came. */
  readonly log?: Writable;
}

/** Why the terminal ended. */
export type TerminalEnd = "quit" | "end of input";

/** Ctrl-] ends the terminal, as in telnet; every other key goes to the endpoint. */
export const QUIT_KEY = 0x1d;

const ENDINGS: Readonly<Record<LineEnding, Uint8Array>> = {
  cr: Uint8Array.of(13),
  lf: Uint8Array.of(10),
  crlf: Uint8Array.of(13, 10),
};

/** After the end of piped input, answers are still shown for this long (our choice). */
const ANSWER_MS = 500;
const POLL_MS = 20;

/**
 * Joins a keyboard and a screen to an endpoint that is open, until Ctrl-] or the end of input.
 * Does not close the endpoint.
 */
export function runTerminal(endpoint: Endpoint, options: TerminalOptions): Promise<TerminalEnd> {
  return new Terminal(endpoint, options).run();
}

class Terminal {
  private readonly typed: Uint8Array[] = [];
  private readonly dump = new HexDump();
  private screenBusy = false;
  private exchanging = false;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly options: TerminalOptions,
  ) {}

  run(): Promise<TerminalEnd> {
    const { input } = this.options;
    return new Promise((resolve) => {
      const onData = (bytes: Uint8Array | string) => {
        if (this.type(typeof bytes === "string" ? Buffer.from(bytes) : bytes)) finish("quit");
      };
      const onEnd = () => setTimeout(() => finish("end of input"), ANSWER_MS);
      const poll = setInterval(() => this.exchange(), POLL_MS);
      const finish = (why: TerminalEnd) => {
        clearInterval(poll);
        this.endpoint.onActivity = undefined;
        this.exchange();
        this.show(this.dump.rest());
        input.off("data", onData);
        input.off("end", onEnd);
        input.pause();
        if (input.isTTY) input.setRawMode?.(false);
        resolve(why);
      };
      if (input.isTTY) input.setRawMode?.(true);
      this.endpoint.onActivity = () => this.exchange();
      this.endpoint.applyModem({ dtr: true, rts: true, brk: false });
      input.on("data", onData);
      input.once("end", onEnd);
    });
  }

  /** Queues what was typed; returns true at the quit key (what follows it is dropped). */
  private type(bytes: Uint8Array): boolean {
    const quit = bytes.indexOf(QUIT_KEY);
    const keys = quit < 0 ? bytes : bytes.subarray(0, quit);
    const sent = withLineEndings(keys, ENDINGS[this.options.lineEnding ?? "cr"]);
    if (sent.length > 0) this.typed.push(sent);
    if (this.options.echo) this.options.output.write(sent);
    this.exchange();
    return quit >= 0;
  }

  /** An endpoint may announce an arrival inside our own write to it (a loop does). */
  private exchange(): void {
    if (this.exchanging) return;
    this.exchanging = true;
    this.transmit();
    this.receive();
    this.exchanging = false;
  }

  private transmit(): void {
    for (let head = this.typed[0]; head !== undefined; head = this.typed[0]) {
      const taken = this.endpoint.write(head);
      if (taken < head.length) {
        this.typed[0] = head.subarray(taken);
        break;
      }
      this.typed.shift();
    }
  }

  /** Shows what came, unless the screen is slow: then the endpoint's own queue holds it back. */
  private receive(): void {
    const { inbox } = this.endpoint;
    for (let item = inbox.peek(); item !== undefined && !this.screenBusy; item = inbox.peek()) {
      if (item.kind !== "bytes") {
        inbox.consumeMark();
        if (item.kind === "break") this.show(Buffer.from("[break]"));
        continue;
      }
      const bytes = item.bytes.slice();
      inbox.consume(bytes.length);
      this.options.log?.write(bytes);
      this.show(this.options.hex ? this.dump.add(bytes) : bytes);
    }
  }

  private show(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.options.output.write(bytes)) return;
    this.screenBusy = true;
    this.options.output.once("drain", () => {
      this.screenBusy = false;
      this.exchange();
    });
  }
}

/** Enter comes as CR from a raw keyboard and as LF from a pipe: both become the line ending. */
function withLineEndings(keys: Uint8Array, ending: Uint8Array): Uint8Array {
  const sent: number[] = [];
  for (const key of keys) {
    if (key === 13 || key === 10) sent.push(...ending);
    else sent.push(key);
  }
  return Uint8Array.from(sent);
}

const ROW_BYTES = 16;

/** `00000010  68 6f 74 73 ...  |hots...|`: offset, 16 bytes, their text. */
class HexDump {
  private offset = 0;
  private row: number[] = [];

  /** The rows that these bytes complete. */
  add(bytes: Uint8Array): Uint8Array {
    let text = "";
    for (const byte of bytes) {
      this.row.push(byte);
      if (this.row.length === ROW_BYTES) text += this.take();
    }
    return Buffer.from(text);
  }

  /** The row that was begun, if any. */
  rest(): Uint8Array {
    return Buffer.from(this.row.length > 0 ? this.take() : "");
  }

  private take(): string {
    const offset = this.offset.toString(16).padStart(8, "0");
    const hex = this.row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = this.row
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."))
      .join("");
    this.offset += this.row.length;
    this.row = [];
    return `${offset}  ${hex.padEnd(ROW_BYTES * 3 - 1)}  |${text}|\r\n`;
  }
}
