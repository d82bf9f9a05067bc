import { BUS_ERROR, BUS_OK, RESET_POWER_ON } from "../kernel/abi";
import { DeviceHead, READ_ERROR } from "../bus/head";
import { NEVER } from "../kernel/clock";

/**
 * Sensors of the board behind one I2C-like bus: temperatures and supply rails.
 *
 *   offset  name     access  reset        meaning
 *   0x00    CTRL     RW      0x0000_0000  Control; bits 31..1 read 0.
 *           [0]    IRQ       The interrupt is on while DONE is set.
 *   0x04    TARGET   RW      0x0000_0000  Which chip and register.
 *           [6:0]  ADDRESS   Address of the chip.
 *           [15:8] REGISTER  Register in the chip.
 *   0x08    COMMAND  WO      -            Starts a transfer; ignored while BUSY.
 *           =1     READ      Two bytes from the register to DATA.
 *           =2     WRITE     Two bytes from DATA to the register.
 *   0x0c    STATUS   W1C     0x0000_0000  State of the transfer; a COMMAND clears DONE and NACK.
 *           [0]    BUSY      A transfer is on the bus; ignores writes.
 *           [1]    DONE      The transfer is over, well or not.
 *           [2]    NACK      No chip answered, or the chip has no such register.
 *   0x10    DATA     RW      0x0000_0000  Data of the transfer.
 *           [15:0] WORD      Most significant byte first on the bus.
 *
 * Chips: 0x48 inlet, 0x49 outlet, 0x4a regulator temperature, each with register 0 the temperature
 * (signed, 1/256 C), 2 and 3 limits that are kept (reset 0x4b00 and 0x5000: 75 C and 80 C); 0x2d
 * voltages in mV: registers 0 P12V, 1 P5V, 2 P3V3, 3 P1V8, 4 VDDQ, 5 VCORE, 6 VBAT.
 * A transfer takes 118 us (READ: address, register, address, two bytes) or 93 us (WRITE: address,
 * register, two bytes) at 400 kHz: five and four bytes of nine bits, start, stop, rounded up. The
 * value is sampled at its end. The unit's clock is 1 MHz.
 * Inputs 0..5: rails P12V to VCORE are on. Inputs 6..9: airflow from 0 to 15.
 * Aligned 32-bit accesses only; what the table does not allow is a bus error.
 * Output 0 is the interrupt, DONE AND CTRL.IRQ. A reset ends a transfer without a result.
 * Fault sites: 0 bus stuck (1: every transfer ends with NACK), 1 voltage offset (rail in bits
 * 31..16, signed mV in bits 15..0), 2 temperature offset (chip 0..2 in bits 31..16, signed 1/256 C
 * in bits 15..0).
 * Source: our choice; temperature chips after TI's TMP75, voltages after TI's ADC128D818.
 */

const CTRL:    u32 = 0x00;
const TARGET:  u32 = 0x04;
const COMMAND: u32 = 0x08;
const STATUS:  u32 = 0x0c;
const DATA:    u32 = 0x10;

const CTRL_IRQ: u32 = 1 << 0;
const TARGET_BITS: u32 = 0xff7f;
const COMMAND_READ: u32 = 1;
const COMMAND_WRITE: u32 = 2;
const STATUS_BUSY: u32 = 1 << 0;
const STATUS_DONE: u32 = 1 << 1;
const STATUS_NACK: u32 = 1 << 2;

/** 5 and 4 bytes of 9 bits, with start, (start) and stop: 47 and 37 bits of 2.5 us, rounded up. */
const READ_CYCLES: u64 = 118;
const WRITE_CYCLES: u64 = 93;

const CHIP_TEMPERATURE: u32 = 0x48; // and the two after it
const CHIP_VOLTAGE: u32 = 0x2d;
const TEMPERATURES: u32 = 3;
const VOLTAGES: u32 = 7;
const RAILS: u32 = 6;
const REGISTER_LOW: u32 = 2;
const REGISTER_HIGH: u32 = 3;
const LIMIT_LOW_RESET: u32 = 0x4b00;
const LIMIT_HIGH_RESET: u32 = 0x5000;

/** mV of each rail while it is on; VBAT always is. Real supplies are never quite nominal. */
const MILLIVOLTS = memory.data<u32>([12_040, 5010, 3305, 1802, 1201, 998, 3050]);

const IN_VCORE: u32 = 1 << 5;
const IN_RAILS: u32 = 0x3f;
const IN_AIRFLOW_SHIFT: u32 = 6;

