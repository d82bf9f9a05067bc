/** `hotspare run MODEL_OR_MACHINE.json`: runs a machine. Source: docs/cli.md, "run". */

import { performance } from "node:perf_hooks";
import { STATE_VERSION, TIMING_VERSION } from "../../../assembly/kernel/abi.js";
import { parseCondition } from "../../campaign/expr.js";
import { type FaultSpec, faultText } from "../../campaign/fault.js";
import { ArmedFaults } from "../../campaign/fault-rows.js";
import { Machine } from "../../core/machine.js";
import { loadModule } from "../../core/module.js";
import type { UartPort } from "../../core/ports.js";
import { UserError } from "../../error/index.js";
import { nearest } from "../../machine/nearest.js";
import { packageVersion, readCore, readUserFile, writeUserFile } from "../../node/files.js";
import { driveGdb } from "../../node/gdb-runner.js";
import { type GdbDoor, type GdbPlace, openGdbDoor } from "../../node/gdb-server.js";
import { type Appointment, drive, type RunStatus } from "../../node/runner.js";
import type { Bridge } from "../../serial/bridge.js";
import { PastInputs } from "../../session/history.js";
import { RecordHub } from "../../session/hub.js";
import { DIGEST_PERIOD_PS, Recording } from "../../session/recording.js";
import { encodeSession } from "../../session/session-file.js";
import {
  decodeSnapshot,
  encodeSnapshot,
  type SnapshotFile,
  snapshotNames,
} from "../../session/snapshot-file.js";
import { Watch } from "../../session/watch.js";
import type { Condition } from "../../trace/condition.js";
import { machineNamer } from "../../trace/namer.js";
import { BoardStatus } from "../board-status.js";
import type { Context } from "../context.js";
import { type DriveReport, driveReport } from "../drive-report.js";
import { attach, type SerialPlan, serialPlan, terminalAdvice } from "../endpoints.js";
import { faultsOf, injectNow } from "../faults.js";
import { gdbPlace } from "../gdb.js";
import { parseInteger } from "../grammar/number.js";
import { parseTime, resolveTime, type TimeText } from "../grammar/time.js";
import { firmwareHashes, type LoadedMachine, loadMachine } from "../load.js";
import { flagOption, listOption, pairOptions, textOption } from "../options.js";
import { verdictOf, withFaults } from "../outcome.js";
import { runJson, runText } from "../run-result.js";
import { StatusLine } from "../status-line.js";
import type { Action, Options } from "../table.js";
import { TraceFile, type TracePlan, tracePlan } from "../trace-file.js";
import { type WaveFiles, type WavePlan, waveFiles, wavePlan } from "../wave-files.js";

const VERSIONS = { stateVersion: STATE_VERSION, timingVersion: TIMING_VERSION };

/** The options, parsed as far as they can be without the machine. */
interface Plan {
  readonly firmware: ReadonlyMap<string, string>;
  readonly serial: SerialPlan;
  readonly paced: boolean;
  readonly duration: TimeText | null;
  readonly until: readonly Condition[];
  readonly seed: bigint | null;
  readonly record: string | null;
  readonly trace: TracePlan | null;
  readonly waves: WavePlan;
  readonly report: string | null;
  readonly snapshots: readonly { readonly time: TimeText; readonly path: string }[];
  readonly from: string | null;
  readonly faults: readonly FaultSpec[];
  /** Where a debugger comes in. */
  readonly gdb: GdbPlace | null;
}

export const action: Action = async ([name = ""], options, context) => {
  const scenario = textOption(options, "scenario");
  if (scenario !== null) {
    const { runScenario } = await import("./run-scenario.js");
    return runScenario(scenario, name, options, context);
  }
  const plan = await planOf(options, context);
  const loaded = loadMachine(name, plan.firmware, plan.seed);
  for (const line of loaded.warnings) context.log(line);
  const run = await Run.prepare(plan, loaded, context);
  return run.execute();
};

async function planOf(options: Options, context: Context): Promise<Plan> {
  const serial = serialPlan(listOption(options, "serial"), context.options.json);
  const duration = textOption(options, "for");
  const seed = textOption(options, "seed");
  const snapshots = listOption(options, "snapshotAt");
  return {
    firmware: new Map(pairOptions(listOption(options, "firmware"), "--firmware", "NODE=ELF")),
    serial,
    paced:
      flagOption(options, "paced") ||
      (serial.live && !flagOption(options, "free") && textOption(options, "gdb") === null),
    duration: duration === null ? null : parseTime(duration, "--for"),
    until: listOption(options, "until").map((text) => parseCondition(text)),
    seed: seed === null ? null : parseInteger(seed, "--seed"),
    record: textOption(options, "record"),
    trace: tracePlan(options),
    waves: wavePlan(options),
    report: textOption(options, "report"),
    snapshots: pairOptions(snapshots, "--snapshot-at", "TIME=FILE").map(([time, path]) => ({
      time: parseTime(time, "--snapshot-at"),
      path,
    })),
    from: fromOption(options),
    faults: await faultsOf(options),
    gdb: gdbPlace(options, { guestOnStdio: serial.stdio, json: context.options.json }),
  };
}

