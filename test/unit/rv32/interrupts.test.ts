/** When interrupts are taken: hand-computed cycles, then every cycle against the reference. */
import { describe, expect, test } from "vitest";
import { HartExit, HartState } from "../../../assembly/kernel/abi.js";
import { asm, CSR, rvc } from "../../../host/reference/index.js";
import { HartBench } from "../../support/hart-bench.js";
import { Lockstep } from "../../support/lockstep.js";

const RAM = 0x8000_0000;
const HANDLER = RAM + 0x800;
const MSI = 3;
const two = (low: number, high: number): number => (low | (high << 16)) >>> 0;

/** Handler at HANDLER, MSI enabled in mie; MIE as told; x4 = 1, x5 = 8. */
function bench(words: readonly number[], mie = 1, timing = 0): HartBench {
  const b = new HartBench([{ regions: [{ base: RAM, size: 0x2000 }], timing }]);
  b.load(words);
  const hart = b.harts[0]!;
  b.core.hartPokeCsr(hart, CSR.mtvec, HANDLER);
  b.core.hartPokeCsr(hart, CSR.mie, 1 << MSI);
  b.core.hartPokeCsr(hart, CSR.mepc, RAM + 0x40);
  b.core.hartPokeCsr(hart, CSR.mstatus, 0x1880 | (mie << 3));
  b.setX(4, 1);
  b.setX(5, 8);
  return b;
}

/** Raises MSI at `cycle` and runs to the handler. */
function taken(b: HartBench, cycle: number) {
  b.run(cycle);
  b.setLine(MSI, 1, cycle);
  for (let i = 0; i < 50 && b.pc() !== HANDLER; i++) b.step();
  return { first: Number(b.cycle()), mepc: b.csr(CSR.mepc)! - RAM };
}

type Row = readonly [string, readonly number[], at: number, first: number, mepc: number];
const NOPS = Array.from({ length: 16 }, () => asm.nop());

// biome-ignore format: a table.
const rows: readonly Row[] = [
  ["in a nop's own cycle: F + 4", NOPS, 3, 3 + 4, 16],
  ["in the first cycle of a division: it completes, F = 36", [asm.div(7, 5, 4), ...NOPS], 0, 36 + 4, 4],
  ["in the last cycle of a division", [asm.div(7, 5, 4), ...NOPS], 36, 36 + 4, 4],
  ["just after a division: the next instruction completes first", [asm.div(7, 5, 4), ...NOPS], 37, 37 + 4, 8],
  ["in a taken branch: mepc is its target", [asm.beq(0, 0, 16), ...NOPS], 1, 1 + 4, 16],
  ["in the bubble of a taken branch: A + 3 = F + 4", [asm.beq(0, 0, 16), ...NOPS], 2, 2 + 3, 16],
  ["in the alignment penalty behind it: A + 3", [asm.beq(0, 0, 6), two(1, asm.nop() & 0xffff), asm.nop() >>> 16], 3, 3 + 3, 6],
  ["in the alignment penalty of a jump", [asm.jal(0, 6), two(1, asm.nop() & 0xffff), asm.nop() >>> 16], 2, 2 + 3, 6],
  ["in a CSR write's first cycle", [asm.csrw(CSR.mtval, 4), ...NOPS], 0, 0 + 4, 4],
  ["in a CSR write's third cycle: A + 3", [asm.csrw(CSR.mtval, 4), ...NOPS], 2, 2 + 3, 4],
  ["in a load", [asm.addi(6, 0, 0), asm.csrw(CSR.mscratch, 6), ...NOPS], 1, 1 + 4, 8],
];

describe("an interrupt that becomes visible", () => {
  test.each(rows)("%s", (_name, words, at, first, mepc) => {
    expect(taken(bench(words), at)).toEqual({ first, mepc });
  });

  test("while masked is taken right after the CSR write that enables it", () => {
    const b = bench([asm.csrrsi(0, CSR.mstatus, 8), asm.nop()], 0);
    b.setLine(MSI, 1, 0);
    b.run(1);
    b.step();
    expect([b.pc(), b.csr(CSR.mepc), b.cycle()]).toEqual([HANDLER, RAM + 4, 4n]);
  });

  test("while masked is taken right after mret", () => {
    const b = bench([asm.mret(), asm.nop()], 0);
    b.setLine(MSI, 1, 0);
    b.run(1);
    b.step();
    expect([b.pc(), b.csr(CSR.mepc), b.cycle()]).toEqual([HANDLER, RAM + 0x40, 5n]);
  });

  test("and goes again before the boundary is not taken", () => {
    const b = bench([asm.div(7, 5, 4), ...NOPS]);
    b.run(1);
    b.setLine(MSI, 1, 5);
    b.setLine(MSI, 0, 20);
    b.run(40);
    expect([b.pc(), b.cycle()]).toEqual([RAM + 16, 40n]);
  });

  test("loses to a device line, and the lowest device line wins", () => {
    const b = bench(NOPS);
    b.core.hartPokeCsr(b.harts[0]!, CSR.mie, 0x7fff_0888);
    b.run(2);
    for (const bit of [MSI, 7, 11, 30, 20]) b.setLine(bit, 1, 2);
    b.run(4);
    expect(b.csr(CSR.mcause)).toBe(0x8000_0014);
  });

  test("vectors to base + 4 x cause", () => {
    const b = bench(NOPS);
    b.core.hartPokeCsr(b.harts[0]!, CSR.mtvec, HANDLER | 1);
    b.run(2);
    b.setLine(MSI, 1, 2);
    b.run(4);
    expect(b.pc()).toBe(HANDLER + 4 * MSI);
  });
});

