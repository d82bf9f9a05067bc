/** The benchmark programs on the emulated hart: right results, and the length they promise. */
import { expect, test } from "vitest";
import { ModelBench } from "./model-bench.js";

/** More than any of them takes: 10 s at 100 MHz. */
const LIMIT_PS = 10_000_000_000_000n;

test.each(["sieve", "crc32", "matmul", "sort", "statemachine", "strings", "mix"])(
  "%s ends with tohost 1 after 30 to 60 million instructions",
  async (name) => {
    const bench = await ModelBench.bare(`bench/guest/prebuilt/${name}.elf`, "rv32imc");
    expect(bench.run(LIMIT_PS)).toBe("halt");
    expect(bench.machine.halt()).toMatchObject({ kind: "tohost", value: 1 });
    const { retired, trapped } = bench.machine.hartViews()[0]!;
    expect(Number(retired)).toBeGreaterThan(30e6);
    expect(Number(retired)).toBeLessThan(60e6);
    expect(trapped).toBe(0n);
  },
);
