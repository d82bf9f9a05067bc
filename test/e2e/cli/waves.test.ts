/** `--vcd` and `--timeline` of run and trace, as files that other programs read. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildHost, hotspare, hotspareJson } from "../../support/cli.js";
import { requireClient } from "../../support/clients.js";

const folder = mkdtempSync(join(tmpdir(), "hotspare-waves-"));
const file = (name: string) => join(folder, name);
const text = (name: string) => readFileSync(file(name), "utf8");
const vcd2fst = requireClient("vcd2fst", "gtkwave");

const RUN = ["run", "two-nodes", "--quiet", "--for", "50ms"];
const MS = 1_000_000_000;

beforeAll(async () => {
  await buildHost();
  const files = ["--vcd", file("run.vcd"), "--timeline", file("run.json")];
  expect(hotspare([...RUN, ...files]).status).toBe(0);
  const traced = ["--trace", file("short.trace"), "--vcd", file("short.vcd")];
  expect(hotspare(["run", "two-nodes", "--quiet", "--for", "4ms", ...traced]).status).toBe(0);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** Names of the signals with their scopes; times; identifiers that change but were not declared. */
function readVcd(dump: string) {
  const scopes: string[] = [];
  const names = new Map<string, string>();
  const [head = "", body = ""] = dump.split("$enddefinitions $end\n");
  for (const line of head.split("\n")) {
    const [word, , third, id, name] = line.split(" ");
    if (word === "$scope") scopes.push(third!);
    if (word === "$upscope") scopes.pop();
    if (word === "$var") names.set(id!, [...scopes, name!.replace(/\[.*/, "")].join("."));
  }
  const lines = body.trimEnd().split("\n");
  const times = lines.filter((line) => line.startsWith("#")).map((line) => Number(line.slice(1)));
  const changes = lines.filter((line) => /^[01xzb]/.test(line));
  const unknown = changes
    .map((line) => (line.startsWith("b") ? line.split(" ")[1]! : line.slice(1)))
    .filter((id) => !names.has(id));
  const initial = lines.slice(0, lines.indexOf("$end"));
  return { names: [...names.values()], ids: names, times, changes, unknown, initial };
}

/** Initial value of a scalar. */
function initialOf(dump: string, path: string): string | undefined {
  const { ids, initial } = readVcd(dump);
  const id = [...ids].find(([, name]) => name === path)?.[0];
  return initial.find((line) => line.slice(1) === id)?.[0];
}

describe("a waveform of 50 ms of two nodes", () => {
  test("declares what changes, in times that rise to the end of the run", () => {
    const { names, times, changes, unknown } = readVcd(text("run.vcd"));
    expect(names).toEqual(expect.arrayContaining(["two_nodes.a.running", "two_nodes.b.asleep"]));
    expect(names).toContain("two_nodes.a.uart0.tx");
    expect(changes.length).toBeGreaterThan(100);
    expect(unknown).toEqual([]);
    expect(times).toEqual([...times].sort((x, y) => x - y));
    expect(times.at(-1)).toBe(50 * MS);
  });

  test("shows pc where --trace or --trace-kinds records instructions, and only there", () => {
    expect(readVcd(text("short.vcd")).names).toContain("two_nodes.a.pc");
    const run = ["run", "two-nodes", "--quiet", "--for", "1ms", "--vcd"];
    expect(hotspare([...run, file("plain.vcd")]).status).toBe(0);
    expect(readVcd(text("plain.vcd")).names).not.toContain("two_nodes.a.pc");
    expect(hotspare([...run, file("pc.vcd"), "--trace-kinds", "retire"]).status).toBe(0);
    expect(readVcd(text("pc.vcd")).names).toContain("two_nodes.a.pc");
  });

  test("has single bits with --vcd-split", () => {
    expect(hotspare([...RUN, "--vcd", file("split.vcd"), "--vcd-split"]).status).toBe(0);
    expect(text("split.vcd")).not.toMatch(/^\$var \w+ ([2-9]|\d\d)/m);
    expect(text("split.vcd")).not.toMatch(/^b/m);
  });

  test("does not change the run", () => {
    const [plain, shown] = [[], ["--vcd", file("same.vcd"), "--timeline", file("same.pftrace")]];
    const digests = [plain, shown].map((more) => hotspareJson([...RUN, ...more]).json.digest);
    expect(digests[0]).toBe(digests[1]);
    expect(statSync(file("same.pftrace")).size).toBeGreaterThan(1000);
  });

  test.skipIf(vcd2fst === undefined)("is read by vcd2fst without a complaint", () => {
    const { status, stderr } = spawnSync(vcd2fst!, [file("run.vcd"), file("run.fst")]);
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: "" });
    expect(statSync(file("run.fst")).size).toBeGreaterThan(1000);
  });
});

describe("a timeline of 50 ms of two nodes", () => {
  test("has a process for each node and no event outside of the run", () => {
    const { traceEvents } = JSON.parse(text("run.json"));
    const processes = traceEvents.filter(
      (event: { name: string }) => event.name === "process_name",
    );
    expect(processes.map((event: { args: { name: string } }) => event.args.name).sort()).toEqual([
      "a",
      "b",
    ]);
    const times = traceEvents.flatMap(({ ts }: { ts?: number }) => ts ?? []);
    expect(Math.max(...times)).toBe(50_000);
  });
});

describe("a trace file", () => {
  test("gives waveform and timeline too, and prints nothing then", () => {
    const files = ["--vcd", file("trace.vcd"), "--timeline", file("trace.json")];
    const { status, stdout, stderr } = hotspare(["trace", file("short.trace"), ...files]);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
    const { names, unknown } = readVcd(text("trace.vcd"));
    expect(unknown).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(["two_nodes.a.pc", "two_nodes.a.uart0.tx"]));
    expect(JSON.parse(text("trace.json")).traceEvents.length).toBeGreaterThan(100);
  });
});

describe("a run from a snapshot", () => {
  test("begins with the activity and the levels that the state holds", () => {
    const snapshot = ["--snapshot-at", `600ms=${file("at.snapshot")}`];
    const board = ["run", "console-board", "--quiet"];
    expect(hotspare([...board, "--for", "601ms", ...snapshot]).status).toBe(0);
    const from = ["--from", file("at.snapshot"), "--for", "1ms", "--vcd", file("from.vcd")];
    expect(hotspare([...board, ...from]).status).toBe(0);
    const dump = text("from.vcd");
    expect(initialOf(dump, "console_board.board.asleep")).toBe("1");
    expect(initialOf(dump, "console_board.board.running")).toBe("0");
    expect(readVcd(dump).times[0]).toBe(600 * MS);
  });
});

/** Options that are refused, and with which code. */
const REFUSED = [
  [["--vcd-split"], "E206"],
  [["--trace-kinds", "trap"], "E206"],
  [["--vcd", "/nowhere/at/all.vcd"], "E208"],
  [["--timeline", "/nowhere/at/all.pftrace"], "E208"],
] as const;

describe("options of waveforms", () => {
  test.each(REFUSED)("%j alone is refused with %s", (options, code) => {
    const { status, json } = hotspareJson([...RUN, ...options]);
    expect({ status, code: json.error.code }).toEqual({ status: 2, code });
  });
});
