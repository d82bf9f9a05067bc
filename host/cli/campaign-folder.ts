/**
 * The folder of a campaign's results: `campaign.json` says which campaign and which part of it,
 * `results.jsonl` has a line for each run, in order. Nothing in them depends on workers or time.
 */

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { RunRow } from "../campaign/campaign.js";
import { UserError } from "../error/index.js";
import { cannotWrite } from "../node/files.js";

export interface CampaignAbout {
  /** Of scenario, machine, firmware and sweep: parts with one id belong together. */
  readonly id: string;
  readonly name: string;
  readonly summary: string;
  readonly runs: number;
  /** `I/N`; `1/1` for all runs. */
  readonly shard: string;
}

const ABOUT = "campaign.json";
const RESULTS = "results.jsonl";

function refuse(folder: string, what: string, hint: string): never {
  throw new UserError("E125", `"${folder}" ${what}`, { file: folder }, hint);
}

/** Results as they grow. */
export class CampaignFolder {
  private constructor(
    readonly path: string,
    readonly rows: RunRow[],
  ) {}

  /**
   * Opens a new folder, or with `resume` one that holds the beginning of the same campaign.
   * @throws UserError E208 (cannot be written), E125 (another campaign, or results without resume).
   */
  static open(path: string, about: CampaignAbout, resume: boolean): CampaignFolder {
    const rows: RunRow[] = [];
    if (existsSync(join(path, ABOUT))) {
      const { id, shard } = readAbout(path);
      if (!resume) refuse(path, "holds results", "give --resume, or another folder");
      if (id !== about.id || shard !== about.shard) {
        refuse(path, "holds results of another campaign", "give another folder");
      }
      rows.push(...readRows(path));
    }
    try {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, ABOUT), `${JSON.stringify(about, null, 2)}\n`);
      const whole = rows.map(lineOf).join("");
      if (rows.length > 0) truncateSync(join(path, RESULTS), Buffer.byteLength(whole));
      else writeFileSync(join(path, RESULTS), "");
    } catch (error) {
      throw cannotWrite(path, "--out", error);
    }
    return new CampaignFolder(path, rows);
  }

  add(row: RunRow): void {
    this.rows.push(row);
    appendFileSync(join(this.path, RESULTS), lineOf(row));
  }

  write(name: string, content: string): void {
    writeFileSync(join(this.path, name), content);
  }
}

function lineOf(row: RunRow): string {
  return `${JSON.stringify(row)}\n`;
}

function readAbout(path: string): CampaignAbout {
  try {
    const about = JSON.parse(readFileSync(join(path, ABOUT), "utf8")) as CampaignAbout;
    if (typeof about.id === "string" && typeof about.runs === "number") return about;
  } catch {
    // not there, or no JSON: the same to the user
  }
  return refuse(path, `has no ${ABOUT} that can be read`, "name a folder that --out has made");
}

/** Complete lines; a last line that was cut off is left out. */
function readRows(path: string): RunRow[] {
  const file = join(path, RESULTS);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  lines.pop();
  try {
    return lines.map((line) => JSON.parse(line) as RunRow);
  } catch {
    return refuse(path, `has a damaged ${RESULTS}`, "run it again into another folder");
  }
}

/**
 * Joins the shards of a campaign.
 * @throws UserError E125 when they are of different campaigns, or runs are missing or double.
 */
export function mergeFolders(paths: readonly string[]): { about: CampaignAbout; rows: RunRow[] } {
  const parts = paths.map((path) => ({ path, about: readAbout(path), rows: readRows(path) }));
  const [{ about } = refuse("--merge", "names no folder", "give the folders")] = parts;
  for (const part of parts) {
    if (part.about.id === about.id) continue;
    refuse(
      part.path,
      `belongs to another campaign than ${paths[0]}`,
      "merge parts of one campaign",
    );
  }
  const rows = parts.flatMap((part) => part.rows).sort((a, b) => a.run - b.run);
  rows.forEach((row, index) => {
    if (row.run === index) return;
    const what = row.run > index ? `run ${index} is missing` : `run ${row.run} is there twice`;
    refuse(paths.join(", "), `cannot be joined: ${what}`, "name each shard once, all complete");
  });
  if (rows.length !== about.runs) {
    const what = `hold ${rows.length} of ${about.runs} runs`;
    refuse(paths.join(", "), what, "name all shards, each complete (--resume)");
  }
  return { about: { ...about, shard: "1/1" }, rows };
}
