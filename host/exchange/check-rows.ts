/**
 * The checker of one tile's row, by itself: what the words alone can break, with the event at
 * which it happens. It decodes, and knows nothing of the compiler. What needs all rows together,
 * such as clashes of a landing, is found by running them.
 */

import { type Chip, MEMORY_BASE } from "./geometry.js";
import { decodeInstruction, eventsOf, type RowInstruction, wordsOf } from "./rows.js";

export type RowRule =
  | "the row begins with no barrier"
  | "a second barrier"
  | "an unknown word, or a sendpicp that is not 8-byte aligned"
  | "the row leaves memory or has no return"
  | "words after the return"
  | "a send reads outside memory"
  | "a format or a paired mux, which 32-bit exchanges do not use"
  | "64-bit items are later work";

export interface RowProblem {
  readonly rule: RowRule;
  readonly event: number;
  /** Index of the word in the row. */
  readonly word: number;
}

/** Problems of a row that lies at a byte address; an empty list if there is none. */
export function checkRow(chip: Chip, address: number, words: ArrayLike<number>): RowProblem[] {
  const problems: RowProblem[] = [];
  const memory_end = MEMORY_BASE + chip.memory_bytes;
  let event = 0;
  let outgoing = MEMORY_BASE / 4;
  let sctl = 0;
  let barriers = 0;
  for (let i = 0; i < words.length; ) {
    const report = (rule: RowRule) => problems.push({ rule, event, word: i });
    const instruction = decodeInstruction(words, i, address + 4 * i);
    const { op } = instruction;
    if (address + 4 * (i + wordsOf(op)) > memory_end) break;
    if (op === "unknown") report("an unknown word, or a sendpicp that is not 8-byte aligned");
    if (op === "unknown") return problems;
    if (op === "sync" && ++barriers > 1) report("a second barrier");
    if (eventsOf(instruction) > 0 && barriers === 0) report("the row begins with no barrier");
    if (usesPairing(instruction)) report(PAIRING);
    if (op === "return") {
      if (i + 1 < words.length) report("words after the return");
      return problems;
    }
    if (op === "send" || op === "sendpicp") outgoing = instruction.address ?? 0;
    if (op === "sendoff") outgoing += instruction.delta ?? 0;
    if (op.startsWith("send")) {
      sctl = instruction.sctl ?? sctl;
      const end = outgoing + eventsOf(instruction);
      const outside = 4 * outgoing < MEMORY_BASE || 4 * end > memory_end;
      if (sctl !== 0 && outside) report("a send reads outside memory");
      if (sctl & 4) report("64-bit items are later work");
      outgoing = end;
    }
    event += eventsOf(instruction);
    i += wordsOf(op);
  }
  problems.push({ rule: "the row leaves memory or has no return", event, word: words.length });
  return problems;
}

const PAIRING = "a format or a paired mux, which 32-bit exchanges do not use";
/** Bit 13 of a sendpicp's inline control chooses the paired form. */
const XPIC_PAIRED = 1 << 13;

function usesPairing({ op, sel, csel, psel, xpic }: RowInstruction): boolean {
  if (op === "sendpic") return csel === 1 || csel === 3;
  if (op === "sendpicp") return psel === 1 || ((xpic ?? 0) & XPIC_PAIRED) !== 0;
  return sel === 1;
}
