import type { LineSettings, ModemIn, ModemOut, UartPort } from "../core/ports.js";
import { ByteQueue } from "./byte-queue.js";
import type { Endpoint } from "./endpoint.js";
import { ABSENT_LINES, sameSettings } from "./endpoint.js";
import type { OrderedLines } from "./inbox.js";
import { QUEUE_BYTES, UART_SHARE_BYTES } from "./inbox.js";
import { encodeBreak, encodeLines, type InputSink, type OutputSink } from "./input-log.js";

export interface BridgePair {
  readonly uart: UartPort;
  readonly endpoint: Endpoint;
}

export interface BridgeOptions {
  /** Takes every input that the machine accepted: the input log. */
  readonly onInput?: InputSink;
  /** Takes every byte that left a UART. */
  readonly onOutput?: OutputSink;
}

/** What one exchange found. */
export interface Exchange {
  /** Some endpoint cannot take more: a free-running machine waits (`wait`) before it goes on. */
  readonly stalled: boolean;
  /** Bytes that went either way. */
  readonly moved: number;
}

/** A row of `endpoints` in the results of `run`. Source: cli specification, JSON results. */
export interface EndpointReport {
  readonly uart: string;
  readonly endpoint: string;
  /** Bytes that entered the machine. */
  readonly rx: number;
  /** Bytes that left it and were delivered. */
  readonly tx: number;
  /** Bytes that left it and were lost; tx + dropped = all it sent, once the bridge is closed. */
  readonly dropped: number;
}

/**
 * Joins UARTs to endpoints. The run loop calls `exchange` between slices, never during one, so
 * every input takes effect at a slice's end and is logged with that machine time; the machine
 * cannot tell how the slices were chosen.
 */
export class Bridge {
  private readonly lines: readonly Line[];
  private wakeWaiter: (() => void) | undefined;
  private isOpen = false;

  constructor(pairs: readonly BridgePair[], options: BridgeOptions = {}) {
    this.lines = pairs.map((pair) => new Line(pair, options));
  }

  /**
   * Opens every endpoint. When one fails, those already open are closed again and its UserError
   * (E5xx) is thrown.
   */
  async open(): Promise<void> {
    try {
      for (const line of this.lines) {
        line.endpoint.onActivity = () => this.wakeWaiter?.();
        await line.open();
      }
      this.isOpen = true;
    } catch (error) {
      await Promise.all(this.lines.map((line) => line.endpoint.close()));
      throw error;
    }
  }

  /** Moves what can be moved in both directions, now. */
  exchange(): Exchange {
    let stalled = false;
    let moved = 0;
    for (const line of this.lines) {
      moved += line.exchange();
      if (line.stalled) stalled = true;
    }
    return { stalled, moved };
  }

  /** Resolves at the next activity of an endpoint, or after the time given. */
  wait(timeout_ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wakeWaiter = undefined;
        resolve();
      };
      const timer = setTimeout(done, timeout_ms);
      this.wakeWaiter = done;
    });
  }

  /** True while some endpoint may still bring bytes: an idle machine is then not at its end. */
  inputPossible(): boolean {
    return this.lines.some((line) => line.endpoint.inputPossible());
  }

  /** The line that tells other programs that they may begin. Source: cli specification. */
  readyLine(): string {
    return ["ready", ...this.lines.map((line) => line.toString())].join(" ");
  }

  report(): EndpointReport[] {
    return this.lines.map((line) => line.report());
  }

  /** Sends what the UARTs still hold, then closes every endpoint. Twice is harmless. */
  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    await Promise.all(this.lines.map((line) => line.close()));
  }
}

/** How long `close` goes on offering the last bytes to an endpoint that takes none (our choice). */
const LAST_BYTES_MS = 1000;
const LAST_BYTES_STEP_MS = 5;

/** One UART, its endpoint, and what lies between. */
class Line {
  readonly endpoint: Endpoint;
  private readonly uart: UartPort;
  /** Bytes drained from the UART that the endpoint did not take yet. */
  private readonly outbound = new ByteQueue();
  private settings: LineSettings | undefined;
  private modem: ModemOut | undefined;
  /** The modem inputs as the machine was last told. */
  private modemIn: ModemIn | undefined;
  private orderedLines: OrderedLines = ABSENT_LINES;
  private rx = 0;
  private dropped = 0;

  constructor(
    pair: BridgePair,
    private readonly options: BridgeOptions,
  ) {
    this.uart = pair.uart;
    this.endpoint = pair.endpoint;
  }

