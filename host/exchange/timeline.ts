/**
 * What every tile does in an exchange, by event of its own: the words it sends, the words it
 * receives, and from these the writes of its mux and its pointer. From a schedule to controls.
 */

import type { Fabric } from "./fabric.js";
import { MUX_NEUTRAL, muxLead } from "./geometry.js";
import type { Placement } from "./placement.js";
import type { Schedule } from "./schedule/index.js";

/** Runs of one tile in ascending order of events; `value` and `mode` by side, see below. */
export interface Runs {
  count: number;
  event: Int32Array;
  words: Int32Array;
  /** Absolute word address of the first word read, or stored. */
  address: Int32Array;
  /** Sends: sctl. Landings: the logical source. */
  with: Int32Array;
}

/** Writes of one register, ascending events. */
export interface Writes {
  readonly event: number[];
  readonly value: number[];
}

/** For every tile the runs it sends and the runs that land, in compressed rows. */
export class Timeline {
  readonly #out: Sides;
  readonly #in: Sides;
  /** Cycles in which a source's bus carries a word, one bitset a source and direction. */
  readonly #busy: readonly [Uint32Array, Uint32Array];
  readonly #stride: number;

  constructor(
    readonly fabric: Fabric,
    schedule: Schedule,
    placement: Placement,
  ) {
    const { set } = schedule;
    const { tiles, path, start, direction } = fabric;
    this.#stride = (schedule.cycles >> 5) + 1;
    this.#busy = [new Uint32Array(tiles * this.#stride), new Uint32Array(tiles * this.#stride)];
    this.#out = new Sides(
      tiles,
      schedule,
      () => [0, 1],
      (t) => set.source[t]!,
    );
    this.#in = new Sides(
      tiles,
      schedule,
      (t) => [set.first[t]!, set.first[t + 1]!],
      (_t, k) => set.destination[k]!,
    );
    for (let i = 0; i < schedule.count; i++) {
      const t = schedule.transfer[i]!;
      const s = set.source[t]!;
      const [cycle, words, offset] = [schedule.cycle[i]!, schedule.words[i]!, schedule.offset[i]!];
      let sctl = 0;
      for (let k = set.first[t]!; k < set.first[t + 1]!; k++) {
        const d = set.destination[k]!;
        sctl |= direction[s * tiles + d]!;
        const to = (placement.destination_base >> 2) + set.destination_offset[k]! + offset;
        this.#in.add(d, cycle + path[s * tiles + d]! - start[d]!, words, to, s);
      }
      const from = (placement.source_base >> 2) + set.source_offset[t]! + offset;
      this.#out.add(s, cycle - start[s]!, words, from, sctl);
      for (const bit of [1, 2]) if (sctl & bit) this.#markBusy(bit - 1, s, cycle, words);
    }
  }

  sends(tile: number): Runs {
    return this.#out.sorted(tile);
  }

  landings(tile: number): Runs {
    return this.#in.sorted(tile);
  }

  /**
   * Mux writes of a tile: neutral before its first word and after its last one, and in between
   * whenever the selected bus carries a word for somebody else. Fewest writes: an old or the next
   * source stays selected as long as its bus is silent towards this tile.
   */
  muxWrites(tile: number, landings: Runs): Writes {
    const lead = muxLead(this.fabric.visible[tile]!);
    const writes: Writes = { event: [], value: [] };
    const write = (landing: number, value: number) => {
      writes.event.push(landing - lead);
      writes.value.push(value);
    };
    const visible = (source: number) => this.fabric.visible[source]!;
    for (let i = 0; i < landings.count; i++) {
      const source = landings.with[i]!;
      const at = landings.event[i]!;
      if (i === 0) {
        write(at, visible(source));
        continue;
      }
      const before = landings.with[i - 1]!;
      const end = landings.event[i - 1]! + landings.words[i - 1]!;
      const old_busy = end === at ? at : this.#firstBusy(before, tile, end, at);
      if (before === source) {
        if (old_busy < at) {
          write(old_busy, MUX_NEUTRAL);
          write(at, visible(source));
        }
        continue;
      }
      const new_silent = end === at ? at : this.#silentFrom(source, tile, end, at);
      if (old_busy >= new_silent) {
        write(old_busy, visible(source));
      } else {
        write(old_busy, MUX_NEUTRAL);
        write(at, visible(source));
      }
    }
    const last = landings.count - 1;
    if (last >= 0) write(landings.event[last]! + landings.words[last]!, MUX_NEUTRAL);
    return writes;
  }

  /** Pointer writes of a tile, left out where the pointer has walked to the right place. */
  pointerWrites(landings: Runs): Writes {
    const writes: Writes = { event: [], value: [] };
    let pointer = -1;
    for (let i = 0; i < landings.count; i++) {
      const address = landings.address[i]!;
      if (address !== pointer) {
        writes.event.push(landings.event[i]!);
        writes.value.push(address);
      }
      pointer = address + landings.words[i]!;
    }
    return writes;
  }

  /** First landing event from..to-1 at which the source's bus carries a word to tile, or `to`. */
  #firstBusy(source: number, tile: number, from: number, to: number): number {
    for (let event = from; event < to; event++) if (this.#isBusy(source, tile, event)) return event;
    return to;
  }

  /** First landing event of from..to from which on, up to `to`, the source's bus is silent. */
  #silentFrom(source: number, tile: number, from: number, to: number): number {
    for (let event = to; event > from; event--) {
      if (this.#isBusy(source, tile, event - 1)) return event;
    }
    return from;
  }

  #isBusy(source: number, tile: number, event: number): boolean {
    const { tiles, path, start, direction } = this.fabric;
    const pair = source * tiles + tile;
    const cycle = event + start[tile]! - path[pair]!;
    if (cycle < 0) return false;
    const bits = this.#busy[direction[pair] === 1 ? 0 : 1];
    return ((bits[source * this.#stride + (cycle >> 5)]! >>> (cycle & 31)) & 1) === 1;
  }

  #markBusy(side: number, source: number, cycle: number, words: number): void {
    const bits = this.#busy[side]!;
    const row = source * this.#stride;
    for (let c = cycle; c < cycle + words; c++) bits[row + (c >> 5)]! |= 1 << (c & 31);
  }
}

