import { BUS_ERROR, BUS_OK } from "../kernel/abi";
import { DeviceHead, READ_ERROR } from "../bus/head";
import { NEVER } from "../kernel/clock";

/**
 * PWM unit: three complementary, centre-aligned pairs with dead time and a safe state.
 *
 *   offset  name       access  reset        meaning
 *   0x00    CTRL       RW      0x0000_0000  Control; other bits read 0.
 *           [0]        EN              The counter runs. Setting it starts at the bottom.
 *           [1]        OUTPUT          The outputs follow the compares; 0: all off.
 *           [2]        IRQ_TOP         STATUS.TOP raises the interrupt.
 *           [3]        IRQ_BOTTOM      STATUS.BOTTOM raises the interrupt.
 *           [4]        TRIGGER_TOP     The trigger output toggles at the top.
 *           [5]        TRIGGER_BOTTOM  The trigger output toggles at the bottom.
 *           [11:8]     STALE           Bottoms without COMPARE_W before safe state; 0: never.
 *   0x04    STATUS     W1C     0x0000_0000  What has happened; bits 31..6 read 0.
 *           [0]        TOP             The counter was at the top.
 *           [1]        BOTTOM          The counter was at the bottom.
 *           [2]        SAFE            All outputs are off. A 1 leaves safe state.
 *           [3]        BY_STALE        Safe state came from CTRL.STALE.
 *           [4]        BY_INPUT        Safe state came from a safe-state input.
 *           [5]        BY_SOFTWARE     Safe state came from a write to SAFE.
 *   0x08    PERIOD     RW      0x0000_07d0  Cycles from bottom to top; at least 2.
 *           [15:0]     CYCLES          A whole period is twice as long. Double-buffered.
 *   0x0c    DEAD_TIME  RW      0x0000_0028  Dead time.
 *           [9:0]      CYCLES          From one side off to the other on. Double-buffered.
 *   0x10    COMPARE_U  RW      0x0000_0000  On-time of pair U.
 *           [15:0]     CYCLES          Half of it, around the bottom. Double-buffered.
 *   0x14    COMPARE_V  RW      0x0000_0000  On-time of pair V.
 *           [15:0]     CYCLES          Half of it, around the bottom. Double-buffered.
 *   0x18    COMPARE_W  RW      0x0000_0000  On-time of pair W; writing it is the update.
 *           [15:0]     CYCLES          Half of it, around the bottom. Double-buffered.
 *   0x1c    COUNT      RO      0x0000_0000  The counter in this cycle.
 *           [15:0]     VALUE           0 at the bottom, PERIOD - 1 at the top.
 *           [31]       DOWN            It counts down.
 *   0x20    SAFE       WO      -            Any value: safe state at once.
 *   0x24    OUTPUTS    RO      0x0000_0000  Levels of the six outputs.
 *           [5:0]      LEVELS          UH, UL, VH, VL, WH, WL from bit 0 on.
 *
 * The counter takes 2 x PERIOD cycles from bottom to bottom: 0 .. PERIOD - 1, then PERIOD - 1 .. 0.
 * The high side of a pair is asked for while COUNT < COMPARE: 2 x COMPARE cycles, symmetric about
 * the bottom; a compare of 0 asks never, one of PERIOD or more always. A side goes off in the cycle
 * in which the other is asked for and that one on DEAD_TIME cycles later, if it is still asked for
 * then. Setting OUTPUT, and leaving safe state, start with a dead time.
 * PERIOD, DEAD_TIME and the compares in force change at the bottom, and at once while EN = 0; a
 * read gives the value written. The bottom is the first cycle of a period, the top the cycle
 * PERIOD cycles later; STATUS, interrupt and trigger change in that cycle.
 * CTRL.STALE = n: safe state at the n-th bottom since the last write to COMPARE_W (or since EN),
 * so that a control loop that has stopped does not leave its last voltage on the motor.
 * Safe state: all outputs are off from the cycle of the cause on. STATUS.SAFE can be cleared only
 * while no safe-state input is up; the causes are cleared with it. A reset clears it too, and takes
 * the outputs off by CTRL. The safe-state inputs come from machine wires.
 * Outputs 0..5 are UH, UL, VH, VL, WH, WL; 6 is the trigger, whose every edge counts; 7 is the
 * interrupt. Inputs 0..3 are safe-state inputs. A write in the cycle of a bottom comes after it.
 * Aligned 32-bit accesses only. Bus errors: a write to COUNT or OUTPUTS, a read of SAFE.
 * Source: specs/dual-block-mcu.md, section 4; the registers and STALE are our choice.
 */

