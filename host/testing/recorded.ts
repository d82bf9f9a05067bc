/** A recorded session as a test: everything it sent must be sent again, at the same times. */

import { STATE_VERSION, TIMING_VERSION } from "../../assembly/kernel/abi.js";
import { parseFault } from "../campaign/fault.js";
import { ArmedFaults } from "../campaign/fault-rows.js";
import { Machine } from "../core/machine.js";
import { loadModule } from "../core/module.js";
import { UserError } from "../error/index.js";
import { readElf } from "../guest/elf.js";
import { elaborate, parseMachine } from "../machine/index.js";
import { readCore, readUserFile } from "../node/files.js";
import { RecordHub } from "../session/hub.js";
import { type ReplayDifference, replaySession } from "../session/replay.js";
import { decodeSession } from "../session/session-file.js";
import { decodeSnapshot } from "../session/snapshot-file.js";

const VERSIONS = { stateVersion: STATE_VERSION, timingVersion: TIMING_VERSION };

export interface SessionResult {
  readonly machine: Machine;
  /** Where replay and recording part first; null: nowhere. */
  readonly difference: ReplayDifference | null;
}

/**
 * Replays a session file, as `hotspare replay` does.
 *
 *   expect((await recordedSession("board.session")).difference).toBeNull();
 *
 * @throws UserError E150 and others when the file is damaged or of another version.
 */
export async function recordedSession(file: string): Promise<SessionResult> {
  const session = decodeSession(readUserFile(file, "E150", "session"), file, VERSIONS);
  const description = parseMachine(session.machine.text, session.machine.file);
  const programs = new Map(
    session.firmware.map(({ node, file: name, bytes }) => [node, readElf(bytes, name)]),
  );
  const image = elaborate(description, programs, { seed: session.seed });
  if (image.hash !== session.machine.hash) {
    const what = `its machine "${session.machine.name}" has another hash than when it was recorded`;
    throw new UserError("E150", what, { file }, "record it again");
  }
  const machine = await Machine.create(image, { module: await loadModule(readCore()) });
  if (session.start !== null) {
    machine.restoreFrom(decodeSnapshot(session.start, file, VERSIONS).snapshot, file);
  }
  new ArmedFaults(
    machine,
    session.faults.map((text) => parseFault(text, { file })),
  );
  const { difference } = await replaySession({
    machine,
    hub: new RecordHub(machine),
    session,
    outputsOnly: false,
    breathe: async () => {},
    stopRequested: () => false,
  });
  return { machine, difference };
}
