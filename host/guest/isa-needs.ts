/**
 * What a program was built for against what a hart has. Tag_RISCV_arch names extensions as the
 * RISC-V manual does ("ISA Extension Naming Conventions"): `rv32i2p1_m2p0_zicsr2p0`.
 */

/** What every hart here has beside its letters; the hints are instructions that do nothing. */
const ALWAYS = ["i", "e", "zicsr", "zifencei", "zicntr", "zihintpause", "zihintntl"];

/** Parts of the extensions that a letter stands for. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  m: ["m", "zmmul"],
  a: ["a", "zaamo", "zalrsc"],
  c: ["c", "zca"],
};

/** An extension with its version: a letter, or a name of several that begins with z, s or x. */
const EXTENSION = /^([zsx][a-z0-9]*?[a-z]|[a-z])(?:\d+p\d+|\d+)?$/;

/** Longer than any that tools write; a damaged file may hold anything. */
const ARCH_CHARS_MAX = 1000;

/**
 * The extensions of `arch` that a hart of this ISA lacks, in their order.
 * @param arch `rv32i2p1_m2p0_f2p2`, from Tag_RISCV_arch.
 * @param isa `rv32imc`, lower case.
 */
export function missingExtensions(arch: string, isa: string): string[] {
  const own = [...isa.slice("rv32".length)].flatMap((letter) => PARTS[letter] ?? []);
  const has = new Set([...ALWAYS, ...own]);
  const named = extensionsOf(
    arch
      .slice(0, ARCH_CHARS_MAX)
      .toLowerCase()
      .replace(/^rv(32|64)/, ""),
  );
  return [...new Set(named)].filter((name) => !has.has(name));
}

/** Parts are joined by `_`; the letters before the first may stand together: `imac_zicsr`. */
function extensionsOf(text: string): string[] {
  return text.split("_").flatMap((part) => {
    const whole = EXTENSION.exec(part)?.[1];
    if (whole !== undefined) return [whole];
    return [...part.matchAll(/([a-z])(?:\d+p\d+)?/g)].map(([, letter]) => letter!);
  });
}

/** One line for the user, or null when the hart has all that the program was built for. */
export function isaWarning(
  program: { readonly file: string; readonly isaAttributes: string | undefined },
  hart: string,
  isa: string,
): string | null {
  const { isaAttributes: arch } = program;
  const missing = arch === undefined ? [] : missingExtensions(arch, isa);
  if (missing.length === 0) return null;
  const names = missing.slice(0, 12).join(", ");
  const more = missing.length > 12 ? ", ..." : "";
  return (
    `warning: ${program.file} was built for ${names}${more}, which ${hart} (${isa}) lacks: ` +
    "such instructions trap"
  );
}
