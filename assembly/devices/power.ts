import { BUS_ERROR, BUS_OK, DOORBELL_TRACE, TraceKind } from "../kernel/abi";
import { DeviceHead, READ_ERROR, ringValue } from "../bus/head";
import { NEVER } from "../kernel/clock";
import { HEAD_BYTES } from "../kernel/layout";

/**
 * Power control: rails in sequence, power-good, the host's power and reset lines, front panel.
 *
 *   offset  name     access  reset        meaning
 *   0x00    COMMAND  WO      -            What to do; see below when it is ignored.
 *           =1     ON             Switches the rails on in sequence, then lets the host run.
 *           =2     OFF            Holds the host in reset and switches the rails off.
 *           =3     RESET          A pulse of 10 ms on the host's reset line.
 *           =4     SOFT_OFF       A pulse of 100 ms on the wire that asks the host to shut down.
 *   0x04    STATE    RO      0x0000_0200  Where the sequence stands.
 *           [2:0]  SEQUENCE       The sequencer.
 *           =0     OFF            All rails are off.
 *           =1     RISING         Rails come up.
 *           =2     ON             All rails are up and the host may run.
 *           =3     FALLING        Rails go down.
 *           [8]    POWER_GOOD     All rails are in their limits.
 *           [9]    HOST_RESET     The host is held in reset.
 *           [10]   HOST_POWER     The host's own rail (VCORE) is on.
 *           [11]   SOFT_OFF       The pulse is on.
 *   0x08    RAILS    RO      0x0000_0000  Rails that are on, in the order of the sequence.
 *           [0]    P12V           12 V.
 *           [1]    P5V            5 V.
 *           [2]    P3V3           3.3 V.
 *           [3]    P1V8           1.8 V.
 *           [4]    VDDQ           1.2 V.
 *           [5]    VCORE          1.0 V.
 *   0x0c    EVENTS   W1C     0x0000_0000  What has happened; bits 31..7 read 0.
 *           [0]    POWER_BUTTON   The front panel's power button was pressed.
 *           [1]    RESET_BUTTON   The front panel's reset button was pressed.
 *           [2]    OVERRIDE       The power button was held for 4 s: the rails went off.
 *           [3]    RAIL_FAULT     A rail failed: the rails went off.
 *           [4]    HOST_OFF       The host's wire "switch me off" rose.
 *           [5]    DONE           A sequence, or a reset pulse, is over.
 *           [6]    ID_BUTTON      The front panel's identify button was pressed.
 *   0x10    ENABLE   RW      0x0000_0000  Events that interrupt, bit by bit as EVENTS.
 *           [6:0]  EVENTS         The interrupt is on while an enabled event is set.
 *   0x14    CONTROL  RW      0x0000_0000  Behaviour and lamps; bits 31..2 read 0.
 *           [0]    OBEY_HOST      HOST_OFF switches the rails off without firmware.
 *           [1]    IDENTIFY       The identify lamp is on.
 *   0x18    CAUSE    RO      0x0000_0000  Why the rails went off last.
 *           =0     NONE           Not since the board has had power.
 *           =1     COMMAND        COMMAND OFF.
 *           =2     OVERRIDE       The power button, held.
 *           =3     HOST           The host's wire, with OBEY_HOST.
 *           =4     RAIL_FAULT     A rail failed; FAULTED says which.
 *   0x1c    FAULTED  RO      0x0000_0000  Rails that failed, bits as RAILS; cleared by ON.
 *
 * ON acts in the state OFF only, OFF in RISING and ON, RESET and SOFT_OFF in ON only; else a
 * COMMAND is ignored. Up: a rail every 5 ms, the first at once; power-good 10 ms after the last;
 * 20 ms later the host's reset is released and the state is ON. Down: reset at once, power-good
 * falls, after 1 ms the last rail, then one every 2 ms in reverse order; 100 ms after the last the
 * state is OFF (the rails discharge). The unit's clock is 1 MHz.
 * The unit is on standby power and belongs to no node: a reset of the BMC leaves it as it is.
 * Outputs: 0 interrupt, 1 host power, 2 host reset (1 = held), 3 soft off (to the host), 4
 * power-good, 5..10 rails P12V to VCORE, 11 the identify lamp. Input 0: the host's "switch me off".
 * Aligned 32-bit accesses only; what the table does not allow is a bus error.
 * Fault sites: 0 power button (1 pressed, 0 let go), 1 reset button, 2 identify button, 3 rail
 * fails (its number, 0..5; it stays bad until site 4), 4 rail heals.
 * Source: our choice; the order of the rails as on common server boards.
 */

