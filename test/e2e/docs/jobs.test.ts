/** The worked examples of docs/jobs.md do what the page says. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildHost, PROGRAM } from "../../support/cli.js";

const PAGE = readFileSync("docs/jobs.md", "utf8");
const blocks = (language: string): string[] =>
  [...PAGE.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(
    ([, text = ""]) => text,
  );

describe("the worked examples", () => {
  const folder = mkdtempSync(join(tmpdir(), "hotspare-docs-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(async () => {
    await buildHost();
    const shim = join(folder, "hotspare");
    writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
    chmodSync(shim, 0o755);
  });

  /** A block as a script in an empty folder; any command that fails ends it. */
  function run(script: string): string {
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    const options = { cwd: folder, env, encoding: "utf8", timeout: 60_000 } as const;
    return execFileSync("/bin/sh", ["-e", "-c", script], options);
  }

  test("a session on a PTY is recorded for as long as it runs", () => {
    const [live = ""] = blocks("sh");
    const limited = live.replace("/tmp/board", join(folder, "board")).trimEnd();
    run(`${limited} --for 100ms 2>log; grep "ready board.uart0=" log`);
    expect(run("hotspare replay live.hsr")).toContain("replay equals the recording");
  });

  test("what was typed replays without a port", () => {
    expect(run(blocks("sh")[1]!)).toContain('"outcome":"halt"');
  });

  test("the timing test is the one that runs beside this file", () => {
    const file = readFileSync("test/e2e/docs/timing.test.ts", "utf8");
    expect(blocks("ts")).toEqual([file]);
  });

  test("the exchange is verified, and repair changes no time", () => {
    const output = run(blocks("sh")[2]!);
    expect(output).toContain('"verified":true');
    expect(output).toContain('"differences":0');
  });
});
