/**
 * The control unit's portable C, built for this computer with the sanitizers on, against a motor in
 * floating point. At a constant speed the set gives the torque it is asked for, to 2 %.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireClient } from "../../support/clients.js";
import { ROOT } from "./root.js";

const gcc = requireClient("gcc", "gcc");
const FIRMWARE = "firmware-models/dual-block-ecu/firmware";
const SOURCES = ["control.c", "guard.c", "mailbox.c", "sine.c"];

describe.skipIf(gcc === undefined)("the control unit's portable C", () => {
  const folder = mkdtempSync(join(tmpdir(), "hotspare-native-"));
  const found = new Map<string, string>();
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(() => {
    const program = join(folder, "ecu");
    const flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    const includes = ["firmware-models/include", "firmware-models/common", FIRMWARE];
    execFileSync(
      gcc!,
      [
        ...["-std=c11", "-O1", "-Wall", "-Wextra", ...flags, "-o", program],
        ...includes.map((path) => `-I${path}`),
        ...SOURCES.map((name) => `${FIRMWARE}/${name}`),
        "firmware-models/common/crc.c",
        "test/unit/firmware/ecu-native.c",
        "-lm",
      ],
      { cwd: ROOT },
    );
    for (const line of execFileSync(program, { encoding: "utf8" }).trim().split("\n")) {
      const [name = "", value = ""] = line.split("\t");
      found.set(name, value);
    }
  });

  test.each([
    ["standstill", 600],
    ["forward", 1000],
    ["backward", 700],
    ["braking", -800],
    ["too much asked", 1200],
  ])("%s: the torque is %d mNm, and no current runs away", (name, torque_mnm) => {
    const [torque, largest] = found.get(name)!.split(" ").map(Number);
    expect(Math.abs(torque! - torque_mnm)).toBeLessThan(0.02 * Math.abs(torque_mnm));
    // A set gives 120 mNm an ampere; a fifth more is the overshoot allowed.
    expect(largest).toBeLessThan((1.2 * Math.abs(torque_mnm)) / 120);
  });

  test("the sine is right to 4 of 32767, and square roots are whole", () => {
    expect(Number(found.get("sine error"))).toBeLessThan(4);
    expect(found.has("square root of")).toBe(false);
  });

  test("a partner is found after 20 messages in a row and lost after 3 silent periods", () => {
    // Silent from period 30 on: the third period without news is 32. Period 40 brings a damaged
    // message, so that the row begins anew.
    expect(found.get("partner")).toBe("found@19 lost@32 damaged 1 last 159");
  });

  test("a broken sensor counts from the second period on, and once", () => {
    expect(found.get("guard")).toBe("10000 1 overcurrent");
  });
});