  get stalled(): boolean {
    return this.outbound.size > 0;
  }

  async open(): Promise<void> {
    this.settings = this.uart.settings();
    await this.endpoint.open(this.settings);
  }

  /** Returns the number of bytes moved. */
  exchange(): number {
    this.followSettings();
    const sent = this.drainUart();
    this.followModem();
    return sent + this.offerInbound();
  }

  async close(): Promise<void> {
    this.drainUart();
    for (let waited = 0; this.stalled && waited < LAST_BYTES_MS; waited += LAST_BYTES_STEP_MS) {
      await new Promise((resolve) => setTimeout(resolve, LAST_BYTES_STEP_MS));
      this.flushOutbound();
    }
    this.dropped += this.outbound.size;
    this.outbound.clear();
    await this.endpoint.close();
  }

  report(): EndpointReport {
    const { tx, dropped } = this.endpoint.counters;
    return {
      uart: this.uart.name,
      endpoint: this.endpoint.describe(),
      rx: this.rx,
      tx,
      dropped: dropped + this.dropped,
    };
  }

  toString(): string {
    return `${this.uart.name}=${this.endpoint.describe()}`;
  }

  /**
   * Settings go first: a guest that sets its rate and sends within one slice means its bytes to
   * have the new rate. Bytes of earlier slices keep theirs, since endpoints apply in order.
   * A divisor of 0 gives no rate: the port keeps what it has.
   */
  private followSettings(): void {
    const now = this.uart.settings();
    const before = this.settings;
    if (!(now.baud > 0) || !Number.isFinite(now.baud)) return;
    if (before !== undefined && sameSettings(before, now)) return;
    this.settings = now;
    this.endpoint.applySettings(now);
  }

  private followModem(): void {
    const now = this.uart.modem();
    const before = this.modem;
    if (before?.dtr === now.dtr && before.rts === now.rts && before.brk === now.brk) return;
    this.modem = now;
    this.endpoint.applyModem(now);
  }

  private drainUart(): number {
    this.flushOutbound();
    const bytes = this.uart.drain();
    if (bytes.length === 0) return 0;
    this.options.onOutput?.(this.uart.now(), this.uart.name, bytes);
    const taken = this.stalled ? 0 : this.endpoint.write(bytes);
    const room = QUEUE_BYTES - this.outbound.size;
    const rest = bytes.length - taken;
    const kept = Math.min(rest, room);
    if (kept > 0) this.outbound.push(bytes.slice(taken, taken + kept));
    this.dropped += rest - kept;
    return bytes.length;
  }

  private flushOutbound(): void {
    while (this.outbound.size > 0) {
      const taken = this.endpoint.write(this.outbound.peek());
      if (taken === 0) return;
      this.outbound.consume(taken);
    }
  }

  /** Returns the number of bytes that entered the machine. */
  private offerInbound(): number {
    const inbox = this.endpoint.inbox;
    let moved = 0;
    for (;;) {
      const item = inbox.peek();
      if (item === undefined) break;
      if (item.kind === "bytes") {
        const room = UART_SHARE_BYTES - this.uart.pending();
        if (room <= 0) break;
        const offered = item.bytes.length > room ? item.bytes.subarray(0, room) : item.bytes;
        const taken = this.uart.push(offered);
        if (taken > 0) this.accepted("bytes", offered.subarray(0, taken));
        inbox.consume(taken);
        moved += taken;
        if (taken < offered.length) break;
      } else {
        // What happens on the lines after a byte must not overtake it inside the UART.
        if (this.uart.pending() > 0) break;
        if (item.kind === "break") {
          this.uart.pushBreak(item.bits);
          this.accepted("break", encodeBreak(item.bits));
        } else {
          this.orderedLines = item.lines;
          this.driveModem();
        }
        inbox.consumeMark();
      }
    }
    this.driveModem();
    this.rx += moved;
    return moved;
  }

  /** Drives the inputs when they changed; an endpoint that never spoke of lines leaves them. */
  private driveModem(): void {
    const cts = this.endpoint.inbox.cts;
    if (cts === undefined) return;
    const now: ModemIn = { ...this.orderedLines, cts };
    const before = this.modemIn;
    if (before !== undefined && encodeLines(before)[0] === encodeLines(now)[0]) return;
    this.modemIn = now;
    this.uart.setModem(now);
    this.accepted("modem", encodeLines(now));
  }

  private accepted(kind: "bytes" | "modem" | "break", bytes: Uint8Array): void {
    this.options.onInput?.(this.uart.now(), this.uart.name, kind, bytes);
  }
}
