/**
 * Builds the guest programs: the models' firmware and the benchmark programs.
 *
 *   node scripts/firmware.mjs           builds into every prebuilt/ folder, with its manifest.json
 *   node scripts/firmware.mjs --check   builds into a temporary folder and compares: exit 1 and a
 *                                       list if a source, the compiler or an ELF differs
 *
 * The ELFs are committed so that users need no cross compiler. They hold no time and no path of the
 * machine they were built on: sources are named relative to the project root.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
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
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const GCC = "riscv64-unknown-elf-gcc";

const COMMON = "firmware-models/common";
const REGISTERS = "firmware-models/include/hotspare";

const WARNINGS = [
  "-Wall",
  "-Wextra",
  "-Werror",
  "-Wshadow",
  "-Wconversion",
  "-Wstrict-prototypes",
  "-Wmissing-prototypes",
];
const C_FLAGS = ["-std=c11", "-ffreestanding", "-fno-common", ...WARNINGS];

/** Debug information for debuggers and the profiler, in the form that every reader understands. */
const BOARD_FLAGS = [
  "-mabi=ilp32",
  "-Os",
  "-gdwarf-4",
  "-gno-record-gcc-switches",
  "-ffunction-sections",
  "-fdata-sections",
  "-Ifirmware-models/include",
  `-I${COMMON}`,
];
/** No calls to a library: a loop that copies stays the loop that is measured. */
const BENCH_FLAGS = [
  "-march=rv32imc",
  "-mabi=ilp32",
  "-O2",
  "-g0",
  "-fno-tree-loop-distribute-patterns",
];

/** Linking picks libgcc by the plain ISA string: multilib rows know no _zicsr. */
const LINK_FLAGS = [
  "-mabi=ilp32",
  "-nostdlib",
  "-nostartfiles",
  "-static",
  "-Wl,--gc-sections",
  "-Wl,--build-id=none",
  "-Wl,--fatal-warnings",
  `-L${COMMON}`, // sections.ld
];

const isa = (base) => `-march=${base}_zicsr_zifencei`;

const board = (name, model, defines = []) => ({
  elf: `firmware-models/${model}/prebuilt/${name}.elf`,
  sourceFolders: [COMMON, `firmware-models/${model}/firmware`],
  flags: [isa("rv32imac"), ...BOARD_FLAGS, `-Ifirmware-models/${model}/firmware`, ...defines],
  linkIsa: "-march=rv32imac",
  script: `${COMMON}/board.ld`,
});

/** A node of the BMC board: no atomics there; both firmwares share layers and a runtime. */
const bmcBoard = (name) => {
  const folders = [name, "shared", "runtime"].map(
    (folder) => `firmware-models/bmc-backup-link/firmware/${folder}`,
  );
  return {
    elf: `firmware-models/bmc-backup-link/prebuilt/${name}.elf`,
    sourceFolders: [COMMON, ...folders],
    headerFolders: [REGISTERS],
    flags: [isa("rv32imc"), ...BOARD_FLAGS, ...folders.map((folder) => `-I${folder}`)],
    linkIsa: "-march=rv32imc",
    script: `${COMMON}/board.ld`,
  };
};

const ECU = "firmware-models/dual-block-ecu/firmware";

/** Block k of the control unit: a map and memories of its own. */
const block = (k, model = "dual-block-ecu") => {
  const folder = ECU;
  const defines = [`-DBLOCK=${k}`, '-DBOARD_MAP="ecu_map.h"'];
  return {
    ...board(`block${k}`, model),
    sourceFolders: [COMMON, folder],
    // The control loop has 2000 cycles: speed counts, not size.
    flags: [isa("rv32imc"), ...BOARD_FLAGS, "-O2", `-I${folder}`, ...defines],
    linkIsa: "-march=rv32imc",
    script: `${folder}/block${k}.ld`,
  };
};

