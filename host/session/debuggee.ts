/**
 * A machine as a debugger controls it: breakpoints, steps, and reverse by going back to a snapshot
 * and running again (history.ts). The machine always moves as a whole, in its own order, so its
 * cycles and digests are those of a run without a debugger.
 */

import type { Machine, RunResult } from "../core/machine.js";
import { ModelBug } from "../core/module.js";
import type { DebugPoint, DebugRun, DebugStop, DebugTarget } from "../core/ports.js";
import type { Hit } from "../core/triggers.js";
import { debugCommand } from "./debug-commands.js";
import { History, type Mark, type PastInputs, type Point } from "./history.js";

/** What a debugged machine needs of the host that runs it. */
export interface DebugHost {
  /** Machine time at which the run ends; null: none. */
  readonly end_ps: bigint | null;
  readonly log: PastInputs;
  /** CSRs to show, by number; those that no hart has are left out. */
  csrName(address: number): string | undefined;
  /** Machine time that one part of a run should take, so that the host stays responsive. */
  span_ps(): bigint;
  /** Called after each part: the records of the trace count, the event loop gets its turn. */
  pause(): Promise<void>;
  /** Inputs and outputs, where the machine stands at a time; resolves when it may go on. */
  exchange(): Promise<void>;
  /** True while an endpoint may still bring something. */
  inputPossible(): boolean;
  /** Waits a little for an input: nothing else can happen. */
  waitForInput(): Promise<void>;
  /** A trigger that is not the debugger's has been met. */
  otherHit?(hit: Hit): void;
  /** `monitor inject`: applies a fault now and says so. @throws UserError. */
  inject?(fault: string): string;
}

/** Our choice: how far reverse-step looks back at first, and by what it looks further. */
const LOOK_BACK_CYCLES = 64n;
const LOOK_BACK_FACTOR = 8n;
const MRET = 0x3020_0073;
const CSRS = 0x1000;

export class Debuggee implements DebugTarget {
  readonly harts: readonly string[];
  readonly csrs: DebugTarget["csrs"];
  readonly roms: DebugTarget["roms"];
  readonly history: History;
  readonly named = new Map<string, Mark>();
  private points: readonly DebugPoint[] = [];
  /** Numbers of the points that are armed, by what they are. */
  private readonly armed = new Map<string, number>();
  /** The time to which the machine runs before inputs enter again. */
  private bound_ps: bigint;
  private last = 0;

  constructor(
    readonly machine: Machine,
    readonly host: DebugHost,
  ) {
    this.harts = machine.harts;
    this.csrs = csrsOf(machine, host);
    this.roms = romsOf(machine);
    this.history = new History(machine, host.log);
    this.bound_ps = machine.now();
  }

  readRegister(hart: number, index: number): number {
    return this.machine.readRegister(hart, index);
  }

  writeRegister(hart: number, index: number, value: number): void {
    this.machine.writeRegister(hart, index, value);
    this.history.branch();
  }

  readPc(hart: number): number {
    return this.machine.readPc(hart);
  }

  writePc(hart: number, value: number): void {
    if (value === this.machine.readPc(hart)) return;
    this.machine.writePc(hart, value);
    this.history.branch();
  }

  readCsr(hart: number, address: number): number | undefined {
    return this.machine.readCsr(hart, address);
  }

  writeCsr(hart: number, address: number, value: number): boolean {
    const written = this.machine.writeCsr(hart, address, value);
    if (written) this.history.branch();
    return written;
  }

  readMemory(hart: number, address: number, length: number): Uint8Array {
    return this.machine.readMemory(hart, address, length);
  }

  writeMemory(hart: number, address: number, bytes: Uint8Array): number {
    const written = this.machine.writeMemory(hart, address, bytes);
    if (written > 0) this.history.branch();
    return written;
  }

  stateOf(hart: number): string {
    return this.machine.hartViews()[hart]?.state ?? "stopped";
  }

  setPoints(points: readonly DebugPoint[]): void {
    this.points = points;
  }

  command(line: string): Promise<string> {
    return debugCommand(this, line);
  }

