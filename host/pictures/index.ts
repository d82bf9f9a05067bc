/** Pictures of exchanges and chips, as SVG and HTML text; they run without a browser. */

export {
  type Activity,
  type ActivityLanding,
  type ActivityRow,
  gatherActivity,
} from "./activity.js";
export {
  type ChipMapData,
  chipMapSvg,
  type ForcedStage,
  STAGE_NAMES,
  type StageName,
} from "./chip-map.js";
export { driveHtml, driveSvg } from "./drive.js";
export { type Report, type ReportSection, reportHtml } from "./report.js";
export { timelineSvg } from "./timeline.js";
