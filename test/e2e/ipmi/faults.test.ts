/** The model's fault files, from the command line: each strikes, and the links find each other. */
import { readFileSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildHost, hotspareJson } from "../../support/cli.js";
import { endAll, liveFolder } from "../../support/live.js";

beforeAll(buildHost);
afterEach(endAll);

const FOLDER = new URL("../../../firmware-models/bmc-backup-link/faults", import.meta.url).pathname;
const LOST = "link: degraded, backup on";
const FOUND = "link: normal";

describe("fault files of bmc-backup-link", () => {
  test.each([
    ["kcs-lost", "22s", [LOST, FOUND]],
    ["bmc-hang", "22s", [LOST, FOUND]],
    ["peci-noise", "70s", [LOST, FOUND]],
    ["both-lost", "30s", [LOST, FOUND]],
  ])("%s", (name, time, wanted) => {
    const console = liveFolder()("console");
    const serial = ["--serial", `host.uart0=file:${console}`];
    const faults = ["--faults", `${FOLDER}/${name}.json`];
    const { status, json } = hotspareJson([
      ...["run", "bmc-backup-link", "--free", "--for", time],
      ...[...serial, ...faults],
    ]);
    expect(status).toBe(0);
    expect(json.outcome).toBe("done");
    expect(json.faults.length).toBeGreaterThan(0);
    for (const { id, fired } of json.faults) expect(fired, id).toBe(true);
    const lines = readFileSync(console, "latin1").split(/[\r\n]+/);
    const told = lines
      .map((line) => line.replace(/^> /, ""))
      .filter((line) => line.startsWith("link"));
    expect(told.slice(0, 2)).toEqual(wanted);
    expect(told.at(-1)).toBe(FOUND);
  });
});
