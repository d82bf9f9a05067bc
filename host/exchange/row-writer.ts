/**
 * From what a tile does to the words of its row. Events are cut into steps; a step is one
 * instruction. A control in silent time ends a delay, one while sending begins a send form, two in
 * one event take a sendpicp, which must lie on 8 bytes. Between two of them an odd number of words
 * is made even by splitting a step in two, or by making a step of one event a sendpicp that
 * rewrites what its registers hold.
 */

import { MUX_NEUTRAL } from "./geometry.js";
import { COUNT_MOST, encodeInstruction, type RowInstruction } from "./rows.js";
import type { Runs, Writes } from "./timeline.js";

/** Barrier that takes part in all of the chip (section 4: zone 3, chip internal). */
export const SYNC_CHIP = 3;
const SYNC_ANS = 1;
/** Rows by the vendor's tools end this many events after their last landing (RE). */
export const EVENTS_AFTER_LANDING = 6;
/** What sendoff can add to the outgoing address: 11 bits. */
const DELTA_MOST = 2047;

/** One instruction before it is a word: controls of a silent step act on its last event. */
interface Step {
  readonly event: number;
  readonly n: number;
  /** Word address of the first word sent; undefined in silent time. */
  readonly address?: number | undefined;
  readonly sctl?: number | undefined;
  /** The stream goes on from the step before, in the event before. */
  readonly continues?: boolean | undefined;
  /** Words from the outgoing address to `address`, where a sendoff can add them. */
  readonly delta?: number | undefined;
  readonly mux?: number | undefined;
  readonly pic?: number | undefined;
  /** A step of one event made a sendpicp for alignment. */
  readonly wide?: boolean | undefined;
}

export interface TileActions {
  readonly sends: Runs;
  readonly landings: Runs;
  readonly mux: Writes;
  readonly pointer: Writes;
}

export interface Row {
  readonly words: Uint32Array;
  /** Events after the barrier; 0 for a row that does not take part. */
  readonly events: number;
  /** Bytes to leave free before the row in an 8-byte aligned place: 0 or 4. */
  readonly lead_bytes: 0 | 4;
}

/** `sans 0`, `sync 1`, return: a tile with nothing to do. */
export function idleRow(): Row {
  const words = [{ op: "sans", n: 0 }, { op: "sync", zone: SYNC_ANS }, { op: "return" }] as const;
  return { words: Uint32Array.from(words.flatMap(encodeInstruction)), events: 0, lead_bytes: 0 };
}

/** The row of a tile: barrier, what it does, return. Addresses are absolute word addresses. */
export function writeRow(actions: TileActions): Row {
  const { sends, landings } = actions;
  if (sends.count === 0 && landings.count === 0) return idleRow();
  const steps = cutSteps(actions);
  const last = steps[steps.length - 1]!;
  const first_wide = steps.findIndex(isWide);
  // The barrier's word comes first; where it must lie is decided by the first sendpicp.
  const lead_bytes = first_wide >= 0 && (1 + first_wide) % 2 === 1 ? 4 : 0;
  const words = encodeInstruction({ op: "sync", zone: SYNC_CHIP });
  const registers = new Registers(actions);
  for (const step of alignSteps(steps, first_wide)) {
    for (const word of encodeStep(step, registers)) words.push(word);
  }
  words.push(...encodeInstruction({ op: "return" }));
  return { words: Uint32Array.from(words), events: last.event + last.n, lead_bytes };
}

const NO_CONTROLS = { mux: undefined, pic: undefined };

/**
 * Cuts the tile's events into steps: a border wherever a stream begins or ends or a control
 * acts.
 */
function cutSteps({ sends, landings, mux, pointer }: TileActions): Step[] {
  const steps: Step[] = [];
  let event = 0;
  let outgoing: number | undefined;
  let m = 0;
  let p = 0;
  const nextControl = () =>
    Math.min(
      mux.event[m] ?? Number.POSITIVE_INFINITY,
      pointer.event[p] ?? Number.POSITIVE_INFINITY,
    );
  const takeControls = () => ({
    mux: mux.event[m] === nextControlEvent ? mux.value[m++] : undefined,
    pic: pointer.event[p] === nextControlEvent ? pointer.value[p++] : undefined,
  });
  let nextControlEvent = 0;
  /** Silent events up to `to`, exclusive; controls act on the last event of their step. */
  const silent = (to: number) => {
    while (event < to) {
      nextControlEvent = nextControl();
      const end = Math.min(to, nextControlEvent + 1);
      const controls = end === nextControlEvent + 1 ? takeControls() : NO_CONTROLS;
      pushSilent(steps, { event, n: end - event, mux: controls.mux, pic: controls.pic });
      event = end;
    }
  };
  for (let i = 0; i < sends.count; i++) {
    silent(sends.event[i]!);
    const end = event + sends.words[i]!;
    let address = sends.address[i]!;
    let begins = true;
    while (event < end) {
      nextControlEvent = nextControl();
      const controls = nextControlEvent === event ? takeControls() : NO_CONTROLS;
      const to = Math.min(end, nextControl());
      const n = to - event;
      const delta = outgoing === undefined ? undefined : address - outgoing;
      const sctl = sends.with[i]!;
      const { mux: to_mux, pic } = controls;
      const continues = !begins;
      pushSend(steps, { event, n, address, sctl, continues, delta, mux: to_mux, pic });
      begins = false;
      event = to;
      address += n;
      outgoing = address;
    }
  }
  const last = landings.count - 1;
  if (last >= 0) {
    const landed = landings.event[last]! + landings.words[last]! - 1;
    silent(landed + EVENTS_AFTER_LANDING + 1);
  }
  return steps;
}

