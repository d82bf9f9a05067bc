/** `hotspare describe MODEL`: what a machine is made of, and what is not modelled. */

import { faultsReport, faultsText } from "../../campaign/describe-faults.js";
import { Exit } from "../../error/index.js";
import { describeMachine } from "../../machine/describe.js";
import { describeSvg } from "../../machine/describe-svg.js";
import { describeText } from "../../machine/describe-text.js";
import { parseMachine } from "../../machine/parse.js";
import { readMachineFile, writeUserFile } from "../../node/files.js";
import { flagOption, textOption } from "../options.js";
import type { Action } from "../table.js";

export const action: Action = async ([name = ""], options) => {
  const { text, file } = readMachineFile(name);
  const description = parseMachine(text, file);
  if (flagOption(options, "faults")) {
    const faults = faultsReport(description);
    return { json: faults, text: faultsText(faults), exitCode: Exit.PASS };
  }
  const report = describeMachine(description);
  const svg = textOption(options, "svg");
  if (svg !== null) writeUserFile(svg, describeSvg(report), "--svg");
  return { json: report, text: `${describeText(report).trimEnd()}\n`, exitCode: Exit.PASS };
};
