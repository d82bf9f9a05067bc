import { describe, expect, test } from "vitest";
import { decode, Random } from "../../../host/reference/index.js";
import { parseIsa } from "../../../host/reference/isa.js";
import { HartBench } from "../../support/hart-bench.js";

const isa = parseIsa("rv32imac");
const { core } = new HartBench([{ regions: [{ base: 0x8000_0000, size: 0x1000 }] }]);

describe("the decode tables", () => {
  test("no two rows of the 32-bit table take the same word", () => {
    const rows = Array.from({ length: core.decodeRowCount() }, (_, i) => ({
      mask: core.decodeRowMask(i),
      match: core.decodeRowMatch(i),
    }));
    expect(rows.length).toBe(68);
    for (const [i, a] of rows.entries()) {
      expect(a.match & ~a.mask, `row ${i} asks for bits outside its mask`).toBe(0);
      for (const [j, b] of rows.entries()) {
        const both = a.mask & b.mask;
        if (i !== j) expect((a.match ^ b.match) & both, `rows ${i} and ${j}`).not.toBe(0);
      }
    }
  });

  test("each of the 65536 halfwords is taken by one row of the 16-bit table at most", () => {
    const count = core.compressedRowCount();
    for (let half = 0; half < 0x1_0000; half++) {
      let taken = 0;
      for (let row = 0; row < count; row++) taken += core.compressedRowTakes(row, half) & 1;
      if (taken > 1) expect.fail(`0x${half.toString(16)} is taken ${taken} times`);
      if ((half & 3) === 3) expect(taken).toBe(0);
      const legal = (half & 3) !== 3 && decode(half, isa) !== undefined ? 1 : 0;
      if (taken !== legal) expect.fail(`0x${half.toString(16)}: the reference says ${legal}`);
    }
    expect(core.compressedRowTakes(0, 0) & 1, "all zero is illegal").toBe(0);
  });

  test("every row of the 16-bit table takes something", () => {
    for (let row = 0; row < core.compressedRowCount(); row++) {
      const random = new Random(row);
      const halves = Array.from({ length: 200_000 }, () => random.u32() & 0xffff);
      const found = halves.some((half) => core.compressedRowTakes(row, half) & 1);
      expect(found || row === 22, `row ${row}`).toBe(true); // row 22 is the one word c.ebreak
    }
  });
});
