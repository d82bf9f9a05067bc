/** A real GDB on two-nodes: what it sees, and that the machine stays what it was. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { buildHost, hotspareJson, PROGRAM, Running } from "../../support/cli.js";
import { requireClient } from "../../support/clients.js";

const gdb = requireClient("gdb-multiarch", "gdb-multiarch");
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PREBUILT = join(ROOT, "firmware-models/two-nodes/prebuilt");
const START = [
  "set confirm off",
  "set pagination off",
  "set architecture riscv:rv32",
  `file ${PREBUILT}/node-a.elf`,
];

beforeAll(buildHost);

/** Runs GDB with these commands; its whole output. */
function batch(commands: readonly string[]): Promise<string> {
  const args = [...START, ...commands].flatMap((command) => ["-ex", command]);
  const child = spawn(gdb!, ["-q", "-nx", "--batch", ...args], { cwd: ROOT });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      output += data;
    });
  }
  const timer = setTimeout(() => child.kill(), 40_000);
  return new Promise((resolve) => {
    child.on("close", () => {
      clearTimeout(timer);
      resolve(output);
    });
  });
}

/** A debugged run; GDB's output, and the result of the run once GDB has let it go. */
async function debugged(duration: string, commands: (port: string) => readonly string[]) {
  const run = new Running(["run", "two-nodes", "--for", duration, "--gdb", "0", "--json"]);
  await run.sees(/gdb listening on 127\.0\.0\.1:\d+/);
  const [, port = ""] = /gdb listening on \S+:(\d+)/.exec(run.stderr)!;
  const output = await batch(commands(port));
  await run.ended;
  return { output, result: JSON.parse(run.stdout) };
}

/** The parts of the output behind lines `echo @NAME`. */
function parts(output: string): ReadonlyMap<string, string> {
  const rows = output.split(/^@/m).slice(1);
  return new Map(rows.map((row) => [row.split("\n")[0]!, row.slice(row.indexOf("\n") + 1)]));
}

const mark = (name: string) => `echo @${name}\\n`;

describe.skipIf(gdb === undefined)("gdb on two-nodes", () => {
  test("a session of every kind leaves the digest of a free run", async () => {
    const free = hotspareJson(["run", "two-nodes", "--for", "40ms"]).json;
    const { output, result } = await debugged("40ms", (port) => [
      `target remote 127.0.0.1:${port}`,
      mark("threads"),
      "info threads",
      mark("csr"),
      "p/x $misa",
      "p $mcycle",
      mark("break a"),
      "break main thread 1",
      "continue",
      "delete",
      "set $ticks = &node.ticks",
      mark("break b"),
      `add-symbol-file ${PREBUILT}/node-b.elf`,
      "break check_amo",
      "thread 2",
      "continue",
      "p $_thread",
      "continue",
      "p $_thread",
      "delete",
      mark("step"),
      "p $pc",
      "set $before = $pc",
      "stepi",
      "p $pc != $before",
      mark("memory"),
      "x/2xw 0x90000000",
      "x/1xb 0x10000005",
      mark("back"),
      "reverse-stepi",
      "p $pc == $before",
      mark("watch"),
      "thread 1",
      "watch *$ticks",
      "continue",
      "p *$ticks",
      mark("unwatch"),
      "reverse-continue",
      "p *$ticks",
      "delete",
      "detach",
    ]);
    const part = parts(output);
    expect(part.get("threads")).toMatch(/1\s+Thread 1 "a" \(running\)/);
    expect(part.get("threads")).toMatch(/2\s+Thread 2 "b" \(running\)/);
    expect(part.get("csr")).toContain("= 0x40101105");
    expect(part.get("break a")).toMatch(/Thread 1 "a" hit .*main \(\)/);
    expect(part.get("break b")).toMatch(/Thread \d "(a|b)" hit/);
    const threads = [...part.get("break b")!.matchAll(/^\$\d+ = (\d)$/gm)].map((m) => m[1]);
    expect(threads.sort(), "both harts stop at the check").toEqual(["1", "2"]);
    expect(part.get("step")).toMatch(/= 1$/m);
    expect(part.get("memory")).toMatch(/0x90000000:\s+0x/);
    expect(part.get("memory")).toMatch(/0x10000005:\s+0x/);
    expect(part.get("back")).toMatch(/= 1$/m);
    expect(part.get("watch")).toMatch(/Old value = 0[\s\S]*New value = 1/);
    expect(part.get("unwatch")).toMatch(/Old value = 1[\s\S]*New value = 0/);
    expect(result).toMatchObject({ outcome: "done", exitCode: 0, time_ps: free.time_ps });
    expect(result.digest).toBe(free.digest);
    expect(result.harts).toEqual(free.harts);
  });

  test("a debugger comes again after a detach, and ends the run with kill", async () => {
    const run = new Running(["run", "two-nodes", "--gdb", "127.0.0.1:0", "--json"]);
    await run.sees(/gdb listening on/);
    const [, port = ""] = /gdb listening on \S+:(\d+)/.exec(run.stderr)!;
    const first = await batch([`target remote :${port}`, "monitor time", "detach"]);
    expect(first).toMatch(/^0 ps$/m);
    const second = await batch([`target remote :${port}`, "monitor time", "kill"]);
    expect(Number(/^(\d+) ps$/m.exec(second)![1]), "it ran on in between").toBeGreaterThan(0);
    expect(await run.ended).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ outcome: "done" });
  });

  test("GDB starts the run itself, with the protocol on stdin and stdout", async () => {
    const output = await batch([
      `target remote | ${process.execPath} ${PROGRAM} run two-nodes --for 1ms --gdb stdio`,
      "break main",
      "continue",
      "info registers pc",
      "delete",
      "continue",
    ]);
    expect(output).toMatch(/hit Breakpoint 1, main/);
    expect(output).toContain("exited normally");
  });

  test("Ctrl-C stops a machine that runs, and a second client is turned away", async () => {
    const run = new Running(["run", "two-nodes", "--gdb", "0"]);
    await run.sees(/gdb listening on/);
    const [, port = ""] = /gdb listening on \S+:(\d+)/.exec(run.stderr)!;
    const output = await batch([
      `target remote :${port}`,
      "python import threading, os, signal, time",
      "python threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()",
      "continue",
      mark("stopped"),
      "monitor time",
      "info threads",
      `python import socket; print("second:", socket.create_connection(("127.0.0.1", ${port})).recv(1))`,
      "kill",
    ]);
    expect(output).toMatch(/SIGINT/);
    expect(parts(output).get("stopped")).toMatch(/^[1-9]\d+ ps$/m);
    expect(output).toContain("second: b''");
    expect(await run.ended).toBe(0);
  });
});
