import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../../host/cli/table.js";
import { buildHost, hotspare, hotspareJson, PROGRAM, Running } from "../../support/cli.js";

const folder = mkdtempSync(join(tmpdir(), "hotspare-frame-"));
const file = (name: string) => join(folder, name);

beforeAll(() => {
  writeFileSync(file("broken.json"), '{ "machine": "x", "clokcs": {} }');
  writeFileSync(file("notes.txt"), "hello\n");
  writeFileSync(file("program.elf"), "\x7fELF\x01\x01");
  const head = "# hotspare trace 1 machine=m\n000000000000010 board sleep\n";
  writeFileSync(file("small.trace"), head);
  writeFileSync(file("damaged.trace"), `${head}000000000000020 board trap pc=0x1 "x\n`);
  return buildHost();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A user's mistakes: command line, exit code, start of the message, what the hint holds. */
const MISTAKES = [
  [["runn"], 2, "E200 runn: unknown command 'runn'", "did you mean run?"],
  [["run", "console-board", "--fo", "1s"], 2, "E200 --fo: unknown option '--fo'", "--for"],
  [["run", "console-board", "--paced", "--free"], 2, "E206 --paced: ", ""],
  [["exec"], 2, "E200 elf: missing required argument 'elf'", ""],
  [["exec", "a", "b"], 2, "E200 exec: too many arguments", ""],
  [["exec", file("notes.txt")], 4, `E401 ${file("notes.txt")}: `, ""],
  [["exec", file("absent.elf")], 4, `E420 ${file("absent.elf")}: `, "check the path"],
  [
    ["run", "consol-board"],
    3,
    'E120 consol-board: there is no model "consol-board"',
    "console-board",
  ],
  [["run", file("broken.json")], 3, `E103 ${file("broken.json")}:1: `, 'did you mean "clocks"?'],
  [["run", "console-board", "--for", "10"], 2, 'E203 --for: "10" is not a time', "10ms"],
  [["run", "console-board", "--until", "uart"], 2, "E204 --until: ", "uart:NODE.uartN:TEXT"],
  [["run", "console-board", "--until", "pc:board=mian"], 2, "E205 --until: ", "main"],
  [
    ["run", "console-board", "--serial", "board.uart0"],
    2,
    "E246 --serial: ",
    "--serial board.uart0=pty",
  ],
  [["run", "console-board", "--serial", "board.uart9=none"], 2, "E201 ", "board.uart0"],
  [["run", "two-nodes", "--serial", "a.uart1=none"], 2, "E201 --serial: ", "free: a.uart0"],
  [["run", "console-board", "--serial", "board.uart0=tcp:127.0.0.1:1"], 5, "E508 ", ""],
  [["run", "console-board", "--firmware", "bord=x"], 4, "E420 ", ""],
  [["run", "console-board", "--trace-kinds", "trap"], 2, "E206 --trace-kinds: ", "--trace"],
  [["replay", file("notes.txt")], 3, `E150 ${file("notes.txt")}: `, "--record"],
  [["trace", file("notes.txt")], 3, `E160 ${file("notes.txt")}:1: `, "--trace"],
  [["diff", file("notes.txt"), file("absent")], 3, `E160 ${file("absent")}: `, ""],
  [
    ["run", "console-board", "--for", "1ms", "--snapshot-at", `2ms=${file("late")}`],
    2,
    "E206 --snapshot-at: the run ends at 1000000000 ps",
    "earlier",
  ],
  [["run", file("program.elf")], 3, `E120 ${file("program.elf")}: this is a program`, "exec"],
  [["run", ""], 3, "E120 machine file: no machine file is named", ""],
  [["describe", file("small.trace")], 3, `E120 ${file("small.trace")}: this is a trace`, "trace"],
  [["run", "console-board", "--trace="], 2, "E208 --trace: no file is named", ""],
  [["run", "console-board", "--for", "1s", "--for", "2s"], 2, "E207 --for: --for is given", ""],
  [["run", "console-board", "--from", "x", "--seed", "2"], 2, "E206 --seed: ", "leave out"],
  [["run", "two-nodes", "--until", "trace:a.trap:cuase=1"], 2, "E205 --until: ", '"cause"?'],
  [["run", "two-nodes", "--until", "trace:a.trap:cause=one"], 2, "E205 --until: ", "an integer"],
  [["run", "two-nodes", "--until", "trace:a.trap:name=brekapoint"], 2, "E205 ", '"breakpoint"?'],
  [["run", "two-nodes", "--until", "trace:a.bus:target=a.gpoi"], 2, "E205 ", '"a.gpio"?'],
  [["trace", file("small.trace"), "--event", "tarp"], 2, "E209 --event: ", '"trap"?'],
  [["trace", file("small.trace"), "--unit", "baord"], 2, "E209 --unit: ", '"board"?'],
  [["trace", file("damaged.trace")], 3, `E160 ${file("damaged.trace")}:3: `, "damaged"],
  [["help", "rnu"], 2, "E200 rnu: unknown command 'rnu'", "did you mean run?"],
  [["bench", "siev"], 2, "E209 siev: ", "sieve"],
  [["completion", "tcsh"], 2, "E200 tcsh: ", "bash"],
] as const;

describe("a user's mistake", () => {
  test.each(MISTAKES)("hotspare %j exits with %i", (args, exitCode, message, hint) => {
    const { status, stdout, stderr } = hotspare(args);
    expect({ status, stdout }).toEqual({ status: exitCode, stdout: "" });
    const [first, second, ...rest] = stderr.trimEnd().split("\n");
    expect(first!.slice(0, message.length)).toBe(message);
    expect(second).toMatch(/^hint: ./);
    expect(second).toContain(hint);
    expect(rest).toEqual([]);
  });

  test("with --json it is one object on stdout, and in the file of --result", () => {
    const result = file("error.json");
    const args = ["run", "console-board", "--for", "10", "--json", "--result", result];
    const { status, stdout, stderr } = hotspare(args);
    expect({ status, stderr }).toEqual({ status: 2, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: "E203",
        message: '"10" is not a time',
        place: "--for",
        hint: expect.stringContaining("10ms"),
      },
    });
    expect(readFileSync(result, "utf8")).toBe(stdout);
  });

  test("stdio and --json exclude each other", () => {
    const args = ["run", "console-board", "--serial", "board.uart0=stdio"];
    expect(hotspareJson(args)).toMatchObject({ status: 2, json: { error: { code: "E206" } } });
  });
});

describe("a bug of ours", () => {
  // A package that has lost its core: what no user can be blamed for.
  const root = join(folder, "package");
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, "dist/host/cli/main.js"), ...args], {
      encoding: "utf8",
    });

  beforeAll(() => {
    const whole = join(PROGRAM, "../../../..");
    cpSync(join(whole, "dist"), join(root, "dist"), { recursive: true });
    cpSync(join(whole, "firmware-models"), join(root, "firmware-models"), { recursive: true });
    cpSync(join(whole, "package.json"), join(root, "package.json"));
    symlinkSync(join(whole, "node_modules"), join(root, "node_modules"));
  });

  test("exits with 6, says how to report it, and has a stack trace with --verbose only", () => {
    const { status, stdout, stderr } = run("run", "console-board", "--seed", "7");
    expect({ status, stdout }).toEqual({ status: 6, stdout: "" });
    expect(stderr).toMatch(/^BUG hotspare: a bug of hotspare 0\.1\.0: .*core\.wasm is missing/);
    expect(stderr).toMatch(
      /\nhint: please report it .*: hotspare run console-board --seed 7 --verbose\n$/,
    );
    expect(stderr).not.toMatch(/\n +at /);
    expect(run("run", "console-board", "--verbose").stderr).toMatch(/\n +at /);
  });

  test("with --json it is an error object", () => {
    const { status, stdout } = run("run", "console-board", "--json");
    expect({ status, error: JSON.parse(stdout).error }).toMatchObject({
      status: 6,
      error: { code: "BUG" },
    });
  });
});

