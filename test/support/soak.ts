/**
 * The soak (`npm run soak`, HOTSPARE_SOAK=1): the same tests with counts that take minutes. A long
 * case has its own limit and says how far it is.
 */

export const SOAK = process.env.HOTSPARE_SOAK === "1";

/** Longer than any test takes that has no other limit, also on a machine that does other work. */
const USUAL_LIMIT_MS = 60_000;

/** A machine that does other work, or a slower one, may take so many times longer (our choice). */
const SLOWER = 8;

/** Between two lines about one case. */
const QUIET_MS = 60_000;

/**
 * The limit of a test for vitest.
 * @param minutes what its soak takes on an idle machine of two cores.
 * @param usual_ms its limit without the soak.
 */
export function limit_ms(minutes: number, usual_ms = USUAL_LIMIT_MS): number {
  return SOAK ? Math.max(usual_ms, minutes * 60_000 * SLOWER) : usual_ms;
}

/** Counts the cases of a test; under the soak it prints a line every minute. */
export class Progress {
  private done = 0;
  private readonly begin_ms = performance.now();
  private printed_ms = this.begin_ms;

  constructor(
    private readonly name: string,
    private readonly total: number,
  ) {}

  /** One case is done. */
  step(): void {
    this.done++;
    if (!SOAK) return;
    const now_ms = performance.now();
    if (now_ms - this.printed_ms < QUIET_MS) return;
    this.printed_ms = now_ms;
    const seconds = Math.round((now_ms - this.begin_ms) / 1000);
    process.stderr.write(`soak: ${this.name}: ${this.done} of ${this.total}, ${seconds} s\n`);
  }
}
