import { describe, expect, test } from "vitest";
import { asm, CSR, MSTATUS, rvc } from "../../../host/reference/index.js";
import { board, DATA, RAM } from "./board.js";

const MTI = 1 << 7;
const MSI = 1 << 3;
const MEI = 1 << 11;
const line = (index: number): number => 1 << (16 + index);

/** A board whose machine timer interrupt is enabled, with a pointer to data in x5. */
function armed(items: readonly asm.Item[], mie = MTI) {
  const made = board(items);
  made.hart.csr.mie = mie;
  made.hart.csr.mstatus |= MSTATUS.MIE;
  made.hart.registers[5] = DATA;
  made.hart.registers[6] = 3;
  return made;
}

/** Raises MTI from a cycle on, runs to the handler; gives its first cycle and mepc's offset. */
function handler(items: readonly asm.Item[], visible: number): [cycle: number, mepc: number] {
  const { hart } = armed(items);
  hart.setInterruptLines(MTI, BigInt(visible));
  for (let i = 0; i < 50; i++) {
    if (hart.step().kind === "interrupt")
      return [Number(hart.cycle), hart.readCsr(CSR.mepc)! - RAM];
  }
  throw new Error("no interrupt");
}

/**
 *   cycle    0    1-2  3-4  (5)  6-42  43-44  (45)  46        47 (48 49)  50
 *            nop  lw   beq       div   jal          mscratch  mtval       nop
 *   address  00   04   08        10    14           1a        1e          22
 */
const MIXED = [
  asm.nop(),
  asm.lw(1, 5, 0),
  asm.beq(0, 0, 8),
  asm.nop(),
  asm.div(1, 5, 6),
  asm.jal(0, 6),
  rvc.c_nop(),
  asm.csrw(CSR.mscratch, 5),
  asm.csrw(CSR.mtval, 5),
  asm.nop(),
  asm.nop(),
];

describe("an interrupt in a mixed sequence", () => {
  // biome-ignore format: a table.
  const ROWS: readonly (readonly [visible: number, until: number, cycle: number, mepc: number])[] = [
    // visible from..to  handler  mepc
    [-1, -1,             3,       0x00], // before the first instruction: F = -1
    [0, 0,               4,       0x04],
    [1, 2,               6,       0x08],
    [3, 4,               8,       0x10], // successor of the taken branch
    [5, 5,               8,       0x10], // its bubble: max(4 + 4, 5 + 3)
    [6, 42,              46,      0x14], // a division completes
    [43, 44,             48,      0x1a],
    [45, 45,             48,      0x1a], // the alignment bubble of the jump
    [46, 46,             50,      0x1e],
    [47, 47,             51,      0x22],
    [48, 48,             51,      0x22], // first bubble of the CSR write: max(47 + 4, 48 + 3)
    [49, 49,             52,      0x22],
    [50, 50,             54,      0x26],
  ];
  const cases = ROWS.flatMap(([from, to, cycle, mepc]) =>
    Array.from({ length: to - from + 1 }, (_, i) => [from + i, cycle, mepc] as const),
  );

  test.each(cases)("visible in cycle %i: handler from %i, mepc %i", (visible, cycle, mepc) => {
    expect(handler(MIXED, visible)).toEqual([cycle, mepc]);
  });
});

describe("an interrupt in the bubbles of a redirect", () => {
  /** beq at 0-1, bubbles 2 and 3 (the target is uncompressed at 2 mod 4), target at 4. */
  const MISFETCH = [asm.beq(0, 0, 6), rvc.c_nop(), asm.nop(), asm.nop()];

  test.each([
    [0, 5, 6],
    [1, 5, 6],
    [2, 5, 6],
    [3, 6, 6],
    [4, 8, 10],
  ])("visible in cycle %i: handler from %i", (visible, cycle, mepc) => {
    expect(handler(MISFETCH, visible)).toEqual([cycle, mepc]);
  });
});

