/** tile-processor.md section 7, lines 4 and 5, and the rules of section 4, on the reference. */
import { describe, expect, test } from "vitest";
import { encode, GEOMETRIES } from "../../../../host/reference/fabric/index.js";
import {
  counted,
  LANDING,
  muxLead,
  NEUTRAL,
  ROW,
  receiver,
  runRows,
  SOURCE,
  sender,
  type TileProgram,
} from "./chip.js";

/** Landings of a tile as [event, source, address, word]. */
const landingsOf = (run: ReturnType<typeof runRows>, tile: number) =>
  run.fabric.landed
    .filter((landing) => landing.tile === tile)
    .map(({ event, source, address, word }) => [event, source, address, word]);

const errorsOf = (run: ReturnType<typeof runRows>) =>
  run.fabric.errors.map(({ tile, event, code }) => [tile, event, code]);

describe("back-to-back reception at a tile of row 1", () => {
  // Row 1: X = 54. Streams k = 0..3 land at events 56 + 52k .. 107 + 52k.
  const TILE = 64;
  const SOURCES = [4, 8, 12, 9];
  const WORDS = 52;

  /** Pointers of the four streams, and the events of their writes: 56 is where the first lands. */
  function streams(pointer_shift: number) {
    const programs: Record<number, TileProgram> = {};
    // Pointers stand on 56, 108, 160, 212; mux writes on 2, 54, 106, 158: delays end on them.
    const acts: [event: number, word: (n: number) => number][] = [];
    SOURCES.forEach((source, k) => {
      acts.push([2 + WORDS * k, (n) => encode.delayxpic(n, 0, source)]);
      const shift = k > 0 ? pointer_shift : 0;
      const place = LANDING / 4 + 100 * k;
      acts.push([56 + WORDS * k + shift, (n) => encode.delaypic(n, 0, place)]);
    });
    acts.push([2 + WORDS * 4, (n) => encode.delayxpic(n, 0, NEUTRAL)]);
    acts.sort((a, b) => a[0] - b[0]);
    const row = [encode.sync(3)];
    let event = -1;
    for (const [at, word] of acts) {
      row.push(word(at - event));
      event = at;
    }
    row.push(encode.delay(70), encode.return());
    programs[TILE] = { row };
    return programs;
  }

  function run(pointer_shift: number) {
    const programs = streams(pointer_shift);
    // When each source must send for its first word to land at event 56 + 52k of the receiver.
    const probe = runRows(
      Object.fromEntries([
        [TILE, { row: receiver(SOURCES[0]!, 1, 10) }],
        ...SOURCES.map((s) => [s, { row: sender(0, 1) }]),
      ]),
    ).fabric;
    SOURCES.forEach((source, k) => {
      const found = runRows({
        [TILE]: { row: receiver(source, 1) },
        [source]: { row: sender(200, 1), source: [1] },
      }).fabric.landed[0]!;
      const event = 56 + WORDS * k - (found.event - 200);
      expect(event).toBeGreaterThanOrEqual(0);
      programs[source] = { row: sender(event, WORDS), source: counted(WORDS, 1000 * (k + 1)) };
    });
    expect(probe.errors).toEqual([]);
    return runRows(programs);
  }

  test("four streams of 52 words arrive whole and without a gap", () => {
    const done = run(0);
    const expected = SOURCES.flatMap((source, k) =>
      counted(WORDS, 0).map((i) => [
        56 + WORDS * k + i,
        source,
        LANDING + 400 * k + 4 * i,
        1000 * (k + 1) + i,
      ]),
    );
    expect(landingsOf(done, TILE)).toEqual(expected);
    expect(done.fabric.errors).toEqual([]);
  });

  test.each([
    ["late", 1],
    ["early", -1],
  ])("a pointer one event %s shifts each stream by a word, and no event", (_when, shift) => {
    const whole = landingsOf(run(0), TILE);
    const shifted = landingsOf(run(shift), TILE);
    expect(shifted.map(([event, source, , word]) => [event, source, word])).toEqual(
      whole.map(([event, source, , word]) => [event, source, word]),
    );
    whole.forEach(([, , address, word], i) => {
      const k = Math.floor(i / WORDS);
      const in_stream = i % WORDS;
      let expected = address!;
      if (shift > 0 && k > 0) {
        // The stream before ends a word lower, if its own pointer was late too.
        const end = LANDING + 400 * (k - 1) + 4 * (k > 1 ? WORDS - 1 : WORDS);
        expected = in_stream === 0 ? end : address! - 4;
      }
      if (shift < 0) {
        if (k > 0) expected = address! + 4;
        if (k < 3 && in_stream === WORDS - 1) expected = LANDING + 400 * (k + 1);
      }
      expect([word, shifted[i]![2]]).toEqual([word, expected]);
    });
  });
});

