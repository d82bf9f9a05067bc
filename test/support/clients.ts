/**
 * Programs that some tests need from the machine they run on (objdump, gdb, ipmitool, socat). Where
 * one is absent its tests are skipped with a line that says so; under CI=true absence is a failure.
 */

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Path of a program, or undefined after printing why the tests that need it are skipped. Use it as
 * `const objdump = requireClient(...); describe.skipIf(objdump === undefined)(...)`.
 * @param name the program, looked up in PATH.
 * @param packageName the Debian package that holds it.
 * @throws Error under CI=true when the program is absent.
 */
export function requireClient(name: string, packageName: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder of PATH; the next may have it.
    }
  }
  const advice = `${name} is not installed (apt-get install ${packageName})`;
  if (process.env.CI === "true") throw new Error(`${advice}; under CI=true that is a failure`);
  process.stderr.write(`skipped: ${advice}\n`);
  return undefined;
}
