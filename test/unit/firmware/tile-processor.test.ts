/**
 * The tile-processor model: its blocked matrix product and all-reduce against the host's own
 * arithmetic, with one binary on clean and on repaired chips (section 7, line 3).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TraceKind } from "../../../assembly/kernel/abi.js";
import { Machine } from "../../../host/core/machine.js";
import { readElf } from "../../../host/guest/elf.js";
import { elaborate, parseMachine } from "../../../host/machine/index.js";
import { coreModule } from "../../support/core.js";
import { SOAK } from "../../support/soak.js";
import { ROOT } from "./root.js";

const FOLDER = join(ROOT, "firmware-models/tile-processor");
const BLOCK = 4;

interface Size {
  readonly file: string;
  readonly elf: string;
  readonly grid: number;
  readonly column_count: number;
}

const MINI: Size = { file: "machine.json", elf: "mini.elf", grid: 8, column_count: 4 };
const FULL: Size = { file: "c600.json", elf: "c600.elf", grid: 38, column_count: 16 };

/** The model with these broken units: column, silicon row. */
async function model({ file, elf }: Size, defects: readonly (readonly [number, number])[]) {
  const text = readFileSync(join(FOLDER, file), "utf8").replace(
    '"clock": "tiles",',
    `"clock": "tiles", "defects": ${JSON.stringify(defects)},`,
  );
  const description = parseMachine(text, file);
  const path = join(FOLDER, "prebuilt", elf);
  const image = elaborate(description, new Map([["chip", readElf(readFileSync(path), elf)]]));
  return Machine.create(image, { module: await coreModule("release") });
}

/** The whole product and what the all-reduce makes of it, in plain arithmetic. */
function expected(grid: number) {
  const n = grid * BLOCK;
  const a = (i: number, j: number) => ((i * 7 + j * 3) % 11) - 5;
  const b = (i: number, j: number) => ((i * 5 + j * 2) % 13) - 6;
  const element = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a(i, k) * b(k, j);
    return sum;
  };
  const blocks: number[][] = [];
  let [sum, weighted, mixed, most] = [0, 0, 0, Number.NEGATIVE_INFINITY];
  for (let tile = 0; tile < grid * grid; tile++) {
    const [row, column] = [Math.floor(tile / grid) * BLOCK, (tile % grid) * BLOCK];
    const block = Array.from({ length: BLOCK * BLOCK }, (_, i) =>
      element(row + Math.floor(i / BLOCK), column + (i % BLOCK)),
    );
    block.forEach((value, i) => {
      sum = (sum + value) >>> 0;
      weighted = (weighted + Math.imul(value, tile * BLOCK * BLOCK + i + 1)) >>> 0;
      mixed = (mixed ^ Math.imul(value, 0x9e37_79b1)) >>> 0;
      most = Math.max(most, value);
    });
    blocks.push(block);
  }
  return { blocks, totals: [sum, weighted, mixed, most >>> 0] };
}

function words(machine: Machine, hart: number, symbol: string, count: number): number[] {
  const found = machine.image.symbolsByNode.get(machine.image.harts[hart]!.name)!;
  const { address } = found.find(({ name }) => name === symbol)!;
  const bytes = machine.readMemory(hart, address, 4 * count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: count }, (_, i) => view.getUint32(4 * i, true));
}

function check(machine: Machine, { grid }: Size): void {
  const { blocks, totals } = expected(grid);
  for (let tile = 0; tile < grid * grid; tile++) {
    const product = words(machine, tile, "product", BLOCK * BLOCK).map((word) => word | 0);
    expect(product, `product of logical tile ${tile}`).toEqual(blocks[tile]);
    expect(words(machine, tile, "totals", 4), `totals of logical tile ${tile}`).toEqual(totals);
    expect(words(machine, tile, "exchange_status", 1)).toEqual([0]);
  }
}

const SECOND = 10n ** 12n;
const REPAIRS: readonly (readonly (readonly [number, number])[])[] = [
  [],
  [[0, 0]],
  [
    [0, 4],
    [1, 2],
    [2, 0],
    [3, 3],
  ],
];

describe("on the mini chip", () => {
  const rows = REPAIRS.map((defects) => ({ defects }));
  test.each(rows)("the product and the sums are the host's: $defects", async ({ defects }) => {
    const machine = await model(MINI, defects);
    expect(machine.run(SECOND)).toBe("halt");
    expect(machine.halt()).toMatchObject({ kind: "tohost", value: 1 });
    check(machine, MINI);
  });

  test("every word lands in the same cycle on a repaired chip", async () => {
    const streams: string[][] = [];
    for (const defects of [REPAIRS[0]!, REPAIRS[2]!]) {
      const machine = await model(MINI, defects);
      const stream: string[] = [];
      machine.setTrace([TraceKind.TILE_DELIVER], (records) => {
        for (const { time_ps, a, b, c, d } of records) stream.push([time_ps, a, b, c, d].join());
      });
      machine.run(SECOND);
      streams.push(stream.sort());
    }
    expect(streams[0]!.length).toBe(64 * 32 * 22);
    expect(streams[1]).toEqual(streams[0]);
  });
});

test.runIf(SOAK)(
  "at full size, clean and one defect a column",
  { timeout: 3_600_000 },
  async () => {
    const all = Array.from({ length: 16 }, (_, column) => [column, (column * 5) % 24] as const);
    for (const defects of [[], all]) {
      const machine = await model(FULL, defects);
      expect(machine.run(SECOND)).toBe("halt");
      expect(machine.halt()).toMatchObject({ kind: "tohost", value: 1 });
      check(machine, FULL);
    }
  },
);
