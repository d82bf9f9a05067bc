/** The first difference of two snapshots, named: unit, memory, symbol. */

import { STATE_BASE } from "../../assembly/kernel/layout.js";
import type { SnapshotFile, SnapshotNames } from "./snapshot-file.js";

/** The first byte of a page that differs. */
export interface PageDifference {
  /** Linear address, hex. */
  readonly address: string;
  /** Unit or memory, with the guest address and symbol where there is one. */
  readonly place: string;
  /** Bytes from there on. */
  readonly a: string;
  readonly b: string;
}

export interface SnapshotDifference {
  /** What differs before any page does, e.g. the time; empty when only pages differ. */
  readonly about: readonly string[];
  /** Number of pages that differ. */
  readonly pages: number;
  /** The first of them. */
  readonly first: readonly PageDifference[];
}

const PAGE_BYTES = 4096;
/** Bytes shown from the first difference of a page on, and pages shown (our choice). */
const SHOWN_BYTES = 16;
const SHOWN_PAGES = 8;

/** Null when the snapshots are equal in time and state. */
export function diffSnapshots(a: SnapshotFile, b: SnapshotFile): SnapshotDifference | null {
  const about: string[] = [];
  if (a.machine !== b.machine) about.push(`machine ${a.machine} / ${b.machine}`);
  if (a.snapshot.machineHash !== b.snapshot.machineHash) about.push("machine hash");
  if (a.snapshot.now_ps !== b.snapshot.now_ps) {
    about.push(`time ${a.snapshot.now_ps} ps / ${b.snapshot.now_ps} ps`);
  }
  const left = pagesOf(a);
  const right = pagesOf(b);
  const indices = [...new Set([...left.keys(), ...right.keys()])].sort((x, y) => x - y);
  const differing = indices.filter((index) => firstByte(left.get(index), right.get(index)) >= 0);
  if (about.length === 0 && differing.length === 0) return null;
  const first = differing.slice(0, SHOWN_PAGES).map((index) => {
    const offset = firstByte(left.get(index), right.get(index));
    const address = STATE_BASE + index * PAGE_BYTES + offset;
    return {
      address: `0x${address.toString(16)}`,
      place: placeOf(address, a.names),
      a: shown(left.get(index), offset),
      b: shown(right.get(index), offset),
    };
  });
  return { about, pages: differing.length, first };
}

function shown(page: Uint8Array | undefined, offset: number): string {
  return [...(page ?? new Uint8Array(PAGE_BYTES)).subarray(offset, offset + SHOWN_BYTES)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join(" ");
}

function pagesOf(file: SnapshotFile): Map<number, Uint8Array> {
  return new Map(file.snapshot.pages.map(({ index, bytes }) => [index, bytes]));
}

/** Offset of the first byte that differs, or -1; an absent page is all zero. */
function firstByte(a: Uint8Array | undefined, b: Uint8Array | undefined): number {
  for (let offset = 0; offset < PAGE_BYTES; offset++) {
    if ((a?.[offset] ?? 0) !== (b?.[offset] ?? 0)) return offset;
  }
  return -1;
}

/** `board.ram 0x8000_0010 (counter+0x4)`, `board.uart0 +0x28`, or the tables. */
export function placeOf(address: number, names: SnapshotNames): string {
  const memory = names.memories.find((row) => inside(address, row.address, row.size));
  if (memory !== undefined) {
    const guest = memory.guestBase + (address - memory.address);
    const symbol = symbolAt(memory.name, guest, names);
    const where = `${memory.name} 0x${guest.toString(16).padStart(8, "0")}`;
    return symbol === undefined ? where : `${where} (${symbol})`;
  }
  const unit = names.units.find((row) => inside(address, row.block, row.blockBytes));
  if (unit !== undefined) return `${unit.name} +0x${(address - unit.block).toString(16)}`;
  return "header and tables of the machine";
}

function symbolAt(memory: string, guest: number, names: SnapshotNames): string | undefined {
  const owner = memory.slice(0, memory.lastIndexOf("."));
  const rows = names.symbols.filter(({ node }) => memory.indexOf(".") < 0 || node === owner);
  for (const { symbols } of rows) {
    const symbol = symbols.find((row) => inside(guest, row.address, row.size));
    if (symbol === undefined) continue;
    const offset = guest - symbol.address;
    return offset === 0 ? symbol.name : `${symbol.name}+0x${offset.toString(16)}`;
  }
  return undefined;
}

function inside(address: number, base: number, size: number): boolean {
  return address >= base && address < base + size;
}
