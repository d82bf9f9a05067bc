/**
 * Derived memory: everything that can be rebuilt from the state at any moment. Addresses of its
 * tables are in the derived header; none of it is saved or digested.
 *
 *   after the state range:
 *     page hashes          16 bytes a state page
 *     code index            4 bytes a state page (assembly/rv32/code.ts)
 *     due times             8 bytes a unit
 *     node due, time, limit, act: 8 bytes a hart each (+ 1)
 *     pending memories      4 bytes a hart
 *     breakpoints passed    8 bytes a hart (assembly/rv32/triggers.ts)
 *     lists by node         4 bytes a hart and a unit
 *     domain due            8 bytes a domain
 *     lookahead rows       16 bytes each, and its work area, 8 bytes a unit
 *     desk of the tile processors (assembly/tile/work.ts)
 *     decoded pages, their hash table
 */
import { UnitKind } from "../kernel/abi";
import {
  DERIVED_BASE,
  D_CAN_HALT,
  D_CODE_HASH,
  D_CODE_HASH_MASK,
  D_CODE_INDEX,
  D_CODE_POOL,
  D_CODE_POOL_PAGES,
  D_CODE_POOL_USED,
  D_DOMAIN_DUE,
  D_DUE,
  D_FABRIC_DESK,
  D_LIST,
  D_LIST_START,
  D_LOOKAHEAD,
  D_NODE_DUE,
  D_NODE_ACT,
  D_NODE_LIMIT,
  D_NODE_PENDING,
  D_NODE_TIME,
  D_PAGE_HASHES,
  D_PATHS,
  HART_HALT_STORE_ON,
  HART_TOHOST_ON,
  H_DECODED_PAGES,
  H_DOMAIN_COUNT,
  H_HART_COUNT,
  H_STATE_BYTES,
  H_UNIT_COUNT,
  NONE,
  PAGE_BITS,
  PAGE_BYTES,
  PAGE_CLEAN,
  PAGE_CODE,
  PAGE_FLAGS,
  STATE_BASE,
  TRIGGERS,
  T_PASS,
  UNIT_KIND,
  UNIT_NODE,
} from "../kernel/layout";
import { anchorDue } from "../kernel/clock";
import { cachedHash, pageFlags, pageSetFlags } from "../kernel/pages";
import { DECODED_PAGE_BYTES, codeReset, codeWritten } from "../rv32/code";
import { fabricOf } from "../tile/state";
import { workBytes } from "../tile/work";
import { refreshDue } from "./events";
import { faultsDerive } from "./fault-plan";
import { listLookahead, lookaheadRows } from "./lookahead";
import { flagTriggers } from "./triggers";
import { block, domainRow, field, header } from "./units";

/** Least bytes of the hash table of shareable decoded pages: two slots a decoded page. */
function hashSlots(decodedPages: u32): u32 {
  let slots: u32 = 16;
  while (slots < decodedPages * 2) slots <<= 1;
  return slots;
}

/** Bytes of derived memory behind the state, for the host to grow the memory by. */
export function derivedBytes(
  stateBytes: u32,
  units: u32,
  harts: u32,
  domains: u32,
  decodedPages: u32,
  tileSlots: u32,
): u64 {
  const pages: u64 = stateBytes >> PAGE_BITS;
  const tables: u64 =
    pages * 20 + <u64>units * 20 + <u64>harts * 56 + <u64>domains * 8 + 16 * PAGE_BYTES;
  const rows: u64 = <u64>lookaheadRows(units, harts) * 16;
  const desk = <u64>workBytes(tileSlots) + PAGE_BYTES;
  const pool = <u64>decodedPages * DECODED_PAGE_BYTES + <u64>hashSlots(decodedPages) * 8;
  return tables + rows + desk + pool;
}

function place(pointer: u32, at: usize, bytes: usize): usize {
  store<u32>(<usize>DERIVED_BASE + pointer, <u32>at);
  memory.fill(at, 0, bytes);
  return (at + bytes + 15) & ~15;
}

