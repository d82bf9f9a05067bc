/** Decoded pages: sharing by content, private copies after stores, a pool that runs over. */
import { describe, expect, test } from "vitest";
import { RegionKind } from "../../../assembly/kernel/abi.js";
import * as L from "../../../assembly/kernel/layout.js";
import { asm } from "../../../host/reference/index.js";
import { HartBench } from "../../support/hart-bench.js";

const RAM = 0x8000_0000;
const used = (b: HartBench): number => b.get32(L.DERIVED_BASE + L.D_CODE_POOL_USED);

/** x10 = x10 + 1 for ever; at 0x40 a store of x2 to 0(x1). */
const LOOP = [asm.addi(10, 10, 1), asm.addi(10, 10, 1), asm.jal(0, -8)];

describe("decoded pages", () => {
  test("of harts with equal content, profile and misa are one", () => {
    const regions = [{ base: RAM, size: 0x1000 }];
    const b = new HartBench([{ regions }, { regions }, { regions, timing: 1 }, { regions }]);
    for (const hart of [0, 1, 2, 3]) b.load(LOOP, 0, 0, hart);
    b.run(100, 0);
    const one = used(b);
    b.run(100, 1);
    expect(used(b)).toBe(one);
    b.run(100, 2);
    expect(used(b), "another profile decodes anew").toBe(one + 1);
    expect([b.x(10, 0), b.x(10, 1), b.x(10, 2)]).toEqual([50, 50, 67]);
  });

  test("a hart that changes its page gets its own copy; the other does not notice", () => {
    const regions = [{ base: RAM, size: 0x1000 }];
    const b = new HartBench([{ regions }, { regions }]);
    const words = [asm.sw(2, 1, 8), asm.addi(10, 10, 1), asm.addi(10, 10, 1), asm.jal(0, -8)];
    for (const hart of [0, 1]) b.load(words, 0, 0, hart);
    b.setX(1, RAM, 0);
    b.setX(2, asm.addi(10, 10, 100), 0);
    b.setX(1, RAM, 1);
    b.setX(2, asm.addi(10, 10, 1), 1);
    b.run(3, 1);
    b.run(2 + 4 * 10, 0);
    b.run(2 + 4 * 10, 1);
    expect([b.x(10, 0), b.x(10, 1)]).toEqual([1010, 20]);
  });

  test("two harts of different profile and misa on one ROM do not mix", () => {
    const first = [{ base: RAM, size: 0x1000, kind: RegionKind.ROM }];
    const second = [{ ...first[0]!, sameAs: 0 }];
    const b = new HartBench([
      { regions: first, isa: "rv32im" },
      { regions: second, isa: "rv32i", timing: 1 },
    ]);
    b.load([asm.mul(10, 10, 10), asm.addi(11, 11, 1), asm.jal(0, -4)]);
    for (let at = 10; at <= 50; at += 10) {
      b.run(at, 0);
      b.run(at, 1);
    }
    expect([b.x(11, 0), b.cycle(0)]).toEqual([16, 51n]);
    expect(b.csr(0x342, 1), "mul is illegal on rv32i").toBe(2);
  });

  test("a pool too small for the program slows it down and nothing else", () => {
    const regions = [{ base: RAM, size: 0x4000 }];
    const run = (pages: number) => {
      const b = new HartBench([{ regions }], "release", pages);
      for (let page = 0; page < 4; page++) {
        const next = page === 3 ? -0x3000 - 4 : 0x1000 - 4;
        b.load([asm.addi(10, 10, 1), asm.jal(0, next)], 0, page * 0x1000);
      }
      b.run(3000);
      return [b.x(10), b.cycle(), b.pc()];
    };
    expect(run(2)).toEqual(run(16));
    expect(run(2)[0]).toBe(1000);
  });

  test("a straight run longer than any record can count is executed whole", () => {
    const b = new HartBench([{ regions: [{ base: RAM, size: 0x2000 }] }]);
    const words = Array.from({ length: 1500 }, () => asm.addi(10, 10, 1));
    b.load([...words, asm.jal(0, 0)]);
    b.run(1500);
    expect([b.x(10), b.cycle(), b.pc(), b.retired()]).toEqual([1500, 1500n, RAM + 6000, 1500n]);
  });

  test("a page whose region ends inside it is executed to its last halfword", () => {
    const regions = [
      { base: RAM, size: 0x804, window: false },
      { base: RAM + 0x804, size: 0x1000, window: false },
    ];
    const b = new HartBench([{ regions, boot: RAM + 0x7fe }]);
    b.load(new Uint8Array(Uint16Array.of(0x0001, 0x0505, 0x0513).buffer), 0, 0x7fe);
    b.load(new Uint8Array(Uint16Array.of(0x0015, 0x0505).buffer), 1, 0);
    b.run(4);
    expect([b.x(10), b.pc(), b.cycle()]).toEqual([3, RAM + 0x808, 4n]);
  });

  test("code written by somebody else is seen at once", () => {
    const b = new HartBench([{ regions: [{ base: RAM, size: 0x1000 }] }]);
    b.load(LOOP);
    b.run(40);
    expect(b.x(10)).toBe(20);
    b.load([asm.addi(10, 10, 5)], 0, 4);
    b.run(80);
    expect(b.x(10)).toBe(20 + 60);
  });
});
