/** Integers, sizes and ranges of addresses on the command line. Grammar: docs/cli.md. */

import { UserError } from "../../error/index.js";
import { readInteger, readSize } from "../../machine/quantities.js";

const MAX_U64 = (1n << 64n) - 1n;
const ADDRESS_MAX = 0xffff_ffffn;

function refuse(text: string, argument: string, want: string): never {
  throw new UserError(
    "E202",
    `"${text}" is not ${want}`,
    { argument },
    `write for example 0x8000_0000, 4096 or 64K`,
  );
}

/**
 * An integer, decimal or 0x hex, `_` allowed between digits, 0 to `max`.
 * @throws UserError E202.
 */
export function parseInteger(text: string, argument: string, max: bigint = MAX_U64): bigint {
  const value = readInteger(text);
  if (value === undefined || value > max) refuse(text, argument, `an integer from 0 to ${max}`);
  return value;
}

/** A 32-bit guest address. @throws UserError E202. */
export function parseAddress(text: string, argument: string): number {
  return Number(parseInteger(text, argument, ADDRESS_MAX));
}

/** `BASE:SIZE`; the size may have a suffix K, M or G (1024^n). @throws UserError E202. */
export function parseRange(text: string, argument: string): { base: number; size: number } {
  const [base, size, ...rest] = text.split(":");
  const bytes = size === undefined ? undefined : readSize(size);
  if (base === undefined || bytes === undefined || rest.length > 0 || bytes > ADDRESS_MAX + 1n) {
    refuse(text, argument, "BASE:SIZE");
  }
  return { base: parseAddress(base, argument), size: Number(bytes) };
}
