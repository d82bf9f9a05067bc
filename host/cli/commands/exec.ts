/** `hotspare exec PROG.elf`: one bare hart with plain RAM. Source: specs of the core, section 4. */

import { performance } from "node:perf_hooks";
import { Machine } from "../../core/machine.js";
import { loadModule } from "../../core/module.js";
import { UserError } from "../../error/index.js";
import { type Elf, readElf } from "../../guest/elf.js";
import { isaWarning } from "../../guest/isa-needs.js";
import { formatSignature, signatureRange } from "../../guest/signature.js";
import { SymbolTable } from "../../guest/symbols.js";
import { type BareOptions, bareMachine } from "../../machine/bare.js";
import { readRate_mhz } from "../../machine/quantities.js";
import { readCore, readUserFile, writeUserFile } from "../../node/files.js";
import { drive } from "../../node/runner.js";
import { RecordHub } from "../../session/hub.js";
import { machineNamer } from "../../trace/namer.js";
import type { Context } from "../context.js";
import { parseAddress, parseInteger, parseRange } from "../grammar/number.js";
import { textOption } from "../options.js";
import { verdictOf } from "../outcome.js";
import { runJson, runText } from "../run-result.js";
import type { Action, Options } from "../table.js";
import { TraceFile, tracePlan } from "../trace-file.js";

/** Edge k of a clock of r millihertz falls at floor(k x 10^15 / r) ps. Source: architecture, 2. */
const PS_TIMES_MILLI = 10n ** 15n;
const MAX_CYCLES = (1n << 64n) - 1n;
/** Machine time is a u64 of picoseconds; we stop at half of it, 106 days (our choice). */
const MAX_PS = (1n << 63n) - 1n;

export const action: Action = async ([path = ""], options, context) => {
  const started_ms = performance.now();
  const elf = readElf(readUserFile(path, "E420", "program"), path);
  const image = bareMachine(elf, bareOptions(options));
  const warning = isaWarning(elf, "the hart", image.harts[0]!.isa);
  if (warning !== null) context.log(warning);
  const rate_mhz = image.domains[0]!.rate_mhz;
  const maxCycles = textOption(options, "maxCycles");
  const end_ps =
    maxCycles === null
      ? null
      : timeOfCycle(parseInteger(maxCycles, "--max-cycles", MAX_CYCLES), rate_mhz);
  const signature = signatureOf(options, elf, path);
  const plan = tracePlan(options);
  const machine = await Machine.create(image, { module: await loadModule(readCore()) });
  const hub = new RecordHub(machine);
  const namer = machineNamer(machine, [elf]);
  const trace = plan === null ? null : new TraceFile(plan, image.name, namer, hub);
  context.signals.endCleanly();
  const { ended } = await drive({
    machine,
    hub,
    paced: false,
    bridge: null,
    unattached: [],
    end_ps,
    watch: null,
    appointments: [],
    periodic: null,
    stopRequested: () => context.signals.requested !== null,
  });
  trace?.close();
  if (signature !== null) writeSignature(signature, machine, path);
  const verdict = verdictOf(ended.by, machine.halt(), true, context.signals.exitCode);
  const json = runJson(machine, verdict, { wall_s: (performance.now() - started_ms) / 1000 });
  explain(context, verdict.outcome, elf);
  return { json, text: runText(json), exitCode: verdict.exitCode };
};

function timeOfCycle(cycle: bigint, rate_mhz: bigint): bigint {
  const time_ps = (cycle * PS_TIMES_MILLI) / rate_mhz;
  return time_ps < MAX_PS ? time_ps : MAX_PS;
}

function bareOptions(options: Options): BareOptions {
  const [ram, boot, isa, timing, hz, haltStore] = [
    "ram",
    "boot",
    "isa",
    "timing",
    "hz",
    "haltStore",
  ].map((name) => textOption(options, name)) as (string | null)[];
  return {
    ...(ram == null ? {} : { ram: parseRange(ram, "--ram") }),
    ...(boot == null ? {} : { boot: parseAddress(boot, "--boot") }),
    ...(isa == null ? {} : { isa }),
    ...(timing == null ? {} : { timing }),
    ...(hz == null ? {} : { rate_mhz: parseRate(hz) }),
    ...(haltStore == null ? {} : { haltStore: parseAddress(haltStore, "--halt-store") }),
  };
}

function parseRate(text: string): bigint {
  const rate_mhz = readRate_mhz(text);
  if (rate_mhz !== undefined) return rate_mhz;
  const hint = "write for example 100000000 or 32768.125";
  throw new UserError("E202", `"${text}" is not a rate in Hz`, { argument: "--hz" }, hint);
}

interface Signature {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Checked before the run, so that a missing symbol does not cost one. */
function signatureOf(options: Options, elf: Elf, file: string): Signature | null {
  const path = textOption(options, "signature");
  if (path === null) return null;
  const range = signatureRange(new SymbolTable(elf.symbols, elf.sections), file);
  return { path, ...range };
}

function writeSignature({ path, start, end }: Signature, machine: Machine, file: string): void {
  const bytes = machine.readMemory(0, start, end - start);
  if (bytes.length < end - start) {
    const what = "the signature lies outside of the RAM";
    throw new UserError("E412", what, { file }, "give a --ram that holds it");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = Array.from({ length: bytes.length / 4 }, (_, n) => view.getUint32(4 * n, true));
  writeUserFile(path, formatSignature(words), "--signature");
}

function explain(context: Context, outcome: string, elf: Elf): void {
  if (outcome !== "timeout" || elf.symbols.some(({ name }) => name === "tohost")) return;
  context.log("the program has no symbol tohost: end it with --halt-store ADDRESS, or by wfi");
}
