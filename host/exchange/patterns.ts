/**
 * The named patterns of tile-processor.md section 6, and three more for measuring: `all-gather`,
 * `summa` (row and column multicasts, the two-way case) and `random`.
 */

import { exchangeError } from "./errors.js";
import { Random } from "./random.js";
import { emptySet, packBuffers, type TransferSet } from "./transfers.js";

export interface PatternParameters {
  /** N: logical tiles 0..N-1. */
  readonly tiles: number;
  /** W: words per transfer; for `random` the most, each transfer drawing 1..W. */
  readonly words: number;
  /** H: transfers that each tile sends and receives in `h-relation`; default 4. */
  readonly degree?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Transfers of `random`; default 16 a tile. */
  readonly transfers?: number;
}

/** One exchange of a pattern; `repeats` equal exchanges follow each other. */
export interface PatternStep {
  readonly set: TransferSet;
  readonly repeats: number;
}

/** A transfer without its place: source, then destinations. */
type Edge = readonly [source: number, ...destinations: number[]];

interface Pattern {
  readonly name: string;
  readonly what: string;
  readonly least_tiles: number;
  readonly steps: (p: Required<PatternParameters>) => { edges: Edge[]; repeats: number }[];
}

const DEGREE_DEFAULT = 4;
const SEED_DEFAULT = 1;
const RANDOM_PER_TILE = 16;
/** Our limits: they keep a mistyped option from taking the machine's memory. */
const WORDS_MOST = 1 << 18;
const DEGREE_MOST = 1 << 12;
const TRANSFERS_MOST = 4_000_000;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const once = (edges: Edge[]) => [{ edges, repeats: 1 }];

export const PATTERNS: readonly Pattern[] = [
  {
    name: "neighbour",
    what: "tile L to L XOR 1",
    least_tiles: 2,
    steps: ({ tiles }) =>
      once(range(tiles).flatMap((s): Edge[] => ((s ^ 1) < tiles ? [[s, s ^ 1]] : []))),
  },
  {
    name: "ring",
    what: "tile L to L+1, the last to 0",
    least_tiles: 2,
    steps: ({ tiles }) => once(range(tiles).map((s): Edge => [s, (s + 1) % tiles])),
  },
  {
    name: "transpose",
    what: "every ordered pair of tiles",
    least_tiles: 2,
    steps: ({ tiles }) => once(range(tiles).flatMap((s) => others(s, tiles))),
  },
  {
    name: "broadcast",
    what: "tile 0 to all others, one multicast",
    least_tiles: 2,
    steps: ({ tiles }) => once([[0, ...range(tiles).slice(1)]]),
  },
  {
    name: "gather",
    what: "every tile to tile 0",
    least_tiles: 2,
    steps: ({ tiles }) =>
      once(
        range(tiles)
          .slice(1)
          .map((s): Edge => [s, 0]),
      ),
  },
  {
    name: "scatter",
    what: "tile 0 to every other, each its own words",
    least_tiles: 2,
    steps: ({ tiles }) => once(others(0, tiles)),
  },
  { name: "reduce", what: "a binary tree to tile 0", least_tiles: 2, steps: reduceSteps },
  { name: "halo", what: "2-D grid, four neighbours", least_tiles: 2, steps: haloSteps },
  {
    name: "permutation",
    what: "a seeded permutation without fixed points",
    least_tiles: 2,
    steps: ({ tiles, seed }) => once(derangement(tiles, new Random(seed))),
  },
  {
    name: "h-relation",
    what: "every tile sends and receives H transfers, seeded",
    least_tiles: 2,
    steps: ({ tiles, seed, degree }) => {
      const random = new Random(seed);
      return once(range(degree).flatMap(() => derangement(tiles, random)));
    },
  },
  {
    name: "cannon",
    what: "matrix multiply: skew, then shifts",
    least_tiles: 4,
    steps: cannonSteps,
  },
  {
    name: "all-gather",
    what: "every tile to all others, multicasts",
    least_tiles: 2,
    steps: ({ tiles }) =>
      once(range(tiles).map((s): Edge => [s, ...range(tiles).filter((d) => d !== s)])),
  },
  { name: "summa", what: "row and column multicasts of a grid", least_tiles: 4, steps: summaSteps },
  {
    name: "random",
    what: "transfers between random pairs, 1..W words",
    least_tiles: 2,
    steps: ({ tiles, seed, transfers }) => {
      const random = new Random(seed);
      return once(range(transfers).map(() => randomPair(tiles, random)));
    },
  },
];

function others(s: number, tiles: number): Edge[] {
  return range(tiles).flatMap((d): Edge[] => (d === s ? [] : [[s, d]]));
}

function randomPair(tiles: number, random: Random): Edge {
  const s = random.below(tiles);
  const d = random.below(tiles - 1);
  return [s, d < s ? d : d + 1];
}

/** A random permutation whose fixed points are swapped away. */
function derangement(tiles: number, random: Random): Edge[] {
  const to = random.shuffle(Int32Array.from(range(tiles)));
  for (let s = 0; s < tiles; s++) {
    if (to[s] !== s) continue;
    // The tile that takes part in the swap sent elsewhere, so neither end stays a fixed point.
    const shift = 1 + random.below(tiles - 1);
    const other = (s + shift) % tiles;
    to[s] = to[other]!;
    to[other] = s;
  }
  return range(tiles).map((s): Edge => [s, to[s]!]);
}