describe("wfi", () => {
  // W = 1 in all rows: S = max(4, A).
  // biome-ignore format: a table.
  const sleeps: readonly (readonly [string, mie: number, at: number, first: number, lost: number])[] = [
    ["woken later goes to the handler at S + 4", 1, 50, 54, 46],
    ["woken at once goes to the handler at W + 7", 1, 2, 8, 0],
    ["with MIE = 0 goes on at S + 2", 0, 50, 52, 46],
    ["with MIE = 0 and the line up already goes on at W + 5", 0, 0, 6, 0],
  ];

  test.each(sleeps)("%s", (_name, mie, at, first, lost) => {
    const b = bench([asm.nop(), asm.wfi(), ...NOPS], mie);
    b.run(at);
    b.setLine(MSI, 1, at);
    for (let i = 0; i < 5 && Number(b.cycle()) < first; i++) b.run(first);
    expect(b.state()).toBe(HartState.RUNNING);
    expect([Number(b.cycle()), b.pc()]).toEqual([first, mie ? HANDLER : RAM + 8]);
    expect(b.csr(CSR.mcycle)).toBe(first + 3 - lost);
    if (mie) expect(b.csr(CSR.mepc)).toBe(RAM + 8);
  });

  test("sleeps again when the line goes before the decision", () => {
    const b = bench([asm.wfi(), ...NOPS]);
    expect(b.run(10)).toBe(HartExit.WFI);
    b.setLine(MSI, 1, 1);
    b.setLine(MSI, 0, 2);
    expect(b.run(10)).toBe(HartExit.WFI);
    b.setLine(MSI, 1, 30);
    b.run(31);
    expect([b.cycle(), b.pc()]).toEqual([34n, HANDLER]);
    expect(b.csr(CSR.mcycle)).toBe(34 + 3 - 27);
  });
});

describe("at every cycle of a mixed sequence the reference agrees", () => {
  const items = [
    asm.addi(6, 0, 3),
    asm.lw(7, 5, 0),
    asm.lw(7, 5, 2),
    asm.mul(7, 6, 6),
    asm.div(7, 6, 6),
    asm.beq(0, 0, 8),
    asm.nop(),
    asm.csrw(CSR.mscratch, 6),
    asm.csrrci(0, CSR.mstatus, 8),
    asm.nop(),
    asm.csrrsi(0, CSR.mstatus, 8),
    asm.jal(1, 6),
    two(1, asm.nop() & 0xffff),
    two(asm.nop() >>> 16, rvc.c_nop()),
    asm.fence_i(),
    asm.ecall(),
    asm.wfi(),
    asm.sw(6, 5, 0),
  ];
  const prologue = [
    ...asm.li(1, HANDLER),
    asm.csrw(CSR.mtvec, 1),
    ...asm.li(1, 0x7fff_0888),
    asm.csrw(CSR.mie, 1),
    ...asm.li(5, RAM + 0x1000),
    asm.csrrsi(0, CSR.mstatus, 8),
  ];
  const handler = [
    asm.csrr(20, CSR.mepc),
    asm.csrr(21, CSR.mcause),
    asm.blt(21, 0, 8),
    asm.addi(20, 20, 4),
    asm.csrw(CSR.mepc, 20),
    asm.addi(22, 0, 0x80),
    asm.csrrc(0, CSR.mstatus, 22),
    asm.mret(),
  ];

  test.each(["ibex-small", "single-cycle"] as const)("under %s", (timing) => {
    const image = new Uint8Array(0x2000);
    image.set(new Uint8Array(Uint32Array.from([...prologue, ...items]).buffer), 0);
    image.set(new Uint8Array(Uint32Array.from(handler).buffer), HANDLER - RAM);
    for (let at = 0; at < 120; at++) {
      const interrupts = [
        { cycle: BigInt(at), mip: 1 << 16 },
        { cycle: 400n, mip: 1 << 3 },
      ];
      const common = { seed: at, isa: "rv32imc", base: RAM, ramBase: RAM, ramSize: 0x2000 };
      const program = { ...common, image, boot: RAM, interrupts, description: `at ${at}` };
      const pair = new Lockstep(program, timing);
      for (let step = 0; step < 60 && pair.step(); step++) {
        expect(pair.differences(), `line at ${at}, ${pair.last}`).toEqual([]);
      }
    }
  });
});
