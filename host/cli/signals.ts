/**
 * SIGINT and SIGTERM: the first asks a running command to end cleanly, the second ends at once.
 * SIGHUP (the terminal has gone) is taken as SIGTERM, so that recordings and links are cleaned up.
 * EPIPE: whoever read standard output has gone; a command that runs ends as cleanly, without a
 * word and with success.
 */

import { Exit } from "../error/index.js";

export type SignalName = "SIGINT" | "SIGTERM" | "EPIPE";

const EXITS: Readonly<Record<SignalName, number>> = {
  SIGINT: Exit.SIGINT,
  SIGTERM: Exit.SIGTERM,
  EPIPE: Exit.PASS,
};

export class Signals {
  /** The signal that came first, or null. */
  requested: SignalName | null = null;
  private clean = false;
  private readonly waiters: (() => void)[] = [];

  /** Listens. Until `endCleanly` is called a signal ends the process at once. */
  install(): void {
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      process.on(name, () => this.received(name));
    }
    process.on("SIGHUP", () => this.received("SIGTERM"));
  }

  /** From now on the command looks at `requested` and ends by itself. */
  endCleanly(): void {
    this.clean = true;
  }

  /** The reader of standard output has gone: there is nobody to run for. */
  readerGone(): void {
    if (this.clean && this.requested === null) this.request("EPIPE");
  }

  /** Resolves when a signal comes. */
  wait(): Promise<SignalName> {
    return new Promise((resolve) => {
      this.waiters.push(() => resolve(this.requested ?? "SIGTERM"));
    });
  }

  get exitCode(): number {
    return EXITS[this.requested ?? "SIGTERM"];
  }

  private received(name: SignalName): void {
    const twice = this.requested !== null && this.requested !== "EPIPE";
    if (twice || !this.clean) process.exit(EXITS[name]);
    this.request(name);
  }

  private request(name: SignalName): void {
    this.requested = name;
    for (const wake of this.waiters) wake();
  }
}
