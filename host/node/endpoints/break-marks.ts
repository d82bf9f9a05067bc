/**
 * Breaks on a received line, as termios reports them with PARMRK set and IGNBRK, BRKINT and
 * IGNPAR clear: a break is FF 00 00, a received FF is FF FF, a character with an error FF 00 and
 * the character. Source: POSIX.1, 11.2.2 (input modes).
 */

/** The words for `stty` that switch this on. */
export const MARK_WORDS: readonly string[] = ["parmrk", "-ignbrk", "-brkint", "-ignpar"];

const MARK = 0xff;

export type Marked = Uint8Array | "break";

export class BreakMarks {
  /** How much of a mark has been seen: nothing, FF, or FF 00. */
  private seen: 0 | 1 | 2 = 0;

  /** Bytes and breaks in order. Marks may be cut anywhere between two calls. */
  decode(bytes: Uint8Array): Marked[] {
    if (this.seen === 0 && !bytes.includes(MARK)) return [bytes];
    const found: Marked[] = [];
    let plain: number[] = [];
    for (const byte of bytes) {
      if (this.seen === 2 && byte === 0) {
        if (plain.length > 0) found.push(Uint8Array.from(plain));
        plain = [];
        found.push("break");
        this.seen = 0;
      } else if (this.seen === 1 && byte === 0) {
        this.seen = 2;
      } else if (this.seen === 0 && byte === MARK) {
        this.seen = 1;
      } else {
        // FF before anything but FF or 00 was received before marks were switched on.
        if (this.seen === 1 && byte !== MARK) plain.push(MARK);
        plain.push(byte);
        this.seen = 0;
      }
    }
    if (plain.length > 0) found.push(Uint8Array.from(plain));
    return found;
  }
}
