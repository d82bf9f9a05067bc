/**
 * The firmware's portable C, built for this computer with the sanitizers on. Oracles: the C
 * library's printf rules, published check values, node's own CRC-32.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireClient } from "../../support/clients.js";
import { ROOT } from "./root.js";

const gcc = requireClient("gcc", "gcc");
const COMMON = "firmware-models/common";
const SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/** FNV-1a over the bytes 0 .. 63, from the definition in the console's help. */
function fnvRound(start: number): string {
  let hash = start;
  for (let byte = 0; byte < 64; byte++) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

const ROWS: readonly (readonly [name: string, expected: string])[] = [
  ["plain", "text 100%"],
  ["character", "<x>"],
  ["string", "<abc|abc   |abc>"],
  ["decimal", "0 -1 2147483647"],
  ["decimal least", "-2147483648"],
  ["unsigned", "4294967295 7"],
  ["hex", "deadbeef 0000beef"],
  ["long long", "18446744073709551615 123456789abcdef0"],
  ["negative long long", "-9223372036854775808"],
  ["width", "<   42|00042|42>"],
  ["width negative", "<  -42|-0042>"],
  ["unknown conversion ends the text", "before "],
  ["crc16", "29b1"],
  ["crc16 of nothing", "ffff"],
  ["crc32", "cbf43926"],
  ["crc32 of nothing", "00000000"],
  ["hash 1", fnvRound(0x811c9dc5)],
  ["hash 2", fnvRound(Number.parseInt(fnvRound(0x811c9dc5), 16))],
  ["memory differences", "0"],
  ["memcmp", "0 1 1"],
  ["strlen", "0 3"],
  ["strcmp", "0 1 1"],
  ["ring over the wrap of its counters", "4 4 1"],
  ["ring order", "13 10 11 2"],
];

describe.skipIf(gcc === undefined)("the firmware's portable C", () => {
  const folder = mkdtempSync(join(tmpdir(), "hotspare-native-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const found = new Map<string, string>();

  function compile(output: string, args: readonly string[]): string {
    const path = join(folder, output);
    execFileSync(gcc!, ["-std=c11", "-Wall", "-Wextra", "-o", path, ...args], { cwd: ROOT });
    return path;
  }

  beforeAll(() => {
    const names = ["memcpy", "memmove", "memset", "memcmp", "strlen", "strcmp"];
    const renamed = names.map((name) => `-D${name}=fw_${name}`);
    const libc = compile("libc.o", [...renamed, "-fno-builtin", "-O1", "-c", `${COMMON}/libc.c`]);
    const program = compile("check", [
      "-O1",
      ...SANITIZE,
      `-I${COMMON}`,
      "-Ifirmware-models/console-board/firmware",
      "test/unit/firmware/native-check.c",
      `${COMMON}/crc.c`,
      `${COMMON}/format.c`,
      "firmware-models/console-board/firmware/hash.c",
      libc,
    ]);
    for (const line of execFileSync(program, { encoding: "utf8" }).trimEnd().split("\n")) {
      const [name = "", value = ""] = line.split("\t");
      found.set(name, value);
    }
  });

  test.each(ROWS)("%s gives %s", (name, expected) => {
    expect(found.get(name)).toBe(expected);
  });

  test("every case of the program has its row here", () => {
    expect([...found.keys()]).toEqual(ROWS.map(([name]) => name));
  });

  test.each(["sieve", "crc32", "matmul", "sort", "statemachine", "strings", "mix"])(
    "the benchmark program %s passes its own checks on this computer",
    (name) => {
      const program = compile(name, ["-O2", ...SANITIZE, `bench/guest/${name}.c`]);
      expect(() => execFileSync(program)).not.toThrow();
    },
  );
});
