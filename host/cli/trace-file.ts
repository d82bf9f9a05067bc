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

const BUFFER_CHARS = 1 << 16;

/** The kinds of a `--trace-kinds` list. @throws UserError E209 for a name that is no event. */
export function parseTraceKinds(list: string | null): TraceKind[] {
  if (list === null) return EVENT_KINDS.map(({ kind }) => kind);
  return list.split(",").map((name) => {
    const kind = KIND_BY_EVENT.get(name.trim());
    if (kind !== undefined) return kind;
    const hint = suggestion(name, [...KIND_BY_EVENT.keys()]);
    const place = { argument: "--trace-kinds" };
    throw new UserError("E209", `there is no trace event "${name}"`, place, hint);
  });
}

export class TraceFile {
  private readonly file: number;
  private readonly json: boolean;
  private buffer: string;

  /** @throws UserError E208 when the file cannot be written. */
  constructor(
    private readonly path: string,
    machine: string,
    private readonly namer: Namer,
  ) {
    this.json = path.endsWith(".jsonl");
    this.buffer = `${this.json ? jsonHeader(machine) : traceHeader(machine)}\n`;
    try {
      this.file = openSync(path, "w");
    } catch (error) {
      throw cannotWrite(path, "--trace", error);
    }
  }

  /** Takes the records of these kinds from now on. */
  follow(hub: RecordHub, kinds: readonly TraceKind[]): void {
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
