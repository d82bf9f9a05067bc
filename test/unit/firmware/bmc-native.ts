/** Builds the portable layers of the BMC's firmware for this computer and runs scripts on them. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./root.js";

const COMMON = "firmware-models/common";
const FIRMWARE = "firmware-models/bmc-backup-link/firmware";
const FLAGS = [
  "-std=c11",
  "-O1",
  "-g",
  "-Wall",
  "-Wextra",
  "-fsanitize=address,undefined",
  "-fno-sanitize-recover=all",
];

/** Files of the firmware that touch registers or a console: everything else is portable. */
const isPortable = (name: string) =>
  name.endsWith(".c") &&
  !name.startsWith("hw_") &&
  !name.endsWith("_main.c") &&
  !name.endsWith("_console.c");

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, FIRMWARE, folder))
    .filter(isPortable)
    .map((name) => `${FIRMWARE}/${folder}/${name}`);
}

/** A built program; `end()` removes it. */
export class NativeProgram {
  private readonly folder = mkdtempSync(join(tmpdir(), "hotspare-native-"));
  readonly path: string;

  constructor(gcc: string, folders: readonly string[], own: readonly string[]) {
    this.path = join(this.folder, "program");
    const includes = [COMMON, ...folders.map((folder) => `${FIRMWARE}/${folder}`)];
    const args = [
      ...FLAGS,
      ...includes.map((folder) => `-I${folder}`),
      "-Itest/unit/firmware",
      "-o",
      this.path,
      ...own,
      ...folders.flatMap(sources),
      `${COMMON}/crc.c`,
    ];
    execFileSync(gcc, args, { cwd: ROOT });
  }

  /** Runs a script, one step a line; returns what each step printed. */
  run(steps: readonly string[]): string[] {
    const output = execFileSync(this.path, {
      input: `${steps.join("\n")}\n`,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    const answers = output.split(/^\.$/m).map((text) => text.trim());
    return answers.slice(1, steps.length + 1);
  }

  end(): void {
    rmSync(this.folder, { recursive: true });
  }
}

const sum8 = (bytes: readonly number[]) => -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
const hex = (bytes: readonly number[]) =>
  bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");

const ESCAPES = new Map([
  [0xa0, 0xb0],
  [0xa5, 0xb5],
  [0xa6, 0xb6],
  [0xaa, 0xba],
  [0x1b, 0x3b],
]);

/** A basic mode frame as the specification has it: IPMI 2.0, section 14.4. */
export function basicFrame(netfn: number, command: number, data: readonly number[]): string {
  const head = [0x20, netfn << 2];
  const body = [0x81, 0x04, command, ...data];
  const bytes = [...head, sum8(head), ...body, sum8(body)];
  const escaped = bytes.flatMap((byte) => (ESCAPES.has(byte) ? [0xaa, ESCAPES.get(byte)!] : byte));
  return hex([0xa0, ...escaped, 0xa5]);
}

/** Completion code and data of one answer in what the firmware sent; check sums are checked. */
export function basicAnswer(sent: string): number[] {
  const bytes = [...Buffer.from(sent.replace(/^tx /m, ""), "hex")];
  const start = bytes.indexOf(0xa0);
  const stop = bytes.indexOf(0xa5);
  const plain: number[] = [];
  for (let i = start + 1; i < stop; i++) {
    const isEscape = bytes[i] === 0xaa;
    if (isEscape) i++;
    const original = [...ESCAPES].find(([, code]) => code === bytes[i]);
    plain.push(isEscape ? original![0] : bytes[i]!);
  }
  if (start < 0 || sum8(plain.slice(0, 3)) !== 0 || sum8(plain.slice(3)) !== 0) {
    throw new Error(`no good answer: ${sent}`);
  }
  if (plain.length > 47) throw new Error(`an answer of ${plain.length} bytes`);
  return plain.slice(6, -1);
}

/** FCS of RFC 1662 without the final inversion, worked out bit by bit. */
function fcs(bytes: readonly number[]): number {
  let value = 0xffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ 0x8408 : value >> 1;
  }
  return value;
}

/** An MCTP packet on the line: DSP0253. */
export function mctpFrame(packet: readonly number[]): string {
  const plain = [0x01, packet.length, ...packet];
  const check = fcs(plain);
  const stuffed = packet.flatMap((byte) =>
    byte === 0x7e || byte === 0x7d ? [0x7d, byte ^ 0x20] : [byte],
  );
  const bytes = [0x7e, 0x01, packet.length, ...stuffed, check >> 8, check & 0xff, 0x7e];
  return Buffer.from(bytes).toString("hex");
}
