/** The shape of `tile_processors` in a machine file (see schema.ts). */

import { z } from "zod";
import { CHIPS } from "../exchange/geometry.js";
import { TIMING_PROFILES } from "./kinds.js";

const whole = (least: number, most: number, meaning: string) => {
  const error = `expected a whole number from ${least} to ${most}`;
  return z.int(error).min(least, error).max(most, error).describe(meaning);
};

const PRESETS = Object.keys(CHIPS) as [string, ...string[]];

/** Limits are those of assembly/tile: fields of tile numbers, 18-bit word addresses. */
const geometry = z
  .strictObject(
    {
      columns: whole(2, 16, "columns, an even number; half of them on each side"),
      rows: whole(1, 24, "visible rows; every column has one unit more"),
      tiles_per_unit: whole(1, 4, "tiles that share a unit"),
      memory_kib: whole(16, 768, "memory of a tile in KiB, a multiple of 16"),
      mux_reset: whole(0, 0x1fff, "mux register after reset; must name no tile").optional(),
    },
    "expected a geometry: an object with columns, rows, tiles_per_unit and memory_kib",
  )
  .describe("a geometry of one's own");

const site = z
  .tuple([z.int().nonnegative(), z.int().nonnegative()], "expected [column, silicon row]")
  .describe("[column, silicon row]");

/** Our choice: below 32 cycles a release could overtake what is measured of it. */
const LEAST_OVERHEAD = 32;

export const tileProcessor = z
  .strictObject(
    {
      preset: z
        .union([z.enum(PRESETS), geometry], {
          error: `expected one of ${PRESETS.join(", ")}, or an object of a geometry`,
        })
        .describe("the chip"),
      clock: z.string("expected the name of a clock").describe("name of the tiles' clock"),
      isa: z.string("expected an ISA string").describe("of every core, e.g. rv32im"),
      timing: z
        .enum([...TIMING_PROFILES.keys()] as [string, ...string[]], {
          error: `expected a timing profile: ${[...TIMING_PROFILES.keys()].join(", ")}`,
        })
        .describe("of every core"),
      firmware: z
        .string("expected a text in double quotes")
        .optional()
        .describe("ELF that every tile runs, a path relative to this file"),
      defects: z
        .array(site, "expected a list of defects")
        .max(400, "at most 400 defects")
        .optional()
        .describe("broken units"),
      codes: z
        .array(z.union([z.int().min(0).max(31), z.null()]), "expected a list of rows and nulls")
        .optional()
        .describe("repair code of every column, or null; default: what repairs the defects"),
      tiles: z
        .union([z.literal("all"), z.int().positive()], { error: 'expected "all" or a number' })
        .optional()
        .describe("logical tiles that have memory and run: the first N; default all"),
      barrier_overhead_cycles: whole(
        LEAST_OVERHEAD,
        65_535,
        "cycles from the last barrier request to the release; default 250",
      ).optional(),
      barrier_watchdog_cycles: whole(
        1,
        2 ** 31 - 1,
        "cycles after which a barrier that hangs is reported; default 1048576",
      ).optional(),
    },
    "expected a tile processor: an object with preset, clock, isa and timing",
  )
  .describe("a chip of tiles: each a hart with memory, joined by the exchange");