describe("help", () => {
  test.each(COMMANDS.map(({ usage }) => [usage.split(" ")[0]!]))(
    "%s --help has examples",
    (name) => {
      const { status, stdout } = hotspare([name, "--help"]);
      expect(status).toBe(0);
      expect(stdout).toContain(`Usage: hotspare ${name}`);
      expect(stdout).toMatch(/\nExamples:\n {2}hotspare /);
      expect(stdout).toContain("--json");
    },
  );

  test("--version prints the package's version", () => {
    expect(hotspare(["--version"])).toMatchObject({ status: 0, stdout: "0.1.0\n" });
  });
});

describe("output", () => {
  test("stdout carries results only; stderr has no colour and no progress in a pipe", () => {
    const { stdout, stderr } = hotspare(["run", "console-board", "--for", "1ms"]);
    expect(stdout).toMatch(/^done at 1 ms/);
    expect(stderr).toMatch(/^ready\n/);
    expect(stdout + stderr).not.toContain("\x1b");
  });

  test("--quiet leaves only the line that other programs wait for; --log-file keeps all", () => {
    const log = file("run.log");
    const args = ["run", "console-board", "--for", "1ms", "--quiet", "--log-file", log];
    expect(hotspare(args).stderr).toBe("ready\n");
    expect(readFileSync(log, "utf8")).toMatch(/^ready\nno endpoint: /);
  });

  test("a reader that goes away ends it without a word", () => {
    const trace = file("long.trace");
    hotspare(["run", "console-board", "--for", "100ms", "--trace", trace, "--quiet"]);
    const script = `"${process.execPath}" "${PROGRAM}" trace "${trace}" | head -1`;
    const { stdout, stderr, status } = spawnSync("bash", ["-o", "pipefail", "-c", script], {
      encoding: "utf8",
    });
    expect({ stdout, stderr, status }).toEqual({
      stdout: "# hotspare trace 1 machine=console-board\n",
      stderr: "",
      status: 0,
    });
  });

  test("the second SIGINT ends it at once", async () => {
    // A TCP client that never reads holds a free run at its end, while it writes out.
    const run = new Running(["run", "console-board", "--serial", "board.uart0=tcp-listen:0"]);
    await run.sees(/^ready /m);
    run.child.kill("SIGINT");
    run.child.kill("SIGINT");
    expect(await run.ended).toBe(130);
  });
});

