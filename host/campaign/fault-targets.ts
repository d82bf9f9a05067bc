/** Targets of faults by name: what a machine has that can be broken. Names: docs/faults.md. */

import { FaultKind, UnitKind } from "../../assembly/kernel/abi.js";
import type { ImageMemory, MachineImage } from "../core/image.js";
import type { Place } from "../error/index.js";
import { CSR_NAMES } from "../guest/csrs.js";
import { ABI_NAMES, NUMERIC_NAMES } from "../guest/operands.js";
import { DEVICE_KINDS, type DeviceKind } from "../machine/kinds.js";
import { suggestion } from "../machine/nearest.js";
import { addressText, readInteger } from "../machine/quantities.js";
import { refuseFault } from "./errors.js";
import type { TargetClass } from "./fault-kinds.js";

/** Something that can be broken. */
export interface Target {
  readonly class: TargetClass;
  /** Unit, or the domain of a clock. */
  readonly unit: number;
  /** Register, CSR address, offset, linear address: what the core takes as a. */
  readonly a?: number;
  /** FaultKind instead of the kind's own. */
  readonly number?: number;
  /** Of a device: its kind. */
  readonly device?: DeviceKind;
}

const KINDS_BY_UNIT: ReadonlyMap<number, DeviceKind> = new Map(
  Object.values(DEVICE_KINDS).map((kind) => [kind.unitKind, kind]),
);

/** The device kind of a unit, if it is a device. */
export function deviceKindOf(unitKind: number): DeviceKind | undefined {
  return KINDS_BY_UNIT.get(unitKind);
}

/**
 * Everything that a name stands for: mostly one, but a clock may have the name of a node.
 * @throws UserError E122 or E210 when there is nothing of that name.
 */
export function findTargets(name: string, image: MachineImage, place: Place): Target[] {
  const slash = name.indexOf("/");
  if (slash >= 0) {
    return [inside(name.slice(0, slash), name.slice(slash + 1), image, place)];
  }
  const found = [
    ...named(image.harts, name).map(({ unit }): Target => ({ class: "node", unit })),
    ...domainsNamed(image, name),
    ...unitsNamed(image, name),
    ...linesNamed(image, name),
    ...wiresNamed(image, name, place),
    ...registersNamed(image, name),
  ];
  if (found.length > 0) return found;
  const known = targetNames(image);
  return refuseFault(place, `${image.name} has no "${name}"`, suggestion(name, known));
}

function named<Row extends { readonly name: string }>(rows: readonly Row[], name: string): Row[] {
  return rows.filter((row) => row.name === name);
}

function domainsNamed(image: MachineImage, name: string): Target[] {
  const domain = image.domains.findIndex((row) => row.name === name);
  return domain < 0 ? [] : [{ class: "clock", unit: domain }];
}

function unitsNamed(image: MachineImage, name: string): Target[] {
  return named(image.units, name).flatMap(({ index, kind }): Target[] => {
    if (kind === UnitKind.SHARED_RAM) return [{ class: "shared memory", unit: index }];
    const device = KINDS_BY_UNIT.get(kind);
    return device === undefined ? [] : [{ class: "device", unit: index, device }];
  });
}

/** `UART.tx` and `UART.rx`: a link, or the line to the outside. */
function linesNamed(image: MachineImage, name: string): Target[] {
  const links = named(image.links, name).map(({ unit }): Target => ({ class: "link", unit }));
  if (links.length > 0) return links;
  const end = name.slice(name.lastIndexOf(".") + 1);
  if (end !== "tx" && end !== "rx") return [];
  return named(image.uarts, name.slice(0, -3)).map(({ unit, linked }): Target => {
    if (linked) {
      const link = image.links.find((row) => unit === (end === "tx" ? row.fromUnit : row.toUnit))!;
      return { class: "link", unit: link.unit };
    }
    return { class: "line", unit, number: end === "tx" ? FaultKind.LINE_OUT : FaultKind.LINE_IN };
  });
}

function wiresNamed(image: MachineImage, name: string, place: Place): Target[] {
  const wires = named(image.wires, name).map(({ unit }): Target => ({ class: "wire", unit }));
  if (wires.length > 0) return wires;
  return named(image.pins, name).flatMap((pin): Target[] => {
    const joined = image.wires.filter(({ from, to }) => {
      const end = pin.direction === "output" ? from : to;
      return end.unit === pin.unit && end.bit === pin.bit;
    });
    if (joined.length > 1) {
      const names = joined.map((wire) => wire.name).join(", ");
      refuseFault(place, `${joined.length} wires are joined to "${name}"`, `name one: ${names}`);
    }
    if (joined.length === 0) {
      refuseFault(place, `no wire is joined to "${name}"`, "only a wire can be stuck");
    }
    return [{ class: "wire", unit: joined[0]!.unit }];
  });
}

