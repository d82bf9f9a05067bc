/** Options that name a tile processor and what is wrong with it. */

import { UserError } from "../error/index.js";
import { type Chip, chipByName, type Defect, parseDefect, repairCodes } from "../exchange/index.js";
import type { ForcedStage } from "../pictures/index.js";
import { STAGE_NAMES } from "../pictures/index.js";
import type { ChipOptions } from "../tile/index.js";
import { parseInteger } from "./grammar/number.js";
import { listOption, textOption } from "./options.js";
import type { Options } from "./table.js";

const CHIP_DEFAULT = "c600";

/** @throws UserError E220. */
export function chipOption(options: Options): Chip {
  return asUsage(() => chipByName(textOption(options, "chip") ?? CHIP_DEFAULT));
}

/** @throws UserError E220 for a text that is no defect; whether it exists, the chip says. */
export function defectOptions(options: Options): Defect[] {
  return asUsage(() => listOption(options, "defect").map(parseDefect));
}

/** What does not exist is a mistake of the command line where the command line names it. */
export function asUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UserError) || !USAGE_CODES.has(error.code)) throw error;
    throw new UserError("E220", error.what, error.place, error.hint);
  }
}

const USAGE_CODES: ReadonlySet<string> = new Set(["E130", "E131", "E132"]);

/** An integer option, or undefined when it is not given. @throws UserError E202. */
export function numberOption(
  options: Options,
  name: string,
  flag: string,
  most: number,
): number | undefined {
  const text = textOption(options, name);
  return text === null ? undefined : Number(parseInteger(text, flag, BigInt(most)));
}

/**
 * Refuses options that the run would not read.
 * @param rows option name, its flag.
 * @throws UserError E206.
 */
export function refuseUnread(
  options: Options,
  rows: readonly (readonly [name: string, flag: string])[],
  why: string,
): void {
  for (const [name, flag] of rows) {
    if (options[name] === undefined || options[name] === false) continue;
    throw new UserError("E206", `nothing reads ${flag} ${why}`, { argument: flag }, "leave it out");
  }
}

/** `COL:ROW:in|out[:STAGE]`: one forced stage, or all four of the unit. @throws UserError E220. */
export function forceOptions(options: Options, chip: Chip): ForcedStage[] {
  return listOption(options, "forceStage").flatMap((text) => {
    const [col, row, way, stage, ...rest] = text.split(":");
    const stages = stage === undefined ? STAGE_NAMES : STAGE_NAMES.filter((name) => name === stage);
    const place = { argument: "--force-stage" };
    const numbers = /^\d{1,4}$/.test(col ?? "") && /^\d{1,4}$/.test(row ?? "");
    if (!numbers || (way !== "in" && way !== "out") || stages.length === 0 || rest.length > 0) {
      const hint = `write COL:ROW:in|out[:STAGE], STAGE one of ${STAGE_NAMES.join(", ")}`;
      throw new UserError("E220", `"${text}" forces no stage`, place, hint);
    }
    const unit = { col: Number(col), row: Number(row) };
    // The same limits as those of a defect.
    asUsage(() => repairCodes(chip, [unit], "--force-stage"));
    return stages.map((name) => ({ ...unit, stage: name, value: way === "in" ? 1 : 0 }) as const);
  });
}

/** The silicon of the emulated chip: repaired where it is defective, stages forced. */
export function siliconOf(
  chip: Chip,
  defects: readonly Defect[],
  forced: readonly ForcedStage[] = [],
): Pick<ChipOptions, "chip" | "repair" | "faults"> {
  const codes = repairCodes(chip, defects).map((code) => code ?? null);
  return {
    chip,
    repair: { codes, defects: defects.map(({ col, row }) => [col, row] as const) },
    faults: {
      forces: forced.map(({ col, row, stage, value }) => ({ column: col, row, stage, value })),
      stuckWords: [],
      stuckMuxes: [],
      deadBuses: [],
    },
  };
}
