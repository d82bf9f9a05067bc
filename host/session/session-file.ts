/**
 * Session files: a whole run, self-contained. Machine file and firmware are embedded, every input
 * from outside carries the machine time at which it took effect, every character that went out
 * the time at which its last stop bit ended. Layout: docs/formats.md, "Session".
 */

import { decodeInputLog, encodeInputLog, type InputRecord } from "../serial/input-log.js";
import { ByteReader, ByteWriter } from "./bytes.js";
import { packContainer, type Sections, unpackContainer } from "./container.js";
import { consistent, sectionOf, type Versions, versionsDiffer } from "./sections.js";

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

type Meta = Omit<
  Session,
  "firmware" | "seed" | "start" | "inputs" | "outputs" | "digests" | "end"
> & {
  readonly seed: string;
  readonly firmware: readonly { readonly node: string; readonly file: string }[];
  readonly end: Omit<Session["end"], "time_ps"> & { readonly time_ps: string };
};

const DIGEST_BYTES = 16;

export function encodeSession(session: Session): Uint8Array {
  const { firmware, seed, start, inputs, outputs, digests, end, ...about } = session;
  const meta: Meta = {
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
    const meta = JSON.parse(new TextDecoder().decode(section("meta.json"))) as Meta;
    versionsDiffer("session", file, meta.tool, meta, versions);
    return assemble(meta, sections, section, file);
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
    seed: BigInt(meta.seed),
    firmware: meta.firmware.map((row, index) => ({ ...row, bytes: section(`firmware.${index}`) })),
    start: sections.get("start") ?? null,
    inputs: decodeInputLog(section("inputs"), meta.uarts, file),
    outputs: decodeOutputs(section("outputs"), meta.uarts),
    digests: decodeDigests(section("digests")),
    end: { ...meta.end, time_ps: BigInt(meta.end.time_ps) },
  };
}

/** Records of varint ps since the one before, varint UART index, varint character. */
function encodeOutputs(outputs: readonly OutputRecord[], uarts: readonly string[]): Uint8Array {
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
