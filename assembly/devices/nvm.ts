import { BUS_ERROR, BUS_OK, DOORBELL_TRACE, RESET_POWER_ON, TraceKind } from "../kernel/abi";
import { DeviceHead, READ_ERROR, ringValue } from "../bus/head";
import { NEVER } from "../kernel/clock";
import { mix64 } from "../kernel/hash";

/**
 * Non-volatile storage: 64 KiB of flash with erase and program times.
 *
 *   offset  name      access  reset        meaning
 *   0x00    COMMAND   WO      -            What to do; ignored while BUSY.
 *           =1      ERASE         Sets the sector of ADDRESS to ones.
 *           =2      PROGRAM       Clears those bits of the page of ADDRESS that the buffer has 0.
 *   0x04    ADDRESS   RW      0x0000_0000  Byte address in the array.
 *           [15:0]  BYTE          The lowest bits are ignored by both commands.
 *   0x08    STATUS    W1C     0x0000_0000  State; a COMMAND clears DONE and ERROR.
 *           [0]     BUSY          An operation goes on; ignores writes.
 *           [1]     DONE          An operation is over, well or not.
 *           [2]     ERROR         The operation failed.
 *           [3]     INTERRUPTED   A reset cut an operation off; survives all but power-on.
 *   0x0c    CTRL      RW      0x0000_0000  Control; bits 31..1 read 0.
 *           [0]     IRQ           The interrupt is on while DONE is set.
 *   0x10    GEOMETRY  RO      0x0040_060a  Shape of the array.
 *           [7:0]   SECTOR_LOG2   10: a sector is 1024 bytes.
 *           [15:8]  PAGE_LOG2     6: a page is 64 bytes.
 *           [31:16] SECTORS       64.
 *   0x14    WEAR      RO      0x0000_0000  Erase cycles of the sector of ADDRESS.
 *   0x40    BUFFER0   RW      0xffff_ffff  Bytes 0 to 3 of the page to program.
 *   0x44    BUFFER1   RW      0xffff_ffff  Bytes 4 to 7.
 *   0x48    BUFFER2   RW      0xffff_ffff  Bytes 8 to 11.
 *   0x4c    BUFFER3   RW      0xffff_ffff  Bytes 12 to 15.
 *   0x50    BUFFER4   RW      0xffff_ffff  Bytes 16 to 19.
 *   0x54    BUFFER5   RW      0xffff_ffff  Bytes 20 to 23.
 *   0x58    BUFFER6   RW      0xffff_ffff  Bytes 24 to 27.
 *   0x5c    BUFFER7   RW      0xffff_ffff  Bytes 28 to 31.
 *   0x60    BUFFER8   RW      0xffff_ffff  Bytes 32 to 35.
 *   0x64    BUFFER9   RW      0xffff_ffff  Bytes 36 to 39.
 *   0x68    BUFFER10  RW      0xffff_ffff  Bytes 40 to 43.
 *   0x6c    BUFFER11  RW      0xffff_ffff  Bytes 44 to 47.
 *   0x70    BUFFER12  RW      0xffff_ffff  Bytes 48 to 51.
 *   0x74    BUFFER13  RW      0xffff_ffff  Bytes 52 to 55.
 *   0x78    BUFFER14  RW      0xffff_ffff  Bytes 56 to 59.
 *   0x7c    BUFFER15  RW      0xffff_ffff  Bytes 60 to 63.
 *
 * The array can be read (bytes, aligned halves and words) at 0x1_0000 to 0x1_ffff; a write there is
 * a bus error, and while BUSY it reads all ones. A new machine has an erased array.
 * A page takes 256 cycles to program, a sector 20000 to erase; the unit's clock is 1 MHz, so these
 * are 256 us and 20 ms. The address and the buffer of an operation are those of its start; the
 * buffer is all ones after a PROGRAM. A program may be repeated on a page: bits only go to 0.
 * The array survives every reset, power-on of the node too. A reset, or the loss of the node's
 * power, in an operation cuts it off: what its time allowed is done byte by byte, in the byte at
 * which it stopped some of the bits; INTERRUPTED is set. All else is as after power-on.
 * Registers: aligned 32-bit accesses only; what the table does not allow is a bus error.
 * Output 0 is the interrupt, DONE AND CTRL.IRQ.
 * Fault sites: 0 operations fail (1: they end with ERROR and change nothing), 1 bit rot (inverts
 * the bit of the array with this number: byte in bits 31..3, bit in 2..0).
 * Source: our choice; times and rules after small serial NOR flashes (Winbond W25Q series).
 */

const COMMAND:  u32 = 0x00;
const ADDRESS:  u32 = 0x04;
const STATUS:   u32 = 0x08;
const CTRL:     u32 = 0x0c;
const GEOMETRY: u32 = 0x10;
const WEAR:     u32 = 0x14;
const BUFFER0:  u32 = 0x40;
const ARRAY:    u32 = 0x1_0000;

