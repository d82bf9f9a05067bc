import { BUS_ERROR, BUS_OK, DOORBELL_PECI } from "../kernel/abi";
import { DeviceHead, READ_ERROR, ring } from "../bus/head";
import { NEVER } from "../kernel/clock";
import { HEAD_BYTES } from "../kernel/layout";
import { random } from "../kernel/prng";
import {
  PECI_AW_MASK, PECI_BLOCK_BYTES, PECI_HEADER_BYTES, PECI_TIMING_BITS, peciFcs,
} from "./peci-crc";

/**
 * PECI engine: the originator on the one-wire control interface.
 *
 *   offset  name        access  reset        meaning
 *   0x00    CTRL        RW      0x0000_0000  Control; bits 31..2 read 0.
 *           [0]     EN             The engine may send; while 0 START does nothing.
 *           [1]     IRQ            The interrupt is on while DONE is set.
 *   0x04    TIMING      RW      0x0000_0018  Bit time of the next message.
 *           [15:0]  BIT            Cycles a bit, 12 to 12000, a multiple of 4 (others are rounded).
 *   0x08    COMMAND     WO      -            What to do; any other value does nothing.
 *           =1      START          Sends the message; ignored while BUSY or while EN = 0.
 *   0x0c    STATUS      W1C     0x0000_0000  What became of the message; START clears all but BUSY.
 *           [0]     BUSY           A message is on the wire; ignores writes.
 *           [1]     DONE           The message is over, well or not.
 *           [2]     BAD_WRITE_FCS  The client's FCS of the write block is wrong.
 *           [3]     ABORTED        The client answered the inverted FCS.
 *           [4]     BAD_READ_FCS   The FCS of the read data is wrong.
 *           [5]     NO_ANSWER      The line stayed low where the client's FCS should be.
 *           [6]     LINE           The line does not follow: stuck high.
 *   0x10    HEADER      RW      0x0000_0000  The first three bytes of the message.
 *           [7:0]   ADDRESS        Client address, 0x30 to 0x37.
 *           [15:8]  WRITE_LENGTH   Bytes of the write block, 0 to 16, the AW FCS counted in.
 *           [23:16] READ_LENGTH    Bytes of read data, 0 to 16.
 *           [24]    AW             The last byte of the write block is the AW FCS, made here.
 *   0x14    NEGOTIATED  RO      0x0000_0000  Cycles a bit in the last message: the slower side's.
 *   0x18    FCS         RO      0x0000_0000  Check bytes of the last message.
 *           [7:0]   EXPECTED       Over address, lengths and write block, as made here.
 *           [15:8]  WRITE          As the client sent it after the write block.
 *           [23:16] READ           As the client sent it after the read data.
 *   0x20    WRITE0      RW      0x0000_0000  Write block, bytes 0 to 3, byte 0 in bits 7..0.
 *   0x24    WRITE1      RW      0x0000_0000  Write block, bytes 4 to 7.
 *   0x28    WRITE2      RW      0x0000_0000  Write block, bytes 8 to 11.
 *   0x2c    WRITE3      RW      0x0000_0000  Write block, bytes 12 to 15.
 *   0x30    READ0       RO      0x0000_0000  Read data, bytes 0 to 3; 0 where none was read.
 *   0x34    READ1       RO      0x0000_0000  Read data, bytes 4 to 7.
 *   0x38    READ2       RO      0x0000_0000  Read data, bytes 8 to 11.
 *   0x3c    READ3       RO      0x0000_0000  Read data, bytes 12 to 15.
 *   0x40    MESSAGES    RO      0x0000_0000  Messages sent, modulo 2^32.
 *   0x44    FAILURES    RO      0x0000_0000  Of these, those that ended with an error bit.
 *
 * A message is: a timing bit, ADDRESS, a timing bit, WRITE_LENGTH, READ_LENGTH, the write block;
 * then the client's FCS, the read data and the read FCS. FCS: CRC-8, polynomial 0x07, start 0, over
 * every byte from ADDRESS on; the read FCS over the read data alone. AW FCS: the same CRC over all
 * bytes before it, XOR 0x80. Bytes go most significant bit first. With READ_LENGTH 0 nothing
 * follows the client's FCS. After a wrong FCS of the write block the engine reads no further.
 * HEADER and the write block may be written while BUSY: a message is taken as it was at START.
 * The bit time is the longer of TIMING and the client's. A retry is software's: the same message
 * again, with the retry bit set.
 * Aligned 32-bit accesses only; what the table does not allow is a bus error. The unit belongs to
 * no node: a reset of the BMC leaves it as it is, and a message on its way ends.
 * Output 0 is the interrupt, DONE AND CTRL.IRQ.
 * Fault sites: 0 noise (each bit on the wire is inverted with this probability in millionths), 1
 * line stuck (0 free, 1 low, 2 high).
 * Source: specs/bmc-backup-link.md, section 3; Intel's thermal design guides (client command
 * suite); the registers are our choice, shaped after the ASPEED AST2500's.
 */

