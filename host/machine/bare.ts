/**
 * The machine of `hotspare exec`: one bare hart with plain RAM (rv32.md, section 4). It is
 * described in code, so that no schema library is loaded. RAM covers the ELF and is at least 4 MiB
 * from the page of its lowest segment, unless the user says otherwise.
 */

import { PAGE_BYTES } from "../../assembly/kernel/layout.js";
import type { MachineImage } from "../core/image.js";
import { type Place, UserError } from "../error/index.js";
import type { MachineDescription } from "./description.js";
import { elaborate } from "./elaborate.js";
import { refuse as refuseFile } from "./errors.js";
import type { Firmware } from "./firmware.js";
import { misaOf, TIMING_PROFILES } from "./kinds.js";
import { MAX_RATE_MHZ, MAX_STATE_BYTES, MIN_RATE_MHZ } from "./limits.js";
import { suggestion } from "./nearest.js";
import { addressText, sizeText } from "./quantities.js";

/** Codes of `bareMachine`, beside those of `elaborate`. */
export const BARE_ERRORS = {
  E270: "the RAM of a bare hart is misaligned, empty, too large or leaves the address space",
  E271: "the ISA string or timing profile of a bare hart is not one that harts here have",
  E272: "an address given for a bare hart is misaligned or beyond 32 bits",
  E273: "the clock rate of a bare hart is outside 1 Hz to 10 GHz",
} as const;

export const BARE_ERROR_ROWS = Object.entries(BARE_ERRORS).map(([code, meaning]) => ({
  code,
  meaning,
}));

export interface BareOptions {
  /** `--ram BASE:SIZE`; bytes, multiples of 4 KiB. */
  readonly ram?: { readonly base: number; readonly size: number };
  /** `--boot`; default the ELF's entry. */
  readonly boot?: number;
  /** Default `rv32imac`. */
  readonly isa?: string;
  /** Default `ibex-small`. */
  readonly timing?: string;
  /** Default 100 MHz. */
  readonly rate_mhz?: bigint;
  /** `--halt-store`: guest address of an aligned word. */
  readonly haltStore?: number;
  readonly seed?: bigint;
}

export const BARE_HART = "hart0";
const MIN_RAM_BYTES = 4 * 1024 * 1024;
/** The rest of the state is the tables of one hart. */
const MAX_RAM_BYTES = MAX_STATE_BYTES - 2 ** 20;
const ADDRESS_SPACE = 2 ** 32;
const MISA_C = 1 << 2;
const DEFAULT_RATE_MHZ = 100_000_000_000n;
const PLACE: Place = { argument: "exec" };

function refuse(
  code: keyof typeof BARE_ERRORS,
  what: string,
  argument: string,
  hint: string,
): never {
  throw new UserError(code, what, { argument }, hint);
}

/**
 * Image of one hart `hart0` with one RAM (all rights) that runs `firmware`.
 * @throws UserError E270 to E273 for options, E461 when a segment lies outside `--ram`,
 *   E465 and E466 for programs that no bare hart can hold.
 */
export function bareMachine(firmware: Firmware, options: BareOptions = {}): MachineImage {
  const isa = (options.isa ?? "rv32imac").toLowerCase();
  const timing = options.timing ?? "ibex-small";
  const rate_mhz = options.rate_mhz ?? DEFAULT_RATE_MHZ;
  checkHart(isa, timing, rate_mhz);
  const boot = options.boot ?? firmware.entry;
  const bootUnit = (misaOf(isa)! & MISA_C) === 0 ? 4 : 2;
  if (options.boot !== undefined) {
    checkAddress("boot address", boot, bootUnit, "--boot");
  } else if (boot % bootUnit !== 0) {
    const what = `the entry ${addressText(boot)} is no multiple of ${bootUnit} (${isa})`;
    refuseFile("E465", what, { file: firmware.file }, "link it for this ISA, or give --boot");
  }
  if (options.haltStore !== undefined) {
    checkAddress("halt store", options.haltStore, 4, "--halt-store");
  }
  if (options.ram !== undefined) checkRam(options.ram);
  const ram = options.ram ?? ramFor(firmware);
  if (ram.size > MAX_RAM_BYTES) {
    const what = `the program spans ${sizeText(ram.size)} from ${addressText(ram.base)}`;
    const hint = `at most ${sizeText(MAX_RAM_BYTES)}: link its segments closer together`;
    refuseFile("E466", what, { file: firmware.file }, hint);
  }
  const description = describeBare(isa, timing, rate_mhz, boot, ram);
  const haltStores = new Map(
    options.haltStore === undefined ? [] : [[BARE_HART, options.haltStore]],
  );
  const seed = options.seed ?? description.seed;
  return elaborate(description, new Map([[BARE_HART, firmware]]), { haltStores, seed });
}

