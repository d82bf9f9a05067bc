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
import { reasonOf } from "./reasons.js";

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
    const what = `the ${noun} "${path}" cannot be read: ${reasonOf(error)}`;
    throw new UserError(code, what, place ?? { file: path }, "check the path and its permissions");
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
  const what = `"${path}" cannot be written: ${reasonOf(error)}`;
  return new UserError("E208", what, { argument }, "check the folder and its permissions");
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

/**
 * Finds MODEL_OR_MACHINE.json: a model of the package by its name, a machine file, or a folder
 * that holds machine.json.
 * @throws UserError E120 (exit 3).
 */
export function readMachineFile(name: string): MachineText {
  const path = machinePath(name);
  const text = new TextDecoder().decode(readUserFile(path, "E120", "machine file"));
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
