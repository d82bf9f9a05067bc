/**
 * Fault rows (kernel/fault-layout.ts): when they begin and end, and what they do.
 *
 * A row begins at a time. Event triggers (pc, access, trace record) turn into a time when the event
 * happens: the fault then strikes at that time, before anything later, as an event of rank FAULT.
 * What has no latency needs ordered mode: a row whose event comes from one node and whose target
 * is not private to that node. All of it lies in the state or is derived from it.
 *
 *   kind             unit      a               b             c            begins     ends
 *   STUCK_REGISTER   hart      register        mask          value        at once    released
 *   STUCK_CSR        hart      address         mask          value        at once    released
 *   STUCK_MEMORY     any       linear address  mask          value        at once    released
 *   LINK             link      Disturbance     mask          -            next frame undisturbed
 *   LINE_OUT         UART      Disturbance     mask          -            next byte  undisturbed
 *   LINE_IN          UART      Disturbance     mask          -            next byte  undisturbed
 *   SHARED           shared    Disturbance     mask          -            next use   undisturbed
 *   FLIP_CSR         hart      address         mask          -            at once    -
 *   FLIP_DEVICE      device    offset          mask          width        at once    -
 *   HANG             hart      -               -             -            at once    -
 *   WIRE_FORCE       wire      1, 2; 3 inverts -             -            at once    free
 *   others           as in faults.ts                                      at once    ENDS
 *
 * A disturbance with mask 0 inverts one random bit. A register that is stuck keeps its bits between
 * any two instructions; a stuck memory byte takes them again after every write.
 */
import { Access, FaultKind, HartState, TraceKind, UnitKind } from "../kernel/abi";
import { NEVER, edgeTime } from "../kernel/clock";
import {
  FAULT_ON_READ,
  FAULT_ON_WRITE,
  FaultState,
  FaultTrigger,
  F_A,
  F_ADDRESS,
  F_B,
  F_BYTES,
  F_C,
  F_DUE,
  F_EVENT,
  F_KIND,
  F_LENGTH,
  F_SAVED,
  F_SEEN,
  F_SOURCE,
  F_STATE,
  F_TRIGGER,
  F_UNIT,
  HOOK_HART,
  HOOK_LINE,
  HOOK_LINK,
  HOOK_MEMORY,
  HOOK_SHARED,
} from "../kernel/fault-layout";
import {
  faultCount,
  faultForce,
  faultHit,
  faultRow,
  faultStruck,
  faultTable,
  rowIs,
  stuck,
} from "../kernel/fault-rows";
import {
  DERIVED_BASE,
  DOM_RATE,
  D_FAULT_ACCESS,
  D_FAULT_COUNT,
  D_FAULT_DUE,
  D_FAULT_HOOKS,
  D_FAULT_KINDS,
  D_FAULT_ORDERED,
  D_FAULT_PC,
  HART_CYCLE,
  HART_IRQ_CYCLE,
  HART_PC,
  HART_PHASE,
  HART_STATE,
  HART_X,
  HEAD_OUTPUTS,
  H_HART_COUNT,
  NONE,
  PAGE_WATCH,
  UNIT_KIND,
  UNIT_NODE,
} from "../kernel/layout";
import { pageSetFlags } from "../kernel/pages";
import { trace, traceAt, traceRefresh } from "../kernel/trace";
import { hartPeekCsr, hartPokeCsr } from "../rv32/hart";
import { interruptTakeable } from "../rv32/trap";
import { memoryWritten } from "./memory";
import { refreshTimes } from "./run";
import { flipCsr, flipDevice, hang } from "./fault-sites";
import { strikeAt } from "./faults";
import { pairPart } from "./lockstep";
import { block, domainRow, field, hartTime, header } from "./units";

// ---- derived from the rows ----------------------------------------------------------------------

