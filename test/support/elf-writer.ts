/**
 * A small ELF32 writer for tests: builds what a linker would, or deliberately something else. It
 * shares no code with the reader under test. Layout of the file: header, program headers, contents,
 * section headers.
 */

export interface WriterSegment {
  /** p_paddr, and p_vaddr unless `virtualAddress` says otherwise. */
  readonly address: number;
  readonly virtualAddress?: number;
  readonly bytes: Uint8Array | readonly number[];
  /** p_memsz; the number of bytes when left out. */
  readonly memorySize?: number;
  /** p_flags: PF_X 1, PF_W 2, PF_R 4; 7 when left out. */
  readonly flags?: number;
  /** p_type: PT_LOAD 1 when left out. */
  readonly type?: number;
  /** Name of its section: `.text` for the first, `.dataN` for the others when left out. */
  readonly name?: string;
}

export interface WriterSymbol {
  readonly name: string;
  readonly address: number;
  readonly size?: number;
  /** st_info type: 0 NOTYPE, 1 OBJECT, 2 FUNC (when left out), 3 SECTION, 4 FILE. */
  readonly type?: number;
  /** st_info binding: 0 LOCAL, 1 GLOBAL (when left out), 2 WEAK. */
  readonly binding?: number;
  /** Section index; that of the segment around the address, or SHN_ABS, when left out. */
  readonly section?: number;
}

export interface WriterOptions {
  readonly entry?: number;
  readonly segments: readonly WriterSegment[];
  readonly symbols?: readonly WriterSymbol[];
  /** Tag_RISCV_arch; no .riscv.attributes section when left out. */
  readonly attributes?: string;
  /** EI_CLASS (1 when left out; the layout stays that of ELF32). */
  readonly class?: number;
  /** EI_DATA (1 when left out; the layout stays little endian). */
  readonly data?: number;
  /** e_type: ET_EXEC 2 when left out. */
  readonly type?: number;
  /** e_machine: EM_RISCV 243 when left out. */
  readonly machine?: number;
  readonly flags?: number;
  /** false: no section headers, so no symbols and no attributes either. */
  readonly sections?: boolean;
}

interface SectionDraft {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly link?: number;
  readonly info?: number;
  readonly entrySize?: number;
}

const SHN_ABS = 0xfff1;

/** Bytes of an ELF file. */
export function writeElf(options: WriterOptions): Uint8Array {
  const drafts = sectionDrafts(options);
  const withSections = options.sections !== false;
  const dataStart = 52 + 32 * options.segments.length;
  const offsets: number[] = [];
  let end = dataStart;
  for (const { bytes } of drafts) {
    end = (end + 3) & ~3;
    offsets.push(end);
    end += bytes.length;
  }
  const sectionTable = (end + 3) & ~3;
  const file = new Uint8Array(withSections ? sectionTable + 40 * drafts.length : end);
  const view = new DataView(file.buffer);
  drafts.forEach(({ bytes }, k) => {
    file.set(bytes, offsets[k]!);
  });
  writeHeader(view, options, withSections ? sectionTable : 0, withSections ? drafts.length : 0);
  options.segments.forEach((segment, k) => {
    const fields = [
      segment.type ?? 1,
      offsets[k + 1]!,
      segment.virtualAddress ?? segment.address,
      segment.address,
      segment.bytes.length,
      segment.memorySize ?? segment.bytes.length,
      segment.flags ?? 7,
      4,
    ];
    writeWords(view, 52 + 32 * k, fields);
  });
  if (withSections) writeSectionHeaders(view, sectionTable, drafts, offsets);
  return file;
}

/** Little-endian bytes of instruction words: 2 bytes for a 16-bit encoding, else 4. */
export function instructionBytes(words: readonly number[]): Uint8Array {
  return Uint8Array.from(
    words.flatMap((word) =>
      [0, 8, 16, 24].slice(0, (word & 3) === 3 ? 4 : 2).map((shift) => (word >>> shift) & 0xff),
    ),
  );
}

function writeHeader(view: DataView, o: WriterOptions, table: number, count: number): void {
  const ident = [0x7f, 0x45, 0x4c, 0x46, o.class ?? 1, o.data ?? 1, 1];
  ident.forEach((byte, k) => {
    view.setUint8(k, byte);
  });
  const segments = o.segments.length;
  view.setUint16(16, o.type ?? 2, true);
  view.setUint16(18, o.machine ?? 243, true);
  writeWords(view, 20, [1, o.entry ?? o.segments[0]?.address ?? 0, 52, table, o.flags ?? 1]);
  [52, 32, segments, 40, count, count === 0 ? 0 : count - 1].forEach((half, k) => {
    view.setUint16(40 + 2 * k, half, true);
  });
}

