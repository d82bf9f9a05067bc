/**
 * An exact profile: where the cycles of each hart went. It reads every retired instruction, trap
 * and interrupt of the trace and follows calls and returns, so that each cycle belongs to one stack
 * of functions; the sum is the cycles that have passed.
 */

import { TraceKind } from "../../assembly/kernel/abi.js";
import type { TraceRecord } from "../core/rings.js";

/** Kinds of record that a profile needs. */
export const PROFILE_KINDS: readonly TraceKind[] = [
  TraceKind.RETIRE,
  TraceKind.TRAP,
  TraceKind.INTERRUPT,
  TraceKind.SLEEP,
  TraceKind.WIRE,
];

/** What a profile asks about a hart's program. */
export interface ProfiledHart {
  readonly name: string;
  /** Index of the unit in trace records. */
  readonly unit: number;
  readonly rate_mhz: bigint;
  /** Name of the function that holds an address. */
  functionAt(address: number): string;
  /** Bits of the instruction at an address (two or four bytes), or 0. */
  instructionAt(address: number): number;
  /** The stack pointer and mscratch now: asked where the machine stands. */
  stackPointers(): { readonly sp: number; readonly mscratch: number };
}

/** A node of the tree of calls. */
export interface CallNode {
  readonly name: string;
  self: number;
  calls: number;
  readonly children: Map<string, CallNode>;
}

export interface LatencyRow {
  /** Cause as in mcause, without the interrupt bit. */
  readonly cause: number;
  count: number;
  /** Cycles from the line's edge, or from the moment it was served last, to the handler. */
  min: number;
  max: number;
  total: number;
}

export interface StackUse {
  /** The stack pointer where nothing is on the stack, as far as has been seen. */
  readonly top: number;
  /** Greatest depth, and the function that was called then. */
  readonly bytes: number;
  readonly deepest: string;
}

/** What one hart did. */
export interface HartProfile {
  readonly name: string;
  readonly rate_mhz: bigint;
  readonly root: CallNode;
  /** By address: cycles, and how often the instruction was executed. */
  readonly cyclesAt: ReadonlyMap<number, { cycles: number; count: number }>;
  readonly latencies: readonly LatencyRow[];
  /** The stacks that the hart has used, the deepest first. */
  readonly stacks: readonly StackUse[];
  readonly cycles: number;
  /** By function: its calls that are over, with the cycles of all that they called. */
  readonly spans: ReadonlyMap<string, CallSpan>;
}

/** Cycles from the first instruction of a call, or of a handler, until it has returned. */
export interface CallSpan {
  count: number;
  min: number;
  max: number;
  total: number;
}

export const ASLEEP = "[asleep]";
const ENTRY = "[interrupt entry]";
const PS_TIMES_MILLI = 10n ** 15n;
/** A stack pointer this far below what is known of a stack belongs to it (our choice). */
const NEAR_BYTES = 1024;
const RA = 1;
const SP = 2;
const T0 = 5;

/** What an instruction does to the stack of calls, and to the stack pointer. */
interface Effect {
  readonly flow: "none" | "call" | "return" | "mret";
  /** Added to sp, or what it is set to; null: it is set in a way that only the machine knows. */
  readonly stack: number | { readonly set: number; readonly relative: boolean } | "swap" | null;
  readonly bytes: number;
}

interface Stack {
  sp: number;
  top: number;
  lowest: number;
  deepest: string;
}

/** Cycles that pass until the next record. */
interface Open {
  readonly node: CallNode;
  /** The instruction to which they belong too, or null. */
  readonly pc: number | null;
  readonly from_ps: bigint;
}

interface Frame {
  readonly node: CallNode;
  /** Where the call returns to; null at the bottom, and for handlers. */
  readonly returnTo: number | null;
  /** Cycles of the hart when it began. */
  readonly begun: number;
  /** Of a handler: the stacks when it began, and their pointers; it leaves them as they were. */
  readonly stacks?: readonly { readonly stack: Stack | null; readonly sp: number }[];
}

/** Follows one hart. */
export class HartProfiler {
  readonly cyclesAt = new Map<number, { cycles: number; count: number }>();
  private readonly root: CallNode = node("");
  private frames: Frame[] = [];
  private readonly effects = new Map<number, Effect>();
  private readonly functions = new Map<number, string>();
  private readonly latencies = new Map<number, LatencyRow>();
  /** Time of the rising edge of each line that waits to be served. */
  private readonly raised = new Map<number, bigint>();
  /** What has begun and ends with the next record: a trap's entry, an interrupt's, a sleep. */
  private open: Open | null = null;
  private taken: { readonly cause: number; readonly from_ps: bigint } | null = null;
  private readonly used: Stack[] = [];
  /** The stack in use, and the one whose pointer handlers keep in mscratch; null: not known. */
  private stack: Stack | null = null;
  private other: Stack | null = null;
  private total = 0;
  private readonly spans = new Map<string, CallSpan>();

