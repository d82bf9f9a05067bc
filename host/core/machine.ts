/**
 * A machine that runs: one instance of the core, its state, and typed access to it. All times are
 * machine time in picoseconds. Nothing here knows files, sockets or clocks of the host.
 */
import { STATE_VERSION, Stop, TIMING_VERSION, type TraceKind } from "../../assembly/kernel/abi.js";
import {
  H_HALT_KIND,
  H_HALT_TIME,
  H_HALT_UNIT,
  H_HALT_VALUE,
  H_NOW,
  H_SEED,
  PAGE_BYTES,
  STATE_BASE,
  TRANSFER,
} from "../../assembly/kernel/layout.js";
import { UserError } from "../error/index.js";
import { FAULTS_MAX, type FaultRow, type FaultStatus, FaultTable } from "./faults.js";
import type { MachineImage } from "./image.js";
import { type CoreExports, instantiateCore, ModelBug } from "./module.js";
import type { UartPort } from "./ports.js";
import { drainSerial, rankOf, type SerialRecord, TraceDrain, type TraceRecord } from "./rings.js";
import { copyPages, restorePages, type Snapshot } from "./snapshot.js";
import { inconsistency } from "./snapshot-check.js";
import { CoreTarget } from "./target.js";
import { Triggers } from "./triggers.js";
import { CoreUart } from "./uart.js";
import { type HartView, hartView, Views } from "./views.js";

const WASM_PAGE_BYTES = 65536;

/** Why a run returned: the time was reached, the guest halted, nothing can happen, a breakpoint. */
export type RunResult = "time" | "halt" | "idle" | "break";
/** A bounded call may also return because its bound is used up. */
export type SliceResult = RunResult | "slice";

const RESULTS: ReadonlyMap<number, SliceResult> = new Map<number, SliceResult>([
  [Stop.TIME, "time"],
  [Stop.HALT, "halt"],
  [Stop.IDLE, "idle"],
  [Stop.BREAK, "break"],
  [Stop.SLICE, "slice"],
  [Stop.RING_FULL, "slice"],
]);

const STANDS: ReadonlyMap<SliceResult, "break" | "parts"> = new Map<SliceResult, "break" | "parts">(
  [
    ["break", "break"],
    ["slice", "parts"],
  ],
);

const HALT_KINDS = [null, "tohost", "store", "power"] as const;

/** How a guest ended its run; `kind` is null while it has not. */
export interface Halt {
  readonly kind: "tohost" | "store" | "power" | null;
  readonly value: number;
  readonly unit: string | null;
  readonly time_ps: bigint;
}

export interface MachineOptions {
  /** A compiled build of the core (`loadModule`). */
  readonly module: WebAssembly.Module;
  /** Overrides the image's seed. */
  readonly seed?: bigint;
}

export type TraceSink = (records: readonly TraceRecord[]) => void;
export type SerialSink = (record: SerialRecord) => void;

export class Machine extends CoreTarget {
  private readonly uarts = new Map<string, CoreUart>();
  private readonly uartByUnit = new Map<number, CoreUart>();
  private readonly traceDrain: TraceDrain;
  private readonly faults: FaultTable;
  private traceSink: TraceSink | null = null;
  private serialSink: SerialSink | null = null;
  /** Breakpoints, watchpoints, steps: what makes a run return "break". */
  readonly triggers: Triggers;
  /**
   * Where the machine stands: at a time; at a break, in the middle of a time but everywhere at the
   * same point; or between two parts of a run, where devices may stand beyond `now()`.
   */
  private stands: "time" | "break" | "parts" = "time";
  /** What left the machine before this time is not handed out again. */
  private floor_ps = 0n;

  private constructor(
    image: MachineImage,
    private readonly module: WebAssembly.Module,
    core: CoreExports,
    views: Views,
  ) {
    super(image, core, views);
    this.traceDrain = new TraceDrain(
      views,
      image.units.map((unit) => rankOf(unit.kind)),
    );
    this.triggers = new Triggers(core, views, image.harts.length);
    this.faults = new FaultTable(views);
    for (const { name, unit } of image.uarts) this.addUart(name, unit);
  }

