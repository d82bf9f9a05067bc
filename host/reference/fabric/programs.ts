/**
 * Random exchange programs, for comparing two fabrics. A legal one breaks no rule: rows, source
 * words and landings keep to elements of their own, and every tile ends with a neutral mux. An
 * illegal one may do anything that words in memory can do: it clashes, overwrites what it sends or
 * the row it runs, sends from nowhere, returns while words land, and runs random words.
 */

import { Random } from "../random.js";
import { ReferenceFabric, type RunResult } from "./fabric.js";
import { type FabricGeometry, fieldsOf, MEMORY_BASE, type Site, visibleTile } from "./geometry.js";
import { type FabricFault, STAGES, type StageForce } from "./repair.js";
import { encode } from "./words.js";

/** Plain data, so that any fabric can be fed with it. */
export interface FabricProgram {
  readonly seed: number;
  readonly legal: boolean;
  readonly geometry: FabricGeometry;
  readonly defects: readonly Site[];
  readonly codes: readonly (number | null)[];
  readonly forces: readonly StageForce[];
  readonly faults: readonly FabricFault[];
  readonly barrier_overhead_cycles: number;
  /** Visible tiles with their rows, all of them members of the barrier. */
  readonly tiles: readonly {
    readonly tile: number;
    readonly row_address: number;
    readonly row: readonly number[];
    readonly memory: readonly { readonly address: number; readonly words: readonly number[] }[];
  }[];
}

/** Cycles after which a program that still runs is stopped: the longest delays are cut short. */
export const PROGRAM_CYCLES_MOST = 20_000;

const ELEMENT = 0x4000;
const ROW_ELEMENT = MEMORY_BASE;
const SOURCE_ELEMENT = MEMORY_BASE + ELEMENT;
const LANDING_ELEMENT = MEMORY_BASE + 2 * ELEMENT;
const SOURCE_WORDS = 1024;
const NEUTRAL = 0x640;
const SYNC = encode.sync(3);

/** The program of a seed. Equal seeds give equal programs. */
export function randomFabricProgram(seed: number, legal: boolean): FabricProgram {
  const random = new Random(seed * 2 + (legal ? 1 : 0));
  const geometry: FabricGeometry = {
    columns: 2 * random.between(1, random.once(4) ? 8 : 2),
    rows: random.between(1, random.once(4) ? 23 : 5),
    subs: random.between(1, 4),
    memory_bytes: ELEMENT * random.between(3, 5),
    mux_reset: random.pick([NEUTRAL, 0x600, 0x1fff]),
  };
  const defects = randomSites(random, geometry);
  const codes = new Array<number | null>(geometry.columns).fill(null);
  for (const { column, row } of defects) codes[column] = row;
  if (!legal && random.once(5)) spoilCode(random, geometry, codes);
  const members = pickTiles(random, geometry);
  const barriers = random.once(3) ? 2 : 1;
  return {
    seed,
    legal,
    geometry,
    defects,
    codes,
    forces: random.once(3) ? randomForces(random, geometry) : [],
    faults: random.once(4) ? randomFaults(random, geometry, legal) : [],
    barrier_overhead_cycles: random.pick([250, 600, 2, 7]),
    tiles: members.map((tile) => {
      const maker = new RowMaker(random, tile, members, legal);
      return { tile, ...maker.make(barriers) };
    }),
  };
}

/** Runs a program on the reference. */
export function runFabricProgram(program: FabricProgram): {
  readonly fabric: ReferenceFabric;
  readonly result: RunResult;
} {
  const members = program.tiles.map(({ tile }) => tile);
  const fabric = new ReferenceFabric({ ...program, members });
  for (const { tile, row_address, row, memory } of program.tiles) {
    for (const { address, words } of memory) fabric.load(tile, address, words);
    fabric.load(tile, row_address, row);
  }
  const rows = program.tiles.map(({ tile, row_address }) => [tile, row_address] as const);
  return { fabric, result: fabric.run(rows, PROGRAM_CYCLES_MOST) };
}

