/**
 * Words of exchange rows in the Mk2 encoding. Source: tile-processor.md section 4, from the public
 * reverse engineering of the C600. Fields of counts hold n-1.
 *
 *            31    26 25        21 20        14 13      3 2    0
 *   send     01111 |  n-1 (6)   |  word address (18)    | sctl |
 *   sendoff  01110 |  n-1 low 6 | 0 | n-1 high 6 | delta | sctl |
 *   sendpic  01110 |  n-1 (6)   | 1 | csel |    value (18)     |
 *   sendpicp 1111  psel | n-1 (6) | word address (18)   | sctl |   then (xpic 14) << 18 | pic 18
 *   delaypic 011000   n-1 (7) sel  value (18)
 *   delayxpic 011001  n-1 (12) sel value (13)
 */

import { exchangeError } from "./errors.js";

export type RowOp =
  | "sync"
  | "sans"
  | "delay"
  | "delaypic"
  | "delayxpic"
  | "send"
  | "sendoff"
  | "sendpic"
  | "sendpicp"
  | "return"
  | "unknown";

/** A field of an instruction: where its bits lie and what is subtracted before it is stored. */
interface Field {
  readonly name: FieldName;
  readonly shift: number;
  readonly bits: number;
  /** The high part of a count that is split: it begins at this bit of the value. */
  readonly from?: number;
  /** Bits of the whole value. */
  readonly total: number;
}

type FieldName = "n" | "zone" | "sel" | "value" | "address" | "delta" | "sctl" | "csel" | "psel";

/** One instruction with its fields by name; only those of its form are present. */
export interface RowInstruction {
  readonly op: RowOp;
  /** Events it takes (1..), or for `sans` the number of barriers less one. */
  readonly n?: number;
  readonly zone?: number;
  /** delaypic: 0 incoming pointer, 1 format; delayxpic: 0 own mux, 1 paired. */
  readonly sel?: number;
  readonly value?: number;
  /** Absolute word address: byte address / 4. */
  readonly address?: number;
  /** Words added to the outgoing address before a sendoff, 0..2047. */
  readonly delta?: number;
  readonly sctl?: number;
  readonly csel?: number;
  readonly psel?: number;
  /** sendpicp: 14 bits, bit 13 = sel of delayxpic. */
  readonly xpic?: number;
  /** sendpicp: 18 bits, what psel says. */
  readonly pic?: number;
  /** The word itself, of an unknown one. */
  readonly word?: number;
}

interface Form {
  readonly op: RowOp;
  readonly match: number;
  readonly mask: number;
  /** True if the count field holds n-1. */
  readonly counted: boolean;
  readonly fields: readonly Field[];
}

const field = (name: FieldName, shift: number, bits: number): Field => ({
  name,
  shift,
  bits,
  total: bits,
});

/** In the order of section 4's table. Masks leave out exactly the bits that fields use. */
export const ROW_FORMS: readonly Form[] = [
  form("sync", 0x41800000, false, [field("zone", 0, 4)]),
  form("sans", 0x40c00000, false, [field("n", 0, 8)]),
  form("delay", 0x40a00000, true, [field("n", 0, 19)]),
  form("delaypic", 0x60000000, true, [
    field("n", 19, 7),
    field("sel", 18, 1),
    field("value", 0, 18),
  ]),
  form("delayxpic", 0x64000000, true, [
    field("n", 14, 12),
    field("sel", 13, 1),
    field("value", 0, 13),
  ]),
  form("send", 0x78000000, true, [field("n", 21, 6), field("address", 3, 18), field("sctl", 0, 3)]),
  form("sendoff", 0x70000000, true, [
    { name: "n", shift: 21, bits: 6, total: 12 },
    { name: "n", shift: 14, bits: 6, from: 6, total: 12 },
    field("delta", 3, 11),
    field("sctl", 0, 3),
  ]),
  form("sendpic", 0x70100000, true, [
    field("n", 21, 6),
    field("csel", 18, 2),
    field("value", 0, 18),
  ]),
  form("sendpicp", 0xf0000000, true, [
    field("psel", 27, 1),
    field("n", 21, 6),
    field("address", 3, 18),
    field("sctl", 0, 3),
  ]),
  form("return", 0x43a00000, false, []),
];

function form(op: RowOp, match: number, counted: boolean, fields: readonly Field[]): Form {
  let used = 0;
  for (const { shift, bits } of fields) used |= (2 ** bits - 1) << shift;
  return { op, match, mask: ~used >>> 0, counted, fields };
}

