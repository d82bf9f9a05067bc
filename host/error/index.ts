/**
 * UserError: every failure that a user can cause. It says what is wrong, where, and what to do
 * next; it never carries a stack trace to the terminal. Codes are stable and listed in
 * docs/errors.md (a test compares). Exit codes: specs of the command line, docs/cli.md.
 */

/** Where a mistake sits: a file (with a line when one is known), the command line, or machine time. */
export type Place =
  | { readonly file: string; readonly line?: number | undefined }
  | { readonly argument: string }
  | { readonly time_ps: bigint; readonly unit: string };

/** Process exit codes, as documented in docs/cli.md. */
export const enum Exit {
  PASS = 0,
  FAIL = 1,
  USAGE = 2,
  MACHINE = 3,
  FIRMWARE = 4,
  ENDPOINT = 5,
  MODEL_BUG = 6,
  TIMEOUT = 42,
  SIGINT = 130,
  SIGTERM = 143,
}

/** The first digit of a code tells its family, and the family its exit code. */
const EXIT_OF_FAMILY: Readonly<Record<string, Exit>> = {
  E1: Exit.MACHINE, // E1xx: machine, scenario, fault, plan, session and snapshot files
  E2: Exit.USAGE, // E2xx: command line and API usage
  E4: Exit.FIRMWARE, // E4xx: firmware that cannot be loaded
  E5: Exit.ENDPOINT, // E5xx: serial devices and sockets
};

export class UserError extends Error {
  /** @param code stable, `E` and three digits; its first digit decides the exit code. */
  constructor(
    readonly code: string,
    readonly what: string,
    readonly place: Place,
    readonly hint: string,
  ) {
    super(`${code} ${placeText(place)}: ${what}\nhint: ${hint}`);
    this.name = "UserError";
  }

  get exitCode(): Exit {
    return EXIT_OF_FAMILY[this.code.slice(0, 2)] ?? Exit.MODEL_BUG;
  }

  /** The object that `--json` prints for an error before the run. */
  toJSON(): { code: string; message: string; place: string; hint: string } {
    return {
      code: this.code,
      message: this.what,
      place: placeText(this.place),
      hint: this.hint,
    };
  }
}

/** `machine.json:41`, `--ram`, or `1.500 ms board.uart0`: how errors name a place. */
export function placeText(place: Place): string {
  if ("file" in place) return place.line ? `${place.file}:${place.line}` : place.file;
  if ("argument" in place) return place.argument;
  return `${place.time_ps} ps, ${place.unit}`;
}
