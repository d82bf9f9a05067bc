/** Faults against a machine: from a fault as written to the row that the core takes. */

import { FaultKind } from "../../assembly/kernel/abi.js";
import { FaultTrigger } from "../../assembly/kernel/fault-layout.js";
import { FAULTS_MAX, type FaultRow } from "../core/faults.js";
import type { MachineImage } from "../core/image.js";
import type { Machine } from "../core/machine.js";
import { suggestion } from "../machine/nearest.js";
import { readInteger, readRate_mhz } from "../machine/quantities.js";
import { refuseFault } from "./errors.js";
import { type FaultSpec, faultText } from "./fault.js";
import { KIND_ROWS, type KindRow, neededValues, UNSUPPORTED, valueNames } from "./fault-kinds.js";
import { findTargets, type Target } from "./fault-targets.js";
import { spanOf, triggerFields } from "./fault-triggers.js";

const WORD_BITS = 32;
const PPM = 1_000_000n;
const DECIMAL = /^(-?)([0-9]+)(?:\.([0-9]+))?$/;

/**
 * The row of a fault with a trigger.
 * @throws UserError E122 (of a file), E210 (of a command line) for names that the machine does not
 *   have, values that do not fit, and faults that this kind of target cannot have.
 */
export function faultRow(spec: FaultSpec, image: MachineImage): FaultRow {
  const { place, trigger } = spec;
  if (trigger === null) {
    return refuseFault(place, `"${faultText(spec)}" has no trigger`, "add for example t=1ms");
  }
  const targets = findTargets(spec.target, image, place);
  const { row, target } = chooseKind(spec, targets);
  checkValues(spec, row);
  const values = new Values(spec, image);
  const fields = triggerFields(trigger, image, place);
  const lasting = row.course !== "once";
  if (fields.length_ps !== undefined && !lasting) {
    refuseFault(place, `"${spec.kind}" has no end`, "give one time, not a span");
  }
  if (fields.length_ps !== undefined && spec.values.has("for")) {
    refuseFault(place, "a span A..B and for=TIME are two ends", "give one of them");
  }
  return {
    ...fields,
    kind: target.number ?? row.number,
    unit: target.unit,
    ...values.arguments(row, target),
    ...values.course(row, fields.length_ps),
    left: values.integer("n", 1, 1, 0xffff_ffff) - 1,
  };
}

interface Chosen {
  readonly row: KindRow;
  readonly target: Target;
}

function chooseKind(spec: FaultSpec, targets: readonly Target[]): Chosen {
  for (const target of targets) {
    if (target.number === FaultKind.FLIP_PC && spec.kind !== "flip") continue;
    const row = KIND_ROWS.find((one) => one.kind === spec.kind && one.target === target.class);
    if (row !== undefined) return { row, target };
    const site = target.device?.faults?.get(spec.kind);
    if (site !== undefined) {
      const values = site.value === undefined ? "" : "value! off";
      const { meaning } = site;
      const chosen = { kind: spec.kind, target: target.class, number: FaultKind.DEVICE } as const;
      const course = site.value === undefined ? "once" : "lasting";
      return { row: { ...chosen, course, values, meaning, a: site.site }, target };
    }
  }
  return refuseKind(spec, targets);
}

function refuseKind({ kind, target, place }: FaultSpec, targets: readonly Target[]): never {
  const classes = targets.map((one) => one.class);
  const known = KIND_ROWS.filter((row) => classes.includes(row.target)).map((row) => row.kind);
  const sites = targets.flatMap(({ device }) => [...(device?.faults?.keys() ?? [])]);
  const why = UNSUPPORTED.find(([one, type]) => one === kind && classes.includes(type))?.[2];
  const what = `"${kind}" cannot be done to "${target}" (${classes.join(" or ")})`;
  const hint = why ?? suggestion(kind, [...known, ...sites]);
  return refuseFault(place, what, hint);
}

function checkValues(spec: FaultSpec, row: KindRow): void {
  const known = valueNames(row);
  for (const name of spec.values.keys()) {
    if (known.includes(name)) continue;
    const what = `"${spec.kind}" of a ${row.target} takes no "${name}"`;
    refuseFault(spec.place, what, suggestion(name, known));
  }
  for (const name of neededValues(row)) {
    if (spec.values.has(name)) continue;
    refuseFault(spec.place, `"${spec.kind}" of a ${row.target} needs ${name}=...`, row.meaning);
  }
}

type Arguments = Pick<FaultRow, "a" | "b" | "c" | "delay_ps">;

class Values {
  constructor(
    private readonly spec: FaultSpec,
    private readonly image: MachineImage,
  ) {}

