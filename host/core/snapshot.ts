/**
 * Snapshots: the state range and nothing else. Pages that are all zero are left out; a page whose
 * hash is unchanged is not copied again on a restore.
 */
import {
  D_PAGE_HASHES,
  H_HOT_PAGES,
  H_STATE_BYTES,
  PAGE_BYTES,
  PAGE_CLEAN,
  PAGE_FLAGS,
  STATE_BASE,
} from "../../assembly/kernel/layout.js";
import type { CoreExports } from "./module.js";
import type { Views } from "./views.js";

/** A page of the state that is not all zero, with its 128-bit hash (two words). */
export interface SnapshotPage {
  readonly index: number;
  readonly low: bigint;
  readonly high: bigint;
  readonly bytes: Uint8Array;
}

/** Plain data: may be posted to a worker, compressed, saved. */
export interface Snapshot {
  readonly stateVersion: number;
  readonly timingVersion: number;
  /** 32 hex digits: the machine it belongs to. */
  readonly machineHash: string;
  readonly now_ps: bigint;
  readonly stateBytes: number;
  readonly digest: string;
  readonly pages: readonly SnapshotPage[];
}

/**
 * Copies the pages that are not all zero; the cached hashes must be up to date. Pages that are those
 * of an earlier snapshot are shared with it.
 */
export function copyPages(views: Views, before: readonly SnapshotPage[] = []): SnapshotPage[] {
  const count = views.header32(H_STATE_BYTES) / PAGE_BYTES;
  const hashes = views.derived32(D_PAGE_HASHES);
  const pages: SnapshotPage[] = [];
  const known = new Map(before.map((page) => [page.index, page]));
  for (let index = 0; index < count; index++) {
    const low = views.u64(hashes + index * 16);
    const high = views.u64(hashes + index * 16 + 8);
    if (low === 0n && high === 0n) continue;
    const same = known.get(index);
    if (same?.low === low && same.high === high) {
      pages.push(same);
      continue;
    }
    const at = STATE_BASE + index * PAGE_BYTES;
    pages.push({ index, low, high, bytes: views.bytes.slice(at, at + PAGE_BYTES) });
  }
  return pages;
}

/** A snapshot's pages by index, with their hashes as words: made once for each snapshot. */
interface PageTable {
  readonly hashes: Uint32Array;
  readonly bytes: readonly (Uint8Array | undefined)[];
}

const tables = new WeakMap<readonly SnapshotPage[], PageTable>();

function tableOf(pages: readonly SnapshotPage[], count: number): PageTable {
  const known = tables.get(pages);
  if (known !== undefined) return known;
  const words = new BigUint64Array(count * 2);
  const bytes: (Uint8Array | undefined)[] = new Array(count).fill(undefined);
  for (const page of pages) {
    words[page.index * 2] = page.low;
    words[page.index * 2 + 1] = page.high;
    bytes[page.index] = page.bytes;
  }
  const table = { hashes: new Uint32Array(words.buffer), bytes };
  tables.set(pages, table);
  return table;
}

/**
 * Makes the state equal to a snapshot. A page that has not been written since its hash was cached
 * and has the snapshot's hash is left alone, with all that is derived of it; the core is told of
 * every other. To be followed by `machineRestored`.
 * @param core null: every page is copied, whatever its hash says, and nobody told; to be followed
 *   by `machineRebuild`.
 */
export function restorePages(
  views: Views,
  pages: readonly SnapshotPage[],
  core: Pick<CoreExports, "pageRestored"> | null,
): void {
  const count = views.header32(H_STATE_BYTES) / PAGE_BYTES;
  const hot = views.header32(H_HOT_PAGES);
  const table = tableOf(pages, count);
  const { bytes } = views;
  const cached = new Uint32Array(bytes.buffer, views.derived32(D_PAGE_HASHES), count * 4);
  const flags = PAGE_FLAGS + STATE_BASE / PAGE_BYTES;
  for (let index = 0; index < count; index++) {
    const clean = index >= hot && (bytes[flags + index]! & PAGE_CLEAN) !== 0;
    if (core !== null && clean && equalHash(cached, table.hashes, index * 4)) continue;
    const at = STATE_BASE + index * PAGE_BYTES;
    const page = table.bytes[index];
    if (page === undefined) bytes.fill(0, at, at + PAGE_BYTES);
    else bytes.set(page, at);
    if (index >= hot) core?.pageRestored(index, ...hashOf(table.hashes, index));
  }
}

function equalHash(a: Uint32Array, b: Uint32Array, at: number): boolean {
  return (
    a[at] === b[at] && a[at + 1] === b[at + 1] && a[at + 2] === b[at + 2] && a[at + 3] === b[at + 3]
  );
}

function hashOf(words: Uint32Array, index: number): [low: bigint, high: bigint] {
  const pairs = new BigUint64Array(words.buffer, index * 16, 2);
  return [pairs[0]!, pairs[1]!];
}
