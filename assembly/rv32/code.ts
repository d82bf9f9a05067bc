/**
 * Decoded pages: derived memory, shared by content.
 *
 *   decoded page     0  key      u32  misa OR profile << 26: for which decoder it holds
 *                    4  limit    u32  bytes of the page inside its region
 *                    8  shared   u32  1 while other pages of equal content may find it
 *                   12  low      u32  decoded bytes lie in low .. high - 1
 *                   16  high     u32
 *                   32  hash     16 bytes, of the memory page
 *                   64  records  2049 x 16 bytes, one a halfword; the last is always LEAVE
 *
 * The index (one u32 a state page) says which decoded page serves a memory page; PAGE_CODE is set
 * where it may be nonzero. A store into such a page first gives it a decoded page of its own, then
 * clears the records whose straight run it touches. When the pool is full everything is dropped.
 *
 * Page 0 of the pool is scratch: where the last look-up ended, and the one-record page in which
 * SINGLE instructions and those under a breakpoint are decoded.
 */
import { regionFind } from "../bus/map";
import { Access, RegionKind, RIGHT_EXECUTE } from "../kernel/abi";
import {
  DERIVED_BASE,
  D_CODE_HASH,
  D_CODE_HASH_MASK,
  D_CODE_INDEX,
  D_CODE_POOL,
  D_CODE_POOL_PAGES,
  D_CODE_POOL_USED,
  HART_MISA,
  HART_PC,
  HART_RAM_BASE,
  HART_RAM_MEMORY,
  HART_RAM_SIZE,
  HART_ROM_BASE,
  HART_ROM_MEMORY,
  HART_ROM_SIZE,
  HART_TIMING,
  H_STATE_BYTES,
  PAGE_BITS,
  PAGE_BREAK,
  PAGE_BYTES,
  PAGE_CODE,
  REGION_BASE,
  REGION_KIND,
  REGION_MEMORY,
  REGION_RIGHTS,
  REGION_SIZE,
  STATE_BASE,
} from "../kernel/layout";
import { pageClearFlags, pageFlags, pageHash, pageSetFlags } from "../kernel/pages";
import { traceBusError } from "./memory";
import { Place, recordDecode, recordMark } from "./decode";
import {
  FIRST_EXIT,
  Op,
  RECORD_BYTES,
  RUN_INSTRUCTIONS,
  R_AFTER,
  R_COST,
  R_COUNT,
  R_ENTRY,
  UNDECODED_BYTE,
  recordStep,
  opOf,
} from "./records";
import { Class, cycles } from "./timing";
import { Cause, trapTake } from "./trap";
import { triggerLies } from "./triggers";

const P_KEY: u32 = 0;
const P_LIMIT: u32 = 4;
const P_SHARED: u32 = 8;
const P_LOW: u32 = 12;
const P_HIGH: u32 = 16;
const P_HASH: u32 = 32;
/** Offset of the records in a decoded page. */
export const P_RECORDS: usize = 64;
const PAGE_HALVES: u32 = PAGE_BYTES >> 1;
const RECORDS_BYTES: usize = (<usize>PAGE_HALVES + 1) * RECORD_BYTES;
/** Stride of the pool, padded to a multiple of 128. */
export const DECODED_PAGE_BYTES: u32 = 32896;

// Scratch, in page 0 of the pool.
const S_BASE: u32 = 0; // u32: guest address of the page base of the last look-up
const S_RECORDS: u32 = 4; // u32: its first record
const S_MEMORY: u32 = 8; // u32: linear address of the memory page
const S_HASH: usize = 16; // 16 bytes
const S_PLACE: usize = 32; // Place
const S_KEPT: usize = 48; // a record: see recordKeep
const S_SINGLE: usize = 64; // records of the one-instruction page
const S_LIST: usize = 1024; // u16 x RUN_INSTRUCTIONS: the run being decoded

/** Larger writes (images, DMA) drop the decoded page instead of clearing records. */
const SMALL_WRITE_BYTES: u32 = 64;

// @ts-ignore: decorator
@inline
function scratch(): usize {
  return <usize>load<u32>(DERIVED_BASE, D_CODE_POOL);
}

/** Guest address that offset 0 of the page found last has. */
// @ts-ignore: decorator
@inline
export function seekBase(): u32 {
  return load<u32>(scratch(), S_BASE);
}