const CTRL:       u32 = 0x00;
const TIMING:     u32 = 0x04;
const COMMAND:    u32 = 0x08;
const STATUS:     u32 = 0x0c;
const HEADER:     u32 = 0x10;
const NEGOTIATED: u32 = 0x14;
const FCS:        u32 = 0x18;
const WRITE0:     u32 = 0x20;
const READ0:      u32 = 0x30;
const MESSAGES:   u32 = 0x40;
const FAILURES:   u32 = 0x44;

const CTRL_EN: u32 = 1 << 0;
const CTRL_IRQ: u32 = 1 << 1;
const CTRL_BITS: u32 = 3;
const TIMING_LEAST: u32 = 12;
const TIMING_MOST: u32 = 12_000;
const TIMING_RESET: u32 = 24;
const COMMAND_START: u32 = 1;
const HEADER_AW: u32 = 1 << 24;
const HEADER_BITS: u32 = 0x01ff_ffff;

const STATUS_BUSY: u32 = 1 << 0;
const STATUS_DONE: u32 = 1 << 1;
const STATUS_BAD_WRITE_FCS: u32 = 1 << 2;
const STATUS_ABORTED: u32 = 1 << 3;
const STATUS_BAD_READ_FCS: u32 = 1 << 4;
const STATUS_NO_ANSWER: u32 = 1 << 5;
const STATUS_LINE: u32 = 1 << 6;
const STATUS_ERRORS: u32 = 0x7c;

const OUT_INTERRUPT: u32 = 1 << 0;

const FAULT_NOISE: u32 = 0;
const FAULT_STUCK: u32 = 1;
const STUCK_LOW: u32 = 1;
const STUCK_HIGH: u32 = 2;
const MILLION: u32 = 1_000_000;

/** Where a message stands; the machine layer reads it when the doorbell has rung. */
export const PECI_IDLE: u32 = 0;
/** START was written: the machine layer gives the client's bit time by `peciBegin`. */
export const PECI_STARTING: u32 = 1;
/** Address, lengths and write block are on the wire. */
export const PECI_REQUEST: u32 = 2;
/** They have ended: the machine layer gives the client's answer by `peciAnswer`. */
export const PECI_ASKED: u32 = 3;
/** Check bytes and read data are on the wire. */
export const PECI_ANSWER: u32 = 4;
/** The line does not fall before the message: it cannot begin. */
const PECI_BLOCKED: u32 = 5;

@unmanaged export class Peci extends DeviceHead {
  ctrl: u32;
  timing: u32;
  status: u32;
  header: u32;
  write0: u32;      // write block as software wrote it, 16 bytes
  write1: u32;
  write2: u32;
  write3: u32;
  read0: u32;       // read data, 16 bytes
  read1: u32;
  read2: u32;
  read3: u32;
  negotiated: u32;
  fcs: u32;
  messages: u32;
  failures: u32;
  phase: u32;
  lengths: u32;     // HEADER of the message on the wire
  stuck: u32;       // fault site
  noise: u32;       // fault site, millionths
  key: u64;         // of this unit's random numbers
  bits: u64;        // bits that noise has been drawn for
  lost: u32;        // a timing bit was spoiled: the client follows nothing
  answered: u32;    // bytes of the answer on the wire
  phaseStart: u64;  // cycle in which the phase began
  request: u64;     // 24 bytes: what is sent
  request1: u64;
  request2: u64;
  heard: u64;       // 24 bytes: what the client hears
  heard1: u64;
  heard2: u64;
  answer: u64;      // 24 bytes: what the engine hears
  answer1: u64;
  answer2: u64;
}

/**
 * Power-on is the only reset of a unit of no node. `key`: of the unit's random numbers, the
 * machine's seed and the unit in one.
 */
export function peciReset(b: usize, cause: u32, now: u64, key: u64): void {
  const p = changetype<Peci>(b);
  memory.fill(b + HEAD_BYTES, 0, offsetof<Peci>() - HEAD_BYTES);
  p.timing = TIMING_RESET;
  p.key = key;
  p.due = NEVER;
}

export function peciRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return peciPeek(b, offset, now);
}

