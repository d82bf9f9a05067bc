import { describe, expect, test } from "vitest";
import { asm, CSR, MSTATUS, USER } from "../../../host/reference/index.js";
import { ABSENT, board, RAM } from "./board.js";

const ALL = 0xffff_ffff;

describe("after reset", () => {
  // biome-ignore format: a table.
  const ROWS: readonly (readonly [name: keyof typeof CSR, value: number])[] = [
    ["mstatus", 0x80], ["misa", 0x4010_1105], ["mie", 0], ["mip", 0], ["mtvec", 0x8000_0101],
    ["mscratch", 0], ["mepc", 0], ["mcause", 0], ["mtval", 0], ["mcounteren", 0],
    ["mcountinhibit", 0], ["mcycle", 3], ["mcycleh", 0], ["minstret", 0], ["minstreth", 0],
    ["mvendorid", 0], ["marchid", 22], ["mimpid", 0], ["mhartid", 5],
  ];

  test.each(ROWS)("%s reads its reset value", (name, value) => {
    const { hart } = board([], { boot: RAM + 0x1fe, hartid: 5 });
    expect(hart.readCsr(CSR[name])).toBe(value);
  });

  test.each([
    ["rv32im", 0x4010_1100],
    ["rv32imc", 0x4010_1104],
    ["rv32i_zca", 0x4010_0104],
  ])("misa of %s follows its letters", (isa, misa) => {
    expect(board([], { isa }).hart.readCsr(CSR.misa)).toBe(misa);
  });

  test("registers are 0, the mode is machine, pc is the boot address", () => {
    const { hart } = board([], { boot: RAM + 0x1fe });
    expect([...hart.registers].some((x) => x !== 0)).toBe(false);
    expect([hart.privilege, hart.pc]).toEqual([3, RAM + 0x1fe]);
  });
});

describe("WARL: what a write leaves", () => {
  const C = "rv32imac";
  // biome-ignore format: a table.
  const ROWS: readonly (readonly [keyof typeof CSR, written: number, read: number, isa: string])[] = [
    ["mstatus", ALL, 0x0002_1888, C], ["mstatus", 0, 0, C],
    ["mstatus", 0x0800, 0, C], ["mstatus", 0x1000, 0, C], ["mstatus", 0x1800, 0x1800, C],
    ["misa", 0, 0x4010_1105, C], ["mie", ALL, 0x7fff_0888, C], ["mip", ALL, 0, C],
    ["mtvec", 0x8000_0004, 0x8000_0004, C], ["mtvec", 0x8000_0005, 0x8000_0005, C],
    ["mtvec", 0x1234_5672, 0x1234_5671, C], ["mtvec", 0x1234_5673, 0x1234_5671, C],
    ["mepc", ALL, 0xffff_fffe, C], ["mepc", ALL, 0xffff_fffc, "rv32im"],
    ["mcause", ALL, 0x8000_001f, C], ["mtval", ALL, ALL, C], ["mscratch", ALL, ALL, C],
    ["mcounteren", ALL, 7, C], ["mcountinhibit", ALL, 5, C],
  ];

  test.each(ROWS)("%s written 0x%x", (name, written, read, isa) => {
    const { hart } = board([asm.csrw(CSR[name], 1)], { isa });
    hart.registers[1] = written;
    expect(hart.step().kind).toBe("retired");
    expect(hart.readCsr(CSR[name])).toBe(read);
  });

  test("mtvec in direct mode keeps direct mode when mode 2 is written", () => {
    const { hart } = board([asm.csrw(CSR.mtvec, 1)]);
    hart.csr.mtvec = 0x100;
    hart.registers[1] = 0x202;
    hart.step();
    expect(hart.readCsr(CSR.mtvec)).toBe(0x200);
  });

  // biome-ignore format: a table.
  const OPERATIONS: readonly (readonly [name: string, bits: number, mscratch: number])[] = [
    ["csrrw", asm.csrrw(2, CSR.mscratch, 1), 0x33], ["csrrs", asm.csrrs(2, CSR.mscratch, 1), 0x77],
    ["csrrc", asm.csrrc(2, CSR.mscratch, 1), 0x44], ["csrrwi", asm.csrrwi(2, CSR.mscratch, 6), 6],
    ["csrrsi", asm.csrrsi(2, CSR.mscratch, 10), 0x5f],
    ["csrrci", asm.csrrci(2, CSR.mscratch, 6), 0x51],
    ["csrrw onto its own source", asm.csrrw(1, CSR.mscratch, 1), 0x33],
  ];

  test.each(OPERATIONS)("%s gives the old value and leaves the new one", (_name, bits, left) => {
    const { hart } = board([bits]);
    hart.csr.mscratch = 0x55;
    hart.registers[1] = 0x33;
    hart.step();
    const rd = (bits >>> 7) & 31;
    expect([hart.registers[rd], hart.csr.mscratch]).toEqual([0x55, left]);
  });
});

