/**
 * The event queue, and what follows when a device has been touched.
 *
 * A unit's next event lies in its own state (HEAD_DUE, cycles of its domain). Its time in ps is
 * cached in derived memory, with the least of each node beside it. Order: (time, rank, unit).
 */
import {
  DOORBELL_CLOCK,
  DOORBELL_FRAME,
  DOORBELL_MARK,
  DOORBELL_PECI,
  DOORBELL_POWER_OFF,
  DOORBELL_RESET,
  DOORBELL_SENT,
  DOORBELL_TRACE,
  FaultKind,
  HaltKind,
  TraceKind,
  UnitKind,
} from "../kernel/abi";
import { PWM_LEVELS, UART_RX_LAST, UART_RX_TOTAL } from "../kernel/blocks";
import { NEVER, edgeTime } from "../kernel/clock";
import {
  DERIVED_BASE,
  D_DUE,
  D_LIST,
  D_LIST_START,
  D_NODE_DUE,
  HEAD_DOORBELL,
  HEAD_DOORBELL_VALUE,
  HEAD_DUE,
  HEAD_OUTPUTS,
  HEAD_RECEIVED,
  HEAD_SEEN,
  H_HART_COUNT,
  NONE,
  UNIT_DOMAIN,
  UNIT_KIND,
  UNIT_LINK,
  UNIT_NODE,
  UNIT_PARAM1,
  UNIT_RANK,
  UNIT_WIRES,
  UNIT_WIRE_COUNT,
} from "../kernel/layout";
import { serialOut, trace, traceAt } from "../kernel/trace";
import { clockSwitch } from "./clocks";
import { deviceEvent } from "./dispatch";
import { LINE_LOST, lineFault } from "./fault-lines";
import { halt } from "./halt";
import { peciRing } from "./peci";
import { plantGive, plantTake } from "./plant";
import { resetNode } from "./reset";
import { block, domainOf, field, header } from "./units";
import { linkEvent, linkSend, wireDrive, wireEvent } from "./wiring";

/** Time of a unit's next event; NEVER if it has none (or if it is far: see clock.ts). */
// @ts-ignore: decorator
@inline
export function due(unit: u32): u64 {
  return load<u64>(<usize>load<u32>(DERIVED_BASE, D_DUE) + (<usize>unit << 3));
}

/** Least event time of a node; node = number of harts for the units of no node. */
// @ts-ignore: decorator
@inline
export function nodeDue(node: u32): u64 {
  return load<u64>(<usize>load<u32>(DERIVED_BASE, D_NODE_DUE) + (<usize>node << 3));
}

// @ts-ignore: decorator
@inline
function listStart(node: u32): u32 {
  return load<u32>(<usize>load<u32>(DERIVED_BASE, D_LIST_START) + (<usize>node << 2));
}

// @ts-ignore: decorator
@inline
function listed(index: u32): u32 {
  return load<u32>(<usize>load<u32>(DERIVED_BASE, D_LIST) + (<usize>index << 2));
}

/** A unit's HEAD_DUE (or its clock) has changed: brings the cached times up to date. */
export function refreshDue(unit: u32): void {
  const cycle = load<u64>(block(unit), HEAD_DUE);
  const time = cycle == NEVER ? NEVER : edgeTime(domainOf(unit), cycle);
  const slot = <usize>load<u32>(DERIVED_BASE, D_DUE) + (<usize>unit << 3);
  const before = load<u64>(slot);
  if (before == time) return;
  store<u64>(slot, time);
  const owner = field(unit, UNIT_NODE);
  const node = owner == NONE ? header(H_HART_COUNT) : owner;
  const least = <usize>load<u32>(DERIVED_BASE, D_NODE_DUE) + (<usize>node << 3);
  if (time <= load<u64>(least)) store<u64>(least, time);
  else if (before == load<u64>(least)) refreshNode(node);
}

/** Takes the least due time of a node's units anew. */
export function refreshNode(node: u32): void {
  let least = NEVER;
  const end = listStart(node + 1);
  for (let index = listStart(node); index < end; index++) {
    const time = due(listed(index));
    if (time < least) least = time;
  }
  store<u64>(<usize>load<u32>(DERIVED_BASE, D_NODE_DUE) + (<usize>node << 3), least);
}

/** Executes the first event, by (rank, unit), of those due at the node's least time. */
export function fireNode(node: u32): void {
  const time = nodeDue(node);
  let first = NONE;
  let firstRank: u32 = u32.MAX_VALUE;
  const end = listStart(node + 1);
  for (let index = listStart(node); index < end; index++) {
    const unit = listed(index);
    if (due(unit) != time) continue;
    const rank = field(unit, UNIT_RANK);
    if (rank < firstRank) {
      firstRank = rank;
      first = unit;
    }
  }
  assert(first != NONE);
  fire(first, time);
}

