/**
 * Section headers and the symbol table of an ELF32 file ("Tool Interface Standard: Executable and
 * Linking Format" 1.2, "Sections" and "Symbol Table"). Both are optional in an executable; what is
 * there must be whole.
 */

import { hex, refuse } from "./elf-errors.js";

/** One section header; `bytes` of a section without file contents (NOBITS) is empty. */
export interface ElfSection {
  readonly name: string;
  /** sh_type. */
  readonly type: number;
  /** sh_flags: SHF_WRITE 1, SHF_ALLOC 2, SHF_EXECINSTR 4. */
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly entrySize: number;
}

/** What a symbol stands for (ELF32_ST_TYPE); `other` covers thread-local and vendor types. */
export type ElfSymbolKind = "none" | "object" | "function" | "section" | "other";

export interface ElfSymbol {
  /** A section symbol without a name carries that of its section. */
  readonly name: string;
  /** st_value: an address, or a plain number when `section` is undefined (SHN_ABS). */
  readonly address: number;
  readonly size: number;
  readonly kind: ElfSymbolKind;
  readonly binding: "local" | "global" | "weak" | "other";
  /** Index into the sections, or undefined for absolute and common symbols. */
  readonly section: number | undefined;
}

const SECTION_HEADER_SIZE = 40;
const SYMBOL_SIZE = 16;
const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHT_NOBITS = 8;
const SHN_LORESERVE = 0xff00;
const STT_FILE = 4;

/** Our choice; mangled C++ names of a few kilobytes exist. */
const NAME_LENGTH_MAX = 16_384;
/** Our choice: all names together, as a multiple of the file; shared tails make it exceed 1. */
const NAME_BYTES_PER_FILE_BYTE = 16;

const KINDS: readonly ElfSymbolKind[] = ["none", "object", "function", "section"];
const BINDINGS = ["local", "global", "weak"] as const;

/** Reads all section headers with their names; an empty list when the file has none. */
export function readSections(bytes: Uint8Array, view: DataView, file: string): ElfSection[] {
  const table = view.getUint32(32, true);
  const entrySize = view.getUint16(46, true);
  const count = view.getUint16(48, true);
  const namesIndex = view.getUint16(50, true);
  if (count === 0) return [];
  if (count >= SHN_LORESERVE) {
    refuse("E409", file, `e_shnum ${count} at offset 48 is in the reserved range`);
  }
  if (entrySize !== SECTION_HEADER_SIZE) {
    refuse("E404", file, `e_shentsize ${entrySize} at offset 46 is not ${SECTION_HEADER_SIZE}`);
  }
  if (table + count * entrySize > view.byteLength) {
    const what = `section headers at ${hex(table)} (${count} x ${entrySize} bytes) lie outside of`;
    refuse("E404", file, `${what} the file of ${view.byteLength} bytes`);
  }
  const headers = Array.from({ length: count }, (_, index) =>
    readHeader(view, table + index * entrySize),
  );
  if (namesIndex === 0) return headers.map(({ header }) => ({ ...header, name: "" }));
  const names = headers[namesIndex]?.header;
  if (names === undefined || names.type !== SHT_STRTAB) {
    refuse("E404", file, `e_shstrndx ${namesIndex} at offset 50 names no string table`);
  }
  const strings = new StringTable(bytes, names, "section names", file);
  return headers.map(({ header, nameOffset }) => ({ ...header, name: strings.at(nameOffset) }));
}

/** Contents of a section that has a place in the file; checks that it lies inside. */
export function sectionBytes(
  bytes: Uint8Array,
  section: Omit<ElfSection, "name">,
  label: string,
  file: string,
): Uint8Array {
  const { offset, size, type } = section;
  if (type === SHT_NOBITS) refuse("E404", file, `${label}: the section has no bytes (SHT_NOBITS)`);
  if (offset + size > bytes.length) {
    const what = `${label}: offset ${hex(offset)} + size ${hex(size)} lies outside of the file`;
    refuse("E404", file, `${what} of ${bytes.length} bytes`);
  }
  return bytes.subarray(offset, offset + size);
}