  /**
   * Makes a machine at time 0, powered on.
   * @throws UserError E190 when the host cannot give it the memory it needs.
   */
  static async create(image: MachineImage, options: MachineOptions): Promise<Machine> {
    const core = await instantiateCore(options.module);
    const derived = core.derivedBytes(
      image.stateBytes,
      image.units.length,
      image.harts.length,
      image.domains.length,
      image.decodedPages,
      image.tileSlots,
    );
    growMemory(core.memory, STATE_BASE + image.stateBytes + Number(derived), image.name);
    const views = new Views(core.memory);
    views.bytes.set(image.tables, STATE_BASE);
    views.data.setBigUint64(STATE_BASE + H_SEED, options.seed ?? image.seed, true);
    for (const { address, bytes } of image.load) views.bytes.set(bytes, address);
    core.machineStart();
    for (const { address, bytes } of image.load) core.memoryWritten(address, bytes.length);
    return new Machine(image, options.module, core, views);
  }

  private addUart(name: string, unit: number): void {
    const row = this.image.units[unit]!;
    const rate_mhz = this.image.domains[row.domain]!.rate_mhz;
    const clock_hz = Number(rate_mhz) / 1000;
    const time = () => this.now();
    const stand = () => this.mustStand("an input");
    const uart = new CoreUart(name, unit, row.block, clock_hz, this.core, this.views, time, stand);
    this.uarts.set(name, uart);
    this.uartByUnit.set(unit, uart);
  }

  /** Machine time: everything before it has happened. */
  now(): bigint {
    return this.views.header64(H_NOW);
  }

  /** Runs until everything before `until_ps` has happened, or a halt, idleness, a breakpoint. */
  run(until_ps: bigint, options: { stopWhenIdle?: boolean } = {}): RunResult {
    for (;;) {
      const result = this.runSlice(until_ps, options);
      if (result !== "slice") return result;
    }
  }

  /** As `run`, but returns "slice" after a few million cycles, so that a host can look around. */
  runSlice(until_ps: bigint, options: { stopWhenIdle?: boolean } = {}): SliceResult {
    const stop = this.core.machineRun(until_ps, options.stopWhenIdle ? 1 : 0);
    const result = RESULTS.get(stop);
    if (result === undefined) throw new ModelBug(`the core stopped with reason ${stop}`);
    this.stands = STANDS.get(result) ?? "time";
    this.drainRings(this.stands === "time");
    return result;
  }

  private drainRings(final: boolean): void {
    const floor_ps = this.floor_ps;
    for (const record of drainSerial(this.views)) {
      if (record.time_ps < floor_ps) continue;
      this.uartByUnit.get(record.unit)?.receive(record);
      this.serialSink?.(record);
    }
    const taken = this.traceDrain.take(final);
    const old = taken.length > 0 && taken[0]!.time_ps < floor_ps;
    const records = old ? taken.filter(({ time_ps }) => time_ps >= floor_ps) : taken;
    if (records.length > 0) this.traceSink?.(records);
  }

  /** How the guest ended its run, if it did. */
  halt(): Halt {
    const kind = HALT_KINDS[this.views.header32(H_HALT_KIND)] ?? null;
    const unit = this.image.units[this.views.header32(H_HALT_UNIT)]?.name ?? null;
    return {
      kind,
      value: this.views.header32(H_HALT_VALUE),
      unit: kind === null ? null : unit,
      time_ps: this.views.header64(H_HALT_TIME),
    };
  }

  /** What each hart has done so far, in hart order. */
  hartViews(): HartView[] {
    return this.image.harts.map((hart) => {
      const view = hartView(this.views, hart.name, hart.block);
      if (view.state !== "asleep") return view;
      // A sleeper's clock goes on: it stands where it went to sleep, and has waited until now.
      const clock = BigInt.asUintN(64, this.core.clockCycle(hart.domain, this.now()));
      return { ...view, cycles: clock > view.cycles ? clock : view.cycles };
    });
  }