/** First record of the page found last. */
// @ts-ignore: decorator
@inline
export function seekRecords(): usize {
  return <usize>load<u32>(scratch(), S_RECORDS);
}

// @ts-ignore: decorator
@inline
function indexSlot(memory: usize): usize {
  const page = (memory - STATE_BASE) >> PAGE_BITS;
  return <usize>load<u32>(DERIVED_BASE, D_CODE_INDEX) + (page << 2);
}

// @ts-ignore: decorator
@inline
function keyOf(hart: usize): u32 {
  return load<u32>(hart, HART_MISA) | (load<u32>(hart, HART_TIMING) << 26);
}

/** Drops all decoded code. Nothing but speed depends on it. */
export function codeReset(): void {
  const pages = load<u32>(STATE_BASE, H_STATE_BYTES) >> PAGE_BITS;
  memory.fill(<usize>load<u32>(DERIVED_BASE, D_CODE_INDEX), 0, <usize>pages << 2);
  const slots = <usize>load<u32>(DERIVED_BASE, D_CODE_HASH_MASK) + 1;
  memory.fill(<usize>load<u32>(DERIVED_BASE, D_CODE_HASH), 0, slots << 2);
  store<u32>(DERIVED_BASE, 1, D_CODE_POOL_USED);
}

/**
 * Finds the decoded page for guest address `pc`. Returns 0 where fetch faults. The address of its
 * base and its first record are then in seekBase and seekRecords.
 */
export function codeSeek(hart: usize, pc: u32): usize {
  const page = codeKnown(hart, pc);
  return page ? page : seekRegion(hart, pc);
}

/** The same for pages of the two windows that are decoded already; else 0. Never drops a page. */
export function codeKnown(hart: usize, pc: u32): usize {
  let offset = pc - load<u32>(hart, HART_RAM_BASE);
  let memory = load<u32>(hart, HART_RAM_MEMORY);
  if (offset >= load<u32>(hart, HART_RAM_SIZE)) {
    offset = pc - load<u32>(hart, HART_ROM_BASE);
    memory = load<u32>(hart, HART_ROM_MEMORY);
    if (offset >= load<u32>(hart, HART_ROM_SIZE)) return 0;
  }
  memory += offset & ~(PAGE_BYTES - 1);
  const page = load<u32>(indexSlot(memory));
  if (page == 0 || load<u32>(page, P_KEY) != keyOf(hart)) return 0;
  return seekDone(page, pc - (offset & (PAGE_BYTES - 1)), memory);
}

// @ts-ignore: decorator
@inline
function seekDone(page: usize, base: u32, memory: usize): usize {
  const s = scratch();
  store<u32>(s, base, S_BASE);
  store<u32>(s, <u32>(page + P_RECORDS), S_RECORDS);
  store<u32>(s, <u32>memory, S_MEMORY);
  return page;
}

/** Region of a fetch: RAM or ROM that may be executed and holds the whole halfword; else 0. */
function fetchRegion(hart: usize, pc: u32): usize {
  const region = regionFind(hart, pc);
  if (region == 0 || (load<u32>(region, REGION_RIGHTS) & RIGHT_EXECUTE) == 0) return 0;
  const kind = load<u32>(region, REGION_KIND);
  if (kind != RegionKind.RAM && kind != RegionKind.ROM) return 0;
  if (load<u32>(region, REGION_SIZE) - (pc - load<u32>(region, REGION_BASE)) < 2) return 0;
  return region;
}

function seekRegion(hart: usize, pc: u32): usize {
  const region = fetchRegion(hart, pc);
  if (region == 0) return 0;
  const offset = pc - load<u32>(region, REGION_BASE);
  const start = offset & ~(PAGE_BYTES - 1);
  const rest = load<u32>(region, REGION_SIZE) - start;
  const limit = rest < PAGE_BYTES ? rest & ~1 : PAGE_BYTES;
  const memory = <usize>load<u32>(region, REGION_MEMORY) + start;
  const slot = indexSlot(memory);
  let page = <usize>load<u32>(slot);
  const key = keyOf(hart);
  if (page == 0 || load<u32>(page, P_KEY) != key || load<u32>(page, P_LIMIT) != limit) {
    page = pageFor(memory, key, limit);
    store<u32>(slot, <u32>page);
    pageSetFlags(memory, PAGE_CODE);
  }
  return seekDone(page, pc - (offset - start), memory);
}

