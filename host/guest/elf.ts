/**
 * Reader of 32-bit little-endian RISC-V executables. Formats: "Tool Interface Standard: Executable
 * and Linking Format" 1.2 (headers, segments) and "RISC-V ELF Specification" (machine, flags,
 * attributes). Bytes in, plain objects out; every malformed thing is a UserError E4xx. Time and
 * memory are bounded by the size of the file: memory sizes in the headers allocate nothing.
 */

import { readAttributes } from "./elf-attributes.js";
import { hex, refuse } from "./elf-errors.js";
import { type ElfSection, type ElfSymbol, readSections, readSymbols } from "./elf-sections.js";

/** One PT_LOAD segment with a size in memory. */
export interface ElfSegment {
  /** Where the bytes are loaded (see `readElf` on p_paddr); 0 to 2^32 - 1. */
  readonly address: number;
  /** Where the program sees the segment (p_vaddr). */
  readonly virtualAddress: number;
  /** The part that the file holds: a view of the file's bytes, not a copy. */
  readonly bytes: Uint8Array;
  /** Size in memory, at least `bytes.length`; what exceeds the bytes is zero. */
  readonly memorySize: number;
  /** PF_X 1, PF_W 2, PF_R 4. */
  readonly flags: number;
}

/** An executable, ready to load. */
export interface Elf {
  /** The name that errors show. */
  readonly file: string;
  /** e_entry. */
  readonly entry: number;
  /** e_flags; bit 0 is EF_RISCV_RVC: the program holds compressed instructions. */
  readonly flags: number;
  /**
   * Tag_RISCV_arch of .riscv.attributes, e.g. `rv32i2p1_m2p0_c2p0`; undefined when absent. It says
   * what the tools were allowed to use, not what the program uses: no reason to refuse it.
   */
  readonly isaAttributes: string | undefined;
  /** In the order of their load addresses. */
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
  /** In the order of the file, without undefined and file symbols. */
  readonly symbols: readonly ElfSymbol[];
}

/** A half-open range of memory, `end` up to 2^32. */
export interface MemoryRange {
  readonly start: number;
  readonly end: number;
}

const HEADER_SIZE = 52;
const PROGRAM_HEADER_SIZE = 32;
/** Our choice: linkers make a handful of program headers. */
const PROGRAM_HEADERS_MAX = 1024;
const ADDRESS_SPACE_SIZE = 2 ** 32;

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const ET_EXEC = 2;

/** What each other e_type is, and what to do about it. */
const OTHER_TYPES: Readonly<Record<number, readonly [string, string]>> = {
  1: ["a relocatable object (ET_REL)", "link it: riscv64-unknown-elf-gcc -nostartfiles -T ..."],
  3: [
    "position independent (ET_DYN)",
    "link it at a fixed address: pass -static -no-pie to the linker",
  ],
  4: ["a core dump (ET_CORE)", "give the executable that was running"],
};

/** e_flags that decide whether a hart with integer registers alone can run the program. */
const EF_FLOAT_ABI = 0x6;
const EF_RVE = 0x8;
const FLOAT_ABI_NAMES = ["soft", "single", "double", "quad"];

/**
 * Reads an executable.
 * @param bytes the whole file.
 * @param file the name for errors.
 *
 * Load addresses follow GNU BFD: p_paddr counts when any PT_LOAD segment has a nonzero one, since
 * some linkers leave the field 0 throughout; then p_vaddr counts for all of them.
 * @throws UserError E401 to E411.
 */
export function readElf(bytes: Uint8Array, file: string): Elf {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkIdentification(bytes, view, file);
  checkType(view, file);
  const flags = view.getUint32(36, true);
  checkAbi(flags, file);
  const segments = readSegments(bytes, view, file);
  const sections = readSections(bytes, view, file);
  return {
    file,
    entry: view.getUint32(24, true),
    flags,
    isaAttributes: readAttributes(bytes, sections, file),
    segments,
    sections,
    symbols: readSymbols(bytes, view, sections, file),
  };
}