  constructor(private readonly hart: ProfiledHart) {}

  take(record: TraceRecord): void {
    if (record.kind === TraceKind.WIRE) {
      this.edge(record);
      return;
    }
    this.close(record.time_ps);
    this.served(record.time_ps);
    switch (record.kind) {
      case TraceKind.RETIRE:
        this.retire(record);
        break;
      case TraceKind.TRAP:
        this.charge(record.a, 0);
        this.open = { node: this.top(), pc: record.a, from_ps: record.time_ps };
        this.enter();
        break;
      case TraceKind.INTERRUPT:
        this.interrupt(record);
        this.open = { node: this.top(), pc: null, from_ps: record.time_ps };
        break;
      case TraceKind.SLEEP:
        this.open = { node: child(this.top(), ASLEEP), pc: null, from_ps: record.time_ps };
        break;
    }
  }

  /** The machine stands at a time: what is open ends there, and the registers may be read. */
  stand(now_ps: bigint): void {
    if (this.open !== null) {
      const { open } = this;
      this.close(now_ps);
      this.open = { ...open, from_ps: now_ps };
    }
    const { sp, mscratch } = this.hart.stackPointers();
    if (this.stack?.sp !== sp) this.stack = this.stackAt(sp);
    if (this.other?.sp !== mscratch) this.other = mscratch === 0 ? null : this.stackAt(mscratch);
  }

  result(): HartProfile {
    const stacks = this.used
      .map(({ top, lowest, deepest }) => ({ top, bytes: top - lowest, deepest }))
      .filter(({ bytes }) => bytes > 0)
      .sort((a, b) => b.bytes - a.bytes || a.top - b.top);
    return {
      name: this.hart.name,
      rate_mhz: this.hart.rate_mhz,
      root: this.root,
      cyclesAt: this.cyclesAt,
      latencies: [...this.latencies.values()].sort((a, b) => a.cause - b.cause),
      stacks,
      cycles: this.total,
      spans: this.spans,
    };
  }

  // ---- cycles -----------------------------------------------------------------------------------

  private cyclesBetween(from_ps: bigint, to_ps: bigint): number {
    return Number(((to_ps - from_ps) * this.hart.rate_mhz + PS_TIMES_MILLI / 2n) / PS_TIMES_MILLI);
  }

  /** What was open ends at a time: its cycles belong to the instruction, or to a name of its own. */
  private close(now_ps: bigint): void {
    const { open } = this;
    if (open === null) return;
    this.open = null;
    const cycles = this.cyclesBetween(open.from_ps, now_ps);
    this.total += cycles;
    open.node.self += cycles;
    const at = open.pc === null ? undefined : this.cyclesAt.get(open.pc);
    if (at !== undefined) at.cycles += cycles;
  }

  private charge(pc: number, cycles: number): void {
    this.total += cycles;
    const at = this.cyclesAt.get(pc);
    if (at === undefined) this.cyclesAt.set(pc, { cycles, count: 1 });
    else {
      at.cycles += cycles;
      at.count++;
    }
    this.current(pc).self += cycles;
  }

  private retire({ a: pc, b: next, c: cycles }: TraceRecord): void {
    this.charge(pc, cycles);
    const effect = this.effectAt(pc);
    if (effect.stack !== 0) this.moveStack(effect.stack, pc);
    if (effect.flow === "none") return;
    if (effect.flow === "call" && next !== pc + effect.bytes) {
      this.push(next, pc + effect.bytes);
    } else if (effect.flow === "return") this.pop(next);
    else if (effect.flow === "mret") this.leaveHandler();
  }

  // ---- the stack of calls -----------------------------------------------------------------------

  private top(): CallNode {
    return this.frames.at(-1)?.node ?? this.root;
  }

  /** The node of the function that holds `pc`, which replaces the top after a jump between two. */
  private current(pc: number): CallNode {
    const name = this.nameAt(pc);
    const top = this.frames.at(-1);
    if (top?.node.name === name) return top.node;
    const below = this.frames.at(-2)?.node ?? this.root;
    const next = child(below, name);
    const frame = { ...(top ?? { returnTo: null, begun: this.total }), node: next };
    if (top === undefined) this.frames.push(frame);
    else this.frames[this.frames.length - 1] = frame;
    return next;
  }