function randomSites(random: Random, { columns, rows }: FabricGeometry): Site[] {
  const sites: Site[] = [];
  for (let column = 0; column < columns; column++) {
    if (random.once(3)) sites.push({ column, row: random.between(0, rows) });
  }
  return sites;
}

function spoilCode(random: Random, { columns, rows }: FabricGeometry, codes: (number | null)[]) {
  codes[random.below(columns)] = random.once(4) ? null : random.between(0, rows);
}

function pickTiles(random: Random, { columns, rows, subs }: FabricGeometry): number[] {
  const wanted = random.between(2, 12);
  const tiles = new Set<number>();
  for (let i = 0; i < wanted; i++) {
    tiles.add(visibleTile(random.below(rows), random.below(columns), random.below(subs)));
  }
  return [...tiles].sort((a, b) => a - b);
}

function randomForces(random: Random, { columns, rows }: FabricGeometry): StageForce[] {
  return Array.from({ length: random.between(1, 6) }, () => ({
    column: random.below(columns),
    row: random.between(0, rows),
    stage: random.pick(STAGES),
    value: random.below(2) as 0 | 1,
  }));
}

function randomFaults(random: Random, geometry: FabricGeometry, legal: boolean): FabricFault[] {
  const { columns, rows, subs } = geometry;
  return Array.from({ length: random.between(1, 3) }, (): FabricFault => {
    const column = random.below(columns);
    const place = { column, row: random.between(0, rows), sub: random.below(subs) };
    const value = random.below(2) as 0 | 1;
    const kind = random.below(legal ? 2 : 3);
    if (kind === 0) {
      const bit = random.below(32);
      return { kind: "stuck-column-bit", column, row: place.row, bit, value };
    }
    if (kind === 1) return { kind: "dead-bus", ...place };
    return { kind: "stuck-mux-bit", ...place, bit: random.below(13), value };
  });
}

/** Makes the row of one tile, keeping count of what a legal row must know. */
class RowMaker {
  readonly #row: number[] = [];
  /** As after reset: a legal row sets it before it continues from there. */
  #outgoing = MEMORY_BASE / 4;
  #row_address: number;

  constructor(
    readonly random: Random,
    readonly tile: number,
    readonly members: readonly number[],
    readonly legal: boolean,
  ) {
    this.#row_address = ROW_ELEMENT + 4 * random.below(64);
    if (!legal && random.once(6)) this.#row_address = LANDING_ELEMENT + 4 * random.below(64);
    if (!legal && random.once(40)) this.#row_address = random.u32() & ~3;
  }

  make(barriers: number) {
    const { random, legal } = this;
    const idle = random.once(8);
    if (idle) this.#row.push(encode.sans(barriers - 1), encode.sync(1), encode.return());
    else {
      if (!legal && random.once(10)) this.#instruction();
      for (let barrier = 0; barrier < barriers; barrier++) {
        if (!legal && random.once(30)) continue;
        this.#row.push(SYNC);
        // The pointer's reset value lies in the row's element.
        if (legal) this.#row.push(encode.delaypic(1, 0, this.#pointer()));
        const instructions = random.between(2, 14);
        for (let i = 0; i < instructions; i++) this.#instruction();
      }
      this.#finish();
    }
    const words = Array.from({ length: SOURCE_WORDS }, () => random.u32());
    const memory = [{ address: SOURCE_ELEMENT, words }];
    return { row_address: this.#row_address, row: this.#row, memory };
  }

  #finish(): void {
    const { random, legal, tile } = this;
    if (!legal && random.once(3)) {
      if (random.once(2)) this.#row.push(encode.return());
      return;
    }
    // What was selected before lands for one mux lead, and a forced stage adds a cycle or two.
    const lead = 54 + 2 * fieldsOf(tile).row;
    this.#row.push(encode.delayxpic(1, 0, NEUTRAL), encode.delay(lead + 8), encode.return());
  }

