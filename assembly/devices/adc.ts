import { BUS_ERROR, BUS_OK } from "../kernel/abi";
import { DeviceHead, READ_ERROR } from "../bus/head";
import { NEVER } from "../kernel/clock";

/**
 * Converter of the plant's sensors: samples all selected channels at once, converts one by one.
 *
 *   offset  name      access  reset        meaning
 *   0x00    CTRL      RW      0x0000_0000  Control; bits 31..3 read 0.
 *           [0]       EN           Conversions can start.
 *           [1]       TRIGGER      Every edge of the trigger input starts one.
 *           [2]       IRQ          STATUS.DONE raises the interrupt.
 *   0x04    STATUS    W1C     0x0000_0000  What has happened; bits 31..3 read 0.
 *           [0]       DONE         The results of a conversion are in.
 *           [1]       OVERRUN      A start came during a conversion and was ignored.
 *           [2]       BUSY         A conversion runs; a write does not clear it.
 *   0x08    CHANNELS  RW      0x0000_00ff  Which channels are converted.
 *           [7:0]     MASK         Bit i selects channel i. An empty mask starts nothing.
 *   0x0c    START     WO      -            Any value starts a conversion.
 *   0x10    CURRENT_U RO      0x0000_0000  Channel 0: current of phase U.
 *   0x14    CURRENT_V RO      0x0000_0000  Channel 1: current of phase V.
 *   0x18    CURRENT_W RO      0x0000_0000  Channel 2: current of phase W.
 *   0x1c    LINK      RO      0x0000_0000  Channel 3: voltage of the inverter's supply.
 *   0x20    ANGLE     RO      0x0000_0000  Channel 4: mechanical angle of the rotor.
 *   0x24    TORQUE    RO      0x0000_0000  Channel 5: torque of the shaft.
 *   0x28    SPARE_0   RO      0x0000_0000  Channel 6: not connected, converts to 0.
 *   0x2c    SPARE_1   RO      0x0000_0000  Channel 7: not connected, converts to 0.
 *
 * Scales (our choice): currents 12 bits, 2048 + 1 per 10 mA, positive into the motor; LINK 12 bits,
 * 1 per 25 mV; ANGLE 16 bits, 65536 per turn; TORQUE 16 bits, 32768 + 1 per mNm. Beyond the range
 * a channel saturates.
 * A start samples every selected channel in its cycle; the results appear together, with DONE,
 * 16 cycles a channel later. A start while EN = 0 does nothing; clearing EN ends a conversion
 * without results. Output 0 is the interrupt, 1 while DONE and CTRL.IRQ are set. Input 0 is the
 * trigger, rising and falling edges alike.
 * Aligned 32-bit accesses only. Bus errors: a write to a result, a read of START.
 * Source: specs/dual-block-mcu.md, sections 1 and 4; registers, scales and times are our choice.
 */

const CTRL:      u32 = 0x00;
const STATUS:    u32 = 0x04;
const CHANNELS:  u32 = 0x08;
const START:     u32 = 0x0c;
const CURRENT_U: u32 = 0x10;
const SPARE_1:   u32 = 0x2c;

const CTRL_EN:      u32 = 1 << 0;
const CTRL_TRIGGER: u32 = 1 << 1;
const CTRL_IRQ:     u32 = 1 << 2;

const STATUS_DONE:    u32 = 1 << 0;
const STATUS_OVERRUN: u32 = 1 << 1;
const STATUS_BUSY:    u32 = 1 << 2;

const CHANNEL_COUNT: u32 = 8;
const CHANNELS_MASK: u32 = 0xff;
const CHANNEL_CYCLES: u32 = 16;
const OUT_INTERRUPT: u32 = 1 << 0;
const IN_TRIGGER: u32 = 1 << 0;

@unmanaged export class Adc extends DeviceHead {
  ctrl: u32;
  status: u32;
  channels: u32;
  trigger: u32;     // level of the trigger input as last seen
  selected: u32;    // channels of the conversion that runs
  stuck: u32;       // fault sites: channels that convert `stuckN` instead
  sensors: u64;     // 8 x u16 from here: what the plant's sensors show
  sensors1: u64;
  samples: u64;     // 8 x u16: held since the start
  samples1: u64;
  results: u64;     // 8 x u16
  results1: u64;
  stuckAt: u64;     // 8 x u16
  stuckAt1: u64;
}

/** The sensors and their faults stay. */
export function adcReset(b: usize, cause: u32, now: u64): void {
  const a = changetype<Adc>(b);
  a.ctrl = 0;
  a.status = 0;
  a.channels = CHANNELS_MASK;
  a.trigger = a.inputs & IN_TRIGGER;
  a.selected = 0;
  a.samples = 0;
  a.samples1 = 0;
  a.results = 0;
  a.results1 = 0;
  a.due = NEVER;
  a.doorbell = 0;
  a.doorbellValue = 0;
  drive(a);
}

