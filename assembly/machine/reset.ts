/** Power-on of a machine and reset of a node. */
import { HartState, RESET_POWER_ON, TraceKind, UnitKind } from "../kernel/abi";
import { PARAM_ARBITER_LATENCY, PARAM_ARBITER_OCCUPANCY, UART_RX_TOTAL } from "../kernel/blocks";
import { NEVER, cycleAt } from "../kernel/clock";
import {
  DERIVED_BASE,
  D_LIST,
  D_LIST_START,
  D_NODE_PENDING,
  HART_CYCLE,
  HART_STATE,
  HEAD_DUE,
  HEAD_INPUTS,
  HEAD_RECEIVED,
  HEAD_SEEN,
  H_HART_COUNT,
  H_UNIT_COUNT,
  NONE,
  UNIT_KIND,
} from "../kernel/layout";
import { trace, traceAt } from "../kernel/trace";
import { arbiterReset } from "../bus/arbiter";
import { hartReset } from "../rv32/hart";
import { deviceReset } from "./dispatch";
import { touched } from "./events";
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
    store<u64>(b, NEVER, HEAD_DUE);
    if (kind == UnitKind.SHARED_RAM) {
      const occupancy = field(unit, PARAM_ARBITER_OCCUPANCY);
      arbiterReset(b, occupancy, field(unit, PARAM_ARBITER_LATENCY));
    } else deviceReset(kind, unit, b, RESET_POWER_ON, 0);
  }
  for (let unit: u32 = header(H_HART_COUNT); unit < units; unit++) touched(unit, 0);
}

/** Resets a hart and its private devices at `time`; memories keep their contents. */
export function resetNode(node: u32, cause: u32, time: u64): void {
  traceAt(time, node);
  trace(TraceKind.RESET, cause, 0, 0, 0);
  const start = <usize>load<u32>(DERIVED_BASE, D_LIST_START) + (<usize>node << 2);
  const list = <usize>load<u32>(DERIVED_BASE, D_LIST);
  const end = load<u32>(start, 4);
  for (let index = load<u32>(start); index < end; index++) {
    const unit = load<u32>(list + (<usize>index << 2));
    const kind = field(unit, UNIT_KIND);
    if (kind == UnitKind.HART || kind == UnitKind.WIRE || kind == UnitKind.SERIAL_LINK) continue;
    const b = block(unit);
    const seen = load<u32>(b, HEAD_SEEN);
    const inputs = load<u32>(b, HEAD_INPUTS);
    deviceReset(kind, unit, b, cause, cycleAt(domainOf(unit), time));
    store<u32>(b, seen, HEAD_SEEN);
    store<u32>(b, inputs, HEAD_INPUTS);
    if (kind == UnitKind.UART) store<u32>(b, load<u32>(b, UART_RX_TOTAL), HEAD_RECEIVED);
    touched(unit, time);
  }
  const hart = block(node);
  if (load<u32>(hart, HART_STATE) == HartState.STOPPED) return;
  let cycle = cycleAt(domainOf(node), time);
  if (cycle < load<u64>(hart, HART_CYCLE)) cycle = load<u64>(hart, HART_CYCLE);
  hartReset(hart, cycle + RESET_CYCLES);
  store<u32>(<usize>load<u32>(DERIVED_BASE, D_NODE_PENDING) + (<usize>node << 2), NONE);
}
