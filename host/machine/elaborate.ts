/**
 * Elaboration: from a validated description and the nodes' firmware to a `MachineImage`, the tables
 * as the core reads them. Offsets are those of assembly/kernel/layout.ts; a test reads them back.
 */

import { STATE_VERSION } from "../../assembly/kernel/abi.js";
import * as L from "../../assembly/kernel/layout.js";
import type { ImageHart, ImageSymbol, MachineImage } from "../core/image.js";
import { blockBytes, rankOf } from "./blocks.js";
import type { MachineDescription } from "./description.js";
import {
  checkFirmwareNames,
  type FirmwareByNode,
  type FirmwareFile,
  firmwareOf,
  loadAll,
} from "./firmware.js";
import { hashText, hashWords } from "./hash.js";
import { misaOf, TIMING_PROFILES } from "./kinds.js";
import { MAX_DECODED_PAGES, MIN_DECODED_PAGES } from "./limits.js";
import { plan as planMachine } from "./plan.js";
import type { MachinePlan, PlanHart, PlanMemory } from "./plan-types.js";
import {
  type PlacedTile,
  slotCount,
  type TileGeometry,
  type TileRepair,
  writeFabricBlock,
} from "./tile-block.js";

export interface ElaborateOptions {
  /** Replaces the description's seed; 0 to 2^64 - 1. */
  readonly seed?: bigint;
  /** Guest address of the aligned word store that halts, by node name. */
  readonly haltStores?: ReadonlyMap<string, number>;
}

/** Units per second of (1 ps at 1 mHz): see "clock domain row" in layout.ts. */
const PS_TIMES_MILLI = 10n ** 15n;
const TOHOST = "tohost";

/** Which ELF each node of a description wants, for the caller who reads files. */
export function firmwareFiles(description: MachineDescription): FirmwareFile[] {
  return description.nodes.map(({ name, firmware, firmwarePlace }) => ({
    node: name,
    path: firmware,
    place: firmwarePlace,
  }));
}

/**
 * Builds the image of a machine.
 * @param firmware by node or group name; each node needs one.
 * @throws UserError E113 (too large), E461 to E464 (firmware that does not fit).
 */
export function elaborate(
  description: MachineDescription,
  firmware: FirmwareByNode,
  options: ElaborateOptions = {},
): MachineImage {
  const plan = planMachine(description);
  checkFirmwareNames(plan, firmware);
  const load = loadAll(plan, firmware);
  const symbolsByNode = new Map<string, readonly ImageSymbol[]>();
  const harts = plan.harts.map((hart, index): ImageHart => {
    const file = firmwareOf(hart, firmware);
    symbolsByNode.set(hart.name, file.symbols);
    return {
      name: hart.name,
      unit: index,
      block: plan.units[index]!.block,
      domain: hart.domain,
      boot: hart.node.boot,
      isa: hart.node.isa,
      tohost: tohostOf(file.symbols),
      haltStore: options.haltStores?.get(hart.name) ?? null,
    };
  });
  const seed = options.seed ?? description.seed;
  const { tables, hash } = writeTables(plan, harts, seed);
  return {
    name: description.machine,
    hash,
    stateBytes: plan.stateBytes,
    hotPages: plan.hotBytes / L.PAGE_BYTES,
    decodedPages: decodedPages(plan),
    tileSlots: Math.max(0, ...plan.tiles.map(({ geometry }) => slotCount(geometry))),
    tables,
    seed,
    domains: plan.domains,
    units: plan.units.map(({ name, kind, hart, domain, block, bytes }, index) => ({
      index,
      name,
      kind,
      hart,
      domain,
      block,
      blockBytes: blockBytes(kind, bytes),
    })),
    harts,
    memories: plan.memories.map(({ wait_cycles: _, ...memory }) => memory),
    uarts: plan.uarts,
    pins: plan.pins,
    wires: plan.wires,
    links: plan.links,
    load,
    symbolsByNode,
  };
}