/** A decoded page for this content, decoder and limit: one that exists, or a new one. */
function pageFor(memory: usize, key: u32, limit: u32): usize {
  if (pageFlags(memory) & PAGE_BREAK) return pageNew(key, limit);
  const hash = scratch() + S_HASH;
  pageHash(memory, hash);
  const low = load<u64>(hash);
  const high = load<u64>(hash, 8);
  const mask = load<u32>(DERIVED_BASE, D_CODE_HASH_MASK);
  const table = <usize>load<u32>(DERIVED_BASE, D_CODE_HASH);
  let at = (<u32>low ^ (key * 0x9e37_79b1) ^ limit) & mask;
  for (let tries: u32 = 0; tries <= mask; tries++) {
    const page = <usize>load<u32>(table + (<usize>at << 2));
    if (page == 0) break;
    if (
      load<u64>(page, P_HASH) == low &&
      load<u64>(page, P_HASH + 8) == high &&
      load<u32>(page, P_KEY) == key &&
      load<u32>(page, P_LIMIT) == limit &&
      load<u32>(page, P_SHARED)
    ) {
      return page;
    }
    at = (at + 1) & mask;
  }
  const page = pageNew(key, limit);
  store<u64>(page, low, P_HASH);
  store<u64>(page, high, P_HASH + 8);
  shareInsert(page);
  return page;
}

function shareInsert(page: usize): void {
  const mask = load<u32>(DERIVED_BASE, D_CODE_HASH_MASK);
  const table = <usize>load<u32>(DERIVED_BASE, D_CODE_HASH);
  const key = load<u32>(page, P_KEY) * 0x9e37_79b1;
  let at = (<u32>load<u64>(page, P_HASH) ^ key ^ load<u32>(page, P_LIMIT)) & mask;
  for (let tries: u32 = 0; tries <= mask; tries++) {
    if (load<u32>(table + (<usize>at << 2)) == 0) {
      store<u32>(table + (<usize>at << 2), <u32>page);
      store<u32>(page, 1, P_SHARED);
      return;
    }
    at = (at + 1) & mask;
  }
}

/** Takes a page from the pool; when none is left, drops all decoded code first. */
function pageTake(): usize {
  if (load<u32>(DERIVED_BASE, D_CODE_POOL_USED) >= load<u32>(DERIVED_BASE, D_CODE_POOL_PAGES)) {
    codeReset();
  }
  const used = load<u32>(DERIVED_BASE, D_CODE_POOL_USED);
  store<u32>(DERIVED_BASE, used + 1, D_CODE_POOL_USED);
  return scratch() + <usize>used * DECODED_PAGE_BYTES;
}

function pageNew(key: u32, limit: u32): usize {
  const page = pageTake();
  memory.fill(page, 0, P_RECORDS);
  store<u32>(page, key, P_KEY);
  store<u32>(page, limit, P_LIMIT);
  store<u32>(page, PAGE_BYTES, P_LOW);
  memory.fill(page + P_RECORDS, UNDECODED_BYTE, RECORDS_BYTES);
  for (let half = limit >>> 1; half <= PAGE_HALVES; half++) {
    putLeave(page + P_RECORDS + <usize>half * RECORD_BYTES);
  }
  return page;
}

/** A record past the page's end. */
function putLeave(rec: usize): void {
  recordMark(rec, Op.LEAVE, 1);
  putBarrier(rec);
}

/** Like an undecoded record, this one is never entered by a redirect. */
function putBarrier(rec: usize): void {
  putRun(rec, 1, 0, 0);
  store<u16>(rec, (<u16>UNDECODED_BYTE << 8) | UNDECODED_BYTE, R_ENTRY);
}

// @ts-ignore: decorator
@inline
function putRun(rec: usize, after: u32, count: u32, penalty: u32): void {
  store<u16>(rec, after, R_AFTER);
  store<u16>(rec, after + penalty, R_ENTRY);
  store<u8>(rec, count, R_COUNT);
}

/**
 * The record at the hart's pc, decoded, with its page in seekBase and seekRecords. Takes the
 * access fault and returns 0 where fetch fails.
 */
