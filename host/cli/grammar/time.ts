/**
 * TIME on the command line: a number and ps, ns, us, ms or s, or an integer and `c` (cycles of the
 * first node's clock) or `c@CLOCK`. Source: the command line's contract, docs/cli.md.
 */

import type { MachineImage } from "../../core/image.js";
import { UserError } from "../../error/index.js";
import { readTime } from "../../machine/time-text.js";

/** Machine time is a u64 of picoseconds; we stop at half of it, 106 days (our choice). */
const MAX_PS = 1n << 63n;
/** Edge k of a clock of r millihertz falls at floor(k x 10^15 / r) ps. Source: architecture, 2. */
const PS_TIMES_MILLI = 10n ** 15n;

/** A time as written: picoseconds, or cycles of a clock (null: the first node's). */
export type TimeText =
  | { readonly ps: bigint }
  | { readonly cycles: bigint; readonly clock: string | null; readonly argument: string };

/** Reads a TIME. @throws UserError E203. */
export function parseTime(text: string, argument: string): TimeText {
  const time = readTime(text);
  if (time === undefined) {
    const hint = "write for example 10ms, 1.5us, 2s, 5000000c or 5000000c@core";
    throw new UserError("E203", `"${text}" is not a time`, { argument }, hint);
  }
  if ("cycles" in time) return { ...time, argument };
  if (time.ps > MAX_PS) throw tooLong(argument);
  return time;
}

/** In picoseconds, on a machine. @throws UserError E203 for a clock that it does not have. */
export function resolveTime(time: TimeText, image: MachineImage): bigint {
  if ("ps" in time) return time.ps;
  const domain =
    time.clock === null
      ? image.domains[image.harts[0]?.domain ?? 0]
      : image.domains.find(({ name }) => name === time.clock);
  if (domain === undefined) {
    const known = image.domains.map(({ name }) => name).join(", ");
    const what = `${image.name} has no clock "${time.clock}"`;
    throw new UserError("E203", what, { argument: time.argument }, `its clocks: ${known}`);
  }
  const ps = (time.cycles * PS_TIMES_MILLI) / domain.rate_mhz;
  if (ps > MAX_PS) throw tooLong(time.argument);
  return ps;
}

function tooLong(argument: string): UserError {
  return new UserError("E203", "the time is too long", { argument }, "at most 106 days");
}
