/**
 * One program on the core's hart and on the reference hart, step by step.
 *
 * Interrupt wires are given to both when the core stands at the boundary N that follows the change.
 * Two placements are moved by a cycle, because the two harts may differ there: a change visible
 * exactly at the boundary N before which an interrupt is taken (the reference looks at N - 1, the
 * core picks the cause among the lines visible at N), and a change between a sleeper's decision at
 * S and its next instruction.
 */
import { HartState } from "../../assembly/kernel/abi.js";
import * as L from "../../assembly/kernel/layout.js";
import {
  CSR,
  INTERRUPT_BITS,
  type RandomProgram,
  ReferenceHart,
  ReferenceMemory,
  type StepResult,
  type TimingName,
  type WireChange,
} from "../../host/reference/index.js";
import { HartBench } from "./hart-bench.js";

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
const CSRS = Object.entries(CSR);

export class Lockstep {
  readonly bench: HartBench;
  readonly reference: ReferenceHart;
  /** What the reference did last, for messages. */
  last = "";
  private readonly ram: Uint8Array;
  private readonly changes: WireChange[];
  private readonly hart: number;
  private lines = 0;
  /** Changes may not be visible before this cycle. */
  private from = 0n;

  constructor(program: RandomProgram, timing: TimingName) {
    const { isa, boot, ramBase, ramSize, image } = program;
    const regions = [{ base: ramBase, size: ramSize }];
    this.bench = new HartBench([{ isa, boot, regions, timing: timing === "ibex-small" ? 0 : 1 }]);
    this.bench.load(image);
    this.hart = this.bench.harts[0]!;
    this.ram = image.slice();
    const memory = new ReferenceMemory([{ base: ramBase, bytes: this.ram }]);
    this.reference = new ReferenceHart({ isa, boot, hartid: 0, timing, memory });
    this.changes = [...program.interrupts];
  }

  /** Both execute one instruction or take one trap or interrupt. False: asleep for ever. */
  step(): boolean {
    if (!this.awake()) return false;
    this.feed();
    this.bench.step();
    // A wfi with a wire up already: what changes until its decision must be known to both.
    const waking = this.bench.state() === HartState.WAKING;
    const handler = waking && this.decide(this.bench.cycle());
    const result = this.reference.step();
    this.note(result);
    if (handler) this.note(this.reference.step());
    else if (!waking && isWfi(result) && this.bench.state() === HartState.RUNNING) {
      // A wfi that costs nothing more lets the core decide in the same step; the reference's
      // decision is a step of its own.
      if (this.bench.pc() !== this.reference.pc) this.note(this.reference.step());
    }
    return true;
  }

  private note(result: StepResult): void {
    this.last = JSON.stringify(result, (_key, v) => (typeof v === "bigint" ? `${v}` : v));
  }

  /** Wakes a sleeper by the changes to come; the reference decides when it next steps. */
  private awake(): boolean {
    while (this.bench.state() === HartState.ASLEEP) {
      const change = this.changes.shift();
      if (change === undefined) return false;
      this.give(change, this.notBefore(change.cycle));
      if (this.bench.state() !== HartState.WAKING) continue;
      const decision = this.bench.cycle();
      const handler = this.decide(decision);
      if (this.bench.state() !== HartState.RUNNING) continue;
      if (handler) this.note(this.reference.step());
      if (handler) return this.awake();
    }
    return true;
  }

  /** Lets the core run past its decision at S. True if it went to the handler. */
  private decide(decision: bigint): boolean {
    while (this.changes[0] !== undefined && this.changes[0].cycle <= decision) {
      const change = this.changes.shift()!;
      this.give(change, this.notBefore(change.cycle));
    }
    const cause = this.bench.get32(this.hart + L.HART_TRAPPED);
    const pc = this.bench.pc();
    this.bench.run(decision + 1n);
    this.from = this.bench.cycle();
    return cause === this.bench.get32(this.hart + L.HART_TRAPPED) && this.bench.pc() !== pc;
  }

  private notBefore(cycle: bigint): bigint {
    if (cycle < this.from) return this.from;
    return cycle;
  }

  private give(change: WireChange, cycle: bigint): void {
    const next = (change.mip & INTERRUPT_BITS) >>> 0;
    const moved = next ^ this.lines;
    this.lines = next;
    for (let bit = 0; bit < 32; bit++) {
      if ((moved >>> bit) & 1) this.bench.setLine(bit, (next >>> bit) & 1, cycle);
    }
    this.reference.setInterruptLines(next, cycle);
    this.from = cycle;
  }

  /** Gives both harts the changes that are visible at the boundary at which they stand. */
  private feed(): void {
    const now = this.bench.cycle();
    while (this.changes[0] !== undefined && this.changes[0].cycle <= now) {
      const due = this.notBefore(this.changes[0].cycle);
      const visible = this.bench.get64(this.hart + L.HART_IRQ_CYCLE);
      if (due === now && visible !== 0n && visible < now) {
        this.from = now + 1n;
        return;
      }
      this.give(this.changes.shift()!, due);
    }
  }

  /** Everything in which the two differ now, in words. */
  differences(): string[] {
    const { bench, reference } = this;
    const found: string[] = [];
    const check = (name: string, core: number | bigint | undefined, expected: typeof core) => {
      if (core !== expected) found.push(`${name}: core ${show(core)}, reference ${show(expected)}`);
    };
    check("pc", bench.pc(), reference.pc);
    if (!reference.asleep) check("cycle", bench.cycle(), reference.cycle);
    check("retired", bench.retired(), BigInt(reference.retired));
    check("trapped", bench.get64(this.hart + L.HART_TRAPPED), BigInt(reference.trapped));
    check("privilege", bench.get32(this.hart + L.HART_PRIVILEGE), reference.privilege);
    for (let i = 0; i < 32; i++) check(`x${i}`, bench.x(i), reference.registers[i]);
    for (const [name, address] of CSRS) {
      if (reference.asleep && name.includes("cycle")) continue;
      if (reference.asleep && (name.startsWith("time") || name === "mip")) continue;
      check(name, bench.csr(address), reference.readCsr(address));
    }
    const at = bench.memories[0]![0]!;
    const core = Buffer.from(bench.u8.buffer, at, this.ram.length);
    if (Buffer.compare(core, this.ram) !== 0) {
      const offset = this.ram.findIndex((byte, i) => byte !== core[i]);
      check(`memory at offset ${hex(offset)}`, core[offset]!, this.ram[offset]!);
    }
    return found;
  }
}

function isWfi(result: StepResult): boolean {
  return result.kind === "retired" && result.name === "wfi";
}

function show(value: number | bigint | undefined): string {
  return typeof value === "number" ? hex(value) : String(value);
}
