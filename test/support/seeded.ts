/** Random numbers for tests that draw their stimulus: repeatable from a printed seed. */

/** Draws of one seeded stream. */
export interface Draw {
  /** A 32-bit unsigned word. */
  word(): number;
  /** An integer in 0 to `limit - 1`, limit up to 2^32. */
  below(limit: number): number;
  /** One element of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** True once in `n` on average. */
  oneIn(n: number): boolean;
}

/** The seed to use: HOTSPARE_SEED, else 1; it is printed with the name of the test. */
export function printedSeed(name: string): number {
  const seed = Number(process.env.HOTSPARE_SEED ?? 1);
  process.stderr.write(`${name}: seed ${seed} (repeat with HOTSPARE_SEED=${seed})\n`);
  return seed;
}

/** A stream of draws: a 32-bit counter through the finalizer of MurmurHash3. */
export function draws(seed: number): Draw {
  let counter = Math.imul(seed, 0x9e37_79b1) >>> 0;
  const word = (): number => {
    counter = (counter + 0x9e37_79b9) >>> 0;
    let mixed = Math.imul(counter ^ (counter >>> 16), 0x85eb_ca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  const below = (limit: number): number => Math.floor((word() / 2 ** 32) * limit);
  return {
    word,
    below,
    pick: (list) => list[below(list.length)]!,
    oneIn: (n) => below(n) === 0,
  };
}
