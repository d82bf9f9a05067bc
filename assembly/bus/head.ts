/**
 * What every block but a hart's begins with, and what every device answers with.
 *
 *   offset  size  field          meaning
 *   0       8     due            cycle of the unit's own domain of its next visible event, or NEVER
 *   8       4     outputs        levels of the wires it drives, bit i = wire i
 *   12      4     inputs         levels of the wires that reach it; may be set before `input`, so a
 *                                device that looks for edges keeps its own copy of the last levels
 *   16      4     doorbell       requests to the machine layer, DOORBELL_* bits; 0 between calls
 *   20      4     doorbellValue  what the request is about
 *   24      4     seen           outputs as last handed to the wires; the machine layer's alone
 *   28      4     received       of a UART: characters seen; the machine layer's alone
 *
 * The offsets are HEAD_* in kernel/layout.ts; test/unit/devices/registers.test.ts compares them.
 */

@unmanaged export class DeviceHead {
  due: u64;
  outputs: u32;
  inputs: u32;
  doorbell: u32;
  doorbellValue: u32;
  seen: u32;
  received: u32;
}

/** A read answers its value in bits 0..31, or this: bit 32 set means that nothing answered. */
export const READ_ERROR: u64 = 0x1_0000_0000;

/** Rings a doorbell that carries no value of its own, or whose value lies in the block. */
export function ring(head: DeviceHead, request: u32): void {
  head.doorbell |= request;
}

/** Rings a doorbell with a value. A device has at most one such request in one call. */
export function ringValue(head: DeviceHead, request: u32, value: u32): void {
  head.doorbell |= request;
  head.doorbellValue = value;
}
