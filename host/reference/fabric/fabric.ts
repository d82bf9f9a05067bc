/**
 * The naive reference of the exchange fabric: every tile, every cycle, one after the other.
 * Written from tile-processor.md alone, to be compared bit for bit with the fast fabric. Times are
 * sums of the parts of section 3:
 *
 *     tile --p+out--> column base --10+|D|+cross--> mux --10+p+in--> tile
 *                     mux register --p+mux+40--> mux
 *     acknowledge:    4x + col - 1 + p + sync
 *
 * Rings keep the last RING cycles of every bus and mux register: they are the delay lines.
 */

import {
  crossing,
  distance,
  type FabricGeometry,
  fieldsOf,
  isVisibleTile,
  MEMORY_BASE,
  MUX_NULL,
  type Port,
  type Site,
  visibleTile,
  xOf,
} from "./geometry.js";
import { TileMemory } from "./memory.js";
import {
  type Codes,
  codesFor,
  type FabricFault,
  identityChain,
  type Stage,
  type StageForce,
  stageCycles,
} from "./repair.js";
import { ExchangeUnit, FABRIC_ERRORS, type FabricErrorCode } from "./unit.js";

export interface FabricOptions {
  readonly geometry: FabricGeometry;
  /** Physically dead units. */
  readonly defects?: readonly Site[];
  /** Repair codes by column; default: those that the defects need. */
  readonly codes?: Codes;
  readonly forces?: readonly StageForce[];
  readonly faults?: readonly FabricFault[];
  /**
   * Last request to first release, default 250 (section 5). At least 2: a sync stage forced out
   * lets event 0 fall one cycle before the release, and its word is fetched in the cycle before.
   */
  readonly barrier_overhead_cycles?: number;
  /** Visible tiles that a barrier waits for; default: all. */
  readonly members?: readonly number[];
}

export interface FabricError {
  /** Visible tile, and an event of its own. */
  readonly tile: number;
  readonly event: number;
  readonly code: FabricErrorCode;
  readonly kind: string;
}

export interface Landing {
  readonly tile: number;
  readonly event: number;
  /** Visible tile that the mux selected. */
  readonly source: number;
  /** Byte address; a word outside memory is listed and not stored. */
  readonly address: number;
  readonly word: number;
  readonly cycle: number;
}

export interface RunResult {
  /** settled: nothing can happen any more. limit: the cycles given are used up. */
  readonly ended: "settled" | "limit";
  /** Visible tiles in whose row the barrier hangs, and members that never arrived at it. */
  readonly waiting: readonly number[];
  readonly missing: readonly number[];
}

const DEFAULT_OVERHEAD = 250;
/** Longer than any path or mux lead: 24 + 1 + 10 + 53 + 15 + 10 + 25. */
const RING = 256;
const BASE_TO_MUX = 10;
const MUX_TO_TILE = 10;
const MUX_CONTROL = 40;

/** A tile of the silicon that software sees, with the parts of its times in cycles. */
interface Tile extends Port {
  readonly silicon: number;
  readonly visible: number;
  readonly unit: ExchangeUnit;
  readonly dead: boolean;
  readonly to_base: number;
  readonly from_mux: number;
  readonly to_mux: number;
  readonly start: number;
  /** The mux control as it arrives at the mux. */
  readonly mux_stuck: Stuck;
  /** Its words as they leave the column. */
  readonly word_stuck: Stuck;
}

/** Stuck bits: (value AND and) OR or. */
interface Stuck {
  readonly and: number;
  readonly or: number;
}

function stuckBits(faults: readonly { readonly bit: number; readonly value: 0 | 1 }[]): Stuck {
  const mask = faults.reduce((bits, { bit }) => bits | (1 << bit), 0);
  return { and: ~mask, or: faults.reduce((bits, { bit, value }) => bits | (value << bit), 0) };
}

export class ReferenceFabric {
  readonly geometry: FabricGeometry;
  readonly codes: Codes;
  readonly errors: FabricError[] = [];
  readonly landed: Landing[] = [];
  /** Cycle of event 0 of an undelayed tile 0, for every barrier that was released. */
  readonly releases: number[] = [];
  /** The cycle that comes next. */
  now = 0;

  readonly #tiles: Tile[] = [];
  readonly #by_visible = new Map<number, Tile>();
  readonly #by_silicon: (Tile | undefined)[] = [];
  readonly #members: Tile[];
  readonly #overhead: number;
  /** [cycle % RING][silicon tile]: word, directions, mux register. */
  readonly #words: Uint32Array[] = [];
  readonly #directions: Uint8Array[] = [];
  readonly #muxes: Int32Array[] = [];
  readonly #ports = new Map<number, { readonly hop: number; readonly direction: number }>();
  /** The next barrier takes requests from this cycle on. */
  #barrier_open_at = 0;