const COMMAND_ERASE: u32 = 1;
const COMMAND_PROGRAM: u32 = 2;
const STATUS_BUSY: u32 = 1 << 0;
const STATUS_DONE: u32 = 1 << 1;
const STATUS_ERROR: u32 = 1 << 2;
const STATUS_INTERRUPTED: u32 = 1 << 3;
const CTRL_IRQ: u32 = 1 << 0;
const GEOMETRY_VALUE: u32 = 0x0040_060a;

const PAGE_BYTES: u32 = 64;
const SECTOR_BYTES: u32 = 1024;
const SECTORS: u32 = 64;
const ARRAY_BYTES: u32 = 0x1_0000;
const PROGRAM_CYCLES: u64 = 256;
const ERASE_CYCLES: u64 = 20_000;

const OUT_INTERRUPT: u32 = 1 << 0;

/** Bits 0..15 of a trace record's field are the address over 64, bits 16..19 what happened. */
const TRACE_ENDED: u32 = 0; // the command, 1 or 2, is added to these
const TRACE_FAILED: u32 = 4;
const TRACE_CUT: u32 = 8;

const FAULT_FAIL: u32 = 0;
const FAULT_ROT: u32 = 1;

/**
 * Behind the fields lie the buffer, the page that is being programmed, the wear of each sector and
 * the array. They hold the complement of what software sees: a fresh block, all zeros, is a fresh
 * flash, all ones.
 */
@unmanaged export class Nvm extends DeviceHead {
  address: u32;
  status: u32;
  ctrl: u32;
  failing: u32;    // fault site
  operation: u32;  // COMMAND of the operation in progress, else 0
  place: u32;      // ADDRESS of it
  start: u64;      // cycle in which it began
}

const BUFFER_AT: usize = 64;
const WORK_AT: usize = 128;
const WEAR_AT: usize = 192;
const ARRAY_AT: usize = 320;
export const NVM_BYTES: usize = 320 + 65_536;

export function nvmReset(b: usize, cause: u32, now: u64): void {
  const n = changetype<Nvm>(b);
  const kept = cause == RESET_POWER_ON ? 0 : n.status & STATUS_INTERRUPTED;
  n.status = kept;
  n.doorbell = 0;
  n.doorbellValue = 0;
  if (n.operation != 0) cutOff(n, now);
  n.address = 0;
  n.ctrl = 0;
  memory.fill(b + BUFFER_AT, 0, PAGE_BYTES);
  n.due = NEVER;
  drive(n);
}

export function nvmRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (offset < ARRAY) return width == 4 ? nvmPeek(b, offset, now) : READ_ERROR;
  const at = offset - ARRAY;
  if (at >= ARRAY_BYTES || (at & (width - 1)) != 0) return READ_ERROR;
  const ones: u32 = width == 4 ? 0xffff_ffff : (1 << (width << 3)) - 1;
  if (changetype<Nvm>(b).operation != 0) return <u64>ones;
  const word = load<u32>(b + ARRAY_AT + (at & ~3)) >> ((at & 3) << 3);
  return <u64>((word ^ ones) & ones);
}

export function nvmWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4 || (offset & 3) != 0) return BUS_ERROR;
  const n = changetype<Nvm>(b);
  switch (offset) {
    case COMMAND: start(n, value, now); break;
    case ADDRESS: n.address = value & (ARRAY_BYTES - 1); break;
    case STATUS:  n.status &= ~(value & ~STATUS_BUSY); break;
    case CTRL:    n.ctrl = value & CTRL_IRQ; break;
    default:
      if (offset < BUFFER0 || offset >= BUFFER0 + PAGE_BYTES) return BUS_ERROR;
      store<u32>(b + BUFFER_AT + (offset - BUFFER0), ~value);
  }
  drive(n);
  return BUS_OK;
}

export function nvmPeek(b: usize, offset: u32, now: u64): u64 {
  const n = changetype<Nvm>(b);
  if (offset >= ARRAY) return (offset & 3) != 0 ? READ_ERROR : nvmRead(b, offset, 4, now);
  switch (offset) {
    case ADDRESS:  return <u64>n.address;
    case STATUS:   return <u64>n.status;
    case CTRL:     return <u64>n.ctrl;
    case GEOMETRY: return <u64>GEOMETRY_VALUE;
    case WEAR:     return <u64>load<u16>(wearAt(b, n.address));
    default:
      if (offset < BUFFER0 || offset >= BUFFER0 + PAGE_BYTES) return READ_ERROR;
      if ((offset & 3) != 0) return READ_ERROR;
      return <u64>(load<u32>(b + BUFFER_AT + (offset - BUFFER0)) ^ 0xffff_ffff);
  }
}