/** Address of the symbol `tohost` when it can be the target of an aligned word store. */
function tohostOf(symbols: readonly ImageSymbol[]): number | null {
  const symbol = symbols.find(({ name, address }) => name === TOHOST && address % 4 === 0);
  return symbol?.address ?? null;
}

/** One for each page of memory that code could lie in, within the pool's bounds. */
function decodedPages(plan: MachinePlan): number {
  const pages = plan.memories.reduce((sum, { size }) => sum + size / L.PAGE_BYTES, 0);
  return Math.max(MIN_DECODED_PAGES, Math.min(MAX_DECODED_PAGES, pages));
}

/** Writes words at linear addresses into the leading pages of the state. */
class TableWriter {
  readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Fields of one row: pairs of offset and u32 value. */
  row(address: number, fields: readonly (readonly [number, number])[]): void {
    for (const [offset, value] of fields) {
      this.view.setUint32(address - L.STATE_BASE + offset, value, true);
    }
  }

  fabric(
    address: number,
    geometry: TileGeometry,
    repair: TileRepair,
    tiles: readonly PlacedTile[],
  ): void {
    writeFabricBlock(this.view, address - L.STATE_BASE, geometry, repair, tiles);
  }

  wide(address: number, fields: readonly (readonly [number, bigint])[]): void {
    for (const [offset, value] of fields) {
      this.view.setBigUint64(address - L.STATE_BASE + offset, value, true);
    }
  }
}

function writeTables(
  plan: MachinePlan,
  harts: readonly ImageHart[],
  seed: bigint,
): { tables: Uint8Array; hash: string } {
  const out = new TableWriter(plan.hotBytes);
  writeHeader(out, plan);
  plan.units.forEach((_, index) => {
    writeUnit(out, plan, index);
  });
  writeDomains(out, plan);
  writeRegions(out, plan);
  harts.forEach((hart, index) => {
    writeHart(out, plan, index, hart);
  });
  for (const { chip, unit, geometry, placed } of plan.tiles) {
    out.fabric(plan.units[unit]!.block, geometry, chip.repair, placed);
  }
  // The hash covers the tables before seed and hash are written, and nothing of the firmware.
  const words = hashWords(out.bytes);
  out.wide(L.STATE_BASE, [[L.H_SEED, seed]]);
  out.row(
    L.STATE_BASE,
    words.map((word, k) => [L.H_MACHINE_HASH + 4 * k, word]),
  );
  return { tables: out.bytes, hash: hashText(words) };
}

function writeHeader(out: TableWriter, plan: MachinePlan): void {
  out.row(L.STATE_BASE, [
    [L.H_STATE_VERSION, STATE_VERSION],
    [L.H_STATE_BYTES, plan.stateBytes],
    [L.H_HOT_PAGES, plan.hotBytes / L.PAGE_BYTES],
    [L.H_DECODED_PAGES, decodedPages(plan)],
    [L.H_UNIT_COUNT, plan.units.length],
    [L.H_UNITS, plan.unitsAddress],
    [L.H_DOMAIN_COUNT, plan.domains.length],
    [L.H_DOMAINS, plan.domainsAddress],
    [L.H_REGION_COUNT, plan.regions.length],
    [L.H_REGIONS, plan.regionsAddress],
    [L.H_HART_COUNT, plan.harts.length],
    [L.H_HALT_UNIT, 0],
    [L.H_FAULTS, plan.faultsAddress],
  ]);
  out.wide(L.STATE_BASE, [[L.H_HALT_LATENCY, plan.haltLatency_ps]]);
}

const PARAM_OFFSETS = [
  L.UNIT_PARAM0,
  L.UNIT_PARAM1,
  L.UNIT_PARAM2,
  L.UNIT_PARAM3,
  L.UNIT_PARAM4,
  L.UNIT_PARAM5,
] as const;

