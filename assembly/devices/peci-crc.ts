
/**
 * What both ends of a PECI wire agree on: the check byte and the lengths of a message.
 * Source: specs/bmc-backup-link.md, section 3 (CRC-8, polynomial 0x07, start 0; AW FCS XOR 0x80).
 */

/** Longest write block and longest read data, in bytes. */
export const PECI_BLOCK_BYTES: u32 = 16;
/** Address, write length, read length. */
export const PECI_HEADER_BYTES: u32 = 3;
/** Longest request and longest answer: block with its header, data with both check bytes. */
export const PECI_REQUEST_BYTES: u32 = 19;
export const PECI_ANSWER_BYTES: u32 = 18;
/** Timing bits: one before the address, one before the lengths. */
export const PECI_TIMING_BITS: u32 = 2;
/** The client inverts this bit of the AW FCS. */
export const PECI_AW_MASK: u32 = 0x80;

const POLYNOMIAL: u32 = 0x07;

/** FCS of `count` bytes at `at`. */
export function peciFcs(at: usize, count: u32): u32 {
  let crc: u32 = 0;
  for (let i: usize = 0; i < count; i++) {
    crc ^= load<u8>(at + i);
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & 0x80) != 0 ? ((crc << 1) ^ POLYNOMIAL) & 0xff : crc << 1;
    }
  }
  return crc;
}
