/** specs/rv32.md section 2: cycles from an instruction's first cycle to the next one's. */
import { describe, expect, test } from "vitest";
import { RegionKind } from "../../../assembly/kernel/abi.js";
import { asm, CSR, rvc } from "../../../host/reference/index.js";
import { HartBench } from "../../support/hart-bench.js";

const RAM = 0x8000_0000;
const HANDLER = RAM + 0x800;
const DATA = RAM + 0x4000;
const ABSENT = 0x1000;
const SLOW = 0x9000_0000;

/** x1 = data, x2 = absent, x3 = 0, x4 = 1, x5 = RAM (return address), x6 = slow RAM. */
function bench(words: readonly number[], timing: number, at = RAM): HartBench {
  const regions = [
    { base: RAM, size: 0x8000 },
    { base: SLOW, size: 0x1000, wait_cycles: 5, kind: RegionKind.RAM },
  ];
  const b = new HartBench([{ regions, boot: at, timing }]);
  b.load(words, 0, at - RAM);
  [0, DATA, ABSENT, 0, 1, RAM, SLOW].forEach((value, register) => {
    if (register > 0) b.setX(register, value);
  });
  b.core.hartPokeCsr(b.harts[0]!, CSR.mtvec, HANDLER);
  b.core.hartPokeCsr(b.harts[0]!, CSR.mepc, RAM + 0x40);
  return b;
}

const two = (low: number, high: number): number => (low | (high << 16)) >>> 0;
const NOP2 = two(rvc.c_nop(), rvc.c_nop());

type Row = readonly [name: string, words: readonly number[], ibex_small: number, single: number];

// biome-ignore format: a table.
const rows: readonly Row[] = [
  ["addi", [asm.addi(7, 4, 1)], 1, 1],
  ["lui", [asm.lui(7, 1)], 1, 1],
  ["auipc", [asm.auipc(7, 1)], 1, 1],
  ["fence", [asm.fence()], 1, 1],
  ["c.addi", [two(rvc.c_addi(7, 1), rvc.c_nop())], 1, 1],
  ["lw aligned", [asm.lw(7, 1, 0)], 2, 1],
  ["lh at offset 1, inside a word", [asm.lh(7, 1, 1)], 2, 1],
  ["lh crossing a word", [asm.lh(7, 1, 3)], 3, 1],
  ["lw crossing a word", [asm.lw(7, 1, 2)], 3, 1],
  ["sb", [asm.sb(4, 1, 3)], 2, 1],
  ["sw aligned", [asm.sw(4, 1, 0)], 2, 1],
  ["sw crossing a word", [asm.sw(4, 1, 1)], 3, 1],
  ["lw with 5 wait states", [asm.lw(7, 6, 0)], 7, 6],
  ["lw crossing with 5 wait states on both halves", [asm.lw(7, 6, 2)], 13, 11],
  ["mul", [asm.mul(7, 1, 1)], 3, 1],
  ["mulh", [asm.mulh(7, 1, 1)], 4, 1],
  ["mulhu", [asm.mulhu(7, 1, 1)], 4, 1],
  ["mulhsu", [asm.mulhsu(7, 1, 1)], 4, 1],
  ["div", [asm.div(7, 1, 4)], 37, 1],
  ["divu", [asm.divu(7, 1, 4)], 37, 1],
  ["rem", [asm.rem(7, 1, 4)], 37, 1],
  ["remu by zero", [asm.remu(7, 1, 3)], 2, 1],
  ["div by zero", [asm.div(7, 1, 3)], 2, 1],
  ["branch not taken", [asm.beq(1, 3, 8)], 1, 1],
  ["branch taken", [asm.beq(3, 0, 8)], 3, 1],
  ["branch taken to 2 mod 4, uncompressed", [asm.beq(3, 0, 6), two(1, asm.nop() & 0xffff), asm.nop() >>> 16], 4, 1],
  ["branch taken to 2 mod 4, compressed", [asm.beq(3, 0, 6), NOP2], 3, 1],
  ["branch out of the page", [asm.bne(1, 0, -4)], 3, 1],
  ["jal", [asm.jal(7, 8)], 2, 1],
  ["jal to 2 mod 4, uncompressed", [asm.jal(7, 6), two(1, asm.nop() & 0xffff), asm.nop() >>> 16], 3, 1],
  ["jal to 2 mod 4 where fetch faults", [asm.jal(7, -0x1002)], 3, 1],
  ["jalr", [asm.jalr(7, 5, 16)], 2, 1],
  ["c.j", [two(rvc.c_j(8), rvc.c_nop())], 2, 1],
  ["c.beqz taken", [two(rvc.c_beqz(8, 8), rvc.c_nop())], 3, 1],
  ["fence.i", [asm.fence_i()], 2, 1],
  ["csrr mcycle", [asm.csrr(7, CSR.mcycle)], 1, 1],
  ["csrrsi with 0", [asm.csrrsi(7, CSR.mstatus, 0)], 1, 1],
  ["csrw mscratch", [asm.csrw(CSR.mscratch, 1)], 1, 1],
  ["csrw mepc", [asm.csrw(CSR.mepc, 1)], 1, 1],
  ["csrw mtvec", [asm.csrw(CSR.mtvec, 1)], 3, 1],
  ["csrw mip", [asm.csrw(CSR.mip, 1)], 3, 1],
  ["csrrs mstatus with a register that holds 0", [asm.csrrs(7, CSR.mstatus, 3)], 3, 1],
  ["mret", [asm.mret()], 3, 1],
  ["ecall", [asm.ecall()], 3, 1],
  ["ebreak", [asm.ebreak()], 3, 1],
  ["illegal instruction", [0xffff_ffff], 3, 1],
  ["load access fault", [asm.lw(7, 2, 0)], 4, 1],
  ["load access fault, crossing", [asm.lw(7, 2, 1)], 5, 1],
  ["store access fault", [asm.sw(4, 2, 0)], 4, 1],
  ["store access fault, crossing", [asm.sh(4, 2, 3)], 5, 1],
  ["lr.w", [asm.lr_w(7, 1)], 2, 1],
  ["sc.w that fails", [asm.sc_w(7, 1, 4)], 2, 1],
  ["amoadd.w", [asm.amoadd_w(7, 1, 4)], 4, 1],
  ["lr.w of an absent word", [asm.lr_w(7, 2)], 4, 1],
];

