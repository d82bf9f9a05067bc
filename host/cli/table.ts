/**
 * The commands as data: what --help prints, what the parser accepts, what completion offers. Each
 * is loaded when it is called, so that `exec` starts fast.
 */

import type { CommandResult, Context } from "./context.js";

/** What a value names: a file, NAME=FILE, or NAME=ENDPOINT whose endpoint may be `file:FILE`. */
export type FileUse = "file" | "pair" | "endpoint";

export interface OptionRow {
  readonly flags: string;
  readonly text: string;
  /** May be given more than once: the command gets a list. */
  readonly repeat?: true;
  readonly conflicts?: string;
  /** It names a file that the command writes or reads (see outputs.ts). */
  readonly writes?: FileUse;
  readonly reads?: FileUse;
}

/** Parsed options by their camel-case names. */
export type Options = Readonly<Record<string, unknown>>;

export type Action = (
  args: readonly (string | undefined)[],
  options: Options,
  context: Context,
) => Promise<CommandResult>;

export interface CommandRow {
  /** Name and arguments, as commander writes them. */
  readonly usage: string;
  readonly summary: string;
  readonly options: readonly OptionRow[];
  readonly examples: readonly string[];
  load(): Promise<{ readonly action: Action }>;
}

const TRACE_OPTIONS: readonly OptionRow[] = [
  {
    flags: "--trace <file>",
    text: "write a trace: text, or JSON lines for a name in .jsonl",
    writes: "file",
  },
  {
    flags: "--trace-kinds <list>",
    text: "events of the trace, comma-separated (default: all of them)",
  },
];

const WAVE_OPTIONS: readonly OptionRow[] = [
  { flags: "--vcd <file>", text: "write a waveform, for GTKWave or Surfer", writes: "file" },
  { flags: "--vcd-split", text: "single bits and full names in it, for sigrok" },
  {
    flags: "--timeline <file>",
    text: "write a timeline, for Perfetto (JSON for a name in .json)",
    writes: "file",
  },
];

const REPORT_OPTION: OptionRow = {
  flags: "--report <file>",
  text: "draw the drive of a motor: a page (.html) or a picture (.svg)",
  writes: "file",
};

const CHIP_OPTION: OptionRow = {
  flags: "--chip <name>",
  text: "preset of the chip: c600, gc2 or mini (default: c600)",
};

const DEFECT_OPTION: OptionRow = {
  flags: "--defect <col:row>",
  text: "a broken unit: column and silicon row, repaired (repeat)",
  repeat: true,
};

