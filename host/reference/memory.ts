/**
 * What a hart sees through its address map: a list of regions, and a bus error everywhere else.
 * An access is made of parts; a part never leaves one aligned 32-bit word. An access that crosses
 * a word boundary is two parts, and each succeeds or fails on its own (rv32.md, section 1).
 */

export interface Region {
  /** First address; a multiple of 4, and so is the length of `bytes`. */
  readonly base: number;
  readonly bytes: Uint8Array;
  /** Stores are answered. Default true. */
  readonly writable?: boolean;
  /**
   * A device: answers only aligned 32-bit loads and stores; not fetches, lr, sc or amo. Its
   * registers are the plain words of `bytes`.
   */
  readonly device?: boolean;
  /** Added to every part of a load or store (rv32.md: wait states). Default 0. */
  readonly wait_cycles?: number;
}

/** One part of an access: its address, how many bytes, and where they sit in the register. */
export interface Part {
  readonly address: number;
  readonly size_bytes: number;
  readonly shift_bits: number;
}

/** Splits an access at the word boundary: one part, or two when it crosses. Addresses wrap. */
export function partsOf(address: number, size_bytes: number): readonly Part[] {
  const room = 4 - (address & 3);
  if (size_bytes <= room) return [{ address, size_bytes, shift_bits: 0 }];
  return [
    { address, size_bytes: room, shift_bits: 0 },
    { address: (address + room) >>> 0, size_bytes: size_bytes - room, shift_bits: 8 * room },
  ];
}

export class ReferenceMemory {
  readonly regions: readonly Region[];

  /** @throws RangeError when a region is not made of whole words or two regions overlap. */
  constructor(regions: readonly Region[]) {
    this.regions = [...regions].sort((a, b) => a.base - b.base);
    let end = 0;
    for (const { base, bytes } of this.regions) {
      if (base % 4 !== 0 || bytes.length % 4 !== 0) {
        throw new RangeError(`region at 0x${base.toString(16)} is not made of whole words`);
      }
      if (base < end || base + bytes.length > 2 ** 32) {
        throw new RangeError(`region at 0x${base.toString(16)} overlaps or leaves the map`);
      }
      end = base + bytes.length;
    }
  }

  /** The region that holds an address, if any. Regions are whole words, so it holds the word. */
  regionAt(address: number): Region | undefined {
    return this.regions.find((r) => address >= r.base && address - r.base < r.bytes.length);
  }

  /** Two bytes at an even address as an instruction fetch sees them; undefined: bus error. */
  fetchHalf(address: number): number | undefined {
    const region = this.regionAt(address);
    if (region === undefined || region.device) return undefined;
    return loadBytes(region, address, 2);
  }

  /** A part's bytes, the lowest address in the lowest byte; undefined: bus error. */
  load(part: Part): number | undefined {
    const region = this.regionAt(part.address);
    if (region === undefined || !answers(region, part)) return undefined;
    return loadBytes(region, part.address, part.size_bytes);
  }

  /** Writes a part; false: bus error, nothing written. */
  store(part: Part, value: number): boolean {
    const region = this.regionAt(part.address);
    if (region === undefined || region.writable === false || !answers(region, part)) return false;
    for (let i = 0; i < part.size_bytes; i++) {
      region.bytes[part.address - region.base + i] = (value >>> (8 * i)) & 0xff;
    }
    return true;
  }

  /** lr, sc and amo reach memories, not devices, and the writing ones not read-only memory. */
  answersAtomic(address: number, writes: boolean): boolean {
    const region = this.regionAt(address);
    return region !== undefined && !region.device && !(writes && region.writable === false);
  }

  /** Wait states of a part; none where nothing answers. */
  waitCycles(address: number): number {
    return this.regionAt(address)?.wait_cycles ?? 0;
  }
}

function answers(region: Region, part: Part): boolean {
  return !region.device || part.size_bytes === 4;
}

function loadBytes(region: Region, address: number, size_bytes: number): number {
  let value = 0;
  for (let i = size_bytes - 1; i >= 0; i--) {
    value = (value << 8) | region.bytes[address - region.base + i]!;
  }
  return value >>> 0;
}
