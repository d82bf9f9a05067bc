/**
 * The fast loop: one dense switch over decoded records.
 *
 * `run<u8>` charges a whole straight run (records.ts) when it enters it, so that an instruction
 * costs nothing but its own work and a step; whoever leaves in the middle gives the rest back.
 * `run<u32>` is the same loop charging instruction by instruction: the exact tail before a
 * deadline. Both end in the same state; a test compares them at every cycle.
 *
 * Registers live in the hart block, time is `left` counting down, everything else of the run is in
 * locals. What the loop does not do it leaves: the return value is the record to be executed by
 * exits.ts, or 0 when there is nothing to do but to look again at deadline and interrupts.
 */
import {
  HART_BUBBLE,
  HART_CYCLE,
  HART_PC,
  HART_RAM_BASE,
  HART_RAM_MEMORY,
  HART_RAM_SIZE,
  HART_RETIRED,
  HART_ROM_BASE,
  HART_ROM_MEMORY,
  HART_ROM_SIZE,
  HART_SINK,
  PAGE_BITS,
  PAGE_BYTES,
  PAGE_FLAGS,
  TRIGGERS,
  T_READS,
} from "../kernel/layout";
import { P_RECORDS, alignmentCycles, codeKnown, seekBase, seekRecords } from "./code";
import { branchTaken } from "./exits";
import {
  Op,
  R_AFTER,
  R_COST,
  R_COUNT,
  R_ENTRY,
  R_EXTRA,
  R_IMM,
  R_RD,
  R_RS1,
  R_RS2,
  R_TAIL,
  opOf,
} from "./records";

/** `target` of a redirect that stays in the page: the record is known already. */
const IN_PAGE: u32 = 1;

// @ts-ignore: decorator
@inline
function rd(hart: usize, rec: usize, value: u32): void {
  store<u32>(hart + <usize>load<u8>(rec, R_RD), value);
}

// @ts-ignore: decorator
@inline
function rs1(hart: usize, rec: usize): u32 {
  return load<u32>(hart + <usize>load<u8>(rec, R_RS1));
}

// @ts-ignore: decorator
@inline
function rs2(hart: usize, rec: usize): u32 {
  return load<u32>(hart + <usize>load<u8>(rec, R_RS2));
}

// @ts-ignore: decorator
@inline
function imm(rec: usize): u32 {
  return load<u32>(rec, R_IMM);
}

// @ts-ignore: decorator
@inline
function bit(condition: bool): u32 {
  return condition ? 1 : 0;
}

// @ts-ignore: decorator
@inline
function mulh(a: i64, b: i64): u32 {
  return <u32>((a * b) >> 32);
}

// Division as the manual has it: by zero all ones and the dividend; overflow wraps.

function divSigned(a: u32, b: u32): u32 {
  if (b == 0) return 0xffff_ffff;
  if (a == 0x8000_0000 && b == 0xffff_ffff) return a;
  return <u32>(<i32>a / <i32>b);
}

function remSigned(a: u32, b: u32): u32 {
  if (b == 0) return a;
  if (b == 0xffff_ffff) return 0;
  return <u32>(<i32>a % <i32>b);
}

// @ts-ignore: decorator
@inline
function divUnsigned(a: u32, b: u32): u32 {
  return b == 0 ? 0xffff_ffff : a / b;
}

// @ts-ignore: decorator
@inline
function remUnsigned(a: u32, b: u32): u32 {
  return b == 0 ? a : a % b;
}

/** Writes the locals of a run back. x0's sink is 0 again outside a run. */
function sync(hart: usize, pc: u32, spent: i32, retired: i32, bubble: u32): void {
  store<u32>(hart, pc, HART_PC);
  store<u64>(hart, load<u64>(hart, HART_CYCLE) + <u64>(<i64>spent), HART_CYCLE);
  store<u64>(hart, load<u64>(hart, HART_RETIRED) + <u64>(<i64>retired), HART_RETIRED);
  store<u32>(hart, bubble, HART_BUBBLE);
  store<u32>(hart, 0, HART_SINK);
}

