import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BreakMarks } from "../../../host/node/endpoints/break-marks.js";

/** What the kernel makes of a character, an error or a break with PARMRK set. */
const marked = (event: number | "break"): number[] => {
  if (event === "break") return [0xff, 0, 0];
  return event === 0xff ? [0xff, 0xff] : [event];
};

function decodeAll(bytes: readonly number[], piece: number): (number | "break")[] {
  const marks = new BreakMarks();
  const events: (number | "break")[] = [];
  for (let at = 0; at < bytes.length; at += piece) {
    for (const found of marks.decode(Uint8Array.from(bytes.slice(at, at + piece)))) {
      if (found === "break") events.push(found);
      else events.push(...found);
    }
  }
  return events;
}

describe("marks of breaks on a received line", () => {
  test("every stream of characters and breaks comes back, in any pieces", () => {
    const event = fc.oneof(fc.nat(255), fc.constantFrom<number | "break">(0, 0xff, "break"));
    fc.assert(
      fc.property(fc.array(event), fc.integer({ min: 1, max: 9 }), (events, piece) => {
        expect(decodeAll(events.flatMap(marked), piece)).toEqual(events);
      }),
    );
  });

  test("a character with an error keeps its value", () => {
    expect(decodeAll([0xff, 0, 0x41, 0x42], 2)).toEqual([0x41, 0x42]);
  });

  test("bytes without marks are not copied", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(new BreakMarks().decode(bytes)[0]).toBe(bytes);
  });
});