const COMMAND: u32 = 0x00;
const STATE:   u32 = 0x04;
const RAILS:   u32 = 0x08;
const EVENTS:  u32 = 0x0c;
const ENABLE:  u32 = 0x10;
const CONTROL: u32 = 0x14;
const CAUSE:   u32 = 0x18;
const FAULTED: u32 = 0x1c;

const COMMAND_ON: u32 = 1;
const COMMAND_OFF: u32 = 2;
const COMMAND_RESET: u32 = 3;
const COMMAND_SOFT_OFF: u32 = 4;

const SEQUENCE_OFF: u32 = 0;
const SEQUENCE_RISING: u32 = 1;
const SEQUENCE_ON: u32 = 2;
const SEQUENCE_FALLING: u32 = 3;
const STATE_POWER_GOOD: u32 = 1 << 8;
const STATE_HOST_RESET: u32 = 1 << 9;
const STATE_HOST_POWER: u32 = 1 << 10;
const STATE_SOFT_OFF:   u32 = 1 << 11;

const EVENTS_POWER_BUTTON: u32 = 1 << 0;
const EVENTS_RESET_BUTTON: u32 = 1 << 1;
const EVENTS_OVERRIDE:     u32 = 1 << 2;
const EVENTS_RAIL_FAULT:   u32 = 1 << 3;
const EVENTS_HOST_OFF:     u32 = 1 << 4;
const EVENTS_DONE:         u32 = 1 << 5;
const EVENTS_ID_BUTTON:    u32 = 1 << 6;
const EVENTS_BITS:         u32 = 0x7f;

const CONTROL_OBEY_HOST: u32 = 1 << 0;
const CONTROL_IDENTIFY:  u32 = 1 << 1;
const CONTROL_BITS:      u32 = 3;

const CAUSE_COMMAND:    u32 = 1;
const CAUSE_OVERRIDE:   u32 = 2;
const CAUSE_HOST:       u32 = 3;
const CAUSE_RAIL_FAULT: u32 = 4;

const RAIL_COUNT: u32 = 6;
const RAIL_VCORE: u32 = 1 << 5;
const RAIL_BITS: u32 = 0x3f;

const RISE_CYCLES: u64 = 5000;
const GOOD_CYCLES: u64 = 10_000;
const RELEASE_CYCLES: u64 = 20_000;
const DROP_CYCLES: u64 = 1000;
const FALL_CYCLES: u64 = 2000;
const DISCHARGE_CYCLES: u64 = 100_000;
const RESET_PULSE_CYCLES: u64 = 10_000;
const SOFT_PULSE_CYCLES: u64 = 100_000;
const OVERRIDE_CYCLES: u64 = 4_000_000;

const IN_HOST_OFF: u32 = 1 << 0;
const OUT_INTERRUPT:  u32 = 1 << 0;
const OUT_HOST_POWER: u32 = 1 << 1;
const OUT_HOST_RESET: u32 = 1 << 2;
const OUT_SOFT_OFF:   u32 = 1 << 3;
const OUT_POWER_GOOD: u32 = 1 << 4;
const OUT_RAILS_SHIFT: u32 = 5;
const OUT_IDENTIFY:   u32 = 1 << 11;

const FAULT_POWER_BUTTON: u32 = 0;
const FAULT_RESET_BUTTON: u32 = 1;
const FAULT_ID_BUTTON: u32 = 2;
const FAULT_RAIL: u32 = 3;
const FAULT_HEAL: u32 = 4;

@unmanaged export class Power extends DeviceHead {
  sequence: u32;
  rails: u32;
  good: u32;       // power-good
  held: u32;       // the sequence holds the host in reset
  events: u32;
  enable: u32;
  control: u32;
  cause: u32;
  faulted: u32;
  broken: u32;     // rails that cannot come up, fault sites
  host: u32;       // inputs as last seen, to find their edges
  shown: u32;      // what the trace was told last
  stepAt: u64;     // next step of the sequence, or NEVER
  resetAt: u64;    // end of the reset pulse
  softAt: u64;     // end of the soft-off pulse
  overrideAt: u64; // when a held power button takes effect
}

