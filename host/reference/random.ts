/** A small counter-based generator of random numbers: equal seeds give equal programs for ever. */

const GOLDEN_GAMMA = 0x9e37_79b9;

/** Mixes 32 bits so that neighbouring inputs have unrelated outputs (MurmurHash3's finaliser). */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export class Random {
  private state: number;

  /** @param seed any integer; its low 32 bits count. */
  constructor(seed: number) {
    this.state = mix(seed >>> 0);
  }

  /** 0 .. 2^32 - 1 */
  u32(): number {
    this.state = (this.state + GOLDEN_GAMMA) >>> 0;
    return mix(this.state);
  }

  /** 0 .. bound - 1 */
  below(bound: number): number {
    return Math.floor((this.u32() / 2 ** 32) * bound);
  }

  /** min .. max, both included */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** A value that likes the edges: small numbers, powers of two, their neighbours. */
  operand(): number {
    const kind = this.below(4);
    if (kind === 0) return this.between(-3, 3) >>> 0;
    if (kind === 1) return ((1 << this.below(32)) + this.between(-1, 1)) >>> 0;
    return this.u32();
  }
}