  private refuse(name: string, want: string): never {
    const value = this.spec.values.get(name);
    return refuseFault(this.spec.place, `"${value}" is no value of ${name}`, want);
  }

  integer(name: string, otherwise: number, least: number, most: number): number {
    const text = this.spec.values.get(name);
    if (text === undefined) return otherwise;
    const value = Number(readInteger(text) ?? -1n);
    if (value >= least && value <= most) return value;
    return this.refuse(name, `write an integer from ${least} to ${most}`);
  }

  /** The bits that `bit` or `mask` names; one of them, or neither where the core draws one. */
  private mask(bits: number, otherwise: number | null): number {
    const { values, place } = this.spec;
    if (values.has("bit") && values.has("mask")) {
      refuseFault(place, "bit and mask say the same", "give one of them");
    }
    const most = bits === WORD_BITS ? 0xffff_ffff : 2 ** bits - 1;
    if (values.has("bit")) return (1 << this.integer("bit", 0, 0, bits - 1)) >>> 0;
    if (values.has("mask")) return this.integer("mask", 0, 1, most);
    if (otherwise !== null) return otherwise;
    return refuseFault(place, `"${this.spec.kind}" needs bit=N or mask=N`, `bits 0 to ${bits - 1}`);
  }

  arguments(row: KindRow, target: Target): Arguments {
    if (row.number === FaultKind.DEVICE) return this.site(row);
    switch (row.target) {
      case "register":
      case "csr":
        return this.register(row, target);
      case "memory":
        return this.byte(row, target.a ?? 0);
      case "device register": {
        // Registers of the UART are bytes; of all other devices words (docs/registers.md).
        const narrow = this.image.uarts.some(({ unit }) => unit === target.unit);
        const c = narrow ? 1 : 4;
        return { a: target.a ?? 0, b: this.mask(c * 8, null), c };
      }
      case "clock":
        return this.clock(row, target.unit);
      case "wire":
        return { a: row.a ?? this.integer("level", 0, 0, 1) + 1 };
      case "link":
      case "line":
      case "shared memory":
        return this.disturbance(row);
      default:
        return {};
    }
  }

  private register(row: KindRow, { a = 0, number }: Target): Arguments {
    if (number === undefined && row.target === "register" && a === 0) {
      refuseFault(this.spec.place, "x0 is always 0", "choose x1 to x31");
    }
    const b = this.mask(WORD_BITS, null);
    return { a, b, c: this.level(b) };
  }

  /** Stuck bits: all of the mask at the level. */
  private level(mask: number): number {
    return this.integer("level", 0, 0, 1) === 1 ? mask : 0;
  }

  /** Bit 8 and up of `bit` lie in the following bytes of the word. */
  private byte(row: KindRow, address: number): Arguments {
    const bit = this.integer("bit", 0, 0, WORD_BITS - 1);
    const mask = this.spec.values.has("bit") ? 1 << (bit & 7) : this.mask(8, null);
    const a = address + (bit >> 3);
    return row.number === FaultKind.FLIP_MEMORY
      ? { a, b: mask }
      : { a, b: mask, c: this.level(mask) };
  }

  private clock(row: KindRow, domain: number): Arguments {
    if (row.number === FaultKind.CLOCK_SKIP) return { a: this.integer("edges", 1, 1, 65_536) };
    if (row.number !== FaultKind.CLOCK_RATE) return {};
    const { values, place } = this.spec;
    if (values.has("hz") === values.has("ppm")) {
      refuseFault(place, "a drift needs its rate", "give hz=RATE or ppm=N, e.g. ppm=-200");
    }
    const hz = values.get("hz");
    const rate = hz === undefined ? this.drifted(domain) : readRate_mhz(hz);
    if (rate === undefined || rate < 1000n || rate > 10n ** 13n) {
      return this.refuse(hz === undefined ? "ppm" : "hz", "a rate of 1 Hz to 10 GHz");
    }
    return { a: Number(rate & 0xffff_ffffn), b: Number(rate >> 32n) };
  }

  private drifted(domain: number): bigint {
    const text = this.spec.values.get("ppm") ?? "";
    if (!/^[-+]?[0-9]{1,7}$/.test(text)) return this.refuse("ppm", "an integer, e.g. -200");
    const { rate_mhz } = this.image.domains[domain]!;
    return (rate_mhz * (PPM + BigInt(text))) / PPM;
  }

