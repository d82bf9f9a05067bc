import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { errorPage, errorRows } from "../../../host/cli/error-page.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : [path];
  });
}

describe("error codes", () => {
  test("docs/errors.md is what the tables say", () => {
    expect(readFileSync(join(ROOT, "docs/errors.md"), "utf8")).toBe(errorPage());
  });

  test("no code has two meanings", () => {
    const codes = errorRows().map(({ code }) => code);
    expect(codes.filter((code, n) => codes.indexOf(code) !== n)).toEqual([]);
  });

  test("every code that the host raises is in a table, and every row is raised somewhere", () => {
    const known = new Set(errorRows().map(({ code }) => code));
    const raised = new Set<string>();
    for (const path of sources(join(ROOT, "host")).filter((file) => file.endsWith(".ts"))) {
      // Tables have codes as keys; who raises one writes it in quotes.
      for (const [, code] of readFileSync(path, "utf8").matchAll(/"(E\d\d\d)"/g)) raised.add(code!);
    }
    expect([...raised].filter((code) => !known.has(code))).toEqual([]);
    expect([...known].filter((code) => !raised.has(code))).toEqual([]);
  });
});