export function codeEnter(hart: usize): usize {
  const pc = load<u32>(hart, HART_PC);
  const page = codeSeek(hart, pc);
  if (page == 0) {
    traceBusError(hart, pc, Access.FETCH, 2);
    trapTake(hart, Cause.FETCH_FAULT, pc, Class.EXCEPTION);
    return 0;
  }
  const at = pc - seekBase();
  const rec = page + P_RECORDS + (<usize>at << 3);
  if (opOf(rec) > Op.LEAVE) {
    runDecode(page, <usize>load<u32>(scratch(), S_MEMORY), at, hart);
  }
  const op = opOf(rec);
  return op == Op.SINGLE || op == Op.BREAK ? enterSingle(hart, pc) : rec;
}

/** Decodes the straight run that starts at byte `at` of the page. */
function runDecode(page: usize, memory: usize, at: u32, hart: usize): void {
  const limit = load<u32>(page, P_LIMIT);
  const list = scratch() + S_LIST;
  const place = changetype<Place>(scratch() + S_PLACE);
  place.reach = limit;
  place.misa = load<u32>(hart, HART_MISA);
  place.profile = load<u32>(hart, HART_TIMING);
  if (at < load<u32>(page, P_LOW)) store<u32>(page, at, P_LOW);
  const breaks = (pageFlags(memory) & PAGE_BREAK) != 0;
  let count: u32 = 0;
  for (;;) {
    const rec = page + P_RECORDS + (<usize>at << 3);
    if (opOf(rec) <= Op.LEAVE) break;
    const half = <u32>load<u16>(memory + at);
    const halves: u32 = (half & 3) == 3 ? 2 : 1;
    store<u16>(list + (<usize>count << 1), at);
    if (breaks && triggerLies(hart, memory + at)) recordMark(rec, Op.BREAK, halves);
    else if (count + 1 == RUN_INSTRUCTIONS || at + (halves << 1) > limit) {
      recordMark(rec, Op.SINGLE, halves);
    } else {
      place.at = at;
      const high = halves == 2 ? <u32>load<u16>(memory + at, 2) : 0;
      recordDecode(rec, half | (high << 16), place);
    }
    count++;
    at += halves << 1;
    if (opOf(rec) >= Op.BEQ) break;
  }
  if (at > load<u32>(page, P_HIGH)) store<u32>(page, at, P_HIGH);
  runSum(page, list, count, place.profile);
}

/** Fills the run fields from the end of the run backwards. */
function runSum(page: usize, list: usize, count: u32, profile: u32): void {
  const align = cycles(profile, Class.ALIGNMENT);
  for (let i = count; i > 0; i--) {
    const at = <u32>load<u16>(list + ((<usize>i - 1) << 1));
    const rec = page + P_RECORDS + (<usize>at << 3);
    const bytes = recordStep(rec);
    const penalty = (at & 2) != 0 && bytes == 4 ? align : 0;
    const op = opOf(rec);
    const next = rec + (<usize>bytes << 3);
    if (op == Op.BREAK) {
      putBarrier(rec);
    } else if (op >= FIRST_EXIT) {
      putRun(rec, 1, 0, penalty);
    } else if (op >= Op.BEQ) {
      putRun(rec, load<u8>(rec, R_COST), 1, penalty);
    } else if (load<u8>(next, R_COUNT) >= <u8>(RUN_INSTRUCTIONS - 1)) {
      recordMark(rec, Op.SINGLE, bytes >>> 1);
      putRun(rec, 1, 0, penalty);
    } else {
      const after = <u32>load<u8>(rec, R_COST) + load<u16>(next, R_AFTER);
      putRun(rec, after, <u32>load<u8>(next, R_COUNT) + 1, penalty);
    }
  }
}

/**
 * A copy of a record that holds until the next one is kept: a store can clear the very record, or
 * drop the page, of the instruction that does it.
 */
export function recordKeep(rec: usize): usize {
  const kept = scratch() + S_KEPT;
  memory.copy(kept, rec, RECORD_BYTES);
  return kept;
}

