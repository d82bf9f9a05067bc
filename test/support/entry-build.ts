/** Builds an entry of the tests with asc, as two variants, and keeps the results by their hash. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const ASC = "node_modules/assemblyscript/bin/asc.js";

export type Variant = "release" | "checked";
export const VARIANTS: readonly Variant[] = ["release", "checked"];

/** A part of the core, as the tests build it alone. */
export interface Entry {
  /** Names the builds. */
  readonly name: string;
  readonly file: string;
  /** The folders of the sources that it is made of. */
  readonly folders: readonly string[];
  readonly options: Readonly<Record<Variant, readonly string[]>>;
}

export const DEVICES: Entry = {
  name: "devices",
  file: "test/support/devices-entry.ts",
  folders: ["assembly/kernel", "assembly/bus", "assembly/devices"],
  options: {
    release: ["-O3", "--uncheckedBehavior", "always"],
    checked: ["-O1", "--uncheckedBehavior", "never"],
  },
};

export const HART: Entry = {
  name: "hart",
  file: "test/support/hart-entry.ts",
  folders: ["assembly/kernel", "assembly/bus", "assembly/rv32"],
  options: {
    release: ["-O3", "--uncheckedBehavior", "always", "--noAssert"],
    checked: ["-O2", "--uncheckedBehavior", "never"],
  },
};

function sourceHash({ file, folders, options }: Entry, variant: Variant): string {
  const hash = createHash("sha256").update(options[variant].join(" "));
  const sources = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .sort()
      .map((name) => `${folder}/${name}`),
  );
  for (const path of [file, "node_modules/assemblyscript/package.json", ...sources]) {
    hash.update(path).update(readFileSync(join(ROOT, path)));
  }
  return hash.digest("hex").slice(0, 16);
}

const modules = new Map<string, WebAssembly.Module>();

/** The module of a variant; compiled by asc only if no build of these very sources exists. */
export function entryModule(entry: Entry, variant: Variant): WebAssembly.Module {
  const key = `${entry.name}-${variant}`;
  const known = modules.get(key);
  if (known !== undefined) return known;
  const folder = join(ROOT, "build/test");
  const file = join(folder, `${key}-${sourceHash(entry, variant)}.wasm`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const part = `${file}.${process.pid}`;
    const own = entry.options[variant];
    const options = ["--config", "none", "--runtime", "stub", "-o", part, ...own];
    execFileSync(process.execPath, [ASC, entry.file, ...options], { cwd: ROOT, stdio: "pipe" });
    renameSync(part, file);
  }
  const module = new WebAssembly.Module(readFileSync(file));
  modules.set(key, module);
  return module;
}
