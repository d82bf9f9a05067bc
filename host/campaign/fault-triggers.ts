/** Triggers of faults against a machine: from names to the fields of a fault row. */

import { Access, TraceKind } from "../../assembly/kernel/abi.js";
import { FAULT_ON_READ, FAULT_ON_WRITE, FaultTrigger } from "../../assembly/kernel/fault-layout.js";
import type { FaultRow, Words } from "../core/faults.js";
import type { MachineImage } from "../core/image.js";
import type { Place } from "../error/index.js";
import { suggestion } from "../machine/nearest.js";
import { readInteger } from "../machine/quantities.js";
import { readTime } from "../machine/time-text.js";
import { KIND_BY_EVENT } from "../trace/kinds.js";
import { refuseFault } from "./errors.js";
import type { TriggerSpec } from "./fault.js";
import { symbolPlace } from "./fault-targets.js";

export type TriggerFields = Pick<
  FaultRow,
  "trigger" | "due" | "length_ps" | "source" | "event" | "address" | "bytes" | "masks" | "wanted"
>;

/** Edge k of a clock of r millihertz falls at floor(k x 10^15 / r) ps. Source: architecture, 2. */
const PS_TIMES_MILLI = 10n ** 15n;

type Context = { readonly image: MachineImage; readonly place: Place };

/** The fields of a row that a trigger decides. @throws UserError E122, E210. */
export function triggerFields(
  trigger: TriggerSpec,
  image: MachineImage,
  place: Place,
): TriggerFields {
  const context = { image, place };
  switch (trigger.on) {
    case "t":
      return timeFields(trigger.time, context);
    case "pc": {
      const { hart, address } = hartPlace(trigger.place, context);
      return { trigger: FaultTrigger.PC, source: hart, address };
    }
    case "trace":
      return traceFields(trigger.event, trigger.fields, context);
    case "wire": {
      const source = wireUnit(trigger.wire, context);
      const words = fieldWords(TraceKind.WIRE, [["level", String(trigger.level)]], place);
      return { trigger: FaultTrigger.TRACE, source, event: TraceKind.WIRE, ...words };
    }
    default: {
      const { hart, address, bytes } = hartPlace(trigger.place, context);
      const event = ACCESS_BITS[trigger.on];
      return { trigger: FaultTrigger.ACCESS, source: hart, event, address, bytes };
    }
  }
}

const ACCESS_BITS = {
  read: FAULT_ON_READ,
  write: FAULT_ON_WRITE,
  access: FAULT_ON_READ | FAULT_ON_WRITE,
} as const;

function timeFields(text: string, context: Context): TriggerFields {
  const [from = "", to, ...rest] = text.split("..");
  const start = startFields(from, context);
  if (to === undefined) return start;
  const begin = spanOf(from, context);
  const end = spanOf(to, context);
  if (rest.length > 0 || end <= begin) {
    refuseFault(context.place, `"${text}" is not a span of time`, "write A..B with A before B");
  }
  return { ...start, length_ps: end - begin };
}

/** Cycles stay cycles: they follow a clock that drifts or stops. */
function startFields(text: string, { image, place }: Context): TriggerFields {
  const time = readTime(text);
  if (time === undefined) return refuseTime(text, place);
  if ("ps" in time) return { trigger: FaultTrigger.TIME, due: time.ps };
  const source = domainOf(time.clock, image, place);
  return { trigger: FaultTrigger.CYCLE, source, due: time.cycles };
}

/** A span or time in ps; cycles at the clock's rate in the machine file. @throws UserError. */
export function spanOf(text: string, { image, place }: Context): bigint {
  const time = readTime(text);
  if (time === undefined) return refuseTime(text, place);
  if ("ps" in time) return time.ps;
  const { rate_mhz } = image.domains[domainOf(time.clock, image, place)]!;
  return (time.cycles * PS_TIMES_MILLI) / rate_mhz;
}

function refuseTime(text: string, place: Place): never {
  refuseFault(
    place,
    `"${text}" is not a time`,
    "write for example 1.5ms, 200us, 5000c, 5000c@CLOCK",
  );
}

function domainOf(clock: string | null, image: MachineImage, place: Place): number {
  if (clock === null) return image.harts[0]?.domain ?? 0;
  const known = image.domains.map(({ name }) => name);
  const domain = known.indexOf(clock);
  if (domain >= 0) return domain;
  return refuseFault(place, `${image.name} has no clock "${clock}"`, suggestion(clock, known));
}

/** `NODE/ADDRESS` or `NODE/SYMBOL`. */
function hartPlace(text: string, { image, place }: Context) {
  const slash = text.indexOf("/");
  const node = text.slice(0, Math.max(slash, 0));
  const hart = image.harts.findIndex(({ name }) => name === node);
  if (hart < 0) {
    const known = image.harts.map(({ name }) => name);
    const hint = slash < 0 ? "write NODE/SYMBOL or NODE/ADDRESS" : suggestion(node, known);
    refuseFault(place, `"${text}" names no node of ${image.name}`, hint);
  }
  return { hart, ...symbolPlace(node, text.slice(slash + 1), image, place) };
}