/** Fetches and decodes the instruction at `pc` alone, in a page of its own that starts there. */
function enterSingle(hart: usize, pc: u32): usize {
  let word = <u32>fetchHalf(hart, pc);
  if ((word & 3) == 3) {
    const high = fetchHalf(hart, pc + 2);
    if (high < 0) {
      traceBusError(hart, pc + 2, Access.FETCH, 2);
      trapTake(hart, Cause.FETCH_FAULT, pc + 2, Class.EXCEPTION);
      return 0;
    }
    word |= <u32>high << 16;
  }
  const s = scratch();
  const rec = s + S_SINGLE;
  const place = changetype<Place>(s + S_PLACE);
  place.at = 0;
  place.reach = 0;
  place.misa = load<u32>(hart, HART_MISA);
  place.profile = load<u32>(hart, HART_TIMING);
  recordDecode(rec, word, place);
  const next = rec + (<usize>recordStep(rec) << 3);
  putLeave(next);
  const op = opOf(rec);
  if (op >= FIRST_EXIT) putRun(rec, 1, 0, 0);
  else if (op >= Op.BEQ) putRun(rec, load<u8>(rec, R_COST), 1, 0);
  else putRun(rec, <u32>load<u8>(rec, R_COST) + 1, 1, 0);
  store<u32>(s, pc, S_BASE);
  store<u32>(s, <u32>rec, S_RECORDS);
  return rec;
}

/** Halfword at `pc`, or -1 where fetch faults. */
export function fetchHalf(hart: usize, pc: u32): i32 {
  const region = fetchRegion(hart, pc);
  if (region == 0) return -1;
  const offset = pc - load<u32>(region, REGION_BASE);
  return <i32>load<u16>(<usize>load<u32>(region, REGION_MEMORY) + offset);
}

/**
 * Cycles that a redirect to `pc` pays for alignment: at 2 mod 4, if an uncompressed instruction
 * stands there or the fetch faults (specs/rv32.md section 2).
 */
export function alignmentCycles(hart: usize, pc: u32): u32 {
  if ((pc & 2) == 0) return 0;
  const half = fetchHalf(hart, pc);
  if (half >= 0 && (half & 3) != 3) return 0;
  return cycles(load<u32>(hart, HART_TIMING), Class.ALIGNMENT);
}

/** Bytes of linear memory have been written: what was decoded from them is dropped. */
export function codeWritten(address: usize, bytes: u32): void {
  let rest = bytes;
  let at = address;
  while (rest > 0) {
    const room = PAGE_BYTES - (<u32>at & (PAGE_BYTES - 1));
    const part = rest < room ? rest : room;
    if (pageFlags(at) & PAGE_CODE) pageWritten(at, part);
    at += part;
    rest -= part;
  }
}

function pageWritten(address: usize, bytes: u32): void {
  const slot = indexSlot(address);
  let page = <usize>load<u32>(slot);
  if (page == 0 || bytes > SMALL_WRITE_BYTES) {
    store<u32>(slot, 0);
    pageClearFlags(address, PAGE_CODE);
    return;
  }
  if (load<u32>(page, P_SHARED)) {
    page = pageDetach(page);
    store<u32>(slot, <u32>page);
    if (page == 0) return;
  }
  const first = <u32>address & (PAGE_BYTES - 1);
  const end = min(first + bytes, load<u32>(page, P_HIGH));
  runsClear(page, first, end);
}

/**
 * Clears the records of bytes first .. end - 1 and, backwards, every record whose straight run
 * leads into a cleared one: its sums hold no more. A record leads only to the next one, at most
 * two halfwords on, so two halfwords in a row that stay end the search.
 */
function runsClear(page: usize, first: u32, end: u32): void {
  const low = <i32>load<u32>(page, P_LOW);
  let kept = 0;
  for (let at = <i32>((end + 1) & ~1) - 2; at >= low && kept < 2; at -= 2) {
    const rec = page + P_RECORDS + (<usize>at << 3);
    const op = opOf(rec);
    if (op <= Op.LEAVE) {
      const bytes = recordStep(rec);
      const leads = op < Op.BEQ && opOf(rec + (<usize>bytes << 3)) > Op.LEAVE;
      if (leads || <u32>at + bytes > first) {
        memory.fill(rec, UNDECODED_BYTE, RECORD_BYTES);
        kept = 0;
        continue;
      }
    }
    if (<u32>at < first) kept++;
  }
}

/** A copy of a shared decoded page for one memory page; 0 if the pool had to be dropped for it. */
function pageDetach(shared: usize): usize {
  if (load<u32>(DERIVED_BASE, D_CODE_POOL_USED) >= load<u32>(DERIVED_BASE, D_CODE_POOL_PAGES)) {
    codeReset();
    return 0;
  }
  const page = pageTake();
  memory.copy(page, shared, P_RECORDS + RECORDS_BYTES);
  store<u32>(page, 0, P_SHARED);
  return page;
}
