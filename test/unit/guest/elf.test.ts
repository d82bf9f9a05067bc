import { describe, expect, test } from "vitest";
import { Exit, UserError } from "../../../host/error/index.js";
import { readElf, segmentRanges } from "../../../host/guest/elf.js";
import { ELF_ERRORS } from "../../../host/guest/elf-errors.js";
import { type WriterOptions, writeElf } from "../../support/elf-writer.js";

const CODE = [0x13, 0, 0, 0, 0x82, 0x80, 0, 0];
const TEXT = { address: 0x8000_0000, bytes: CODE, flags: 5 };
const BASE: WriterOptions = {
  entry: 0x8000_0004,
  segments: [TEXT, { address: 0x8000_1000, bytes: [1, 2, 3, 4], memorySize: 0x100, flags: 6 }],
  symbols: [
    { name: "main", address: 0x8000_0000, size: 8 },
    { name: "local", address: 0x8000_0004, type: 0, binding: 0 },
    { name: "stack_size", address: 0x400, section: 0xfff1, type: 0 },
    { name: "extern", address: 0, section: 0 },
    { name: "a.c", address: 0, type: 4, binding: 0 },
  ],
  attributes: "rv32i2p1_m2p0_c2p0",
};

/** The error that a file raises, or undefined. */
function errorOf(bytes: Uint8Array): UserError | undefined {
  try {
    readElf(bytes, "guest.elf");
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** BASE with 16-bit or 32-bit fields of the file replaced: [offset, size in bytes, value]. */
type Patch = readonly [offset: number, size: 1 | 2 | 4, value: number];

function patched(patches: readonly Patch[], options: WriterOptions = BASE): Uint8Array {
  const bytes = writeElf(options);
  const view = new DataView(bytes.buffer);
  for (const [offset, size, value] of patches) {
    if (size === 1) view.setUint8(offset, value);
    else if (size === 2) view.setUint16(offset, value, true);
    else view.setUint32(offset, value, true);
  }
  return bytes;
}

/** Offset of the header of a section of BASE: 0 null, 1 text, 2 data, 3 attributes, 4 symbols... */
function sectionHeader(index: number): number {
  const bytes = writeElf(BASE);
  return new DataView(bytes.buffer).getUint32(32, true) + 40 * index;
}

/** File offset of the contents of a section of BASE. */
function contents(index: number): number {
  return new DataView(writeElf(BASE).buffer).getUint32(sectionHeader(index) + 16, true);
}

describe("an RV32 executable", () => {
  const elf = readElf(writeElf(BASE), "guest.elf");

  test("gives its entry, flags and ISA string", () => {
    const { entry, flags, isaAttributes, file } = elf;
    expect({ entry, flags, isaAttributes, file }).toEqual({
      entry: 0x8000_0004,
      flags: 1,
      isaAttributes: "rv32i2p1_m2p0_c2p0",
      file: "guest.elf",
    });
  });

  test("gives its segments with the bytes of the file and the size in memory", () => {
    expect(elf.segments.map(({ bytes, ...rest }) => ({ ...rest, bytes: [...bytes] }))).toEqual([
      { address: 0x8000_0000, virtualAddress: 0x8000_0000, memorySize: 8, flags: 5, bytes: CODE },
      {
        address: 0x8000_1000,
        virtualAddress: 0x8000_1000,
        memorySize: 0x100,
        flags: 6,
        bytes: [1, 2, 3, 4],
      },
    ]);
  });

  test("gives its symbols without undefined and file symbols", () => {
    const main = { address: 0x8000_0000, size: 8, kind: "function", binding: "global", section: 1 };
    expect(elf.symbols).toEqual([
      { name: "local", address: 0x8000_0004, size: 0, kind: "none", binding: "local", section: 1 },
      { name: "main", ...main },
      {
        name: "stack_size",
        address: 0x400,
        size: 0,
        kind: "none",
        binding: "global",
        section: undefined,
      },
    ]);
  });

  test("may have no section headers: then it has no symbols", () => {
    const bare = readElf(writeElf({ ...BASE, sections: false }), "bare.elf");
    expect([bare.symbols, bare.sections, bare.isaAttributes]).toEqual([[], [], undefined]);
    expect(bare.segments).toHaveLength(2);
  });

  test("may be a view into a larger buffer", () => {
    const bytes = writeElf(BASE);
    const larger = new Uint8Array(bytes.length + 8);
    larger.set(bytes, 5);
    const inner = readElf(larger.subarray(5, 5 + bytes.length), "guest.elf");
    expect(inner).toEqual(elf);
  });

  test("may claim 3 GiB of zeros: nothing is allocated", () => {
    const before = process.memoryUsage().arrayBuffers;
    const bytes = writeElf({ segments: [{ ...TEXT, address: 0, memorySize: 0xc000_0000 }] });
    const [segment] = readElf(bytes, "big.elf").segments;
    expect(segment?.memorySize).toBe(0xc000_0000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  });

  test("may end exactly at 4 GiB", () => {
    const [segment] = readElf(
      writeElf({ segments: [{ ...TEXT, address: 0xffff_fff8 }] }),
      "x",
    ).segments;
    expect(segmentRanges(segment!)).toEqual([{ start: 0xffff_fff8, end: 2 ** 32 }]);
  });
});

describe("load addresses", () => {
  const data = { bytes: [1, 2, 3, 4], memorySize: 0x40 };

  test("are p_paddr where p_vaddr differs; the zeros lie at the run address", () => {
    const segments = [TEXT, { ...data, address: 0x8000_0008, virtualAddress: 0x2000_0000 }];
    const elf = readElf(writeElf({ segments }), "rom.elf");
    expect(elf.segments.map(({ address }) => address)).toEqual([0x8000_0000, 0x8000_0008]);
    expect(segmentRanges(elf.segments[1]!)).toEqual([
      { start: 0x8000_0008, end: 0x8000_000c },
      { start: 0x2000_0004, end: 0x2000_0040 },
    ]);
  });

  test("are p_vaddr when every p_paddr is 0, as some linkers leave it", () => {
    const segments = [
      { ...TEXT, address: 0, virtualAddress: 0x8000_0000 },
      { ...data, address: 0, virtualAddress: 0x8000_1000 },
    ];
    const elf = readElf(writeElf({ segments }), "novaddr.elf");
    expect(elf.segments.map(({ address }) => address)).toEqual([0x8000_0000, 0x8000_1000]);
  });

  test("may share a run address: overlays", () => {
    const segments = [TEXT, { ...TEXT, address: 0x8000_1000, virtualAddress: 0x8000_0000 }];
    expect(readElf(writeElf({ segments }), "overlay.elf").segments).toHaveLength(2);
  });
});

const base = (options: Partial<WriterOptions>): Uint8Array => writeElf({ ...BASE, ...options });
const SECOND = 52 + 32; // the second program header
const SYMBOLS = 4;
const STRINGS = 5;

// What is wrong, the file, the code, and what the message must say.
const REFUSALS: readonly (readonly [string, Uint8Array, keyof typeof ELF_ERRORS, RegExp])[] = [
  ["an empty file", new Uint8Array(), "E401", /empty/],
  ["a text file", new TextEncoder().encode("#!/bin/sh\n"), "E401", /not an ELF/],
  ["a 64-bit ELF", base({ class: 2 }), "E402", /64-bit.*offset 4/],
  ["an unknown class", base({ class: 9 }), "E402", /EI_CLASS 9/],
  ["a big-endian ELF", base({ data: 2 }), "E402", /big-endian.*offset 5/],
  ["no byte order", base({ data: 0 }), "E402", /EI_DATA 0/],
  ["an ELF for x86", base({ machine: 3 }), "E402", /e_machine 3 at offset 18/],
  ["an unknown version", patched([[6, 1, 2]]), "E402", /EI_VERSION 2/],
  ["an unknown file version", patched([[20, 4, 7]]), "E402", /e_version 7/],
  ["a relocatable object", base({ type: 1 }), "E403", /relocatable.*e_type 1/],
  ["a shared object", base({ type: 3 }), "E403", /position independent/],
  ["a core dump", base({ type: 4 }), "E403", /core dump/],
  ["an unknown type", base({ type: 0xfe00 }), "E403", /e_type 65024/],
  ["a dynamic program", base({ segments: [TEXT, { ...TEXT, type: 2 }] }), "E403", /dynamic/],
  [
    "a program with an interpreter",
    base({ segments: [TEXT, { ...TEXT, type: 3 }] }),
    "E403",
    /dynamic/,
  ],
  ["a header cut short", writeElf(BASE).subarray(0, 51), "E404", /51 of 52 bytes/],
  ["a header size of 0", patched([[40, 2, 0]]), "E404", /e_ehsize 0/],
  ["program headers of another size", patched([[42, 2, 56]]), "E404", /e_phentsize 56/],
  [
    "program headers outside of the file",
    patched([[28, 4, 0xffff_fff0]]),
    "E404",
    /program headers at 0xfffffff0/,
  ],
  ["section headers of another size", patched([[46, 2, 64]]), "E404", /e_shentsize 64/],
  [
    "section headers outside of the file",
    patched([[32, 4, 0x7fff_ffff]]),
    "E404",
    /section headers/,
  ],
  ["no section name table", patched([[50, 2, 200]]), "E404", /e_shstrndx 200/],
  ["bytes outside of the file", patched([[SECOND + 4, 4, 0x10_0000]]), "E405", /p_offset 0x100000/],
  ["bytes that wrap in the file", patched([[SECOND + 4, 4, 0xffff_ffff]]), "E405", /outside/],
  ["more bytes than memory", patched([[SECOND + 20, 4, 3]]), "E405", /p_filesz 0x4 .*p_memsz 0x3/],
  [
    "a segment past 4 GiB",
    patched([[SECOND + 12, 4, 0xffff_ff80]]),
    "E405",
    /p_paddr.*wraps past 4 GiB/,
  ],
  ["a run address past 4 GiB", patched([[SECOND + 8, 4, 0xffff_ff80]]), "E405", /p_vaddr/],
  [
    "segments that overlap in bytes",
    base({ segments: [TEXT, { ...TEXT, address: 0x8000_0004 }] }),
    "E406",
    /0x80000000\.\.0x80000007 and 0x80000004\.\.0x8000000b/,
  ],
  [
    "zeros over another segment",
    base({
      segments: [
        { ...TEXT, memorySize: 0x1001 },
        { ...TEXT, address: 0x8000_1000 },
      ],
    }),
    "E406",
    /overlap/,
  ],
  ["the single float ABI", base({ flags: 0x3 }), "E407", /single-precision.*e_flags 0x3/],
  ["the double float ABI", base({ flags: 0x5 }), "E407", /double-precision/],
  ["the quad float ABI", base({ flags: 0x7 }), "E407", /quad-precision/],
  ["the RVE ABI", base({ flags: 0x8 }), "E407", /RVE/],
  [
    "symbols of another size",
    patched([[sectionHeader(SYMBOLS) + 36, 4, 24]]),
    "E408",
    /sh_entsize 24/,
  ],
  ["half a symbol", patched([[sectionHeader(SYMBOLS) + 20, 4, 40]]), "E408", /sh_size 0x28/],
  [
    "symbols outside of the file",
    patched([[sectionHeader(SYMBOLS) + 16, 4, 0xffff_0000]]),
    "E404",
    /symbol table.*outside/,
  ],
  ["symbols without names", patched([[sectionHeader(SYMBOLS) + 24, 4, 1]]), "E408", /sh_link 1/],
  [
    "a symbol name outside",
    patched([[contents(SYMBOLS) + 16, 4, 0xffff]]),
    "E408",
    /name offset 0xffff/,
  ],
  [
    "a symbol name without end",
    patched([[sectionHeader(STRINGS) + 20, 4, 3]]),
    "E408",
    /does not end|name offset/,
  ],
  [
    "a symbol in no section",
    patched([[contents(SYMBOLS) + 16 + 14, 2, 0x1234]]),
    "E408",
    /st_shndx 4660/,
  ],
  ["65535 program headers", patched([[44, 2, 0xffff]]), "E409", /e_phnum 65535/],
  ["65535 sections", patched([[48, 2, 0xffff]]), "E409", /e_shnum 65535/],
  ["no segment", base({ segments: [] }), "E410", /nothing to load/],
  ["segments of no size", base({ segments: [{ address: 0, bytes: [] }] }), "E410", /nothing/],
  ["attributes of another version", patched([[contents(3), 1, 0x42]]), "E411", /format version/],
  [
    "attributes longer than their section",
    patched([[contents(3) + 1, 4, 0xffff]]),
    "E411",
    /length/,
  ],
  ["attributes of negative length", patched([[contents(3) + 1, 4, 0]]), "E411", /length/],
];

describe("a file that cannot be loaded", () => {
  test.each(REFUSALS)("%s is refused", (_, bytes, code, what) => {
    const error = errorOf(bytes);
    expect(error?.code).toBe(code);
    expect(error?.what).toMatch(what);
    expect(error?.exitCode).toBe(Exit.FIRMWARE);
    expect(error?.place).toEqual({ file: "guest.elf" });
    expect(error?.hint).not.toBe("");
  });

  test("covers every code of the reader", () => {
    const raised = new Set<string>(REFUSALS.map(([, , code]) => code));
    expect(Object.keys(ELF_ERRORS).filter((code) => !raised.has(code))).toEqual(["E412"]);
  });

  test("a file cut anywhere is refused, since the section headers come last", () => {
    const whole = writeElf(BASE);
    const accepted = Array.from({ length: whole.length }, (_, length) => length).filter(
      (length) => errorOf(whole.subarray(0, length)) === undefined,
    );
    expect(accepted).toEqual([]);
  });
});