  async resume(run: DebugRun, interrupted: () => boolean): Promise<DebugStop> {
    this.arm();
    try {
      const stop = await this.move(run, interrupted);
      this.last = stop.hart;
      return stop;
    } finally {
      this.machine.triggers.free();
    }
  }

  private move(run: DebugRun, interrupted: () => boolean): Promise<DebugStop> {
    switch (run.kind) {
      case "continue":
        return this.forward(interrupted);
      case "step":
        return this.stepForward(run, interrupted);
      case "reverse-step":
        return Promise.resolve(this.stepBack(run.hart));
      case "reverse-continue":
        return Promise.resolve(this.continueBack());
    }
  }

  /** Takes every point out of the machine: the debugger has gone. */
  release(): void {
    this.points = [];
    this.disarm();
  }

  private disarm(): void {
    for (const id of this.armed.values()) this.machine.triggers.remove(id);
    this.armed.clear();
  }

  /** Brings the machine's triggers in line with the points asked for. */
  private arm(): void {
    const { triggers } = this.machine;
    const wanted = new Map(this.points.map((point) => [keyOf(point), point]));
    for (const [key, id] of this.armed) {
      if (wanted.has(key)) continue;
      triggers.remove(id);
      this.armed.delete(key);
    }
    for (const [key, point] of wanted) {
      if (!this.armed.has(key)) this.armed.set(key, triggers.add({ ...point, hart: null }));
    }
  }

  private mine(hit: Hit): boolean {
    const own = new Set(this.armed.values());
    return hit.triggers.some((id) => own.has(id));
  }

  // ---- forward ----------------------------------------------------------------------------------

  /** Runs until something stops the machine. */
  async forward(interrupted: () => boolean, until_ps: bigint | null = null): Promise<DebugStop> {
    for (;;) {
      if (interrupted()) return { reason: "interrupt", hart: this.last };
      if (this.history.atTime) {
        const stop = await this.enterTime(until_ps);
        if (stop !== null) return stop;
      }
      const result = this.runPart();
      await this.host.pause();
      const stop = result === "break" ? this.stopOf(this.machine.triggers.hit()!) : null;
      if (stop !== null) return stop;
      if (result === "halt") return this.exit();
      if (result === "idle" && !(await this.mayWake())) return { reason: "idle", hart: this.last };
    }
  }

  /** At a time: the end of the run, inputs, and how far the next part goes. */
  private async enterTime(until_ps: bigint | null): Promise<DebugStop | null> {
    const { machine, host, history } = this;
    if (host.end_ps !== null && machine.now() >= host.end_ps) return this.exit();
    if (until_ps !== null && machine.now() >= until_ps) return { reason: "step", hart: this.last };
    history.feed();
    if (history.live) {
      await host.exchange();
      history.taken();
    }
    let bound_ps = machine.now() + host.span_ps();
    for (const limit_ps of [host.end_ps, until_ps]) {
      if (limit_ps !== null && limit_ps < bound_ps) bound_ps = limit_ps;
    }
    this.bound_ps = history.bound(bound_ps);
    return null;
  }

  private runPart(): RunResult {
    const result = this.machine.run(this.bound_ps, { stopWhenIdle: true });
    this.history.moved(result !== "break");
    return result;
  }

  private async mayWake(): Promise<boolean> {
    if (!this.history.live) return true;
    if (!this.host.inputPossible()) return this.host.end_ps !== null && this.skipToEnd();
    await this.host.waitForInput();
    return true;
  }

  /** Nothing can happen, but the run has an end: time goes on to it. */
  private skipToEnd(): boolean {
    this.machine.run(this.host.end_ps!);
    this.history.moved(true);
    return true;
  }

  private exit(): DebugStop {
    const { kind, value } = this.machine.halt();
    return { reason: "exit", hart: this.last, code: kind === "tohost" && value >>> 1 ? 1 : 0 };
  }

  /** What a hit means to the debugger; null when it is none of its own. */
  private stopOf(hit: Hit): DebugStop | null {
    const { hart, kind } = hit;
    if (kind === "step") return { reason: "step", hart };
    if (!this.mine(hit)) {
      this.host.otherHit?.(hit);
      return null;
    }
    return stopAt(hit, this.points);
  }

