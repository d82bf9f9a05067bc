/** A model with its committed firmware, driven in machine time: for the tests of the firmware. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Machine } from "../../../host/core/machine.js";
import { readElf } from "../../../host/guest/elf.js";
import {
  bareMachine,
  elaborate,
  type Firmware,
  firmwareFiles,
  parseMachine,
} from "../../../host/machine/index.js";
import { coreModule } from "../../support/core.js";
import { ROOT } from "./root.js";

export const PS_PER_US = 1_000_000n;
export const PS_PER_MS = 1_000_000_000n;

/** A step of `runUntil`: fine enough that a test ends soon after what it waits for. */
const STEP_PS = PS_PER_MS / 2n;

function readFirmware(path: string): Firmware {
  const { entry, segments, symbols } = readElf(readFileSync(join(ROOT, path)), path);
  return { file: path, entry, segments, symbols };
}

export class ModelBench {
  private readonly texts = new Map<string, string>();

  private constructor(readonly machine: Machine) {}

  /** A model of firmware-models/, powered on. */
  static async model(name: string): Promise<ModelBench> {
    const folder = `firmware-models/${name}`;
    const file = `${folder}/machine.json`;
    const description = parseMachine(readFileSync(join(ROOT, file), "utf8"), file);
    const firmware = new Map(
      firmwareFiles(description).map(({ node, path }) => [node, readFirmware(`${folder}/${path}`)]),
    );
    const image = elaborate(description, firmware);
    return new ModelBench(await Machine.create(image, { module: await coreModule("release") }));
  }

  /** A bare hart with a benchmark program. */
  static async bare(path: string, isa: string): Promise<ModelBench> {
    const image = bareMachine(readFirmware(path), { isa });
    return new ModelBench(await Machine.create(image, { module: await coreModule("release") }));
  }

  /** Bytes from outside, as a host would send them: as fast as the UART takes them. */
  send(uart: string, bytes: string | Uint8Array): void {
    const all = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    for (let at = 0; at < all.length; ) {
      at += this.machine.uart(uart).push(all.subarray(at));
      if (at < all.length) this.run(PS_PER_MS);
    }
  }

  /** Runs for a time; returns why it ended. */
  run(time_ps: bigint): string {
    const result = this.machine.run(this.machine.now() + time_ps);
    return result;
  }

  /** All that a UART has sent so far, a byte a character. */
  text(uart: string): string {
    const bytes = Buffer.from(this.machine.uart(uart).drain());
    const all = (this.texts.get(uart) ?? "") + bytes.toString("latin1");
    this.texts.set(uart, all);
    return all;
  }

  /**
   * Runs until a UART has sent `text` after position `from`; returns what it sent since then.
   * @throws Error when it has not within `limit_ms` of machine time.
   */
  runUntil(uart: string, text: string, limit_ms = 1000, from = 0): string {
    const limit = this.machine.now() + BigInt(limit_ms) * PS_PER_MS;
    for (;;) {
      const sent = this.text(uart).slice(from);
      if (sent.includes(text)) return sent;
      if (this.machine.now() >= limit) {
        throw new Error(`${uart} did not send "${text}" in ${limit_ms} ms, but "${sent}"`);
      }
      this.run(STEP_PS);
    }
  }

  /** Sends a line to a console and returns its answer, without the echoed line and the prompt. */
  ask(uart: string, line: string, limit_ms = 1000): string {
    const from = this.text(uart).length;
    this.send(uart, `${line}\r`);
    const sent = this.runUntil(uart, "\n> ", limit_ms, from);
    return sent.slice(sent.indexOf("\n") + 1, sent.lastIndexOf("> "));
  }
}
