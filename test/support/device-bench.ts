/**
 * A bench for one device: it plays the machine layer (calls events when they are due, looks at
 * outputs and doorbells after every call) and runs scripts that read like the data sheet.
 */
import { expect } from "vitest";
import {
  DOORBELL_CLOCK,
  DOORBELL_FRAME,
  DOORBELL_MARK,
  DOORBELL_POWER_OFF,
  DOORBELL_RESET,
  DOORBELL_SENT,
} from "../../assembly/kernel/abi.js";
import {
  UART_FRAME_BIT_TIME,
  UART_FRAME_BITS,
  UART_FRAME_ENDLESS,
  UART_FRAME_PATTERN,
  UART_FRAME_START,
} from "../../assembly/kernel/blocks.js";
import {
  HEAD_DOORBELL,
  HEAD_DOORBELL_VALUE,
  HEAD_DUE,
  HEAD_OUTPUTS,
} from "../../assembly/kernel/layout.js";
import { type Device, devices, type Register } from "../../scripts/registers.mjs";
import { DEVICES, entryModule, VARIANTS, type Variant } from "./entry-build.js";

export const BLOCK = 0x2_0000;
/** Beyond the largest block, the NVM's. */
export const SCRATCH = 0x4_0000;
/** Key of the random numbers of a PECI engine on the bench. */
const PECI_KEY = 1n;
/** More than any block, so that a stray write behind one is seen in the comparison of builds. */
export const BLOCK_SPAN = 0x2000;
export const NEVER = 0xffff_ffff_ffff_ffffn;
const READ_ERROR = 0x1_0000_0000n;

export type Exports = Record<string, (...values: (number | bigint)[]) => number | bigint>;

/** A frame descriptor, as a serial link takes it. */
export interface Frame {
  cycle: bigint;
  start: bigint;
  bitTime: bigint;
  pattern: number;
  bits: number;
}

const TABLES = new Map<string, Device>(devices().map((device) => [device.name, device]));

/** The register table of a device, by its name in lower case. */
export function table(device: string): Device {
  const found = TABLES.get(device.toUpperCase());
  if (found === undefined) throw new Error(`no register table for ${device}`);
  return found;
}

export function instance(variant: Variant): { exports: Exports; memory: WebAssembly.Memory } {
  const env = {
    abort: () => {
      throw new Error("the checked build failed an assertion");
    },
  };
  const { exports } = new WebAssembly.Instance(entryModule(DEVICES, variant), { env });
  const memory = exports.memory as WebAssembly.Memory;
  if (memory.buffer.byteLength < 0x5_0000) memory.grow(5);
  return { exports: exports as unknown as Exports, memory };
}

/** Devices whose reset reads the parameters of their unit row: zeros at SCRATCH, or the test's. */
const WITH_PARAMETERS = ["status", "lockstep", "clock_switch", "clock_monitor", "plant"];

export class Bench {
  readonly exports: Exports;
  readonly memory: WebAssembly.Memory;
  now = 0n;
  events = 0;
  /** Doorbells since they were last looked at: "sent 0x00030041 @176". */
  bells: string[] = [];
  frames: Frame[] = [];
  /** Called for every frame descriptor: a link. */
  onFrame: (frame: Frame) => void = () => {};

  constructor(
    readonly variant: Variant,
    readonly device: string,
  ) {
    ({ exports: this.exports, memory: this.memory } = instance(variant));
    this.reset(1);
  }

