import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { COMMANDS, GLOBAL_OPTIONS } from "../../../host/cli/table.js";

const PAGE = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");
const flagOf = (flags: string) => flags.split(" ")[0]!;
const options = [...COMMANDS.flatMap((row) => row.options), ...GLOBAL_OPTIONS];

describe("docs/cli.md", () => {
  test.each(COMMANDS.map(({ usage }) => usage.split(" ")[0]!))("tells of the command %s", (name) =>
    expect(PAGE).toMatch(new RegExp(`^\\| \`${name}[ \`]`, "m")),
  );

  test.each([...new Set(options.map(({ flags }) => flagOf(flags)))])("tells of %s", (flag) =>
    expect(PAGE).toMatch(new RegExp(`${flag}(?![a-z-])`)),
  );

  test("tells of no option that does not exist", () => {
    const known = new Set([...options.map(({ flags }) => flagOf(flags)), "--help"]);
    const told = [...PAGE.matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag);
    expect(told.filter((flag) => !known.has(flag))).toEqual([]);
  });
});
