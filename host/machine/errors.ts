/**
 * The error codes of machine files (E101 to E119) and of firmware that does not fit its machine
 * (E461 to E466). Codes are stable; docs/errors.md is generated from such tables.
 */

import { type Place, UserError } from "../error/index.js";

export const MACHINE_ERRORS = {
  E101: "the file is not JSON with comments",
  E102: "a value of the machine file has the wrong type, is missing or is not one of those allowed",
  E103: "the machine file holds a key that nothing reads",
  E104: "two regions of one node's address map overlap",
  E105: "a base, size or address is misaligned or leaves the address space",
  E106: "a clock, node, device or port is named that does not exist",
  E107: "a number is outside its range, or its text cannot be read",
  E108: "a name is malformed or not one that this kind of device may have",
  E109: "a name, node or driver of an input appears twice",
  E110: "two sources drive one interrupt line",
  E111: "a path is absolute or leaves the machine file's folder",
  E112: "an ISA string or timing profile is not one that harts here have",
  E113: "the machine exceeds a limit of the emulator",
  E114: "a link does not join two free UARTs",
  E115: "a latency is shorter than a cycle of the receiver or longer than the core can hold",
  E116: "a clock drives nothing",
  E117: "a boot address lies in no memory from which the node can execute",
  E118: "an interrupt number is given but the node has no interrupt unit",
  E119: "a PECI engine and its client have different clocks",
  E126: "a tile processor cannot be as its geometry, defects or repair codes say",
} as const;

export const LOAD_ERRORS = {
  E461: "a segment of the firmware lies outside every memory of its node",
  E462: "a segment of the firmware lies in the registers of a device or in another node's place",
  E463: "a node has no firmware",
  E464: "firmware is given for a node that does not exist",
  E465: "the entry of a program is misaligned for its hart",
  E466: "a program for a bare hart spans more memory than a machine may have",
} as const;

export type MachineErrorCode = keyof typeof MACHINE_ERRORS | keyof typeof LOAD_ERRORS;

/** Rows for docs/errors.md. */
export const MACHINE_ERROR_ROWS: readonly { readonly code: string; readonly meaning: string }[] =
  Object.entries({ ...MACHINE_ERRORS, ...LOAD_ERRORS }).map(([code, meaning]) => ({
    code,
    meaning,
  }));

/** Raises a UserError; every mistake in a machine file comes through here. */
export function refuse(code: MachineErrorCode, what: string, place: Place, hint: string): never {
  throw new UserError(code, what, place, hint);
}