describe("a word on the fabric", () => {
  const read = (run: ReturnType<typeof runRows>, tile: number, words: number) =>
    run.fabric.read(tile, LANDING, words);

  test("reaches every tile that selects its source", () => {
    const receivers = [5, 66, 75, 192, 207];
    const run = runRows({
      0: { row: sender(150, 8), source: counted(8) },
      ...Object.fromEntries(receivers.map((tile) => [tile, { row: receiver(0, 1) }])),
    });
    for (const tile of receivers) expect(read(run, tile, 8)).toEqual(counted(8));
    expect(run.fabric.errors).toEqual([]);
  });

  test("comes back to its own sender", () => {
    const row = [
      encode.sync(3),
      encode.delaypic(1, 0, LANDING / 4),
      encode.delayxpic(1, 0, 70),
      encode.delay(60),
      encode.send(4, SOURCE / 4, 3),
      encode.delay(80),
      encode.return(),
    ];
    const run = runRows({ 70: { row, source: counted(4) } });
    expect(read(run, 70, 5)).toEqual([1, 2, 3, 4, 0]);
  });

  test("goes one way with one direction, and a tile of the other side hears nothing", () => {
    // D(0, d) on mini: tile 4 lies at D = 6 - 0 + 1 = 7, tile 0 of the own column at D = 1 - 0.
    for (const [receiver_tile, source, direction] of [
      [4, 0, 1],
      [0, 8, 2],
      [12, 4, 2],
      [8, 1, 1],
    ] as const) {
      const heard = [1, 2, 3].map((sctl) => {
        const run = runRows({
          [source]: { row: sender(150, 3, sctl), source: counted(3) },
          [receiver_tile]: { row: receiver(source, 1) },
        });
        return run.fabric.landed.length;
      });
      const wanted = [1, 2, 3].map((sctl) => ((sctl & direction) !== 0 ? 3 : 0));
      expect([source, receiver_tile, heard]).toEqual([source, receiver_tile, wanted]);
    }
  });

  test("lands nowhere while the mux is neutral or names no tile", () => {
    for (const value of [NEUTRAL, 0x600, 0x5ff, 0x1000, 16, 4 << 6]) {
      const run = runRows({
        0: { row: sender(150, 8), source: counted(8) },
        64: { row: receiver(value, 1) },
      });
      expect(run.fabric.landed).toEqual([]);
    }
  });

  test.each([
    ["in time", 0, [1, 2, 3, 4]],
    ["one event late", 1, [2, 3, 4]],
    ["one event early", -1, [1, 2, 3, 4]],
  ])("is selected by a mux write %s", (_when, shift, words) => {
    const first = runRows({
      4: { row: sender(150, 4), source: counted(4) },
      130: { row: receiver(4, 1) },
    }).fabric.landed[0]!.event;
    // delayxpic(n) after one event acts on event n: the write selects from event n + X on.
    const run = runRows({
      4: { row: sender(150, 4), source: counted(4) },
      130: { row: receiver(4, first - muxLead(130) + shift) },
    });
    expect(run.fabric.landed.map(({ word }) => word)).toEqual(words);
  });

  test("that nobody selects is lost without an error", () => {
    const run = runRows({ 0: { row: sender(0, 100), source: counted(100) } });
    expect([run.fabric.landed, run.fabric.errors]).toEqual([[], []]);
  });
});