describe("completion", () => {
  test("the bash script parses and offers commands, options and models", () => {
    const script = file("completion.bash");
    writeFileSync(script, hotspare(["completion", "bash"]).stdout);
    const offer = (line: string, index: number) => {
      const words = line
        .split(" ")
        .map((word) => `'${word}'`)
        .join(" ");
      const code = `source ${script}; COMP_WORDS=(${words}); COMP_CWORD=${index}; _hotspare; echo "\${COMPREPLY[@]}"`;
      return spawnSync("bash", ["-u", "-c", code], {
        encoding: "utf8",
        cwd: folder,
      }).stdout.trim();
    };
    expect(offer("hotspare repl", 1)).toBe("replay");
    expect(offer("hotspare exec --max", 2)).toBe("--max-cycles");
    expect(offer("hotspare run console", 2)).toBe("console-board");
  });

  test.each(["zsh", "fish"])("the %s script names every command", (shell) => {
    const { status, stdout } = hotspare(["completion", shell]);
    expect(status).toBe(0);
    for (const { usage } of COMMANDS) expect(stdout).toContain(usage.split(" ")[0]);
  });
});

describe("the small commands", () => {
  test("models lists what run takes", () => {
    const { json } = hotspareJson(["models"]);
    const names = json.models.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(["console-board", "two-nodes"]));
  });

  test("describe prints the address map and what is not modelled", () => {
    const { stdout } = hotspare(["describe", "console-board", "--svg", file("board.svg")]);
    expect(stdout).toContain("0x8000_0000..0x8001_ffff");
    expect(stdout).toMatch(/not modelled/);
    expect(readFileSync(file("board.svg"), "utf8")).toMatch(/^<svg/);
  });

  test("schema prints a JSON Schema, ports a list, doctor its checks", () => {
    expect(hotspareJson(["schema"]).json).toMatchObject({ type: "object" });
    expect(hotspareJson(["ports"]).json.ports).toBeInstanceOf(Array);
    const { status, json } = hotspareJson(["doctor"]);
    expect({ status, ok: json.ok }).toEqual({ status: 0, ok: true });
  });
});
