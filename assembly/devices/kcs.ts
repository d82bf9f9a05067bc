import { BUS_ERROR, BUS_OK, DOORBELL_TRACE, TraceKind } from "../kernel/abi";
import { DeviceHead, READ_ERROR, ringValue } from "../bus/head";
import { NEVER } from "../kernel/clock";
import { HEAD_BYTES } from "../kernel/layout";

/**
 * KCS: the management interface, three byte registers with a side for the host and one for the BMC.
 *
 *   offset  name      access  reset  meaning
 *   0xca2   DATA_OUT  RO      0x00   Host: the byte the BMC put into ODR; a read clears OBF.
 *   0xca2   DATA_IN   WO      -      Host: a data byte for the BMC; sets IBF, clears CD.
 *   0xca3   STATUS    RO      0x00   Host: the status register, as STR.
 *           [0]   OBF      Output buffer full: ODR holds a byte that the host has not read.
 *           [1]   IBF      Input buffer full: IDR holds a byte that the BMC has not read.
 *           [2]   SMS_ATN  The BMC wants attention of the system management software.
 *           [3]   CD       The last byte written was a command (1) or data (0).
 *           [5:4] OEM      Free for the BMC's firmware.
 *           [7:6] STATE    State of the transfer, as the BMC's firmware sets it.
 *           =0x00 IDLE     Nothing goes on.
 *           =0x40 READ     The BMC sends its answer.
 *           =0x80 WRITE    The host sends its request.
 *           =0xc0 ERROR    The transfer failed; the host must abort it.
 *   0xca3   COMMAND   WO      -      Host: a command byte for the BMC; sets IBF and CD.
 *           =0x60 GET_STATUS   GET_STATUS/ABORT of the IPMI specification.
 *           =0x61 WRITE_START  The first byte of a request follows.
 *           =0x62 WRITE_END    The last byte of a request follows.
 *           =0x68 READ         Asks for the next byte of the answer (written to DATA_IN).
 *   0x1000  IDR       RO      0x00   BMC: the byte the host wrote last; a read clears IBF.
 *   0x1004  ODR       RW      0x00   BMC: a byte for the host; a write sets OBF.
 *   0x1008  STR       RW      0x00   BMC: status; OBF, IBF and CD ignore writes.
 *           [0]   OBF      As in STATUS.
 *           [1]   IBF      As in STATUS.
 *           [2]   SMS_ATN  Software's.
 *           [3]   CD       As in STATUS.
 *           [5:4] OEM      Software's.
 *           [7:6] STATE    Software's.
 *   0x100c  CTRL      RW      0x00   BMC: interrupt enables; bits 7..3 read 0.
 *           [0]   IBF_IRQ  To the BMC while IBF is set.
 *           [1]   OBE_IRQ  To the BMC while EVENT has OBE.
 *           [2]   HOST_IRQ To the host while OBF or SMS_ATN is set.
 *   0x1010  EVENT     W1C     0x00   BMC: what has happened; bits 7..1 read 0.
 *           [0]   OBE      The host has read DATA_OUT while OBF was set.
 *
 * Byte accesses only; any other width and offset is a bus error. The unit belongs to no node: the
 * machine file gives the host a view of [0, 0x1000) and the BMC one of [0x1000, 0x2000), with the
 * wait states of the bus between them (LPC: 13 clocks of 33 MHz an access). A reset of either node
 * leaves it as it is. A host's write while IBF is set overwrites the byte, as the 8042 does.
 * Output 0 is the BMC's interrupt, output 1 the host's; their wires have the bus's latency.
 * Fault sites: 0 bus stuck (the host reads 0xff, its writes are lost), 1 IBF stuck, 2 OBF stuck
 * (0 free, 1 at 0, 2 at 1; as the host and the BMC see it), 3 data corrupted (XOR with the value on
 * every data byte that crosses, both ways).
 * Source: IPMI specification 2.0, section 9 (registers, bits, commands); the BMC's side is shaped
 * after the ASPEED LPC controller's IDR, ODR, STR; CTRL and EVENT are our choice.
 */

const DATA_OUT: u32 = 0xca2;
const STATUS:   u32 = 0xca3;
const IDR:      u32 = 0x1000;
const ODR:      u32 = 0x1004;
const STR:      u32 = 0x1008;
const CTRL:     u32 = 0x100c;
const EVENT:    u32 = 0x1010;

const STATUS_OBF:     u32 = 1 << 0;
const STATUS_IBF:     u32 = 1 << 1;
const STATUS_SMS_ATN: u32 = 1 << 2;
const STATUS_CD:      u32 = 1 << 3;
const HARDWARE:       u32 = STATUS_OBF | STATUS_IBF | STATUS_CD;

const CTRL_IBF_IRQ:  u32 = 1 << 0;
const CTRL_OBE_IRQ:  u32 = 1 << 1;
const CTRL_HOST_IRQ: u32 = 1 << 2;
const CTRL_BITS:     u32 = 7;

const EVENT_OBE: u32 = 1 << 0;

const OUT_BMC:  u32 = 1 << 0;
const OUT_HOST: u32 = 1 << 1;

/** What the host reads from a bus that does not answer: the pull-ups. */
const FLOATING: u32 = 0xff;

/** What crossed, in bits 16..23 of a trace record's field; status in 0..7, byte in 8..15. */
const CROSSED_HOST_READ:    u32 = 0;
const CROSSED_HOST_DATA:    u32 = 1;
const CROSSED_HOST_COMMAND: u32 = 2;
const CROSSED_BMC_READ:     u32 = 3;
const CROSSED_BMC_DATA:     u32 = 4;
const CROSSED_BMC_STATUS:   u32 = 5;

