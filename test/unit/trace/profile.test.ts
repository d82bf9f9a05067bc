/** The profile: every cycle is somewhere, calls are followed, lines are those of addr2line. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Machine } from "../../../host/core/machine.js";
import { lineAt, readLines } from "../../../host/guest/dwarf-lines.js";
import { readElf } from "../../../host/guest/elf.js";
import * as asm from "../../../host/reference/assembler.js";
import { effectOf, type HartProfile, PROFILE_KINDS } from "../../../host/trace/profile.js";
import { diffProfiles, profileOf } from "../../../host/trace/profile-diff.js";
import {
  foldedText,
  functionRows,
  lcovText,
  lineRows,
} from "../../../host/trace/profile-report.js";
import { Profiler } from "../../../host/trace/profiler.js";
import { requireClient } from "../../support/clients.js";
import { MODEL_NAMES, modelMachine } from "../../support/models.js";
import { printedSeed } from "../../support/seeded.js";
import { smallMachine } from "../../support/small-machine.js";

const MODELS = fileURLToPath(new URL("../../../firmware-models", import.meta.url));
const ELF = join(MODELS, "two-nodes/prebuilt/node-a.elf");
const bytes = new Uint8Array(readFileSync(ELF));
const elf = readElf(bytes, ELF);
const lines = readLines(bytes, elf.sections);
const addr2line = requireClient("riscv64-unknown-elf-addr2line", "binutils-riscv64-unknown-elf");

function profiled(machine: Machine, program = elf): Profiler {
  const profiler = new Profiler(machine, () => program);
  machine.setTrace([...PROFILE_KINDS], (records) => profiler.take(records));
  return profiler;
}

describe.each(MODEL_NAMES)("%s", (model) => {
  test("the cycles of all functions and the time asleep are the cycles that have passed", async () => {
    const machine = await modelMachine(model);
    const profiler = profiled(machine);
    for (let time_ps = 1n; time_ps <= 21n; time_ps += 4n) {
      machine.run(time_ps * 1_000_000_000n);
      profiler.stand();
    }
    for (const [hart, profile] of profiler.results().entries()) {
      const passed = Number(machine.hartViews()[hart]!.cycles);
      expect(Math.abs(profile.cycles - passed), "but for one that has begun").toBeLessThan(40);
      const sum = functionRows(profile).reduce((total, { self }) => total + self, 0);
      expect(sum).toBe(profile.cycles);
    }
  });
});

describe("profile", () => {
  test("calls are counted, and a caller's total holds what it calls", async () => {
    const { zero, a0, ra } = asm.R;
    const program = [
      asm.to("leaf", (offset) => asm.jal(ra, offset)), // 0x80000000
      asm.to("leaf", (offset) => asm.jal(ra, offset)),
      { label: "end" },
      asm.to("end", (offset) => asm.jal(zero, offset)),
      { label: "leaf" }, // +12
      asm.addi(a0, a0, 1),
      asm.addi(a0, a0, 1),
      asm.jalr(zero, ra, 0),
    ];
    const machine = await smallMachine({ programs: { n: program } });
    const symbol = (name: string, address: number, size: number) => ({
      name,
      address,
      size,
      kind: "function" as const,
      binding: "global" as const,
      section: 0,
    });
    const symbols = [symbol("main", 0x8000_0000, 12), symbol("leaf", 0x8000_000c, 12)];
    const profiler = new Profiler(machine, () => ({ symbols, sections: [] }));
    machine.setTrace([...PROFILE_KINDS], (records) => profiler.take(records));
    machine.run(200_000n);
    profiler.stand();
    const [profile] = profiler.results();
    const rows = new Map(functionRows(profile!).map((row) => [row.name, row]));
    // addi 1, addi 1, jalr 2: twice (specs of the core, ibex-small).
    expect(rows.get("leaf")).toEqual({ name: "leaf", self: 8, total: 8, calls: 2 });
    expect(rows.get("main")!.total).toBe(profile!.cycles);
    expect(foldedText([profile!])).toContain("n;main;leaf 8\n");
  });

  test("the depth of the program's stack is the one that stepping shows", async () => {
    const start_ps = 20_000_000n; // the startup code has set sp, in two instructions
    const end_ps = 400_000_000n;
    const machine = await modelMachine("two-nodes");
    const profiler = profiled(machine);
    machine.run(start_ps);
    profiler.stand();
    machine.run(end_ps);
    profiler.stand();
    const stepped = await modelMachine("two-nodes");
    stepped.run(start_ps);
    let lowest = stepped.readRegister(0, 2);
    const top = 0x8001_f800; // __stack_top of common/board.ld; the handlers' stack lies above
    stepped.triggers.step(0);
    while (stepped.run(end_ps) === "break") {
      const sp = stepped.readRegister(0, 2);
      if (sp < top) lowest = Math.min(lowest, sp);
    }
    const use = profiler.results()[0]!.stacks.find((stack) => stack.top <= top)!;
    expect(use.top - use.bytes).toBe(lowest);
  });

  test("no handler begins before the third cycle after its line rose", async () => {
    const machine = await modelMachine("two-nodes");
    const profiler = profiled(machine);
    machine.run(10_000_000_000n);
    profiler.stand();
    const [{ latencies }] = profiler.results() as [HartProfile];
    const uart = latencies.find(({ cause }) => cause === 16)!;
    // max(F + 4, A + 3), A the cycle in which the line is visible (specs of the core, interrupts).
    expect(uart.min).toBeGreaterThanOrEqual(3);
    expect(uart.max).toBeLessThan(1000);
    expect(uart.count).toBeGreaterThan(5);
  });

  test("lcov has every line with code, and counts those that ran", async () => {
    const machine = await modelMachine("two-nodes");
    const profiler = profiled(machine);
    machine.run(100_000_000n);
    profiler.stand();
    const [profile] = profiler.results();
    const text = lcovText([{ profile: profile!, lines }]);
    expect(text).toMatch(/^TN:\nSF:/);
    expect(text).toMatch(/SF:firmware-models\/two-nodes\/firmware\/main\.c\n(DA:\d+,\d+\n)+LF:\d+/);
    const [hottest] = lineRows(profile!, lines);
    expect(text).toContain(`DA:${hottest!.line},${hottest!.count}`);
    expect(text, "some lines did not run").toMatch(/DA:\d+,0\n/);
  });

  test("two profiles differ by the function that gained cycles", () => {
    const of = (self: number) => ({
      kind: "profile" as const,
      harts: [{ name: "a", cycles: self + 5, functions: [{ name: "isr", self }] }],
    });
    expect(diffProfiles(of(400), of(400))).toBeNull();
    expect(diffProfiles(of(400), of(412))).toEqual({
      harts: [{ name: "a", cycles: 12, functions: [{ name: "isr", gained: 12 }] }],
    });
    expect(profileOf(new TextEncoder().encode('{"kind":"profile","harts":[null]}'))).toBeNull();
  });

  test.each<[string, number, ReturnType<typeof effectOf>]>([
    ["jal ra", asm.jal(1, 8), { flow: "call", stack: 0, bytes: 4 }],
    ["ret", asm.jalr(0, 1, 0), { flow: "return", stack: 0, bytes: 4 }],
    ["jr a0", asm.jalr(0, 10, 0), { flow: "none", stack: 0, bytes: 4 }],
    ["mret", 0x3020_0073, { flow: "mret", stack: 0, bytes: 4 }],
    ["addi sp, sp, -2032", asm.addi(2, 2, -2032), { flow: "none", stack: -2032, bytes: 4 }],
    ["mv sp, a0", asm.addi(2, 10, 0), { flow: "none", stack: null, bytes: 4 }],
    ["c.addi16sp -64", 0x7139, { flow: "none", stack: -64, bytes: 2 }],
    ["c.addi sp, 16", 0x0141, { flow: "none", stack: 16, bytes: 2 }],
    ["c.jr ra", 0x8082, { flow: "return", stack: 0, bytes: 2 }],
    ["c.jalr a5", 0x9782, { flow: "call", stack: 0, bytes: 2 }],
    ["sw with 2 in rd's place", asm.sw(1, 2, 2), { flow: "none", stack: 0, bytes: 4 }],
  ])("%s", (_text, bits, effect) => {
    expect(effectOf(bits)).toEqual(effect);
  });
});

describe("line tables", () => {
  test.skipIf(addr2line === undefined)("agree with addr2line at every instruction", () => {
    const text = elf.sections.find(({ name }) => name === ".text")!;
    const addresses = Array.from({ length: text.size / 2 }, (_, n) => text.address + 2 * n);
    const starts = addresses.filter((address) => lines.some((row) => row.address === address));
    const input = starts.map((address) => `0x${address.toString(16)}\n`).join("");
    const output = execFileSync(addr2line!, ["-e", ELF], { input, encoding: "utf8" });
    const expected = output.trimEnd().split("\n");
    let equal = 0;
    for (const [n, address] of starts.entries()) {
      const row = lineAt(lines, address);
      if (
        expected[n]!.replace(/ \(discriminator \d+\)$/, "").endsWith(`${row?.file}:${row?.line}`)
      ) {
        equal++;
      }
    }
    // Several rows of one address: addr2line takes another than the last at times.
    expect(equal / starts.length).toBeGreaterThan(0.97);
    expect(starts.length).toBeGreaterThan(500);
  });

  test("damaged tables give fewer rows, never an error or a hang", () => {
    const seed = printedSeed("line tables");
    const section = elf.sections.find(({ name }) => name === ".debug_line")!;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(section.size - 1), fc.nat(255)), { minLength: 1, maxLength: 20 }),
        (changes) => {
          const damaged = bytes.slice();
          for (const [at, value] of changes) damaged[section.offset + at] = value;
          expect(readLines(damaged, elf.sections)).toBeInstanceOf(Array);
        },
      ),
      { seed, numRuns: 100 },
    );
  });
});
