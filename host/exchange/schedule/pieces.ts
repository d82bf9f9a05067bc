/**
 * Pieces: runs of words of one transfer that go out in consecutive cycles. Which words they are is
 * settled at the end: the words of a transfer go out in ascending order.
 */

const FIRST_CAPACITY = 1024;

export class PieceList {
  count = 0;
  transfer = new Int32Array(FIRST_CAPACITY);
  /** Cycle in which the first word is sent. */
  cycle = new Int32Array(FIRST_CAPACITY);
  words = new Int32Array(FIRST_CAPACITY);

  /** Adds a run; one that continues the last piece of the same transfer makes it longer. */
  add(transfer: number, cycle: number, words: number): void {
    const last = this.count - 1;
    if (
      last >= 0 &&
      this.transfer[last] === transfer &&
      this.cycle[last]! + this.words[last]! === cycle
    ) {
      this.words[last]! += words;
      return;
    }
    if (this.count === this.transfer.length) this.#grow();
    this.transfer[this.count] = transfer;
    this.cycle[this.count] = cycle;
    this.words[this.count++] = words;
  }

  /**
   * Takes up to `need` of the slots in `bits` (slot of bit 0: `base`) as runs, from the lowest.
   * Runs shorter than `least_run` are left unless they suffice, or reach bit 31 and so may go on,
   * or continue the piece before. Returns the bits taken.
   */
  take(transfer: number, base: number, bits: number, need: number, least_run: number): number {
    let left = bits;
    let taken = 0;
    let wanted = need;
    while (left !== 0 && wanted > 0) {
      const low = 31 - Math.clz32(left & -left);
      const above = ~(left >>> low);
      let run = above === 0 ? 32 : 31 - Math.clz32(above & -above);
      if (run > 32 - low) run = 32 - low;
      const mask = (run === 32 ? -1 : (1 << run) - 1) << low;
      left &= ~mask;
      if (run < least_run && run < wanted && low + run < 32) {
        if (low !== 0 || !this.#continues(transfer, base)) continue;
      }
      const used = Math.min(run, wanted);
      this.add(transfer, base + low, used);
      taken |= (used === 32 ? -1 : (1 << used) - 1) << low;
      wanted -= used;
    }
    return taken;
  }

  #continues(transfer: number, cycle: number): boolean {
    const last = this.count - 1;
    return (
      last >= 0 &&
      this.transfer[last] === transfer &&
      this.cycle[last]! + this.words[last]! === cycle
    );
  }

  #grow(): void {
    const wider = (from: Int32Array) => {
      const to = new Int32Array(2 * from.length);
      to.set(from);
      return to;
    };
    this.transfer = wider(this.transfer);
    this.cycle = wider(this.cycle);
    this.words = wider(this.words);
  }
}
