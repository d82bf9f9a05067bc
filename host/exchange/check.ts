/**
 * The checker of schedules: names every rule of tile-processor.md section 3 that a schedule
 * breaks, with tile and event. It shares only the geometry with the scheduler and goes by single
 * words, not by pieces or bitsets.
 */

import type { Fabric } from "./fabric.js";
import { muxLead, pathOf, startOf } from "./geometry.js";
import type { TransferSet } from "./transfers.js";

export type Rule =
  | "unknown transfer"
  | "word outside its transfer"
  | "send before the tile's first event"
  | "two words sent in one event"
  | "two words land in one event"
  | "landing before a mux write can select it"
  | "word sent twice"
  | "word never delivered"
  | "word delivered to a place nobody asked for"
  | "cycles are not those of the last landing";

export interface Violation {
  readonly rule: Rule;
  /** Logical tile. */
  readonly tile: number;
  /** Event of that tile; -1 where the rule is about no event. */
  readonly event: number;
  readonly detail: string;
}

/** What is checked: pieces of transfers of `set`, which may be merged ones. */
export interface CheckedSchedule {
  readonly set: TransferSet;
  readonly count: number;
  readonly transfer: ArrayLike<number>;
  readonly offset: ArrayLike<number>;
  readonly words: ArrayLike<number>;
  readonly cycle: ArrayLike<number>;
  readonly cycles: number;
}

/** Violations are gathered up to here: more would tell nothing new. */
const VIOLATIONS_MOST = 1000;

/** Checks a schedule against the transfers that were asked for. An empty list: it is legal. */
export function checkSchedule(
  fabric: Fabric,
  asked: TransferSet,
  schedule: CheckedSchedule,
): Violation[] {
  const check = new Check(fabric, asked);
  for (let i = 0; i < schedule.count; i++) check.piece(schedule, i);
  check.finish(schedule.cycles);
  return check.violations;
}

class Check {
  readonly violations: Violation[] = [];
  /** By tile: event of each word sent and landed. */
  readonly #sent: Set<number>[];
  readonly #landed: Set<number>[];
  /** By tile: destination offset to the source word that is to arrive there. */
  readonly #wanted: Map<number, number>[];
  readonly #transfer_words = new Set<number>();
  #last_landing = -1;

  constructor(
    readonly fabric: Fabric,
    asked: TransferSet,
  ) {
    const sets = <T>(make: () => T) => Array.from({ length: fabric.tiles }, make);
    this.#sent = sets(() => new Set<number>());
    this.#landed = sets(() => new Set<number>());
    this.#wanted = sets(() => new Map<number, number>());
    for (let t = 0; t < asked.count; t++) {
      for (let k = asked.first[t]!; k < asked.first[t + 1]!; k++) {
        for (let w = 0; w < asked.words[t]!; w++) {
          const word = sourceWord(asked.source[t]!, asked.source_offset[t]! + w);
          this.#wanted[asked.destination[k]!]!.set(asked.destination_offset[k]! + w, word);
        }
      }
    }
  }

  piece(schedule: CheckedSchedule, i: number): void {
    const { set } = schedule;
    const t = schedule.transfer[i]!;
    if (!(t >= 0 && t < set.count)) {
      this.#break("unknown transfer", -1, -1, `piece ${i} names transfer ${t}`);
      return;
    }
    for (let w = 0; w < schedule.words[i]!; w++) {
      const offset = schedule.offset[i]! + w;
      if (!(offset >= 0 && offset < set.words[t]!)) {
        const detail = `word ${offset} of transfer ${t}`;
        this.#break("word outside its transfer", set.source[t]!, -1, detail);
        continue;
      }
      this.#word(set, t, offset, schedule.cycle[i]! + w);
    }
  }

  #word(set: TransferSet, t: number, offset: number, cycle: number): void {
    const { chip, visible } = this.fabric;
    const s = set.source[t]!;
    const event = cycle - startOf(chip, visible[s]!);
    const what = `word ${offset} of transfer ${t}`;
    if (event < 0) this.#break("send before the tile's first event", s, event, what);
    if (this.#sent[s]!.has(event)) this.#break("two words sent in one event", s, event, what);
    this.#sent[s]!.add(event);
    const key = t * WORDS + offset;
    if (this.#transfer_words.has(key)) this.#break("word sent twice", s, event, what);
    this.#transfer_words.add(key);
    const word = sourceWord(s, set.source_offset[t]! + offset);
    for (let k = set.first[t]!; k < set.first[t + 1]!; k++) {
      const d = set.destination[k]!;
      const landing = cycle + pathOf(chip, visible[s]!, visible[d]!);
      this.#land(d, landing, word, set.destination_offset[k]! + offset, what);
    }
  }

  #land(d: number, cycle: number, word: number, offset: number, what: string): void {
    const { chip, visible } = this.fabric;
    const event = cycle - startOf(chip, visible[d]!);
    if (event < muxLead(visible[d]!)) {
      this.#break("landing before a mux write can select it", d, event, what);
    }
    if (this.#landed[d]!.has(event)) this.#break("two words land in one event", d, event, what);
    this.#landed[d]!.add(event);
    if (this.#wanted[d]!.get(offset) === word) this.#wanted[d]!.delete(offset);
    else this.#break("word delivered to a place nobody asked for", d, event, `${what}, ${offset}`);
    this.#last_landing = Math.max(this.#last_landing, cycle);
  }

  finish(cycles: number): void {
    this.#wanted.forEach((offsets, tile) => {
      for (const offset of offsets.keys()) {
        this.#break("word never delivered", tile, -1, `offset ${offset}`);
      }
    });
    if (cycles !== this.#last_landing + 1) {
      const detail = `${cycles} are given, the last landing is in cycle ${this.#last_landing}`;
      this.#break("cycles are not those of the last landing", -1, -1, detail);
    }
  }

  #break(rule: Rule, tile: number, event: number, detail: string): void {
    if (this.violations.length < VIOLATIONS_MOST) {
      this.violations.push({ rule, tile, event, detail });
    }
  }
}

/** Tile memories hold fewer words than this. */
const WORDS = 2 ** 20;

const sourceWord = (tile: number, offset: number): number => tile * WORDS + offset;
