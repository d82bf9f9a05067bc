/** Power-on of a machine and reset of a node. */
import {
  HOLD_HUNG,
  HOLD_POWER,
  HartState,
  RESET_POWER_ON,
  TraceKind,
  UnitKind,
} from "../kernel/abi";
import { PARAM_ARBITER_LATENCY, PARAM_ARBITER_OCCUPANCY, UART_RX_TOTAL } from "../kernel/blocks";
import { NEVER, cycleAt } from "../kernel/clock";
import {
  DERIVED_BASE,
  D_LIST,
  D_LIST_START,
  D_NODE_PENDING,
  HART_CYCLE,
  HART_HOLD,
  HART_PIN_POWER,
  HART_RESUME,
  HART_STATE,
  HEAD_DUE,
  HEAD_INPUTS,
  HEAD_RECEIVED,
  HEAD_SEEN,
  H_HART_COUNT,
  H_UNIT_COUNT,
  NONE,
  UNIT_KIND,
  UNIT_PARAM2,
  UNIT_PARAM3,
} from "../kernel/layout";
import { trace, traceAt } from "../kernel/trace";
import { arbiterReset } from "../bus/arbiter";
import { hartReset } from "../rv32/hart";
import { deviceReset } from "./dispatch";
import { refreshDue, touched } from "./events";
import { tileReset, tilesSilence } from "./tiles";
import { block, domainOf, field, header } from "./units";

/** Cycles from the edge of a reset to the first instruction (our choice: a synchroniser's). */
const RESET_CYCLES: u64 = 16;

/** Brings every unit to its power-on state at time 0; the first instructions start in cycle 0. */
export function powerOn(): void {
  const units = header(H_UNIT_COUNT);
  for (let unit: u32 = 0; unit < units; unit++) {
    const kind = field(unit, UNIT_KIND);
    const b = block(unit);
    traceAt(0, unit);
    if (kind == UnitKind.HART) {
      hartReset(b, 0);
      continue;
    }
    if (kind == UnitKind.WIRE) awaitPower(unit);
    store<u64>(b, NEVER, HEAD_DUE);
    if (kind == UnitKind.SHARED_RAM) {
      const occupancy = field(unit, PARAM_ARBITER_OCCUPANCY);
      arbiterReset(b, occupancy, field(unit, PARAM_ARBITER_LATENCY));
    } else deviceReset(kind, unit, b, RESET_POWER_ON, 0);
  }
  const harts = header(H_HART_COUNT);
  for (let unit = harts; unit < units; unit++) touched(unit, 0);
  tilesSilence();
  for (let node: u32 = 0; node < harts; node++) {
    if (load<u32>(block(node), HART_HOLD)) silenceDevices(node);
  }
}

/** A node whose power is switched by a wire starts without it: the wire's level is 0 at first. */
function awaitPower(wire: u32): void {
  const target = field(wire, UNIT_PARAM2);
  if (field(target, UNIT_KIND) != UnitKind.HART) return;
  if (field(wire, UNIT_PARAM3) != HART_PIN_POWER) return;
  const hart = block(target);
  store<u32>(hart, HOLD_POWER, HART_HOLD);
  store<u32>(hart, HartState.STOPPED, HART_STATE);
  store<u32>(hart, HartState.STOPPED, HART_RESUME);
}

/** Resets a hart and its private devices at `time`; memories keep their contents. */
export function resetNode(node: u32, cause: u32, time: u64): void {
  traceAt(time, node);
  trace(TraceKind.RESET, cause, 0, 0, 0);
  resetDevices(node, cause, time);
  const hart = block(node);
  if (load<u32>(hart, HART_HOLD) == HOLD_HUNG) {
    store<u32>(hart, 0, HART_HOLD);
    store<u32>(hart, 0, HART_RESUME);
  }
  if (load<u32>(hart, HART_HOLD)) {
    store<u32>(hart, HartState.STOPPED, HART_RESUME); // its way on leads through a reset now
    return;
  }
  let cycle = cycleAt(domainOf(node), time);
  if (cycle < load<u64>(hart, HART_CYCLE)) cycle = load<u64>(hart, HART_CYCLE);
  hartReset(hart, cycle + RESET_CYCLES);
  store<u32>(<usize>load<u32>(DERIVED_BASE, D_NODE_PENDING) + (<usize>node << 2), NONE);
}

/** Resets the private devices of a node. */
export function resetDevices(node: u32, cause: u32, time: u64): void {
  tileReset(node);
  const end = firstOf(node + 1);
  for (let index = firstOf(node); index < end; index++) {
    const unit = listed(index);
    const kind = field(unit, UNIT_KIND);
    if (!isDevice(kind)) continue;
    const b = block(unit);
    const seen = load<u32>(b, HEAD_SEEN);
    const inputs = load<u32>(b, HEAD_INPUTS);
    deviceReset(kind, unit, b, cause, cycleAt(domainOf(unit), time));
    store<u32>(b, seen, HEAD_SEEN);
    store<u32>(b, inputs, HEAD_INPUTS);
    if (kind == UnitKind.UART) store<u32>(b, load<u32>(b, UART_RX_TOTAL), HEAD_RECEIVED);
    touched(unit, time);
  }
}

/** The private devices of a node have no events until their next reset. */
export function silenceDevices(node: u32): void {
  const end = firstOf(node + 1);
  for (let index = firstOf(node); index < end; index++) {
    const unit = listed(index);
    if (!isDevice(field(unit, UNIT_KIND))) continue;
    store<u64>(block(unit), NEVER, HEAD_DUE);
    refreshDue(unit);
  }
}

function isDevice(kind: u32): bool {
  return kind != UnitKind.HART && kind != UnitKind.WIRE && kind != UnitKind.SERIAL_LINK;
}

/** Place of a node's first unit in the list of units by node. */
function firstOf(node: u32): u32 {
  return load<u32>(<usize>load<u32>(DERIVED_BASE, D_LIST_START) + (<usize>node << 2));
}

function listed(index: u32): u32 {
  return load<u32>(<usize>load<u32>(DERIVED_BASE, D_LIST) + (<usize>index << 2));
}
