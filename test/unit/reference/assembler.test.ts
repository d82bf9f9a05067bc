import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COMPRESSED_ROWS } from "../../../host/reference/compressed.js";
import { decode, ROWS } from "../../../host/reference/decode.js";
import { asm, rvc } from "../../../host/reference/index.js";
import { parseIsa } from "../../../host/reference/isa.js";

const IMAC = parseIsa("rv32imac");

/** Encodings as GNU as 2.40 gives them (march rv32imac_zicsr_zifencei, no relaxation). */
// biome-ignore format: a table.
const GNU_AS: readonly (readonly [text: string, ours: number, gnu: number])[] = [
  ["lui a0, 0xfffff", asm.lui(10, 0xfffff), 0xfffff537],
  ["auipc t6, 0x12345", asm.auipc(31, 0x12345), 0x12345f97],
  ["jal ra, .-1048576", asm.jal(1, -1048576), 0x800000ef],
  ["jal zero, .+1048574", asm.jal(0, 1048574), 0x7ffff06f],
  ["jal t0, .+2730", asm.jal(5, 2730), 0x2ab002ef],
  ["jalr a0, -2048(s1)", asm.jalr(10, 9, -2048), 0x80048567],
  ["beq s0, t6, .-4096", asm.beq(8, 31, -4096), 0x81f40063],
  ["beq a5, a4, .+2730", asm.beq(15, 14, 2730), 0x2ae785e3],
  ["bne s0, t6, .-4096", asm.bne(8, 31, -4096), 0x81f41063],
  ["bne a5, a4, .+2730", asm.bne(15, 14, 2730), 0x2ae795e3],
  ["blt s0, t6, .-4096", asm.blt(8, 31, -4096), 0x81f44063],
  ["blt a5, a4, .+2730", asm.blt(15, 14, 2730), 0x2ae7c5e3],
  ["bge s0, t6, .-4096", asm.bge(8, 31, -4096), 0x81f45063],
  ["bge a5, a4, .+2730", asm.bge(15, 14, 2730), 0x2ae7d5e3],
  ["bltu s0, t6, .-4096", asm.bltu(8, 31, -4096), 0x81f46063],
  ["bltu a5, a4, .+2730", asm.bltu(15, 14, 2730), 0x2ae7e5e3],
  ["bgeu s0, t6, .-4096", asm.bgeu(8, 31, -4096), 0x81f47063],
  ["bgeu a5, a4, .+2730", asm.bgeu(15, 14, 2730), 0x2ae7f5e3],
  ["lb a7, -1366(t3)", asm.lb(17, 28, -1366), 0xaaae0883],
  ["lh a7, -1366(t3)", asm.lh(17, 28, -1366), 0xaaae1883],
  ["lw a7, -1366(t3)", asm.lw(17, 28, -1366), 0xaaae2883],
  ["lbu a7, -1366(t3)", asm.lbu(17, 28, -1366), 0xaaae4883],
  ["lhu a7, -1366(t3)", asm.lhu(17, 28, -1366), 0xaaae5883],
  ["sb a7, -1366(t3)", asm.sb(17, 28, -1366), 0xab1e0523],
  ["sh a7, -1366(t3)", asm.sh(17, 28, -1366), 0xab1e1523],
  ["sw a7, -1366(t3)", asm.sw(17, 28, -1366), 0xab1e2523],
  ["addi a7, t3, 1365", asm.addi(17, 28, 1365), 0x555e0893],
  ["slti a7, t3, 1365", asm.slti(17, 28, 1365), 0x555e2893],
  ["sltiu a7, t3, 1365", asm.sltiu(17, 28, 1365), 0x555e3893],
  ["xori a7, t3, 1365", asm.xori(17, 28, 1365), 0x555e4893],
  ["ori a7, t3, 1365", asm.ori(17, 28, 1365), 0x555e6893],
  ["andi a7, t3, 1365", asm.andi(17, 28, 1365), 0x555e7893],
  ["slli a7, t3, 21", asm.slli(17, 28, 21), 0x015e1893],
  ["srli a7, t3, 21", asm.srli(17, 28, 21), 0x015e5893],
  ["srai a7, t3, 21", asm.srai(17, 28, 21), 0x415e5893],
  ["add a7, t3, s5", asm.add(17, 28, 21), 0x015e08b3],
  ["sub a7, t3, s5", asm.sub(17, 28, 21), 0x415e08b3],
  ["sll a7, t3, s5", asm.sll(17, 28, 21), 0x015e18b3],
  ["slt a7, t3, s5", asm.slt(17, 28, 21), 0x015e28b3],
  ["sltu a7, t3, s5", asm.sltu(17, 28, 21), 0x015e38b3],
  ["xor a7, t3, s5", asm.xor(17, 28, 21), 0x015e48b3],
  ["srl a7, t3, s5", asm.srl(17, 28, 21), 0x015e58b3],
  ["sra a7, t3, s5", asm.sra(17, 28, 21), 0x415e58b3],
  ["or a7, t3, s5", asm.or(17, 28, 21), 0x015e68b3],
  ["and a7, t3, s5", asm.and(17, 28, 21), 0x015e78b3],
  ["mul a7, t3, s5", asm.mul(17, 28, 21), 0x035e08b3],
  ["mulh a7, t3, s5", asm.mulh(17, 28, 21), 0x035e18b3],
  ["mulhsu a7, t3, s5", asm.mulhsu(17, 28, 21), 0x035e28b3],
  ["mulhu a7, t3, s5", asm.mulhu(17, 28, 21), 0x035e38b3],
  ["div a7, t3, s5", asm.div(17, 28, 21), 0x035e48b3],
  ["divu a7, t3, s5", asm.divu(17, 28, 21), 0x035e58b3],
  ["rem a7, t3, s5", asm.rem(17, 28, 21), 0x035e68b3],
  ["remu a7, t3, s5", asm.remu(17, 28, 21), 0x035e78b3],
  ["lr.w a7, (t3)", asm.lr_w(17, 28), 0x100e28af],
  ["sc.w a7, s5, (t3)", asm.sc_w(17, 28, 21), 0x195e28af],
  ["amoswap.w a7, s5, (t3)", asm.amoswap_w(17, 28, 21), 0x095e28af],
  ["amoadd.w a7, s5, (t3)", asm.amoadd_w(17, 28, 21), 0x015e28af],
  ["amoxor.w a7, s5, (t3)", asm.amoxor_w(17, 28, 21), 0x215e28af],
  ["amoand.w a7, s5, (t3)", asm.amoand_w(17, 28, 21), 0x615e28af],
  ["amoor.w a7, s5, (t3)", asm.amoor_w(17, 28, 21), 0x415e28af],
  ["amomin.w a7, s5, (t3)", asm.amomin_w(17, 28, 21), 0x815e28af],
  ["amomax.w a7, s5, (t3)", asm.amomax_w(17, 28, 21), 0xa15e28af],
  ["amominu.w a7, s5, (t3)", asm.amominu_w(17, 28, 21), 0xc15e28af],
  ["amomaxu.w a7, s5, (t3)", asm.amomaxu_w(17, 28, 21), 0xe15e28af],
  ["csrrw a7, 0xf14, t3", asm.csrrw(17, 0xf14, 28), 0xf14e18f3],
  ["csrrs a7, 0xf14, t3", asm.csrrs(17, 0xf14, 28), 0xf14e28f3],
  ["csrrc a7, 0xf14, t3", asm.csrrc(17, 0xf14, 28), 0xf14e38f3],
  ["csrrwi a7, 0x305, 21", asm.csrrwi(17, 0x305, 21), 0x305ad8f3],
  ["csrrsi a7, 0x305, 21", asm.csrrsi(17, 0x305, 21), 0x305ae8f3],
  ["csrrci a7, 0x305, 21", asm.csrrci(17, 0x305, 21), 0x305af8f3],
  ["fence", asm.fence(), 0x0ff0000f],
  ["fence.i", asm.fence_i(), 0x0000100f],
  ["ecall", asm.ecall(), 0x00000073],
  ["ebreak", asm.ebreak(), 0x00100073],
  ["mret", asm.mret(), 0x30200073],
  ["wfi", asm.wfi(), 0x10500073],
  ["c.addi4spn a5, sp, 680", rvc.c_addi4spn(15, 680), 0x153c],
  ["c.addi4spn s0, sp, 340", rvc.c_addi4spn(8, 340), 0x0ac0],
  ["c.lw a3, 84(s1)", rvc.c_lw(13, 9, 84), 0x48f4],
  ["c.sw a3, 40(s1)", rvc.c_sw(13, 9, 40), 0xd494],
  ["c.nop", rvc.c_nop(), 0x0001],
  ["c.addi s5, -22", rvc.c_addi(21, -22), 0x1aa9],
  ["c.jal .-1366", rvc.c_jal(-1366), 0x346d],
  ["c.li s5, 21", rvc.c_li(21, 21), 0x4ad5],
  ["c.addi16sp sp, -352", rvc.c_addi16sp(-352), 0x710d],
  ["c.addi16sp sp, 336", rvc.c_addi16sp(336), 0x6171],
  ["c.lui s5, 0xfffea", rvc.c_lui(21, -22), 0x7aa9],
  ["c.srli a3, 21", rvc.c_srli(13, 21), 0x82d5],
  ["c.srai a3, 10", rvc.c_srai(13, 10), 0x86a9],
  ["c.andi a3, -11", rvc.c_andi(13, -11), 0x9ad5],
  ["c.sub a3, s1", rvc.c_sub(13, 9), 0x8e85],
  ["c.xor a3, s1", rvc.c_xor(13, 9), 0x8ea5],
  ["c.or a3, s1", rvc.c_or(13, 9), 0x8ec5],
  ["c.and a3, s1", rvc.c_and(13, 9), 0x8ee5],
  ["c.j .+1364", rvc.c_j(1364), 0xab91],
  ["c.j .-2048", rvc.c_j(-2048), 0xb001],
  ["c.beqz a3, .+170", rvc.c_beqz(13, 170), 0xc6cd],
  ["c.bnez a3, .-172", rvc.c_bnez(13, -172), 0xfab1],
  ["c.slli s5, 21", rvc.c_slli(21, 21), 0x0ad6],
  ["c.lwsp s5, 168(sp)", rvc.c_lwsp(21, 168), 0x5aaa],
  ["c.swsp s5, 84(sp)", rvc.c_swsp(21, 84), 0xcad6],
  ["c.jr s5", rvc.c_jr(21), 0x8a82],
  ["c.jalr s5", rvc.c_jalr(21), 0x9a82],
  ["c.mv s5, a1", rvc.c_mv(21, 11), 0x8aae],
  ["c.add s5, a1", rvc.c_add(21, 11), 0x9aae],
  ["c.ebreak", rvc.c_ebreak(), 0x9002],
];

