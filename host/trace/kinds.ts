/**
 * The events of a trace: for each kind of record its name in the text form and its fields, in
 * order. FORMAT.md beside this file is the contract; its examples are a test. What a, b, c, d of a
 * record mean is decided in the core: assembly/machine (run, access, events, wiring, reset, halt,
 * faults) and assembly/rv32/trap.ts.
 */

import {
  Access,
  FaultKind,
  HOLD_HALTED,
  HOLD_KILLED,
  HOLD_PAUSED,
  HOLD_POWER,
  HOLD_RESET,
  TraceKind,
} from "../../assembly/kernel/abi.js";
import { BOARD_EVENTS } from "./kinds-board.js";
import { TILE_EVENTS } from "./kinds-tile.js";

/** What formatting needs to know beyond the record itself. */
export interface Namer {
  /** Name of a unit. */
  unit(index: number): string;
  /** Name of a clock domain. */
  clock(index: number): string;
  /** Text of the instruction at an address as a hart sees it, or undefined. */
  disassemble(hart: number, address: number): string | undefined;
  /** `main+0x1c`, or undefined. */
  symbol(hart: number, address: number): string | undefined;
}

/** The part of a record that the fields are made of. */
export interface RecordWords {
  readonly unit: number;
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

export type Field = readonly [name: string, value: string];

export interface EventKind {
  readonly kind: number;
  readonly event: string;
  fields(record: RecordWords, namer: Namer): Field[];
}

/** Exception codes of the privileged manual, table "mcause values after trap". */
const EXCEPTIONS: readonly string[] = [
  "instruction-address-misaligned",
  "instruction-access-fault",
  "illegal-instruction",
  "breakpoint",
  "load-address-misaligned",
  "load-access-fault",
  "store-address-misaligned",
  "store-access-fault",
  "ecall-from-user",
  "reserved",
  "reserved",
  "ecall-from-machine",
];
const INTERRUPTS: Readonly<Record<number, string>> = {
  3: "machine-software",
  7: "machine-timer",
  11: "machine-external",
};
const ACCESSES: Readonly<Record<number, string>> = {
  [Access.FETCH]: "fetch",
  [Access.LOAD]: "load",
  [Access.STORE]: "store",
  [Access.LR]: "lr",
  [Access.SC]: "sc",
  [Access.AMO]: "amo",
  [Access.TIME]: "time",
};
const RESETS: Readonly<Record<number, string>> = {
  1: "power-on",
  2: "watchdog",
  3: "software",
  4: "fault",
  5: "pin",
  6: "lockstep",
};
const HALTS: Readonly<Record<number, string>> = { 1: "tohost", 2: "store", 3: "power" };
const FAULTS: Readonly<Record<number, string>> = {
  [FaultKind.FLIP_REGISTER]: "flip-register",
  [FaultKind.FLIP_PC]: "flip-pc",
  [FaultKind.FLIP_MEMORY]: "flip-memory",
  [FaultKind.KILL]: "kill",
  [FaultKind.REVIVE]: "revive",
  [FaultKind.RESET]: "reset",
  [FaultKind.WIRE_FORCE]: "wire-force",
  [FaultKind.FRAME_CORRUPT]: "frame-corrupt",
  [FaultKind.DEVICE]: "device",
  [FaultKind.PAUSE]: "pause",
  [FaultKind.RESUME]: "resume",
  [FaultKind.RESET_HOLD]: "reset-hold",
  [FaultKind.RESET_RELEASE]: "reset-release",
  [FaultKind.POWER_OFF]: "power-off",
  [FaultKind.POWER_ON]: "power-on",
  [FaultKind.CLOCK_STOP]: "clock-stop",
  [FaultKind.CLOCK_START]: "clock-start",
  [FaultKind.CLOCK_RATE]: "clock-rate",
  [FaultKind.CLOCK_SKIP]: "clock-skip",
  [FaultKind.SHADOW_FLIP]: "shadow-flip",
  [FaultKind.STUCK_REGISTER]: "stuck-register",
  [FaultKind.STUCK_CSR]: "stuck-csr",
  [FaultKind.STUCK_MEMORY]: "stuck-memory",
  [FaultKind.LINK]: "link",
  [FaultKind.LINE_OUT]: "line-out",
  [FaultKind.LINE_IN]: "line-in",
  [FaultKind.SHARED]: "shared",
  [FaultKind.FLIP_CSR]: "flip-csr",
  [FaultKind.FLIP_DEVICE]: "flip-device",
  [FaultKind.HANG]: "hang",
};
/** Reasons for which a node stands, bits of HART_HOLD (HOLD_* of the ABI). */
const HOLDS: readonly (readonly [bit: number, name: string])[] = [
  [HOLD_KILLED, "killed"],
  [HOLD_HALTED, "halted"],
  [HOLD_PAUSED, "paused"],
  [HOLD_RESET, "reset"],
  [HOLD_POWER, "no-power"],
];
/** Error bits of the 16550's LSR, as the receiver sets them. Source: PC16550D, line status. */
const RECEIVE_ERRORS: readonly (readonly [bit: number, name: string])[] = [
  [0x02, "overrun"],
  [0x04, "parity"],
  [0x08, "framing"],
  [0x10, "break"],
];
/** What a core did, in a lockstep unit's records: the kind in bits 0..7, bytes in 8..15. */
function outputName(word: number): string {
  const kind = OUTPUTS[word & 0xff] ?? ACCESSES[word & 0xff] ?? String(word & 0xff);
  return word >>> 8 ? `${kind}${word >>> 8}` : kind;
}

/** Kinds of output that are no accesses (assembly/devices/lockstep.ts). */
const OUTPUTS: Readonly<Record<number, string>> = { 64: "retire", 65: "none", 128: "injected" };
/** Outputs of a PWM unit, from bit 0 on. */
const PWM_OUTPUTS = ["uh", "ul", "vh", "vl", "wh", "wl"] as const;
const PARITIES = ["O", "E", "M", "S"] as const;
const BREAK = 0x8000;

export function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
}

