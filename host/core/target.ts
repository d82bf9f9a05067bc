/** Harts, registers and memory of a running machine: what debuggers and lockstep tests use. */
import {
  HART_CYCLE,
  HART_PC,
  HART_X,
  HEAD_INPUTS,
  HEAD_OUTPUTS,
} from "../../assembly/kernel/layout.js";
import type { MachineImage } from "./image.js";
import type { CoreExports } from "./module.js";
import type { Target } from "./ports.js";
import type { Views } from "./views.js";

const ABSENT = 1n << 32n;

export class CoreTarget implements Target {
  readonly harts: readonly string[];

  protected constructor(
    readonly image: MachineImage,
    protected readonly core: CoreExports,
    protected readonly views: Views,
  ) {
    this.harts = image.harts.map((hart) => hart.name);
  }

  private block(hart: number): number {
    const row = this.image.harts[hart];
    if (!row) throw new RangeError(`hart ${hart} of ${this.harts.length}`);
    return row.block;
  }

  readRegister(hart: number, index: number): number {
    return this.views.u32(this.block(hart) + HART_X + 4 * index);
  }

  writeRegister(hart: number, index: number, value: number): void {
    if (index === 0) return;
    this.views.data.setUint32(this.block(hart) + HART_X + 4 * index, value, true);
    // An access that is half done would go on with another address: its instruction begins anew.
    this.core.hartJump(hart, this.readPc(hart));
  }

  readPc(hart: number): number {
    return this.views.u32(this.block(hart) + HART_PC);
  }

  writePc(hart: number, value: number): void {
    this.core.hartJump(hart, value);
  }

  readCsr(hart: number, address: number): number | undefined {
    const value = this.core.hartPeekCsr(this.block(hart), address);
    return value & ABSENT ? undefined : Number(value & 0xffff_ffffn);
  }

  writeCsr(hart: number, address: number, value: number): boolean {
    return this.core.hartPokeCsr(this.block(hart), address, value) === 0;
  }

  /** Domain cycle in which the hart's next instruction starts, or since which it sleeps. */
  readCycle(hart: number): bigint {
    return this.views.u64(this.block(hart) + HART_CYCLE);
  }

  readMemory(hart: number, address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let n = 0; n < length; n++) {
      const byte = this.readByte(hart, (address + n) >>> 0);
      if (byte === undefined) return bytes.subarray(0, n);
      bytes[n] = byte;
    }
    return bytes;
  }

  /** Bytes of the machine's memories at a linear address (ImageMemory), little endian, unsigned. */
  peekLinear(address: number, bytes: 1 | 2 | 4): number {
    let value = 0;
    for (let n = 0; n < bytes; n++) value += this.views.bytes[address + n]! * 2 ** (8 * n);
    return value;
  }

  /** Levels of a unit's wires: one bit each. */
  levels(unit: number): { readonly inputs: number; readonly outputs: number } {
    const block = this.image.units[unit]!.block;
    const outputs = this.views.u32(block + HEAD_OUTPUTS);
    return { inputs: this.views.u32(block + HEAD_INPUTS), outputs };
  }

  /** A byte of memory, or of a device's registers: of byte registers, or of the word it lies in. */
  private readByte(hart: number, address: number): number | undefined {
    const at = this.core.hartTranslate(hart, address) >>> 0;
    if (at !== 0) return this.views.bytes[at];
    const own = this.peekDevice(hart, address);
    if (own !== undefined) return own & 0xff;
    const word = this.peekDevice(hart, (address & ~3) >>> 0);
    return word === undefined ? undefined : (word >>> (8 * (address & 3))) & 0xff;
  }

  writeMemory(hart: number, address: number, bytes: Uint8Array): number {
    for (let n = 0; n < bytes.length; n++) {
      const at = this.core.hartTranslate(hart, (address + n) >>> 0) >>> 0;
      if (at === 0) return n;
      this.views.bytes[at] = bytes[n]!;
      this.core.memoryWritten(at, 1);
    }
    return bytes.length;
  }

  /** A device register through the hart's map, without side effects; undefined if none is there. */
  peekDevice(hart: number, address: number): number | undefined {
    const value = this.core.hartPeekDevice(hart, address);
    return value & ABSENT ? undefined : Number(value & 0xffff_ffffn);
  }
}
