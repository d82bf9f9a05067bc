/**
 * Line tables: which line of which source file an instruction comes from. Source: "DWARF Debugging
 * Information Format" 5, section 6.2 "Line Number Information"; versions 2 to 5, 32-bit format.
 * What is damaged ends the table there: lines are a help for people, never needed to run.
 */

import type { ElfSection } from "./elf-sections.js";

/** A line from its first address on, up to the next row. */
export interface LineRow {
  readonly address: number;
  /** As the compiler was given it; empty where the program knows none from here on. */
  readonly file: string;
  readonly line: number;
}

const NO_LINE = "";
const VERSION_MAX = 5;
/** Content types and forms of version 5's file tables. */
const DW_LNCT_PATH = 1;
const DW_LNCT_DIRECTORY = 2;
const DW_FORM_STRING = 0x08;
const DW_FORM_LINE_STRP = 0x1f;
const DW_FORM_STRP = 0x0e;
const DW_FORM_UDATA = 0x0f;
const DW_FORM_DATA1 = 0x0b;
const DW_FORM_DATA2 = 0x05;
const DW_FORM_DATA4 = 0x06;
const DW_FORM_DATA16 = 0x1e;

/** Reads `.debug_line` of an executable; no rows when it has none. Rows are sorted by address. */
export function readLines(bytes: Uint8Array, sections: readonly ElfSection[]): LineRow[] {
  const part = (name: string) => {
    const section = sections.find((row) => row.name === name);
    if (section === undefined) return new Uint8Array(0);
    return bytes.subarray(section.offset, section.offset + section.size);
  };
  const strings = { line: part(".debug_line_str"), other: part(".debug_str") };
  const reader = new Reader(part(".debug_line"));
  const rows: LineRow[] = [];
  try {
    while (!reader.atEnd) readUnit(reader, strings, rows);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return rows.sort(
    (a, b) => a.address - b.address || Number(b.file === "") - Number(a.file === ""),
  );
}

/** Looks addresses up in rows sorted by address. */
export function lineAt(rows: readonly LineRow[], address: number): LineRow | undefined {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]!.address <= address) low = middle + 1;
    else high = middle;
  }
  const row = rows[low - 1];
  return row === undefined || row.file === NO_LINE ? undefined : row;
}

interface Strings {
  readonly line: Uint8Array;
  readonly other: Uint8Array;
}

interface Header {
  readonly minimum: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly lengths: readonly number[];
  readonly files: readonly string[];
}

function readUnit(reader: Reader, strings: Strings, rows: LineRow[]): void {
  const length = reader.u32();
  if (length >= 0xffff_fff0) throw new RangeError("64-bit DWARF");
  const end = reader.at + length;
  const version = reader.u16();
  if (version >= 2 && version <= VERSION_MAX && end <= reader.length) {
    const header = readHeader(reader, version, strings);
    runProgram(reader, end, header, rows);
  }
  reader.at = end;
}

function readHeader(reader: Reader, version: number, strings: Strings): Header {
  if (version >= 5) reader.at += 2; // address and segment selector sizes
  const headerLength = reader.u32();
  const program = reader.at + headerLength;
  const minimum = reader.u8();
  if (version >= 4) reader.u8(); // operations an instruction: no VLIW here
  reader.u8(); // default_is_stmt
  const lineBase = (reader.u8() << 24) >> 24;
  const lineRange = reader.u8();
  const opcodeBase = reader.u8();
  if (lineRange === 0 || opcodeBase === 0) throw new RangeError("a header without a range");
  const lengths = Array.from({ length: opcodeBase - 1 }, () => reader.u8());
  const files = version >= 5 ? readFiles5(reader, strings) : readFiles(reader);
  reader.at = program;
  return { minimum, lineBase, lineRange, opcodeBase, lengths, files };
}

/** Versions 2 to 4: directories from 1 (0 is the compiler's own), files from 1. */
function readFiles(reader: Reader): string[] {
  const folders = [""];
  for (let name = reader.text(); name !== ""; name = reader.text()) folders.push(name);
  const files = [NO_LINE];
  for (let name = reader.text(); name !== ""; name = reader.text()) {
    const folder = folders[reader.leb()] ?? "";
    reader.leb();
    reader.leb();
    files.push(joined(folder, name));
  }
  return files;
}

function readFiles5(reader: Reader, strings: Strings): string[] {
  const folders = readEntries(reader, strings).map(({ path }) => path);
  const first = folders[0] ?? "";
  return readEntries(reader, strings).map(({ path, folder }) => {
    const name = folders[folder] ?? "";
    return joined(name === first ? "" : name, path);
  });
}

