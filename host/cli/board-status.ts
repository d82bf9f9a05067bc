/**
 * What a live line tells of a BMC's board: host power, processor temperature, the two links between
 * host and BMC, the last IPMI request. All of it is read off the trace, as an analyser on the wires
 * would: firmware is not asked.
 */

import { TraceKind, UnitKind } from "../../assembly/kernel/abi.js";
import type { Machine } from "../core/machine.js";
import type { TraceRecord } from "../core/rings.js";
import { FrameReader } from "../ipmi/basic.js";
import type { RecordHub } from "../session/hub.js";

const KINDS: readonly TraceKind[] = [
  TraceKind.KCS,
  TraceKind.PECI_FRAME,
  TraceKind.RAIL,
  TraceKind.UART_RX,
];

/** A link without traffic for longer counts as lost: the board's own threshold. */
const QUIET_PS = 2_000_000_000_000n;
/** GetTemp: command, write and read length, and how its answer lies in a frame record. */
const GET_TEMP = 0x01;
const GET_TEMP_LENGTHS = 0x02_01;
const SENSOR_CODES = -0x8000 + 0x10;
const UNITS_PER_C = 64;
const SEQUENCES = ["off", "coming up", "on", "going down"] as const;
/** What of a KCS record says that a byte of an answer has crossed: the host has read it. */
const KCS_HOST_READ = 0;
/** WrPkgConfig to one of the mailbox's indices: the backup link carries something. */
const WRITE_CONFIG = 0xa5;
const MAILBOX = new Set([0x80, 0x81]);

const hex = (value: number) => value.toString(16).padStart(2, "0");

export class BoardStatus {
  private readonly reader = new FrameReader();
  private readonly uart: number;
  private power = "off";
  private margin: string | null = null;
  private awaitsTemperature = false;
  private kcs_ps: bigint | null = null;
  private mailbox_ps: bigint | null = null;
  private requests = 0;
  private last = "";

  private constructor(machine: Machine, hub: RecordHub) {
    this.uart = machine.image.uarts.find(({ name }) => name === "bmc.uart0")?.unit ?? -1;
    hub.listen(KINDS, (records) => {
      for (const record of records) this.take(record);
    });
  }

  /** Null for a machine that is no such board. */
  static of(machine: Machine, hub: RecordHub): BoardStatus | null {
    const kinds = new Set(machine.image.units.map(({ kind }) => kind));
    const board = [UnitKind.KCS, UnitKind.PECI, UnitKind.POWER].every((kind) => kinds.has(kind));
    return board ? new BoardStatus(machine, hub) : null;
  }

  /** The parts of the line, the most important first. */
  parts(now_ps: bigint): string[] {
    const recent = (at: bigint | null) => at !== null && now_ps - at < QUIET_PS;
    const on = this.power === "on";
    return [
      `host ${this.power}`,
      ...(on && this.margin !== null ? [this.margin] : []),
      ...(on ? [`kcs ${recent(this.kcs_ps) ? "ok" : "quiet"}`] : []),
      ...(on ? [`backup ${recent(this.mailbox_ps) ? "in use" : "idle"}`] : []),
      ...(this.requests === 0 ? [] : [`ipmi ${this.requests} (last ${this.last})`]),
    ];
  }

  private take(record: TraceRecord): void {
    const { kind, a } = record;
    if (kind === TraceKind.RAIL) this.power = SEQUENCES[(a >>> 12) & 3]!;
    else if (kind === TraceKind.PECI_FRAME) this.peci(record);
    else if (kind === TraceKind.KCS) {
      if (((a >>> 16) & 0xff) === KCS_HOST_READ) this.kcs_ps = record.time_ps;
    } else if (record.unit === this.uart) this.byte(a & 0xff);
  }

  /** Frames of basic mode that the BMC receives; terminal mode's lines are not counted. */
  private byte(byte: number): void {
    for (const message of this.reader.add(Uint8Array.of(byte))) {
      const [, netFn = 0, , , , command = 0] = message;
      if (message.length < 7) continue;
      this.requests++;
      this.last = `${hex(netFn >> 2)}/${hex(command)}`;
    }
  }

  private peci({ a, b, c, time_ps }: TraceRecord): void {
    const fromClient = ((a >>> 16) & 1) === 1;
    if (fromClient) {
      if (this.awaitsTemperature) this.temperature(((b << 8) >> 16) | 0);
      this.awaitsTemperature = false;
      return;
    }
    if ((a & 0xff) !== 0) return;
    const command = b >>> 24;
    this.awaitsTemperature = command === GET_TEMP && ((b >>> 8) & 0xffff) === GET_TEMP_LENGTHS;
    if (command === WRITE_CONFIG && MAILBOX.has((c >>> 8) & 0xff)) this.mailbox_ps = time_ps;
  }

  /** `units`: 1/64 C below the limit, signed. */
  private temperature(units: number): void {
    if (units < SENSOR_CODES) this.margin = "cpu no reading";
    else this.margin = `cpu ${(-units / UNITS_PER_C).toFixed(1)} C below its limit`;
  }
}
