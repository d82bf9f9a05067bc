/**
 * Timelines in the two forms that Perfetto opens: TrackEvent protobuf, and the JSON of
 * chrome://tracing. Both show times in whole nanoseconds; the argument `time_ps` has all of it.
 *
 * Sources: the messages under protos/perfetto/trace of the Perfetto project, by their field
 * numbers; "Trace Event Format" (Chromium) for JSON.
 */

import { Message } from "./timeline-proto.js";

export type Arguments = readonly (readonly [name: string, value: string])[];

/** A row of the timeline. Nodes are shown as processes, everything in them as their threads. */
export interface Track {
  /** From 1 on, different for every track. */
  readonly id: number;
  readonly name: string;
  /** Null for a node, which holds other tracks and no events. */
  readonly node: Track | null;
}

/** One form of a timeline. Slices of a track nest; its events come in the order of time. */
export interface TimelineSink {
  track(track: Track): void;
  begin(track: Track, time_ps: bigint, name: string, args: Arguments): void;
  end(track: Track, time_ps: bigint): void;
  instant(track: Track, time_ps: bigint, name: string, args: Arguments): void;
  finish(): void;
}

const PS_PER_NS = 1000n;

// ---- TrackEvent protobuf ------------------------------------------------------------------------

/** trace.proto */
const TRACE = { packet: 1 } as const;
/** trace_packet.proto */
const PACKET = {
  timestamp: 8,
  trusted_packet_sequence_id: 10,
  track_event: 11,
  sequence_flags: 13,
  track_descriptor: 60,
} as const;
/** track_event/track_descriptor.proto, process_descriptor.proto, thread_descriptor.proto */
const DESCRIPTOR = { uuid: 1, name: 2, process: 3, parent_uuid: 5 } as const;
const PROCESS = { pid: 1, process_name: 6 } as const;
/** track_event/track_event.proto, debug_annotation.proto */
const EVENT = { debug_annotations: 4, type: 9, track_uuid: 11, name: 23 } as const;
const TYPE = { slice_begin: 1, slice_end: 2, instant: 3 } as const;
const ANNOTATION = { string_value: 6, name: 10 } as const;

/** TracePacket.SequenceFlags: the first packet of a sequence depends on none before it. */
const SEQ_INCREMENTAL_STATE_CLEARED = 1;
const SEQUENCE_ID = 1;
const CHUNK_BYTES = 1 << 16;

/** Writes `Trace` messages in pieces; a file is their concatenation. */
export class ProtoSink implements TimelineSink {
  private chunks: Uint8Array[] = [];
  private bytes = 0;
  private first = true;

  constructor(private readonly write: (bytes: Uint8Array) => void) {}

  track({ id, name, node }: Track): void {
    const descriptor = new Message().number(DESCRIPTOR.uuid, id).text(DESCRIPTOR.name, name);
    if (node === null) {
      const process = new Message().number(PROCESS.pid, id).text(PROCESS.process_name, name);
      descriptor.message(DESCRIPTOR.process, process);
    } else descriptor.number(DESCRIPTOR.parent_uuid, node.id);
    this.packet(new Message().message(PACKET.track_descriptor, descriptor));
  }

  begin(track: Track, time_ps: bigint, name: string, args: Arguments): void {
    this.event(track, time_ps, TYPE.slice_begin, name, args);
  }

  end(track: Track, time_ps: bigint): void {
    this.event(track, time_ps, TYPE.slice_end, null, []);
  }

  instant(track: Track, time_ps: bigint, name: string, args: Arguments): void {
    this.event(track, time_ps, TYPE.instant, name, args);
  }

  finish(): void {
    for (const chunk of this.chunks) this.write(chunk);
    this.chunks = [];
    this.bytes = 0;
  }

  private event(
    track: Track,
    time_ps: bigint,
    type: number,
    name: string | null,
    args: Arguments,
  ): void {
    const event = new Message();
    for (const [key, value] of args) {
      const annotation = new Message().text(ANNOTATION.string_value, value);
      event.message(EVENT.debug_annotations, annotation.text(ANNOTATION.name, key));
    }
    event.number(EVENT.type, type).number(EVENT.track_uuid, track.id);
    if (name !== null) event.text(EVENT.name, name);
    const packet = new Message().number(PACKET.timestamp, time_ps / PS_PER_NS);
    this.packet(packet.message(PACKET.track_event, event));
  }

  private packet(packet: Message): void {
    packet.number(PACKET.trusted_packet_sequence_id, SEQUENCE_ID);
    if (this.first) packet.number(PACKET.sequence_flags, SEQ_INCREMENTAL_STATE_CLEARED);
    this.first = false;
    const bytes = new Message().message(TRACE.packet, packet).bytes();
    this.chunks.push(bytes);
    this.bytes += bytes.length;
    if (this.bytes >= CHUNK_BYTES) this.finish();
  }
}

// ---- JSON ---------------------------------------------------------------------------------------

/** Microseconds with the nanoseconds behind the point, as the format wants them. */
function microseconds(time_ps: bigint): string {
  const ns = time_ps / PS_PER_NS;
  return `${ns / 1000n}.${(ns % 1000n).toString().padStart(3, "0")}`;
}

/** Writes one JSON object with an event a line. */
export class JsonSink implements TimelineSink {
  private readonly encoder = new TextEncoder();
  private buffer = '{"displayTimeUnit":"ns","traceEvents":[';
  private separator = "\n";

  constructor(private readonly write: (bytes: Uint8Array) => void) {}

  track({ id, name, node }: Track): void {
    const what = node === null ? "process_name" : "thread_name";
    const place = { pid: node?.id ?? id, tid: id };
    this.event(JSON.stringify({ ph: "M", name: what, ...place, args: { name } }));
  }

  begin(track: Track, time_ps: bigint, name: string, args: Arguments): void {
    this.timed(track, time_ps, { ph: "B", name, args: Object.fromEntries(args) });
  }

  end(track: Track, time_ps: bigint): void {
    this.timed(track, time_ps, { ph: "E" });
  }

  instant(track: Track, time_ps: bigint, name: string, args: Arguments): void {
    this.timed(track, time_ps, { ph: "i", s: "t", name, args: Object.fromEntries(args) });
  }

  finish(): void {
    this.buffer += "\n]}\n";
    this.flush();
  }

  private timed(track: Track, time_ps: bigint, fields: Readonly<Record<string, unknown>>): void {
    const place = { ...fields, pid: track.node?.id ?? track.id, tid: track.id };
    this.event(`${JSON.stringify(place).slice(0, -1)},"ts":${microseconds(time_ps)}}`);
  }

  private event(text: string): void {
    this.buffer += this.separator + text;
    this.separator = ",\n";
    if (this.buffer.length >= CHUNK_BYTES) this.flush();
  }

  private flush(): void {
    this.write(this.encoder.encode(this.buffer));
    this.buffer = "";
  }
}