/** The pages from the lowest to the highest byte of the ELF, and at least 4 MiB where they fit. */
function ramFor(firmware: Firmware): { base: number; size: number } {
  let low = ADDRESS_SPACE;
  let high = 0;
  for (const { address, virtualAddress, bytes, memorySize } of firmware.segments) {
    if (bytes.length > 0) {
      low = Math.min(low, address);
      high = Math.max(high, address + bytes.length);
    }
    if (memorySize > bytes.length) {
      low = Math.min(low, virtualAddress + bytes.length);
      high = Math.max(high, virtualAddress + memorySize);
    }
  }
  const base = low < high ? Math.floor(low / PAGE_BYTES) * PAGE_BYTES : 0;
  const end = Math.max(Math.ceil(high / PAGE_BYTES) * PAGE_BYTES, base + MIN_RAM_BYTES);
  return { base, size: Math.min(end, ADDRESS_SPACE) - base };
}

function checkHart(isa: string, timing: string, rate_mhz: bigint): void {
  if (misaOf(isa) === undefined) {
    const hint = "write rv32i, then m, a, c as needed: rv32imc or rv32imac";
    refuse("E271", `no hart has the ISA "${isa.slice(0, 60)}"`, "--isa", hint);
  }
  if (!TIMING_PROFILES.has(timing)) {
    const hint = suggestion(timing, [...TIMING_PROFILES.keys()]);
    refuse("E271", `there is no timing profile "${timing.slice(0, 60)}"`, "--timing", hint);
  }
  if (rate_mhz < MIN_RATE_MHZ || rate_mhz > MAX_RATE_MHZ) {
    refuse("E273", "the clock rate is out of range", "--hz", "1 Hz to 10 GHz");
  }
}

function checkAddress(what: string, address: number, unit: number, argument: string): void {
  if (address >= 0 && address < ADDRESS_SPACE && address % unit === 0) return;
  const shown = address >= 0 ? addressText(address) : String(address);
  refuse(
    "E272",
    `the ${what} ${shown} is no 32-bit multiple of ${unit}`,
    argument,
    `give a multiple of ${unit}`,
  );
}

function checkRam({ base, size }: { base: number; size: number }): void {
  const shown = `the RAM ${addressText(base)}:${sizeText(size)}`;
  const fail = (why: string): never =>
    refuse("E270", `${shown} ${why}`, "--ram", "write --ram BASE:SIZE, e.g. 0x8000_0000:4M");
  if (base % PAGE_BYTES !== 0 || size % PAGE_BYTES !== 0) fail("is not in pages of 4K");
  if (size <= 0) fail("is empty");
  if (base + size > ADDRESS_SPACE) fail("leaves the 32-bit address space");
  if (size > MAX_RAM_BYTES) fail(`is larger than ${sizeText(MAX_RAM_BYTES)}`);
}

function describeBare(
  isa: string,
  timing: string,
  rate_mhz: bigint,
  boot: number,
  ram: { base: number; size: number },
): MachineDescription {
  const common = { wait_cycles: 0, place: PLACE };
  return {
    machine: "exec",
    summary: "One bare hart with plain RAM.",
    modelId: 0,
    seed: 1n,
    haltLatency_ps: null,
    clocks: [{ name: "clock", rate_mhz, feeder: null, place: PLACE }],
    nodes: [
      {
        name: BARE_HART,
        count: null,
        isa,
        timing,
        clock: "clock",
        boot,
        firmware: null,
        memories: [{ name: "ram", kind: "ram", ...ram, aliasBases: [], ...common }],
        devices: [],
        foreign: [],
        place: PLACE,
        firmwarePlace: PLACE,
        bootPlace: PLACE,
      },
    ],
    shared: [],
    tileProcessors: [],
    devices: [],
    links: [],
    wires: [],
    notModelled: ["Everything but one hart and its memory."],
    place: PLACE,
  };
}
