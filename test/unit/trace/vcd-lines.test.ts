import { describe, expect, test } from "vitest";
import { FaultKind, TraceKind, UnitKind } from "../../../assembly/kernel/abi.js";
import { formatLine, nameRecord } from "../../../host/trace/format.js";
import type { Namer } from "../../../host/trace/kinds.js";
import { parseTrace } from "../../../host/trace/parse.js";
import type { TimedRecord } from "../../../host/trace/vcd.js";
import { TraceSurvey } from "../../../host/trace/vcd-lines.js";

const UNITS = ["a", "a.uart0", "a.status", "a.gpio.out0>b.gpio.in0"];
const [HART, UART, STATUS, WIRE] = [0, 1, 2, 3];
const NAMER: Namer = {
  unit: (index) => UNITS[index] ?? "m",
  clock: String,
  disassemble: () => undefined,
  symbol: () => undefined,
};

function record(unit: number, kind: number, a = 0, b = 0, c = 0): TimedRecord {
  return { time_ps: 5n, unit, kind, a, b, c, d: 0 };
}

function traced(records: readonly TimedRecord[]) {
  const lines = records.map((one) => formatLine(nameRecord(one, NAMER)));
  const text = ["# hotspare trace 1 machine=m", ...lines].join("\n");
  const parsed = parseTrace(text, "test").lines;
  const survey = new TraceSurvey();
  for (const line of parsed) survey.add(line);
  return {
    records: parsed.map((line) => survey.record(line)),
    machine: survey.machine("m"),
    kinds: survey.kinds,
    line: (uart: string) => survey.line(uart),
  };
}

const ROWS: readonly (readonly [string, TimedRecord, kind: number])[] = [
  ["retire", record(HART, TraceKind.RETIRE, 0x80, 0x84, 3), UnitKind.HART],
  ["trap", record(HART, TraceKind.TRAP, 0x80, 2, 0xffff_ffff), UnitKind.HART],
  ["interrupt", record(HART, TraceKind.INTERRUPT, 0x80, 0x8000_0010), UnitKind.HART],
  ["wire", record(WIRE, TraceKind.WIRE, 1, 0, 7), UnitKind.WIRE],
  ["8N1 character", record(UART, TraceKind.UART_TX, 0x3_0041), UnitKind.UART],
  ["7E2 character", record(UART, TraceKind.UART_TX, 0x1e_0022), UnitKind.UART],
  ["5S1.5 character", record(UART, TraceKind.UART_TX, 0x3c_001f), UnitKind.UART],
  ["break", record(UART, TraceKind.UART_TX, 0x3_8000), UnitKind.UART],
  ["received character", record(UART, TraceKind.UART_RX, 0x22), UnitKind.UART],
  ["damaged character", record(UART, TraceKind.UART_RX, 0x80, 0x0c), UnitKind.UART],
  ["received break", record(UART, TraceKind.UART_RX, 0, 0x1a), UnitKind.UART],
  ["watchdog reset", record(HART, TraceKind.RESET, 2), UnitKind.HART],
  ["mark", record(STATUS, TraceKind.MARK, 0xdead_beef), UnitKind.STATUS],
  ["sleep", record(HART, TraceKind.SLEEP), UnitKind.HART],
];

describe("a trace file", () => {
  test.each(ROWS)("gives back the record of a %s, and what its unit is", (_, input, kind) => {
    const { records, machine, kinds } = traced([input]);
    expect(records).toEqual([{ ...input, unit: 0 }]);
    expect(machine.units).toEqual([{ index: 0, name: UNITS[input.unit], kind }]);
    expect(kinds).toEqual([input.kind]);
  });

  test.each([
    ["kill", TraceKind.FAULT, FaultKind.KILL],
    ["revive", TraceKind.FAULT, FaultKind.REVIVE],
    ["power-off", TraceKind.HALT, 3],
  ])("gives back the code of %s", (_, kind, a) => {
    expect(traced([record(HART, kind, a)]).records[0]).toMatchObject({ kind, a });
  });

  test("takes the rate of a line from characters that follow without a gap", () => {
    const times = [100_000_000n, 200_000_000n, 286_805_556n, 400_000_000n];
    const sent = times.map((time_ps) => ({ ...record(UART, TraceKind.UART_TX, 0x30041), time_ps }));
    const { line } = traced(sent);
    expect(line("a.uart0")).toMatchObject({ dataBits: 8, parity: "none", stopBits: 1 });
    expect(line("a.uart0").baud).toBeCloseTo(115_200, 0);
  });

  test("takes a line that says too little for 115200 8N1", () => {
    const { line } = traced([record(UART, TraceKind.UART_RX, 0x41)]);
    expect(line("a.uart0")).toEqual({ baud: 115_200, dataBits: 8, parity: "none", stopBits: 1 });
  });
});
