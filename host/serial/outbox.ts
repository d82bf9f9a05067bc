import { ByteQueue } from "./byte-queue.js";

/**
 * Writes bytes to the outside: resolves to how many it took. 0 means "none for now": the outbox
 * then waits for `release`. Never rejects.
 */
export type Sink = (chunk: Uint8Array) => Promise<number>;

/** Largest chunk handed to a sink at once (our choice; a pipe's and a PTY's usual buffer). */
const CHUNK_BYTES = 64 * 1024;

/**
 * Actions that may wait in one outbox. When the outside takes nothing for so long that more come,
 * the newest replaces the one before it: the last state wins.
 */
const MARKS_MAX = 4096;

interface Mark {
  readonly at: number;
  readonly action: () => Promise<void>;
}

/**
 * What the machine sent and the outside has not taken yet. One write is under way at a time, so
 * nothing is reordered; `offer` takes what fits under the limit, which is the back-pressure.
 * Actions (a change of baud rate, a break) run in their place between the bytes.
 */
export class Outbox {
  onSpace: (() => void) | undefined;
  private readonly queue = new ByteQueue();
  private marks: Mark[] = [];
  private inFlight: Uint8Array = new Uint8Array(0);
  private busy = false;
  private held = false;
  private offered_bytes = 0;
  private idleWaiters: (() => void)[] = [];
  private running: Promise<void> = Promise.resolve();

  constructor(
    readonly limit_bytes: number,
    private readonly sink: Sink,
  ) {}

  /** Bytes not yet taken by the outside. */
  get size(): number {
    return this.queue.size + this.inFlight.length;
  }

  /** Copies and queues as many of the bytes as fit; returns how many. */
  offer(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, Math.max(0, this.limit_bytes - this.size));
    if (count === 0) return 0;
    this.queue.push(bytes.slice(0, count));
    this.offered_bytes += count;
    this.pump();
    return count;
  }

  /** Runs the action when every byte offered before it has been taken. */
  enqueue(action: () => Promise<void>): void {
    if (this.marks.length >= MARKS_MAX) this.marks.pop();
    this.marks.push({ at: this.offered_bytes, action });
    this.pump();
  }

  /** Stops writing after the write under way. */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    this.pump();
  }

  /** Throws away what is queued (not the write under way); returns the number of bytes. */
  clear(): number {
    let count = this.queue.size;
    this.queue.clear();
    if (!this.busy) {
      count += this.inFlight.length;
      this.inFlight = this.inFlight.subarray(this.inFlight.length);
    }
    this.marks = this.marks.map(({ action }) => ({ at: this.offered_bytes, action }));
    this.settleIdle();
    return count;
  }

  /** Resolves to true when everything is written, to false after the time given. */
  flush(timeout_ms: number): Promise<boolean> {
    if (this.isIdle()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeout_ms);
      this.idleWaiters.push(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /**
   * Ends the outbox, when its sink has been told to give up: waits for the write under way, but
   * not longer than the time given. Returns the number of bytes that nobody took.
   */
  async stop(timeout_ms: number): Promise<number> {
    this.held = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeout_ms);
    });
    await Promise.race([this.running, late]);
    clearTimeout(timer);
    this.busy = false;
    return this.clear();
  }

  private isIdle(): boolean {
    return this.size === 0 && this.marks.length === 0 && !this.busy;
  }

  private settleIdle(): void {
    if (!this.isIdle()) return;
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const wake of waiters) wake();
  }

  private pump(): void {
    if (this.busy || this.held) return;
    this.busy = true;
    this.running = this.run().then(() => {
      this.busy = false;
      this.settleIdle();
      if (!this.isIdle() && !this.held) this.pump();
    });
  }

  /** Writes until nothing is left, the outbox is held, or the sink takes nothing. */
  private async run(): Promise<void> {
    while (!this.held) {
      const mark = this.marks[0];
      const taken_bytes = this.offered_bytes - this.queue.size;
      if (this.inFlight.length === 0 && mark !== undefined && mark.at <= taken_bytes) {
        this.marks.shift();
        await mark.action();
        continue;
      }
      if (this.inFlight.length === 0) {
        const limit = mark === undefined ? CHUNK_BYTES : mark.at - taken_bytes;
        this.inFlight = this.queue.take(Math.min(CHUNK_BYTES, limit));
        if (this.inFlight.length === 0) return;
      }
      const count = await this.sink(this.inFlight);
      this.inFlight = this.inFlight.subarray(count);
      if (count === 0) this.held = true;
      else this.onSpace?.();
    }
  }
}