/** Takes everything derived of the rows anew: after they were written, began or ended. */
export function faultsDerive(): void {
  const rows = faultTable();
  let count: u32 = 0;
  let kinds: u64 = 0;
  let hooks: u32 = 0;
  let ordered = false;
  let pc = false;
  let access = false;
  for (let index: u32 = 0; index < rows; index++) {
    const row = faultRow(index);
    const state = load<u32>(row, F_STATE);
    if (state == FaultState.EMPTY) continue;
    count = index + 1;
    if (state == FaultState.ACTIVE) hooks |= hookOf(row);
    if (state != FaultState.ARMED) continue;
    const trigger = load<u32>(row, F_TRIGGER);
    if (trigger == FaultTrigger.PC) pc = true;
    if (trigger == FaultTrigger.ACCESS) access = true;
    if (trigger == FaultTrigger.TRACE) kinds |= <u64>1 << load<u32>(row, F_EVENT);
    if (trigger >= <u32>FaultTrigger.PC && strikesElsewhere(row)) ordered = true;
  }
  store<u32>(DERIVED_BASE, count, D_FAULT_COUNT);
  store<u32>(DERIVED_BASE, hooks, D_FAULT_HOOKS);
  store<u32>(DERIVED_BASE, u32(ordered), D_FAULT_ORDERED);
  store<u32>(DERIVED_BASE, u32(pc), D_FAULT_PC);
  store<u32>(DERIVED_BASE, u32(access), D_FAULT_ACCESS);
  store<u64>(DERIVED_BASE, kinds, D_FAULT_KINDS);
  traceRefresh();
  faultsRefresh();
}

/** What an active row disturbs from now on; stuck memory also watches its page. */
function hookOf(row: usize): u32 {
  switch (load<u32>(row, F_KIND)) {
    case FaultKind.LINK: return HOOK_LINK;
    case FaultKind.LINE_OUT:
    case FaultKind.LINE_IN: return HOOK_LINE;
    case FaultKind.SHARED: return HOOK_SHARED;
    case FaultKind.STUCK_REGISTER:
    case FaultKind.STUCK_CSR: return HOOK_HART;
    case FaultKind.STUCK_MEMORY:
      pageSetFlags(<usize>load<u32>(row, F_A), PAGE_WATCH);
      return HOOK_MEMORY;
    default: return 0;
  }
}

/** Whether the target of an event trigger is not private to the node that the event comes from. */
function strikesElsewhere(row: usize): bool {
  const harts = header(H_HART_COUNT);
  if (harts == 1) return false;
  const node = nodeOf(load<u32>(row, F_SOURCE));
  if (node == NONE) return true;
  const kind = load<u32>(row, F_KIND);
  if (kind >= <u32>FaultKind.CLOCK_STOP && kind <= <u32>FaultKind.CLOCK_SKIP) return true;
  if (kind == FaultKind.STUCK_MEMORY || kind == FaultKind.FLIP_MEMORY) return true;
  return nodeOf(load<u32>(row, F_UNIT)) != node;
}

function nodeOf(unit: u32): u32 {
  return unit < header(H_HART_COUNT) ? unit : field(unit, UNIT_NODE);
}

/** Time at which the first row begins or ends; NEVER if none is known. */
// @ts-ignore: decorator
@inline
export function faultDue(): u64 {
  return load<u64>(DERIVED_BASE, D_FAULT_DUE);
}

/** Takes that time anew: a row or a clock has changed. */
export function faultsRefresh(): void {
  let least = NEVER;
  const count = faultCount();
  for (let index: u32 = 0; index < count; index++) {
    const time = rowDue(faultRow(index));
    if (time < least) least = time;
  }
  store<u64>(DERIVED_BASE, least, D_FAULT_DUE);
}

function rowDue(row: usize): u64 {
  const state = load<u32>(row, F_STATE);
  if (state == FaultState.ACTIVE) return load<u64>(row, F_DUE);
  if (state != FaultState.ARMED) return NEVER;
  const trigger = load<u32>(row, F_TRIGGER);
  if (trigger == FaultTrigger.TIME) return load<u64>(row, F_DUE);
  if (trigger != FaultTrigger.CYCLE) return NEVER;
  return edgeTime(domainRow(load<u32>(row, F_SOURCE)), load<u64>(row, F_DUE));
}

/** Whether a row will still begin or end by itself: then nothing is idle. */
export function faultsWait(): bool {
  const count = faultCount();
  for (let index: u32 = 0; index < count; index++) {
    const row = faultRow(index);
    const state = load<u32>(row, F_STATE);
    const trigger = load<u32>(row, F_TRIGGER);
    if (state == FaultState.ACTIVE && load<u64>(row, F_DUE) != NEVER) return true;
    if (state == FaultState.ARMED && trigger <= <u32>FaultTrigger.CYCLE) return true;
  }
  return false;
}

// ---- begin and end ------------------------------------------------------------------------------

