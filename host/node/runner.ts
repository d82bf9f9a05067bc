/**
 * The two drivers of time (architecture, section 5). Free-running: as fast as possible. Paced:
 * emulated time follows the wall clock. The machine cannot tell which of them runs it: both only
 * choose the times at which it stands still and inputs enter.
 */

import { performance } from "node:perf_hooks";
import type { Machine } from "../core/machine.js";
import type { UartPort } from "../core/ports.js";
import { UserError } from "../error/index.js";
import type { Bridge } from "../serial/bridge.js";
import type { RecordHub } from "../session/hub.js";
import type { Hit, Watch } from "../session/watch.js";
import { Lateness, type LatenessReport } from "./lateness.js";

/** Why a run ended. */
export type Ended =
  | { readonly by: "time" | "halt" | "idle" | "stopped" }
  | { readonly by: "until"; readonly hit: Hit };

/** Something to be done with the machine at an exact time, before the inputs of that time. */
export interface Appointment {
  readonly time_ps: bigint;
  act(): void;
}

export interface RunOptions {
  readonly machine: Machine;
  readonly hub: RecordHub;
  readonly paced: boolean;
  readonly bridge: Bridge | null;
  /** UARTs without an endpoint: what they send is thrown away. */
  readonly unattached: readonly UartPort[];
  /** Machine time at which the run ends; null: none. */
  readonly end_ps: bigint | null;
  readonly watch: Watch | null;
  readonly appointments: readonly Appointment[];
  /** Called at every multiple of `period_ps`, before the inputs of that time. */
  readonly periodic: { readonly period_ps: bigint; act(): void } | null;
  /** True once the user wants the run to end. */
  stopRequested(): boolean;
  /** Called between slices, at most every 100 ms of wall time and not before the first 100 ms. */
  onStatus?(status: RunStatus): void;
}

export interface RunStatus {
  readonly now_ps: bigint;
  readonly lateness: LatenessReport | null;
}

/** One slice of a paced run, and of a run with inputs (architecture, section 5). */
const SLICE_PS = 1_000_000_000n;
const PS_PER_MS = 1e9;
/** A free run without inputs: slices aim at this wall time, between these bounds (our choice). */
const FREE_SLICE_MS = 20;
const FREE_SLICE_MIN_PS = 1_000_000n;
const FREE_SLICE_MAX_PS = 1_000_000_000_000n;
/** The event loop gets its turn at least this often. */
const YIELD_MS = 20;
/** Debt beyond this is dropped, and time never runs faster than twice (architecture, section 5). */
const DEBT_MAX_MS = 100;
const SPEED_MAX = 2;
/** What a late run may catch up at once; beyond that it is twice the wall clock's speed. */
const CREDIT_MAX_MS = 4;
const STATUS_MS = 100;
/** An idle machine with a live endpoint looks for input this often at least. */
const IDLE_WAIT_MS = 20;
const FAR_PS = (1n << 63n) - 1n;

/** Runs a machine until something ends the run. */
export function drive(
  options: RunOptions,
): Promise<{ ended: Ended; lateness: LatenessReport | null }> {
  return new Runner(options).run();
}

class Runner {
  private readonly machine: Machine;
  private readonly appointments: Appointment[];
  private readonly lateness: Lateness | null;
  private freeSlice_ps = 100_000_000n;
  private lastYield_ms = performance.now();
  private lastStatus_ms = this.lastYield_ms;
  private hit: Hit | null = null;

  constructor(private readonly options: RunOptions) {
    this.machine = options.machine;
    this.appointments = [...options.appointments].sort((a, b) => (a.time_ps < b.time_ps ? -1 : 1));
    this.lateness = options.paced ? new Lateness() : null;
  }

  async run(): Promise<{ ended: Ended; lateness: LatenessReport | null }> {
    const ended = this.options.paced ? await this.runPaced() : await this.runFree();
    return { ended, lateness: this.lateness?.report() ?? null };
  }

