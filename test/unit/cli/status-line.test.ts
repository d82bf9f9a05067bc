import { describe, expect, test } from "vitest";
import { fittingText, latenessText, secondsText } from "../../../host/cli/status-line.js";

describe("the live line of a run", () => {
  test.each([
    [0n, "  0.000 s"],
    [999_999_999n, "  0.000 s"],
    [1_410_000_000_000n, "  1.410 s"],
    [3_600_050_000_000_000n, "3600.050 s"],
  ])("shows %s ps in columns that do not move", (time_ps, text) =>
    expect(secondsText(time_ps)).toBe(text),
  );

  test("shows lateness in one precision", () => {
    const report = { p50: 0.65, p99: 4.9, max: 17.912, dropped_ms: 0, drops: 0 };
    expect(latenessText(report)).toBe("late  0.7 ms (99 %  4.9, worst 17.9)");
  });

  test.each([
    [14, "12345  67890"],
    [12, "12345  67890"],
    [11, "12345"],
    [4, ""],
  ])("keeps whole parts only on a terminal of %s columns", (columns, text) =>
    expect(fittingText(["12345", "67890", "abcdef"], columns)).toBe(text),
  );
});