  /**
   * Steps one instruction, or while the pc stays in the range. An interrupt that comes is gone
   * through to its end, so that stepping stays in the code that is looked at.
   */
  private async stepForward(
    { hart, from, end }: DebugRun & { readonly kind: "step" },
    interrupted: () => boolean,
  ): Promise<DebugStop> {
    const { machine } = this;
    const depth = new Depth();
    machine.triggers.step(hart);
    for (;;) {
      const before = this.progress(hart);
      const stop = await this.forward(interrupted);
      if (stop.reason !== "step" || stop.hart !== hart) return stop;
      const after = this.progress(hart);
      const outer = depth.value <= 0 && begun(before, after);
      depth.count(before, after);
      const pc = machine.readPc(hart);
      if (outer && (pc < from || pc >= end)) return stop;
    }
  }

  private progress(hart: number): Progress {
    const { machine } = this;
    const { retired, trapped } = machine.hartViews()[hart]!;
    const pc = machine.readPc(hart);
    const bytes = machine.readMemory(hart, pc, 4);
    const mret =
      bytes.length === 4 && new DataView(bytes.buffer).getUint32(bytes.byteOffset, true) === MRET;
    return { retired, trapped, mret };
  }

  // ---- backward ---------------------------------------------------------------------------------

  /** Goes to before the last instruction of the hart, handlers of interrupts being passed over. */
  private stepBack(hart: number): DebugStop {
    const { machine, history } = this;
    const here = history.here();
    const atTime = history.atTime;
    const passed = machine.readCycle(hart);
    this.disarm();
    const cycle_ps = 10n ** 15n / this.rateOf(hart) + 1n;
    for (let look_ps = LOOK_BACK_CYCLES * cycle_ps; ; look_ps *= LOOK_BACK_FACTOR) {
      const wanted_ps = machineTime(here) - look_ps;
      const start_ps = wanted_ps > history.oldest_ps ? wanted_ps : history.oldest_ps;
      history.goToTime(start_ps);
      const point = this.lastInstruction(hart, passed, machineTime(here));
      if (point !== null) {
        this.arrive(point);
        return { reason: "step", hart };
      }
      if (start_ps > history.oldest_ps) continue;
      history.restore(here, atTime);
      return { reason: "begin", hart };
    }
  }

  /** The last point before `passed` at which the hart began an instruction as deep as then. */
  private lastInstruction(hart: number, passed: bigint, until_ps: bigint): Point | null {
    const { machine, history } = this;
    const depth = new Depth();
    const points: { readonly point: Point; readonly depth: number }[] = [];
    let before = this.progress(hart);
    machine.triggers.step(hart);
    history.replay(until_ps + 1n, ({ kind, hart: owner, cycle }) => {
      if (kind !== "step" || owner !== hart || cycle >= passed) return cycle >= passed;
      const after = this.progress(hart);
      const point = { time_ps: machine.now(), hart, cycle };
      if (begun(before, after)) points.push({ point, depth: depth.value });
      depth.count(before, after);
      before = after;
      return machine.readCycle(hart) >= passed;
    });
    machine.triggers.free();
    return points.findLast((row) => row.depth <= depth.value)?.point ?? null;
  }

  /** Goes to the last point before now at which one of the debugger's points was met. */
  private continueBack(): DebugStop {
    const { machine, history } = this;
    const cycles = machine.harts.map((_, hart) => machine.readCycle(hart));
    let until_ps = machine.now() + (history.atTime ? 0n : 1n);
    for (const mark of history.backwards()) {
      if (mark.snapshot.now_ps >= until_ps) continue;
      const found = this.lastHit(mark, until_ps, cycles);
      if (found !== null) {
        this.arrive(found.point);
        return stopAt(found.hit, this.points);
      }
      until_ps = mark.snapshot.now_ps;
    }
    history.goToTime(history.oldest_ps);
    this.bound_ps = machine.now();
    return { reason: "begin", hart: this.last };
  }