const CTRL:      u32 = 0x00;
const STATUS:    u32 = 0x04;
const PERIOD:    u32 = 0x08;
const DEAD_TIME: u32 = 0x0c;
const COMPARE_U: u32 = 0x10;
const COMPARE_V: u32 = 0x14;
const COMPARE_W: u32 = 0x18;
const COUNT:     u32 = 0x1c;
const SAFE:      u32 = 0x20;
const OUTPUTS:   u32 = 0x24;

const CTRL_EN:             u32 = 1 << 0;
const CTRL_OUTPUT:         u32 = 1 << 1;
const CTRL_IRQ_TOP:        u32 = 1 << 2;
const CTRL_IRQ_BOTTOM:     u32 = 1 << 3;
const CTRL_TRIGGER_TOP:    u32 = 1 << 4;
const CTRL_TRIGGER_BOTTOM: u32 = 1 << 5;
const CTRL_BITS:           u32 = 0x0f3f;
const STALE_SHIFT:         u32 = 8;

const STATUS_TOP:         u32 = 1 << 0;
const STATUS_BOTTOM:      u32 = 1 << 1;
const STATUS_SAFE:        u32 = 1 << 2;
const STATUS_BY_STALE:    u32 = 1 << 3;
const STATUS_BY_INPUT:    u32 = 1 << 4;
const STATUS_BY_SOFTWARE: u32 = 1 << 5;
const STATUS_CAUSES:      u32 = 7 << 3;

const COUNT_DOWN: u32 = 1 << 31;
const RESET_PERIOD_CYCLES: u32 = 2000;  // 20 kHz at 80 MHz
const RESET_DEAD_CYCLES: u32 = 40;      // 0.5 us at 80 MHz

const PAIRS: u32 = 3;
const LEVELS: u32 = 0x3f;
const OUT_TRIGGER: u32 = 1 << 6;
const OUT_INTERRUPT: u32 = 1 << 7;
const SAFE_INPUTS: u32 = 0xf;

@unmanaged export class Pwm extends DeviceHead {
  start: u64;         // cycle of the last bottom, while EN
  counted: u64;       // on-times are added up to this cycle
  since0: u64;        // of each pair: cycle in which what is asked for last changed
  since1: u64;
  since2: u64;
  ctrl: u32;
  status: u32;
  period: u32;        // in force
  deadTime: u32;
  compare0: u32;
  compare1: u32;
  compare2: u32;
  periodNext: u32;    // wait for the bottom
  deadTimeNext: u32;
  compareNext0: u32;
  compareNext1: u32;
  compareNext2: u32;
  asked: u32;         // bit i: pair i asks for its high side
  stale: u32;         // bottoms since COMPARE_W was last written
  stuckLow: u32;      // fault sites: outputs that are held
  stuckHigh: u32;
  broken: u32;        // fault site: the unit does nothing, its outputs are off
  on0: u32;           // cycles for which each output was on since they were last taken
  on1: u32;
  on2: u32;
  on3: u32;
  on4: u32;
  on5: u32;
  taken: u32;         // cycle in which they were last taken, modulo 2^32
}

/** The safe-state inputs, the faults and the on-times (the plant's) stay. */
export function pwmReset(b: usize, cause: u32, now: u64): void {
  const p = changetype<Pwm>(b);
  account(p, now);
  p.start = 0;
  p.since0 = 0;
  p.since1 = 0;
  p.since2 = 0;
  p.ctrl = 0;
  p.status = 0;
  p.periodNext = RESET_PERIOD_CYCLES;
  p.deadTimeNext = RESET_DEAD_CYCLES;
  p.compareNext0 = 0;
  p.compareNext1 = 0;
  p.compareNext2 = 0;
  takeBuffered(p);
  p.asked = 0;
  p.stale = 0;
  p.outputs &= OUT_TRIGGER; // an edge would start a conversion
  p.doorbell = 0;
  p.doorbellValue = 0;
  if (p.inputs & SAFE_INPUTS) enterSafe(p, STATUS_BY_INPUT);
  drive(p, now);
}

export function pwmRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return pwmPeek(b, offset, now);
}

export function pwmWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4) return BUS_ERROR;
  const p = changetype<Pwm>(b);
  account(p, now);
  switch (offset) {
    case CTRL:      control(p, value & CTRL_BITS, now); break;
    case STATUS:    clearStatus(p, value, now); break;
    case PERIOD:    p.periodNext = value & 0xffff; break;
    case DEAD_TIME: p.deadTimeNext = value & 0x3ff; break;
    case COMPARE_U: p.compareNext0 = value & 0xffff; break;
    case COMPARE_V: p.compareNext1 = value & 0xffff; break;
    case COMPARE_W:
      p.compareNext2 = value & 0xffff;
      p.stale = 0;
      break;
    case SAFE:      enterSafe(p, STATUS_BY_SOFTWARE); break;
    default:        return BUS_ERROR;
  }
  if ((p.ctrl & CTRL_EN) == 0) takeBuffered(p);
  drive(p, now);
  return BUS_OK;
}