/** Standby power comes: all rails are off. It is the only reset of a unit of no node. */
export function powerReset(b: usize, cause: u32, now: u64): void {
  const p = changetype<Power>(b);
  memory.fill(b + HEAD_BYTES, 0, offsetof<Power>() - HEAD_BYTES);
  p.held = 1;
  p.host = p.inputs;
  p.stepAt = NEVER;
  p.resetAt = NEVER;
  p.softAt = NEVER;
  p.overrideAt = NEVER;
  drive(p);
}

export function powerRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return powerPeek(b, offset, now);
}

export function powerWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4) return BUS_ERROR;
  const p = changetype<Power>(b);
  switch (offset) {
    case COMMAND: command(p, value, now); break;
    case EVENTS:  p.events &= ~value; break;
    case ENABLE:  p.enable = value & EVENTS_BITS; break;
    case CONTROL: p.control = value & CONTROL_BITS; break;
    default:      return BUS_ERROR;
  }
  drive(p);
  return BUS_OK;
}

export function powerPeek(b: usize, offset: u32, now: u64): u64 {
  const p = changetype<Power>(b);
  switch (offset) {
    case STATE:   return <u64>state(p);
    case RAILS:   return <u64>p.rails;
    case EVENTS:  return <u64>p.events;
    case ENABLE:  return <u64>p.enable;
    case CONTROL: return <u64>p.control;
    case CAUSE:   return <u64>p.cause;
    case FAULTED: return <u64>p.faulted;
    default:      return READ_ERROR;
  }
}

/** Whatever is due, in this order: the button, the pulses, the sequence. */
export function powerEvent(b: usize, now: u64): void {
  const p = changetype<Power>(b);
  if (now >= p.overrideAt) {
    p.overrideAt = NEVER;
    if (goDown(p, CAUSE_OVERRIDE, now)) p.events |= EVENTS_OVERRIDE;
  }
  if (now >= p.softAt) p.softAt = NEVER;
  if (now >= p.resetAt) {
    p.resetAt = NEVER;
    p.events |= EVENTS_DONE;
  }
  if (now >= p.stepAt) {
    if (p.sequence == SEQUENCE_RISING) rise(p, now);
    else fall(p, now);
  }
  drive(p);
}

export function powerInput(b: usize, levels: u32, now: u64): void {
  const p = changetype<Power>(b);
  const rose = levels & ~p.host;
  p.inputs = levels;
  p.host = levels;
  if ((rose & IN_HOST_OFF) != 0) {
    p.events |= EVENTS_HOST_OFF;
    if ((p.control & CONTROL_OBEY_HOST) != 0) goDown(p, CAUSE_HOST, now);
  }
  drive(p);
}

/** Fault sites, and the front panel's buttons: see the header. False if there is no such site. */
export function powerFault(b: usize, site: u32, value: u32, now: u64): bool {
  const p = changetype<Power>(b);
  if (site <= FAULT_ID_BUTTON && value <= 1) button(p, site, value, now);
  else if (site == FAULT_RAIL && value < RAIL_COUNT) railFails(p, 1 << value, now);
  else if (site == FAULT_HEAL && value < RAIL_COUNT) p.broken &= ~(1 << value);
  else return false;
  drive(p);
  return true;
}

function command(p: Power, value: u32, now: u64): void {
  const running = p.sequence == SEQUENCE_ON;
  if (value == COMMAND_ON && p.sequence == SEQUENCE_OFF) {
    p.sequence = SEQUENCE_RISING;
    p.faulted = 0;
    rise(p, now);
  } else if (value == COMMAND_OFF) goDown(p, CAUSE_COMMAND, now);
  else if (value == COMMAND_RESET && running) p.resetAt = now + RESET_PULSE_CYCLES;
  else if (value == COMMAND_SOFT_OFF && running) p.softAt = now + SOFT_PULSE_CYCLES;
}

