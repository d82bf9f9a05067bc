/** `hotspare exchange` and `hotspare repair`, from outside, on the small chip. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encode, GEOMETRIES, ReferenceFabric } from "../../../host/reference/fabric/index.js";
import { buildHost, hotspare, hotspareJson } from "../../support/cli.js";

const folder = mkdtempSync(join(tmpdir(), "hotspare-exchange-"));
beforeAll(buildHost);
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};
const hex = (word: number) => word.toString(16).padStart(8, "0");
const DEFECTS = ["0:0", "1:2", "2:4", "3:3"].flatMap((unit) => ["--defect", unit]);

describe("hotspare exchange PATTERN", () => {
  const KEYS = ["chip", "pattern", "tiles", "words", "transfers", "defects", "cycles", "scheduled"];
  const MORE = ["bound", "floor", "ratio", "gbps", "verified", "stream_digest", "row_words"];
  const REST = ["pieces", "compile_s", "run_s", "errors", "dumps"];

  test.each([
    ["ring", []],
    ["cannon", []],
    ["broadcast", ["--tiles", "20"]],
    ["h-relation", ["--degree", "3", "--seed", "7"]],
  ])("%s is verified, and the same on a repaired chip", (pattern, more) => {
    const args = ["exchange", pattern, "--chip", "mini", "--words", "6", ...more];
    const clean = hotspareJson(args);
    const repaired = hotspareJson([...args, ...DEFECTS]);
    expect([clean.status, repaired.status]).toEqual([0, 0]);
    expect(Object.keys(clean.json)).toEqual(expect.arrayContaining([...KEYS, ...MORE, ...REST]));
    expect(clean.json).toMatchObject({ chip: "mini", pattern, words: 6, verified: true });
    expect(clean.json.stream_digest).toMatch(/^[0-9a-f]{64}$/);
    expect(repaired.json.defects).toEqual([
      [0, 0],
      [1, 2],
      [2, 4],
      [3, 3],
    ]);
    for (const key of ["cycles", "floor", "stream_digest", "verified", "scheduled"]) {
      expect([key, repaired.json[key]]).toEqual([key, clean.json[key]]);
    }
    expect(clean.json.ratio).toBe(clean.json.cycles / clean.json.floor);
  });

  test("a plan file, every landing listed by tile and event", () => {
    const transfers = [
      {
        source: 0,
        offset: 0,
        words: 3,
        destinations: [
          { tile: 5, offset: 0 },
          { tile: 9, offset: 2 },
        ],
      },
      { source: 5, offset: 4, words: 1, destinations: [{ tile: 0, offset: 0 }] },
    ];
    const plan = file("plan.json", { tiles: 64, transfers });
    const { status, json } = hotspareJson([
      "exchange",
      "--chip",
      "mini",
      "--plan",
      plan,
      "--landed",
    ]);
    expect([status, json.verified, json.transfers, json.pattern]).toEqual([0, true, 2, null]);
    expect(json.landed.length).toBe(7);
    const keys = json.landed.map(({ tile, event }: { tile: number; event: number }) => [
      tile,
      event,
    ]);
    expect(keys).toEqual([...keys].sort((a, b) => a[0] - b[0] || a[1] - b[1]));
  });

  test("pictures are written", () => {
    const [svg, html] = [join(folder, "a.svg"), join(folder, "a.html")];
    const args = ["exchange", "halo", "--chip", "mini", "--svg", svg, "--html", html];
    expect(hotspare(args).status).toBe(0);
    expect(readFileSync(svg, "utf8")).toMatch(/^<svg[\s\S]*<\/svg>$/);
    expect(readFileSync(html, "utf8")).toMatch(/<h2>Timeline<\/h2>[\s\S]*<h2>Chip<\/h2>/);
  });
});

describe("hotspare exchange --rows", () => {
  const rows = {
    0: [encode.sync(3), encode.delay(100), encode.send(3, 0x11000, 3), encode.return()],
    70: [
      encode.sync(3),
      encode.delaypic(1, 0, 0x12000),
      encode.delayxpic(1, 0, 0),
      encode.delay(200),
      encode.return(),
    ],
    5: [encode.sans(0), encode.sync(1), encode.return()],
    6: [encode.sync(3), encode.delay(9), 0xdeadbeef],
  };
  const given = {
    chip: "mini",
    defects: [[1, 3]],
    tiles: Object.entries(rows).map(([tile, row]) => ({
      tile: Number(tile),
      rowAddress: "0x40004",
      row: row.map(hex),
      ...(tile === "0" ? { memory: { "0x44000": ["00000001", "00000002", "deadbeef"] } } : {}),
    })),
    dump: [
      { tile: 70, address: "0x48000", words: 4 },
      { tile: 13, address: "0x40000", words: 1 },
    ],
  };

  test("runs them as the per-cycle reference does", () => {
    const { status, json } = hotspareJson([
      "exchange",
      "--rows",
      file("rows.json", given),
      "--landed",
    ]);
    const fabric = new ReferenceFabric({
      geometry: GEOMETRIES.mini,
      defects: [{ column: 1, row: 3 }],
      members: [0, 70, 5, 6],
    });
    for (const [tile, row] of Object.entries(rows)) fabric.load(Number(tile), 0x40004, row);
    fabric.load(0, 0x44000, [1, 2, 0xdeadbeef]);
    fabric.run(Object.keys(rows).map((tile) => [Number(tile), 0x40004]));
    expect(status).toBe(0);
    expect(json.landed).toEqual(
      fabric.landed.map(({ tile, event, source, address, word }) => ({
        tile,
        event,
        source,
        address: `0x${address.toString(16)}`,
        word: hex(word),
      })),
    );
    expect(json.landed.length).toBe(3);
    expect(json.cycles).toBe(fabric.cycles);
    expect(json.errors).toEqual([{ tile: 6, event: 9, code: 8, kind: "unknown word" }]);
    expect(json.dumps).toEqual([
      { tile: 70, address: "0x48000", words: ["00000001", "00000002", "deadbeef", "00000000"] },
      { tile: 13, address: "0x40000", words: ["00000000"] },
    ]);
    expect([json.pattern, json.floor, json.verified]).toEqual([null, null, null]);
  });

  test("rows that wait for a barrier that never comes are named, with exit code 42", () => {
    const row = [hex(encode.sync(3)), hex(encode.sync(3)), hex(encode.return())];
    const other = [hex(encode.sync(3)), hex(encode.return())];
    const tiles = [
      { tile: 0, rowAddress: "0x40000", row },
      { tile: 64, rowAddress: "0x40000", row: other },
    ];
    const { status, json } = hotspareJson([
      "exchange",
      "--rows",
      file("h.json", { chip: "mini", tiles }),
    ]);
    expect([status, json.hung]).toEqual([42, [0]]);
  });

  test.each([
    ["a row outside of memory", { tiles: [{ ...given.tiles[0], rowAddress: "0x4fffc" }] }, "E136"],
    [
      "more defects than spares",
      {
        defects: [
          [0, 1],
          [0, 2],
        ],
      },
      "E131",
    ],
    ["no JSON", "}", "E136"],
  ])("%s is the file's mistake", (name, change, code) => {
    const content = typeof change === "string" ? change : { ...given, ...change };
    const { status, json } = hotspareJson(["exchange", "--rows", file(`${name}.json`, content)]);
    expect([status, json.error.code]).toEqual([3, code]);
    expect(json.error.place).toContain(`${name}.json`);
  });
});

describe("hotspare repair", () => {
  test("finds no difference for one defect a column; the table's digest is the file's", () => {
    const path = join(folder, "table.csv");
    const { status, json } = hotspareJson([
      "repair",
      "--chip",
      "mini",
      ...DEFECTS,
      "--table",
      path,
    ]);
    const text = readFileSync(path, "utf8");
    expect([status, json.differences, json.start_differences, json.x_differences]).toEqual([
      0, 0, 0, 0,
    ]);
    expect(json.table_digest).toBe(createHash("sha256").update(text).digest("hex"));
    expect(text.split("\n")[0]).toBe("source,destination,path");
    expect([json.pairs, text.split("\n").length]).toEqual([64 * 63, 64 * 63 + 2]);
    expect(json.first_difference).toBeNull();
  });

  test("--all-defects measures every single defect of mini", () => {
    const { status, json } = hotspareJson(["repair", "--chip", "mini", "--all-defects"]);
    expect([status, json.chips, json.differences]).toEqual([0, 21, 0]);
  });

  test.each([
    ["out:data-out", 4 * 63, 0, 0],
    ["out:data-in", 4 * 63, 0, 4],
    ["out:mux", 0, 0, 4],
    ["out:sync", 0, 4, 0],
    ["out", 8 * 63 - 12, 4, 4],
    ["in", 0, 0, 0],
  ])("--force-stage 2:1:%s changes exactly its own", (way, pairs, starts, leads) => {
    const { status, json } = hotspareJson([
      "repair",
      "--chip",
      "mini",
      "--force-stage",
      `2:1:${way}`,
    ]);
    expect([status, json.differences, json.start_differences, json.x_differences]).toEqual([
      0,
      pairs,
      starts,
      leads,
    ]);
  });
});

test.each([
  [["exchange"], 2, "E206"],
  [["exchange", "ring", "--plan", "x"], 2, "E206"],
  [["exchange", "rong"], 2, "E220"],
  [["exchange", "ring", "--tiles", "0"], 2, "E220"],
  [["exchange", "ring", "--degree", "2"], 2, "E206"],
  [["exchange", "ring", "--chip", "mini", "--words", "200000"], 3, "E134"],
  [["exchange", "ring", "--defect", "1:1", "--defect", "1:2"], 3, "E131"],
  [["exchange", "ring", "--defect", "one"], 2, "E220"],
  [["repair", "--force-stage", "0:0:off"], 2, "E220"],
  [["repair", "--all-defects", "--defect", "0:0"], 2, "E206"],
])("%j is refused", (args, exit, code) => {
  const { status, json } = hotspareJson(args);
  expect([status, json.error.code]).toEqual([exit, code]);
});
