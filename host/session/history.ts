/**
 * The past of a machine: a ring of snapshots and the inputs since. Any earlier time is reached by
 * the nearest snapshot before it and a deterministic run from there with the inputs of the log.
 */

import type { Machine } from "../core/machine.js";
import type { Snapshot, SnapshotPage } from "../core/snapshot.js";
import type { Hit } from "../core/triggers.js";
import type { InputRecord, InputSink } from "../serial/input-log.js";
import { feed } from "../serial/input-player.js";

/** The inputs that the machine has taken: `sink` is what the bridge wants. */
export class PastInputs {
  readonly records: InputRecord[] = [];

  readonly sink: InputSink = (time_ps, uart, kind, bytes) => {
    this.records.push({ time_ps, uart, kind, bytes: bytes.slice() });
  };
}

/** A place to come back to. */
export interface Mark {
  readonly snapshot: Snapshot;
  /** Inputs of the log that had taken effect. */
  readonly inputs: number;
  /** Which breakpoints the harts pass there: no part of the state. */
  readonly passes: Uint8Array;
}

/** A point in the order of all events: before the instruction of a hart that starts in a cycle. */
export interface Point {
  readonly time_ps: bigint;
  readonly hart: number;
  readonly cycle: bigint;
}

/** Our choice: as many snapshots, at first as close; each time they get twice as far apart. */
const MARKS_MAX = 64;
const FIRST_INTERVAL_PS = 100_000_000n;

export class History {
  private marks: Mark[] = [];
  private interval_ps = FIRST_INTERVAL_PS;
  private fed = 0;
  /** The latest time ever reached: what has left the machine before it has left it for good. */
  private frontier_ps: bigint;
  /** True while the machine stands at a time: inputs may enter. */
  private standing = true;

  /** The history begins where the machine stands. Inputs go to `log` as the machine takes them. */
  constructor(
    private readonly machine: Machine,
    private readonly log: PastInputs,
  ) {
    this.frontier_ps = machine.now();
    this.fed = log.records.length;
    this.marks.push(this.here());
  }

  /** True where everything that comes is new: inputs come from outside, not from the log. */
  get live(): boolean {
    return this.machine.now() >= this.frontier_ps;
  }

  get oldest_ps(): bigint {
    return this.marks[0]!.snapshot.now_ps;
  }

  /** True where the machine stands at a time, not in the middle of one. */
  get atTime(): boolean {
    return this.standing;
  }

  /** Where the machine stands now, to come back to. */
  here(): Mark {
    const { machine } = this;
    const snapshot = shared(machine.snapshot(), this.marks.at(-1)?.snapshot);
    return { snapshot, inputs: this.fed, passes: machine.triggers.passes() };
  }

  /** The time to which a run may go: `wanted_ps`, the next input of the log, the frontier. */
  bound(wanted_ps: bigint): bigint {
    const now_ps = this.machine.now();
    let bound_ps = wanted_ps;
    const next_ps = this.log.records[this.fed]?.time_ps;
    if (next_ps !== undefined && next_ps > now_ps && next_ps < bound_ps) bound_ps = next_ps;
    if (this.frontier_ps > now_ps && this.frontier_ps < bound_ps) bound_ps = this.frontier_ps;
    return bound_ps;
  }

  /** Feeds the inputs of the log that belong to this time. */
  feed(): void {
    if (!this.standing) return;
    const now_ps = this.machine.now();
    for (;;) {
      const record = this.log.records[this.fed];
      if (record === undefined || record.time_ps !== now_ps) return;
      this.fed++;
      feed(this.machine.uart(record.uart), record);
    }
  }

  /** The machine has run, to a time or to the middle of one; new inputs have been logged. */
  moved(standing: boolean): void {
    this.standing = standing;
    const now_ps = this.machine.now();
    if (now_ps < this.frontier_ps) return;
    this.frontier_ps = now_ps;
    if (!standing || now_ps - this.marks.at(-1)!.snapshot.now_ps < this.interval_ps) return;
    this.marks.push(this.here());
    if (this.marks.length <= MARKS_MAX) return;
    this.marks = this.marks.filter((_, index) => index % 2 === 0);
    this.interval_ps *= 2n;
  }

  /** Inputs have entered from outside, just now: they are in the log. */
  taken(): void {
    this.fed = this.log.records.length;
  }

  /** What comes is another future than the one known: a debugger has changed the machine. */
  branch(): void {
    this.log.records.length = this.fed;
    this.frontier_ps = this.machine.now();
    this.machine.setFloor(this.frontier_ps);
    this.marks = [];
    this.marks.push(this.here());
  }

  /** Goes to a mark. `standing`: it was taken at a time. */
  restore(mark: Mark, standing: boolean): void {
    const { machine } = this;
    machine.setFloor(this.frontier_ps);
    machine.restore(mark.snapshot);
    machine.triggers.setPasses(mark.passes);
    this.fed = mark.inputs;
    this.standing = standing;
  }

  /** Goes to an exact time between the oldest mark and the frontier, before its inputs. */
  goToTime(time_ps: bigint): void {
    this.restore(this.markBefore(time_ps), true);
    this.replay(time_ps, () => false);
  }

  /** Goes to a point that a replay has found. */
  goTo(point: Point): void {
    const { machine } = this;
    this.goToTime(point.time_ps);
    this.feed();
    machine.triggers.hold(point.hart, point.cycle);
    machine.run(point.time_ps + 1n);
    machine.triggers.free();
    machine.triggers.pass(point.hart);
    this.standing = false;
  }

  markBefore(time_ps: bigint): Mark {
    return this.marks.findLast(({ snapshot }) => snapshot.now_ps <= time_ps) ?? this.marks[0]!;
  }

  /** The marks, latest first. */
  backwards(): readonly Mark[] {
    return [...this.marks].reverse();
  }

  /**
   * Runs to `until_ps` with the inputs of the log. `onHit` is asked at every trigger that is armed;
   * true ends it there.
   */
  replay(until_ps: bigint, onHit: (hit: Hit) => boolean): void {
    const { machine } = this;
    for (;;) {
      if (machine.now() >= until_ps) return;
      this.feed();
      const result = machine.run(this.bound(until_ps));
      this.standing = result !== "break";
      for (const { name } of machine.image.uarts) machine.uart(name).drain();
      if (result === "break" && onHit(machine.triggers.hit()!)) return;
      if (result === "halt") return;
    }
  }
}

/** The same snapshot, sharing the pages that are equal to those of an earlier one. */
function shared(snapshot: Snapshot, earlier: Snapshot | undefined): Snapshot {
  if (earlier === undefined) return snapshot;
  const known = new Map(earlier.pages.map((page) => [page.index, page]));
  const pages = snapshot.pages.map((page): SnapshotPage => {
    const other = known.get(page.index);
    return other?.low === page.low && other.high === page.high ? other : page;
  });
  return { ...snapshot, pages };
}
