/** The waveforms of real models, read by programs that others wrote. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TraceRecord } from "../../../host/core/rings.js";
import { formatLine, nameRecord, traceHeader } from "../../../host/trace/format.js";
import { machineNamer } from "../../../host/trace/namer.js";
import { parseTrace } from "../../../host/trace/parse.js";
import { VCD_KINDS, type VcdOptions, VcdWriter } from "../../../host/trace/vcd.js";
import { TraceSurvey } from "../../../host/trace/vcd-lines.js";
import { requireClient } from "../../support/clients.js";
import { modelImage, modelMachine } from "../../support/models.js";

const vcd2fst = requireClient("vcd2fst", "gtkwave");
const fst2vcd = requireClient("fst2vcd", "gtkwave");
const sigrok = requireClient("sigrok-cli", "sigrok-cli");

const SECOND = 10n ** 12n;
const BYTES_MAX = 1 << 28;

interface Run {
  readonly records: readonly TraceRecord[];
  /** Bytes that each UART sent. */
  readonly sent: ReadonlyMap<string, string>;
  /** The text form of the whole trace. */
  readonly trace: string;
}

const runs = new Map<string, Run>();
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hotspare-waveform-"));
  for (const model of ["console-board", "two-nodes"]) runs.set(model, await runModel(model));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** One second of a model; both consoles are typed at. */
async function runModel(model: string): Promise<Run> {
  const machine = await modelMachine(model);
  const namer = machineNamer(machine, []);
  const records: TraceRecord[] = [];
  machine.setTrace(VCD_KINDS, (some) => records.push(...some));
  const uarts = machine.image.uarts.map(({ name }) => name);
  machine.run(SECOND / 2n);
  machine.uart(uarts[0]!).push(new TextEncoder().encode("help\r"));
  machine.run(SECOND);
  const lines = records.map((record) => formatLine(nameRecord(record, namer)));
  const sent = uarts.map((name) => [name, textOf(machine.uart(name).drain())] as const);
  const trace = `${[traceHeader(model), ...lines].join("\n")}\n`;
  return { records, sent: new Map(sent), trace };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** The models' UARTs stand at 115200 8N1, apart from the link of two-nodes. */
const line = (uart: string) => ({
  baud: uart.endsWith("uart1") ? 921_600 : 115_200,
  dataBits: 8,
  parity: "none" as const,
  stopBits: 1,
});

function write(model: string, options: Partial<VcdOptions> = {}): string {
  const file = join(folder, `${model}-${options.splitVectors ? "bits" : "vectors"}.vcd`);
  let text = "";
  const vcd = new VcdWriter(modelImage(model), { line, ...options }, (part) => {
    text += part;
  });
  const { records } = runs.get(model)!;
  for (let n = 0; n < records.length; n += 1000) vcd.add(records.slice(n, n + 1000));
  vcd.finish(SECOND);
  writeFileSync(file, text);
  return file;
}

function call(program: string, args: readonly string[]): string {
  const options = { encoding: "latin1", maxBuffer: BYTES_MAX } as const;
  const { status, stdout, stderr } = spawnSync(program, args, options);
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringMatching(/error/i) });
  return stdout;
}

/** Value changes by the full name of their signal, without the initial ones. */
function changesByName(text: string): Map<string, string[]> {
  const scopes: string[] = [];
  const names = new Map<string, string>();
  const changes = new Map<string, string[]>();
  let time = "";
  for (const row of text.split("\n")) {
    const words = row.split(" ");
    if (words[0] === "$scope") scopes.push(words[2]!);
    if (words[0] === "$upscope") scopes.pop();
    if (words[0] === "$var") names.set(words[3]!, [...scopes, words[4]].join("."));
    if (row.startsWith("#")) time = row.slice(1);
    const parts = /^(?:b([01x]+) |([01x]))(\S+)$/.exec(row);
    if (parts === null || time === "" || time === "0") continue;
    const [, vector, bit, id = ""] = parts;
    const name = names.get(id)!;
    const value = vector === undefined ? bit : BigInt(`0b${vector}`);
    changes.set(name, [...(changes.get(name) ?? []), `${time} ${value}`]);
  }
  return changes;
}

describe.skipIf(vcd2fst === undefined || fst2vcd === undefined)("GTKWave's reader", () => {
  test.each(["console-board", "two-nodes"])("reads every change of one second of %s", (model) => {
    const file = write(model);
    const fst = `${file}.fst`;
    call(vcd2fst!, [file, fst]);
    const expected = changesByName(readFileSync(file, "utf8"));
    expect(expected.size).toBeGreaterThan(10);
    const read = changesByName(call(fst2vcd!, [fst]));
    expect(Object.fromEntries(read)).toEqual(Object.fromEntries(expected));
  });
});

/** What sigrok's UART decoder hears on a channel, sampled at 10 MHz. */
function decoded(file: string, channel: string, baud: number): string {
  const decoder = `uart:baudrate=${baud}:rx=${channel}`;
  return call(sigrok!, ["-i", file, "-I", "vcd:downsample=100000", "-P", decoder, "-B", "uart=rx"]);
}

describe.skipIf(sigrok === undefined)("sigrok's UART decoder", () => {
  test.each([
    ["console-board", "board.uart0", "> help"],
    ["two-nodes", "a.uart0", "a: all checks passed"],
    ["two-nodes", "b.uart0", "b: "],
  ])("hears on %s what %s sent", (model, uart, part) => {
    const file = write(model, { splitVectors: true });
    const text = decoded(file, `${uart.replace(".", "_")}_tx`, 115_200);
    expect(text).toBe(runs.get(model)!.sent.get(uart));
    expect(text).toContain(part);
  });

  test("hears what was typed", () => {
    const file = write("console-board", { splitVectors: true });
    expect(decoded(file, "board_uart0_rx", 115_200)).toBe("help\r");
  });

  test.each(["a_uart1", "b_uart1"])("hears the same link frames at both ends of %s", (uart) => {
    const file = write("two-nodes", { splitVectors: true });
    const peer = uart === "a_uart1" ? "b_uart1" : "a_uart1";
    const sent = decoded(file, `${uart}_tx`, 921_600);
    expect(sent.length).toBeGreaterThan(100);
    expect(decoded(file, `${peer}_rx`, 921_600)).toBe(sent);
  });

  test("hears it too in a waveform made from the text of a trace", () => {
    const { trace, sent } = runs.get("console-board")!;
    const { machine, lines } = parseTrace(trace, "a.trace");
    const survey = new TraceSurvey();
    for (const one of lines) survey.add(one);
    let text = "";
    const { kinds } = survey;
    const options = { kinds, line: (uart: string) => survey.line(uart), splitVectors: true };
    const vcd = new VcdWriter(survey.machine(machine), options, (part) => {
      text += part;
    });
    vcd.add(lines.flatMap((one) => survey.record(one) ?? []));
    vcd.finish(SECOND);
    const file = join(folder, "from-text.vcd");
    writeFileSync(file, text);
    expect(decoded(file, "board_uart0_tx", 115_200)).toBe(sent.get("board.uart0"));
  });
});
