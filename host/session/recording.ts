/** Collects a run while it happens: what a session file holds of it. */

import type { Machine } from "../core/machine.js";
import { InputLog } from "../serial/input-log.js";
import type { RecordHub } from "./hub.js";
import { OutputLog } from "./output-log.js";
import { BREAK_CHARACTER, type DigestRecord, type SessionParts } from "./session-file.js";

/** Machine time between digests: how exactly a replay finds a hidden difference (our choice). */
export const DIGEST_PERIOD_PS = 100_000_000_000n;

/** What the recorder does not find out itself. */
export type SessionAbout = Omit<
  SessionParts,
  "uarts" | "inputs" | "outputs" | "digests" | "end" | "start"
>;

export class Recording {
  readonly inputs = new InputLog();
  private readonly outputs = new OutputLog();
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
      this.outputs.add({ time_ps, uart, character: brk ? BREAK_CHARACTER : byte });
    });
  }

  /** To be called at every multiple of DIGEST_PERIOD_PS, before the inputs of that time. */
  takeDigest(): void {
    this.digests.push({ time_ps: this.machine.now(), digest: this.machine.digest() });
  }

  /** The session as it stands, ended here. */
  finish(about: SessionAbout, outcome: string): SessionParts {
    return {
      ...about,
      start: this.start,
      uarts: this.machine.image.uarts.map(({ name }) => name),
      inputs: this.inputs.records(),
      outputs: this.outputs.records(),
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
