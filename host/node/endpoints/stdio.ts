import type { Readable, Writable } from "node:stream";
import { BRIDGED_LINES, BufferedEndpoint, type EndpointContext } from "../../serial/endpoint.js";

/** The streams of the process, or a test's. */
export interface StdioStreams {
  readonly input: Readable & {
    readonly isTTY?: boolean;
    setRawMode?(raw: boolean): unknown;
    unref?(): unknown;
  };
  readonly output: Writable;
  /** Ctrl-C typed on a terminal in raw mode. */
  readonly interrupt: () => void;
}

const PROCESS: StdioStreams = {
  input: process.stdin,
  output: process.stdout,
  interrupt: () => process.kill(process.pid, "SIGINT"),
};

const CTRL_C = 3;

/**
 * `stdio`: standard input and output. On a terminal each key goes to the guest as it is typed,
 * except Ctrl-C, which ends the run as it ends any other program.
 */
export class StdioEndpoint extends BufferedEndpoint {
  private inputEnded = false;
  private outputBroken = false;
  private readonly onData = (bytes: Buffer) => this.take(bytes);
  private readonly onEnd = () => {
    this.inputEnded = true;
    this.onActivity?.();
  };
  /** EPIPE: the reader of standard output went away; the machine goes on (cli: it ends quietly). */
  private readonly onOutputError = () => {
    this.outputBroken = true;
  };

  constructor(
    context: EndpointContext,
    private readonly streams: StdioStreams = PROCESS,
  ) {
    super(context);
  }

  async open(): Promise<void> {
    const { input, output } = this.streams;
    this.setRaw(true);
    input.on("data", this.onData);
    input.on("end", this.onEnd);
    input.on("error", this.onEnd);
    output.on("error", this.onOutputError);
    this.inbox.putModem(BRIDGED_LINES);
  }

  describe(): string {
    return "stdio";
  }

  status() {
    return { connected: !this.outputBroken, peer: undefined };
  }

  override inputPossible(): boolean {
    return !this.inputEnded && !this.closing;
  }

  protected override isLossy(): boolean {
    return this.outputBroken;
  }

  protected override resumeInput(): void {
    this.streams.input.resume();
  }

  protected send(chunk: Uint8Array): Promise<number> {
    return new Promise((resolve) => {
      if (this.outputBroken) {
        this.lose(chunk.length);
        resolve(chunk.length);
        return;
      }
      this.streams.output.write(chunk, (error) => {
        if (error) this.lose(chunk.length);
        resolve(chunk.length);
      });
    });
  }

  /** The chunk will be counted as sent: take it off again. */
  private lose(count: number): void {
    this.outputBroken = true;
    this.counters.dropped += count;
    this.counters.tx -= count;
  }

  private take(bytes: Buffer): void {
    if (this.streams.input.isTTY && bytes.includes(CTRL_C)) this.streams.interrupt();
    else this.received(bytes);
    if (this.inbox.full) this.streams.input.pause();
  }

  private setRaw(raw: boolean): void {
    if (this.streams.input.isTTY) this.streams.input.setRawMode?.(raw);
  }

  protected async shut(): Promise<void> {
    const { input } = this.streams;
    this.setRaw(false);
    input.off("data", this.onData);
    input.off("end", this.onEnd);
    input.pause();
    // A pipe that its writer keeps open must not keep the process alive.
    input.unref?.();
  }
}