export function adcRead(b: usize, offset: u32, width: u32, now: u64): u64 {
  if (width != 4) return READ_ERROR;
  return adcPeek(b, offset, now);
}

export function adcWrite(b: usize, offset: u32, width: u32, value: u32, now: u64): u32 {
  if (width != 4) return BUS_ERROR;
  const a = changetype<Adc>(b);
  switch (offset) {
    case CTRL:
      a.ctrl = value & (CTRL_EN | CTRL_TRIGGER | CTRL_IRQ);
      if ((value & CTRL_EN) == 0) abandon(a);
      break;
    case STATUS:   a.status &= ~(value & (STATUS_DONE | STATUS_OVERRUN)); break;
    case CHANNELS: a.channels = value & CHANNELS_MASK; break;
    case START:    start(a, now); break;
    default:       return BUS_ERROR;
  }
  drive(a);
  return BUS_OK;
}

export function adcPeek(b: usize, offset: u32, now: u64): u64 {
  const a = changetype<Adc>(b);
  switch (offset) {
    case CTRL:     return <u64>a.ctrl;
    case STATUS:   return <u64>a.status;
    case CHANNELS: return <u64>a.channels;
    default:       break;
  }
  if (offset < CURRENT_U || offset > SPARE_1 || (offset & 3) != 0) return READ_ERROR;
  return <u64>load<u16>(b + <usize>((offset - CURRENT_U) >> 1), offsetof<Adc>("results"));
}

/** The last channel is converted. */
export function adcEvent(b: usize, now: u64): void {
  const a = changetype<Adc>(b);
  for (let channel: u32 = 0; channel < CHANNEL_COUNT; channel++) {
    if (((a.selected >> channel) & 1) == 0) continue;
    const at = b + (<usize>channel << 1);
    store<u16>(at, load<u16>(at, offsetof<Adc>("samples")), offsetof<Adc>("results"));
  }
  abandon(a);
  a.status |= STATUS_DONE;
  drive(a);
}

export function adcInput(b: usize, levels: u32, now: u64): void {
  const a = changetype<Adc>(b);
  const edge = (levels ^ a.trigger) & IN_TRIGGER;
  a.inputs = levels;
  a.trigger = levels & IN_TRIGGER;
  if (edge != 0 && (a.ctrl & CTRL_TRIGGER) != 0) start(a, now);
  drive(a);
}

/** The plant has moved: what the sensor of `channel` shows from now on. */
export function adcSense(b: usize, channel: u32, value: u32): void {
  store<u16>(b + (<usize>channel << 1), <u16>value, offsetof<Adc>("sensors"));
}

/**
 * Fault sites 0..7: the sensor of a channel. value 0..65535: it shows that; 0x1_0000 or more: it is
 * whole again. Returns false where there is no such site.
 */
export function adcFault(b: usize, site: u32, value: u32, now: u64): bool {
  if (site >= CHANNEL_COUNT) return false;
  const a = changetype<Adc>(b);
  const bit: u32 = 1 << site;
  const held = value <= 0xffff;
  a.stuck = held ? a.stuck | bit : a.stuck & ~bit;
  store<u16>(b + (<usize>site << 1), held ? <u16>value : 0, offsetof<Adc>("stuckAt"));
  return true;
}

function start(a: Adc, now: u64): void {
  if ((a.ctrl & CTRL_EN) == 0 || a.channels == 0) return;
  if (a.status & STATUS_BUSY) {
    a.status |= STATUS_OVERRUN;
    return;
  }
  const b = changetype<usize>(a);
  for (let channel: u32 = 0; channel < CHANNEL_COUNT; channel++) {
    const at = b + (<usize>channel << 1);
    const value = (a.stuck >> channel) & 1
      ? load<u16>(at, offsetof<Adc>("stuckAt"))
      : load<u16>(at, offsetof<Adc>("sensors"));
    store<u16>(at, value, offsetof<Adc>("samples"));
  }
  a.selected = a.channels;
  a.status |= STATUS_BUSY;
  a.due = now + <u64>(CHANNEL_CYCLES * popcnt<u32>(a.channels));
}

/** No conversion runs any more. */
function abandon(a: Adc): void {
  a.selected = 0;
  a.samples = 0;
  a.samples1 = 0;
  a.status &= ~STATUS_BUSY;
  a.due = NEVER;
}

function drive(a: Adc): void {
  const asks = (a.status & STATUS_DONE) != 0 && (a.ctrl & CTRL_IRQ) != 0;
  a.outputs = asks ? OUT_INTERRUPT : 0;
}
