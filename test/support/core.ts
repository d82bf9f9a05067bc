/** Loads the two builds of the core for tests. The builds are made by test/build-core.ts. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { STATE_BASE } from "../../assembly/kernel/layout.js";
import { instantiateCore, loadModule } from "../../host/core/module.js";
import { Views } from "../../host/core/views.js";

const BUILD = join(dirname(fileURLToPath(import.meta.url)), "../../build");

export type Build = "release" | "checked";
export const BUILDS: readonly Build[] = ["release", "checked"];

const FILES: Readonly<Record<Build, string>> = {
  release: "core.wasm",
  checked: "core.checked.wasm",
};

const modules = new Map<Build, Promise<WebAssembly.Module>>();

/** The bytes of a build. */
export function coreBytes(build: Build): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(BUILD, FILES[build])));
}

/** A build, compiled once for each test file. */
export function coreModule(build: Build): Promise<WebAssembly.Module> {
  const known = modules.get(build);
  if (known) return known;
  const module = loadModule(coreBytes(build));
  modules.set(build, module);
  return module;
}

/** A bare instance with memory for `stateBytes` of state, all zero, and no machine in it. */
export async function bareCore(build: Build, stateBytes = 1 << 20) {
  const core = await instantiateCore(await coreModule(build));
  const bytes = STATE_BASE + 2 * stateBytes - core.memory.buffer.byteLength;
  core.memory.grow(Math.max(0, Math.ceil(bytes / 65536)));
  return { core, views: new Views(core.memory) };
}
