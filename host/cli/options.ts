/** Typed access to parsed options, and NAME=VALUE options. */

import { UserError } from "../error/index.js";
import type { Options } from "./table.js";

export function textOption(options: Options, name: string): string | null {
  const value = options[name];
  return typeof value === "string" ? value : null;
}

export function listOption(options: Options, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? (value as string[]) : [];
}

export function flagOption(options: Options, name: string): boolean {
  return options[name] === true;
}

/**
 * Splits `NAME=VALUE` options into pairs.
 * @throws UserError E207 without "=", with an empty part, or for a name given twice.
 */
export function pairOptions(
  texts: readonly string[],
  argument: string,
  form: string,
): (readonly [name: string, value: string])[] {
  const names = new Set<string>();
  return texts.map((text) => {
    const equals = text.indexOf("=");
    const name = text.slice(0, Math.max(0, equals));
    const value = text.slice(equals + 1);
    if (name === "" || value === "") {
      throw new UserError(
        "E207",
        `"${text}" is not ${form}`,
        { argument },
        `write ${argument} ${form}`,
      );
    }
    if (names.has(name)) {
      const hint = "remove one of the two options";
      throw new UserError("E207", `"${name}" is given twice`, { argument }, hint);
    }
    names.add(name);
    return [name, value];
  });
}
