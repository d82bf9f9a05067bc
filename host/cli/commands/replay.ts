/** `hotspare replay FILE`: a recorded session again, with no port. Source: docs/cli.md, "replay". */

import { performance } from "node:perf_hooks";
import { STATE_VERSION, TIMING_VERSION } from "../../../assembly/kernel/abi.js";
import { parseFault } from "../../campaign/fault.js";
import { ArmedFaults } from "../../campaign/fault-rows.js";
import { Machine } from "../../core/machine.js";
import { loadModule } from "../../core/module.js";
import { Exit, UserError } from "../../error/index.js";
import { timeText } from "../../machine/quantities.js";
import { readCore, readUserFile } from "../../node/files.js";
import { RecordHub } from "../../session/hub.js";
import { type ReplayResult, replaySession } from "../../session/replay.js";
import { decodeSession, type Session } from "../../session/session-file.js";
import { decodeSnapshot } from "../../session/snapshot-file.js";
import { machineNamer } from "../../trace/namer.js";
import type { Context } from "../context.js";
import { assembleMachine, type LoadedMachine } from "../load.js";
import { flagOption, listOption, pairOptions } from "../options.js";
import { haltVerdict, type Verdict } from "../outcome.js";
import { runJson, runText } from "../run-result.js";
import type { Action } from "../table.js";
import { TraceFile, tracePlan } from "../trace-file.js";

const VERSIONS = { stateVersion: STATE_VERSION, timingVersion: TIMING_VERSION };
const YIELD_MS = 20;

export const action: Action = async ([path = ""], options, context) => {
  const started_ms = performance.now();
  const plan = tracePlan(options);
  const session = decodeSession(readUserFile(path, "E150", "session"), path, VERSIONS);
  const changed = pairOptions(listOption(options, "firmware"), "--firmware", "NODE=ELF");
  const outputsOnly = flagOption(options, "outputsOnly") || changed.length > 0;
  const loaded = assemble(session, new Map(changed), path);
  const machine = await Machine.create(loaded.image, { module: await loadModule(readCore()) });
  if (session.start !== null) {
    refuseFirmware(changed.length);
    machine.restoreFrom(decodeSnapshot(session.start, path, VERSIONS).snapshot, path);
  }
  const specs = session.faults.map((text) => parseFault(text, { file: path }));
  const faults = new ArmedFaults(machine, specs);
  const hub = new RecordHub(machine);
  const namer = machineNamer(machine, loaded.programs);
  const trace = plan === null ? null : new TraceFile(plan, machine.image.name, namer, hub);
  context.signals.endCleanly();
  const result = await replaySession({
    machine,
    hub,
    session,
    outputsOnly,
    breathe: breather(),
    stopRequested: () => context.signals.requested !== null,
  });
  trace?.close();
  const verdict = verdictOfReplay(result, machine, context);
  const wall_s = (performance.now() - started_ms) / 1000;
  const { difference } = result;
  const json = {
    ...runJson(machine, verdict, { faults: faults.report(), wall_s }),
    recorded: { outcome: session.end.outcome, driver: session.driver, tool: session.tool },
    difference,
  };
  return { json, text: runText(json) + differenceText(result), exitCode: verdict.exitCode };
};

/** The machine of the session, with other firmware where asked. */
function assemble(
  session: Session,
  changed: ReadonlyMap<string, string>,
  path: string,
): LoadedMachine {
  const firmware = session.firmware.filter(({ node }) => !changed.has(node));
  for (const [node, file] of changed) {
    firmware.push({ node, file, bytes: readUserFile(file, "E420", `firmware of "${node}"`) });
  }
  const source = { file: session.machine.file, text: session.machine.text };
  const loaded = assembleMachine(source, firmware, session.seed);
  if (loaded.image.hash !== session.machine.hash) {
    const what = `its machine "${session.machine.name}" has another hash than when it was recorded`;
    const hint =
      "the session is damaged, or this hotspare builds machines differently: record again";
    throw new UserError("E150", what, { file: path }, hint);
  }
  const known = loaded.image.uarts.map(({ name }) => name);
  const unknown = session.uarts.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const what = `it names a UART "${unknown}" that its machine does not have`;
    throw new UserError("E150", what, { file: path }, "the session is damaged: record again");
  }
  return loaded;
}

/** The firmware of a session that starts from a snapshot lies in the snapshot. */
function refuseFirmware(changed: number): void {
  if (changed === 0) return;
  const what = "the session starts from a snapshot, which holds its firmware";
  const hint = "record it from power-on to replay it with other firmware";
  throw new UserError("E206", what, { argument: "--firmware" }, hint);
}

/** Gives the event loop its turn now and then. */
function breather(): () => Promise<void> {
  let last_ms = performance.now();
  return async () => {
    if (performance.now() - last_ms < YIELD_MS) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    last_ms = performance.now();
  };
}

function verdictOfReplay(
  { difference, stopped }: ReplayResult,
  machine: Machine,
  context: Context,
): Verdict {
  const { halt } = haltVerdict(machine.halt());
  if (stopped) return { outcome: "interrupted", exitCode: context.signals.exitCode, halt };
  return difference === null
    ? { outcome: "pass", exitCode: Exit.PASS, halt }
    : { outcome: "fail", exitCode: Exit.FAIL, halt };
}

function differenceText({ difference, stopped }: ReplayResult): string {
  if (difference === null) return stopped ? "" : "replay equals the recording\n";
  const { time_ps, unit, what, expected, actual } = difference;
  const where = `${timeText(BigInt(time_ps))}, ${unit}`;
  return `first difference at ${where}: ${what}\n  recorded ${expected}\n  replayed ${actual}\n`;
}
