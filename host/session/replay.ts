/**
 * Runs a recorded session again, with no port, as fast as it goes, and compares everything that
 * went out and every digest with the recording. The first difference ends it.
 */

import type { Machine } from "../core/machine.js";
import { InputPlayer } from "../serial/input-player.js";
import type { RecordHub } from "./hub.js";
import { BREAK_CHARACTER, type OutputRecord, type Session } from "./session-file.js";

/** Where replay and recording part. */
export interface ReplayDifference {
  readonly time_ps: string;
  /** The UART, or the machine's name for a digest. */
  readonly unit: string;
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

export interface ReplayOptions {
  readonly machine: Machine;
  readonly hub: RecordHub;
  readonly session: Session;
  /** Compare the bytes of each UART only: not their times, no digests. */
  readonly outputsOnly: boolean;
  /** Awaited now and then, so that signals are served. */
  breathe(): Promise<void>;
  stopRequested(): boolean;
}

export interface ReplayResult {
  readonly difference: ReplayDifference | null;
  readonly stopped: boolean;
}

/** Replays a session from the state in which the machine stands. */
export function replaySession(options: ReplayOptions): Promise<ReplayResult> {
  return new Replay(options).run();
}

/** A stop at least this often, so that differences are found soon after they happen (our choice). */
const STEP_PS = 100_000_000_000n;

class Replay {
  /** Gone out and not compared yet. */
  private readonly outputs: OutputRecord[] = [];
  private readonly expected: readonly OutputRecord[];
  private readonly player: InputPlayer;
  private readonly machine: Machine;
  /** A halt belongs to the time at which it stops the machine: run to just after that. */
  private readonly last_ps: bigint;
  private compared = 0;
  private digest = 0;

  constructor(private readonly options: ReplayOptions) {
    const { machine, hub, session } = options;
    this.machine = machine;
    this.last_ps = session.end.time_ps + (session.end.halted ? 1n : 0n);
    this.expected = options.outputsOnly ? byUart(session.outputs) : session.outputs;
    this.player = new InputPlayer(
      session.inputs,
      session.uarts.map((name) => machine.uart(name)),
    );
    const names = new Map(machine.image.uarts.map(({ name, unit }) => [unit, name]));
    hub.listenSerial(({ time_ps, unit, byte, brk }) => {
      const uart = names.get(unit) ?? "";
      this.outputs.push({ time_ps, uart, character: brk ? BREAK_CHARACTER : byte });
    });
  }

  async run(): Promise<ReplayResult> {
    for (;;) {
      const difference = this.applyInputs();
      if (difference !== null) return { difference, stopped: false };
      if (this.machine.now() >= this.last_ps) break;
      if (this.options.stopRequested()) return { difference: null, stopped: true };
      const halted = await this.runTo(this.nextStop());
      const found = this.compareOutputs(false) ?? this.compareDigest();
      if (found !== null) return { difference: found, stopped: false };
      if (halted) break;
    }
    return { difference: this.compareEnd(), stopped: false };
  }

  private applyInputs(): ReplayDifference | null {
    const mismatch = this.player.apply();
    if (mismatch === undefined) return null;
    const { record, reason } = mismatch;
    const expected = `${record.bytes.length} bytes of ${record.kind} taken`;
    return this.difference(record.time_ps, record.uart, "input", expected, reason);
  }

  private nextStop(): bigint {
    const { session } = this.options;
    const times = [
      this.last_ps,
      this.player.next_ps() ?? this.last_ps,
      session.digests[this.digest]?.time_ps ?? this.last_ps,
    ];
    return times.reduce(
      (least, time) => (time < least ? time : least),
      this.machine.now() + STEP_PS,
    );
  }

  /** True when the machine has halted. */
  private async runTo(target_ps: bigint): Promise<boolean> {
    for (;;) {
      const result = this.machine.runSlice(target_ps);
      await this.options.breathe();
      if (result === "slice") continue;
      this.options.hub.commit();
      for (const { name } of this.machine.image.uarts) this.machine.uart(name).drain();
      return result === "halt";
    }
  }

