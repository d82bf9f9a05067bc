/** What a person sees on a terminal: runs under script(1), whose output is one for all streams. */

import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { buildHost, PROGRAM } from "../../support/cli.js";
import { requireClient } from "../../support/clients.js";

const script = requireClient("script", "bsdutils");
const REMOVE_LINE = "\x1b[K";

beforeAll(buildHost);

function onTerminal(command: string): string {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: "1" };
  delete env.CI;
  const line = `stty cols 80; ${process.execPath} ${PROGRAM} ${command}`;
  const options = { encoding: "utf8", env, input: "", timeout: 30_000 } as const;
  return spawnSync(script!, ["-qfc", line, "/dev/null"], options).stdout;
}

describe.skipIf(script === undefined)("on a terminal", () => {
  test("a guest on stdio has the lines to itself", () => {
    const shown = onTerminal("run console-board --serial board.uart0=stdio --for 400ms");
    expect(shown).toContain("console-board ready");
    expect(shown).not.toContain(REMOVE_LINE);
  });

  test("a run with a PTY says how to reach the guest, and shows a line of whole parts", () => {
    const shown = onTerminal("run console-board --serial board.uart0=pty --for 400ms");
    expect(shown).toMatch(/^talk to board\.uart0: picocom (\/dev\/pts\/\d+), screen \1 115200, /m);
    const lines = shown.split(`\r${REMOVE_LINE}`).slice(1, -1);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).toMatch(/^ {2}0\.\d{3} s {2}board\.uart0 in {5}0 out {1,4}\d+ {2}late .*\)$/);
    }
  });

  test("a run that is over within 100 ms shows no line", () => {
    const shown = onTerminal("run console-board --for 1ms");
    expect(shown).toContain("done at 1 ms");
    expect(shown).not.toContain(REMOVE_LINE);
  });

  test("--quiet gives no advice and no line", () => {
    const shown = onTerminal("run console-board --serial board.uart0=pty --for 300ms --quiet");
    expect(shown).toContain("ready board.uart0=pty:");
    expect(shown).not.toContain("talk to");
    expect(shown).not.toContain(REMOVE_LINE);
  });
});
