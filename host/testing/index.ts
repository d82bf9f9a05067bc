/**
 * Tests of firmware and machines, in any test runner:
 *
 *   const board = await machine("console-board");
 *   await board.uart("board.uart0").expectText("> ");
 *   board.uart("board.uart0").send("led on\r");
 *   board.run({ for: "20ms" });
 *   expect(board.digest()).toBe("...");
 *
 * All time-outs are machine time, so a test gives the same answer on a loaded host.
 */
import { parseFault } from "../campaign/fault.js";
import { ArmedFaults, type FaultReport } from "../campaign/fault-rows.js";
import { Machine, type RunResult } from "../core/machine.js";
import { loadModule } from "../core/module.js";
import type { Snapshot } from "../core/snapshot.js";
import { UserError } from "../error/index.js";
import { type Elf, readElf } from "../guest/elf.js";
import { elaborate, firmwareFiles, parseMachine, readTime_ps } from "../machine/index.js";
import { readCore, readMachineFile, readUserFile } from "../node/files.js";
import { type CallCycles, type ObserveOptions, Observer } from "./observer.js";

export { type HotspareMatchers, hotspareMatchers } from "./matchers.js";
export type { CallCycles, ObserveOptions } from "./observer.js";
export { recordedSession, type SessionResult } from "./recorded.js";
export { type SweepOptions, sweep } from "./sweep.js";

export interface TestOptions {
  /** Seed of the machine's random streams; default the machine file's. */
  readonly seed?: bigint;
  /** Firmware by node, paths of ELF files; default what the machine file names. */
  readonly firmware?: Readonly<Record<string, string>>;
  /** Runs on the checked build of the core: slower, with the model's assertions. */
  readonly checked?: boolean;
}

/** How finely `expectText` looks at the output; it decides where the machine stands afterwards. */
const LOOK_PS = 100_000_000n; // 100 us
const TAIL_CHARACTERS = 400;

const modules = new Map<string, Promise<WebAssembly.Module>>();

function compiled(build: string): Promise<WebAssembly.Module> {
  const known = modules.get(build);
  if (known) return known;
  const module = loadModule(readCore(build));
  modules.set(build, module);
  return module;
}

/**
 * A machine at time 0: a model by name, or the path of a machine file.
 * @throws UserError for every mistake in the machine file or its firmware.
 */
export async function machine(name: string, options: TestOptions = {}): Promise<TestMachine> {
  const { file, folder, text } = readMachineFile(name);
  const description = parseMachine(text, file);
  const firmware = new Map(
    firmwareFiles(description).map(({ node, path, place }) => {
      const chosen = options.firmware?.[node] ?? (path === null ? null : `${folder}/${path}`);
      if (chosen === null) {
        const hint = `give it with { firmware: { ${node}: "FILE.elf" } }`;
        throw new UserError("E202", `the node "${node}" has no firmware`, place, hint);
      }
      return [node, readElf(readUserFile(chosen, "E420", "firmware"), chosen)] as const;
    }),
  );
  const image = elaborate(description, firmware, {});
  const module = await compiled(options.checked ? "core.checked.wasm" : "core.wasm");
  const seed = options.seed === undefined ? {} : { seed: options.seed };
  const made = await Machine.create(image, { module, ...seed });
  return new TestMachine(made, name, [...firmware.values()]);
}

/** `10ms`, `2s`, `500us`: picoseconds. @throws UserError E203. */
export function time_ps(text: string): bigint {
  const time = readTime_ps(text);
  if (time !== undefined) return time;
  const hint = "write a number and a unit, e.g. 10ms, 2.5us, 1s";
  throw new UserError("E203", `"${text}" is not a time`, { argument: text }, hint);
}

/** A UART as a test uses it. Everything it has sent since the start is in `output`. */
export class TestUart {
  /** Where the next `expectText` begins to look. */
  private seen = 0;
  private text = "";
  private readonly decoder = new TextDecoder();

  constructor(
    readonly name: string,
    private readonly owner: TestMachine,
  ) {}

  /** All output so far. */
  get output(): string {
    this.text += this.decoder.decode(this.owner.machine.uart(this.name).drain(), { stream: true });
    return this.text;
  }

