/** Runs a program of the reference's generator on the emulated fabric, and compares everything. */
import { CHIPS, type Chip, MEMORY_BASE } from "../../../host/exchange/geometry.js";
import type { FabricFaults } from "../../../host/machine/tile-block.js";
import { type FabricProgram, runFabricProgram } from "../../../host/reference/fabric/index.js";
import { PROGRAM_CYCLES_MOST } from "../../../host/reference/fabric/programs.js";
import { type Recording, TileChip } from "../../../host/tile/index.js";

/** A chip object of a program's geometry. */
export function chipOf({ geometry }: Pick<FabricProgram, "geometry">): Chip {
  return { ...CHIPS.mini!, ...geometry, name: "program" };
}

export function faultsOf({ forces, faults }: FabricProgram): FabricFaults {
  return {
    forces,
    stuckWords: faults.flatMap((fault) => (fault.kind === "stuck-column-bit" ? [fault] : [])),
    stuckMuxes: faults.flatMap((fault) => (fault.kind === "stuck-mux-bit" ? [fault] : [])),
    deadBuses: faults.flatMap((fault) => (fault.kind === "dead-bus" ? [fault] : [])),
  };
}

/** The chip of a program, with its memories, before the first cycle. */
export async function chipFor(module: WebAssembly.Module, program: FabricProgram) {
  const { defects, codes, tiles } = program;
  const chip = await TileChip.create(module, {
    chip: chipOf(program),
    repair: { codes, defects: defects.map(({ column, row }) => [column, row] as const) },
    faults: faultsOf(program),
    members: tiles.map(({ tile }) => tile),
    overhead_cycles: program.barrier_overhead_cycles,
  });
  for (const { tile, row_address, row, memory } of tiles) {
    const pieces = [...memory, { address: row_address, words: row }];
    for (const { address, words } of pieces) {
      // Hostile programs put rows outside of memory: nothing is there.
      if (address >= MEMORY_BASE && address + 4 * words.length <= MEMORY_BASE + chip.memory_bytes) {
        chip.write(tile, address, words);
      }
    }
  }
  return chip;
}

export function startAll(chip: TileChip, program: FabricProgram): void {
  for (const { tile, row_address } of program.tiles) chip.start(tile, row_address);
}

const byTile = (a: { tile: number; event: number }, b: { tile: number; event: number }) =>
  a.tile - b.tile || a.event - b.event;

/** Differences between the reference and the emulated fabric; empty if there are none. */
export async function differences(
  module: WebAssembly.Module,
  program: FabricProgram,
  recorded: readonly Recording[],
): Promise<string[]> {
  const { fabric, result } = runFabricProgram(program);
  const chip = await chipFor(module, program);
  chip.record(recorded);
  startAll(chip, program);
  chip.run(fabric.now - chip.now());
  const found: string[] = [];
  const note = (what: string, expected: unknown, actual: unknown) => {
    const [a, b] = [JSON.stringify(expected), JSON.stringify(actual)];
    if (a !== b) found.push(`${what}: reference ${a}, fabric ${b}`);
  };
  note("release", fabric.releases.at(-1) ?? null, chip.release());
  for (const { tile } of program.tiles) {
    const expected = fabric.read(tile, 0x40000, chip.memory_bytes / 4);
    const actual = chip.memory(tile);
    for (let i = 0; i < actual.length && found.length < 20; i++) {
      if (expected[i]! >>> 0 !== actual[i]) {
        note(`tile ${tile} word 0x${(0x40000 + 4 * i).toString(16)}`, expected[i], actual[i]);
      }
    }
    const own = fabric.errors.filter((error) => error.tile === tile);
    note(`tile ${tile} errors`, own.length, chip.view(tile).errors);
    const landings = fabric.landed.filter((landing) => landing.tile === tile);
    note(`tile ${tile} landed`, landings.length, chip.view(tile).landed);
    note(`tile ${tile} first`, own[0]?.code ?? null, chip.view(tile).first?.code ?? null);
  }
  if (recorded.includes("landings")) {
    const plain = [...fabric.landed].sort((a, b) => a.tile - b.tile || a.cycle - b.cycle);
    const landings = [...chip.landings].sort((a, b) => a.tile - b.tile || a.cycle - b.cycle);
    plain.forEach((landing, i) => {
      const { tile, event, source, address, word, cycle } = landings[i] ?? {};
      if (found.length < 20)
        note("landing", landing, { tile, event, source, address, word, cycle });
    });
  }
  if (recorded.includes("errors")) {
    const order = (a: { code: number } & Parameters<typeof byTile>[0], b: typeof a) =>
      byTile(a, b) || a.code - b.code;
    const plain = [...fabric.errors].map(({ tile, event, code }) => ({ tile, event, code }));
    const errors = [...chip.errors].map(({ tile, event, code }) => ({ tile, event, code }));
    const [expected, actual] = [plain.sort(order), errors.sort(order)];
    const at = expected.findIndex((e, i) => JSON.stringify(e) !== JSON.stringify(actual[i]));
    if (at >= 0) note(`error ${at}`, expected.slice(at, at + 3), actual.slice(at, at + 3));
    note("errors", expected.length, actual.length);
  }
  if (result.ended === "settled" && found.length === 0) note("settled", true, chip.settle(400));
  return found.slice(0, 20);
}

/** Longest program of the generator, in cycles. */
export const MOST_CYCLES = PROGRAM_CYCLES_MOST;
