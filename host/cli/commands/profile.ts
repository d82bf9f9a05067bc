/** `hotspare profile MODEL`: where the cycles of each hart go. Source: docs/profiling.md. */

import { Machine } from "../../core/machine.js";
import { loadModule } from "../../core/module.js";
import { Exit } from "../../error/index.js";
import { type LineRow, readLines } from "../../guest/dwarf-lines.js";
import type { Elf } from "../../guest/elf.js";
import { timeText } from "../../machine/quantities.js";
import { readCore, writeUserFile } from "../../node/files.js";
import { type HartProfile, PROFILE_KINDS } from "../../trace/profile.js";
import {
  foldedText,
  functionRows,
  lcovText,
  lineRows,
  speedscope,
} from "../../trace/profile-report.js";
import { Profiler } from "../../trace/profiler.js";
import { parseInteger } from "../grammar/number.js";
import { parseTime, resolveTime } from "../grammar/time.js";
import { type LoadedMachine, loadMachine } from "../load.js";
import { listOption, pairOptions, textOption } from "../options.js";
import type { Action } from "../table.js";

const DEFAULT_TIME = "100ms";
/** Parts of the run, between which stack pointers are read: short at first (our choice). */
const FIRST_PART_PS = 10_000_000n;
const PART_PS = 1_000_000_000n;
const ROWS_SHOWN = 20;

export const action: Action = async ([name = ""], options, context) => {
  const firmware = new Map(pairOptions(listOption(options, "firmware"), "--firmware", "NODE=ELF"));
  const seedText = textOption(options, "seed");
  const seed = seedText === null ? null : parseInteger(seedText, "--seed");
  const duration = parseTime(textOption(options, "for") ?? DEFAULT_TIME, "--for");
  const loaded = loadMachine(name, firmware, seed);
  const machine = await Machine.create(loaded.image, { module: await loadModule(readCore()) });
  const programs = programsOf(loaded);
  const profiler = new Profiler(machine, (node) => programs.get(node)?.program);
  machine.setTrace([...PROFILE_KINDS], (records) => profiler.take(records));
  const end_ps = resolveTime(duration, loaded.image);
  let part_ps = FIRST_PART_PS;
  while (machine.now() < end_ps && context.signals.requested === null) {
    const next_ps = machine.now() + part_ps;
    if (part_ps < PART_PS) part_ps *= 2n;
    const result = machine.run(next_ps < end_ps ? next_ps : end_ps);
    profiler.stand();
    for (const uart of loaded.image.uarts) machine.uart(uart.name).drain();
    if (result === "halt") break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const profiles = profiler.results();
  const covered = profiles.map((profile) => ({
    profile,
    lines: programs.get(profile.name)?.lines ?? [],
  }));
  const outputs: readonly (readonly [option: string, flag: string, text: () => string])[] = [
    ["folded", "--folded", () => foldedText(profiles)],
    ["speedscope", "--speedscope", () => JSON.stringify(speedscope(loaded.image.name, profiles))],
    ["lcov", "--lcov", () => lcovText(covered)],
  ];
  for (const [option, flag, text] of outputs) {
    const file = textOption(options, option);
    if (file !== null) writeUserFile(file, text(), flag);
  }
  const json = {
    kind: "profile",
    machine: loaded.image.name,
    time_ps: machine.now().toString(),
    harts: covered.map(({ profile, lines }) => hartJson(profile, lines)),
  };
  const requested = context.signals.requested !== null;
  return {
    json,
    text: profileText(json, machine.now()),
    exitCode: requested ? context.signals.exitCode : Exit.PASS,
  };
};

interface Program {
  readonly program: Elf;
  readonly lines: readonly LineRow[];
}

/** Executable and lines of each node; nodes of a group share theirs. */
function programsOf({ image, firmware, programs }: LoadedMachine): ReadonlyMap<string, Program> {
  const rows = programs.map((program, n): Program => {
    return { program, lines: readLines(firmware[n]!.bytes, program.sections) };
  });
  return new Map(
    image.harts.flatMap(({ name }): [string, Program][] => {
      const symbols: unknown = image.symbolsByNode.get(name);
      const row = rows.find(({ program }) => program.symbols === symbols);
      return row === undefined ? [] : [[name, row]];
    }),
  );
}

function hartJson(profile: HartProfile, lines: readonly LineRow[]) {
  return {
    name: profile.name,
    cycles: profile.cycles,
    functions: functionRows(profile),
    lines: lineRows(profile, lines),
    latencies: profile.latencies.map(({ cause, count, min, max, total }) => ({
      cause,
      count,
      min_cycles: min,
      mean_cycles: total / count,
      max_cycles: max,
    })),
    stacks: profile.stacks.map(({ top, bytes, deepest }) => ({
      top: `0x${top.toString(16).padStart(8, "0")}`,
      bytes,
      deepest,
    })),
  };
}

function profileText(
  { machine, harts }: { machine: string; harts: ReturnType<typeof hartJson>[] },
  now_ps: bigint,
): string {
  const lines = [`${machine}, ${timeText(now_ps)}`];
  for (const { name, cycles, functions, latencies, stacks } of harts) {
    lines.push("", `${name}: ${cycles} cycles`, "        self          total      calls  function");
    for (const row of functions.slice(0, ROWS_SHOWN)) {
      const share = `${((100 * row.self) / Math.max(1, cycles)).toFixed(1)}%`;
      lines.push(
        `${String(row.self).padStart(12)} ${share.padStart(6)} ${String(row.total).padStart(8)} ` +
          `${String(row.calls).padStart(10)}  ${row.name}`,
      );
    }
    if (functions.length > ROWS_SHOWN) lines.push(`  ... ${functions.length - ROWS_SHOWN} more`);
    for (const { cause, count, min_cycles, mean_cycles, max_cycles } of latencies) {
      lines.push(
        `  interrupt ${cause}: ${count} taken, latency ${min_cycles}..${max_cycles} cycles, ` +
          `mean ${mean_cycles.toFixed(1)}`,
      );
    }
    for (const { top, bytes, deepest } of stacks) {
      lines.push(`  stack at ${top}: ${bytes} bytes at most, in ${deepest}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
