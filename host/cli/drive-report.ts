/** `--report`: a drive of a motor as one picture or page, written at the end of a run. */

import { UnitKind } from "../../assembly/kernel/abi.js";
import type { Machine } from "../core/machine.js";
import { UserError } from "../error/index.js";
import type { RecordHub } from "../session/hub.js";
import { DRIVE_KINDS, DriveRecorder } from "../trace/drive.js";
import type { Namer } from "../trace/kinds.js";
import { OutputFile } from "./output-file.js";

export interface DriveReport {
  /** Draws what the trace told until a machine time. Twice is harmless. */
  close(time_ps: bigint): Promise<void>;
}

/**
 * Takes the records of a run from now on.
 * @throws UserError E206 where the machine has no motor, or for a name in neither .html nor .svg;
 * E208 when the file cannot be written.
 */
export function driveReport(
  path: string,
  machine: Machine,
  namer: Namer,
  hub: RecordHub,
): DriveReport {
  const place = { argument: "--report" };
  const { image } = machine;
  if (!image.units.some(({ kind }) => kind === UnitKind.PLANT)) {
    const what = `"${image.name}" has no motor: there is no drive to report`;
    throw new UserError("E206", what, place, "use --vcd or --timeline, or dual-block-ecu");
  }
  const html = path.endsWith(".html");
  if (!html && !path.endsWith(".svg")) {
    const what = `"${path}" is the name of neither a page nor a picture`;
    throw new UserError("E206", what, place, "end it in .html or .svg");
  }
  const file = new OutputFile(path, "--report");
  const recorder = new DriveRecorder(image, namer, machine.now());
  hub.listen(DRIVE_KINDS, (records) => recorder.add(records));
  let closed = false;
  return {
    close: async (time_ps) => {
      if (closed) return;
      closed = true;
      // Loaded only now: drawing needs more than running.
      const { driveHtml, driveSvg } = await import("../pictures/index.js");
      const drive = recorder.finish(time_ps);
      file.write(html ? driveHtml(drive) : driveSvg(drive));
      file.close();
    },
  };
}