  constructor(options: FabricOptions) {
    const { geometry, defects = [], forces = [], faults = [] } = options;
    this.geometry = geometry;
    this.codes = options.codes ?? codesFor(geometry, defects);
    this.#overhead = options.barrier_overhead_cycles ?? DEFAULT_OVERHEAD;
    if (this.#overhead < 2) throw new Error("the barrier needs at least 2 cycles");
    for (let column = 0; column < geometry.columns; column++) {
      const identities = identityChain(geometry, this.codes[column] ?? null);
      identities.forEach((row, silicon_row) => {
        // A unit that reads R is the idle spare.
        if (row === undefined || row >= geometry.rows) return;
        for (let sub = 0; sub < geometry.subs; sub++) {
          this.#addTile({ column, row: silicon_row }, row, sub, defects, forces, faults);
        }
      });
    }
    const silicon_tiles = (geometry.rows + 1) * geometry.columns * geometry.subs;
    for (let slot = 0; slot < RING; slot++) {
      this.#words.push(new Uint32Array(silicon_tiles));
      this.#directions.push(new Uint8Array(silicon_tiles));
      this.#muxes.push(new Int32Array(silicon_tiles).fill(geometry.mux_reset));
    }
    const members = options.members ?? this.#tiles.map(({ visible }) => visible);
    this.#members = members.map((tile) => this.#tile(tile));
  }

  #addTile(
    site: Site,
    row: number,
    sub: number,
    defects: readonly Site[],
    forces: readonly StageForce[],
    faults: readonly FabricFault[],
  ): void {
    const { geometry } = this;
    const { column } = site;
    const stage = (name: Stage) => stageCycles(this.codes, forces, site, name);
    const own = faults.filter((fault) => fault.column === column);
    const here = own.filter(
      (fault) => "sub" in fault && fault.row === site.row && fault.sub === sub,
    );
    const broken = defects.some((defect) => defect.column === column && defect.row === site.row);
    const visible = visibleTile(row, column, sub);
    const memory = new TileMemory(geometry.memory_bytes);
    const report = (code: FabricErrorCode) => this.#report(visible, code);
    const tile: Tile = {
      column,
      sub,
      silicon: (site.row * geometry.columns + column) * geometry.subs + sub,
      visible,
      unit: new ExchangeUnit(memory, geometry.mux_reset, MEMORY_BASE / 4, report),
      dead: broken,
      to_base: site.row + stage("data-out"),
      from_mux: MUX_TO_TILE + site.row + stage("data-in"),
      to_mux: MUX_CONTROL + site.row + stage("mux"),
      start: 4 * xOf(geometry, column) + column - 1 + site.row + stage("sync"),
      mux_stuck: stuckBits(here.filter((fault) => fault.kind === "stuck-mux-bit")),
      word_stuck: stuckBits(
        own
          .filter((fault) => fault.kind === "stuck-column-bit")
          .filter(({ row: passed }) => passed <= site.row),
      ),
    };
    this.#tiles.push(tile);
    this.#by_visible.set(visible, tile);
    const silent = broken || here.some(({ kind }) => kind === "dead-bus");
    this.#by_silicon[tile.silicon] = silent ? undefined : tile;
  }

