/**
 * Timelines for Perfetto from trace lines, written while the machine runs:
 *
 *   node            a hart's track: running, asleep, stopped as slices; interrupts, traps, refused
 *                   accesses, resets as instants
 *     functions     the function a hart executes, where `retire` is recorded and has symbols
 *     uart0 tx, rx  a slice a line of text with its characters in it
 *     status        marks
 *     uart0.interrupt > ...   a wire while it is high
 *
 * What has no track yet gets one with its first event.
 */

import { TraceKind } from "../../assembly/kernel/abi.js";
import type { TraceLine } from "./format.js";
import { KIND_BY_EVENT } from "./kinds.js";
import {
  type Arguments,
  JsonSink,
  ProtoSink,
  type TimelineSink,
  type Track,
} from "./timeline-sink.js";
import { TextTrack } from "./timeline-text.js";
import { VCD_KINDS } from "./vcd.js";
import { wordsOf } from "./vcd-lines.js";
import { ACTIVITY_KINDS, activityAfter, type HartActivity } from "./vcd-states.js";
import { receivedFrame, sentFrame, type UartLine } from "./vcd-uart.js";

/** Kinds that a timeline shows unless told otherwise; RETIRE, for functions, comes on top. */
export const TIMELINE_KINDS: readonly TraceKind[] = [...VCD_KINDS, TraceKind.CLOCK];

export interface TimelineOptions {
  /** Settings of a UART's line now, by its name `NODE.uartN`. */
  readonly line: (uart: string) => UartLine;
  /** Names of all harts, so that one that never wakes is shown too. */
  readonly harts: readonly string[];
  /** TrackEvent protobuf (default), or JSON for files named `.json`. */
  readonly form?: "protobuf" | "json";
  /** Where the harts' first slices begin; default 0. */
  readonly start_ps?: bigint;
  /** What a hart does at the start; default running, as at power-on. */
  readonly activity?: (hart: string) => HartActivity;
}

interface Hart {
  readonly track: Track;
  activity: HartActivity;
}

/** Instants: the text of an event from its fields. */
const INSTANTS: Readonly<Record<string, (fields: ReadonlyMap<string, string>) => string>> = {
  interrupt: (fields) => `interrupt ${fields.get("name")}`,
  trap: (fields) => `trap ${fields.get("name")}`,
  "bus-error": (fields) => `bus error at ${fields.get("address")}`,
  isolation: (fields) => `isolation violation at ${fields.get("address")}`,
  reset: (fields) => `reset: ${fields.get("cause")}`,
  fault: (fields) => `fault ${fields.get("kind")}`,
  mark: (fields) => `mark ${fields.get("value")}`,
  halt: (fields) => `halt ${fields.get("kind")} ${fields.get("value")}`,
  clock: (fields) => `clock ${fields.get("clock")}: ${fields.get("rate_mhz")} mHz`,
};

/** Writes a machine's timeline; lines come sorted by time. */
export class TimelineWriter {
  private readonly sink: TimelineSink;
  private readonly tracks = new Map<string, Track>();
  private readonly harts = new Map<string, Hart>();
  private readonly texts = new Map<string, TextTrack>();
  private readonly functions = new Map<string, string>();
  private readonly high = new Set<string>();
  private readonly lines = new Map<string, UartLine>();

  constructor(
    private readonly options: TimelineOptions,
    write: (bytes: Uint8Array) => void,
  ) {
    this.sink = options.form === "json" ? new JsonSink(write) : new ProtoSink(write);
    const { start_ps = 0n, activity = () => "running" as const } = options;
    for (const name of options.harts) {
      const hart: Hart = { track: this.trackOf(name, "hart"), activity: activity(name) };
      this.harts.set(name, hart);
      this.sink.begin(hart.track, start_ps, hart.activity, []);
    }
  }

  add(lines: readonly TraceLine[]): void {
    for (const line of lines) this.take(line);
  }

  /** Ends everything that is open at `time_ps`. Nothing may be added afterwards. */
  finish(time_ps: bigint): void {
    for (const text of this.texts.values()) text.flush();
    for (const { track } of this.harts.values()) this.sink.end(track, time_ps);
    for (const node of this.functions.keys()) {
      this.sink.end(this.trackOf(node, "functions"), time_ps);
    }
    for (const wire of this.high) this.sink.end(this.wireTrack(wire), time_ps);
    this.sink.finish();
  }

