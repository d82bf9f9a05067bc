/** Collects a run while it happens: what a session file holds of it. */

import type { Machine } from "../core/machine.js";
import { InputLog } from "../serial/input-log.js";
import type { RecordHub } from "./hub.js";
import {
  BREAK_CHARACTER,
  type DigestRecord,
  type OutputRecord,
  type Session,
} from "./session-file.js";

/** Machine time between digests: how exactly a replay finds a hidden difference (our choice). */
export const DIGEST_PERIOD_PS = 100_000_000_000n;

/** What the recorder does not find out itself. */
export type SessionAbout = Omit<
  Session,
  "uarts" | "inputs" | "outputs" | "digests" | "end" | "start"
>;

export class Recording {
  readonly inputs = new InputLog();
  private readonly outputs: OutputRecord[] = [];
  private readonly digests: DigestRecord[] = [];

  constructor(
    private readonly machine: Machine,
    hub: RecordHub,
    private readonly start: Uint8Array | null,
  ) {
    const names = new Map(machine.image.uarts.map(({ name, unit }) => [unit, name]));
    hub.listenSerial(({ time_ps, unit, byte, brk }) => {
      const uart = names.get(unit);
      if (uart === undefined) return;
      this.outputs.push({ time_ps, uart, character: brk ? BREAK_CHARACTER : byte });
    });
  }

  /** To be called at every multiple of DIGEST_PERIOD_PS, before the inputs of that time. */
  takeDigest(): void {
    this.digests.push({ time_ps: this.machine.now(), digest: this.machine.digest() });
  }

  /** The session as it stands, ended here. */
  finish(about: SessionAbout, outcome: string): Session {
    return {
      ...about,
      start: this.start,
      uarts: this.machine.image.uarts.map(({ name }) => name),
      inputs: this.inputs.records,
      outputs: sorted(this.outputs),
      digests: this.digests,
      end: {
        time_ps: this.machine.now(),
        digest: this.machine.digest(),
        outcome,
        halted: this.machine.halt().kind !== null,
      },
    };
  }
}

/** Outputs of different UARTs within one slice come unit by unit: order them by (time, name). */
export function sorted(outputs: readonly OutputRecord[]): OutputRecord[] {
  return [...outputs].sort((x, y) => {
    if (x.time_ps !== y.time_ps) return x.time_ps < y.time_ps ? -1 : 1;
    return x.uart < y.uart ? -1 : Number(x.uart > y.uart);
  });
}