/** Reads the first SHT_SYMTAB section; an empty list in a stripped file. */
export function readSymbols(
  bytes: Uint8Array,
  view: DataView,
  sections: readonly ElfSection[],
  file: string,
): ElfSymbol[] {
  const table = sections.find(({ type }) => type === SHT_SYMTAB);
  if (table === undefined) return [];
  if (table.entrySize !== SYMBOL_SIZE || table.size % SYMBOL_SIZE !== 0) {
    const what = `symbol table: sh_entsize ${table.entrySize} and sh_size ${hex(table.size)}`;
    refuse("E408", file, `${what} do not fit entries of ${SYMBOL_SIZE} bytes`);
  }
  sectionBytes(bytes, table, "symbol table", file);
  const link = sections[table.link];
  if (link === undefined || link.type !== SHT_STRTAB) {
    refuse("E408", file, `symbol table: sh_link ${table.link} names no string table`);
  }
  const strings = new StringTable(bytes, link, "symbol names", file);
  const symbols: ElfSymbol[] = [];
  // Entry 0 is the undefined symbol (TIS ELF 1.2, "Symbol Table").
  for (let at = table.offset + SYMBOL_SIZE; at < table.offset + table.size; at += SYMBOL_SIZE) {
    const symbol = readSymbol(view, at, strings, sections, file);
    if (symbol !== undefined) symbols.push(symbol);
  }
  return symbols;
}

function readHeader(
  view: DataView,
  at: number,
): { header: Omit<ElfSection, "name">; nameOffset: number } {
  const word = (index: number): number => view.getUint32(at + index * 4, true);
  const header = {
    type: word(1),
    flags: word(2),
    address: word(3),
    offset: word(4),
    size: word(5),
    link: word(6),
    entrySize: word(9),
  };
  return { header, nameOffset: word(0) };
}

function readSymbol(
  view: DataView,
  at: number,
  strings: StringTable,
  sections: readonly ElfSection[],
  file: string,
): ElfSymbol | undefined {
  const info = view.getUint8(at + 12);
  const index = view.getUint16(at + 14, true);
  if (index === 0 || (info & 0xf) === STT_FILE) return undefined;
  if (index < SHN_LORESERVE && index >= sections.length) {
    const what = `symbol at ${hex(at)}: st_shndx ${index} of ${sections.length} sections`;
    refuse("E408", file, what);
  }
  const kind = KINDS[info & 0xf] ?? "other";
  const section = index < SHN_LORESERVE ? index : undefined;
  const name = strings.at(view.getUint32(at, true));
  const sectionName = section === undefined ? "" : sections[section]!.name;
  return {
    name: name === "" && kind === "section" ? sectionName : name,
    address: view.getUint32(at + 4, true),
    size: view.getUint32(at + 8, true),
    kind,
    binding: BINDINGS[info >> 4] ?? "other",
    section,
  };
}

/** Strings by offset; every read is bounded, and so are all of them together. */
class StringTable {
  private readonly contents: Uint8Array;
  private readonly cache = new Map<number, string>();
  private readonly decoder = new TextDecoder();
  private bytesLeft: number;

  constructor(
    bytes: Uint8Array,
    section: Omit<ElfSection, "name">,
    private readonly label: string,
    private readonly file: string,
  ) {
    this.contents = sectionBytes(bytes, section, label, file);
    this.bytesLeft = bytes.length * NAME_BYTES_PER_FILE_BYTE;
  }

  at(offset: number): string {
    const known = this.cache.get(offset);
    if (known !== undefined) return known;
    if (offset === 0 && this.contents.length === 0) return "";
    if (offset >= this.contents.length) {
      const size = hex(this.contents.length);
      refuse("E408", this.file, `${this.label}: name offset ${hex(offset)} of ${size} bytes`);
    }
    const window = this.contents.subarray(offset, offset + NAME_LENGTH_MAX + 1);
    const length = window.indexOf(0);
    if (length < 0) {
      const what = `${this.label}: the name at offset ${hex(offset)} does not end within`;
      refuse("E408", this.file, `${what} the table and ${NAME_LENGTH_MAX} bytes`);
    }
    this.bytesLeft -= length;
    if (this.bytesLeft < 0) {
      const what = `${this.label}: more than ${NAME_BYTES_PER_FILE_BYTE} times the file's size`;
      refuse("E409", this.file, what);
    }
    const name = this.decoder.decode(window.subarray(0, length));
    this.cache.set(offset, name);
    return name;
  }
}