describe("the tiny assembler", () => {
  test.each(GNU_AS)("encodes %s as GNU as does", (_text, ours, gnu) => {
    expect(ours).toBe(gnu);
  });

  test("covers every row of the decoder", () => {
    const names = new Set(GNU_AS.map(([text]) => text.split(" ")[0]));
    const rows = [...ROWS, ...COMPRESSED_ROWS].map(([name]) => name);
    expect(rows.filter((name) => !names.has(name))).toEqual([]);
  });

  test("refuses what does not fit", () => {
    expect(() => asm.addi(1, 1, 2048)).toThrow(RangeError);
    expect(() => asm.beq(1, 1, 3)).toThrow(RangeError);
    expect(() => asm.jal(32, 0)).toThrow(RangeError);
    expect(() => rvc.c_lw(7, 8, 0)).toThrow(RangeError);
    expect(() => rvc.c_lui(2, 1)).toThrow(RangeError);
    expect(() => rvc.c_addi16sp(0)).toThrow(RangeError);
    expect(() => asm.assemble(0, [asm.to("nowhere", (o) => asm.jal(0, o))])).toThrow(/nowhere/);
    expect(() => asm.assemble(0, [{ label: "a" }, { label: "a" }])).toThrow(/twice/);
  });

  test("li loads any value in two instructions", () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        const [first, second] = asm.li(5, value).map((bits) => decode(bits, IMAC)!);
        expect((first!.imm + second!.imm) | 0).toBe(value);
      }),
    );
  });
});