  /** Types text; it arrives at the rate of the line. @throws Error when 4096 bytes are waiting. */
  send(text: string): void {
    const bytes = new TextEncoder().encode(text);
    const taken = this.owner.machine.uart(this.name).push(bytes);
    if (taken === bytes.length) return;
    throw new Error(`${this.name} took ${taken} of ${bytes.length} bytes: run the machine between`);
  }

  /**
   * Runs until `expected` has appeared behind what earlier calls found, looking every 100 us.
   * Returns the output up to and with it. @throws Error after `within` of machine time.
   */
  expectText(expected: string, { within = "1s" }: { within?: string } = {}): string {
    const { machine } = this.owner;
    const end = machine.now() + time_ps(within);
    for (;;) {
      const at = this.output.indexOf(expected, this.seen);
      if (at >= 0) {
        const found = this.text.slice(this.seen, at + expected.length);
        this.seen = at + expected.length;
        return found;
      }
      if (machine.now() >= end) throw this.missing(expected, within);
      const next = machine.now() + LOOK_PS;
      const result = machine.run(next < end ? next : end);
      if (result !== "time" && this.output.indexOf(expected, this.seen) < 0) {
        throw this.missing(expected, `the machine's end (${result})`);
      }
    }
  }

  private missing(expected: string, within: string): Error {
    const time = this.owner.machine.now();
    const tail = JSON.stringify(this.text.slice(this.seen).slice(-TAIL_CHARACTERS));
    return new Error(
      `${this.name} did not send ${JSON.stringify(expected)} within ${within}\n` +
        `  at ${time} ps of ${this.owner.name}; output since the last match: ${tail}`,
    );
  }
}

/** A running machine with what tests need around it; `machine` is the whole API. */
export class TestMachine {
  private readonly uarts = new Map<string, TestUart>();

  private observer: Observer | null = null;
  private readonly faults: ArmedFaults[] = [];

  constructor(
    readonly machine: Machine,
    readonly name: string,
    private readonly programs: readonly Elf[] = [],
  ) {}

  /**
   * Watches the machine from now on: `events` as in the text form of traces ("trap", "uart-tx"),
   * none for all but single instructions; `cycles` for `cycles()`, which is slower.
   * @throws UserError E209 for an event that does not exist.
   */
  observe(what: ObserveOptions = {}): this {
    this.observer = new Observer(this.machine, this.name, this.programs, what);
    return this;
  }

  /** What has been seen. @throws Error where `observe` has not been called. */
  get observed(): Observer {
    if (this.observer === null) throw new Error(`${this.name}: call observe() before it runs`);
    return this.observer;
  }

  /** Calls of a function since `observe({ cycles: true })`; `node` where several have one so named. */
  cycles(function_: string, node?: string): CallCycles {
    return this.observed.cycles(function_, node);
  }

  /** Arms a fault, in the form of the command line. @throws UserError E210. */
  inject(fault: string): void {
    this.faults.push(new ArmedFaults(this.machine, [parseFault(fault, { argument: "inject" })]));
  }

  /** What became of the faults, in the order in which they were armed. */
  faultReports(): FaultReport[] {
    return this.faults.flatMap((armed) => armed.report());
  }

  /** @throws UserError E201 when there is no such UART. */
  uart(name: string): TestUart {
    const known = this.uarts.get(name);
    if (known) return known;
    this.machine.uart(name);
    const uart = new TestUart(name, this);
    this.uarts.set(name, uart);
    return uart;
  }

  /** Runs for a span of machine time. */
  run({ for: span }: { for: string }): RunResult {
    return this.machine.run(this.machine.now() + time_ps(span));
  }

  /** Digest of the whole state, 32 hex digits. */
  digest(): string {
    return this.machine.digest();
  }

  snapshot(): Snapshot {
    return this.machine.snapshot();
  }

  restore(snapshot: Snapshot): void {
    this.machine.restore(snapshot);
  }

  /** A second machine that continues from here. */
  async fork(): Promise<TestMachine> {
    return new TestMachine(await this.machine.fork(), this.name, this.programs);
  }
}
