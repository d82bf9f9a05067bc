/** What session and snapshot files have in common above their container. */

import { UserError } from "../error/index.js";
import type { Sections } from "./container.js";

export const SESSION_ERRORS = {
  E150: "a session or snapshot file is of another kind, truncated, damaged or inconsistent",
  E151: "a session or snapshot file carries another state or timing version than this hotspare",
} as const;

/** Rows for docs/errors.md. */
export const SESSION_ERROR_ROWS = Object.entries(SESSION_ERRORS).map(([code, meaning]) => ({
  code,
  meaning,
}));

/**
 * Reads what a file means. Its checksum holds, so whatever is still wrong inside was written wrong:
 * @throws UserError E150 for everything that is not a UserError already.
 */
export function consistent<T>(noun: string, file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const what = `the ${noun} is inconsistent: ${reason}`;
    throw new UserError("E150", what, { file }, "make it again");
  }
}

/** @throws UserError E150 when the file lacks the section. */
export function sectionOf(sections: Sections, name: string, file: string): Uint8Array {
  const section = sections.get(name);
  if (section !== undefined) return section;
  throw new UserError("E150", `the file lacks its part "${name}"`, { file }, "make it again");
}

export interface Versions {
  readonly stateVersion: number;
  readonly timingVersion: number;
}

/** @throws UserError E151 that names both versions when they differ. */
export function versionsDiffer(
  noun: string,
  file: string,
  tool: string,
  theirs: Versions,
  ours: Versions,
): void {
  const differ = theirs.stateVersion !== ours.stateVersion;
  if (!differ && theirs.timingVersion === ours.timingVersion) return;
  const name = (versions: Versions) =>
    `state version ${versions.stateVersion}, timing version ${versions.timingVersion}`;
  throw new UserError(
    "E151",
    `the ${noun} was made by hotspare ${tool} with ${name(theirs)}; this one has ${name(ours)}`,
    { file },
    `make it again, or use hotspare ${tool}; CHANGELOG.md lists what changed between the two`,
  );
}
