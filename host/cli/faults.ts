/** The faults that `--inject` and `--faults` ask for. */

import { type FaultSpec, parseFault } from "../campaign/fault.js";
import { ArmedFaults } from "../campaign/fault-rows.js";
import type { Machine } from "../core/machine.js";
import { readUserFile } from "../node/files.js";
import { listOption, textOption } from "./options.js";
import type { Options } from "./table.js";

/** @throws UserError E210 (--inject), E101, E121, E122, E124 (--faults). */
export async function faultsOf(options: Options): Promise<FaultSpec[]> {
  const given = listOption(options, "inject").map((text) => {
    return parseFault(text, { argument: "--inject" });
  });
  const file = textOption(options, "faults");
  return file === null ? given : [...given, ...(await faultsIn(file))];
}

/** Faults of a file. The schema library is loaded only when there is one. */
export async function faultsIn(file: string): Promise<FaultSpec[]> {
  const { parseFaultFile } = await import("../campaign/fault-file.js");
  const content = new TextDecoder().decode(readUserFile(file, "E124", "faults file"));
  return parseFaultFile(content, file);
}

/** A fault of a debugger's user: now, where it names no trigger. @throws UserError E210. */
export function injectNow(machine: Machine, text: string): string {
  const fault = text.includes("@") ? text : text.replace(":", `@t=${machine.now()}ps:`);
  new ArmedFaults(machine, [parseFault(fault, { argument: "inject" })]);
  return `armed: ${fault}`;
}