describe("an instruction that enables a pending interrupt", () => {
  test.each([
    ["csrsi mstatus.MIE", asm.csrrsi(0, CSR.mstatus, 8), MTI, 0],
    ["csrw mie", asm.csrw(CSR.mie, 6), 0, MSTATUS.MIE],
  ])("%s is followed by the handler from cycle 4", (_name, bits, mie, mstatus) => {
    const { hart } = board([bits, asm.nop()]);
    hart.registers[6] = MTI;
    hart.csr.mie = mie;
    hart.csr.mstatus |= mstatus;
    hart.setInterruptLines(MTI, -5n);
    expect(hart.step().kind).toBe("retired");
    expect(hart.step()).toMatchObject({ kind: "interrupt", cause: 7, pc: RAM + 4 });
    expect(hart.cycle).toBe(4n);
  });

  test.each([
    ["aligned", 0x10, 5n],
    ["2 mod 4", 0x12, 5n],
  ])("mret to an %s address is followed by the handler from cycle 5", (_name, offset, cycle) => {
    const { hart } = board([asm.mret(), ...Array.from({ length: 8 }, asm.nop)]);
    hart.csr.mie = MTI;
    hart.csr.mstatus = MSTATUS.MPIE | MSTATUS.MPP;
    hart.csr.mepc = RAM + offset;
    hart.setInterruptLines(MTI, -5n);
    hart.step();
    expect(hart.step()).toMatchObject({ kind: "interrupt", pc: RAM + offset });
    expect(hart.cycle).toBe(cycle);
  });

  test("mret to user mode with MPIE clear takes a pending interrupt", () => {
    const { hart } = board([asm.mret(), asm.nop()]);
    hart.csr.mie = MTI;
    hart.csr.mstatus = 0;
    hart.csr.mepc = RAM;
    hart.setInterruptLines(MTI, -5n);
    hart.step();
    expect(hart.step()).toMatchObject({ kind: "interrupt", cause: 7 });
    expect(hart.readCsr(CSR.mstatus)).toBe(0);
  });

  test("csrci mstatus.MIE in the cycle in which the interrupt becomes visible wins", () => {
    const { hart } = armed([asm.csrrci(0, CSR.mstatus, 8), asm.nop(), asm.nop()]);
    hart.setInterruptLines(MTI, 0n);
    hart.step();
    expect(hart.step()).toMatchObject({ kind: "retired", start: 3n });
  });
});

describe("wfi at cycle W = 0", () => {
  // biome-ignore format: a table.
  const ROWS: readonly (readonly [visible: number, s: number])[] = [
    [0, 3], [1, 3], [2, 3], [3, 3], [4, 4], [5, 5], [100, 100],
  ];

  test.each(ROWS)("visible in cycle %i with MIE 0: the next instruction at S + 2", (visible, s) => {
    const { hart } = armed([asm.wfi(), asm.csrr(1, CSR.mcycle), asm.nop()]);
    hart.csr.mstatus = 0;
    hart.setInterruptLines(MTI, BigInt(visible));
    hart.step();
    expect(hart.step()).toMatchObject({ kind: "retired", name: "csrrs", start: BigInt(s + 2) });
    const lost = Math.max(0, visible - 3);
    expect(hart.registers[1]).toBe(s + 2 + 3 - lost);
  });

  test.each(ROWS)("visible in cycle %i with MIE 1: the handler at S + 4", (visible, s) => {
    expect(handler([asm.wfi(), asm.nop()], visible)).toEqual([s + 4, 4]);
  });

  test("an interrupt pending and enabled before the wfi is taken instead of it", () => {
    expect(handler([asm.wfi(), asm.nop()], -1)).toEqual([3, 0]);
  });

  test("an interrupt pending before the wfi with MIE 0 wakes it at once: S = 3", () => {
    const { hart } = armed([asm.wfi(), asm.nop()]);
    hart.csr.mstatus = 0;
    hart.setInterruptLines(MTI, -9n);
    expect(hart.step()).toMatchObject({ kind: "retired", name: "wfi", cost: 5n });
  });

  test("a wire that mie does not enable does not wake it", () => {
    const { hart } = armed([asm.wfi(), asm.nop()]);
    hart.setInterruptLines(MSI, 10n);
    expect(hart.step()).toMatchObject({ kind: "asleep", entered: true, cost: 0n });
    expect(hart.step()).toMatchObject({ kind: "asleep", entered: false });
    expect([hart.asleep, hart.retired, hart.pc]).toEqual([true, 1, RAM + 4]);
    hart.setInterruptLines(MSI | MTI, 50n);
    expect(hart.step()).toMatchObject({ kind: "interrupt", pc: RAM + 4 });
    expect([hart.asleep, hart.cycle]).toEqual([false, 54n]);
  });

  test("mcycle stopped by mcountinhibit loses nothing in sleep", () => {
    const { hart } = armed([asm.csrrwi(0, CSR.mcountinhibit, 1), asm.wfi(), asm.csrr(1, 0xb00)]);
    hart.csr.mstatus = 0;
    hart.setInterruptLines(MTI, 500n);
    for (let i = 0; i < 3; i++) hart.step();
    expect(hart.registers[1]).toBe(4);
  });
});