  private disturbance(row: KindRow): Arguments {
    const a = row.a ?? 0;
    if (this.spec.values.has("by")) {
      const delay_ps = spanOf(this.spec.values.get("by")!, {
        image: this.image,
        place: this.spec.place,
      });
      return { a, delay_ps };
    }
    if (this.spec.values.has("lanes")) return { a, b: this.integer("lanes", 0, 0, 15) };
    return { a, b: this.spec.values.has("mask") ? this.mask(WORD_BITS, null) : 0 };
  }

  private site(row: KindRow): Arguments {
    const value = this.integer("value", 0, 0, 0xffff_ffff);
    return { a: row.a ?? 0, b: value, c: this.integer("off", 0, 0, 0xffff_ffff) };
  }

  /** How long, how often, with which chance. A disturbance is done once unless it says otherwise. */
  course(
    row: KindRow,
    span_ps: bigint | undefined,
  ): Pick<FaultRow, "length_ps" | "limit" | "rate" | "seed"> {
    if (row.course === "once") return {};
    const { values } = this.spec;
    const length = values.get("for");
    const context = { image: this.image, place: this.spec.place };
    const ever = length === undefined || length === "ever";
    const length_ps = ever ? (span_ps ?? 0n) : spanOf(length, context);
    if (!ever && length_ps === 0n) this.refuse("for", "a time above 0, or ever");
    if (row.course === "lasting") return { length_ps };
    const many = values.has("rate") || length !== undefined || span_ps !== undefined;
    const limit = this.integer("count", many ? 0 : 1, 1, 0xffff_ffff);
    return { length_ps, limit, rate: this.rate(), seed: this.seed() };
  }

  /** Of its random numbers; 0: the machine's. */
  private seed(): bigint {
    const text = this.spec.values.get("seed");
    if (text === undefined) return 0n;
    const seed = readInteger(text);
    if (seed !== undefined && seed < 1n << 64n) return seed;
    return this.refuse("seed", "an integer from 0 to 2^64 - 1");
  }

  /** A probability as a fraction of 2^32; 0 stands for always. */
  private rate(): number {
    const text = this.spec.values.get("rate");
    if (text === undefined || text === "1") return 0;
    const parts = DECIMAL.exec(text);
    const digits = parts?.[3] ?? "";
    if (parts === null || parts[1] === "-" || parts[2] !== "0" || digits.length > 12) {
      return this.refuse("rate", "a chance above 0 and at most 1, e.g. 0.01");
    }
    const rate = Number((BigInt(digits) << 32n) / 10n ** BigInt(digits.length));
    return rate > 0 ? rate : this.refuse("rate", "a chance of at least 2^-32");
  }
}

/** What became of a fault of a run. */
export interface FaultReport {
  readonly id: string;
  readonly fired: boolean;
  /** Machine time of the first strike in ps, as a decimal string; null when it has not fired. */
  readonly time_ps: string | null;
  /** How often it struck. */
  readonly strikes: number;
}

/** Faults of one run, armed on a machine. */
export class ArmedFaults {
  private armed: readonly { readonly spec: FaultSpec; readonly index: number }[];

  /**
   * Arms all of them.
   * @throws UserError as `faultRow`, and for a time that has passed or more faults than there is
   *   room for; then none is armed.
   */
  constructor(
    private readonly machine: Machine,
    specs: readonly FaultSpec[],
  ) {
    const rows = specs.map((spec) => ({ spec, row: faultRow(spec, machine.image) }));
    const first = specs[FAULTS_MAX];
    if (first !== undefined) {
      refuseFault(first.place, `${specs.length} faults in one run`, `at most ${FAULTS_MAX}`);
    }
    for (const { spec, row } of rows) {
      if (row.trigger !== FaultTrigger.TIME || (row.due ?? 0n) >= machine.now()) continue;
      const what = `the fault "${spec.id}" lies before the start of the run`;
      refuseFault(spec.place, what, `the machine stands at ${machine.now()} ps: give a later time`);
    }
    this.armed = rows.map(({ spec, row }) => ({ spec, index: machine.arm(row) }));
  }

  /** Faults that the machine's state holds already, as rows 0 and up: after a restore. */
  static inState(machine: Machine, specs: readonly FaultSpec[]): ArmedFaults {
    const faults = new ArmedFaults(machine, []);
    faults.armed = specs.map((spec, index) => ({ spec, index }));
    return faults;
  }

  report(): FaultReport[] {
    return this.armed.map(({ spec, index }) => {
      const status = this.machine.faultStatus(index);
      const time = status?.time_ps ?? null;
      return {
        id: spec.id,
        fired: time !== null,
        time_ps: time?.toString() ?? null,
        strikes: status?.strikes ?? 0,
      };
    });
  }
}
