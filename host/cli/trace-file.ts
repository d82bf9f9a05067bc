/** Writes a run's trace to a file while it runs: text, or JSON lines for a name in .jsonl. */

import { closeSync, openSync, writeSync } from "node:fs";
import type { TraceKind } from "../../assembly/kernel/abi.js";
import type { TraceRecord } from "../core/rings.js";
import { UserError } from "../error/index.js";
import { suggestion } from "../machine/nearest.js";
import { cannotWrite } from "../node/files.js";
import type { RecordHub } from "../session/hub.js";
import {
  formatJsonLine,
  formatLine,
  jsonHeader,
  nameRecord,
  traceHeader,
} from "../trace/format.js";
import { EVENT_KINDS, KIND_BY_EVENT, type Namer } from "../trace/kinds.js";
import { textOption } from "./options.js";
import type { Options } from "./table.js";

const BUFFER_CHARS = 1 << 16;

/** The kinds of a `--trace-kinds` list. @throws UserError E209 for a name that is no event. */
function parseTraceKinds(list: string | null): TraceKind[] {
  if (list === null) return EVENT_KINDS.map(({ kind }) => kind);
  return list.split(",").map((name) => {
    const kind = KIND_BY_EVENT.get(name.trim());
    if (kind !== undefined) return kind;
    const hint = suggestion(name, [...KIND_BY_EVENT.keys()]);
    const place = { argument: "--trace-kinds" };
    throw new UserError("E209", `there is no trace event "${name}"`, place, hint);
  });
}

/** What `--trace` and `--trace-kinds` ask for. */
export interface TracePlan {
  readonly path: string;
  readonly kinds: readonly TraceKind[];
}

/** Null without --trace. @throws UserError E206 for --trace-kinds alone, E209. */
export function tracePlan(options: Options): TracePlan | null {
  const path = textOption(options, "trace");
  const kinds = textOption(options, "traceKinds");
  if (path !== null) return { path, kinds: parseTraceKinds(kinds) };
  if (kinds === null) return null;
  const place = { argument: "--trace-kinds" };
  throw new UserError("E206", "--trace-kinds needs --trace", place, "add --trace FILE");
}

export class TraceFile {
  private readonly path: string;
  private readonly file: number;
  private readonly json: boolean;
  private buffer: string;

  /**
   * Opens the file; from now on it takes the records of its kinds.
   * @throws UserError E208 when it cannot be written.
   */
  constructor(
    { path, kinds }: TracePlan,
    machine: string,
    private readonly namer: Namer,
    hub: RecordHub,
  ) {
    this.path = path;
    this.json = path.endsWith(".jsonl");
    this.buffer = `${this.json ? jsonHeader(machine) : traceHeader(machine)}\n`;
    try {
      this.file = openSync(path, "w");
    } catch (error) {
      throw cannotWrite(path, "--trace", error);
    }
    hub.listen(kinds, (records) => this.write(records));
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }

  private write(records: readonly TraceRecord[]): void {
    for (const record of records) {
      const line = nameRecord(record, this.namer);
      this.buffer += `${this.json ? formatJsonLine(line) : formatLine(line)}\n`;
      if (this.buffer.length > BUFFER_CHARS) this.flush();
    }
  }

  private flush(): void {
    try {
      writeSync(this.file, this.buffer);
    } catch (error) {
      throw cannotWrite(this.path, "--trace", error);
    }
    this.buffer = "";
  }
}