  private async runFree(): Promise<Ended> {
    for (;;) {
      const ended = this.endedNow();
      if (ended !== null) return ended;
      await this.exchangeFree();
      const fixed = this.options.bridge?.inputPossible() ?? false;
      const started_ms = performance.now();
      const result = await this.slice(this.machine.now() + (fixed ? SLICE_PS : this.freeSlice_ps));
      this.adaptSlice(performance.now() - started_ms);
      const after = this.endedBy(result);
      if (after !== null) return after;
      if (result === "idle" && !(await this.leaveIdle())) return { by: "idle" };
      await this.breathe(false);
    }
  }

  /** Inputs, and back-pressure: an endpoint that takes no more holds the machine. */
  private async exchangeFree(): Promise<void> {
    const { bridge } = this.options;
    if (bridge === null) return;
    while (bridge.exchange().stalled && !this.options.stopRequested()) {
      await bridge.wait(IDLE_WAIT_MS);
    }
  }

  /** True when the run goes on: an endpoint brought something, or may still do so. */
  private async leaveIdle(): Promise<boolean> {
    const { bridge, end_ps } = this.options;
    if (bridge === null) return false;
    if (bridge.exchange().moved > 0) return true;
    if (!bridge.inputPossible()) return false;
    if (end_ps !== null) return (await this.slice(end_ps, false)) !== "idle";
    await bridge.wait(IDLE_WAIT_MS);
    return true;
  }

  private adaptSlice(wall_ms: number): void {
    if (wall_ms < FREE_SLICE_MS / 2 && this.freeSlice_ps < FREE_SLICE_MAX_PS) {
      this.freeSlice_ps *= 2n;
    } else if (wall_ms > FREE_SLICE_MS * 2 && this.freeSlice_ps > FREE_SLICE_MIN_PS) {
      this.freeSlice_ps /= 2n;
    }
  }

  /**
   * Slice k ends at origin + k ms of machine time and is due when the wall clock shows as much; so
   * emulated time never leads. Being late by more than the debt limit moves the origin.
   */
  private async runPaced(): Promise<Ended> {
    const lateness = this.lateness!;
    const pace = new Pace(this.machine.now());
    for (;;) {
      pace.refill();
      while (pace.maySpend()) {
        const ended = this.endedNow();
        if (ended !== null) return ended;
        const target_ps = this.nextStop(this.machine.now() + SLICE_PS);
        if (pace.late_ms(target_ps) < 0) break;
        const after = await this.pacedSlice(target_ps);
        lateness.add(pace.late_ms(this.machine.now()));
        if (after !== null) return after;
        pace.spend();
      }
      const debt_ms = pace.late_ms(this.machine.now() + SLICE_PS);
      if (debt_ms > DEBT_MAX_MS) {
        pace.forgive(debt_ms);
        lateness.drop(debt_ms);
      }
      await this.breathe(debt_ms < 0);
    }
  }

  private async pacedSlice(target_ps: bigint): Promise<Ended | null> {
    const { bridge } = this.options;
    bridge?.exchange();
    const result = await this.slice(target_ps);
    bridge?.exchange();
    return this.endedBy(result) ?? (result === "idle" ? { by: "idle" } : null);
  }

  /** What ends the run where the machine stands, before it moves. */
  private endedNow(): Ended | null {
    if (this.options.stopRequested()) return { by: "stopped" };
    const { end_ps } = this.options;
    return end_ps !== null && this.machine.now() >= end_ps ? { by: "time" } : null;
  }

  private endedBy(result: string): Ended | null {
    if (this.hit !== null) return { by: "until", hit: this.hit };
    return result === "halt" ? { by: "halt" } : null;
  }

  /**
   * Runs towards `wanted_ps`, at most to the next appointment. With a watch, the state at the
   * slice's start is kept: when a condition was met at t, the machine goes back there and runs to
   * exactly t, and what it had produced beyond t never happened.
   */
  private async slice(wanted_ps: bigint, mayIdle = true): Promise<string> {
    const { machine, options } = this;
    const { hub, watch } = options;
    const target_ps = this.nextStop(wanted_ps);
    const started_ps = machine.now();
    const start = watch === null ? null : machine.snapshot();
    const result = await this.runTo(target_ps, mayIdle).catch((error) =>
      this.stand(target_ps, error),
    );
    if (watch !== null && start !== null) {
      this.hit = watch.scan(hub.held());
      if (this.hit !== null) {
        machine.restore(start);
        hub.discard();
        machine.run(this.hit.stop_ps);
      }
    }
    hub.commit();
    for (const uart of options.unattached) uart.drain();
    this.keepAppointments(started_ps);
    return result;
  }