function writeUnit(out: TableWriter, plan: MachinePlan, index: number): void {
  const unit = plan.units[index]!;
  const address = plan.unitsAddress + index * L.UNIT_BYTES;
  out.row(address, [
    [L.UNIT_KIND, unit.kind],
    [L.UNIT_DOMAIN, unit.domain],
    [L.UNIT_NODE, unit.hart ?? L.NONE],
    [L.UNIT_BLOCK, unit.block],
    [L.UNIT_BLOCK_BYTES, blockBytes(unit.kind, unit.bytes)],
    [L.UNIT_WIRES, unit.firstWire],
    [L.UNIT_WIRE_COUNT, unit.wireCount],
    [L.UNIT_LINK, unit.link],
    [L.UNIT_RANK, rankOf(unit.kind)],
  ]);
  out.row(
    address,
    unit.params.map((value, k) => [PARAM_OFFSETS[k]!, value]),
  );
}

function writeDomains(out: TableWriter, plan: MachinePlan): void {
  plan.domains.forEach(({ rate_mhz, feeder }, index) => {
    const address = plan.domainsAddress + index * L.DOMAIN_BYTES;
    out.row(address, [[L.DOM_FEEDER, feeder === null ? 0 : feeder + 1]]);
    out.wide(address, [
      [L.DOM_RATE, rate_mhz],
      [L.DOM_QUOTIENT, PS_TIMES_MILLI / rate_mhz],
      [L.DOM_REST, PS_TIMES_MILLI % rate_mhz],
    ]);
  });
}

function writeRegions(out: TableWriter, plan: MachinePlan): void {
  plan.regions.forEach((region, index) => {
    out.row(plan.regionsAddress + index * L.REGION_BYTES, [
      [L.REGION_BASE, region.base],
      [L.REGION_SIZE, region.size],
      [L.REGION_KIND, region.kind],
      [L.REGION_RIGHTS, region.rights],
      [L.REGION_UNIT, region.unit],
      [L.REGION_MEMORY, region.address],
      [L.REGION_WAIT, region.wait_cycles],
      [L.REGION_OFFSET, region.offset],
    ]);
  });
}

function writeHart(out: TableWriter, plan: MachinePlan, index: number, image: ImageHart): void {
  const hart = plan.harts[index]!;
  const ram = fastWindow(hart, "ram");
  const rom = fastWindow(hart, "rom");
  out.row(image.block, [
    [L.HART_ID, index],
    [L.HART_MISA, misaOf(hart.node.isa)!],
    [L.HART_BOOT, hart.node.boot],
    [L.HART_TIMING, TIMING_PROFILES.get(hart.node.timing)!],
    [L.HART_REGIONS, hart.firstRegion],
    [L.HART_REGION_COUNT, hart.regionCount],
    [L.HART_UNIT, index],
    [L.HART_RAM_BASE, ram?.guestBase ?? 0],
    [L.HART_RAM_SIZE, ram?.size ?? 0],
    [L.HART_RAM_MEMORY, ram?.address ?? 0],
    [L.HART_ROM_BASE, rom?.guestBase ?? 0],
    [L.HART_ROM_SIZE, rom?.size ?? 0],
    [L.HART_ROM_MEMORY, rom?.address ?? 0],
    [L.HART_HALT_STORE, image.haltStore ?? 0],
    [L.HART_HALT_STORE_ON, image.haltStore === null ? 0 : 1],
    [L.HART_TOHOST, image.tohost ?? 0],
    [L.HART_TOHOST_ON, image.tohost === null ? 0 : 1],
    [L.HART_CLINT, hart.clint],
    [L.HART_LOCKSTEP, hart.lockstep],
  ]);
}

/** The largest memory of a kind without wait states; the first of equals. */
function fastWindow(hart: PlanHart, kind: "ram" | "rom"): PlanMemory | undefined {
  const fit = hart.memories.filter((memory) => memory.kind === kind && memory.wait_cycles === 0);
  return fit.reduce<PlanMemory | undefined>(
    (best, memory) => (best === undefined || memory.size > best.size ? memory : best),
    undefined,
  );
}
