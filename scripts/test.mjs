/**
 * Runs the test suite: vitest, then one closing line with the counts that any reader or script can
 * rely on. Arguments go to vitest (`npm test -- test/unit/rv32`).
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "hotspare-test-"));
const results = join(folder, "results.json");
const { status } = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${results}`,
    ...process.argv.slice(2),
  ],
  { stdio: "inherit" },
);
let failed = true;
try {
  const report = JSON.parse(readFileSync(results, "utf8"));
  const skipped = report.numPendingTests + report.numTodoTests;
  process.stdout.write(
    `${report.numPassedTests} passed, ${report.numFailedTests} failed, ${skipped} skipped\n`,
  );
  failed = report.numPassedTests === 0 || report.numFailedTests > 0;
} catch {
  process.stderr.write("vitest left no results\n");
}
rmSync(folder, { recursive: true, force: true });
process.exit(status || Number(failed));
