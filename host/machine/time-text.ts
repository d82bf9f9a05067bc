/**
 * TIME as text: a number and ps, ns, us, ms or s, or an integer and `c` (cycles of the first node's
 * clock) or `c@CLOCK`. Grammar: docs/cli.md.
 */

import { readInteger, readTime_ps } from "./quantities.js";

const CYCLES = /^([0-9][0-9_]*|0[xX][0-9a-fA-F_]+)c(?:@(.+))?$/;

/** A time as written: picoseconds, or cycles of a clock (null: the first node's). */
export type TimeWords =
  | { readonly ps: bigint }
  | { readonly cycles: bigint; readonly clock: string | null };

/** Undefined for text that is no time. */
export function readTime(text: string): TimeWords | undefined {
  const parts = CYCLES.exec(text);
  const cycles = parts ? readInteger(parts[1]!) : undefined;
  if (cycles !== undefined) return { cycles, clock: parts![2] ?? null };
  const ps = readTime_ps(text);
  return ps === undefined ? undefined : { ps };
}
