/**
 * Pages of 4 KiB: one flag byte each (derived), cached hashes, and the digest of the state.
 *
 * A store into private memory loads the page's flag byte; 0 is plain. CLEAN means "not written
 * since its hash was cached": whoever writes must clear it. The first `hot` pages (tables and unit
 * blocks) are written without looking, so they are hashed anew every time.
 */
import { STATE_VERSION } from "./abi";
import { hashBlock, hashFinish, hashStart, hashWord } from "./hash";
import {
  DERIVED_BASE,
  D_PAGE_HASHES,
  H_HOT_PAGES,
  H_MACHINE_HASH,
  H_STATE_BYTES,
  PAGE_BITS,
  PAGE_BYTES,
  PAGE_CLEAN,
  PAGE_FLAGS,
  STATE_BASE,
} from "./layout";

// @ts-ignore: decorator
@inline
export function pageFlags(address: usize): u32 {
  return load<u8>(address >> PAGE_BITS, PAGE_FLAGS);
}

export function pageSetFlags(address: usize, bits: u32): void {
  const at = address >> PAGE_BITS;
  store<u8>(at, load<u8>(at, PAGE_FLAGS) | <u8>bits, PAGE_FLAGS);
}

export function pageClearFlags(address: usize, bits: u32): void {
  const at = address >> PAGE_BITS;
  store<u8>(at, load<u8>(at, PAGE_FLAGS) & ~(<u8>bits), PAGE_FLAGS);
}

/** Marks the pages of a range as written. */
export function pagesTouch(address: usize, bytes: u32): void {
  if (bytes == 0) return;
  const last = (address + bytes - 1) >> PAGE_BITS;
  for (let page = address >> PAGE_BITS; page <= last; page++) {
    store<u8>(page, load<u8>(page, PAGE_FLAGS) & ~(<u8>PAGE_CLEAN), PAGE_FLAGS);
  }
}

/** Hash of the page that holds `address`, taken anew; two words at `out`. */
export function pageHash(address: usize, out: usize): void {
  hashBlock(address & ~(<usize>PAGE_BYTES - 1), PAGE_BYTES, out);
}

/** Address of the cached hash of a state page. */
// @ts-ignore: decorator
@inline
export function cachedHash(page: u32): usize {
  return <usize>load<u32>(DERIVED_BASE, D_PAGE_HASHES) + ((<usize>page) << 4);
}

/** Brings every cached hash up to date; `all` hashes every page again (the oracle of a test). */
export function pagesRefresh(all: bool): void {
  const pages = load<u32>(STATE_BASE, H_STATE_BYTES) >> PAGE_BITS;
  const hot = load<u32>(STATE_BASE, H_HOT_PAGES);
  for (let page: u32 = 0; page < pages; page++) {
    const address = <usize>STATE_BASE + ((<usize>page) << PAGE_BITS);
    if (!all && page >= hot && (pageFlags(address) & PAGE_CLEAN)) continue;
    hashBlock(address, PAGE_BYTES, cachedHash(page));
    pageSetFlags(address, PAGE_CLEAN);
  }
}

/** The digest of the state: two words at `out`. Cached hashes are renewed for written pages. */
export function stateDigest(out: usize, all: bool): void {
  pagesRefresh(all);
  hashStart(out);
  hashWord(out, STATE_VERSION);
  hashWord(out, load<u64>(STATE_BASE, H_MACHINE_HASH));
  hashWord(out, load<u64>(STATE_BASE, H_MACHINE_HASH + 8));
  const pages = load<u32>(STATE_BASE, H_STATE_BYTES) >> PAGE_BITS;
  for (let page: u32 = 0; page < pages; page++) {
    const low = load<u64>(cachedHash(page));
    const high = load<u64>(cachedHash(page), 8);
    if ((low | high) == 0) continue;
    hashWord(out, page);
    hashWord(out, low);
    hashWord(out, high);
  }
  hashFinish(out);
}
