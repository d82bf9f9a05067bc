/**
 * Wires and serial links: the only ways in which a unit reaches another.
 *
 * Wire block                                Serial link block
 *   0x00  head                                0x00  head
 *   0x20  u32  FORCE: 0 free, 1 low, 2 high   0x20  u32  CORRUPT: XOR of the next pattern
 *   0x24  u32  edges in flight                0x24  u32  frames in flight
 *   0x28  u32  index of the oldest            0x28  u32  index of the oldest
 *   0x30  u64 x 8  cycle of each edge         0x30  8 x { u64 arrival, u64 start: cycles here,
 *                                                         u64 bit time 32.32, u32 pattern,
 *                                                         u32 bits }
 * A wire's head: INPUTS bit 0 is the level at its source, OUTPUTS bit 0 the level at its target.
 * It delays by transport: edges alternate, so an edge is its cycle alone. A ninth edge in flight
 * cancels the one before it (our choice: a wire does not carry pulses that it has no room for).
 */
import { uartReceiveFrame } from "../devices/uart";
import { bitTimeOfPeer } from "../devices/uart-wave";
import { HartState, TraceKind, UnitKind } from "../kernel/abi";
import {
  UART_FRAME_BITS,
  UART_FRAME_BIT_TIME,
  UART_FRAME_ENDLESS,
  UART_FRAME_PATTERN,
  UART_FRAME_START,
} from "../kernel/blocks";
import { NEVER, cycleAt } from "../kernel/clock";
import {
  DOM_QUOTIENT,
  DOM_RATE,
  HART_PIN_RESET,
  HART_STATE,
  HEAD_DUE,
  HEAD_INPUTS,
  HEAD_OUTPUTS,
  UNIT_DOMAIN,
  UNIT_KIND,
  UNIT_PARAM2,
  UNIT_PARAM3,
  UNIT_PARAM4,
  UNIT_LINK,
} from "../kernel/layout";
import { Disturbance } from "../kernel/fault-layout";
import { trace, traceAt } from "../kernel/trace";
import { hartSetLine } from "../rv32/hart";
import { deviceInput } from "./dispatch";
import { linkCorruption, linkDelay, linkDisturbed } from "./fault-lines";
import { due, refreshDue, touched } from "./events";
import { nodePin, unitDown } from "./hold";
import { pairLine } from "./lockstep";
import { block, domainOf, domainRow, field } from "./units";

const FORCE: u32 = 0x20;
const IN_FLIGHT: u32 = 0x24;
const OLDEST: u32 = 0x28;
const SLOTS: u32 = 0x30;
const RING: u32 = 8; // edges of a wire, frames of a link

const CORRUPT: u32 = 0x20;
const FRAME_BYTES: u32 = 32;
const FRAME_START: u32 = 8;
const FRAME_BIT_TIME: u32 = 16;
const FRAME_PATTERN: u32 = 24;
const FRAME_BITS: u32 = 28;

/** The least time in ps by which a wire or link delays: what lookahead may count on. */
export function wireLatencyTime(unit: u32): u64 {
  if (field(unit, UNIT_KIND) == UnitKind.SERIAL_LINK) return field(unit, UNIT_PARAM4);
  return <u64>field(unit, UNIT_PARAM4) * load<u64>(domainOf(unit), DOM_QUOTIENT);
}

/** The source of a wire has taken a level at `time`: the edge is on its way. */
export function wireDrive(wire: u32, level: u32, time: u64): void {
  const b = block(wire);
  if (load<u32>(b, HEAD_INPUTS) == level) return;
  store<u32>(b, level, HEAD_INPUTS);
  const count = load<u32>(b, IN_FLIGHT);
  const oldest = load<u32>(b, OLDEST);
  if (count == RING) {
    store<u64>(b + SLOTS + (<usize>((oldest + count - 1) % RING) << 3), 0);
    store<u32>(b, count - 1, IN_FLIGHT);
    return;
  }
  const cycle = cycleAt(domainOf(wire), time) + field(wire, UNIT_PARAM4);
  store<u64>(b + SLOTS + (<usize>((oldest + count) % RING) << 3), cycle);
  store<u32>(b, count + 1, IN_FLIGHT);
  if (count == 0) {
    store<u64>(b, cycle, HEAD_DUE);
    refreshDue(wire);
  }
}

