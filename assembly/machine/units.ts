/** Reading the machine's tables: header fields, unit rows, blocks. */
import { edgeTime } from "../kernel/clock";
import {
  DOMAIN_BYTES,
  HART_CYCLE,
  H_DOMAINS,
  H_UNITS,
  STATE_BASE,
  UNIT_BLOCK,
  UNIT_BYTES,
  UNIT_DOMAIN,
} from "../kernel/layout";

// @ts-ignore: decorator
@inline
export function header(offset: u32): u32 {
  return load<u32>(<usize>STATE_BASE + offset);
}

/** Address of a unit's row. */
// @ts-ignore: decorator
@inline
export function row(unit: u32): usize {
  return <usize>header(H_UNITS) + <usize>unit * UNIT_BYTES;
}

/** A u32 field (UNIT_*) of a unit's row. */
// @ts-ignore: decorator
@inline
export function field(unit: u32, offset: u32): u32 {
  return load<u32>(row(unit) + offset);
}

/** Address of a unit's block. */
// @ts-ignore: decorator
@inline
export function block(unit: u32): usize {
  return <usize>field(unit, UNIT_BLOCK);
}

/** Address of a clock domain's row. */
// @ts-ignore: decorator
@inline
export function domainRow(domain: u32): usize {
  return <usize>header(H_DOMAINS) + <usize>domain * DOMAIN_BYTES;
}

/** Time at which a hart's next instruction starts. */
// @ts-ignore: decorator
@inline
export function hartTime(hart: u32): u64 {
  return edgeTime(domainOf(hart), load<u64>(block(hart), HART_CYCLE));
}

/** Address of the row of the domain that clocks a unit. */
// @ts-ignore: decorator
@inline
export function domainOf(unit: u32): usize {
  return domainRow(field(unit, UNIT_DOMAIN));
}
