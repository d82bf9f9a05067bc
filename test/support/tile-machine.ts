/**
 * Machines of tiles that run random exchange programs from their cores: every core works through a
 * list of rows, with a computing pause before each, and notes what it sees.
 */
import { Machine } from "../../host/core/machine.js";
import { MEMORY_BASE } from "../../host/exchange/geometry.js";
import { elaborate, type Firmware, parseMachine } from "../../host/machine/index.js";
import * as asm from "../../host/reference/assembler.js";
import { encode, type FabricProgram } from "../../host/reference/fabric/index.js";
import { type Build, coreModule } from "./core.js";

/** Behind the rows of random programs, in their element. */
const CODE = MEMORY_BASE + 0x2000;
/** Pairs of a pause and a row; a row of 0 ends the list. */
const LIST = MEMORY_BASE + 0x3000;
/** Status, cycle and a sum over a word of the landing buffer, after each row. */
export const LOG = MEMORY_BASE + 0x3800;
const CONTROL_UPPER = 0x100;
const { R } = asm;

/** The program of every core. */
const ITEMS: readonly asm.Item[] = [
  asm.lui(R.a0, CONTROL_UPPER),
  ...asm.li(R.s0, LIST),
  ...asm.li(R.s1, LOG),
  ...asm.li(R.s2, MEMORY_BASE + 0x8000),
  { label: "next" },
  asm.lw(R.t0, R.s0, 0),
  asm.lw(R.t1, R.s0, 4),
  asm.to("done", (offset) => asm.beq(R.t1, R.zero, offset)),
  { label: "pause" },
  asm.to("go", (offset) => asm.beq(R.t0, R.zero, offset)),
  asm.addi(R.t0, R.t0, -1),
  asm.lw(R.t4, R.s2, 0x30),
  asm.add(R.t5, R.t5, R.t4),
  asm.to("pause", (offset) => asm.jal(R.zero, offset)),
  { label: "go" },
  asm.sw(R.t1, R.a0, 0),
  asm.lw(R.t2, R.a0, 0x10),
  asm.lw(R.t3, R.a0, 0x18),
  asm.sw(R.t2, R.s1, 0),
  asm.sw(R.t3, R.s1, 4),
  asm.sw(R.t5, R.s1, 8),
  asm.addi(R.s1, R.s1, 12),
  asm.addi(R.s0, R.s0, 8),
  asm.to("next", (offset) => asm.jal(R.zero, offset)),
  { label: "done" },
  asm.wfi(),
  asm.to("done", (offset) => asm.jal(R.zero, offset)),
];

const PROGRAM = asm.assemble(CODE, ITEMS).bytes;

const FIRMWARE = {
  file: "tiles.S",
  entry: CODE,
  segments: [{ address: CODE, virtualAddress: CODE, bytes: PROGRAM, memorySize: PROGRAM.length }],
  symbols: [],
} as Firmware;

/** Every barrier counts this tile as arrived. */
function idle(tile: number): FabricProgram["tiles"][number] {
  return { tile, row_address: MEMORY_BASE, row: [encode.sans(255), encode.return()], memory: [] };
}

/** A machine whose cores run a random program's rows, each `rounds` times, after pauses. */
export async function tileMachine(
  program: FabricProgram,
  pause: (tile: number, round: number) => number,
  rounds: number,
  build: Build = "release",
): Promise<Machine> {
  const { geometry, defects, codes } = program;
  const description = parseMachine(
    JSON.stringify({
      machine: "tiles",
      clocks: { tiles: { rate_hz: 100_000_000 } },
      nodes: {},
      tile_processors: {
        chip: {
          preset: {
            columns: geometry.columns,
            rows: geometry.rows,
            tiles_per_unit: geometry.subs,
            memory_kib: geometry.memory_bytes / 1024,
            mux_reset: geometry.mux_reset,
          },
          clock: "tiles",
          isa: "rv32im",
          timing: "ibex-small",
          defects: defects.map(({ column, row }) => [column, row]),
          codes,
          barrier_overhead_cycles: Math.max(32, program.barrier_overhead_cycles),
        },
      },
    }),
    "tiles.json",
  );
  const booted = {
    ...description,
    nodes: description.nodes.map((node) => ({ ...node, boot: CODE })),
  };
  const image = elaborate(booted, new Map([["chip", FIRMWARE]]));
  const machine = await Machine.create(image, { module: await coreModule(build) });
  const rows = new Map(program.tiles.map((tile) => [tile.tile, tile]));
  for (const { name, address } of image.memories) {
    const visible = /\.t(\d+)\./.exec(name)?.[1];
    if (visible === undefined) continue;
    const tile = rows.get(Number(visible)) ?? idle(Number(visible));
    const put = (at: number, words: readonly number[]) => {
      const offset = at - MEMORY_BASE;
      if (offset < 0 || offset + 4 * words.length > geometry.memory_bytes) return;
      machine.poke(address + offset, new Uint8Array(Uint32Array.from(words).buffer));
    };
    for (const { address: at, words } of tile.memory) put(at, words);
    put(tile.row_address, tile.row);
    const list = Array.from({ length: rounds }, (_, round) => [
      pause(tile.tile, round),
      tile.row_address,
    ]);
    put(LIST, [...list.flat(), 0, 0]);
  }
  return machine;
}