/** Temperatures are kept in 2^-16 C. Air outside has 24 C. */
const AMBIENT: i32 = 24 << 16;
/** Above ambient without airflow while the host is on, and less for each step of airflow. */
const HEAT = memory.data<i32>([0, 28 << 16, 46 << 16]);
const COOLING = memory.data<i32>([0, 78_643, 104_858]); // 1.2 C, 1.6 C a step
/** Every 100 ms a temperature makes 1/256 of what it lacks: 25.6 s. */
const STEP_CYCLES: u64 = 100_000;
const STEP_SHIFT: i32 = 8;

const OUT_INTERRUPT: u32 = 1 << 0;

const FAULT_BUS: u32 = 0;
const FAULT_VOLTAGE: u32 = 1;
const FAULT_TEMPERATURE: u32 = 2;

@unmanaged export class Sensors extends DeviceHead {
  ctrl: u32;
  target: u32;
  status: u32;
  data: u32;
  writing: u32;      // 1 if the transfer is a WRITE
  transfer: u32;     // TARGET as it was at COMMAND
  word: u32;         // DATA as it was at COMMAND
  busStuck: u32;     // fault site
  steps: u64;        // steps of 100 ms that the temperatures have made
  inlet: i32;        // three of them, 2^-16 C
  outlet: i32;
  regulator: i32;
  lows: u32;         // three limits each, 16 bits apart from the next by 4 bytes
  low1: u32;
  low2: u32;
  highs: u32;
  high1: u32;
  high2: u32;
  temperatureOffset: i32;  // three of them, 1/256 C
  temperatureOffset1: i32;
  temperatureOffset2: i32;
  voltageOffset: i32;      // seven of them, mV
  voltageOffset1: i32;
  voltageOffset2: i32;
  voltageOffset3: i32;
  voltageOffset4: i32;
  voltageOffset5: i32;
  voltageOffset6: i32;
  reserved: u32;
}

// @ts-ignore: decorator
@inline
function word(b: usize, offset: usize, index: u32): usize {
  return b + offset + (<usize>index << 2);
}

/** The chips are not the BMC's: only power-on sets their temperatures and limits. */
export function sensorsReset(b: usize, cause: u32, now: u64): void {
  const s = changetype<Sensors>(b);
  s.ctrl = 0;
  s.target = 0;
  s.status = 0;
  s.data = 0;
  s.writing = 0;
  s.transfer = 0;
  s.word = 0;
  if (cause == RESET_POWER_ON) {
    s.steps = now / STEP_CYCLES;
    for (let chip: u32 = 0; chip < TEMPERATURES; chip++) {
      store<i32>(word(b, offsetof<Sensors>("inlet"), chip), AMBIENT);
      store<u32>(word(b, offsetof<Sensors>("lows"), chip), LIMIT_LOW_RESET);
      store<u32>(word(b, offsetof<Sensors>("highs"), chip), LIMIT_HIGH_RESET);
    }
  }
  s.due = NEVER;
  s.doorbell = 0;
  s.doorbellValue = 0;
  drive(s);
}

export function sensorsRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return sensorsPeek(b, offset, now);
}

export function sensorsWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4) return BUS_ERROR;
  const s = changetype<Sensors>(b);
  switch (offset) {
    case CTRL:    s.ctrl = value & CTRL_IRQ; break;
    case TARGET:  s.target = value & TARGET_BITS; break;
    case COMMAND: start(s, value, now); break;
    case STATUS:  s.status &= ~(value & (STATUS_DONE | STATUS_NACK)); break;
    case DATA:    s.data = value & 0xffff; break;
    default:      return BUS_ERROR;
  }
  drive(s);
  return BUS_OK;
}

export function sensorsPeek(b: usize, offset: u32, now: u64): u64 {
  const s = changetype<Sensors>(b);
  switch (offset) {
    case CTRL:   return <u64>s.ctrl;
    case TARGET: return <u64>s.target;
    case STATUS: return <u64>s.status;
    case DATA:   return <u64>s.data;
    default:     return READ_ERROR;
  }
}

/** The transfer's last bit is over. */
export function sensorsEvent(b: usize, now: u64): void {
  const s = changetype<Sensors>(b);
  if (now < s.due) return;
  s.due = NEVER;
  settle(s, now);
  const good = s.busStuck == 0 && (s.writing ? chipWrite(s) : chipRead(s));
  s.status = STATUS_DONE | (good ? 0 : STATUS_NACK);
  drive(s);
}

export function sensorsInput(b: usize, levels: u32, now: u64): void {
  const s = changetype<Sensors>(b);
  settle(s, now);
  s.inputs = levels;
}

