import type { ModemIn } from "../core/ports.js";
import { UserError } from "../error/index.js";
import { ByteWriter } from "./byte-writer.js";

/**
 * The input log: everything from outside that the machine accepted, with the machine time at
 * which it took effect. Together with the machine it is the whole run.
 */
export type InputKind = "bytes" | "modem" | "break";

export interface InputRecord {
  readonly time_ps: bigint;
  /** `NODE.uartN`. */
  readonly uart: string;
  readonly kind: InputKind;
  /** The bytes; for `modem` one byte (`encodeLines`); for `break` its bit times, u32, LSB first. */
  readonly bytes: Uint8Array;
}

/** Called by the bridge for every input that a UART accepted. The bytes are the caller's. */
export type InputSink = (time_ps: bigint, uart: string, kind: InputKind, bytes: Uint8Array) => void;

/** Called by the bridge for every run of bytes that left a UART. The bytes are the caller's. */
export type OutputSink = (time_ps: bigint, uart: string, bytes: Uint8Array) => void;

/** Bits of the one byte that stands for the modem inputs: the order of the 16550's MSR 4..7. */
const LINE_BITS = { cts: 1, dsr: 2, ri: 4, dcd: 8 } as const;

export function encodeLines(lines: ModemIn): Uint8Array {
  let bits = 0;
  if (lines.cts) bits |= LINE_BITS.cts;
  if (lines.dsr) bits |= LINE_BITS.dsr;
  if (lines.ri) bits |= LINE_BITS.ri;
  if (lines.dcd) bits |= LINE_BITS.dcd;
  return Uint8Array.of(bits);
}

export function decodeLines(bytes: Uint8Array): ModemIn {
  const bits = bytes[0] ?? 0;
  return {
    cts: (bits & LINE_BITS.cts) !== 0,
    dsr: (bits & LINE_BITS.dsr) !== 0,
    ri: (bits & LINE_BITS.ri) !== 0,
    dcd: (bits & LINE_BITS.dcd) !== 0,
  };
}

export function encodeBreak(bits: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, bits, true);
  return bytes;
}

export function decodeBreak(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

/**
 * The log in memory, in its serialised form with the UARTs in the order in which they first spoke:
 * `log.sink` is what the bridge wants.
 */
export class InputLog {
  private readonly uarts: string[] = [];
  private readonly writer = new RecordWriter(this.uarts);

  readonly sink: InputSink = (time_ps, uart, kind, bytes) => {
    if (!this.uarts.includes(uart)) this.uarts.push(uart);
    this.writer.add({ time_ps, uart, kind, bytes });
  };

  /** All of it in its order, one record at a time. */
  records(): Generator<InputRecord> {
    return readRecords(new Reader(this.writer.finish(), "the input log"), this.uarts);
  }
}

/**
 * Serialised form, one record after another, no padding:
 *
 *   varint  picoseconds since the record before (since 0 for the first)
 *   varint  index of the UART's name in the list of names
 *   u8      kind: 0 bytes, 1 modem, 2 break
 *   varint  number of bytes
 *   bytes
 *
 * A varint holds 7 bits a byte, least significant first, bit 7 set on all but the last (LEB128).
 */
const KINDS: readonly InputKind[] = ["bytes", "modem", "break"];

/** Lengths that the two kinds with a fixed form must have; undefined: at least one byte. */
const LENGTHS: Readonly<Record<InputKind, number | undefined>> = {
  bytes: undefined,
  modem: 1,
  break: 4,
};

/** Records must be in order of time and name only UARTs of the list; else a RangeError. */
export function encodeInputLog(
  records: Iterable<InputRecord>,
  uarts: readonly string[],
): Uint8Array {
  const writer = new RecordWriter(uarts);
  for (const record of records) writer.add(record);
  return writer.finish();
}

/**
 * The inverse. `file` names the session in errors.
 * Throws UserError E180 (exit 3) for bytes that are no input log.
 */
export function decodeInputLog(
  bytes: Uint8Array,
  uarts: readonly string[],
  file: string,
): InputRecord[] {
  return [...readRecords(new Reader(bytes, file), uarts)];
}

function* readRecords(reader: Reader, uarts: readonly string[]): Generator<InputRecord> {
  let time_ps = 0n;
  while (!reader.atEnd) {
    time_ps += reader.varint();
    const uart = uarts[Number(reader.varint())];
    const kind = KINDS[reader.bytes(1)[0] ?? KINDS.length];
    if (uart === undefined) throw reader.damaged("a UART that the session does not name");
    if (kind === undefined) throw reader.damaged("an unknown kind of input");
    const length = reader.varint();
    const wanted = LENGTHS[kind];
    if (wanted === undefined ? length === 0n : length !== BigInt(wanted)) {
      throw reader.damaged(`a "${kind}" record of ${length} bytes`);
    }
    yield { time_ps, uart, kind, bytes: reader.bytes(Number(length)) };
  }
}

/** Appends records; the list of UARTs may grow while it is in use. */
class RecordWriter {
  private readonly writer = new ByteWriter();
  private before_ps = 0n;

  constructor(private readonly uarts: readonly string[]) {}

  add({ time_ps, uart, kind, bytes }: InputRecord): void {
    const index = this.uarts.indexOf(uart);
    if (index < 0) throw new RangeError(`${uart} is not in the list of UARTs`);
    if (time_ps < this.before_ps) throw new RangeError("input records are out of order");
    this.writer.varint(time_ps - this.before_ps);
    this.writer.varint(BigInt(index));
    this.writer.byte(KINDS.indexOf(kind));
    this.writer.varint(BigInt(bytes.length));
    this.writer.bytes(bytes);
    this.before_ps = time_ps;
  }

  finish(): Uint8Array {
    return this.writer.finish();
  }
}

/** A varint of machine time fits in 64 bits: at most ten groups of seven. */
const VARINT_BYTES_MAX = 10;

class Reader {
  private at = 0;

  constructor(
    private readonly source: Uint8Array,
    private readonly file: string,
  ) {}

  get atEnd(): boolean {
    return this.at === this.source.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let group = 0; group < VARINT_BYTES_MAX; group++) {
      const byte = this.bytes(1)[0] ?? 0;
      value |= BigInt(byte & 0x7f) << BigInt(7 * group);
      if ((byte & 0x80) === 0) {
        if (value >= 1n << 64n) throw this.damaged("a number of more than 64 bits");
        return value;
      }
    }
    throw this.damaged("a number without an end");
  }

  bytes(count: number): Uint8Array {
    if (count > this.source.length - this.at) throw this.damaged("a record that is cut off");
    this.at += count;
    return this.source.slice(this.at - count, this.at);
  }

  damaged(what: string): UserError {
    return new UserError(
      "E180",
      `the input log holds ${what} (byte ${this.at})`,
      { file: this.file },
      "the file is damaged or was not written by hotspare: record the session again",
    );
  }
}
