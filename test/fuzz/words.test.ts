/**
 * Random words as programs: no crash of the emulator, no write outside guest memory. 10^6 words by
 * default, 10^9 under HOTSPARE_SOAK=1. Each image is its own trap vector, so it never stops.
 */
import { expect, test } from "vitest";
import { HartExit, HartState, RegionKind } from "../../assembly/kernel/abi.js";
import * as L from "../../assembly/kernel/layout.js";
import { Random } from "../../host/reference/index.js";
import type { Variant } from "../support/entry-build.js";
import { HartBench } from "../support/hart-bench.js";
import { limit_ms, Progress, SOAK } from "../support/soak.js";

const RAM = 0x8000_0000;
const ROM = 0x2000_0000;
const SHARED = 0x6000_0000;
const DEVICE = 0x4000_0000;
const WORDS = 0x4000;
const CYCLES = 30_000n;
const LINES = [3, 7, 11, 16, 20, 30];

/** Odd sizes, neighbours without a gap, wait states: a map with every kind of edge. */
function bench(random: Random, variant: Variant): HartBench {
  const regions = [
    { base: ROM, size: 0x1ffc, kind: RegionKind.ROM },
    { base: DEVICE, size: 0x100, kind: RegionKind.DEVICE },
    { base: SHARED, size: 0x1000, kind: RegionKind.SHARED },
    { base: RAM, size: WORDS * 4 },
    { base: RAM + WORDS * 4, size: 0x804, wait_cycles: 2 },
  ];
  const isa = random.pick(["rv32imac", "rv32imc", "rv32im"]);
  const boot = RAM + (random.below(WORDS * 4) & (isa.includes("c") ? ~1 : ~3));
  return new HartBench([{ isa, boot, regions, timing: random.below(2) }], variant, 6);
}

/** Fills the memories with words whose opcodes are legal half of the time. */
function fill(b: HartBench, random: Random): void {
  for (const region of [0, 3, 4]) {
    const size = [0x1ffc, 0, 0, WORDS * 4, 0x804][region]!;
    const words = Array.from({ length: size >> 2 }, () => {
      const word = random.u32();
      return random.once(2)
        ? word
        : ((word & ~0x7f) |
            random.pick([0x03, 0x23, 0x63, 0x6f, 0x67, 0x73, 0x13, 0x33, 0x2f, 0x0f])) >>>
            0;
    });
    b.load(words, region);
  }
  for (let i = 1; i < 32; i++) {
    const base = random.pick([ROM, DEVICE, SHARED, RAM, RAM + WORDS * 4, 0xffff_fffc, 0]);
    b.setX(i, (base + random.below(0x1000) - (random.once(4) ? 16 : 0)) >>> 0);
  }
}

/** Runs one image to the end of its cycles, answering devices and shared memory at random. */
function play(b: HartBench, random: Random): void {
  while (b.cycle() < CYCLES) {
    const next = b.cycle() + BigInt(1 + random.below(2000));
    const exit = b.run(next < CYCLES ? next : CYCLES);
    if (exit === HartExit.DEVICE || exit === HartExit.SHARED) {
      b.complete(random.once(4) ? 1 : 0, random.u32(), random.below(3));
    } else if (exit === HartExit.WFI || random.once(4)) {
      if (exit === HartExit.WFI && b.csr(0x304) === 0) return;
      b.setLine(random.pick(LINES), random.below(2), b.cycle());
    } else {
      expect(exit).toBe(HartExit.DEADLINE);
    }
    expect([HartState.RUNNING, HartState.ASLEEP, HartState.WAKING]).toContain(b.state());
    expect(b.get32(b.harts[0]! + L.HART_X) | b.get32(b.harts[0]! + L.HART_SINK)).toBe(0);
  }
}

function images(count: number, first: number, variant: Variant): void {
  const progress = new Progress(`random words, ${variant} build`, count);
  for (let seed = first; seed < first + count; seed++) {
    const random = new Random(seed);
    const b = bench(random, variant);
    fill(b, random);
    play(b, random);
    expect(b.guardsIntact(), `seed ${seed}`).toBe(true);
    progress.step();
  }
}

test(
  "random words never crash the core nor leave guest memory",
  () => {
    images(SOAK ? 60_000 : 62, 1, "release");
  },
  limit_ms(20),
);

test(
  "random words break no bound and no assertion of the checked build",
  () => {
    images(SOAK ? 2_000 : 12, 1_000_000, "checked");
  },
  limit_ms(5),
);
