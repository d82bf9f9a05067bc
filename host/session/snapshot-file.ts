/**
 * Snapshot files: the state of a machine with what is needed to refuse it where it does not belong
 * and to name its parts in a comparison. Layout: docs/formats.md, "Snapshot".
 */

import type { ImageMemory, ImageSymbol, ImageUnit, MachineImage } from "../core/image.js";
import type { Snapshot, SnapshotPage } from "../core/snapshot.js";
import { UserError } from "../error/index.js";
import { packContainer, unpackContainer } from "./container.js";
import { consistent, sectionOf, versionsDiffer } from "./sections.js";
import { NAMES_SHAPE, readShape, SNAPSHOT_SHAPE, VERSIONS_SHAPE } from "./shapes.js";

const PAGE_BYTES = 4096;
const INDEX_ROW_BYTES = 20;

/** The names of a machine's parts, so that a snapshot can be read without its machine file. */
export interface SnapshotNames {
  readonly memories: readonly ImageMemory[];
  readonly units: readonly ImageUnit[];
  /** By node name; only symbols with a size. */
  readonly symbols: readonly { readonly node: string; readonly symbols: readonly ImageSymbol[] }[];
}

export interface SnapshotFile {
  /** Version of hotspare that made it. */
  readonly tool: string;
  readonly machine: string;
  /** Hash of each node's firmware (sha256, hex), as it was given to the run. */
  readonly firmware: readonly { readonly node: string; readonly sha256: string }[];
  readonly names: SnapshotNames;
  readonly snapshot: Snapshot;
}

/** The names of a machine, for its snapshots. */
export function snapshotNames(image: MachineImage): SnapshotNames {
  return {
    memories: image.memories,
    units: image.units,
    symbols: [...image.symbolsByNode].map(([node, symbols]) => ({
      node,
      symbols: symbols.filter(({ size }) => size > 0),
    })),
  };
}

export function encodeSnapshot(file: SnapshotFile): Uint8Array {
  const { snapshot, names, ...about } = file;
  const { pages, ...state } = snapshot;
  const index = new Uint8Array(pages.length * INDEX_ROW_BYTES);
  const bytes = new Uint8Array(pages.length * PAGE_BYTES);
  const view = new DataView(index.buffer);
  pages.forEach((page, n) => {
    view.setUint32(n * INDEX_ROW_BYTES, page.index, true);
    view.setBigUint64(n * INDEX_ROW_BYTES + 4, page.low, true);
    view.setBigUint64(n * INDEX_ROW_BYTES + 12, page.high, true);
    bytes.set(page.bytes, n * PAGE_BYTES);
  });
  const meta = { ...about, ...state, now_ps: state.now_ps.toString() };
  const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  return packContainer(
    "SNAP",
    new Map([
      ["meta.json", text(meta)],
      ["names.json", text(names)],
      ["index", index],
      ["pages", bytes],
    ]),
  );
}

/**
 * Reads a snapshot file.
 * @throws UserError E150 (not a snapshot, damaged), E151 (another version of state or timing).
 */
export function decodeSnapshot(
  bytes: Uint8Array,
  file: string,
  versions: { readonly stateVersion: number; readonly timingVersion: number },
): SnapshotFile {
  const sections = unpackContainer("SNAP", bytes, file);
  const section = (name: string) => sectionOf(sections, name, file);
  return consistent("snapshot", file, () => {
    const made = readShape(VERSIONS_SHAPE, section("meta.json"));
    versionsDiffer("snapshot", file, made.tool, made, versions);
    const meta = readShape(SNAPSHOT_SHAPE, section("meta.json"));
    const { tool, machine, firmware, ...state } = meta;
    const pages = readPages(section("index"), section("pages"), state.stateBytes, file);
    const snapshot: Snapshot = { ...state, pages };
    return {
      tool,
      machine,
      firmware,
      names: readShape(NAMES_SHAPE, section("names.json")),
      snapshot,
    };
  });
}

function readPages(
  index: Uint8Array,
  bytes: Uint8Array,
  stateBytes: number,
  file: string,
): SnapshotPage[] {
  const count = index.length / INDEX_ROW_BYTES;
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  const damaged = () =>
    new UserError("E150", "the snapshot's pages do not fit its index", { file }, "take it again");
  if (bytes.length !== count * PAGE_BYTES) throw damaged();
  const pages: SnapshotPage[] = [];
  for (let n = 0; n < count; n++) {
    const page = view.getUint32(n * INDEX_ROW_BYTES, true);
    const before = pages[n - 1]?.index ?? -1;
    if (page <= before || page >= stateBytes / PAGE_BYTES) throw damaged();
    pages.push({
      index: page,
      low: view.getBigUint64(n * INDEX_ROW_BYTES + 4, true),
      high: view.getBigUint64(n * INDEX_ROW_BYTES + 12, true),
      bytes: bytes.slice(n * PAGE_BYTES, (n + 1) * PAGE_BYTES),
    });
  }
  return pages;
}
