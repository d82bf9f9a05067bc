/** `--gdb`: a run under a debugger. */

import { UserError } from "../error/index.js";
import type { GdbPlace } from "../node/gdb-server.js";
import { textOption } from "./options.js";
import type { Options } from "./table.js";

const LOOPBACK = "127.0.0.1";
const PORT_MAX = 65535;

/**
 * What a debugger makes impossible: it holds the machine for as long as it likes, and may go back.
 */
const EXCLUDED: readonly (readonly [option: string, name: string, why: string])[] = [
  ["--paced", "paced", "a debugger holds the machine: time cannot follow the wall clock"],
  ["--record", "record", "a debugger may go back and change the machine: it would not replay"],
  ["--until", "until", "set a breakpoint instead"],
  ["--snapshot-at", "snapshotAt", "use the debugger's monitor snapshot instead"],
];

/**
 * The place of `--gdb [HOST:]PORT` or `--gdb stdio`; null without the option.
 * @param guestOnStdio a guest has stdin and stdout.
 * @throws UserError E206, E211.
 */
export function gdbPlace(
  options: Options,
  { guestOnStdio, json }: { readonly guestOnStdio: boolean; readonly json: boolean },
): GdbPlace | null {
  const text = textOption(options, "gdb");
  if (text === null) return null;
  for (const [option, name, why] of EXCLUDED) {
    const value = options[name];
    if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) {
      continue;
    }
    const what = `${option} and --gdb exclude each other`;
    throw new UserError("E206", what, { argument: option }, why);
  }
  const place = parsePlace(text);
  if (place.kind === "stdio" && (guestOnStdio || json)) {
    const what = `--gdb stdio needs stdin and stdout, and ${json ? "--json" : "a guest"} has them`;
    const hint = "give a port (--gdb 0 takes any free one), or write the result with --result FILE";
    throw new UserError("E206", what, { argument: "--gdb" }, hint);
  }
  return place;
}

function parsePlace(text: string): GdbPlace {
  if (text === "stdio") return { kind: "stdio" };
  const parts = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]\s]*):)?([0-9]{1,5})$/.exec(text);
  const port = Number(parts?.[2] ?? PORT_MAX + 1);
  if (parts === null || port > PORT_MAX) {
    const hint = "write a port (1234, 0 for any free one), HOST:PORT, or stdio";
    throw new UserError(
      "E211",
      `"${text}" is no place for a debugger`,
      { argument: "--gdb" },
      hint,
    );
  }
  const host = parts[1]?.replace(/^\[|\]$/g, "");
  return { kind: "tcp", host: host === undefined || host === "" ? LOOPBACK : host, port };
}