  /**
   * A reader of records has failed in the middle of a slice (a full disk): the slice is finished,
   * so that the machine stands at a time and a recording of it has an end.
   */
  private stand(target_ps: bigint, error: unknown): never {
    if (error instanceof UserError) {
      this.machine.run(target_ps);
      this.options.hub.commit();
    }
    throw error;
  }

  private nextStop(wanted_ps: bigint): bigint {
    const { end_ps, periodic } = this.options;
    const now_ps = this.machine.now();
    const periodic_ps =
      periodic === null ? FAR_PS : (now_ps / periodic.period_ps + 1n) * periodic.period_ps;
    const times = [end_ps ?? FAR_PS, periodic_ps, this.appointments[0]?.time_ps ?? FAR_PS];
    return times.reduce((least, time) => (time < least ? time : least), wanted_ps);
  }

  private keepAppointments(started_ps: bigint): void {
    const now_ps = this.machine.now();
    const { periodic } = this.options;
    const moved = now_ps > started_ps;
    if (moved && periodic !== null && now_ps % periodic.period_ps === 0n) periodic.act();
    while (this.appointments[0] !== undefined && this.appointments[0].time_ps <= now_ps) {
      this.appointments.shift()!.act();
    }
  }

  private async runTo(target_ps: bigint, mayIdle: boolean): Promise<string> {
    const { bridge, hub, watch } = this.options;
    const live = bridge?.inputPossible() ?? false;
    const stopWhenIdle = mayIdle && !(this.options.paced && live);
    for (;;) {
      const result = this.machine.runSlice(target_ps, { stopWhenIdle });
      if (result !== "slice") return result;
      if (watch === null) hub.commit();
      if (performance.now() - this.lastYield_ms > YIELD_MS) await this.breathe(false);
    }
  }

  /** Lets the event loop serve sockets and signals; a paced run that is on time sleeps 1 ms. */
  private async breathe(sleep: boolean): Promise<void> {
    const now_ms = performance.now();
    if (this.options.onStatus !== undefined && now_ms - this.lastStatus_ms > STATUS_MS) {
      this.lastStatus_ms = now_ms;
      this.options.onStatus({
        now_ps: this.machine.now(),
        lateness: this.lateness?.report() ?? null,
      });
    }
    const needed = sleep || this.options.paced || this.options.bridge !== null;
    if (!needed && now_ms - this.lastYield_ms < YIELD_MS) return;
    await new Promise<void>((resolve) => {
      if (sleep) setTimeout(resolve, 1);
      else setImmediate(resolve);
    });
    this.lastYield_ms = performance.now();
  }
}

/** The wall clock of a paced run: when machine time is due, and how fast it may catch up. */
class Pace {
  private origin_ms = performance.now();
  private refilled_ms = this.origin_ms;
  /** Machine time that may still pass, in milliseconds: a bucket filled at SPEED_MAX. */
  private credit_ms = 1;

  constructor(private readonly start_ps: bigint) {}

  /** Wall time since the machine time was due; less than 0 when it is not due yet. */
  late_ms(time_ps: bigint): number {
    const due_ms = this.origin_ms + Number(time_ps - this.start_ps) / PS_PER_MS;
    return performance.now() - due_ms;
  }

  refill(): void {
    const now_ms = performance.now();
    const gained_ms = (now_ms - this.refilled_ms) * SPEED_MAX;
    this.credit_ms = Math.min(CREDIT_MAX_MS, this.credit_ms + gained_ms);
    this.refilled_ms = now_ms;
  }

  /** False too when this turn has taken so long that the event loop must have its own. */
  maySpend(): boolean {
    return this.credit_ms >= 1 && performance.now() - this.refilled_ms < YIELD_MS;
  }

  spend(): void {
    this.credit_ms -= 1;
  }

  /** A debt is dropped: from here on time is due that much later. */
  forgive(debt_ms: number): void {
    this.origin_ms += debt_ms;
  }
}