  get view(): DataView {
    return new DataView(this.memory.buffer, BLOCK);
  }
  get due(): bigint {
    return this.view.getBigUint64(HEAD_DUE, true);
  }
  get outputs(): number {
    return this.view.getUint32(HEAD_OUTPUTS, true);
  }
  get bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer.slice(BLOCK, BLOCK + BLOCK_SPAN));
  }

  /** Calls an exported function of this device: `call("Read", ...)` is `uartRead(block, ...)`. */
  call(name: string, ...values: (number | bigint)[]): number | bigint {
    const camel = this.device.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    const run = this.exports[camel + name];
    if (run === undefined) throw new Error(`${camel}${name} is not exported`);
    const answer = run(BLOCK, ...values);
    this.afterCall();
    return answer;
  }

  private afterCall(): void {
    const bell = this.view.getUint32(HEAD_DOORBELL, true);
    if (bell === 0) return;
    const value = this.view.getUint32(HEAD_DOORBELL_VALUE, true);
    this.view.setUint32(HEAD_DOORBELL, 0, true);
    this.view.setUint32(HEAD_DOORBELL_VALUE, 0, true);
    const names: [number, string][] = [
      [DOORBELL_SENT, "sent"],
      [DOORBELL_RESET, "reset"],
      [DOORBELL_POWER_OFF, "off"],
      [DOORBELL_MARK, "mark"],
      [DOORBELL_CLOCK, "clock"],
    ];
    for (const [bit, name] of names) {
      if (bell & bit) this.bells.push(`${name} 0x${value.toString(16)} @${this.now}`);
    }
    if (bell & DOORBELL_FRAME) this.frame();
  }

  private frame(): void {
    const frame: Frame = {
      cycle: this.now,
      start: this.view.getBigUint64(UART_FRAME_START, true),
      bitTime: this.view.getBigUint64(UART_FRAME_BIT_TIME, true),
      pattern: this.view.getUint32(UART_FRAME_PATTERN, true),
      bits: this.view.getUint32(UART_FRAME_BITS, true),
    };
    this.frames.push(frame);
    this.onFrame(frame);
  }

  /** Runs to the cycle `to`; events in that cycle have happened. */
  run(to: bigint): void {
    while (this.due <= to) {
      if (this.due < this.now) throw new Error(`due ${this.due} lies before ${this.now}`);
      this.now = this.due;
      this.events += 1;
      this.call("Event", this.now);
      if (this.due <= this.now) throw new Error(`the event at ${this.now} is due again at once`);
    }
    this.now = to;
  }

  reset(cause: number): void {
    if (WITH_PARAMETERS.includes(this.device)) this.call("Reset", cause, this.now, SCRATCH);
    else if (this.device === "peci") this.call("Reset", cause, this.now, PECI_KEY);
    else this.call("Reset", cause, this.now);
  }

  /** null: a bus error. */
  read(offset: number, width: number): number | null {
    const answer = this.call("Read", offset, width, this.now) as bigint;
    return (answer & READ_ERROR) !== 0n ? null : Number(answer & 0xffff_ffffn);
  }
  peek(offset: number): number | null {
    const answer = this.call("Peek", offset, this.now) as bigint;
    return (answer & READ_ERROR) !== 0n ? null : Number(answer & 0xffff_ffffn);
  }
  write(offset: number, width: number, value: number): boolean {
    return this.call("Write", offset, width, value | 0, this.now) === 0;
  }
  push(bytes: Uint8Array): number {
    new Uint8Array(this.memory.buffer).set(bytes, SCRATCH);
    return this.call("Push", SCRATCH, bytes.length, this.now) as number;
  }
}

// ---- scripts -------------------------------------------------------------------------------------

function parseNumber(text: string): number | null {
  const plain = text.replaceAll("_", "");
  return /^(0x[0-9a-f]+|\d+)$/i.test(plain) ? Number(plain) : null;
}

/** A number, or names of the register's fields and values joined by "|". */
function numberOf(register: Register | undefined, text: string): number {
  const number = parseNumber(text);
  if (number !== null) return number;
  let value = 0;
  for (const name of text.split("|")) {
    const field = register?.fields.find((each) => each.name === name);
    const values = [register, ...(register?.fields ?? [])].flatMap((owner) => owner?.values ?? []);
    const named = values.find((each) => each.name === name);
    if (field !== undefined) value += 2 ** (field.high + 1) - 2 ** field.low;
    else if (named !== undefined) value += named.value;
    else throw new Error(`${text}: no field or value ${name} in ${register?.name}`);
  }
  return value;
}

function registerOf(device: Device, name: string, wanted: RegExp): Register | undefined {
  const same = device.registers.filter((register) => register.name === name);
  return same.find((register) => wanted.test(register.access)) ?? same[0];
}

const hex = (value: number | null): string =>
  value === null ? "error" : `0x${(value >>> 0).toString(16)}`;

/** Bits, parity, stop bits, "8N1": the LCR value. */
export function formatOf(text: string): number {
  const [data, parity, stop] = [Number(text[0]), text[1] ?? "", text.slice(2)];
  const parities: Record<string, number> = { N: 0, O: 0x08, E: 0x18, M: 0x28, S: 0x38 };
  return data - 5 + (stop === "1" ? 0 : 4) + (parities[parity] ?? Number.NaN);
}

/** Sets format and divisor as a driver does; slots count from this cycle. */
export function setLine(bench: Bench, format: string, divisor: number): void {
  const lcr = formatOf(format);
  bench.write(3, 1, 0x80 | lcr);
  bench.write(0, 1, divisor & 0xff);
  bench.write(1, 1, divisor >> 8);
  bench.write(3, 1, lcr);
}

type Operation = (bench: Bench, words: string[]) => string;

