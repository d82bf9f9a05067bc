/**
 * The events of a tile processor. `c` has the visible tile in its upper half, `d` is the tile's own
 * event (assembly/tile/errors.ts).
 */

import { TraceKind } from "../../assembly/kernel/abi.js";
import type { EventKind, Field, RecordWords } from "./kinds.js";

const ERRORS: ReadonlyMap<number, string> = new Map([
  [1, "send-clash"],
  [2, "fetch-clash"],
  [3, "bad-address"],
  [4, "core-running"],
  [6, "pairing"],
  [7, "mode-changed"],
  [8, "unknown-word"],
]);
const BARRIERS = ["none", "released", "hangs"] as const;
const MUX_NULL = 0x600;

const hex32 = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, "0")}`;

function place({ c, d }: RecordWords): Field[] {
  return [
    ["tile", String(c >>> 16)],
    ["event", String(d | 0)],
  ];
}

export const TILE_EVENTS: readonly EventKind[] = [
  {
    kind: TraceKind.TILE_SEND,
    event: "tile-send",
    fields: (record) => [
      ...place(record),
      ["address", hex32(record.a)],
      ["word", hex32(record.b)],
      ["directions", String(record.c & 3)],
    ],
  },
  {
    kind: TraceKind.TILE_MUX,
    event: "tile-mux",
    fields: (record) => [
      ...place(record),
      ["selects", record.a < MUX_NULL ? String(record.a) : "none"],
    ],
  },
  {
    kind: TraceKind.TILE_DELIVER,
    event: "tile-land",
    fields: (record) => [
      ...place(record),
      ["source", String(record.c & 0xffff)],
      ["address", hex32(record.a)],
      ["word", hex32(record.b)],
    ],
  },
  {
    kind: TraceKind.TILE_BARRIER,
    event: "barrier",
    fields: ({ a, b, d }) => [
      ["what", BARRIERS[a] ?? String(a)],
      ["number", String(d)],
      ...(a === 2 ? [["missing", String(b)] as const] : []),
    ],
  },
  {
    kind: TraceKind.TILE_REPAIR,
    event: "repair",
    fields: ({ a, b }) => [
      ["column", String(a)],
      ["code", b === 0xff ? "none" : String(b)],
    ],
  },
  {
    kind: TraceKind.TILE_ERROR,
    event: "tile-error",
    fields: (record) => [
      ...place(record),
      ["code", String(record.a)],
      ["name", ERRORS.get(record.a) ?? "unknown"],
    ],
  },
];
