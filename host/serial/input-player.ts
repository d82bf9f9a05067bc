import type { UartPort } from "../core/ports.js";
import { decodeBreak, decodeLines, type InputRecord } from "./input-log.js";

/** A recorded input that the machine did not take as it did when it was recorded. */
export interface InputMismatch {
  readonly record: InputRecord;
  readonly reason: string;
}

/**
 * Feeds an input log back without any port. The run loop runs to `next_ps()`, calls `apply()`,
 * and so on; each input then takes effect at exactly the time at which it was recorded.
 */
export class InputPlayer {
  private at = 0;
  private readonly uarts: ReadonlyMap<string, UartPort>;

  /** Records in order of time. */
  constructor(
    private readonly records: readonly InputRecord[],
    uarts: readonly UartPort[],
  ) {
    this.uarts = new Map(uarts.map((uart) => [uart.name, uart]));
  }

  /** Time of the next input, or undefined when all were fed. */
  next_ps(): bigint | undefined {
    return this.records[this.at]?.time_ps;
  }

  /** Feeds every input that is due now. Returns the first that was not taken as recorded. */
  apply(): InputMismatch | undefined {
    for (;;) {
      const record = this.records[this.at];
      if (record === undefined) return undefined;
      const uart = this.uarts.get(record.uart);
      if (uart === undefined) return { record, reason: `the machine has no ${record.uart}` };
      const now_ps = uart.now();
      if (record.time_ps > now_ps) return undefined;
      if (record.time_ps < now_ps) return { record, reason: `it is ${now_ps} ps already` };
      this.at++;
      const taken = feed(uart, record);
      if (taken < record.bytes.length) {
        return { record, reason: `${taken} of ${record.bytes.length} bytes were accepted` };
      }
    }
  }
}

/** Feeds one input now. Returns how many of the record's bytes were taken. */
export function feed(uart: UartPort, record: InputRecord): number {
  if (record.kind === "bytes") return uart.push(record.bytes);
  if (record.kind === "break") uart.pushBreak(decodeBreak(record.bytes));
  else uart.setModem(decodeLines(record.bytes));
  return record.bytes.length;
}
