/**
 * The machine of a tile processor alone: one clock, one fabric, a memory and a bus for each tile,
 * no harts. Rows are started by the host. `hotspare exchange` and `hotspare repair` run on it.
 */

import { Rank, STATE_VERSION, UnitKind } from "../../assembly/kernel/abi.js";
import * as L from "../../assembly/kernel/layout.js";
import type { ImageMemory, MachineImage } from "../core/image.js";
import { type Chip, MEMORY_BASE } from "../exchange/geometry.js";
import { logicalToVisible } from "../exchange/maps.js";
import { hashText, hashWords } from "../machine/hash.js";
import {
  type FabricFaults,
  fabricBlockBytes,
  NO_FAULTS,
  type PlacedTile,
  slotCount,
  slotOfVisible,
  type TileRepair,
  writeFabricBlock,
} from "../machine/tile-block.js";

export interface ChipOptions {
  readonly chip: Chip;
  /** Repair codes by column, null for none, and the units that are broken: column, silicon row. */
  readonly repair?: TileRepair;
  readonly faults?: FabricFaults;
  /** Visible tiles with memory, the members of the barrier; default all. */
  readonly members?: readonly number[];
  /** Cycles from the last barrier request to cycle 0 of the exchange; default 250 (section 5). */
  readonly overhead_cycles?: number;
  /** Cycles until a hanging barrier is reported; default 2^20 (our choice). */
  readonly watchdog_cycles?: number;
}

export const DEFAULT_OVERHEAD_CYCLES = 250;
export const DEFAULT_WATCHDOG_CYCLES = 2 ** 20;
const PS_TIMES_MILLI = 10n ** 15n;
const FABRIC_UNIT = 0;
const NAME = "chip";

export interface ChipImage {
  readonly image: MachineImage;
  /** Linear address of the fabric's block. */
  readonly block: number;
  /** By visible tile. */
  readonly tiles: ReadonlyMap<number, PlacedTile>;
}

/** A chip without a defect. */
export function clean(chip: Chip): TileRepair {
  return { codes: new Array<number | null>(chip.columns).fill(null), defects: [] };
}

/** Lays out the machine. Members that no unit answers for have no place and are left out. */
export function chipImage(options: ChipOptions): ChipImage {
  const { chip, repair = clean(options.chip) } = options;
  const geometry = {
    ...chip,
    overhead_cycles: options.overhead_cycles ?? DEFAULT_OVERHEAD_CYCLES,
    watchdog_cycles: options.watchdog_cycles ?? DEFAULT_WATCHDOG_CYCLES,
  };
  const units = L.STATE_BASE + L.HEADER_BYTES;
  const domains = units + L.UNIT_BYTES;
  const block = align(domains + L.DOMAIN_BYTES, 32);
  const blockBytes = fabricBlockBytes(slotCount(geometry));
  const hotBytes = align(block + blockBytes, L.PAGE_BYTES) - L.STATE_BASE;
  const visible = logicalToVisible(chip);
  const members = new Set(options.members ?? visible);
  const tiles = new Map<number, PlacedTile>();
  let at = L.STATE_BASE + hotBytes;
  visible.forEach((tile, logical) => {
    if (!members.has(tile)) return;
    const memory = at + L.PAGE_BYTES;
    const slot = slotOfVisible(geometry, repair.codes, tile);
    tiles.set(tile, { slot, logical, ring: at, memory, hart: null });
    at = memory + align(chip.memory_bytes, L.PAGE_BYTES);
  });
  const stateBytes = at - L.STATE_BASE;
  const tables = new Uint8Array(hotBytes);
  const view = new DataView(tables.buffer);
  writeRows(view, stateBytes, hotBytes, { units, domains, block, blockBytes }, chip.clock_hz);
  const placed = [...tiles.values()];
  const faults = options.faults ?? NO_FAULTS;
  writeFabricBlock(view, block - L.STATE_BASE, geometry, repair, placed, faults);
  const words = hashWords(tables);
  words.forEach((word, k) => {
    view.setInt32(L.H_MACHINE_HASH + 4 * k, word, true);
  });
  const memories = [...tiles].map(
    ([tile, { memory }]): ImageMemory => ({
      name: `${NAME}.t${tile}`,
      hart: null,
      kind: "shared",
      address: memory,
      guestBase: MEMORY_BASE,
      aliasBases: [],
      size: chip.memory_bytes,
    }),
  );
  const image: MachineImage = {
    name: chip.name,
    hash: hashText(words),
    stateBytes,
    hotPages: hotBytes / L.PAGE_BYTES,
    decodedPages: 0,
    tileSlots: slotCount(geometry),
    tables,
    seed: 1n,
    domains: [{ name: "tiles", rate_mhz: BigInt(chip.clock_hz) * 1000n, feeder: null }],
    units: [
      { index: 0, name: NAME, kind: UnitKind.FABRIC, hart: null, domain: 0, block, blockBytes },
    ],
    harts: [],
    memories,
    uarts: [],
    pins: [],
    wires: [],
    links: [],
    load: [],
    symbolsByNode: new Map(),
  };
  return { image, block, tiles };
}

interface Places {
  readonly units: number;
  readonly domains: number;
  readonly block: number;
  readonly blockBytes: number;
}

function writeRows(
  view: DataView,
  stateBytes: number,
  hotBytes: number,
  { units, domains, block, blockBytes }: Places,
  clock_hz: number,
): void {
  const put = (address: number, offset: number, value: number) =>
    view.setUint32(address - L.STATE_BASE + offset, value, true);
  const header: readonly (readonly [number, number])[] = [
    [L.H_STATE_VERSION, STATE_VERSION],
    [L.H_STATE_BYTES, stateBytes],
    [L.H_HOT_PAGES, hotBytes / L.PAGE_BYTES],
    [L.H_UNIT_COUNT, 1],
    [L.H_UNITS, units],
    [L.H_DOMAIN_COUNT, 1],
    [L.H_DOMAINS, domains],
    [L.H_REGIONS, block],
  ];
  for (const [offset, value] of header) put(L.STATE_BASE, offset, value);
  const unit: readonly (readonly [number, number])[] = [
    [L.UNIT_KIND, UnitKind.FABRIC],
    [L.UNIT_DOMAIN, 0],
    [L.UNIT_NODE, L.NONE],
    [L.UNIT_BLOCK, block],
    [L.UNIT_BLOCK_BYTES, blockBytes],
    [L.UNIT_WIRES, L.NONE],
    [L.UNIT_LINK, L.NONE],
    [L.UNIT_RANK, Rank.DEVICE],
  ];
  for (const [offset, value] of unit) put(units + FABRIC_UNIT * L.UNIT_BYTES, offset, value);
  const rate = BigInt(clock_hz) * 1000n;
  const domain: readonly (readonly [number, bigint])[] = [
    [L.DOM_RATE, rate],
    [L.DOM_QUOTIENT, PS_TIMES_MILLI / rate],
    [L.DOM_REST, PS_TIMES_MILLI % rate],
  ];
  for (const [offset, value] of domain) {
    view.setBigUint64(domains - L.STATE_BASE + offset, value, true);
  }
}

function align(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