  private nameAt(pc: number): string {
    const known = this.functions.get(pc);
    if (known !== undefined) return known;
    const name = this.hart.functionAt(pc);
    this.functions.set(pc, name);
    return name;
  }

  private push(target: number, returnTo: number): void {
    const next = child(this.top(), this.nameAt(target));
    next.calls++;
    this.frames.push({ node: next, returnTo, begun: this.total });
  }

  private pop(next: number): void {
    for (let n = this.frames.length - 1; n >= 0 && this.frames[n]!.returnTo !== null; n--) {
      if (this.frames[n]!.returnTo !== next) continue;
      this.leaveTo(n);
      return;
    }
  }

  /** A handler begins: a frame without a return address, named by its first instruction. */
  private enter(): void {
    const stacks = [this.stack, this.other].map((stack) => ({ stack, sp: stack?.sp ?? 0 }));
    const entry = child(this.top(), ENTRY);
    this.frames.push({ node: entry, returnTo: null, begun: this.total, stacks });
  }

  /** Calls from the n-th frame on have returned. */
  private leaveTo(n: number): void {
    for (const { node: left, begun } of this.frames.splice(n)) {
      const cycles = this.total - begun;
      const span = this.spans.get(left.name);
      if (span === undefined) {
        this.spans.set(left.name, { count: 1, min: cycles, max: cycles, total: cycles });
        continue;
      }
      span.count++;
      span.min = Math.min(span.min, cycles);
      span.max = Math.max(span.max, cycles);
      span.total += cycles;
    }
  }

  private leaveHandler(): void {
    for (let n = this.frames.length - 1; n > 0; n--) {
      const { stacks } = this.frames[n]!;
      if (stacks === undefined) continue;
      this.leaveTo(n);
      for (const { stack, sp } of stacks) if (stack !== null) stack.sp = sp;
      this.stack = stacks[0]!.stack;
      this.other = stacks[1]!.stack;
      return;
    }
  }

  // ---- interrupts and the stack -----------------------------------------------------------------

  private edge({ a: level, b: target, c: bit, time_ps }: TraceRecord): void {
    if (target !== this.hart.unit) return;
    if (level === 1) this.raised.set(bit, time_ps);
    else this.raised.delete(bit);
  }

  private interrupt({ b, time_ps }: TraceRecord): void {
    const cause = b & 0x7fff_ffff;
    this.enter();
    this.taken = { cause, from_ps: this.raised.get(cause) ?? time_ps };
  }

  /** The handler's first instruction begins. */
  private served(now_ps: bigint): void {
    if (this.taken === null) return;
    const { cause, from_ps } = this.taken;
    this.taken = null;
    this.raised.delete(cause);
    const cycles = this.cyclesBetween(from_ps, now_ps);
    const row = this.latencies.get(cause);
    if (row === undefined) {
      this.latencies.set(cause, { cause, count: 1, min: cycles, max: cycles, total: cycles });
      return;
    }
    row.count++;
    row.min = Math.min(row.min, cycles);
    row.max = Math.max(row.max, cycles);
    row.total += cycles;
  }

  private moveStack(stack: Effect["stack"], pc: number): void {
    if (stack === "swap") {
      [this.stack, this.other] = [this.other, this.stack];
    } else if (stack === null) {
      this.stack = null;
    } else if (typeof stack === "object") {
      // Two instructions make an address: the stack is known with the second.
      this.stack = {
        sp: (stack.set + (stack.relative ? pc : 0)) >>> 0,
        top: 0,
        lowest: 0,
        deepest: "",
      };
    } else if (this.stack !== null) {
      const sp = (this.stack.sp + stack) >>> 0;
      if (this.stack.top === 0) this.stack = this.stackAt(sp);
      else this.measure(this.stack, sp);
    }
  }

  private measure(stack: Stack, sp: number): void {
    stack.sp = sp;
    if (sp < stack.lowest) {
      stack.deepest = this.top().name;
      stack.lowest = sp;
    }
    if (sp <= stack.top) return;
    stack.top = sp; // the first value seen was not its top
    stack.deepest = this.top().name;
  }

