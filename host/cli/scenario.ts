/** Scenarios on the command line: where they are, and the machine that they run on. */

import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseScenario, type Scenario } from "../campaign/scenario.js";
import { UserError } from "../error/index.js";
import { suggestion } from "../machine/nearest.js";
import { modelNames, packageRoot, readMachineFile, readUserFile } from "../node/files.js";
import { type LoadedMachine, loadMachine } from "./load.js";

const FOLDER = "scenarios";

export interface LoadedScenario {
  readonly scenario: Scenario;
  readonly loaded: LoadedMachine;
  /** `hotspare run MACHINE --scenario NAME`, as the user would write it. */
  readonly command: string;
}

/** Names of the scenarios beside a machine file. */
function scenarioNames(folder: string): string[] {
  const path = join(folder, FOLDER);
  if (!existsSync(path)) return [];
  const files = readdirSync(path).filter((name) => name.endsWith(".json"));
  return files.map((name) => basename(name, ".json")).sort();
}

/** The file of `--scenario NAME` of a machine: a path, or a name in its folder `scenarios`. */
function fileOf(name: string, machine: string): string {
  if (name.endsWith(".json")) return name;
  const { folder } = readMachineFile(machine);
  const names = scenarioNames(folder);
  if (names.includes(name)) return join(folder, FOLDER, `${name}.json`);
  const what = `${machine} has no scenario "${name}"`;
  throw new UserError("E124", what, { argument: name }, suggestion(name, names));
}

function read(file: string, name: string): Scenario {
  const content = new TextDecoder().decode(readUserFile(file, "E124", "scenario"));
  return parseScenario(content, name);
}

/**
 * `--scenario NAME` of a machine.
 * @throws UserError E124 (not there), E101, E121 to E123 (malformed), E1xx and E4xx of the machine.
 */
export function loadScenario(
  name: string,
  machine: string,
  overrides: ReadonlyMap<string, string>,
  seed: bigint | null,
): LoadedScenario {
  const file = fileOf(name, machine);
  const scenario = read(file, file);
  const firmware = new Map([...firmwareOf(scenario, dirname(file)), ...overrides]);
  const loaded = loadMachine(machine, firmware, seed ?? scenario.seed);
  return { scenario, loaded, command: `hotspare run ${machine} --scenario ${name}` };
}

/**
 * SCENARIO of `hotspare campaign`: `MODEL/NAME`, or the path of a scenario.
 * @throws UserError as `loadScenario`.
 */
export function loadCampaignScenario(text: string, seed: bigint | null): LoadedScenario {
  const [model = "", name = "", ...rest] = text.split("/");
  if (!text.endsWith(".json") && rest.length === 0 && name !== "") {
    if (modelNames().includes(model)) return loadScenario(name, model, new Map(), seed);
  }
  if (!text.endsWith(".json")) {
    const known = modelNames().flatMap((one) => {
      const folder = join(packageRoot(), "firmware-models", one);
      return scenarioNames(folder).map((scenario) => `${one}/${scenario}`);
    });
    const what = `there is no scenario "${text}"`;
    throw new UserError("E124", what, { argument: text }, suggestion(text, known));
  }
  const { machine } = read(text, text);
  return loadScenario(text, join(dirname(text), machine ?? "../machine.json"), new Map(), seed);
}

function firmwareOf(scenario: Scenario, folder: string): [string, string][] {
  return [...scenario.firmware].map(([node, path]) => [node, join(folder, path)]);
}
