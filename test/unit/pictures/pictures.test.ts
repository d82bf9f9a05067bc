/** The pictures show what the rows and landings say. Their looks were judged by eye. */
import { inflateSync } from "node:zlib";
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import {
  chipByName,
  compilePattern,
  encodeInstruction,
  type RowInstruction,
  repairCodes,
  startOf,
} from "../../../host/exchange/index.js";
import {
  type Activity,
  type ChipMapData,
  chipMapSvg,
  gatherActivity,
  reportHtml,
  timelineSvg,
} from "../../../host/pictures/index.js";
import { levelsToPng } from "../../../host/pictures/png.js";
import { share } from "../../../host/pictures/timeline.js";

const MINI = chipByName("mini");
const TEXT = { title: "<title> & more", subtitle: "figures" };

const row = (...instructions: RowInstruction[]) =>
  Uint32Array.from(instructions.flatMap(encodeInstruction));

const SYNC: RowInstruction = { op: "sync", zone: 3 };
const RETURN: RowInstruction = { op: "return" };

const runs = (spans: Activity["sends"]) => {
  const out: number[][] = [];
  spans.each((...run) => out.push(run));
  return out;
};

/** Two tiles: 5 sends 8 words and writes its mux while it does, 70 listens. */
const two = () =>
  gatherActivity(
    MINI,
    [
      {
        visible: 5,
        address: 0x40000,
        words: row(
          SYNC,
          { op: "delay", n: 10 },
          { op: "send", n: 3, address: 0x10400, sctl: 3 },
          { op: "sendpic", n: 5, csel: 0, value: 70 },
          { op: "sendoff", n: 4, delta: 0, sctl: 0 },
          RETURN,
        ),
      },
      {
        visible: 70,
        address: 0x40000,
        words: row(SYNC, { op: "delayxpic", n: 20, sel: 0, value: 5 }, RETURN),
      },
    ],
    ["five", "seventy"],
    [
      { tile: 70, event: 30 },
      { tile: 70, event: 31 },
      { tile: 70, event: 40 },
      { tile: 1, event: 7 },
    ],
  );

describe("what a timeline shows", () => {
  test("sends, mux writes and landings at their cycles from the release", () => {
    const activity = two();
    const [five, seventy] = [startOf(MINI, 5), startOf(MINI, 70)];
    expect(runs(activity.sends)).toEqual([[0, five + 10, 8]]);
    expect(runs(activity.mux)).toEqual([
      [0, five + 13, 1],
      [1, seventy + 19, 1],
    ]);
    expect(runs(activity.landings)).toEqual([
      [1, seventy + 30, 2],
      [1, seventy + 40, 1],
    ]);
    expect(activity.cycles).toBe(seventy + 41);
  });

  test("a lane for each of a few tiles, a box for every run", () => {
    const svg = timelineSvg(two(), TEXT);
    const { document } = parseHTML(svg);
    const boxes = (group: number) =>
      document.querySelectorAll('g[aria-label="rect"]')[group]!.querySelectorAll("rect").length;
    expect([boxes(0), boxes(1), boxes(2)]).toEqual([2, 1, 2]);
    expect(document.querySelectorAll('g[aria-label="rule"] line').length).toBe(2);
    expect(svg).toContain("&#60;title&#62; &#38; more");
    expect(svg).not.toContain("NaN");
  });

  test("areas for many tiles, small enough to open", () => {
    const chip = chipByName("c600");
    const { steps } = compilePattern(chip, "ring", { tiles: 1472, words: 32 });
    const rows = steps[0]!.exchange.rows;
    const names = rows.map((_, tile) => String(tile));
    const activity = gatherActivity(chip, rows, names, [{ tile: 0, event: 99 }]);
    const svg = timelineSvg(activity, TEXT);
    expect(svg.match(/data:image\/png/g)?.length).toBe(3);
    expect(svg.length).toBeLessThan(500_000);
    expect(svg).not.toContain("NaN");
  });

  test("nothing that happens is a picture too", () => {
    const nothing = gatherActivity(MINI, [], [], []);
    expect(timelineSvg(nothing, TEXT)).toContain("<svg");
  });

  test("an area's strength is the share of its tile-cycles at work", () => {
    const { sends } = gatherActivity(
      MINI,
      [0, 1].map((visible) => ({
        visible,
        address: 0x40000,
        words: row(
          SYNC,
          { op: "delay", n: 4 },
          { op: "send", n: visible === 0 ? 8 : 4, address: 0x10400, sctl: 3 },
          RETURN,
        ),
      })),
      ["0", "1"],
      [],
    );
    // Tile 0 sends in cycles 4..11, tile 1 in 4..7, of 16: one row of four pixels holds both.
    expect([...share(sends, 2, 16, 1, 4)]).toEqual([0, 255, Math.round(255 * Math.SQRT1_2), 0]);
    expect([...share(sends, 2, 16, 2, 2)]).toEqual([
      Math.round(255 * Math.SQRT1_2),
      Math.round(255 * Math.SQRT1_2),
      Math.round(255 * Math.SQRT1_2),
      0,
    ]);
  });
});

