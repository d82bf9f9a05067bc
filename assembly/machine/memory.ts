/** Writes to the state by somebody else than a hart: loading, debugging, faults. */
import { HOOK_MEMORY } from "../kernel/fault-layout";
import { faultForce, faultHooked } from "../kernel/fault-rows";
import { pagesTouch } from "../kernel/pages";
import { codeWritten } from "../rv32/code";

/** Linear memory [address, address + bytes) has been written: hashes and decoded code follow. */
export function memoryWritten(address: u32, bytes: u32): void {
  if (faultHooked(HOOK_MEMORY)) faultForce(address, bytes);
  pagesTouch(address, bytes);
  codeWritten(address, bytes);
}
