/** Writes a run's trace to a file while it runs: text, or JSON lines for a name in .jsonl. */

import type { TraceKind } from "../../assembly/kernel/abi.js";
import type { TraceRecord } from "../core/rings.js";
import { UserError } from "../error/index.js";
import { suggestion } from "../machine/nearest.js";
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
import { OutputFile } from "./output-file.js";
import type { Options } from "./table.js";

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

/** Null without --trace. @throws UserError E206 for --trace-kinds with no file to write, E209. */
export function tracePlan(options: Options): TracePlan | null {
  const path = textOption(options, "trace");
  const kinds = textOption(options, "traceKinds");
  if (path !== null) return { path, kinds: parseTraceKinds(kinds) };
  const shown = textOption(options, "vcd") ?? textOption(options, "timeline");
  if (kinds === null || shown !== null) return null;
  const place = { argument: "--trace-kinds" };
  throw new UserError("E206", "--trace-kinds needs --trace", place, "add --trace FILE");
}

/** The kinds that --trace or --trace-kinds selects; none without them. @throws UserError E209. */
export function chosenKinds(options: Options): TraceKind[] {
  const kinds = textOption(options, "traceKinds");
  return kinds === null && textOption(options, "trace") === null ? [] : parseTraceKinds(kinds);
}

export class TraceFile {
  private readonly file: OutputFile;
  private readonly json: boolean;

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
    this.json = path.endsWith(".jsonl");
    this.file = new OutputFile(path, "--trace");
    this.file.write(`${this.json ? jsonHeader(machine) : traceHeader(machine)}\n`);
    hub.listen(kinds, (records) => this.write(records));
  }

  close(): void {
    this.file.close();
  }

  private write(records: readonly TraceRecord[]): void {
    const lines = records.map((record) => {
      const line = nameRecord(record, this.namer);
      return `${this.json ? formatJsonLine(line) : formatLine(line)}\n`;
    });
    this.file.write(lines.join(""));
  }
}