  /** @throws UserError E201 when the machine has no such UART. */
  uart(name: string): UartPort {
    const uart = this.uarts.get(name);
    if (uart) return uart;
    const known = [...this.uarts.keys()].join(", ") || "none";
    throw new UserError(
      "E201",
      `${this.image.name} has no UART "${name}"`,
      { argument: name },
      `its UARTs: ${known}`,
    );
  }

  /** Digest of the state, 32 hex digits. `all` hashes every page anew (an oracle for the cache). */
  digest(all = false): string {
    this.core.machineDigest(TRANSFER, all ? 1 : 0);
    const words = [this.views.u64(TRANSFER + 8), this.views.u64(TRANSFER)];
    return words.map((word) => word.toString(16).padStart(16, "0")).join("");
  }

  /** The state as plain data; continuing from it is the same as never having stopped. */
  snapshot(before?: Snapshot): Snapshot {
    this.mustStand("a snapshot", true);
    const digest = this.digest();
    return {
      stateVersion: STATE_VERSION,
      timingVersion: TIMING_VERSION,
      machineHash: this.image.hash,
      now_ps: this.now(),
      stateBytes: this.image.stateBytes,
      digest,
      pages: copyPages(this.views, before?.pages),
    };
  }

  /**
   * Goes to the state of a snapshot of the same machine.
   * @throws UserError E191 when it belongs to another machine or another version.
   */
  restore(snapshot: Snapshot): void {
    this.mustFit(snapshot, "snapshot");
    restorePages(this.views, snapshot.pages, this.core);
    this.core.machineRestored();
    this.stand();
  }

  /**
   * As `restore`, for a snapshot that comes from a file: nothing that it says is believed.
   * @param file what errors show.
   * @throws UserError E191 as `restore`; E150 when its tables or its digest are not those of a state
   *   of this machine, which must then not be used any more.
   */
  restoreFrom(snapshot: Snapshot, file: string): void {
    this.mustFit(snapshot, file);
    const refuse = (what: string) => {
      const text = `the snapshot is damaged: ${what}`;
      throw new UserError("E150", text, { file }, "take it again");
    };
    const found = inconsistency(this.image, snapshot);
    if (found !== null) refuse(found);
    restorePages(this.views, snapshot.pages, null);
    // Of the bytes themselves: the hashes of pages that the file brings are not believed either.
    if (this.digest(true) !== snapshot.digest) refuse("its digest is not that of its pages");
    this.core.machineRebuild();
    this.stand();
  }

  private mustFit(snapshot: Snapshot, file: string): void {
    if (snapshot.machineHash !== this.image.hash || snapshot.stateBytes !== this.image.stateBytes) {
      const hint = "use it with the machine file it names";
      throw mismatch("it was taken from another machine", file, hint);
    }
    if (snapshot.stateVersion !== STATE_VERSION || snapshot.timingVersion !== TIMING_VERSION) {
      throw mismatch(
        `it has state version ${snapshot.stateVersion} and timing version ${snapshot.timingVersion}; this hotspare has ${STATE_VERSION} and ${TIMING_VERSION}`,
        file,
        "see CHANGELOG.md between the two versions; take the snapshot again",
      );
    }
  }

  /** Rings and UARTs follow a state that was put in place. */
  private stand(): void {
    this.stands = "time";
    this.traceDrain.clear();
    drainSerial(this.views);
    for (const uart of this.uarts.values()) uart.drain();
  }

  /** A second machine in the same state, in an instance of its own. */
  async fork(): Promise<Machine> {
    const other = await Machine.create(this.image, { module: this.module });
    other.restore(this.snapshot());
    return other;
  }

  /** Records the given kinds from now on; records arrive sorted by (time, rank, unit). */
  setTrace(kinds: readonly TraceKind[], sink: TraceSink | null = this.traceSink): void {
    this.core.traceEnable(kinds.reduce((mask, kind) => mask | (1n << BigInt(kind)), 0n));
    this.traceSink = sink;
  }

  /** Leaves out the trace records of a unit, or takes them again; muted units cost no ring space. */
  muteTrace(unit: number, on: boolean): void {
    this.core.traceMuteUnit(unit, on ? 1 : 0);
  }