export function pwmPeek(b: usize, offset: u32, now: u64): u64 {
  const p = changetype<Pwm>(b);
  switch (offset) {
    case CTRL:      return <u64>p.ctrl;
    case STATUS:    return <u64>p.status;
    case PERIOD:    return <u64>p.periodNext;
    case DEAD_TIME: return <u64>p.deadTimeNext;
    case COMPARE_U: return <u64>p.compareNext0;
    case COMPARE_V: return <u64>p.compareNext1;
    case COMPARE_W: return <u64>p.compareNext2;
    case COUNT:     return <u64>count(p, now);
    case OUTPUTS:   return <u64>(p.outputs & LEVELS);
    default:        return READ_ERROR;
  }
}

/** An edge of an output, the top or the bottom. */
export function pwmEvent(b: usize, now: u64): void {
  const p = changetype<Pwm>(b);
  account(p, now);
  if (now - p.start == <u64>p.period << 1) atBottom(p, now);
  else if (now - p.start == <u64>p.period) atTop(p);
  drive(p, now);
}

export function pwmInput(b: usize, levels: u32, now: u64): void {
  const p = changetype<Pwm>(b);
  p.inputs = levels;
  account(p, now);
  if (levels & SAFE_INPUTS) enterSafe(p, STATUS_BY_INPUT);
  drive(p, now);
}

/**
 * Fault sites. 0..5: an output, value 0 free, 1 stuck low, 2 stuck high. 6: the unit, 0 whole,
 * 1 broken (it stands, its outputs are off). Returns false where there is no such site or value.
 */
export function pwmFault(b: usize, site: u32, value: u32, now: u64): bool {
  const p = changetype<Pwm>(b);
  if (site > 6 || value > (site < 6 ? <u32>2 : <u32>1)) return false;
  account(p, now);
  if (site == 6) {
    p.broken = value;
    if (value == 0 && (p.ctrl & CTRL_EN)) begin(p, now);
  } else {
    const bit: u32 = 1 << site;
    p.stuckLow = value == 1 ? p.stuckLow | bit : p.stuckLow & ~bit;
    p.stuckHigh = value == 2 ? p.stuckHigh | bit : p.stuckHigh & ~bit;
  }
  drive(p, now);
  return true;
}

/** Cycles for which output `output` (0..5) was on since they were last taken (`pwmTaken`). */
export function pwmOnTime(b: usize, output: u32, now: u64): u32 {
  account(changetype<Pwm>(b), now);
  return load<u32>(b + (<usize>output << 2), offsetof<Pwm>("on0"));
}

/** Cycles since the on-times were last taken, modulo 2^32. */
export function pwmWindow(b: usize, now: u64): u32 {
  return <u32>now - changetype<Pwm>(b).taken;
}

/** The plant has taken the on-times: they count from 0 again. */
export function pwmTaken(b: usize, now: u64): void {
  account(changetype<Pwm>(b), now);
  memory.fill(b + offsetof<Pwm>("on0"), 0, 24);
  changetype<Pwm>(b).taken = <u32>now;
}

// ---- inside -------------------------------------------------------------------------------------

/** Adds up on-times: the outputs have had their levels since `counted`. */
function account(p: Pwm, now: u64): void {
  const cycles = <u32>(now - p.counted);
  const levels = p.outputs;
  p.counted = now;
  if (cycles == 0 || (levels & LEVELS) == 0) return;
  const first = changetype<usize>(p) + offsetof<Pwm>("on0");
  for (let output: usize = 0; output < 6; output++) {
    if ((levels >> <u32>output) & 1) {
      const at = first + (output << 2);
      store<u32>(at, load<u32>(at) + cycles);
    }
  }
}

function takeBuffered(p: Pwm): void {
  p.period = p.periodNext < 2 ? 2 : p.periodNext;
  p.deadTime = p.deadTimeNext;
  p.compare0 = p.compareNext0;
  p.compare1 = p.compareNext1;
  p.compare2 = p.compareNext2;
}

function begin(p: Pwm, now: u64): void {
  p.start = now;
  p.stale = 0;
  takeBuffered(p);
  restart(p, now);
}

/** All sides are off: whatever is asked for comes on a dead time from now. */
function restart(p: Pwm, now: u64): void {
  p.since0 = now;
  p.since1 = now;
  p.since2 = now;
}

function control(p: Pwm, value: u32, now: u64): void {
  const set = value & ~p.ctrl;
  p.ctrl = value;
  if (set & CTRL_EN) begin(p, now);
  if (set & CTRL_OUTPUT) restart(p, now);
}