/** Core 1 of the old design, which has nothing to drive: it takes map and mailbox from there. */
const watcher = () => {
  const model = "shared-peripheral-ecu";
  const own = `firmware-models/${model}/firmware`;
  const row = block(1, model);
  return {
    ...row,
    sourceFolders: [COMMON, own],
    borrowed: ["mailbox.c", "mailbox.h", "ecu_map.h"].map((name) => `${ECU}/${name}`),
  };
};

/** A chip's tiles: rows are of the chip, the program is one. */
const tiles = (chip) => {
  const folder = "firmware-models/tile-processor/firmware";
  return {
    elf: `firmware-models/tile-processor/prebuilt/${chip}.elf`,
    sourceFolders: [folder],
    flags: [isa("rv32im"), ...BOARD_FLAGS, "-O2", `-I${folder}`, `-DROWS="rows_${chip}.h"`],
    linkIsa: "-march=rv32im",
    script: `${folder}/tile.ld`,
  };
};

const bench = (name) => ({
  elf: `bench/guest/prebuilt/${name}.elf`,
  sources: ["bench/guest/start.S", `bench/guest/${name}.c`],
  headers: ["bench/guest/bench.h"],
  flags: BENCH_FLAGS,
  linkIsa: "-march=rv32imc",
  script: "bench/guest/bench.ld",
});

/** Every ELF of the project, one row each. */
const PROGRAMS = [
  board("console-board", "console-board"),
  board("node-a", "two-nodes", ["-DNODE_ID=0"]),
  board("node-b", "two-nodes", ["-DNODE_ID=1"]),
  bmcBoard("bmc"),
  bmcBoard("host"),
  ...[0, 1].map((k) => block(k)),
  block(0, "shared-peripheral-ecu"),
  watcher(),
  ...["mini", "c600"].map(tiles),
  ...["sieve", "crc32", "matmul", "sort", "statemachine", "strings", "mix"].map(bench),
];

function list(folder, pattern) {
  return readdirSync(join(ROOT, folder))
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => `${folder}/${name}`);
}

function sourcesOf(program) {
  const borrowed = program.borrowed?.filter((path) => path.endsWith(".c")) ?? [];
  const folders = program.sourceFolders ?? [];
  return program.sources ?? [...folders.flatMap((folder) => list(folder, /\.[cS]$/)), ...borrowed];
}

/** Everything the ELF depends on: sources, headers, linker script. */
function inputsOf(program) {
  const sources = sourcesOf(program);
  const borrowed = program.borrowed?.filter((path) => path.endsWith(".h")) ?? [];
  const folders = program.sourceFolders ?? [];
  const own = program.headers ?? [...folders.flatMap((f) => list(f, /\.h$/)), ...borrowed];
  const registers = program.headers === undefined ? registersOf([...sources, ...own]) : [];
  const scripts = program.headers === undefined ? [`${COMMON}/sections.ld`] : [];
  return [...sources, ...own, ...registers, ...scripts, program.script].sort();
}

/** The register headers that these files include: a new device is no change for other boards. */
function registersOf(files) {
  const names = files.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return [...text.matchAll(/^#include <hotspare\/(\w+\.h)>/gm)].map((match) => match[1]);
  });
  return [...new Set(names)].map((name) => `${REGISTERS}/${name}`);
}

function run(args) {
  try {
    return execFileSync(GCC, args, { cwd: ROOT, encoding: "utf8", env: buildEnvironment() });
  } catch (error) {
    if (error.code === "ENOENT") {
      console.error(`${GCC} is not installed\nhint: apt-get install gcc-riscv64-unknown-elf`);
      process.exit(2);
    }
    console.error(`${GCC} ${args.join(" ")} failed`);
    process.exit(1);
  }
}

/** Compiler messages and file order do not depend on the user's language; nor does the output. */
function buildEnvironment() {
  return { PATH: process.env.PATH, LC_ALL: "C", SOURCE_DATE_EPOCH: "0" };
}

