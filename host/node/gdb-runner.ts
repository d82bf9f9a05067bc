/**
 * Runs a machine for a debugger: it stands at its start until the first client comes, moves when
 * that client says so, and runs on freely once the client has let it go. A client may come again.
 */

import { performance } from "node:perf_hooks";
import type { Machine } from "../core/machine.js";
import type { UartPort } from "../core/ports.js";
import { GdbSession } from "../gdb/index.js";
import { CSR_NAMES } from "../guest/csrs.js";
import type { Bridge } from "../serial/bridge.js";
import { Debuggee, type DebugHost } from "../session/debuggee.js";
import type { PastInputs } from "../session/history.js";
import type { RecordHub } from "../session/hub.js";
import type { GdbDoor } from "./gdb-server.js";
import type { Ended } from "./runner.js";

export interface GdbRunOptions {
  readonly machine: Machine;
  readonly hub: RecordHub;
  readonly bridge: Bridge | null;
  readonly unattached: readonly UartPort[];
  /** Takes the inputs of the bridge: its sink is what the bridge was made with. */
  readonly log: PastInputs;
  readonly end_ps: bigint | null;
  readonly door: GdbDoor;
  stopRequested(): boolean;
  inject?(fault: string): string;
  report(line: string): void;
}

/** A part of a run aims at this wall time, between these bounds of machine time (our choice). */
const PART_MS = 15;
const PART_MIN_PS = 1_000_000n;
const PART_MAX_PS = 100_000_000_000n;
/** With endpoints, inputs enter every millisecond, as in a run without a debugger. */
const INPUT_PS = 1_000_000_000n;
const WAIT_MS = 20;
const YIELD_MS = 15;

/** Runs until the debugger ends the run, the time is over, the machine halts or a signal comes. */
export async function driveGdb(options: GdbRunOptions): Promise<Ended> {
  const pace = new PartPace();
  const target = new Debuggee(options.machine, hostOf(options, pace));
  const signal = watchSignals(options);
  try {
    return await serveClients(options, target);
  } finally {
    clearInterval(signal);
    await options.door.close();
  }
}

/** A signal ends the wait for a client or for its next packet. */
function watchSignals({ door, stopRequested }: GdbRunOptions): NodeJS.Timeout {
  const timer = setInterval(() => {
    if (!stopRequested()) return;
    clearInterval(timer);
    void door.close();
  }, WAIT_MS);
  return timer;
}

async function serveClients(options: GdbRunOptions, target: Debuggee): Promise<Ended> {
  const { door, machine, report } = options;
  let free = false;
  for (;;) {
    if (free && !door.waiting()) {
      const ended = await runFree(options, target);
      if (ended !== null) return ended;
    }
    const client = await door.next();
    if (client === null) return { by: "stopped" };
    report(`a debugger has come, at ${machine.now()} ps`);
    const session = new GdbSession(target, client);
    client.onBytes = (bytes) => session.feed(bytes);
    client.onClose = () => session.close();
    const end = await session.serve();
    report(`the debugger has ended its session (${end}), at ${machine.now()} ps`);
    target.release();
    if (end === "exit") return exitOf(machine);
    client.end();
    if (options.stopRequested()) return { by: "stopped" };
    if (end === "kill" || (end === "closed" && door.place === "stdio")) return { by: "time" };
    free = end === "detach";
  }
}

function exitOf(machine: Machine): Ended {
  return { by: machine.halt().kind === null ? "time" : "halt" };
}

/** Runs without a client; null when one has come. */
async function runFree(options: GdbRunOptions, target: Debuggee): Promise<Ended | null> {
  const { machine, door, stopRequested } = options;
  const stop = await target.resume({ kind: "continue" }, () => stopRequested() || door.waiting());
  if (stopRequested()) return { by: "stopped" };
  if (stop.reason === "exit") return exitOf(machine);
  return stop.reason === "idle" ? { by: "idle" } : null;
}

function hostOf(options: GdbRunOptions, pace: PartPace): DebugHost {
  const { bridge, hub, unattached, stopRequested } = options;
  const inputPossible = () => bridge?.inputPossible() ?? false;
  return {
    end_ps: options.end_ps,
    log: options.log,
    csrName: (address) => CSR_NAMES.get(address),
    span_ps: () => pace.begin(inputPossible()),
    async pause() {
      hub.commit();
      for (const uart of unattached) uart.drain();
      await pace.end();
    },
    async exchange() {
      while (bridge?.exchange().stalled && !stopRequested()) await bridge.wait(WAIT_MS);
    },
    inputPossible,
    async waitForInput() {
      await bridge?.wait(WAIT_MS);
    },
    ...(options.inject === undefined ? {} : { inject: options.inject }),
  };
}

/** Chooses how much machine time a part of the run takes, and lets the event loop have its turn. */
class PartPace {
  private span_ps = 100_000_000n;
  private begun_ms = 0;
  private yielded_ms = performance.now();

  begin(fixed: boolean): bigint {
    this.begun_ms = performance.now();
    return fixed ? INPUT_PS : this.span_ps;
  }

  async end(): Promise<void> {
    const now_ms = performance.now();
    const wall_ms = now_ms - this.begun_ms;
    if (wall_ms < PART_MS / 2 && this.span_ps < PART_MAX_PS) this.span_ps *= 2n;
    else if (wall_ms > PART_MS * 2 && this.span_ps > PART_MIN_PS) this.span_ps /= 2n;
    if (now_ms - this.yielded_ms < YIELD_MS) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.yielded_ms = performance.now();
  }
}
