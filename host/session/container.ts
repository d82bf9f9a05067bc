/**
 * The container of session and snapshot files: named, compressed sections behind a checksum. The
 * layout is a contract (docs/formats.md, "Container"):
 *
 *   0   8  "HOTSPARE"
 *   8   4  "SESS" or "SNAP"
 *   12  4  u32, container version: 1
 *   16  4  u32, CRC-32 (IEEE 802.3) of everything from offset 20
 *   20  4  u32, number of sections
 *   24     sections: u8 length of the name, name (ASCII), u32 bytes, u32 compressed bytes, data
 *
 * Numbers are little endian; data is a raw DEFLATE stream (RFC 1951).
 */

import { deflateSync, inflateSync } from "fflate";
import { UserError } from "../error/index.js";

export type ContainerKind = "SESS" | "SNAP";
export type Sections = ReadonlyMap<string, Uint8Array>;

const MAGIC = "HOTSPARE";
const VERSION = 1;
const HEADER_BYTES = 24;
const CRC_FROM = 20;
/** DEFLATE expands a byte to at most 1032 (RFC 1951: 258 bytes for two bits). */
const EXPANSION_MAX = 1032;
/** Our choice: fast; pages and logs shrink as well with it as with more. */
const LEVEL = 3;

const NOUNS: Readonly<Record<ContainerKind, string>> = { SESS: "session", SNAP: "snapshot" };

/** Packs sections, in their order. */
export function packContainer(kind: ContainerKind, sections: Sections): Uint8Array {
  const parts = [...sections].map(([name, bytes]) => {
    const data = deflateSync(bytes, { level: LEVEL });
    const head = new Uint8Array(9 + name.length);
    const view = new DataView(head.buffer);
    head[0] = name.length;
    head.set(new TextEncoder().encode(name), 1);
    view.setUint32(1 + name.length, bytes.length, true);
    view.setUint32(5 + name.length, data.length, true);
    return { head, data };
  });
  const size = parts.reduce((sum, { head, data }) => sum + head.length + data.length, 0);
  const file = new Uint8Array(HEADER_BYTES + size);
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode(MAGIC + kind));
  view.setUint32(12, VERSION, true);
  view.setUint32(20, parts.length, true);
  let at = HEADER_BYTES;
  for (const { head, data } of parts) {
    file.set(head, at);
    file.set(data, at + head.length);
    at += head.length + data.length;
  }
  view.setUint32(16, crc32(file.subarray(CRC_FROM)), true);
  return file;
}

/** The kind of a file by its first bytes; undefined when it is no container. */
export function containerKind(file: Uint8Array): ContainerKind | undefined {
  const text = ascii(file.subarray(0, 12));
  if (text === `${MAGIC}SESS`) return "SESS";
  return text === `${MAGIC}SNAP` ? "SNAP" : undefined;
}

/**
 * Unpacks a file.
 * @param name what errors show.
 * @throws UserError E150 for a file that is of another kind, truncated or damaged.
 */
export function unpackContainer(kind: ContainerKind, file: Uint8Array, name: string): Sections {
  const fail = (what: string, hint: string): never => {
    throw new UserError("E150", what, { file: name }, hint);
  };
  const found = containerKind(file);
  if (found !== kind) {
    const what = found ? `this is a ${NOUNS[found]} file` : `this is not a ${NOUNS[kind]} file`;
    fail(
      what,
      `give a file that "hotspare run ${kind === "SESS" ? "--record" : "--snapshot-at"}" made`,
    );
  }
  const damaged = () =>
    fail(`the ${NOUNS[kind]} file is truncated or damaged`, "copy or record it again");
  if (file.length < HEADER_BYTES) damaged();
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const version = view.getUint32(12, true);
  if (version !== VERSION) {
    const what = `the file has container version ${version}; this hotspare reads ${VERSION}`;
    fail(what, "use the hotspare that made it; CHANGELOG.md says what changed");
  }
  if (view.getUint32(16, true) !== crc32(file.subarray(CRC_FROM))) damaged();
  return readSections(file, view) ?? damaged();
}

function readSections(file: Uint8Array, view: DataView): Map<string, Uint8Array> | undefined {
  const sections = new Map<string, Uint8Array>();
  const count = view.getUint32(20, true);
  let at = HEADER_BYTES;
  for (let n = 0; n < count; n++) {
    const length = file[at] ?? 0;
    const data = at + 9 + length;
    if (data > file.length) return undefined;
    const bytes = view.getUint32(at + 1 + length, true);
    const packed = view.getUint32(at + 5 + length, true);
    if (data + packed > file.length || bytes > packed * EXPANSION_MAX) return undefined;
    const unpacked = inflated(file.subarray(data, data + packed), bytes);
    if (unpacked === undefined) return undefined;
    sections.set(ascii(file.subarray(at + 1, at + 1 + length)), unpacked);
    at = data + packed;
  }
  return at === file.length ? sections : undefined;
}

function inflated(data: Uint8Array, bytes: number): Uint8Array | undefined {
  try {
    const out = inflateSync(data);
    return out.length === bytes ? out : undefined;
  } catch {
    return undefined;
  }
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** CRC-32 of IEEE 802.3, reflected polynomial 0xedb88320: one row a byte. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
  return value;
});

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff]!;
  return (crc ^ 0xffff_ffff) >>> 0;
}
