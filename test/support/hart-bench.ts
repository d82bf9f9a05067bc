/**
 * The hart alone on a bench: a test build of assembly/rv32 (hart-entry.ts), one or more hart
 * blocks, regions and private memories laid out as elaboration would do it.
 *
 * Every memory has a guard page of 0xa5 before and after it: `guardsIntact` tells whether the hart
 * ever wrote outside.
 */
import { type HartExit, type HartState, RegionKind } from "../../assembly/kernel/abi.js";
import * as L from "../../assembly/kernel/layout.js";
import { entryModule, HART, type Variant } from "./entry-build.js";

/** HOTSPARE_VARIANT=checked runs every suite of the hart on the build with bounds checks. */
const DEFAULT_VARIANT: Variant = process.env.HOTSPARE_VARIANT === "checked" ? "checked" : "release";

/** What hart-entry.ts exports. u32 results arrive signed. */
interface HartExports {
  readonly memory: WebAssembly.Memory;
  amoResult(operation: number, old: number, operand: number): number;
  codeReset(): void;
  codeWritten(address: number, bytes: number): void;
  hartBreakReservation(hart: number, granule: number): void;
  hartComplete(hart: number, status: number, value: number, wait: number): void;
  hartPeekCsr(hart: number, address: number): bigint;
  hartPokeCsr(hart: number, address: number, value: number): number;
  hartReset(hart: number, cycle: bigint): void;
  hartRun(hart: number, deadline: bigint): number;
  hartSetLine(hart: number, bit: number, level: number, cycle: bigint): void;
  compressedRowCount(): number;
  compressedRowTakes(index: number, half: number): number;
  decodeRowCount(): number;
  decodeRowMask(index: number): number;
  decodeRowMatch(index: number): number;
}

export interface BenchRegion {
  readonly base: number;
  readonly size: number;
  /** Default RAM. */
  readonly kind?: RegionKind;
  /** RIGHT_*; default all. */
  readonly rights?: number;
  readonly wait_cycles?: number;
  /** Serves as the hart's fast window: the first RAM and ROM without wait states do by default. */
  readonly window?: boolean;
  /** Index of an earlier region whose memory this one shows too. */
  readonly sameAs?: number;
}

export interface BenchHart {
  readonly isa?: string;
  /** 0 ibex-small, 1 single-cycle. */
  readonly timing?: number;
  readonly boot?: number;
  readonly hartid?: number;
  readonly regions: readonly BenchRegion[];
  readonly haltStore?: number;
  readonly tohost?: number;
  readonly clint?: number;
}

const ALL_RIGHTS = 15;
const GUARD = 0xa5;
const MISA_MXL_U = 0x4010_0000;
const PAGE = L.PAGE_BYTES;
const MEMORY_KINDS = [RegionKind.RAM, RegionKind.ROM, RegionKind.SHARED];
const DECODED_PAGE_BYTES = 32896;
const DECODED_PAGES = 24;
const HASH_SLOTS = 64;

const upToPage = (bytes: number): number => Math.ceil(bytes / PAGE) * PAGE;

/** misa from `rv32imac`. */
export function misaOf(isa: string): number {
  const letters = [...isa.slice("rv32".length)];
  return letters.reduce((bits, c) => bits | (1 << (c.charCodeAt(0) - 97)), MISA_MXL_U);
}

export class HartBench {
  readonly core: HartExports;
  readonly u8: Uint8Array;
  readonly view: DataView;
  /** Linear addresses of the hart blocks. */
  readonly harts: readonly number[];
  /** Linear address of each region's memory, by hart and region; 0 for devices. */
  readonly memories: readonly (readonly number[])[];
  private readonly guards: number[] = [];
  private readonly stateEnd: number;