function button(p: Power, site: u32, level: u32, now: u64): void {
  if (site == FAULT_POWER_BUTTON) {
    p.overrideAt = level ? now + OVERRIDE_CYCLES : NEVER;
    if (level) p.events |= EVENTS_POWER_BUTTON;
  } else if (level) {
    p.events |= site == FAULT_RESET_BUTTON ? EVENTS_RESET_BUTTON : EVENTS_ID_BUTTON;
  }
}

/** A rail breaks; if it was on, the sequencer takes the others down. */
function railFails(p: Power, rail: u32, now: u64): void {
  p.broken |= rail;
  if ((p.rails & rail) == 0) return;
  p.rails &= ~rail;
  railLost(p, rail, now);
}

function railLost(p: Power, rail: u32, now: u64): void {
  p.faulted |= rail;
  p.events |= EVENTS_RAIL_FAULT;
  goDown(p, CAUSE_RAIL_FAULT, now);
}

/** The next rail comes up, or power is good, or the host may run. */
function rise(p: Power, now: u64): void {
  if (p.rails != RAIL_BITS) {
    const rail = p.rails + 1; // rails are on from the lowest bit upwards
    if ((p.broken & rail) != 0) return railLost(p, rail, now);
    p.rails |= rail;
    p.stepAt = now + (p.rails == RAIL_BITS ? GOOD_CYCLES : RISE_CYCLES);
  } else if (p.good == 0) {
    p.good = 1;
    p.stepAt = now + RELEASE_CYCLES;
  } else {
    p.held = 0;
    p.sequence = SEQUENCE_ON;
    p.stepAt = NEVER;
    p.events |= EVENTS_DONE;
  }
}

/** Begins the way down; false if it goes on already or all is off. */
function goDown(p: Power, cause: u32, now: u64): bool {
  if (p.sequence != SEQUENCE_RISING && p.sequence != SEQUENCE_ON) return false;
  p.sequence = SEQUENCE_FALLING;
  p.cause = cause;
  p.good = 0;
  p.held = 1;
  p.resetAt = NEVER;
  p.softAt = NEVER;
  p.stepAt = now + DROP_CYCLES;
  return true;
}

/** The last rail that is on goes off; when none is left, the rails discharge. */
function fall(p: Power, now: u64): void {
  if (p.rails != 0) {
    p.rails &= ~(1 << (31 - clz<u32>(p.rails)));
    p.stepAt = now + (p.rails != 0 ? FALL_CYCLES : DISCHARGE_CYCLES);
    return;
  }
  p.sequence = SEQUENCE_OFF;
  p.stepAt = NEVER;
  p.events |= EVENTS_DONE;
}

function state(p: Power): u32 {
  const held = p.held != 0 || p.resetAt != NEVER;
  return p.sequence |
    (p.good ? STATE_POWER_GOOD : 0) |
    (held ? STATE_HOST_RESET : 0) |
    ((p.rails & RAIL_VCORE) != 0 ? STATE_HOST_POWER : 0) |
    (p.softAt != NEVER ? STATE_SOFT_OFF : 0);
}

function drive(p: Power): void {
  const now = state(p);
  p.outputs = ((p.events & p.enable) != 0 ? OUT_INTERRUPT : 0) |
    ((now & STATE_HOST_POWER) != 0 ? OUT_HOST_POWER : 0) |
    ((now & STATE_HOST_RESET) != 0 ? OUT_HOST_RESET : 0) |
    ((now & STATE_SOFT_OFF) != 0 ? OUT_SOFT_OFF : 0) |
    ((now & STATE_POWER_GOOD) != 0 ? OUT_POWER_GOOD : 0) |
    (p.rails << OUT_RAILS_SHIFT) |
    ((p.control & CONTROL_IDENTIFY) != 0 ? OUT_IDENTIFY : 0);
  const first = p.stepAt < p.resetAt ? p.stepAt : p.resetAt;
  const second = p.softAt < p.overrideAt ? p.softAt : p.overrideAt;
  p.due = first < second ? first : second;
  // Rails in bits 0..5, STATE's bits 8..11 and its sequence in 12..14: one record a change.
  const shown = p.rails | (now & 0xf00) | (p.sequence << 12);
  if (shown == p.shown) return;
  p.shown = shown;
  ringValue(p, DOORBELL_TRACE, TraceKind.RAIL | (shown << 8));
}
