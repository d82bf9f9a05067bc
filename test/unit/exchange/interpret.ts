/**
 * A slow, plain interpreter of exchange rows, written from tile-processor.md sections 3 and 4 and
 * sharing only the geometry with the compiler: tiles are run cycle by cycle. It checks what the
 * hardware would check, and gathers memory as the rows leave it.
 */
import {
  type Chip,
  directionOf,
  isVisible,
  muxLead,
  pathOf,
  startOf,
} from "../../../host/exchange/geometry.js";

export interface InterpretedRow {
  readonly visible: number;
  readonly address: number;
  readonly words: Uint32Array;
}

interface Tile {
  readonly number: number;
  readonly memory: Map<number, number>;
  /** What each event of the row does, from event 0. */
  readonly events: Event[];
  readonly row_events: number;
  readonly takes_part: boolean;
  mux: number;
  readonly mux_history: number[];
  pointer: number;
}

interface Event {
  mux?: number;
  pointer?: number;
  /** Word address and direction bits of the word sent in this event. */
  send?: { address: number; sctl: number };
  fetch?: number[];
}

export interface Interpretation {
  /** Words by tile, then word address. */
  readonly memory: ReadonlyMap<number, ReadonlyMap<number, number>>;
  readonly last_landing_cycle: number;
  readonly landings: number;
  readonly faults: string[];
  /** Last events of rows less the later of the last send and 6 after the last landing. */
  readonly late: ReadonlySet<number>;
  /** Tiles whose mux is not neutral when their row ends. */
  readonly not_neutral: number[];
}

const BASE_WORD = 0x40000 >> 2;
const ELEMENT_WORDS = 0x4000 >> 2;

/** Expands a row's words to events. Throws on what the encoding does not allow. */
function expand(row: InterpretedRow, chip: Chip): { events: Event[]; takes_part: boolean } {
  const events: Event[] = [];
  let outgoing = BASE_WORD;
  let sctl = 0;
  let i = 0;
  const at = (k: number) => (row.address >> 2) + k;
  const word = (k: number): number => {
    if (k >= row.words.length) throw new Error(`row of ${row.visible} runs off its end`);
    return row.words[k]! >>> 0;
  };
  const bits = (value: number, shift: number, count: number) =>
    Math.floor(value / 2 ** shift) % 2 ** count;
  const push = (event: Event) => events.push(event);
  const fetchNext = (k: number) => {
    if (events.length > 0 && k < row.words.length) {
      const wide = bits(row.words[k]! >>> 0, 28, 4) === 15;
      events[events.length - 1]!.fetch = wide ? [at(k), at(k + 1)] : [at(k)];
    }
  };
  const control = (event: Event, sel: number, value: number, kind: "mux" | "pointer") => {
    if (sel !== 0) throw new Error("formats and pairing are not for this compiler");
    event[kind] = value;
  };
  const send = (n: number, first: Event = {}) => {
    for (let k = 0; k < n; k++) {
      const event = k === 0 ? first : {};
      if (sctl !== 0) event.send = { address: outgoing, sctl };
      outgoing++;
      push(event);
    }
  };
  const first = word(i);
  if (first === 0x40c00000) {
    if (word(1) !== 0x41800001 || word(2) !== 0x43a00000) throw new Error("odd idle row");
    return { events, takes_part: false };
  }
  if (first !== 0x41800003) throw new Error(`row of ${row.visible} begins without a barrier`);
  i = 1;
  for (;;) {
    fetchNext(i);
    const w = word(i);
    if (w === 0x43a00000) break;
    if (bits(w, 19, 13) === 0x40a00000 / 2 ** 19) {
      for (let k = 0; k <= bits(w, 0, 19); k++) push({});
    } else if (bits(w, 26, 6) === 0x60000000 / 2 ** 26) {
      for (let k = 0; k < bits(w, 19, 7); k++) push({});
      const event: Event = {};
      control(event, bits(w, 18, 1), bits(w, 0, 18), "pointer");
      push(event);
    } else if (bits(w, 26, 6) === 0x64000000 / 2 ** 26) {
      for (let k = 0; k < bits(w, 14, 12); k++) push({});
      const event: Event = {};
      control(event, bits(w, 13, 1), bits(w, 0, 13), "mux");
      push(event);
    } else if (bits(w, 27, 5) === 0x78000000 / 2 ** 27) {
      outgoing = bits(w, 3, 18);
      sctl = bits(w, 0, 3);
      send(bits(w, 21, 6) + 1);
    } else if (bits(w, 27, 5) === 0x70000000 / 2 ** 27 && bits(w, 20, 1) === 0) {
      outgoing += bits(w, 3, 11);
      sctl = bits(w, 0, 3);
      send(bits(w, 21, 6) + 64 * bits(w, 14, 6) + 1);
    } else if (bits(w, 27, 5) === 0x70000000 / 2 ** 27) {
      const event: Event = {};
      const csel = bits(w, 18, 2);
      if (csel < 2) control(event, csel, bits(w, 0, 18), "mux");
      else control(event, csel - 2, bits(w, 0, 18), "pointer");
      send(bits(w, 21, 6) + 1, event);
    } else if (bits(w, 28, 4) === 15) {
      if ((row.address + 4 * i) % 8 !== 0) throw new Error(`unaligned sendpicp, word ${i}`);
      const inline = word(++i);
      const event: Event = {};
      outgoing = bits(w, 3, 18);
      sctl = bits(w, 0, 3);
      control(event, bits(w, 27, 1), bits(inline, 0, 18), "pointer");
      control(event, bits(inline, 31, 1), bits(inline, 18, 13), "mux");
      send(bits(w, 21, 6) + 1, event);
    } else {
      throw new Error(`unknown word 0x${w.toString(16)} in the row of ${row.visible}`);
    }
    i++;
  }
  if (i + 1 !== row.words.length) throw new Error("words after return");
  if ((row.address >> 2) + i >= BASE_WORD + chip.memory_bytes / 4) throw new Error("row too long");
  return { events, takes_part: true };
}

