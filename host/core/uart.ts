/** A UART of a running machine, as the serial bridge sees it. */

import { UART_DIVISOR, UART_LCR } from "../../assembly/kernel/blocks.js";
import { HEAD_OUTPUTS, TRANSFER, TRANSFER_BYTES } from "../../assembly/kernel/layout.js";
import type { CoreExports } from "./module.js";
import type { LineSettings, ModemIn, ModemOut, UartPort } from "./ports.js";
import type { SerialRecord } from "./rings.js";
import type { Views } from "./views.js";

/** Modem inputs, HEAD_INPUTS of a UART: bit numbers of the 16550's MSR order. */
const MODEM_MASK = 0xf;
const LCR_BREAK = 0x40;
/** The receiver's clock ticks 16 times a bit. Source: PC16550D data sheet, baud generator. */
const OVERSAMPLING = 16;

const PARITIES = ["odd", "even", "mark", "space"] as const;

/** The line settings that LCR and the divisor ask for. */
export function lineSettings(lcr: number, divisor: number, clock_hz: number): LineSettings {
  const dataBits = (5 + (lcr & 3)) as LineSettings["dataBits"];
  const long = dataBits === 5 ? 1.5 : 2;
  return {
    baud: divisor === 0 ? 0 : Math.round(clock_hz / (OVERSAMPLING * divisor)),
    dataBits,
    parity: lcr & 8 ? PARITIES[(lcr >> 4) & 3]! : "none",
    stopBits: lcr & 4 ? long : 1,
  };
}

export class CoreUart implements UartPort {
  private out: number[] = [];

  constructor(
    readonly name: string,
    private readonly unit: number,
    private readonly block: number,
    private readonly clock_hz: number,
    private readonly core: CoreExports,
    private readonly views: Views,
    private readonly time: () => bigint,
    /** Throws where the machine does not stand at a time. */
    private readonly mustStand: () => void,
  ) {}

  now(): bigint {
    return this.time();
  }

  push(bytes: Uint8Array): number {
    this.mustStand();
    let taken = 0;
    while (taken < bytes.length) {
      const part = bytes.subarray(taken, taken + TRANSFER_BYTES);
      this.views.bytes.set(part, TRANSFER);
      const count = this.core.inputBytes(this.unit, TRANSFER, part.length);
      taken += count;
      if (count < part.length) break;
    }
    return taken;
  }

  pending(): number {
    return this.core.inputPending(this.unit);
  }

  pushBreak(bits: number): void {
    this.mustStand();
    this.core.inputBreak(this.unit, bits);
  }

  setModem(lines: ModemIn): void {
    this.mustStand();
    const levels =
      Number(lines.cts) |
      (Number(lines.dsr) << 1) |
      (Number(lines.ri) << 2) |
      (Number(lines.dcd) << 3);
    this.core.inputLevels(this.unit, MODEM_MASK, levels);
  }

  drain(): Uint8Array {
    const bytes = Uint8Array.from(this.out);
    this.out = [];
    return bytes;
  }

  /** The machine hands over a record of the serial ring. */
  receive(record: SerialRecord): void {
    if (!record.brk) this.out.push(record.byte);
  }

  settings(): LineSettings {
    const lcr = this.views.bytes[this.block + UART_LCR]!;
    const divisor = this.views.u32(this.block + UART_DIVISOR);
    return lineSettings(lcr, divisor, this.clock_hz);
  }

  modem(): ModemOut {
    const outputs = this.views.u32(this.block + HEAD_OUTPUTS);
    const lcr = this.views.bytes[this.block + UART_LCR]!;
    return {
      dtr: (outputs & 2) !== 0,
      rts: (outputs & 4) !== 0,
      brk: (lcr & LCR_BREAK) !== 0,
    };
  }
}