/** The state of a snapshot holds its seed: another one would not be used. */
function fromOption(options: Options): string | null {
  const from = textOption(options, "from");
  if (from === null || textOption(options, "seed") === null) return from;
  const what = "--from and --seed exclude each other: a snapshot holds its seed";
  throw new UserError("E206", what, { argument: "--seed" }, "leave out --seed");
}

class Run {
  private readonly hub: RecordHub;
  private readonly recording: Recording | null;
  private readonly trace: TraceFile | null;
  private readonly waves: WaveFiles;
  private readonly report: DriveReport | null;
  private readonly watch: Watch | null;
  private readonly appointments: readonly Appointment[];
  private readonly end_ps: bigint | null;
  private readonly faults: ArmedFaults;
  private readonly started_ms = performance.now();
  /** What a debugger can go back over. */
  private readonly past = new PastInputs();
  private written = 0;
  private saved = false;

  private constructor(
    private readonly plan: Plan,
    private readonly loaded: LoadedMachine,
    private readonly context: Context,
    private readonly machine: Machine,
    start: Uint8Array | null,
  ) {
    this.hub = new RecordHub(machine);
    const namer = machineNamer(machine, loaded.programs);
    const { image } = loaded;
    this.end_ps = plan.duration === null ? null : machine.now() + resolveTime(plan.duration, image);
    this.watch = plan.until.length === 0 ? null : new Watch(plan.until, image, namer, nearest);
    if (this.watch !== null) this.hub.listen(this.watch.kinds, () => {});
    this.appointments = this.snapshotAppointments();
    this.trace =
      plan.trace === null ? null : new TraceFile(plan.trace, image.name, namer, this.hub);
    const state = plan.from === null ? null : machine.snapshot();
    this.faults = new ArmedFaults(machine, plan.faults);
    this.waves = waveFiles(plan.waves, machine, namer, this.hub, state);
    this.report = plan.report === null ? null : driveReport(plan.report, machine, namer, this.hub);
    this.recording = plan.record === null ? null : new Recording(machine, this.hub, start);
  }

  static async prepare(plan: Plan, loaded: LoadedMachine, context: Context): Promise<Run> {
    const machine = await Machine.create(loaded.image, { module: await loadModule(readCore()) });
    const start = plan.from === null ? null : readUserFile(plan.from, "E150", "snapshot");
    if (plan.from !== null && start !== null) {
      const file = decodeSnapshot(start, plan.from, VERSIONS);
      machine.restoreFrom(file.snapshot, plan.from);
      warnOfFirmware(file, loaded, context);
    }
    return new Run(plan, loaded, context, machine, start);
  }

  async execute() {
    const { context, machine, plan, recording } = this;
    const { bridge, unattached } = attach(
      plan.serial,
      machine,
      context,
      plan.gdb === null ? recording?.inputs.sink : this.past.sink,
    );
    const door = plan.gdb === null ? null : await openGdbDoor(plan.gdb);
    await bridge?.open();
    context.signals.endCleanly();
    const shown = !plan.serial.stdio;
    const board = shown && context.live ? BoardStatus.of(machine, this.hub) : null;
    const status = new StatusLine(context, bridge, shown, machine.now(), board);
    if (door !== null) context.announce(`gdb listening on ${door.place}`);
    context.announce(bridge === null ? "ready" : bridge.readyLine());
    if (bridge !== null && context.interactive) {
      for (const line of terminalAdvice(plan.serial, bridge)) context.log(line);
    }
    if (bridge === null && unattached.length > 0) {
      context.log(`no endpoint: to see what ${unattached[0]!.name} sends, add ${this.advice()}`);
    }
    try {
      const { ended, lateness } = await (door === null
        ? this.drive(bridge, unattached, status)
        : this.driveGdb(bridge, unattached, door));
      if (ended.by === "until") context.log(`met: ${ended.hit.source}`);
      const faults = this.faults.report();
      const ending = verdictOf(
        ended.by,
        machine.halt(),
        plan.until.length > 0,
        context.signals.exitCode,
      );
      const verdict = withFaults(ending, faults);
      this.saveSession(verdict.outcome);
      await this.closeFiles();
      await bridge?.close();
      const wall_s = (performance.now() - this.started_ms) / 1000;
      const endpoints = bridge?.report() ?? [];
      const json = runJson(machine, verdict, { endpoints, faults, lateness, wall_s });
      this.warnOfSnapshots();
      const text = context.signals.requested === "EPIPE" ? "" : runText(json);
      const textToStderr = plan.serial.stdio || plan.gdb?.kind === "stdio";
      return { json, text, exitCode: verdict.exitCode, textToStderr };
    } catch (error) {
      throw this.ended(error);
    } finally {
      status.clear();
      await bridge?.close();
    }
  }