/** Begins and ends every row that is due at `time`, in the order of the table. */
export function fireFaults(time: u64): void {
  const count = faultCount();
  for (let index: u32 = 0; index < count; index++) {
    const row = faultRow(index);
    if (rowDue(row) != time) continue;
    if (load<u32>(row, F_STATE) == FaultState.ARMED) begin(row, time);
    else end(row, time);
  }
  faultsDerive();
}

function begin(row: usize, time: u64): void {
  const length = load<u64>(row, F_LENGTH);
  const kind = load<u32>(row, F_KIND);
  const lasting = isDisturbance(kind) || isStuck(kind) || endOf(kind) != 0;
  store<u32>(row, lasting ? FaultState.ACTIVE : FaultState.OVER, F_STATE);
  store<u64>(row, lasting && length ? time + length : NEVER, F_DUE);
  if (isDisturbance(kind)) return; // it strikes with the next frame, byte or access
  if (kind == FaultKind.CLOCK_RATE) {
    store<u64>(row, load<u64>(domainRow(load<u32>(row, F_UNIT)), DOM_RATE), F_SAVED);
  }
  if (strike(row, kind, time)) faultStruck(row, time);
  else store<u32>(row, FaultState.OVER, F_STATE);
}

// @ts-ignore: decorator
@inline
function isDisturbance(kind: u32): bool {
  return kind >= <u32>FaultKind.LINK && kind <= <u32>FaultKind.SHARED;
}

// @ts-ignore: decorator
@inline
function isStuck(kind: u32): bool {
  return kind >= <u32>FaultKind.STUCK_REGISTER && kind <= <u32>FaultKind.STUCK_MEMORY;
}

function strike(row: usize, kind: u32, time: u64): bool {
  const unit = load<u32>(row, F_UNIT);
  const a = load<u32>(row, F_A);
  const b = load<u32>(row, F_B);
  let fired = true;
  switch (kind) {
    case FaultKind.STUCK_REGISTER:
    case FaultKind.STUCK_CSR:
      if (field(unit, UNIT_KIND) != UnitKind.HART) return false;
      holdHart(row, unit, kind);
      break;
    case FaultKind.STUCK_MEMORY:
      faultForce(<usize>a, 1);
      memoryWritten(a, 1);
      break;
    case FaultKind.FLIP_CSR: fired = flipCsr(unit, a, b); break;
    case FaultKind.FLIP_DEVICE: fired = flipDevice(unit, a, b, load<u32>(row, F_C), time); break;
    case FaultKind.HANG: fired = hang(unit, time); break;
    case FaultKind.WIRE_FORCE: return strikeAt(kind, unit, forced(unit, a), b, time);
    default: return strikeAt(kind, unit, a, b, time);
  }
  if (!fired) return false;
  traceAt(time, unit);
  trace(TraceKind.FAULT, kind, a, b, unit);
  refreshTimes();
  return true;
}

/** Force of a wire, 1 low, 2 high; 3 is the opposite of what its target has now. */
function forced(wire: u32, force: u32): u32 {
  if (force != 3 || field(wire, UNIT_KIND) != UnitKind.WIRE) return force;
  return load<u32>(block(wire), HEAD_OUTPUTS) ? 1 : 2;
}

/** What ends a fault of this kind; 0: it has no end. */
function endOf(kind: u32): u32 {
  switch (kind) {
    case FaultKind.KILL: return FaultKind.REVIVE;
    case FaultKind.PAUSE: return FaultKind.RESUME;
    case FaultKind.RESET_HOLD: return FaultKind.RESET_RELEASE;
    case FaultKind.POWER_OFF: return FaultKind.POWER_ON;
    case FaultKind.CLOCK_STOP: return FaultKind.CLOCK_START;
    case FaultKind.CLOCK_RATE: return FaultKind.CLOCK_RATE;
    case FaultKind.WIRE_FORCE: return FaultKind.WIRE_FORCE;
    case FaultKind.DEVICE: return FaultKind.DEVICE;
    default: return 0;
  }
}

/** The end of a lasting fault. A device's site gets the value c then. */
function end(row: usize, time: u64): void {
  const kind = load<u32>(row, F_KIND);
  const unit = load<u32>(row, F_UNIT);
  store<u32>(row, FaultState.OVER, F_STATE);
  store<u64>(row, NEVER, F_DUE);
  const opposite = endOf(kind);
  if (opposite == 0) return;
  let a: u32 = 0;
  let b: u32 = 0;
  if (kind == FaultKind.CLOCK_RATE) {
    a = <u32>load<u64>(row, F_SAVED);
    b = <u32>(load<u64>(row, F_SAVED) >> 32);
  } else if (kind == FaultKind.DEVICE) {
    a = load<u32>(row, F_A);
    b = load<u32>(row, F_C);
  }
  strikeAt(opposite, unit, a, b, time);
}

