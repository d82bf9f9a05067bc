/** A PECI engine and a package in one instance of the devices, joined as the machine joins them. */
import {
  HEAD_DOORBELL,
  HEAD_DUE,
  HEAD_INPUTS,
  HEAD_OUTPUTS,
} from "../../assembly/kernel/layout.js";
import { type Exports, instance, NEVER } from "./device-bench.js";
import type { Variant } from "./entry-build.js";

const ENGINE = 0x2_0000;
const PACKAGE = 0x2_1000;
const READ_ERROR = 0x1_0000_0000n;
/** Numbers of the machine layer: the client's bit time, and where a message stands. */
const CLIENT_BIT_CYCLES = 12;
const ASKED = 3;
const PHASE_AT = 96;

export const PECI = {
  CTRL: 0x00,
  TIMING: 0x04,
  COMMAND: 0x08,
  STATUS: 0x0c,
  HEADER: 0x10,
  NEGOTIATED: 0x14,
  FCS: 0x18,
  WRITE: 0x20,
  READ: 0x30,
  MESSAGES: 0x40,
  FAILURES: 0x44,
} as const;
export const PECI_STATUS = {
  BUSY: 1,
  DONE: 2,
  BAD_WRITE_FCS: 4,
  ABORTED: 8,
  BAD_READ_FCS: 16,
  NO_ANSWER: 32,
  LINE: 64,
} as const;
export const PACKAGE_REGISTERS = {
  LOAD: 0x00,
  THERMAL: 0x04,
  ENERGY: 0x08,
  POWER_LIMIT: 0x0c,
  TO_BMC: 0x10,
  FROM_BMC: 0x14,
  STATUS: 0x18,
  CTRL: 0x1c,
  MESSAGES: 0x20,
  REJECTED: 0x24,
} as const;

/** What became of a message: STATUS without DONE, read data, bytes on the wire as heard. */
export interface Exchange {
  status: number;
  data: number[];
  request: number[];
  answer: number[];
  cycles: bigint;
}

export class PeciBench {
  readonly exports: Exports;
  private readonly memory: WebAssembly.Memory;
  now = 0n;
  private answer: number[] = [];

  constructor(variant: Variant, key = 1n) {
    ({ exports: this.exports, memory: this.memory } = instance(variant));
    this.call("peciReset", ENGINE, 1, 0n, key);
    this.call("packageReset", PACKAGE, 1, 0n);
    this.writeEngine(PECI.CTRL, 1);
  }

  private call(name: string, ...values: (number | bigint)[]): number | bigint {
    return this.exports[name]!(...values);
  }

  private view(block: number): DataView {
    return new DataView(this.memory.buffer, block);
  }

  private bytes(address: number, count: number): number[] {
    return [...new Uint8Array(this.memory.buffer, address, count)];
  }

  /** Levels of the package's inputs: power, reset, airflow. */
  wires(power: number, reset = 0, airflow = 0): void {
    const levels = power | (reset << 1) | (airflow << 2);
    this.view(PACKAGE).setUint32(
      HEAD_INPUTS,
      this.view(PACKAGE).getUint32(HEAD_INPUTS, true),
      true,
    );
    this.call("packageInput", PACKAGE, levels, this.now);
  }

  readEngine(offset: number): number {
    return this.read("peci", ENGINE, offset);
  }
  readPackage(offset: number): number {
    return this.read("package", PACKAGE, offset);
  }
  private read(device: string, block: number, offset: number): number {
    const answer = this.call(`${device}Read`, block, offset, 4, this.now) as bigint;
    if ((answer & READ_ERROR) !== 0n) throw new Error(`${device}: no register at ${offset}`);
    return Number(answer);
  }

  writeEngine(offset: number, value: number): void {
    if (this.call("peciWrite", ENGINE, offset, 4, value | 0, this.now) !== 0) {
      throw new Error(`PECI: no register at ${offset}`);
    }
    this.ring();
  }
  writePackage(offset: number, value: number): void {
    this.call("packageWrite", PACKAGE, offset, 4, value | 0, this.now);
  }

  fault(device: "peci" | "package", site: number, value: number): boolean {
    const block = device === "peci" ? ENGINE : PACKAGE;
    return this.call(`${device}Fault`, block, site, value, this.now) !== 0;
  }

  get interrupt(): number {
    return this.view(PACKAGE).getUint32(HEAD_OUTPUTS, true);
  }

  /** The machine layer's part: assembly/machine/peci.ts. */
  private ring(): void {
    const view = this.view(ENGINE);
    if (view.getUint32(HEAD_DOORBELL, true) === 0) return;
    view.setUint32(HEAD_DOORBELL, 0, true);
    const heard = this.call("heardAt", ENGINE) as number;
    const answer = this.call("answerAt", ENGINE) as number;
    if (view.getUint32(PHASE_AT, true) !== ASKED) {
      this.call("peciBegin", ENGINE, CLIENT_BIT_CYCLES, this.now);
      return;
    }
    const count = this.call("peciHeardBytes", ENGINE) as number;
    const bytes = this.call("packageAnswer", PACKAGE, heard, count, answer, this.now) as number;
    this.call("peciAnswer", ENGINE, bytes, this.now);
    this.answer = this.bytes(answer, bytes);
  }

  /** Time passes; what is due happens. */
  run(to: bigint): void {
    for (;;) {
      const due = this.view(ENGINE).getBigUint64(HEAD_DUE, true);
      if (due === NEVER || due > to) break;
      this.now = due;
      this.call("peciEvent", ENGINE, due);
      this.ring();
    }
    this.now = to;
  }

  /** Sends a message: address, write block without the AW FCS (`aw` adds it), read length. */
  send(address: number, block: readonly number[], readLength: number, aw = false): Exchange {
    const length = block.length + (aw ? 1 : 0);
    const words = [...block, 0, 0, 0, 0];
    for (let k = 0; k < block.length; k += 4) {
      const [a = 0, b = 0, c = 0, d = 0] = words.slice(k, k + 4);
      this.writeEngine(PECI.WRITE + k, a | (b << 8) | (c << 16) | (d << 24));
    }
    const header = address | (length << 8) | (readLength << 16) | (aw ? 1 << 24 : 0);
    this.writeEngine(PECI.HEADER, header);
    const begin = this.now;
    this.answer = [];
    this.writeEngine(PECI.COMMAND, 1);
    const request = this.bytes(this.call("requestAt", ENGINE) as number, 3 + length);
    while ((this.readEngine(PECI.STATUS) & PECI_STATUS.BUSY) !== 0) {
      this.run(this.view(ENGINE).getBigUint64(HEAD_DUE, true));
    }
    const data = Array.from({ length: readLength }, (_, k) => {
      return (this.readEngine(PECI.READ + (k & ~3)) >>> ((k & 3) * 8)) & 0xff;
    });
    const status = this.readEngine(PECI.STATUS) & ~PECI_STATUS.DONE;
    return { status, data, request, answer: this.answer, cycles: this.now - begin };
  }
}
