/** `hotspare diff A B`: the first difference of two traces or snapshots. */

import { STATE_VERSION, TIMING_VERSION } from "../../../assembly/kernel/abi.js";
import { Exit, UserError } from "../../error/index.js";
import { timeText } from "../../machine/quantities.js";
import { readUserFile } from "../../node/files.js";
import { containerKind } from "../../session/container.js";
import { diffSnapshots, type SnapshotDifference } from "../../session/diff-snapshots.js";
import { decodeSnapshot } from "../../session/snapshot-file.js";
import { diffTraces, type TraceDifference } from "../../trace/diff.js";
import { parseTrace } from "../../trace/parse.js";
import { diffProfiles, type ProfileDifference, profileOf } from "../../trace/profile-diff.js";
import type { CommandResult } from "../context.js";
import type { Action } from "../table.js";

const VERSIONS = { stateVersion: STATE_VERSION, timingVersion: TIMING_VERSION };

export const action: Action = async ([a = "", b = ""]) => {
  const left = readUserFile(a, "E160", "file");
  const right = readUserFile(b, "E160", "file");
  const profiles = [profileOf(left), profileOf(right)] as const;
  if (profiles[0] !== null && profiles[1] !== null) {
    const difference = diffProfiles(profiles[0], profiles[1]);
    return answer("profile", difference, difference ? profileText(difference) : "");
  }
  const kinds = [left, right].map((bytes) => containerKind(bytes) ?? "trace");
  if (kinds[0] !== kinds[1] || kinds[0] === "SESS") {
    const what = `${a} and ${b} are not two traces or two snapshots`;
    throw new UserError("E161", what, { file: a }, "sessions are compared by replaying them");
  }
  if (kinds[0] === "SNAP") {
    const files = [decodeSnapshot(left, a, VERSIONS), decodeSnapshot(right, b, VERSIONS)] as const;
    const difference = diffSnapshots(...files);
    return answer("snapshot", difference, difference ? snapshotText(difference) : "");
  }
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const difference = diffTraces(parseTrace(text(left), a).lines, parseTrace(text(right), b).lines);
  return answer("trace", difference, difference ? traceText(difference) : "");
};

function answer(kind: string, difference: object | null, text: string): CommandResult {
  const equal = difference === null;
  return {
    json: { kind, equal, difference },
    text: equal ? `the ${kind}s are equal\n` : text,
    exitCode: equal ? Exit.PASS : Exit.FAIL,
  };
}

function profileText({ harts }: ProfileDifference): string {
  const lines = harts.flatMap(({ name, cycles, functions }) => [
    `${name}: ${signed(cycles)} cycles`,
    ...functions.map((row) => `  ${signed(row.gained).padStart(12)}  ${row.name}`),
  ]);
  return `${lines.join("\n")}\n`;
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : String(value);
}

function traceText({ record, time_ps, a, b, differs, context }: TraceDifference): string {
  const what = differs.length === 0 ? "one trace ends" : `in ${differs.join(", ")}`;
  return [
    `first difference at record ${record + 1}, ${timeText(BigInt(time_ps))}: ${what}`,
    ...context.map((line) => `  ${line}`),
    `- ${a ?? "(end of the first trace)"}`,
    `+ ${b ?? "(end of the second trace)"}`,
    "",
  ].join("\n");
}

function snapshotText({ about, pages, first }: SnapshotDifference): string {
  const lines = about.map((text) => `differs in ${text}`);
  if (pages > 0) lines.push(`${pages} pages differ; the first of them:`);
  for (const { place, address, a, b } of first) {
    lines.push(`${place} (${address})`, `- ${a}`, `+ ${b}`);
  }
  return `${lines.join("\n")}\n`;
}
