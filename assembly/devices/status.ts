import {
  BUS_ERROR, BUS_OK, DOORBELL_MARK, DOORBELL_POWER_OFF, DOORBELL_RESET, RESET_POWER_ON,
  RESET_SOFTWARE,
} from "../kernel/abi";
import { DeviceHead, READ_ERROR, ringValue } from "../bus/head";
import { NEVER } from "../kernel/clock";

/**
 * Status unit: who and where firmware is, why it started, and the ways out.
 *
 *   offset  name         access  reset        meaning
 *   0x00    NODE_ID      RO      -            Number of the node (unit row, PARAM0).
 *   0x04    MODEL        RO      -            Code of the machine model (unit row, PARAM1).
 *   0x08    RESET_CAUSE  RO      -            Why the node was last reset.
 *           =1           POWER_ON  Power was switched on.
 *           =2           WATCHDOG  The node's watchdog expired twice.
 *           =3           SOFTWARE  Firmware wrote RESET.
 *           =4           FAULT     An injected fault.
 *           =5           PIN       The node's reset input was released.
 *           =6           LOCKSTEP  The node's lockstep unit found a mismatch.
 *   0x0c    RESET        WO      -            Resets the node.
 *           =1           NOW       The only value that does; any other does nothing.
 *   0x10    POWER_OFF    WO      -            Any value: the machine halts with it.
 *   0x14    MARK         WO      -            The value becomes a mark in the trace.
 *   0x18    CLOCK_HZ     RO      -            The node's clock in Hz (unit row, PARAM2).
 *   0x20    SCRATCH0     RW      0x0000_0000  Kept over every reset but power-on.
 *   0x24    SCRATCH1     RW      0x0000_0000  Kept over every reset but power-on.
 *   0x28    SCRATCH2     RW      0x0000_0000  Kept over every reset but power-on.
 *   0x2c    SCRATCH3     RW      0x0000_0000  Kept over every reset but power-on.
 *
 * CLOCK_HZ of a clock above 2^32 - 1 Hz is to be given as 0xffff_ffff (our choice).
 * Aligned 32-bit accesses only. Bus errors: a write to a read-only register, a read of a
 * write-only one, any other offset.
 * Source: our choice; the power-off register follows the habit of SiFive's test finisher.
 */

const NODE_ID:     u32 = 0x00;
const MODEL:       u32 = 0x04;
const RESET_CAUSE: u32 = 0x08;
const RESET:       u32 = 0x0c;
const POWER_OFF:   u32 = 0x10;
const MARK:        u32 = 0x14;
const CLOCK_HZ:    u32 = 0x18;
const SCRATCH0:    u32 = 0x20;
const SCRATCH1:    u32 = 0x24;
const SCRATCH2:    u32 = 0x28;
const SCRATCH3:    u32 = 0x2c;

const RESET_NOW: u32 = 1;

@unmanaged export class Status extends DeviceHead {
  nodeId: u32;
  model: u32;
  clock_hz: u32;
  cause: u32;
  scratch0: u32;
  scratch1: u32;
  scratch2: u32;
  scratch3: u32;
}

/** `parameters`: address of PARAM0 of the unit row; NODE_ID, MODEL, CLOCK_HZ lie there in order. */
export function statusReset(b: usize, cause: u32, now: u64, parameters: usize): void {
  const s = changetype<Status>(b);
  s.nodeId = load<u32>(parameters);
  s.model = load<u32>(parameters, 4);
  s.clock_hz = load<u32>(parameters, 8);
  s.cause = cause;
  if (cause == RESET_POWER_ON) {
    s.scratch0 = 0;
    s.scratch1 = 0;
    s.scratch2 = 0;
    s.scratch3 = 0;
  }
  s.due = NEVER;
  s.outputs = 0;
  s.doorbell = 0;
  s.doorbellValue = 0;
}

export function statusRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return statusPeek(b, offset, now);
}

export function statusWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4) return BUS_ERROR;
  const s = changetype<Status>(b);
  switch (offset) {
    case RESET:
      if (value == RESET_NOW) ringValue(s, DOORBELL_RESET, RESET_SOFTWARE);
      break;
    case POWER_OFF: ringValue(s, DOORBELL_POWER_OFF, value); break;
    case MARK:      ringValue(s, DOORBELL_MARK, value); break;
    case SCRATCH0:  s.scratch0 = value; break;
    case SCRATCH1:  s.scratch1 = value; break;
    case SCRATCH2:  s.scratch2 = value; break;
    case SCRATCH3:  s.scratch3 = value; break;
    default:        return BUS_ERROR;
  }
  return BUS_OK;
}

export function statusPeek(b: usize, offset: u32, now: u64): u64 {
  const s = changetype<Status>(b);
  switch (offset) {
    case NODE_ID:     return <u64>s.nodeId;
    case MODEL:       return <u64>s.model;
    case RESET_CAUSE: return <u64>s.cause;
    case CLOCK_HZ:    return <u64>s.clock_hz;
    case SCRATCH0:    return <u64>s.scratch0;
    case SCRATCH1:    return <u64>s.scratch1;
    case SCRATCH2:    return <u64>s.scratch2;
    case SCRATCH3:    return <u64>s.scratch3;
    default:          return READ_ERROR;
  }
}

/** Never due: this unit acts only when it is written. */
export function statusEvent(b: usize, now: u64): void {
  changetype<Status>(b).due = NEVER;
}

/** No wire reaches this unit; the levels are kept so that the head stays true. */
export function statusInput(b: usize, levels: u32, now: u64): void {
  changetype<Status>(b).inputs = levels;
}
