/**
 * Snapshots: the state range and nothing else. Pages that are all zero are left out; a page whose
 * hash is unchanged is not copied again on a restore.
 */
import {
  D_PAGE_HASHES,
  H_STATE_BYTES,
  PAGE_BYTES,
  STATE_BASE,
} from "../../assembly/kernel/layout.js";
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

/** Copies the pages that are not all zero; the cached hashes must be up to date. */
export function copyPages(views: Views): SnapshotPage[] {
  const count = views.header32(H_STATE_BYTES) / PAGE_BYTES;
  const hashes = views.derived32(D_PAGE_HASHES);
  const pages: SnapshotPage[] = [];
  for (let index = 0; index < count; index++) {
    const low = views.u64(hashes + index * 16);
    const high = views.u64(hashes + index * 16 + 8);
    if (low === 0n && high === 0n) continue;
    const at = STATE_BASE + index * PAGE_BYTES;
    pages.push({ index, low, high, bytes: views.bytes.slice(at, at + PAGE_BYTES) });
  }
  return pages;
}

/**
 * Makes the state equal to a snapshot; the cached hashes must be up to date. `all` copies every
 * page, whatever its hash says.
 */
export function restorePages(views: Views, pages: readonly SnapshotPage[], all = false): void {
  const count = views.header32(H_STATE_BYTES) / PAGE_BYTES;
  const hashes = views.derived32(D_PAGE_HASHES);
  let next = 0;
  for (let index = 0; index < count; index++) {
    const at = STATE_BASE + index * PAGE_BYTES;
    const low = views.u64(hashes + index * 16);
    const high = views.u64(hashes + index * 16 + 8);
    const page = pages[next];
    if (page?.index !== index) {
      if (low !== 0n || high !== 0n) views.bytes.fill(0, at, at + PAGE_BYTES);
      continue;
    }
    next++;
    if (all || page.low !== low || page.high !== high) views.bytes.set(page.bytes, at);
  }
}
