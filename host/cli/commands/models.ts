/** `hotspare models`: the models that come with the package. */

import { Exit } from "../../error/index.js";
import { parseMachine } from "../../machine/parse.js";
import { modelNames, readMachineFile } from "../../node/files.js";
import type { Action } from "../table.js";
import { table } from "../text-table.js";

export const action: Action = async () => {
  const models = modelNames().map((name) => {
    const { text, file } = readMachineFile(name);
    const { summary, nodes } = parseMachine(text, file);
    return { name, summary, nodes: nodes.map((node) => node.name), file };
  });
  const rows = models.map(({ name, summary }) => [name, summary]);
  return { json: { models }, text: table(rows), exitCode: Exit.PASS };
};