function readEntries(reader: Reader, strings: Strings): { path: string; folder: number }[] {
  const formats = Array.from({ length: reader.u8() }, () => [reader.leb(), reader.leb()] as const);
  const count = reader.leb();
  const entries: { path: string; folder: number }[] = [];
  for (let n = 0; n < count; n++) {
    const entry = { path: "", folder: 0 };
    for (const [content, form] of formats) {
      const value = readForm(reader, form, strings);
      if (content === DW_LNCT_PATH) entry.path = String(value);
      else if (content === DW_LNCT_DIRECTORY) entry.folder = Number(value);
    }
    if (formats.length === 0) throw new RangeError("entries without a format");
    entries.push(entry);
  }
  return entries;
}

function readForm(reader: Reader, form: number, strings: Strings): string | number {
  switch (form) {
    case DW_FORM_STRING:
      return reader.text();
    case DW_FORM_LINE_STRP:
      return textAt(strings.line, reader.u32());
    case DW_FORM_STRP:
      return textAt(strings.other, reader.u32());
    case DW_FORM_UDATA:
      return reader.leb();
    case DW_FORM_DATA1:
      return reader.u8();
    case DW_FORM_DATA2:
      return reader.u16();
    case DW_FORM_DATA4:
      return reader.u32();
    case DW_FORM_DATA16:
      for (let n = 0; n < 4; n++) reader.u32();
      return 0;
    default:
      throw new RangeError(`form ${form}`);
  }
}

function joined(folder: string, name: string): string {
  return folder === "" || name.startsWith("/") ? name : `${folder}/${name}`;
}

/** The line number program of one unit (section 6.2.5). */
function runProgram(reader: Reader, end: number, header: Header, rows: LineRow[]): void {
  const state = { address: 0, file: 1, line: 1, from: rows.length };
  const advance = (operations: number) => {
    state.address = (state.address + operations * header.minimum) >>> 0;
  };
  const emit = (file = header.files[state.file] ?? NO_LINE) => {
    rows.push({ address: state.address, file, line: state.line });
  };
  const endSequence = () => {
    emit(NO_LINE);
    // A function that the linker has dropped keeps the address 0: its lines name nothing.
    if (rows[state.from]?.address === 0) rows.length = state.from;
    Object.assign(state, { address: 0, file: 1, line: 1, from: rows.length });
  };
  while (reader.at < end) {
    const opcode = reader.u8();
    if (opcode >= header.opcodeBase) {
      const special = opcode - header.opcodeBase;
      advance(Math.floor(special / header.lineRange));
      state.line += header.lineBase + (special % header.lineRange);
      emit();
      continue;
    }
    switch (opcode) {
      case 0:
        extended(reader, state, endSequence);
        break;
      case 1:
        emit();
        break;
      case 2:
        advance(reader.leb());
        break;
      case 3:
        state.line += reader.sleb();
        break;
      case 4:
        state.file = reader.leb();
        break;
      case 8:
        advance(Math.floor((255 - header.opcodeBase) / header.lineRange));
        break;
      case 9:
        state.address = (state.address + reader.u16()) >>> 0;
        break;
      default: {
        // Columns, basic blocks and what is not known: as many operands as the header says.
        for (let n = 0; n < (header.lengths[opcode - 1] ?? 0); n++) reader.leb();
      }
    }
  }
  if (rows.length > state.from) endSequence();
}

function extended(reader: Reader, state: { address: number }, endSequence: () => void): void {
  const next = reader.leb() + reader.at;
  const opcode = reader.u8();
  if (opcode === 1) endSequence();
  else if (opcode === 2) state.address = reader.u32();
  reader.at = next;
}

function textAt(bytes: Uint8Array, offset: number): string {
  const reader = new Reader(bytes);
  reader.at = offset;
  return reader.text();
}

/** Little-endian numbers of a section. @throws RangeError past its end. */
class Reader {
  at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get length(): number {
    return this.bytes.length;
  }

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  u8(): number {
    return this.view.getUint8(this.at++);
  }

  u16(): number {
    this.at += 2;
    return this.view.getUint16(this.at - 2, true);
  }

  u32(): number {
    this.at += 4;
    return this.view.getUint32(this.at - 4, true);
  }

  leb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value >>> 0;
    }
  }

  sleb(): number {
    let value = 0;
    for (let shift = 0; ; ) {
      const byte = this.u8();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      shift += 7;
      if (byte & 0x80) continue;
      return shift < 32 && byte & 0x40 ? value | (-1 << shift) : value;
    }
  }

  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw new RangeError("a string without an end");
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }
}
