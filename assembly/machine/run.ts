/**
 * The run loop: agents run ahead on what is private to them and stop at what is not
 * (architecture, section 3).
 *
 * A node is a hart with its private devices and wires. `nodeTime` is the least time at which it
 * can still act. Each turn: every node that may, advances to its limit; then the least pending
 * shared access is granted, if no other node can act before it; then, when all stand at the
 * horizon, the next event of no node (wires and links between nodes, clock anchors) happens.
 * In ordered mode only the least node advances, by one instruction or event.
 */
import { HartExit, HartState, Stop, TraceKind } from "../kernel/abi";
import { NEVER, anchorAdvance, anchorDue, cycleAt, edgeTime } from "../kernel/clock";
import {
  ACCESS,
  A_HALT_KIND,
  A_VALUE,
  DERIVED_BASE,
  D_BUDGET,
  D_CAN_HALT,
  D_DOMAIN_DUE,
  D_FAULT_ORDERED,
  D_FAULT_PC,
  D_LOOKAHEAD,
  D_LOOKAHEAD_COUNT,
  D_NODE_ACT,
  D_NODE_LIMIT,
  D_NODE_PENDING,
  D_NODE_TIME,
  D_ORDERED,
  D_STOP,
  D_TRACE_MASK,
  D_WATERMARK,
  HART_CYCLE,
  HART_PC,
  HART_RETIRED,
  HART_STATE,
  H_DOMAIN_COUNT,
  H_HALT_LATENCY,
  H_HART_COUNT,
  H_NOW,
  H_UNIT_COUNT,
  NONE,
  STATE_BASE,
  UNIT_DOMAIN,
} from "../kernel/layout";
import { HOOK_HART } from "../kernel/fault-layout";
import { faultCount, faultHooked } from "../kernel/fault-rows";
import { trace, traceAt, traceOn } from "../kernel/trace";
import { hartRun } from "../rv32/hart";
import { watchForget } from "../rv32/triggers";
import { accessDevice, accessGranted, firstServed, isArbitrated, sharedUnit } from "./access";
import { clocksLook } from "./clocks";
import { fireNode, nodeDue, refreshDue } from "./events";
import {
  faultAtPc,
  faultDue,
  faultHold,
  faultSteps,
  faultsRefresh,
  fireFaults,
} from "./fault-plan";
import { halt, haltTime, traceHalt } from "./halt";
import {
  awaitsRow, fabricsAdvance, fabricsTime, limitTiles, returnedHart, rowTime,
} from "./tiles";
import {
  accessLocal,
  pairFollow,
  pairLocal,
  pairRun,
  pairSettle,
  pairSteps,
} from "./lockstep";
import { idle, idleSince } from "./idle";
import { heldBefore, hitTime, stopAfter, stopsAll } from "./triggers";
import { block, domainOf, domainRow, field, hartTime, header } from "./units";

/** Kinds whose records need the time of their own instruction: harts then step one at a time. */
const STEPPED_KINDS: u64 =
  (1 << TraceKind.RETIRE) |
  (1 << TraceKind.TRAP) |
  (1 << TraceKind.INTERRUPT) |
  (1 << TraceKind.BUS_ERROR) |
  (1 << TraceKind.ISOLATION);

/** Hart cycles that one call may execute before it returns to the host. */
const CALL_BUDGET: i32 = 1 << 20;
/** What an event or a granted access costs of it, so that calls without instructions end too. */
const EVENT_COST: i32 = 64;

// @ts-ignore: decorator
@inline
function nodeTime(node: u32): u64 {
  return load<u64>(<usize>load<u32>(DERIVED_BASE, D_NODE_TIME) + (<usize>node << 3));
}

/** The shared memory or device that a node waits for; NONE if it does not wait. */
// @ts-ignore: decorator
@inline
function pendingUnit(node: u32): u32 {
  return load<u32>(<usize>load<u32>(DERIVED_BASE, D_NODE_PENDING) + (<usize>node << 2));
}

// @ts-ignore: decorator
@inline
function pending(node: u32): bool {
  return pendingUnit(node) != NONE;
}

// @ts-ignore: decorator
@inline
function setPending(node: u32, unit: u32): void {
  store<u32>(<usize>load<u32>(DERIVED_BASE, D_NODE_PENDING) + (<usize>node << 2), unit);
}