describe("priority", () => {
  // biome-ignore format: a table.
  const ROWS: readonly (readonly [wires: number, cause: number])[] = [
    [MTI, 7], [MSI | MTI, 3], [MEI | MSI | MTI, 11], [line(14) | MEI, 30],
    [line(0) | line(14) | MEI | MSI, 16], [line(3) | line(9), 19],
  ];

  test.each(ROWS)("of wires 0x%x takes %i", (wires, cause) => {
    const { hart } = armed([asm.nop()], ~0);
    hart.setInterruptLines(wires, -1n);
    expect(hart.step()).toMatchObject({ kind: "interrupt", cause });
    expect(hart.readCsr(CSR.mcause)).toBe((0x8000_0000 | cause) >>> 0);
    expect(hart.readCsr(CSR.mtval)).toBe(0);
  });

  test("vectored mode enters at base + 4 x cause, direct mode at the base", () => {
    const enter = (mtvec: number) => {
      const { hart } = armed([asm.nop()]);
      hart.csr.mtvec = mtvec;
      hart.setInterruptLines(MTI, -1n);
      hart.step();
      return hart.pc;
    };
    expect(enter(RAM + 0x101)).toBe(RAM + 0x11c);
    expect(enter(RAM + 0x104)).toBe(RAM + 0x104);
  });

  test("an exception of the instruction in execution comes first", () => {
    const { hart } = armed([asm.ecall()]);
    hart.setInterruptLines(MTI, 0n);
    expect(hart.step()).toMatchObject({ kind: "trapped", cause: 11 });
    expect(hart.step().kind).not.toBe("interrupt");
  });

  test("user mode takes machine interrupts whatever MIE says", () => {
    const { hart } = armed([asm.nop(), asm.nop()]);
    hart.csr.mstatus = 0;
    hart.csr.privilege = 0;
    hart.setInterruptLines(MTI, 0n);
    hart.step();
    expect(hart.step().kind).toBe("interrupt");
    expect([hart.privilege, hart.readCsr(CSR.mstatus)]).toEqual([3, 0]);
  });
});

test("mip reads the wires of the instruction's own cycle, without bits that do not exist", () => {
  const { hart } = board([asm.csrr(1, CSR.mip), asm.csrr(2, CSR.mip)]);
  hart.setInterruptLines(-1, 1n);
  hart.step();
  hart.step();
  expect([hart.registers[1], hart.registers[2]]).toEqual([0, 0x7fff_0888]);
});

test("a change given for the same cycle replaces the earlier one, others stay in order", () => {
  const { hart } = board([asm.nop(), asm.csrr(1, CSR.mip), asm.csrr(2, CSR.mip)]);
  hart.setInterruptLines(MSI, 2n);
  hart.setInterruptLines(MTI, 1n);
  hart.setInterruptLines(MEI, 2n);
  for (let i = 0; i < 3; i++) hart.step();
  expect([hart.registers[1], hart.registers[2]]).toEqual([MTI, MEI]);
});
