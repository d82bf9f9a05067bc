/** One tile's memory, by elements that are made when something is written to them. */

import { ELEMENT_BYTES, MEMORY_BASE } from "./geometry.js";

const ELEMENT_WORDS = ELEMENT_BYTES / 4;

export class TileMemory {
  readonly #elements: (Uint32Array | undefined)[];

  constructor(readonly bytes: number) {
    this.#elements = new Array(bytes / ELEMENT_BYTES).fill(undefined);
  }

  /** Number of the element that holds a word address, or -1 outside memory. */
  elementOf(word_address: number): number {
    const offset = word_address * 4 - MEMORY_BASE;
    return offset >= 0 && offset < this.bytes ? Math.floor(offset / ELEMENT_BYTES) : -1;
  }

  /** The word at a word address inside memory; 0 if it was never written. */
  read(word_address: number): number {
    const element = this.#elements[this.elementOf(word_address)];
    return element ? element[word_address % ELEMENT_WORDS]! : 0;
  }

  /** Writes a word; does nothing outside memory. */
  write(word_address: number, word: number): void {
    const number = this.elementOf(word_address);
    if (number < 0) return;
    this.#elements[number] ??= new Uint32Array(ELEMENT_WORDS);
    this.#elements[number][word_address % ELEMENT_WORDS] = word;
  }
}