  #count(most: number): number {
    const { random } = this;
    return random.once(3) ? random.between(1, 3) : random.between(1, Math.min(most, 60));
  }

  #mux(): number {
    const { random } = this;
    if (random.once(8)) return random.pick([NEUTRAL, 0x600, 0x5ff, 0x1000 + random.below(0x600)]);
    if (!this.legal && random.once(8)) return random.below(0x2000);
    return random.pick(this.members);
  }

  /** Landings number some hundreds, rarely a thousand: most of the element is left for them. */
  #pointer(): number {
    const { random } = this;
    if (this.legal || !random.once(4)) return LANDING_ELEMENT / 4 + random.below(512);
    const wild = [SOURCE_ELEMENT, ROW_ELEMENT, MEMORY_BASE + 5 * ELEMENT - 64, 0, 0xffff0];
    return (random.pick(wild) / 4 + random.below(128)) % 2 ** 18;
  }

  #address(n: number): number {
    const { random } = this;
    if (this.legal || !random.once(4)) return SOURCE_ELEMENT / 4 + random.below(SOURCE_WORDS - n);
    return this.#pointer();
  }

  #sctl(): number {
    const { random } = this;
    if (!this.legal && random.once(10)) return random.below(8);
    return random.pick([3, 3, 3, 1, 2, 0]);
  }

  #sel(): number {
    return !this.legal && this.random.once(10) ? 1 : 0;
  }

  #instruction(): void {
    const { random, legal } = this;
    if (!legal && random.once(25)) {
      this.#row.push(random.u32());
      return;
    }
    const forms = [
      () => this.#row.push(encode.delay(this.#count(80))),
      () => this.#row.push(encode.delaypic(this.#count(60), this.#sel(), this.#pointer())),
      () => this.#row.push(encode.delayxpic(this.#count(60), this.#sel(), this.#mux())),
      () => this.#send(),
      () => this.#sendoff(),
      () => this.#sendpic(),
      () => this.#sendpicp(),
    ];
    random.pick(forms)();
  }

  #send(): void {
    const n = this.#count(60);
    const address = this.#address(n);
    this.#outgoing = address + n;
    this.#row.push(encode.send(n, address, this.#sctl()));
  }

  /** True if n more words from the outgoing address stay within the source words. */
  #mayContinue(n: number): boolean {
    const last = this.#outgoing + n;
    const end = SOURCE_ELEMENT / 4 + SOURCE_WORDS;
    return !this.legal || (this.#outgoing >= SOURCE_ELEMENT / 4 && last <= end);
  }

  #sendoff(): void {
    const n = this.random.once(6) ? this.random.between(1, 200) : this.#count(60);
    const delta = this.random.below(this.random.once(5) ? 400 : 4);
    if (!this.#mayContinue(n + delta)) {
      this.#send();
      return;
    }
    this.#outgoing += n + delta;
    this.#row.push(encode.sendoff(n, delta, this.#sctl()));
  }

  #sendpic(): void {
    const n = this.#count(60);
    if (!this.#mayContinue(n)) {
      this.#send();
      return;
    }
    this.#outgoing += n;
    const sel = this.#sel();
    const to_mux = this.random.once(2);
    const value = to_mux ? this.#mux() : this.#pointer();
    this.#row.push(encode.sendpic(n, (to_mux ? 0 : 2) + sel, value));
  }

  #sendpicp(): void {
    const at = this.#row_address + 4 * this.#row.length;
    const misplaced = !this.legal && this.random.once(6);
    if (at % 8 !== 0 && !misplaced) this.#row.push(encode.delay(1));
    const n = this.#count(60);
    const address = this.#address(n);
    this.#outgoing = address + n;
    const xpic = this.#sel() * 2 ** 13 + this.#mux();
    this.#row.push(encode.sendpicp(n, this.#sel(), address, this.#sctl()));
    this.#row.push(encode.inline(xpic, this.#pointer()));
  }
}