function place(record: RecordWords, address: number, namer: Namer): Field[] {
  const symbol = namer.symbol(record.unit, address);
  return symbol === undefined ? [] : [["at", symbol]];
}

function busFields(record: RecordWords, namer: Namer): Field[] {
  return [
    ["access", ACCESSES[record.c & 0xff] ?? String(record.c & 0xff)],
    ["address", hex32(record.a)],
    ["width", String((record.c >>> 8) & 0xff)],
    ["value", hex32(record.b)],
    ["target", namer.unit(record.d)],
  ];
}

/** A refused access: a = address, b = Access, c = pc of the instruction, d = bytes. */
function errorFields(record: RecordWords, namer: Namer): Field[] {
  return [
    ["access", ACCESSES[record.b] ?? String(record.b)],
    ["address", hex32(record.a)],
    ["width", String(record.d)],
    ["pc", hex32(record.c)],
    ...place(record, record.c, namer),
  ];
}

/** `8N1`: data bits, parity, stop bits of the LCR in force. Source: PC16550D, line control. */
function formatOf(lcr: number): string {
  const dataBits = 5 + (lcr & 3);
  const parity = lcr & 8 ? PARITIES[(lcr >> 4) & 3]! : "N";
  const stopBits = lcr & 4 ? (dataBits === 5 ? "1.5" : "2") : "1";
  return `${dataBits}${parity}${stopBits}`;
}

function byteFields(byte: number): Field[] {
  return [
    ["byte", `0x${byte.toString(16).padStart(2, "0")}`],
    ["char", characterOf(byte)],
  ];
}

function characterOf(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "";
}

/** The clock that a fault strikes: such a fault has no unit. */
function clockOf(record: RecordWords, namer: Namer): Field[] {
  const clock = record.a >= FaultKind.CLOCK_STOP && record.a <= FaultKind.CLOCK_SKIP;
  return clock ? [["clock", namer.clock(record.d)]] : [];
}

