import type { Counters, Endpoint, EndpointStatus } from "./endpoint.js";
import { Inbox } from "./inbox.js";

/**
 * Nothing is connected: what the UART sends goes nowhere (counted as sent, since the line took
 * it), nothing comes, and the modem inputs stay as the UART's reset leaves them.
 */
export class NoneEndpoint implements Endpoint {
  readonly inbox = new Inbox();
  readonly counters: Counters = { rx: 0, tx: 0, dropped: 0 };
  onActivity: (() => void) | undefined;

  async open(): Promise<void> {}
  async close(): Promise<void> {}

  write(bytes: Uint8Array): number {
    this.counters.tx += bytes.length;
    return bytes.length;
  }

  applySettings(): void {}
  applyModem(): void {}

  status(): EndpointStatus {
    return { connected: false, peer: undefined };
  }

  inputPossible(): boolean {
    return false;
  }

  describe(): string {
    return "none";
  }
}
