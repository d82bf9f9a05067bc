/** What a command writes: checked before the work, kept when something fails in the middle of it. */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jal, R } from "../../../host/reference/assembler.js";
import { buildHost, hotspare, hotspareJson, PROGRAM } from "../../support/cli.js";
import { instructionBytes, writeElf } from "../../support/elf-writer.js";

const folder = mkdtempSync(join(tmpdir(), "hotspare-outputs-"));
const file = (name: string) => join(folder, name);
const BOARD = ["run", "console-board", "--quiet", "--for", "1ms"];
const DIFFERENT_TWICE = [
  ["--trace", "one", "--record", "one"],
  ["--vcd", "one", "--timeline", "./one"],
  ["--record", "one", "--result", "one"],
  ["--snapshot-at", "1us=one", "--snapshot-at", "2us=one"],
  ["--log-file", "one", "--trace", "one"],
  ["--serial", "board.uart0=file:one", "--trace", "one"],
];
const WRITERS = [
  ["--trace", "absent/x"],
  ["--vcd", "absent/x"],
  ["--timeline", "absent/x"],
  ["--record", "absent/x"],
  ["--snapshot-at", "1us=absent/x"],
  ["--result", "absent/x"],
  ["--log-file", "absent/x"],
  ["--trace", "folder"],
  ["--record", "note.txt/x"],
];

/** Runs in the folder of the tests, so that names may be relative. */
function inFolder(args: readonly string[], input = "") {
  const options = { cwd: folder, encoding: "utf8", input, timeout: 60_000 } as const;
  return spawnSync(process.execPath, [PROGRAM, ...args], options);
}

function shell(script: string) {
  const program = `"${process.execPath}" "${PROGRAM}"`;
  const text = `set -o pipefail; ${script.replaceAll("HOTSPARE", program)}`;
  return spawnSync("bash", ["-c", text], { cwd: folder, encoding: "utf8", timeout: 60_000 });
}

beforeAll(async () => {
  mkdirSync(file("folder"));
  writeFileSync(file("note.txt"), "kept\n");
  await buildHost();
  const made = ["--trace", file("run.trace"), "--record", file("run.session")];
  expect(hotspare([...BOARD, ...made]).status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a file", () => {
  test.each(DIFFERENT_TWICE)("named by %s %s and %s %s is refused", (...options) => {
    const { status, stderr } = inFolder([...BOARD, ...options]);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^E206 .* would both write "[./]*one"\nhint: give each a file of its own/,
    );
    expect(existsSync(file("one"))).toBe(false);
  });

  test.each([
    ["trace", "run.trace", "--vcd", "run.trace"],
    ["trace", "run.trace", "--result", "./run.trace"],
    ["replay", "run.session", "--trace", "run.session"],
    ["run", "console-board", "--for", "1ms", "--from", "run.session", "--record", "run.session"],
  ])("that hotspare %s %s %s %s... reads is not overwritten", (...args) => {
    const read = () =>
      ["run.session", "run.trace"].map((name) => readFileSync(file(name), "latin1"));
    const before = read();
    const { status, stderr } = inFolder(args);
    expect({ status, code: stderr.slice(0, 4) }).toEqual({ status: 2, code: "E206" });
    expect(stderr).toContain("would overwrite");
    expect(read()).toEqual(before);
  });

  test.each(WRITERS)("that %s %s cannot write is refused before the run", (...options) => {
    const before = readdirSync(folder);
    const first = options.includes("--trace") ? "--vcd" : "--trace";
    const { status, stderr } = inFolder([...BOARD, first, "first", ...options]);
    expect({ status, code: stderr.slice(0, 4) }).toEqual({ status: 2, code: "E208" });
    expect(stderr).toMatch(/(its folder does not exist|it is a folder|is not a folder)\nhint: /);
    expect(readdirSync(folder)).toEqual(before);
  });

  test("that several may share, /dev/null, is no file named twice", () => {
    expect(inFolder([...BOARD, "--trace", "/dev/null", "--vcd", "/dev/null"]).status).toBe(0);
  });
});

describe("a recording is kept", () => {
  test("when the reader of stdout goes away, quietly and with success", () => {
    const options = "--free --serial board.uart0=stdio --record gone.session";
    const script = `HOTSPARE run console-board ${options} < <(echo status; sleep 30 2>/dev/null) | head -c 20`;
    const { status, stderr } = shell(script);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^ready board\.uart0=stdio\n$/);
    const { status: replayed, json } = hotspareJson(["replay", file("gone.session")]);
    expect({ replayed, difference: json.difference }).toEqual({ replayed: 0, difference: null });
  });

  test("when the disk of the trace is full; the run ends with E208 and its port is closed", () => {
    const options = ["--trace", "/dev/full", "--record", "full.session"];
    const { status, stderr } = inFolder(["run", "console-board", "--for", "100ms", ...options]);
    expect(status).toBe(2);
    expect(stderr).toContain('E208 --trace: "/dev/full" cannot be written: the disk is full');
    const { json } = hotspareJson(["replay", file("full.session")]);
    expect({ outcome: json.outcome, recorded: json.recorded.outcome }).toEqual({
      outcome: "pass",
      recorded: "error",
    });
  });
});

test("a log that cannot be written is said once, and the command goes on", () => {
  const { status, stderr } = inFolder(
    [...BOARD, "--verbose", "--log-file", "/dev/full"].filter((word) => word !== "--quiet"),
  );
  expect(status).toBe(0);
  expect(stderr.match(/the log ends here: "\/dev\/full"/g)).toHaveLength(1);
});

test("stdout that cannot be written is no bug of ours", () => {
  const { status, stderr } = shell("HOTSPARE models > /dev/full");
  expect(status).toBe(2);
  expect(stderr).toMatch(/^E208 standard output: the result cannot be written: the disk is full/);
});

test("--result=FILE holds the object of a usage error too", () => {
  expect(inFolder(["runn", "--result=usage.json"]).status).toBe(2);
  const { error } = JSON.parse(readFileSync(file("usage.json"), "utf8"));
  expect(error).toMatchObject({ code: "E200", hint: "did you mean run?" });
});

describe("a program built for more than its hart has", () => {
  const elf = (attributes: string) => {
    const path = file("wants.elf");
    const segments = [{ address: 0x8000_0000, bytes: instructionBytes([jal(R.zero, 0)]) }];
    writeFileSync(path, writeElf({ entry: 0x8000_0000, segments, symbols: [], attributes }));
    return path;
  };

  test.each([
    ["rv32i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zba1p0", [], "f, d, zba, which the hart"],
    ["rv32i2p1_m2p0_a2p1_c2p0_zmmul1p0_zca1p0", ["--isa", "rv32i"], "m, a, c, zmmul, zca, which"],
    ["rv32imafdc", [], "f, d, which the hart (rv32imac) lacks"],
  ])("%s is warned of by name", (attributes, options, text) => {
    const { stderr } = hotspare(["exec", elf(attributes), "--max-cycles", "10", ...options]);
    expect(stderr).toContain(`warning: ${file("wants.elf")} was built for ${text}`);
  });

  test.each(["rv32i2p1_m2p0_a2p1_c2p0_zicsr2p0_zifencei2p0_zmmul1p0_zaamo1p0", "rv32e1p9"])(
    "%s runs without a word",
    (attributes) => {
      const { stderr } = hotspare(["exec", elf(attributes), "--max-cycles", "10"]);
      expect(stderr).not.toContain("warning");
    },
  );
});