/** Null, one a segment, attributes, symbols, symbol names, section names: in this order. */
function sectionDrafts(options: WriterOptions): SectionDraft[] {
  const drafts: SectionDraft[] = [
    { name: "", type: 0, flags: 0, address: 0, bytes: new Uint8Array() },
  ];
  options.segments.forEach((segment, k) => {
    const name = segment.name ?? (k === 0 ? ".text" : `.data${k}`);
    const flags = 2 | ((segment.flags ?? 7) & 1 ? 4 : 0);
    const address = segment.virtualAddress ?? segment.address;
    drafts.push({ name, type: 1, flags, address, bytes: Uint8Array.from(segment.bytes) });
  });
  if (options.attributes !== undefined) {
    const bytes = attributeBytes(options.attributes);
    drafts.push({ name: ".riscv.attributes", type: 0x7000_0003, flags: 0, address: 0, bytes });
  }
  if (options.symbols !== undefined) {
    const { table, strings, locals } = symbolBytes(options);
    const link = drafts.length + 1;
    const common = { flags: 0, address: 0 };
    drafts.push({
      ...common,
      name: ".symtab",
      type: 2,
      bytes: table,
      link,
      info: locals,
      entrySize: 16,
    });
    drafts.push({ ...common, name: ".strtab", type: 3, bytes: strings });
  }
  const names = [...drafts.map(({ name }) => name), ".shstrtab"].join("\0");
  const bytes = new TextEncoder().encode(`${names}\0`);
  drafts.push({ name: ".shstrtab", type: 3, flags: 0, address: 0, bytes });
  return drafts;
}

function writeSectionHeaders(
  view: DataView,
  table: number,
  drafts: readonly SectionDraft[],
  offsets: readonly number[],
): void {
  let nameOffset = 0;
  drafts.forEach((draft, k) => {
    writeWords(view, table + 40 * k, [
      nameOffset,
      draft.type,
      draft.flags,
      draft.address,
      draft.type === 0 ? 0 : offsets[k]!,
      draft.bytes.length,
      draft.link ?? 0,
      draft.info ?? 0,
      draft.type === 0 ? 0 : 1,
      draft.entrySize ?? 0,
    ]);
    nameOffset += draft.name.length + 1;
  });
}

function symbolBytes(options: WriterOptions): {
  table: Uint8Array;
  strings: Uint8Array;
  locals: number;
} {
  // Local symbols come first (TIS ELF 1.2, sh_info of a symbol table).
  const symbols = [...options.symbols!].sort(
    (a, b) => Math.min(a.binding ?? 1, 1) - Math.min(b.binding ?? 1, 1),
  );
  const table = new Uint8Array(16 * (symbols.length + 1));
  const view = new DataView(table.buffer);
  const encoder = new TextEncoder();
  let nameOffset = 1;
  symbols.forEach((symbol, k) => {
    const at = 16 * (k + 1);
    writeWords(view, at, [nameOffset, symbol.address, symbol.size ?? 0]);
    view.setUint8(at + 12, ((symbol.binding ?? 1) << 4) | (symbol.type ?? 2));
    view.setUint16(at + 14, symbol.section ?? sectionAround(options, symbol.address), true);
    nameOffset += encoder.encode(symbol.name).length + 1;
  });
  const strings = encoder.encode(`\0${symbols.map(({ name }) => `${name}\0`).join("")}`);
  return { table, strings, locals: 1 + symbols.filter(({ binding }) => binding === 0).length };
}

function sectionAround(options: WriterOptions, address: number): number {
  const index = options.segments.findIndex((segment) => {
    const start = segment.virtualAddress ?? segment.address;
    return address >= start && address <= start + (segment.memorySize ?? segment.bytes.length);
  });
  return index < 0 ? SHN_ABS : index + 1;
}

function attributeBytes(arch: string): Uint8Array {
  const tag = [5, ...new TextEncoder().encode(arch), 0];
  const file = [1, ...littleEndian(tag.length + 5), ...tag];
  const vendor = [...new TextEncoder().encode("riscv"), 0, ...file];
  return Uint8Array.from([0x41, ...littleEndian(vendor.length + 4), ...vendor]);
}

function littleEndian(value: number): number[] {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
}

function writeWords(view: DataView, at: number, words: readonly number[]): void {
  words.forEach((word, k) => {
    view.setUint32(at + 4 * k, word, true);
  });
}
