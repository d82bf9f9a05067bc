/**
 * Builds the core with asc: `release` (shipped) and `checked` (bounds and assertions). A build is
 * skipped when neither the sources nor the configuration have changed since the last one.
 *
 *   node scripts/build-core.mjs [release|checked]...     (default: both)
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? sources(path) : [path];
    })
    .sort();
}

/** Hash of everything that decides the output. */
export function sourceHash() {
  const hash = createHash("sha256");
  const compiler = join(ROOT, "node_modules/assemblyscript/package.json");
  for (const path of [join(ROOT, "asconfig.json"), compiler, ...sources(join(ROOT, "assembly"))]) {
    hash.update(path.slice(ROOT.length)).update(readFileSync(path));
  }
  return hash.digest("hex");
}

/** Builds one target unless it is up to date. Returns whether it had to be built. */
export async function buildCore(target) {
  const hash = sourceHash();
  const stamp = join(ROOT, `build/core.${target}.hash`);
  const config = JSON.parse(readFileSync(join(ROOT, "asconfig.json"), "utf8"));
  const output = join(ROOT, config.targets[target].outFile);
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return false;
  mkdirSync(join(ROOT, "build"), { recursive: true });
  const { error, stderr } = await asc.main(
    ["assembly/index.ts", "--config", "asconfig.json", "--target", target, "--baseDir", ROOT],
    {},
  );
  const messages = stderr.toString();
  if (error) throw new Error(`asc failed on target ${target}\n${messages}`);
  if (messages.trim() !== "") process.stderr.write(messages);
  writeFileSync(stamp, hash);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const named = process.argv.slice(2);
  try {
    for (const target of named.length > 0 ? named : ["release", "checked"]) {
      const built = await buildCore(target);
      process.stdout.write(`core ${target}: ${built ? "built" : "up to date"}\n`);
    }
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
