/** The reference hart and what its tests and the lockstep harness need; see hart.ts. */

export * as asm from "./assembler.js";
export * as rvc from "./assembler-compressed.js";
export { CSR, MACHINE, MSTATUS, type Privilege, USER } from "./csr.js";
export { decode, type Instruction, type Mnemonic, ROWS } from "./decode.js";
export { ReferenceHart, type ReferenceHartOptions, type StepResult } from "./hart.js";
export { INTERRUPT_BITS, type WireChange } from "./interrupts.js";
export { ReferenceMemory, type Region } from "./memory.js";
export {
  ISAS,
  type ProgramOptions,
  type RandomProgram,
  randomProgram,
  randomWords,
} from "./programs.js";
export { Random } from "./random.js";
export type { TimingName } from "./timing.js";