/**
 * Lays out and fills all derived memory from the state; rings and filters are left alone. `fresh`:
 * the state has just been laid out and is zero but for what the host reports by `memoryWritten`,
 * so that memory never touched costs nothing.
 */
export function derivedBuild(fresh: bool): void {
  const stateBytes = header(H_STATE_BYTES);
  const pages = <usize>(stateBytes >> PAGE_BITS);
  const units = <usize>header(H_UNIT_COUNT);
  const harts = <usize>header(H_HART_COUNT);
  const decodedPages = header(H_DECODED_PAGES);
  const slots = hashSlots(decodedPages);
  let at: usize = <usize>STATE_BASE + stateBytes;
  at = place(D_PAGE_HASHES, at, pages * 16);
  at = place(D_CODE_INDEX, at, pages * 4);
  at = place(D_DUE, at, units * 8);
  at = place(D_NODE_DUE, at, (harts + 1) * 8);
  at = place(D_NODE_TIME, at, harts * 8);
  at = place(D_NODE_LIMIT, at, harts * 8);
  at = place(D_NODE_ACT, at, harts * 8);
  at = place(D_NODE_PENDING, at, harts * 4);
  store<u32>(TRIGGERS, <u32>at, T_PASS);
  memory.fill(at, 0, harts * 8);
  at += harts * 8;
  at = place(D_LIST_START, at, (harts + 2) * 4);
  at = place(D_LIST, at, units * 4);
  at = place(D_DOMAIN_DUE, at, <usize>header(H_DOMAIN_COUNT) * 8);
  at = place(D_LOOKAHEAD, at, lookaheadRows(<u32>units, <u32>harts) * 16);
  at = place(D_PATHS, at, units * 8);
  at = (at + PAGE_BYTES - 1) & ~(<usize>PAGE_BYTES - 1);
  // Written before it is read, so that pages of a machine without tiles are never touched.
  store<u32>(DERIVED_BASE, <u32>at, D_FABRIC_DESK);
  at += (workBytes(mostSlots()) + PAGE_BYTES - 1) & ~(<usize>PAGE_BYTES - 1);
  store<u32>(DERIVED_BASE, <u32>at, D_CODE_HASH);
  store<u32>(DERIVED_BASE, slots - 1, D_CODE_HASH_MASK);
  at += <usize>slots * 8;
  store<u32>(DERIVED_BASE, <u32>at, D_CODE_POOL);
  store<u32>(DERIVED_BASE, decodedPages, D_CODE_POOL_PAGES);
  store<u32>(DERIVED_BASE, 0, D_CODE_POOL_USED);
  codeReset();
  flagPages(fresh);
  flagTriggers();
  listUnits();
  listLookahead();
  queueEvents();
  faultsDerive();
  store<u32>(DERIVED_BASE, u32(canHalt()), D_CAN_HALT);
}

/**
 * The host has made the state that of a snapshot, and called `pageRestored` for every page behind
 * the hot ones that it changed: everything else derived of the state follows. Decoded code and
 * hashes of all other pages stay. `derivedBuild` is its oracle in a test.
 */
export function derivedRestored(): void {
  listLookahead();
  queueEvents();
  memory.fill(<usize>load<u32>(TRIGGERS, T_PASS), 0, <usize>header(H_HART_COUNT) << 3);
  faultsDerive();
}

/** A page behind the hot ones has been written with bytes whose hash is known. */
export function pageRestored(page: u32, low: u64, high: u64): void {
  const address = <usize>STATE_BASE + (<usize>page << PAGE_BITS);
  if (pageFlags(address) & PAGE_CODE) codeWritten(address, PAGE_BYTES);
  store<u64>(cachedHash(page), low);
  store<u64>(cachedHash(page), high, 8);
  pageSetFlags(address, PAGE_CLEAN);
}

