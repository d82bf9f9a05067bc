/**
 * Register tables, from the headers of the device files to everything that repeats them: C headers
 * for firmware and docs/registers.md. No register is written twice.
 *
 *   node scripts/registers.mjs           writes the generated files
 *   node scripts/registers.mjs --check   exits 1 and names the files that differ
 *
 * The form of a table (the first comment of a device file that has the line "offset  name ..."):
 *
 *   offset  name  access  reset        meaning
 *   0x00    CTRL  RW      0x0000_0000  A register. "-" where there is no reset value.
 *           [0]   EN      A field: bit, or [high:low], then its name and meaning.
 *           =0x5  MAGIC   A value of the field before it, or of the register.
 *
 * The table ends at the first empty line; what follows are the rules, up to "Source:".
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const DEVICES = ["assembly/devices", "assembly/tile"];
const C_FOLDER = "firmware-models/include/hotspare";
const DOCS = "docs/registers.md";

const HEAD = /^offset\s+name\s+access\s+reset\s+meaning$/;
const REGISTER =
  /^(0x[0-9a-f]+)\s+([A-Z][A-Z0-9_]*)\s+(RO|WO|RW|W1C|W1S)\s+(0x[0-9a-f_]+|-)\s+(\S.*)$/;
const FIELD = /^\[(\d+)(?::(\d+))?\]\s+([A-Z][A-Z0-9_]*)\s+(\S.*)$/;
const VALUE = /^=(0x[0-9a-f_]+|\d+)\s+([A-Z][A-Z0-9_]*)\s+(\S.*)$/;

const number = (text) => Number(text.replaceAll("_", ""));
const hex = (value, digits) => `0x${value.toString(16).padStart(digits, "0")}`;

function parseRow(device, line, where) {
  const register = REGISTER.exec(line);
  const last = device.registers.at(-1);
  if (register) {
    const [, offset, name, access, reset, meaning] = register;
    device.registers.push({
      offset: number(offset),
      name,
      access,
      reset: reset === "-" ? null : number(reset),
      meaning,
      fields: [],
      values: [],
    });
    return;
  }
  const field = FIELD.exec(line);
  if (field && last) {
    const [, high, low, name, meaning] = field;
    last.fields.push({ high: +high, low: +(low ?? high), name, meaning, values: [] });
    return;
  }
  const value = VALUE.exec(line);
  if (value && last) {
    const [, text, name, meaning] = value;
    (last.fields.at(-1) ?? last).values.push({ value: number(text), name, meaning });
    return;
  }
  throw new Error(`${where}: not a row of a register table: ${line}`);
}

/** Parses one device file; null if it has no register table. */
export function parseDevice(file, text) {
  const comment = [...text.matchAll(/\/\*\*\n([\s\S]*?)\n \*\//g)]
    .map((match) => match[1].split("\n").map((line) => line.replace(/^ \* ?/, "").trim()))
    .find((lines) => lines.some((line) => HEAD.test(line)));
  if (comment === undefined) return null;
  const start = comment.findIndex((line) => HEAD.test(line));
  const end = comment.findIndex((line, index) => index > start && line === "");
  const name = basename(file, ".ts").toUpperCase().replaceAll("-", "_");
  const device = { file, name, title: comment.slice(0, start).join(" ").trim(), registers: [] };
  const rows = comment.slice(start + 1, end < 0 ? comment.length : end);
  for (const row of rows) parseRow(device, row, file);
  device.rules = end < 0 ? [] : comment.slice(end + 1);
  device.bits = device.rules.some((rule) => rule.startsWith("Byte accesses only")) ? 8 : 32;
  return device;
}

/** All devices with a register table, by file name. */
export function devices(root = ROOT) {
  return DEVICES.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith(".ts"))
      .sort()
      .map((file) =>
        parseDevice(`${folder}/${file}`, readFileSync(join(root, folder, file), "utf8")),
      )
      .filter((device) => device !== null),
  );
}

function define(name, value, meaning) {
  const line = `#define ${name.padEnd(36)} ${value}`;
  return `${line.padEnd(60)} /* ${meaning} */`;
}

