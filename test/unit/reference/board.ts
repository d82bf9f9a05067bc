/** A hart with one RAM for these tests, and a program laid out at its start. */

import {
  asm,
  ReferenceHart,
  type ReferenceHartOptions,
  ReferenceMemory,
  type Region,
  type StepResult,
} from "../../../host/reference/index.js";

export const RAM = 0x8000_0000;
export const RAM_SIZE = 0x1_0000;
/** A place in RAM for data, far from any program of these tests. */
export const DATA = RAM + 0x8000;
/** Nothing answers here. */
export const ABSENT = 0x4000_0000;

export interface Board {
  readonly hart: ReferenceHart;
  readonly ram: Uint8Array;
  readonly labels: ReadonlyMap<string, number>;
  /** Runs until the instruction at a label is next; gives the steps taken. */
  until(label: string): StepResult[];
  steps(count: number): StepResult[];
  word(address: number): number;
}

export interface BoardOptions extends Partial<Omit<ReferenceHartOptions, "memory">> {
  readonly regions?: readonly Region[];
}

export function board(items: readonly asm.Item[], options: BoardOptions = {}): Board {
  const ram = new Uint8Array(RAM_SIZE);
  const { bytes, labels } = asm.assemble(RAM, items);
  ram.set(bytes);
  const { regions = [], ...rest } = options;
  const memory = new ReferenceMemory([{ base: RAM, bytes: ram }, ...regions]);
  const hart = new ReferenceHart({ isa: "rv32imac", boot: RAM, hartid: 0, ...rest, memory });
  const steps = (count: number) => Array.from({ length: count }, () => hart.step());
  const until = (label: string) => {
    const taken: StepResult[] = [];
    while (hart.pc !== labels.get(label)) {
      if (taken.length === 1000) throw new Error(`${label} not reached`);
      taken.push(hart.step());
    }
    return taken;
  };
  const word = (address: number) => new DataView(ram.buffer).getUint32(address - RAM, true);
  return { hart, ram, labels, until, steps, word };
}