/** Places of tiles in the largest tile processor. */
function mostSlots(): u32 {
  const units = header(H_UNIT_COUNT);
  let most: u32 = 0;
  for (let unit = header(H_HART_COUNT); unit < units; unit++) {
    if (field(unit, UNIT_KIND) != UnitKind.FABRIC) continue;
    const slots = fabricOf(block(unit)).slots;
    if (slots > most) most = slots;
  }
  return most;
}

/** Whether any hart can halt the machine: through a status unit, tohost or a halt store. */
function canHalt(): bool {
  const units = header(H_UNIT_COUNT);
  for (let unit: u32 = 0; unit < units; unit++) {
    const kind = field(unit, UNIT_KIND);
    if (kind == UnitKind.STATUS) return true;
    if (kind != UnitKind.HART) continue;
    const at = block(unit);
    if (load<u32>(at, HART_HALT_STORE_ON) | load<u32>(at, HART_TOHOST_ON)) return true;
  }
  return false;
}

/** Takes every unit's event, every anchor and every node's time from the state. */
function queueEvents(): void {
  const units = header(H_UNIT_COUNT);
  const harts = header(H_HART_COUNT);
  memory.fill(<usize>load<u32>(DERIVED_BASE, D_DUE), 0xff, <usize>units << 3);
  memory.fill(<usize>load<u32>(DERIVED_BASE, D_NODE_DUE), 0xff, (<usize>harts + 1) << 3);
  for (let unit = harts; unit < units; unit++) refreshDue(unit);
  const domains = header(H_DOMAIN_COUNT);
  const dues = <usize>load<u32>(DERIVED_BASE, D_DOMAIN_DUE);
  for (let domain: u32 = 0; domain < domains; domain++) {
    store<u64>(dues + (<usize>domain << 3), anchorDue(domainRow(domain)));
  }
}

/** A fresh page is CLEAN with the hash (0, 0), which means all zero; any other is hashed again. */
function flagPages(fresh: bool): void {
  const pages = <usize>(header(H_STATE_BYTES) >> PAGE_BITS);
  const first = <usize>(STATE_BASE >> PAGE_BITS);
  for (let page: usize = first; page < first + pages; page++) {
    store<u8>(page, fresh ? <u8>PAGE_CLEAN : 0, PAGE_FLAGS);
  }
}

/** Units by node, in unit order: node 0 .. harts - 1, then the units of no node. */
function listUnits(): void {
  const starts = <usize>load<u32>(DERIVED_BASE, D_LIST_START);
  const list = <usize>load<u32>(DERIVED_BASE, D_LIST);
  const units = header(H_UNIT_COUNT);
  const harts = header(H_HART_COUNT);
  for (let unit: u32 = 0; unit < units; unit++) {
    const node = field(unit, UNIT_NODE);
    const slot = starts + ((<usize>(node == NONE ? harts : node) + 1) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  for (let node: u32 = 0; node <= harts; node++) {
    const slot = starts + ((<usize>node + 1) << 2);
    store<u32>(slot, load<u32>(slot) + load<u32>(starts + ((<usize>node) << 2)));
  }
  // Fill from the back, so that each start ends where its part begins.
  for (let back: u32 = units; back > 0; back--) {
    const unit = back - 1;
    const node = field(unit, UNIT_NODE);
    const slot = starts + ((<usize>(node == NONE ? harts : node) + 1) << 2);
    const index = load<u32>(slot) - 1;
    store<u32>(slot, index);
    store<u32>(list + ((<usize>index) << 2), unit);
  }
  // Now starts[node + 1] holds the start of node: shift it into place.
  for (let node: u32 = 0; node <= harts; node++) {
    const slot = starts + ((<usize>node) << 2);
    store<u32>(slot, load<u32>(slot + 4));
  }
  store<u32>(starts + ((<usize>harts + 1) << 2), units);
}