/**
 * The memory that a segment occupies: the bytes at their load address and, behind the same number
 * of bytes at the virtual address, the zeros. One range when the two addresses are equal, as in
 * every program that runs from where it is loaded. Empty ranges are left out.
 */
export function segmentRanges(segment: ElfSegment): readonly MemoryRange[] {
  const { address, virtualAddress, bytes, memorySize } = segment;
  if (address === virtualAddress) return [{ start: address, end: address + memorySize }];
  return [
    { start: address, end: address + bytes.length },
    { start: virtualAddress + bytes.length, end: virtualAddress + memorySize },
  ].filter(({ start, end }) => start < end);
}

function checkIdentification(bytes: Uint8Array, view: DataView, file: string): void {
  const isElf = [0x7f, 0x45, 0x4c, 0x46].every((byte, index) => bytes[index] === byte);
  if (!isElf) {
    refuse(
      "E401",
      file,
      bytes.length === 0 ? "the file is empty" : "not an ELF file (no 7f 45 4c 46 at offset 0)",
      "give the linked program that the RISC-V linker wrote, not a source, a .bin or a .hex",
    );
  }
  const hint = "build for RV32: riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32";
  const class_ = bytes[4];
  if (class_ === 2) refuse("E402", file, "a 64-bit ELF (EI_CLASS 2 at offset 4)", hint);
  if (bytes.length < HEADER_SIZE) {
    refuse("E404", file, `the ELF header is truncated: ${bytes.length} of ${HEADER_SIZE} bytes`);
  }
  if (class_ !== 1) refuse("E402", file, `unknown EI_CLASS ${class_} at offset 4`, hint);
  if (bytes[5] === 2) refuse("E402", file, "a big-endian ELF (EI_DATA 2 at offset 5)", hint);
  if (bytes[5] !== 1) refuse("E402", file, `unknown EI_DATA ${bytes[5]} at offset 5`, hint);
  if (bytes[6] !== 1) refuse("E402", file, `unknown EI_VERSION ${bytes[6]} at offset 6`, hint);
  const machine = view.getUint16(18, true);
  if (machine !== 243) {
    refuse("E402", file, `not for RISC-V (e_machine ${machine} at offset 18, not 243)`, hint);
  }
  const version = view.getUint32(20, true);
  if (version !== 1) refuse("E402", file, `unknown e_version ${version} at offset 20`, hint);
  const size = view.getUint16(40, true);
  if (size < HEADER_SIZE) refuse("E404", file, `e_ehsize ${size} at offset 40 is less than 52`);
}

function checkType(view: DataView, file: string): void {
  const type = view.getUint16(16, true);
  if (type === ET_EXEC) return;
  const [name, hint] = OTHER_TYPES[type] ?? [
    "of an unknown type",
    "give a linked executable (ET_EXEC)",
  ];
  refuse("E403", file, `not an executable but ${name} (e_type ${type} at offset 16)`, hint);
}

function checkAbi(flags: number, file: string): void {
  const floatAbi = (flags & EF_FLOAT_ABI) >> 1;
  if (floatAbi !== 0) {
    const name = FLOAT_ABI_NAMES[floatAbi];
    const what = `built for the ${name}-precision float ABI (e_flags ${hex(flags)} at offset 36)`;
    refuse("E407", file, what, "no hart here has float registers: build with -mabi=ilp32");
  }
  if (flags & EF_RVE) {
    refuse(
      "E407",
      file,
      `built for the RVE ABI with 16 registers (e_flags ${hex(flags)} at offset 36)`,
      "build with -march=rv32imac -mabi=ilp32",
    );
  }
}

/** Fields of a program header (TIS ELF 1.2, "Program Header"). */
interface ProgramHeader {
  readonly index: number;
  readonly offset: number;
  readonly virtualAddress: number;
  readonly physicalAddress: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly flags: number;
}

