/** The reference hart and what its tests and the lockstep harness need; see hart.ts. */

export * as asm from "./assembler.js";
export * as rvc from "./assembler-compressed.js";
export { CSR, MACHINE, MSTATUS, USER } from "./csr.js";
export { ReferenceHart, type ReferenceHartOptions, type StepResult } from "./hart.js";
export { ReferenceMemory, type Region } from "./memory.js";
export type { TimingName } from "./timing.js";