  constructor(
    harts: readonly BenchHart[],
    variant: Variant = DEFAULT_VARIANT,
    decodedPages = DECODED_PAGES,
  ) {
    const instance = new WebAssembly.Instance(entryModule(HART, variant), { env: { abort } });
    this.core = instance.exports as unknown as HartExports;
    const blocks = L.STATE_BASE + 2 * PAGE;
    let at = blocks + upToPage(harts.length * L.HART_BYTES);
    const placed: number[][] = [];
    for (const hart of harts) {
      const row: number[] = [];
      for (const region of hart.regions) {
        if (!MEMORY_KINDS.includes(region.kind ?? RegionKind.RAM)) row.push(0);
        else if (region.sameAs !== undefined) row.push((placed[0] ?? row)[region.sameAs]!);
        else {
          this.guards.push(at);
          row.push(at + PAGE);
          at += PAGE + upToPage(region.size);
        }
      }
      placed.push(row);
    }
    this.guards.push(at);
    this.stateEnd = at + PAGE;
    this.memories = placed;
    const index = this.stateEnd;
    const table = index + upToPage((this.stateEnd >> 12) * 4);
    const pool = table + HASH_SLOTS * 4;
    const bytes = pool + decodedPages * DECODED_PAGE_BYTES + PAGE;
    const memory = this.core.memory;
    memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / 65536) + 1);
    this.u8 = new Uint8Array(memory.buffer);
    this.view = new DataView(memory.buffer);
    for (const guard of this.guards) this.u8.fill(GUARD, guard, guard + PAGE);
    this.setHeader(harts, index, table, pool, decodedPages);
    this.core.codeReset();
    this.harts = harts.map((_, i) => blocks + i * L.HART_BYTES);
    let firstRegion = 0;
    harts.forEach((hart, i) => {
      this.setHart(hart, i, firstRegion);
      firstRegion += hart.regions.length;
      this.core.hartReset(this.harts[i]!, 0n);
    });
  }

  private setHeader(
    harts: readonly BenchHart[],
    index: number,
    table: number,
    pool: number,
    decodedPages: number,
  ): void {
    const state = L.STATE_BASE;
    this.set32(state + L.H_STATE_BYTES, this.stateEnd - state);
    this.set32(state + L.H_REGIONS, state + PAGE);
    this.set32(state + L.H_HART_COUNT, harts.length);
    this.set32(L.DERIVED_BASE + L.D_CODE_INDEX, index);
    this.set32(L.DERIVED_BASE + L.D_CODE_HASH, table);
    this.set32(L.DERIVED_BASE + L.D_CODE_HASH_MASK, HASH_SLOTS - 1);
    this.set32(L.DERIVED_BASE + L.D_CODE_POOL, pool);
    this.set32(L.DERIVED_BASE + L.D_CODE_POOL_PAGES, decodedPages);
  }

  private setHart(hart: BenchHart, i: number, firstRegion: number): void {
    const at = this.harts[i]!;
    this.set32(at + L.HART_ID, hart.hartid ?? 0);
    this.set32(at + L.HART_MISA, misaOf(hart.isa ?? "rv32imac"));
    this.set32(at + L.HART_BOOT, hart.boot ?? hart.regions[0]!.base);
    this.set32(at + L.HART_TIMING, hart.timing ?? 0);
    this.set32(at + L.HART_REGIONS, firstRegion);
    this.set32(at + L.HART_REGION_COUNT, hart.regions.length);
    this.set32(at + L.HART_UNIT, i);
    this.set32(at + L.HART_CLINT, hart.clint ?? 0xffff_ffff);
    if (hart.haltStore !== undefined) {
      this.set32(at + L.HART_HALT_STORE, hart.haltStore);
      this.set32(at + L.HART_HALT_STORE_ON, 1);
    }
    if (hart.tohost !== undefined) {
      this.set32(at + L.HART_TOHOST, hart.tohost);
      this.set32(at + L.HART_TOHOST_ON, 1);
    }
    hart.regions.forEach((region, k) => {
      this.setRegion(region, this.memories[i]![k]!, firstRegion + k, at);
    });
    for (const address of [hart.haltStore, hart.tohost]) this.watch(hart, i, address);
  }

  private watch(hart: BenchHart, i: number, address: number | undefined): void {
    if (address === undefined) return;
    const k = hart.regions.findIndex((r) => address >= r.base && address - r.base < r.size);
    if (k < 0) return;
    const linear = this.memories[i]![k]! + address - hart.regions[k]!.base;
    this.u8[L.PAGE_FLAGS + (linear >>> 12)]! |= L.PAGE_WATCH;
  }

  private setRegion(region: BenchRegion, memory: number, index: number, hart: number): void {
    const row = L.STATE_BASE + PAGE + index * L.REGION_BYTES;
    const kind = region.kind ?? RegionKind.RAM;
    this.set32(row + L.REGION_BASE, region.base);
    this.set32(row + L.REGION_SIZE, region.size);
    this.set32(row + L.REGION_KIND, kind);
    this.set32(row + L.REGION_RIGHTS, region.rights ?? ALL_RIGHTS);
    this.set32(row + L.REGION_MEMORY, memory);
    this.set32(row + L.REGION_WAIT, region.wait_cycles ?? 0);
    const plain = (region.wait_cycles ?? 0) === 0 && region.window !== false;
    const whole = region.size % PAGE === 0;
    if (kind === RegionKind.RAM && plain && whole && this.get32(hart + L.HART_RAM_SIZE) === 0) {
      this.set32(hart + L.HART_RAM_BASE, region.base);
      this.set32(hart + L.HART_RAM_SIZE, region.size);
      this.set32(hart + L.HART_RAM_MEMORY, memory);
    }
    if (kind === RegionKind.ROM && plain && this.get32(hart + L.HART_ROM_SIZE) === 0) {
      this.set32(hart + L.HART_ROM_BASE, region.base);
      this.set32(hart + L.HART_ROM_SIZE, region.size);
      this.set32(hart + L.HART_ROM_MEMORY, memory);
    }
  }

  get32(at: number): number {
    return this.view.getUint32(at, true);
  }

  set32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  get64(at: number): bigint {
    return this.view.getBigUint64(at, true);
  }

  /** Writes bytes or words into a region's memory and tells the decoder. */
  load(data: Uint8Array | readonly number[], region = 0, offset = 0, hart = 0): void {
    const bytes = data instanceof Uint8Array ? data : new Uint8Array(Uint32Array.from(data).buffer);
    const at = this.memories[hart]![region]! + offset;
    this.u8.set(bytes, at);
    this.core.codeWritten(at, bytes.length);
  }

  run(deadline: bigint | number, hart = 0): HartExit {
    return this.core.hartRun(this.harts[hart]!, BigInt(deadline));
  }

  /** Executes one instruction, or takes one trap or interrupt and the instruction after it. */
  step(hart = 0): HartExit {
    return this.run(this.cycle(hart) + 1n, hart);
  }

  pc(hart = 0): number {
    return this.get32(this.harts[hart]! + L.HART_PC);
  }

  cycle(hart = 0): bigint {
    return this.get64(this.harts[hart]! + L.HART_CYCLE);
  }

  retired(hart = 0): bigint {
    return this.get64(this.harts[hart]! + L.HART_RETIRED);
  }

  x(register: number, hart = 0): number {
    return this.get32(this.harts[hart]! + L.HART_X + 4 * register);
  }

  setX(register: number, value: number, hart = 0): void {
    this.set32(this.harts[hart]! + L.HART_X + 4 * register, value);
  }

  state(hart = 0): HartState {
    return this.get32(this.harts[hart]! + L.HART_STATE);
  }

  /** A CSR as a debugger reads it; undefined if there is none. */
  csr(address: number, hart = 0): number | undefined {
    const value = this.core.hartPeekCsr(this.harts[hart]!, address);
    return value >> 32n ? undefined : Number(value & 0xffff_ffffn);
  }

  setLine(bit: number, level: number, cycle: bigint | number, hart = 0): void {
    this.core.hartSetLine(this.harts[hart]!, bit, level, BigInt(cycle));
  }

  complete(status: number, value: number, wait_cycles: number, hart = 0): void {
    this.core.hartComplete(this.harts[hart]!, status, value, wait_cycles);
  }

  /** The access descriptor of the last DEVICE or SHARED exit. */
  access() {
    const field = (offset: number) => this.get32(L.ACCESS + offset);
    return {
      kind: field(L.A_KIND),
      address: field(L.A_ADDRESS),
      width: field(L.A_WIDTH),
      value: field(L.A_VALUE),
      operation: field(L.A_OPERATION),
      crossing: field(L.A_CROSSING),
    };
  }

  /** All of the state range as one copy: what a snapshot would hold. */
  stateBytes(): Uint8Array {
    return this.u8.slice(L.STATE_BASE, this.stateEnd);
  }

  guardsIntact(): boolean {
    return this.guards.every((at) => this.u8.subarray(at, at + PAGE).every((b) => b === GUARD));
  }
}

function abort(): never {
  throw new Error("assertion in the core");
}
