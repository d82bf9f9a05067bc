/** `hotspare doctor`: is this computer ready? Each check says what it found and what to do. */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { loadModule } from "../../core/module.js";
import { Exit } from "../../error/index.js";
import { modelNames, readCore } from "../../node/files.js";
import { listPorts } from "../../node/ports.js";
import { openPty } from "../../node/pty.js";
import type { Action } from "../table.js";
import { table } from "../text-table.js";

/** `ok`, `missing` (something optional is absent), `bad` (hotspare cannot do its work). */
type State = "ok" | "missing" | "bad";

interface Check {
  readonly name: string;
  readonly state: State;
  readonly found: string;
  /** What to do; empty when all is well. */
  readonly hint: string;
}

/** Programs that others use with hotspare, and Debian's package of each. */
const CLIENTS: readonly (readonly [program: string, debianPackage: string, use: string])[] = [
  ["socat", "socat", "joins endpoints in scripts"],
  ["picocom", "picocom", "a terminal for PTYs and ports"],
  ["ipmitool", "ipmitool", "talks to the BMC model"],
  ["gdb-multiarch", "gdb-multiarch", "debugs guest programs"],
  ["riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf", "builds guest programs"],
];

const NODE_MAJOR = 20;
const NODE_MINOR = 19;

export const action: Action = async () => {
  const checks = [
    checkNode(),
    await checkCore(),
    checkModels(),
    await checkPty(),
    checkGroups(),
    await checkPorts(),
    ...CLIENTS.map(checkClient),
  ];
  const bad = checks.filter(({ state }) => state === "bad").length;
  const rows = checks.map(({ name, state, found, hint }) => [state, name, found, hint]);
  return {
    json: { ok: bad === 0, checks },
    text: table(rows),
    exitCode: bad === 0 ? Exit.PASS : Exit.FAIL,
  };
};

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > NODE_MAJOR || (major === NODE_MAJOR && minor >= NODE_MINOR);
  const hint = ok ? "" : `install Node ${NODE_MAJOR}.${NODE_MINOR} or later`;
  return { name: "node", state: ok ? "ok" : "bad", found: process.versions.node, hint };
}

async function checkCore(): Promise<Check> {
  try {
    const bytes = readCore();
    await loadModule(bytes);
    return { name: "core", state: "ok", found: `${bytes.length} bytes`, hint: "" };
  } catch (error) {
    const found = (error as Error).message;
    return { name: "core", state: "bad", found, hint: "npm run build, or install again" };
  }
}

function checkModels(): Check {
  const names = modelNames();
  const ok = names.length > 0;
  const hint = ok ? "" : "install again: the package has lost firmware-models";
  return { name: "models", state: ok ? "ok" : "bad", found: names.join(", ") || "none", hint };
}

async function checkPty(): Promise<Check> {
  const hint = "install perl or socat; until then use tcp-listen:0 in place of pty";
  try {
    const pty = await openPty();
    const found = pty.path;
    await pty.close();
    return { name: "pty", state: "ok", found, hint: "" };
  } catch (error) {
    return { name: "pty", state: "missing", found: (error as Error).message.split("\n")[0]!, hint };
  }
}

/** Serial devices belong to the group dialout on Debian, uucp on others. */
function checkGroups(): Check {
  const { uid, username } = userInfo();
  if (uid === 0) return { name: "groups", state: "ok", found: "root", hint: "" };
  const groups = existsSync("/etc/group") ? readFileSync("/etc/group", "utf8") : "";
  const own = new Set(process.getgroups?.() ?? []);
  const serial = groups
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([name]) => name === "dialout" || name === "uucp");
  const member = serial.find(([, , gid]) => own.has(Number(gid)));
  if (member !== undefined) {
    return { name: "groups", state: "ok", found: `in ${member[0]}`, hint: "" };
  }
  const name = serial[0]?.[0] ?? "dialout";
  const hint = `for real ports: sudo adduser ${username} ${name}, and log in again`;
  return { name: "groups", state: "missing", found: `not in ${name}`, hint };
}

async function checkPorts(): Promise<Check> {
  const ports = await listPorts();
  const found = ports.map(({ path }) => path).join(", ") || "none";
  const hint = ports.length > 0 ? "" : "plug in an adapter; without one use pty or tcp-listen";
  return { name: "serial ports", state: ports.length > 0 ? "ok" : "missing", found, hint };
}

function checkClient([program, debianPackage, use]: (typeof CLIENTS)[number]): Check {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const path = folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
  if (path === undefined) {
    const hint = `${use}: sudo apt install ${debianPackage}`;
    return { name: program, state: "missing", found: "not installed", hint };
  }
  return { name: program, state: "ok", found: versionOf(path), hint: "" };
}

/** First line of the program's version, or its path when it tells none. */
function versionOf(path: string): string {
  const { stdout, status } = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 2000 });
  const line = status === 0 ? (stdout.split("\n")[0] ?? "") : "";
  return line.trim() || path;
}
