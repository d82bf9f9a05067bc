import type { Socket } from "node:net";
import type { LineSettings, ModemOut } from "../../core/ports.js";
import { BREAK_BITS, sameSettings } from "../../serial/endpoint.js";
import { Rfc2217Server } from "../../serial/rfc2217.js";
import { ListenEndpoint } from "./listen.js";

/** Settings are compared when none has changed for this long (our choice). */
const SETTLE_MS = 200;

/** A client that leaves this much of our answers unread is not read either (our choice). */
const UNREAD_BYTES_MAX = 64 * 1024;

/** `rfc2217-listen:[HOST:]PORT`: a remote serial port that carries settings, modem and break. */
export class Rfc2217Endpoint extends ListenEndpoint {
  protected override readonly kind = "rfc2217-listen";
  private compareTimer: NodeJS.Timeout | undefined;
  private engine: Rfc2217Server | undefined;
  private settings: LineSettings = { baud: 115_200, dataBits: 8, parity: "none", stopBits: 1 };
  private modem: ModemOut = { dtr: false, rts: false, brk: false };
  /** Answers of the chunk that is being taken: they go out in one write. */
  private answers: Uint8Array[] | undefined;
  /** Bytes of answers that the socket has not handed on yet. */
  private unread_bytes = 0;

  override open(settings?: LineSettings): Promise<void> {
    if (settings !== undefined) this.settings = settings;
    return super.open();
  }

  override applySettings(settings: LineSettings): void {
    this.settings = settings;
  }

  override applyModem(modem: ModemOut): void {
    this.modem = modem;
    const engine = this.engine;
    if (engine !== undefined) this.outbox.enqueue(async () => engine.setGuestModem(modem));
  }

  protected override connected(socket: Socket): void {
    this.unread_bytes = 0;
    const engine = new Rfc2217Server(
      {
        send: (bytes) => this.answer(socket, bytes),
        data: (bytes) => this.received(bytes),
        modem: (lines) => this.inbox.putModem(lines),
        breakSignal: () => this.inbox.putBreak(BREAK_BITS),
        purge: (toClient, toUart) => this.purge(toClient, toUart),
        suspend: (suspended) => this.suspend(socket, suspended),
        clientSettings: (theirs) => this.compareLater(theirs),
      },
      this.settings,
      `hotspare ${this.context.uart}`,
    );
    this.engine = engine;
    engine.setGuestModem(this.modem);
    engine.start();
  }

  protected override take(bytes: Uint8Array): void {
    const answers: Uint8Array[] = [];
    this.answers = answers;
    this.engine?.receive(bytes);
    this.answers = undefined;
    if (this.socket !== undefined) this.answer(this.socket, Buffer.concat(answers));
  }

  /** False while the client lets our answers lie: what it asks then would only make more. */
  protected override mayRead(): boolean {
    return super.mayRead() && this.unread_bytes <= UNREAD_BYTES_MAX;
  }

  private answer(socket: Socket, bytes: Uint8Array): void {
    if (this.answers !== undefined) {
      this.answers.push(bytes);
      return;
    }
    if (bytes.length === 0) return;
    this.unread_bytes += bytes.length;
    socket.write(bytes, () => {
      if (this.socket !== socket) return;
      this.unread_bytes -= bytes.length;
      this.resumeInput();
    });
  }

  protected override encode(chunk: Uint8Array): Uint8Array {
    return this.engine?.encode(chunk) ?? chunk;
  }

  protected override detach(socket: Socket): void {
    if (this.socket === socket) this.engine = undefined;
    super.detach(socket);
  }

  private purge(toClient: boolean, toUart: boolean): void {
    if (toClient) this.counters.dropped += this.outbox.clear();
    if (toUart) this.inbox.purge();
  }

  private suspend(socket: Socket, suspended: boolean): void {
    if (this.socket !== socket) return;
    if (suspended) this.outbox.hold();
    else this.outbox.release();
  }

  /** A client sets rate, size, parity and stop bits one by one: the last decides. */
  private compareLater(theirs: LineSettings): void {
    clearTimeout(this.compareTimer);
    this.compareTimer = setTimeout(() => this.compare(theirs), SETTLE_MS).unref();
  }

  /** Bytes pass unchanged: the bridge carries characters, not levels. */
  private compare(theirs: LineSettings): void {
    if (this.engine === undefined || sameSettings(theirs, this.settings)) return;
    this.log(
      `${this.describe()}: the client's end is set to ${framing(theirs)}, ` +
        `the guest's to ${framing(this.settings)}; bytes pass all the same`,
    );
  }
}

/** `115200 8N1` */
function framing(settings: LineSettings): string {
  const parity = settings.parity.charAt(0).toUpperCase();
  return `${settings.baud} ${settings.dataBits}${parity}${settings.stopBits}`;
}
