import { DeviceHead } from "../bus/head";

/** The state of the processor package: registers, mailbox, heat, what a PECI client remembers. */
@unmanaged export class PackageState extends DeviceHead {
  load: u32;         // percent
  hot: u32;          // 1 while it throttles itself
  temperature: i32;  // 2^-16 C
  powerLimit: u32;
  steps: u64;        // steps of 10 ms that temperature and energy have made
  energy: u64;       // mW steps times 2048: see package-heat.ts
  toBmc: u32;
  fromBmc: u32;
  status: u32;
  ctrl: u32;
  messages: u32;
  rejected: u32;
  readyAt: u64;      // cycle from which the sensor gives temperatures
  absent: u32;       // fault sites
  sensor: u32;
  completion: u32;
  machineCheck: u32;
  lastCode: u32;     // completion code of the write in `last`, 0 if there is none
  lastBytes: u32;
  last: u64;         // 24 bytes: the last write that was applied, its retry bit 0
  last1: u64;
  last2: u64;
  scratch: u64;      // 64 bytes: PCI configuration words 0x40 to 0x7c
  scratch1: u64;
  scratch2: u64;
  scratch3: u64;
  scratch4: u64;
  scratch5: u64;
  scratch6: u64;
  scratch7: u64;
}

export const STATUS_TO_FULL:   u32 = 1 << 0;
export const STATUS_FROM_FULL: u32 = 1 << 1;
export const STATUS_TO_TAKEN:  u32 = 1 << 2;

export const IN_POWER: u32 = 1 << 0;
export const IN_RESET: u32 = 1 << 1;
export const IN_AIRFLOW_SHIFT: u32 = 2;

export function packagePowered(p: PackageState): bool {
  return (p.inputs & IN_POWER) != 0;
}

export function packageAirflow(p: PackageState): u32 {
  return (p.inputs >> IN_AIRFLOW_SHIFT) & 15;
}
