/** tile-processor.md section 2, and section 7, lines 2 and 7, on the reference. */
import { describe, expect, test } from "vitest";
import {
  codesFor,
  encode,
  type FabricFault,
  type FabricOptions,
  GEOMETRIES,
  identityChain,
  ReferenceFabric,
  type Stage,
} from "../../../../host/reference/fabric/index.js";
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
} from "./chip.js";

const MINI = GEOMETRIES.mini;

describe("the identity chain", () => {
  test("counts good units from the fabric on; the spare of a whole column reads R", () => {
    expect(identityChain(MINI, null)).toEqual([0, 1, 2, 3, 4]);
    expect(identityChain(MINI, 2)).toEqual([0, 1, undefined, 2, 3]);
    expect(identityChain(MINI, 4)).toEqual([0, 1, 2, 3, undefined]);
    expect(identityChain(MINI, 0)).toEqual([undefined, 0, 1, 2, 3]);
  });

  test("software sees the same tiles on every repaired chip", () => {
    const whole = new ReferenceFabric({ geometry: MINI }).tiles;
    for (let row = 0; row <= MINI.rows; row++) {
      const repaired = new ReferenceFabric({ geometry: MINI, defects: [{ column: 2, row }] });
      expect(repaired.tiles).toEqual(whole);
    }
  });

  test("two defects in a column cannot be repaired", () => {
    const defects = [
      { column: 1, row: 0 },
      { column: 1, row: 3 },
    ];
    expect(() => codesFor(MINI, defects)).toThrow("column 1 has two defects");
  });
});

/** Cycles of path and X, and start, for a pair: path from cycles, X from the first word heard. */
function timesOf(options: Partial<FabricOptions>, s: number, d: number) {
  const run = runRows(
    {
      [s]: { row: sender(0, 300), source: counted(300, 0) },
      [d]: { row: receiver(s, 1, 200) },
    },
    options,
  );
  const [first] = run.fabric.landed;
  const start = run.fabric.startOf(d);
  const base = run.fabric.releases[0]!;
  const path = first!.cycle - (base + run.fabric.startOf(s) + first!.word);
  // The mux is written on event 1.
  return { path, X: first!.event - 1, start };
}

describe("delay stages", () => {
  const PAIRS = [
    [0, 64],
    [64, 0],
    [66, 201],
    [201, 66],
    [68, 75],
    [75, 68],
    [192, 15],
  ] as const;

  test("keep path, X and start of every pair with every single defect", () => {
    for (const [s, d] of PAIRS) {
      const whole = timesOf({}, s, d);
      expect(whole.X).toBe(muxLead(d));
      for (let column = 0; column < MINI.columns; column++) {
        for (let row = 0; row <= MINI.rows; row++) {
          expect([s, d, timesOf({ defects: [{ column, row }] }, s, d)]).toEqual([s, d, whole]);
        }
      }
    }
  });

  const CHANGES: readonly [Stage, (s_here: boolean, d_here: boolean) => object][] = [
    ["data-out", (s) => ({ path: s ? -1 : 0 })],
    ["data-in", (_s, d) => ({ path: d ? -1 : 0, X: d ? -1 : 0 })],
    ["mux", (_s, d) => ({ X: d ? -1 : 0 })],
    ["sync", (_s, d) => ({ start: d ? -1 : 0 })],
  ];

  test.each(CHANGES)("%s forced out changes exactly its own times", (stage, change) => {
    const site = { column: 0, row: 1 };
    for (const [s, d] of PAIRS) {
      const whole = timesOf({}, s, d);
      const forced = timesOf({ forces: [{ ...site, stage, value: 0 }] }, s, d);
      const here = (tile: number) => tile >> 6 === site.row && ((tile >> 2) & 15) === site.column;
      const by = { path: 0, X: 0, start: 0, ...change(here(s), here(d)) };
      expect([s, d, forced]).toEqual([
        s,
        d,
        { path: whole.path + by.path, X: whole.X + by.X, start: whole.start + by.start },
      ]);
    }
  });
});

describe("one program on every repaired chip", () => {
  test("the same words in the same cycles", () => {
    const programs = {
      0: { row: sender(150, 20), source: counted(20) },
      73: { row: sender(160, 20), source: counted(20, 500) },
      198: { row: receiver(73, 1) },
      76: { row: receiver(0, 1) },
      // Own row, own words: all tiles of one unit listen to each other too.
      199: { row: receiver(0, 1) },
    };
    const whole = runRows(programs).fabric;
    expect(whole.landed.length).toBe(60);
    for (let seed = 0; seed < 40; seed++) {
      const defects = counted(MINI.columns, 0)
        .map((column) => ({ column, row: (seed * 7 + column * (seed + 3)) % (MINI.rows + 2) }))
        .filter(({ row }) => row <= MINI.rows);
      const repaired = runRows(programs, { defects }).fabric;
      expect(repaired.landed).toEqual(whole.landed);
      expect(repaired.errors).toEqual([]);
    }
  });
});

