import { describe, expect, test } from "vitest";
import { verdictOf } from "../../../host/cli/outcome.js";
import type { Halt } from "../../../host/core/machine.js";

const halt = (kind: Halt["kind"], value: number): Halt => ({
  kind,
  value,
  unit: null,
  time_ps: 0n,
});
const NONE = halt(null, 0);

/** Source: the contract of the command line, table "Outcomes", row by row. */
const ROWS = [
  ["until", NONE, true, "pass", 0, null, 0],
  ["halt", halt("tohost", 1), true, "pass", 0, "tohost", 0],
  ["halt", halt("tohost", 3), true, "fail", 1, "tohost", 1],
  ["halt", halt("tohost", 0xffff_ffff), false, "fail", 1, "tohost", 0x7fff_ffff],
  ["halt", halt("store", 0xffff_ffff), true, "halt", 0, "store", 0xffff_ffff],
  ["halt", halt("power", 0), true, "halt", 0, "power", 0],
  ["idle", NONE, true, "halt", 0, "idle", 0],
  ["time", NONE, false, "done", 0, null, 0],
  ["time", NONE, true, "timeout", 42, null, 0],
  ["stopped", NONE, true, "interrupted", 130, null, 0],
] as const;

describe("outcomes", () => {
  test.each(ROWS)(
    "%s %o awaited=%s is %s, exit %i",
    (by, given, awaited, outcome, exitCode, kind, value) => {
      expect(verdictOf(by, given, awaited, 130)).toEqual({
        outcome,
        exitCode,
        halt: { kind, value },
      });
    },
  );
});