function clearStatus(p: Pwm, value: u32, now: u64): void {
  p.status &= ~(value & (STATUS_TOP | STATUS_BOTTOM));
  if ((value & p.status & STATUS_SAFE) == 0 || (p.inputs & SAFE_INPUTS) != 0) return;
  p.status &= ~(STATUS_SAFE | STATUS_CAUSES);
  p.stale = 0;
  restart(p, now);
}

function enterSafe(p: Pwm, cause: u32): void {
  p.status |= STATUS_SAFE | cause;
}

function atTop(p: Pwm): void {
  p.status |= STATUS_TOP;
  if (p.ctrl & CTRL_TRIGGER_TOP) p.outputs ^= OUT_TRIGGER;
}

function atBottom(p: Pwm, now: u64): void {
  p.start = now;
  p.status |= STATUS_BOTTOM;
  if (p.ctrl & CTRL_TRIGGER_BOTTOM) p.outputs ^= OUT_TRIGGER;
  takeBuffered(p);
  p.stale += 1;
  const limit = (p.ctrl >> STALE_SHIFT) & 0xf;
  if (limit != 0 && p.stale >= limit) enterSafe(p, STATUS_BY_STALE);
}

function running(p: Pwm): bool {
  return (p.ctrl & CTRL_EN) != 0 && p.broken == 0;
}

function count(p: Pwm, now: u64): u32 {
  if (!running(p)) return 0;
  const phase = <u32>(now - p.start);
  return phase < p.period ? phase : ((p.period << 1) - 1 - phase) | COUNT_DOWN;
}

// @ts-ignore: decorator
@inline
function compareOf(p: Pwm, pair: u32): u32 {
  return load<u32>(changetype<usize>(p) + (<usize>pair << 2), offsetof<Pwm>("compare0"));
}

// @ts-ignore: decorator
@inline
function since(p: Pwm, pair: u32): u64 {
  return load<u64>(changetype<usize>(p) + (<usize>pair << 3), offsetof<Pwm>("since0"));
}

/** Takes what each pair asks for in this cycle, sets the outputs and the next event. */
function drive(p: Pwm, now: u64): void {
  if (running(p)) ask(p, now);
  const on = running(p) && (p.ctrl & CTRL_OUTPUT) != 0 && (p.status & STATUS_SAFE) == 0;
  let levels: u32 = on ? sidesOn(p, now) : 0;
  levels = (levels & ~p.stuckLow) | p.stuckHigh;
  const interrupts =
    (p.ctrl & CTRL_IRQ_TOP && p.status & STATUS_TOP) ||
    (p.ctrl & CTRL_IRQ_BOTTOM && p.status & STATUS_BOTTOM);
  p.outputs = (p.outputs & OUT_TRIGGER) | levels | (interrupts ? OUT_INTERRUPT : 0);
  p.due = running(p) ? nextEvent(p, now, on) : NEVER;
}

function ask(p: Pwm, now: u64): void {
  const phase = <u32>(now - p.start);
  const whole = p.period << 1;
  for (let pair: u32 = 0; pair < PAIRS; pair++) {
    const compare = compareOf(p, pair);
    const high: u32 = compare >= p.period || phase < compare || phase >= whole - compare ? 1 : 0;
    if (((p.asked >> pair) & 1) == high) continue;
    p.asked ^= 1 << pair;
    store<u64>(changetype<usize>(p) + (<usize>pair << 3), now, offsetof<Pwm>("since0"));
  }
}

/** The sides whose dead time is over. */
function sidesOn(p: Pwm, now: u64): u32 {
  let levels: u32 = 0;
  for (let pair: u32 = 0; pair < PAIRS; pair++) {
    if (now - since(p, pair) < <u64>p.deadTime) continue;
    levels |= 1 << ((pair << 1) + (((p.asked >> pair) & 1) ^ 1));
  }
  return levels;
}

/** The next bottom or top, change of what is asked for, or end of a dead time. */
function nextEvent(p: Pwm, now: u64, on: bool): u64 {
  const top = p.start + p.period;
  const bottom = top + p.period;
  let next = now < top ? top : bottom;
  if (!on) return next;
  for (let pair: u32 = 0; pair < PAIRS; pair++) {
    const compare = compareOf(p, pair);
    if (compare != 0 && compare < p.period) {
      next = sooner(next, p.start + compare, now);
      next = sooner(next, bottom - compare, now);
    }
    next = sooner(next, since(p, pair) + p.deadTime, now);
  }
  return next;
}

/** The earlier of `next` and `cycle`, if that is still to come. */
// @ts-ignore: decorator
@inline
function sooner(next: u64, cycle: u64, now: u64): u64 {
  return cycle > now && cycle < next ? cycle : next;
}
