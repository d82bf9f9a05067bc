/**
 * The ISA string of a hart: `rv32i` followed by any of `m`, `a`, `c`. Zicsr, Zifencei and user
 * mode are always there (rv32.md, section 1), so `_zicsr`, `_zifencei` and `_zca` are accepted
 * and say nothing new, except that `_zca` is the C extension of this project.
 */

export interface Isa {
  readonly text: string;
  readonly m: boolean;
  readonly a: boolean;
  readonly c: boolean;
  /** misa: MXL = 1 (32 bit), one bit a letter, U always (privileged manual, 3.1.1). */
  readonly misa: number;
}

const MISA_MXL_32 = 0x4000_0000;
const SUFFIXES: ReadonlySet<string> = new Set(["zicsr", "zifencei", "zca"]);

/** misa's bit of an extension letter. */
function letterBit(letter: string): number {
  return 1 << (letter.charCodeAt(0) - "a".charCodeAt(0));
}

/** @throws RangeError when the string names anything this hart does not have. */
export function parseIsa(text: string): Isa {
  const [head = "", ...suffixes] = text.toLowerCase().split("_");
  const letters = /^rv32i([mac]*)$/.exec(head)?.[1];
  if (letters === undefined || suffixes.some((s) => !SUFFIXES.has(s))) {
    throw new RangeError(`isa "${text}": want rv32i with any of m, a, c`);
  }
  const m = letters.includes("m");
  const a = letters.includes("a");
  const c = letters.includes("c") || suffixes.includes("zca");
  const flags = [...(m ? "m" : ""), ...(a ? "a" : ""), ...(c ? "c" : ""), "i", "u"];
  const misa = flags.reduce((bits, letter) => bits | letterBit(letter), MISA_MXL_32);
  return { text, m, a, c, misa: misa >>> 0 };
}
