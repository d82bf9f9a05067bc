/** Faults on the command line: docs/faults.md's examples, results, exit codes, replay. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseFaultFile } from "../../../host/campaign/fault-file.js";
import { buildHost, hotspare } from "../../support/cli.js";

const page = readFileSync(new URL("../../../docs/faults.md", import.meta.url), "utf8");
const folder = mkdtempSync(join(tmpdir(), "hotspare-faults-"));
const at = (name: string) => join(folder, name);

beforeAll(buildHost);
afterAll(() => rmSync(folder, { recursive: true }));

/** The words of a command as a shell takes them; only single quotes occur. */
function words(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2]!);
}

describe("docs/faults.md", () => {
  const examples = page.split("\n").filter((line) => line.startsWith("hotspare run"));

  test("has examples", () => expect(examples.length).toBeGreaterThan(5));

  test.each(examples)("%s", (line) => {
    const { status, stdout } = hotspare([...words(line).slice(1), "--json"]);
    expect(status).toBe(0);
    const [fault, ...rest] = JSON.parse(stdout).faults;
    expect(rest).toEqual([]);
    expect(fault).toMatchObject({ id: words(line).at(-1), fired: true });
  });

  test("the example of a file can be read", () => {
    const file = /```jsonc\n(.*?)```/s.exec(page)![1]!;
    expect(parseFaultFile(file, "docs/faults.md")).toHaveLength(6);
  });
});

describe("run with faults", () => {
  test("fails when a fault did not fire, and says which", () => {
    const args = ["run", "console-board", "--for", "1ms", "--inject", "flip@t=2ms:board.x5:bit=1"];
    const { status, stdout } = hotspare([...args, "--json"]);
    expect(status).toBe(1);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ outcome: "fail", exitCode: 1 });
    expect(result.faults).toEqual([
      { id: "flip@t=2ms:board.x5:bit=1", fired: false, time_ps: null, strikes: 0 },
    ]);
    expect(hotspare(args).stdout).toContain("did not fire");
  });

  test("takes a faults file; its mistakes are exit code 3, those of --inject exit code 2", () => {
    writeFileSync(at("good.json"), '{ "faults": ["reset@t=500us:board"] }');
    writeFileSync(at("bad.json"), '{ "faults": [\n"reset@t=500us:bored"] }');
    const run = (...args: string[]) => hotspare(["run", "console-board", "--for", "1ms", ...args]);
    expect(run("--faults", at("good.json"), "--json").status).toBe(0);
    const bad = run("--faults", at("bad.json"));
    expect(bad.status).toBe(3);
    expect(bad.stderr).toMatch(/^E122 .*bad\.json:2: .*\nhint: did you mean "board"\?/);
    expect(run("--faults", at("none.json")).status).toBe(3);
    expect(run("--inject", "reset@t=500us:bored").status).toBe(2);
    expect(run("--inject", "reset").status).toBe(2);
  });

  test("is replayed with its faults, also those of a snapshot that were still to come", () => {
    const inject = ["--inject", "corrupt@t=12ms..16ms:a.uart1.tx:rate=0.1"];
    const first = ["run", "two-nodes", "--for", "60ms", ...inject, "--record", at("a.session")];
    const whole = hotspare([...first, "--snapshot-at", `10ms=${at("a.snapshot")}`, "--json"]);
    expect(whole.status).toBe(0);
    const { digest, faults } = JSON.parse(whole.stdout);
    expect(faults[0].strikes).toBeGreaterThan(1);
    const replay = hotspare(["replay", at("a.session"), "--json"]);
    expect(JSON.parse(replay.stdout)).toMatchObject({ outcome: "pass", digest, faults });
    const rest = ["run", "two-nodes", "--from", at("a.snapshot"), "--for", "50ms", "--json"];
    expect(JSON.parse(hotspare(rest).stdout).digest).toBe(digest);
  });

  test("describe --faults names targets and kinds", () => {
    const { stdout, status } = hotspare(["describe", "two-nodes", "--faults"]);
    expect(status).toBe(0);
    for (const text of ["a.uart1.tx", "duplicate", "out-flip", "pool", "ppm", "trace=UNIT.EVENT"]) {
      expect(stdout).toContain(text);
    }
    const json = JSON.parse(hotspare(["describe", "two-nodes", "--faults", "--json"]).stdout);
    expect(json.machine).toBe("two-nodes");
    expect(hotspare(["schema", "faults"]).status).toBe(0);
  });
});
