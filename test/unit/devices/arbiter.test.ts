import fc from "fast-check";
import { expect, test } from "vitest";
import { BLOCK, type Exports, instance } from "../../support/device-bench.js";
import { VARIANTS } from "../../support/entry-build.js";
import { SOAK } from "../../support/soak.js";

interface Port {
  pick(requesters: number): number;
  grant(port: number, cycle: bigint): bigint;
  counters(): [nextFree: bigint, grants: bigint, conflicts: bigint];
}

function port(exports: Exports, memory: WebAssembly.Memory, occupancy = 1, latency = 2): Port {
  exports.arbiterReset!(BLOCK, occupancy, latency);
  const view = new DataView(memory.buffer, BLOCK);
  return {
    pick: (requesters) => exports.arbiterPick!(BLOCK, requesters | 0) as number,
    grant: (index, cycle) => exports.arbiterGrant!(BLOCK, index, cycle) as bigint,
    counters: () => [
      view.getBigUint64(32, true),
      view.getBigUint64(56, true),
      view.getBigUint64(64, true),
    ],
  };
}

test.each(VARIANTS)("arbiter: ties go round robin, starting with port 0 (%s build)", (variant) => {
  const { exports, memory } = instance(variant);
  const ram = port(exports, memory);
  const rows: [requesters: number, winner: number][] = [
    [0b0011, 0], // nobody was granted yet
    [0b0011, 1],
    [0b0011, 0],
    [0b0101, 2],
    [0b0011, 0], // behind 2 nobody asks: from port 0 on
    [0b1000, 3],
    [0b1000, 3], // alone: at once again
    [0x8000_0001, 31], // behind 3 comes 31
    [0xffff_ffff, 0], // behind 31 comes 0
    [0x8000_0000, 31],
    [0x8000_0002, 1],
  ];
  rows.forEach(([requesters, winner], index) => {
    expect(ram.pick(requesters), `row ${index}`).toBe(winner);
    ram.grant(winner, BigInt(10 * index));
  });
});

test.each(VARIANTS)(
  "arbiter: one grant a cycle, the loser waits one cycle (%s build)",
  (variant) => {
    const { exports, memory } = instance(variant);
    const ram = port(exports, memory);
    expect(ram.grant(0, 100n)).toBe(100n);
    expect(ram.grant(1, 100n)).toBe(101n);
    expect(ram.grant(0, 101n)).toBe(102n);
    expect(ram.grant(1, 103n)).toBe(103n);
    expect(ram.grant(1, 500n)).toBe(500n);
    expect(ram.counters()).toEqual([501n, 5n, 2n]);
  },
);

test("arbiter: an access occupies the port as long as the machine file says, at least 1", () => {
  const { exports, memory } = instance("checked");
  const slow = port(exports, memory, 3);
  expect([slow.grant(0, 7n), slow.grant(1, 7n), slow.grant(0, 8n)]).toEqual([7n, 10n, 13n]);
  const zero = port(exports, memory, 0);
  expect([zero.grant(0, 7n), zero.grant(1, 7n)]).toEqual([7n, 8n]);
});

test("arbiter: whoever asks is served after at most all others once, and nobody else", () => {
  const { exports, memory } = instance("release");
  const masks = fc.array(fc.integer({ min: 1, max: 0xffff_ffff }), { maxLength: 60 });
  fc.assert(
    fc.property(masks, (requests) => {
      const ram = port(exports, memory);
      const waited = new Array<number>(32).fill(0);
      let last = -1;
      requests.forEach((mask, cycle) => {
        const winner = ram.pick(mask);
        expect((mask >>> winner) & 1).toBe(1);
        const order = [...Array(32).keys()].map((step) => (last + 1 + step) % 32);
        expect(winner).toBe(order.find((index) => (mask >>> index) & 1));
        for (let index = 0; index < 32; index++) {
          const passed = index !== winner && (mask >>> index) & 1;
          waited[index] = passed ? waited[index]! + 1 : 0;
          expect(waited[index]).toBeLessThan(32);
        }
        ram.grant(winner, BigInt(cycle));
        last = winner;
      });
    }),
    { numRuns: SOAK ? 5000 : 200 },
  );
});