const FORM_OF = new Map(ROW_FORMS.map((f) => [f.op, f]));
const XPIC_SHIFT = 18;
const XPIC_MASK = 0x3fff;
const PIC_MASK = 0x3ffff;

/** Largest n of each counted form: n-1 fills its field. */
export const COUNT_MOST: Readonly<Record<string, number>> = Object.fromEntries(
  ROW_FORMS.filter((f) => f.counted).map((f) => {
    const total = f.fields.find(({ name }) => name === "n")?.total ?? 0;
    return [f.op, 2 ** total];
  }),
);

/** The words of one instruction: one, or two for sendpicp. Throws E135 for a value too wide. */
export function encodeInstruction(instruction: RowInstruction): number[] {
  const { op } = instruction;
  const f = FORM_OF.get(op);
  if (!f) {
    if (op === "unknown" && instruction.word !== undefined) return [instruction.word];
    throw tooWide(op, "op", 0, 0);
  }
  let word = f.match;
  for (const { name, shift, bits, from = 0, total } of f.fields) {
    const held = (instruction[name] ?? 0) - (name === "n" && f.counted ? 1 : 0);
    if (!Number.isInteger(held) || held < 0 || held >>> total !== 0) {
      throw tooWide(op, name, held, total);
    }
    word |= ((held >> from) & ((1 << bits) - 1)) << shift;
  }
  if (op !== "sendpicp") return [word >>> 0];
  const { xpic = 0, pic = 0 } = instruction;
  if (xpic < 0 || xpic > XPIC_MASK) throw tooWide(op, "xpic", xpic, 14);
  if (pic < 0 || pic > PIC_MASK) throw tooWide(op, "pic", pic, 18);
  return [word >>> 0, ((xpic << XPIC_SHIFT) | pic) >>> 0];
}

function tooWide(op: string, name: string, value: number, bits: number): Error {
  return exchangeError(
    "E135",
    `${name} = ${value} does not fit ${op}`,
    "exchange row",
    `the field has ${bits} bits; counts hold n-1`,
  );
}

/**
 * The instruction at word `index` of a row, `byte_address` being where that word lies: a sendpicp
 * that is not 8-byte aligned is an unknown word, and so is one whose second word is missing.
 */
export function decodeInstruction(
  words: ArrayLike<number>,
  index: number,
  byte_address: number,
): RowInstruction {
  const word = (words[index] ?? 0) >>> 0;
  const f = ROW_FORMS.find(({ match, mask }) => (word & mask) >>> 0 === match);
  if (!f) return { op: "unknown", word };
  const out: Record<string, number> = {};
  for (const { name, shift, bits, from = 0 } of f.fields) {
    const value = (word >>> shift) & (2 ** bits - 1);
    out[name] = (out[name] ?? 0) | (value << from);
  }
  if (f.counted) out.n = (out.n ?? 0) + 1;
  if (f.op === "sendpicp") {
    if (byte_address % 8 !== 0 || index + 1 >= words.length) return { op: "unknown", word };
    const inline = words[index + 1]! >>> 0;
    out.xpic = inline >>> XPIC_SHIFT;
    out.pic = inline & PIC_MASK;
  }
  return { op: f.op, ...out };
}

/** Words that the instruction occupies. */
export function wordsOf(op: RowOp): number {
  return op === "sendpicp" ? 2 : 1;
}

/** Events that it occupies: none for sync, sans and return (our choice in section 3). */
export function eventsOf(instruction: RowInstruction): number {
  return FORM_OF.get(instruction.op)?.counted ? (instruction.n ?? 0) : 0;
}

const HEX_FIELDS: ReadonlySet<string> = new Set(["address", "value", "xpic", "pic", "word"]);

/** `send n=4 address=0x10400 sctl=1`: one instruction for reports. */
export function instructionText(instruction: RowInstruction): string {
  const parts = Object.entries(instruction).filter(([name]) => name !== "op");
  const text = parts.map(([name, value]) =>
    HEX_FIELDS.has(name) ? `${name}=0x${(value as number).toString(16)}` : `${name}=${value}`,
  );
  return [instruction.op, ...text].join(" ");
}

/** A whole row, one line an instruction, each with the event at which it begins. */
export function rowText(words: ArrayLike<number>, byte_address: number): string {
  const lines: string[] = [];
  let event = 0;
  for (let i = 0; i < words.length; ) {
    const instruction = decodeInstruction(words, i, byte_address + 4 * i);
    lines.push(`${String(event).padStart(7)}  ${instructionText(instruction)}`);
    event += eventsOf(instruction);
    i += wordsOf(instruction.op);
  }
  return lines.join("\n");
}
