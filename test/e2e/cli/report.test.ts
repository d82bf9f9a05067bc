/** `hotspare run --report`: the drive of a motor as a page and as a picture. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildHost, hotspare } from "../../support/cli.js";

const folder = mkdtempSync(join(tmpdir(), "hotspare-report-"));
const file = (name: string) => join(folder, name);
const run = (model: string, report: string) =>
  hotspare(["run", model, "--quiet", "--for", "6ms", "--report", file(report)]);

beforeAll(() => buildHost(), 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe("--report", () => {
  test.each([
    ["drive.html", /^<!doctype html>/],
    ["drive.svg", /^<svg /],
  ])("writes %s", (name, start) => {
    expect(run("dual-block-ecu", name).status).toBe(0);
    expect(readFileSync(file(name), "utf8")).toMatch(start);
  });

  test.each([
    ["a machine without a motor", "two-nodes", "x.html", /E206.*has no motor/],
    ["a name of another kind", "dual-block-ecu", "x.png", /E206.*neither a page nor a picture/],
  ])("refuses %s with a hint", (_, model, name, message) => {
    const { status, stderr } = run(model, name);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).toContain("hint");
  });
});
