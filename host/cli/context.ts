/**
 * What every command gets: where its lines go, what the user asked for, whether a signal came.
 * stdout carries results only; progress, logs and errors go to stderr.
 */

import { appendFileSync, writeFileSync } from "node:fs";
import { cannotWrite } from "../node/files.js";
import { reasonOf } from "../node/reasons.js";
import { Signals } from "./signals.js";

export interface GlobalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly logFile: string | null;
  readonly result: string | null;
}

/** What a command found: the object of `--json`, its text, and the process's exit code. */
export interface CommandResult {
  /** Made only where it is wanted: it may be large. */
  readonly json: object | (() => object);
  /** In pieces where it is long. */
  readonly text: string | Iterable<string>;
  readonly exitCode: number;
  /** True when stdout belongs to somebody else (a guest on stdio): the text goes to stderr. */
  readonly textToStderr?: boolean;
}

export class Context {
  private statusShown = false;
  private logFailed = false;

  /** @throws UserError E208 when the log file cannot be written. */
  constructor(
    readonly options: GlobalOptions,
    /** The command line, without node and script. */
    readonly argv: readonly string[],
    readonly signals = new Signals(),
  ) {
    if (options.logFile === null) return;
    try {
      writeFileSync(options.logFile, "");
    } catch (error) {
      throw cannotWrite(options.logFile, "--log-file", error);
    }
  }

  /** A line for the user: stderr, unless --quiet, and the log file. */
  log(line: string): void {
    if (!this.options.quiet) this.toStderr(line);
    this.toLogFile(line);
  }

  /** A line that other programs wait for: stderr even with --quiet. */
  announce(line: string): void {
    this.toStderr(line);
    this.toLogFile(line);
  }

  /** A line of detail: stderr with --verbose, and the log file. */
  detail(line: string): void {
    if (this.options.verbose) this.toStderr(line);
    this.toLogFile(line);
  }

  /** True where a line that overwrites itself makes sense. */
  get live(): boolean {
    const { quiet, verbose } = this.options;
    return process.stderr.isTTY === true && !process.env.CI && !quiet && !verbose;
  }

  /** True where a person reads stderr: advice on what to type makes sense. */
  get interactive(): boolean {
    return process.stderr.isTTY === true && !this.options.quiet && !this.options.json;
  }

  /** Columns of a line that overwrites itself: the last one would wrap on some terminals. */
  get columns(): number {
    return (process.stderr.columns || 80) - 1;
  }

  /** The live status line; shown only where `live`. An empty text removes it. */
  status(text: string): void {
    if (!this.live || (text === "" && !this.statusShown)) return;
    process.stderr.write(`\r\x1b[K${text.slice(0, this.columns)}`);
    this.statusShown = text !== "";
  }

  private toStderr(line: string): void {
    if (this.statusShown) this.status("");
    process.stderr.write(`${line}\n`);
  }

  /** A log that cannot be written any more does not end the command: it is said once. */
  private toLogFile(line: string): void {
    const { logFile } = this.options;
    if (logFile === null || this.logFailed) return;
    try {
      appendFileSync(logFile, `${line}\n`);
    } catch (error) {
      this.logFailed = true;
      this.toStderr(`the log ends here: "${logFile}" cannot be written: ${reasonOf(error)}`);
    }
  }
}