/** The oldest edge arrives. */
export function wireEvent(wire: u32): void {
  const b = block(wire);
  const oldest = load<u32>(b, OLDEST);
  const count = load<u32>(b, IN_FLIGHT) - 1;
  const slot = b + SLOTS + (<usize>oldest << 3);
  const cycle = load<u64>(slot);
  const time = due(wire);
  const next = count ? (oldest + 1) % RING : 0;
  store<u64>(slot, 0);
  store<u32>(b, next, OLDEST);
  store<u32>(b, count, IN_FLIGHT);
  store<u64>(b, count ? load<u64>(b + SLOTS + (<usize>next << 3)) : NEVER, HEAD_DUE);
  refreshDue(wire);
  const level = load<u32>(b, HEAD_OUTPUTS) ^ 1;
  store<u32>(b, level, HEAD_OUTPUTS);
  if (load<u32>(b, FORCE) == 0) deliver(wire, level, cycle, time);
}

/** Gives a level to the target of a wire, at a cycle of the target's domain. */
function deliver(wire: u32, level: u32, cycle: u64, time: u64): void {
  const target = field(wire, UNIT_PARAM2);
  const bit = field(wire, UNIT_PARAM3);
  traceAt(time, wire);
  trace(TraceKind.WIRE, level, target, bit, 0);
  const kind = field(target, UNIT_KIND);
  const b = block(target);
  if (kind == UnitKind.HART && bit >= HART_PIN_RESET) return nodePin(target, bit, level, time);
  if (kind == UnitKind.HART) {
    const asleep = load<u32>(b, HART_STATE) == HartState.ASLEEP;
    hartSetLine(b, bit, level, cycle);
    pairLine(b, bit, level, cycle);
    if (asleep && load<u32>(b, HART_STATE) == HartState.WAKING) {
      traceAt(time, target);
      trace(TraceKind.WAKE, bit, 0, 0, 0);
    }
    return;
  }
  deviceLevels(target, (load<u32>(b, HEAD_INPUTS) & ~(1 << bit)) | (level << bit), time);
}

/** The input wires of a device have these levels from `time` on; a held one sees them later. */
export function deviceLevels(unit: u32, levels: u32, time: u64): void {
  const b = block(unit);
  if (unitDown(unit)) {
    store<u32>(b, levels, HEAD_INPUTS);
    return;
  }
  deviceInput(field(unit, UNIT_KIND), b, levels, cycleAt(domainOf(unit), time));
  touched(unit, time);
}

/**
 * Fault site: holds a wire's target at 0 or 1 from `time` on, or frees it (`force` 0: none, 1:
 * low, 2: high).
 */
export function wireForce(wire: u32, force: u32, time: u64): void {
  const b = block(wire);
  const before = level(b);
  store<u32>(b, force, FORCE);
  const after = level(b);
  if (before != after) deliver(wire, after, cycleAt(domainOf(wire), time), time);
}

function level(b: usize): u32 {
  const force = load<u32>(b, FORCE);
  return force == 0 ? load<u32>(b, HEAD_OUTPUTS) : force - 1;
}

/** What a UART with a link does to the line from now on: the peer sees it after the latency. */
export function linkSend(source: u32, time: u64): void {
  const link = field(source, UNIT_LINK);
  const bits = load<u32>(block(source), UART_FRAME_BITS);
  const frames = bits != 0 && bits != UART_FRAME_ENDLESS; // not a break or the line's idle level
  if (frames && linkDisturbed(link, Disturbance.DROP, time)) return;
  const delay = frames ? linkDelay(link, time) : 0;
  enqueue(link, source, time, delay, frames ? linkCorruption(link, bits, time) : 0);
  if (frames && linkDisturbed(link, Disturbance.DUPLICATE, time)) {
    // The copy follows when the line has been high for one more bit time.
    const cycles = (load<u64>(block(source), UART_FRAME_BIT_TIME) * (bits + 1)) >> 32;
    enqueue(link, source, time, delay + cycles * load<u64>(domainOf(source), DOM_QUOTIENT), 0);
  }
}