/** Runs the rows of one exchange. `memory` holds what each tile has before, by word address. */
export function interpret(
  chip: Chip,
  rows: readonly InterpretedRow[],
  memory: (visible: number) => Map<number, number>,
): Interpretation {
  const tiles = new Map<number, Tile>();
  for (const row of rows) {
    const { events, takes_part } = expand(row, chip);
    const tile: Tile = {
      number: row.visible,
      memory: memory(row.visible),
      events,
      row_events: events.length,
      takes_part,
      mux: 0x640,
      mux_history: [],
      pointer: BASE_WORD,
    };
    tiles.set(row.visible, tile);
  }
  const faults: string[] = [];
  const words_end = BASE_WORD + chip.memory_bytes / 4;
  /** Words on the buses: source, then the cycle of sending. */
  const buses = new Map<number, Map<number, { value: number; sctl: number }>>();
  let horizon = 0;
  for (const tile of tiles.values()) {
    horizon = Math.max(horizon, startOf(chip, tile.number) + tile.row_events);
    buses.set(tile.number, new Map());
  }
  const last_landing = new Map<number, number>();
  let last_landing_cycle = -1;
  let landings = 0;
  for (let cycle = 0; cycle <= horizon; cycle++) {
    // Sends of a cycle land later (paths are positive), so tiles may be taken in any order.
    for (const tile of tiles.values()) {
      const e = cycle - startOf(chip, tile.number);
      if (e < 0) continue;
      const event = tile.events[e];
      if (event?.mux !== undefined) tile.mux = event.mux;
      if (event?.pointer !== undefined) tile.pointer = event.pointer;
      tile.mux_history[e] = tile.mux;
      const elements: number[] = (event?.fetch ?? []).slice(0, 1);
      if (event?.send) {
        const { address, sctl } = event.send;
        if (address < BASE_WORD || address >= words_end) faults.push(`bad address ${address}`);
        const value = tile.memory.get(address) ?? 0;
        buses.get(tile.number)!.set(cycle, { value, sctl });
        elements.push(address);
      }
      const selected = tile.mux_history[e - muxLead(tile.number)] ?? 0x640;
      if (isVisible(chip, selected)) {
        const sent = cycle - pathOf(chip, selected, tile.number);
        const word = buses.get(selected)?.get(sent);
        if (word && word.sctl & directionOf(chip, selected, tile.number)) {
          if (e >= tile.row_events) faults.push(`landing at ${tile.number} after its row`);
          if (tile.pointer < BASE_WORD || tile.pointer >= words_end) faults.push("bad store");
          elements.push(tile.pointer);
          tile.memory.set(tile.pointer++, word.value);
          last_landing.set(tile.number, e);
          last_landing_cycle = cycle;
          landings++;
        }
      }
      const used = elements.map((address) => Math.floor((address - BASE_WORD) / ELEMENT_WORDS));
      if (new Set(used).size !== used.length) faults.push(`clash at ${tile.number} event ${e}`);
    }
  }
  const late = new Set<number>();
  for (const tile of tiles.values()) {
    const sent = tile.events.findLastIndex((event) => event.send !== undefined);
    const done = Math.max(sent, (last_landing.get(tile.number) ?? -7) + 6);
    late.add(tile.row_events - 1 - done);
  }
  const not_neutral = [...tiles.values()]
    .filter(({ mux }) => isVisible(chip, mux))
    .map(({ number }) => number);
  const memories = new Map([...tiles].map(([number, tile]) => [number, tile.memory]));
  return { memory: memories, last_landing_cycle, landings, faults, late, not_neutral };
}
