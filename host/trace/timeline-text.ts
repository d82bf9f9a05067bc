/** Characters of one direction of a UART, gathered to lines of text. */

import type { TimelineSink, Track } from "./timeline-sink.js";
import type { Frame } from "./vcd-uart.js";

/** A pause of this many frames ends a line of text (our choice). */
const GAP_FRAMES = 4n;
/** So does this length, for binary protocols (our choice). */
const LINE_CHARACTERS = 256;
const NEWLINE = 0x0a;

const NAMES: Readonly<Record<number, string>> = {
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  13: "\\r",
  27: "\\e",
  32: "space",
};

/** How a character is written where it stands alone. */
export function characterName(byte: number | null): string {
  if (byte === null) return "break";
  const known = NAMES[byte];
  if (known !== undefined) return known;
  if (byte > 32 && byte < 127) return String.fromCharCode(byte);
  return `0x${byte.toString(16).padStart(2, "0")}`;
}

/** How it is written within a line of text. */
function inText(byte: number | null): string {
  if (byte === 32) return " ";
  const name = characterName(byte);
  return name.startsWith("0x") ? `\\x${name.slice(2)}` : byte === null ? "<break>" : name;
}

/**
 * A slice a line, named by its text, with a slice a character in it. A line is over at a newline,
 * at a pause, or when it is long, so its slices are written up to a line later than they begin.
 */
export class TextTrack {
  private frames: Frame[] = [];

  constructor(
    private readonly track: Track,
    private readonly sink: TimelineSink,
  ) {}

  add(frame: Frame): void {
    const last = this.frames.at(-1);
    const gap = GAP_FRAMES * (frame.end_ps - frame.start_ps);
    if (last !== undefined && frame.start_ps - last.end_ps > gap) this.flush();
    this.frames.push(frame);
    if (frame.byte === NEWLINE || this.frames.length === LINE_CHARACTERS) this.flush();
  }

  flush(): void {
    const { frames, sink, track } = this;
    if (frames.length === 0) return;
    this.frames = [];
    const text = frames.map(({ byte }) => inText(byte)).join("");
    const start_ps = atLeastZero(frames[0]!.start_ps);
    sink.begin(track, start_ps, text, [["time_ps", start_ps.toString()]]);
    let end_ps = start_ps;
    for (const frame of frames) {
      const begin_ps = frame.start_ps > end_ps ? frame.start_ps : end_ps;
      end_ps = frame.end_ps > begin_ps ? frame.end_ps : begin_ps;
      sink.begin(track, begin_ps, characterName(frame.byte), [["time_ps", begin_ps.toString()]]);
      sink.end(track, end_ps);
    }
    sink.end(track, end_ps);
  }
}

function atLeastZero(time_ps: bigint): bigint {
  return time_ps < 0n ? 0n : time_ps;
}
