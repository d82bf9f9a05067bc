/** Where accesses go: windows, devices, shared memory, faults, crossing halves, halts. */
import { describe, expect, test } from "vitest";
import { Access, HaltKind, HartExit, RegionKind } from "../../../assembly/kernel/abi.js";
import * as L from "../../../assembly/kernel/layout.js";
import { asm, CSR, rvc } from "../../../host/reference/index.js";
import { type BenchHart, HartBench } from "../../support/hart-bench.js";

const RAM = 0x8000_0000;
const RAM_END = RAM + 0x2000;
const HANDLER = RAM + 0x800;
const ROM = 0x2000_0000;
const DEVICE = 0x4000_0000;
const FOREIGN = 0x5000_0000;
const READ_EXECUTE = 5;

/** ROM at ROM, a device, another owner's device, RAM, and shared memory right behind RAM. */
const REGIONS = [
  { base: ROM, size: 0x1000, kind: RegionKind.ROM, rights: READ_EXECUTE },
  { base: DEVICE, size: 0x100, kind: RegionKind.DEVICE, rights: 3 },
  { base: FOREIGN, size: 0x100, kind: RegionKind.FOREIGN, rights: 0 },
  { base: RAM, size: 0x2000 },
  { base: RAM_END, size: 0x1000, kind: RegionKind.SHARED },
];
const AT_ROM = 0;
const AT_RAM = 3;
const AT_SHARED = 4;

function bench(words: readonly number[], x1: number, more: Partial<BenchHart> = {}): HartBench {
  const b = new HartBench([{ regions: REGIONS, boot: RAM, ...more }]);
  b.load(words, AT_RAM);
  b.core.hartPokeCsr(b.harts[0]!, CSR.mtvec, HANDLER);
  b.setX(1, x1);
  b.setX(2, 0x8877_6655);
  return b;
}

const trap = (b: HartBench) => [b.csr(CSR.mcause), b.csr(CSR.mtval), Number(b.cycle())];

describe("mtval of an access fault", () => {
  // biome-ignore format: a table.
  const rows: readonly (readonly [string, number, number, cause: number, mtval: number, cycles: number])[] = [
    ["absent load", asm.lw(3, 1, 0), 0x100, 5, 0x100, 4],
    ["absent store", asm.sw(2, 1, 4), 0x100, 7, 0x104, 4],
    ["both words absent: as computed", asm.lw(3, 1, 0), 0x102, 5, 0x102, 5],
    ["only the first word absent: as computed", asm.lw(3, 1, 0), RAM - 2, 5, RAM - 2, 5],
    ["only the second word refuses: its aligned address", asm.lw(3, 1, 0), ROM + 0xffd, 5, ROM + 0x1000, 5],
    ["store to ROM", asm.sb(2, 1, 0), ROM + 3, 7, ROM + 3, 4],
    ["another owner's device", asm.lw(3, 1, 0), FOREIGN, 5, FOREIGN, 4],
    ["device, misaligned inside a word", asm.lh(3, 1, 0), DEVICE + 1, 5, DEVICE + 1, 4],
    ["device, crossing", asm.lw(3, 1, 0), DEVICE + 2, 5, DEVICE + 2, 5],
    ["atomic on a device", asm.amoadd_w(3, 1, 2), DEVICE, 7, DEVICE, 4],
    ["absent lr.w", asm.lr_w(3, 1), 0x100, 5, 0x100, 4],
    ["absent amoadd.w", asm.amoadd_w(3, 1, 2), 0x100, 7, 0x100, 4],
    ["absent sc.w, though it would fail", asm.sc_w(3, 1, 2), 0x100, 7, 0x100, 4],
    ["misaligned lr.w", asm.lr_w(3, 1), RAM + 2, 4, RAM + 2, 3],
    ["misaligned sc.w, though it would fail", asm.sc_w(3, 1, 2), RAM + 1, 6, RAM + 1, 3],
  ];

  test.each(rows)("%s", (_name, word, x1, cause, mtval, cycles) => {
    const b = bench([word], x1);
    expect(b.run(1)).toBe(HartExit.DEADLINE);
    expect(trap(b)).toEqual([cause, mtval, cycles]);
    expect([b.x(3), b.retired(), b.csr(CSR.mepc)]).toEqual([0, 0n, RAM]);
  });

  test("the good half of a crossing store is written, whichever it is", () => {
    const low = bench([asm.sw(2, 1, 0)], RAM - 1);
    low.run(1);
    expect(trap(low)).toEqual([7, RAM - 1, 5]);
    expect(low.get32(low.memories[0]![AT_RAM]!) & 0xff_ffff).toBe(0x88_7766);
    const high = bench([asm.sw(2, 1, 0)], RAM_END + 0xffd);
    expect(high.run(1)).toBe(HartExit.SHARED);
    expect(high.access()).toMatchObject({ width: 3, value: 0x77_6655, crossing: 1 });
    high.complete(0, 0, 4);
    expect(high.run(6)).toBe(HartExit.DEADLINE);
    expect(high.csr(CSR.mtval)).toBe(RAM_END + 0x1000);
  });
});