  private take(line: TraceLine): void {
    const { unit, event, time_ps } = line;
    this.moveHart(line);
    const text = INSTANTS[event]?.(new Map(line.fields));
    if (text !== undefined) {
      const args: Arguments = [["time_ps", time_ps.toString()], ["unit", unit], ...line.fields];
      this.sink.instant(this.instantTrack(unit), time_ps, text, args);
    }
    if (event === "uart-tx" || event === "uart-rx") this.takeCharacter(line);
    if (event === "wire") this.takeWire(line);
    if (event === "retire") this.takeInstruction(line);
  }

  /** A hart's events stand on its own track, those of a device on the device's. */
  private instantTrack(unit: string): Track {
    const hart = this.harts.get(unit);
    if (hart !== undefined) return hart.track;
    const target = unit.slice(unit.indexOf(">") + 1);
    const [node = "", ...device] = target.split(".");
    return this.trackOf(node, device.join(".") || "events");
  }

  private moveHart(line: TraceLine): void {
    const hart = this.harts.get(line.unit);
    if (hart === undefined) return;
    const kind = KIND_BY_EVENT.get(line.event) ?? 0;
    if (!ACTIVITY_KINDS.includes(kind)) return;
    const after = activityAfter(hart.activity, { kind, a: wordsOf(line).a });
    if (after === hart.activity) return;
    hart.activity = after;
    this.sink.end(hart.track, line.time_ps);
    this.sink.begin(hart.track, line.time_ps, after, []);
  }

  private takeCharacter(line: TraceLine): void {
    const { unit, event, time_ps } = line;
    const now = this.options.line(unit);
    if (now.baud > 0) this.lines.set(unit, now);
    const settings = this.lines.get(unit);
    if (settings === undefined) return;
    const { a, b } = wordsOf(line);
    const frame =
      event === "uart-tx"
        ? sentFrame(time_ps, a, settings)
        : receivedFrame(time_ps, a, b, settings);
    const [node = "", ...device] = unit.split(".");
    const name = `${device.join(".")} ${event.slice("uart-".length)}`;
    const key = `${node} ${name}`;
    let text = this.texts.get(key);
    if (text === undefined) {
      text = new TextTrack(this.trackOf(node, name), this.sink);
      this.texts.set(key, text);
    }
    text.add(frame);
  }

  private takeWire(line: TraceLine): void {
    const { unit, time_ps } = line;
    const level = wordsOf(line).a;
    if (level === Number(this.high.has(unit))) return;
    const track = this.wireTrack(unit);
    if (level === 0) {
      this.high.delete(unit);
      this.sink.end(track, time_ps);
      return;
    }
    this.high.add(unit);
    this.sink.begin(track, time_ps, "high", [["time_ps", time_ps.toString()]]);
  }

  /** A wire lies in the node that it reaches. */
  private wireTrack(wire: string): Track {
    const [from = "", to = from] = wire.split(">");
    const [node = "", ...port] = to.split(".");
    const source = from.startsWith(`${node}.`) ? from.slice(node.length + 1) : from;
    return this.trackOf(node, `${source} > ${port.join(".")}`);
  }

  /** The function is the symbol without its offset; a retire without one ends it. */
  private takeInstruction(line: TraceLine): void {
    const { unit, time_ps } = line;
    const at = line.fields.find(([name]) => name === "at")?.[1];
    const name = at?.replace(/\+0x[0-9a-f]+$/, "");
    const before = this.functions.get(unit);
    if (name === before) return;
    const track = this.trackOf(unit, "functions");
    if (before !== undefined) this.sink.end(track, time_ps);
    if (name === undefined) {
      this.functions.delete(unit);
      return;
    }
    this.functions.set(unit, name);
    this.sink.begin(track, time_ps, name, []);
  }

  private trackOf(node: string, name: string): Track {
    const key = `${node}/${name}`;
    const known = this.tracks.get(key);
    if (known !== undefined) return known;
    const parent = this.tracks.get(node) ?? this.newTrack(node, node, null);
    return this.newTrack(key, name, parent);
  }

  private newTrack(key: string, name: string, node: Track | null): Track {
    const track: Track = { id: this.tracks.size + 1, name, node };
    this.tracks.set(key, track);
    this.sink.track(track);
    return track;
  }
}
