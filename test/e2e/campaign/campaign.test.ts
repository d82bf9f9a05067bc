/** `hotspare campaign`: the same bytes for any number of jobs, shards, resumed runs; replays. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildHost, hotspare } from "../../support/cli.js";

const folder = mkdtempSync(join(tmpdir(), "hotspare-campaign-"));
const at = (...names: string[]) => join(folder, ...names);
const FILES = ["results.jsonl", "summary.txt", "junit.xml", "index.html", "campaign.json"];
const WATCHDOG = "console-board/watchdog";
const SWEEP = [WATCHDOG, "--every", "10ms", "--window", "40ms..120ms"];

beforeAll(buildHost);
afterAll(() => rmSync(folder, { recursive: true }));

function campaign(...args: string[]) {
  const { status, stdout, stderr } = hotspare(["campaign", ...args, "--json"]);
  return { status, stderr, json: JSON.parse(stdout) };
}

function same(a: string, b: string): void {
  for (const file of FILES) {
    expect(readFileSync(at(b, file), "utf8"), file).toBe(readFileSync(at(a, file), "utf8"));
  }
}

describe("campaign", () => {
  test("tells runs, classes and violations; 1 job, 2 jobs, shards and resumes give equal files", () => {
    const one = campaign(...SWEEP, "--jobs", "1", "--out", at("one"));
    expect(one.status).toBe(0);
    expect(one.json).toMatchObject({
      runs: 24,
      fired: 24,
      classes: { masked: 16, recovered: 8, violation: 0, invalid: 0 },
      violations: [],
    });
    expect(campaign(...SWEEP, "--jobs", "2", "--out", at("two")).status).toBe(0);
    same("one", "two");
    for (const shard of ["1", "2", "3"]) {
      campaign(...SWEEP, "--shard", `${shard}/3`, "--jobs", "1", "--out", at(`s${shard}`));
    }
    const parts = ["s1", "s2", "s3"].map((name) => at(name));
    expect(campaign("--merge", ...parts, "--out", at("all")).json).toMatchObject({ runs: 24 });
    same("one", "all");
    const results = at("two", "results.jsonl");
    writeFileSync(results, readFileSync(results).subarray(0, 2500));
    expect(campaign(...SWEEP, "--resume", "--out", at("two")).json).toMatchObject({ runs: 24 });
    same("one", "two");
  });

  test("the negative control fails, and each violation's command does it again", () => {
    const off = ["console-board/watchdog-off", "--every", "40ms", "--window", "40ms..120ms"];
    const { status, json } = campaign(...off);
    expect(status).toBe(1);
    expect(json.classes.violation).toBe(2);
    const command: string = json.violations[0].command;
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2]!);
    const again = hotspare([...words.slice(1), "--json"]);
    expect(again.status).toBe(1);
    const { scenario, faults } = JSON.parse(again.stdout);
    expect(scenario.class).toBe("violation");
    expect(faults.at(-1)).toMatchObject({ fired: true });
  });

  test.each([
    [["campaign"], "E213", 2],
    [["campaign", "console-board/nothing"], "E124", 3],
    [["campaign", "nothing"], "E124", 3],
    [["campaign", ...SWEEP, "--jobs", "0"], "E213", 2],
    [["campaign", ...SWEEP, "--shard", "3/2"], "E213", 2],
    [["campaign", WATCHDOG, "--every", "0ps", "--window", "40ms..120ms"], "E213", 2],
    [["campaign", "two-nodes/self-check"], "E213", 2],
    [["campaign", ...SWEEP, "--resume"], "E213", 2],
    [["campaign", WATCHDOG, "--every", "10ms", "--window", "1s..2s"], "E123", 3],
    [["campaign", "--merge", "/nowhere", "--out", "/tmp"], "E125", 3],
    [["run", "two-nodes", "--scenario", "self-chek"], "E124", 3],
    [["run", "two-nodes", "--scenario", "self-check", "--until", "wire:x=1"], "E206", 2],
  ])("hotspare %j is refused with %s", (args, code, status) => {
    const answer = hotspare(args);
    expect(answer.stderr).toMatch(new RegExp(`^${code} .*\nhint: `));
    expect(answer.status).toBe(status);
  });

  test("run --scenario has a verdict, and --for cuts it short", () => {
    const run = hotspare(["run", "two-nodes", "--scenario", "self-check", "--json"]);
    expect(run.status).toBe(0);
    const { outcome, scenario, faults } = JSON.parse(run.stdout);
    expect(outcome).toBe("pass");
    expect(scenario.expectations.every(({ ok }: { ok: boolean }) => ok)).toBe(true);
    expect(faults).toHaveLength(2);
    const cut = hotspare(["run", "two-nodes", "--scenario", "self-check", "--for", "20ms"]);
    expect(cut.status).toBe(42);
  });
});