/** Takes a node's time anew: its hart's next instruction or its next event. */
export function refreshTime(node: u32): void {
  const state = load<u32>(block(node), HART_STATE);
  let time = nodeDue(node);
  if (state == HartState.RUNNING || state == HartState.WAKING) {
    const next = awaitsRow(node) ? rowTime(node) : hartTime(node);
    if (next < time) time = next;
  }
  store<u64>(<usize>load<u32>(DERIVED_BASE, D_NODE_TIME) + (<usize>node << 3), time);
}

/** Takes every node's time anew: after a reset, a restore, an input or a fault. */
export function refreshTimes(): void {
  const harts = header(H_HART_COUNT);
  for (let node: u32 = 0; node < harts; node++) {
    setPending(node, NONE);
    refreshTime(node);
  }
}

/** Runs until everything with a time before `until` has happened, or something else stops it. */
export function run(until: u64, stopWhenIdle: bool): u32 {
  const now = load<u64>(STATE_BASE, H_NOW);
  if (haltTime() <= now) return Stop.HALT;
  if (until <= now) return Stop.TIME;
  store<i32>(DERIVED_BASE, CALL_BUDGET, D_BUDGET);
  store<u32>(DERIVED_BASE, 0, D_STOP);
  watchForget();
  const harts = header(H_HART_COUNT);
  const debugged = stopsAll(harts);
  let stop: u32 = Stop.TIME;
  while (stop == Stop.TIME) {
    const global = globalDue(harts);
    const halted = haltTime();
    let horizon = until < global ? until : global;
    if (halted < horizon) horizon = halted;
    const leastFirst = debugged || ordered();
    let moved = leastFirst ? advanceLeast(harts, horizon) : advanceAll(harts, horizon);
    if (advanceTiles(harts, horizon)) moved = true;
    stop = load<u32>(DERIVED_BASE, D_STOP);
    if (stop == Stop.TIME && exhausted()) stop = Stop.SLICE;
    if (stop != Stop.TIME) continue;
    const granted = grantLeast(harts, horizon);
    stop = load<u32>(DERIVED_BASE, D_STOP);
    if (granted || moved) continue;
    if (stopWhenIdle && halted == NEVER && idle(harts)) {
      return finish(idleSince(harts, now), Stop.IDLE);
    }
    if (horizon == until) return finish(until, Stop.TIME);
    if (horizon == halted) return finish(halted, Stop.HALT);
    fireGlobal(harts, horizon);
    stop = load<u32>(DERIVED_BASE, D_STOP);
  }
  if (stop == Stop.HALT) return finish(haltTime(), Stop.HALT);
  if (stop == Stop.BREAK) store<u64>(STATE_BASE, max(now, hitTime()), H_NOW);
  store<u64>(DERIVED_BASE, watermark(harts), D_WATERMARK);
  return stop;
}

/** Exchanges go on, and so do the harts whose rows have returned. */
function advanceTiles(harts: u32, horizon: u64): bool {
  if (!fabricsAdvance(horizon)) return false;
  for (let node = returnedHart(0); node != NONE; node = returnedHart(node + 1)) {
    grant(node, block(node));
  }
  for (let node: u32 = 0; node < harts; node++) refreshTime(node);
  return true;
}

/** One instruction or event at a time: asked for, or a fault has no latency to its target. */
function ordered(): bool {
  return (load<u32>(DERIVED_BASE, D_ORDERED) | load<u32>(DERIVED_BASE, D_FAULT_ORDERED)) != 0;
}

/** Least time at which anything can still happen: trace records before it are complete. */
function watermark(harts: u32): u64 {
  let least = min(globalDue(harts), fabricsTime());
  for (let node: u32 = 0; node < harts; node++) {
    if (nodeTime(node) < least) least = nodeTime(node);
  }
  return least;
}

function finish(time: u64, reason: u32): u32 {
  if (reason == Stop.HALT) traceHalt();
  store<u64>(STATE_BASE, time, H_NOW);
  store<u64>(DERIVED_BASE, time, D_WATERMARK);
  return reason;
}

