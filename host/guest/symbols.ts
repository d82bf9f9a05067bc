/**
 * Symbols by name and by address. An address is named after the function or object that contains
 * it, else after the nearest symbol before it in the same section; at one address functions come
 * before objects, labels and sections. Mapping symbols ($x, $d; RISC-V ELF Specification, "Mapping
 * Symbols") and the assembler's local labels (.L) name nothing.
 */

import type { ElfSection, ElfSymbol, ElfSymbolKind } from "./elf-sections.js";

/** A name for an address: the symbol and the distance from its start in bytes. */
export interface SymbolPlace {
  readonly symbol: ElfSymbol;
  readonly offset: number;
}

/** sh_flags: the section occupies memory while the program runs. */
const SHF_ALLOC = 2;

/** At one address the highest rank names it. */
const RANK: Readonly<Record<ElfSymbolKind, number>> = {
  function: 4,
  object: 3,
  none: 2,
  other: 1,
  section: 0,
};
const BINDING_RANK = { global: 3, weak: 2, local: 1, other: 0 } as const;

export class SymbolTable {
  private readonly names = new Map<string, ElfSymbol>();
  /** Functions and objects with a size, by address; `reach[k]` is the furthest end up to k. */
  private readonly sized: readonly ElfSymbol[];
  private readonly reach: readonly number[];
  /** One symbol an address: the one that names it. */
  private readonly starts: readonly ElfSymbol[];

  /** @param sections those of the same file; they bound how far a symbol without a size reaches. */
  constructor(
    symbols: readonly ElfSymbol[],
    private readonly sections: readonly ElfSection[] = [],
  ) {
    const named = symbols.filter(({ name }) => name !== "" && !/^(\$|\.L)/.test(name));
    for (const symbol of named) {
      const other = this.names.get(symbol.name);
      if (other === undefined || BINDING_RANK[symbol.binding] > BINDING_RANK[other.binding]) {
        this.names.set(symbol.name, symbol);
      }
    }
    // Sections that are not loaded (debugging, attributes) have no addresses to name.
    const loaded = ({ section }: ElfSymbol): boolean =>
      section !== undefined && ((sections[section]?.flags ?? SHF_ALLOC) & SHF_ALLOC) !== 0;
    const placed = named.filter(loaded).sort(bySortKey);
    this.sized = placed.filter(
      ({ kind, size }) => (kind === "function" || kind === "object") && size > 0,
    );
    let furthest = 0;
    this.reach = this.sized.map(({ address, size }) => {
      furthest = Math.max(furthest, address + size);
      return furthest;
    });
    // The sort puts the best name of an address last.
    this.starts = placed.filter(({ address }, k) => placed[k + 1]?.address !== address);
  }

  /** The symbol of a name, a global one before a weak and a local one. */
  byName(name: string): ElfSymbol | undefined {
    return this.names.get(name);
  }

  /** The symbol that names an address, or undefined where nothing is known. */
  byAddress(address: number): SymbolPlace | undefined {
    const symbol = this.containing(address) ?? this.nearest(address);
    return symbol && { symbol, offset: address - symbol.address };
  }

  /** `main`, `main+0x1c`, or undefined where nothing is known. */
  lookup(address: number): string | undefined {
    const place = this.byAddress(address);
    if (place === undefined) return undefined;
    const { symbol, offset } = place;
    return offset === 0 ? symbol.name : `${symbol.name}+0x${offset.toString(16)}`;
  }

  /** `main+0x1c`, or the address itself as `0x80000000` where nothing is known. */
  describe(address: number): string {
    return this.lookup(address) ?? `0x${address.toString(16)}`;
  }

  /** The innermost sized symbol around the address; a function is preferred to an object. */
  private containing(address: number): ElfSymbol | undefined {
    let best: ElfSymbol | undefined;
    for (let k = lastAtOrBefore(this.sized, address); k >= 0; k--) {
      if (this.reach[k]! <= address) break;
      const symbol = this.sized[k]!;
      if (address >= symbol.address + symbol.size) continue;
      if (symbol.kind === "function") return symbol;
      best ??= symbol;
    }
    return best;
  }

  private nearest(address: number): ElfSymbol | undefined {
    const symbol = this.starts[lastAtOrBefore(this.starts, address)];
    const section = this.sections[symbol?.section ?? -1];
    if (section !== undefined && address >= section.address + section.size) {
      // A label at the very end of its section, such as `_end`, still names its own address.
      return address === symbol?.address ? symbol : undefined;
    }
    return symbol;
  }
}

/** By address; at one address the better name comes later. */
function bySortKey(a: ElfSymbol, b: ElfSymbol): number {
  return (
    a.address - b.address ||
    RANK[a.kind] - RANK[b.kind] ||
    BINDING_RANK[a.binding] - BINDING_RANK[b.binding]
  );
}

/** Index of the last symbol that starts at or before the address, or -1. */
function lastAtOrBefore(symbols: readonly ElfSymbol[], address: number): number {
  let low = 0;
  let high = symbols.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (symbols[middle]!.address <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
