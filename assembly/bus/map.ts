/** Address maps as data: which row of a hart's map an address falls into. */
import {
  HART_REGIONS,
  HART_REGION_COUNT,
  H_REGIONS,
  REGION_BASE,
  REGION_BYTES,
  REGION_SIZE,
  STATE_BASE,
} from "../kernel/layout";

/**
 * Row of the hart's address map that holds guest address `address`; 0 if no row does. Rows are
 * sorted by base and do not overlap, so that the search ends at the first base above `address`.
 */
export function regionFind(hart: usize, address: u32): usize {
  let row =
    <usize>load<u32>(STATE_BASE, H_REGIONS) + <usize>load<u32>(hart, HART_REGIONS) * REGION_BYTES;
  const end = row + <usize>load<u32>(hart, HART_REGION_COUNT) * REGION_BYTES;
  for (; row < end; row += REGION_BYTES) {
    const base = load<u32>(row, REGION_BASE);
    if (address < base) return 0;
    if (address - base < load<u32>(row, REGION_SIZE)) return row;
  }
  return 0;
}