/** Least time of what belongs to no node: faults, clock anchors, wires and links between nodes. */
function globalDue(harts: u32): u64 {
  let least = min(nodeDue(harts), faultDue());
  const domains = header(H_DOMAIN_COUNT);
  const dues = <usize>load<u32>(DERIVED_BASE, D_DOMAIN_DUE);
  for (let domain: u32 = 0; domain < domains; domain++) {
    const time = load<u64>(dues + (<usize>domain << 3));
    if (time < least) least = time;
  }
  return least;
}

/** One event of no node, due at `time`: faults, clocks, wires, links, then by number. */
function fireGlobal(harts: u32, time: u64): void {
  if (faultDue() == time) {
    fireFaults(time);
    charge(EVENT_COST);
    return;
  }
  const domains = header(H_DOMAIN_COUNT);
  const dues = <usize>load<u32>(DERIVED_BASE, D_DOMAIN_DUE);
  for (let domain: u32 = 0; domain < domains; domain++) {
    if (load<u64>(dues + (<usize>domain << 3)) != time) continue;
    anchorAdvance(domainRow(domain));
    clockMoved(domain);
    clocksLook(time);
    charge(EVENT_COST);
    return;
  }
  fireNode(harts);
  charge(EVENT_COST);
  for (let node: u32 = 0; node < harts; node++) refreshTime(node);
}

/** A domain's anchor, rate or state has changed: its units' events fall anew. */
export function clockMoved(domain: u32): void {
  const dues = <usize>load<u32>(DERIVED_BASE, D_DOMAIN_DUE);
  store<u64>(dues + (<usize>domain << 3), anchorDue(domainRow(domain)));
  const harts = header(H_HART_COUNT);
  const units = header(H_UNIT_COUNT);
  for (let unit = harts; unit < units; unit++) {
    if (field(unit, UNIT_DOMAIN) == domain) refreshDue(unit);
  }
  for (let node: u32 = 0; node < harts; node++) {
    if (!pending(node)) refreshTime(node);
  }
  if (faultCount()) faultsRefresh();
}

/**
 * How far each node may run: the horizon, what the others can still send it, and where the halt
 * that another may ask for would stop it. Times only grow while a turn lasts, so limits taken at
 * its start are safe.
 */
function takeLimits(harts: u32, horizon: u64): void {
  const limits = <usize>load<u32>(DERIVED_BASE, D_NODE_LIMIT);
  estimateActs(harts);
  let least = NEVER;
  let second = NEVER;
  let first = NONE;
  for (let node: u32 = 0; node < harts; node++) {
    const time = nodeTime(node);
    if (time < least) {
      second = least;
      least = time;
      first = node;
    } else if (time < second) second = time;
  }
  const canHalt = load<u32>(DERIVED_BASE, D_CAN_HALT) != 0;
  const latency = canHalt ? load<u64>(STATE_BASE, H_HALT_LATENCY) : NEVER;
  const fromFirst = min(horizon, saturated(least, latency));
  for (let node: u32 = 0; node < harts; node++) {
    const limit = node == first ? min(horizon, saturated(second, latency)) : fromFirst;
    store<u64>(limits + (<usize>node << 3), limit);
  }
  const rows = <usize>load<u32>(DERIVED_BASE, D_LOOKAHEAD);
  const count = load<u32>(DERIVED_BASE, D_LOOKAHEAD_COUNT);
  for (let index: u32 = 0; index < count; index++) {
    const at = rows + ((<usize>index) << 4);
    const slot = limits + (<usize>load<u32>(at, 4) << 3);
    const reach = saturated(firstAct(load<u32>(at)), load<u64>(at, 8));
    if (reach < load<u64>(slot)) store<u64>(slot, reach);
  }
  limitTiles();
}

/** The earliest time at which a node can act, woken or driven by others too. */
// @ts-ignore: decorator
@inline
function firstAct(node: u32): u64 {
  return load<u64>(<usize>load<u32>(DERIVED_BASE, D_NODE_ACT) + (<usize>node << 3));
}

/**
 * Least times over paths of any length: a node can act at its own time, or a latency after a node
 * that drives it can, also without its hart (a device that passes an edge on). Rows are few, so
 * relaxing them until nothing changes is a pass or two.
 */
