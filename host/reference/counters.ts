/**
 * mcycle and minstret (rv32.md, section 2). Both are 64 bits wide and wrap.
 */

const MASK_64 = 0xffff_ffff_ffff_ffffn;

export type Half = "low" | "high";

/** A 64-bit value with one half replaced by 32 bits. */
function withHalf(value: bigint, half: Half, bits: number): bigint {
  const word = BigInt(bits >>> 0);
  return half === "low" ? (value & ~0xffff_ffffn) | word : (value & 0xffff_ffffn) | (word << 32n);
}

export function halfOf(value: bigint, half: Half): number {
  return Number((half === "low" ? value : value >> 32n) & 0xffff_ffffn);
}

/**
 * mcycle as a straight line: `value` is what cycle `at` reads, and each later cycle reads one
 * more unless mcountinhibit.CY stops it. Cycles are the hart's own, the first one being 0; an
 * instruction in cycle n (counting from 1) reads n + 2, so cycle 0 reads 3.
 */
export class CycleCounter {
  private value = 3n;
  private at = 0n;
  private inhibited = false;

  read(cycle: bigint): bigint {
    return this.inhibited ? this.value : (this.value + cycle - this.at) & MASK_64;
  }

  /** A write in `cycle` replaces that cycle's increment: the next cycle reads the new value. */
  write(half: Half, bits: number, cycle: bigint): void {
    this.value = withHalf(this.read(cycle), half, bits);
    this.at = cycle + 1n;
  }

  /** mcountinhibit.CY written in `cycle` acts from the cycle after it. */
  inhibit(inhibited: boolean, cycle: bigint): void {
    this.value = this.read(cycle + 1n);
    this.at = cycle + 1n;
    this.inhibited = inhibited;
  }

  /** The clock stood still for some cycles before `cycle` (a `wfi` asleep). */
  lose(cycles: bigint, cycle: bigint): void {
    this.value = this.inhibited ? this.value : (this.read(cycle) - cycles) & MASK_64;
    this.at = cycle;
  }
}

/** minstret: completed instructions, unless IR stops it or the instruction itself wrote it. */
export class InstructionCounter {
  private value = 0n;
  private inhibited = false;
  /** IR and minstret as the instruction in execution will leave them. */
  private inhibitedNext = false;
  private written = false;

  /** The number completed before the instruction in execution. */
  read(): bigint {
    return this.value;
  }

  /** The instruction that writes is not counted in what it wrote. */
  write(half: Half, bits: number): void {
    this.value = withHalf(this.value, half, bits);
    this.written = true;
  }

  /** The instruction that sets IR is counted, the one that clears it is not. */
  inhibit(inhibited: boolean): void {
    this.inhibitedNext = inhibited;
  }

  /** An instruction completed. */
  retire(): void {
    if (!this.inhibited && !this.written) this.value = (this.value + 1n) & MASK_64;
    this.written = false;
    this.inhibited = this.inhibitedNext;
  }
}
