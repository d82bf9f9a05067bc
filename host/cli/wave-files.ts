/** `--vcd` and `--timeline`: waveforms of a run while it runs, and of a trace file. */

import { type TraceKind, UnitKind } from "../../assembly/kernel/abi.js";
import { HEAD_BYTES, HEAD_OUTPUTS, PAGE_BYTES, STATE_BASE } from "../../assembly/kernel/layout.js";
import type { Machine } from "../core/machine.js";
import type { Snapshot } from "../core/snapshot.js";
import { UserError } from "../error/index.js";
import type { RecordHub } from "../session/hub.js";
import { nameRecord, type TraceLine } from "../trace/format.js";
import type { Namer } from "../trace/kinds.js";
import { TIMELINE_KINDS, type TimelineOptions, TimelineWriter } from "../trace/timeline.js";
import { VCD_KINDS, type VcdOptions, VcdWriter } from "../trace/vcd.js";
import type { TraceSurvey } from "../trace/vcd-lines.js";
import type { HartActivity } from "../trace/vcd-states.js";
import { flagOption, textOption } from "./options.js";
import { OutputFile } from "./output-file.js";
import type { Options } from "./table.js";
import { chosenKinds } from "./trace-file.js";

/** What the options ask for. */
export interface WavePlan {
  readonly vcd: string | null;
  readonly timeline: string | null;
  /** Single bits and full names in the VCD. */
  readonly split: boolean;
  /** Kinds that --trace or --trace-kinds selects: they are shown too. */
  readonly kinds: readonly TraceKind[];
}

/** @throws UserError E206 for --vcd-split alone. */
export function wavePlan(options: Options): WavePlan {
  const vcd = textOption(options, "vcd");
  const split = flagOption(options, "vcdSplit");
  if (split && vcd === null) {
    const place = { argument: "--vcd-split" };
    throw new UserError("E206", "--vcd-split needs --vcd", place, "add --vcd FILE");
  }
  return { vcd, timeline: textOption(options, "timeline"), split, kinds: chosenKinds(options) };
}

/** Waveform files; `close` ends them at a machine time. */
export interface WaveFiles {
  close(time_ps: bigint): void;
}

/**
 * Opens the files of a run; from now on they take the machine's records. `start` is the state that
 * the run starts from, null at power-on.
 * @throws UserError E208 when a file cannot be written.
 */
export function waveFiles(
  plan: WavePlan,
  machine: Machine,
  namer: Namer,
  hub: RecordHub,
  start: Snapshot | null,
): WaveFiles {
  const { image } = machine;
  const activities = new Map(machine.hartViews().map(({ name, state }) => [name, state]));
  const activity = (name: string): HartActivity => {
    const state = activities.get(name) ?? "running";
    return state === "waking" ? "running" : state;
  };
  const shared = {
    line: (uart: string) => machine.uart(uart).settings(),
    start_ps: machine.now(),
  };
  const closers: WaveFiles[] = [];
  if (plan.vcd !== null) {
    const kinds = [...new Set([...VCD_KINDS, ...plan.kinds])];
    const { writer, files } = openVcd(plan.vcd, image, {
      ...shared,
      kinds,
      splitVectors: plan.split,
      activity: (unit) => activity(image.units[unit]!.name),
      wireLevel: (unit) => (start === null ? 0 : wireLevel(start, image.units[unit]!.block)),
    });
    hub.listen(kinds, (records) => writer.add(records));
    closers.push(files);
  }
  if (plan.timeline !== null) {
    const harts = image.harts.map(({ name }) => name);
    const { writer, files } = openTimeline(plan.timeline, { ...shared, harts, activity });
    hub.listen([...new Set([...TIMELINE_KINDS, ...plan.kinds])], (records) =>
      writer.add(records.map((record) => nameRecord(record, namer))),
    );
    closers.push(files);
  }
  return { close: (time_ps) => closers.forEach((files) => void files.close(time_ps)) };
}

/**
 * Writes the waveforms of a trace file's lines, which are read piece by piece; they end with the
 * last line. The trace was surveyed before.
 */
export function convertTrace(
  plan: WavePlan,
  machine: string,
  survey: TraceSurvey,
  pieces: Iterable<readonly TraceLine[]>,
): void {
  const line = (uart: string) => survey.line(uart);
  const { kinds } = survey;
  const traced = survey.machine(machine);
  const options = { line, kinds, splitVectors: plan.split };
  const vcd = plan.vcd === null ? null : openVcd(plan.vcd, traced, options);
  const units = traced.units.filter(({ kind }) => kind === UnitKind.HART);
  const harts = units.map(({ name }) => name);
  const timeline = plan.timeline === null ? null : openTimeline(plan.timeline, { line, harts });
  let end_ps = 0n;
  for (const lines of pieces) {
    vcd?.writer.add(lines.flatMap((one) => survey.record(one) ?? []));
    timeline?.writer.add(lines);
    end_ps = lines.at(-1)?.time_ps ?? end_ps;
  }
  vcd?.files.close(end_ps);
  timeline?.files.close(end_ps);
}

function openVcd(
  path: string,
  machine: ConstructorParameters<typeof VcdWriter>[0],
  options: VcdOptions,
): { writer: VcdWriter; files: WaveFiles } {
  const file = new OutputFile(path, "--vcd");
  const writer = new VcdWriter(machine, options, (text) => file.write(text));
  return { writer, files: closing(writer, file) };
}

/** JSON for a name in .json, TrackEvent protobuf otherwise. */
function openTimeline(
  path: string,
  options: Omit<TimelineOptions, "form">,
): { writer: TimelineWriter; files: WaveFiles } {
  const file = new OutputFile(path, "--timeline");
  const form = path.endsWith(".json") ? "json" : "protobuf";
  const writer = new TimelineWriter({ ...options, form }, (bytes) => file.write(bytes));
  return { writer, files: closing(writer, file) };
}

function closing(writer: VcdWriter | TimelineWriter, file: OutputFile): WaveFiles {
  let closed = false;
  return {
    close: (time_ps) => {
      if (closed) return;
      closed = true;
      writer.finish(time_ps);
      file.close();
    },
  };
}

/**
 * Level of a wire's far end in a state: the level that its block has at its target, unless the word
 * after the block's head holds it (0 free, 1 low, 2 high). Source: assembly/machine/wiring.ts.
 */
function wireLevel(state: Snapshot, block: number): 0 | 1 {
  const force = stateWord(state, block + HEAD_BYTES);
  const level = force === 0 ? stateWord(state, block + HEAD_OUTPUTS) & 1 : force - 1;
  return level === 0 ? 0 : 1;
}

/** A word of a saved state; pages that are all zero are not in it. */
function stateWord({ pages }: Snapshot, address: number): number {
  const offset = address - STATE_BASE;
  const page = pages.find(({ index }) => index === Math.floor(offset / PAGE_BYTES));
  if (page === undefined) return 0;
  const { bytes } = page;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset % PAGE_BYTES, true);
}