function estimateActs(harts: u32): void {
  const acts = <usize>load<u32>(DERIVED_BASE, D_NODE_ACT);
  memory.copy(acts, <usize>load<u32>(DERIVED_BASE, D_NODE_TIME), <usize>harts << 3);
  const rows = <usize>load<u32>(DERIVED_BASE, D_LOOKAHEAD);
  const count = load<u32>(DERIVED_BASE, D_LOOKAHEAD_COUNT);
  let changed = count != 0;
  while (changed) {
    changed = false;
    for (let index: u32 = 0; index < count; index++) {
      const at = rows + ((<usize>index) << 4);
      const slot = acts + (<usize>load<u32>(at, 4) << 3);
      const reach = saturated(firstAct(load<u32>(at)), load<u64>(at, 8));
      if (reach >= load<u64>(slot)) continue;
      store<u64>(slot, reach);
      changed = true;
    }
  }
}

// @ts-ignore: decorator
@inline
function saturated(time: u64, latency: u64): u64 {
  return time == NEVER || latency == NEVER ? NEVER : time + latency;
}

function advanceAll(harts: u32, horizon: u64): bool {
  let moved = false;
  takeLimits(harts, horizon);
  const limits = <usize>load<u32>(DERIVED_BASE, D_NODE_LIMIT);
  for (let node: u32 = 0; node < harts; node++) {
    if (pending(node) || nodeTime(node) >= horizon) continue;
    const limit = load<u64>(limits + (<usize>node << 3));
    if (nodeTime(node) >= limit) continue;
    advance(node, limit, false);
    moved = true;
    if (load<u32>(DERIVED_BASE, D_STOP)) break;
  }
  return moved;
}

/** Ordered mode: one instruction or event of the node with the least (time, unit). */
function advanceLeast(harts: u32, horizon: u64): bool {
  let first = NONE;
  let least = horizon;
  for (let node: u32 = 0; node < harts; node++) {
    const time = nodeTime(node);
    if (time >= horizon || time > least) continue;
    // Of one time, first those without a pending access: grants wait for all requests of a time.
    if (time == least && first != NONE && !pending(first)) continue;
    least = time;
    first = node;
  }
  if (first == NONE || pending(first)) return false;
  advance(first, least + 1, true);
  return true;
}

/**
 * Executes a node's instructions and events with a time before `bound`, in order. What it sends to
 * another node on the way ends it there: the other may answer.
 */
function advance(node: u32, bound: u64, once: bool): void {
  const hart = block(node);
  const clock = domainOf(node);
  const nobody = header(H_HART_COUNT);
  for (;;) {
    const sent = min(nodeDue(nobody), faultDue());
    const limit = sent < bound ? sent : bound;
    const event = nodeDue(node);
    const stopAt = event < limit ? event : limit;
    const state = load<u32>(hart, HART_STATE);
    if (state == HartState.RUNNING || state == HartState.WAKING) {
      const deadline = cycleAt(clock, stopAt);
      if (load<u64>(hart, HART_CYCLE) < deadline) {
        if (load<u32>(DERIVED_BASE, D_FAULT_PC) && faultAtPc(node)) continue;
        if (!execute(node, hart, deadline)) break;
        if (once || load<u32>(DERIVED_BASE, D_STOP)) break;
        continue;
      }
    }
    if (event >= limit) break;
    fireNode(node);
    charge(EVENT_COST);
    if (once || load<u32>(DERIVED_BASE, D_STOP) || exhausted()) break;
  }
  refreshTime(node);
}

function charge(cost: i32): void {
  store<i32>(DERIVED_BASE, load<i32>(DERIVED_BASE, D_BUDGET) - cost, D_BUDGET);
}

function exhausted(): bool {
  return load<i32>(DERIVED_BASE, D_BUDGET) <= 0;
}

