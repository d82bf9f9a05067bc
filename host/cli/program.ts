/** From the command line to a command and back: parsing, printing, errors, exit codes. */

import { Command, CommanderError, Option } from "commander";
import { Exit, UserError } from "../error/index.js";
import { nearest } from "../machine/nearest.js";
import { packageVersion, writeUserFile } from "../node/files.js";
import { reasonOf } from "../node/reasons.js";
import { type CommandResult, Context, type GlobalOptions } from "./context.js";
import { checkOutputs } from "./outputs.js";
import { Signals } from "./signals.js";
import {
  COMMANDS,
  type CommandRow,
  GLOBAL_OPTIONS,
  type OptionRow,
  type Options,
} from "./table.js";

/** A call that the parser has understood. */
interface Call {
  readonly row: CommandRow;
  readonly args: readonly (string | undefined)[];
  readonly options: Options;
}

/** Runs one command line. Never throws; returns the exit code of the process. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const signals = new Signals();
  quietPipes(signals);
  let options = guessOptions(argv);
  try {
    const call = await parse(argv);
    if (call === null) return Exit.PASS;
    options = globalOptions(call.options);
    checkFiles(call, () => {
      options = { ...options, result: null };
    });
    const context = new Context(options, argv, signals);
    signals.install();
    const { action } = await call.row.load();
    return await finish(await action(call.args, call.options, context), context);
  } catch (error) {
    return report(error, options, argv);
  }
}

/** A file named twice may be the one of --result: then not even the error may be written there. */
function checkFiles({ row, args, options }: Call, dropResult: () => void): void {
  try {
    checkOutputs(row, args, options);
  } catch (error) {
    if (error instanceof UserError && error.code === "E206") dropResult();
    throw error;
  }
}

/**
 * A reader that goes away (`hotspare trace f | head`) is no error: end without a word. What a
 * command prints at its end says itself when it cannot be written.
 */
function quietPipes(signals: Signals): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isGone(error)) signals.readerGone();
  });
  process.stderr.on("error", () => {});
}

/** EIO: the terminal hung up. */
function isGone({ code }: NodeJS.ErrnoException): boolean {
  return code === "EPIPE" || code === "EIO";
}

async function finish(result: CommandResult, context: Context): Promise<number> {
  const { json, result: file } = context.options;
  const object = json || file !== null ? objectOf(result) : "";
  context.status("");
  // A guest that had the terminal has left the cursor behind its prompt.
  const owned = result.textToStderr === true && process.stderr.isTTY === true;
  const text = typeof result.text === "string" ? [result.text] : result.text;
  const stream = result.textToStderr && !json ? process.stderr : process.stdout;
  if (owned && !json) await written(stream, ["\n"]);
  const failure = await written(stream, json ? [object] : text);
  // After the result is out: a place that cannot be written must not lose it.
  if (file !== null) writeUserFile(file, object, "--result");
  if (failure === null || isGone(failure) || stream === process.stderr) return result.exitCode;
  const what = `the result cannot be written: ${reasonOf(failure)}`;
  throw new UserError("E208", what, { argument: "standard output" }, "make room, or use --result");
}

function objectOf({ json }: CommandResult): string {
  return `${JSON.stringify(typeof json === "function" ? json() : json)}\n`;
}

/** Null when the text is out. */
async function written(
  stream: NodeJS.WriteStream,
  pieces: Iterable<string>,
): Promise<Error | null> {
  for (const text of pieces) {
    if (text === "") continue;
    const error = await new Promise<Error | null>((resolve) =>
      stream.write(text, (failure) => resolve(failure ?? null)),
    );
    if (error !== null) return error;
  }
  return null;
}

/** Null when the parser has answered itself (--help, --version). */
async function parse(argv: readonly string[]): Promise<Call | null> {
  const calls: Call[] = [];
  const program = buildProgram((call) => calls.push(call));
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    if (error.code === "commander.help") throw unknownCommand(argv[argv.indexOf("help") + 1]);
    throw usageError(error);
  }
  return calls[0] ?? null;
}

function buildProgram(onCall: (call: Call) => void): Command {
  const program = new Command("hotspare")
    .description("A hardware-in-the-loop emulator for hardware that must survive its own failures.")
    .version(packageVersion(), "--version", "print the version")
    .usage("[options] [command]")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print the help of a command")
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .addHelpText("after", examples(["hotspare run console-board --serial board.uart0=stdio"]));
  for (const row of GLOBAL_OPTIONS) program.addOption(optionOf(row));
  for (const row of COMMANDS) {
    const command = program
      .command(row.usage)
      .description(row.summary)
      .helpOption("-h, --help", "print help")
      .addHelpText("after", examples(row.examples));
    for (const option of row.options) command.addOption(optionOf(option));
    command.action((...values: unknown[]) => {
      // A variadic argument comes as a list of its own.
      const args = values.slice(0, -2).flat() as (string | undefined)[];
      onCall({ row, args, options: command.optsWithGlobals() });
    });
  }
  program.argument("[command]").allowExcessArguments();
  program.action((word?: string) => {
    throw unknownCommand(word);
  });
  return program;
}

