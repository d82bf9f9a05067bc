import { NEVER } from "../kernel/clock";
import { DeviceHead } from "./head";

/**
 * Port of a memory that several masters reach: one access at a time, round robin.
 *
 * The memory takes one access in `occupancy` cycles of its own clock (default 1) and has the data
 * ready `latency` cycles after the grant (default 2). Accesses that ask in the same cycle are
 * ordered round robin, starting with port 0; the loser waits until the port is free again.
 * Who asked first is the machine layer's business (it knows the times in picoseconds); this file
 * decides between those that are tied, and when the port is free.
 * Source: specs/dual-block-mcu.md, section 1, "Shared RAM".
 */
@unmanaged export class Arbiter extends DeviceHead {
  nextFree: u64;     // first cycle in which the port can grant again
  lastGranted: u32;  // port of the last grant; ARBITER_NO_PORT before the first
  occupancy: u32;    // cycles, at least 1
  latency: u32;      // cycles from the grant until the data is ready
  reserved: u32;
  grants: u64;       // accesses granted since power-on
  conflicts: u64;    // grants later than the request, since power-on
}

/** "Nobody yet" in `lastGranted`: the next round starts with port 0. */
export const ARBITER_NO_PORT: u32 = 0xffff_ffff;
/** Ports are bits of a mask. */
export const ARBITER_PORTS_MAX: u32 = 32;

/** Sets up the port; both times come from the machine file (unit row, PARAM0 and PARAM1). */
export function arbiterReset(b: usize, occupancy_cycles: u32, latency_cycles: u32): void {
  const a = changetype<Arbiter>(b);
  a.due = NEVER;
  a.outputs = 0;
  a.nextFree = 0;
  a.lastGranted = ARBITER_NO_PORT;
  a.occupancy = occupancy_cycles > 0 ? occupancy_cycles : 1;
  a.latency = latency_cycles;
  a.grants = 0;
  a.conflicts = 0;
}

/**
 * Which of the tied requesters goes first: the first after the last granted one, in rising order
 * of the port, then from port 0 on. `requesters` is a mask of ports and not 0. Changes nothing.
 */
export function arbiterPick(b: usize, requesters: u32): u32 {
  const last = changetype<Arbiter>(b).lastGranted;
  // Ports above `last`; a shift by 32 would be a shift by 0, so port 31 and "nobody" are apart.
  const after: u32 = last >= 31 ? 0 : requesters & (<u32>0xffff_ffff << (last + 1));
  return ctz<u32>(after != 0 ? after : requesters);
}

/**
 * Grants the port to `port`, which asked at `requestCycle` (the first edge of the memory's clock
 * at or after its request). Returns the cycle of the grant; the data is ready `latency` later.
 */
export function arbiterGrant(b: usize, port: u32, requestCycle: u64): u64 {
  const a = changetype<Arbiter>(b);
  const grant = requestCycle > a.nextFree ? requestCycle : a.nextFree;
  a.nextFree = grant + <u64>a.occupancy;
  a.lastGranted = port;
  a.grants += 1;
  if (grant != requestCycle) a.conflicts += 1;
  return grant;
}
