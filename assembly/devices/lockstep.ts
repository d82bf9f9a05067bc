import {
  BUS_ERROR, BUS_OK, DOORBELL_RESET, RESET_LOCKSTEP, RESET_POWER_ON, TraceKind,
} from "../kernel/abi";
import { DeviceHead, READ_ERROR, ringValue } from "../bus/head";
import { LOCKSTEP_SHADOW } from "../kernel/blocks";
import { NEVER } from "../kernel/clock";
import { HART_BYTES } from "../kernel/layout";
import { trace } from "../kernel/trace";

/**
 * Lockstep core: a second core of the block, and the comparator of the outputs of both.
 *
 *   offset  name            access  reset        meaning
 *   0x00    CTRL            RW      0x0000_0001  Control; bits 31..4 read 0.
 *           [0]             EN        Outputs are compared. Setting it makes the second core equal.
 *           [1]             IRQ       A mismatch raises the interrupt.
 *           [2]             RESET     A mismatch resets the block (cause 6).
 *           [3]             SAFE      A mismatch raises the safe-state output.
 *   0x04    STATUS          W1C     0x0000_0000  What has happened; bits 31..1 read 0.
 *           [0]             MISMATCH  Outputs differed; survives every reset but power-on.
 *   0x08    DELAY           RO      -            Cycles N by which the second core runs behind.
 *   0x0c    COUNT           RO      0x0000_0000  Mismatches since power-on.
 *   0x10    CYCLE           RO      0x0000_0000  Clock cycle in which it was found, low half.
 *   0x14    CYCLEH          RO      0x0000_0000  Clock cycle in which it was found, high half.
 *   0x18    MAIN_KIND       RO      0x0000_0000  What the main core did.
 *           [7:0]           ACCESS    The access, or one of the values below.
 *           =0x1            LOAD      A load.
 *           =0x2            STORE     A store.
 *           =0x3            LR        A load-reserved.
 *           =0x4            SC        A store-conditional.
 *           =0x5            AMO       An atomic operation.
 *           =0x6            TIME      A read of the time CSR.
 *           =0x40           RETIRE    No access: the next pc or its cycle.
 *           =0x41           NONE      Nothing, where the other core did something.
 *           =0x80           INJECTED  A mismatch that software injected.
 *           [15:8]          WIDTH     Bytes of the access.
 *   0x1c    MAIN_ADDRESS    RO      0x0000_0000  Address of its access, or its next pc.
 *   0x20    MAIN_DATA       RO      0x0000_0000  Data that it stored, or its next cycle.
 *   0x24    MAIN_PC         RO      0x0000_0000  pc after its instruction.
 *   0x28    SHADOW_KIND     RO      0x0000_0000  The same of the second core.
 *   0x2c    SHADOW_ADDRESS  RO      0x0000_0000  The same of the second core.
 *   0x30    SHADOW_DATA     RO      0x0000_0000  The same of the second core.
 *   0x34    SHADOW_PC       RO      0x0000_0000  The same of the second core.
 *   0x38    INJECT          WO      -            Injects a mismatch; 0 does nothing.
 *
 * The second core executes what the main core executes, from the same inputs, DELAY cycles later.
 * Compared are kind, width, address and stored data of every access to memory or registers, and of
 * every instruction the pc of its successor and the cycle in which that starts. A difference in an
 * access of the main core in cycle c is found in c + DELAY: STATUS, outputs, interrupt, reset and
 * trace have that cycle. Until then, and while STATUS.MISMATCH is 0, CYCLE and what follows read 0.
 * After a mismatch nothing is compared until a reset of the block, or until MISMATCH or EN is
 * written as 1, which makes the second core equal to the main one. The values are those of the
 * first mismatch since MISMATCH was last cleared; COUNT counts all.
 * INJECT: the comparator sees the value written as data of the second core and 0 as the main one's,
 * in the cycle of the write; only while it compares.
 * Output 0 is the interrupt, output 1 the alarm (STATUS.MISMATCH), output 2 the safe-state line.
 * Aligned 32-bit accesses only. Bus errors: a write to a read-only register, a read of INJECT.
 * Source: specs/dual-block-mcu.md, section 3; the registers are our choice.
 */

