/** What a run with a fault came to. The rules in order; the first that fits is the class. */

import type { ScenarioResult, Sign } from "./scenario-run.js";

export const CLASSES = [
  "masked",
  "recovered",
  "degraded",
  "detected",
  "wrong-output",
  "hang",
  "violation",
  "invalid",
] as const;
export type RunClass = (typeof CLASSES)[number];

export const CLASS_MEANINGS: Readonly<Record<RunClass, string>> = {
  masked: "everything as expected, and nothing noticed",
  recovered: "noticed and got over",
  degraded: "goes on with less, as designed",
  detected: "noticed; what was expected may be missing",
  "wrong-output": "not as expected, and nobody noticed",
  hang: "no progress any more",
  violation: "an invariant does not hold",
  invalid: "the fault did not fire, or a bug of hotspare: shows nothing",
};

/** Signs count when there are more of them than in the clean run. */
export type SignCounts = Readonly<Record<Sign, number>>;

export function classify(result: ScenarioResult, clean: SignCounts): RunClass {
  if (result.faults.some(({ fired }) => !fired)) return "invalid";
  const failed = result.expectations.filter(({ ok }) => !ok);
  if (failed.some(({ violation }) => violation)) return "violation";
  const seen = (sign: Sign) => result.signs[sign] > clean[sign];
  if (failed.length > 0) {
    if (seen("detected")) return "detected";
    return result.hang ? "hang" : "wrong-output";
  }
  if (result.hang) return seen("detected") ? "detected" : "hang";
  if (seen("recovered")) return "recovered";
  if (seen("degraded")) return "degraded";
  return seen("detected") ? "detected" : "masked";
}