  #tile(visible: number): Tile {
    const tile = this.#by_visible.get(visible);
    if (!tile) throw new Error(`there is no visible tile ${visible}`);
    return tile;
  }

  #report(visible: number, code: FabricErrorCode): void {
    const event = this.now - this.#tile(visible).unit.numbered_from;
    this.errors.push({ tile: visible, event, code, kind: FABRIC_ERRORS[code] });
  }

  /** Visible tiles, ascending. */
  get tiles(): number[] {
    return [...this.#by_visible.keys()].sort((a, b) => a - b);
  }

  /** Cycles from a barrier's release to a tile's event 0. */
  startOf(tile: number): number {
    return this.#tile(tile).start;
  }

  load(tile: number, byte_address: number, words: ArrayLike<number>): void {
    const { memory } = this.#tile(tile).unit;
    for (let i = 0; i < words.length; i++) memory.write(byte_address / 4 + i, words[i]!);
  }

  read(tile: number, byte_address: number, words: number): number[] {
    const { memory } = this.#tile(tile).unit;
    return Array.from({ length: words }, (_, i) => memory.read(byte_address / 4 + i));
  }

  /** Registers that persist, what the exchange unit does, and the cycle of its event 0. */
  unit(tile: number) {
    const { mux, pointer, format, state, zone, numbered_from } = this.#tile(tile).unit;
    return { mux, pointer, format, state, zone, numbered_from };
  }

  /** The error that STATUS shows: of the earliest event, the smallest code (our reading); or 0. */
  status(tile: number): number {
    const own = this.errors.filter((error) => error.tile === tile);
    const [first] = own;
    if (!first) return 0;
    const same = own.filter(({ event }) => event === first.event);
    return Math.min(...same.map(({ code }) => code));
  }

  /** First release to last landing, inclusive; 0 if nothing landed after a release. */
  get cycles(): number {
    const last = this.landed.reduce((most, { cycle }) => Math.max(most, cycle), -1);
    return last < 0 ? 0 : last - (this.releases[0] ?? 0) + 1;
  }

  /**
   * Writes ROW of tiles (visible tile, byte address of the row) and runs until nothing moves any
   * more, at most `limit` cycles. A tile that is still in a row keeps it.
   */
  run(rows: Iterable<readonly [tile: number, row: number]>, limit = 1_000_000): RunResult {
    for (const [visible, row] of rows) {
      const { unit, dead } = this.#tile(visible);
      if (!dead && unit.state === "off") unit.begin(row, this.now + 1);
    }
    const end = this.now + limit;
    let quiet = 0;
    while (this.now < end && quiet < RING) {
      this.#step();
      quiet = this.#isQuiet() ? quiet + 1 : 0;
    }
    const waiting = this.#tiles.filter(({ unit }) => unit.state === "waiting");
    const missing = this.#members.filter(({ unit }) => !unit.arrived());
    return {
      ended: quiet >= RING ? "settled" : "limit",
      waiting: waiting.map(({ visible }) => visible),
      missing: waiting.length > 0 ? missing.map(({ visible }) => visible) : [],
    };
  }

  #isQuiet(): boolean {
    if (this.#barrierComplete()) return false;
    return !this.#tiles.some(({ unit }) => unit.isBusy(this.now - 1));
  }

  #barrierComplete(): boolean {
    return this.#members.length > 0 && this.#members.every(({ unit }) => unit.arrived());
  }

  #step(): void {
    const cycle = this.now;
    const slot = cycle % RING;
    this.#directions[slot]!.fill(0);
    for (const tile of this.#tiles) {
      const { unit, silicon } = tile;
      unit.act(cycle);
      this.#muxes[slot]![silicon] = unit.mux;
      if (unit.sent_directions === 0) continue;
      this.#words[slot]![silicon] = unit.sent_word;
      this.#directions[slot]![silicon] = unit.sent_directions;
    }
    if (cycle >= this.#barrier_open_at && this.#barrierComplete()) {
      const base = cycle + this.#overhead;
      for (const { unit, start } of this.#members) unit.release(base + start);
      this.releases.push(base);
      this.#barrier_open_at = base;
    }
    for (const { unit } of this.#tiles) unit.fetch(cycle);
    for (const tile of this.#tiles) this.#land(tile, cycle);
    this.now++;
  }

  /** What arrives at a tile in this cycle, and what it clashes with. */
  #land(tile: Tile, cycle: number): void {
    const { unit } = tile;
    const landing_element = tile.dead ? -1 : this.#arrive(tile, cycle);
    const { read_element, fetched_elements } = unit;
    if (landing_element >= 0 && landing_element === read_element) this.#report(tile.visible, 1);
    const busy = fetched_elements.some(
      (element) => element === landing_element || element === read_element,
    );
    if (busy) this.#report(tile.visible, 2);
  }

  /** Stores the word that lands, if one does; returns its element, or -1. */
  #arrive(tile: Tile, cycle: number): number {
    const { unit } = tile;
    const at_mux = cycle - tile.from_mux;
    const register = this.#muxes[ringSlot(at_mux - tile.to_mux)]![tile.silicon]!;
    const value = (register & tile.mux_stuck.and) | tile.mux_stuck.or;
    const source = this.#select(value);
    if (!source) return -1;
    const { hop, direction } = this.#port(source, tile);
    const sent = ringSlot(at_mux - hop - source.to_base);
    if ((this.#directions[sent]![source.silicon]! & direction) === 0) return -1;
    const sent_word = this.#words[sent]![source.silicon]!;
    const { and, or } = source.word_stuck;
    const word = ((sent_word & and) | or) >>> 0;
    const word_address = unit.takePointer();
    this.landed.push({
      tile: tile.visible,
      event: cycle - unit.numbered_from,
      source: value,
      address: word_address * 4,
      word,
      cycle,
    });
    if (unit.state === "off") this.#report(tile.visible, 4);
    if (unit.format_changed) this.#report(tile.visible, 7);
    const element = unit.memory.elementOf(word_address);
    if (element < 0) this.#report(tile.visible, 3);
    else unit.memory.write(word_address, word);
    return element;
  }

  /** The bus that a mux value selects: by visible row and the source column's repair code. */
  #select(value: number): Tile | undefined {
    if (value < 0 || value >= MUX_NULL || !isVisibleTile(this.geometry, value)) return undefined;
    const { row, column, sub } = fieldsOf(value);
    const code = this.codes[column] ?? null;
    const silicon_row = code !== null && row >= code ? row + 1 : row;
    const { columns, subs } = this.geometry;
    return this.#by_silicon[(silicon_row * columns + column) * subs + sub];
  }

  /** Base to mux in cycles, and the direction that gets there. */
  #port(from: Port, to: Port): { readonly hop: number; readonly direction: number } {
    const key = ((from.column * 4 + from.sub) * 16 + to.column) * 4 + to.sub;
    const known = this.#ports.get(key);
    if (known) return known;
    const along = distance(this.geometry, from, to);
    const hop = BASE_TO_MUX + Math.abs(along) + crossing(this.geometry, from, to);
    const made = { hop, direction: along < 1 ? 2 : 1 };
    this.#ports.set(key, made);
    return made;
  }
}

/** Cycles before the first hold the reset state, which the rings begin with. */
function ringSlot(cycle: number): number {
  return ((cycle % RING) + RING) % RING;
}
