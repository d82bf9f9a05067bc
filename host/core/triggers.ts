/**
 * Breakpoints, watchpoints, steps and holds of a machine: what makes a run return "break". They
 * belong to debuggers and fault plans, not to the machine: no snapshot, digest or cycle depends on
 * them. The core's part: assembly/rv32/triggers.ts, assembly/machine/triggers.ts.
 */
import {
  HIT_HOLD,
  HIT_PC,
  HIT_READ,
  HIT_STEP,
  HIT_WRITE,
  TriggerMode,
} from "../../assembly/kernel/abi.js";
import {
  NONE,
  T_HIT_ADDRESS,
  T_HIT_BYTES,
  T_HIT_CYCLE,
  T_HIT_HART,
  T_HIT_KIND,
  T_HIT_PC,
  T_PASS,
  TRIGGER_ROWS,
  TRIGGERS,
} from "../../assembly/kernel/layout.js";
import type { CoreExports } from "./module.js";
import type { Views } from "./views.js";

export type TriggerKind = "pc" | "read" | "write" | "access";

/** Stops the run: before an instruction ("pc"), or after an access to any of some bytes. */
export interface Trigger {
  readonly kind: TriggerKind;
  /** Index of the hart; null: every hart. */
  readonly hart: number | null;
  /** As the hart sees it: memory, shared memory or a device's registers. */
  readonly address: number;
  /** Bytes watched, from 1; of no meaning for "pc". */
  readonly length: number;
}

/** What stopped the machine. */
export interface Hit {
  readonly kind: TriggerKind | "step" | "hold";
  readonly hart: number;
  /** Address of the instruction: the next one for "pc" and "hold", else the one just done. */
  readonly pc: number;
  /** First byte of the access; the pc where there is none. */
  readonly address: number;
  /** Bytes of the access; 0 where there is none. */
  readonly bytes: number;
  /** First cycle of that instruction, in the hart's clock domain. */
  readonly cycle: bigint;
  /** The triggers that it has met, by their numbers. */
  readonly triggers: readonly number[];
}

const BITS: Readonly<Record<TriggerKind, number>> = {
  pc: HIT_PC,
  read: HIT_READ,
  write: HIT_WRITE,
  access: HIT_READ | HIT_WRITE,
};

const KINDS: ReadonlyMap<number, Hit["kind"]> = new Map<number, Hit["kind"]>([
  [HIT_PC, "pc"],
  [HIT_READ, "read"],
  [HIT_WRITE, "write"],
  [HIT_READ | HIT_WRITE, "access"],
  [HIT_STEP, "step"],
  [HIT_HOLD, "hold"],
]);

export class Triggers {
  private readonly rows = new Map<number, Trigger>();

  constructor(
    private readonly core: CoreExports,
    private readonly views: Views,
    private readonly harts: number,
  ) {}

  /** Arms a trigger; its number is for `remove` and for `Hit`. @throws RangeError beyond 1024. */
  add(trigger: Trigger): number {
    const { kind, hart, address } = trigger;
    const length = kind === "pc" ? 1 : trigger.length;
    const id = this.core.triggerAdd(hart ?? NONE, address, length, BITS[kind]);
    if (id === 0) throw new RangeError(`there is room for ${TRIGGER_ROWS} triggers`);
    this.rows.set(id, trigger);
    return id;
  }

  remove(id: number): void {
    if (this.rows.delete(id)) this.core.triggerRemove(id);
  }

  /** The next runs stop after an instruction of this hart (a trap or an entry into a handler too). */
  step(hart: number): void {
    this.core.triggerMode(TriggerMode.STEP, hart, 0n);
  }

  /** The next runs stop before the first instruction of this hart in `cycle` or later. */
  hold(hart: number, cycle: bigint): void {
    this.core.triggerMode(TriggerMode.HOLD, hart, cycle);
  }

  /** No step and no hold any more. */
  free(): void {
    this.core.triggerMode(TriggerMode.NONE, 0, 0n);
  }

  /** A hart goes on past a "pc" trigger at which it stands. Where it has stopped it does so anyway. */
  pass(hart: number): void {
    this.core.triggerPass(hart);
  }

  /** Which harts pass which triggers, as bytes: what `restore` of a machine loses. */
  passes(): Uint8Array {
    const at = this.passAddress();
    return this.views.bytes.slice(at, at + 8 * this.harts);
  }

  setPasses(passes: Uint8Array): void {
    this.views.bytes.set(passes, this.passAddress());
  }

  private passAddress(): number {
    return this.views.u32(TRIGGERS + T_PASS);
  }

  /** What the last run has stopped at; null where it did not return "break". */
  hit(): Hit | null {
    const at = (offset: number) => this.views.u32(TRIGGERS + offset);
    const bits = at(T_HIT_KIND);
    const kind = KINDS.get(bits);
    if (kind === undefined) return null;
    const place = { hart: at(T_HIT_HART), address: at(T_HIT_ADDRESS), bytes: at(T_HIT_BYTES) };
    const triggers = [...this.rows].filter(([, row]) => meets(row, bits, place)).map(([id]) => id);
    const cycle = this.views.u64(TRIGGERS + T_HIT_CYCLE);
    const pc = at(T_HIT_PC);
    const access = kind !== "step" && kind !== "hold" && kind !== "pc";
    return {
      kind,
      hart: place.hart,
      pc,
      address: access ? place.address : pc,
      bytes: access ? place.bytes : 0,
      cycle,
      triggers,
    };
  }
}

/** Whether an access or a pc meets a trigger: the rule of the core, for the rows of all owners. */
function meets(
  { kind, hart, address, length }: Trigger,
  bits: number,
  hit: { readonly hart: number; readonly address: number; readonly bytes: number },
): boolean {
  if ((BITS[kind] & bits) === 0 || (hart !== null && hart !== hit.hart)) return false;
  if (kind === "pc") return address === hit.address;
  return (hit.address - address) >>> 0 < length || (address - hit.address) >>> 0 < hit.bytes;
}