describe.each([0, 1])("cycles of profile %i", (timing) => {
  test.each(rows)("%s", (_name, words, ibex_small, single) => {
    const b = bench(words, timing);
    b.step();
    expect(Number(b.cycle())).toBe(timing === 0 ? ibex_small : single);
  });

  test("an instruction that cannot be fetched", () => {
    const b = bench([], timing, RAM);
    b.core.hartPokeCsr(b.harts[0]!, CSR.mtvec, ABSENT);
    b.load([asm.ecall()]);
    b.step();
    const start = b.cycle();
    b.step();
    expect(b.csr(CSR.mcause)).toBe(1);
    expect(Number(b.cycle() - start)).toBe(timing === 0 ? 3 : 1);
  });
});

describe("an instruction across a page", () => {
  const edge = RAM + 0xffe;

  test("costs what it costs elsewhere, and follows its second half", () => {
    const lui = asm.lui(7, 0x12345);
    const b = bench([], 0, edge);
    b.load(new Uint8Array(Uint32Array.of(lui).buffer), 0, 0xffe);
    b.load([asm.nop()], 0, 0x1002);
    expect(b.run(1)).toBe(0);
    expect([b.pc(), b.cycle(), b.x(7)]).toEqual([RAM + 0x1002, 1n, 0x1234_5000]);
    b.load(new Uint8Array(Uint16Array.of(0x5432).buffer), 0, 0x1000);
    b.core.hartReset(b.harts[0]!, 0n);
    b.run(1);
    expect(b.x(7)).toBe(((0x5432 << 16) | (lui & 0xf000)) >>> 0);
  });
});

describe("counters", () => {
  test("mcycle read in cycle n gives n + 2; minstret the number completed before", () => {
    const b = bench([asm.csrr(7, CSR.mcycle), asm.csrr(8, CSR.minstret)], 0);
    b.run(2);
    expect([b.x(7), b.x(8)]).toEqual([3, 1]);
  });

  test("after csrw mcycle, V the next instruction reads V + 2", () => {
    const b = bench([asm.csrw(CSR.mcycle, 4), asm.csrr(7, CSR.mcycle)], 0);
    b.run(4);
    expect(b.x(7)).toBe(1 + 2);
  });

  test("the instruction that writes minstret is not counted in it", () => {
    const b = bench([asm.csrw(CSR.minstret, 4), asm.csrr(7, CSR.minstret)], 0);
    b.run(4);
    expect(b.x(7)).toBe(1);
  });

  test("the instruction that sets IR is counted, the one that clears it is not", () => {
    const words = [
      asm.csrrwi(0, CSR.mcountinhibit, 4),
      asm.nop(),
      asm.csrr(7, CSR.minstret),
      asm.csrrwi(0, CSR.mcountinhibit, 0),
      asm.csrr(8, CSR.minstret),
    ];
    const b = bench(words, 0);
    b.run(9);
    expect([b.x(7), b.x(8), b.retired()]).toEqual([1, 1, 5n]);
  });
});