function unknownCommand(word: string | undefined): UserError {
  const all = "hotspare --help lists the commands";
  if (word === undefined) {
    return new UserError("E200", "no command is given", { argument: "hotspare" }, all);
  }
  const near = nearest(
    word,
    COMMANDS.map(({ usage }) => usage.split(" ")[0]!),
  );
  const hint = near === undefined ? all : `did you mean ${near}?`;
  return new UserError("E200", `unknown command '${word}'`, { argument: word }, hint);
}

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

function optionOf({ flags, text, repeat, conflicts }: OptionRow): Option {
  const option = new Option(flags, text);
  if (conflicts !== undefined) option.conflicts(conflicts);
  if (repeat) {
    option.argParser<string[]>((value, before) => [...(before ?? []), value]);
  } else if (option.required) {
    option.argParser<string>((value, before) => {
      if (before !== undefined) throw givenTwice(option.long ?? flags);
      return value;
    });
  }
  return option;
}

function givenTwice(flag: string): UserError {
  const hint = "remove one of the two; --help says which options may be repeated";
  return new UserError("E207", `${flag} is given twice`, { argument: flag }, hint);
}

/** `error: unknown option '--fo'\n(Did you mean --for?)` as a UserError. */
function usageError(error: CommanderError): UserError {
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const word = /'([^']+)'/.exec(first)?.[1]?.split(" ")[0];
  const advice = rest.join(" ").replace(/^\(|\)$/g, "");
  const hint = advice === "" ? "hotspare COMMAND --help shows what it takes" : lowerFirst(advice);
  const code = error.code === "commander.conflictingOption" ? "E206" : "E200";
  return new UserError(code, first, { argument: word ?? "hotspare" }, hint);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function globalOptions(options: Options): GlobalOptions {
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  return {
    json: options.json === true,
    quiet: options.quiet === true,
    verbose: options.verbose === true,
    logFile: text(options.logFile),
    result: text(options.result),
  };
}

/** For errors of the parser itself, which knows no options yet. */
function guessOptions(argv: readonly string[]): GlobalOptions {
  const at = argv.indexOf("--result");
  const joined = argv.find((word) => word.startsWith("--result="))?.slice("--result=".length);
  return {
    json: argv.includes("--json"),
    quiet: argv.includes("--quiet"),
    verbose: argv.includes("--verbose"),
    logFile: null,
    result: (at < 0 ? null : argv[at + 1]) ?? joined ?? null,
  };
}

/** Prints what went wrong. A user's mistake has no stack trace; ours has one with --verbose. */
function report(error: unknown, options: GlobalOptions, argv: readonly string[]): number {
  const user = error instanceof UserError;
  const bug = user ? null : describeBug(error, argv);
  const object = `${JSON.stringify({ error: user ? error.toJSON() : bug })}\n`;
  if (options.result !== null) {
    try {
      writeUserFile(options.result, object, "--result");
    } catch (failure) {
      process.stderr.write(`${(failure as Error).message}\n`);
    }
  }
  if (options.json) process.stdout.write(object);
  else if (user) process.stderr.write(`${error.message}\n`);
  else process.stderr.write(`${bug!.code} ${bug!.place}: ${bug!.message}\nhint: ${bug!.hint}\n`);
  if (!user && options.verbose) process.stderr.write(`${(error as Error).stack ?? error}\n`);
  return user ? error.exitCode : Exit.MODEL_BUG;
}

interface BugReport {
  readonly code: string;
  readonly message: string;
  readonly place: string;
  readonly hint: string;
}

/** `replay`: the command that shows it again, when the error carries a better one than the call. */
function describeBug(error: unknown, argv: readonly string[]): BugReport {
  const { message, replay } = error as { message?: string; replay?: string };
  const again = replay ?? ["hotspare", ...argv.map(shellWord)].join(" ");
  return {
    code: "BUG",
    message: `a bug of hotspare ${packageVersion()}: ${message ?? String(error)}`,
    place: "hotspare",
    hint: `please report it with this command and its files: ${again} --verbose`,
  };
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
