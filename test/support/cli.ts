/** The built `hotspare` program, as outsiders call it. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const PROGRAM = join(ROOT, "dist/host/cli/main.js");
const STAMP = join(ROOT, "build/host.hash");
const LOCK = join(ROOT, "build/host.lock");
const LOCK_STEP_MS = 100;
const LOCK_MAX_MS = 90_000;

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sources(path);
      return path.endsWith(".ts") ? [path] : [];
    })
    .sort();
}

function sourceHash(): string {
  const hash = createHash("sha256");
  const files = ["host", "bench", "assembly/kernel"].flatMap((name) => sources(join(ROOT, name)));
  const configs = ["tsconfig.json", "tsconfig.build.json"].map((name) => join(ROOT, name));
  for (const path of [...configs, ...files]) hash.update(path).update(readFileSync(path));
  return hash.digest("hex");
}

const upToDate = (hash: string) =>
  existsSync(PROGRAM) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === hash;

/** Compiles the host to dist/ unless it is up to date; safe in several processes at once. */
export async function buildHost(): Promise<void> {
  mkdirSync(join(ROOT, "build"), { recursive: true });
  for (let waited = 0; ; waited += LOCK_STEP_MS) {
    const hash = sourceHash();
    if (upToDate(hash)) return;
    try {
      mkdirSync(LOCK);
    } catch {
      if (waited > LOCK_MAX_MS) rmdirSync(LOCK);
      await new Promise((resolve) => setTimeout(resolve, LOCK_STEP_MS));
      continue;
    }
    try {
      const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
      const options = { cwd: ROOT, encoding: "utf8" } as const;
      const { stdout, status } = spawnSync(
        process.execPath,
        [tsc, "-p", "tsconfig.build.json"],
        options,
      );
      if (status !== 0 && !existsSync(PROGRAM)) throw new Error(`tsc failed:\n${stdout}`);
      writeFileSync(STAMP, hash);
      return;
    } finally {
      rmdirSync(LOCK);
    }
  }
}

export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const ENVIRONMENT = { ...process.env, NO_COLOR: "1" };

/** Runs a command line to its end. */
export function hotspare(args: readonly string[], input?: string): Answer {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: "utf8",
    env: ENVIRONMENT,
    timeout: 30_000,
    maxBuffer: 1 << 28,
    ...(input === undefined ? {} : { input }),
  });
  return { status, stdout, stderr };
}

/** Runs a command line and reads its one JSON object. */
// biome-ignore lint/suspicious/noExplicitAny: results of every command, checked by the tests
export function hotspareJson(args: readonly string[]): { status: number | null; json: any } {
  const { status, stdout } = hotspare([...args, "--json"]);
  return { status, json: JSON.parse(stdout) };
}

/** A command that runs on, with what it has written so far. */
export class Running {
  stdout = "";
  stderr = "";
  readonly ended: Promise<number | null>;
  readonly child: ChildProcess;

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [PROGRAM, ...args], { env: ENVIRONMENT });
    this.child.stdout?.on("data", (data) => {
      this.stdout += data;
    });
    this.child.stderr?.on("data", (data) => {
      this.stderr += data;
    });
    this.ended = new Promise((resolve) => {
      this.child.on("close", (status) => resolve(status));
    });
  }

  /** Resolves when stderr matches; rejects when the process ends before. */
  async sees(pattern: RegExp): Promise<void> {
    let over = false;
    void this.ended.then(() => {
      over = true;
    });
    while (!pattern.test(this.stderr)) {
      if (over) throw new Error(`ended without ${pattern}: ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
