/** House rules that a machine can check: import directions, file sizes, banned names. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");

function files(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (name === "prebuilt" || name === "node_modules") return [];
    return statSync(join(ROOT, path)).isDirectory() ? files(path) : [path];
  });
}

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** What each layer may import, beside itself. The table of ARCHITECTURE.md. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "assembly/kernel": [],
  "assembly/bus": ["assembly/kernel"],
  "assembly/rv32": ["assembly/kernel", "assembly/bus"],
  "assembly/devices": ["assembly/kernel", "assembly/bus"],
  "assembly/tile": ["assembly/kernel", "assembly/bus", "assembly/rv32"],
  "assembly/machine": [
    "assembly/kernel",
    "assembly/bus",
    "assembly/rv32",
    "assembly/devices",
    "assembly/tile",
  ],
  "host/error": [],
  "host/core": ["host/error", "assembly/kernel"],
  "host/guest": ["host/error"],
  "host/machine": ["host/error", "host/core", "host/exchange", "assembly/kernel"],
  "host/exchange": ["host/error"],
  "host/ipmi": ["host/error"],
  "host/pictures": ["host/error", "host/exchange", "host/trace"],
  "host/serial": ["host/error", "host/core"],
  "host/reference": ["host/error"],
  "host/trace": ["host/error", "host/guest", "host/core", "assembly/kernel"],
  "host/tile": ["host/error", "host/core", "host/machine", "host/exchange", "assembly/kernel"],
  "host/campaign": [
    "host/error",
    "host/core",
    "host/machine",
    "host/guest",
    "host/trace",
    "host/session",
    "assembly/kernel",
  ],
  "host/gdb": ["host/error", "host/core"],
  "host/session": ["host/error", "host/core", "host/serial", "host/trace", "assembly/kernel"],
};

/** Layers that may use Node: the rest of host runs in a browser worker as it is. */
const NODE_LAYERS = ["host/node", "host/cli", "host/bench"];

function layerOf(path: string): string {
  return path.split("/").slice(0, 2).join("/");
}

function imports(path: string): string[] {
  return [...read(path).matchAll(/^\s*(?:import|export)\b[^;]*?from\s+"([^"]+)"/gm)].map(
    (m) => m[1]!,
  );
}

const SOURCES = [...files("assembly"), ...files("host")].filter((path) => path.endsWith(".ts"));

describe("tidy", () => {
  test("imports point downwards only", () => {
    const wrong: string[] = [];
    for (const path of SOURCES) {
      const layer = layerOf(path);
      const allowed = LAYERS[layer];
      if (!allowed) continue;
      for (const specifier of imports(path)) {
        if (!specifier.startsWith(".")) continue;
        const target = layerOf(relative(ROOT, resolve(ROOT, dirname(path), specifier)));
        if (target !== layer && !allowed.includes(target)) wrong.push(`${path} -> ${specifier}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("only node, cli and bench import from Node", () => {
    const wrong = SOURCES.filter(
      (path) => path.startsWith("host/") && !NODE_LAYERS.includes(layerOf(path)),
    ).filter((path) => imports(path).some((specifier) => specifier.startsWith("node:")));
    expect(wrong).toEqual([]);
  });

  test("the core keeps no state outside of the state range", () => {
    const wrong: string[] = [];
    for (const path of SOURCES.filter((source) => source.startsWith("assembly/"))) {
      for (const [index, line] of read(path).split("\n").entries()) {
        if (/^\s*(export\s+)?let\s/.test(line) && !line.startsWith(" ")) {
          wrong.push(`${path}:${index + 1}: ${line}`);
        }
        if (/\bstatic\s+\w/.test(line.replace(/\/\/.*|\*.*/, ""))) {
          wrong.push(`${path}:${index + 1}: ${line}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test("machine time never comes from the wall clock or a hidden source of chance", () => {
    const free = ["host/node", "host/cli", "host/bench"];
    const wrong = SOURCES.filter((path) => !free.includes(layerOf(path))).filter((path) =>
      /\bDate\.now\b|\bMath\.random\b|\bperformance\.now\b|\bnew Date\b/.test(read(path)),
    );
    expect(wrong).toEqual([]);
  });

  test("a file is under 500 lines, a line at most 100 columns", () => {
    // The hart's loop is one dense switch; the rows of the full chip are generated.
    const long = ["assembly/rv32/loop.ts", "firmware-models/tile-processor/firmware/rows_c600.h"];
    const all = [...SOURCES, ...files("test"), ...files("scripts"), ...files("bench")].filter(
      (path) => /\.(ts|mjs|c|h|S)$/.test(path),
    );
    const guest = files("firmware-models").filter((path) => /\.(c|h|S)$/.test(path));
    const wrong: string[] = [];
    for (const path of [...all, ...guest]) {
      const lines = read(path).split("\n");
      if (lines.length > 501 && !long.includes(path)) wrong.push(`${path}: ${lines.length} lines`);
      const wide = lines.findIndex((line) => [...line].length > 100);
      if (wide >= 0 && path.startsWith("assembly/")) wrong.push(`${path}:${wide + 1}: too wide`);
    }
    expect(wrong).toEqual([]);
  });

  test("nothing is left for later in the sources", () => {
    const marks = new RegExp(
      ["FIX" + "ME", "TO" + "DO", "X" + "XX"].map((m) => `\\b${m}\\b`).join("|"),
    );
    const all = [...SOURCES, ...files("firmware-models").filter((path) => /\.(c|h|S)$/.test(path))];
    expect(all.filter((path) => marks.test(read(path)))).toEqual([]);
  });
});