export const COMMANDS: readonly CommandRow[] = [
  {
    usage: "run <machine>",
    summary: "run a model or a machine file",
    options: [
      {
        flags: "--firmware <node=elf>",
        text: "firmware of a node (repeat)",
        repeat: true,
        reads: "pair",
      },
      {
        flags: "--serial <uart=endpoint>",
        text: "join a UART to an endpoint (repeat)",
        repeat: true,
        writes: "endpoint",
      },
      { flags: "--paced", text: "emulated time follows the wall clock", conflicts: "free" },
      { flags: "--free", text: "as fast as possible" },
      { flags: "--for <time>", text: "end after this machine time: 10ms, 2s, 5000000c, 100c@uart" },
      {
        flags: "--until <expr>",
        text: "end when met (repeat: any): uart:N.uart0:TEXT, pc:N=SYMBOL, wire:NAME=1, trace:UNIT.EVENT",
        repeat: true,
      },
      {
        flags: "--inject <fault>",
        text: "break something: KIND@TRIGGER:TARGET (repeat)",
        repeat: true,
      },
      { flags: "--faults <file>", text: "break what a faults file says", reads: "file" },
      { flags: "--scenario <name>", text: "run a scenario of the machine, with its verdict" },
      { flags: "--seed <n>", text: "seed of all random streams (default: the machine file's)" },
      { flags: "--record <file>", text: "record the session, for hotspare replay", writes: "file" },
      ...TRACE_OPTIONS,
      ...WAVE_OPTIONS,
      REPORT_OPTION,
      {
        flags: "--snapshot-at <time=file>",
        text: "write a snapshot at a time (repeat)",
        repeat: true,
        writes: "pair",
      },
      { flags: "--from <snapshot>", text: "start from a snapshot", reads: "file" },
      {
        flags: "--gdb <place>",
        text: "wait for GDB at [HOST:]PORT (0: any free port), or on stdin and stdout (stdio)",
      },
    ],
    examples: [
      "hotspare run console-board --serial board.uart0=pty",
      "hotspare run console-board --serial board.uart0=stdio",
      "hotspare run two-nodes --for 2s --until 'uart:a.uart0:all checks passed' --json",
      "hotspare run two-nodes --for 60ms --inject 'drop@t=14ms:a.uart1.tx'",
      "hotspare run two-nodes --scenario self-check",
      "hotspare run two-nodes --for 50ms --vcd run.vcd --timeline run.pftrace",
      "hotspare run two-nodes --gdb 1234",
      "hotspare run my/machine.json --firmware a=build/a.elf --record run.session --for 100ms",
    ],
    load: () => import("./commands/run.js"),
  },
  {
    usage: "exec <elf>",
    summary: "run a bare program on one hart with plain RAM",
    options: [
      { flags: "--ram <base:size>", text: "the RAM (default: around the program, at least 4M)" },
      { flags: "--boot <address>", text: "start address (default: the ELF's entry)" },
      { flags: "--isa <string>", text: "ISA of the hart (default: rv32imac)" },
      { flags: "--timing <profile>", text: "timing profile (default: ibex-small)" },
      { flags: "--hz <n>", text: "clock in Hz, for time_ps (default: 100000000)" },
      { flags: "--halt-store <address>", text: "a word store to this address ends the run" },
      { flags: "--max-cycles <n>", text: "simulated time-out: exit code 42" },
      {
        flags: "--signature <file>",
        text: "write begin_signature..end_signature, a word a line",
        writes: "file",
      },
      ...TRACE_OPTIONS,
    ],
    examples: [
      "hotspare exec rv32ui-p-add --json",
      "hotspare exec prog.elf --ram 0x80000000:16M --max-cycles 100_000_000",
      "hotspare exec prog.elf --halt-store 0x80001000 --trace prog.trace --trace-kinds retire,trap",
    ],
    load: () => import("./commands/exec.js"),
  },
  {
    usage: "campaign [scenario]",
    summary: "run a scenario once for every fault and time of a sweep, in parallel",
    options: [
      {
        flags: "--faults <file>",
        text: "faults to sweep (default: the scenario's)",
        reads: "file",
      },
      { flags: "--every <time>", text: "the grid of times at which they strike" },
      { flags: "--window <a..b>", text: "only times from A until just before B" },
      { flags: "--jobs <n>", text: "worker threads (default: one a processor)" },
      { flags: "--shard <i/n>", text: "only each n-th run, from the i-th" },
      { flags: "--out <dir>", text: "results.jsonl, summary.txt, junit.xml, index.html" },
      { flags: "--resume", text: "go on with the results in --out" },
      { flags: "--merge <dirs...>", text: "join shards into --out", repeat: true },
      { flags: "--seed <n>", text: "seed of the campaign (default: the scenario's)" },
    ],
    examples: [
      "hotspare campaign two-nodes/link",
      "hotspare campaign console-board/watchdog --every 1ms --window 40ms..60ms --out results --jobs 2",
      "hotspare campaign --merge shard1 shard2 --out all",
    ],
    load: () => import("./commands/campaign.js"),
  },
  {
    usage: "replay <session>",
    summary: "replay a recorded session with no port; verify outputs and digests",
    options: [
      {
        flags: "--firmware <node=elf>",
        text: "other firmware for a node; implies --outputs-only (repeat)",
        repeat: true,
        reads: "pair",
      },
      { flags: "--outputs-only", text: "compare the bytes that went out, not times and digests" },
      ...TRACE_OPTIONS,
    ],
    examples: [
      "hotspare replay run.session",
      "hotspare replay run.session --json --trace run.trace",
      "hotspare replay run.session --firmware board=build/board.elf",
    ],
    load: () => import("./commands/replay.js"),
  },
  {
    usage: "profile <machine>",
    summary: "where the cycles go: exact, by function and line, per hart",
    options: [
      { flags: "--for <time>", text: "run for this machine time (default: 100ms)" },
      {
        flags: "--firmware <node=elf>",
        text: "firmware of a node (repeat)",
        repeat: true,
        reads: "pair",
      },
      { flags: "--seed <n>", text: "seed of all random streams (default: the machine file's)" },
      { flags: "--folded <file>", text: "write folded stacks, for flame graphs", writes: "file" },
      { flags: "--speedscope <file>", text: "write a file for speedscope.app", writes: "file" },
      {
        flags: "--lcov <file>",
        text: "write the lines executed as an lcov tracefile",
        writes: "file",
      },
    ],
    examples: [
      "hotspare profile two-nodes --for 50ms",
      "hotspare profile console-board --speedscope board.speedscope.json --lcov board.info",
      "hotspare profile two-nodes --json > before.json  # later: hotspare diff before.json after.json",
    ],
    load: () => import("./commands/profile.js"),
  },
  {
    usage: "describe <machine>",
    summary: "address map, clocks, wiring, limits, and what is not modelled",
    options: [
      { flags: "--svg <file>", text: "write a block diagram", writes: "file" },
      { flags: "--faults", text: "what can be broken, and how" },
    ],
    examples: [
      "hotspare describe console-board",
      "hotspare describe two-nodes --svg two-nodes.svg",
      "hotspare describe two-nodes --faults",
    ],
    load: () => import("./commands/describe.js"),
  },
  {
    usage: "models",
    summary: "list the models that come with hotspare",
    options: [],
    examples: ["hotspare models"],
    load: () => import("./commands/models.js"),
  },
  {
    usage: "diff <a> <b>",
    summary: "first difference of two traces, snapshots or profiles; exit 1 if they differ",
    options: [],
    examples: ["hotspare diff good.trace bad.trace", "hotspare diff a.snapshot b.snapshot --json"],
    load: () => import("./commands/diff.js"),
  },
  {
    usage: "trace <file>",
    summary: "filter, convert and print a trace",
    options: [
      { flags: "--grep <text>", text: "only lines that contain this text" },
      { flags: "--unit <name>", text: "only this unit (repeat)", repeat: true },
      { flags: "--event <name>", text: "only this event (repeat)", repeat: true },
      { flags: "--jsonl", text: "print JSON lines" },
      ...WAVE_OPTIONS,
    ],
    examples: [
      "hotspare trace run.trace --event trap",
      "hotspare trace run.trace --grep main --jsonl",
      "hotspare trace run.trace --vcd run.vcd",
    ],
    load: () => import("./commands/trace.js"),
  },
  {
    usage: "exchange [pattern]",
    summary: "compile an exchange between tiles, run it in the emulated fabric, compare every word",
    options: [
      CHIP_OPTION,
      { flags: "--tiles <n>", text: "the first N logical tiles (default: all)" },
      { flags: "--words <n>", text: "words a transfer; for random the most (default: 4)" },
      { flags: "--degree <n>", text: "transfers that each tile sends in h-relation (default: 4)" },
      { flags: "--transfers <n>", text: "transfers of random (default: 16 a tile)" },
      { flags: "--seed <n>", text: "seed of patterns and of the scheduler (default: 1)" },
      DEFECT_OPTION,
      {
        flags: "--plan <file>",
        text: "transfers from a file instead of a pattern",
        reads: "file",
      },
      {
        flags: "--rows <file>",
        text: "run these exchange rows, compile nothing",
        conflicts: "plan",
        reads: "file",
      },
      { flags: "--landed", text: "list every word that landed" },
      {
        flags: "--svg <file>",
        text: "write a timeline: tiles down, cycles across",
        writes: "file",
      },
      {
        flags: "--html <file>",
        text: "write a report with figures, timeline and chip map",
        writes: "file",
      },
    ],
    examples: [
      "hotspare exchange halo --words 64",
      "hotspare exchange transpose --words 1 --defect 3:7 --defect 12:0 --json",
      "hotspare exchange ring --chip mini --words 16 --html ring.html",
      "hotspare exchange --rows rows.json --landed --json",
    ],
    load: () => import("./commands/exchange.js"),
  },
  {
    usage: "repair",
    summary: "measure the latency of every pair of tiles, with and without defects",
    options: [
      CHIP_OPTION,
      DEFECT_OPTION,
      { flags: "--all-defects", text: "every single defect of the chip, one after the other" },
      {
        flags: "--force-stage <stage>",
        text: "COL:ROW:in|out[:data-out|data-in|mux|sync] (repeat)",
        repeat: true,
      },
      {
        flags: "--table <file>",
        text: "write the latencies as CSV: source,destination,path",
        writes: "file",
      },
      { flags: "--svg <file>", text: "write a map of the chip", writes: "file" },
    ],
    examples: [
      "hotspare repair --chip c600 --defect 3:7",
      "hotspare repair --chip mini --all-defects --json",
      "hotspare repair --force-stage 3:5:out:data-out --table latency.csv",
    ],
    load: () => import("./commands/repair.js"),
  },
  {
    usage: "ports",
    summary: "list the serial ports of this computer",
    options: [],
    examples: ["hotspare ports"],
    load: () => import("./commands/ports.js"),
  },
  {
    usage: "term <endpoint>",
    summary: "a serial terminal; Ctrl-] ends it",
    options: [
      { flags: "--eol <ending>", text: "what Enter sends: cr, lf or crlf (default: cr)" },
      { flags: "--hex", text: "show what comes as a hex dump" },
      { flags: "--echo", text: "show what is typed" },
      { flags: "--log <file>", text: "write what comes to a file", writes: "file" },
    ],
    examples: ["hotspare term serial:/dev/ttyUSB0:115200", "hotspare term tcp:localhost:4000"],
    load: () => import("./commands/term.js"),
  },
  {
    usage: "ipmi <port> [command...]",
    summary: "ask a BMC over its serial port (IPMI basic mode)",
    options: [{ flags: "--list", text: "list the commands" }],
    examples: [
      "hotspare ipmi /tmp/bmc:115200 mc info",
      "hotspare ipmi /dev/ttyUSB0 chassis power cycle",
      "hotspare ipmi tcp:localhost:4000 raw 0x06 0x01",
    ],
    load: () => import("./commands/ipmi.js"),
  },
  {
    usage: "doctor",
    summary: "check this computer: Node, build, PTY, groups, ports, clients",
    options: [],
    examples: ["hotspare doctor"],
    load: () => import("./commands/doctor.js"),
  },
  {
    usage: "bench [name]",
    summary: "the project's benchmarks",
    options: [{ flags: "--runs <n>", text: "runs of each, at least 5 (default: 5)" }],
    examples: ["hotspare bench", "hotspare bench sieve --json"],
    load: () => import("./commands/bench.js"),
  },
  {
    usage: "schema [name]",
    summary: "print a JSON Schema (default: machine)",
    options: [],
    examples: ["hotspare schema machine > machine.schema.json"],
    load: () => import("./commands/schema.js"),
  },
  {
    usage: "completion <shell>",
    summary: "print a completion script for bash, zsh or fish",
    options: [],
    examples: ["hotspare completion bash > ~/.local/share/bash-completion/completions/hotspare"],
    load: () => import("./commands/completion.js"),
  },
];

export const GLOBAL_OPTIONS: readonly OptionRow[] = [
  { flags: "--json", text: "print one JSON object on stdout" },
  { flags: "--result <file>", text: "write the JSON object to a file too", writes: "file" },
  { flags: "--quiet", text: "no progress and no log on stderr" },
  { flags: "--verbose", text: "more detail on stderr", conflicts: "quiet" },
  {
    flags: "--log-file <file>",
    text: "write the log, with all detail, to a file",
    writes: "file",
  },
];
