import type { Socket } from "node:net";
import { ABSENT_LINES, BRIDGED_LINES, BufferedEndpoint } from "../../serial/endpoint.js";
import { formatAddress } from "../../serial/grammar.js";
import { reasonOf } from "../reasons.js";

/** How often an idle connection is probed, so that a client that vanished is noticed. */
const KEEP_ALIVE_MS = 30_000;

/** What the TCP endpoints share: at most one socket, and what happens while there is none. */
export abstract class SocketEndpoint extends BufferedEndpoint {
  protected socket: Socket | undefined;

  /** Without a peer 64 KiB are kept, then lost, as on a PTY without a client. */
  protected override isLossy(): boolean {
    return this.socket === undefined;
  }

  protected override resumeInput(): void {
    if (this.mayRead()) this.socket?.resume();
  }

  /** True while what the peer sends has room. */
  protected mayRead(): boolean {
    return !this.inbox.full;
  }

  status() {
    const peer = this.socket === undefined ? undefined : peerOf(this.socket);
    return { connected: this.socket !== undefined, peer };
  }

  /** Makes the socket the other end of the line. */
  protected attach(socket: Socket): void {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on("data", (bytes: Buffer) => {
      if (this.socket !== socket) return;
      this.take(bytes);
      if (!this.mayRead()) socket.pause();
    });
    socket.on("error", (error) => this.log(`${this.describe()}: ${reasonOf(error)}`));
    socket.on("close", () => this.detach(socket));
    this.connected(socket);
    this.outbox.release();
  }

  /** The peer is there; the modem inputs follow. */
  protected connected(_socket: Socket): void {
    this.inbox.putModem(BRIDGED_LINES);
  }

  /** Bytes from the peer. */
  protected take(bytes: Uint8Array): void {
    this.received(bytes);
  }

  /** Data for the peer in the form in which it goes over the wire. */
  protected encode(chunk: Uint8Array): Uint8Array {
    return chunk;
  }

  /** The peer is gone. */
  protected detach(socket: Socket): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    this.outbox.hold();
    if (!this.closing) this.inbox.putModem(ABSENT_LINES);
    this.onActivity?.();
  }

  /** A chunk that a broken connection swallowed is lost, not repeated to the next peer. */
  protected send(chunk: Uint8Array): Promise<number> {
    const socket = this.socket;
    if (socket === undefined) return Promise.resolve(0);
    return new Promise((resolve) => {
      socket.write(this.encode(chunk), (error) => {
        if (error) {
          this.counters.dropped += chunk.length;
          this.counters.tx -= chunk.length;
        }
        resolve(chunk.length);
      });
    });
  }
}

/** `127.0.0.1:40112` */
export function peerOf(socket: Socket): string {
  return formatAddress(socket.remoteAddress ?? "unknown", socket.remotePort ?? 0);
}

/** Ends a socket: what is written still goes out, then it is gone within the time given. */
export function endSocket(socket: Socket, timeout_ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), timeout_ms);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    if (socket.closed) {
      clearTimeout(timer);
      resolve();
      return;
    }
    // The peer's last bytes are read and left, so that its end of stream is seen.
    socket.resume();
    socket.end(() => socket.destroySoon());
  });
}
