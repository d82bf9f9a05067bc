/**
 * Where an exchange keeps its words in tile memory, equal on all tiles:
 *
 *     0x40000                            source        destination     rows
 *     | reserved (program of the core) | buffers       | buffers       | code     |
 *
 * Each part begins at an element of its own, so that no fetch, send read and landing ever meet in
 * one element (section 4): a clash depends on placement alone.
 */

import { exchangeError } from "./errors.js";
import { type Chip, ELEMENT_BYTES, MEMORY_BASE } from "./geometry.js";
import type { TransferSet } from "./transfers.js";

/** Byte addresses. */
export interface Placement {
  readonly source_base: number;
  readonly destination_base: number;
  readonly code_base: number;
  /** First byte after the tile's memory. */
  readonly end: number;
}

/** Kept for the program of the tile's core: one element (our choice). */
export const RESERVED_BYTES = ELEMENT_BYTES;

/** Places the buffers of one or several sets that share them. Throws E134 if they do not fit. */
export function placeBuffers(chip: Chip, sets: readonly TransferSet[]): Placement {
  let source_words = 0;
  let destination_words = 0;
  for (const set of sets) {
    for (let t = 0; t < set.count; t++) {
      const words = set.words[t]!;
      source_words = Math.max(source_words, set.source_offset[t]! + words);
      for (let k = set.first[t]!; k < set.first[t + 1]!; k++) {
        destination_words = Math.max(destination_words, set.destination_offset[k]! + words);
      }
    }
  }
  const source_base = MEMORY_BASE + RESERVED_BYTES;
  const destination_base = source_base + elements(source_words) * ELEMENT_BYTES;
  const code_base = destination_base + elements(destination_words) * ELEMENT_BYTES;
  const end = MEMORY_BASE + chip.memory_bytes;
  if (code_base >= end) throw tooLarge(chip, "the buffers", code_base - MEMORY_BASE);
  return { source_base, destination_base, code_base, end };
}

const elements = (words: number): number => Math.ceil((4 * words) / ELEMENT_BYTES);

/** E134: what does not fit, and how many bytes it would need. */
export function tooLarge(chip: Chip, what: string, bytes: number): Error {
  return exchangeError(
    "E134",
    `${what} need ${bytes} bytes of tile memory, ${chip.name} has ${chip.memory_bytes}`,
    "--words",
    "move fewer words in one exchange, or use fewer tiles",
  );
}