describe("a device", () => {
  test("is described in the access descriptor before anything has happened", () => {
    const b = bench([asm.sh(2, 1, 2)], DEVICE + 4);
    expect(b.run(10)).toBe(HartExit.DEVICE);
    expect(b.access()).toEqual({
      kind: Access.STORE,
      address: DEVICE + 6,
      width: 2,
      value: 0x6655,
      operation: 0,
      crossing: 0,
    });
    expect([b.pc(), b.cycle(), b.retired()]).toEqual([RAM, 0n, 0n]);
    expect(b.run(10), "asked again, it answers the same").toBe(HartExit.DEVICE);
    b.complete(0, 0, 3);
    expect([b.pc(), b.cycle(), b.retired()]).toEqual([RAM + 4, 5n, 1n]);
  });

  // biome-ignore format: a table.
  const loads: readonly (readonly [string, number, number])[] = [
    ["lb", asm.lb(3, 1, 0), 0xffff_ff90],
    ["lbu", asm.lbu(3, 1, 0), 0x90],
    ["lh", asm.lh(3, 1, 0), 0xffff_8090],
    ["lhu", asm.lhu(3, 1, 0), 0x8090],
    ["lw", asm.lw(3, 1, 0), 0x1234_8090],
    ["c.lw", rvc.c_lw(11, 9, 0), 0x1234_8090],
  ];

  test.each(loads)("answers %s with the extension of the load", (name, word, value) => {
    const b = bench([word], DEVICE);
    b.setX(9, DEVICE);
    expect(b.run(10)).toBe(HartExit.DEVICE);
    b.complete(0, 0x1234_8090, 0);
    expect([b.x(name === "c.lw" ? 11 : 3), b.cycle()]).toEqual([value, 2n]);
  });

  test("that answers a bus error makes a precise access fault", () => {
    const b = bench([asm.lw(3, 1, 8)], DEVICE);
    b.run(10);
    b.complete(1, 0, 2);
    expect(trap(b)).toEqual([5, DEVICE + 8, 6]);
    expect(b.x(3)).toBe(0);
  });

  test("read into x0 keeps x0", () => {
    const b = bench([asm.lw(0, 1, 0)], DEVICE);
    b.run(10);
    b.complete(0, 7, 0);
    expect(b.x(0)).toBe(0);
  });

  test("time of a hart with a CLINT is asked of it, with its wait states", () => {
    const b = bench([asm.csrr(3, CSR.timeh)], 0, { clint: 5 });
    expect(b.run(10)).toBe(HartExit.DEVICE);
    expect(b.access()).toMatchObject({ kind: Access.TIME, address: 4 });
    b.complete(0, 77, 1);
    expect([b.x(3), b.cycle()]).toEqual([77, 2n]);
  });
});

describe("shared memory", () => {
  test("a crossing access asks twice, one cycle and the wait states apart", () => {
    const b = bench([asm.lw(3, 1, 0)], RAM_END + 6);
    expect(b.run(10)).toBe(HartExit.SHARED);
    expect(b.access()).toMatchObject({ address: RAM_END + 6, width: 2, crossing: 1 });
    b.complete(0, 0xbbaa, 4);
    expect([b.cycle(), b.pc(), b.retired()]).toEqual([5n, RAM, 0n]);
    expect(b.run(10)).toBe(HartExit.SHARED);
    expect(b.access()).toMatchObject({ address: RAM_END + 8, width: 2, crossing: 2 });
    b.complete(0, 0xddcc, 1);
    expect([b.x(3), b.cycle(), b.retired()]).toEqual([0xddcc_bbaa, 8n, 1n]);
  });

  test("an access half in private, half in shared memory asks for its second half", () => {
    const b = bench([asm.sw(2, 1, 0)], RAM_END - 2);
    expect(b.run(10)).toBe(HartExit.SHARED);
    expect(b.access()).toMatchObject({ address: RAM_END, width: 2, value: 0x8877, crossing: 2 });
    expect(b.cycle()).toBe(1n);
    expect(b.view.getUint16(b.memories[0]![AT_RAM]! + 0x1ffe, true)).toBe(0x6655);
    b.complete(0, 0, 0);
    expect([b.cycle(), b.pc()]).toEqual([3n, RAM + 4]);
  });

  test("lr, sc and amo go out; a broken reservation fails without an access", () => {
    const words = [asm.lr_w(3, 1), asm.sc_w(4, 1, 2), asm.sc_w(5, 1, 2), asm.amoswap_w(6, 1, 2)];
    const b = bench(words, RAM_END + 0x14);
    const granule = b.memories[0]![AT_SHARED]! + 0x10;
    expect(b.run(20)).toBe(HartExit.SHARED);
    b.complete(0, 99, 3);
    expect([b.x(3), b.cycle()]).toEqual([99, 5n]);
    expect(b.get32(b.harts[0]! + L.HART_RESERVATION)).toBe(granule);
    expect(b.run(20)).toBe(HartExit.SHARED);
    expect(b.access()).toMatchObject({ kind: Access.SC, value: 0x8877_6655 });
    b.complete(0, 0, 0);
    expect([b.x(4), b.cycle()]).toEqual([0, 7n]);
    expect(b.run(9), "no reservation is left").toBe(HartExit.DEADLINE);
    expect([b.x(5), b.cycle()]).toEqual([1, 9n]);
    expect(b.run(20)).toBe(HartExit.SHARED);
    expect(b.access()).toMatchObject({ kind: Access.AMO, operation: 1 });
    b.complete(0, 42, 0);
    expect([b.x(6), b.cycle()]).toEqual([42, 13n]);
  });

  test("another agent's store to the granule breaks a pending sc", () => {
    const b = bench([asm.lr_w(3, 1), asm.sc_w(4, 1, 2)], RAM_END + 4);
    b.run(20);
    b.complete(0, 1, 0);
    expect(b.run(20)).toBe(HartExit.SHARED);
    b.core.hartBreakReservation(b.harts[0]!, b.memories[0]![AT_SHARED]!);
    expect(b.run(4), "asked again, it fails by itself").toBe(HartExit.DEADLINE);
    expect([b.x(4), b.cycle()]).toEqual([1, 4n]);
  });

  test("cannot be executed", () => {
    const b = bench([asm.jalr(0, 1, 0)], RAM_END);
    b.run(3);
    expect([b.csr(CSR.mcause), b.csr(CSR.mtval)]).toEqual([1, RAM_END]);
  });
});

