/**
 * Machine files: from text to the image that the core runs, and to what `hotspare describe` prints.
 * `hotspare exec` imports bare.ts alone, so that it starts without the schema library.
 */

export { BARE_ERROR_ROWS, BARE_HART, type BareOptions, bareMachine } from "./bare.js";
export { describeMachine, type MachineReport, type NodeReport } from "./describe.js";
export { describeSvg } from "./describe-svg.js";
export { describeText } from "./describe-text.js";
export type * from "./description.js";
export { nodeNames } from "./description.js";
export { type ElaborateOptions, elaborate, firmwareFiles } from "./elaborate.js";
export { MACHINE_ERROR_ROWS } from "./errors.js";
export type { Firmware, FirmwareByNode, FirmwareFile, FirmwareSegment } from "./firmware.js";
export { type JsonDocument, type JsonValue, type Path, readJson } from "./jsonc.js";
export { type Lookahead, lookahead } from "./lookahead.js";
export { nearest, suggestion } from "./nearest.js";
export { parseMachine } from "./parse.js";
export { plan } from "./plan.js";
export type { MachinePlan } from "./plan-types.js";
export * from "./quantities.js";
export { machineJsonSchema } from "./schema.js";
