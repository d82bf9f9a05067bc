import { realpathSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import type { LineSettings, ModemOut } from "../../core/ports.js";
import { UserError } from "../../error/index.js";
import {
  ABSENT_LINES,
  BREAK_BITS,
  BRIDGED_LINES,
  BufferedEndpoint,
  type EndpointContext,
} from "../../serial/endpoint.js";
import { describePorts } from "../ports.js";
import { BackOff } from "./back-off.js";
import { BreakMarks, MARK_WORDS } from "./break-marks.js";
import {
  attempt,
  driveLines,
  frameWords,
  keepBothDirections,
  type MakePort,
  makeRealPort,
  type PortLike,
  portOptions,
  readLines,
  stty,
} from "./serial-port.js";

export interface SerialOptions {
  readonly path: string;
  /** Rate at opening; undefined: what the guest's registers say. */
  readonly baud: number | undefined;
  /** The guest's registers change nothing. */
  readonly fixed: boolean;
}

/** Waits between attempts to reopen a port that was unplugged (our choice). */
const REOPEN_FIRST_MS = 50;
const REOPEN_LIMIT_MS = 500;

/** How often the modem inputs are read: nothing announces their changes (our choice). */
const LINES_POLL_MS = 20;

/** How long a change of settings waits for bytes under way (our choice). */
const DRAIN_MS = 2000;

/** `serial:PATH`: a real port. The machine goes on when it is unplugged, and it is reopened. */
export class SerialEndpoint extends BufferedEndpoint {
  private port: PortLike | undefined;
  private settings: LineSettings = { baud: 115_200, dataBits: 8, parity: "none", stopBits: 1 };
  private modem: ModemOut = { dtr: true, rts: true, brk: false };
  private hasLines = false;
  private lowLatency = true;
  private linesBefore = "";
  /** Finds breaks among the received bytes of a real port. A PTY knows none. */
  private marks: BreakMarks | undefined;
  private realPath: string;
  private readonly backOff = new BackOff(REOPEN_FIRST_MS, REOPEN_LIMIT_MS);
  private reopenTimer: NodeJS.Timeout | undefined;
  private pollTimer: NodeJS.Timeout | undefined;
  /** Ends the write under way when its port is gone: the package may never call back. */
  private giveUpWrite: (() => void) | undefined;

  constructor(
    context: EndpointContext,
    private readonly options: SerialOptions,
    private readonly makePort: MakePort = makeRealPort,
  ) {
    super(context);
    this.realPath = options.path;
    this.outbox.hold();
  }

  async open(settings: LineSettings): Promise<void> {
    this.settings = { ...settings, baud: this.options.baud ?? settings.baud };
    const error = await this.tryOpen();
    if (error !== undefined) throw await cannotOpen(this.options.path, error);
  }

  describe(): string {
    return `serial:${this.realPath}`;
  }

  status() {
    return { connected: this.port !== undefined, peer: undefined };
  }

  /** A cable that is pulled out takes nothing: stale bytes must not meet the next command. */
  override write(bytes: Uint8Array): number {
    if (this.port !== undefined) return super.write(bytes);
    this.counters.dropped += bytes.length;
    return bytes.length;
  }

  override applySettings(settings: LineSettings): void {
    if (this.options.fixed) return;
    const before = this.settings;
    this.settings = settings;
    this.outbox.enqueue(() => this.changeSettings(before, settings));
  }

  override applyModem(modem: ModemOut): void {
    this.modem = modem;
    this.outbox.enqueue(async () => {
      if (this.port !== undefined && this.hasLines) {
        await driveLines(this.port, modem, this.lowLatency);
      }
    });
  }

  protected override resumeInput(): void {
    this.port?.resume();
  }

  /** Resolves to why the port cannot be opened, or undefined. */
  private async tryOpen(): Promise<Error | undefined> {
    const port = await this.makePort(portOptions(this.options.path, this.settings));
    port.on("error", (error) => this.lost(port, error.message));
    const error = await attempt((done) => port.open(done));
    if (error !== undefined) return error;
    keepBothDirections(port);
    this.realPath = realPathOf(this.options.path);
    await this.askForLowLatency(port);
    if (this.settings.parity === "mark" || this.settings.parity === "space") {
      await this.setFrame(this.settings);
    }
    if (this.closing) {
      await attempt((done) => port.close(done));
      return undefined;
    }
    this.port = port;
    port.on("close", () => this.lost(port, "it was unplugged"));
    port.on("end", () => this.lost(port, "it was unplugged"));
    port.on("data", (bytes) => {
      if (this.port !== port) return;
      this.take(bytes);
      if (this.inbox.full) port.pause();
    });
    await this.beginLines(port);
    this.outbox.release();
    return undefined;
  }

  /**
   * Without low latency an FTDI adapter keeps bytes for up to 16 ms. Both ways of asking are
   * tried, and both may fail: another kind of adapter, or no permission.
   */
  private async askForLowLatency(port: PortLike): Promise<void> {
    const name = basename(this.realPath);
    await writeFile(`/sys/class/tty/${name}/device/latency_timer`, "1").catch(() => undefined);
    this.lowLatency = await driveLines(port, this.modem, true);
  }

  private async beginLines(port: PortLike): Promise<void> {
    this.hasLines = (await readLines(port)) !== undefined;
    this.linesBefore = "";
    this.marks = undefined;
    if (!this.hasLines) {
      this.inbox.putModem(BRIDGED_LINES);
      return;
    }
    await driveLines(port, this.modem, this.lowLatency);
    if (hasDescriptor(port) && (await stty(this.realPath, MARK_WORDS))) {
      this.marks = new BreakMarks();
    }
    await this.pollLines(port);
  }

  private take(bytes: Uint8Array): void {
    for (const found of this.marks?.decode(bytes) ?? [bytes]) {
      if (found === "break") this.inbox.putBreak(BREAK_BITS);
      else this.received(found);
    }
  }

  private async pollLines(port: PortLike): Promise<void> {
    const lines = await readLines(port);
    if (this.port !== port) return;
    const text = lines === undefined ? this.linesBefore : `${lines.cts} ${lines.dsr} ${lines.dcd}`;
    if (lines !== undefined && text !== this.linesBefore) {
      this.linesBefore = text;
      this.inbox.putModem({ cts: lines.cts, dsr: lines.dsr, ri: false, dcd: lines.dcd });
    }
    this.pollTimer = setTimeout(() => void this.pollLines(port), LINES_POLL_MS);
  }

  private async changeSettings(before: LineSettings, settings: LineSettings): Promise<void> {
    const port = this.port;
    if (port === undefined) return; // the port opens with the newest settings
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, DRAIN_MS);
    });
    await Promise.race([attempt((done) => port.drain(done)), late]);
    clearTimeout(timer);
    if (before.baud !== settings.baud) await this.setRate(port, settings.baud);
    const sameFrame = frameWords(before).join() === frameWords(settings).join();
    if (!sameFrame) await this.setFrame(settings);
  }

  private async setRate(port: PortLike, baud: number): Promise<void> {
    const rate = Math.round(baud);
    if (hasDescriptor(port) && (await stty(this.realPath, [String(rate)]))) return;
    const error = await attempt((done) => port.update({ baudRate: rate }, done));
    if (error !== undefined) this.log(`${this.realPath}: ${rate} baud: ${error.message}`);
  }

  private async setFrame(settings: LineSettings): Promise<void> {
    if (await stty(this.realPath, frameWords(settings))) return;
    const { dataBits, parity, stopBits } = settings;
    this.log(
      `${this.realPath} does not do ${dataBits} data bits, parity ${parity}, ` +
        `${stopBits} stop bits; it keeps its settings`,
    );
  }

  /** Called for each of the events that a vanished port may cause; only the first counts. */
  private lost(port: PortLike, why: string): void {
    if (this.port !== port) return;
    this.port = undefined;
    this.outbox.hold();
    this.giveUpWrite?.();
    if (port.isOpen) port.close(() => undefined);
    clearTimeout(this.pollTimer);
    if (this.closing) return;
    this.counters.dropped += this.outbox.clear();
    this.inbox.putModem(ABSENT_LINES);
    this.log(`${this.realPath} is gone (${why}); the machine goes on, waiting for its return`);
    this.reopenLater();
  }

  private reopenLater(): void {
    this.reopenTimer = setTimeout(async () => {
      const error = await this.tryOpen();
      if (this.closing) return;
      if (error !== undefined) {
        this.reopenLater();
        return;
      }
      this.backOff.reset();
      this.log(`${this.realPath} is back`);
      this.onActivity?.();
    }, this.backOff.step());
  }

  protected send(chunk: Uint8Array): Promise<number> {
    const port = this.port;
    if (port === undefined) return Promise.resolve(0);
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    return new Promise((resolve) => {
      const done = (delivered: boolean) => {
        this.giveUpWrite = undefined;
        if (!delivered) {
          this.counters.dropped += chunk.length;
          this.counters.tx -= chunk.length;
        }
        resolve(chunk.length);
      };
      this.giveUpWrite = () => done(false);
      port.write(buffer, (error) => {
        if (this.port === port) done(!error);
      });
    });
  }

  protected async shut(): Promise<void> {
    clearTimeout(this.reopenTimer);
    clearTimeout(this.pollTimer);
    const port = this.port;
    this.port = undefined;
    this.giveUpWrite?.();
    if (port?.isOpen) await attempt((done) => port.close(done));
  }
}

