/** The per-cycle reference of the exchange fabric, and the programs that compare with it. */

export {
  type FabricError,
  type FabricOptions,
  type Landing,
  ReferenceFabric,
  type RunResult,
} from "./fabric.js";
export {
  type FabricGeometry,
  fieldsOf,
  GEOMETRIES,
  MEMORY_BASE,
  type Site,
  visibleTile,
} from "./geometry.js";
export { type FabricProgram, randomFabricProgram, runFabricProgram } from "./programs.js";
export type { Codes, FabricFault, Stage, StageForce } from "./repair.js";
export { codesFor, identityChain, STAGES } from "./repair.js";
export { FABRIC_ERRORS, type FabricErrorCode } from "./unit.js";
export { decodeWord, encode, type FabricInstruction } from "./words.js";
