/**
 * The interrupt wires of a hart over time: a list of changes, each the level of all wires from
 * one cycle on. Bits as in mip: 3 MSI, 7 MTI, 11 MEI, 16..30 the fast lines 0..14 (as on Ibex).
 */

/** Bits of mip and mie that exist. */
export const INTERRUPT_BITS = 0x7fff_0888;

/** Order in which pending interrupts are taken (rv32.md): 16..30 ascending, MEI, MSI, MTI. */
export const INTERRUPT_PRIORITY: readonly number[] = [
  ...Array.from({ length: 15 }, (_, line) => 16 + line),
  11,
  3,
  7,
];

/** The interrupt number to take of a non-empty set of pending and enabled bits. */
export function highestPriority(pending: number): number {
  const found = INTERRUPT_PRIORITY.find((bit) => ((pending >>> bit) & 1) === 1);
  if (found === undefined) throw new RangeError("no interrupt is pending");
  return found;
}

export interface WireChange {
  /** First cycle in which the new level is visible. */
  readonly cycle: bigint;
  /** Level of all wires, as mip shows it. */
  readonly mip: number;
}

export class InterruptWires {
  /** Ascending by cycle, at most one change a cycle. */
  private readonly changes: WireChange[] = [];

  /** Sets the level of all wires from a cycle on, until the next change of a later cycle. */
  set(mip: number, cycle: bigint): void {
    const after = this.indexAfter(cycle);
    const change = { cycle, mip: (mip & INTERRUPT_BITS) >>> 0 };
    const replaces = this.changes[after - 1]?.cycle === cycle;
    this.changes.splice(replaces ? after - 1 : after, replaces ? 1 : 0, change);
  }

  /** The level visible in a cycle; all low before the first change. */
  level(cycle: bigint): number {
    return this.changes[this.indexAfter(cycle) - 1]?.mip ?? 0;
  }

  /** The first cycle at or after `from` in which a wire of the mask is high, if there is one. */
  firstHigh(mask: number, from: bigint): bigint | undefined {
    if ((this.level(from) & mask) !== 0) return from;
    return this.changes.find((change) => change.cycle > from && (change.mip & mask) !== 0)?.cycle;
  }

  /** Index of the first change later than a cycle. */
  private indexAfter(cycle: bigint): number {
    let low = 0;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.changes[middle]!.cycle <= cycle) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
