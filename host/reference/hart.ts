/**
 * The reference hart: a slow, plain second implementation of rv32.md, written from that page and
 * the RISC-V manuals only, so that it can judge the core in lockstep. One call of `step` executes
 * one instruction, or takes one exception or interrupt, and says what it cost.
 *
 * Time is the hart's own cycles, the first instruction executing from cycle 0. Two numbers carry
 * all of the timing between instructions:
 *
 *   lastExecution   F, the last cycle in which the previous instruction executed
 *   cycle           N, the first cycle of the next one; F+1 .. N-1 are bubbles
 *
 * An interrupt is taken before the instruction at N when a wire enabled in mie is high in cycle
 * N-1, so one that becomes visible in cycle A is taken only if A < N. The handler's first cycle
 * replaces the bubbles: max(F+4, A+3).
 */

import { CsrFile, type CsrOptions, type Privilege } from "./csr.js";
import { decode, type Instruction, illegalBits, type Mnemonic } from "./decode.js";
import { execute, type Outcome } from "./execute.js";
import { highestPriority, InterruptWires } from "./interrupts.js";
import { type Isa, parseIsa } from "./isa.js";
import type { ReferenceMemory } from "./memory.js";
import { PROFILES, type TimingClass, type TimingName, type TimingProfile } from "./timing.js";

export interface ReferenceHartOptions {
  /** `rv32i` and any of `m`, `a`, `c`. */
  readonly isa: string;
  /** Reset pc; mtvec resets to (boot AND NOT 0xff) OR 1. */
  readonly boot: number;
  readonly hartid: number;
  /** Default `ibex-small`. */
  readonly timing?: TimingName;
  readonly memory: ReferenceMemory;
  /** The node's mtime as a function of the hart's cycle; `time` is mcycle when absent. */
  readonly mtime?: (cycle: bigint) => bigint;
}

interface StepBase {
  /** Address of the instruction; for an interrupt the address it returns to (mepc). */
  readonly pc: number;
  /** First cycle of the step. */
  readonly start: bigint;
  /** Cycles from `start` to the first cycle of the next step. */
  readonly cost: bigint;
}

export interface Retired extends StepBase {
  readonly kind: "retired";
  readonly name: Mnemonic;
  /** The instruction as fetched, 16 bits of a compressed one. */
  readonly bits: number;
}

export interface Trapped extends StepBase {
  readonly kind: "trapped";
  readonly cause: number;
  readonly tval: number;
}

export interface Interrupted extends StepBase {
  readonly kind: "interrupt";
  /** Without bit 31: 3, 7, 11, 16..30. */
  readonly cause: number;
}

/** In `wfi` with no scheduled change of the wires that could wake it; cost is 0. */
export interface Asleep extends StepBase {
  readonly kind: "asleep";
  /** True for the step that executed the `wfi` (it is retired), false for later ones. */
  readonly entered: boolean;
}

export type StepResult = Retired | Trapped | Interrupted | Asleep;

/** Exception codes of the privileged manual, table of mcause. */
const INSTRUCTION_ACCESS_FAULT = 1;
const ILLEGAL_INSTRUCTION = 2;

export class ReferenceHart {
  /** x0..x31; x0 stays 0. */
  readonly registers = new Uint32Array(32);
  readonly memory: ReferenceMemory;
  readonly isa: Isa;
  readonly csr: CsrFile;
  pc: number;
  /** First cycle of the next instruction; while asleep the first cycle of the `wfi`. */
  cycle = 0n;
  /** Last cycle in which the last instruction executed; `lastExecution + 1` cycles have run. */
  lastExecution = -1n;
  /** Completed instructions, whatever the guest does to minstret and mcountinhibit. */
  retired = 0;
  /** Instructions that raised an exception instead. */
  trapped = 0;
  /** Interrupts taken. */
  interrupts = 0;
  /** Reservation of lr.w: number of a 16-byte granule. */
  reservation: number | undefined;
  private readonly wires = new InterruptWires();
  private readonly profile: TimingProfile;
  /** First cycle of the `wfi` in which the hart sleeps. */
  private sleepingSince: bigint | undefined;

  /** @throws RangeError when the ISA string is not one of this hart's. */
  constructor(options: ReferenceHartOptions) {
    this.isa = parseIsa(options.isa);
    this.memory = options.memory;
    this.pc = options.boot >>> 0;
    this.profile = PROFILES[options.timing ?? "ibex-small"];
    const { boot, hartid, mtime } = options;
    const csr: CsrOptions = { isa: this.isa, boot, hartid, wires: this.wires, mtime };
    this.csr = new CsrFile(csr);
  }

  get privilege(): Privilege {
    return this.csr.privilege;
  }

  /** True while the hart is in `wfi` and nothing scheduled wakes it. */
  get asleep(): boolean {
    return this.sleepingSince !== undefined;
  }

  /** Cycles before `cycle` in which nothing executes and an interrupt may take the pipeline. */
  get bubbles(): bigint {
    return this.cycle - 1n - this.lastExecution;
  }

  /** A CSR as the instruction at `cycle` would read it in machine mode; undefined if absent. */
  readCsr(address: number): number | undefined {
    return this.csr.read(address, this.cycle);
  }

  /**
   * Sets the level of all interrupt wires from a cycle on (mip bits 3, 7, 11, 16..30; others are
   * ignored). Changes may be given ahead of time and in any order; each holds until the next.
   */
  setInterruptLines(mip: number, cycle: bigint): void {
    this.wires.set(mip, cycle);
  }

  /** Another agent stored to an address: a reservation on its 16-byte granule is lost. */
  otherAgentStored(address: number): void {
    if (this.reservation === address >>> 4) this.reservation = undefined;
  }