function readSegments(bytes: Uint8Array, view: DataView, file: string): ElfSegment[] {
  const headers = loadHeaders(view, file).filter((header) => header.memorySize > 0);
  if (headers.length === 0) {
    const what = "no PT_LOAD segment with a size in memory: nothing to load";
    refuse("E410", file, what, "link the program with a linker script that places its sections");
  }
  const usesPhysical = headers.some((header) => header.physicalAddress !== 0);
  const segments = headers.map((header) => ({
    address: usesPhysical ? header.physicalAddress : header.virtualAddress,
    virtualAddress: header.virtualAddress,
    bytes: bytes.subarray(header.offset, header.offset + header.fileSize),
    memorySize: header.memorySize,
    flags: header.flags,
  }));
  segments.sort((a, b) => a.address - b.address);
  checkOverlaps(segments, file);
  return segments;
}

function loadHeaders(view: DataView, file: string): ProgramHeader[] {
  const table = view.getUint32(28, true);
  const entrySize = view.getUint16(42, true);
  const count = view.getUint16(44, true);
  if (count === 0) return [];
  if (count > PROGRAM_HEADERS_MAX) {
    const what = `e_phnum ${count} at offset 44; at most ${PROGRAM_HEADERS_MAX} program headers`;
    refuse("E409", file, what);
  }
  if (entrySize !== PROGRAM_HEADER_SIZE) {
    refuse("E404", file, `e_phentsize ${entrySize} at offset 42 is not ${PROGRAM_HEADER_SIZE}`);
  }
  if (table + count * entrySize > view.byteLength) {
    const what = `program headers at ${hex(table)} (${count} x ${entrySize} bytes) lie outside of`;
    refuse("E404", file, `${what} the file of ${view.byteLength} bytes`);
  }
  const headers: ProgramHeader[] = [];
  for (let index = 0; index < count; index++) {
    const at = table + index * entrySize;
    const type = view.getUint32(at, true);
    if (type === PT_DYNAMIC || type === PT_INTERP) {
      const what = `program header ${index} asks for a dynamic linker (p_type ${type})`;
      refuse("E403", file, what, "link it statically: pass -static to the linker");
    }
    if (type === PT_LOAD) headers.push(readLoadHeader(view, at, index, file));
  }
  return headers;
}

function readLoadHeader(view: DataView, at: number, index: number, file: string): ProgramHeader {
  const header = {
    index,
    offset: view.getUint32(at + 4, true),
    virtualAddress: view.getUint32(at + 8, true),
    physicalAddress: view.getUint32(at + 12, true),
    fileSize: view.getUint32(at + 16, true),
    memorySize: view.getUint32(at + 20, true),
    flags: view.getUint32(at + 24, true),
  };
  const name = `segment ${index}`;
  const { offset, fileSize, memorySize } = header;
  if (fileSize > 0 && offset + fileSize > view.byteLength) {
    const what = `${name}: p_offset ${hex(offset)} + p_filesz ${hex(fileSize)} lies outside of`;
    refuse("E405", file, `${what} the file of ${view.byteLength} bytes`);
  }
  if (fileSize > memorySize) {
    const what = `${name}: p_filesz ${hex(fileSize)} is more than p_memsz ${hex(memorySize)}`;
    refuse("E405", file, `${what} (header at ${hex(at)})`);
  }
  for (const field of ["virtualAddress", "physicalAddress"] as const) {
    if (header[field] + memorySize <= ADDRESS_SPACE_SIZE) continue;
    const label = field === "virtualAddress" ? "p_vaddr" : "p_paddr";
    const what = `${name}: ${label} ${hex(header[field])} + p_memsz ${hex(memorySize)}`;
    refuse("E405", file, `${what} wraps past 4 GiB (header at ${hex(at)})`);
  }
  return header;
}

function checkOverlaps(segments: readonly ElfSegment[], file: string): void {
  const ranges = segments.flatMap((segment) => segmentRanges(segment));
  ranges.sort((a, b) => a.start - b.start || a.end - b.end);
  for (let k = 1; k < ranges.length; k++) {
    const [low, high] = [ranges[k - 1]!, ranges[k]!];
    if (high.start >= low.end) continue;
    const what = `PT_LOAD segments overlap: ${rangeText(low)} and ${rangeText(high)}`;
    refuse("E406", file, what, "give each section its own place in the linker script");
  }
}

function rangeText({ start, end }: MemoryRange): string {
  return `${hex(start)}..${hex(end - 1)}`;
}