describe("faults show their own symptoms", () => {
  const idle = { row: [encode.sans(0), encode.sync(1), encode.return()] };

  test("a repaired dead unit does not hang the barrier", () => {
    const defects = [{ column: 1, row: 2 }];
    const all = new ReferenceFabric({ geometry: MINI, defects });
    for (const tile of all.tiles) all.load(tile, ROW, [encode.sync(3), encode.return()]);
    const result = all.run(all.tiles.map((tile) => [tile, ROW]));
    expect(result).toEqual({ ended: "settled", waiting: [], missing: [] });
    expect(all.releases).toEqual([1 + 250]);
  });

  test("a wrong code leaves a dead bus and a barrier hang that names the unit", () => {
    const options = {
      geometry: MINI,
      defects: [{ column: 1, row: 3 }],
      codes: [null, 1, null, null],
    };
    const fabric = new ReferenceFabric(options);
    for (const tile of fabric.tiles) fabric.load(tile, ROW, [encode.sync(3), encode.return()]);
    const result = fabric.run(fabric.tiles.map((tile) => [tile, ROW]));
    // Silicon row 3 behind code 1 is visible row 2: tiles 2*64 + 4 .. 7.
    expect(result.missing).toEqual([132, 133, 134, 135]);
    expect(result.waiting.length).toBe(60);
    const quiet = runRows(
      { 132: { row: sender(150, 8), source: counted(8) }, 0: { row: receiver(132, 1) } },
      { ...options, members: [0] },
    );
    expect(quiet.fabric.landed).toEqual([]);
  });

  const FAULTS: readonly [string, FabricFault, number[]][] = [
    [
      "a stuck column register changes its bit in every word that passes it",
      { kind: "stuck-column-bit", column: 1, row: 1, bit: 1, value: 1 },
      [3, 2, 3, 6, 7, 6, 7, 10],
    ],
    [
      "words from nearer rows do not pass a column register further out",
      { kind: "stuck-column-bit", column: 1, row: 2, bit: 1, value: 1 },
      counted(8),
    ],
    ["a dead bus", { kind: "dead-bus", column: 1, row: 1, sub: 0 }, []],
    [
      "a stuck mux control bit selects another tile",
      { kind: "stuck-mux-bit", column: 2, row: 0, sub: 1, bit: 0, value: 1 },
      [],
    ],
    [
      "a stuck mux control bit that agrees does no harm",
      { kind: "stuck-mux-bit", column: 2, row: 0, sub: 1, bit: 2, value: 1 },
      counted(8),
    ],
  ];

  test.each(FAULTS)("%s", (_what, fault, words) => {
    const run = runRows(
      { 68: { row: sender(150, 8), source: counted(8) }, 9: { row: receiver(68, 1) } },
      { faults: [fault] },
    );
    expect(run.fabric.landed.map(({ word }) => word)).toEqual(words);
  });

  test("a tile that never arrives hangs the others, and sans counts it as arrived", () => {
    const wait = { row: [encode.sync(3), encode.return()] };
    const hung = runRows({ 0: wait, 64: { row: [encode.return()] } });
    expect(hung.result).toEqual({ ended: "settled", waiting: [0], missing: [64] });
    const free = runRows({ 0: wait, 64: idle });
    expect(free.result).toEqual({ ended: "settled", waiting: [], missing: [] });
  });
});

describe("the barrier", () => {
  test("releases the overhead after the last request, then with the skew", () => {
    const late = [encode.delay(90), encode.sync(3), encode.return()];
    const run = runRows({ 0: { row: [encode.sync(3), encode.return()] }, 200: { row: late } });
    // Rows begin in cycle 1; the last request is 90 events later.
    expect(run.fabric.releases).toEqual([1 + 90 + 250]);
  });

  test("an idle row rejoins after as many barriers as it skipped", () => {
    const talk = [
      encode.sync(3),
      encode.delay(20),
      encode.sync(3),
      encode.send(4, SOURCE / 4, 3),
      encode.sync(3),
      encode.return(),
    ];
    const listen = [
      encode.sans(1),
      encode.delaypic(1, 0, LANDING / 4),
      encode.delayxpic(1, 0, 0),
      encode.sync(1),
      encode.delay(60),
      encode.delayxpic(1, 0, NEUTRAL),
      encode.delay(60),
      encode.sync(3),
      encode.return(),
    ];
    const run = runRows({ 0: { row: talk, source: counted(4) }, 68: { row: listen } });
    expect(run.result.waiting).toEqual([]);
    expect(run.fabric.releases.length).toBe(3);
    // Numbering restarts with the second release: words sent at its event 0 land 30 - 6 later.
    expect(run.fabric.landed.map(({ event }) => event)).toEqual([24, 25, 26, 27]);
  });

  test("all tiles idle: the barrier releases, and nobody waits", () => {
    const idle = { row: [encode.sans(2), encode.sync(1), encode.return()] };
    const run = runRows({ 0: idle, 9: idle });
    expect(run.result.waiting).toEqual([]);
    expect(run.fabric.releases).toEqual([251, 501, 751]);
  });
});
