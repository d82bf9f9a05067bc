/** The exchange compiler: what the command line, the tests' API and the emulator use of it. */

export { floorCycles, type Timing, wordBound } from "./bound.js";
export { type CheckedSchedule, checkSchedule, type Rule, type Violation } from "./check.js";
export { checkRow, type RowProblem } from "./check-rows.js";
export {
  type CompiledExchange,
  type CompiledPattern,
  compileExchange,
  compilePattern,
  type ExchangeReport,
  type TileRow,
} from "./compile.js";
export { EXCHANGE_ERROR_ROWS } from "./errors.js";
export { type Fabric, makeFabric } from "./fabric.js";
export * from "./geometry.js";
export * from "./maps.js";
export { PATTERNS, type PatternParameters, patternSteps } from "./patterns.js";
export { type Placement, placeBuffers } from "./placement.js";
export { type Plan, parsePlan } from "./plan.js";
export { parseRowFile, type RowFile, type RowFileTile } from "./row-file.js";
export {
  decodeInstruction,
  encodeInstruction,
  eventsOf,
  type RowInstruction,
  rowText,
  wordsOf,
} from "./rows.js";
export { type Schedule, type ScheduleOptions, scheduleTransfers } from "./schedule/index.js";
export {
  deliveredWords,
  packTransfers,
  type Transfer,
  type TransferSet,
  transferAt,
} from "./transfers.js";