function mask(field) {
  return (2 ** (field.high - field.low + 1) - 1) * 2 ** field.low;
}

function cRegister(device, register) {
  const digits = device.bits / 4;
  const prefix = `${device.name}_${register.name}`;
  const lines = [
    define(prefix, `${hex(register.offset, 2)}u`, `${register.access}: ${register.meaning}`),
  ];
  const values = (owner, list) => {
    for (const { value, name, meaning } of list) {
      lines.push(define(`${owner}_${name}`, `${hex(value, digits)}u`, meaning));
    }
  };
  values(prefix, register.values);
  for (const field of register.fields) {
    const name = `${prefix}_${field.name}`;
    lines.push(define(name, `${hex(mask(field), digits)}u`, field.meaning));
    if (field.high !== field.low) {
      lines.push(define(`${name}_SHIFT`, `${field.low}u`, `lowest bit of ${field.name}`));
    }
    values(name, field.values);
  }
  return lines.join("\n");
}

/** The C11 header of a device: register offsets, field masks, shifts and values. */
export function cHeader(device) {
  const guard = `HOTSPARE_${device.name}_H`;
  return [
    `/* ${device.title}`,
    ` * Generated by scripts/registers.mjs from ${device.file}: do not edit.`,
    ` * Offsets in bytes from the base of the unit; registers are ${device.bits} bits wide. */`,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    "",
    device.registers.map((register) => cRegister(device, register)).join("\n\n"),
    "",
    `#endif /* ${guard} */`,
    "",
  ].join("\n");
}

function docsRows(device, register) {
  const { offset, name, access, meaning } = register;
  const reset = register.reset === null ? "" : `\`${hex(register.reset, device.bits / 4)}\``;
  const valueRows = (list) =>
    list.map(({ value, name, meaning }) => ["", `= \`${hex(value, 1)}\` ${name}`, "", "", meaning]);
  const rows = [[`\`${hex(offset, 2)}\``, `**${name}**`, access, reset, meaning]];
  rows.push(...valueRows(register.values));
  for (const { high, low, name, meaning, values } of register.fields) {
    const bits = high === low ? `${low}` : `${high}:${low}`;
    rows.push(["", `[${bits}] ${name}`, "", "", meaning], ...valueRows(values));
  }
  return rows;
}

/** A Markdown table with its columns aligned, as the formatter leaves it. */
function docsTable(head, rows) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((r) => r[column].length)));
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}

/** docs/registers.md: every device, its table, then its rules as the header has them. */
export function docsPage(all) {
  const sections = all.map((device) =>
    [
      `## ${device.name.toLowerCase()}`,
      "",
      device.title,
      "",
      ...docsTable(
        ["offset", "name", "access", "reset", "meaning"],
        device.registers.flatMap((register) => docsRows(device, register)),
      ),
      "",
      ...device.rules,
      "",
    ].join("\n"),
  );
  return [
    "# Registers",
    "",
    `Generated by \`scripts/registers.mjs\` from the headers in \`assembly\`: do not edit.`,
    "RO: read-only. WO: write-only. RW: both. W1C, W1S: writing a one clears or sets the bit.",
    "",
    ...sections,
  ].join("\n");
}

/** Every generated file: path from the project root, and its text. */
export function generated(root = ROOT) {
  const all = devices(root);
  return [
    ...all.map((device) => ({
      path: `${C_FOLDER}/${device.name.toLowerCase()}.h`,
      text: cHeader(device),
    })),
    { path: DOCS, text: docsPage(all) },
  ];
}

/** Paths of generated files that are absent or differ from the tables. */
export function stale(root = ROOT) {
  return generated(root)
    .filter(({ path, text }) => {
      const file = join(root, path);
      return !existsSync(file) || readFileSync(file, "utf8") !== text;
    })
    .map(({ path }) => path);
}

function main() {
  if (process.argv.includes("--check")) {
    const differ = stale();
    for (const path of differ) console.error(`${path} differs: run node scripts/registers.mjs`);
    process.exitCode = differ.length > 0 ? 1 : 0;
    return;
  }
  for (const { path, text } of generated()) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
    console.log(path);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
