/**
 * Rows files: exchange rows that some tool has made, to be run as they are.
 *
 *     { "chip": "c600", "defects": [[column, siliconRow]],
 *       "tiles": [ { "tile": 0, "rowAddress": "0xc0000", "row": ["41800003", ...],
 *                    "memory": { "0x50000": ["00000001", ...] } } ],
 *       "dump": [ { "tile": 53, "address": "0x50000", "words": 3 } ] }
 *
 * Tiles are visible numbers, addresses bytes as hex strings, words 8 hex digits. Memory that is not
 * given is 0. A row begins with `sync 3`, or is the idle row `sans`, `sync 1`, return. The tiles
 * listed are the members of the barrier. What the words do is the hardware's business: unknown
 * ones, clashes and bad addresses show when they run.
 */

import { exchangeError } from "./errors.js";
import { CHIPS, type Chip, chipByName, isVisible, MEMORY_BASE, tileCount } from "./geometry.js";
import { type Defect, repairCodes } from "./maps.js";
import { decodeInstruction } from "./rows.js";

export interface RowFileTile {
  /** Visible. */
  readonly tile: number;
  readonly row_address: number;
  readonly row: Uint32Array;
  readonly memory: readonly { readonly address: number; readonly words: Uint32Array }[];
}

export interface RowFile {
  readonly chip: Chip;
  readonly defects: readonly Defect[];
  readonly tiles: readonly RowFileTile[];
  readonly dump: readonly {
    readonly tile: number;
    readonly address: number;
    readonly words: number;
  }[];
}

type Fail = (what: string, hint: string) => Error;

/** Words of all dumps together: more would be no result that anybody reads (our choice). */
const DUMP_WORDS_MOST = 4_000_000;

/**
 * Reads a rows file. `file` names it in errors: E136, or E130 and E131 for chip and defects.
 * `more` are defects that the command line adds.
 */
export function parseRowFile(text: string, file: string, more: readonly Defect[] = []): RowFile {
  const at =
    (place: string): Fail =>
    (what, hint) =>
      exchangeError("E136", what, place === "" ? file : `${file} ${place}`, hint);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw at("")(`the file is not JSON: ${(error as Error).message}`, "write a JSON object");
  }
  const top = keysOf(json, ["chip", "tiles"], ["defects", "dump"], at(""));
  if (typeof top.chip !== "string") {
    throw at("chip")(
      `${shown(top.chip)} is no chip`,
      `presets are ${Object.keys(CHIPS).join(", ")}`,
    );
  }
  const chip = chipByName(top.chip, `${file} chip`);
  const defects = [...readDefects(top.defects, at), ...more];
  repairCodes(chip, defects, more.length > 0 ? "--defect" : `${file} defects`);
  const list = listOf(top.tiles, at("tiles"));
  if (list.length > tileCount(chip)) {
    throw at("tiles")(`${list.length} tiles`, `${chip.name} has ${tileCount(chip)}`);
  }
  const tiles = list.map((entry, i) => readTile(entry, chip, `tiles[${i}]`, at));
  const seen = new Set<number>();
  tiles.forEach(({ tile }, i) => {
    if (seen.has(tile)) throw at(`tiles[${i}]`)(`tile ${tile} is named twice`, "name it once");
    seen.add(tile);
  });
  const dump = listOf(top.dump ?? [], at("dump")).map((entry, i) =>
    readDump(entry, chip, at(`dump[${i}]`)),
  );
  const words = dump.reduce((sum, entry) => sum + entry.words, 0);
  if (words > DUMP_WORDS_MOST) throw at("dump")(`${words} words`, `at most ${DUMP_WORDS_MOST}`);
  return { chip, defects, tiles, dump };
}

function readDefects(value: unknown, at: (place: string) => Fail): Defect[] {
  return listOf(value ?? [], at("defects")).map((entry, i) => {
    const [col, row, ...rest] = Array.isArray(entry) ? (entry as unknown[]) : [];
    const whole = Number.isInteger(col) && Number.isInteger(row) && rest.length === 0;
    if (whole) return { col: col as number, row: row as number };
    throw at(`defects[${i}]`)(`${shown(entry)} is no defect`, "write [column, siliconRow]");
  });
}

function readTile(
  entry: unknown,
  chip: Chip,
  place: string,
  at: (place: string) => Fail,
): RowFileTile {
  const keys = keysOf(entry, ["tile", "rowAddress", "row"], ["memory"], at(place));
  const tile = readTileNumber(keys.tile, chip, at(`${place}.tile`));
  const row_address = readAddress(keys.rowAddress, at(`${place}.rowAddress`));
  const row = readWords(keys.row, at(`${place}.row`));
  mustFit(chip, row_address, row.length, "the row", at(`${place}.rowAddress`));
  mustBegin(row, row_address, at(`${place}.row`));
  const memory = keys.memory ?? {};
  if (typeof memory !== "object" || memory === null || Array.isArray(memory)) {
    throw at(`${place}.memory`)("this is no object", 'write {"0x50000": ["00000001"]}');
  }
  const parts = Object.entries(memory).map(([key, value]) => {
    const fail = at(`${place}.memory["${key.slice(0, 20)}"]`);
    const address = readAddress(key, fail);
    const words = readWords(value, fail);
    mustFit(chip, address, words.length, "these words", fail);
    return { address, words };
  });
  refuseOverlaps([{ address: row_address, words: row }, ...parts], at(place));
  return { tile, row_address, row, memory: parts };
}

