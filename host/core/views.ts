/** Typed reading of the core's memory. Views are taken once, after the memory has its final size. */
import {
  DERIVED_BASE,
  HART_CYCLE,
  HART_PC,
  HART_RETIRED,
  HART_STATE,
  HART_TRAPPED,
  STATE_BASE,
} from "../../assembly/kernel/layout.js";

export class Views {
  readonly bytes: Uint8Array;
  readonly data: DataView;

  constructor(memory: WebAssembly.Memory) {
    this.bytes = new Uint8Array(memory.buffer);
    this.data = new DataView(memory.buffer);
  }

  u32(address: number): number {
    return this.data.getUint32(address, true);
  }

  u64(address: number): bigint {
    return this.data.getBigUint64(address, true);
  }

  /** A field of the machine header (H_*). */
  header32(offset: number): number {
    return this.u32(STATE_BASE + offset);
  }

  header64(offset: number): bigint {
    return this.u64(STATE_BASE + offset);
  }

  derived32(offset: number): number {
    return this.u32(DERIVED_BASE + offset);
  }

  derived64(offset: number): bigint {
    return this.u64(DERIVED_BASE + offset);
  }

  setDerived32(offset: number, value: number): void {
    this.data.setUint32(DERIVED_BASE + offset, value, true);
  }
}

/** What a hart has done so far. `cycles` counts its clock since power-on, up to where it stands. */
export interface HartView {
  readonly name: string;
  readonly retired: bigint;
  readonly trapped: bigint;
  readonly cycles: bigint;
  readonly pc: number;
  readonly state: "running" | "asleep" | "waking" | "stopped";
}

const HART_STATES = ["running", "asleep", "waking", "stopped"] as const;

/** Reads a hart's block. */
export function hartView(views: Views, name: string, block: number): HartView {
  return {
    name,
    retired: views.u64(block + HART_RETIRED),
    trapped: views.u64(block + HART_TRAPPED),
    cycles: views.u64(block + HART_CYCLE),
    pc: views.u32(block + HART_PC),
    state: HART_STATES[views.u32(block + HART_STATE)] ?? "stopped",
  };
}