/** Runs by tile: counted, filled, then sorted by event when a tile is asked for. */
class Sides {
  readonly #first: Int32Array;
  readonly #next: Int32Array;
  readonly #event: Int32Array;
  readonly #words: Int32Array;
  readonly #address: Int32Array;
  readonly #with: Int32Array;

  constructor(
    tiles: number,
    schedule: Schedule,
    entries: (t: number) => [from: number, to: number],
    tileOf: (t: number, entry: number) => number,
  ) {
    this.#first = new Int32Array(tiles + 1);
    for (let i = 0; i < schedule.count; i++) {
      const t = schedule.transfer[i]!;
      const [from, to] = entries(t);
      for (let k = from; k < to; k++) this.#first[tileOf(t, k) + 1]!++;
    }
    for (let tile = 0; tile < tiles; tile++) this.#first[tile + 1]! += this.#first[tile]!;
    const total = this.#first[tiles]!;
    this.#next = this.#first.slice();
    this.#event = new Int32Array(total);
    this.#words = new Int32Array(total);
    this.#address = new Int32Array(total);
    this.#with = new Int32Array(total);
  }

  add(tile: number, event: number, words: number, address: number, value: number): void {
    const at = this.#next[tile]!++;
    this.#event[at] = event;
    this.#words[at] = words;
    this.#address[at] = address;
    this.#with[at] = value;
  }

  /** The runs of a tile by ascending event; those that continue each other in all are joined. */
  sorted(tile: number): Runs {
    const from = this.#first[tile]!;
    const count = this.#first[tile + 1]! - from;
    // Event and number share one float64; events are below 2^31.
    const keys = new Float64Array(count);
    for (let i = 0; i < count; i++) keys[i] = this.#event[from + i]! * 2 ** 22 + i;
    keys.sort();
    const runs: Runs = {
      count: 0,
      event: new Int32Array(count),
      words: new Int32Array(count),
      address: new Int32Array(count),
      with: new Int32Array(count),
    };
    for (let k = 0; k < count; k++) {
      const i = from + (keys[k]! % 2 ** 22);
      const event = this.#event[i]!;
      const last = runs.count - 1;
      if (
        last >= 0 &&
        runs.event[last]! + runs.words[last]! === event &&
        runs.address[last]! + runs.words[last]! === this.#address[i] &&
        runs.with[last] === this.#with[i]
      ) {
        runs.words[last]! += this.#words[i]!;
        continue;
      }
      runs.event[runs.count] = event;
      runs.words[runs.count] = this.#words[i]!;
      runs.address[runs.count] = this.#address[i]!;
      runs.with[runs.count++] = this.#with[i]!;
    }
    return runs;
  }
}