describe("controls and sends", () => {
  const STREAM = (event: number, words: number) => ({
    row: sender(event, words),
    source: counted(words),
  });

  test("every send form reads what its fields say", () => {
    const sends = [
      encode.send(2, SOURCE / 4 + 10, 3),
      encode.sendoff(2, 5, 3),
      encode.sendpic(2, 0, NEUTRAL),
      encode.delay(3),
      encode.sendpicp(2, 0, SOURCE / 4 + 30, 3),
      encode.inline(NEUTRAL, LANDING / 4),
      encode.sendoff(70, 0, 3),
    ];
    const row = [encode.sync(3), encode.delay(150), ...sends, encode.return()];
    const run = runRows({
      0: { row, source: counted(200, 0) },
      68: { row: receiver(0, 1) },
    });
    const words = [10, 11, 17, 18, 19, 20, 30, 31, ...counted(70, 32)];
    expect(run.fabric.landed.map(({ word }) => word)).toEqual(words);
    const [first] = run.fabric.landed;
    const gap = run.fabric.landed.map(({ event }) => event - first!.event);
    expect(gap).toEqual([0, 1, 2, 3, 4, 5, ...counted(72, 9)]);
  });

  test("sctl 0 lets time and the outgoing address pass, and cannot fail", () => {
    const row = [
      encode.sync(3),
      encode.delay(150),
      encode.send(1, SOURCE / 4, 3),
      encode.sendoff(5, 0, 0),
      encode.send(9, 0, 0),
      encode.send(1, SOURCE / 4 + 4, 3),
      encode.sendoff(1, 0, 3),
      encode.return(),
    ];
    const run = runRows({ 0: { row, source: counted(20, 0) }, 68: { row: receiver(0, 1) } });
    expect(run.fabric.landed.map(({ word }) => word)).toEqual([0, 4, 5]);
    expect(run.fabric.errors).toEqual([]);
  });

  test("delays act on their last event, merged forms on their first", () => {
    const pointers = (word: number[]) => [
      encode.sync(3),
      encode.delaypic(1, 0, LANDING / 4),
      encode.delayxpic(1, 0, 0),
      ...word,
      encode.delay(300),
      encode.return(),
    ];
    const lands = runRows({ 0: STREAM(150, 40), 68: { row: pointers([]) } }).fabric.landed[0]!;
    const wait = lands.event - 2;
    const to = LANDING / 4 + 100;
    const at = (words: number[]) =>
      runRows({ 0: STREAM(150, 40), 68: { row: pointers(words) } }).fabric.landed.findIndex(
        ({ address }) => address === 4 * to,
      );
    expect(at([encode.delay(wait), encode.delaypic(1, 0, to)])).toBe(0);
    expect(at([encode.delay(wait), encode.delaypic(7, 0, to)])).toBe(6);
    expect(at([encode.delay(wait), encode.sendpic(7, 2, to)])).toBe(0);
  });

  test("registers and words under way outlive a barrier", () => {
    const row = [
      encode.sync(3),
      encode.delaypic(1, 0, LANDING / 4),
      encode.delayxpic(1, 0, 0),
      encode.delay(9),
      encode.sync(3),
      encode.delay(200),
      encode.return(),
    ];
    const send = [encode.send(1, SOURCE / 4, 3), encode.sendoff(199, 0, 3)];
    const talker = [encode.sync(3), encode.delay(10), encode.sync(3), ...send, encode.return()];
    const run = runRows({ 0: { row: talker, source: counted(200) }, 68: { row } });
    expect(run.fabric.releases.length).toBe(2);
    // The mux was written long before: the first word is not missed. Path 0 -> 68 is 30, start 6.
    expect(run.fabric.landed[0]).toMatchObject({ event: 30 - 6, word: 1, address: LANDING });
  });
});