  /** Compares what has gone out since the last call; at the end nothing may be left over. */
  private compareOutputs(atEnd: boolean): ReplayDifference | null {
    const { outputsOnly } = this.options;
    if (outputsOnly && !atEnd) return null;
    // What an earlier call has compared came before all of this, so it is not sorted again.
    const fresh = this.outputs.splice(0);
    const actual = outputsOnly ? byUart(fresh) : sorted(fresh);
    for (const record of actual) {
      const difference = this.compareOutput(this.expected[this.compared], record);
      if (difference !== null) return difference;
      this.compared++;
    }
    const missing = this.expected[this.compared];
    const due = missing !== undefined && (atEnd || missing.time_ps < this.machine.now());
    if (!due) return null;
    return this.difference(missing.time_ps, missing.uart, "output", shown(missing), "nothing");
  }

  private compareOutput(
    expected: OutputRecord | undefined,
    actual: OutputRecord,
  ): ReplayDifference | null {
    const { outputsOnly } = this.options;
    const equal =
      expected?.uart === actual.uart &&
      expected.character === actual.character &&
      (outputsOnly || expected.time_ps === actual.time_ps);
    if (equal) return null;
    const first = expected !== undefined && expected.time_ps < actual.time_ps ? expected : actual;
    const want = expected === undefined ? "nothing" : shown(expected);
    return this.difference(first.time_ps, first.uart, "output", want, shown(actual));
  }

  private compareDigest(): ReplayDifference | null {
    const row = this.options.session.digests[this.digest];
    if (row === undefined || row.time_ps > this.machine.now()) return null;
    this.digest++;
    return this.compareState(row.time_ps, row.digest);
  }

  private compareState(time_ps: bigint, expected: string): ReplayDifference | null {
    if (this.options.outputsOnly) return null;
    const actual = this.machine.digest();
    const unit = this.machine.image.name;
    return actual === expected ? null : this.difference(time_ps, unit, "digest", expected, actual);
  }

  private compareEnd(): ReplayDifference | null {
    const { end } = this.options.session;
    const outputs = this.compareOutputs(true);
    if (outputs !== null || this.options.outputsOnly) return outputs;
    const now_ps = this.machine.now();
    if (now_ps !== end.time_ps) {
      const unit = this.machine.image.name;
      return this.difference(now_ps, unit, "end", `${end.time_ps} ps`, `${now_ps} ps`);
    }
    return this.compareState(end.time_ps, end.digest);
  }

  private difference(
    time_ps: bigint,
    unit: string,
    what: string,
    expected: string,
    actual: string,
  ): ReplayDifference {
    return { time_ps: time_ps.toString(), unit, what, expected, actual };
  }
}

/** Outputs of different UARTs within one slice come unit by unit: order them by (time, name). */
function sorted(outputs: readonly OutputRecord[]): OutputRecord[] {
  return [...outputs].sort((x, y) => {
    if (x.time_ps !== y.time_ps) return x.time_ps < y.time_ps ? -1 : 1;
    return x.uart < y.uart ? -1 : Number(x.uart > y.uart);
  });
}

/** One UART after another, each in its own order: what counts when times do not. */
function byUart(outputs: readonly OutputRecord[]): OutputRecord[] {
  const names = [...new Set(outputs.map(({ uart }) => uart))].sort();
  return names.flatMap((name) => outputs.filter(({ uart }) => uart === name));
}

function shown({ time_ps, uart, character }: OutputRecord): string {
  const text = character === BREAK_CHARACTER ? "a break" : characterText(character);
  return `${text} of ${uart} at ${time_ps} ps`;
}

function characterText(character: number): string {
  const hex = `0x${character.toString(16).padStart(2, "0")}`;
  return character >= 0x20 && character < 0x7f ? `${hex} '${String.fromCharCode(character)}'` : hex;
}