  private lastHit(
    mark: Mark,
    until_ps: bigint,
    cycles: readonly bigint[],
  ): { readonly point: Point; readonly hit: Hit } | null {
    const { machine, history } = this;
    let found: { point: Point; hit: Hit } | null = null;
    history.restore(mark, true);
    history.replay(until_ps, (hit) => {
      if (hit.cycle >= cycles[hit.hart]!) return true;
      if (this.mine(hit)) {
        const point = { time_ps: machine.now(), hart: hit.hart, cycle: hit.cycle };
        found = { point, hit };
      }
      return false;
    });
    return found;
  }

  /** Goes to a mark of this or another past; the future is then open. */
  goToMark(mark: Mark): void {
    this.disarm();
    this.history.restore(mark, false);
    this.history.branch();
    this.bound_ps = this.machine.now() + 1n;
  }

  /** Goes to an exact time, earlier or later, through no breakpoint. */
  async goToTime(time_ps: bigint): Promise<void> {
    this.disarm();
    if (time_ps < this.machine.now()) this.history.goToTime(time_ps);
    else await this.forward(() => false, time_ps);
  }

  private arrive(point: Point): void {
    this.disarm();
    this.history.goTo(point);
    this.bound_ps = this.history.bound(this.machine.now() + 1n);
    if (this.machine.readCycle(point.hart) !== point.cycle) {
      throw new ModelBug(`going back to cycle ${point.cycle} of hart ${point.hart} went elsewhere`);
    }
  }

  private rateOf(hart: number): bigint {
    const { image } = this.machine;
    return image.domains[image.harts[hart]!.domain]!.rate_mhz;
  }
}

interface Progress {
  readonly retired: bigint;
  readonly trapped: bigint;
  /** The instruction at pc returns from a trap. */
  readonly mret: boolean;
}

/** Whether an instruction has been executed, or has trapped; else an interrupt has been taken. */
function begun(before: Progress, after: Progress): boolean {
  return after.retired !== before.retired || after.trapped !== before.trapped;
}

/** How many traps a hart has entered and not left since the count began. */
class Depth {
  value = 0;

  count(before: Progress, after: Progress): void {
    if (after.retired === before.retired) this.value++;
    else if (before.mret) this.value--;
  }
}

function keyOf({ kind, address, length }: DebugPoint): string {
  return `${kind} ${address} ${length}`;
}

function machineTime(mark: Mark): bigint {
  return mark.snapshot.now_ps;
}

function stopAt(hit: Hit, points: readonly DebugPoint[]): DebugStop {
  const { hart, kind } = hit;
  if (kind === "pc") return { reason: "breakpoint", hart };
  // A debugger knows a watchpoint by its own address, whatever bytes of it were accessed.
  const met = points.find(
    ({ kind: wanted, address, length }) =>
      wanted !== "pc" &&
      ((hit.address - address) >>> 0 < length || (address - hit.address) >>> 0 < hit.bytes),
  );
  const address = met?.address ?? hit.address;
  return { reason: met === undefined || met.kind === "pc" ? "access" : met.kind, hart, address };
}

/** CSRs that every hart has. */
function csrsOf(machine: Machine, host: DebugHost): DebugTarget["csrs"] {
  const rows: { address: number; name: string }[] = [];
  for (let address = 0; address < CSRS; address++) {
    const name = host.csrName(address);
    if (name === undefined) continue;
    const everywhere = machine.harts.every(
      (_, hart) => machine.readCsr(hart, address) !== undefined,
    );
    if (everywhere) rows.push({ address, name });
  }
  return rows;
}

/** Places where some hart has ROM and none has anything that can be written. */
function romsOf({ image }: Machine): DebugTarget["roms"] {
  const places = image.memories.flatMap((memory) =>
    [memory.guestBase, ...memory.aliasBases].map((start) => ({
      rom: memory.kind === "rom",
      start,
      length: memory.size,
    })),
  );
  const writable = places.filter(({ rom }) => !rom);
  const roms = places.filter(
    ({ rom, start, length }) =>
      rom &&
      !writable.some((other) => start < other.start + other.length && other.start < start + length),
  );
  const unique = new Map(
    roms.map(({ start, length }) => [`${start} ${length}`, { start, length }]),
  );
  return [...unique.values()].sort((a, b) => a.start - b.start);
}
