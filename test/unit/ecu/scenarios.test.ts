/** The scenarios of the control unit hold, and those with faults do not hold without them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseScenario } from "../../../host/campaign/scenario.js";
import { ScenarioRun } from "../../../host/campaign/scenario-run.js";
import { machine } from "../../../host/testing/index.js";
import { machineNamer } from "../../../host/trace/namer.js";

const FOLDER = fileURLToPath(
  new URL("../../../firmware-models/dual-block-ecu/scenarios", import.meta.url),
);
const NAMES = readdirSync(FOLDER).map((file) => file.replace(".json", ""));
/** Nothing breaks in it. */
const CLEAN = "drive";

async function run(name: string, change: (text: string) => string = (text) => text) {
  const file = join(FOLDER, `${name}.json`);
  const scenario = parseScenario(change(readFileSync(file, "utf8")), file);
  const ecu = await machine("dual-block-ecu");
  return new ScenarioRun(scenario, ecu.machine, machineNamer(ecu.machine, [])).run();
}

describe("scenarios of the control unit", () => {
  test("are those that the issue names", () => {
    expect(NAMES.sort()).toEqual(["block0-lost", "clock-lost", "drive", "isolation", "lockstep"]);
  });

  test.each(NAMES)("%s holds, and its faults strike", async (name) => {
    const { expectations, faults } = await run(name);
    expect(expectations.filter(({ ok }) => !ok)).toEqual([]);
    expect(faults.map(({ fired }) => fired)).toEqual(name === CLEAN ? [] : [true]);
  });

  test.each(NAMES.filter((name) => name !== CLEAN))(
    "%s without its fault does not hold",
    async (name) => {
      const { expectations } = await run(name, (text) => text.replace(/"faults": \[.*\],/, ""));
      expect(expectations.some(({ ok }) => !ok)).toBe(true);
    },
  );
});
