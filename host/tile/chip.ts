/**
 * A tile processor without harts, running: memories by visible tile, rows started by the host, and
 * what landed. Cycles are absolute, from power-on, unless a name says otherwise.
 */

import { TraceKind } from "../../assembly/kernel/abi.js";
import * as B from "../../assembly/kernel/blocks.js";
import { Machine } from "../core/machine.js";
import type { TraceRecord } from "../core/rings.js";
import { MEMORY_BASE } from "../exchange/geometry.js";
import type { LandingSink } from "../exchange/run/runner.js";
import type { PlacedTile } from "../machine/tile-block.js";
import { type ChipImage, type ChipOptions, chipImage } from "./image.js";

/** Meaning of an error's code (section 4; 8 is our number for "unknown word"). */
export const TILE_ERRORS: ReadonlyMap<number, string> = new Map([
  [1, "clash of a send read with a landing"],
  [2, "clash of an instruction fetch"],
  [3, "bad address"],
  [4, "core running"],
  [6, "conflict or unsupported pairing"],
  [7, "mode changed during data"],
  [8, "unknown word"],
]);

export interface TileError {
  /** Visible tile; its own event. */
  readonly tile: number;
  readonly event: number;
  readonly code: number;
  readonly kind: string;
}

export interface Landing {
  readonly tile: number;
  readonly event: number;
  /** Visible tile of the bus it came from. */
  readonly source: number;
  /** Byte address; a word outside of memory is reported and not stored. */
  readonly address: number;
  readonly word: number;
  readonly cycle: number;
}

export interface Sending {
  readonly tile: number;
  readonly event: number;
  readonly address: number;
  readonly word: number;
  /** Direction bits as in the instruction. */
  readonly sctl: number;
  readonly cycle: number;
}

export interface BarrierReport {
  readonly kind: "released" | "hangs";
  /** Cycle 0 of the exchange, or the cycle of the report. */
  readonly cycle: number;
  /** Number of the barrier, from 0. */
  readonly number: number;
  /** A tile that had not arrived. */
  readonly missing: number | null;
}

/** What one tile has done so far. */
export interface TileView {
  /** released: the acknowledge is on its way; absent: in a sync of a zone that is not there. */
  readonly exchange: "core" | "row" | "barrier" | "rejoin" | "released" | "absent";
  /** Cycle of its event 0. */
  readonly base: number;
  /** Cycle at which its last row returned. */
  readonly returned: number;
  readonly landed: number;
  readonly lastLanding: number;
  /** Events with an error, and the first of them. */
  readonly errors: number;
  readonly first: { readonly code: number; readonly event: number } | null;
}

const EXCHANGES = ["core", "row", "barrier", "rejoin", "released", "absent"] as const;
const RUNNING: ReadonlySet<string> = new Set(["row", "released"]);
const NEVER = 2n ** 64n - 1n;
const PS_TIMES_MILLI = 10n ** 15n;
const BARRIER_KINDS = [null, "released", "hangs"] as const;
/** Cycles of one call into the core. */
const SLICE_CYCLES = 1 << 19;

export type Recording = "landings" | "sends" | "errors" | "barriers";
const RECORDED: Readonly<Record<Recording, TraceKind>> = {
  landings: TraceKind.TILE_DELIVER,
  sends: TraceKind.TILE_SEND,
  errors: TraceKind.TILE_ERROR,
  barriers: TraceKind.TILE_BARRIER,
};

export class TileChip {
  /** What has been recorded since `record`. */
  readonly landings: Landing[] = [];
  readonly sends: Sending[] = [];
  readonly errors: TileError[] = [];
  readonly barriers: BarrierReport[] = [];
  private readonly period: { readonly rate_mhz: bigint };

  private constructor(
    readonly machine: Machine,
    private readonly layout: ChipImage,
    readonly memory_bytes: number,
  ) {
    this.period = layout.image.domains[0]!;
  }

  /** @param module a compiled core (`loadModule`). */
  static async create(module: WebAssembly.Module, options: ChipOptions): Promise<TileChip> {
    const layout = chipImage(options);
    const machine = await Machine.create(layout.image, { module });
    return new TileChip(machine, layout, options.chip.memory_bytes);
  }

  /** Visible tiles that have memory. */
  get tiles(): number[] {
    return [...this.layout.tiles.keys()];
  }

  private place(tile: number): PlacedTile {
    const place = this.layout.tiles.get(tile);
    if (place === undefined) throw new RangeError(`tile ${tile} is none of this chip`);
    return place;
  }

  /** A tile's memory from 0x40000 on, as it is now; do not write to it. */
  memory(tile: number): Uint32Array {
    const bytes = this.machine.linear(this.place(tile).memory, this.memory_bytes);
    return new Uint32Array(bytes.buffer, bytes.byteOffset, this.memory_bytes / 4);
  }

  /** Writes words at a byte address of a tile's memory. @throws RangeError outside of it. */
  write(tile: number, address: number, words: ArrayLike<number>): void {
    const offset = address - MEMORY_BASE;
    const end = offset + 4 * words.length;
    if (offset < 0 || offset % 4 !== 0 || end > this.memory_bytes) {
      throw new RangeError(`words at ${address.toString(16)} leave tile memory`);
    }
    const bytes = new Uint8Array(Uint32Array.from(words).buffer);
    this.machine.poke(this.place(tile).memory + offset, bytes);
  }

  /** Words at a byte address of a tile's memory. */
  read(tile: number, address: number, words: number): Uint32Array {
    const first = (address - MEMORY_BASE) / 4;
    return this.memory(tile).slice(first, first + words);
  }

  /** The row at a byte address begins now. False where no unit works for the tile. */
  start(tile: number, row_address: number): boolean {
    return this.machine.startRow(0, this.place(tile).slot, row_address);
  }

