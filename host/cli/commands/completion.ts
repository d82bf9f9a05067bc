/** `hotspare completion bash|zsh|fish`: completion scripts, made from the table of commands. */

import { Exit, UserError } from "../../error/index.js";
import { suggestion } from "../../machine/nearest.js";
import { modelNames } from "../../node/files.js";
import { type Action, COMMANDS, GLOBAL_OPTIONS, type OptionRow } from "../table.js";

/** What completion offers for one command. */
interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly { readonly flag: string; readonly text: string }[];
  /** Words that its argument may be; otherwise files are offered. */
  readonly words: readonly string[];
}

const SHELLS: ReadonlyMap<string, (entries: readonly Entry[]) => string> = new Map([
  ["bash", bash],
  ["zsh", zsh],
  ["fish", fish],
]);

export const action: Action = async ([shell = ""]) => {
  const script = SHELLS.get(shell);
  if (script === undefined) {
    const hint = suggestion(shell, [...SHELLS.keys()]);
    throw new UserError("E200", `no completion for "${shell}"`, { argument: shell }, hint);
  }
  const text = script(entries());
  return { json: { shell, script: text }, text, exitCode: Exit.PASS };
};

function entries(): Entry[] {
  const options = (rows: readonly OptionRow[]) =>
    [...rows, ...GLOBAL_OPTIONS, { flags: "--help", text: "print help" }].map(
      ({ flags, text }) => ({
        flag: flags.split(" ")[0]!,
        text,
      }),
    );
  return COMMANDS.map((row) => {
    const name = row.usage.split(" ")[0]!;
    return { name, summary: row.summary, options: options(row.options), words: wordsOf(name) };
  });
}

const ARGUMENT_WORDS: Readonly<Record<string, () => readonly string[]>> = {
  run: modelNames,
  describe: modelNames,
  completion: () => [...SHELLS.keys()],
  schema: () => ["machine"],
};

function wordsOf(command: string): readonly string[] {
  return ARGUMENT_WORDS[command]?.() ?? [];
}

function flagsOf({ options }: Entry): string {
  return options.map(({ flag }) => flag).join(" ");
}

function bash(rows: readonly Entry[]): string {
  const cases = rows.map(
    (row) => `    ${row.name}) flags="${flagsOf(row)}"; words="${row.words.join(" ")}" ;;`,
  );
  return [
    "# bash completion of hotspare",
    "_hotspare() {",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell
    '  local word="${COMP_WORDS[COMP_CWORD]}" flags="" words=""',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${rows.map(({ name }) => name).join(" ")}" -- "$word"))`,
    "    return",
    "  fi",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    "  esac",
    '  if [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$word"))',
    '  else COMPREPLY=($(compgen -W "$words" -- "$word") $(compgen -f -- "$word")); fi',
    "}",
    "complete -o filenames -F _hotspare hotspare",
    "",
  ].join("\n");
}

function zsh(rows: readonly Entry[]): string {
  const quoted = (text: string) => text.replaceAll("'", "'\\''");
  const commands = rows.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`);
  const cases = rows.map(
    (row) => `    ${row.name}) compadd -- ${[flagsOf(row), ...row.words].join(" ")}; _files ;;`,
  );
  return [
    "#compdef hotspare",
    "_hotspare() {",
    "  local -a commands",
    "  commands=(",
    ...commands,
    "  )",
    "  if (( CURRENT == 2 )); then _describe command commands; return; fi",
    '  case "$words[2]" in',
    ...cases,
    "  esac",
    "}",
    "compdef _hotspare hotspare",
    "",
  ].join("\n");
}

function fish(rows: readonly Entry[]): string {
  const quoted = (text: string) => text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  const lines = rows.flatMap(({ name, summary, options, words }) => [
    `complete -c hotspare -n __fish_use_subcommand -a ${name} -d '${quoted(summary)}'`,
    ...options.map(
      ({ flag, text }) =>
        `complete -c hotspare -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)} -d '${quoted(text)}'`,
    ),
    ...words.map(
      (word) => `complete -c hotspare -n '__fish_seen_subcommand_from ${name}' -a ${word}`,
    ),
  ]);
  return `# fish completion of hotspare\n${lines.join("\n")}\n`;
}
