/** From a model's name and --firmware options to a machine image, with everything it was made of. */

import { createHash } from "node:crypto";
import { isAbsolute, join } from "node:path";
import type { MachineImage } from "../core/image.js";
import { type Elf, readElf } from "../guest/elf.js";
import { isaWarning } from "../guest/isa-needs.js";
import { elaborate, firmwareFiles } from "../machine/elaborate.js";
import { parseMachine } from "../machine/parse.js";
import { type MachineText, readMachineFile, readUserFile, shortPath } from "../node/files.js";
import type { SessionFirmware } from "../session/session-file.js";

export interface LoadedMachine {
  readonly source: Pick<MachineText, "file" | "text">;
  readonly firmware: readonly SessionFirmware[];
  readonly programs: readonly Elf[];
  readonly image: MachineImage;
  /** Lines for the user: programs that want more than their hart has. */
  readonly warnings: readonly string[];
}

/**
 * Reads, checks and elaborates.
 * @param overrides firmware by node, instead of what the machine file names.
 * @throws UserError E1xx (machine), E4xx (firmware).
 */
export function loadMachine(
  name: string,
  overrides: ReadonlyMap<string, string>,
  seed: bigint | null,
): LoadedMachine {
  const source = readMachineFile(name);
  const description = parseMachine(source.text, source.file);
  const firmware = new Map<string, SessionFirmware>();
  for (const { node, path, place } of firmwareFiles(description)) {
    if (path === null || overrides.has(node)) continue;
    const file = isAbsolute(path) ? path : join(source.folder, path);
    const bytes = readUserFile(file, "E420", `firmware of the node "${node}"`, place);
    firmware.set(node, { node, file: shortPath(file), bytes });
  }
  for (const [node, file] of overrides) {
    const bytes = readUserFile(file, "E420", `firmware of the node "${node}"`);
    firmware.set(node, { node, file, bytes });
  }
  return assembleMachine(source, [...firmware.values()], seed);
}

/** The same from texts and bytes at hand: what a replay does. */
export function assembleMachine(
  source: Pick<MachineText, "file" | "text">,
  firmware: readonly SessionFirmware[],
  seed: bigint | null,
): LoadedMachine {
  const description = parseMachine(source.text, source.file);
  const programs = new Map(firmware.map(({ node, file, bytes }) => [node, readElf(bytes, file)]));
  const image = elaborate(description, programs, seed === null ? {} : { seed });
  // Firmware is given for a hart or for a group of equal ones.
  const isas = new Map([...description.nodes, ...image.harts].map(({ name, isa }) => [name, isa]));
  const warnings = [...programs].flatMap(
    ([node, elf]) => isaWarning(elf, node, isas.get(node) ?? "") ?? [],
  );
  return { source, firmware, programs: [...programs.values()], image, warnings };
}

/** Hash of each node's firmware, for snapshots. */
export function firmwareHashes(
  firmware: readonly SessionFirmware[],
): { node: string; sha256: string }[] {
  return firmware.map(({ node, bytes }) => ({
    node,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  }));
}