  private async closeFiles(): Promise<void> {
    this.trace?.close();
    this.waves.close(this.machine.now());
    await this.report?.close(this.machine.now());
  }

  private async driveGdb(bridge: Bridge | null, unattached: readonly UartPort[], door: GdbDoor) {
    const { machine, hub, end_ps, context, past: log } = this;
    const stopRequested = () => context.signals.requested !== null;
    const report = (line: string) => context.log(line);
    const inject = (fault: string) => injectNow(machine, fault);
    const about = { machine, hub, bridge, unattached, log, end_ps, door };
    const options = { ...about, stopRequested, report, inject };
    return { ended: await driveGdb(options), lateness: null };
  }

  private drive(bridge: Bridge | null, unattached: readonly UartPort[], status: StatusLine) {
    const { recording } = this;
    return drive({
      machine: this.machine,
      hub: this.hub,
      paced: this.plan.paced,
      bridge,
      unattached,
      end_ps: this.end_ps,
      watch: this.watch,
      appointments: this.appointments,
      periodic:
        recording === null
          ? null
          : { period_ps: DIGEST_PERIOD_PS, act: () => recording.takeDigest() },
      stopRequested: () => this.context.signals.requested !== null,
      onStatus: (now: RunStatus) => status.show(now),
    });
  }

  private advice(): string {
    const free = this.loaded.image.uarts.find(({ linked }) => !linked);
    return `--serial ${free?.name ?? "NODE.uart0"}=stdio`;
  }

  private snapshotAppointments(): Appointment[] {
    const { image } = this.loaded;
    return this.plan.snapshots.map(({ time, path }) => {
      const time_ps = resolveTime(time, image);
      if (time_ps < this.machine.now()) {
        const what = `the run starts at ${this.machine.now()} ps, after the snapshot's time`;
        throw new UserError("E206", what, { argument: "--snapshot-at" }, "give a later time");
      }
      if (this.end_ps !== null && time_ps > this.end_ps) {
        const what = `the run ends at ${this.end_ps} ps, before the snapshot's time`;
        throw new UserError("E206", what, { argument: "--snapshot-at" }, "give an earlier time");
      }
      return { time_ps, act: () => this.saveSnapshot(path) };
    });
  }

  private saveSnapshot(path: string): void {
    const { image, firmware } = this.loaded;
    const file: SnapshotFile = {
      tool: packageVersion(),
      machine: image.name,
      firmware: firmwareHashes(firmware),
      names: snapshotNames(image),
      snapshot: this.machine.snapshot(),
    };
    writeUserFile(path, encodeSnapshot(file), "--snapshot-at");
    this.written++;
    this.context.detail(`snapshot of ${this.machine.now()} ps in ${path}`);
  }

  private warnOfSnapshots(): void {
    const missing = this.plan.snapshots.length - this.written;
    if (missing === 0 || this.context.signals.requested === "EPIPE") return;
    this.context.log(`${missing} snapshots were not written: the run ended before their time`);
  }

  /** Once: when it has failed, the error says why. */
  private saveSession(outcome: string): void {
    const { recording, plan, loaded, machine, context } = this;
    if (recording === null || plan.record === null || this.saved) return;
    this.saved = true;
    const { file, text } = loaded.source;
    const session = recording.finish(
      {
        tool: packageVersion(),
        ...VERSIONS,
        machine: { name: loaded.image.name, hash: loaded.image.hash, file, text },
        firmware: loaded.firmware,
        seed: plan.seed ?? loaded.image.seed,
        command: context.argv,
        driver: plan.paced ? "paced" : "free",
        faults: plan.faults.map(faultText),
      },
      outcome,
    );
    writeUserFile(plan.record, encodeSession(session), "--record");
    context.detail(`session until ${machine.now()} ps in ${plan.record}`);
  }

  /**
   * An error in the middle of a run: what was recorded and traced until then is kept. Of a bug the
   * recording is what shows it again.
   */
  private ended(error: unknown): unknown {
    const user = error instanceof UserError;
    const steps = [
      () => this.saveSession(user ? "error" : "bug"),
      () => this.trace?.close(),
      () => this.waves.close(this.machine.now()),
    ];
    const failed = steps.filter((step) => !succeeds(step));
    if (user || this.plan.record === null || failed.includes(steps[0]!)) return error;
    return Object.assign(error as Error, { replay: `hotspare replay ${this.plan.record}` });
  }
}

/** Whether a step was taken; what hinders it is not worth more than the error that came before. */
function succeeds(step: () => void): boolean {
  try {
    step();
    return true;
  } catch {
    return false;
  }
}

/** The state of a snapshot holds its firmware: another one given to the run is not used. */
function warnOfFirmware(file: SnapshotFile, loaded: LoadedMachine, context: Context): void {
  const given = new Map(firmwareHashes(loaded.firmware).map((row) => [row.node, row.sha256]));
  for (const { node, sha256 } of file.firmware) {
    if (given.get(node) === sha256) continue;
    context.log(`the snapshot was taken with other firmware of ${node}, and goes on with that`);
  }
}
