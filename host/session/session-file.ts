/**
 * Session files: a whole run, self-contained. Machine file and firmware are embedded, every input
 * from outside carries the machine time at which it took effect, every character that went out
 * the time at which its last stop bit ended. Layout: docs/formats.md, "Session".
 */

import type { z } from "zod";
import { ByteWriter } from "../serial/byte-writer.js";
import { decodeInputLog, encodeInputLog, type InputRecord } from "../serial/input-log.js";
import { ByteReader } from "./bytes.js";
import { packContainer, type Sections, unpackContainer } from "./container.js";
import { consistent, sectionOf, type Versions, versionsDiffer } from "./sections.js";
import { readShape, SESSION_SHAPE, VERSIONS_SHAPE } from "./shapes.js";

/** A character, or a break condition, that left a UART for the outside. */
export interface OutputRecord {
  readonly time_ps: bigint;
  /** `NODE.uartN`. */
  readonly uart: string;
  /** 0..255; 256 stands for a break condition. */
  readonly character: number;
}

/** `character` of a break condition. */
export const BREAK_CHARACTER = 256;

export interface DigestRecord {
  readonly time_ps: bigint;
  /** State digest before the inputs of that time: 32 hex digits. */
  readonly digest: string;
}

export interface SessionFirmware {
  readonly node: string;
  /** The name under which it was given. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

export interface Session extends Versions {
  /** Version of hotspare that recorded it. */
  readonly tool: string;
  readonly machine: {
    readonly name: string;
    readonly hash: string;
    readonly file: string;
    readonly text: string;
  };
  readonly firmware: readonly SessionFirmware[];
  readonly seed: bigint;
  /** The command line that recorded it. */
  readonly command: readonly string[];
  readonly driver: "free" | "paced";
  /** Faults armed at the start, in their text form. */
  readonly faults: readonly string[];
  /** An encoded snapshot when the run started from one. */
  readonly start: Uint8Array | null;
  readonly uarts: readonly string[];
  readonly inputs: readonly InputRecord[];
  readonly outputs: readonly OutputRecord[];
  readonly digests: readonly DigestRecord[];
  readonly end: {
    readonly time_ps: bigint;
    readonly digest: string;
    readonly outcome: string;
    /** The guest halted the machine at that time. */
    readonly halted: boolean;
  };
}

/** A session to be written: its streams may be made while they are read. */
export type SessionParts = Omit<Session, "inputs" | "outputs"> & {
  readonly inputs: Iterable<InputRecord>;
  readonly outputs: Iterable<OutputRecord>;
};

type Meta = z.infer<typeof SESSION_SHAPE>;

const DIGEST_BYTES = 16;

export function encodeSession(session: SessionParts): Uint8Array {
  const { firmware, seed, start, inputs, outputs, digests, end, ...about } = session;
  const meta = {
    ...about,
    seed: seed.toString(),
    firmware: firmware.map(({ node, file }) => ({ node, file })),
    end: { ...end, time_ps: end.time_ps.toString() },
  };
  const sections = new Map<string, Uint8Array>([
    ["meta.json", new TextEncoder().encode(JSON.stringify(meta))],
    ["inputs", encodeInputLog(inputs, session.uarts)],
    ["outputs", encodeOutputs(outputs, session.uarts)],
    ["digests", encodeDigests(digests)],
  ]);
  if (start !== null) sections.set("start", start);
  firmware.forEach(({ bytes }, index) => {
    sections.set(`firmware.${index}`, bytes);
  });
  return packContainer("SESS", sections);
}

/**
 * Reads a session file.
 * @throws UserError E150, E180 (not a session, damaged), E151 (other versions).
 */
export function decodeSession(bytes: Uint8Array, file: string, versions: Versions): Session {
  const sections = unpackContainer("SESS", bytes, file);
  const section = (name: string) => sectionOf(sections, name, file);
  return consistent("session", file, () => {
    const made = readShape(VERSIONS_SHAPE, section("meta.json"));
    versionsDiffer("session", file, made.tool, made, versions);
    const meta = readShape(SESSION_SHAPE, section("meta.json"));
    const session = assemble(meta, sections, section, file);
    mustEndLast(session);
    return session;
  });
}

function assemble(
  meta: Meta,
  sections: Sections,
  section: (name: string) => Uint8Array,
  file: string,
): Session {
  return {
    ...meta,
    firmware: meta.firmware.map((row, index) => ({ ...row, bytes: section(`firmware.${index}`) })),
    start: sections.get("start") ?? null,
    inputs: decodeInputLog(section("inputs"), meta.uarts, file),
    outputs: decodeOutputs(section("outputs"), meta.uarts),
    digests: decodeDigests(section("digests")),
  };
}

/** The streams are in order: their last times tell. Else a RangeError. */
function mustEndLast({ inputs, outputs, digests, end }: Session): void {
  const rows = { "an input": inputs, "an output": outputs, "a digest": digests };
  for (const [name, stream] of Object.entries(rows)) {
    const last_ps = stream.at(-1)?.time_ps ?? 0n;
    if (last_ps > end.time_ps) throw new RangeError(`${name} after the end`);
  }
}

/** Records of varint ps since the one before, varint UART index, varint character. */
function encodeOutputs(outputs: Iterable<OutputRecord>, uarts: readonly string[]): Uint8Array {
  const writer = new ByteWriter();
  const indices = new Map(uarts.map((name, index) => [name, index]));
  let before_ps = 0n;
  for (const { time_ps, uart, character } of outputs) {
    const index = indices.get(uart);
    if (index === undefined) throw new RangeError(`${uart} is not in the list of UARTs`);
    writer.varint(time_ps - before_ps);
    writer.varint(BigInt(index));
    writer.varint(BigInt(character));
    before_ps = time_ps;
  }
  return writer.finish();
}

function decodeOutputs(bytes: Uint8Array, uarts: readonly string[]): OutputRecord[] {
  const reader = new ByteReader(bytes);
  const outputs: OutputRecord[] = [];
  let time_ps = 0n;
  while (!reader.atEnd) {
    time_ps += reader.varint();
    const uart = uarts[Number(reader.varint())];
    const character = Number(reader.varint());
    if (uart === undefined) throw new RangeError("an output of a UART that it does not name");
    if (character > BREAK_CHARACTER) throw new RangeError(`an output character ${character}`);
    outputs.push({ time_ps, uart, character });
  }
  return outputs;
}

/** Records of varint ps since the one before and the 16 bytes of the digest. */
function encodeDigests(digests: readonly DigestRecord[]): Uint8Array {
  const writer = new ByteWriter();
  let before_ps = 0n;
  for (const { time_ps, digest } of digests) {
    writer.varint(time_ps - before_ps);
    for (let n = 0; n < DIGEST_BYTES; n++)
      writer.byte(Number.parseInt(digest.slice(2 * n, 2 * n + 2), 16));
    before_ps = time_ps;
  }
  return writer.finish();
}

function decodeDigests(bytes: Uint8Array): DigestRecord[] {
  const reader = new ByteReader(bytes);
  const digests: DigestRecord[] = [];
  let time_ps = 0n;
  while (!reader.atEnd) {
    time_ps += reader.varint();
    const words = [...reader.bytes(DIGEST_BYTES)];
    digests.push({
      time_ps,
      digest: words.map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    });
  }
  return digests;
}