describe("errors are states that change nothing else", () => {
  const clash = (place: { row?: number; from?: number; to?: number }) => {
    const { from = SOURCE, to = LANDING } = place;
    const row = [
      encode.sync(3),
      encode.delaypic(1, 0, to / 4),
      encode.delayxpic(1, 0, 68),
      encode.delay(100),
      encode.send(1, from / 4, 3),
      encode.sendoff(99, 0, 3),
      encode.delay(100),
      encode.return(),
    ];
    return runRows({ 68: { row, source: counted(100) } });
  };

  test("rows, reads and landings in three elements do not clash", () => {
    expect(clash({}).fabric.errors).toEqual([]);
  });

  test("1: a send reads in the element where a word lands; both complete", () => {
    const run = clash({ to: SOURCE + 0x1000 });
    expect(run.fabric.read(68, SOURCE + 0x1000, 100)).toEqual(counted(100));
    // Path 68 -> 68 is 22 + 1 + 1 + 1: the first landing meets the 26th read.
    expect(errorsOf(run)).toEqual(counted(100 - 25, 102 + 25).map((event) => [68, event, 1]));
    expect(run.fabric.status(68)).toBe(1);
  });

  test("2: a fetch meets a landing in the row's element", () => {
    const run = clash({ to: ROW + 0x1000 });
    // Fetches in the last event of sendoff (201), while words land at 127..226; that of delay
    // follows at 301.
    expect(errorsOf(run)).toEqual([[68, 201, 2]]);
  });

  test("2: a fetch meets a send read in the row's element", () => {
    const run = clash({ from: ROW + 0x1000 });
    expect(errorsOf(run)).toEqual([
      [68, 102, 2],
      [68, 201, 2],
    ]);
  });

  test("3: a landing outside memory is dropped and the pointer advances", () => {
    const end = 0x40000 + GEOMETRIES.mini.memory_bytes;
    const run = clash({ to: end - 8 });
    expect(run.fabric.read(68, end - 8, 2)).toEqual([1, 2]);
    expect(run.fabric.errors.length).toBe(98);
    expect(run.fabric.errors[0]).toMatchObject({ event: 129, code: 3, kind: "bad address" });
  });

  test("3: a send from outside memory sends nothing", () => {
    const run = clash({ from: 0x3fff8 });
    expect(errorsOf(run)).toEqual([
      [68, 102, 3],
      [68, 103, 3],
      ...counted(1, 201).map((event) => [68, event, 2]),
    ]);
    expect(run.fabric.landed.length).toBe(98);
  });

  test("3: a row that leaves memory ends", () => {
    const fabric = runRows({ 0: { row: [encode.return()] } }).fabric;
    const end = 0x40000 + GEOMETRIES.mini.memory_bytes;
    fabric.load(0, end - 4, [encode.delay(5)]);
    expect(fabric.run([[0, end - 4]])).toMatchObject({ ended: "settled", waiting: [] });
    expect(fabric.errors.at(-1)).toMatchObject({ tile: 0, event: 5, code: 3 });
  });

  test("4: a word lands after the row has returned, and is stored", () => {
    const row = [
      encode.sync(3),
      encode.delaypic(1, 0, LANDING / 4),
      encode.delayxpic(1, 0, 0),
      encode.return(),
    ];
    const run = runRows({ 0: { row: sender(100, 2), source: [7, 8] }, 68: { row } });
    expect(run.fabric.read(68, LANDING, 2)).toEqual([7, 8]);
    expect(run.fabric.errors.map(({ code }) => code)).toEqual([4, 4]);
  });

  test.each([
    ["a receive format", [encode.delaypic(3, 1, 1)], 2],
    ["a paired mux", [encode.delayxpic(3, 1, 5)], 2],
    ["64-bit items", [encode.send(3, SOURCE / 4, 7)], 0],
    ["a paired mux while sending", [encode.sendpic(3, 1, 5)], 0],
    ["a format while sending", [encode.sendpic(3, 3, 2)], 0],
  ])("6: %s is decoded and unsupported", (_what, words, event) => {
    const run = runRows({ 68: { row: [encode.sync(3), ...words, encode.return()] } });
    expect(errorsOf(run)).toEqual([[68, event, 6]]);
    expect(run.result.waiting).toEqual([]);
  });

  test.each([
    ["a word of no instruction", [encode.delay(4), 0xdeadbeef], 4],
    ["sans with high bits", [0x40c00100], 0],
    ["a sendpicp that is not 8-byte aligned", [0xf0000000, 0], 0],
  ])("unknown word: %s ends the row", (_what, words, event) => {
    const run = runRows({ 68: { row: [encode.sync(3), ...words, encode.delay(100)] } });
    expect(run.fabric.errors).toEqual([{ tile: 68, event, code: 8, kind: "unknown word" }]);
    expect(run.result).toMatchObject({ ended: "settled", waiting: [] });
  });
});
