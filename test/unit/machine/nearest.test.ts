import { expect, test } from "vitest";
import { nearest } from "../../../host/machine/nearest.js";

const WORDS = ["interrupt", "bus", "uart-tx", "uart-rx", "retire", "trap", "ab"];

test.each([
  ["intrerupt", "interrupt", "two neighbours swapped"],
  ["sub", undefined, "three changes in three letters are another word"],
  ["tarp", "trap", "two neighbours swapped"],
  ["uart-xt", "uart-tx", "swapped at the end, one step, is nearer than two letters replaced"],
  ["ba", "ab", "a swap is one step, which a word of two letters allows"],
  ["RETIER", "retire", "case does not count"],
  ["retyre", "retire", "one letter replaced"],
  ["bu", "bus", "one letter missing"],
  ["x".repeat(100), undefined, "long words are not compared"],
])("%s is taken for %s: %s", (word, found, _why) => {
  expect(nearest(word, WORDS)).toBe(found);
});
