/** Codes of the exchange compiler: mistakes in chips, defects, patterns, plans and row files. */

import { UserError } from "../error/index.js";

export const EXCHANGE_ERRORS = {
  E130: "a tile chip is of no known preset, or its geometry is impossible",
  E131: "a defect lies outside the chip, or a column has two",
  E132: "an exchange pattern is unknown or its parameters do not fit",
  E133: "an exchange plan is malformed, contradicts itself or exceeds a limit",
  E134: "an exchange does not fit in the memory of a tile",
  E135: "an exchange row holds a field that its encoding cannot hold",
  E136: "a file of exchange rows is malformed, or places words outside of tile memory",
} as const;

export const EXCHANGE_ERROR_ROWS = Object.entries(EXCHANGE_ERRORS).map(([code, meaning]) => ({
  code,
  meaning,
}));

/** A UserError of this room; `where` is the option or file that holds the mistake. */
export function exchangeError(
  code: keyof typeof EXCHANGE_ERRORS,
  what: string,
  where: string,
  hint: string,
): UserError {
  return new UserError(code, what, { argument: where }, hint);
}
