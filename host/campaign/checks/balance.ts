/**
 * `balance`: two sums of words agree at the end, up to `within`: what one side has sent, the other
 * has received or counts as lost. `left` and `right` are lists of NODE/SYMBOL+OFFSET.
 */

import { refuseScenario } from "../errors.js";
import { memoryPlace } from "../monitors.js";
import type { CheckMaker, CheckScope } from "./index.js";

export const balance: CheckMaker = (given, scope) => {
  const left = places(given.left, "left", scope);
  const right = places(given.right, "right", scope);
  const within = given.within ?? 0;
  if (typeof within !== "number" || !(within >= 0)) {
    return refuseScenario(scope.place, "within is no number", "give how far the sums may differ");
  }
  return {
    finish: ({ machine }) => {
      const sum = (list: readonly number[]) =>
        list.reduce((total, address) => total + machine.peekLinear(address, 4), 0);
      const [a, b] = [sum(left), sum(right)];
      const ok = Math.abs(a - b) <= within;
      return { ok, detail: ok ? null : `${a} on the left, ${b} on the right` };
    },
  };
};

function places(names: unknown, side: string, { image, place }: CheckScope): number[] {
  if (!Array.isArray(names) || names.length === 0) {
    return refuseScenario(place, `balance needs "${side}"`, "a list of NODE/SYMBOL+OFFSET");
  }
  return names.map((name) => memoryPlace(String(name), image, place));
}