const CTRL:           u32 = 0x00;
const STATUS:         u32 = 0x04;
const DELAY:          u32 = 0x08;
const COUNT:          u32 = 0x0c;
const CYCLE:          u32 = 0x10;
const CYCLEH:         u32 = 0x14;
const MAIN_KIND:      u32 = 0x18;
const SHADOW_PC:      u32 = 0x34;
const INJECT:         u32 = 0x38;

const CTRL_EN:    u32 = 1 << 0;
const CTRL_IRQ:   u32 = 1 << 1;
const CTRL_RESET: u32 = 1 << 2;
const CTRL_SAFE:  u32 = 1 << 3;
const CTRL_BITS:  u32 = 0xf;

const STATUS_MISMATCH: u32 = 1 << 0;

/** Kinds beside those of `Access`. */
export const KIND_RETIRE: u32 = 0x40;
export const KIND_NONE: u32 = 0x41;
const KIND_INJECTED: u32 = 0x80;

const OUT_INTERRUPT: u32 = 1 << 0;
const OUT_ALARM: u32 = 1 << 1;
const OUT_SAFE: u32 = 1 << 2;

@unmanaged export class Lockstep extends DeviceHead {
  cycle: u64;      // of the mismatch found
  ctrl: u32;
  status: u32;
  delay: u32;
  count: u32;
  split: u32;      // 1 after a mismatch: nothing is compared
  touched: u32;    // 1: the second core's own state is in the block, since it may differ
  mainKind: u32;   // 8 words that are shown with STATUS.MISMATCH, in the order of the table
  mainAddress: u32;
  mainData: u32;
  mainPc: u32;
  shadowKind: u32;
  shadowAddress: u32;
  shadowData: u32;
  shadowPc: u32;
  found: u32;      // 1: a mismatch waits for its cycle
  reserved: u32;
}

/** One core's side of a comparison. */
@unmanaged export class Output {
  kind: u32;       // Access or KIND_*, width in bits 8..15
  address: u32;
  data: u32;
  pc: u32;
}

/** `parameters`: address of PARAM0 of the unit row, which is DELAY. The cores start equal. */
export function lockstepReset(b: usize, cause: u32, now: u64, parameters: usize): void {
  const l = changetype<Lockstep>(b);
  if (cause == RESET_POWER_ON) {
    l.status = 0;
    l.count = 0;
    forget(l);
  }
  if (l.found) {
    l.found = 0;
    if ((l.status & STATUS_MISMATCH) == 0) forget(l);
  }
  l.ctrl = CTRL_EN;
  l.delay = load<u32>(parameters);
  l.due = NEVER;
  l.doorbell = 0;
  l.doorbellValue = 0;
  lockstepJoin(b);
  drive(l);
}

export function lockstepRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return lockstepPeek(b, offset, now);
}

export function lockstepWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4) return BUS_ERROR;
  const l = changetype<Lockstep>(b);
  switch (offset) {
    case CTRL:
      l.ctrl = value & CTRL_BITS;
      lockstepJoin(b);
      break;
    case STATUS:
      if ((value & STATUS_MISMATCH) == 0) break;
      l.status = 0;
      if (l.found == 0) forget(l);
      lockstepJoin(b);
      break;
    case INJECT:
      if (value != 0) inject(b, value, now);
      break;
    default:
      return BUS_ERROR;
  }
  drive(l);
  return BUS_OK;
}

export function lockstepPeek(b: usize, offset: u32, now: u64): u64 {
  const l = changetype<Lockstep>(b);
  const shown = (l.status & STATUS_MISMATCH) != 0;
  switch (offset) {
    case CTRL:   return <u64>l.ctrl;
    case STATUS: return <u64>l.status;
    case DELAY:  return <u64>l.delay;
    case COUNT:  return <u64>l.count;
    case CYCLE:  return shown ? l.cycle & 0xffff_ffff : 0;
    case CYCLEH: return shown ? l.cycle >> 32 : 0;
    default:     break;
  }
  if (offset < MAIN_KIND || offset > SHADOW_PC || (offset & 3) != 0) return READ_ERROR;
  const at = b + <usize>(offset - MAIN_KIND);
  return shown ? <u64>load<u32>(at, offsetof<Lockstep>("mainKind")) : 0;
}