/** Runs a hart once; false if the node has to wait (a shared access, the end of the budget). */
function execute(node: u32, hart: usize, deadline: u64): bool {
  const held = faultCount() != 0 && faultSteps(node);
  const traced = held || (load<u64>(DERIVED_BASE, D_TRACE_MASK) & STEPPED_KINDS) != 0;
  const before = load<u64>(hart, HART_CYCLE);
  const pc = load<u32>(hart, HART_PC);
  const retired = load<u64>(hart, HART_RETIRED);
  if (heldBefore(node, hart)) return false;
  traceAt(edgeTime(domainOf(node), before), node);
  const pair = pairSteps(hart);
  const exit = pair ? pairRun(hart) : hartRun(hart, traced ? before + 1 : deadline);
  let waits = exit == HartExit.SHARED && !(pair && pairLocal());
  if (exit == HartExit.DEVICE) {
    waits = !accessDevice(node);
    if (waits) setPending(node, sharedUnit());
  }
  else if (exit == HartExit.SHARED && !waits) accessLocal(node);
  else if (exit == HartExit.SHARED) setPending(node, sharedUnit());
  else if (exit == HartExit.HALT) {
    halt(node, load<u32>(ACCESS, A_HALT_KIND), load<u32>(ACCESS, A_VALUE), node);
  }
  else if (exit == HartExit.BREAK) store<u32>(DERIVED_BASE, Stop.BREAK, D_STOP);
  else if (exit == HartExit.WFI && load<u64>(hart, HART_RETIRED) != retired) traceSleep(node);
  if (traced) traceRetired(node, hart, pc, before, retired);
  if (held) faultHold(node);
  stopAfter(node, hart, pc, before, retired);
  if (pair) {
    if (waits || exit == HartExit.BREAK) pairSettle(hart);
    else pairFollow(hart, before);
  }
  charge(<i32>(load<u64>(hart, HART_CYCLE) - before));
  return !exhausted() && !waits;
}

/** SLEEP record: the hart's `wfi` has completed and nothing visible wakes it. */
function traceSleep(node: u32): void {
  traceAt(hartTime(node), node);
  trace(TraceKind.SLEEP, 0, 0, 0, 0);
}

/** RETIRE record of the instruction at `pc` if it completed: b = pc after it, c = its cycles. */
function traceRetired(node: u32, hart: usize, pc: u32, cycle: u64, retired: u64): void {
  if (!traceOn(TraceKind.RETIRE) || load<u64>(hart, HART_RETIRED) == retired) return;
  traceAt(edgeTime(domainOf(node), cycle), node);
  const cycles = <u32>(load<u64>(hart, HART_CYCLE) - cycle);
  trace(TraceKind.RETIRE, pc, load<u32>(hart, HART_PC), cycles, 0);
}

/** Grants the least pending shared access if no other node can act before it. */
function grantLeast(harts: u32, horizon: u64): bool {
  let least = horizon;
  let any = false;
  for (let node: u32 = 0; node < harts; node++) {
    const time = nodeTime(node);
    if (time < least) {
      least = time;
      any = pending(node) && !awaitsRow(node);
    } else if (time == least && any && !pending(node)) any = false;
  }
  if (!any) return false;
  const node = pickRequester(harts, least);
  charge(EVENT_COST);
  grant(node, block(node));
  refreshTime(node);
  return true;
}

/**
 * Lets a hart have its shared access. The hart describes it again, for the descriptor is one for
 * all; an SC whose reservation another hart has broken in the meantime has nothing to access.
 */
function grant(node: u32, hart: usize): void {
  const cycle = load<u64>(hart, HART_CYCLE);
  const pc = load<u32>(hart, HART_PC);
  const retired = load<u64>(hart, HART_RETIRED);
  setPending(node, NONE);
  const pair = pairSteps(hart);
  const exit = pair ? pairRun(hart) : hartRun(hart, cycle + 1);
  if (exit == HartExit.SHARED) accessGranted(node);
  else if (exit == HartExit.DEVICE) accessDevice(node);
  traceRetired(node, hart, pc, cycle, retired);
  if (faultHooked(HOOK_HART)) faultHold(node);
  stopAfter(node, hart, pc, cycle, retired);
  if (pair) pairFollow(hart, cycle);
}

/** Among the harts whose requests fall on `time`: the first's memory, and its arbiter's choice. */
function pickRequester(harts: u32, time: u64): u32 {
  let first = NONE;
  let requesters: u32 = 0;
  for (let node: u32 = 0; node < harts; node++) {
    if (!pending(node) || nodeTime(node) != time || awaitsRow(node)) continue;
    if (first == NONE) {
      first = node;
      if (!isArbitrated(pendingUnit(first))) return first;
    }
    if (pendingUnit(node) == pendingUnit(first)) requesters |= 1 << node;
  }
  return (requesters & (requesters - 1)) == 0 ? first : firstServed(pendingUnit(first), requesters);
}