function hasDescriptor(port: PortLike): boolean {
  return typeof port.port?.fd === "number";
}

/** `/dev/serial/by-id/...` and other links lead to the device itself. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** What the package's messages (strerror texts, mostly) mean, and what to do about them. */
const OPEN_ERRORS: readonly {
  readonly pattern: RegExp;
  readonly code: string;
  readonly what: string;
  readonly hint: string;
}[] = [
  {
    pattern: /no such file|does not exist|file not found|no such device/i,
    code: "E501",
    what: "there is no such port",
    hint: "plug it in, or choose another",
  },
  {
    pattern: /permission denied|access denied/i,
    code: "E502",
    what: "you may not open it",
    hint: "add yourself to the group that owns it (sudo adduser $USER dialout), log in again",
  },
  {
    pattern: /lock|busy|temporarily unavailable/i,
    code: "E503",
    what: "another program has it open",
    hint: "close that program (fuser names it)",
  },
  {
    pattern: /inappropriate ioctl|not a tty|bad file descriptor/i,
    code: "E504",
    what: "it is no serial port",
    hint: "give the path of a terminal device",
  },
];

async function cannotOpen(path: string, error: Error): Promise<UserError> {
  const row = OPEN_ERRORS.find(({ pattern }) => pattern.test(error.message));
  const ports = await describePorts();
  return new UserError(
    row?.code ?? "E500",
    `cannot open ${path}: ${row?.what ?? error.message}`,
    { argument: `endpoint "serial:${path}"` },
    `${row?.hint ?? "check the port"}; ports of this computer: ${ports}`,
  );
}