/** Level k: tiles that are odd multiples of 2^k send to the even multiple below. */
function reduceSteps({ tiles }: PatternParameters): { edges: Edge[]; repeats: number }[] {
  const steps = [];
  for (let stride = 1; stride < tiles; stride *= 2) {
    const edges: Edge[] = [];
    for (let s = stride; s < tiles; s += 2 * stride) edges.push([s, s - stride]);
    steps.push({ edges, repeats: 1 });
  }
  return steps;
}

/** G: the largest divisor of N not above its square root. L = y*G + x. */
export function haloWidth(tiles: number): number {
  let width = Math.floor(Math.sqrt(tiles));
  while (tiles % width !== 0) width--;
  return width;
}

function haloSteps({ tiles }: PatternParameters): { edges: Edge[]; repeats: number }[] {
  const width = haloWidth(tiles);
  const edges: Edge[] = [];
  for (let tile = 0; tile < tiles; tile++) {
    const x = tile % width;
    if (x > 0) edges.push([tile, tile - 1]);
    if (x < width - 1) edges.push([tile, tile + 1]);
    if (tile >= width) edges.push([tile, tile - width]);
    if (tile + width < tiles) edges.push([tile, tile + width]);
  }
  return once(edges);
}

/** Q x Q is the largest square not above N; tile (i, j) is i*Q + j. */
function gridOf(tiles: number): number {
  return Math.floor(Math.sqrt(tiles));
}

/**
 * Cannon's algorithm: the skew moves A of row i left by i and B of column j up by j; then Q-1
 * equal steps move A left and B up by one. What would stay on its tile is not sent.
 */
function cannonSteps({ tiles }: PatternParameters): { edges: Edge[]; repeats: number }[] {
  const q = gridOf(tiles);
  const moves = (left: (i: number) => number, up: (j: number) => number): Edge[] => {
    const edges: Edge[] = [];
    for (let i = 0; i < q; i++) {
      for (let j = 0; j < q; j++) {
        const a = i * q + ((j + q - left(i)) % q);
        const b = ((i + q - up(j)) % q) * q + j;
        if (a !== i * q + j) edges.push([i * q + j, a]);
        if (b !== i * q + j) edges.push([i * q + j, b]);
      }
    }
    return edges;
  };
  const one = () => 1;
  const same = (k: number) => k;
  return [
    { edges: moves(same, same), repeats: 1 },
    { edges: moves(one, one), repeats: q - 1 },
  ];
}

/**
 * One step of SUMMA at k = Q/2: column k multicasts A along rows, row k multicasts B along
 * columns.
 */
function summaSteps({ tiles }: PatternParameters): { edges: Edge[]; repeats: number }[] {
  const q = gridOf(tiles);
  const k = q >> 1;
  const rest = range(q).filter((i) => i !== k);
  const rows = range(q).map((i): Edge => [i * q + k, ...rest.map((j) => i * q + j)]);
  const columns = range(q).map((j): Edge => [k * q + j, ...rest.map((i) => i * q + j)]);
  return once([...rows, ...columns]);
}

type Bound = readonly [name: keyof PatternParameters, option: string, most: number];

const BOUNDS: readonly Bound[] = [
  ["words", "--words", WORDS_MOST],
  ["degree", "--degree", DEGREE_MOST],
  ["transfers", "--transfers", TRANSFERS_MOST],
  ["seed", "--seed", 2 ** 32 - 1],
];

/**
 * The exchanges of a pattern, buffers placed. Throws E132 for an unknown pattern or parameters
 * out of range.
 */
export function patternSteps(name: string, parameters: PatternParameters): PatternStep[] {
  const pattern = PATTERNS.find((p) => p.name === name);
  if (!pattern) {
    const known = PATTERNS.map((p) => p.name).join(", ");
    throw exchangeError("E132", `there is no pattern "${name}"`, "PATTERN", `patterns: ${known}`);
  }
  const { tiles } = parameters;
  const full = {
    degree: DEGREE_DEFAULT,
    seed: SEED_DEFAULT,
    transfers: RANDOM_PER_TILE * tiles,
    ...parameters,
  };
  if (!Number.isInteger(tiles) || tiles < pattern.least_tiles || tiles > 2048) {
    const hint = `${name} needs at least ${pattern.least_tiles}`;
    throw exchangeError("E132", `${name} on ${tiles} tiles`, "--tiles", hint);
  }
  for (const [key, option, most] of BOUNDS) {
    const value = full[key];
    const least = key === "seed" ? 0 : 1;
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw exchangeError("E132", `${value} is out of range`, option, `give ${least}..${most}`);
  }
  // Lengths of `random` come from a stream of their own, so that pairs do not depend on W.
  const lengths = name === "random" ? new Random(full.seed ^ 0x5bd1e995) : undefined;
  const length = () => (lengths ? 1 + lengths.below(full.words) : full.words);
  return pattern.steps(full).map(({ edges, repeats }) => ({
    set: packBuffers(edgesToSet(edges, length), tiles),
    repeats,
  }));
}

function edgesToSet(edges: readonly Edge[], length: () => number): TransferSet {
  const entries = edges.reduce((sum, edge) => sum + edge.length - 1, 0);
  const set = emptySet(edges.length, entries);
  let next = 0;
  edges.forEach((edge, t) => {
    set.source[t] = edge[0];
    set.words[t] = length();
    for (let k = 1; k < edge.length; k++) set.destination[next++] = edge[k]!;
    set.first[t + 1] = next;
  });
  return set;
}