export function peciWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4 || (offset & 3) != 0) return BUS_ERROR;
  const p = changetype<Peci>(b);
  switch (offset) {
    case CTRL:    p.ctrl = value & CTRL_BITS; break;
    case TIMING:  p.timing = bitTime(value & 0xffff); break;
    case COMMAND: if (value == COMMAND_START) start(p, now); break;
    case STATUS:  p.status &= ~(value & (STATUS_DONE | STATUS_ERRORS)); break;
    case HEADER:  p.header = header(value); break;
    default:
      if (offset < WRITE0 || offset >= WRITE0 + PECI_BLOCK_BYTES) return BUS_ERROR;
      store<u32>(b + offsetof<Peci>("write0") + (offset - WRITE0), value);
  }
  drive(p);
  return BUS_OK;
}

export function peciPeek(b: usize, offset: u32, now: u64): u64 {
  const p = changetype<Peci>(b);
  switch (offset) {
    case CTRL:       return <u64>p.ctrl;
    case TIMING:     return <u64>p.timing;
    case STATUS:     return <u64>p.status;
    case HEADER:     return <u64>p.header;
    case NEGOTIATED: return <u64>p.negotiated;
    case FCS:        return <u64>p.fcs;
    case MESSAGES:   return <u64>p.messages;
    case FAILURES:   return <u64>p.failures;
    default:
      if ((offset & 3) != 0 || offset < WRITE0 || offset >= READ0 + PECI_BLOCK_BYTES) {
        return READ_ERROR;
      }
      return <u64>load<u32>(b + offsetof<Peci>("write0") + (offset - WRITE0));
  }
}

/** A phase of the message has ended. */
export function peciEvent(b: usize, now: u64): void {
  const p = changetype<Peci>(b);
  if (now < p.due) return;
  p.due = NEVER;
  if (p.phase == PECI_REQUEST) {
    p.phase = PECI_ASKED;
    ring(p, DOORBELL_PECI);
  } else if (p.phase == PECI_ANSWER) evaluate(p);
  else finish(p, STATUS_LINE);
  drive(p);
}

/** No wire reaches this unit; the levels are kept so that the head stays true. */
export function peciInput(b: usize, levels: u32, now: u64): void {
  changetype<Peci>(b).inputs = levels;
}

/** Fault sites: see the header. False if there is no such site or value. */
export function peciFault(b: usize, site: u32, value: u32, now: u64): bool {
  const p = changetype<Peci>(b);
  if (site == FAULT_NOISE && value <= MILLION) p.noise = value;
  else if (site == FAULT_STUCK && value <= STUCK_HIGH) p.stuck = value;
  else return false;
  return true;
}

/** The message begins; `client_cycles`: the client's shortest bit, in cycles of this unit. */
export function peciBegin(b: usize, client_cycles: u32, now: u64): void {
  const p = changetype<Peci>(b);
  const count = requestBytes(p);
  p.negotiated = p.timing > client_cycles ? p.timing : client_cycles;
  if (p.stuck == STUCK_HIGH) {
    p.phase = PECI_BLOCKED;
    p.due = now + p.negotiated;
    return;
  }
  p.phase = PECI_REQUEST;
  p.phaseStart = now;
  p.lost = 0;
  for (let i: u32 = 0; i < PECI_TIMING_BITS; i++) p.lost |= noiseBit(p);
  for (let i: usize = 0; i < count; i++) {
    store<u8>(heardAt(b) + i, load<u8>(requestAt(b) + i) ^ <u8>noiseByte(p));
  }
  p.due = now + <u64>p.negotiated * (PECI_TIMING_BITS + 8 * count);
}

/** Bytes that the client hears: 0 if it cannot follow. They lie at `peciHeard`. */
export function peciHeardBytes(b: usize): u32 {
  const p = changetype<Peci>(b);
  return p.lost != 0 || p.stuck != 0 ? 0 : requestBytes(p);
}

/** Where the request lies as it was sent, and as the client hears it. */
export function requestAt(b: usize): usize {
  return b + offsetof<Peci>("request");
}
export function heardAt(b: usize): usize {
  return b + offsetof<Peci>("heard");
}
export function answerAt(b: usize): usize {
  return b + offsetof<Peci>("answer");
}

/** Bytes of the request on the wire. */
export function requestBytes(p: Peci): u32 {
  return PECI_HEADER_BYTES + ((p.lengths >> 8) & 0xff);
}

/**
 * The client has put its answer at `answerAt`: `count` bytes, 0 if it is silent. Only what the
 * engine listens to goes over the wire: the check byte, then the rest if that was right.
 */
