import type { ModemIn } from "../core/ports.js";
import { ByteQueue } from "./byte-queue.js";

/** What the host queues towards one UART in all, before it stops reading. Source: bridge, 5. */
export const QUEUE_BYTES = 16 * 1024 * 1024;

/**
 * The part of it that may lie in the UART itself, accepted but not yet on the line (our choice).
 * The rest lies in the endpoint's inbox.
 */
export const UART_SHARE_BYTES = 1024 * 1024;

/** An inbox this full stops its source, and starts it again at half of it (our choice). */
export const INBOX_BYTES = QUEUE_BYTES - UART_SHARE_BYTES;

/** A break or a modem change counts as this many bytes, so that a flood of them is bounded too. */
const MARK_BYTES = 64;

/** The lines that keep their place among the bytes. CTS does not: see `Inbox.cts`. */
export type OrderedLines = Omit<ModemIn, "cts">;

export type InboundItem =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "modem"; readonly lines: OrderedLines }
  | { readonly kind: "break"; readonly bits: number };

interface Mark {
  /** Position in the stream of all bytes ever put in: the mark comes before that byte. */
  readonly at: number;
  readonly item: Exclude<InboundItem, { kind: "bytes" }>;
}

/**
 * What came from outside and has not entered the machine yet, in order of arrival. The endpoint
 * puts, the bridge peeks and consumes what the UART accepted. When the inbox is full the endpoint
 * must stop its source; `onSpace` is called when it may go on.
 */
export class Inbox {
  /**
   * CTS is applied at once, past the queued bytes: it guards the other side's buffer now, and a
   * queue of megabytes must not delay it. DSR, RI and DCD keep their order (a peer that sends and
   * hangs up is heard to the end). Undefined until a source first says something about lines.
   */
  cts: boolean | undefined;
  onSpace: (() => void) | undefined;
  onArrival: (() => void) | undefined;

  private readonly queue = new ByteQueue();
  private readonly marks: Mark[] = [];
  private put_bytes = 0;
  private paused = false;

  constructor(private readonly limit_bytes: number = INBOX_BYTES) {}

  /** Bytes queued, marks included. */
  get size(): number {
    return this.queue.size + this.marks.length * MARK_BYTES;
  }

  /** True from the moment the limit is reached until half of it is free again. */
  get full(): boolean {
    return this.paused;
  }

  /** Keeps the array itself. The chunk that reaches the limit is still taken whole. */
  putBytes(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.queue.push(bytes);
    this.put_bytes += bytes.length;
    this.arrived();
  }

  putModem(lines: ModemIn): void {
    this.cts = lines.cts;
    const { dsr, ri, dcd } = lines;
    this.marks.push({ at: this.put_bytes, item: { kind: "modem", lines: { dsr, ri, dcd } } });
    this.arrived();
  }

  putBreak(bits: number): void {
    this.marks.push({ at: this.put_bytes, item: { kind: "break", bits } });
    this.arrived();
  }

  /** The next item without taking it; bytes come as many as lie in one piece before a mark. */
  peek(): InboundItem | undefined {
    const mark = this.marks[0];
    const position = this.put_bytes - this.queue.size;
    if (mark !== undefined && mark.at === position) return mark.item;
    const bytes = this.queue.peek();
    if (bytes.length === 0) return undefined;
    const end = mark === undefined ? bytes.length : mark.at - position;
    return { kind: "bytes", bytes: end < bytes.length ? bytes.subarray(0, end) : bytes };
  }

  /** Takes the first `count` bytes of the item just peeked (bytes only). */
  consume(count: number): void {
    this.queue.consume(count);
    this.freed();
  }

  /** Takes the modem change or break just peeked. */
  consumeMark(): void {
    this.marks.shift();
    this.freed();
  }

  /** Throws away the queued bytes (a purge asked for by the peer); marks stay in order. */
  purge(): number {
    const purged = this.queue.size;
    this.queue.clear();
    const position = this.put_bytes;
    this.marks.forEach((mark, i) => {
      this.marks[i] = { at: position, item: mark.item };
    });
    this.freed();
    return purged;
  }

  private arrived(): void {
    if (this.size >= this.limit_bytes) this.paused = true;
    this.onArrival?.();
  }

  private freed(): void {
    if (!this.paused || this.size > this.limit_bytes / 2) return;
    this.paused = false;
    this.onSpace?.();
  }
}