describe("an access that is illegal", () => {
  // biome-ignore format: a table.
  const ROWS: readonly (readonly [string, number])[] = [
    ["a read of an absent CSR", asm.csrr(1, 0x310)],
    ["a read of mconfigptr", asm.csrr(1, 0xf15)],
    ["a read of mhpmcounter3", asm.csrr(1, 0xb03)],
    ["a read of pmpcfg0", asm.csrr(1, 0x3a0)],
    ["a read of hpmcounter3", asm.csrr(1, 0xc03)],
    ["a write of mhartid", asm.csrw(CSR.mhartid, 0)],
    ["a set of bits in cycle", asm.csrrs(1, CSR.cycle, 2)],
    ["a clear of an immediate in instret", asm.csrrci(1, CSR.instret, 1)],
  ];

  test.each(ROWS)("%s traps with the instruction in mtval", (_name, bits) => {
    const { hart } = board([bits]);
    hart.registers[1] = 0x77;
    expect(hart.step()).toMatchObject({ kind: "trapped", cause: 2, tval: bits });
    expect(hart.registers[1]).toBe(0x77);
  });

  test("a set with x0 of a read-only CSR is legal", () => {
    const { hart } = board([asm.csrrs(1, CSR.mhartid, 0), asm.csrrci(1, CSR.cycle, 0)]);
    expect([hart.step().kind, hart.step().kind]).toEqual(["retired", "retired"]);
  });
});

describe("user mode", () => {
  function userBoard(items: readonly asm.Item[], mcounteren = 0) {
    const made = board(items);
    made.hart.csr.privilege = USER;
    made.hart.csr.mcounteren = mcounteren;
    return made;
  }

  test.each([
    ["cycle", 1],
    ["cycleh", 1],
    ["time", 2],
    ["timeh", 2],
    ["instret", 4],
    ["instreth", 4],
  ] as const)("reads %s where mcounteren has bit %i, and only there", (name, bit) => {
    const kind = (mcounteren: number) =>
      userBoard([asm.csrr(1, CSR[name])], mcounteren).hart.step().kind;
    expect([kind(bit), kind(7 & ~bit)]).toEqual(["retired", "trapped"]);
  });

  test.each([
    ["csrr mscratch", asm.csrr(1, CSR.mscratch), 2],
    ["csrr mcycle", asm.csrr(1, CSR.mcycle), 2],
    ["mret", asm.mret(), 2],
    ["ecall", asm.ecall(), 8],
    ["ebreak", asm.ebreak(), 3],
  ])("%s traps", (_name, bits, cause) => {
    const { hart } = userBoard([bits], 7);
    expect(hart.step()).toMatchObject({ kind: "trapped", cause });
    expect([hart.privilege, hart.readCsr(CSR.mstatus)]).toEqual([3, 0]);
  });

  test("wfi is legal", () => {
    expect(userBoard([asm.wfi()]).hart.step().kind).toBe("asleep");
  });
});

describe("mret", () => {
  // biome-ignore format: a table.
  const ROWS: readonly (readonly [string, before: number, after: number, privilege: number])[] = [
    ["to machine mode keeps MPRV", MSTATUS.MPP | MSTATUS.MPRV, MSTATUS.MPIE | MSTATUS.MPRV, 3],
    ["to user mode clears MPRV", MSTATUS.MPRV, MSTATUS.MPIE, 0],
    ["restores MIE from MPIE", MSTATUS.MPP | MSTATUS.MPIE, MSTATUS.MIE | MSTATUS.MPIE, 3],
    ["clears MIE when MPIE is clear", MSTATUS.MPP | MSTATUS.MIE, MSTATUS.MPIE, 3],
  ];

  test.each(ROWS)("%s", (_name, before, after, privilege) => {
    const { hart } = board([asm.mret()]);
    hart.csr.mstatus = before;
    hart.csr.mepc = RAM + 0x40;
    hart.step();
    expect([hart.readCsr(CSR.mstatus), hart.privilege, hart.pc]).toEqual([
      after,
      privilege,
      RAM + 0x40,
    ]);
  });

  test("a trap saves MIE and the mode and keeps MPRV", () => {
    const { hart } = board([asm.ecall()]);
    hart.csr.mstatus = MSTATUS.MIE | MSTATUS.MPRV;
    hart.step();
    expect(hart.readCsr(CSR.mstatus)).toBe(MSTATUS.MPIE | MSTATUS.MPP | MSTATUS.MPRV);
    expect([hart.readCsr(CSR.mepc), hart.readCsr(CSR.mcause)]).toEqual([RAM, 11]);
  });
});

