/**
 * Files of the user and of the package: machine files, firmware, the built core. What cannot be
 * read or written is a UserError that says which file and what to do.
 */

import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Place, UserError } from "../error/index.js";
import { suggestion } from "../machine/nearest.js";
import { reasonOf, writeReasonOf } from "./reasons.js";

const PACKAGE_NAME = "hotspare";
const MODELS_FOLDER = "firmware-models";
const MACHINE_FILE = "machine.json";

/** The folder of this package: where package.json, build and firmware-models lie. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = join(folder, "package.json");
    if (existsSync(file) && packageField(file, "name") === PACKAGE_NAME) return folder;
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json of ${PACKAGE_NAME} above this file`);
    folder = parent;
  }
}

export function packageVersion(): string {
  return packageField(join(packageRoot(), "package.json"), "version") ?? "0.0.0";
}

function packageField(file: string, field: string): string | undefined {
  const value = (JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>)[field];
  return typeof value === "string" ? value : undefined;
}

/** Reads a file of the user. @throws UserError with the given code. */
export function readUserFile(path: string, code: string, noun: string, place?: Place): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const hint = "check the path and its permissions";
    if (path === "") throw new UserError(code, `no ${noun} is named`, { argument: noun }, hint);
    const what = `the ${noun} "${path}" cannot be read: ${reasonOf(error)}`;
    throw new UserError(code, what, place ?? { file: path }, hint);
  }
}

/** Writes a result. @throws UserError E208. */
export function writeUserFile(path: string, content: string | Uint8Array, argument: string): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw cannotWrite(path, argument, error);
  }
}

/**
 * Asks before the work, without touching what is there: a file that does not exist is made and
 * removed; a pipe or a device is not opened, since its other end would notice.
 * @throws UserError E208 as `cannotWrite`.
 */
export function mustBeWritable(path: string, argument: string): void {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined && !found.isFile() && !found.isDirectory()) {
      accessSync(path, constants.W_OK);
      return;
    }
    closeSync(openSync(path, "a"));
    if (found === undefined) unlinkSync(path);
  } catch (error) {
    throw cannotWrite(path, argument, error);
  }
}

export function cannotWrite(path: string, argument: string, error: unknown): UserError {
  const named = path === "" ? "no file is named" : `"${path}" cannot be written`;
  const what = path === "" ? named : `${named}: ${writeReasonOf(error)}`;
  const full = (error as { code?: unknown }).code === "ENOSPC";
  const hint = full ? "make room, or write elsewhere" : "check the folder and its permissions";
  return new UserError("E208", what, { argument }, hint);
}

/** Names of the models that the package holds. */
export function modelNames(): string[] {
  const folder = join(packageRoot(), MODELS_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, MACHINE_FILE)))
    .sort();
}

export interface MachineText {
  /** The path as errors show it. */
  readonly file: string;
  /** The folder that its relative paths start from. */
  readonly folder: string;
  readonly text: string;
}

/** What is often given in place of a machine file, by its first bytes. */
const OTHER_FILES = [
  ["\x7fELF", "a program", "run it on one hart: hotspare exec FILE"],
  ["HOTSPARESESS", "a recorded session", "replay it: hotspare replay FILE"],
  ["HOTSPARESNAP", "a snapshot", "start from it: hotspare run MODEL --from FILE"],
  ["# hotspare trace", "a trace", "show it: hotspare trace FILE"],
] as const;

/**
 * Finds MODEL_OR_MACHINE.json: a model of the package by its name, a machine file, or a folder
 * that holds machine.json.
 * @throws UserError E120 (exit 3).
 */
export function readMachineFile(name: string): MachineText {
  const path = machinePath(name);
  const bytes = readUserFile(path, "E120", "machine file");
  for (const [mark, what, command] of OTHER_FILES) {
    if (new TextDecoder("latin1").decode(bytes.subarray(0, mark.length)) !== mark) continue;
    const hint = `${command.replace("FILE", path)}; a machine is a file like machine.json`;
    throw new UserError("E120", `this is ${what}, no machine file`, { file: path }, hint);
  }
  const text = new TextDecoder().decode(bytes);
  return { file: shortPath(path), folder: dirname(path), text };
}

function machinePath(name: string): string {
  if (existsSync(name)) {
    return statSync(name).isDirectory() ? join(name, MACHINE_FILE) : name;
  }
  if (/^[A-Za-z0-9_-]+$/.test(name)) {
    const model = join(packageRoot(), MODELS_FOLDER, name, MACHINE_FILE);
    if (existsSync(model)) return model;
    const hint = `${suggestion(name, modelNames())}; or give the path of a machine file`;
    throw new UserError("E120", `there is no model "${name}"`, { argument: name }, hint);
  }
  return name;
}

/** Relative when the file lies below the working folder. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), resolve(path));
  return short.startsWith("..") || short === "" ? path : short;
}

/** Bytes of the core. `build`: `core.wasm` or `core.checked.wasm`. @throws an Error if not built. */
export function readCore(build = "core.wasm"): Uint8Array<ArrayBuffer> {
  const path = join(packageRoot(), "build", build);
  if (!existsSync(path)) {
    throw new Error(`${path} is missing: the package is incomplete (npm run build makes it)`);
  }
  return readFileSync(path) as Uint8Array<ArrayBuffer>;
}
