/**
 * Nodes that stand: paused or killed by a fault, held by their reset input, without power.
 *
 * A held hart executes nothing. A pause ends where it began; every other reason ends with a reset.
 * Under reset or without power the private devices are in their reset state, drive no wire and take
 * no input; power-off also clears private RAM (our choice: zero), ROM keeps its contents.
 *
 *   reason    bit           devices      RAM      ends with
 *   killed    HOLD_KILLED   go on        kept     reset
 *   halted    HOLD_HALTED   go on        kept     (end of the run)
 *   paused    HOLD_PAUSED   go on        kept     the next instruction
 *   hung      HOLD_HUNG     go on        kept     any reset of the node, e.g. its watchdog's
 *   reset     HOLD_RESET    held         kept     reset, cause RESET_PIN
 *   power     HOLD_POWER    held         lost     reset, cause RESET_POWER_ON
 */
import {
  HOLD_HALTED,
  HOLD_PAUSED,
  HOLD_POWER,
  HOLD_RESET,
  HartState,
  RESET_PIN,
  RESET_POWER_ON,
  RegionKind,
  TraceKind,
} from "../kernel/abi";
import { cycleAt } from "../kernel/clock";
import {
  DERIVED_BASE,
  D_NODE_PENDING,
  HART_HOLD,
  HART_PIN_POWER,
  HART_PIN_RESET,
  HART_REGIONS,
  HART_REGION_COUNT,
  HART_RESUME,
  HART_STATE,
  H_REGIONS,
  NONE,
  REGION_BYTES,
  REGION_KIND,
  REGION_MEMORY,
  REGION_SIZE,
  UNIT_NODE,
} from "../kernel/layout";
import { trace, traceAt } from "../kernel/trace";
import { hartResume } from "../rv32/hart";
import { memoryWritten } from "./memory";
import { resetDevices, resetNode, silenceDevices } from "./reset";
import { block, domainOf, field, header } from "./units";

/** Whether the private devices of a node are held: they take no input and have no events. */
export function nodeDown(node: u32): bool {
  return node != NONE && (load<u32>(block(node), HART_HOLD) & (HOLD_RESET | HOLD_POWER)) != 0;
}

/** Whether the device `unit` is held with its node. */
export function unitDown(unit: u32): bool {
  return nodeDown(field(unit, UNIT_NODE));
}

/** Holds a node for one more reason (one HOLD_* bit) from `time` on. False: it was held so. */
export function hold(node: u32, reason: u32, time: u64): bool {
  const hart = block(node);
  const before = load<u32>(hart, HART_HOLD);
  if (before & reason) return false;
  const wasDown = nodeDown(node);
  if (before == 0) {
    store<u32>(hart, load<u32>(hart, HART_STATE), HART_RESUME);
    store<u32>(hart, HartState.STOPPED, HART_STATE);
    forgetPending(node);
  }
  store<u32>(hart, before | reason, HART_HOLD);
  if (reason != HOLD_PAUSED) store<u32>(hart, HartState.STOPPED, HART_RESUME);
  if (reason == HOLD_POWER) loseMemory(hart);
  if (!wasDown && nodeDown(node)) {
    resetDevices(node, reason == HOLD_POWER ? RESET_POWER_ON : RESET_PIN, time);
    silenceDevices(node);
  }
  if (reason != HOLD_HALTED) traceHold(node, before | reason, time);
  return true;
}

/**
 * Takes a reason away; the node goes on when it was the last, through a reset with `cause` unless
 * it was only paused. False: it was not held so.
 */
export function release(node: u32, reason: u32, cause: u32, time: u64): bool {
  const hart = block(node);
  const before = load<u32>(hart, HART_HOLD);
  if ((before & reason) == 0) return false;
  const wasDown = nodeDown(node);
  store<u32>(hart, before & ~reason, HART_HOLD);
  traceHold(node, before & ~reason, time);
  if (before != reason) {
    // Killed or paused, but its devices have power again and are out of reset.
    if (wasDown && !nodeDown(node)) resetDevices(node, cause, time);
    return true;
  }
  if (load<u32>(hart, HART_RESUME) == HartState.STOPPED) {
    store<u32>(hart, HartState.RUNNING, HART_STATE);
    resetNode(node, cause, time);
  } else hartResume(hart, load<u32>(hart, HART_RESUME), cycleAt(domainOf(node), time));
  store<u32>(hart, 0, HART_RESUME);
  return true;
}

/** An input of the hart that is no interrupt has taken a level (HART_PIN_*). */
export function nodePin(node: u32, pin: u32, level: u32, time: u64): void {
  if (pin == HART_PIN_RESET) {
    if (level) hold(node, HOLD_RESET, time);
    else release(node, HOLD_RESET, RESET_PIN, time);
  } else if (pin == HART_PIN_POWER) {
    if (level) release(node, HOLD_POWER, RESET_POWER_ON, time);
    else hold(node, HOLD_POWER, time);
  }
}

/** The access that a held hart was waiting for is given up: the instruction begins anew. */
function forgetPending(node: u32): void {
  store<u32>(<usize>load<u32>(DERIVED_BASE, D_NODE_PENDING) + (<usize>node << 2), NONE);
}

/** HOLD record: a = all reasons that hold the node now; 0: it goes on. */
function traceHold(node: u32, reasons: u32, time: u64): void {
  traceAt(time, node);
  trace(TraceKind.HOLD, reasons, 0, 0, 0);
}

function loseMemory(hart: usize): void {
  let row =
    <usize>header(H_REGIONS) + <usize>load<u32>(hart, HART_REGIONS) * REGION_BYTES;
  const end = row + <usize>load<u32>(hart, HART_REGION_COUNT) * REGION_BYTES;
  for (; row < end; row += REGION_BYTES) {
    if (load<u32>(row, REGION_KIND) != RegionKind.RAM) continue;
    const at = load<u32>(row, REGION_MEMORY);
    const bytes = load<u32>(row, REGION_SIZE);
    memory.fill(at, 0, bytes);
    memoryWritten(at, bytes);
  }
}