/** Splits a silent step where counts do not reach, and before an event with both controls. */
function pushSilent(steps: Step[], step: Step): void {
  const both = step.mux !== undefined && step.pic !== undefined;
  const control = step.mux !== undefined ? "delayxpic" : "delaypic";
  const plain = step.mux === undefined && step.pic === undefined;
  const tail = both ? 1 : plain ? 0 : Math.min(step.n, COUNT_MOST[control]!);
  let event = step.event;
  for (let rest = step.n - tail; rest > 0; ) {
    const n = Math.min(rest, COUNT_MOST.delay!);
    steps.push({ event, n });
    event += n;
    rest -= n;
  }
  if (tail > 0) steps.push(tail === step.n ? step : { ...step, event, n: tail });
}

/** Splits a stream by what the first instruction can count; sendoff carries on. */
function pushSend(steps: Step[], step: Step): void {
  const controlled = step.mux !== undefined || step.pic !== undefined;
  const near = canOffset(step);
  const first = Math.min(step.n, COUNT_MOST[controlled || !near ? "send" : "sendoff"]!);
  steps.push(first === step.n ? step : { ...step, n: first });
  for (let done = first; done < step.n; ) {
    const n = Math.min(step.n - done, COUNT_MOST.sendoff!);
    const { event, address, sctl } = step;
    steps.push({
      event: event + done,
      n,
      address: address! + done,
      sctl,
      continues: true,
      delta: 0,
    });
    done += n;
  }
}

function canOffset(step: Step): boolean {
  return step.delta !== undefined && step.delta >= 0 && step.delta <= DELTA_MOST;
}

/** True for a step that only a sendpicp can do. */
function isWide(step: Step): boolean {
  if (step.wide || (step.mux !== undefined && step.pic !== undefined)) return true;
  const controlled = step.mux !== undefined || step.pic !== undefined;
  return controlled && step.address !== undefined && !step.continues;
}

/** Makes the number of words between two sendpicp even; before the first one, placement does. */
function alignSteps(steps: Step[], first_wide: number): Step[] {
  if (first_wide < 0) return steps;
  const out = steps.slice(0, first_wide + 1);
  let group = first_wide + 1;
  for (let i = first_wide + 1; i < steps.length; i++) {
    if (!isWide(steps[i]!)) continue;
    const between = steps.slice(group, i);
    if (between.length % 2 === 1) makeEven(between);
    for (const step of between) out.push(step);
    out.push(steps[i]!);
    group = i + 1;
  }
  for (const step of steps.slice(group)) out.push(step);
  return out;
}

/** Adds one word to an odd group of one-word steps. The group begins on 8 bytes. */
function makeEven(group: Step[]): void {
  const long = group.findIndex(({ n }) => n > 1);
  if (long < 0) {
    group[0] = { ...group[0]!, wide: true };
    return;
  }
  const step = group[long]!;
  const { event, n, address, sctl } = step;
  if (address === undefined) {
    group.splice(long, 1, { event, n: n - 1 }, { ...step, event: event + n - 1, n: 1 });
    return;
  }
  const rest = {
    event: event + 1,
    n: n - 1,
    address: address + 1,
    sctl,
    continues: true,
    delta: 0,
  };
  group.splice(long, 1, { ...step, n: 1 }, rest);
}

/** What the mux and pointer registers hold at any event: for a sendpicp that must rewrite one. */
class Registers {
  /** Outgoing address; what it is before the first send does not matter. */
  outgoing = 0;

  constructor(readonly actions: TileActions) {}

  mux(event: number): number {
    const { mux } = this.actions;
    const i = lastAtOrBefore(mux.event, mux.event.length, event);
    return i < 0 ? MUX_NEUTRAL : mux.value[i]!;
  }

  /** Pointer before the landing of this event; free before the first landing. */
  pointer(event: number): number {
    const { landings } = this.actions;
    const i = lastAtOrBefore(landings.event, landings.count, event);
    if (i < 0) return landings.count > 0 ? landings.address[0]! : 0;
    return landings.address[i]! + Math.min(event - landings.event[i]!, landings.words[i]!);
  }
}

function lastAtOrBefore(events: ArrayLike<number>, count: number, event: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle]! <= event) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function encodeStep(step: Step, registers: Registers): number[] {
  const { event, n, address, sctl = 0, mux, pic } = step;
  if (isWide(step)) {
    const silent = address === undefined;
    const instruction: RowInstruction = {
      op: "sendpicp",
      n,
      psel: 0,
      // A silent one leaves the outgoing address where it is: it counts one on.
      address: silent ? (registers.outgoing - 1) & ADDRESS_MASK : address,
      sctl: silent ? 0 : sctl,
      xpic: mux ?? registers.mux(event),
      pic: pic ?? registers.pointer(event),
    };
    if (!silent) registers.outgoing = address + n;
    return encodeInstruction(instruction);
  }
  if (address === undefined) {
    if (mux !== undefined) return encodeInstruction({ op: "delayxpic", n, sel: 0, value: mux });
    if (pic !== undefined) return encodeInstruction({ op: "delaypic", n, sel: 0, value: pic });
    return encodeInstruction({ op: "delay", n });
  }
  registers.outgoing = address + n;
  if (mux !== undefined) return encodeInstruction({ op: "sendpic", n, csel: 0, value: mux });
  if (pic !== undefined) return encodeInstruction({ op: "sendpic", n, csel: 2, value: pic });
  if (canOffset(step)) return encodeInstruction({ op: "sendoff", n, delta: step.delta!, sctl });
  return encodeInstruction({ op: "send", n, address, sctl });
}

const ADDRESS_MASK = 0x3ffff;
