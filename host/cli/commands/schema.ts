/** `hotspare schema [NAME]`: JSON Schemas of the files that hotspare reads. */

import { faultsJsonSchema } from "../../campaign/fault-file.js";
import { scenarioJsonSchema } from "../../campaign/scenario-schema.js";
import { Exit, UserError } from "../../error/index.js";
import { suggestion } from "../../machine/nearest.js";
import { machineJsonSchema } from "../../machine/schema.js";
import type { Action } from "../table.js";

const SCHEMAS: ReadonlyMap<string, () => Record<string, unknown>> = new Map([
  ["machine", machineJsonSchema],
  ["faults", faultsJsonSchema],
  ["scenario", scenarioJsonSchema],
]);

export const action: Action = async ([name = "machine"]) => {
  const schema = SCHEMAS.get(name)?.();
  if (schema === undefined) {
    const hint = suggestion(name, [...SCHEMAS.keys()]);
    throw new UserError("E209", `there is no schema "${name}"`, { argument: name }, hint);
  }
  return { json: schema, text: `${JSON.stringify(schema, null, 2)}\n`, exitCode: Exit.PASS };
};