/** Fault sites: see the header. False if there is no such site, chip or rail. */
export function sensorsFault(b: usize, site: u32, value: u32, now: u64): bool {
  const which = value >> 16;
  const offset = <i32>(<i16>value);
  if (site == FAULT_BUS && value <= 1) {
    changetype<Sensors>(b).busStuck = value;
  } else if (site == FAULT_VOLTAGE && which < VOLTAGES) {
    store<i32>(word(b, offsetof<Sensors>("voltageOffset"), which), offset);
  } else if (site == FAULT_TEMPERATURE && which < TEMPERATURES) {
    store<i32>(word(b, offsetof<Sensors>("temperatureOffset"), which), offset);
  } else return false;
  return true;
}

function start(s: Sensors, command: u32, now: u64): void {
  if ((s.status & STATUS_BUSY) != 0) return;
  if (command != COMMAND_READ && command != COMMAND_WRITE) return;
  s.status = STATUS_BUSY;
  s.writing = command == COMMAND_WRITE ? 1 : 0;
  s.transfer = s.target;
  s.word = s.data;
  s.due = now + (s.writing ? WRITE_CYCLES : READ_CYCLES);
}

/** Register `transfer` of its chip to DATA; false where nothing answers. */
function chipRead(s: Sensors): bool {
  const b = changetype<usize>(s);
  const chip = s.transfer & 0x7f;
  const register = s.transfer >> 8;
  if (chip == CHIP_VOLTAGE && register < VOLTAGES) {
    s.data = <u32>millivolts(s, register) & 0xffff;
    return true;
  }
  const which = chip - CHIP_TEMPERATURE;
  if (which >= TEMPERATURES) return false;
  if (register == 0) s.data = temperature(b, which);
  else if (register == REGISTER_LOW) s.data = load<u32>(word(b, offsetof<Sensors>("lows"), which));
  else if (register == REGISTER_HIGH) {
    s.data = load<u32>(word(b, offsetof<Sensors>("highs"), which));
  } else return false;
  return true;
}

/** Only the limits can be written. */
function chipWrite(s: Sensors): bool {
  const b = changetype<usize>(s);
  const which = (s.transfer & 0x7f) - CHIP_TEMPERATURE;
  const register = s.transfer >> 8;
  if (which >= TEMPERATURES) return false;
  if (register == REGISTER_LOW) store<u32>(word(b, offsetof<Sensors>("lows"), which), s.word);
  else if (register == REGISTER_HIGH) {
    store<u32>(word(b, offsetof<Sensors>("highs"), which), s.word);
  } else return false;
  return true;
}

function millivolts(s: Sensors, rail: u32): i32 {
  const on = rail >= RAILS || ((s.inputs & IN_RAILS) >> rail) & 1;
  if (!on) return 0;
  const offset = load<i32>(word(changetype<usize>(s), offsetof<Sensors>("voltageOffset"), rail));
  const value = load<i32>(MILLIVOLTS + (<usize>rail << 2)) + offset;
  return value > 0 ? value : 0;
}

/** A chip's register 0: 1/256 C, to the 1/16 C that such chips resolve. */
function temperature(b: usize, chip: u32): u32 {
  const offset = load<i32>(word(b, offsetof<Sensors>("temperatureOffset"), chip));
  const value = (load<i32>(word(b, offsetof<Sensors>("inlet"), chip)) >> 8) + offset;
  return <u32>value & 0xfff0;
}

/** Brings the temperatures to `now`, with the inputs as they have been until then. */
function settle(s: Sensors, now: u64): void {
  const steps = now / STEP_CYCLES;
  const count = steps - s.steps;
  s.steps = steps;
  const airflow = <i32>((s.inputs >> IN_AIRFLOW_SHIFT) & 15);
  for (let chip: u32 = 0; chip < TEMPERATURES; chip++) {
    let target = AMBIENT;
    if ((s.inputs & IN_VCORE) != 0) {
      const at = <usize>chip << 2;
      target += load<i32>(HEAT + at) - airflow * load<i32>(COOLING + at);
    }
    const at = word(changetype<usize>(s), offsetof<Sensors>("inlet"), chip);
    store<i32>(at, approach(load<i32>(at), target, count));
  }
}

/** `count` steps towards `target`; it is reached after some 2500, whatever `count` is. */
function approach(value: i32, target: i32, count: u64): i32 {
  for (; count > 0 && value != target; count--) {
    const lacking = target - value;
    const near = lacking > -(1 << STEP_SHIFT) && lacking < 1 << STEP_SHIFT;
    value = near ? target : value + (lacking >> STEP_SHIFT);
  }
  return value;
}

function drive(s: Sensors): void {
  const interrupt = (s.status & STATUS_DONE) != 0 && (s.ctrl & CTRL_IRQ) != 0;
  s.outputs = interrupt ? OUT_INTERRUPT : 0;
}
