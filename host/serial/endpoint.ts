import type { LineSettings, ModemIn, ModemOut } from "../core/ports.js";
import { Inbox } from "./inbox.js";
import { Outbox } from "./outbox.js";

/** Bytes as the endpoint counts them. */
export interface Counters {
  /** Taken from the outside. */
  rx: number;
  /** Handed to the outside. */
  tx: number;
  /** Sent by the machine and lost, since nothing took them. tx + dropped = all the machine sent. */
  dropped: number;
}

export interface EndpointStatus {
  /** The device is open, or a client is there. */
  readonly connected: boolean;
  /** Who is at the other end, when that is known (`127.0.0.1:40112`). */
  readonly peer: string | undefined;
}

/**
 * The outside end of a UART. The bridge polls it between slices: it peeks at and consumes from
 * `inbox`, and `write` says how many bytes were taken. So both directions have exact
 * back-pressure and no event of the host's reaches the machine in the middle of a slice.
 */
export interface Endpoint {
  readonly inbox: Inbox;
  readonly counters: Readonly<Counters>;
  /** Called when something arrived or space became free. The bridge sets it. */
  onActivity: (() => void) | undefined;
  /** Opens the device or socket. Throws UserError E5xx. `settings`: what the UART asks for now. */
  open(settings: LineSettings): Promise<void>;
  /** Writes out what the outside still takes, then closes. A second call is harmless. */
  close(): Promise<void>;
  /** Offers outbound bytes; returns how many were taken (lost ones count as taken). */
  write(bytes: Uint8Array): number;
  /** Follows the UART's registers, after the bytes written before. */
  applySettings(settings: LineSettings): void;
  /** Drives DTR, RTS and break, after the bytes written before. */
  applyModem(modem: ModemOut): void;
  status(): EndpointStatus;
  /** True while bytes may still come from outside. */
  inputPossible(): boolean;
  /** In the endpoint grammar, with the real device path or port number. */
  describe(): string;
}

/** What every endpoint is made with. */
export interface EndpointContext {
  /** `NODE.uartN`, for log lines and errors. */
  readonly uart: string;
  /** Takes one line for the user (stderr, the log file). */
  readonly log: (line: string) => void;
}

/** What a line without modem signals looks like to the UART: the handshake pins bridged. */
export const BRIDGED_LINES: ModemIn = { cts: true, dsr: true, ri: false, dcd: true };

/** What the UART sees when the other end of the cable is gone. */
export const ABSENT_LINES: ModemIn = { cts: false, dsr: false, ri: false, dcd: false };

export function sameSettings(a: LineSettings, b: LineSettings): boolean {
  return (
    a.baud === b.baud &&
    a.dataBits === b.dataBits &&
    a.parity === b.parity &&
    a.stopBits === b.stopBits
  );
}

/**
 * Bit times for which a break from outside holds the line, where the outside does not say how
 * long it was (our choice): two of the longest frames (start, 8 data, parity, 2 stop bits), so
 * that every receiver sees one whole frame of zeros.
 */
export const BREAK_BITS = 24;

/** Guest bytes kept while no client takes them. Source: specification of the bridge, section 5. */
export const KEEP_BYTES = 64 * 1024;

/** How long `close` waits for the outside to take the last bytes, and in which steps (ours). */
const FLUSH_MS = 1000;
const FLUSH_STEP_MS = 50;

/** How long a write under way may take to end after its device was closed (our choice). */
const STOP_MS = 200;

/** What is common to endpoints: the two queues, counters, and an orderly end. */
export abstract class BufferedEndpoint implements Endpoint {
  readonly inbox: Inbox;
  readonly counters: Counters = { rx: 0, tx: 0, dropped: 0 };
  onActivity: (() => void) | undefined;
  protected readonly outbox: Outbox;
  protected closing = false;
  private closed: Promise<void> | undefined;

  constructor(
    protected readonly context: EndpointContext,
    keep_bytes: number = KEEP_BYTES,
    inbox: Inbox = new Inbox(),
  ) {
    this.inbox = inbox;
    this.inbox.onArrival = () => this.onActivity?.();
    this.inbox.onSpace = () => this.resumeInput();
    this.outbox = new Outbox(keep_bytes, async (chunk) => {
      const count = await this.send(chunk);
      this.counters.tx += count;
      return count;
    });
    this.outbox.onSpace = () => this.onActivity?.();
  }

  abstract open(settings: LineSettings): Promise<void>;
  abstract status(): EndpointStatus;
  abstract describe(): string;
  /** Writes a chunk outside; resolves to how many bytes were taken; 0: wait for a release. */
  protected abstract send(chunk: Uint8Array): Promise<number>;
  /** Releases the device. Called once. */
  protected abstract shut(): Promise<void>;

  /** True when bytes that do not fit are lost, as on a line that nobody listens to. */
  protected isLossy(): boolean {
    return false;
  }

  /** The source may deliver again. */
  protected resumeInput(): void {}

  write(bytes: Uint8Array): number {
    const count = this.outbox.offer(bytes);
    if (count === bytes.length || !this.isLossy()) return count;
    this.counters.dropped += bytes.length - count;
    return bytes.length;
  }

  close(): Promise<void> {
    this.closed ??= this.finish();
    return this.closed;
  }

  private async finish(): Promise<void> {
    for (let waited = 0; waited < FLUSH_MS && !this.isLossy(); waited += FLUSH_STEP_MS) {
      if (await this.outbox.flush(FLUSH_STEP_MS)) break;
    }
    this.closing = true;
    this.outbox.hold();
    await this.shut();
    this.counters.dropped += await this.outbox.stop(STOP_MS);
  }

  /** Queues what came from outside and counts it. */
  protected received(bytes: Uint8Array): void {
    this.counters.rx += bytes.length;
    this.inbox.putBytes(bytes);
  }

  protected log(line: string): void {
    this.context.log(`${this.context.uart}: ${line}`);
  }

  applySettings(_settings: LineSettings): void {}
  applyModem(_modem: ModemOut): void {}
  inputPossible(): boolean {
    return !this.closing;
  }
}
