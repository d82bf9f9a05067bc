/** Text files that may be larger than memory, piece by piece. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { UserError } from "../error/index.js";
import { reasonOf } from "./reasons.js";

/** Small enough that what is made of a piece dies young. */
const PIECE_BYTES = 1 << 16;

/**
 * A text that can be read more than once. A pipe gives its bytes only once: those are kept.
 * @throws UserError with the code, here or while pieces are read, when the file cannot be read.
 */
export function textPieces(path: string, code: string, noun: string): () => Generator<string> {
  const attempt = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      const what = `the ${noun} "${path}" cannot be read: ${reasonOf(error)}`;
      throw new UserError(code, what, { file: path }, "check the path and its permissions");
    }
  };
  const file = attempt(() => openSync(path, "r"));
  const regular = fstatSync(file).isFile();
  const kept = regular ? [] : [...bytesOf(file, false, attempt)];
  if (!regular) closeSync(file);
  return function* () {
    const decoder = new TextDecoder();
    for (const bytes of regular ? bytesOf(file, true, attempt) : kept) {
      yield decoder.decode(bytes, { stream: true });
    }
    yield decoder.decode();
  };
}

/** From the start of the file, or from where it stands. */
function* bytesOf(
  file: number,
  fromStart: boolean,
  attempt: <T>(action: () => T) => T,
): Generator<Uint8Array> {
  for (let at = 0; ; ) {
    const bytes = new Uint8Array(PIECE_BYTES);
    const place = fromStart ? at : null;
    const read = attempt(() => readSync(file, bytes, 0, bytes.length, place));
    if (read === 0) return;
    at += read;
    yield bytes.subarray(0, read);
  }
}
