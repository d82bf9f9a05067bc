/**
 * Loads the core: compiles the module, makes instances, refuses a core of other versions than the
 * ones this host was written for. The module imports nothing; the checked build may import `abort`.
 */
import { instantiate } from "@assemblyscript/loader";
import {
  ABI_VERSION,
  STATE_VERSION,
  TIMING_VERSION,
  TRACE_VERSION,
} from "../../assembly/kernel/abi.js";
import { D_TIME, D_UNIT, DERIVED_BASE } from "../../assembly/kernel/layout.js";

/** What the core exports: assembly/index.ts says what each does. u64 is bigint, u32 is number. */
export interface CoreExports {
  readonly memory: WebAssembly.Memory;
  readonly STATE_VERSION: WebAssembly.Global;
  readonly ABI_VERSION: WebAssembly.Global;
  readonly TRACE_VERSION: WebAssembly.Global;
  readonly TIMING_VERSION: WebAssembly.Global;
  derivedBytes(
    stateBytes: number,
    units: number,
    harts: number,
    domains: number,
    decodedPages: number,
    tileSlots: number,
  ): bigint;
  machineStart(): void;
  machineRebuild(): void;
  machineRestored(): void;
  pageRestored(page: number, low: bigint, high: bigint): void;
  machineRun(until: bigint, stopWhenIdle: number): number;
  machineOrdered(on: number): void;
  machineLockstepForced(on: number): void;
  machineDigest(out: number, all: number): void;
  traceEnable(mask: bigint): void;
  traceMuteUnit(unit: number, on: number): void;
  memoryWritten(address: number, bytes: number): void;
  triggerAdd(hart: number, address: number, length: number, kinds: number): number;
  triggerRemove(id: number): void;
  triggerMode(mode: number, hart: number, cycle: bigint): void;
  triggerPass(hart: number): void;
  faultApply(kind: number, unit: number, a: number, b: number): number;
  faultsChanged(): void;
  inputBytes(unit: number, source: number, length: number): number;
  inputBreak(unit: number, bits: number): void;
  inputPending(unit: number): number;
  inputLevels(unit: number, mask: number, levels: number): void;
  hartTranslate(hart: number, address: number): number;
  hartPeekDevice(hart: number, address: number): bigint;
  hartPeekCsr(hart: number, csr: number): bigint;
  hartJump(hart: number, pc: number): void;
  hartPokeCsr(hart: number, csr: number, value: number): number;
  clockSet(domain: number, rate: bigint): void;
  fabricRow(unit: number, slot: number, address: number): number;
  fabricSlot(unit: number, tile: number): number;
  clockEdge(domain: number, cycle: bigint): bigint;
  clockCycle(domain: number, time: bigint): bigint;
  randomOf(seed: bigint, unit: number, n: bigint): bigint;
}

/** A broken assertion of the model: a bug of ours, never the user's or the guest's. */
export class ModelBug extends Error {
  constructor(what: string) {
    super(what);
    this.name = "ModelBug";
  }
}

/** A string of the core: UTF-16 at `pointer`, its length in bytes in the four bytes before. */
function stringAt(view: DataView, pointer: number): string {
  if (pointer < 4 || pointer > view.byteLength) return "?";
  const length = Math.min(view.getUint32(pointer - 4, true), 512);
  const bytes = new Uint8Array(view.buffer, pointer, length);
  return new TextDecoder("utf-16le").decode(bytes);
}

/** Compiles a build of the core. Compile once, instantiate for every machine. */
export function loadModule(bytes: BufferSource): Promise<WebAssembly.Module> {
  return WebAssembly.compile(bytes);
}

/** Makes an instance and checks its versions. @throws ModelBug on a core of another version. */
export async function instantiateCore(module: WebAssembly.Module): Promise<CoreExports> {
  let memory: WebAssembly.Memory | null = null;
  const abort = (_message: number, file: number, line: number, column: number) => {
    const view = memory ? new DataView(memory.buffer) : null;
    const place = view
      ? ` at ${view.getBigUint64(DERIVED_BASE + D_TIME, true)} ps, unit ${view.getUint32(DERIVED_BASE + D_UNIT, true)}`
      : "";
    const where = view ? `${stringAt(view, file)}:${line}:${column}` : `line ${line}`;
    throw new ModelBug(`assertion failed in the core (${where})${place}`);
  };
  const { exports } = await instantiate(module, { env: { abort } });
  const core = exports as unknown as CoreExports;
  memory = core.memory;
  const expected = { STATE_VERSION, ABI_VERSION, TRACE_VERSION, TIMING_VERSION };
  for (const [name, version] of Object.entries(expected)) {
    const global = core[name as keyof typeof expected];
    if (global.valueOf() !== version && global.value !== version) {
      throw new ModelBug(`the core has ${name} ${global.value}, this host needs ${version}`);
    }
  }
  return core;
}