/**
 * Leaves at record `rec`, which has not been executed: what was charged for it is given back.
 * Returns `rec`.
 */
function leave<T>(
  hart: usize,
  rec: usize,
  base: u32,
  records: usize,
  spent: i32,
  retired: i32,
): usize {
  const rest: i32 = sizeof<T>() == 1 ? load<u16>(rec, R_AFTER) : load<u8>(rec, R_COST);
  const count: i32 = sizeof<T>() == 1 ? load<u8>(rec, R_COUNT) : 1;
  sync(hart, base + <u32>((rec - records) >> 3), spent - rest, retired - count, 0);
  return rec;
}

/** Leaves at a redirect to `target`, its own cycles paid but for the alignment penalty. */
function redirect(hart: usize, target: u32, spent: i32, retired: i32, bubble: u32): usize {
  const penalty = alignmentCycles(hart, target);
  sync(hart, target, spent + <i32>penalty, retired, bubble + penalty);
  return 0;
}

// ---- memory -------------------------------------------------------------------------------------
// An aligned access inside a window is one compare: rotating the offset right by log2(width) moves
// low bits that should be 0 to the top, where they exceed any window. A RAM window of size 0 shuts
// the ROM's too.

// @ts-ignore: decorator
@inline
function romOffset(hart: usize, address: u32): u32 {
  return address - load<u32>(hart, HART_ROM_BASE);
}

// @ts-ignore: decorator
@inline
function inRom(hart: usize, offset: u32, shift: u32, open: u32): bool {
  return rotr(offset, shift) < load<u32>(hart, HART_ROM_SIZE) >>> shift && open != 0;
}

/** While any load is watched both windows are shut (triggers.ts): every load leaves the loop. */
// @ts-ignore: decorator
@inline
function shut(): bool {
  return load<u32>(TRIGGERS, T_READS) != 0;
}

// @ts-ignore: decorator
@inline
function romAt(hart: usize, offset: u32): usize {
  return <usize>(load<u32>(hart, HART_ROM_MEMORY) + offset);
}

// @ts-ignore: decorator
@inline
function plain(at: usize): bool {
  return load<u8>(at >> PAGE_BITS, PAGE_FLAGS) == 0;
}

/**
 * Runs from record `entry` of the page in seekBase and seekRecords for at most `budget` cycles
 * (1 .. BUDGET_CYCLES; at least `entry`'s whole run when T is u8).
 */
