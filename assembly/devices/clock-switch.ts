import { BUS_ERROR, BUS_OK, DOORBELL_CLOCK, RESET_POWER_ON } from "../kernel/abi";
import { DeviceHead, READ_ERROR, ringValue } from "../bus/head";
import { NEVER } from "../kernel/clock";
import { NONE } from "../kernel/layout";

/**
 * Clock switch of a block: which feeder drives it, by software or by itself when one fails.
 *
 *   offset  name      access  reset        meaning
 *   0x00    CTRL      RW      0x0000_0000  Control; bits 31..2 read 0.
 *           [0]       AUTO         A feeder that fails is left for a healthy one.
 *           [1]       IRQ          STATUS raises the interrupt.
 *   0x04    SELECT    RW      -            Feeder in use; a write switches to another.
 *           [1:0]     FEEDER       Number of the feeder.
 *   0x08    STATUS    W1C     0x0000_0000  What has happened; bits 31..3 read 0.
 *           [0]       MOVED        The block was moved because its feeder had failed.
 *           [1]       LOST         The feeder in use has failed and the block stayed on it.
 *           [2]       REPORTED     The clock monitor has reported a feeder, or a difference.
 *   0x0c    FAILED    RO      0x0000_0000  Feeders that the monitor has found to be wrong.
 *           [2:0]     FEEDERS      Bit i is feeder i.
 *   0x10    FEEDERS   RO      -            Feeders that exist.
 *           [2:0]     MASK         Bit i is feeder i.
 *   0x14    COUNT     RO      0x0000_0000  Switches since power-on.
 *
 * A switch takes effect at once: there is no edge for three cycles of the new feeder, then the
 * block runs on with it. A write of the number in use, or of one that does not exist, does nothing.
 * AUTO moves the block to the lowest healthy feeder as soon as the one in use is reported, or AUTO
 * is set while it is. STATUS and COUNT survive every reset but power-on, the feeder all of them.
 * Inputs 0..2: feeder i has failed; input 3: feeders differ. Output 0 is the interrupt, outputs 1
 * and 2 are the number of the feeder in use.
 * This unit has a clock of its own, so that it works while its block stands still.
 * Aligned 32-bit accesses only. Bus errors: a write to FAILED, FEEDERS or COUNT.
 * Source: specs/dual-block-mcu.md, sections 1 and 2; the registers are our choice.
 */

const CTRL:    u32 = 0x00;
const SELECT:  u32 = 0x04;
const STATUS:  u32 = 0x08;
const FAILED:  u32 = 0x0c;
const FEEDERS: u32 = 0x10;
const COUNT:   u32 = 0x14;

const CTRL_AUTO: u32 = 1 << 0;
const CTRL_IRQ:  u32 = 1 << 1;

const STATUS_MOVED:    u32 = 1 << 0;
const STATUS_LOST:     u32 = 1 << 1;
const STATUS_REPORTED: u32 = 1 << 2;

const FEEDER_COUNT: u32 = 3;
const IN_FAILED: u32 = 0x7;
const IN_ANY: u32 = 0xf;
const OUT_INTERRUPT: u32 = 1 << 0;

@unmanaged export class ClockSwitch extends DeviceHead {
  ctrl: u32;
  status: u32;
  current: u32;   // number of the feeder in use
  count: u32;
  failed: u32;    // inputs as last seen
  feeders: u32;   // mask of those that exist
  domain0: u32;   // clock domains of the feeders
  domain1: u32;
  domain2: u32;
  reserved: u32;
}

/** `parameters`: PARAM0..2 domains of the feeders or NONE, PARAM3 the one in use at power-on. */
export function clockSwitchReset(b: usize, cause: u32, now: u64, parameters: usize): void {
  const s = changetype<ClockSwitch>(b);
  s.ctrl = 0;
  if (s.feeders == 0) {
    for (let feeder: u32 = 0; feeder < FEEDER_COUNT; feeder++) {
      const domain = load<u32>(parameters + (<usize>feeder << 2));
      store<u32>(b + (<usize>feeder << 2), domain, offsetof<ClockSwitch>("domain0"));
      if (domain != NONE) s.feeders |= 1 << feeder;
    }
    s.current = load<u32>(parameters, 12);
  }
  if (cause == RESET_POWER_ON) {
    s.status = 0;
    s.count = 0;
  }
  s.failed = s.inputs & IN_FAILED;
  s.due = NEVER;
  s.doorbell = 0;
  s.doorbellValue = 0;
  drive(s);
}

export function clockSwitchRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return clockSwitchPeek(b, offset, now);
}

export function clockSwitchWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4) return BUS_ERROR;
  const s = changetype<ClockSwitch>(b);
  switch (offset) {
    case CTRL:
      s.ctrl = value & (CTRL_AUTO | CTRL_IRQ);
      look(s);
      break;
    case SELECT:
      if (((s.feeders >> (value & 3)) & 1) != 0) {
        select(s, value & 3);
        look(s);
      }
      break;
    case STATUS: s.status &= ~value; break;
    default:     return BUS_ERROR;
  }
  drive(s);
  return BUS_OK;
}

export function clockSwitchPeek(b: usize, offset: u32, now: u64): u64 {
  const s = changetype<ClockSwitch>(b);
  switch (offset) {
    case CTRL:    return <u64>s.ctrl;
    case SELECT:  return <u64>s.current;
    case STATUS:  return <u64>s.status;
    case FAILED:  return <u64>s.failed;
    case FEEDERS: return <u64>s.feeders;
    case COUNT:   return <u64>s.count;
    default:      return READ_ERROR;
  }
}

/** Never due: this unit follows its wires and its registers only. */
export function clockSwitchEvent(b: usize, now: u64): void {
  changetype<ClockSwitch>(b).due = NEVER;
}

export function clockSwitchInput(b: usize, levels: u32, now: u64): void {
  const s = changetype<ClockSwitch>(b);
  if (levels & ~s.inputs & IN_ANY) s.status |= STATUS_REPORTED;
  s.inputs = levels;
  s.failed = levels & IN_FAILED;
  look(s);
  drive(s);
}

/** Leaves a feeder that has failed, if it may and there is a better one. */
function look(s: ClockSwitch): void {
  if (((s.failed >> s.current) & 1) == 0) return;
  const healthy = s.feeders & ~s.failed;
  if ((s.ctrl & CTRL_AUTO) == 0 || healthy == 0) {
    s.status |= STATUS_LOST;
    return;
  }
  s.status |= STATUS_MOVED;
  select(s, ctz(healthy));
}

function select(s: ClockSwitch, feeder: u32): void {
  if (feeder == s.current) return;
  s.current = feeder;
  s.count += 1;
  const at = changetype<usize>(s) + (<usize>feeder << 2);
  ringValue(s, DOORBELL_CLOCK, load<u32>(at, offsetof<ClockSwitch>("domain0")));
}

function drive(s: ClockSwitch): void {
  const asks = (s.ctrl & CTRL_IRQ) != 0 && s.status != 0;
  s.outputs = (asks ? OUT_INTERRUPT : 0) | (s.current << 1);
}
