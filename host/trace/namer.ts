/** Names of a running machine's units, instructions and addresses, for its trace. */

import type { MachineImage } from "../core/image.js";
import type { Target } from "../core/ports.js";
import { disassemble } from "../guest/disassembler.js";
import { SymbolTable } from "../guest/symbols.js";
import type { Namer } from "./kinds.js";

type Symbols = ConstructorParameters<typeof SymbolTable>;

/** What naming needs of an executable; `Elf` of host/guest fits. */
export interface NamedProgram {
  readonly symbols: Symbols[0];
  readonly sections: NonNullable<Symbols[1]>;
}

/**
 * A namer that reads instructions through the hart's own map, as they are when asked: a program
 * that overwrites its code is shown as it is then, not as it was executed.
 * @param programs the executables whose symbols the image was elaborated with.
 */
export function machineNamer(
  machine: Target & { readonly image: MachineImage },
  programs: Iterable<NamedProgram>,
): Namer {
  const { image } = machine;
  const tables = new Map<unknown, SymbolTable>();
  for (const { symbols, sections } of programs) {
    tables.set(symbols, new SymbolTable(symbols, sections));
  }
  const tableOf = (hart: number) => tables.get(image.symbolsByNode.get(machine.harts[hart] ?? ""));
  const symbol = (hart: number, address: number) => tableOf(hart)?.lookup(address);
  const texts = new Map<string, string>();
  return {
    // Records that belong to no unit (a clock that changes) carry the machine's name.
    unit: (index) => image.units[index]?.name ?? image.name,
    clock: (index) => image.domains[index]?.name ?? String(index),
    symbol,
    disassemble: (hart, address) => {
      const bytes = machine.readMemory(hart, address, 4);
      if (bytes.length < 2) return undefined;
      const padded = new Uint8Array(4);
      padded.set(bytes);
      const word = new DataView(padded.buffer).getUint32(0, true);
      const key = `${hart} ${address} ${word}`;
      const known = texts.get(key);
      if (known !== undefined) return known;
      const { text } = disassemble(word, address, { describe: (at) => symbol(hart, at) });
      const line = text.replace("\t", " ");
      texts.set(key, line);
      return line;
    },
  };
}