function access(bench: Bench, words: string[], isWrite: boolean): string {
  const [operation = "", name = "", text = "0"] = words;
  const device = table(bench.device);
  const register = registerOf(device, name, isWrite ? /W/ : /R[OW]|W1/);
  const offset = register?.offset ?? parseNumber(name);
  if (offset === null || offset === undefined) throw new Error(`no register ${name}`);
  const width = parseNumber(operation.replace(/^[a-z]+/, "")) ?? device.bits / 8;
  if (isWrite) return bench.write(offset, width, numberOf(register, text)) ? "ok" : "error";
  const value = operation.startsWith("peek") ? bench.peek(offset) : bench.read(offset, width);
  return hex(value);
}

function take(list: string[]): string {
  return list.splice(0).join(", ") || "none";
}

function frames(bench: Bench): string {
  const list = bench.frames.splice(0).map((frame) => {
    if (frame.bits === UART_FRAME_ENDLESS) return `low @${frame.cycle}`;
    if (frame.bits === 0) return `high @${frame.cycle}`;
    const levels = [...Array(frame.bits).keys()].map((bit) => (frame.pattern >>> bit) & 1).join("");
    return `${levels}x${frame.bitTime >> 32n} @${frame.start}`;
  });
  return take(list);
}

const OPERATIONS: Record<string, Operation> = {
  read: (bench, words) => access(bench, words, false),
  peek: (bench, words) => access(bench, words, false),
  write: (bench, words) => access(bench, words, true),
  in: (bench, [, levels = "0"]) => {
    bench.call("Input", Number(levels), bench.now);
    return "ok";
  },
  out: (bench, [, bit = "0"]) => `${(bench.outputs >>> Number(bit)) & 1}`,
  outs: (bench) => hex(bench.outputs),
  due: (bench) => (bench.due === NEVER ? "never" : `${bench.due}`),
  bells: (bench) => take(bench.bells),
  frames,
  reset: (bench, [, cause = "1"]) => {
    bench.reset(Number(cause));
    return "ok";
  },
  line: (bench, [, format = "8N1", divisor = "1"]) => {
    setLine(bench, format, Number(divisor));
    return "ok";
  },
  push: (bench, [, ...bytes]) => `${bench.push(Uint8Array.from(bytes.map(Number)))}`,
  fault: (bench, [, site = "0", value = "0"]) =>
    bench.call("Fault", Number(site), Number(value), bench.now) ? "ok" : "none",
  sense: (bench, [, channel = "0", value = "0"]) => {
    bench.call("Sense", Number(channel), Number(value));
    return "ok";
  },
  on: (bench, [, output = "0"]) => `${bench.call("OnTime", Number(output), bench.now)}`,
  break: (bench, [, bits = "1"]) => `${bench.call("PushBreak", Number(bits), bench.now)}`,
  pending: (bench) => `${bench.call("Pending")}`,
};

/** Same value in either notation: "0x60", "96", or field names of the register read. */
function sameAnswer(bench: Bench, words: string[], want: string, got: string): boolean {
  if (want === got) return true;
  if (!/^(read|peek)/.test(words[0] ?? "") || want === "error" || got === "error") {
    return parseNumber(want) !== null && parseNumber(want) === parseNumber(got);
  }
  const register = registerOf(table(bench.device), words[1] ?? "", /R[OW]|W1/);
  return numberOf(register, want) === Number(got);
}

function runRow(bench: Bench, row: string): void {
  const [left = "", want] = row.split("->").map((part) => part.trim());
  const words = left.split(/\s+/);
  const time = /^([@+])(\d+)$/.exec(words[0] ?? "");
  if (time !== null) {
    words.shift();
    const to = BigInt(time[2] ?? 0) + (time[1] === "+" ? bench.now : 0n);
    bench.run(to);
  }
  if (words.length === 0) return;
  const operation = OPERATIONS[(words[0] ?? "").replace(/\d+$/, "")];
  if (operation === undefined) throw new Error(`unknown operation in "${row}"`);
  const got = operation(bench, words);
  const expected = want ?? (got === "error" ? "ok" : got);
  if (!sameAnswer(bench, words, expected, got)) {
    expect.fail(`${bench.variant} build, cycle ${bench.now}, "${row}": got ${got}`);
  }
}

/**
 * Runs a script on both builds, which must end in equal bytes. A row is `[@cycle | +cycles]
 * operation [-> answer]`; what is due up to that cycle happens before it. Comments begin with //.
 */
export function check(device: string, script: string, prepare?: (bench: Bench) => void): void {
  const ends = VARIANTS.map((variant) => {
    const bench = new Bench(variant, device);
    prepare?.(bench);
    for (const line of script.split("\n")) {
      const row = line.replace(/\/\/.*/, "").trim();
      if (row !== "") runRow(bench, row);
    }
    return bench.bytes;
  });
  expect(Buffer.compare(ends[0]!, ends[1]!), "release and checked builds end differently").toBe(0);
}
