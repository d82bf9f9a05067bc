/**
 * The memory signature of architecture tests: the words between the symbols `begin_signature` and
 * `end_signature`, one a line as eight lower-case hexadecimal digits (the format of RISCOF and of
 * the RISC-V architectural tests).
 */

import { hex, refuse } from "./elf-errors.js";
import type { SymbolTable } from "./symbols.js";

/** Where the signature lies: word-aligned, `end` exclusive. */
export interface SignatureRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Range of the signature.
 * @throws UserError E412 when a symbol is missing, not aligned to a word, or in the wrong order.
 */
export function signatureRange(symbols: SymbolTable, file: string): SignatureRange {
  const [start, end] = ["begin_signature", "end_signature"].map((name) => {
    const symbol = symbols.byName(name);
    if (symbol === undefined) {
      const hint = "define begin_signature and end_signature, or leave out --signature";
      refuse("E412", file, `no symbol \`${name}\``, hint);
    }
    if (symbol.address % 4 !== 0) {
      const what = `\`${name}\` at ${hex(symbol.address)} is not aligned to a word`;
      refuse("E412", file, what, "put .align 2 before the label");
    }
    return symbol.address;
  }) as [number, number];
  if (end < start) {
    const what = `end_signature ${hex(end)} lies before begin_signature ${hex(start)}`;
    refuse("E412", file, what, "swap the labels");
  }
  return { start, end };
}

/** Text of a signature: each word as 8 hexadecimal digits and a newline. */
export function formatSignature(words: Iterable<number>): string {
  let text = "";
  for (const word of words) text += `${(word >>> 0).toString(16).padStart(8, "0")}\n`;
  return text;
}