/** Puts the line's waveform on its way: it arrives after the latency and `delay` ps. */
function enqueue(link: u32, source: u32, time: u64, delay: u64, corruption: u32): void {
  const b = block(link);
  const from = domainOf(source);
  const target = domainRow(field(link, UNIT_DOMAIN));
  // Elaboration bounds the latency so that frames always find room. A guest that toggles break
  // faster than that spoils the newest waveform in flight (decision 0003).
  const count = min<u32>(load<u32>(b, IN_FLIGHT), RING - 1);
  const slot = b + SLOTS + <usize>((load<u32>(b, OLDEST) + count) % RING) * FRAME_BYTES;
  const frame = block(source);
  let arrival = cycleAt(target, time + delay + field(link, UNIT_PARAM4));
  if (count) {
    // What a fault has delayed is not overtaken.
    const last = (load<u32>(b, OLDEST) + count - 1) % RING;
    const before = load<u64>(b + SLOTS + <usize>last * FRAME_BYTES);
    if (before > arrival) arrival = before;
  }
  // The first bit may lie in the past by a part of a frame: as many of the receiver's cycles.
  const past = cycleAt(from, time) - load<u64>(frame, UART_FRAME_START);
  const rate = load<u64>(from, DOM_RATE);
  const ratePeer = load<u64>(target, DOM_RATE);
  const pastPeer = bitTimeOfPeer(past << 32, rate, ratePeer) >> 32;
  store<u64>(slot, arrival);
  store<u64>(slot, arrival - pastPeer, FRAME_START);
  const bitTime = bitTimeOfPeer(load<u64>(frame, UART_FRAME_BIT_TIME), rate, ratePeer);
  store<u64>(slot, bitTime, FRAME_BIT_TIME);
  const inverted = load<u32>(b, CORRUPT) ^ corruption;
  store<u32>(slot, load<u32>(frame, UART_FRAME_PATTERN) ^ inverted, FRAME_PATTERN);
  store<u32>(slot, load<u32>(frame, UART_FRAME_BITS), FRAME_BITS);
  store<u32>(b, 0, CORRUPT);
  store<u32>(b, count + 1, IN_FLIGHT);
  if (count == 0) {
    store<u64>(b, arrival, HEAD_DUE);
    refreshDue(link);
  }
}

/** The oldest frame reaches the peer's receiver. */
export function linkEvent(link: u32): void {
  const b = block(link);
  const oldest = load<u32>(b, OLDEST);
  const count = load<u32>(b, IN_FLIGHT) - 1;
  const slot = b + SLOTS + <usize>oldest * FRAME_BYTES;
  const arrival = load<u64>(slot);
  const start = load<u64>(slot, FRAME_START);
  const bitTime = load<u64>(slot, FRAME_BIT_TIME);
  const pattern = load<u32>(slot, FRAME_PATTERN);
  const bits = load<u32>(slot, FRAME_BITS);
  const time = due(link);
  const next = count ? (oldest + 1) % RING : 0;
  memory.fill(slot, 0, FRAME_BYTES);
  store<u32>(b, next, OLDEST);
  store<u32>(b, count, IN_FLIGHT);
  store<u64>(b, count ? load<u64>(b + SLOTS + <usize>next * FRAME_BYTES) : NEVER, HEAD_DUE);
  refreshDue(link);
  const target = field(link, UNIT_PARAM2);
  if (unitDown(target)) return; // nobody listens
  uartReceiveFrame(block(target), start, bitTime, pattern, bits, arrival);
  touched(target, time);
}

/** Fault site: inverts bits of the next frame that enters the link (bit 0: the start bit). */
export function linkCorrupt(link: u32, bits: u32): void {
  store<u32>(block(link), bits, CORRUPT);
}