describe("the decoder", () => {
  test.each(GNU_AS.filter(([text]) => !text.startsWith("c.")))("knows %s", (text, ours) => {
    expect(decode(ours, IMAC)?.name).toBe(text.split(" ")[0]);
  });

  test("has no word that matches two rows", () => {
    const overlaps = ROWS.flatMap(([a, maskA, matchA], index) =>
      ROWS.slice(index + 1)
        .filter(([, maskB, matchB]) => ((matchA ^ matchB) & maskA & maskB) === 0)
        .map(([b]) => `${a} and ${b}`),
    );
    expect(overlaps).toEqual([]);
  });

  test("has no match bit outside its mask", () => {
    const rows = [...ROWS.map((r) => [r[0], r[1], r[2]] as const), ...COMPRESSED_ROWS];
    expect(rows.filter((row) => (row[2] & ~row[1]) !== 0).map((row) => row[0])).toEqual([]);
  });

  /** A compressed instruction and the one it stands for (unprivileged manual, chapter "C"). */
  // biome-ignore format: a table.
  const EXPANSIONS: readonly (readonly [string, number, number])[] = [
    ["c.addi4spn", rvc.c_addi4spn(15, 680), asm.addi(15, 2, 680)],
    ["c.lw", rvc.c_lw(13, 9, 84), asm.lw(13, 9, 84)],
    ["c.sw", rvc.c_sw(13, 9, 40), asm.sw(13, 9, 40)],
    ["c.nop", rvc.c_nop(), asm.nop()],
    ["c.addi", rvc.c_addi(21, -22), asm.addi(21, 21, -22)],
    ["c.jal", rvc.c_jal(-1366), asm.jal(1, -1366)],
    ["c.li", rvc.c_li(21, 21), asm.addi(21, 0, 21)],
    ["c.li to x0, a hint", rvc.c_li(0, 21), asm.addi(0, 0, 21)],
    ["c.addi16sp down", rvc.c_addi16sp(-352), asm.addi(2, 2, -352)],
    ["c.addi16sp up", rvc.c_addi16sp(336), asm.addi(2, 2, 336)],
    ["c.lui", rvc.c_lui(21, -22), asm.lui(21, 0xfffea)],
    ["c.srli", rvc.c_srli(13, 21), asm.srli(13, 13, 21)],
    ["c.srai", rvc.c_srai(13, 10), asm.srai(13, 13, 10)],
    ["c.andi", rvc.c_andi(13, -11), asm.andi(13, 13, -11)],
    ["c.sub", rvc.c_sub(13, 9), asm.sub(13, 13, 9)],
    ["c.xor", rvc.c_xor(13, 9), asm.xor(13, 13, 9)],
    ["c.or", rvc.c_or(13, 9), asm.or(13, 13, 9)],
    ["c.and", rvc.c_and(13, 9), asm.and(13, 13, 9)],
    ["c.j", rvc.c_j(1364), asm.jal(0, 1364)],
    ["c.beqz", rvc.c_beqz(13, 170), asm.beq(13, 0, 170)],
    ["c.bnez", rvc.c_bnez(13, -172), asm.bne(13, 0, -172)],
    ["c.slli", rvc.c_slli(21, 21), asm.slli(21, 21, 21)],
    ["c.lwsp", rvc.c_lwsp(21, 168), asm.lw(21, 2, 168)],
    ["c.swsp", rvc.c_swsp(21, 84), asm.sw(21, 2, 84)],
    ["c.jr", rvc.c_jr(21), asm.jalr(0, 21, 0)],
    ["c.jalr", rvc.c_jalr(21), asm.jalr(1, 21, 0)],
    ["c.mv", rvc.c_mv(21, 11), asm.add(21, 0, 11)],
    ["c.add", rvc.c_add(21, 11), asm.add(21, 21, 11)],
    ["c.ebreak", rvc.c_ebreak(), asm.ebreak()],
  ];

  test.each(EXPANSIONS)("expands %s", (_name, half, whole) => {
    const short = decode(half, IMAC)!;
    const long = decode(whole, IMAC)!;
    expect(short.length_bytes).toBe(2);
    expect(short.name).toBe(long.name);
    const uses = (name: string) => /^(s[bhw]|b[a-z]+)$/.test(name);
    if (!uses(short.name)) expect(short.rd).toBe(long.rd);
    if (!["lui", "jal"].includes(short.name)) expect(short.rs1).toBe(long.rs1);
    if (["sub", "xor", "or", "and", "add", "sw", "beq", "bne"].includes(short.name)) {
      expect(short.rs2).toBe(long.rs2);
    }
    if (short.name !== "ebreak") expect(short.imm).toBe(long.imm);
  });

  /** Reserved or absent 16-bit encodings of RV32 Zca. */
  // biome-ignore format: a table.
  const RESERVED: readonly (readonly [string, number])[] = [
    ["all zeros", 0x0000], ["c.addi4spn with 0", 0x0004], ["c.fld", 0x2000], ["c.flw", 0x6000],
    ["quadrant 0, 100", 0x8000], ["c.fsd", 0xa000], ["c.fsw", 0xe000],
    ["c.addi16sp with 0", 0x6101], ["c.lui with 0", 0x6081], ["c.lui x0 with 0", 0x6001],
    ["c.srli by 32", 0x9001], ["c.srai by 32", 0x9401], ["c.subw", 0x9c01], ["c.addw", 0x9c21],
    ["quadrant 1, 0x9c41", 0x9c41], ["c.slli by 32", 0x1002], ["c.fldsp", 0x2002],
    ["c.lwsp to x0", 0x4002], ["c.flwsp", 0x6002], ["c.jr x0", 0x8002], ["c.fsdsp", 0xa002],
    ["c.fswsp", 0xe002],
  ];

  test.each(RESERVED)("calls %s illegal", (_name, half) => {
    expect(decode(half, IMAC)).toBeUndefined();
  });

  /** 32-bit encodings just beside a legal one (rv32.md, section 1; privileged manual). */
  // biome-ignore format: a table.
  const ILLEGAL: readonly (readonly [string, number])[] = [
    ["all ones", 0xffff_ffff], ["jalr with funct3 1", 0x0000_1067], ["branch funct3 2", 0x2063],
    ["branch funct3 3", 0x3063], ["load funct3 3", 0x3003], ["load funct3 6", 0x6003],
    ["load funct3 7", 0x7003], ["store funct3 3", 0x3023], ["slli with bit 25", 0x0200_1013],
    ["slli with bit 30", 0x4000_1013], ["srli with bit 25", 0x0200_5013],
    ["xor with bit 30", 0x4000_4033], ["fence funct3 2", 0x200f],
    ["ecall with rd 1", 0x0000_00f3], ["ecall with rs1 1", 0x0000_8073],
    ["ebreak with rd 1", 0x0010_00f3], ["mret with rs1 1", 0x3020_8073],
    ["wfi with rd 1", 0x1050_00f3], ["sret", 0x1020_0073], ["uret", 0x0020_0073],
    ["dret", 0x7b20_0073], ["sfence.vma", 0x1200_0073], ["system funct3 4", 0x0000_4073],
    ["lr.w with rs2 1", 0x1010_202f], ["lr.d", 0x1000_302f], ["amo funct5 5", 0x2800_202f],
  ];

  test.each(ILLEGAL)("calls %s illegal", (_name, bits) => {
    expect(decode(bits, IMAC)).toBeUndefined();
  });

  test("ignores rd, rs1 and the immediate of fence and fence.i", () => {
    expect(decode(0x8ff0_8f8f, IMAC)?.name).toBe("fence");
    expect(decode(0xfff8_9f8f, IMAC)?.name).toBe("fence.i");
  });

  test("knows an extension only where the ISA string has it", () => {
    expect(decode(asm.mul(1, 2, 3), parseIsa("rv32iac"))).toBeUndefined();
    expect(decode(asm.lr_w(1, 2), parseIsa("rv32imc"))).toBeUndefined();
    expect(decode(rvc.c_nop(), parseIsa("rv32ima"))).toBeUndefined();
    expect(() => parseIsa("rv64i")).toThrow(RangeError);
    expect(() => parseIsa("rv32imf")).toThrow(RangeError);
  });
});
