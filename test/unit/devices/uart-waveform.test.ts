/**
 * The receiver against a second one written from the data sheet alone: it lives through every
 * cycle of the line, one level at a time, and knows nothing of waves, events or due cycles.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { UART_RX_LAST, UART_RX_TOTAL } from "../../../assembly/kernel/blocks.js";
import { Bench, formatOf, NEVER, setLine } from "../../support/device-bench.js";
import { limit_ms, SOAK } from "../../support/soak.js";

const RUNS = SOAK ? 20_000 : 300;
const FORMATS = ["8N1", "8E1", "8O2", "7N2", "7M1", "6S1", "5N1.5", "5E1"];

/** A frame on the line, in receiver cycles; the bit time is a fraction. */
interface LineFrame {
  start: bigint;
  numerator: bigint;
  denominator: bigint;
  levels: number[];
}

function levelsOf(format: string, character: number): number[] {
  const bits = Number(format[0]);
  const data = [...Array(bits).keys()].map((bit) => (character >> bit) & 1);
  const ones = data.reduce((sum, bit) => sum + bit, 0);
  const parity: Record<string, number[]> = {
    N: [],
    E: [ones % 2],
    O: [1 - (ones % 2)],
    M: [1],
    S: [0],
  };
  return [0, ...data, ...parity[format[1]!]!];
}

function levelAt(frames: LineFrame[], cycle: bigint): number {
  const frame = frames.findLast((each) => each.start <= cycle);
  if (frame === undefined) return 1;
  const bit = ((cycle - frame.start) * frame.denominator) / frame.numerator;
  return bit < frame.levels.length ? frame.levels[Number(bit)]! : 1;
}

/** Characters as "cycle:data:errors", one step a cycle. */
function reference(frames: LineFrame[], format: string, divisor: number, end: number): string[] {
  const bits = Number(format[0]);
  const hasParity = format[1] !== "N";
  const samples = 1 + bits + (hasParity ? 1 : 0) + 1;
  const list: string[] = [];
  let count = -1; // cycles since the start edge; -1: idle
  let marking = true; // false after a break, until the line is high
  let seen: number[] = [];
  for (let cycle = 0; cycle < end; cycle++) {
    const level = levelAt(frames, BigInt(cycle));
    if (count < 0) {
      if (level === 1) marking = true;
      else if (marking) count = 0;
      continue;
    }
    count += 1;
    if (count % (16 * divisor) !== 8 * divisor) continue;
    seen.push(level);
    if (seen.length === 1 && level === 1) [count, seen] = [-1, []];
    if (seen.length < samples) continue;
    const character = seen.slice(1, 1 + bits).reduce((sum, bit, i) => sum + (bit << i), 0);
    const right = levelsOf(format, character).slice(1 + bits);
    const stop = seen.at(-1);
    const broken = !seen.includes(1);
    let errors = hasParity && right[0] !== seen[1 + bits] ? 4 : 0;
    errors += (stop === 0 ? 8 : 0) + (broken ? 16 : 0);
    list.push(`${cycle}:${character}:${errors}`);
    marking = !broken;
    // A low stop sample that is no break is the edge of the next start bit.
    [count, seen] = [stop === 0 && marking ? 0 : -1, []];
  }
  return list;
}

function device(frames: LineFrame[], format: string, divisor: number, end: number): string[] {
  const bench = new Bench("release", "uart");
  setLine(bench, format, divisor);
  const list: string[] = [];
  const runTo = (to: bigint) => {
    while (bench.due !== NEVER && bench.due <= to) {
      const total = bench.view.getUint32(UART_RX_TOTAL, true);
      bench.run(bench.due);
      if (bench.view.getUint32(UART_RX_TOTAL, true) === total) continue;
      const last = bench.view.getUint32(UART_RX_LAST, true);
      list.push(`${bench.now}:${last & 0xff}:${last >> 8}`);
    }
    bench.run(to);
  };
  for (const { start, numerator, denominator, levels } of frames) {
    if (start > 0n) runTo(start - 1n);
    bench.now = start;
    const bitTime = (numerator << 32n) / denominator;
    const pattern = levels.reduce((sum, level, bit) => sum + level * 2 ** bit, 0);
    bench.call("ReceiveFrame", start, bitTime, pattern, levels.length, start);
  }
  runTo(BigInt(end));
  return list;
}

const cases = fc.record({
  senderFormat: fc.constantFrom(...FORMATS),
  receiverFormat: fc.constantFrom(...FORMATS),
  receiverDivisor: fc.integer({ min: 1, max: 4 }),
  // Cycles of the receiver a bit, as a fraction: 2 to 200.
  numerator: fc.integer({ min: 16, max: 600 }),
  denominator: fc.integer({ min: 3, max: 8 }),
  characters: fc.array(
    fc.record({
      gap: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
      value: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 })),
    }),
    { minLength: 1, maxLength: 8 },
  ),
});

test(
  `UART: any waveform is received as a cycle-by-cycle receiver does (${RUNS} waveforms)`,
  () => {
    fc.assert(
      fc.property(cases, (sample) => {
        const [numerator, denominator] = [BigInt(sample.numerator), BigInt(sample.denominator)];
        const frames: LineFrame[] = [];
        let cycle = 1n;
        for (const { gap, value } of sample.characters) {
          const levels = levelsOf(sample.senderFormat, value);
          const start = cycle + BigInt(gap);
          frames.push({ start, numerator, denominator, levels });
          const stopBits = BigInt(Math.ceil(Number(sample.senderFormat.slice(2))));
          const length = (BigInt(levels.length) + stopBits) * numerator;
          cycle = start + (length + denominator - 1n) / denominator;
        }
        const end = Number(cycle) + 2000;
        const args = [frames, sample.receiverFormat, sample.receiverDivisor, end] as const;
        expect(formatOf(sample.receiverFormat)).toBeGreaterThanOrEqual(0);
        expect(device(...args)).toEqual(reference(...args));
      }),
      { numRuns: RUNS },
    );
  },
  limit_ms(5),
);
