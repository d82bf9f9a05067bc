/** Fault rows of a running machine: written to arm a fault, read to see what became of it. */
import {
  F_A,
  F_ADDRESS,
  F_B,
  F_BYTES,
  F_C,
  F_DELAY,
  F_DUE,
  F_EVENT,
  F_KIND,
  F_LEFT,
  F_LENGTH,
  F_LIMIT,
  F_MASKS,
  F_RATE,
  F_SEED,
  F_SOURCE,
  F_STATE,
  F_STRIKES,
  F_TIME,
  F_TRIGGER,
  F_UNIT,
  F_WANTED,
  FAULT_ROW_BYTES,
  FAULT_ROWS,
  FaultState,
  type FaultTrigger,
} from "../../assembly/kernel/fault-layout.js";
import { H_FAULTS } from "../../assembly/kernel/layout.js";
import type { Views } from "./views.js";

export type Words = readonly [number, number, number, number];

/** One fault as the core takes it; what a, b, c mean: assembly/machine/fault-plan.ts, faults.ts. */
export interface FaultRow {
  readonly trigger: FaultTrigger;
  /** FaultKind. */
  readonly kind: number;
  /** Target unit; of a clock fault the domain; of memory 0. */
  readonly unit: number;
  readonly a?: number;
  readonly b?: number;
  readonly c?: number;
  /** Hits of the trigger that pass before the one that counts. */
  readonly left?: number;
  /** TIME: ps; CYCLE: cycle of the domain `source`. */
  readonly due?: bigint;
  /** From begin to end, ps; 0 or left out: no end. */
  readonly length_ps?: bigint;
  /** Strikes after which it is over; 0 or left out: no limit. */
  readonly limit?: number;
  /** Chance of each strike in 2^-32; 0 or left out: always. */
  readonly rate?: number;
  /** Hart of a pc or access, unit of a record, domain of a cycle. */
  readonly source?: number;
  /** TraceKind of a record; FAULT_ON_* of an access. */
  readonly event?: number;
  readonly address?: number;
  readonly bytes?: number;
  /** Bits of a, b, c, d of a record that are compared, and their values. */
  readonly masks?: Words;
  readonly wanted?: Words;
  readonly delay_ps?: bigint;
  /** Of its random numbers; 0 or left out: the machine's. */
  readonly seed?: bigint;
}

/** What became of an armed fault. */
export interface FaultStatus {
  readonly state: "armed" | "active" | "over";
  /** How often it struck; 0: it has not fired. */
  readonly strikes: number;
  /** Machine time of the first strike; null: it has not fired. */
  readonly time_ps: bigint | null;
}

/** Faults that one machine holds at once. */
export const FAULTS_MAX: number = FAULT_ROWS;

const WORDS: readonly (readonly [keyof FaultRow, number])[] = [
  ["trigger", F_TRIGGER],
  ["kind", F_KIND],
  ["unit", F_UNIT],
  ["a", F_A],
  ["b", F_B],
  ["c", F_C],
  ["left", F_LEFT],
  ["limit", F_LIMIT],
  ["rate", F_RATE],
  ["source", F_SOURCE],
  ["event", F_EVENT],
  ["address", F_ADDRESS],
  ["bytes", F_BYTES],
];
const LONGS: readonly (readonly [keyof FaultRow, number])[] = [
  ["due", F_DUE],
  ["length_ps", F_LENGTH],
  ["delay_ps", F_DELAY],
  ["seed", F_SEED],
];
const STATES = [null, "armed", "active", "over"] as const;

export class FaultTable {
  private readonly base: number;

  constructor(private readonly views: Views) {
    this.base = views.header32(H_FAULTS);
  }

  /** Writes a row into the first free place; returns its index, or -1 when there is none. */
  add(row: FaultRow): number {
    for (let index = 0; index < FAULT_ROWS; index++) {
      if (this.word(index, F_STATE) !== FaultState.EMPTY) continue;
      this.write(index, row);
      return index;
    }
    return -1;
  }

  private write(index: number, row: FaultRow): void {
    const at = this.at(index);
    const { data } = this.views;
    for (const [name, offset] of WORDS) {
      data.setUint32(at + offset, (row[name] as number | undefined) ?? 0, true);
    }
    for (const [name, offset] of LONGS) {
      data.setBigUint64(at + offset, (row[name] as bigint | undefined) ?? 0n, true);
    }
    row.masks?.forEach((mask, n) => {
      data.setUint32(at + F_MASKS + 4 * n, mask, true);
      data.setUint32(at + F_WANTED + 4 * n, (row.wanted?.[n] ?? 0) & mask, true);
    });
    data.setUint32(at + F_STATE, FaultState.ARMED, true);
  }

  /** Empties the table. */
  clear(): void {
    this.views.bytes.fill(0, this.base, this.base + FAULT_ROWS * FAULT_ROW_BYTES);
  }

  /** Undefined where nothing is armed. */
  status(index: number): FaultStatus | undefined {
    const state = STATES[this.word(index, F_STATE)] ?? null;
    if (state === null) return undefined;
    const strikes = this.word(index, F_STRIKES);
    const time_ps = strikes === 0 ? null : this.views.u64(this.at(index) + F_TIME);
    return { state, strikes, time_ps };
  }

  private at(index: number): number {
    if (!(index >= 0 && index < FAULT_ROWS)) throw new RangeError(`fault ${index}`);
    return this.base + index * FAULT_ROW_BYTES;
  }

  private word(index: number, offset: number): number {
    return this.views.u32(this.at(index) + offset);
  }
}
