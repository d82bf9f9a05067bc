/** The model bmc-backup-link in machine time, with an IPMI client at the end of its serial line. */
import { FaultKind } from "../../assembly/kernel/abi.js";
import type { Machine } from "../../host/core/machine.js";
import {
  decodeAnswer,
  encodeRequest,
  FrameReader,
  type IpmiAnswer,
} from "../../host/ipmi/basic.js";
import { type DeviceKindName, deviceKind } from "../../host/machine/kinds.js";
import { modelMachine } from "./models.js";

export const MODEL = "bmc-backup-link";
export const PS_PER_MS = 1_000_000_000n;

/** After this the BMC has booted and the host's agent has talked to it (our measure). */
const BOOT_MS = 1500;
/** Step of a wait for an answer: half a character at 115200. */
const STEP_PS = PS_PER_MS / 20n;

export interface Timed extends IpmiAnswer {
  /** Machine time from the first bit of the request to the last bit of the answer. */
  readonly took_ps: bigint;
  /** Bytes on the wire, both ways. */
  readonly wireBytes: number;
}

export class BmcMachine {
  private readonly reader = new FrameReader();
  private sequence = 0;
  private hostText = "";

  private constructor(readonly machine: Machine) {}

  /** Powered on and booted. */
  static async booted(boot_ms = BOOT_MS): Promise<BmcMachine> {
    const bmc = new BmcMachine(await modelMachine(MODEL));
    bmc.run_ms(boot_ms);
    bmc.machine.uart("bmc.uart0").drain();
    return bmc;
  }

  /** The machine was restored: what came before is gone. */
  forget(): void {
    for (const uart of ["bmc.uart0", "host.uart0"]) this.machine.uart(uart).drain();
    this.reader.add(Uint8Array.of(0xa5));
    this.hostText = "";
  }

  run_ms(time_ms: number): void {
    this.machine.run(this.machine.now() + BigInt(time_ms) * PS_PER_MS);
  }

  unit(name: string): number {
    const unit = this.machine.image.units.findIndex((each) => each.name === name);
    if (unit < 0) throw new Error(`no unit ${name}`);
    return unit;
  }

  /** Strikes a fault site of a device by its name, now. */
  fault(device: string, kind: DeviceKindName, site: string, value: number): void {
    const row = deviceKind(kind).faults?.get(site);
    if (row === undefined) throw new Error(`${kind} has no fault site ${site}`);
    const fired = this.machine.inject(FaultKind.DEVICE, this.unit(device), row.site, value);
    if (!fired) throw new Error(`${device}: ${site} did not fire`);
  }

  /** Bytes from outside, all of them, however long the line takes for it. */
  send(bytes: Uint8Array, uart = "bmc.uart0"): void {
    for (let at = 0; at < bytes.length; ) {
      at += this.machine.uart(uart).push(bytes.subarray(at));
      if (at < bytes.length) this.run_ms(1);
    }
  }

  /** One request in basic mode; null when nothing answers in the time. */
  tryRequest(limit_ms: number, netFn: number, command: number, ...data: number[]): Timed | null {
    const uart = this.machine.uart("bmc.uart0");
    this.sequence = (this.sequence + 1) % 64;
    const request = encodeRequest({ netFn, command, data }, this.sequence);
    const begin = this.machine.now();
    const limit = begin + BigInt(limit_ms) * PS_PER_MS;
    let received = 0;
    this.send(request);
    while (this.machine.now() < limit) {
      this.machine.run(this.machine.now() + STEP_PS);
      const bytes = uart.drain();
      received += bytes.length;
      for (const message of this.reader.add(bytes)) {
        const answer = decodeAnswer(message);
        if (answer?.sequence !== this.sequence || answer.command !== command) continue;
        const took_ps = this.machine.now() - begin;
        return { ...answer, took_ps, wireBytes: request.length + received };
      }
    }
    return null;
  }

  /** The same, which must succeed. */
  request(netFn: number, command: number, ...data: number[]): Timed {
    const answer = this.tryRequest(1000, netFn, command, ...data);
    if (answer === null) throw new Error(`no answer to ${netFn}/${command} ${data.join(" ")}`);
    return answer;
  }

  /** All that the host's console has sent so far. */
  console(): string {
    this.hostText += Buffer.from(this.machine.uart("host.uart0").drain()).toString("latin1");
    return this.hostText;
  }

  /** Reading of a sensor by its number: raw value, and states. */
  sensor(number: number): { raw: number; states: number } {
    const { data } = this.request(0x04, 0x2d, number);
    return { raw: data[0] ?? 0, states: (data[2] ?? 0) | (((data[3] ?? 0) & 0x7f) << 8) };
  }

  /** The event log: 16 bytes each. */
  sel(): Uint8Array[] {
    const entries: Uint8Array[] = [];
    for (let id = 0; id !== 0xffff; ) {
      const { completion, data } = this.request(0x0a, 0x43, 0, 0, id & 0xff, id >> 8, 0, 0xff);
      if (completion !== 0) break;
      entries.push(data.slice(2));
      id = data[0]! | (data[1]! << 8);
    }
    return entries;
  }
}
