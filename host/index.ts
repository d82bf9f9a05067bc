/** The public API of hotspare: machines, machine files, firmware, errors. Times are picoseconds. */
export { FaultKind, TraceKind } from "../assembly/kernel/abi.js";
export type { MachineImage } from "./core/image.js";
export { type Halt, Machine, type MachineOptions, type RunResult } from "./core/machine.js";
export { loadModule, ModelBug } from "./core/module.js";
export type { LineSettings, ModemIn, ModemOut, Target, UartPort } from "./core/ports.js";
export type { SerialRecord, TraceRecord } from "./core/rings.js";
export type { Snapshot } from "./core/snapshot.js";
export type { HartView } from "./core/views.js";
export { Exit, type Place, UserError } from "./error/index.js";
export { type Elf, readElf } from "./guest/elf.js";
export {
  bareMachine,
  describeMachine,
  elaborate,
  firmwareFiles,
  parseMachine,
} from "./machine/index.js";