describe("counters", () => {
  const read = (csr: number) => asm.csrr(10, csr);

  /** The instructions before, then one read into x10; x1 = 100, x2 = 0xffffffff, x3 = 5, x4 = 4. */
  // biome-ignore format: a table.
  const ROWS: readonly (readonly [string, items: readonly number[], x10: number])[] = [
    ["mcycle in the first cycle is n + 2 = 3", [read(CSR.mcycle)], 3],
    ["mcycle after a load", [asm.lw(11, 5, 0), read(CSR.mcycle)], 5],
    ["mcycle after csrw mcycle, V is V + 2", [asm.csrw(CSR.mcycle, 1), read(CSR.mcycle)], 102],
    ["csrrw of mcycle gives the value of its own cycle", [asm.nop(), asm.csrrw(10, CSR.mcycle, 1)], 4],
    ["mcycleh counts the carry", [asm.csrw(CSR.mcycle, 2), read(CSR.mcycleh)], 1],
    ["mcycleh written keeps the low half of that cycle", [asm.csrw(CSR.mcycleh, 1), read(CSR.mcycle)], 5],
    ["mcycle read in the cycle before its carry", [asm.csrw(CSR.mcycle, 2), read(CSR.mcycle)], 1],
    ["cycle is mcycle", [asm.csrw(CSR.mcycle, 1), read(CSR.cycle)], 102],
    ["time is mcycle without an mtime", [asm.csrw(CSR.mcycle, 1), read(CSR.time)], 102],
    ["mcountinhibit.CY acts from the next cycle", [asm.csrw(CSR.mcountinhibit, 3), asm.div(11, 1, 1), read(CSR.mcycle)], 4],
    ["mcycle runs again from the cycle after CY clears", [asm.csrrwi(0, CSR.mcountinhibit, 1), asm.csrrwi(0, CSR.mcountinhibit, 0), read(CSR.mcycle)], 6],
    ["mcycle can be written while it stands", [asm.csrrwi(0, CSR.mcountinhibit, 1), asm.csrw(CSR.mcycle, 1), read(CSR.mcycle)], 100],
    ["minstret is the number completed before", [asm.nop(), asm.nop(), read(CSR.minstret)], 2],
    ["the instruction that writes minstret is not counted", [asm.csrw(CSR.minstret, 1), read(CSR.minstret)], 100],
    ["minstret counts on from there", [asm.csrw(CSR.minstret, 1), asm.nop(), read(CSR.minstret)], 101],
    ["minstreth written replaces that increment", [asm.nop(), asm.csrw(CSR.minstreth, 1), read(CSR.minstret)], 1],
    ["minstret carries into minstreth", [asm.csrw(CSR.minstret, 2), asm.nop(), read(CSR.minstreth)], 1],
    ["the instruction that sets IR is counted", [asm.csrw(CSR.mcountinhibit, 4), asm.nop(), read(CSR.minstret)], 1],
    ["the instruction that clears IR is not", [asm.csrrwi(0, CSR.mcountinhibit, 4), asm.csrrwi(0, CSR.mcountinhibit, 0), asm.nop(), read(CSR.minstret)], 2],
  ];

  test.each(ROWS)("%s", (_name, items, x10) => {
    const { hart, steps } = board(items);
    [0, 100, ALL, 5, 4, RAM].forEach((value, index) => {
      hart.registers[index] = value;
    });
    steps(items.length);
    expect(hart.registers[10]).toBe(x10);
  });

  test("an instruction that traps is in trapped, not in minstret", () => {
    const { hart, steps } = board([asm.nop(), asm.ecall()]);
    steps(2);
    expect([hart.retired, hart.trapped, hart.readCsr(CSR.minstret)]).toEqual([1, 1, 1]);
  });

  test("time is the node's mtime where there is one", () => {
    const mtime = (cycle: bigint) => (7n << 32n) + cycle / 2n;
    const { hart } = board([asm.lw(1, 0, 0)], { mtime });
    hart.step();
    expect([hart.readCsr(CSR.time), hart.readCsr(CSR.timeh)]).toEqual([2, 7]);
  });
});

describe("exec accounting", () => {
  test("cycles run to the finishing store's last cycle, retired includes it", () => {
    const items = [asm.nop(), asm.lw(1, 5, 0), asm.jalr(1, 6, 0), asm.sw(0, 5, 0)];
    const { hart, steps } = board(items);
    hart.registers[5] = RAM + 0x100;
    hart.registers[6] = RAM + 12;
    steps(4);
    expect([hart.retired, hart.lastExecution + 1n, hart.pc]).toEqual([4, 7n, RAM + 16]);
  });

  test("writes to minstret and mcountinhibit do not touch retired", () => {
    const { hart, steps } = board([
      asm.csrw(CSR.minstret, 0),
      asm.csrrwi(0, CSR.mcountinhibit, 5),
      asm.nop(),
    ]);
    steps(3);
    expect(hart.retired).toBe(3);
  });

  test("bubbles are what follows the last execution cycle", () => {
    const { hart } = board([asm.beq(0, 0, 8)]);
    hart.step();
    expect([hart.lastExecution, hart.bubbles, hart.cycle]).toEqual([1n, 1n, 3n]);
  });

  test("a hart without a handler traps for ever and stays what it is", () => {
    const { hart, steps } = board([], { boot: ABSENT });
    const taken = steps(50);
    expect(taken.every((step) => step.kind === "trapped" && step.cause === 1)).toBe(true);
    expect([hart.retired, hart.trapped, hart.cycle]).toEqual([0, 50, 150n]);
  });
});