// ---- harts --------------------------------------------------------------------------------------

/** Whether a hart must be looked at between any two of its instructions. */
export function faultSteps(hart: u32): bool {
  const count = faultCount();
  for (let index: u32 = 0; index < count; index++) {
    const row = faultRow(index);
    const state = load<u32>(row, F_STATE);
    if (state == FaultState.ARMED) {
      const trigger = load<u32>(row, F_TRIGGER);
      if (trigger == FaultTrigger.PC && load<u32>(row, F_SOURCE) == hart) return true;
    } else if (
      state == FaultState.ACTIVE &&
      (rowIs(row, state, FaultKind.STUCK_REGISTER, hart) ||
        rowIs(row, state, FaultKind.STUCK_CSR, hart))
    ) return true;
  }
  return false;
}

/**
 * The hart is about to execute: rows that wait for its pc have a hit, once an instruction. True if
 * a fault is to strike before the instruction.
 */
export function faultAtPc(hart: u32): bool {
  const b = block(hart);
  const cycle = load<u64>(b, HART_CYCLE);
  if (load<u32>(b, HART_STATE) != HartState.RUNNING || load<u32>(b, HART_PHASE)) return false;
  if (interruptTakeable(b) && load<u64>(b, HART_IRQ_CYCLE) < cycle) return false;
  const count = faultCount();
  for (let index: u32 = 0; index < count; index++) {
    const row = faultRow(index);
    if (load<u32>(row, F_STATE) != FaultState.ARMED) continue;
    if (load<u32>(row, F_TRIGGER) != FaultTrigger.PC) continue;
    if (load<u32>(row, F_SOURCE) != hart) continue;
    if (load<u32>(row, F_ADDRESS) != load<u32>(b, HART_PC)) continue;
    if (load<u64>(row, F_SEEN) == cycle + 1) continue;
    store<u64>(row, cycle + 1, F_SEEN);
    faultHit(row, hartTime(hart));
  }
  return faultDue() <= hartTime(hart);
}

/** An instruction has ended: stuck registers take their bits again. */
export function faultHold(hart: u32): void {
  const count = faultCount();
  for (let index: u32 = 0; index < count; index++) {
    const row = faultRow(index);
    if (rowIs(row, FaultState.ACTIVE, FaultKind.STUCK_REGISTER, hart)) {
      holdHart(row, hart, FaultKind.STUCK_REGISTER);
    } else if (rowIs(row, FaultState.ACTIVE, FaultKind.STUCK_CSR, hart)) {
      holdHart(row, hart, FaultKind.STUCK_CSR);
    }
  }
}

function holdHart(row: usize, hart: u32, kind: u32): void {
  const b = block(hart);
  const a = load<u32>(row, F_A);
  if (kind == FaultKind.STUCK_REGISTER) {
    const at = b + HART_X + (<usize>a << 2);
    const held = stuck(row, load<u32>(at));
    if (held == load<u32>(at)) return;
    pairPart(b);
    store<u32>(at, held);
    return;
  }
  const value = <u32>hartPeekCsr(b, a);
  const held = stuck(row, value);
  if (held == value) return;
  pairPart(b);
  hartPokeCsr(b, a, held);
}

/** A hart has done an access (Access) of `bytes` at a guest address at `time`. */
export function faultAtAccess(hart: u32, access: u32, address: u32, bytes: u32, time: u64): void {
  let on: u32 = 0;
  if (access != Access.STORE && access != Access.SC) on |= FAULT_ON_READ;
  if (access != Access.LOAD && access != Access.LR) on |= FAULT_ON_WRITE;
  const count = faultCount();
  for (let index: u32 = 0; index < count; index++) {
    const row = faultRow(index);
    if (load<u32>(row, F_STATE) != FaultState.ARMED) continue;
    if (load<u32>(row, F_TRIGGER) != FaultTrigger.ACCESS) continue;
    if (load<u32>(row, F_SOURCE) != hart || (load<u32>(row, F_EVENT) & on) == 0) continue;
    const first = load<u32>(row, F_ADDRESS);
    if (address - first < load<u32>(row, F_BYTES) || first - address < bytes) {
      faultHit(row, time);
    }
  }
}
