/**
 * Whether a snapshot that comes from a file can be a state of this machine: what elaboration wrote
 * and no run changes must be in it as it is in the image, and the clocks must be clocks. The core
 * believes its tables; a file may say anything.
 */
import * as L from "../../assembly/kernel/layout.js";
import type { MachineImage } from "./image.js";
import type { Snapshot } from "./snapshot.js";

/** Offset and bytes. */
type Field = readonly [offset: number, bytes: number];

/** What a run, or a seed of its own, changes in the header. */
const HEADER_CHANGES: readonly Field[] = [
  [L.H_SEED, 8],
  [L.H_NOW, 8],
  [L.H_HALT_KIND, 4],
  [L.H_HALT_VALUE, 4],
  [L.H_HALT_UNIT, 4],
  [L.H_HALT_TIME, 8],
];

/** What no run changes in a hart's block. The halt stores are the firmware's, which may differ. */
const HART_CONSTANTS: readonly Field[] = [
  [L.HART_ID, 4],
  [L.HART_BOOT, 4],
  [L.HART_TIMING, 4],
  [L.HART_REGIONS, 4],
  [L.HART_REGION_COUNT, 4],
  [L.HART_UNIT, 4],
  [L.HART_RAM_BASE, 4],
  [L.HART_RAM_SIZE, 4],
  [L.HART_RAM_MEMORY, 4],
  [L.HART_CLINT, 4],
  [L.HART_ROM_BASE, 4],
  [L.HART_ROM_SIZE, 4],
  [L.HART_ROM_MEMORY, 4],
];

/** Rates of clocks: 1 Hz to 10 GHz in millihertz. Source: architecture, section 2. */
const RATE_MIN_MHZ = 10n ** 3n;
const RATE_MAX_MHZ = 10n ** 13n;
const PS_TIMES_MILLI = 10n ** 15n;

/** What in the snapshot cannot be of this machine, in words; null when nothing is. */
export function inconsistency(image: MachineImage, snapshot: Snapshot): string | null {
  const found = tablesOf(image, snapshot);
  const expected = new DataView(image.tables.buffer, image.tables.byteOffset, found.byteLength);
  const differs = (from: number, to: number) => !sameBytes(found, expected, from, to);
  if (headerDiffers(found, expected)) return "its header is another machine's";
  if (found.getBigUint64(L.H_NOW, true) !== snapshot.now_ps) return "it holds two times";
  const units = expected.getUint32(L.H_UNITS, true) - L.STATE_BASE;
  const domains = expected.getUint32(L.H_DOMAINS, true) - L.STATE_BASE;
  const regions = expected.getUint32(L.H_REGIONS, true) - L.STATE_BASE;
  const blocks = Math.min(...image.units.map(({ block }) => block)) - L.STATE_BASE;
  if (differs(units, domains)) return "its units are wired otherwise";
  if (differs(regions, blocks)) return "its address maps are others";
  for (const [index, { name }] of image.domains.entries()) {
    if (!isClock(found, domains + index * L.DOMAIN_BYTES)) return `the clock ${name} is none`;
  }
  for (const { name, block } of image.harts) {
    const at = block - L.STATE_BASE;
    const row = HART_CONSTANTS.some(([offset, bytes]) => differs(at + offset, at + offset + bytes));
    if (row) return `the hart ${name} is set up otherwise`;
  }
  return null;
}

/** The leading pages of the state: header, rows, blocks. Pages that are all zero are left out. */
function tablesOf(image: MachineImage, { pages }: Snapshot): DataView {
  const bytes = new Uint8Array(image.tables.length);
  for (const page of pages) {
    const at = page.index * L.PAGE_BYTES;
    if (at < bytes.length) bytes.set(page.bytes, at);
  }
  return new DataView(bytes.buffer);
}

function headerDiffers(found: DataView, expected: DataView): boolean {
  let from = 0;
  for (const [offset, bytes] of HEADER_CHANGES) {
    if (!sameBytes(found, expected, from, offset)) return true;
    from = offset + bytes;
  }
  return !sameBytes(found, expected, from, L.HEADER_BYTES);
}

function sameBytes(a: DataView, b: DataView, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (a.getUint8(at) !== b.getUint8(at)) return false;
  return true;
}

/** A row that the conversions of kernel/clock.ts can take: no division by zero, no wrong rest. */
function isClock(view: DataView, row: number): boolean {
  const field = (offset: number) => view.getBigUint64(row + offset, true);
  const rate = field(L.DOM_RATE);
  if (rate < RATE_MIN_MHZ || rate > RATE_MAX_MHZ) return false;
  return (
    field(L.DOM_QUOTIENT) === PS_TIMES_MILLI / rate &&
    field(L.DOM_REST) === PS_TIMES_MILLI % rate &&
    field(L.DOM_REMAINDER) < rate &&
    view.getUint32(row + L.DOM_STOPPED, true) <= 1
  );
}
