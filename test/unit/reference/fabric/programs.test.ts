/** Random programs are what they say: repeatable, legal or wild, and worth comparing. */
import { describe, expect, test } from "vitest";
import {
  FABRIC_ERRORS,
  randomFabricProgram,
  runFabricProgram,
} from "../../../../host/reference/fabric/index.js";
import { printedSeed } from "../../../support/seeded.js";

const COUNT = process.env.HOTSPARE_SOAK ? 2000 : 60;

describe("random exchange programs", () => {
  const base = printedSeed("random exchange programs") * 100_000;

  test("equal seeds give equal programs", () => {
    expect(randomFabricProgram(base, true)).toEqual(randomFabricProgram(base, true));
    expect(randomFabricProgram(base, true)).not.toEqual(randomFabricProgram(base + 1, true));
  });

  test("legal ones break no rule, and most of them move words", { timeout: 600_000 }, () => {
    let moving = 0;
    for (let i = 0; i < COUNT; i++) {
      const { fabric, result } = runFabricProgram(randomFabricProgram(base + i, true));
      expect([base + i, fabric.errors]).toEqual([base + i, []]);
      expect([base + i, result]).toMatchObject([base + i, { ended: "settled", waiting: [] }]);
      if (fabric.landed.length > 50) moving++;
    }
    expect(moving).toBeGreaterThan(COUNT / 2);
  });

  test("wild ones reach every kind of error, hang, and end all the same", {
    timeout: 600_000,
  }, () => {
    const codes = new Map<number, number>();
    let hung = 0;
    for (let i = 0; i < 2 * COUNT; i++) {
      const { fabric, result } = runFabricProgram(randomFabricProgram(base + i, false));
      for (const { code } of fabric.errors) codes.set(code, (codes.get(code) ?? 0) + 1);
      if (result.waiting.length > 0) hung++;
    }
    const never = Object.keys(FABRIC_ERRORS).filter((code) => !codes.has(Number(code)));
    // A format that changes in the very event of a landing is too rare for a few programs.
    expect(never.filter((code) => code !== "7")).toEqual([]);
    expect(hung).toBeGreaterThan(0);
  });
});
