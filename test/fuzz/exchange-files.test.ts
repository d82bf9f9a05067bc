/**
 * Hostile plan and rows files: every mutant is read, or refused as the user's mistake with a place
 * and a hint. Nothing else is thrown, and nothing takes long.
 */
import { expect, test } from "vitest";
import { UserError } from "../../host/error/index.js";
import { chipByName, parsePlan, parseRowFile } from "../../host/exchange/index.js";
import { draws, printedSeed } from "../support/seeded.js";
import { limit_ms, Progress, SOAK } from "../support/soak.js";

/** Of each of the two formats. */
const RUNS = SOAK ? 2_000_000 : 50_000;
const MINI = chipByName("mini");

const PLAN = JSON.stringify({
  tiles: 64,
  transfers: [
    {
      source: 0,
      offset: 0,
      words: 4,
      destinations: [
        { tile: 5, offset: 0 },
        { tile: 9, offset: 16 },
      ],
    },
    { source: 63, offset: 8, words: 1, destinations: [{ tile: 0, offset: 3 }] },
  ],
});

const ROWS = JSON.stringify({
  chip: "mini",
  defects: [[1, 3]],
  tiles: [
    {
      tile: 0,
      rowAddress: "0x40000",
      row: ["41800003", "40a00010", "7a220003", "43a00000"],
      memory: { "0x44000": ["00000001", "deadbeef"] },
    },
    { tile: 70, rowAddress: "0x40010", row: ["40c00000", "41800001", "43a00000"] },
  ],
  dump: [{ tile: 70, address: "0x48000", words: 3 }],
});

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[\w.+-]+/g;

/** Values on an edge of something. */
const EDGES = [
  ...["0", "-1", "1e308", "1e999", "-0", "0.5", "NaN", "1000000", "4294967296", "null", "true"],
  ...['""', '"0x"', '"0xffffffff"', '"0x3fffc"', '"0x4fffc"', '"0x40002"', '"0X40000"', '"123"'],
  ...['"__proto__"', '"constructor"', '"tile"', '"words"', '"\\ud800"', "[]", "{}", "[[]]"],
  ...['"c600"', '"f0000000"', '"FFFFFFFF"', "[0,0]", "[1,2]", "[16,24]"],
];

const tokensOf = (text: string) => text.match(TOKEN)!;

test.each([
  ["plan", PLAN, (text: string) => parsePlan(text, "fuzz.json", MINI)],
  ["rows", ROWS, (text: string) => parseRowFile(text, "fuzz.json")],
] as const)(
  "mutants of a %s file are read or refused",
  { timeout: limit_ms(6) },
  (name, base, read) => {
    expect(() => read(base)).not.toThrow();
    const draw = draws(printedSeed(`mutants of a ${name} file`));
    const progress = new Progress(`mutants of a ${name} file`, RUNS);
    const pool = [...tokensOf(PLAN), ...tokensOf(ROWS)];
    let refused = 0;
    for (let i = 0; i < RUNS; i++) {
      const tokens: string[] = [...tokensOf(base)];
      for (let change = 1 + draw.below(3); change > 0; change--) {
        const at = draw.below(tokens.length);
        const kind = draw.below(6);
        if (kind === 0) tokens.splice(at, 1 + draw.below(3));
        else if (kind === 1) tokens.splice(at, 0, draw.pick(EDGES));
        else if (kind === 2) tokens[at] = draw.pick(pool);
        else if (kind === 3) tokens.splice(at, 0, ...tokens.slice(at, at + draw.below(30)));
        else tokens[at] = draw.pick(EDGES);
      }
      const text = draw.oneIn(50) ? tokens.join("").slice(0, draw.below(200)) : tokens.join("");
      try {
        read(text);
      } catch (error) {
        if (!(error instanceof UserError)) throw new Error(`${text}\n${error}`, { cause: error });
        refused++;
        expect(error.code).toMatch(/^E13[0136]$/);
        expect(error.hint.length).toBeGreaterThan(3);
        expect(error.message.length).toBeLessThan(600);
      }
      progress.step();
    }
    expect(refused).toBeGreaterThan(RUNS / 2);
    expect(refused).toBeLessThan(RUNS);
  },
);

const mistakes = (file: "plan" | "rows", cases: readonly (readonly [string, unknown, RegExp])[]) =>
  test.each(cases)(`a ${file} file with %s`, (_what, json, message) => {
    const text = typeof json === "string" ? json : JSON.stringify(json);
    const read = () =>
      file === "plan" ? parsePlan(text, "f.json", MINI) : parseRowFile(text, "f.json");
    expect(read).toThrow(UserError);
    expect(read).toThrow(message);
  });

const transfer = (more: object) => [
  { source: 0, offset: 0, words: 1, destinations: [{ tile: 1, offset: 0 }], ...more },
];

mistakes("plan", [
  ["a million tiles", { tiles: 1_000_000, transfers: [] }, /E133 f.json: tiles is 1000000/],
  ["a negative count", transfer({ words: -4 }), /E133 f.json transfers\[0\]: words is -4/],
  ["no number", '[{"source":NaN}]', /E133 f.json: the plan is not JSON/],
  ["a huge count", transfer({ words: 1e300 }), /words is 1e\+300/],
  ["half a word", transfer({ offset: 0.5 }), /offset is 0.5/],
  ["no destination", transfer({ destinations: [] }), /destinations is no list of at least one/],
  ["a key that nothing reads", transfer({ speed: 1 }), /nothing reads the key "speed"/],
  ["two writers of a word", [...transfer({}), ...transfer({ source: 2 })], /also written by/],
]);

const tile = (more: object) => ({
  chip: "mini",
  tiles: [{ tile: 0, rowAddress: "0x40000", row: ["41800003", "43a00000"], ...more }],
});

mistakes("rows", [
  ["an unknown chip", { chip: "c700", tiles: [] }, /E130 f.json chip: there is no chip "c700"/],
  [
    "two defects in a column",
    {
      ...tile({}),
      defects: [
        [1, 0],
        [1, 2],
      ],
    },
    /E131 .*two defects/,
  ],
  ["a defect outside", { ...tile({}), defects: [[4, 0]] }, /E131 .*no unit 4:0/],
  ["a row outside of memory", tile({ rowAddress: "0x4fffc" }), /E136 .*the row at .* leaves tile/],
  ["a row below memory", tile({ rowAddress: "0x3fffc" }), /leaves tile memory/],
  ["an address that is no word's", tile({ rowAddress: "0x40002" }), /no address of a word/],
  ["a short word", tile({ row: ["418"] }), /word 0 is "418"/],
  ["a row without a barrier", tile({ row: ["43a00000"] }), /begins with no barrier/],
  ["an empty row", tile({ row: [] }), /the row is empty/],
  [
    "a longer idle row",
    tile({ row: ["40c00000", "41800001", "40a00000", "43a00000"] }),
    /no barrier/,
  ],
  ["an invisible tile", tile({ tile: 16 }), /16 is no visible tile of mini/],
  ["memory outside", tile({ memory: { "0x50000": ["00000000"] } }), /leaves tile memory/],
  ["memory over the row", tile({ memory: { "0x40004": ["00000000"] } }), /given twice/],
  ["a tile twice", { chip: "mini", tiles: [...tile({}).tiles, ...tile({}).tiles] }, /named twice/],
  [
    "a dump outside",
    { ...tile({}), dump: [{ tile: 0, address: "0x4fff8", words: 3 }] },
    /the dump/,
  ],
  ["a dump of -1 words", { ...tile({}), dump: [{ tile: 0, address: "0x40000", words: -1 }] }, /-1/],
]);
