/** `hotspare term ENDPOINT`: a serial terminal. */

import { createWriteStream } from "node:fs";
import { Exit, UserError } from "../../error/index.js";
import { openEndpoint } from "../../node/endpoints/index.js";
import { type LineEnding, runTerminal } from "../../node/term.js";
import { parseEndpoint } from "../../serial/grammar.js";
import { flagOption, textOption } from "../options.js";
import type { Action } from "../table.js";

const ENDINGS: readonly LineEnding[] = ["cr", "lf", "crlf"];

export const action: Action = async ([text = ""], options, context) => {
  if (context.options.json) {
    const place = { argument: "--json" };
    throw new UserError("E206", "a terminal has no JSON on stdout", place, "use --result FILE");
  }
  const spec = parseEndpoint(text);
  if (spec.kind === "stdio") {
    const what = "the terminal has stdin and stdout itself";
    throw new UserError("E206", what, { argument: text }, "give another endpoint");
  }
  const lineEnding = endingOf(textOption(options, "eol") ?? "cr");
  const logFile = textOption(options, "log");
  const endpoint = await openEndpoint(spec, { uart: "term", log: (line) => context.log(line) });
  const log = logFile === null ? null : createWriteStream(logFile);
  context.log(`${endpoint.describe()}: Ctrl-] ends`);
  context.signals.endCleanly();
  const end = await Promise.race([
    runTerminal(endpoint, {
      input: process.stdin,
      output: process.stdout,
      lineEnding,
      hex: flagOption(options, "hex"),
      echo: flagOption(options, "echo"),
      ...(log === null ? {} : { log }),
    }),
    context.signals.wait(),
  ]);
  if (process.stdin.isTTY) process.stdin.setRawMode(false);
  await endpoint.close();
  await new Promise<void>((resolve) => (log === null ? resolve() : log.end(resolve)));
  const { rx, tx, dropped } = endpoint.counters;
  const signalled = context.signals.requested !== null;
  const exitCode = signalled ? context.signals.exitCode : Exit.PASS;
  return { json: { endpoint: endpoint.describe(), end, rx, tx, dropped }, text: "", exitCode };
};

function endingOf(text: string): LineEnding {
  const ending = ENDINGS.find((name) => name === text);
  if (ending !== undefined) return ending;
  const hint = `one of ${ENDINGS.join(", ")}`;
  throw new UserError("E200", `"${text}" is no line ending`, { argument: "--eol" }, hint);
}
