import type { ModemOut } from "../core/ports.js";
import {
  ABSENT_LINES,
  BREAK_BITS,
  type Counters,
  type Endpoint,
  type EndpointStatus,
} from "./endpoint.js";
import { Inbox } from "./inbox.js";

/**
 * A loopback plug: TxD to RxD, RTS to CTS, DTR to DSR and DCD. Both directions have one rate, so
 * the inbox stays short unless the guest stops its receiver for megabytes; then bytes are lost
 * and counted. Holding them back instead would stop the machine, the only one who can take them.
 */
export class LoopEndpoint implements Endpoint {
  readonly inbox = new Inbox();
  readonly counters: Counters = { rx: 0, tx: 0, dropped: 0 };
  onActivity: (() => void) | undefined;
  private isOpen = false;
  private breaking = false;

  async open(): Promise<void> {
    this.isOpen = true;
    this.inbox.onArrival = () => this.onActivity?.();
    this.inbox.onSpace = () => this.onActivity?.();
    this.inbox.putModem(ABSENT_LINES);
  }

  async close(): Promise<void> {
    this.isOpen = false;
  }

  write(bytes: Uint8Array): number {
    if (this.inbox.full) {
      this.counters.dropped += bytes.length;
      return bytes.length;
    }
    this.counters.tx += bytes.length;
    this.counters.rx += bytes.length;
    this.inbox.putBytes(bytes.slice());
    return bytes.length;
  }

  /** A rate on both ends of one wire is the same: nothing to follow. */
  applySettings(): void {}

  applyModem(modem: ModemOut): void {
    this.inbox.putModem({ cts: modem.rts, dsr: modem.dtr, ri: false, dcd: modem.dtr });
    if (modem.brk && !this.breaking) this.inbox.putBreak(BREAK_BITS);
    this.breaking = modem.brk;
  }

  status(): EndpointStatus {
    return { connected: this.isOpen, peer: undefined };
  }

  inputPossible(): boolean {
    return this.inbox.size > 0;
  }

  describe(): string {
    return "loop";
  }
}
