/** Codes of fault files, scenarios and campaigns, and how their mistakes are raised. */

import { type Place, UserError } from "../error/index.js";

export const CAMPAIGN_ERRORS = {
  E121: "a faults file or scenario has a key that nothing reads, or a value of the wrong type",
  E122: "a fault of a file is malformed, or does not fit the machine",
  E123: "a scenario contradicts itself, or names something that the machine does not have",
  E124: "a scenario or faults file cannot be found or read",
  E125: "a folder of results belongs to another campaign, is incomplete or damaged",
  E210: "a fault on the command line is malformed, or does not fit the machine",
  E213: "options of a campaign contradict each other, or it has nothing to do",
} as const;

export const CAMPAIGN_ERROR_ROWS = Object.entries(CAMPAIGN_ERRORS).map(([code, meaning]) => ({
  code,
  meaning,
}));

/** Raises a mistake in a fault: its code says whether it stands in a file or on a command line. */
export function refuseFault(place: Place, what: string, hint: string): never {
  throw new UserError("file" in place ? "E122" : "E210", what, place, hint);
}

/** Raises a mistake in a scenario. */
export function refuseScenario(place: Place, what: string, hint: string): never {
  throw new UserError("E123", what, place, hint);
}

/** Runs something that raises command-line errors; in a scenario they are the scenario's. */
export function asScenario<Value>(place: Place, look: () => Value): Value {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return refuseScenario(place, error.what, error.hint);
  }
}
