import fc from "fast-check";
import { expect, test } from "vitest";
import { readJson } from "../../../host/machine/index.js";
import { mistake } from "./fixture.js";

test("what JSON can write is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), fc.boolean(), (value, spaced) => {
      const text = JSON.stringify(value, null, spaced ? 2 : undefined);
      expect(JSON.stringify(readJson(text, "x").value)).toBe(JSON.stringify(JSON.parse(text)));
    }),
    { seed: 20261122, numRuns: 500 },
  );
});

test.each([
  ["a byte order mark", "\ufeff[1]", [1]],
  ["comments of both kinds", "// a\n[ /* b // */ 1, // c", undefined],
  ["comments closed", "// a\n[ /* b // */ 1 // c\n]", [1]],
  ["a comma before a bracket", '{"a": [1, 2,],}', { a: [1, 2] }],
  ["two slashes in a string", '["http://x"]', ["http://x"]],
  ["escapes", '["\\u0041\\n\\"\\/\\\\"]', ['A\n"/\\']],
  ["two commas", "[1,,2]", undefined],
  ["a comma alone", "[,]", undefined],
  ["a leading zero", "[01]", undefined],
  ["a number that is too long for its kind", "[1.]", undefined],
  ["single quotes", "['a']", undefined],
  ["nothing", "  // only a comment", undefined],
] as const)("%s", (_, text, value) => {
  if (value === undefined) expect(mistake(() => readJson(text, "x")).code).toBe("E101");
  else expect(readJson(text, "x").value).toEqual(value);
});

test("deep nesting is refused before the stack ends", () => {
  expect(mistake(() => readJson("[".repeat(100_000), "x")).what).toContain("nested deeper");
});

test("a path leads to the line of its key, or of the nearest parent there is", () => {
  const document = readJson('{\n "a": {\n  "b": [\n   1,\n   2 ] } }', "x");
  const lines = [[], ["a"], ["a", "b"], ["a", "b", 1], ["a", "z"]].map(document.lineOf);
  expect(lines).toEqual([1, 2, 3, 5, 2]);
});
