/**
 * The E4xx codes of firmware that cannot be loaded, and the one way in which the readers of this
 * folder raise them. Codes are stable; docs/errors.md lists them.
 */

import { UserError } from "../error/index.js";

/** Code and meaning of every error that `host/guest` raises. */
export const ELF_ERRORS = {
  E401: "the file is not an ELF file",
  E402: "the ELF is for another architecture (class, byte order, version or machine)",
  E403: "the ELF is not a linked, static executable",
  E404: "a header of the ELF is truncated, malformed or points outside of the file",
  E405: "a segment of the ELF is malformed",
  E406: "segments of the ELF overlap in memory",
  E407: "the ELF needs an ABI that no hart here can run",
  E408: "a symbol or string table of the ELF is malformed",
  E409: "a count in the ELF exceeds what hotspare accepts",
  E410: "the ELF has nothing to load",
  E411: "the attributes section of the ELF is malformed",
  E412: "the memory signature cannot be written",
} as const;

export type ElfErrorCode = keyof typeof ELF_ERRORS;

const REBUILD_HINT =
  "the file looks truncated or corrupt: build it again and compare sizes (readelf -a shows more)";

/** Raises an E4xx error about `file`; without a hint it advises to build the file again. */
export function refuse(
  code: ElfErrorCode,
  file: string,
  what: string,
  hint: string = REBUILD_HINT,
): never {
  throw new UserError(code, what, { file }, hint);
}

/** A number as the errors show it: `0x1f`. */
export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