/** The operation in progress is over. */
export function nvmEvent(b: usize, now: u64): void {
  const n = changetype<Nvm>(b);
  if (now < n.due) return;
  n.due = NEVER;
  n.status = (n.status & ~STATUS_BUSY) | STATUS_DONE;
  if (n.failing != 0) {
    n.status |= STATUS_ERROR;
    end(n, TRACE_FAILED);
  } else {
    if (n.operation == COMMAND_ERASE) erase(n, SECTOR_BYTES);
    else program(n, PAGE_BYTES);
    end(n, TRACE_ENDED);
  }
  drive(n);
}

/** No wire reaches this unit; the levels are kept so that the head stays true. */
export function nvmInput(b: usize, levels: u32, now: u64): void {
  changetype<Nvm>(b).inputs = levels;
}

/** Fault sites: see the header. False if there is no such site or bit. */
export function nvmFault(b: usize, site: u32, value: u32, now: u64): bool {
  if (site == FAULT_FAIL && value <= 1) {
    changetype<Nvm>(b).failing = value;
    return true;
  }
  if (site != FAULT_ROT || value >= ARRAY_BYTES << 3) return false;
  const at = b + ARRAY_AT + <usize>(value >> 3);
  store<u8>(at, load<u8>(at) ^ (<u8>1 << <u8>(value & 7)));
  return true;
}

function start(n: Nvm, command: u32, now: u64): void {
  if (n.operation != 0) return;
  if (command != COMMAND_ERASE && command != COMMAND_PROGRAM) return;
  const b = changetype<usize>(n);
  n.status = (n.status & STATUS_INTERRUPTED) | STATUS_BUSY;
  n.operation = command;
  n.place = n.address;
  n.start = now;
  n.due = now + (command == COMMAND_ERASE ? ERASE_CYCLES : PROGRAM_CYCLES);
  if (command == COMMAND_ERASE) return;
  memory.copy(b + WORK_AT, b + BUFFER_AT, PAGE_BYTES);
  memory.fill(b + BUFFER_AT, 0, PAGE_BYTES);
}

/** Ends the operation, good or not, and tells the trace. */
function end(n: Nvm, how: u32): void {
  const field = (n.place / PAGE_BYTES) | ((how + n.operation) << 16);
  ringValue(n, DOORBELL_TRACE, TraceKind.NVM | (field << 8));
  memory.fill(changetype<usize>(n) + WORK_AT, 0, PAGE_BYTES);
  n.operation = 0;
  n.place = 0;
  n.start = 0;
}

/** A reset in an operation: what its time allowed is done, the byte in work by half. */
function cutOff(n: Nvm, now: u64): void {
  const erasing = n.operation == COMMAND_ERASE;
  const size: u64 = erasing ? SECTOR_BYTES : PAGE_BYTES;
  const total = erasing ? ERASE_CYCLES : PROGRAM_CYCLES;
  const elapsed = now - n.start < total ? now - n.start : total - 1;
  const bytes = <u32>((elapsed * size) / total);
  // Which bits of that byte had gone over is chance; the place and the moment decide it here.
  const torn = <u8>mix64((<u64>n.place << 32) | elapsed);
  if (erasing) {
    erase(n, bytes);
    const at = arrayAt(n, SECTOR_BYTES) + bytes;
    store<u8>(at, load<u8>(at) & torn);
  } else {
    program(n, bytes);
    const at = arrayAt(n, PAGE_BYTES) + bytes;
    store<u8>(at, load<u8>(at) | (load<u8>(changetype<usize>(n) + WORK_AT + bytes) & torn));
  }
  n.status |= STATUS_INTERRUPTED;
  end(n, TRACE_CUT);
}

/** Where the sector or page of the operation begins. */
function arrayAt(n: Nvm, unit_bytes: u32): usize {
  return changetype<usize>(n) + ARRAY_AT + (n.place & ~(unit_bytes - 1));
}

function erase(n: Nvm, bytes: u32): void {
  const wear = wearAt(changetype<usize>(n), n.place);
  if (load<u16>(wear) < 0xffff) store<u16>(wear, load<u16>(wear) + 1);
  memory.fill(arrayAt(n, SECTOR_BYTES), 0, bytes);
}

function program(n: Nvm, bytes: u32): void {
  const from = changetype<usize>(n) + WORK_AT;
  const to = arrayAt(n, PAGE_BYTES);
  for (let i: usize = 0; i < bytes; i++) store<u8>(to + i, load<u8>(to + i) | load<u8>(from + i));
}

function wearAt(b: usize, address: u32): usize {
  return b + WEAR_AT + <usize>((address / SECTOR_BYTES) << 1);
}

function drive(n: Nvm): void {
  const interrupt = (n.status & STATUS_DONE) != 0 && (n.ctrl & CTRL_IRQ) != 0;
  n.outputs = interrupt ? OUT_INTERRUPT : 0;
}
