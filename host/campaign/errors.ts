/** Codes of fault files, scenarios and campaigns, and how their mistakes are raised. */

import { type Place, UserError } from "../error/index.js";

export const CAMPAIGN_ERRORS = {
  E121: "a faults file or scenario has a key that nothing reads, or a value of the wrong type",
  E122: "a fault of a file is malformed, or does not fit the machine",
  E124: "a scenario or faults file cannot be found or read",
  E210: "a fault on the command line is malformed, or does not fit the machine",
} as const;

export const CAMPAIGN_ERROR_ROWS = Object.entries(CAMPAIGN_ERRORS).map(([code, meaning]) => ({
  code,
  meaning,
}));

/** Raises a mistake in a fault: its code says whether it stands in a file or on a command line. */
export function refuseFault(place: Place, what: string, hint: string): never {
  throw new UserError("file" in place ? "E122" : "E210", what, place, hint);
}