  /** Sees every character that leaves a UART for the outside, with its exact time. */
  setSerialSink(sink: SerialSink | null): void {
    this.serialSink = sink;
  }

  /** An input of a device that no wire reaches takes a level, now. */
  setInput(unit: number, bit: number, level: 0 | 1): void {
    this.mustStand("an input");
    this.core.inputLevels(unit, (1 << bit) >>> 0, (level << bit) >>> 0);
  }

  /** Applies a fault now (FaultKind, assembly/machine/faults.ts). False: it did not fire. */
  inject(kind: number, unit: number, a = 0, b = 0): boolean {
    this.mustStand("a fault", true);
    return this.core.faultApply(kind, unit, a, b) === 1;
  }

  /**
   * Arms a fault; it becomes part of the state. Returns its index for `faultStatus`.
   * @throws RangeError when the table of FAULTS_MAX rows is full.
   */
  arm(row: FaultRow): number {
    this.mustStand("a fault", true);
    const index = this.faults.add(row);
    if (index < 0) throw new RangeError(`a machine holds ${FAULTS_MAX} faults at once`);
    this.core.faultsChanged();
    return index;
  }

  /** What became of an armed fault; undefined if none has this index. */
  faultStatus(index: number): FaultStatus | undefined {
    return this.faults.status(index);
  }

  /** Forgets all faults; what they have done stays. */
  disarm(): void {
    this.mustStand("a fault");
    this.faults.clear();
    this.core.faultsChanged();
  }

  /** Memory of the machine as it is, by linear address (`MachineImage`); read it, do not write. */
  linear(address: number, length: number): Uint8Array {
    return this.views.bytes.subarray(address, address + length);
  }

  /** Writes memory of the machine by linear address: hashes and decoded code follow. */
  poke(address: number, bytes: Uint8Array): void {
    this.mustStand("a write");
    this.views.bytes.set(bytes, address);
    this.core.memoryWritten(address, bytes.length);
  }

  /**
   * The exchange row at a guest address of tile `slot` of a tile processor begins now, as if its
   * core had asked. False where no exchange unit works, or one is busy.
   */
  startRow(unit: number, slot: number, address: number): boolean {
    this.mustStand("a row");
    return this.core.fabricRow(unit, slot, address) === 1;
  }

  /** @throws RangeError where the machine is between two parts of a run (`runSlice`). */
  private mustStand(what: string, breakToo = false): void {
    if (this.stands === "time" || (breakToo && this.stands === "break")) return;
    throw new RangeError(`${what} needs a machine that stands at a time: finish the run first`);
  }

  /** Throws away all derived memory: no later state or output may change by it. */
  dropDerived(): void {
    this.core.machineRebuild();
  }

  /**
   * A debugger that goes back runs a part again: what left the machine before `time_ps` (trace
   * records, characters) is not handed out a second time.
   */
  setFloor(time_ps: bigint): void {
    this.floor_ps = time_ps;
  }

  /** Ordered mode: one instruction at a time over all harts; same results, slower. */
  setOrdered(on: boolean): void {
    this.core.machineOrdered(on ? 1 : 0);
  }

  /** Executes both cores of lockstep pairs always: the same results, slower. */
  setLockstepForced(on: boolean): void {
    this.core.machineLockstepForced(on ? 1 : 0);
  }
}

function growMemory(memory: WebAssembly.Memory, bytes: number, machine: string): void {
  const have = memory.buffer.byteLength;
  const pages = Math.ceil((bytes - have) / WASM_PAGE_BYTES);
  if (pages <= 0) return;
  try {
    memory.grow(pages);
  } catch {
    const mib = Math.ceil(bytes / 2 ** 20);
    throw new UserError(
      "E190",
      `the machine needs ${mib} MiB of memory in one piece`,
      { file: machine },
      "a WebAssembly memory holds at most 4096 MiB: make memories smaller or nodes fewer",
    );
  }
}

function mismatch(what: string, file: string, hint: string): UserError {
  return new UserError("E191", `this snapshot cannot be restored: ${what}`, { file }, hint);
}

/** Bytes of a page of the state: the grain of snapshots. */
export const STATE_PAGE_BYTES: number = PAGE_BYTES;