  /** Executes one instruction, or takes one exception or interrupt. */
  step(): StepResult {
    if (this.sleepingSince !== undefined && !this.wake(this.sleepingSince)) {
      return { kind: "asleep", entered: false, pc: this.pc, start: this.cycle, cost: 0n };
    }
    return this.takeInterrupt() ?? this.executeNext();
  }

  private takeInterrupt(): Interrupted | undefined {
    const { pc, cycle: start } = this;
    const pending = this.csr.enabledInterrupts(this.wires.level(start - 1n));
    if (pending === 0) return undefined;
    const cause = highestPriority(pending);
    this.cycle = this.handlerCycle();
    this.lastExecution = this.cycle - 1n;
    this.pc = this.csr.enterTrap((0x8000_0000 | cause) >>> 0, pc, 0);
    this.interrupts++;
    return { kind: "interrupt", cause, pc, start, cost: this.cycle - start };
  }

  /**
   * max(F+4, A+3), A being the first bubble from which an enabled interrupt was pending in every
   * cycle to N-1. What the last instruction changed in the CSRs is in force in all its bubbles.
   */
  private handlerCycle(): bigint {
    const first = this.lastExecution + 1n;
    let visible = this.cycle - 1n;
    const pendingIn = (cycle: bigint) => this.csr.enabledInterrupts(this.wires.level(cycle)) !== 0;
    while (visible > first && pendingIn(visible - 1n)) visible--;
    const fromExecution = this.lastExecution + BigInt(this.profile.interrupt_from_execution_cycles);
    if (visible <= first) return fromExecution;
    const fromBubble = visible + BigInt(this.profile.interrupt_from_bubble_cycles);
    return fromBubble > fromExecution ? fromBubble : fromExecution;
  }

  private executeNext(): StepResult {
    const { pc, cycle: start } = this;
    const fetched = this.fetch(pc);
    if ("fault" in fetched) return this.trap(INSTRUCTION_ACCESS_FAULT, fetched.fault, "trap", 0);
    const instruction = decode(fetched.bits, this.isa);
    if (instruction === undefined) {
      return this.trap(ILLEGAL_INSTRUCTION, illegalBits(fetched.bits), "trap", 0);
    }
    const outcome = execute(this, instruction);
    if (outcome.kind === "trap") {
      return this.trap(outcome.cause, outcome.tval, outcome.timing, outcome.wait_cycles);
    }
    this.retire(instruction, outcome);
    if (instruction.name === "wfi" && !this.sleep(start)) {
      return { kind: "asleep", entered: true, pc, start, cost: 0n };
    }
    const { name, bits } = instruction;
    return { kind: "retired", name, bits, pc, start, cost: this.cycle - start };
  }

  /** An instruction's bits, or the address of the half whose fetch failed. */
  private fetch(pc: number): { readonly bits: number } | { readonly fault: number } {
    const low = this.memory.fetchHalf(pc);
    if (low === undefined) return { fault: pc };
    if ((low & 3) !== 3) return { bits: low };
    const next = (pc + 2) >>> 0;
    const high = this.memory.fetchHalf(next);
    if (high === undefined) return { fault: next };
    return { bits: ((high << 16) | low) >>> 0 };
  }

  private retire(instruction: Instruction, outcome: Outcome & { kind: "done" }): void {
    const next = outcome.target ?? this.pc + instruction.length_bytes;
    this.pc = next >>> 0;
    this.retired++;
    this.csr.minstret.retire();
    const redirected = outcome.target !== undefined && outcome.aligns;
    const misfetch = redirected && this.misfetches() ? this.profile.misfetch_bubbles : 0;
    this.spend(outcome.timing, outcome.wait_cycles, misfetch);
  }

  /** The next instruction lies at 2 mod 4 and is uncompressed, or its fetch fails. */
  private misfetches(): boolean {
    if ((this.pc & 2) === 0) return false;
    const fetched = this.fetch(this.pc);
    return "fault" in fetched || (fetched.bits & 3) === 3;
  }

  private trap(cause: number, tval: number, timing: TimingClass, wait_cycles: number): Trapped {
    const { pc, cycle: start } = this;
    this.pc = this.csr.enterTrap(cause, pc, tval);
    this.trapped++;
    this.spend(timing, wait_cycles, 0);
    return { kind: "trapped", cause, tval: tval >>> 0, pc, start, cost: this.cycle - start };
  }

  private spend(timing: TimingClass, wait_cycles: number, misfetch_bubbles: number): void {
    const { execution, bubbles } = this.profile.costs[timing];
    this.lastExecution = this.cycle + BigInt(execution + wait_cycles) - 1n;
    this.cycle = this.lastExecution + BigInt(1 + bubbles + misfetch_bubbles);
  }

  /** Goes to sleep in a `wfi` whose first cycle is `since`; false if nothing scheduled wakes it. */
  private sleep(since: bigint): boolean {
    this.sleepingSince = since;
    this.lastExecution = since;
    this.cycle = since;
    return this.wake(since);
  }

  /**
   * S = max(W+3, A): the first cycle from W+3 on in which a wire enabled in mie is high, whatever
   * MIE says. The next instruction is at S+2, the handler at S+4: as if the `wfi` executed until
   * S and left one bubble. mcycle stands still from W+3 to S.
   */
  private wake(since: bigint): boolean {
    const earliest = since + BigInt(this.profile.asleep_cycles);
    const woken = this.wires.firstHigh(this.csr.mie, earliest);
    if (woken === undefined) return false;
    this.sleepingSince = undefined;
    this.csr.mcycle.lose(woken - earliest, woken);
    this.lastExecution = woken;
    this.cycle = woken + BigInt(1 + this.profile.wake_bubbles);
    return true;
  }
}
