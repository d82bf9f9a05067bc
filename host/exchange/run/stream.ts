/**
 * The stream of an exchange: every word with the logical tile and the event at which it landed.
 * Equal streams mean equal data in equal cycles, whatever silicon carries them. Gathered by tile,
 * since a fabric reports landings of different tiles in no fixed order.
 */

import { exchangeError } from "../errors.js";
import type { LandingSink } from "./runner.js";

/** Landings kept, at 8 bytes each: four times the largest benchmark (our choice). */
const LANDINGS_MOST = 150_000_000;

/** Events and words of one tile, in order, as pairs. */
class Lane {
  #pairs = new Uint32Array(32);
  #length = 0;

  add(event: number, word: number): void {
    if (this.#length === this.#pairs.length) {
      const wider = new Uint32Array(2 * this.#length);
      wider.set(this.#pairs);
      this.#pairs = wider;
    }
    this.#pairs[this.#length++] = event;
    this.#pairs[this.#length++] = word;
  }

  get pairs(): Uint32Array {
    return this.#pairs.subarray(0, this.#length);
  }
}

export class LandingStream {
  readonly #lanes: Lane[];
  /** Words landed so far. */
  count = 0;

  /** @param logical logical tile of every visible one. */
  constructor(
    readonly logical: ArrayLike<number>,
    tiles: number,
  ) {
    this.#lanes = Array.from({ length: tiles }, () => new Lane());
  }

  /** Throws E134 for more landings than anybody has memory for. */
  readonly sink: LandingSink = (tile, event, _source, _address, word) => {
    if (++this.count > LANDINGS_MOST) {
      const what = `more than ${LANDINGS_MOST} words land`;
      throw exchangeError("E134", what, "exchange", "move fewer words in one exchange");
    }
    this.#lanes[this.logical[tile]!]!.add(event, word);
  };

  /**
   * The bytes that a digest is made of, in parts: for every landing, by ascending logical tile and
   * then in the order of landing, tile, event and word as 32-bit little-endian numbers.
   */
  *bytes(): Generator<Uint8Array> {
    for (let tile = 0; tile < this.#lanes.length; tile++) {
      const { pairs } = this.#lanes[tile]!;
      const bytes = new Uint8Array(6 * pairs.length);
      const view = new DataView(bytes.buffer);
      for (let i = 0; i < pairs.length; i += 2) {
        view.setUint32(6 * i, tile, true);
        view.setUint32(6 * i + 4, pairs[i]!, true);
        view.setUint32(6 * i + 8, pairs[i + 1]!, true);
      }
      yield bytes;
    }
  }
}
