/**
 * The signals of a machine's waveform: one row for each thing that trace records tell of, in the
 * scopes of its node and device. What is not recorded has no signal, so no line stands empty.
 *
 *   MACHINE.NODE           running asleep stopped pc mcause trapped interrupted bus_error
 *                          isolation was_reset mipN
 *   MACHINE.NODE.DEVICE    inputs that a wire reaches; of a UART tx rx tx_data rx_data; of a status
 *                          unit mark marked
 *   MACHINE                halted halt_value fault
 */

import { TraceKind, UnitKind } from "../../assembly/kernel/abi.js";
import type { Level, SignalRow } from "./vcd-file.js";
import { ACTIVITY_KINDS, type HartActivity } from "./vcd-states.js";

/** What a waveform needs to know of a machine; `MachineImage` of host/core fits. */
export interface WaveMachine {
  readonly name: string;
  /** In index order: what `unit` of a record is. */
  readonly units: readonly {
    readonly index: number;
    readonly name: string;
    readonly kind: number;
  }[];
}

/** A signal and the records that move it. */
export interface WaveSignal extends SignalRow {
  /** Index of the unit whose records move it; null for records of any unit. */
  readonly unit: number | null;
  readonly role: string;
}

export interface Start {
  /** Level of a wire at its far end. */
  wireLevel(unit: number): 0 | 1;
  activity(hart: number): HartActivity;
}

interface Role {
  readonly name: string;
  readonly width: number;
  readonly event: boolean;
  readonly initial: Level;
  /** The signal exists when one of these kinds is recorded. */
  readonly kinds: readonly number[];
}

function vector(name: string, width: number, ...kinds: number[]): Role {
  return { name, width, event: false, initial: null, kinds };
}

function event(name: string, ...kinds: number[]): Role {
  return { name, width: 1, event: true, initial: 0, kinds };
}

function line(name: string, initial: 0 | 1, kinds: readonly number[]): Role {
  return { name, width: 1, event: false, initial, kinds };
}

const ACTIVITIES = ["running", "asleep", "stopped"] as const;

/** Signals of a hart beside its activity. */
const HART_ROLES: readonly Role[] = [
  vector("pc", 32, TraceKind.RETIRE),
  vector("mcause", 32, TraceKind.TRAP, TraceKind.INTERRUPT),
  event("trapped", TraceKind.TRAP),
  event("interrupted", TraceKind.INTERRUPT),
  event("bus_error", TraceKind.BUS_ERROR),
  event("isolation", TraceKind.ISOLATION),
  event("was_reset", TraceKind.RESET),
];

const UART_ROLES: readonly Role[] = [
  line("tx", 1, [TraceKind.UART_TX]),
  line("rx", 1, [TraceKind.UART_RX]),
  vector("tx_data", 8, TraceKind.UART_TX),
  vector("rx_data", 8, TraceKind.UART_RX),
];

const STATUS_ROLES: readonly Role[] = [
  vector("mark", 32, TraceKind.MARK),
  event("marked", TraceKind.MARK),
];

const MACHINE_ROLES: readonly Role[] = [
  event("halted", TraceKind.HALT),
  vector("halt_value", 32, TraceKind.HALT),
  event("fault", TraceKind.FAULT),
];

/** All signals of a machine of which records of these kinds tell. */
export function signalsOf(
  machine: WaveMachine,
  kinds: readonly number[],
  start: Start,
): WaveSignal[] {
  const recorded = new Set(kinds);
  const rows: WaveSignal[] = [];
  const add = (unit: number | null, scopes: readonly string[], roles: readonly Role[]) => {
    for (const role of roles) {
      if (!role.kinds.some((kind) => recorded.has(kind))) continue;
      const { name, width, event, initial } = role;
      rows.push({ unit, role: name, scopes, name, width, event, initial });
    }
  };
  add(null, [machine.name], MACHINE_ROLES);
  for (const { index, name, kind } of machine.units) {
    const scopes = [machine.name, ...name.split(".")];
    if (kind === UnitKind.HART) add(index, scopes, hartRoles(start.activity(index)));
    if (kind === UnitKind.UART) add(index, scopes, UART_ROLES);
    if (kind === UnitKind.STATUS) add(index, scopes, STATUS_ROLES);
    if (kind !== UnitKind.WIRE || !recorded.has(TraceKind.WIRE)) continue;
    rows.push(wireSignal(machine.name, index, name, start.wireLevel(index)));
  }
  return rows;
}

function hartRoles(activity: HartActivity): Role[] {
  const states = ACTIVITIES.map((name) => line(name, name === activity ? 1 : 0, ACTIVITY_KINDS));
  return [...states, ...HART_ROLES];
}

/** A wire is named by its far end, whose level its records tell: `FROM>NODE.DEVICE.PORT`. */
function wireSignal(machine: string, unit: number, name: string, initial: 0 | 1): WaveSignal {
  const target = name.slice(name.indexOf(">") + 1).split(".");
  const port = target.pop()!;
  const scopes = [machine, ...target];
  return { unit, role: "level", scopes, name: port, width: 1, event: false, initial };
}
