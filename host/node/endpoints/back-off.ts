/** Waits that double from one failure to the next, up to a limit. */
export class BackOff {
  private next_ms: number;

  constructor(
    private readonly first_ms: number,
    private readonly limit_ms: number,
  ) {
    this.next_ms = first_ms;
  }

  /** The time to wait before the next attempt. */
  step(): number {
    const wait_ms = this.next_ms;
    this.next_ms = Math.min(this.limit_ms, wait_ms * 2);
    return wait_ms;
  }

  reset(): void {
    this.next_ms = this.first_ms;
  }
}

export function sleep(duration_ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration_ms));
}