  /** Runs for so many cycles. */
  run(cycles: number): void {
    const end = this.now() + cycles;
    while (this.now() < end) {
      const until = Math.min(end, this.now() + SLICE_CYCLES);
      this.machine.run((BigInt(until) * PS_TIMES_MILLI) / this.period.rate_mhz);
    }
  }

  /**
   * Runs until every row has returned or hangs in a barrier, and nothing can land any more, or for
   * `most` cycles. Returns whether it has settled.
   */
  settle(most: number, step = 512): boolean {
    const end = this.now() + most;
    while (this.now() < end) {
      this.run(Math.min(step, end - this.now()));
      if (this.settled()) return true;
    }
    return false;
  }

  private settled(): boolean {
    const now = this.now();
    for (const tile of this.layout.tiles.keys()) {
      const at = this.slotAddress(tile);
      if (RUNNING.has(EXCHANGES[this.u32(at + B.TILE_EXCHANGE)]!)) return false;
      // A word is lost or has landed when the longest path is behind it, and so is a mux write.
      if (Number(this.u64(at + B.TILE_SENT)) + B.TILE_LONGEST_PATH > now) return false;
    }
    return true;
  }

  /** Everything before this cycle has happened. */
  now(): number {
    return Number(this.u64(this.layout.block + B.FABRIC_NOW));
  }

  /** Cycle 0 of the exchange that was released last, or null. */
  release(): number | null {
    const cycle = this.u64(this.layout.block + B.FABRIC_RELEASE);
    return cycle === NEVER ? null : Number(cycle);
  }

  /** What the tile's identity chain reads, or null for a tile that no unit answers for. */
  identity(tile: number): number | null {
    const visible = this.u32(this.slotAddress(tile) + B.TILE_VISIBLE);
    return visible === B.TILE_NONE ? null : visible;
  }

  view(tile: number): TileView {
    const at = this.slotAddress(tile);
    const code = this.u32(at + B.TILE_STATUS);
    return {
      exchange: EXCHANGES[this.u32(at + B.TILE_EXCHANGE)] ?? "core",
      base: Number(this.u64(at + B.TILE_BASE)),
      returned: Number(this.u64(at + B.TILE_RETURNED)),
      landed: Number(this.u64(at + B.TILE_LANDED)),
      lastLanding: Number(this.u64(at + B.TILE_LAST_LANDING)),
      errors: Number(this.u64(at + B.TILE_ERRORS)),
      first: code === 0 ? null : { code, event: Number(this.u64(at + B.TILE_STATUS_EVENT)) },
    };
  }

  /** Records these from now on; slower, since tiles then go cycle by cycle. */
  record(kinds: readonly Recording[]): void {
    const traced = kinds.map((kind) => RECORDED[kind]);
    this.machine.setTrace(traced, (records) => {
      for (const record of records) this.take(record);
    });
  }

  /**
   * Reports every landing from now on to `sink`, errors to `onError` and the cycle 0 of every
   * barrier to `onRelease`, instead of keeping them; as slow as `record`.
   */
  onLanding(
    sink: LandingSink,
    onError?: (error: TileError) => void,
    onRelease?: (cycle: number) => void,
  ): void {
    const kinds = [TraceKind.TILE_DELIVER];
    if (onError) kinds.push(TraceKind.TILE_ERROR);
    if (onRelease) kinds.push(TraceKind.TILE_BARRIER);
    this.machine.setTrace(kinds, (records) => {
      for (const { kind, time_ps, a, b, c, d } of records) {
        if (kind === TraceKind.TILE_DELIVER) sink(c >>> 16, d | 0, c & 0xffff, a, b >>> 0);
        else if (kind === TraceKind.TILE_ERROR) onError?.(errorOf(a, c, d));
        else if (BARRIER_KINDS[a] === "released") onRelease?.(this.cycleAt(time_ps));
      }
    });
  }

  private take({ kind, time_ps, a, b, c, d }: TraceRecord): void {
    const cycle = this.cycleAt(time_ps);
    const tile = c >>> 16;
    const event = d | 0;
    if (kind === TraceKind.TILE_DELIVER) {
      this.landings.push({ tile, event, source: c & 0xffff, address: a, word: b >>> 0, cycle });
    } else if (kind === TraceKind.TILE_SEND) {
      this.sends.push({ tile, event, address: a, word: b >>> 0, sctl: c & 7, cycle });
    } else if (kind === TraceKind.TILE_ERROR) {
      this.errors.push(errorOf(a, c, d));
    } else if (kind === TraceKind.TILE_BARRIER) {
      const what = BARRIER_KINDS[a] ?? "hangs";
      const missing = what === "hangs" ? b : null;
      this.barriers.push({ kind: what, cycle, number: d, missing });
    }
  }

  /** Number of the clock's edge at a time. */
  private cycleAt(time_ps: bigint): number {
    const { rate_mhz } = this.period;
    return Number((time_ps * rate_mhz + PS_TIMES_MILLI - 1n) / PS_TIMES_MILLI);
  }

  private slotAddress(tile: number): number {
    return this.layout.block + B.BLOCK_BYTES_FABRIC + this.place(tile).slot * B.TILE_SLOT_BYTES;
  }

  private u32(address: number): number {
    const bytes = this.machine.linear(address, 4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  }

  private u64(address: number): bigint {
    const bytes = this.machine.linear(address, 8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  }
}

/** An error from the fields of its record. */
function errorOf(code: number, place: number, event: number): TileError {
  const kind = TILE_ERRORS.get(code) ?? "unknown";
  return { tile: place >>> 16, event: event | 0, code, kind };
}
