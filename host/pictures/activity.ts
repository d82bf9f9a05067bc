/**
 * What the tiles of an exchange do, cycle by cycle: gathered from rows and landings, drawn by
 * timeline.ts. Cycles count from the release: event e of a tile is cycle start + e.
 */

import {
  type Chip,
  decodeInstruction,
  eventsOf,
  type RowInstruction,
  startOf,
  wordsOf,
} from "../exchange/index.js";

/** Runs of equal doing; run i of a tile is cycle[i] .. cycle[i] + cycles[i] - 1. */
export class Spans {
  count = 0;
  #tile = new Int32Array(1024);
  #cycle = new Int32Array(1024);
  #cycles = new Int32Array(1024);

  /** Adds a run; one that continues the last run of the same tile makes it longer. */
  add(tile: number, cycle: number, cycles: number): void {
    const last = this.count - 1;
    if (last >= 0 && this.#tile[last] === tile) {
      if (this.#cycle[last]! + this.#cycles[last]! === cycle) {
        this.#cycles[last]! += cycles;
        return;
      }
    }
    if (this.count === this.#tile.length) this.#grow();
    this.#tile[this.count] = tile;
    this.#cycle[this.count] = cycle;
    this.#cycles[this.count++] = cycles;
  }

  each(visit: (tile: number, cycle: number, cycles: number) => void): void {
    for (let i = 0; i < this.count; i++) {
      visit(this.#tile[i]!, this.#cycle[i]!, this.#cycles[i]!);
    }
  }

  #grow(): void {
    const wider = (from: Int32Array) => {
      const to = new Int32Array(2 * from.length);
      to.set(from);
      return to;
    };
    this.#tile = wider(this.#tile);
    this.#cycle = wider(this.#cycle);
    this.#cycles = wider(this.#cycles);
  }
}

export interface Activity {
  /** What stands at the tile axis: one name a row of the picture. */
  readonly names: readonly string[];
  /** Cycles from the release that the picture shows. */
  readonly cycles: number;
  readonly sends: Spans;
  readonly landings: Spans;
  readonly mux: Spans;
}

/** A row as the hardware gets it. */
export interface ActivityRow {
  readonly visible: number;
  readonly address: number;
  readonly words: ArrayLike<number>;
}

/** A landing of a run: the receiver's event. */
export interface ActivityLanding {
  readonly tile: number;
  readonly event: number;
}

/**
 * Sends and mux writes come from the rows, landings from the run. `rows` are in the order of the
 * picture, `names` name them. Rows of several barriers are shown up to the second.
 */
export function gatherActivity(
  chip: Chip,
  rows: readonly ActivityRow[],
  names: readonly string[],
  landed: Iterable<ActivityLanding>,
): Activity {
  const activity = {
    names,
    sends: new Spans(),
    landings: new Spans(),
    mux: new Spans(),
  };
  const index = new Map(rows.map(({ visible }, i) => [visible, i]));
  let cycles = 1;
  rows.forEach((row, i) => {
    cycles = Math.max(cycles, walkRow(row, i, startOf(chip, row.visible), activity));
  });
  for (const { tile, event } of landed) {
    const row = index.get(tile);
    if (row === undefined || event < 0) continue;
    const cycle = startOf(chip, tile) + event;
    activity.landings.add(row, cycle, 1);
    cycles = Math.max(cycles, cycle + 1);
  }
  return { ...activity, cycles };
}

/** Follows a row from its first barrier on; returns the cycle after its last event. */
function walkRow(
  { address, words }: ActivityRow,
  tile: number,
  start: number,
  into: Pick<Activity, "sends" | "mux">,
): number {
  let event = 0;
  let sctl = 0;
  let barriers = 0;
  for (let i = 0; i < words.length; ) {
    const instruction = decodeInstruction(words, i, address + 4 * i);
    const { op } = instruction;
    const n = eventsOf(instruction);
    if (op === "sync" && ++barriers === 2) break;
    if (op === "return" || op === "unknown") break;
    if (op.startsWith("send")) {
      sctl = instruction.sctl ?? sctl;
      if ((sctl & 3) !== 0) into.sends.add(tile, start + event, n);
    }
    if (writesMux(instruction)) {
      into.mux.add(tile, start + event + (op === "delayxpic" ? n - 1 : 0), 1);
    }
    event += n;
    i += wordsOf(op);
  }
  return start + event;
}

function writesMux({ op, csel }: RowInstruction): boolean {
  return op === "delayxpic" || op === "sendpicp" || (op === "sendpic" && (csel ?? 0) < 2);
}
