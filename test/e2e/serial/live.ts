/** What the tests with real devices share: a bridge that runs by itself, and socat. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SerialPort } from "serialport";
import { keepBothDirections, type PortLike } from "../../../host/node/endpoints/serial-port.js";
import { Bridge } from "../../../host/serial/bridge.js";
import type { Endpoint } from "../../../host/serial/endpoint.js";
import { SOAK } from "../../support/soak.js";
import { UartDouble } from "../../support/uart-double.js";

/** 1 Gbaud: 100 kB in a slice of 1 ms. */
const FAST = { baud: 1_000_000_000, dataBits: 8, parity: "none", stopBits: 1 } as const;
const SLICE_PS = 1_000_000_000n;

/** The size that large transfers have: small on a developer's machine. */
export const TRANSFER_BYTES = process.env.CI === "true" || SOAK ? 10_000_000 : 1_000_000;

/**
 * A machine that does nothing but move bytes: it advances in slices, waits when an endpoint
 * stalls, and lets the host's events run in between, as the free-running driver does.
 */
export class Live {
  readonly uart = new UartDouble("a.uart0", 256 * 1024);
  readonly bridge: Bridge;
  private running = true;
  private ended: Promise<void> | undefined;

  constructor(readonly endpoint: Endpoint) {
    this.bridge = new Bridge([{ uart: this.uart, endpoint }]);
  }

  async start(fast = true): Promise<this> {
    if (fast) this.uart.line = FAST;
    await this.bridge.open();
    this.ended = this.run();
    return this;
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.ended;
    await this.bridge.close();
  }

  private async run(): Promise<void> {
    while (this.running) {
      const { stalled } = this.bridge.exchange();
      if (!stalled) this.uart.advance(SLICE_PS);
      await this.bridge.wait(1);
    }
  }
}

/** Resolves when the condition holds; rejects, saying what was awaited, when it does not. */
export async function until(
  what: string,
  condition: () => boolean,
  timeout_ms = 10_000,
): Promise<void> {
  const end_ms = performance.now() + timeout_ms;
  while (!condition()) {
    if (performance.now() > end_ms) throw new Error(`waited ${timeout_ms} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A folder for links and files, and its removal. */
export function workFolder(): { path: (name: string) => string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "hotspare-serial-"));
  return {
    path: (name) => join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Two PTYs joined by socat, as a cable between two ports; killing it unplugs the cable. */
export class SocatPair {
  private child: ChildProcess | undefined;

  constructor(
    readonly near: string,
    readonly far: string,
  ) {}

  async plug(): Promise<void> {
    const link = (path: string) => `pty,rawer,link=${path}`;
    this.child = spawn("socat", [link(this.near), link(this.far)], { stdio: "ignore" });
    await until("socat's links", () => existsSync(this.near) && existsSync(this.far));
  }

  async unplug(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    // SIGKILL leaves the links behind; a pulled adapter's device node goes away.
    rmSync(this.near, { force: true });
    rmSync(this.far, { force: true });
  }
}

/** Opens a port as a client program does, with the package's poller mended. */
export async function openClient(path: string): Promise<SerialPort> {
  const port = new SerialPort({ path, baudRate: 115_200, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(error) : resolve()));
  });
  keepBothDirections(port as unknown as PortLike);
  port.on("error", () => undefined);
  return port;
}

/** Closes it; twice is harmless. */
export function closeClient(port: SerialPort): Promise<unknown> {
  return new Promise((resolve) => (port.isOpen ? port.close(resolve) : resolve(undefined)));
}

/** Collects log lines. */
export function logLines(): {
  lines: string[];
  context: { uart: string; log: (l: string) => void };
} {
  const lines: string[] = [];
  return { lines, context: { uart: "a.uart0", log: (line) => void lines.push(line) } };
}
