/**
 * The .riscv.attributes section ("RISC-V ELF Specification", section "Attributes"; layout as in the
 * "ELF for the Arm Architecture" build attributes): `A`, then vendor sub-sections of (u32 length,
 * vendor name, sub-sub-sections of (ULEB128 tag, u32 length, attributes)). An attribute with an
 * even tag holds a ULEB128 number, one with an odd tag a string that ends in a zero byte.
 */

import { hex, refuse } from "./elf-errors.js";
import { type ElfSection, sectionBytes } from "./elf-sections.js";

const SHT_RISCV_ATTRIBUTES = 0x7000_0003;
const TAG_FILE = 1;
const TAG_RISCV_ARCH = 5;

/** The ISA string that the file was built for, or undefined without a .riscv.attributes section. */
export function readAttributes(
  bytes: Uint8Array,
  sections: readonly ElfSection[],
  file: string,
): string | undefined {
  const section = sections.find(({ type }) => type === SHT_RISCV_ATTRIBUTES);
  if (section === undefined || section.size === 0) return undefined;
  const contents = sectionBytes(bytes, section, ".riscv.attributes", file);
  const cursor = new Cursor(contents, section.offset, file);
  if (cursor.byte() !== 0x41) cursor.fail("the format version is not `A`");
  while (!cursor.done) {
    const vendor = cursor.block(cursor.position);
    if (vendor.string() !== "riscv") continue;
    const arch = archOfVendor(vendor);
    if (arch !== undefined) return arch;
  }
  return undefined;
}

function archOfVendor(vendor: Cursor): string | undefined {
  while (!vendor.done) {
    const start = vendor.position;
    const tag = vendor.uleb128();
    const attributes = vendor.block(start);
    if (tag !== TAG_FILE) continue;
    while (!attributes.done) {
      const attribute = attributes.uleb128();
      if (attribute === TAG_RISCV_ARCH) return attributes.string();
      if (attribute % 2 === 1) attributes.string();
      else attributes.uleb128();
    }
  }
  return undefined;
}

/** Reads forwards in a range of bytes and refuses to leave it. */
class Cursor {
  position = 0;

  constructor(
    private readonly bytes: Uint8Array,
    /** Offset of the range in the file, for errors. */
    private readonly origin: number,
    private readonly file: string,
  ) {}

  get done(): boolean {
    return this.position >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.position];
    if (value === undefined) this.fail("it ends in the middle of a field");
    this.position += 1;
    return value;
  }

  /** At most 32 bits: no tag or value of the specification is larger. */
  uleb128(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    this.fail("a number has more than 32 bits");
  }

  string(): string {
    const length = this.bytes.subarray(this.position).indexOf(0);
    if (length < 0) this.fail("a string does not end");
    const text = new TextDecoder().decode(
      this.bytes.subarray(this.position, this.position + length),
    );
    this.position += length + 1;
    return text;
  }

  /**
   * Reads a u32 length that counts from `start`, and steps over the block: the cursor returned
   * covers what is left of it.
   */
  block(start: number): Cursor {
    const [a, b, c, d] = [this.byte(), this.byte(), this.byte(), this.byte()];
    const end = start + a + b * 2 ** 8 + c * 2 ** 16 + d * 2 ** 24;
    if (end < this.position || end > this.bytes.length) this.fail("a length does not fit");
    const inner = new Cursor(
      this.bytes.subarray(this.position, end),
      this.origin + this.position,
      this.file,
    );
    this.position = end;
    return inner;
  }

  fail(what: string): never {
    const at = hex(this.origin + this.position);
    refuse("E411", this.file, `.riscv.attributes at file offset ${at}: ${what}`);
  }
}
