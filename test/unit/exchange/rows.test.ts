/** The Mk2 words: fixed examples read off the table of encodings, round trips, wrong fields. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkRow } from "../../../host/exchange/check-rows.js";
import { chipByName } from "../../../host/exchange/geometry.js";
import {
  COUNT_MOST,
  decodeInstruction,
  encodeInstruction,
  ROW_FORMS,
  type RowInstruction,
  rowText,
} from "../../../host/exchange/rows.js";

/** Words computed by hand from the encoding table. */
const EXAMPLES: readonly (readonly [RowInstruction, readonly number[]])[] = [
  [{ op: "sync", zone: 3 }, [0x41800003]],
  [{ op: "sans", n: 0 }, [0x40c00000]],
  [{ op: "sans", n: 255 }, [0x40c000ff]],
  [{ op: "delay", n: 1 }, [0x40a00000]],
  [{ op: "delay", n: 524288 }, [0x40a7ffff]],
  [{ op: "delaypic", n: 128, sel: 0, value: 0x10000 }, [0x63f90000]],
  [{ op: "delaypic", n: 1, sel: 1, value: 2 }, [0x60040002]],
  [{ op: "delayxpic", n: 2, sel: 0, value: 0x640 }, [0x64004640]],
  [{ op: "delayxpic", n: 4096, sel: 1, value: 0x1fff }, [0x67ffffff]],
  [{ op: "send", n: 64, address: 0x10000, sctl: 3 }, [0x7fe80003]],
  [{ op: "send", n: 1, address: 0x3ffff, sctl: 0 }, [0x781ffff8]],
  [{ op: "sendoff", n: 4096, delta: 0, sctl: 1 }, [0x77efc001]],
  [{ op: "sendoff", n: 65, delta: 2047, sctl: 2 }, [0x70007ffa]],
  [{ op: "sendpic", n: 2, csel: 2, value: 0x10001 }, [0x70390001]],
  [
    { op: "sendpicp", psel: 0, n: 1, address: 0x10000, sctl: 1, xpic: 0x640, pic: 0x10002 },
    [0xf0080001, 0x19010002],
  ],
  [{ op: "return" }, [0x43a00000]],
];

describe("encoding", () => {
  test.each(EXAMPLES)("%o is %o", (instruction, words) => {
    expect(encodeInstruction(instruction)).toEqual(words);
    expect(decodeInstruction(words, 0, 0x40000)).toEqual(instruction);
  });

  test("every word matches at most one form, and known ones encode back to themselves", () => {
    const near = fc.tuple(fc.constantFrom(...ROW_FORMS), fc.integer()).map(([f, noise]) => {
      return (f.match | (noise & ~f.mask)) >>> 0;
    });
    fc.assert(
      fc.property(
        fc.oneof(
          near,
          fc.integer().map((n) => n >>> 0),
        ),
        fc.nat(),
        (word, inline) => {
          const hits = ROW_FORMS.filter(({ match, mask }) => (word & mask) >>> 0 === match);
          expect(hits.length).toBeLessThanOrEqual(1);
          const instruction = decodeInstruction([word, inline], 0, 0x40000);
          expect(instruction.op === "unknown").toBe(hits.length === 0);
          const back = encodeInstruction(instruction);
          expect(back).toEqual([word, inline].slice(0, back.length));
        },
      ),
      { numRuns: 3000 },
    );
  });

  test("an unaligned sendpicp, and one without its second word, are unknown words", () => {
    expect(decodeInstruction([0xf0080001, 0], 0, 0x40004).op).toBe("unknown");
    expect(decodeInstruction([0xf0080001], 0, 0x40000).op).toBe("unknown");
  });

  test.each([0, 0xe8000000, 0x40c00100, 0x41800010, 0x43a00001, 0x40a80000])(
    "word %i is unknown",
    (word) => {
      expect(decodeInstruction([word, 0], 0, 0x40000)).toEqual({ op: "unknown", word });
    },
  );

  test("counts reach what their fields hold", () => {
    expect(COUNT_MOST).toEqual({
      delay: 524288,
      delaypic: 128,
      delayxpic: 4096,
      send: 64,
      sendoff: 4096,
      sendpic: 64,
      sendpicp: 64,
    });
  });

  test.each([
    { op: "send", n: 65, address: 0, sctl: 0 },
    { op: "send", n: 0, address: 0, sctl: 0 },
    { op: "sendoff", n: 4097, delta: 0, sctl: 0 },
    { op: "sendoff", n: 1, delta: 2048, sctl: 0 },
    { op: "delayxpic", n: 1, sel: 0, value: 0x2000 },
    { op: "sendpicp", n: 1, psel: 0, address: 0, sctl: 0, xpic: 0x4000, pic: 0 },
    { op: "delay", n: 1.5 },
  ] as const)("%o does not fit its fields", (instruction) => {
    expect(() => encodeInstruction(instruction)).toThrow(/E135/);
  });

  test("the text of a row counts events", () => {
    const words = EXAMPLES.slice(3, 6).flatMap(([, w]) => w);
    expect(
      rowText(words, 0x40000)
        .split("\n")
        .map((line) => line.trim()),
    ).toEqual(["0  delay n=1", "1  delay n=524288", "524289  delaypic n=128 sel=0 value=0x10000"]);
  });
});