function build(program, elf, workFolder) {
  const objects = sourcesOf(program).map((source) => {
    const object = join(workFolder, `${basename(program.elf)}.${basename(source)}.o`);
    const language = source.endsWith(".c") ? C_FLAGS : ["-Wa,--debug-prefix-map", `-Wa,${ROOT}=.`];
    const map = `-ffile-prefix-map=${ROOT}=.`;
    run([...program.flags, ...language, map, "-c", source, "-o", object]);
    return object;
  });
  run([program.linkIsa, ...LINK_FLAGS, "-T", program.script, "-o", elf, ...objects, "-lgcc"]);
}

const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** One manifest a prebuilt folder: what its ELFs were made of, and with what. */
function manifestOf(folder, built) {
  const programs = PROGRAMS.filter((program) => program.elf.startsWith(`${folder}/`));
  const inputs = [...new Set(programs.flatMap(inputsOf))].sort();
  return {
    compiler: run(["--version"]).split("\n")[0],
    sources: Object.fromEntries(inputs.map((path) => [path, sha256(join(ROOT, path))])),
    binaries: Object.fromEntries(
      programs.map((program) => [
        basename(program.elf),
        {
          sha256: sha256(built(program)),
          compile: [...C_FLAGS, ...program.flags].join(" "),
          link: [program.linkIsa, ...LINK_FLAGS, "-T", program.script].join(" "),
        },
      ]),
    ),
  };
}

const prebuiltFolders = () => [
  ...new Set(PROGRAMS.map((program) => program.elf.slice(0, program.elf.lastIndexOf("/")))),
];

function differences(expected, found, path) {
  const isObject = (value) => typeof value === "object" && value !== null;
  if (!isObject(expected) || !isObject(found)) {
    return expected === found ? [] : [`${path}: built now ${expected}, committed ${found}`];
  }
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort();
  return keys.flatMap((key) => differences(expected[key], found[key], `${path} ${key}`));
}

/** Files on disk against the manifest built just now; one line a difference. */
function compare(folder, manifest) {
  const manifestPath = join(ROOT, folder, "manifest.json");
  if (!existsSync(manifestPath)) return [`${folder}/manifest.json is absent`];
  const committed = JSON.parse(readFileSync(manifestPath, "utf8"));
  const lines = differences(manifest, committed, `${folder}/manifest.json:`);
  const names = list(folder, /\.elf$/).map((path) => basename(path));
  for (const name of new Set([...names, ...Object.keys(manifest.binaries)])) {
    const path = join(ROOT, folder, name);
    const expected = manifest.binaries[name]?.sha256;
    if (expected === undefined) lines.push(`${folder}/${name} belongs to no program`);
    else if (!existsSync(path)) lines.push(`${folder}/${name} is absent`);
    else if (sha256(path) !== expected) lines.push(`${folder}/${name} differs from its sources`);
  }
  return lines;
}

function main(args) {
  const check = args.length === 1 && args[0] === "--check";
  if (args.length > 0 && !check) {
    console.error("usage: node scripts/firmware.mjs [--check]");
    process.exit(2);
  }
  const work = mkdtempSync(join(tmpdir(), "hotspare-firmware-"));
  try {
    const built = (program) =>
      check ? join(work, program.elf.replaceAll("/", "_")) : join(ROOT, program.elf);
    for (const folder of prebuiltFolders()) mkdirSync(join(ROOT, folder), { recursive: true });
    for (const program of PROGRAMS) build(program, built(program), work);
    const wrong = [];
    for (const folder of prebuiltFolders()) {
      const manifest = manifestOf(folder, built);
      if (check) wrong.push(...compare(folder, manifest));
      else
        writeFileSync(
          join(ROOT, folder, "manifest.json"),
          `${JSON.stringify(manifest, null, 2)}\n`,
        );
    }
    for (const line of wrong) console.error(line);
    if (wrong.length > 0) {
      console.error("hint: run node scripts/firmware.mjs and commit what it writes");
      process.exitCode = 1;
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

main(process.argv.slice(2));
