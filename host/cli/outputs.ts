/**
 * The files that a command line writes: each is written by one option only, none is read by the
 * same command, and all can be written, before the work begins and without touching them.
 */

import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../error/index.js";
import { mustBeWritable } from "../node/files.js";
import type { CommandRow, FileUse, OptionRow, Options } from "./table.js";
import { GLOBAL_OPTIONS } from "./table.js";

interface Used {
  readonly flag: string;
  readonly path: string;
}

/** Where the path of a file lies in the value of an option. */
const PATH_IN: Readonly<Record<FileUse, (value: string) => string | null>> = {
  file: (value) => value,
  pair: (value) => after(value, "="),
  endpoint: (value) => {
    const endpoint = after(value, "=");
    return endpoint?.startsWith("file:") ? endpoint.slice("file:".length) : null;
  },
};

function after(value: string, mark: string): string | null {
  const at = value.indexOf(mark);
  return at < 0 || at === value.length - 1 ? null : value.slice(at + 1);
}

/** @throws UserError E206 for a file that is named twice, E208 for one that cannot be written. */
export function checkOutputs(
  row: CommandRow,
  args: readonly (string | undefined)[],
  options: Options,
): void {
  const rows = [...row.options, ...GLOBAL_OPTIONS];
  const written = rows.flatMap((option) => usedBy(option, option.writes, options));
  const read = rows.flatMap((option) => usedBy(option, option.reads, options));
  const given = args.flatMap((path) => (path === undefined ? [] : [{ flag: "", path }]));
  const owners = new Map<string, Used>();
  for (const used of [...given, ...read]) {
    const place = placeOf(used.path);
    if (place !== null) owners.set(place, used);
  }
  for (const used of written) {
    const place = placeOf(used.path);
    const other = place === null ? undefined : owners.get(place);
    if (other !== undefined) throw namedTwice(used, other, written.includes(other));
    if (place !== null) owners.set(place, used);
  }
  for (const { flag, path } of written) mustBeWritable(path, flag);
}

function usedBy(option: OptionRow, use: FileUse | undefined, options: Options): Used[] {
  if (use === undefined) return [];
  const flag = option.flags.split(" ")[0]!;
  const name = flag.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const values = [options[name] ?? []].flat();
  return values.flatMap((value) => {
    const path = typeof value === "string" ? PATH_IN[use](value) : null;
    return path === null ? [] : [{ flag, path }];
  });
}

/**
 * One name for each file, however its path is written; null for what several may share: a
 * terminal, a pipe, /dev/null.
 */
function placeOf(path: string): string | null {
  try {
    return statSync(path).isFile() ? realpathSync(path) : null;
  } catch {
    return join(folderOf(path), basename(path));
  }
}

function folderOf(path: string): string {
  const folder = dirname(resolve(path));
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

function namedTwice(used: Used, other: Used, writes: boolean): UserError {
  const what = writes
    ? `${other.flag} and ${used.flag} would both write "${used.path}"`
    : `${used.flag} would overwrite "${used.path}", which ${other.flag || "the command"} reads`;
  return new UserError("E206", what, { argument: used.flag }, "give each a file of its own");
}
