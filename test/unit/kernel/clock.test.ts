/** Clock domains against BigInt: edge k at anchor + floor((remainder + k * 10^15) / rate). */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  DOM_ANCHOR_CYCLE,
  DOM_ANCHOR_PS,
  DOM_QUOTIENT,
  DOM_RATE,
  DOM_REMAINDER,
  DOM_REST,
  H_DOMAINS,
  STATE_BASE,
} from "../../../assembly/kernel/layout.js";
import type { CoreExports } from "../../../host/core/module.js";
import type { Views } from "../../../host/core/views.js";
import { BUILDS, bareCore } from "../../support/core.js";
import { printedSeed } from "../../support/seeded.js";

const PS_MHZ = 10n ** 15n;
const FAR = 3n << 19n;
const NEVER = (1n << 64n) - 1n;
const ROW = STATE_BASE + 256;

interface Domain {
  rate: bigint;
  anchor_ps: bigint;
  anchor_cycle: bigint;
  remainder: bigint;
}

const edgeOf = (d: Domain, cycle: bigint) =>
  d.anchor_ps + (d.remainder + (cycle - d.anchor_cycle) * PS_MHZ) / d.rate;

/** Number of edges strictly before `time`, by bisection over the definition. */
function edgesBefore(d: Domain, time: bigint): bigint {
  let low = d.anchor_cycle;
  let high = d.anchor_cycle + FAR;
  if (edgeOf(d, low) >= time) return low;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (edgeOf(d, middle) < time) low = middle;
    else high = middle;
  }
  return high;
}

const domains = fc
  .record({
    rate: fc.oneof(
      fc.bigInt(1000n, 10n ** 13n),
      fc.constantFrom(1000n, 10n ** 11n, 14_745_600_000n, 10n ** 13n, 10n ** 13n - 1n),
    ),
    anchor_ps: fc.bigInt(0n, 10n ** 16n),
    anchor_cycle: fc.bigInt(0n, 1n << 50n),
    part: fc.bigInt(0n, 10n ** 13n),
  })
  .map(({ rate, anchor_ps, anchor_cycle, part }) => ({
    rate,
    anchor_ps,
    anchor_cycle,
    remainder: part % rate,
  }));

describe.each(BUILDS)("clock domains (%s)", (build) => {
  let core: CoreExports;
  let views: Views;

  beforeAll(async () => {
    ({ core, views } = await bareCore(build));
    views.data.setUint32(STATE_BASE + H_DOMAINS, ROW, true);
  });

  function load(d: Domain): void {
    const put = (offset: number, value: bigint) =>
      views.data.setBigUint64(ROW + offset, value, true);
    put(DOM_ANCHOR_PS, d.anchor_ps);
    put(DOM_ANCHOR_CYCLE, d.anchor_cycle);
    put(DOM_REMAINDER, d.remainder);
    put(DOM_RATE, d.rate);
    put(DOM_QUOTIENT, PS_MHZ / d.rate);
    put(DOM_REST, PS_MHZ % d.rate);
  }

  const unsigned = (value: bigint) => BigInt.asUintN(64, value);

  test("an edge falls where the definition says, up to 1.5 * 2^20 cycles ahead", () => {
    const seed = printedSeed(`clock edges ${build}`);
    fc.assert(
      fc.property(domains, fc.bigInt(0n, FAR), (domain, k) => {
        load(domain);
        const cycle = domain.anchor_cycle + k;
        expect(unsigned(core.clockEdge(0, cycle))).toBe(edgeOf(domain, cycle));
      }),
      { seed, numRuns: 3000 },
    );
  });

  test("a time becomes the number of edges strictly before it", () => {
    const seed = printedSeed(`clock cycles ${build}`);
    fc.assert(
      fc.property(domains, fc.bigInt(0n, FAR), fc.bigInt(-2n, 2n), (domain, k, off) => {
        load(domain);
        const time = edgeOf(domain, domain.anchor_cycle + k) + off;
        if (time < domain.anchor_ps) return;
        expect(unsigned(core.clockCycle(0, time))).toBe(edgesBefore(domain, time));
      }),
      { seed, numRuns: 3000 },
    );
  });

  test("what lies further ahead is far: no time, and the last convertible cycle", () => {
    const domain = { rate: 10n ** 11n, anchor_ps: 5n, anchor_cycle: 7n, remainder: 0n };
    load(domain);
    expect(unsigned(core.clockEdge(0, 7n + FAR + 1n))).toBe(NEVER);
    expect(core.clockCycle(0, 10n ** 15n)).toBe(7n + FAR);
  });
});
