/** Builds the devices alone (test/support/devices-entry.ts) and keeps the result by its hash. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const ENTRY = "test/support/devices-entry.ts";
const FOLDERS = ["assembly/kernel", "assembly/bus", "assembly/devices"];
const ASC = "node_modules/assemblyscript/bin/asc.js";

export type Variant = "release" | "checked";
export const VARIANTS: readonly Variant[] = ["release", "checked"];

const OPTIONS: Record<Variant, string[]> = {
  release: ["-O3", "--uncheckedBehavior", "always"],
  checked: ["-O1", "--uncheckedBehavior", "never"],
};

function sourceHash(variant: Variant): string {
  const hash = createHash("sha256").update(OPTIONS[variant].join(" "));
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .sort()
      .map((file) => `${folder}/${file}`),
  );
  for (const file of [ENTRY, "node_modules/assemblyscript/package.json", ...files]) {
    hash.update(file).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

const modules = new Map<Variant, WebAssembly.Module>();

/** The module of a variant; compiled by asc only if no build of these very sources exists. */
export function deviceModule(variant: Variant): WebAssembly.Module {
  const known = modules.get(variant);
  if (known !== undefined) return known;
  const folder = join(ROOT, "build/test");
  const file = join(folder, `devices-${variant}-${sourceHash(variant)}.wasm`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const part = `${file}.${process.pid}`;
    const options = ["--config", "none", "--runtime", "stub", "-o", part, ...OPTIONS[variant]];
    execFileSync(process.execPath, [ASC, ENTRY, ...options], { cwd: ROOT, stdio: "pipe" });
    renameSync(part, file);
  }
  const module = new WebAssembly.Module(readFileSync(file));
  modules.set(variant, module);
  return module;
}
