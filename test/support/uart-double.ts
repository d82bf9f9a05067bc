import type { LineSettings, ModemIn, ModemOut, UartPort } from "../../host/core/ports.js";

const PS_PER_S = 1_000_000_000_000n;

/** The most a UART double accepts before it has put them on the line. */
const PUSH_BYTES_MAX = 64 * 1024;

/**
 * A UART with a guest that a test plays: what the guest sends leaves at the line's rate, and what
 * is pushed arrives at that rate. Time moves only by `advance`.
 */
export class UartDouble implements UartPort {
  line: LineSettings = { baud: 115_200, dataBits: 8, parity: "none", stopBits: 1 };
  outputs: ModemOut = { dtr: false, rts: false, brk: false };
  inputs: ModemIn | undefined;
  /** Everything that happened at the receiver, in order. */
  readonly happened: string[] = [];
  private time_ps = 0n;
  private readonly toGuest: Uint8Array[] = [];
  private pending_bytes = 0;
  private readonly arrivedChunks: Uint8Array[] = [];
  private readonly toSend: Uint8Array[] = [];
  private readonly sent: Uint8Array[] = [];

  constructor(
    readonly name: string,
    private readonly accept_bytes_max: number = PUSH_BYTES_MAX,
  ) {}

  now(): bigint {
    return this.time_ps;
  }

  push(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.accept_bytes_max - this.pending_bytes);
    if (count > 0) this.toGuest.push(bytes.slice(0, count));
    this.pending_bytes += count;
    return count;
  }

  pending(): number {
    return this.pending_bytes;
  }

  pushBreak(bits: number): void {
    this.happened.push(`break ${bits} after ${this.arrived().length}`);
  }

  setModem(lines: ModemIn): void {
    this.inputs = lines;
    const on = (["cts", "dsr", "ri", "dcd"] as const).filter((name) => lines[name]);
    this.happened.push(`lines ${on.join("+") || "none"} after ${this.arrived().length}`);
  }

  drain(): Uint8Array {
    return Buffer.concat(this.sent.splice(0));
  }

  settings(): LineSettings {
    return this.line;
  }

  modem(): ModemOut {
    return this.outputs;
  }

  /** The guest writes these bytes to its transmitter. */
  guestSends(bytes: Uint8Array | string): void {
    this.toSend.push(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
  }

  /** What the guest has received so far. */
  arrived(): Buffer {
    const all = Buffer.concat(this.arrivedChunks);
    this.arrivedChunks.splice(0, this.arrivedChunks.length, all);
    return all;
  }

  /** What arrived since the last call, and forgets it. */
  takeArrived(): Buffer {
    return Buffer.concat(this.arrivedChunks.splice(0));
  }

  /** Machine time passes; both directions move what their bit slots allow. */
  advance(duration_ps: bigint): void {
    const slots = this.slotsUntil(this.time_ps + duration_ps) - this.slotsUntil(this.time_ps);
    this.time_ps += duration_ps;
    this.pending_bytes -= move(this.toGuest, this.arrivedChunks, slots);
    move(this.toSend, this.sent, slots);
  }

  /** Characters that fit on the line from time 0 to the time given. */
  private slotsUntil(time_ps: bigint): number {
    const { baud, dataBits, parity, stopBits } = this.line;
    const halfBits = 2 * (1 + dataBits + (parity === "none" ? 0 : 1) + stopBits);
    return Number((time_ps * BigInt(Math.round(baud)) * 2n) / (PS_PER_S * BigInt(halfBits)));
  }
}

/** Moves up to `count` bytes from one list of chunks to another; returns how many. */
function move(from: Uint8Array[], to: Uint8Array[], count: number): number {
  let left = count;
  while (left > 0) {
    const chunk = from.shift();
    if (chunk === undefined) break;
    to.push(chunk.subarray(0, left));
    if (chunk.length > left) from.unshift(chunk.subarray(left));
    left -= Math.min(left, chunk.length);
  }
  return count - left;
}
