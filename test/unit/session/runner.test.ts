import { describe, expect, test } from "vitest";
import type { Machine } from "../../../host/core/machine.js";
import { Lateness } from "../../../host/node/lateness.js";
import { drive, type RunOptions } from "../../../host/node/runner.js";
import { RecordHub } from "../../../host/session/hub.js";

const MS = 1_000_000_000n;

/** A machine that does nothing but let time pass, and notes how far each call went. */
class Clockwork {
  time_ps = 0n;
  readonly stops: bigint[] = [];
  /** Wall time that each slice takes. */
  busy_ms = 0;
  idleAt: bigint | null = null;
  haltAt: bigint | null = null;

  now = () => this.time_ps;
  runSlice = (until_ps: bigint, options: { stopWhenIdle?: boolean } = {}) => {
    const end_ms = performance.now() + this.busy_ms;
    while (performance.now() < end_ms);
    this.stops.push(until_ps);
    if (this.haltAt !== null && until_ps >= this.haltAt) return this.stop(this.haltAt, "halt");
    const idle = options.stopWhenIdle && this.idleAt !== null && until_ps > this.idleAt;
    if (idle) return this.stop(this.idleAt!, "idle");
    return this.stop(until_ps, "time");
  };

  private stop(time_ps: bigint, result: string) {
    if (time_ps > this.time_ps) this.time_ps = time_ps;
    return result;
  }
}

function start(clockwork: Clockwork, options: Partial<RunOptions>) {
  const machine = clockwork as unknown as Machine;
  return drive({
    machine,
    hub: new RecordHub(machine),
    paced: false,
    bridge: null,
    unattached: [],
    end_ps: null,
    watch: null,
    appointments: [],
    periodic: null,
    stopRequested: () => false,
    ...options,
  });
}

describe("the free driver", () => {
  test("stops at every appointment and multiple of the period, in order, and at the end", async () => {
    const clockwork = new Clockwork();
    const kept: string[] = [];
    const at = (time_ps: bigint, name: string) => ({
      time_ps,
      act: () => kept.push(`${name} ${clockwork.now()}`),
    });
    const { ended } = await start(clockwork, {
      end_ps: 10n * MS,
      appointments: [at(7n * MS, "b"), at(0n, "a"), at(11n * MS, "never")],
      periodic: { period_ps: 4n * MS, act: () => kept.push(`period ${clockwork.now()}`) },
    });
    expect(ended).toEqual({ by: "time" });
    expect(kept).toEqual(["a 0", `period ${4n * MS}`, `b ${7n * MS}`, `period ${8n * MS}`]);
    expect(clockwork.now()).toBe(10n * MS);
  });

  test("ends when the machine is idle for good or halts", async () => {
    const idle = Object.assign(new Clockwork(), { idleAt: 3n * MS });
    expect((await start(idle, { end_ps: 10n * MS })).ended).toEqual({ by: "idle" });
    const halted = Object.assign(new Clockwork(), { haltAt: 3n * MS });
    expect((await start(halted, { end_ps: 10n * MS })).ended).toEqual({ by: "halt" });
    expect([idle.now(), halted.now()]).toEqual([3n * MS, 3n * MS]);
  });

  test("ends soon after it is asked to", async () => {
    const clockwork = Object.assign(new Clockwork(), { busy_ms: 1 });
    const { ended } = await start(clockwork, { stopRequested: () => clockwork.stops.length > 5 });
    expect(ended).toEqual({ by: "stopped" });
    expect(clockwork.stops.length).toBe(6);
  });
});

describe("the paced driver", () => {
  test("follows the wall clock in slices of 1 ms and never leads it", async () => {
    const clockwork = new Clockwork();
    const started_ms = performance.now();
    let lead_ms = Number.NEGATIVE_INFINITY;
    const runSlice = clockwork.runSlice;
    clockwork.runSlice = (until_ps, options) => {
      const wall_ms = performance.now() - started_ms;
      lead_ms = Math.max(lead_ms, Number(until_ps) / 1e9 - wall_ms);
      return runSlice(until_ps, options);
    };
    const { lateness } = await start(clockwork, { paced: true, end_ps: 100n * MS });
    expect(performance.now() - started_ms).toBeGreaterThanOrEqual(99.9);
    expect(lead_ms).toBeLessThan(0.1);
    expect(clockwork.stops).toEqual(Array.from({ length: 100 }, (_, n) => BigInt(n + 1) * MS));
    expect(lateness!.p50).toBeLessThanOrEqual(lateness!.p99);
    expect(lateness!.p99).toBeLessThanOrEqual(lateness!.max);
  });

  test("a machine slower than real time drops its debt beyond 100 ms, and says so", async () => {
    const clockwork = Object.assign(new Clockwork(), { busy_ms: 30 });
    const { lateness } = await start(clockwork, { paced: true, end_ps: 10n * MS });
    expect(lateness!.drops).toBeGreaterThan(0);
    // 10 slices of 30 ms for 10 ms of machine time: 290 ms of debt, of which 100 may be left.
    expect(lateness!.dropped_ms).toBeGreaterThan(180);
    expect(lateness!.max).toBeGreaterThan(29);
  });

  test("catching up runs at most twice as fast as the wall clock", async () => {
    const clockwork = new Clockwork();
    const started_ms = performance.now();
    const marks: { wall_ms: number; time_ms: number }[] = [];
    const runSlice = clockwork.runSlice;
    clockwork.runSlice = (until_ps, options) => {
      clockwork.busy_ms = until_ps === 5n * MS ? 60 : 0;
      const result = runSlice(until_ps, options);
      marks.push({ wall_ms: performance.now(), time_ms: Number(until_ps) / 1e9 });
      return result;
    };
    await start(clockwork, { paced: true, end_ps: 120n * MS });
    // The slices after the stall: twice the wall clock, and the 4 ms that may be caught up at once.
    const stall = marks[4]!;
    for (const { wall_ms, time_ms } of marks.slice(5)) {
      const limit_ms = 2 * (wall_ms - stall.wall_ms) + 4 + 1;
      expect(time_ms - stall.time_ms).toBeLessThanOrEqual(limit_ms);
    }
    // The stall of 60 ms was no more than may be caught up: the end is on time, but for the times
    // in which this computer did something else.
    const walls = marks.slice(5).map(({ wall_ms }) => wall_ms);
    const away_ms = walls.reduce(
      (sum, wall_ms, n) => {
        const gap_ms = wall_ms - (walls[n - 1] ?? stall.wall_ms);
        return sum + Math.max(0, gap_ms - 4);
      },
      stall.wall_ms - started_ms - 65,
    );
    expect(performance.now() - started_ms).toBeLessThan(120 + 40 + Math.max(0, away_ms));
  });
});

describe("lateness", () => {
  test("quantiles come from the histogram, the worst is exact", () => {
    const lateness = new Lateness();
    for (let n = 1; n <= 100; n++) lateness.add(n / 10);
    lateness.add(250);
    lateness.add(-1);
    lateness.drop(12.5);
    const report = lateness.report();
    expect(report).toMatchObject({ max: 250, dropped_ms: 12.5, drops: 1 });
    expect(Math.abs(report.p50 - 5)).toBeLessThanOrEqual(0.1);
    expect(Math.abs(report.p99 - 10)).toBeLessThanOrEqual(0.1);
  });

  test("without samples everything is 0", () => {
    expect(new Lateness().report()).toEqual({ p50: 0, p99: 0, max: 0, dropped_ms: 0, drops: 0 });
  });
});