function registersNamed(image: MachineImage, name: string): Target[] {
  const dot = name.lastIndexOf(".");
  return named(image.harts, name.slice(0, Math.max(dot, 0))).flatMap(({ unit }): Target[] => {
    const register = name.slice(dot + 1);
    if (register === "pc") return [{ class: "register", unit, number: FaultKind.FLIP_PC }];
    const index = Math.max(NUMERIC_NAMES.indexOf(register), ABI_NAMES.indexOf(register));
    if (index >= 0) return [{ class: "register", unit, a: index }];
    for (const [address, csr] of CSR_NAMES) {
      if (csr === register) return [{ class: "csr", unit, a: address }];
    }
    return [];
  });
}

/** `NODE/ADDRESS`, `NODE/SYMBOL+OFFSET`, `MEMORY/OFFSET`, `NODE.DEVICE/OFFSET`. */
function inside(prefix: string, rest: string, image: MachineImage, place: Place): Target {
  if (image.harts.some(({ name }) => name === prefix)) {
    const address = guestAddress(prefix, rest, image, place);
    return { class: "memory", unit: 0, a: linearAddress(prefix, address, image, place) };
  }
  const offset = Number(readInteger(rest) ?? Number.NaN);
  if (Number.isNaN(offset)) {
    refuseFault(place, `"${rest}" is not an offset in "${prefix}"`, "write for example 0x40");
  }
  const memory = image.memories.find(({ name }) => name === prefix);
  if (memory !== undefined) {
    if (offset >= memory.size) {
      refuseFault(
        place,
        `${addressText(offset)} lies behind ${prefix}`,
        `it has ${memory.size} bytes`,
      );
    }
    return { class: "memory", unit: 0, a: memory.address + offset };
  }
  const device = named(image.units, prefix).find(({ kind }) => KINDS_BY_UNIT.has(kind));
  if (device !== undefined) return { class: "device register", unit: device.index, a: offset };
  const known = [...image.harts, ...image.memories, ...image.units].map(({ name }) => name);
  return refuseFault(place, `${image.name} has no "${prefix}"`, suggestion(prefix, known));
}

/** Address of `ADDRESS` or `SYMBOL[+OFFSET]` as a node sees it. @throws UserError as findTargets. */
export function guestAddress(
  node: string,
  text: string,
  image: MachineImage,
  place: Place,
): number {
  return symbolPlace(node, text, image, place).address;
}

/** The same with the size of the symbol; 4 bytes for an address. */
export function symbolPlace(
  node: string,
  text: string,
  image: MachineImage,
  place: Place,
): { readonly address: number; readonly bytes: number } {
  const plain = readInteger(text);
  if (plain !== undefined && plain <= 0xffff_ffffn) return { address: Number(plain), bytes: 4 };
  const plus = text.lastIndexOf("+");
  const offset = plus < 0 ? 0n : readInteger(text.slice(plus + 1));
  const name = plus < 0 ? text : text.slice(0, plus);
  const symbols = image.symbolsByNode.get(node) ?? [];
  const symbol = symbols.find((row) => row.name === name);
  if (symbol === undefined || offset === undefined) {
    const known = symbols.filter(({ size }) => size > 0).map((row) => row.name);
    const hint = suggestion(name, known);
    return refuseFault(place, `the firmware of ${node} has no symbol "${name}"`, hint);
  }
  const rest = symbol.size - Number(offset);
  return { address: symbol.address + Number(offset), bytes: rest > 0 ? rest : 4 };
}

/** Linear address behind a guest address of a node. @throws UserError where it is no memory. */
export function linearAddress(
  node: string,
  address: number,
  image: MachineImage,
  place: Place,
): number {
  const hart = image.harts.findIndex(({ name }) => name === node);
  for (const memory of image.memories) {
    if (memory.hart !== null && memory.hart !== hart) continue;
    for (const base of basesOf(memory)) {
      if (address >= base && address - base < memory.size) return memory.address + (address - base);
    }
  }
  const hint = "registers of devices are NODE.DEVICE/OFFSET";
  return refuseFault(place, `${node} has no memory at ${addressText(address)}`, hint);
}

function basesOf(memory: ImageMemory): readonly number[] {
  return [memory.guestBase, ...memory.aliasBases];
}

/** Names that a target may have, apart from addresses and registers. */
export function targetNames(image: MachineImage): string[] {
  const devices = image.units.filter(({ kind }) => KINDS_BY_UNIT.has(kind));
  const lines = image.uarts.flatMap(({ name }) => [`${name}.tx`, `${name}.rx`]);
  return [
    ...image.harts.map(({ name }) => name),
    ...image.domains.map(({ name }) => name),
    ...image.units.filter(({ kind }) => kind === UnitKind.SHARED_RAM).map(({ name }) => name),
    ...devices.map(({ name }) => name),
    ...lines,
    ...image.wires.map(({ name }) => name),
    ...image.pins.filter(({ wire }) => wire !== null).map(({ name }) => name),
    ...image.harts.flatMap(({ name }) => [`${name}.pc`, `${name}.x1`, `${name}.mstatus`]),
  ];
}
