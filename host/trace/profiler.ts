/** Profiles a running machine: one `HartProfiler` a hart, fed by the trace. */

import { TraceKind } from "../../assembly/kernel/abi.js";
import type { MachineImage } from "../core/image.js";
import type { Target } from "../core/ports.js";
import type { TraceRecord } from "../core/rings.js";
import { SymbolTable } from "../guest/symbols.js";
import type { NamedProgram } from "./namer.js";
import { type HartProfile, HartProfiler } from "./profile.js";

const SP = 2;
const MSCRATCH = 0x340;

/** What a profiler needs of a machine. */
export type Profiled = Target & { readonly image: MachineImage; now(): bigint };

export class Profiler {
  private readonly harts: readonly HartProfiler[];

  /** @param programOf the executable of a node; without one its functions have addresses for names. */
  constructor(
    private readonly machine: Profiled,
    programOf: (node: string) => NamedProgram | undefined,
  ) {
    const tables = new Map<NamedProgram, SymbolTable>();
    this.harts = machine.image.harts.map(({ name, unit, domain }, hart) => {
      const program = programOf(name);
      const symbols = program && (tables.get(program) ?? tableOf(program));
      if (program && symbols) tables.set(program, symbols);
      return new HartProfiler({
        name,
        unit,
        rate_mhz: machine.image.domains[domain]!.rate_mhz,
        functionAt: (address) => functionAt(symbols, address),
        instructionAt: (address) => instructionAt(machine, hart, address),
        stackPointers: () => ({
          sp: machine.readRegister(hart, SP),
          mscratch: machine.readCsr(hart, MSCRATCH) ?? 0,
        }),
      });
    });
  }

  /** Records of PROFILE_KINDS, sorted. */
  take(records: readonly TraceRecord[]): void {
    for (const record of records) {
      if (record.kind === TraceKind.WIRE) this.harts[record.b]?.take(record);
      else this.harts[record.unit]?.take(record);
    }
  }

  /** The machine stands at a time, and all records before it have been taken. */
  stand(): void {
    for (const hart of this.harts) hart.stand(this.machine.now());
  }

  results(): HartProfile[] {
    return this.harts.map((hart) => hart.result());
  }
}

function tableOf({ symbols, sections }: NamedProgram): SymbolTable {
  return new SymbolTable(symbols, sections);
}

/** A function, or the nearest label before: the compiler's own labels are no functions. */
function functionAt(symbols: SymbolTable | undefined, address: number): string {
  return symbols?.byAddress(address)?.symbol.name ?? `0x${address.toString(16)}`;
}

function instructionAt(machine: Target, hart: number, address: number): number {
  const bytes = machine.readMemory(hart, address, 4);
  const padded = new Uint8Array(4);
  padded.set(bytes);
  return new DataView(padded.buffer).getUint32(0, true);
}