describe("what an AMO writes", () => {
  // biome-ignore format: a table.
  const rows: readonly (readonly [string, number, number, number, number])[] = [
    ["amoadd", 0x00, 0xffff_ffff, 2, 1],
    ["amoswap", 0x01, 5, 7, 7],
    ["amoxor", 0x04, 0b1100, 0b1010, 0b0110],
    ["amoor", 0x08, 0b1100, 0b1010, 0b1110],
    ["amoand", 0x0c, 0b1100, 0b1010, 0b1000],
    ["amomin", 0x10, 0xffff_ffff, 1, 0xffff_ffff],
    ["amomax", 0x14, 0xffff_ffff, 1, 1],
    ["amominu", 0x18, 0xffff_ffff, 1, 1],
    ["amomaxu", 0x1c, 0xffff_ffff, 1, 0xffff_ffff],
  ];

  test.each(rows)("%s.w", (_name, operation, old, operand, result) => {
    const { core } = bench([], 0);
    expect(core.amoResult(operation, old, operand) >>> 0).toBe(result);
  });
});

describe("ROM", () => {
  test("is executed and read like RAM", () => {
    const b = bench([], 0, { boot: ROM });
    b.load([asm.auipc(1, 0), asm.lw(3, 1, 8), asm.beq(0, 0, -4)], AT_ROM);
    b.run(200);
    expect([b.x(3), b.x(1)]).toEqual([asm.beq(0, 0, -4), ROM]);
    expect(b.csr(CSR.mcause)).toBe(0);
  });
});

describe("halts", () => {
  const TOHOST = RAM + 0x1000;
  const halt = (b: HartBench) => [b.get32(L.ACCESS + L.A_HALT_KIND), b.get32(L.ACCESS + L.A_VALUE)];

  // biome-ignore format: a table.
  const rows: readonly (readonly [string, number, number, number, HartExit, HaltKind])[] = [
    ["sw 1 to tohost", asm.sw(2, 1, 0), TOHOST, 1, HartExit.HALT, HaltKind.TOHOST],
    ["sw of an odd value", asm.sw(2, 1, 0), TOHOST, 0x1337, HartExit.HALT, HaltKind.TOHOST],
    ["sw of an even value goes on", asm.sw(2, 1, 0), TOHOST, 2, HartExit.DEADLINE, HaltKind.NONE],
    ["sw to tohost + 4 goes on", asm.sw(2, 1, 4), TOHOST, 1, HartExit.DEADLINE, HaltKind.NONE],
    ["sb to tohost goes on", asm.sb(2, 1, 0), TOHOST, 1, HartExit.DEADLINE, HaltKind.NONE],
    ["sw to the halt store, though absent", asm.sw(2, 1, 0), 0x3000, 0, HartExit.HALT, HaltKind.STORE],
    ["sb to the halt store is a fault", asm.sb(2, 1, 0), 0x3000, 0, HartExit.DEADLINE, HaltKind.NONE],
  ];

  test.each(rows)("%s", (_name, word, x1, x2, exit, kind) => {
    const b = bench([word], x1, { tohost: TOHOST, haltStore: 0x3000 });
    b.setX(2, x2);
    expect(b.run(1)).toBe(exit);
    expect(halt(b)).toEqual([kind, kind === HaltKind.NONE ? 0 : x2]);
    if (exit === HartExit.HALT) expect([b.cycle(), b.retired(), b.pc()]).toEqual([2n, 1n, RAM + 4]);
  });

  test("the halt store wins over tohost at one address", () => {
    const b = bench([asm.sw(2, 1, 0)], TOHOST, { tohost: TOHOST, haltStore: TOHOST });
    b.setX(2, 1);
    b.run(1);
    expect(halt(b)).toEqual([HaltKind.STORE, 1]);
  });
});