  /** The stack that a pointer lies in: one that is known and reaches near it, or a new one. */
  private stackAt(sp: number): Stack {
    const known = this.used.find(({ top, lowest }) => sp <= top && sp >= lowest - NEAR_BYTES);
    if (known !== undefined) {
      this.measure(known, sp);
      return known;
    }
    const made = { sp, top: sp, lowest: sp, deepest: "" };
    this.used.push(made);
    return made;
  }

  private effectAt(pc: number): Effect {
    const known = this.effects.get(pc);
    if (known !== undefined) return known;
    const effect = effectOf(this.hart.instructionAt(pc));
    this.effects.set(pc, effect);
    return effect;
  }
}

function node(name: string): CallNode {
  return { name, self: 0, calls: 0, children: new Map() };
}

function child(parent: CallNode, name: string): CallNode {
  const known = parent.children.get(name);
  if (known !== undefined) return known;
  const made = node(name);
  parent.children.set(name, made);
  return made;
}

/**
 * What an instruction means for calls and the stack pointer. Sources: RISC-V unprivileged manual,
 * chapters "RV32I" (return-address stack hints: x1 and x5 are link registers) and "C".
 */
export function effectOf(bits: number): Effect {
  return (bits & 3) === 3 ? effect32(bits) : effect16(bits & 0xffff);
}

const isLink = (register: number) => register === RA || register === T0;

function effect32(bits: number): Effect {
  const opcode = bits & 0x7f;
  const rd = (bits >>> 7) & 31;
  const rs1 = (bits >>> 15) & 31;
  const flow = (kind: Effect["flow"]): Effect => ({ flow: kind, stack: 0, bytes: 4 });
  if (bits >>> 0 === 0x3020_0073) return flow("mret");
  if (opcode === 0x6f) return flow(isLink(rd) ? "call" : "none");
  if (opcode === 0x67) {
    if (isLink(rd)) return flow("call");
    return flow(rd === 0 && isLink(rs1) ? "return" : "none");
  }
  // Stores and branches have no rd; everything else may set sp.
  const writes = opcode !== 0x23 && opcode !== 0x63 && opcode !== 0x0f;
  if (!writes || rd !== SP) return flow("none");
  // csrrw sp, mscratch, sp: a handler changes to a stack of its own, and back.
  if (bits >>> 0 === 0x3401_1173) return { flow: "none", stack: "swap", bytes: 4 };
  if (opcode === 0x37 || opcode === 0x17) {
    const set = { set: bits & ~0xfff, relative: opcode === 0x17 };
    return { flow: "none", stack: set, bytes: 4 };
  }
  const adds = opcode === 0x13 && ((bits >>> 12) & 7) === 0 && rs1 === SP;
  return { flow: "none", stack: adds ? bits >> 20 : null, bytes: 4 };
}

function effect16(bits: number): Effect {
  const quadrant = bits & 3;
  const funct3 = bits >>> 13;
  const rd = (bits >>> 7) & 31;
  const flow = (kind: Effect["flow"]): Effect => ({ flow: kind, stack: 0, bytes: 2 });
  if (quadrant === 1) {
    if (funct3 === 1) return flow("call"); // c.jal
    if (funct3 === 3 && rd === SP) return { flow: "none", stack: addi16sp(bits), bytes: 2 };
    const sets = rd === SP && (funct3 === 0 || funct3 === 2);
    if (sets) return { flow: "none", stack: funct3 === 0 ? immediate6(bits) : null, bytes: 2 };
  }
  if (quadrant === 2) {
    const rs2 = (bits >>> 2) & 31;
    if (funct3 === 4 && rs2 === 0 && rd !== 0) {
      if (bits & 0x1000) return flow("call"); // c.jalr
      return flow(isLink(rd) ? "return" : "none"); // c.jr
    }
    if (rd === SP && (funct3 === 0 || funct3 === 2 || funct3 === 4)) {
      return { flow: "none", stack: null, bytes: 2 };
    }
  }
  return flow("none");
}

/** c.addi16sp: nzimm[9|4|6|8:7|5] in bits 12, 6..2. */
function addi16sp(bits: number): number {
  const value =
    (((bits >> 12) & 1) << 9) |
    (((bits >> 6) & 1) << 4) |
    (((bits >> 5) & 1) << 6) |
    (((bits >> 3) & 3) << 7) |
    (((bits >> 2) & 1) << 5);
  return (value << 22) >> 22;
}

/** c.addi: imm[5] in bit 12, imm[4:0] in bits 6..2. */
function immediate6(bits: number): number {
  return (((((bits >> 12) & 1) << 5) | ((bits >> 2) & 31)) << 26) >> 26;
}