export function peciAnswer(b: usize, count: u32, now: u64): void {
  const p = changetype<Peci>(b);
  const at = answerAt(b);
  const readLength = (p.lengths >> 16) & 0xff;
  const whole = readLength != 0 ? readLength + 2 : 1;
  for (let i: u32 = 0; i < whole; i++) {
    const sent: u32 = i < count && p.stuck == 0 ? load<u8>(at + i) : 0;
    store<u8>(at + i, <u8>(sent ^ noiseByte(p)));
  }
  const good = load<u8>(at) == p.fcs;
  p.answered = good ? whole : 1;
  for (let i = p.answered; i < whole; i++) store<u8>(at + i, 0);
  p.phase = PECI_ANSWER;
  p.phaseStart = now;
  p.due = now + <u64>p.negotiated * (8 * p.answered);
}

function header(value: u32): u32 {
  let lengths = value & HEADER_BITS;
  if (((lengths >> 8) & 0xff) > PECI_BLOCK_BYTES) lengths = (lengths & ~0xff00) | 0x1000;
  if (((lengths >> 16) & 0xff) > PECI_BLOCK_BYTES) lengths = (lengths & ~0xff_0000) | 0x10_0000;
  return lengths;
}

function bitTime(cycles: u32): u32 {
  const rounded = (cycles + 2) & ~3;
  if (rounded < TIMING_LEAST) return TIMING_LEAST;
  return rounded > TIMING_MOST ? TIMING_MOST : rounded;
}

/** Builds the message and asks for the client's bit time. */
function start(p: Peci, now: u64): void {
  if ((p.ctrl & CTRL_EN) == 0 || p.phase != PECI_IDLE) return;
  const b = changetype<usize>(p);
  const at = requestAt(b);
  p.lengths = p.header;
  memory.fill(at, 0, 72); // request, heard and answer
  memory.fill(b + offsetof<Peci>("read0"), 0, PECI_BLOCK_BYTES);
  store<u8>(at, <u8>p.header);
  store<u8>(at, <u8>(p.header >> 8), 1);
  store<u8>(at, <u8>(p.header >> 16), 2);
  const count = requestBytes(p);
  memory.copy(at + PECI_HEADER_BYTES, b + offsetof<Peci>("write0"), count - PECI_HEADER_BYTES);
  if ((p.header & HEADER_AW) != 0 && count > PECI_HEADER_BYTES) {
    store<u8>(at + count - 1, <u8>(peciFcs(at, count - 1) ^ PECI_AW_MASK));
  }
  p.fcs = peciFcs(at, count);
  p.status = STATUS_BUSY;
  p.messages += 1;
  p.phase = PECI_STARTING;
  ring(p, DOORBELL_PECI);
}

/** The answer is in: what became of the message. */
function evaluate(p: Peci): void {
  const b = changetype<usize>(p);
  const at = answerAt(b);
  const expected = p.fcs;
  const write: u32 = load<u8>(at);
  p.fcs = expected | (write << 8);
  if (write != expected) {
    const how = write == 0 ? STATUS_NO_ANSWER
      : write == (expected ^ 0xff) ? STATUS_ABORTED : STATUS_BAD_WRITE_FCS;
    return finish(p, how);
  }
  if (p.answered == 1) return finish(p, 0);
  const count = p.answered - 2;
  const read: u32 = load<u8>(at + count + 1);
  memory.copy(b + offsetof<Peci>("read0"), at + 1, count);
  p.fcs |= read << 16;
  finish(p, peciFcs(at + 1, count) == read ? 0 : STATUS_BAD_READ_FCS);
}

function finish(p: Peci, errors: u32): void {
  p.status = STATUS_DONE | errors;
  if (errors != 0) p.failures += 1;
  p.phase = PECI_IDLE;
  p.lengths = 0;
  p.answered = 0;
  p.phaseStart = 0;
}

/** 1 with the probability of the noise. Without noise nothing is drawn. */
function noiseBit(p: Peci): u32 {
  if (p.noise == 0) return 0;
  p.bits += 1;
  return random(p.key, 0, p.bits) % MILLION < p.noise ? 1 : 0;
}

function noiseByte(p: Peci): u32 {
  if (p.noise == 0) return 0;
  let mask: u32 = 0;
  for (let bit = 0; bit < 8; bit++) mask = (mask << 1) | noiseBit(p);
  return mask;
}

function drive(p: Peci): void {
  const interrupt = (p.status & STATUS_DONE) != 0 && (p.ctrl & CTRL_IRQ) != 0;
  p.outputs = interrupt ? OUT_INTERRUPT : 0;
}