export function run<T>(hart: usize, entry: usize, budget: i32): usize {
  const ram = <usize>load<u32>(hart, HART_RAM_MEMORY);
  const ramBase = load<u32>(hart, HART_RAM_BASE);
  const ramSize: u32 = shut() ? 0 : load<u32>(hart, HART_RAM_SIZE);
  let base = seekBase();
  let records = seekRecords();
  let rec = entry;
  let from = entry;
  let left = budget;
  let retired: i32 = 0;
  let target: u32 = 0;
  if (sizeof<T>() == 1) {
    left -= load<u16>(rec, R_AFTER);
    retired += load<u8>(rec, R_COUNT);
  }
  while (true) {
    if (sizeof<T>() != 1) {
      if (left <= 0) {
        sync(hart, base + <u32>((rec - records) >> 3), budget - left, retired, 0);
        return 0;
      }
      left -= load<u8>(rec, R_COST);
      retired += 1;
    }
    switch (opOf(rec)) {
      case Op.LI: {
        rd(hart, rec, imm(rec));
        rec += 32;
        continue;
      }
      case Op.C_LI: {
        rd(hart, rec, imm(rec));
        rec += 16;
        continue;
      }
      case Op.AUIPC: {
        rd(hart, rec, base + imm(rec));
        rec += 32;
        continue;
      }
      case Op.ADDI: {
        rd(hart, rec, rs1(hart, rec) + imm(rec));
        rec += 32;
        continue;
      }
      case Op.C_ADDI: {
        rd(hart, rec, rs1(hart, rec) + imm(rec));
        rec += 16;
        continue;
      }
      case Op.MV: {
        rd(hart, rec, rs1(hart, rec));
        rec += 32;
        continue;
      }
      case Op.C_MV: {
        rd(hart, rec, rs1(hart, rec));
        rec += 16;
        continue;
      }
      case Op.SLTI: {
        rd(hart, rec, bit(<i32>rs1(hart, rec) < <i32>imm(rec)));
        rec += 32;
        continue;
      }
      case Op.SLTIU: {
        rd(hart, rec, bit(rs1(hart, rec) < imm(rec)));
        rec += 32;
        continue;
      }
      case Op.XORI: {
        rd(hart, rec, rs1(hart, rec) ^ imm(rec));
        rec += 32;
        continue;
      }
      case Op.ORI: {
        rd(hart, rec, rs1(hart, rec) | imm(rec));
        rec += 32;
        continue;
      }
      case Op.ANDI: {
        rd(hart, rec, rs1(hart, rec) & imm(rec));
        rec += 32;
        continue;
      }
      case Op.C_ANDI: {
        rd(hart, rec, rs1(hart, rec) & imm(rec));
        rec += 16;
        continue;
      }
      case Op.SLLI: {
        rd(hart, rec, rs1(hart, rec) << imm(rec));
        rec += 32;
        continue;
      }
      case Op.C_SLLI: {
        rd(hart, rec, rs1(hart, rec) << imm(rec));
        rec += 16;
        continue;
      }
      case Op.SRLI: {
        rd(hart, rec, rs1(hart, rec) >>> imm(rec));
        rec += 32;
        continue;
      }
      case Op.C_SRLI: {
        rd(hart, rec, rs1(hart, rec) >>> imm(rec));
        rec += 16;
        continue;
      }
      case Op.SRAI: {
        rd(hart, rec, <u32>(<i32>rs1(hart, rec) >> <i32>imm(rec)));
        rec += 32;
        continue;
      }
      case Op.C_SRAI: {
        rd(hart, rec, <u32>(<i32>rs1(hart, rec) >> <i32>imm(rec)));
        rec += 16;
        continue;
      }
      case Op.ADD: {
        rd(hart, rec, rs1(hart, rec) + rs2(hart, rec));
        rec += 32;
        continue;
      }
      case Op.C_ADD: {
        rd(hart, rec, rs1(hart, rec) + rs2(hart, rec));
        rec += 16;
        continue;
      }
      case Op.SUB: {
        rd(hart, rec, rs1(hart, rec) - rs2(hart, rec));
        rec += 32;
        continue;
      }
      case Op.C_SUB: {
        rd(hart, rec, rs1(hart, rec) - rs2(hart, rec));
        rec += 16;
        continue;
      }
      case Op.SLL: {
        rd(hart, rec, rs1(hart, rec) << (rs2(hart, rec) & 31));
        rec += 32;
        continue;
      }
      case Op.SLT: {
        rd(hart, rec, bit(<i32>rs1(hart, rec) < <i32>rs2(hart, rec)));
        rec += 32;
        continue;
      }
      case Op.SLTU: {
        rd(hart, rec, bit(rs1(hart, rec) < rs2(hart, rec)));
        rec += 32;
        continue;
      }
      case Op.XOR: {
        rd(hart, rec, rs1(hart, rec) ^ rs2(hart, rec));
        rec += 32;
        continue;
      }
      case Op.C_XOR: {
        rd(hart, rec, rs1(hart, rec) ^ rs2(hart, rec));
        rec += 16;
        continue;
      }
      case Op.SRL: {
        rd(hart, rec, rs1(hart, rec) >>> (rs2(hart, rec) & 31));
        rec += 32;
        continue;
      }
      case Op.SRA: {
        rd(hart, rec, <u32>(<i32>rs1(hart, rec) >> <i32>(rs2(hart, rec) & 31)));
        rec += 32;
        continue;
      }
      case Op.OR: {
        rd(hart, rec, rs1(hart, rec) | rs2(hart, rec));
        rec += 32;
        continue;
      }
      case Op.C_OR: {
        rd(hart, rec, rs1(hart, rec) | rs2(hart, rec));
        rec += 16;
        continue;
      }
      case Op.AND: {
        rd(hart, rec, rs1(hart, rec) & rs2(hart, rec));
        rec += 32;
        continue;
      }
      case Op.C_AND: {
        rd(hart, rec, rs1(hart, rec) & rs2(hart, rec));
        rec += 16;
        continue;
      }
      case Op.MUL: {
        rd(hart, rec, rs1(hart, rec) * rs2(hart, rec));
        rec += 32;
        continue;
      }
      case Op.MULH: {
        rd(hart, rec, mulh(<i64><i32>rs1(hart, rec), <i64><i32>rs2(hart, rec)));
        rec += 32;
        continue;
      }
      case Op.MULHSU: {
        rd(hart, rec, mulh(<i64><i32>rs1(hart, rec), <i64>rs2(hart, rec)));
        rec += 32;
        continue;
      }
      case Op.MULHU: {
        rd(hart, rec, <u32>((<u64>rs1(hart, rec) * <u64>rs2(hart, rec)) >> 32));
        rec += 32;
        continue;
      }
      case Op.DIV: {
        const b = rs2(hart, rec);
        if (b == 0) left += load<u8>(rec, R_EXTRA);
        rd(hart, rec, divSigned(rs1(hart, rec), b));
        rec += 32;
        continue;
      }
      case Op.DIVU: {
        const b = rs2(hart, rec);
        if (b == 0) left += load<u8>(rec, R_EXTRA);
        rd(hart, rec, divUnsigned(rs1(hart, rec), b));
        rec += 32;
        continue;
      }
      case Op.REM: {
        const b = rs2(hart, rec);
        if (b == 0) left += load<u8>(rec, R_EXTRA);
        rd(hart, rec, remSigned(rs1(hart, rec), b));
        rec += 32;
        continue;
      }
      case Op.REMU: {
        const b = rs2(hart, rec);
        if (b == 0) left += load<u8>(rec, R_EXTRA);
        rd(hart, rec, remUnsigned(rs1(hart, rec), b));
        rec += 32;
        continue;
      }
      case Op.LB: {
        const address = rs1(hart, rec) + imm(rec);
        const offset = address - ramBase;
        if (offset < ramSize) {
          rd(hart, rec, <u32>(<i32>load<i8>(ram + <usize>offset)));
        } else {
          const rom = romOffset(hart, address);
          if (!inRom(hart, rom, 0, ramSize)) {
            return leave<T>(hart, rec, base, records, budget - left, retired);
          }
          rd(hart, rec, <u32>(<i32>load<i8>(romAt(hart, rom))));
        }
        rec += 32;
        continue;
      }
      case Op.LH: {
        const address = rs1(hart, rec) + imm(rec);
        const offset = address - ramBase;
        if (rotr(offset, 1) < ramSize >>> 1) {
          rd(hart, rec, <u32>(<i32>load<i16>(ram + <usize>offset)));
        } else {
          const rom = romOffset(hart, address);
          if (!inRom(hart, rom, 1, ramSize)) {
            return leave<T>(hart, rec, base, records, budget - left, retired);
          }
          rd(hart, rec, <u32>(<i32>load<i16>(romAt(hart, rom))));
        }
        rec += 32;
        continue;
      }
      case Op.LW: {
        const address = rs1(hart, rec) + imm(rec);
        const offset = address - ramBase;
        if (rotr(offset, 2) < ramSize >>> 2) {
          rd(hart, rec, load<u32>(ram + <usize>offset));
        } else {
          const rom = romOffset(hart, address);
          if (!inRom(hart, rom, 2, ramSize)) {
            return leave<T>(hart, rec, base, records, budget - left, retired);
          }
          rd(hart, rec, load<u32>(romAt(hart, rom)));
        }
        rec += 32;
        continue;
      }
      case Op.C_LW: {
        const address = rs1(hart, rec) + imm(rec);
        const offset = address - ramBase;
        if (rotr(offset, 2) < ramSize >>> 2) {
          rd(hart, rec, load<u32>(ram + <usize>offset));
        } else {
          const rom = romOffset(hart, address);
          if (!inRom(hart, rom, 2, ramSize)) {
            return leave<T>(hart, rec, base, records, budget - left, retired);
          }
          rd(hart, rec, load<u32>(romAt(hart, rom)));
        }
        rec += 16;
        continue;
      }
      case Op.LBU: {
        const address = rs1(hart, rec) + imm(rec);
        const offset = address - ramBase;
        if (offset < ramSize) {
          rd(hart, rec, <u32>load<u8>(ram + <usize>offset));
        } else {
          const rom = romOffset(hart, address);
          if (!inRom(hart, rom, 0, ramSize)) {
            return leave<T>(hart, rec, base, records, budget - left, retired);
          }
          rd(hart, rec, <u32>load<u8>(romAt(hart, rom)));
        }
        rec += 32;
        continue;
      }
      case Op.LHU: {
        const address = rs1(hart, rec) + imm(rec);
        const offset = address - ramBase;
        if (rotr(offset, 1) < ramSize >>> 1) {
          rd(hart, rec, <u32>load<u16>(ram + <usize>offset));
        } else {
          const rom = romOffset(hart, address);
          if (!inRom(hart, rom, 1, ramSize)) {
            return leave<T>(hart, rec, base, records, budget - left, retired);
          }
          rd(hart, rec, <u32>load<u16>(romAt(hart, rom)));
        }
        rec += 32;
        continue;
      }
      case Op.SB: {
        const offset = rs1(hart, rec) + imm(rec) - ramBase;
        const at = ram + <usize>offset;
        if (!(offset < ramSize) || !plain(at)) {
          return leave<T>(hart, rec, base, records, budget - left, retired);
        }
        store<u8>(at, rs2(hart, rec));
        rec += 32;
        continue;
      }
      case Op.SH: {
        const offset = rs1(hart, rec) + imm(rec) - ramBase;
        const at = ram + <usize>offset;
        if (!(rotr(offset, 1) < ramSize >>> 1) || !plain(at)) {
          return leave<T>(hart, rec, base, records, budget - left, retired);
        }
        store<u16>(at, rs2(hart, rec));
        rec += 32;
        continue;
      }
      case Op.SW: {
        const offset = rs1(hart, rec) + imm(rec) - ramBase;
        const at = ram + <usize>offset;
        if (!(rotr(offset, 2) < ramSize >>> 2) || !plain(at)) {
          return leave<T>(hart, rec, base, records, budget - left, retired);
        }
        store<u32>(at, rs2(hart, rec));
        rec += 32;
        continue;
      }
      case Op.C_SW: {
        const offset = rs1(hart, rec) + imm(rec) - ramBase;
        const at = ram + <usize>offset;
        if (!(rotr(offset, 2) < ramSize >>> 2) || !plain(at)) {
          return leave<T>(hart, rec, base, records, budget - left, retired);
        }
        store<u32>(at, rs2(hart, rec));
        rec += 16;
        continue;
      }
      case Op.BEQ: {
        if (rs1(hart, rec) == rs2(hart, rec)) {
          left -= load<u8>(rec, R_EXTRA);
          from = rec;
          rec += imm(rec);
          target = IN_PAGE;
          break;
        }
        rec += 32;
        if (sizeof<T>() == 1) {
          left -= load<u16>(rec, R_AFTER);
          retired += load<u8>(rec, R_COUNT);
          if (left < 0) {
            leave<T>(hart, rec, base, records, budget - left, retired);
            return 0;
          }
        }
        continue;
      }
      case Op.C_BEQ: {
        if (rs1(hart, rec) == 0) {
          left -= load<u8>(rec, R_EXTRA);
          from = rec;
          rec += imm(rec);
          target = IN_PAGE;
          break;
        }
        rec += 16;
        if (sizeof<T>() == 1) {
          left -= load<u16>(rec, R_AFTER);
          retired += load<u8>(rec, R_COUNT);
          if (left < 0) {
            leave<T>(hart, rec, base, records, budget - left, retired);
            return 0;
          }
        }
        continue;
      }
      case Op.BNE: {
        if (rs1(hart, rec) != rs2(hart, rec)) {
          left -= load<u8>(rec, R_EXTRA);
          from = rec;
          rec += imm(rec);
          target = IN_PAGE;
          break;
        }
        rec += 32;
        if (sizeof<T>() == 1) {
          left -= load<u16>(rec, R_AFTER);
          retired += load<u8>(rec, R_COUNT);
          if (left < 0) {
            leave<T>(hart, rec, base, records, budget - left, retired);
            return 0;
          }
        }
        continue;
      }
      case Op.C_BNE: {
        if (rs1(hart, rec) != 0) {
          left -= load<u8>(rec, R_EXTRA);
          from = rec;
          rec += imm(rec);
          target = IN_PAGE;
          break;
        }
        rec += 16;
        if (sizeof<T>() == 1) {
          left -= load<u16>(rec, R_AFTER);
          retired += load<u8>(rec, R_COUNT);
          if (left < 0) {
            leave<T>(hart, rec, base, records, budget - left, retired);
            return 0;
          }
        }
        continue;
      }
      case Op.BLT: {
        if (<i32>rs1(hart, rec) < <i32>rs2(hart, rec)) {
          left -= load<u8>(rec, R_EXTRA);
          from = rec;
          rec += imm(rec);
          target = IN_PAGE;
          break;
        }
        rec += 32;
        if (sizeof<T>() == 1) {
          left -= load<u16>(rec, R_AFTER);
          retired += load<u8>(rec, R_COUNT);
          if (left < 0) {
            leave<T>(hart, rec, base, records, budget - left, retired);
            return 0;
          }
        }
        continue;
      }
      case Op.BGE: {
        if (<i32>rs1(hart, rec) >= <i32>rs2(hart, rec)) {
          left -= load<u8>(rec, R_EXTRA);
          from = rec;
          rec += imm(rec);
          target = IN_PAGE;
          break;
        }
        rec += 32;
        if (sizeof<T>() == 1) {
          left -= load<u16>(rec, R_AFTER);
          retired += load<u8>(rec, R_COUNT);
          if (left < 0) {
            leave<T>(hart, rec, base, records, budget - left, retired);
            return 0;
          }
        }
        continue;
      }
      case Op.BLTU: {
        if (rs1(hart, rec) < rs2(hart, rec)) {
          left -= load<u8>(rec, R_EXTRA);
          from = rec;
          rec += imm(rec);
          target = IN_PAGE;
          break;
        }
        rec += 32;
        if (sizeof<T>() == 1) {
          left -= load<u16>(rec, R_AFTER);
          retired += load<u8>(rec, R_COUNT);
          if (left < 0) {
            leave<T>(hart, rec, base, records, budget - left, retired);
            return 0;
          }
        }
        continue;
      }
      case Op.BGEU: {
        if (rs1(hart, rec) >= rs2(hart, rec)) {
          left -= load<u8>(rec, R_EXTRA);
          from = rec;
          rec += imm(rec);
          target = IN_PAGE;
          break;
        }
        rec += 32;
        if (sizeof<T>() == 1) {
          left -= load<u16>(rec, R_AFTER);
          retired += load<u8>(rec, R_COUNT);
          if (left < 0) {
            leave<T>(hart, rec, base, records, budget - left, retired);
            return 0;
          }
        }
        continue;
      }
      case Op.JAL: {
        rd(hart, rec, base + <u32>((rec - records) >> 3) + 4);
        from = rec;
        rec += imm(rec);
        target = IN_PAGE;
        break;
      }
      case Op.C_JAL: {
        rd(hart, rec, base + <u32>((rec - records) >> 3) + 2);
        from = rec;
        rec += imm(rec);
        target = IN_PAGE;
        break;
      }
      case Op.JALR: {
        target = (rs1(hart, rec) + imm(rec)) & ~1;
        if (target & <u32>load<u8>(rec, R_RS2)) {
          return leave<T>(hart, rec, base, records, budget - left, retired);
        }
        rd(hart, rec, base + <u32>((rec - records) >> 3) + 4);
        from = rec;
        break;
      }
      case Op.C_JALR: {
        target = (rs1(hart, rec) + imm(rec)) & ~1;
        if (target & <u32>load<u8>(rec, R_RS2)) {
          return leave<T>(hart, rec, base, records, budget - left, retired);
        }
        rd(hart, rec, base + <u32>((rec - records) >> 3) + 2);
        from = rec;
        break;
      }
      case Op.BRANCH_FAR: {
        if (branchTaken(load<u8>(rec, R_RD), rs1(hart, rec), rs2(hart, rec))) {
          left -= load<u8>(rec, R_EXTRA);
          target = base + imm(rec);
          from = rec;
          break;
        }
        rec += 32;
        if (sizeof<T>() == 1) {
          left -= load<u16>(rec, R_AFTER);
          retired += load<u8>(rec, R_COUNT);
          if (left < 0) {
            leave<T>(hart, rec, base, records, budget - left, retired);
            return 0;
          }
        }
        continue;
      }
      case Op.C_BRANCH_FAR: {
        if (branchTaken(load<u8>(rec, R_RD), rs1(hart, rec), rs2(hart, rec))) {
          left -= load<u8>(rec, R_EXTRA);
          target = base + imm(rec);
          from = rec;
          break;
        }
        rec += 16;
        if (sizeof<T>() == 1) {
          left -= load<u16>(rec, R_AFTER);
          retired += load<u8>(rec, R_COUNT);
          if (left < 0) {
            leave<T>(hart, rec, base, records, budget - left, retired);
            return 0;
          }
        }
        continue;
      }
      case Op.JAL_FAR: {
        rd(hart, rec, base + <u32>((rec - records) >> 3) + 4);
        target = base + imm(rec);
        from = rec;
        break;
      }
      case Op.C_JAL_FAR: {
        rd(hart, rec, base + <u32>((rec - records) >> 3) + 2);
        target = base + imm(rec);
        from = rec;
        break;
      }
      default:
        return leave<T>(hart, rec, base, records, budget - left, retired);
    }
    // A redirect, its instruction paid: find the target's record and enter its run.
    if (sizeof<T>() != 1) {
      if (target == IN_PAGE) target = base + <u32>((rec - records) >> 3);
      return redirect(hart, target, budget - left, retired, load<u8>(from, R_TAIL) & 3);
    }
    if (target != IN_PAGE) {
      const offset = target - base;
      if (offset < PAGE_BYTES && from != records) {
        rec = records + (<usize>offset << 3);
      } else {
        const page = codeKnown(hart, target);
        if (page == 0) {
          return redirect(hart, target, budget - left, retired, load<u8>(from, R_TAIL) & 3);
        }
        base = seekBase();
        records = page + P_RECORDS;
        rec = records + (<usize>(target - base) << 3);
      }
    }
    left -= load<u16>(rec, R_ENTRY);
    retired += load<u8>(rec, R_COUNT);
    if (left < 0) {
      left += load<u16>(rec, R_ENTRY);
      retired -= load<u8>(rec, R_COUNT);
      target = base + <u32>((rec - records) >> 3);
      return redirect(hart, target, budget - left, retired, load<u8>(from, R_TAIL) & 3);
    }
  }
}