test("a picture of levels is a PNG with a palette from one colour to the other", () => {
  const url = levelsToPng(Uint8Array.of(0, 255, 128, 7, 8, 9), 3, 2, "#000000", "#ff8000");
  const bytes = Buffer.from(url.replace("data:image/png;base64,", ""), "base64");
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([3, 2]);
  const palette = bytes.indexOf("PLTE") + 4;
  expect([...bytes.subarray(palette + 765, palette + 768)]).toEqual([255, 128, 0]);
  const data = bytes.indexOf("IDAT");
  const length = bytes.readUInt32BE(data - 4);
  const lines = inflateSync(bytes.subarray(data + 4, data + 4 + length));
  expect([...lines]).toEqual([0, 0, 255, 128, 0, 7, 8, 9]);
});

describe("the chip map", () => {
  const data = (more: Partial<ChipMapData> = {}): ChipMapData => ({
    chip: MINI,
    codes: repairCodes(MINI, []),
    defects: [],
    forced: [],
    value: (tile) => tile,
    quantity: "cycles",
    title: "map",
    subtitle: "",
    ...more,
  });
  const dots = (svg: string) =>
    [...parseHTML(svg).document.querySelectorAll('g[aria-label="dot"]')].map(
      (group) => group.querySelectorAll("circle").length,
    );

  test("has 4 x 5 units of 4 stages, all of them in the path", () => {
    const svg = chipMapSvg(data());
    expect(dots(svg)).toEqual([80]);
    expect(svg.match(/>r\d</g)?.length).toBe(16);
    expect(svg).not.toContain("NaN");
  });

  test("shows stages beyond a defect as bypassed and a forced one by itself", () => {
    const defects = [{ col: 1, row: 2 }];
    const forced = [{ col: 0, row: 0, stage: "mux", value: 0 }] as const;
    const svg = chipMapSvg(data({ defects, codes: repairCodes(MINI, defects), forced }));
    // Forced: one, out. Column 1: rows 2, 3, 4 bypassed, 12 stages; the rest of 80 in.
    expect(dots(svg)).toEqual([1, 80 - 12 - 1, 12]);
  });

  test("a chip of one unit a column and no values is drawn all the same", () => {
    const chip = { ...MINI, columns: 2, rows: 1, subs: 1 };
    const svg = chipMapSvg(data({ chip, codes: [0, undefined], value: () => undefined }));
    expect(svg).not.toContain("NaN");
  });
});

test("a report is one file that loads nothing", () => {
  const html = reportHtml({
    title: "An <exchange>",
    figures: [["cycles", "131", "release to last landing"]],
    sections: [{ heading: "Timeline", text: "text", svg: timelineSvg(two(), TEXT) }],
  });
  const { document } = parseHTML(html);
  expect(document.querySelector("h1")?.textContent).toBe("An <exchange>");
  expect(document.querySelectorAll("figure svg").length).toBeGreaterThan(0);
  const outside = html.replaceAll("http://www.w3.org/2000/svg", "").match(/https?:|src=|@import/g);
  expect(outside).toBeNull();
});
