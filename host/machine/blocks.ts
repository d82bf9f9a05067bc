/** Sizes of unit blocks by kind, and the rank of their events. */

import { Rank, UnitKind } from "../../assembly/kernel/abi.js";
import * as blocks from "../../assembly/kernel/blocks.js";
import { HART_BYTES, LINK_BYTES, WIRE_BYTES } from "../../assembly/kernel/layout.js";

/** Blocks begin at multiples of this: u64 fields need 8, the state hash reads 32 at a time. */
export const BLOCK_ALIGNMENT = 32;

const BLOCK_BYTES: ReadonlyMap<number, number> = new Map([
  [UnitKind.HART, HART_BYTES],
  [UnitKind.WIRE, WIRE_BYTES],
  [UnitKind.SERIAL_LINK, LINK_BYTES],
  [UnitKind.SHARED_RAM, blocks.BLOCK_BYTES_ARBITER],
  [UnitKind.UART, blocks.BLOCK_BYTES_UART],
  [UnitKind.CLINT, blocks.BLOCK_BYTES_CLINT],
  [UnitKind.INTERRUPTS, blocks.BLOCK_BYTES_INTERRUPTS],
  [UnitKind.GPIO, blocks.BLOCK_BYTES_GPIO],
  [UnitKind.WATCHDOG, blocks.BLOCK_BYTES_WATCHDOG],
  [UnitKind.STATUS, blocks.BLOCK_BYTES_STATUS],
  [UnitKind.PWM, blocks.BLOCK_BYTES_PWM],
  [UnitKind.ADC, blocks.BLOCK_BYTES_ADC],
  [UnitKind.PLANT, blocks.BLOCK_BYTES_PLANT],
  [UnitKind.CLOCK_MONITOR, blocks.BLOCK_BYTES_CLOCK_MONITOR],
  [UnitKind.CLOCK_SWITCH, blocks.BLOCK_BYTES_CLOCK_SWITCH],
  [UnitKind.LOCKSTEP, blocks.BLOCK_BYTES_LOCKSTEP],
  [UnitKind.VOLTAGE_MONITOR, blocks.BLOCK_BYTES_VOLTAGE_MONITOR],
  [UnitKind.KCS, blocks.BLOCK_BYTES_KCS],
  [UnitKind.PECI, blocks.BLOCK_BYTES_PECI],
  [UnitKind.PACKAGE, blocks.BLOCK_BYTES_PACKAGE],
  [UnitKind.SENSORS, blocks.BLOCK_BYTES_SENSORS],
  [UnitKind.NVM, blocks.BLOCK_BYTES_NVM],
  [UnitKind.POWER, blocks.BLOCK_BYTES_POWER],
  [UnitKind.FANS, blocks.BLOCK_BYTES_FANS],
]);

const RANKS: ReadonlyMap<number, number> = new Map([
  [UnitKind.HART, Rank.HART],
  [UnitKind.WIRE, Rank.WIRE],
  [UnitKind.SERIAL_LINK, Rank.LINK],
]);

/** @param bytes of the one unit, where the kind does not fix them. */
export function blockBytes(kind: number, bytes: number | null = null): number {
  return bytes ?? BLOCK_BYTES.get(kind)!;
}

/** Rank of a kind's events; devices and shared RAMs have one rank. */
export function rankOf(kind: number): number {
  return RANKS.get(kind) ?? Rank.DEVICE;
}