/** The comparator finds the mismatch: DELAY cycles after the main core's output. */
export function lockstepEvent(b: usize, now: u64): void {
  const l = changetype<Lockstep>(b);
  l.due = NEVER;
  l.found = 0;
  l.status |= STATUS_MISMATCH;
  l.count += 1;
  trace(TraceKind.LOCKSTEP, l.mainKind | (l.shadowKind << 16), l.mainAddress, l.mainData, l.mainPc);
  if (l.ctrl & CTRL_RESET) ringValue(l, DOORBELL_RESET, RESET_LOCKSTEP);
  drive(l);
}

/** No wire reaches this unit; the levels are kept so that the head stays true. */
export function lockstepInput(b: usize, levels: u32, now: u64): void {
  changetype<Lockstep>(b).inputs = levels;
}

/** True while outputs are compared. */
export function lockstepCompares(b: usize): bool {
  const l = changetype<Lockstep>(b);
  return (l.ctrl & CTRL_EN) != 0 && l.split == 0;
}

/** True while the second core has a state of its own. */
export function lockstepTouched(b: usize): bool {
  return changetype<Lockstep>(b).touched != 0;
}

/** The cores part here: the second core's state is `main`'s until now. */
export function lockstepPart(b: usize, main: usize): void {
  memory.copy(b + LOCKSTEP_SHADOW, main, HART_BYTES);
  changetype<Lockstep>(b).touched = 1;
}

/** The cores are equal (again): the second one's state is the main one's, DELAY cycles ago. */
export function lockstepJoin(b: usize): void {
  const l = changetype<Lockstep>(b);
  l.split = l.found;
  l.touched = 0;
  memory.fill(b + LOCKSTEP_SHADOW, 0, HART_BYTES);
}

/** The outputs of cycle `cycle` differ; what is compared next begins with a write or a reset. */
export function lockstepMismatch(b: usize, cycle: u64, main: Output, shadow: Output): void {
  const l = changetype<Lockstep>(b);
  if (l.found != 0 || !lockstepCompares(b)) return;
  if ((l.status & STATUS_MISMATCH) == 0) {
    l.cycle = cycle + l.delay;
    const values = b + offsetof<Lockstep>("mainKind");
    memory.copy(values, changetype<usize>(main), 16);
    memory.copy(values + 16, changetype<usize>(shadow), 16);
  }
  l.found = 1;
  l.due = cycle + l.delay;
  lockstepJoin(b);
}

function inject(b: usize, value: u32, now: u64): void {
  const l = changetype<Lockstep>(b);
  if (l.found != 0 || !lockstepCompares(b)) return;
  if ((l.status & STATUS_MISMATCH) == 0) {
    forget(l);
    l.cycle = now + l.delay;
    l.mainKind = KIND_INJECTED;
    l.shadowKind = KIND_INJECTED;
    l.shadowData = value;
  }
  l.found = 1;
  l.due = now + l.delay;
  lockstepJoin(b);
}

function forget(l: Lockstep): void {
  l.cycle = 0;
  memory.fill(changetype<usize>(l) + offsetof<Lockstep>("mainKind"), 0, 32);
}

function drive(l: Lockstep): void {
  const mismatch = (l.status & STATUS_MISMATCH) != 0;
  let outputs: u32 = mismatch ? OUT_ALARM : 0;
  if (mismatch && (l.ctrl & CTRL_IRQ) != 0) outputs |= OUT_INTERRUPT;
  if (mismatch && (l.ctrl & CTRL_SAFE) != 0) outputs |= OUT_SAFE;
  l.outputs = outputs;
}