describe("the checker of rows", () => {
  const mini = chipByName("mini");
  const sync: RowInstruction = { op: "sync", zone: 3 };
  const end: RowInstruction = { op: "return" };
  const send = (address: number, sctl: number): RowInstruction => ({
    op: "send",
    n: 2,
    address,
    sctl,
  });

  test.each([
    [[sync, send(0x10000, 1), end], []],
    [[{ op: "sans", n: 0 }, { op: "sync", zone: 1 }, end], []],
    [[send(0x10000, 1), end], ["the row begins with no barrier"]],
    [[sync, sync, end], ["a second barrier"]],
    [[sync, { op: "delay", n: 5 }], ["the row leaves memory or has no return"]],
    [[sync, end, end], ["words after the return"]],
    [[sync, send(0xffff, 1), end], ["a send reads outside memory"]],
    [[sync, send(0x13fff, 3), end], ["a send reads outside memory"]],
    [[sync, send(0, 0), end], []],
    [[sync, send(0x10000, 5), end], ["64-bit items are later work"]],
    [
      [sync, { op: "unknown", word: 0 }, end],
      ["an unknown word, or a sendpicp that is not 8-byte aligned"],
    ],
    [
      [sync, { op: "delaypic", n: 1, sel: 1, value: 1 }, end],
      ["a format or a paired mux, which 32-bit exchanges do not use"],
    ],
  ] as [RowInstruction[], string[]][])("%j: %j", (instructions, rules) => {
    const words = instructions.flatMap(encodeInstruction);
    expect(checkRow(mini, 0x44000, words).map(({ rule }) => rule)).toEqual(rules);
  });

  test("names the event, and an aligned sendpicp that lies at the wrong place", () => {
    const wide: RowInstruction = {
      op: "sendpicp",
      n: 1,
      psel: 0,
      address: 0x10000,
      sctl: 0,
      xpic: 0,
      pic: 0,
    };
    const words = [sync, { op: "delay", n: 7 } as const, wide, end].flatMap(encodeInstruction);
    expect(checkRow(mini, 0x44000, words)).toEqual([]);
    expect(checkRow(mini, 0x44004, words)).toEqual([
      { rule: "an unknown word, or a sendpicp that is not 8-byte aligned", event: 7, word: 2 },
    ]);
  });

  test("a row across the end of memory is refused", () => {
    const words = [sync, end].flatMap(encodeInstruction);
    expect(checkRow(mini, 0x40000 + 65536 - 4, words)).toHaveLength(1);
  });
});
