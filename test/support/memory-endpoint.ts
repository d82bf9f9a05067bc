import type { LineSettings, ModemIn, ModemOut } from "../../host/core/ports.js";
import type { Endpoint } from "../../host/serial/endpoint.js";
import { Inbox } from "../../host/serial/inbox.js";

/** An endpoint whose outside is the test: it takes at most `room` bytes until `grant` is called. */
export class MemoryEndpoint implements Endpoint {
  readonly inbox: Inbox;
  readonly counters = { rx: 0, tx: 0, dropped: 0 };
  onActivity: (() => void) | undefined;
  readonly applied: string[] = [];
  failure: Error | undefined;
  closings = 0;
  private readonly taken: Uint8Array[] = [];

  constructor(
    private room_bytes: number = Number.POSITIVE_INFINITY,
    inbox_bytes?: number,
  ) {
    this.inbox = inbox_bytes === undefined ? new Inbox() : new Inbox(inbox_bytes);
  }

  async open(settings: LineSettings): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.inbox.onArrival = () => this.onActivity?.();
    this.applied.push(`open ${settings.baud}`);
  }

  async close(): Promise<void> {
    this.closings++;
  }

  /** The outside sends. */
  arrive(bytes: Uint8Array | string): void {
    this.inbox.putBytes(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
  }

  lines(lines: Partial<ModemIn>): void {
    this.inbox.putModem({ cts: false, dsr: false, ri: false, dcd: false, ...lines });
  }

  /** The outside takes more. */
  grant(bytes: number): void {
    this.room_bytes += bytes;
    this.onActivity?.();
  }

  write(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.room_bytes);
    this.room_bytes -= count;
    this.counters.tx += count;
    this.taken.push(bytes.slice(0, count));
    return count;
  }

  /** What the outside got since the last call. */
  take(): Buffer {
    return Buffer.concat(this.taken.splice(0));
  }

  applySettings(line: LineSettings): void {
    this.applied.push(`${line.baud} ${line.dataBits} ${line.parity} ${line.stopBits}`);
  }

  applyModem(modem: ModemOut): void {
    this.applied.push(`dtr=${+modem.dtr} rts=${+modem.rts} brk=${+modem.brk}`);
  }

  status() {
    return { connected: true, peer: undefined };
  }

  inputPossible(): boolean {
    return this.closings === 0;
  }

  describe(): string {
    return "memory";
  }
}
