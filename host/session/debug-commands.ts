/** What a debugger's user may ask beside the protocol: `monitor COMMAND` in GDB. */

import { UserError } from "../error/index.js";
import type { Debuggee } from "./debuggee.js";

interface CommandRow {
  readonly usage: string;
  readonly text: string;
  run(target: Debuggee, args: string): string | Promise<string>;
}

const STALE = "registers shown before are of another time: maintenance flush register-cache";

const COMMANDS: Readonly<Record<string, CommandRow>> = {
  time: {
    usage: "time",
    text: "machine time, and the cycle of each hart's clock",
    run: time,
  },
  devices: {
    usage: "devices [NAME]",
    text: "the units of the machine, or those whose name holds NAME",
    run: devices,
  },
  snapshot: {
    usage: "snapshot [NAME]",
    text: "keep the machine as it stands, or list what is kept",
    run: snapshot,
  },
  restore: {
    usage: "restore NAME",
    text: "go to what was kept; what came after it is forgotten",
    run: restore,
  },
  seek: {
    usage: "seek PICOSECONDS",
    text: "go to an exact earlier or later machine time",
    run: seek,
  },
  inject: {
    usage: "inject FAULT",
    text: "apply a fault now",
    run: inject,
  },
  digest: {
    usage: "digest",
    text: "digest of the machine's state",
    run: ({ machine }) => machine.digest(),
  },
  help: {
    usage: "help",
    text: "this list",
    run: help,
  },
};

/** Runs a command line; a mistake of the user is answered, not thrown. */
export async function debugCommand(target: Debuggee, line: string): Promise<string> {
  const [, name = "", args = ""] = /^\s*(\S*)\s*(.*?)\s*$/.exec(line) ?? [];
  const row = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (row === undefined) return `no command "${name}"; monitor help lists them`;
  try {
    return await row.run(target, args);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

function help(): string {
  const rows = Object.values(COMMANDS);
  const width = Math.max(...rows.map(({ usage }) => usage.length));
  return rows.map(({ usage, text }) => `${usage.padEnd(width)}  ${text}`).join("\n");
}

function time({ machine }: Debuggee): string {
  const rows = machine
    .hartViews()
    .map(
      ({ name, cycles, retired, state }) =>
        `${name}: cycle ${cycles}, retired ${retired}, ${state}`,
    );
  return [`${machine.now()} ps`, ...rows].join("\n");
}

function devices({ machine }: Debuggee, name: string): string {
  const { units, harts } = machine.image;
  const rows = units
    .filter((unit) => unit.name.includes(name))
    .map(({ index, name: unit, hart }) => {
      const owner = hart === null ? "" : `  of ${harts[hart]?.name ?? hart}`;
      return `${String(index).padStart(4)}  ${unit}${owner}`;
    });
  return rows.length === 0 ? `no unit's name holds "${name}"` : rows.join("\n");
}

function snapshot(target: Debuggee, name: string): string {
  const { named, history } = target;
  if (name !== "") named.set(name, history.here());
  const rows = [...named].map(([kept, mark]) => `${kept}: ${mark.snapshot.now_ps} ps`);
  return rows.length === 0 ? "no snapshot is kept" : rows.join("\n");
}

function restore(target: Debuggee, name: string): string {
  const mark = target.named.get(name);
  if (mark === undefined) return `no snapshot "${name}" is kept`;
  target.goToMark(mark);
  return `${target.machine.now()} ps\n${STALE}`;
}

async function seek(target: Debuggee, text: string): Promise<string> {
  if (!/^[0-9][0-9_]*$/.test(text)) return "seek takes a machine time in picoseconds";
  const time_ps = BigInt(text.replaceAll("_", ""));
  const { history, machine } = target;
  if (time_ps < history.oldest_ps) return `history begins at ${history.oldest_ps} ps`;
  await target.goToTime(time_ps);
  return `${machine.now()} ps\n${STALE}`;
}

function inject(target: Debuggee, fault: string): string {
  if (target.host.inject === undefined) return "faults cannot be injected here";
  const answer = target.host.inject(fault);
  target.history.branch();
  return answer;
}
