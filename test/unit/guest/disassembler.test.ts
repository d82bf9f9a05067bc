import { describe, expect, test } from "vitest";
import { ALIASES_16, ROWS_16 } from "../../../host/guest/compressed.js";
import { disassemble, Listing, mnemonicOf } from "../../../host/guest/disassembler.js";
import { ALIASES_32, RESERVED, ROWS_32, type Row } from "../../../host/guest/opcodes.js";
import { OPERANDS } from "../../../host/guest/operands.js";

const WIDTHS = [
  ["32-bit", ROWS_32, ALIASES_32, 0xffff_ffff],
  ["16-bit", ROWS_16, ALIASES_16, 0xffff],
] as const;

/** True when some word is both rows. */
function overlap(a: Row, b: Row): boolean {
  return ((a.match ^ b.match) & a.mask & b.mask) === 0;
}

/** True when every word of `a` is a word of `b`. */
function inside(a: Row, b: Row): boolean {
  return overlap(a, b) && (a.mask & b.mask) >>> 0 === b.mask;
}

describe.each(WIDTHS)("the table of %s encodings", (_, rows, aliases, width) => {
  test("fixes no bit outside of its mask, and no bit outside of its width", () => {
    const wrong = rows.filter(
      ({ mask, match }) => (match & ~mask) !== 0 || mask > width || match > width,
    );
    expect(wrong).toEqual([]);
  });

  test("has no two rows that overlap, but for declared special cases that come first", () => {
    const overlaps: string[] = [];
    rows.forEach((a, k) => {
      for (const b of rows.slice(k + 1)) {
        const declared =
          a.refines.includes(b.mnemonic) && (inside(a, b) || b.mnemonic === RESERVED);
        if (overlap(a, b) && !declared) overlaps.push(`${a.mnemonic} ${b.mnemonic}`);
      }
    });
    expect(overlaps).toEqual([]);
  });

  test("declares no special case that is none", () => {
    const idle = rows.flatMap((a, k) =>
      a.refines.filter(
        (name) => !rows.slice(k + 1).some((b) => b.mnemonic === name && overlap(a, b)),
      ),
    );
    expect(idle).toEqual([]);
  });

  test("has aliases that refine their rows, each reachable", () => {
    const wrong: string[] = [];
    for (const row of rows) {
      const list = aliases.get(row.mnemonic) ?? [];
      list.forEach((alias, k) => {
        const asRow = { ...alias, refines: [] };
        if (!inside(asRow, row)) wrong.push(`${alias.mnemonic} is not inside ${row.mnemonic}`);
        const hidden = list
          .slice(0, k)
          .some((earlier) => inside(asRow, { ...earlier, refines: [] }));
        if (hidden) wrong.push(`${alias.mnemonic} of ${row.mnemonic} is never reached`);
      });
    }
    expect(wrong).toEqual([]);
  });

  test("finds each row by its own match word", () => {
    const wrong = rows.filter((row) => {
      const found = mnemonicOf(row.match);
      const special = rows.find(({ mask, match }) => (row.match & mask) >>> 0 === match)!;
      return found !== (special.mnemonic === RESERVED ? undefined : special.mnemonic);
    });
    expect(wrong).toEqual([]);
  });
});

test("the formats name only operands that exist, and every operand is used", () => {
  const formats = WIDTHS.flatMap(([, rows, aliases]) => [...rows, ...[...aliases.values()].flat()]);
  const names = formats.flatMap(({ format }) => format.match(/[a-z][a-z0-9_]*/g) ?? []);
  expect([...new Set(names)].sort()).toEqual(Object.keys(OPERANDS).sort());
});

// Words assembled by hand from the manual's formats; pc is 0x8000_0010.
const VECTORS: readonly (readonly [number, string, string])[] = [
  [0x0000_0013, "nop", "addi\tx0,x0,0"],
  [0x0000_8067, "ret", "jalr\tx0,0(x1)"],
  [0x0000_8082, "ret", "c.jr\tx1"],
  [0xff01_0113, "add\tsp,sp,-16", "addi\tx2,x2,-16"],
  [0x0000_1141, "add\tsp,sp,-16", "c.addi\tx2,-16"],
  [0x8000_0537, "lui\ta0,0x80000", "lui\tx10,0x80000"],
  [0x0000_757d, "lui\ta0,0xfffff", "c.lui\tx10,0xfffff"],
  [0xfe05_1ee3, "bnez\ta0,0x8000000c", "bne\tx10,x0,0x8000000c"],
  [0x0000_bfcd, "j\t0x80000002", "c.j\t0x80000002"],
  [0xf140_2573, "csrr\ta0,mhartid", "csrrs\tx10,mhartid,x0"],
  [0x3004_7073, "csrc\tmstatus,8", "csrrci\tx0,mstatus,8"],
  [0x7c00_9073, "csrw\t0x7c0,ra", "csrrw\tx0,0x7c0,x1"],
  [0x0330_000f, "fence\trw,rw", "fence\trw,rw"],
  [0x1605_252f, "lr.w.aqrl\ta0,(a0)", "lr.w.aqrl\tx10,(x10)"],
  [0x0000_0000, "unimp", "c.unimp"],
  [0x0000_0007, ".4byte\t0x7", ".4byte\t0x7"],
  [0x0000_8002, ".2byte\t0x8002", ".2byte\t0x8002"],
  [0xffff_ffff, ".4byte\t0xffffffff", ".4byte\t0xffffffff"],
];

describe("the disassembler", () => {
  const named = VECTORS.map(([word, ...texts]) => [`0x${word.toString(16)}`, ...texts] as const);
  test.each(named)("prints %s as %j, plainly %j", (digits, text, plain) => {
    const word = Number(digits);
    expect(disassemble(word, 0x8000_0010).text).toBe(text);
    expect(disassemble(word, 0x8000_0010, { aliases: false, numeric: true }).text).toBe(plain);
  });

  test("takes two bytes of a 16-bit encoding whatever stands behind it", () => {
    expect(disassemble(0xabcd_8082, 0)).toEqual({
      text: "ret",
      size: 2,
      mnemonic: "ret",
      operands: "",
    });
  });

  test("accepts words as signed and as unsigned numbers", () => {
    expect(disassemble(-0x0fe_feed, 0)).toEqual(disassemble(0xff01_0113, 0));
  });

  test("wraps targets at 4 GiB and names them", () => {
    const options = {
      describe: (address: number) => (address === 0xffff_fffc ? "top" : undefined),
    };
    expect(disassemble(0xffdf_f06f, 0, options).text).toBe("j\tfffffffc <top>");
    expect(disassemble(0x0080_006f, 0xffff_fffc, options).text).toBe("j\t0x4");
  });

  test("a listing notes the address that auipc and a load make together", () => {
    const listing = new Listing({}, 0x8000_1800);
    const lines = [0x0000_1517, 0x0105_2503, 0x0105_2503, 0x0041_a503].map(
      (word, k) => listing.next(word, 0x8000_0000 + 4 * k).text,
    );
    expect(lines).toEqual([
      "auipc\ta0,0x1",
      "lw\ta0,16(a0) # 0x80001010",
      "lw\ta0,16(a0)",
      "lw\ta0,4(gp) # 0x80001804",
    ]);
  });
});