function wireUnit(name: string, { image, place }: Context): number {
  const wire =
    image.wires.find((row) => row.name === name)?.unit ??
    image.pins.find((pin) => pin.name === name)?.wire;
  if (wire !== undefined && wire !== null) return wire;
  const known = image.pins.filter((pin) => pin.wire !== null).map((pin) => pin.name);
  return refuseFault(place, `no wire is called or joined to "${name}"`, suggestion(name, known));
}

function traceFields(
  event: string,
  fields: readonly (readonly [string, string])[],
  { image, place }: Context,
): TriggerFields {
  const dot = event.lastIndexOf(".");
  const unit = image.units.find(({ name }) => name === event.slice(0, Math.max(dot, 0)));
  const kind = KIND_BY_EVENT.get(event.slice(dot + 1));
  if (unit === undefined) {
    const known = image.units.map(({ name }) => name);
    const hint = dot < 0 ? "write UNIT.EVENT" : suggestion(event.slice(0, dot), known);
    return refuseFault(place, `"${event}" names no unit of ${image.name}`, hint);
  }
  if (kind === undefined) {
    const hint = suggestion(event.slice(dot + 1), [...KIND_BY_EVENT.keys()]);
    return refuseFault(place, `there is no trace event "${event.slice(dot + 1)}"`, hint);
  }
  const words = fieldWords(kind, fields, place);
  return { trigger: FaultTrigger.TRACE, source: unit.index, event: kind, ...words };
}

/** Where a field of a record lies: word a, b, c, d as 0 to 3, its bits, how far they are shifted. */
type FieldPlace = readonly [word: number, mask: number, shift: number];

const WHOLE = 0xffff_ffff;
const ACCESS_NAMES: Readonly<Record<string, number>> = {
  fetch: Access.FETCH,
  load: Access.LOAD,
  store: Access.STORE,
  lr: Access.LR,
  sc: Access.SC,
  amo: Access.AMO,
};

const REFUSED: Readonly<Record<string, FieldPlace>> = {
  address: [0, WHOLE, 0],
  access: [1, WHOLE, 0],
  pc: [2, WHOLE, 0],
  width: [3, WHOLE, 0],
};

/** Fields of the text form (host/trace/FORMAT.md) by which a trigger can choose. */
const FIELD_PLACES: Readonly<Record<number, Readonly<Record<string, FieldPlace>>>> = {
  [TraceKind.RETIRE]: { pc: [0, WHOLE, 0], next: [1, WHOLE, 0] },
  [TraceKind.TRAP]: { pc: [0, WHOLE, 0], cause: [1, WHOLE, 0], tval: [2, WHOLE, 0] },
  [TraceKind.INTERRUPT]: { pc: [0, WHOLE, 0], cause: [1, 0x7fff_ffff, 0] },
  [TraceKind.BUS]: {
    address: [0, WHOLE, 0],
    value: [1, WHOLE, 0],
    access: [2, 0xff, 0],
    width: [2, 0xff00, 8],
  },
  [TraceKind.BUS_ERROR]: REFUSED,
  [TraceKind.ISOLATION]: REFUSED,
  [TraceKind.WIRE]: { level: [0, WHOLE, 0], bit: [2, WHOLE, 0] },
  [TraceKind.UART_TX]: { byte: [0, 0xff, 0], break: [0, 0x8000, 15] },
  [TraceKind.UART_RX]: { byte: [0, 0xff, 0] },
  [TraceKind.MARK]: { value: [0, WHOLE, 0] },
  [TraceKind.WAKE]: { bit: [0, WHOLE, 0] },
};
/** Every kind, also those without names above: the record's words. */
const RAW_PLACES: Readonly<Record<string, FieldPlace>> = {
  a: [0, WHOLE, 0],
  b: [1, WHOLE, 0],
  c: [2, WHOLE, 0],
  d: [3, WHOLE, 0],
};

function fieldWords(
  kind: number,
  fields: readonly (readonly [string, string])[],
  place: Place,
): { masks: Words; wanted: Words } {
  const masks: [number, number, number, number] = [0, 0, 0, 0];
  const wanted: [number, number, number, number] = [0, 0, 0, 0];
  const places = { ...FIELD_PLACES[kind], ...RAW_PLACES };
  for (const [name, text] of fields) {
    const at = Object.hasOwn(places, name) ? places[name] : undefined;
    if (at === undefined) {
      const what = `a trigger cannot choose by the field "${name}" of this event`;
      refuseFault(place, what, suggestion(name, Object.keys(places)));
    }
    const value = name === "access" ? (ACCESS_NAMES[text] ?? -1) : Number(readInteger(text) ?? -1n);
    const [word, mask, shift] = at;
    const most = mask >>> shift;
    if (value < 0 || value > most) {
      refuseFault(place, `"${text}" is no value of the field "${name}"`, `an integer to ${most}`);
    }
    masks[word] = (masks[word]! | mask) >>> 0;
    wanted[word] = (wanted[word]! | (value << shift)) >>> 0;
  }
  return { masks, wanted };
}
