import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { UserError } from "../../host/error/index.js";
import { describeMachine, MACHINE_ERROR_ROWS, parseMachine } from "../../host/machine/index.js";
import { limit_ms, Progress, SOAK } from "../support/soak.js";

/** Runs by default, and in the soak. */
const RUNS = SOAK ? 2_000_000 : 100_000;
const SEED = Number(process.env.HOTSPARE_SEED ?? 20261122);

/** Marsaglia's xorshift32: the seed alone decides the run. */
class Random {
  constructor(private state: number) {}
  below(bound: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % bound;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

const MODELS = ["console-board", "two-nodes"].map((name) =>
  readFileSync(`firmware-models/${name}/machine.json`, "utf8"),
);
/** Strings, numbers, marks, comments and the space between. */
const TOKEN = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|[{}[\],:]|[\w.+-]+|\s+|./gs;
const TOKENS = MODELS.map((text) => text.match(TOKEN)!);
/** Values that are on an edge of something. */
const EDGES = [
  '"0xffff_f000"',
  '"4G"',
  '"3583M"',
  '"0"',
  '""',
  "0",
  "-1",
  "1e308",
  "4294967295",
  "4096",
  "null",
  "[]",
  "{}",
  '"__proto__"',
  '"constructor"',
  '"a.uart1"',
  '"b.gpio.out0"',
  '"\\ud800"',
  '"count": 4096,',
  '"alias_bases": ["0x0"],',
  '"wait_cycles": 1,',
  "/*",
  "//",
];

const SCALAR_EDGES = EDGES.filter((edge) => /^(?:"[^"]*"|[\w-]+)$/.test(edge));

type Mutation = (tokens: string[], random: Random) => void;

/** Token-level changes: the file stays near to being one. */
const MUTATIONS: readonly Mutation[] = [
  (tokens, random) => tokens.splice(random.below(tokens.length), 1 + random.below(3)),
  (tokens, random) => {
    tokens[random.below(tokens.length)] = random.pick(EDGES);
  },
  (tokens, random) => {
    tokens[random.below(tokens.length)] = random.pick(random.pick(TOKENS));
  },
  (tokens, random) => tokens.splice(random.below(tokens.length), 0, random.pick(EDGES)),
  (tokens, random) => {
    const [a, b] = [random.below(tokens.length), random.below(tokens.length)];
    [tokens[a], tokens[b]] = [tokens[b]!, tokens[a]!];
  },
  (tokens, random) => {
    const from = random.below(tokens.length);
    const part = tokens.slice(from, from + 1 + random.below(40));
    tokens.splice(random.below(tokens.length), 0, ...part);
  },
  (tokens, random) => {
    const at = random.below(tokens.length);
    tokens[at] = tokens[at]!.replace(/[0-9a-f]/, () => random.pick([..."0123456789abcdef"]));
  },
];

/** Indices of the strings and numbers of each model. */
const SCALARS = TOKENS.map((tokens) =>
  tokens.flatMap((token, index) => (/^["\w]/.test(token) ? [index] : [])),
);

/** Other scalars in place of some: nearly always JSON still. */
function mutateScalars(random: Random): string {
  const model = random.below(TOKENS.length);
  const tokens = [...TOKENS[model]!];
  const scalar = (): string =>
    random.below(2) ? random.pick(SCALAR_EDGES) : tokens[random.pick(SCALARS[model]!)]!;
  for (let k = random.below(3); k >= 0; k -= 1) tokens[random.pick(SCALARS[model]!)] = scalar();
  return tokens.join("");
}

function mutateTokens(random: Random): string {
  const tokens = [...random.pick(TOKENS)];
  const times = 1 + random.below(3);
  for (let k = 0; k < times && tokens.length > 0; k += 1) random.pick(MUTATIONS)(tokens, random);
  return tokens.join("");
}

/** Byte-level changes: anything at all. */
function mutateBytes(random: Random): string {
  let text = random.pick(MODELS);
  const times = 1 + random.below(4);
  for (let k = 0; k < times; k += 1) {
    const at = random.below(text.length + 1);
    const end = at + random.below(random.pick([2, 8, text.length]));
    const bytes = random.pick([
      "",
      String.fromCharCode(random.below(0x180)),
      "\0",
      '"',
      "}",
      "\\u",
    ]);
    text = text.slice(0, at) + bytes + text.slice(end);
  }
  return text;
}

const KINDS = [mutateScalars, mutateTokens, mutateScalars, mutateBytes, mutateTokens];

test(
  `${RUNS} mutated machine files are machines or mistakes with a place (seed ${SEED})`,
  () => {
    const random = new Random(SEED);
    const codes = new Map<string, number>();
    let accepted = 0;
    const progress = new Progress("machine files fuzz", RUNS);
    for (let run = 0; run < RUNS; run += 1) {
      const text = KINDS[run % KINDS.length]!(random);
      let code = "machine";
      try {
        const description = parseMachine(text, "machine.json");
        // What is accepted must also be laid out and described; every eighth keeps the time short.
        if (accepted++ % 8 === 0) describeMachine(description);
      } catch (error) {
        if (!(error instanceof UserError))
          throw new Error(`run ${run}, seed ${SEED}\n${text}`, { cause: error });
        code = error.code;
        const { place } = error;
        const lines = text.split("\n").length;
        const line = "file" in place ? place.line : undefined;
        if (line === undefined || line < 1 || line > lines || error.hint === "") {
          throw new Error(`run ${run}, seed ${SEED}: no place or hint in ${error.message}`);
        }
      }
      codes.set(code, (codes.get(code) ?? 0) + 1);
      progress.step();
    }
    const summary = [...codes].sort().map(([code, count]) => `${code} ${count}`);
    console.log(`machine files, seed ${SEED}: ${summary.join(", ")}`);
    // The mutations reach both sides: files that pass, and most kinds of mistake.
    expect(codes.get("machine") ?? 0).toBeGreaterThan(RUNS / 100);
    const known = new Set(MACHINE_ERROR_ROWS.map(({ code }) => code));
    for (const code of codes.keys()) expect(code === "machine" || known.has(code)).toBe(true);
    expect(codes.size).toBeGreaterThan(12);
  },
  limit_ms(10),
);