const FAULT_BUS:     u32 = 0;
const FAULT_IBF:     u32 = 1;
const FAULT_OBF:     u32 = 2;
const FAULT_CORRUPT: u32 = 3;

@unmanaged export class Kcs extends DeviceHead {
  idr: u32;
  odr: u32;
  status: u32;    // as it is; `shown` applies the stuck bits
  ctrl: u32;
  event: u32;
  busStuck: u32;  // fault sites
  ibfStuck: u32;  // 0 free, 1 at 0, 2 at 1
  obfStuck: u32;
  corrupt: u32;   // XOR of every data byte that crosses
  reserved: u32;
}

/** Power-on is the only reset of a unit of no node. */
export function kcsReset(b: usize, cause: u32, now: u64): void {
  const k = changetype<Kcs>(b);
  memory.fill(b + HEAD_BYTES, 0, offsetof<Kcs>() - HEAD_BYTES);
  k.due = NEVER;
  drive(k);
}

export function kcsRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 1) return READ_ERROR;
  const value = kcsPeek(b, offset, now);
  const k = changetype<Kcs>(b);
  if (offset == DATA_OUT) hostTakes(k);
  else if (offset == IDR) bmcTakes(k);
  drive(k);
  return value;
}

export function kcsWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 1) return BUS_ERROR;
  const k = changetype<Kcs>(b);
  const byte = value & 0xff;
  switch (offset) {
    case DATA_OUT: hostGives(k, byte, 0); break;         // DATA_IN lies there
    case STATUS:   hostGives(k, byte, STATUS_CD); break; // COMMAND lies there
    case ODR:
      k.odr = byte;
      k.status |= STATUS_OBF;
      record(k, CROSSED_BMC_DATA, byte);
      break;
    case STR:
      k.status = (k.status & HARDWARE) | (byte & ~HARDWARE);
      record(k, CROSSED_BMC_STATUS, 0);
      break;
    case CTRL:     k.ctrl = byte & CTRL_BITS; break;
    case EVENT:    k.event &= ~byte; break;
    default:       return BUS_ERROR;
  }
  drive(k);
  return BUS_OK;
}

export function kcsPeek(b: usize, offset: u32, now: u64): u64 {
  const k = changetype<Kcs>(b);
  switch (offset) {
    case DATA_OUT: return <u64>(k.busStuck ? FLOATING : k.odr ^ k.corrupt);
    case STATUS:   return <u64>(k.busStuck ? FLOATING : shown(k));
    case IDR:      return <u64>k.idr;
    case ODR:      return <u64>k.odr;
    case STR:      return <u64>shown(k);
    case CTRL:     return <u64>k.ctrl;
    case EVENT:    return <u64>k.event;
    default:       return READ_ERROR;
  }
}

/** Never due: this unit acts only when it is accessed. */
export function kcsEvent(b: usize, now: u64): void {
  changetype<Kcs>(b).due = NEVER;
}

/** No wire reaches this unit; the levels are kept so that the head stays true. */
export function kcsInput(b: usize, levels: u32, now: u64): void {
  changetype<Kcs>(b).inputs = levels;
}

/** Fault sites: see the header. False if there is no such site or value. */
export function kcsFault(b: usize, site: u32, value: u32, now: u64): bool {
  const k = changetype<Kcs>(b);
  if (site == FAULT_BUS && value <= 1) k.busStuck = value;
  else if (site == FAULT_IBF && value <= 2) k.ibfStuck = value;
  else if (site == FAULT_OBF && value <= 2) k.obfStuck = value;
  else if (site == FAULT_CORRUPT && value <= 0xff) k.corrupt = value;
  else return false;
  drive(k);
  return true;
}

function hostTakes(k: Kcs): void {
  if (k.busStuck || (k.status & STATUS_OBF) == 0) return;
  k.status &= ~STATUS_OBF;
  k.event |= EVENT_OBE;
  record(k, CROSSED_HOST_READ, k.odr);
}

function bmcTakes(k: Kcs): void {
  if ((k.status & STATUS_IBF) == 0) return;
  k.status &= ~STATUS_IBF;
  record(k, CROSSED_BMC_READ, k.idr);
}

function hostGives(k: Kcs, byte: u32, command: u32): void {
  if (k.busStuck) return;
  k.idr = byte ^ k.corrupt;
  k.status = (k.status & ~STATUS_CD) | STATUS_IBF | command;
  record(k, command != 0 ? CROSSED_HOST_COMMAND : CROSSED_HOST_DATA, byte);
}

/** The status register as both sides see it, with what is stuck. */
function shown(k: Kcs): u32 {
  const status = stuck(k.status, STATUS_IBF, k.ibfStuck);
  return stuck(status, STATUS_OBF, k.obfStuck);
}

function stuck(status: u32, bit: u32, how: u32): u32 {
  if (how == 0) return status;
  return how == 1 ? status & ~bit : status | bit;
}

function record(k: Kcs, crossed: u32, byte: u32): void {
  const field = shown(k) | (byte << 8) | (crossed << 16);
  ringValue(k, DOORBELL_TRACE, TraceKind.KCS | (field << 8));
}

function drive(k: Kcs): void {
  const status = shown(k);
  const toBmc = ((status & STATUS_IBF) != 0 && (k.ctrl & CTRL_IBF_IRQ) != 0) ||
    ((k.event & EVENT_OBE) != 0 && (k.ctrl & CTRL_OBE_IRQ) != 0);
  const toHost = k.busStuck == 0 && (k.ctrl & CTRL_HOST_IRQ) != 0 &&
    (status & (STATUS_OBF | STATUS_SMS_ATN)) != 0;
  k.outputs = (toBmc ? OUT_BMC : 0) | (toHost ? OUT_HOST : 0);
}