/** One row a kind that the core records. */
export const EVENT_KINDS: readonly EventKind[] = [
  {
    kind: TraceKind.RETIRE,
    event: "retire",
    fields: (record, namer) => [
      ["pc", hex32(record.a)],
      ["next", hex32(record.b)],
      ["cycles", String(record.c)],
      ["asm", namer.disassemble(record.unit, record.a) ?? ""],
      ...place(record, record.a, namer),
    ],
  },
  {
    kind: TraceKind.TRAP,
    event: "trap",
    fields: (record, namer) => [
      ["pc", hex32(record.a)],
      ["cause", String(record.b)],
      ["name", EXCEPTIONS[record.b] ?? "reserved"],
      ["tval", hex32(record.c)],
      ["from", record.d === 3 ? "machine" : "user"],
      ...place(record, record.a, namer),
    ],
  },
  {
    kind: TraceKind.INTERRUPT,
    event: "interrupt",
    fields: (record, namer) => {
      const cause = record.b & 0x7fff_ffff;
      const name = INTERRUPTS[cause] ?? (cause >= 16 ? `line${cause - 16}` : "reserved");
      return [
        ["pc", hex32(record.a)],
        ["cause", String(cause)],
        ["name", name],
        ...place(record, record.a, namer),
      ];
    },
  },
  { kind: TraceKind.BUS, event: "bus", fields: busFields },
  { kind: TraceKind.BUS_ERROR, event: "bus-error", fields: errorFields },
  { kind: TraceKind.ISOLATION, event: "isolation", fields: errorFields },
  {
    kind: TraceKind.WIRE,
    event: "wire",
    fields: (record, namer) => [
      ["level", String(record.a)],
      ["target", namer.unit(record.b)],
      ["bit", String(record.c)],
    ],
  },
  {
    kind: TraceKind.UART_TX,
    event: "uart-tx",
    fields: (record) =>
      record.a & BREAK
        ? [["break", "1"]]
        : [...byteFields(record.a & 0xff), ["format", formatOf(record.a >>> 16)]],
  },
  {
    kind: TraceKind.UART_RX,
    event: "uart-rx",
    fields: (record) => {
      const errors = RECEIVE_ERRORS.filter(([bit]) => (record.b & bit) !== 0);
      const names = errors.map(([, name]) => name).join("+");
      return [
        ...byteFields(record.a & 0xff),
        ...(names === "" ? [] : [["errors", names] as const]),
      ];
    },
  },
  {
    kind: TraceKind.CLOCK,
    event: "clock",
    fields: (record, namer) => [
      ["clock", namer.clock(record.a)],
      ["rate_mhz", String((BigInt(record.c) << 32n) | BigInt(record.b))],
    ],
  },
  {
    kind: TraceKind.RESET,
    event: "reset",
    fields: (record) => [["cause", RESETS[record.a] ?? String(record.a)]],
  },
  {
    kind: TraceKind.FAULT,
    event: "fault",
    fields: (record, namer) => [
      ["kind", FAULTS[record.a] ?? String(record.a)],
      ["a", hex32(record.b)],
      ["b", hex32(record.c)],
      ...clockOf(record, namer),
    ],
  },
  {
    kind: TraceKind.MARK,
    event: "mark",
    fields: (record) => [["value", hex32(record.a)]],
  },
  {
    kind: TraceKind.HALT,
    event: "halt",
    fields: (record) => [
      ["kind", HALTS[record.a] ?? String(record.a)],
      ["value", hex32(record.b)],
    ],
  },
  { kind: TraceKind.SLEEP, event: "sleep", fields: () => [] },
  {
    kind: TraceKind.WAKE,
    event: "wake",
    fields: (record) => [["bit", String(record.a)]],
  },
  {
    kind: TraceKind.HOLD,
    event: "hold",
    fields: (record) => {
      const reasons = HOLDS.filter(([bit]) => (record.a & bit) !== 0).map(([, name]) => name);
      return [["reasons", reasons.length === 0 ? "none" : reasons.join("+")]];
    },
  },
  {
    kind: TraceKind.PWM_EDGE,
    event: "pwm-edge",
    fields: (record) =>
      PWM_OUTPUTS.flatMap((name, bit): Field[] =>
        (record.b >>> bit) & 1 ? [[name, String((record.a >>> bit) & 1)]] : [],
      ),
  },
  ...BOARD_EVENTS,
  {
    kind: TraceKind.LOCKSTEP,
    event: "lockstep",
    fields: (record) => [
      ["main", outputName(record.a & 0xffff)],
      ["shadow", outputName(record.a >>> 16)],
      ["address", hex32(record.b)],
      ["data", hex32(record.c)],
      ["pc", hex32(record.d)],
    ],
  },
  {
    kind: TraceKind.PLANT,
    event: "plant",
    fields: (record) => [
      ["torque0_unm", String(record.a | 0)],
      ["torque1_unm", String(record.b | 0)],
      ["speed_mrad_s", String(record.c | 0)],
      ["peak0_ma", String((record.d & 0xffff) * 10)],
      ["peak1_ma", String((record.d >>> 16) * 10)],
    ],
  },
  ...TILE_EVENTS,
];

export const EVENT_BY_KIND: ReadonlyMap<number, EventKind> = new Map(
  EVENT_KINDS.map((row) => [row.kind, row]),
);
export const KIND_BY_EVENT: ReadonlyMap<string, number> = new Map(
  EVENT_KINDS.map((row) => [row.event, row.kind]),
);