function fire(unit: u32, time: u64): void {
  const kind = field(unit, UNIT_KIND);
  traceAt(time, unit);
  if (kind == UnitKind.WIRE) return wireEvent(unit);
  if (kind == UnitKind.SERIAL_LINK) return linkEvent(unit);
  const b = block(unit);
  if (kind == UnitKind.PLANT) plantTake(unit, time);
  deviceEvent(kind, b, load<u64>(b, HEAD_DUE));
  if (kind == UnitKind.PLANT) plantGive(unit);
  touched(unit, time);
}

/** After every call of a device: its events, its output wires, its doorbell. */
export function touched(unit: u32, time: u64): void {
  refreshDue(unit);
  const b = block(unit);
  const outputs = load<u32>(b, HEAD_OUTPUTS);
  const seen = load<u32>(b, HEAD_SEEN);
  if (outputs != seen) {
    store<u32>(b, outputs, HEAD_SEEN);
    if (field(unit, UNIT_KIND) == UnitKind.PWM) tracePwm(unit, outputs, outputs ^ seen, time);
    const first = field(unit, UNIT_WIRES);
    const count = field(unit, UNIT_WIRE_COUNT);
    for (let wire = first; wire < first + count; wire++) {
      wireDrive(wire, (outputs >> field(wire, UNIT_PARAM1)) & 1, time);
    }
  }
  const doorbell = load<u32>(b, HEAD_DOORBELL);
  if (doorbell) answer(unit, b, doorbell, time);
  if (field(unit, UNIT_KIND) == UnitKind.UART) traceReceived(unit, b, time);
}

/** PWM_EDGE record: a = levels of UH, UL, VH, VL, WH, WL from bit 0 on, b = which have changed. */
function tracePwm(unit: u32, levels: u32, changed: u32, time: u64): void {
  if ((changed & PWM_LEVELS) == 0) return;
  traceAt(time, unit);
  trace(TraceKind.PWM_EDGE, levels & PWM_LEVELS, changed & PWM_LEVELS, 0, 0);
}

/** UART_RX record for a character that the receiver has completed: a = data, b = LSR errors. */
function traceReceived(unit: u32, b: usize, time: u64): void {
  const total = load<u32>(b, UART_RX_TOTAL);
  if (total == load<u32>(b, HEAD_RECEIVED)) return;
  store<u32>(b, total, HEAD_RECEIVED);
  const last = load<u32>(b, UART_RX_LAST);
  traceAt(time, unit);
  trace(TraceKind.UART_RX, last & 0xff, (last >> 8) & 0xff, 0, 0);
}

/** A character has left the transmitter: to the trace, and to the outside if no link is there. */
function sent(unit: u32, value: u32, time: u64): void {
  let character = value & 0xff;
  if (field(unit, UNIT_LINK) == NONE) {
    character = lineFault(FaultKind.LINE_OUT, unit, character, time);
    if (character == LINE_LOST) return;
    serialOut(time, unit, (value & ~0xff) | character);
    traceAt(time, unit);
  }
  trace(TraceKind.UART_TX, (value & ~0xff) | character, 0, 0, 0);
}

/** What a device asked for. */
function answer(unit: u32, b: usize, doorbell: u32, time: u64): void {
  const value = load<u32>(b, HEAD_DOORBELL_VALUE);
  store<u32>(b, 0, HEAD_DOORBELL);
  store<u32>(b, 0, HEAD_DOORBELL_VALUE);
  traceAt(time, unit);
  if (doorbell & DOORBELL_SENT) sent(unit, value, time);
  if (doorbell & DOORBELL_FRAME && field(unit, UNIT_LINK) != NONE) linkSend(unit, time);
  if (doorbell & DOORBELL_MARK) trace(TraceKind.MARK, value, 0, 0, 0);
  if (doorbell & DOORBELL_TRACE) trace(value & 0xff, value >> 8, 0, 0, 0);
  if (doorbell & DOORBELL_PECI) peciRing(unit, time);
  if (doorbell & DOORBELL_POWER_OFF) {
    halt(field(unit, UNIT_NODE), HaltKind.POWER, value, unit);
  }
  if (doorbell & DOORBELL_CLOCK) {
    clockSwitch(field(field(unit, UNIT_NODE), UNIT_DOMAIN), value, time);
  }
  if (doorbell & DOORBELL_RESET) resetNode(field(unit, UNIT_NODE), value, time);
}