/** A row begins with the chip's barrier, or is the idle row as a whole. */
function mustBegin(row: Uint32Array, address: number, fail: Fail): void {
  const ops = [0, 1, 2].map((i) =>
    i < row.length ? decodeInstruction(row, i, address + 4 * i) : undefined,
  );
  const [first, second, third] = ops;
  if (first?.op === "sync" && first.zone === 3) return;
  const idle =
    first?.op === "sans" && second?.op === "sync" && second.zone === 1 && third?.op === "return";
  if (idle && row.length === 3) return;
  throw fail(
    row.length === 0 ? "the row is empty" : "the row begins with no barrier",
    "begin with 41800003 (sync 3), or write the idle row 40c00000 41800001 43a00000",
  );
}

function readDump(entry: unknown, chip: Chip, fail: Fail): RowFile["dump"][number] {
  const keys = keysOf(entry, ["tile", "address", "words"], [], fail);
  const tile = readTileNumber(keys.tile, chip, fail);
  const address = readAddress(keys.address, fail);
  const { words } = keys;
  const most = chip.memory_bytes / 4;
  if (!Number.isInteger(words) || (words as number) < 0 || (words as number) > most) {
    throw fail(`words is ${shown(words)}`, `give an integer from 0 to ${most}`);
  }
  mustFit(chip, address, words as number, "the dump", fail);
  return { tile, address, words: words as number };
}

function readTileNumber(value: unknown, chip: Chip, fail: Fail): number {
  if (Number.isInteger(value) && isVisible(chip, value as number)) return value as number;
  const form = `row * 64 + column * 4 + sub, rows 0..${chip.rows - 1}`;
  const rest = `columns 0..${chip.columns - 1}, subs 0..${chip.subs - 1}`;
  throw fail(`${shown(value)} is no visible tile of ${chip.name}`, `${form}, ${rest}`);
}

function readAddress(value: unknown, fail: Fail): number {
  const address =
    typeof value === "string" && /^0x[0-9a-fA-F]{1,8}$/.test(value) ? Number(value) : Number.NaN;
  if (address % 4 === 0) return address;
  throw fail(
    `${shown(value)} is no address of a word`,
    'write a multiple of 4 as a hex string, such as "0x50000"',
  );
}

function readWords(value: unknown, fail: Fail): Uint32Array {
  return Uint32Array.from(listOf(value, fail), (word, i) => {
    if (typeof word === "string" && /^[0-9a-fA-F]{8}$/.test(word)) return Number.parseInt(word, 16);
    throw fail(`word ${i} is ${shown(word)}`, 'write 8 hex digits, such as "41800003"');
  });
}

function mustFit(chip: Chip, address: number, words: number, what: string, fail: Fail): void {
  const end = MEMORY_BASE + chip.memory_bytes;
  if (address >= MEMORY_BASE && address + 4 * words <= end) return;
  throw fail(
    `${what} at ${hex(address)}..${hex(address + 4 * words - 1)} leaves tile memory`,
    `${chip.name} has ${hex(MEMORY_BASE)}..${hex(end - 1)}`,
  );
}

function refuseOverlaps(
  parts: readonly { readonly address: number; readonly words: Uint32Array }[],
  fail: Fail,
): void {
  const sorted = parts.filter(({ words }) => words.length > 0);
  sorted.sort((a, b) => a.address - b.address);
  for (let i = 1; i < sorted.length; i++) {
    const [before, after] = [sorted[i - 1]!, sorted[i]!];
    if (before.address + 4 * before.words.length <= after.address) continue;
    throw fail(`words at ${hex(after.address)} are given twice`, "rows and memory may not overlap");
  }
}

/** The values of the keys, or a failure for a wrong type, a missing or an unknown key. */
function keysOf<R extends string, O extends string>(
  value: unknown,
  required: readonly R[],
  optional: readonly O[],
  fail: Fail,
): Record<R | O, unknown> {
  const names = [...required, ...optional] as string[];
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fail("this is no object", `write an object with the keys ${names.join(", ")}`);
  }
  const unknown = Object.keys(value).find((key) => !names.includes(key));
  if (unknown !== undefined) {
    throw fail(`nothing reads the key "${unknown.slice(0, 40)}"`, `keys are ${names.join(", ")}`);
  }
  const missing = required.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) throw fail(`the key "${missing}" is missing`, "add it");
  return value as Record<R | O, unknown>;
}

function listOf(value: unknown, fail: Fail): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw fail(`${shown(value)} is no list`, "write [ ... ]");
}

const hex = (value: number): string => `0x${value.toString(16)}`;

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 40);
}
