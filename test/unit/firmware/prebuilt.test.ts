/** The committed ELFs: made of the committed sources, fit for the boards, free of paths. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readElf } from "../../../host/guest/elf.js";
import { requireClient } from "../../support/clients.js";
import { ROOT } from "./root.js";

interface Manifest {
  readonly compiler: string;
  readonly sources: Readonly<Record<string, string>>;
  readonly binaries: Readonly<Record<string, { readonly sha256: string }>>;
}

const FOLDERS = [
  "firmware-models/console-board/prebuilt",
  "firmware-models/two-nodes/prebuilt",
  "firmware-models/bmc-backup-link/prebuilt",
  "firmware-models/dual-block-ecu/prebuilt",
  "firmware-models/shared-peripheral-ecu/prebuilt",
  "bench/guest/prebuilt",
];
const BOARD_ELFS = [
  "firmware-models/console-board/prebuilt/console-board.elf",
  "firmware-models/two-nodes/prebuilt/node-a.elf",
  "firmware-models/two-nodes/prebuilt/node-b.elf",
  "firmware-models/bmc-backup-link/prebuilt/bmc.elf",
  "firmware-models/bmc-backup-link/prebuilt/host.elf",
];

const read = (path: string) => readFileSync(join(ROOT, path));
const sha256 = (path: string) => createHash("sha256").update(read(path)).digest("hex");
const manifestOf = (folder: string) =>
  JSON.parse(read(`${folder}/manifest.json`).toString()) as Manifest;

describe.each(FOLDERS)("%s", (folder) => {
  const manifest = manifestOf(folder);
  const hint = "run node scripts/firmware.mjs and commit what it writes";

  test("the manifest's sources are those in the project", () => {
    for (const [path, hash] of Object.entries(manifest.sources)) {
      expect(sha256(path), `${path}: ${hint}`).toBe(hash);
    }
  });

  test("the manifest's ELFs are those in the folder, and all of them", () => {
    const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(".elf"));
    expect(names.sort()).toEqual(Object.keys(manifest.binaries).sort());
    for (const [name, { sha256: hash }] of Object.entries(manifest.binaries)) {
      expect(sha256(`${folder}/${name}`), `${name}: ${hint}`).toBe(hash);
    }
  });

  test("no ELF names a folder of the computer it was built on", () => {
    for (const name of Object.keys(manifest.binaries)) {
      const text = read(`${folder}/${name}`).toString("latin1");
      expect(text).not.toMatch(/\/(home|work|tmp|root|Users)\//);
    }
  });
});

describe.each(BOARD_ELFS)("%s", (path) => {
  const elf = readElf(read(path), path);
  const symbol = (name: string) => elf.symbols.find((row) => row.name === name)?.address;

  test("starts at the boot address 0x80, behind 32 vectors", () => {
    expect(elf.entry).toBe(0x80);
    expect(symbol("vectors")).toBe(0);
    const rom = elf.segments.find((segment) => segment.address === 0)!;
    const view = new DataView(rom.bytes.buffer, rom.bytes.byteOffset);
    for (let vector = 0; vector < 32; vector++) {
      // The opcode of JAL with rd = x0: an uncompressed jump.
      expect(view.getUint32(4 * vector, true) & 0xfff).toBe(0x06f);
    }
  });

  test("its bytes lie in the 128 KiB of ROM, its variables in the 128 KiB of RAM", () => {
    for (const { address, virtualAddress, bytes, memorySize } of elf.segments) {
      if (bytes.length > 0) expect(address + bytes.length).toBeLessThanOrEqual(0x2_0000);
      if (virtualAddress < 0x8000_0000) continue;
      expect(virtualAddress + memorySize).toBeLessThanOrEqual(0x8002_0000);
    }
  });

  test("the trap handler lies on a word, as mtvec demands", () => {
    expect(symbol("trap_entry")! % 4).toBe(0);
  });
});

const gcc = requireClient("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf");

test.skipIf(gcc === undefined)("a rebuild gives the same bytes", () => {
  const args = ["scripts/firmware.mjs", "--check"];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});
